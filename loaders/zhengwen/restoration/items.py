"""A received line as items: characters, delimiters, glosses, and what else the search walks over."""

import re
from collections.abc import Collection
from typing import NamedTuple

from zhengwen.restoration import gbk
from zhengwen.restoration.diagnose import ORPHANS
from zhengwen.restoration.glosses import GLOSS, SWALLOWED, plain


class Item(NamedTuple):
    """A piece of a received line: ``kind`` and what it is; ``start`` and ``end`` count in the line.

    ``value`` is the character, the delimiter's ASCII form, or the reading of a gloss.  Kinds: ``pair`` (a character of
    two bytes), ``ascii``, ``delimiter``, ``orphan`` (a delimiter behind the mark of a lone lead byte), ``gloss``,
    ``swallowed`` (a gloss whose parenthesis a lead byte swallowed), ``question``, ``other`` (not in GBK),
    ``last`` (what marks a lone lead byte, where it ends the line), ``end``.
    """

    kind: str
    value: str
    start: int
    end: int
    pair: int = 0


class Marks:
    """How the items of a line are told: ``ascii_forms`` of delimiters, the ``form`` of a gloss, the ``orphan``."""

    def __init__(self, ascii_forms: Collection[str], form: str, orphan: str):
        self._delimiters = frozenset(ascii_forms)
        self._trailing = form.endswith(" ")
        self._orphan = orphan

    def item(self, line: str, place: int) -> Item:
        """The item of ``line`` that begins at ``place``."""
        if place >= len(line):
            return Item("end", "", place, place)
        character = line[place]
        if (pair := gbk.pairs().get(character)) is not None:
            return Item("pair", character, place, place + 1, pair)
        if character == "(" and (found := GLOSS.match(line, place)):
            return Item("gloss", plain(found[2]), place, self._end(found))
        if character == "?" and (found := SWALLOWED.match(line, place)):
            return Item("swallowed", plain(found[2]), place, self._end(found))
        if character in ORPHANS:
            after = line[place + 1 : place + 2]
            if after in self._delimiters and not (after == "?" and SWALLOWED.match(line, place + 1)):
                return Item("orphan", after, place, place + 2, ord(character))
            if character == self._orphan and place + 1 == len(line):
                return Item("last", character, place, place + 1)
        if character in self._delimiters:
            return Item("delimiter", character, place, place + 1)
        if character == "?":
            return Item("question", character, place, place + 1)
        return Item("ascii" if character.isascii() else "other", character, place, place + 1)

    def _end(self, found: re.Match) -> int:
        return found.end() if self._trailing else found.start(4)


class Line:
    """A received line as items, made as far as they are asked for."""

    def __init__(self, text: str, marks: "Marks", start: int = 0):
        self.text, self._marks, self._place = text, marks, start
        self._items: list[Item] = []

    def __getitem__(self, at: int) -> Item:
        while len(self._items) <= at:
            item = self._marks.item(self.text, self._place)
            self._items.append(item)
            self._place = item.end
        return self._items[at]
