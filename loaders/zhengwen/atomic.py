"""Writes files and folders so that, whatever happens, a change is complete in the end or was never made.

Every command writes in the same way.  The new files are first written into a staging folder and flushed to disk, so a
full disk or a folder that cannot be written changes nothing.  Then they are moved into place:

- A folder is exchanged with the new one in one step (``renameat2`` with ``RENAME_EXCHANGE``, on Linux), so that even
  while it happens a reader sees all of the old files or all of the new ones.
- One file is renamed, which is one step everywhere.
- Several files (the gold of a document), or a folder where the system cannot exchange two, take several renames.  A
  journal in the staging folder lists them first.  If the command is killed in between, the next command that writes to
  the same place finishes them: it needs nothing but what is in the staging folder.

Exchanging the whole folder of several files instead would lose what an editor saves in it at that moment, and would
leave a shell whose working directory it is in a folder that no longer exists.

``home`` is the folder that staging folders lie in: a repository, or the folder that output goes to.  Its writers take
turns, by a lock that the system releases when the process that holds it ends.  On Windows, which has no such locks,
they do not; everything else is the same there.
"""

import contextlib
import ctypes
import errno
import hashlib
import json
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from zhengwen.errors import ZhengwenError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

#: The names of staging folders begin with this.
PREFIX = ".zhengwen-"
#: The list of moves in a staging folder.  It exists from the moment that they are decided until all are made.
JOURNAL = "journal.json"

_AT_FDCWD, _RENAME_EXCHANGE = -100, 2
#: The error codes of file systems and kernels that cannot exchange two folders.
_NO_EXCHANGE = {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EXDEV}
#: The hidden files and folders that a command writes (`init`).
_HIDDEN = (".github", ".gitattributes", ".gitignore", ".pre-commit-config.yaml")
_FIX = "free some space, or make the folder writable, and run the command again"
_FIX_PLACE = "keep all folders of a repository on one file system, without links to others"
#: The homes that this thread has locked.
_locked = threading.local()


def replace_folder(files: Mapping[str, bytes], target: Path, home: Path | None = None) -> None:
    """Replace the folder ``target`` by one that holds exactly ``files``, or leave it unchanged.

    ``files`` maps a path relative to ``target`` to the content of the file; ``home`` is the folder that ``target`` is
    in, unless it is given.  Raises :class:`ZhengwenError` when the folder cannot be written.

    >>> with tempfile.TemporaryDirectory() as folder:
    ...     target = Path(folder, "corpus")
    ...     replace_folder({"README.md": b"old"}, target)
    ...     replace_folder({"data/a.txt": b"new"}, target)
    ...     [path.relative_to(target).as_posix() for path in target.rglob("*.*")]
    ['data/a.txt']
    """
    target = target.absolute()
    home = home.absolute() if home else target.parent
    with write_errors(target, f"{target.name}/ is unchanged"), staging_folder(home) as staging:
        new = staging / "0"
        for path, data in files.items():
            _write(new / path, data)
        for folder in (new, *(path for path in new.rglob("*") if path.is_dir())):
            _flush(folder)
        if not target.exists():
            os.rename(new, target)
        elif not _exchange(new, target):
            _commit([{"path": target.relative_to(home).as_posix(), "folder": True}], staging)
        _flush_moved(target.parent)


def replace_files(files: Mapping[Path, bytes | None], home: Path) -> None:
    """Write ``files`` in the folder ``home``, or change none of them; ``None`` removes a file.

    Folders that are missing are made.  Raises :class:`ZhengwenError` when a file cannot be written.

    >>> with tempfile.TemporaryDirectory() as folder:
    ...     replace_files({Path(folder, "gold/a.txt"): b"A", Path(folder, "gold/b.txt"): b"B"}, Path(folder))
    ...     replace_files({Path(folder, "gold/a.txt"): None}, Path(folder))
    ...     [path.name for path in Path(folder).rglob("*.*")]
    ['b.txt']
    """
    if not files:
        return
    home = home.absolute()
    outcome = "it is unchanged" if len(files) == 1 else f"these {len(files)} files are unchanged"
    with write_errors(next(iter(files)), outcome):
        is_new = not home.exists()
        home.mkdir(parents=True, exist_ok=True)
        try:
            with staging_folder(home) as staging:
                moves = []
                for number, (path, data) in enumerate(files.items()):
                    path = path.absolute()
                    if data is not None:
                        _write(staging / str(number), data)
                        if path.exists():
                            (staging / str(number)).chmod(path.stat().st_mode & 0o777)
                    digests = {"before": _digest(path), "after": None if data is None else _sha256(data)}
                    moves.append({"path": path.relative_to(home).as_posix(), **digests})
                _commit(moves, staging)
        finally:
            if is_new and not any(home.iterdir()):
                home.rmdir()


