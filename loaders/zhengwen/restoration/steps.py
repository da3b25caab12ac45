"""What a reading of damaged text may take at an item: the steps of the search.

A reading is either *in place* (the decoder stands between two true characters) or *out of place* (it has passed the
lead byte of a true character and stands before its trail byte).  What may be read at an item, in place and out of it:

========================  =====================================  ===================================================
item                      in place                               out of place, behind lead byte Z
========================  =====================================  ===================================================
character b1 b2           itself                                 Z b1, then lead b2; or Z b1 and the ASCII character b2
ASCII character a         itself                                 Z a, in place again
delimiter                 itself, full-width; or a lead byte     a trail byte that vanished, and itself, in place again;
                          vanished: it and A3, then lead AC      or Z A3, then lead AC (for the comma)
gloss ``(r)``             behind a character that is read r      behind two bytes that make a character that is read r
gloss ``?r)``             a lead byte that makes such a          a trail byte that makes such a character with Z, in
                          character with the byte before         place again
``?``                     itself                                 a trail byte, and an ASCII character that it swallowed
``?`` that ends a line    itself                                 a trail byte that it marks
end                       the end                                a trail byte that vanished
nothing                                                          a trail and a lead byte that make no character; or
                                                                 the trail byte 80, in place again
========================  =====================================  ===================================================
"""

import heapq
import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from zhengwen.restoration import gbk
from zhengwen.restoration.damage import GAP
from zhengwen.restoration.glosses import readings
from zhengwen.restoration.items import Item, Line
from zhengwen.restoration.site import ANY, NEXT, VOID, Site, ending_in, fitting_numbers, tables

IN_PLACE = 0
#: How much less probable than the best one a reading may be that is followed (nats).
REACH = 14.0
#: What it costs to read what the policy speaks against: a character that should have been glossed and is not.
AGAINST = 9.0
#: What it costs that a lone lead byte left no mark, where others did.
UNMARKED = 4.0
#: From readings that are less probable than the best by this, nothing is tried that vanished.
BEHIND = 8.0
#: How many readings with so many pairs lost in a row are followed.
LOST = 6


class Hypothesis(NamedTuple):
    """A reading on the way."""

    score: float
    mode: int  # the lead byte that was passed; IN_PLACE; or minus the first byte of a pair that vanished, and held it
    history: str  # the last characters, Simplified
    pair: int  # the pair of the last true character, 0 when it has none
    text: str
    quoted: bool
    matched: bool = False  # the lead byte was part of a gloss's character
    last: float = 0.0  # the score of the last character
    dearest: float = 0.0  # what two characters in a row cost at the most


