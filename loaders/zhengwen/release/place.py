"""Puts a release where readers find it: whole, or not at all.

The files are written into a staging folder beside the target, each flushed to the disk, and then the two folders
change places in one step (``renameat2`` with ``RENAME_EXCHANGE``, on Linux).  A kill before that step leaves the old
release, one after it the new one; there is nothing between.  Files replaced one by one would show a mixture, and two
renames a moment without any release.  Two renames are what is left where the system has no such exchange: there a kill
between them leaves both releases in the staging folder, and the next build puts one in place first of all.

What a killed build left in its staging folder is removed by the next one.  Builds of one folder take turns, by a lock
on the folder that the target is in; the system gives the lock back when its holder dies.
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
#: What a file system or a kernel says that cannot exchange two folders.
_NO_EXCHANGE = {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EXDEV}


def place(files: Mapping[str, bytes], target: Path) -> None:
    """Make ``target`` a folder of exactly ``files`` (by their paths in it), or leave it as it is.

    Raises :class:`ZhengwenError` when it cannot be written.
    """
    try:
        with _turn(target.parent):
            _clear_up(target)
            staging = Path(tempfile.mkdtemp(prefix=_prefix(target), dir=target.parent))
            try:
                _write(files, staging / "new")
                _swap(staging / "new", target, staging / "old")
                _flush(target.parent)
            finally:
                shutil.rmtree(staging, ignore_errors=True)
    except OSError as error:
        raise ZhengwenError(
            f"{error.filename or target}: cannot write the release: {error.strerror}; {target.name}/ is as it was",
            fix="make room, or make the folder writable, and build again",
        ) from None


def leftovers(target: Path) -> list[Path]:
    """The staging folders that killed builds of ``target`` left; none while a build is at work."""
    try:
        with _turn(target.parent, wait=False):
            return _staging(target)
    except BlockingIOError:
        return []


def _prefix(target: Path) -> str:
    return f".{target.name}-"


def _staging(target: Path) -> list[Path]:
    return sorted(folder for folder in target.parent.glob(f"{_prefix(target)}*") if folder.is_dir())


@contextlib.contextmanager
def _turn(folder: Path, wait: bool = True) -> Iterator[None]:
    """Hold the lock of ``folder``; raises ``BlockingIOError`` when another holds it and we do not ``wait``."""
    if fcntl is None:
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield
    finally:
        os.close(handle)


def _clear_up(target: Path) -> None:
    for folder in _staging(target):
        if not target.exists():  # killed between two renames: both are whole
            for name in ("new", "old"):
                if (folder / "old").exists() and (folder / name).exists() and not target.exists():
                    os.rename(folder / name, target)
        shutil.rmtree(folder, ignore_errors=True)


def _write(files: Mapping[str, bytes], folder: Path) -> None:
    folders = {folder}
    for path, data in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        folders.update(parent for parent in file.parents if parent.is_relative_to(folder))
        with file.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
    for one in folders:
        _flush(one)


def _flush(folder: Path) -> None:
    """Have the system write down what is in ``folder``, where it can flush a folder."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _swap(new: Path, target: Path, old: Path) -> None:
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
    """Let two folders change places in one step; ``False`` where the system cannot."""
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
