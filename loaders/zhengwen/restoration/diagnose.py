"""Whether a text is damaged, and what its site did: told from the document, before anything is undone."""

import re
from collections import Counter
from typing import NamedTuple

from zhengwen.conversion.dictionaries import dictionary
from zhengwen.restoration.damage import DELIMITERS, MORE_DELIMITERS
from zhengwen.restoration.glosses import HANZI, Glosses, find
from zhengwen.restoration.language import language_model

#: A delimiter in ASCII behind a Chinese character, a mark, or a gloss.
_BEHIND_CHINESE = re.compile(rf"[,!;:?](?<=[{HANZI}”’』」》）)].)(?=[^0-9A-Za-z ]|$)", re.MULTILINE)
#: What may stand for a lone lead byte; a delimiter with what is before it and the two characters behind it.
ORPHANS = ("?", "\N{REPLACEMENT CHARACTER}")
_ORPHANED = re.compile("[?\ufffd][,!;:?]")
_BEFORE_PAIR = re.compile(rf"([{HANZI}。”?\ufffd])([,!;:?])([^\x00-\x7f][^\x00-\x40]|[@-~][{HANZI}])")
#: A delimiter that bytes may have been cut at, with what is before it and up to three characters behind it.
_DELIMITER = re.compile(rf"([,!;:?])(?<=([{HANZI}。”?\ufffd]).)(?=(\S{{0,3}}))")
_GARBLED = re.compile(rf"[^\x00-\x7f][^\x00-\x40]|[@-~][{HANZI}]")
#: What a mark and the three characters behind it cost (nats) in garbled text and hardly ever in other; and what one of
#: them costs that is ASCII.
_DEAR, _ASCII = 30.0, 6.0
_LESSON = re.compile("拼音|注音|讀音|读音|多音|讀作|读作|讀成|读成|念作|念成|聲調|声调|發音|发音|古音")
#: A character at least as common as this (logarithm of its probability) is one that people do not gloss.
_COMMON = -9.8


class Diagnosis(NamedTuple):
    """What the text shows of its site: the glosses, the delimiters, what stands for a lone lead byte.

    ``sure`` is true when the glosses show the damage; otherwise it must be shown by what the search finds.
    """

    glosses: Glosses
    delimiters: dict[str, str]
    orphan: str
    sure: bool


def diagnose(text: str) -> Diagnosis | None:
    """What damage ``text`` shows, or ``None`` when it shows none."""
    ascii_marks = Counter(_BEHIND_CHINESE.findall(text))
    full_marks = {full: text.count(full) for full in DELIMITERS}
    folded = sum(ascii_marks.values()) > sum(full_marks.values())
    if not folded and ")" not in text:
        return None
    glosses = find(text)
    sure = bool(glosses.count or glosses.swallowed) and _is_damage(text, glosses, folded)
    if not sure and not folded:
        return None
    delimiters = {
        full: ascii_form for full, ascii_form in DELIMITERS.items() if full_marks[full] * 4 <= ascii_marks[ascii_form]
    }
    if sure and "。" not in text and _ends_in_full_stops(text):
        # Of a pair of parentheses both are cut, or neither.
        kept = "（）" if "（" in text or "）" in text else ""
        delimiters.update({full: form for full, form in MORE_DELIMITERS.items() if full not in kept})
    return Diagnosis(glosses, delimiters, _orphan(text, frozenset(delimiters.values())), sure)


def _ends_in_full_stops(text: str) -> bool:
    """Whether full stops behind Chinese are mostly single: runs of them are an ellipsis of the text's own."""
    runs = Counter(len(found) > 1 for found in re.findall(rf"(?<=[{HANZI}])\.+", text))
    return runs[False] > runs[True]


def _orphan(text: str, ascii_forms: frozenset[str]) -> str:
    """What stands for a lone lead byte: a mark, where more delimiters before garbled text have it than have not."""
    if not _ORPHANED.search(text):
        return ""
    bare, marked = 0, Counter()
    for found in _BEFORE_PAIR.finditer(text):
        before, delimiter, pair = found.groups()
        if delimiter in ascii_forms and not _is_plain(pair):
            if before in ORPHANS:
                marked[before] += 1
            else:
                bare += 1
    (mark, many), *_ = marked.most_common(1) or [("", 0)]
    return mark if many > bare else ""


def suspicious(text: str, diagnosis: Diagnosis) -> list[int]:
    """The places of delimiters (with the mark of a lead byte before them) that garbled text may stand behind."""
    full = {form: one for one, form in diagnosis.delimiters.items()}
    return [
        found.start() - (found[2] in ORPHANS)
        for found in _DELIMITER.finditer(text)
        if found[1] in full and (_is_garbled(found[3]) or _is_dear(text, found.start(), full[found[1]], found[3]))
    ]


def _is_garbled(behind: str) -> bool:
    """Whether two characters that are not seen together stand first; both common ones may stand so in any text."""
    if not (pair := _GARBLED.match(behind)) or _is_plain(pair.group()):
        return False
    model, simplify = language_model(), dictionary("TSCharacters")
    return any(one.isascii() or model.score(simplify.get(one, one)) <= _COMMON for one in pair.group())


def _is_dear(text: str, place: int, mark: str, behind: str) -> bool:
    """Whether ``mark`` in this place, with what stands ``behind`` it, is hardly probable."""
    if len(behind) < 3:
        return False
    model, simplify = language_model(), dictionary("TSCharacters")
    history, cost = "", 0.0
    for at, one in enumerate((*text[max(place - 2, 0) : place], mark, *behind)):
        if one.isascii():
            history, price = "", _ASCII
        else:
            history = (history + simplify.get(one, one))[-4:]
            price = -model.score(history)
        if at >= min(place, 2):
            cost += price
    return cost > _DEAR


def _is_plain(pair: str) -> bool:
    simplify = dictionary("TSCharacters")
    return language_model().knows("".join(simplify.get(one, one) for one in pair))


def _is_damage(text: str, glosses: Glosses, folded: bool) -> bool:
    """Whether glosses were put in by a program: on common characters, on every occurrence, not to teach a reading."""
    if glosses.swallowed and (glosses.count + glosses.swallowed > 1 or (folded and glosses.toned)):
        return True
    if not glosses.count:
        return False
    characters = sum(1 for _ in re.finditer(f"[{HANZI}]", text)) or 1
    model, simplify = language_model(), dictionary("TSCharacters")
    common = sum(many for one, many in glosses.glossed.items() if model.score(simplify.get(one, one)) > _COMMON)
    bare = sum(min(glosses.bare[one], many) for one, many in glosses.glossed.items())
    distinct = len(glosses.table)
    if glosses.conflicts * 8 > glosses.count or bare * 4 > glosses.count or common * 3 < glosses.count * 2:
        return False
    if glosses.count * 2 > characters:
        return False
    if _LESSON.search(text) and glosses.count < 8:
        return False
    traditional = sum(many for one, many in glosses.glossed.items() if one in simplify)
    if folded or not any(full in text for full in DELIMITERS):
        return distinct >= 3 or (glosses.count >= 2 and traditional == glosses.count)
    repeated = sum(1 for many in glosses.glossed.values() if many > 1)
    return distinct >= 4 and (repeated >= 2 or traditional * 10 > glosses.count * 9)