def replace_file(path: Path, data: bytes) -> None:
    """Write ``path``, or leave it unchanged; a symbolic link is followed, and a device or a pipe is written to.

    Raises :class:`ZhengwenError` when the file cannot be written, or its folder does not exist.
    """
    if path.exists() and not path.is_file():
        with write_errors(path, "it may be partly written"):
            path.write_bytes(data)
        return
    path = Path(os.path.realpath(path))
    if not path.parent.is_dir():
        raise ZhengwenError(f"{path.parent}: there is no such folder", fix="create it, or name another")
    replace_files({path: data}, path.parent)


@contextlib.contextmanager
def sole_writer(home: Path) -> Iterator[None]:
    """Be the only writer to ``home``: wait for the others, then finish or remove what a killed one left there.

    A command whose output depends on files in ``home`` also holds this lock while it reads them.
    """
    home = home.resolve()
    homes = vars(_locked).setdefault("homes", set())
    if home in homes:
        yield
        return
    with contextlib.ExitStack() as stack:
        with write_errors(home, "it is unchanged"):
            stack.enter_context(_lock(home))
            for staging in _staging_folders(home):
                _recover(staging)
        homes.add(home)
        try:
            yield
        finally:
            homes.discard(home)


@contextlib.contextmanager
def staging_folder(home: Path) -> Iterator[Path]:
    """A folder in ``home`` for files that are being made, which is removed afterwards; implies :func:`sole_writer`."""
    with sole_writer(home):
        staging = Path(tempfile.mkdtemp(prefix=PREFIX, dir=home))
        try:
            yield staging
        finally:
            if not (staging / JOURNAL).exists():
                shutil.rmtree(staging, ignore_errors=True)


@contextlib.contextmanager
def write_errors(path: Path, outcome: str) -> Iterator[None]:
    """Turn an error of the system into a :class:`ZhengwenError` that says what became of ``path``."""
    try:
        yield
    except OSError as error:
        name = error.filename if isinstance(error.filename, str) and PREFIX not in error.filename else path
        fix = _FIX_PLACE if error.errno == errno.EXDEV else _FIX
        raise ZhengwenError(f"{name}: cannot write: {error.strerror or error}; {outcome}", fix=fix) from None


def leftovers(home: Path) -> list[Path]:
    """The staging folders that killed commands left behind in ``home``; an empty list while a command is writing."""
    try:
        with _lock(home, wait=False):
            return _staging_folders(home)
    except BlockingIOError:
        return []


def _staging_folders(home: Path) -> list[Path]:
    """The staging folders in ``home`` that belong to this user."""
    return sorted(
        folder
        for folder in home.glob(f"{PREFIX}*")
        if not folder.is_symlink()
        and folder.is_dir()
        and (not hasattr(os, "getuid") or folder.stat().st_uid == os.getuid())
    )


@contextlib.contextmanager
def _lock(folder: Path, wait: bool = True) -> Iterator[None]:
    """Hold the lock of ``folder``; without ``wait``, raises ``BlockingIOError`` when another process holds it."""
    if fcntl is None:
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield
    finally:
        os.close(descriptor)


def _write(file: Path, data: bytes) -> None:
    """Write a new file, and flush it to disk."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def _flush(folder: Path) -> None:
    """Flush the directory entries of ``folder`` to disk, where the system can do so."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _flush_moved(folder: Path) -> None:
    """Flush ``folder`` after a move, which stands whether or not that succeeds."""
    with contextlib.suppress(OSError):
        _flush(folder)


