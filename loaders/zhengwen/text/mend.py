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
_LONGEST_ZHU_WORD = 5
_FEW = 8
#: How far a `before` looks back.
_BEHIND = 8


class _Entry(NamedTuple):
    to: str
    before: re.Pattern | None
    after: re.Pattern | None


def mends(direction: str, text: str) -> list[tuple[int, str]]:
    """What to write over the conversion of ``text``: ``(place, characters)``, in order.

    ``direction`` is ``hant`` (Simplified text to Traditional) or ``hans`` (Traditional text to Simplified).

    >>> mends("hant", "镜头发黑")
    [(0, '鏡頭發')]
    >>> mends("hans", "帶著名片看名著")
    [(1, '着'), (6, '著')]
    """
    found = list(_exceptional(direction, text))
    return sorted([*found, *_zhu(text)]) if direction == "hans" and _ZHU in text else found


def _exceptional(direction: str, text: str) -> Iterator[tuple[int, str]]:
    find, entries = _exceptions(direction)
    for key, start, end in find(text):
        entry = entries[key]
        if entry.before and not entry.before.search(text, max(0, start - _BEHIND), start):
            continue
        if entry.after and not entry.after.match(text, end):
            continue
        yield start, entry.to


def surname(name: str) -> str | None:
    """What the first character of a person's ``name`` is in Traditional text, when names write it otherwise than words.

    >>> surname("于谦"), surname("王力")
    ('于', None)
    """
    return _surnames().get(name[:1]) if 2 <= len(name) <= 3 else None


def _zhu(text: str) -> Iterator[tuple[int, str]]:
    pairs, words, beginning, verbs = _zhu_table()
    for found in _EVERY_ZHU.finditer(text):
        place = found.start()
        # Most stand in no word at all: one look at either side decides.
        if text[max(0, place - 1) : place + 1] in pairs or text[place : place + 2] in pairs:
            yield place, _one_zhu(text, place, words, beginning, verbs)
        else:
            yield place, "着"


def _one_zhu(text: str, place: int, words: dict[str, bool], beginning: frozenset[str], verbs: frozenset[str]) -> str:
    reach = _LONGEST_ZHU_WORD - 1
    for length in range(_LONGEST_ZHU_WORD, 1, -1):
        for start in range(max(0, place - min(reach, length - 1)), place + 1):
            word = text[start : start + length]
            if word in words:
                return _ZHU if words[word] else "着"
    begins = text[place : place + 2] in beginning and text[place - 1 : place] not in verbs
    return _ZHU if begins else "着"


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


@functools.cache
def _surnames() -> dict[str, str]:
    return {key: name for item in _data("exceptions.yaml")["hant"] for key, name in item.get("surnames", {}).items()}


@functools.cache
def _zhu_table() -> tuple[frozenset[str], dict[str, bool], frozenset[str], frozenset[str]]:
    data = _data("zhu.yaml")
    words = dict.fromkeys(data["always"], True) | dict.fromkeys(data["particle"], False)
    pairs = {word[at : at + 2] for word in (*words, *data["beginning"]) for at in range(len(word) - 1)}
    pairs = {pair for pair in pairs if _ZHU in pair}
    return frozenset(pairs), words, frozenset(data["beginning"]), frozenset(data["verbs"])


def _data(name: str):
    return read_yaml(Path(__file__).with_name(name))
