"""Editions of a text: the same characters, one for one, in another script.

Everything starts from ``hans``, the Simplified text.  Two Traditional editions are made from it:

``restored``
    what the content farm made of the page before it damaged it: every character by itself, by a table.  It is wrong
    as Chinese (``制造`` for ``製造``) and right as evidence: damaged, it must give the received file.
``hant``
    Traditional Chinese for readers, by OpenCC's ``s2tw``: characters chosen by the phrase they stand in.  Not by
    ``s2t``, which writes ``爲``, ``纔`` and ``在覈心``.

Both keep every offset.  For the table that is so by construction; for ``s2tw`` it rests on its dictionaries, whose
every entry is as long as what it stands for (a test reads them), and is asserted line by line all the same.
"""

import functools
from collections.abc import Mapping
from typing import NamedTuple

from zhengwen.errors import ZhengwenError


class Edition(NamedTuple):
    """One written form of a document.

    ``offsets`` is ``base`` (annotation points here), ``shared`` (code point for code point as in the base) or
    ``aligned`` (spans are carried over by an alignment).
    """

    name: str
    language: str | None
    made_from: str
    how: str
    offsets: str


#: The editions, in the order in which they are made.
EDITIONS: Mapping[str, Edition] = {
    edition.name: edition
    for edition in (
        Edition("hans", "zh-Hans-CN", "people", "the established text; what the publisher very likely printed", "base"),
        Edition("restored", "zh-Hant", "hans", "character by character, by the content farm's table", "shared"),
        Edition("received", None, "restored", "damaged by the content farm; the file itself is the seed", "aligned"),
        Edition("hant", "zh-Hant", "hans", "OpenCC s2tw, characters only", "shared"),
    )
}

#: The editions that data is released in, by the name that ends a config (``sentences-hant``).
SCRIPTS = ("hans", "hant")


class OffsetsNotSharedError(ZhengwenError):
    """A conversion that must keep every offset did not: the dictionaries of this OpenCC are not those it rests on."""


def to_restored(text: str, exceptions: Mapping[str, str] | None = None) -> str:
    """The content farm's Traditional form of Simplified ``text``: OpenCC's first candidate for each character alone.

    ``exceptions`` maps a character to what this farm writes for it instead.

    >>> to_restored("智能制造与云服务", exceptions={"云": "云"})
    '智能制造與云服務'
    """
    table = exceptions or {}
    converted = "".join(table.get(character) or _first_candidate(character) for character in text)
    return _with_shared_offsets(text, converted, "restored")


def to_hant(text: str) -> str:
    """Simplified ``text`` in Traditional Chinese, code point for code point.

    >>> to_hant("这意味着智能制造的核心")
    '這意味著智能製造的核心'
    """
    return _with_shared_offsets(text, _convert(text, "s2tw"), "hant")


def _with_shared_offsets(text: str, converted: str, edition: str) -> str:
    lines, converted_lines = text.split("\n"), converted.split("\n")
    if len(lines) != len(converted_lines):
        raise OffsetsNotSharedError(f"edition {edition}: {len(lines)} lines became {len(converted_lines)}")
    for number, (line, converted_line) in enumerate(zip(lines, converted_lines, strict=True), start=1):
        if len(line) != len(converted_line):
            raise OffsetsNotSharedError(
                f"edition {edition}, line {number}: {len(line)} characters became {len(converted_line)}: "
                f"{line!r} -> {converted_line!r}"
            )
    return converted


@functools.cache
def _first_candidate(character: str) -> str:
    return _convert(character, "s2t")


def _convert(text: str, config: str) -> str:
    # OpenCC's binding takes NUL for the end of the text.
    return "\0".join(_opencc(config).convert(part) for part in text.split("\0"))


@functools.cache
def _opencc(config: str):
    import opencc

    return opencc.OpenCC(config)
