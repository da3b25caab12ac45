"""Replaces a folder atomically: readers find all of the old files or all of the new ones.

The new files are written into a staging folder beside the target and flushed to disk; then the two folders are
exchanged in one step (``renameat2`` with ``RENAME_EXCHANGE``, on Linux).  If the build is killed before that step, the
old release stays; if it is killed after it, the new one is there.  Replacing the files one by one would expose a
mixture, and two renames would leave a moment without any release.  Two renames are used only where the system cannot
exchange folders.  A build that is killed between them leaves both releases in the staging folder, and the next build
begins by moving one of them back.

The next build also removes what a killed build left in its staging folder.  Builds of one folder take turns, by a lock
on the parent folder; the system releases the lock when the process that holds it ends.
"""

import contextlib
import ctypes
import errno
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from zhengwen.errors import ZhengwenError

try:
    import fcntl
except ImportError:  # Windows: builds do not take turns there
    fcntl = None

_AT_FDCWD, _RENAME_EXCHANGE = -100, 2
#: The error codes of file systems and kernels that cannot exchange two folders.
_NO_EXCHANGE = {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EXDEV}


def replace_folder(files: Mapping[str, bytes], target: Path) -> None:
    """Replace the folder ``target`` by one that holds exactly ``files``, or leave it unchanged.

    ``files`` maps a path relative to ``target`` to the content of the file.  Raises :class:`ZhengwenError` when the
    folder cannot be written.

    >>> with tempfile.TemporaryDirectory() as folder:
    ...     target = Path(folder, "corpus")
    ...     replace_folder({"README.md": b"old"}, target)
    ...     replace_folder({"data/a.txt": b"new"}, target)
    ...     [path.relative_to(target).as_posix() for path in target.rglob("*.*")]
    ['data/a.txt']
    """
    try:
        with _lock(target.parent):
            _clean_up(target)
            staging = Path(tempfile.mkdtemp(prefix=_prefix(target), dir=target.parent))
            try:
                _write(files, staging / "new")
                _swap(staging / "new", target, staging / "old")
                _flush(target.parent)
            finally:
                shutil.rmtree(staging, ignore_errors=True)
    except OSError as error:
        raise ZhengwenError(
            f"{error.filename or target}: cannot write the release: {error.strerror}; {target.name}/ is unchanged",
            fix="free some space, or make the folder writable, and build again",
        ) from None


def leftovers(target: Path) -> list[Path]:
    """The staging folders that killed builds of ``target`` left behind; an empty list while a build is running."""
    try:
        with _lock(target.parent, wait=False):
            return _staging_folders(target)
    except BlockingIOError:
        return []


def _prefix(target: Path) -> str:
    return f".{target.name}-"


def _staging_folders(target: Path) -> list[Path]:
    return sorted(folder for folder in target.parent.glob(f"{_prefix(target)}*") if folder.is_dir())


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


def _clean_up(target: Path) -> None:
    """Remove the staging folders of killed builds; where ``target`` is missing, first move a release back."""
    for folder in _staging_folders(target):
        if not target.exists():  # killed between two renames: both releases are complete
            for name in ("new", "old"):
                if (folder / "old").exists() and (folder / name).exists() and not target.exists():
                    os.rename(folder / name, target)
        shutil.rmtree(folder, ignore_errors=True)


def _write(files: Mapping[str, bytes], folder: Path) -> None:
    """Write ``files`` into ``folder``, and flush them to disk."""
    folders = {folder}
    for path, data in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        folders.update(parent for parent in file.parents if parent.is_relative_to(folder))
        with file.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
    for subfolder in folders:
        _flush(subfolder)


def _flush(folder: Path) -> None:
    """Flush the directory entries of ``folder`` to disk, where the system can do so."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _swap(new: Path, target: Path, old: Path) -> None:
    """Put the folder ``new`` in the place of ``target``; where two renames are needed, ``target`` goes to ``old``."""
    if not target.exists():
        os.rename(new, target)
    elif not _exchange(new, target):
        os.rename(target, old)
        try:
            os.rename(new, target)
        except BaseException:
            if not target.exists():
                os.rename(old, target)
            raise


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
