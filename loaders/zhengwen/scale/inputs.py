"""Finds the files that ``process`` reads, given what the user named: files, folders, globs, URLs or datasets.

The address of a file may hold a password or a signature.  It is only used to open the file: everything that is printed
or written calls a file by its name.
"""

import contextlib
import hashlib
import io
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import fsspec
from fsspec.implementations.local import LocalFileSystem

from zhengwen.errors import ZhengwenError
from zhengwen.printable import printable
from zhengwen.secrecy import clean_addresses, scrub, secrets_in

#: How much of a file is read at a time.
_BUFFER = 1 << 20


@dataclass(frozen=True)
class Source:
    """One file to read.

    It is at ``path`` in the file system ``system``; ``secrets`` are what is secret in the address that was given.
    ``name`` is its path relative to the folder that was named, in characters that can be shown; ``kind`` is
    ``parquet``, ``jsonl`` or ``txt``, ``compression`` is ``gzip``, ``zstd`` or ``None``, ``size`` is in bytes, and
    ``mark`` changes when the file does, but not when only the signature in its address does.
    """

    system: fsspec.AbstractFileSystem = field(repr=False)
    path: str = field(repr=False)
    secrets: Sequence[str] = field(repr=False)
    name: str
    kind: str
    compression: str | None
    size: int
    mark: str

    @contextlib.contextmanager
    def open(self) -> Iterator[io.BufferedReader]:
        """The bytes of the file.  Raises :class:`InputError`, also later, while they are read."""
        with _reported(self.name, self.secrets):
            file = self.system.open(self.path, "rb")
        with io.BufferedReader(_Input(file, self.name, self.secrets), _BUFFER) as stream:
            yield stream


class InputError(Exception):
    """A file cannot be accessed, as opposed to one that holds the wrong bytes: ``name`` says which, ``reason`` why."""

    def __init__(self, name: str, reason: str):
        super().__init__(clean_addresses(name), reason)
        self.name, self.reason = self.args


class _Input(io.RawIOBase):
    """A file of fsspec, whose errors, of whatever library, become :class:`InputError`."""

    def __init__(self, file: Any, *of: Any):
        self._file, self._of = file, of

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return self._file.seekable()

    def readinto(self, buffer) -> int:
        with _reported(*self._of):
            data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        with _reported(*self._of):
            return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()


@contextlib.contextmanager
def _reported(name: str, secrets: Sequence[str]) -> Iterator[None]:
    """Turn whatever a file system raises into :class:`InputError`: each library has exceptions of its own."""
    try:
        yield
    except (MemoryError, InputError, ZhengwenError):
        raise
    except Exception as error:
        raise InputError(name, printable(scrub(_reason(error), *secrets))) from None


def _reason(error: BaseException) -> str:
    """Why a file system failed.

    fsspec may say "not found" of any failure, and give the failure as its cause.
    """
    while error.__cause__ is not None:
        error = error.__cause__
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    if isinstance(error, OSError | ValueError | ImportError):
        return getattr(error, "strerror", None) or str(error) or type(error).__name__
    return f"{type(error).__name__}: {error}"  # the message of aiohttp's TooManyRedirects, for one, is empty


_KINDS = {"parquet": "parquet", "jsonl": "jsonl", "ndjson": "jsonl", "txt": "txt"}
_COMPRESSIONS = {"gz": "gzip", "zst": "zstd"}
_ENDINGS = ", ".join([*(f".{suffix}" for suffix in _KINDS), *(f".jsonl.{suffix}" for suffix in _COMPRESSIONS)])
#: The part of a glob before its first wildcard; the second pattern is for HTTP addresses.
_GLOB = re.compile(r"([^*?\[]*)[*?\[]")
_HTTP_GLOB = re.compile(r"(https?://[^/?#]*/[^*?#\[]*)[*\[]")
#: The name of a dataset on the hub: ``owner/name`` or ``name``.
_HUB_NAME = re.compile(r"[\w.-]+(?:/[\w.-]+)?", re.ASCII)
#: The metadata of file systems whose values change when the file changes.
_MARKS = ("mtime", "ETag", "etag", "Content-MD5", "md5Hash", "sha", "blob_id", "CRC", "Last-Modified", "LastModified")
_MARKS += ("last_modified", "updated", "modify", "created")


