"""Walks folders without following links, and tells what is neither a regular file nor a folder."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_KINDS = {
    stat.S_IFLNK: "a symbolic link",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


class Entry(NamedTuple):
    """What lies in a folder, or in a folder inside it; ``special`` says what it is if it is no regular file or folder.

    ``is_empty`` is true for a folder in which there is nothing.
    """

    path: Path
    is_folder: bool
    is_empty: bool
    special: str


def special_kind(path: Path) -> str:
    """What ``path`` is (``"a symbolic link"``), or ``""`` for a regular file, a folder, or nothing at all.

    Such files are never opened: reading a pipe waits for a writer, and a link leads to what is not in the repository.
    """
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return ""
    return _KINDS.get(stat.S_IFMT(mode), "")


def entries(folder: Path) -> Iterator[Entry]:
    """Everything in ``folder`` and in the folders inside it, in the order of its paths; links are not followed."""
    for path in sorted(_paths(folder)):
        is_folder = path.is_dir() and not path.is_symlink()
        yield Entry(path, is_folder, is_folder and not any(path.iterdir()), special_kind(path))


def _paths(folder: Path) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder):
        yield from (Path(parent, name) for name in (*folders, *files))
