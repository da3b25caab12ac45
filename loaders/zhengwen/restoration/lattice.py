"""The search for what a stretch of damaged text was: the readings that the bytes allow, the most probable first.

Where a delimiter or a gloss was put between the two bytes of a character, the decoder lost its place: from there on it
took the second byte of each character for the first of the next, until an ASCII byte, a delimiter or a gloss gave the
place back.  Most bytes can still be read off what it wrote.  Those that vanished are unknown, and are searched for.

The search walks over the items of a line (characters, delimiters, glosses) with a beam of readings.  What may be read
at an item, in place and out of it, is in :mod:`zhengwen.restoration.steps`.

What damages text is deterministic, so the most probable reading is the most probable *text* of those that the damage
turns into what was received; the model of the language alone decides.
"""

import re
from collections import defaultdict
from typing import NamedTuple

from zhengwen.restoration import gbk
from zhengwen.restoration.items import Line
from zhengwen.restoration.site import Site, ending_in
from zhengwen.restoration.steps import IN_PLACE, REACH, Hypothesis, Walker

#: How many readings are followed at once.
BEAM = 64
#: Of these, how many with one lead byte passed, and how many in place.
MODE_BEAM, IN_PLACE_BEAM = 5, 20
#: Pairs may have vanished where every other reading of an item costs at least this (nats); and so where the search is
#: made again, because two characters in a row cost more than :data:`DEAR`.
VANISHED, VANISHED_AGAIN, DEAR = 9.0, 7.0, 15.0
#: How far ahead the next quotation mark is looked for.
AHEAD = 400

_QUOTE = re.compile("[“”]")


class Reading(NamedTuple):
    """One way to read a stretch of items, up to item ``until``: its ``text``, and the logarithm of its probability.

    ``dearest`` is the cost of the two characters in a row that cost most.
    """

    text: str
    score: float
    until: int
    dearest: float


def search(line: Line, site: Site, before: str, quoted: bool) -> list[Reading]:
    """The readings of ``line`` from its first item on, the most probable first; they end where they all agree again.

    ``before`` is the end of what was restored of this line, ``quoted`` whether a quotation is open there.  ``until``
    of a reading counts items.
    """
    found = _search(line, site, before, quoted, VANISHED)
    if not found or found[0].dearest > DEAR:
        found = _search(line, site, before, quoted, VANISHED_AGAIN) or found
    return found


def _search(line: Line, site: Site, before: str, quoted: bool, vanished: float) -> list[Reading]:
    pair = gbk.pairs().get(before[-1:], 0)
    begin = Hypothesis(0.0, IN_PLACE, site.context(before), pair, "", quoted)
    beam = [begin]
    walker = Walker(site)
    at = 0
    while True:
        beam = _best(walker.step(line[at], line[at + 1] if line[at].kind != "end" else line[at], beam, vanished))
        if not beam:
            return []
        at += 1
        if line[at - 1].kind == "end" or (at > 1 and _agreed(beam)):
            break
    done = [one for one in beam if one.mode == IN_PLACE]
    plain = site.as_is(line, at)
    if done and all(one.text != plain for one in done):
        # What stands there may have been out of reach on the way, and be the best in the end.
        done += [one for one in walker.as_is(line, at, begin) if one.history == done[0].history]
    if line[at - 1].kind != "end":
        done = [one._replace(score=one.score - _balance(line.text, line[at].start, one.quoted)) for one in done]
    done.sort(key=lambda one: -one.score)
    return [Reading(one.text, one.score, at, one.dearest) for one in done]


def out_of_reach(line: Line, site: Site, before: str) -> bool:
    """Whether every other reading of a delimiter and the character behind it is so much less probable than the plain
    one that a search would not follow it.
    """
    pairs, after = site.fulls.get(line[0].value, ()), line[1]
    if len(pairs) != 1 or after.value in "“”":
        return False
    (pair,) = pairs
    history, full = site.context(before), gbk.characters()[pair]
    mark, next_one = site.score(history, full), site.score((history + full)[-3:], after.value)
    if next_one < -VANISHED or mark + next_one < -DEAR:
        # Something may have vanished.
        return False
    across = gbk.characters().get((pair & 0xFF) << 8 | after.pair >> 8)
    others = site.choices(history, ending_in(pair >> 8)) if across else ()
    return all(
        score + site.score((history + site.simple(history, one))[-3:], across) < mark + next_one - REACH
        for one, score in others
        if score > mark + next_one - REACH
    )


def _agreed(beam: list[Hypothesis]) -> bool:
    first = beam[0]
    return all(one.mode == IN_PLACE and one.history == first.history for one in beam)


def _balance(line: str, place: int, quoted: bool) -> float:
    """What it costs to have a quotation open (or not) before the rest of the line."""
    ahead = line[place : place + AHEAD]
    found = _QUOTE.search(ahead)
    if not found and len(ahead) == AHEAD:
        return 0.0
    if quoted == (found is not None and found.group() == "”"):
        return 0.0
    # A mark may have been lost at an exclamation mark on the way.
    return 1.0 if "!" in ahead[: found.start() if found else None] else 5.0


def _best(beam: list[Hypothesis]) -> list[Hypothesis]:
    """The readings to follow: the best of each mode, so that a few likely beginnings do not crowd out the rest."""
    ordered = sorted(beam, key=lambda one: -one.score)
    kept: list[Hypothesis] = []
    seen: set[tuple[int, str]] = set()
    many: dict[int, int] = defaultdict(int)
    for one in ordered:
        if one.score < ordered[0].score - REACH or len(kept) == BEAM:
            break
        if many[one.mode] < (IN_PLACE_BEAM if one.mode == IN_PLACE else MODE_BEAM) and (one.mode, one.text) not in seen:
            seen.add((one.mode, one.text))
            many[one.mode] += 1
            kept.append(one)
    return kept
