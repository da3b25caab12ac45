"""The dictionaries of the installed OpenCC, read from its own files, so that they are those that it converts by."""

import functools
import struct
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from zhengwen.errors import ZhengwenError

_MAGIC = b"OPENCC_MARISA_0.2.5"


def folder() -> Path:
    """Where the installed OpenCC keeps its dictionaries and configurations."""
    import opencc

    return Path(opencc.__file__).parent / "clib" / "share" / "opencc"


@functools.cache
def dictionary(name: str) -> Mapping[str, str]:
    """One dictionary (``TWPhrases``): every key with its first candidate, which is the one that OpenCC takes.

    Raises :class:`ZhengwenError` when this OpenCC has none, or in another format.

    >>> dictionary("TWPhrases")["網絡"]
    '網路'
    """
    return MappingProxyType({key: found[0] for key, found in candidates(name).items()})


@functools.cache
def candidates(name: str) -> Mapping[str, tuple[str, ...]]:
    """One dictionary with all candidates of each key, the first one first.

    >>> candidates("STCharacters")["后"]
    ('後', '后')
    """
    import marisa_trie

    path = folder() / f"{name}.ocd2"
    try:
        data = path.read_bytes()
        if not data.startswith(_MAGIC):
            raise ValueError("another format")
        # A marisa trie; then how many keys and how many bytes of values, the values (each ends in NUL), and for each
        # key how many values it has and how long each is.
        trie = marisa_trie.Trie().frombytes(data[len(_MAGIC) :])
        at = len(_MAGIC) + len(trie.tobytes())
        count, size = struct.unpack_from("<II", data, at)
        values = data[at + 8 : at + 8 + size]
        at += 8 + size
        entries, offset = {}, 0
        for number in range(count):
            (how_many,) = struct.unpack_from("<H", data, at)
            lengths = struct.unpack_from(f"<{how_many}H", data, at + 2)
            at += 2 + 2 * how_many
            found = values[offset : offset + sum(lengths) - 1].decode("utf-8").split("\0")
            entries[trie.restore_key(number)] = tuple(found)
            offset += sum(lengths)
    except (OSError, ValueError, struct.error) as error:
        raise ZhengwenError(
            f"{path}: not a dictionary that this version can read: {error}",
            fix="install the OpenCC of requirements.lock",
        ) from None
    return MappingProxyType(entries)


@functools.cache
def opencc_converter(config: str):
    """OpenCC's own converter for one of its configurations."""
    import opencc

    return opencc.OpenCC(config)
