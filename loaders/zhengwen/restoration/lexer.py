"""Splits a received line into the items that the search goes through: characters, delimiters, glosses and others."""

import re
from collections.abc import Collection
from typing import NamedTuple

from zhengwen.restoration import gbk
from zhengwen.restoration.damage import ORPHAN_MARKS
from zhengwen.restoration.glosses import GLOSS, SWALLOWED_GLOSS, plain


class Item(NamedTuple):
    """The piece ``[start, end)`` of a received line.

    ``value`` is the character, the delimiter's ASCII form, or the reading of a gloss.  The kinds are

    - ``pair``: a two-byte character, whose bytes are in ``pair``;
    - ``ascii``: any other ASCII character;
    - ``delimiter``: the ASCII form of a delimiter;
    - ``orphan``: the mark for a lone lead byte and the delimiter after it; ``pair`` is the code point of the mark;
    - ``gloss``: a gloss;
    - ``swallowed``: a gloss whose opening parenthesis a lead byte swallowed;
    - ``question``: any other question mark;
    - ``last``: the mark for a lone lead byte at the end of the line;
    - ``other``: a character that is not in GBK;
    - ``end``: the end of the line.
    """

    kind: str
    value: str
    start: int
    end: int
    pair: int = 0


class Lexer:
    """Recognises items, given the ``ascii_forms`` of delimiters, the ``form`` of a gloss (as in
    :class:`~zhengwen.restoration.damage.DamagePolicy`), and the ``orphan`` mark.
    """

    def __init__(self, ascii_forms: Collection[str], form: str, orphan: str):
        self._delimiters = frozenset(ascii_forms)
        self._takes_space = form.endswith(" ")
        self._orphan = orphan

    def item(self, line: str, start: int) -> Item:
        """The item of ``line`` that begins at the offset ``start``."""
        if start >= len(line):
            return Item("end", "", start, start)
        character = line[start]
        if (pair := gbk.pairs().get(character)) is not None:
            return Item("pair", character, start, start + 1, pair)
        if character == "(" and (match := GLOSS.match(line, start)):
            return Item("gloss", plain(match[2]), start, self._end(match))
        if character == "?" and (match := SWALLOWED_GLOSS.match(line, start)):
            return Item("swallowed", plain(match[2]), start, self._end(match))
        if character in ORPHAN_MARKS:
            after = line[start + 1 : start + 2]
            if after in self._delimiters and not (after == "?" and SWALLOWED_GLOSS.match(line, start + 1)):
                return Item("orphan", after, start, start + 2, ord(character))
            if character == self._orphan and start + 1 == len(line):
                return Item("last", character, start, start + 1)
        if character in self._delimiters:
            return Item("delimiter", character, start, start + 1)
        if character == "?":
            return Item("question", character, start, start + 1)
        return Item("ascii" if character.isascii() else "other", character, start, start + 1)

    def _end(self, gloss: re.Match) -> int:
        return gloss.end() if self._takes_space else gloss.start(4)


class Items:
    """The items of the line ``text`` from the offset ``start`` on, each recognised when it is first asked for."""

    def __init__(self, text: str, lexer: Lexer, start: int = 0):
        self.text, self._lexer, self._next_start = text, lexer, start
        self._items: list[Item] = []

    def __getitem__(self, index: int) -> Item:
        while len(self._items) <= index:
            item = self._lexer.item(self.text, self._next_start)
            self._items.append(item)
            self._next_start = item.end
        return self._items[index]
