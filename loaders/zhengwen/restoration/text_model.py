"""The language model adapted to one text, with what is known about the glosses and delimiters of its site."""

import functools
import math
import operator
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from zhengwen.conversion.detect import Detection
from zhengwen.conversion.dictionaries import dictionary
from zhengwen.restoration import gbk
from zhengwen.restoration.character_tables import numbers, numbers_with_reading, script_costs, shared_forms, tables
from zhengwen.restoration.detection import DamageSigns
from zhengwen.restoration.glosses import GLOSS, HANZI, plain
from zhengwen.restoration.language_model import CONTEXT, language_model
from zhengwen.restoration.lexer import Item, Items
from zhengwen.restoration.tuning import (
    ASCII_PSEUDO_COUNT,
    CHINESE_PSEUDO_COUNT,
    CHOICE_MARGIN,
    DIGIT_COST,
    DOCUMENT_WEIGHT,
    LETTER_COST,
    MAX_CHOICES,
    NEW_GLOSS_COST,
    NEW_GLOSS_WEIGHT,
    NEXT_ASCII_COST,
    OTHER_FORM_COST,
    RARE_SYMBOL_COST,
    SYMBOL_COST,
    TWO_STOPS_COST,
    WRITTEN_FORM_COST,
)

#: Traditional characters for which Simplified text has two: 著 becomes 着 as the particle, but stays in 著名.
TWO_SIMPLIFIED: Mapping[str, str] = {"著": "着"}

_NOT_CHINESE = re.compile(f"[^{HANZI}]+")
_WIDE_LETTER = re.compile("[Ａ-Ｚａ-ｚ]")
_LETTER_AFTER_CHINESE = re.compile(f"[A-Za-z](?<=[{HANZI}].)")
_DIGIT_AFTER_CHINESE = re.compile(f"\\d(?<=[{HANZI}].)")
_RARE_SYMBOLS = "@[\\]^_`{|}~/<>="


class Rarity(NamedTuple):
    """The costs (nats) of a letter, a digit and a full-width letter: the rarer they are in the text, the higher.

    ``wide_letter`` is ``None`` if the text has no full-width letter; then the language model decides.
    """

    letter: float
    digit: float
    wide_letter: float | None


