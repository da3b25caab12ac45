"""Corrections of what OpenCC gets wrong in general text, from the data in ``exceptions.yaml`` and ``zhu.yaml``.

Every correction keeps the length of the text.
"""

import functools
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import ahocorasick_rs

from zhengwen.files import read_yaml

_ZHU = "著"
_EVERY_ZHU = re.compile(_ZHU)
#: The most entries that a table may have if its keys are to be searched for one by one.
_FEW = 8
#: How many characters before the key of an entry are matched against its `before`.
_LOOKBEHIND = 8

#: Finds the keys of a table in a text: ``(key, start, end)``, in order, without overlaps.
_Finder = Callable[[str], Iterator[tuple[str, int, int]]]


class _Entry(NamedTuple):
    """What to write, and what must match directly before and after the key."""

    to: str
    before: re.Pattern | None
    after: re.Pattern | None


def corrections(direction: str, text: str, particle: bool = True) -> list[tuple[int, str]]:
    """What to write over the conversion of ``text``: ``(start, characters)``, in order.

    ``direction`` is ``hant`` (Simplified text to Traditional) or ``hans`` (Traditional text to Simplified).
    ``particle`` is false for Traditional text in which 著 is never the particle: Hong Kong writes 着.

    >>> corrections("hant", "镜头发黑")
    [(0, '鏡頭發')]
    >>> corrections("hans", "帶著名片看名著")
    [(1, '着'), (6, '著')]
    """
    by_table = list(_by_table(direction, text))
    return sorted([*by_table, *_zhu(text)]) if direction == "hans" and particle and _ZHU in text else by_table


def _by_table(direction: str, text: str) -> Iterator[tuple[int, str]]:
    find, entries = _table(direction)
    for key, start, end in find(text):
        entry = entries[key]
        if entry.before and not entry.before.search(text, max(0, start - _LOOKBEHIND), start):
            continue
        if entry.after and not entry.after.match(text, end):
            continue
        yield start, entry.to


def _zhu(text: str) -> Iterator[tuple[int, str]]:
    """What every 著 of Traditional ``text`` becomes in Simplified characters, with its offset."""
    table = _zhu_table()
    for match in _EVERY_ZHU.finditer(text):
        offset = match.start()
        # Most are not in a word of the table, as the characters on either side show.
        if text[max(0, offset - 1) : offset + 1] in table.pairs or text[offset : offset + 2] in table.pairs:
            yield offset, _ZHU if _is_zhu(text, offset, table) else "着"
        else:
            yield offset, "着"


def _is_zhu(text: str, offset: int, table: "_ZhuTable") -> bool:
    """Whether the 著 at ``offset`` stays 著."""
    for length in range(table.longest, 1, -1):
        starts = range(max(0, offset - length + 1), offset + 1)
        if words := [word for start in starts if (word := text[start : start + length]) in table.words]:
            return any(table.words[word] for word in words)
    if text[offset : offset + 2] not in table.beginning:
        return False
    return text[offset - 1 : offset] not in table.verbs or text[offset + 1 : offset + 3] not in table.following


@functools.cache
def _table(direction: str) -> tuple[_Finder, dict[str, _Entry]]:
    entries = dict(_entries(_data("exceptions.yaml")[direction]))
    # For a few keys, one search each is faster than a pass of an automaton over the text.
    finder = _find_one_by_one if len(entries) <= _FEW else _find_together
    return finder(tuple(entries)), entries


def _find_one_by_one(keys: tuple[str, ...]) -> _Finder:
    def find(text: str) -> Iterator[tuple[str, int, int]]:
        taken: set[int] = set()
        matches = []
        for key in sorted(keys, key=len, reverse=True):
            start = text.find(key)
            while start >= 0:
                end = start + len(key)
                if taken.isdisjoint(range(start, end)):
                    taken.update(range(start, end))
                    matches.append((key, start, end))
                start = text.find(key, end)
        return iter(sorted(matches, key=lambda match: match[1]))

    return find


def _find_together(keys: tuple[str, ...]) -> _Finder:
    # Of several keys at the same offset, the longest wins.
    automaton = ahocorasick_rs.AhoCorasick(
        keys,
        matchkind=ahocorasick_rs.MatchKind.LeftmostLongest,
        implementation=ahocorasick_rs.Implementation.DFA,
    )
    return lambda text: ((keys[number], start, end) for number, start, end in automaton.find_matches_as_indexes(text))


def _entries(data: Iterable[dict]) -> Iterator[tuple[str, _Entry]]:
    for item in data:
        before = re.compile(f"(?:{item['before']})\\Z") if "before" in item else None
        after = re.compile(item["after"]) if "after" in item else None
        if "surnames" in item:
            for simplified, surname in item["surnames"].items():
                for title in item["from"]:
                    yield simplified + title, _Entry(surname, before, after)
        else:
            for source, target in zip(item["from"], item["to"], strict=True):
                yield source, _Entry(target, before, after)


class _ZhuTable(NamedTuple):
    """The lists of ``zhu.yaml``.

    ``words`` says whether a 著 stays 著 in a word; ``pairs`` are the pairs of characters with 著 in ``words`` and
    ``beginning``; ``longest`` is the length of the longest of ``words``.
    """

    words: dict[str, bool]
    beginning: frozenset[str]
    verbs: frozenset[str]
    following: frozenset[str]
    pairs: frozenset[str]
    longest: int


@functools.cache
def _zhu_table() -> _ZhuTable:
    data = _data("zhu.yaml")
    words = dict.fromkeys(data["particle"], False) | dict.fromkeys(data["always"], True)
    pairs = {word[start : start + 2] for word in (*words, *data["beginning"]) for start in range(len(word) - 1)}
    return _ZhuTable(
        words,
        frozenset(data["beginning"]),
        frozenset(data["verbs"]),
        frozenset(data["following"]),
        frozenset(pair for pair in pairs if _ZHU in pair),
        max(map(len, words)),
    )


def _data(name: str):
    return read_yaml(Path(__file__).with_name(name))
