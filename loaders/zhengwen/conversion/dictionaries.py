"""The dictionaries of the installed OpenCC, read from the same files that it uses itself."""

import functools
import struct
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import marisa_trie
import opencc

from zhengwen.errors import ZhengwenError

_MAGIC = b"OPENCC_MARISA_0.2.5"


def folder() -> Path:
    """The folder in which the installed OpenCC keeps its dictionaries and configurations."""
    return Path(opencc.__file__).parent / "clib" / "share" / "opencc"


@functools.cache
def dictionary(name: str) -> Mapping[str, str]:
    """One dictionary (such as ``TWPhrases``): every key with its first candidate, which is the one that OpenCC uses.

    Raises :class:`ZhengwenError` if the installed OpenCC lacks the dictionary or has it in another format.

    >>> dictionary("TWPhrases")["網絡"]
    '網路'
    """
    return MappingProxyType({key: words[0] for key, words in candidates(name).items()})


@functools.cache
def candidates(name: str) -> Mapping[str, tuple[str, ...]]:
    """One dictionary with all candidates of each key, OpenCC's choice first.

    Raises :class:`ZhengwenError` if the installed OpenCC lacks the dictionary or has it in another format.

    >>> candidates("STCharacters")["后"]
    ('後', '后')
    """
    try:
        trie, data = _read(name)
        # After the trie come the number of keys and the size of all values (bytes); the values, each ending in NUL; and
        # for each key, the number of its values and the length of each.
        position = len(_MAGIC) + len(trie.tobytes())
        key_count, size = struct.unpack_from("<II", data, position)
        values = data[position + 8 : position + 8 + size]
        position += 8 + size
        entries, value_start = {}, 0
        for key_number in range(key_count):
            (value_count,) = struct.unpack_from("<H", data, position)
            value_end = value_start + sum(struct.unpack_from(f"<{value_count}H", data, position + 2))
            position += 2 + 2 * value_count
            entries[trie.restore_key(key_number)] = tuple(values[value_start : value_end - 1].decode().split("\0"))
            value_start = value_end
    except (OSError, ValueError, struct.error) as error:
        raise _unreadable(name, error) from None
    return MappingProxyType(entries)


def keys(name: str) -> list[str]:
    """The keys of one dictionary; they are read much faster than its candidates.

    Raises :class:`ZhengwenError` if the installed OpenCC lacks the dictionary or has it in another format.

    >>> sorted(keys("TWPhrases")) == sorted(dictionary("TWPhrases"))
    True
    """
    try:
        return _read(name)[0].keys()
    except (OSError, ValueError) as error:
        raise _unreadable(name, error) from None


def _read(name: str) -> tuple[marisa_trie.Trie, bytes]:
    """The marisa trie with which the file of a dictionary begins, and all bytes of the file."""
    data = (folder() / f"{name}.ocd2").read_bytes()
    if not data.startswith(_MAGIC):
        raise ValueError(f"it does not begin with {_MAGIC.decode()}")
    return marisa_trie.Trie().frombytes(data[len(_MAGIC) :]), data


def _unreadable(name: str, error: Exception) -> ZhengwenError:
    return ZhengwenError(
        f"{folder() / name}.ocd2: not a dictionary that this version can read: {error}",
        fix="install the OpenCC of requirements.lock",
    )


@functools.cache
def opencc_converter(config: str) -> opencc.OpenCC:
    """OpenCC's converter for one of its configurations (such as ``s2tw``), created once."""
    return opencc.OpenCC(config)
