"""Damages files: what a bad disk, a cut transfer, another program or an attacker may do to their bytes."""

import random
import re

#: Bytes that mean something to a reader of text, JSON, YAML, XML or Parquet.
_TOKENS = [
    b"\x00", b"\xff", b"\x80", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\xe2\x80\xae", b"\r\n", b"\n", b"\t", b'"', b"'",
    b"\\", b"{", b"}", b"[", b"]", b":", b",", b"null", b"true", b"NaN", b"1e400", b"-1", b"9" * 20, b"9" * 5000,
    b"\\ud800", b"&a [*a]", b"<", b"&lt;", b"]]>", b"\xff\xff\xff\xff\x7f", b"[" * 3000, b"a: {" * 200,
]  # fmt: skip


def damaged(data: bytes, chance: random.Random) -> bytes:
    """``data`` with one to four damages; ``chance`` decides which and where."""
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        data = chance.choice(_DAMAGES)(data, chance)
    return data


def _place(data: bytes, chance: random.Random) -> int:
    data = data or b" "
    # The end of a file often says where its parts lie, so it is damaged more often.
    return (
        chance.randrange(len(data) * 9 // 10, len(data)) if chance.random() < 0.3 else chance.randrange(len(data) + 1)
    )


def _flipped(data: bytes, chance: random.Random) -> bytes:
    if not data:
        return data
    place = min(_place(data, chance), len(data) - 1)
    return data[:place] + bytes([data[place] ^ 1 << chance.randrange(8)]) + data[place + 1 :]


def _overwritten(data: bytes, chance: random.Random) -> bytes:
    place, token = _place(data, chance), chance.choice(_TOKENS)
    return data[:place] + token + data[place + len(token) :]


def _inserted(data: bytes, chance: random.Random) -> bytes:
    place = _place(data, chance)
    return data[:place] + chance.choice(_TOKENS) + data[place:]


def _cut(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


def _without(data: bytes, chance: random.Random) -> bytes:
    place = _place(data, chance)
    return data[:place] + data[place + chance.randrange(1, 60) :]


def _repeated(data: bytes, chance: random.Random) -> bytes:
    place, length = _place(data, chance), chance.randrange(1, 60)
    return data[:place] + data[place : place + length] * chance.choice((2, 2, 50)) + data[place + length :]


def _renumbered(data: bytes, chance: random.Random) -> bytes:
    numbers = list(re.finditer(rb"\d+", data))
    if not numbers:
        return _flipped(data, chance)
    number = chance.choice(numbers)
    return data[: number.start()] + chance.choice((b"0", b"-1", b"1e9", b"2147483648", b"null")) + data[number.end() :]


_DAMAGES = (_flipped, _flipped, _overwritten, _inserted, _cut, _without, _repeated, _renumbered)
