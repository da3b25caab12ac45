"""What publishing changes at a target, and whether a target holds what a release says: hashes against hashes."""

import hashlib
from collections.abc import Mapping
from typing import NamedTuple

#: Hosts keep their own rules in files of this name; a release never touches them.
KEPT = ".gitattributes"


class File(NamedTuple):
    """A file of a release: its bytes, and the two hashes that hosts report."""

    data: bytes
    sha256: str
    blob: str

    @classmethod
    def of(cls, data: bytes) -> "File":
        """The file with these bytes; ``blob`` is the SHA-1 that git gives it.

        >>> File.of(b"").blob
        'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391'
        """
        blob = hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False)
        return cls(data, hashlib.sha256(data).hexdigest(), blob.hexdigest())


class Held(NamedTuple):
    """A file as a target reports it: its size, and ``sha256:…`` (of an LFS file) or ``git:…`` (of a blob)."""

    size: int
    hash: str

    def is_(self, file: File) -> bool:
        """Whether it is ``file``, by size and hash."""
        return self.size == len(file.data) and self.hash in (f"sha256:{file.sha256}", f"git:{file.blob}")


class Operation(NamedTuple):
    """One change to one path: ``add``, ``change`` or ``delete``, with the size and hash of what is added or deleted."""

    kind: str
    path: str
    size: int
    hash: str

    def __str__(self) -> str:
        return f"{self.kind:6}  {self.size:9}  {self.hash}  {self.path}"


def operations(files: Mapping[str, File], held: Mapping[str, Held]) -> list[Operation]:
    """What makes a target that holds ``held`` hold ``files`` and nothing else, by path; empty when it does.

    Files named ``.gitattributes`` are the host's, and stay.

    >>> [str(one) for one in operations({}, {"old.txt": Held(3, "git:01"), ".gitattributes": Held(9, "git:02")})]
    ['delete          3  git:01  old.txt']
    """
    found = [
        Operation("change" if path in held else "add", path, len(file.data), f"sha256:{file.sha256}")
        for path, file in files.items()
        if path not in held or not held[path].is_(file)
    ]
    found += [Operation("delete", path, *one) for path, one in held.items() if path not in files and not is_kept(path)]
    return sorted(found, key=lambda one: one.path)


def is_kept(path: str) -> bool:
    """Whether ``path`` belongs to the host."""
    return path.rpartition("/")[2] == KEPT
