"""Pinyin glosses: how they are written, and which ones a text has.

A gloss is a reading in parentheses after a character: ``發(fā)``.  A person writes one to help a reader with a rare
character, or in a text about the language; a content farm inserts one after every occurrence of certain characters.  A
single gloss does not show who wrote it, so :mod:`zhengwen.restoration.detection` decides for the whole document.
"""

import functools
import re
from collections import Counter
from dataclasses import dataclass, field

from zhengwen.restoration.pinyin import readings_with_tones, without_tone
from zhengwen.restoration.tuning import MIN_SPACED_SHARE

_LETTERS = "a-zāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜüêńňǹḿɑɡ"
_TONED = re.compile("[āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜńňǹḿ]")
#: A gloss in any of its forms: with spaces inside the parentheses, or a space after it.
GLOSS = re.compile(rf"\((\s?)([{_LETTERS}]{{1,7}})(\s?)\)( ?)")
#: A gloss whose opening parenthesis a lead byte swallowed.
SWALLOWED_GLOSS = re.compile(rf"\?(\s?)([{_LETTERS}]{{1,7}})(\s?)\)( ?)")
#: The Chinese characters, for use inside ``[…]`` in a regular expression.
HANZI = "㐀-䶿一-鿿豈-﫿〇"


@functools.cache
def readings(character: str) -> frozenset[str]:
    """Every reading of ``character``, with and without tone marks.

    >>> sorted(readings("重"))
    ['chong', 'chóng', 'tong', 'tóng', 'zhong', 'zhòng']
    """
    with_tones = readings_with_tones(character)
    return frozenset([*with_tones, *map(without_tone, with_tones)])


def plain(reading: str) -> str:
    """``reading`` with ordinary letters instead of the phonetic ɑ and ɡ, as :func:`readings` gives it."""
    return reading.replace("ɑ", "a").replace("ɡ", "g")


@dataclass
class Glosses:
    """The glosses of a text.

    ``table`` maps each glossed character to its reading, ``form`` is how a gloss is written (as in
    :class:`~zhengwen.restoration.damage.DamagePolicy`).  ``count`` is how many glosses there are, ``swallowed`` how
    many more lost their opening parenthesis, ``toned`` how many of the latter have a tone mark.  By character,
    ``glossed`` counts the occurrences with the reading of the table, ``bare`` those without a gloss.  ``conflicts``
    counts the glosses whose reading is not that of the table.
    """

    table: dict[str, str] = field(default_factory=dict)
    form: str = "({})"
    count: int = 0
    swallowed: int = 0
    toned: int = 0
    bare: Counter = field(default_factory=Counter)
    glossed: Counter = field(default_factory=Counter)
    conflicts: int = 0


def find_glosses(text: str) -> Glosses:
    """The glosses of ``text``; one counts only if the character before it has that reading.

    >>> find_glosses("經(jīng)濟").table
    {'經': 'jīng'}
    """
    glosses = Glosses()
    by_character: dict[str, Counter] = {}
    inner_spaces: Counter = Counter()
    spaces_after: Counter = Counter()
    for match in GLOSS.finditer(text):
        before = text[match.start() - 1 : match.start()]
        if before and not before.isascii() and plain(match[2]) in readings(before):
            by_character.setdefault(before, Counter())[match[2]] += 1
            glosses.count += 1
            inner_spaces[match[1], match[3]] += 1
            spaces_after[match[4]] += 1
    for match in SWALLOWED_GLOSS.finditer(text):
        if match.start() and not text[match.start() - 1].isascii():
            glosses.swallowed += 1
            glosses.toned += bool(_TONED.search(match[2]))
    occurrences = Counter(text) if by_character else Counter()
    for character, counts in by_character.items():
        (reading, count), *others = counts.most_common()
        glosses.table[character] = reading
        glosses.glossed[character] = count
        glosses.conflicts += sum(other_count for _, other_count in others)
        if bare := occurrences[character] - counts.total():
            glosses.bare[character] = bare
    if glosses.count:
        left, right = inner_spaces.most_common(1)[0][0]
        # A space after a gloss may belong to the text; it belongs to the gloss when nearly all glosses have one.
        space = " " if spaces_after[" "] > MIN_SPACED_SHARE * glosses.count else ""
        glosses.form = f"({left}{{}}{right}){space}"
    return glosses
