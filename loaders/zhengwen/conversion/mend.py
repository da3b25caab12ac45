"""What OpenCC's character conversion gets wrong in general text, mended by data: ``exceptions.yaml`` and ``zhu.yaml``.

Every mend keeps the length of the text.
"""

import functools
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from zhengwen.files import read_yaml

_ZHU = "著"
_EVERY_ZHU = re.compile(_ZHU)
_FEW = 8
#: How far a `before` looks back.
_BEHIND = 8


class _Entry(NamedTuple):
    to: str
    before: re.Pattern | None
    after: re.Pattern | None


def mends(direction: str, text: str, particle: bool = True) -> list[tuple[int, str]]:
    """What to write over the conversion of ``text``: ``(place, characters)``, in order.

    ``direction`` is ``hant`` (Simplified text to Traditional) or ``hans`` (Traditional text to Simplified).
    ``particle`` is false for Traditional text in which 著 is never the particle: Hong Kong writes 着.

    >>> mends("hant", "镜头发黑")
    [(0, '鏡頭發')]
    >>> mends("hans", "帶著名片看名著")
    [(1, '着'), (6, '著')]
    """
    found = list(_exceptional(direction, text))
    return sorted([*found, *_zhu(text)]) if direction == "hans" and particle and _ZHU in text else found


def _exceptional(direction: str, text: str) -> Iterator[tuple[int, str]]:
    find, entries = _exceptions(direction)
    for key, start, end in find(text):
        entry = entries[key]
        if entry.before and not entry.before.search(text, max(0, start - _BEHIND), start):
            continue
        if entry.after and not entry.after.match(text, end):
            continue
        yield start, entry.to


def _zhu(text: str) -> Iterator[tuple[int, str]]:
    table = _zhu_table()
    for found in _EVERY_ZHU.finditer(text):
        place = found.start()
        # Most stand in no word at all: one look at either side decides.
        if text[max(0, place - 1) : place + 1] in table.pairs or text[place : place + 2] in table.pairs:
            yield place, _ZHU if _is_zhu(text, place, table) else "着"
        else:
            yield place, "着"


def _is_zhu(text: str, place: int, table: "_ZhuTable") -> bool:
    for length in range(table.longest, 1, -1):
        starts = range(max(0, place - length + 1), place + 1)
        if found := [word for at in starts if (word := text[at : at + length]) in table.words]:
            return any(table.words[word] for word in found)
    if text[place : place + 2] not in table.beginning:
        return False
    return text[place - 1 : place] not in table.verbs or text[place + 1 : place + 3] not in table.others


@functools.cache
def _exceptions(direction: str) -> tuple[Callable, dict[str, _Entry]]:
    entries = dict(_entries(_data("exceptions.yaml")[direction]))
    # To look for each of a few is quicker than to walk the text.
    return (_each if len(entries) <= _FEW else _together)(tuple(entries)), entries


def _each(keys: tuple[str, ...]) -> Callable[[str], Iterator[tuple[str, int, int]]]:
    def find(text: str) -> Iterator[tuple[str, int, int]]:
        taken: set[int] = set()
        found = []
        for key in sorted(keys, key=len, reverse=True):
            start = text.find(key)
            while start >= 0:
                end = start + len(key)
                if taken.isdisjoint(range(start, end)):
                    taken.update(range(start, end))
                    found.append((key, start, end))
                start = text.find(key, end)
        return iter(sorted(found, key=lambda one: one[1]))

    return find


def _together(keys: tuple[str, ...]) -> Callable[[str], Iterator[tuple[str, int, int]]]:
    import ahocorasick_rs

    # The longest entry at a place is the one that counts.
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
            for written, name in item["surnames"].items():
                for title in item["from"]:
                    yield written + title, _Entry(name, before, after)
        else:
            for source, target in zip(item["from"], item["to"], strict=True):
                yield source, _Entry(target, before, after)


class _ZhuTable(NamedTuple):
    words: dict[str, bool]
    beginning: frozenset[str]
    verbs: frozenset[str]
    others: frozenset[str]
    pairs: frozenset[str]
    longest: int


@functools.cache
def _zhu_table() -> _ZhuTable:
    data = _data("zhu.yaml")
    words = dict.fromkeys(data["particle"], False) | dict.fromkeys(data["always"], True)
    pairs = {word[at : at + 2] for word in (*words, *data["beginning"]) for at in range(len(word) - 1)}
    return _ZhuTable(
        words,
        frozenset(data["beginning"]),
        frozenset(data["verbs"]),
        frozenset(data["others"]),
        frozenset(pair for pair in pairs if _ZHU in pair),
        max(map(len, words)),
    )


def _data(name: str):
    return read_yaml(Path(__file__).with_name(name))