def _digest(path: Path) -> str | None:
    return _sha256(path.read_bytes()) if path.is_file() else None


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _commit(moves: list[dict[str, Any]], staging: Path) -> None:
    """Make ``moves``, from the numbers in ``staging`` to paths in its parent folder.

    If the first move fails, nothing changes; if a later one fails, the journal stays, so that the next command finishes
    the moves, and the error says so.
    """
    if len(moves) == 1 and not moves[0].get("folder"):
        _move(moves[0], 0, staging)
        _flush_moved((staging.parent / moves[0]["path"]).parent)
        return
    _write(staging / "journal", json.dumps(moves).encode("utf-8"))
    moved = 0
    try:
        os.rename(staging / "journal", staging / JOURNAL)
        for folder in (staging, staging.parent):
            _flush(folder)
        for number, move in enumerate(moves):
            _move(move, number, staging)
            moved += 1
    except BaseException as error:
        if not moved:
            (staging / JOURNAL).unlink(missing_ok=True)
        elif isinstance(error, OSError):
            left = f"{len(moves) - moved} of {len(moves)} files are still the old ones"
            raise ZhengwenError(
                f"{staging.parent / moves[moved]['path']}: cannot write: {error.strerror}; {left}",
                fix="free some space, or make the folder writable; the same command finishes it",
            ) from None
        raise
    _finish(moves, staging)


def _move(move: Mapping[str, Any], number: int, staging: Path) -> None:
    """Move a file or folder from ``staging`` to where it belongs; does nothing when that has been done already."""
    new, target = staging / str(number), staging.parent / move["path"]
    if move.get("folder"):
        _move_folder(new, target, staging / "old")
    elif move["after"] is None:
        target.unlink(missing_ok=True)
    elif new.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(new, target)


def _finish(moves: list[dict[str, Any]], staging: Path) -> None:
    """Remove the journal, after all of its moves have reached the disk; if that fails, the next command does it."""
    for folder in {(staging.parent / move["path"]).parent for move in moves}:
        _flush_moved(folder)
    with contextlib.suppress(OSError):
        (staging / JOURNAL).unlink()


def _move_folder(new: Path, target: Path, old: Path) -> None:
    """Put the folder ``new`` in the place of ``target`` by two renames; what was there goes to ``old``."""
    if target.exists() and not old.exists():
        os.rename(target, old)
    if not target.exists():
        try:
            os.rename(new, target)
        except BaseException:
            os.rename(old, target)
            raise


def _recover(staging: Path) -> None:
    """Make the moves that a killed command had decided on, and remove its staging folder."""
    if (staging / JOURNAL).exists():
        moves = _journal(staging)
        for number, move in enumerate(moves):
            _assert_unchanged(move, number, staging)
        for number, move in enumerate(moves):
            _move(move, number, staging)
        _finish(moves, staging)
    shutil.rmtree(staging, ignore_errors=True)


def _journal(staging: Path) -> list[dict[str, Any]]:
    """The moves in the journal of ``staging``, which may be in a copy that somebody else made.

    Raises :class:`ZhengwenError` if it is not one that :func:`_commit` wrote, or if a path leads out of the home, or
    to hidden files that no command writes, such as those of git.
    """
    home = staging.parent.resolve()
    try:
        moves = json.loads((staging / JOURNAL).read_bytes())
        for move in moves:
            path = Path(move["path"])
            is_inside = (home / path).parent.resolve().is_relative_to(home)
            is_foreign = any(part.startswith(".") and part not in _HIDDEN for part in path.parts)
            if not is_inside or is_foreign or not path.parts:
                raise ValueError(f"{move['path']!r} is not a place for it")
            if not move.get("folder"):
                _ = move["before"], move["after"]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ZhengwenError(
            f"{staging}: its {JOURNAL} was not written by zhengwen: {error}", fix="remove the folder"
        ) from None
    return moves


def _assert_unchanged(move: Mapping[str, Any], number: int, staging: Path) -> None:
    """Raise :class:`ZhengwenError` if a file has changed since the command that was about to write it was killed."""
    if move.get("folder") or not (move["after"] is None or (staging / str(number)).exists()):
        return
    target = staging.parent / move["path"]
    if _digest(target) not in (move["before"], move["after"]):
        raise ZhengwenError(
            f"{target}: has changed since a command that was about to write it was killed",
            fix=f"remove {staging} to keep the files as they are, or restore this one from version control",
        )


def _exchange(new: Path, target: Path) -> bool:
    """Exchange two folders in one step; returns whether the system was able to."""
    renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None) if os.name == "posix" else None
    if renameat2 is None:
        return False
    paths = (os.fsencode(new), os.fsencode(target))
    if renameat2(_AT_FDCWD, paths[0], _AT_FDCWD, paths[1], _RENAME_EXCHANGE) == 0:
        return True
    code = ctypes.get_errno()
    if code in _NO_EXCHANGE:
        return False
    raise OSError(code, os.strerror(code), os.fspath(target))
