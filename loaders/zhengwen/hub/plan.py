"""Compares a release with the files of a target, by hash: what publishing has to change there."""

import hashlib
from collections.abc import Mapping
from typing import NamedTuple

#: Hosts keep settings of their own in files of this name; a release never touches them.
HOST_FILE = ".gitattributes"


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


class RemoteFile(NamedTuple):
    """A file as a target reports it: its size in bytes, and ``sha256:…`` (of an LFS file) or ``git:…`` (of a blob)."""

    size: int
    hash: str

    def matches(self, file: File) -> bool:
        """Whether it is ``file``, by size and hash."""
        return self.size == len(file.data) and self.hash in (f"sha256:{file.sha256}", f"git:{file.blob}")


class Operation(NamedTuple):
    """One change to one path: ``add``, ``change`` or ``delete``; size and hash are those of the new or deleted file."""

    kind: str
    path: str
    size: int
    hash: str

    def __str__(self) -> str:
        return f"{self.kind:6}  {self.size:9}  {self.hash}  {self.path}"


def plan(files: Mapping[str, File], remote: Mapping[str, RemoteFile]) -> list[Operation]:
    """The operations that make a target with the files ``remote`` hold ``files`` and nothing else, sorted by path.

    Empty when it already does.  Files named ``.gitattributes`` belong to the host, and stay.

    >>> remote = {"old.txt": RemoteFile(3, "git:01"), ".gitattributes": RemoteFile(9, "git:02")}
    >>> [str(operation) for operation in plan({}, remote)]
    ['delete          3  git:01  old.txt']
    """
    operations = [
        Operation("change" if path in remote else "add", path, len(file.data), f"sha256:{file.sha256}")
        for path, file in files.items()
        if path not in remote or not remote[path].matches(file)
    ]
    operations += [
        Operation("delete", path, *file)
        for path, file in remote.items()
        if path not in files and not is_host_file(path)
    ]
    return sorted(operations, key=lambda operation: operation.path)


def is_host_file(path: str) -> bool:
    """Whether the file ``path`` belongs to the host and not to the release."""
    return path.rpartition("/")[2] == HOST_FILE
