"""Regional wording: where OpenCC puts one region's word for another's, and what it puts there.

OpenCC's binding gives a converted text and no alignment.  But a regional word is put in by one dictionary of phrases
alone, and everything else is converted character for character.  So the places are found by doing what OpenCC does
with that dictionary: the text is cut into segments (forward maximum matching over the phrases of the script
conversion), and in each segment, from left to right, the longest phrase is taken.  That the result is OpenCC's own,
character for character, is tested.
"""

import functools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from zhengwen.conversion.dictionaries import dictionary, opencc_converter


@dataclass(frozen=True)
class Regional:
    """How one OpenCC configuration with regional phrases is made up.

    ``characters`` is the configuration without them; ``segmentation`` the dictionaries that cut the text; ``phrases``
    the regional dictionary, and ``beside`` the one that is looked at where it has nothing; ``before`` is the
    configuration that a segment has gone through when it comes to the phrases, ``after`` the one that it then goes
    through.
    """

    characters: str
    segmentation: tuple[str, ...]
    phrases: str
    beside: str
    before: str | None
    after: str | None


#: The configurations with regional phrases, by OpenCC's name.
CONFIGS = {
    "s2twp": Regional(
        "s2tw", ("STPhrases", "STPhrases_GeneratedFromRegionalPhrases"), "TWPhrases", "TWVariantsPhrases", "s2t", None
    ),
    "tw2sp": Regional("tw2s", ("TSPhrases",), "TWPhrasesRev", "TWVariantsRevPhrases", None, "t2s"),
}


def replacements(config: str, text: str, converted: str) -> Iterator[tuple[int, int, str]]:
    """Where ``config`` puts a regional word into ``text``: ``(start, end, word)``, in order.

    ``converted`` is ``text`` by the configuration without regional words, character for character.

    >>> text, converted = "把软件装进内存", "把軟件裝進內存"
    >>> list(replacements("s2twp", text, converted))
    [(1, 3, '軟體'), (5, 7, '記憶體')]
    """
    yield from _scanner(config).find(text, converted)


class _Scanner:
    """Finds the regional words of one configuration."""

    def __init__(self, config: Regional):
        self._before = opencc_converter(config.before) if config.before else None
        after = opencc_converter(config.after) if config.after else None
        phrases = dictionary(config.phrases)
        self._words = {key: after.convert(word) if after else word for key, word in phrases.items()}
        segments = {key for name in config.segmentation for key in dictionary(name)}
        # Where a phrase begins, the dictionary beside is not looked at.
        beside = {
            key for key in dictionary(config.beside) if not any(key[:n] in phrases for n in range(1, len(key) + 1))
        }
        self._segments = _longest_first(segments)
        self._phrases = _longest_first({*phrases, *beside})
        # A phrase comes out of the whole conversion in one of these forms, so where none is, there is no phrase.
        characters = opencc_converter(config.characters)
        by_character = {"".join(characters.convert(one) for one in key) for key in phrases}
        self._candidates = _longest_first({*phrases, *by_character, *(characters.convert(key) for key in phrases)})
        inside = {character for key in (*segments, *phrases, *beside) for character in key}
        self._ends = frozenset("\n。！？；，：、“”‘’（）《》「」『』 \t") - inside
        self._end = re.compile(f"[{re.escape(''.join(sorted(self._ends)))}]")

    def find(self, text: str, converted: str) -> Iterator[tuple[int, int, str]]:
        """The regional words of ``text``, as :func:`replacements` yields them."""
        # Only clauses that may hold a phrase are looked at, all of them together.  No key of a dictionary runs over the
        # ends of a clause, so each is cut as it is within the whole text.
        clauses: list[str] = []
        shifts: list[tuple[int, int]] = []  # where a clause begins in the joined text, and how far it stood from there
        candidates: list[tuple[int, int]] = []
        length = clause_end = 0
        for _, start, end in self._candidates.find_matches_as_indexes(converted):
            if start >= clause_end:
                clause_start = start
                while clause_start and text[clause_start - 1] not in self._ends:
                    clause_start -= 1
                found = self._end.search(text, start)
                clause_end = found.start() if found else len(text)
                clauses.append(text[clause_start:clause_end])
                shifts.append((length, clause_start - length))
                length += clause_end - clause_start + 1
            candidates.append((start - shifts[-1][1], end - shifts[-1][1]))
        joined = "\n".join(clauses)
        matched = self._before.convert(joined) if self._before else joined
        waiting, moving = iter(candidates), iter(shifts[1:])
        candidate, shift, following = next(waiting, None), shifts[0][1] if shifts else 0, next(moving, None)
        for start, end in self._cut(joined):
            while candidate and candidate[1] <= start:
                candidate = next(waiting, None)
            if not candidate:
                return
            if candidate[0] >= end:
                continue
            for _, first, last in self._phrases.find_matches_as_indexes(matched[start:end]):
                if word := self._words.get(matched[start + first : start + last]):
                    while following and following[0] <= start + first:
                        shift, following = following[1], next(moving, None)
                    yield shift + start + first, shift + start + last, word

    def _cut(self, text: str) -> Iterator[tuple[int, int]]:
        """Segments: a phrase, or what lies between two phrases."""
        done = 0
        for _, start, end in self._segments.find_matches_as_indexes(text):
            if done < start:
                yield done, start
            yield start, end
            done = end
        if done < len(text):
            yield done, len(text)


def _longest_first(keys: Iterable[str]):
    """An automaton that matches from the left, the longest key at a place, each place once: as OpenCC does."""
    import ahocorasick_rs

    return ahocorasick_rs.AhoCorasick(sorted(keys), matchkind=ahocorasick_rs.MatchKind.LeftmostLongest)


@functools.cache
def _scanner(config: str) -> _Scanner:
    return _Scanner(CONFIGS[config])