class TextModel:
    """What the search knows about a text and its site: how probable a character is, and what the site glosses and cuts.

    ``glosses`` maps the pair of a glossed character to its reading, ``cuts`` the pair of a delimiter to its ASCII form.
    ``costs`` holds the cost (float32, nats) of each character in this text, by the number of the character.
    ``drops_orphans`` is true when the site writes nothing for a lone lead byte.  ``two_simplified`` is
    :data:`TWO_SIMPLIFIED` for Traditional text, and empty for Simplified text.
    """

    def __init__(
        self,
        glosses: Mapping[int, str],
        cuts: Mapping[int, str],
        costs: np.ndarray,
        rarity: Rarity,
        drops_orphans: bool,
        two_simplified: Mapping[str, str],
    ):
        self.glosses = glosses
        self.cuts = cuts
        self.costs = costs
        self.drops_orphans = drops_orphans
        self.simplify = dictionary("TSCharacters")
        self.language = language_model()
        self.numbers = numbers()
        self._rarity = rarity
        self._two_simplified = two_simplified
        #: The pairs of the full-width delimiters, by the ASCII form that they come back as.
        self.delimiter_pairs: dict[str, list[int]] = defaultdict(list)
        for pair, ascii_form in cuts.items():
            self.delimiter_pairs[ascii_form].append(pair)
        #: The pairs of the glossed characters, by their reading.
        self.by_reading: dict[str, list[int]] = defaultdict(list)
        for pair, reading in glosses.items():
            self.by_reading[reading].append(pair)
        self._changed: dict[int, set[int]] = defaultdict(set)
        for pair in (*glosses, *cuts):
            self._changed[pair >> 8].add(pair & 0xFF)
        self._new_glosses: dict[tuple[str, int], list[tuple[int, float]]] = {}
        self.learn("")

    def learn(self, text: str) -> None:
        """Adapt to ``text``: from now on, the counts of characters, and of two in a row, are those of ``text``."""
        self.counts = counts = _counts(text)
        #: Whether the text has runs of full stops, rather than of exclamation marks.
        self.has_dot_runs = counts["。。"] > counts["！！"]
        self._scores: dict[tuple[str, str], float] = {}

    def score(self, history: str, character: str) -> float:
        """The log-probability (nats) of ``character`` after ``history`` (Simplified), adapted to this text."""
        key = (history, character)
        score = self._scores.get(key)
        if score is None:
            simple = self.simple(history, character)
            score = self._adapt(history, character, simple, self.language.score(history + simple))
            number = self.numbers.get(character)
            score = self._scores[key] = score - (float(self.costs[number]) if number is not None else 0.0)
        return score

    def _adapt(self, history: str, character: str, simple: str, score: float) -> float:
        """The ``score`` that the language model gives to ``simple``, adapted to the counts and habits of this text."""
        if character in self._two_simplified and simple != (simpler := self.simple(history, character)):
            simple, score = simpler, self.language.score(history + simpler)
        # Two characters that occur together only once may be this very place, damaged.
        if history and (count := self.counts.get(history[-1] + simple, 0)) > 1:
            score = math.log(
                math.exp(score) * (1 - DOCUMENT_WEIGHT) + DOCUMENT_WEIGHT * (count - 1) / (self.counts[history[-1]] + 1)
            )
        if history[-2:] == "。。" and history[-3:-2] != "。" and character != "。":
            score -= TWO_STOPS_COST
        if self._rarity.wide_letter is not None and _WIDE_LETTER.match(character):
            return -NEXT_ASCII_COST if _WIDE_LETTER.match(history[-1:]) else -self._rarity.wide_letter - LETTER_COST
        return score

    def ascii_cost(self, character: str) -> float:
        """The cost (nats) of an ASCII ``character`` after Chinese."""
        if character.isalpha():
            return self._rarity.letter + LETTER_COST
        if character.isdigit():
            return self._rarity.digit + DIGIT_COST
        return RARE_SYMBOL_COST if character in _RARE_SYMBOLS else SYMBOL_COST

    def new_glosses(self, reading: str, lead: int) -> list[tuple[int, float]]:
        """The pairs with this reading and ``lead`` byte that are not in the gloss table, each with its cost (nats)."""
        key = (reading, lead)
        new = self._new_glosses.get(key)
        if new is None:
            new = self._new_glosses[key] = []
            for number in numbers_with_reading(reading, lead):
                character = tables().characters[number]
                pair = gbk.pairs()[character]
                if pair not in self.glosses:
                    score = self.language.score(self.simplify.get(character, character))
                    new.append((pair, NEW_GLOSS_COST - NEW_GLOSS_WEIGHT * score + float(self.costs[number])))
        return new

    def is_changed(self, lead: int, trail: int) -> bool:
        """Whether the bytes are those of a character that the site glosses or cuts at."""
        return lead in self._changed and trail in self._changed[lead]

    def simple(self, history: str, character: str) -> str:
        """The Simplified form of ``character`` after ``history``."""
        alternative = self._two_simplified.get(character)
        if alternative and self.language.score(history + alternative) > self.language.score(history + character):
            return alternative
        return self.simplify.get(character, character)

    def context(self, text: str) -> str:
        """The end of ``text`` on which a probability is conditioned, Simplified; a newline stands before the line."""
        history = ""
        for character in text[-CONTEXT:] if len(text) >= CONTEXT else "\n" + text:
            if character.isascii() and character != "\n":
                history = ""
            else:
                history += self.simple(history, character)
        return history

    def uncut_item(self, item: Item) -> str:
        """The text that ``item`` is restored to if no bytes were cut there."""
        match item.kind:
            case "delimiter":
                return self._full(item.value)
            case "orphan":
                mark = chr(item.pair)
                return (self._full(mark) if mark in self.delimiter_pairs else mark) + self._full(item.value)
            case "last" if item.value in self.delimiter_pairs:
                return self._full(item.value)
            case "gloss":
                return ""
            case _:
                return item.value

    def _full(self, ascii_form: str) -> str:
        return gbk.characters()[self.delimiter_pairs[ascii_form][0]]

    def uncut(self, items: Items, until: int) -> str:
        """The text that the first ``until`` items are restored to if no bytes were cut there."""
        return "".join(self.uncut_item(items[index]) for index in range(until))

    def may_end_glossed(self, trail: int, reading: str) -> bool:
        """Whether ``trail`` may be the second byte of a character with this reading."""
        pairs = self.by_reading.get(reading)
        return not pairs or any(pair & 0xFF == trail for pair in pairs)

    def choices(self, history: str, options: Sequence[int] | np.ndarray) -> list[tuple[str, float]]:
        """The most probable of ``options`` (numbers of characters) after ``history``, each with its score (nats)."""
        if not len(options):
            return []
        table = tables()
        options = np.asarray(options)
        model_scores, costs = self.language.distribution(history)[table.indices[options]], self.costs[options]
        scores = model_scores - costs
        kept = np.flatnonzero(scores >= scores.max() - CHOICE_MARGIN)
        if len(kept) > MAX_CHOICES:
            kept = kept[np.argpartition(-scores[kept], MAX_CHOICES)[:MAX_CHOICES]]
        return [
            (
                table.characters[number],
                self._adapt(history, table.characters[number], table.simple[number], model_score) - cost,
            )
            for number, model_score, cost in zip(
                options[kept].tolist(), model_scores[kept].tolist(), costs[kept].tolist(), strict=True
            )
        ]


