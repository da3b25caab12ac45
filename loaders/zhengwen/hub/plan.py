"""Compares a release with the files of a target, by hash: what publishing has to change there."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from zhengwen.files import parse_json
from zhengwen.release.layout import MANIFEST, is_host_file


class File(NamedTuple):
    """A file of a release: its bytes, and the hashes that hosts report."""

    data: bytes
    sha256: str
    blob: str
    blob_sha256: str

    @classmethod
    def of(cls, data: bytes) -> "File":
        """The file with these bytes; ``blob`` is its name in git, ``blob_sha256`` in a git repository with SHA-256.

        >>> File.of(b"").blob
        'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391'
        """
        blob = b"blob %d\0" % len(data) + data
        sha1 = hashlib.sha1(blob, usedforsecurity=False)
        return cls(data, *(digest.hexdigest() for digest in (hashlib.sha256(data), sha1, hashlib.sha256(blob))))


class RemoteFile(NamedTuple):
    """A file as a target reports it: its size in bytes, and ``sha256:…`` (of an LFS file) or ``git:…`` (of a blob).

    The hash after ``git:`` is SHA-1 or SHA-256, as the repository has it.
    """

    size: int
    hash: str

    def matches(self, file: File) -> bool:
        """Whether it is ``file``, by size and hash."""
        return self.size == len(file.data) and self.hash in (
            f"sha256:{file.sha256}",
            f"git:{file.blob}",
            f"git:{file.blob_sha256}",
        )


class Operation(NamedTuple):
    """One change to one path: ``add``, ``change`` or ``delete``; size and hash are those of the new or deleted file."""

    kind: str
    path: str
    size: int
    hash: str

    def __str__(self) -> str:
        return f"{self.kind:6}  {self.size:9}  {self.hash}  {self.path}"


def plan(files: Mapping[str, File], remote: Mapping[str, RemoteFile]) -> list[Operation]:
    """The operations that turn a target that holds ``remote`` into one that holds exactly ``files``, sorted by path.

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


def strangers(operations: Sequence[Operation], manifest: bytes | None) -> list[str]:
    """The paths that ``operations`` delete though no earlier release put them there.

    ``manifest`` is the manifest at the target, which states what publishing put there; ``None`` if there is none.

    >>> delete = [Operation("delete", path, 3, "git:01") for path in ("README.md", "notes.txt")]
    >>> strangers(delete, b'{"files": [{"path": "README.md", "size": 3, "sha256": "0a"}]}')
    ['notes.txt']
    """
    deleted = [operation.path for operation in operations if operation.kind == "delete"]
    return sorted(set(deleted) - _paths_of(manifest)) if manifest else deleted


def _paths_of(manifest: bytes) -> set[str]:
    """The paths of a release by its manifest; none if this is no manifest."""
    try:
        content = parse_json(manifest.decode("utf-8"))
    except ValueError:
        return set()
    files = content.get("files") if isinstance(content, dict) else None
    entries = [entry for entry in files if isinstance(entry, dict)] if isinstance(files, list) else []
    return {MANIFEST, *(entry["path"] for entry in entries if isinstance(entry.get("path"), str))} if entries else set()