class Walker:
    """Takes readings over one item."""

    def __init__(self, site: Site):
        self.site = site
        #: What is less probable than this is out of reach, but for a quotation mark that fits.
        self.floor = -math.inf

    def step(self, item: Item, after: Item, beam: list[Hypothesis], vanished: float) -> list[Hypothesis]:
        self.item, self.after, self.floor = item, after, -math.inf
        take = getattr(self, f"_take_{item.kind}")
        out: list[Hypothesis] = []
        best = beam[0].score

        def take_each(several: Iterable[Hypothesis]) -> None:
            for one in several:
                taken = take(one)
                out.extend(taken)
                for each in taken:
                    if each.score - REACH > self.floor:
                        self.floor = each.score - REACH

        take_each(beam)
        begun = [one for one in beam if one.mode != IN_PLACE]
        if all(each.score < best - vanished for each in out):
            # Up to three pairs that are no character may have vanished in a row.
            lost = [one for one in begun if one.score > best - BEHIND]
            for _ in range(3):
                lost = self._vanished_pairs(lost)
                begun += lost
                take_each(lost)
        reading = item.value if item.kind == "gloss" else ""
        for one in begun:
            take_each(self._trail(one, 0x80, reading=reading))
        return out

    def as_is(self, line: Line, until: int, one: Hypothesis) -> list[Hypothesis]:
        """The reading of the first ``until`` items as they stand, if that is one."""
        several, self.floor = [one], -math.inf
        for at in range(until):
            self.item, self.after = line[at], line[at + 1] if line[at].kind != "end" else line[at]
            take, written = getattr(self, f"_take_{self.item.kind}"), self.site.written(self.item)
            several = [
                found
                for one in several
                for found in take(one)
                if found.mode == IN_PLACE and found.text == one.text + written
            ]
        return several

    # -- what happens to a reading

    def _emit(self, one, character, score, mode=IN_PLACE, matched=False) -> Hypothesis:
        """The reading with one true character more."""
        total = one.score + score
        quoted = one.quoted
        if character in "“”":
            total += (1.0 if quoted else -4.0) if character == "”" else (-4.0 if quoted else 0.5)
            quoted = character == "“"
        history = (one.history + self.site.simple(one.history, character))[-3:]
        dearest = max(one.dearest, -score - one.last)
        pair = gbk.pairs()[character]
        return Hypothesis(
            total, mode, history, pair, one.text + character, quoted, matched, last=score, dearest=dearest
        )

    def _emit_ascii(self, one: Hypothesis, character: str) -> Hypothesis:
        if one.text and (one.text[-1].isascii() or one.text[-1] == GAP):
            price = NEXT
        else:
            price = self.site.ascii_price(character)
        return Hypothesis(one.score - price, IN_PLACE, "", 0, one.text + character, one.quoted)

    def _trail(self, one: Hypothesis, trail: int, mode=IN_PLACE, silent=True, reading="") -> list[Hypothesis]:
        """The readings in which the character that was begun ends with ``trail`` (a byte, :data:`ANY` or :data:`VOID`).

        ``silent`` says that no gloss stands behind it, which speaks against a character that has one; ``reading`` is
        that of the gloss that does.
        """
        return [
            self._emit(one, character, score, mode)
            for character, score in self._ends(one, trail, silent, reading)
            if one.score + score > self.floor - 1.0
        ]

    def _ends(self, one: Hypothesis, trail: int, silent=True, reading="") -> list[tuple[str, float]]:
        """The characters that :meth:`_trail` takes, and their scores."""
        if one.mode >= 0 and trail >= 0:
            character = gbk.characters().get(one.mode << 8 | trail)
            choices = [(character, self.site.score(one.history, character))] if character else []
        else:
            fitting = fitting_numbers(one.mode, trail)
            if reading:
                fitting = [number for number in fitting.tolist() if self._has(tables().characters[number], reading)]
            choices = self.site.choices(one.history, fitting)
        out = []
        for character, score in choices:
            pair = gbk.pairs()[character]
            if silent and not one.matched and (pair in self.site.glosses or pair in self.site.cuts):
                score -= AGAINST
            if one.mode < 0 and self._is_watched(-one.mode, pair >> 8):
                score -= AGAINST
            out.append((character, score))
        return out

    def _is_watched(self, first: int, second: int) -> bool:
        return first in self.site.watched and second in self.site.watched[first]

    # -- items

    def _take_pair(self, one: Hypothesis):
        first, second = self.item.pair >> 8, self.item.pair & 0xFF
        if one.mode == IN_PLACE:
            score = self.site.score(one.history, self.item.value)
            if not one.matched and self._is_watched(one.pair & 0xFF, first):
                score -= AGAINST
            return [self._emit(one, self.item.value, score)]
        if second > 0x80:
            return self._trail(one, first, second)
        if second < 0x80:
            return [self._emit_ascii(found, chr(second)) for found in self._trail(one, first)]
        return []

    def _take_ascii(self, one: Hypothesis):
        if one.mode == IN_PLACE:
            return [self._emit_ascii(one, self.item.value)]
        reading = self.after.value if self.after.kind == "gloss" else ""
        return self._trail(one, ord(self.item.value), silent=not reading, reading=reading)

    def _take_question(self, one: Hypothesis):
        if one.mode == IN_PLACE:
            return [self._emit_ascii(one, "?")]
        return [self._emit_ascii(found, GAP) for found in self._trail(one, ANY)]

    def _take_last(self, one: Hypothesis):
        return self._take_mark(one) if one.mode == IN_PLACE else self._trail(one, ANY)

    def _take_mark(self, one: Hypothesis):
        """What may mark a lone lead byte, as a mark of its own."""
        if self.item.value in self.site.fulls:
            return self._take_delimiter(one)
        return self._take_question(one) if self.item.value == "?" else self._take_other(one)

    def _take_delimiter(self, one: Hypothesis, orphaned: bool = False):
        out = self._take_question(one) if self.item.value == "?" and one.mode != IN_PLACE and not orphaned else []
        for pair in self.site.fulls.get(self.item.value, ()):
            first, second = pair >> 8, pair & 0xFF
            full = gbk.characters()[pair]
            if one.mode == IN_PLACE:
                if not orphaned:
                    out.append(self._emit(one, full, self.site.score(one.history, full)))
                price = 0.0 if orphaned or self.site.dropped else UNMARKED
                for character, score in self.site.choices(one.history, ending_in(first)):
                    if not self._is_watched(one.pair & 0xFF, gbk.pairs()[character] >> 8):
                        # What lies across a cut has no gloss.
                        out.append(self._emit(one, character, score - price, second, matched=True))
            else:
                price = 0.0 if orphaned or self.site.dropped else UNMARKED
                for found in self._trail(one, ANY):
                    out.append(self._emit(found, full, self.site.score(found.history, full) - price))
                if not orphaned:
                    out += [found._replace(matched=True) for found in self._trail(one, first, second, silent=False)]
        return out

    def _take_orphan(self, one: Hypothesis):
        out = self._take_delimiter(one, orphaned=True)
        # Or the mark is one of its own, and the delimiter another item.
        item = self.item
        self.item = Item("question", chr(item.pair), item.start, item.start + 1)
        between = self._take_mark(one)
        self.item = Item("delimiter", item.value, item.start + 1, item.end)
        for found in between:
            out += self._take_delimiter(found)
        self.item = item
        return out

    def _take_gloss(self, one: Hypothesis):
        if one.mode < 0:
            return []
        pair = (one.pair & 0xFF) << 8 | one.mode if one.mode else one.pair
        return [one._replace(matched=True)] if self._is_read(pair, self.item.value) else []

    def _take_swallowed(self, one: Hypothesis):
        reading = self.item.value
        if one.mode == IN_PLACE:
            # The lead byte of the next character; what that is shows when its trail byte is known.
            return [
                one._replace(mode=pair & 0xFF, score=one.score - price, matched=True)
                for pair, price in self._read_as(reading, [one.pair & 0xFF])
                if pair & 0xFF > 0x80
            ]
        late = 2.0 if one.matched else 0.0
        out = []
        for pair, price in self._read_as(reading, [one.mode] if one.mode > 0 else gbk.void()[-one.mode]):
            if pair & 0xFF > 0x80:
                character = gbk.characters()[pair]
                score = self.site.score(one.history, character) - price - late
                out.append(self._emit(one, character, score, matched=True))
        return out

    def _take_other(self, one: Hypothesis):
        return [self._emit_ascii(one, self.item.value)] if one.mode == IN_PLACE else []

    def _take_end(self, one: Hypothesis):
        found = [one] if one.mode == IN_PLACE else self._trail(one, ANY)
        return [
            each._replace(score=each.score + self.site.score(each.history, "\n") - (5.0 if each.quoted else 0.0))
            for each in found
        ]

    def _vanished_pairs(self, several: list[Hypothesis]) -> list[Hypothesis]:
        """The most probable readings with a trail byte and a lead byte that together are no character."""
        ends = [(one, character, score) for one in several for character, score in self._ends(one, VOID)]
        best = heapq.nlargest(LOST, ends, key=lambda end: end[0].score + end[2])
        return [
            self._emit(one, character, score, mode=-(gbk.pairs()[character] & 0xFF)) for one, character, score in best
        ]

    # -- readings

    def _has(self, character: str, reading: str) -> bool:
        return self._is_read(gbk.pairs()[character], reading)

    def _is_read(self, pair: int, reading: str) -> bool:
        known = self.site.glosses.get(pair)
        if known is not None:
            return known == reading
        character = gbk.characters().get(pair)
        return bool(character) and reading in readings(character)

    def _read_as(self, reading: str, leads: Sequence[int]) -> list[tuple[int, float]]:
        """The characters read so whose first byte is one of ``leads``, and what it costs to take them."""
        known = [pair for pair in self.site.by_reading.get(reading, ()) if pair >> 8 in leads]
        if known:
            return [(pair, 0.0) for pair in known]
        return [one for lead in leads for one in self.site.read_as(reading, lead)]
