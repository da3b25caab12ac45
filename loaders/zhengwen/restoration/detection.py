"""Detection: whether a text is damaged, and what the site did to it, both decided before anything is restored."""

import re
from collections import Counter
from typing import NamedTuple

from zhengwen.conversion.dictionaries import dictionary
from zhengwen.restoration.damage import DELIMITERS, MORE_DELIMITERS, ORPHAN_MARKS
from zhengwen.restoration.glosses import HANZI, Glosses, find_glosses
from zhengwen.restoration.language_model import ORDER, language_model
from zhengwen.restoration.tuning import (
    ASCII_IN_CONTEXT_COST,
    COMMON_CHARACTER,
    IMPROBABLE_CONTEXT,
    MAX_BARE_SHARE,
    MAX_CONFLICTING_SHARE,
    MAX_FULL_WIDTH_SHARE,
    MAX_GLOSSED_SHARE,
    MIN_COMMON_SHARE,
    MIN_DISTINCT,
    MIN_DISTINCT_WITH_ASCII,
    MIN_GLOSSES_IN_LESSON,
    MIN_REPEATED,
    MIN_TRADITIONAL_SHARE,
    MIN_TRADITIONAL_WITH_ASCII,
)

#: An ASCII delimiter after a Chinese character, a mark, or a gloss.
_DELIMITER_AFTER_CHINESE = re.compile(rf"[,!;:?](?<=[{HANZI}”’』」》）)].)(?=[^0-9A-Za-z ]|$)", re.MULTILINE)
_MARKED_ORPHAN = re.compile("[?\ufffd][,!;:?]")
#: Two characters that may be made of halves of others: a non-ASCII one and one beyond ``@``, or one from ``@`` to ``~``
#: and a Chinese one.
_MAY_BE_GARBLED = rf"[^\x00-\x7f][^\x00-\x40]|[@-~][{HANZI}]"
_GARBLED = re.compile(_MAY_BE_GARBLED)
#: A delimiter before such a pair, with the character before the delimiter.
_BEFORE_GARBLED = re.compile(rf"([{HANZI}。”?\ufffd])([,!;:?])({_MAY_BE_GARBLED})")
#: A delimiter at which bytes may have been cut, with the character before it and up to three characters after it.
_POSSIBLE_CUT = re.compile(rf"([,!;:?])(?<=([{HANZI}。”?\ufffd]).)(?=(\S{{0,3}}))")
#: Words of a text that is about pronunciation.
_LESSON = re.compile("拼音|注音|讀音|读音|多音|讀作|读作|讀成|读成|念作|念成|聲調|声调|發音|发音|古音")


class DamageSigns(NamedTuple):
    """The signs of damage in a text: its glosses, the delimiters that were cut, and the mark for a lone lead byte.

    ``delimiters`` maps each full-width character to its ASCII form.  ``sure`` is true when the glosses alone show that
    the text is damaged; otherwise the search has to prove it.
    """

    glosses: Glosses
    delimiters: dict[str, str]
    orphan: str
    sure: bool


def detect_damage(text: str) -> DamageSigns | None:
    """The signs of damage in ``text``, or ``None`` when it shows no damage."""
    ascii_marks = Counter(_DELIMITER_AFTER_CHINESE.findall(text))
    full_marks = {full: text.count(full) for full in DELIMITERS}
    mostly_ascii = ascii_marks.total() > sum(full_marks.values())
    if not mostly_ascii and ")" not in text:
        return None
    glosses = find_glosses(text)
    sure = bool(glosses.count or glosses.swallowed) and _are_damage(glosses, text, mostly_ascii)
    if not sure and not mostly_ascii:
        return None
    delimiters = {
        full: ascii_form
        for full, ascii_form in DELIMITERS.items()
        if full_marks[full] <= MAX_FULL_WIDTH_SHARE * ascii_marks[ascii_form]
    }
    if sure and "。" not in text and _ends_in_full_stops(text):
        # The site cuts at both parentheses of a pair, or at neither.
        kept = "（）" if "（" in text or "）" in text else ""
        delimiters.update({full: form for full, form in MORE_DELIMITERS.items() if full not in kept})
    return DamageSigns(glosses, delimiters, _orphan_mark(text, frozenset(delimiters.values())), sure)


