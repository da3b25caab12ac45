"""The interface of a target: a host that holds commits and tags, and reports what is in them."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from zhengwen.errors import ZhengwenError
from zhengwen.hub.plan import File, Operation, RemoteFile, plan


class ReadError(ZhengwenError):
    """A target could not be read, so what it holds is not known (and need not differ)."""


class Refs(NamedTuple):
    """The state of a target: the commit at the head of its branch, and the commit that a tag names, if any."""

    head: str | None
    tagged: str | None


class Target(Protocol):
    """A hub (:mod:`zhengwen.hub.api`) or a git host (:mod:`zhengwen.hub.git`).

    Every failure raises :class:`~zhengwen.errors.ZhengwenError`, whose message holds no secret; a failure to read
    raises :class:`ReadError`.
    """

    name: str

    def refs(self, tag: str) -> Refs:
        """The present state of the target."""

    def tree(self, commit: str) -> dict[str, RemoteFile]:
        """Every file of a commit by path, as the target has it."""

    def read(self, commit: str, path: str) -> bytes:
        """The bytes of a file of a commit."""

    def settings(self, commit: str | None, files: Mapping[str, File]) -> dict[str, File]:
        """The files that a commit on top of ``commit`` needs besides ``files``, so that these arrive unchanged.

        Raises :class:`ZhengwenError` when the host's own settings would change them.
        """

    def put(
        self, refs: Refs, operations: Sequence[Operation], files: Mapping[str, File], message: str, tag: str
    ) -> None:
        """Commit ``operations`` on top of ``refs.head`` (no commit if there are none), and tag the new head.

        Fails when the head is no longer ``refs.head``, or when the tag has been made in the meantime.
        """


def differences(target: Target, commit: str, files: Mapping[str, File]) -> str:
    """How ``commit`` differs from ``files``, read back and compared by hash: the first ones in words; or nothing."""
    return _described(plan(files, target.tree(commit)))


def assert_holds(target: Target, commit: str, files: Mapping[str, File]) -> None:
    """Read ``commit`` back; raises :class:`ZhengwenError` unless it holds exactly ``files``, by hash."""
    if described := differences(target, commit, files):
        raise ZhengwenError(
            f"{target.name}: {commit} does not hold this release: {described}",
            fix="look at what is there (a .gitignore, a hook, another writer), and run the command again",
        )


def _described(operations: Sequence[Operation], limit: int = 5) -> str:
    """How a target differs from a release, given the operations that would correct it."""
    problems = {"add": "is missing", "change": "has other content", "delete": "does not belong there"}
    phrases = [f"{operation.path} {problems[operation.kind]}" for operation in operations[:limit]]
    if len(operations) > limit:
        phrases.append(f"and {len(operations) - limit} more")
    return "; ".join(phrases)
