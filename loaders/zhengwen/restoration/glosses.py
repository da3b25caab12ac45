"""Pinyin glosses in a text, and whether they are damage.

A gloss is a reading in parentheses behind a character: ``發(fā)``.  A person writes one to help a reader with a rare
character, or in a text about the language; a content farm puts one behind every occurrence of certain characters.  One
place does not tell the two apart, so it is decided on the document.
"""

import functools
import re
from collections import Counter
from dataclasses import dataclass, field

_LETTERS = "a-zāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜüêńňǹḿɑɡ"
_TONED = re.compile("[āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜńňǹḿ]")
#: A gloss as it may be written: spaces within it, a space behind it.
GLOSS = re.compile(rf"\((\s?)([{_LETTERS}]{{1,7}})(\s?)\)( ?)")
#: A gloss whose opening parenthesis a lead byte swallowed.
SWALLOWED = re.compile(rf"\?(\s?)([{_LETTERS}]{{1,7}})(\s?)\)( ?)")
HANZI = "㐀-䶿一-鿿豈-﫿〇"


def _none(text: str) -> None:
    """What pypinyin gives for what has no reading."""


@functools.cache
def readings(character: str) -> frozenset[str]:
    """Every reading of ``character``, with and without tone marks.

    >>> sorted(readings("重"))
    ['chong', 'chóng', 'tong', 'tóng', 'zhong', 'zhòng']
    """
    import pypinyin

    found: set[str] = set()
    for style in (pypinyin.Style.TONE, pypinyin.Style.NORMAL):
        for row in pypinyin.pinyin(character, style=style, heteronym=True, errors=_none):
            found.update(row)
    return frozenset(found)


def plain(reading: str) -> str:
    """A reading with the ordinary letters for their phonetic forms, as readings are looked up."""
    return reading.replace("ɑ", "a").replace("ɡ", "g")


@dataclass
class Glosses:
    """The glosses of a text: ``table`` (the glossed characters and their reading), and how they are written."""

    table: dict[str, str] = field(default_factory=dict)
    form: str = "({})"
    count: int = 0
    swallowed: int = 0
    toned: int = 0
    bare: Counter = field(default_factory=Counter)
    glossed: Counter = field(default_factory=Counter)
    conflicts: int = 0


def find(text: str) -> Glosses:
    """The glosses that stand behind a character of that reading."""
    found = Glosses()
    seen: dict[str, Counter] = {}
    forms: Counter = Counter()
    for match in GLOSS.finditer(text):
        before = text[match.start() - 1 : match.start()]
        if before and not before.isascii() and plain(match[2]) in readings(before):
            seen.setdefault(before, Counter())[match[2]] += 1
            found.count += 1
            forms[match[1] + "|" + match[3], match[4]] += 1
    for match in SWALLOWED.finditer(text):
        if match.start() and not text[match.start() - 1].isascii():
            found.swallowed += 1
            found.toned += bool(_TONED.search(match[2]))
    written = Counter(text) if seen else Counter()
    for character, its in seen.items():
        (reading, many), *others = its.most_common()
        found.table[character] = reading
        found.glossed[character] = many
        found.conflicts += sum(count for _, count in others)
        if bare := written[character] - sum(its.values()):
            found.bare[character] = bare
    if forms:
        inner = Counter()
        behind = Counter()
        for (inside, after), many in forms.items():
            inner[inside] += many
            behind[after] += many
        inside = inner.most_common(1)[0][0]
        # A space may be that of the text: it is the gloss's when it stands behind nearly all.
        after = " " if behind[" "] > 0.8 * found.count else ""
        left, right = inside.split("|")
        found.form = f"({left}{{}}{right}){after}"
    return found