def find(inputs: Iterable[str]) -> tuple[list[Source], list[str]]:
    """The files that ``inputs`` stand for, sorted by name, and the names of files beside them that are of other kinds.

    Raises :class:`ZhengwenError` when an input cannot be accessed, when there is no file of a known kind in it, or when
    two files have the same name, since rows are identified by it.
    """
    sources: list[Source] = []
    skipped: list[str] = []
    for named in inputs:
        before = len(sources)
        secrets = secrets_in(named)
        try:
            with _reported(named, secrets):
                for system, path, name in _files(named):
                    if (source := _source(system, path, name, secrets)) is None:
                        skipped.append(name)
                    else:
                        sources.append(source)
        except InputError as error:
            raise ZhengwenError(
                f"{error.name}: {error.reason}",
                fix="check the path or address and your permissions, or download the files and name them",
            ) from None
        if len(sources) == before:
            raise ZhengwenError(f"{named}: no file of a supported type", fix=f"name files that end in {_ENDINGS}")
    sources.sort(key=lambda source: source.name)
    for source, following in itertools.pairwise(sources):
        if source.name == following.name:
            raise ZhengwenError(
                f"{source.path} and {following.path} have the same name",
                fix="name the folder that holds both, or rename one",
            )
    return sources, sorted(skipped)


_File = tuple[fsspec.AbstractFileSystem, str, str]


def _files(named: str) -> list[_File]:
    """Every file that ``named`` stands for: its file system, its path there, and its path relative to the folder."""
    if not named or "\0" in named:
        raise ZhengwenError(f"{named!r} is not a path", fix="name a file, a folder, a glob, a URL or a dataset")
    is_address = "://" in named or "::" in named
    # A file that exists is meant, even if its name is like a glob or an address.
    if exists := Path(named).exists():
        system, path = LocalFileSystem(), str(Path(named).absolute())
    elif is_address or _GLOB.match(named):
        system, path = fsspec.url_to_fs(named)
    else:
        return _hub_files(named)
    is_http = path.startswith(("http://", "https://"))
    # In an address of HTTP, a question mark begins the query, and brackets may stand around the host.
    pattern = (_HTTP_GLOB if is_http else _GLOB).match(path)
    if pattern and not exists:
        base = pattern[1].rpartition("/")[0]
        paths = [match for match, info in system.glob(path, detail=True).items() if info["type"] == "file"]
    elif not (is_http and _kind(_without_query(path))) and system.isdir(path):
        base, paths = path.rstrip("/"), system.find(path)
    else:
        base, paths = _without_query(path).rpartition("/")[0], [path]
    files = [(system, file, printable(_without_query(file).removeprefix(base).lstrip("/"))) for file in paths]
    # As in `datasets`, a file or folder whose name begins with a dot or an underscore is not data.
    return [file for file in files if not re.search(r"(?:^|/)[._]", file[2])]


def _without_query(path: str) -> str:
    """The path of a file, without the query of an address, which may hold a signature."""
    return re.sub(r"[?#].*", "", path, flags=re.DOTALL) if path.startswith(("http://", "https://")) else path


def _hub_files(named: str) -> list[_File]:
    """The files of a dataset on the hub, as ``datasets`` finds them, each named by its split and its own name."""
    if not _HUB_NAME.fullmatch(named) or Path(named).suffix.lstrip(".") in (*_KINDS, *_COMPRESSIONS):
        raise ZhengwenError(f"{named}: there is no such file or folder", fix="correct the path")
    import datasets  # takes seconds, so it is imported only when needed

    try:
        splits = datasets.load_dataset_builder(named).config.data_files
    except Exception as error:
        raise ZhengwenError(
            f"{named}: there is no such file or folder, and it could not be loaded as a dataset from the hub: "
            f"{scrub(str(error))}",
            fix="name a file, a folder, a glob, a URL or a dataset",
        ) from None
    return [
        (*fsspec.url_to_fs(url), printable(f"{split}/{url.rpartition('/')[2]}"))
        for split, urls in (splits or {}).items()
        for url in urls
    ]


def _kind(name: str) -> tuple[str, str | None] | None:
    """The kind of the file ``name`` and its compression; ``None`` when it is of a kind that is not read."""
    *_, before, last = ("", "", *name.lower().split("."))
    compression = _COMPRESSIONS.get(last)
    kind = _KINDS.get(before if compression else last)
    return (kind, compression) if kind and (kind == "jsonl" or not compression) else None


def _source(system: fsspec.AbstractFileSystem, path: str, name: str, secrets: Sequence[str]) -> Source | None:
    """The file at ``path``; ``None`` when it is of a kind that is not read."""
    if (kind := _kind(name)) is None:
        return None
    with _reported(name, secrets):
        info = system.info(path)
    if info.get("size") is None:
        raise ZhengwenError(
            f"{name}: the server does not say how long the file is, so that it could not be divided into parts",
            fix="download it, and name the file",
        )
    return Source(system, path, secrets, name, *kind, info["size"], _mark(info))


def _mark(info: dict[str, Any]) -> str:
    """What changes when a file does, from what its file system says of it."""
    known = next((info[name] for name in _MARKS if info.get(name) is not None), None)
    if known is None:
        known = hashlib.sha256(clean_addresses(str(sorted(info.items(), key=str))).encode("utf-8")).hexdigest()
    return str(known)
