"""What a file holds is told by its first bytes, never by its name; what is compressed is unpacked as it is read."""

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Callable
from typing import BinaryIO, NamedTuple

import pyarrow as pa

from zhengwen.files import LFS_POINTER
from zhengwen.limits import GIB, RATIO, UNPACKED

#: What Parquet begins and ends with.
PARQUET = b"PAR1"
#: The errors of the libraries that unpack, for data that are damaged or need too much memory.
_UNPACKING_ERRORS = (OSError, EOFError, lzma.LZMAError, zlib.error, MemoryError, ValueError)

_UNPACKERS: dict[bytes, tuple[str, Callable[[io.RawIOBase], BinaryIO]]] = {
    b"\x1f\x8b": ("gzip", lambda stream: gzip.GzipFile(fileobj=stream)),
    b"\xfd7zXZ\0": ("xz", lzma.LZMAFile),
    b"BZh": ("bzip2", bz2.BZ2File),
    b"\x28\xb5\x2f\xfd": ("Zstandard", lambda stream: pa.CompressedInputStream(pa.PythonFile(stream, "r"), "zstd")),
}
_UTF16 = "save it as UTF-8"
#: Other formats that may be passed by mistake, and what to do about it.
_OTHERS = {
    LFS_POINTER: ("is a pointer of Git LFS, not the file itself", "run `git lfs pull`"),
    b"PARE": ("is a Parquet file that is encrypted", "decrypt it first"),
    b"ARROW1": ("is an Arrow (Feather) file", "write it as Parquet"),
    b"PK\x03\x04": ("is a zip archive", "unpack it, and name the files in it"),
    b"\xff\xfe": ("is encoded in UTF-16 or UTF-32", _UTF16),
    b"\xfe\xff": ("is encoded in UTF-16", _UTF16),
    **{bytes([first, 0]): ("is encoded in UTF-16 or UTF-32", _UTF16) for first in b'{["\t\n\r '},
    **{bytes([0, first]): ("is encoded in UTF-16", _UTF16) for first in b'{["\t\n\r '},
    b"\x04\x22\x4d\x18": ("is compressed by lz4", "decompress it first"),
}
_MAGIC = (PARQUET, *_UNPACKERS, *_OTHERS)


class UnreadableError(Exception):
    """Why a file is not read, or not read further, and what to do about it."""

    def __init__(self, reason: str, fix: str = ""):
        super().__init__(reason)
        self.fix = fix


class Contents(NamedTuple):
    """The bytes of a file from the beginning, unpacked, and whether they are those of a Parquet file."""

    stream: BinaryIO
    is_parquet: bool


def contents(stream: BinaryIO) -> Contents:
    """What is in ``stream``, of which only the beginning is read to find that out.

    This, and reading from what it returns, raises :class:`UnreadableError` for what is neither Parquet nor text, is
    damaged, or unpacks to too much.

    >>> stream = io.BytesIO(gzip.compress(b'{"id": 1}'))
    >>> contents(stream).stream.read()
    b'{"id": 1}'
    """
    source = _Source(stream)
    for magic, (kind, unpack) in _UNPACKERS.items():
        if source.head.startswith(magic):
            source = _Source(_Unpacked(unpack(io.BufferedReader(source)), source, kind))
            break
    for magic, (what, fix) in {
        **_OTHERS,
        **dict.fromkeys(_UNPACKERS, ("is compressed twice", "unpack it once")),
    }.items():
        if source.head.startswith(magic):
            raise UnreadableError(what, fix)
    return Contents(io.BufferedReader(source, 2**20), source.head.startswith(PARQUET))


class _Source(io.RawIOBase):
    """A stream whose first bytes have been looked at, and are read again; it counts the bytes that are read."""

    def __init__(self, stream: BinaryIO):
        self._stream = stream
        self.count = 0
        self.head = b""
        # Only as many bytes as are needed: the next may not have been written yet.
        while any(len(magic) > len(self.head) and magic.startswith(self.head) for magic in _MAGIC):
            more = stream.read1(max(map(len, _MAGIC)))
            if not more:
                break
            self.head += more
        self._unread = self.head

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        data = self._unread[: len(buffer)] or self._stream.read1(len(buffer))
        self._unread = self._unread[len(data) :]
        self.count += len(data)
        buffer[: len(data)] = data
        return len(data)


class _Unpacked:
    """What ``source`` unpacks to, which may be as much as :data:`RATIO` and :data:`UNPACKED` allow."""

    def __init__(self, unpacked: BinaryIO, source: _Source, kind: str):
        self._unpacked, self._source, self._kind = unpacked, source, kind
        self._count = 0

    def read1(self, size: int) -> bytes:
        try:
            data = self._unpacked.read(size)
        except _UNPACKING_ERRORS as error:
            raise UnreadableError(f"its {self._kind} data are damaged: {error or type(error).__name__}") from None
        self._count += len(data)
        if self._count > max(UNPACKED, RATIO * self._source.count):
            raise UnreadableError(
                f"its {self._kind} data unpack to more than {UNPACKED // GIB} GiB and {RATIO:,} times their size",
                fix="unpack it yourself if you trust it",
            )
        return data