def _are_damage(glosses: Glosses, text: str, mostly_ascii: bool) -> bool:
    """Whether a program inserted the glosses: on common characters, at every occurrence, and not to teach a reading."""
    if glosses.swallowed and (glosses.count + glosses.swallowed > 1 or (mostly_ascii and glosses.toned)):
        return True
    if not glosses.count:
        return False
    chinese = sum(1 for _ in re.finditer(f"[{HANZI}]", text)) or 1
    model, simplify = language_model(), dictionary("TSCharacters")
    common = sum(
        count
        for character, count in glosses.glossed.items()
        if model.score(simplify.get(character, character)) > COMMON_CHARACTER
    )
    bare = sum(min(glosses.bare[character], count) for character, count in glosses.glossed.items())
    distinct = len(glosses.table)
    if glosses.conflicts > MAX_CONFLICTING_SHARE * glosses.count or bare > MAX_BARE_SHARE * glosses.count:
        return False
    if common < MIN_COMMON_SHARE * glosses.count or glosses.count > MAX_GLOSSED_SHARE * chinese:
        return False
    if _LESSON.search(text) and glosses.count < MIN_GLOSSES_IN_LESSON:
        return False
    traditional = sum(count for character, count in glosses.glossed.items() if character in simplify)
    if mostly_ascii or not any(full in text for full in DELIMITERS):
        return distinct >= MIN_DISTINCT_WITH_ASCII or (
            glosses.count >= MIN_TRADITIONAL_WITH_ASCII and traditional == glosses.count
        )
    repeated = sum(1 for count in glosses.glossed.values() if count > 1)
    return distinct >= MIN_DISTINCT and (
        repeated >= MIN_REPEATED or traditional > MIN_TRADITIONAL_SHARE * glosses.count
    )


def _ends_in_full_stops(text: str) -> bool:
    """Whether most ASCII full stops after Chinese are single; a run of them is an ellipsis that the author wrote."""
    is_run = Counter(len(run) > 1 for run in re.findall(rf"(?<=[{HANZI}])\.+", text))
    return is_run[False] > is_run[True]


def _orphan_mark(text: str, ascii_forms: frozenset[str]) -> str:
    """The mark for a lone lead byte: the one before most delimiters that garbled text follows, or an empty string."""
    if not _MARKED_ORPHAN.search(text):
        return ""
    unmarked, marked = 0, Counter()
    for match in _BEFORE_GARBLED.finditer(text):
        before, delimiter, pair = match.groups()
        if delimiter in ascii_forms and not _is_known_pair(pair):
            if before in ORPHAN_MARKS:
                marked[before] += 1
            else:
                unmarked += 1
    (mark, count), *_ = marked.most_common(1) or [("", 0)]
    return mark if count > unmarked else ""


def suspicious_delimiters(text: str, signs: DamageSigns) -> list[int]:
    """The offsets of delimiters that garbled text may follow, or of the mark for a lead byte before the delimiter."""
    full_forms = {form: full for full, form in signs.delimiters.items()}
    return [
        match.start() - (match[2] in ORPHAN_MARKS)
        for match in _POSSIBLE_CUT.finditer(text)
        if match[1] in full_forms
        and (_is_garbled(match[3]) or _is_improbable(text, match.start(), full_forms[match[1]], match[3]))
    ]


def _is_garbled(following: str) -> bool:
    """Whether ``following`` begins with two characters that do not occur together, at least one of them uncommon.

    Two common characters may meet in any text.
    """
    if not (pair := _GARBLED.match(following)) or _is_known_pair(pair.group()):
        return False
    model, simplify = language_model(), dictionary("TSCharacters")
    return any(
        character.isascii() or model.score(simplify.get(character, character)) <= COMMON_CHARACTER
        for character in pair.group()
    )


def _is_improbable(text: str, offset: int, full: str, following: str) -> bool:
    """Whether the delimiter ``full`` at ``offset``, with the three characters ``following`` it, is very improbable."""
    if len(following) < 3:
        return False
    model, simplify = language_model(), dictionary("TSCharacters")
    history, total = "", 0.0
    for index, character in enumerate((*text[max(offset - 2, 0) : offset], full, *following)):
        if character.isascii():
            history, cost = "", ASCII_IN_CONTEXT_COST
        else:
            history = (history + simplify.get(character, character))[-ORDER:]
            cost = -model.score(history)
        if index >= min(offset, 2):
            total += cost
    return total > IMPROBABLE_CONTEXT


def _is_known_pair(pair: str) -> bool:
    """Whether the language model has these two characters in a row."""
    simplify = dictionary("TSCharacters")
    return language_model().knows("".join(simplify.get(character, character) for character in pair))
