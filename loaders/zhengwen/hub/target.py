"""The interface of a target: a host that holds commits and tags, and reports what is in them."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from zhengwen.errors import ZhengwenError
from zhengwen.hub.plan import File, Operation, RemoteFile, plan


class Refs(NamedTuple):
    """The state of a target: the commit at the head of its branch, and the commit that a tag names, if any."""

    head: str | None
    tagged: str | None


class Target(Protocol):
    """A hub (:mod:`zhengwen.hub.api`) or a git host (:mod:`zhengwen.hub.git`).

    Every failure raises :class:`~zhengwen.errors.ZhengwenError`, whose message holds no secret.
    """

    name: str

    def refs(self, tag: str) -> Refs:
        """The present state of the target."""

    def tree(self, commit: str) -> dict[str, RemoteFile]:
        """Every file of a commit by path, as the target has it."""

    def put(
        self, refs: Refs, operations: Sequence[Operation], files: Mapping[str, File], message: str, tag: str
    ) -> None:
        """Commit ``operations`` on top of ``refs.head`` (no commit if there are none), and tag the new head.

        Fails when the head is no longer ``refs.head``, or when the tag has been made in the meantime.
        """


def assert_holds(target: Target, commit: str, files: Mapping[str, File]) -> None:
    """Read ``commit`` back; raises :class:`ZhengwenError` unless it holds exactly ``files``, by hash."""
    differing = plan(files, target.tree(commit))
    if differing:
        raise ZhengwenError(
            f"{target.name}: {commit} does not hold this release: {_described(differing)}",
            fix="look at what is there (a .gitignore, a hook, another writer), and run it again",
        )


def _described(differing: Sequence[Operation], limit: int = 5) -> str:
    """How a target differs from a release, given the operations that would correct it: the first ones in words."""
    problems = {"add": "is missing", "change": "has other content", "delete": "does not belong there"}
    phrases = [f"{operation.path} {problems[operation.kind]}" for operation in differing[:limit]]
    if len(differing) > limit:
        phrases.append(f"and {len(differing) - limit} more")
    return "; ".join(phrases)
