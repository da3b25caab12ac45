"""What a target is: a place that holds commits and tags, and tells what is in them."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from zhengwen.errors import ZhengwenError
from zhengwen.hub.plan import File, Held, Operation, operations


class Refs(NamedTuple):
    """Where a target stands: the commit at the head of its branch, and the one that a tag names, if any."""

    head: str | None
    tagged: str | None


class Target(Protocol):
    """A hub (:mod:`zhengwen.hub.api`) or a git host (:mod:`zhengwen.hub.git`).

    Whatever fails raises :class:`~zhengwen.errors.ZhengwenError` without any secret in it.
    """

    name: str

    def refs(self, tag: str) -> Refs:
        """Where the target stands now."""

    def tree(self, commit: str) -> dict[str, Held]:
        """Every file of a commit, as the target has it."""

    def put(
        self, refs: Refs, operations: Sequence[Operation], files: Mapping[str, File], message: str, tag: str
    ) -> None:
        """Commit ``operations`` on top of ``refs.head`` (nothing when there are none), and name the head by ``tag``.

        Fails when the head is not ``refs.head`` any more, or the tag is there by now.
        """


def assert_holds(target: Target, commit: str, files: Mapping[str, File]) -> None:
    """Read ``commit`` back; raises when a file there is not what the release has, by hash."""
    differing = operations(files, target.tree(commit))
    if differing:
        raise ZhengwenError(
            f"{target.name}: {commit} does not hold this release: {_first(differing)}",
            fix="look at what is there (a .gitignore, a hook, another writer), and run it again",
        )


def _first(differing: Sequence[Operation], limit: int = 5) -> str:
    told = {"add": "is missing", "change": "is another", "delete": "is too many"}
    named = [f"{one.path} {told[one.kind]}" for one in differing[:limit]]
    return "; ".join([*named, *([f"and {len(differing) - limit} more"] if len(differing) > limit else [])])