def build_text_model(text: str, signs: DamageSigns) -> TextModel:
    """The model for ``text``, before :meth:`TextModel.learn` gives it the counts of a text."""
    pairs, traditional = gbk.pairs(), _is_traditional(text)
    return TextModel(
        glosses={
            pairs[character]: plain(reading) for character, reading in signs.glosses.table.items() if character in pairs
        },
        cuts={pairs[full]: form for full, form in signs.delimiters.items()},
        costs=_costs(text, traditional),
        rarity=_rarity(text),
        drops_orphans=not signs.orphan,
        two_simplified=TWO_SIMPLIFIED if traditional else {},
    )


def _counts(text: str) -> Counter:
    """The counts of each character and each two in a row in the text, Simplified and without glosses."""
    simplified = GLOSS.sub("", text).translate(_to_simplified())
    counts = Counter(simplified)
    counts.update(map(operator.add, simplified, simplified[1:]))
    return counts


def _rarity(text: str) -> Rarity:
    chinese = len(_NOT_CHINESE.sub("", text)) + CHINESE_PSEUDO_COUNT
    letters, digits, wide_letters = (
        len(pattern.findall(text)) for pattern in (_LETTER_AFTER_CHINESE, _DIGIT_AFTER_CHINESE, _WIDE_LETTER)
    )
    return Rarity(
        math.log(chinese / (letters + ASCII_PSEUDO_COUNT)),
        math.log(chinese / (digits + ASCII_PSEUDO_COUNT)),
        max(math.log(chinese / wide_letters), 0.0) if wide_letters else None,
    )


def _is_traditional(text: str) -> bool:
    count = Detection(text).count
    return count.traditional >= count.simplified


def _costs(text: str, traditional: bool) -> np.ndarray:
    """The cost (nats) of each character, by its number: high for the other script, and for forms not in ``text``."""
    plain_costs, forms, by_character = script_costs(traditional), shared_forms(), numbers()
    written = np.array([by_character[character] for character in set(text) if character in by_character], np.int32)
    written = written[forms[written] > 0]
    form_costs = np.zeros(len(forms), np.float32)
    form_costs[forms[written]] = OTHER_FORM_COST
    costs = plain_costs + form_costs[forms]
    costs[written] = np.minimum(plain_costs[written], np.float32(WRITTEN_FORM_COST))
    return costs


@functools.cache
def _to_simplified() -> Mapping[int, str]:
    return {ord(key): simple for key, simple in dictionary("TSCharacters").items() if len(key) == 1}
