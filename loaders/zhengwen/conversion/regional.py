"""Regional wording: where OpenCC replaces a region's word with that of another region, and with which word.

OpenCC's binding returns a converted text without an alignment.  But only one dictionary of phrases replaces words;
everything else is converted character by character.  So the replacements are found by doing what OpenCC does with
that dictionary: the text is cut into segments (forward maximum matching over the phrases of the script conversion), and
in each segment, from left to right, the longest phrase is taken.  A test asserts that the result equals
OpenCC's, character for character.
"""

import functools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import ahocorasick_rs

from zhengwen.conversion.dictionaries import dictionary, keys, opencc_converter


@dataclass(frozen=True)
class RegionalConfig:
    """The parts of an OpenCC configuration with regional phrases.

    ``characters`` is the configuration without them.  ``segmentation`` names the dictionaries that cut the text,
    ``phrases`` the regional dictionary, and ``variants`` the dictionary that OpenCC tries where ``phrases`` has no
    match.  ``before`` is the configuration that converts a segment before its phrases are looked up, and ``after`` the
    one that converts the result.
    """

    characters: str
    segmentation: tuple[str, ...]
    phrases: str
    variants: str
    before: str | None
    after: str | None


#: The configurations with regional phrases, by OpenCC's name.
CONFIGS = {
    "s2twp": RegionalConfig(
        "s2tw", ("STPhrases", "STPhrases_GeneratedFromRegionalPhrases"), "TWPhrases", "TWVariantsPhrases", "s2t", None
    ),
    "tw2sp": RegionalConfig("tw2s", ("TSPhrases",), "TWPhrasesRev", "TWVariantsRevPhrases", None, "t2s"),
}


def replacements(config: str, text: str, converted: str) -> Iterator[tuple[int, int, str]]:
    """The regional words that ``config`` puts into ``text``: ``(start, end, word)``, in order.

    ``converted`` is ``text`` as the configuration without regional words converts it, character for character.

    >>> text, converted = "把软件装进内存", "把軟件裝進內存"
    >>> list(replacements("s2twp", text, converted))
    [(1, 3, '軟體'), (5, 7, '記憶體')]
    """
    yield from _scanner(config).find(text, converted)


class _Scanner:
    """Finds the regional words of one configuration."""

    def __init__(self, config: RegionalConfig):
        self._before = opencc_converter(config.before) if config.before else None
        after = opencc_converter(config.after) if config.after else None
        phrases = dictionary(config.phrases)
        self._words = {key: after.convert(word) if after else word for key, word in phrases.items()}
        segments = {key for name in config.segmentation for key in keys(name)}
        # OpenCC ignores a variant that begins with a phrase.
        variants = {key for key in keys(config.variants) if not any(key[:n] in phrases for n in range(1, len(key) + 1))}
        self._segments = _longest_first(segments)
        self._phrases = _longest_first({*phrases, *variants})
        # In the converted text, every phrase has one of these forms; where there is none of them, there is no phrase.
        characters = opencc_converter(config.characters)
        by_character = {"".join(map(characters.convert, key)) for key in phrases}
        self._forms = _longest_first({*phrases, *by_character, *map(characters.convert, phrases)})
        in_keys = {character for key in (*segments, *phrases, *variants) for character in key}
        self._clause_ends = frozenset("\n。！？；，：、“”‘’（）《》「」『』 \t") - in_keys
        self._clause_end = re.compile(f"[{re.escape(''.join(sorted(self._clause_ends)))}]")

    def find(self, text: str, converted: str) -> Iterator[tuple[int, int, str]]:
        """The regional words of ``text``, as :func:`replacements` yields them."""
        # Only the clauses that may contain a phrase are searched, all of them joined.  No key of a dictionary extends
        # beyond a clause, so each clause is segmented as it would be within the whole text.
        clauses: list[str] = []
        # For each clause, its offset in the joined text, and what to add to that to get its offset in `text`.
        shifts: list[tuple[int, int]] = []
        forms: list[tuple[int, int]] = []  # spans of the joined text that may be phrases
        length = clause_end = 0
        for _, start, end in self._forms.find_matches_as_indexes(converted):
            if start >= clause_end:
                clause_start = start
                while clause_start and text[clause_start - 1] not in self._clause_ends:
                    clause_start -= 1
                match = self._clause_end.search(text, start)
                clause_end = match.start() if match else len(text)
                clauses.append(text[clause_start:clause_end])
                shifts.append((length, clause_start - length))
                length += clause_end - clause_start + 1
            forms.append((start - shifts[-1][1], end - shifts[-1][1]))
        joined = "\n".join(clauses)
        prepared = self._before.convert(joined) if self._before else joined
        next_forms, next_shifts = iter(forms), iter(shifts[1:])
        form, shift, next_shift = next(next_forms, None), shifts[0][1] if shifts else 0, next(next_shifts, None)
        for start, end in self._cut(joined):
            while form and form[1] <= start:
                form = next(next_forms, None)
            if not form:
                return
            if form[0] >= end:
                continue
            for _, first, last in self._phrases.find_matches_as_indexes(prepared[start:end]):
                if word := self._words.get(prepared[start + first : start + last]):
                    while next_shift and next_shift[0] <= start + first:
                        shift, next_shift = next_shift[1], next(next_shifts, None)
                    yield shift + start + first, shift + start + last, word

    def _cut(self, text: str) -> Iterator[tuple[int, int]]:
        """The segments of ``text``: each is a phrase, or what lies between two phrases."""
        previous_end = 0
        for _, start, end in self._segments.find_matches_as_indexes(text):
            if previous_end < start:
                yield previous_end, start
            yield start, end
            previous_end = end
        if previous_end < len(text):
            yield previous_end, len(text)


def _longest_first(keys: Iterable[str]) -> ahocorasick_rs.AhoCorasick:
    """An automaton that matches from the left, the longest key at each offset, without overlaps, as OpenCC does."""
    return ahocorasick_rs.AhoCorasick(sorted(keys), matchkind=ahocorasick_rs.MatchKind.LeftmostLongest)


@functools.cache
def _scanner(config: str) -> _Scanner:
    return _Scanner(CONFIGS[config])
