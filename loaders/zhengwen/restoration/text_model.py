"""The language model as it applies to one text, and what is known of the glosses and delimiters of its site."""

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

#: Traditional characters that are two in Simplified: 著 is the particle 着, and itself in 著名.
TWO_SIMPLIFIED: Mapping[str, str] = {"著": "着"}

_NOT_CHINESE = re.compile(f"[^{HANZI}]+")
_WIDE_LETTER = re.compile("[Ａ-Ｚａ-ｚ]")
_LETTER_BEHIND_CHINESE = re.compile(f"[A-Za-z](?<=[{HANZI}].)")
_DIGIT_BEHIND_CHINESE = re.compile(f"\\d(?<=[{HANZI}].)")
_RARE_SYMBOLS = "@[\\]^_`{|}~/<>="


class Rarity(NamedTuple):
    """The costs (nats) of a letter, a digit and a full-width letter by how rarely they stand in the Chinese of a text.

    ``wide_letter`` is ``None`` where the text has no full-width letter: the language model decides then.
    """

    letter: float
    digit: float
    wide_letter: float | None


class TextModel:
    """What the search knows of a text and its site: how probable a character is, and what the site glosses and cuts.

    ``glosses`` maps the pair of a glossed character to its reading, ``cuts`` the pair of a delimiter to its ASCII form.
    ``costs`` has, by the number of a character, the cost of it in this text.  ``drops_orphans`` is true when the site
    writes nothing for a lone lead byte.  ``two_simplified`` is :data:`TWO_SIMPLIFIED` for Traditional text.
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
        #: The pairs of the delimiters by their ASCII form.
        self.fulls: dict[str, list[int]] = defaultdict(list)
        for pair, ascii_form in cuts.items():
            self.fulls[ascii_form].append(pair)
        #: The pairs of the glossed characters by their reading.
        self.by_reading: dict[str, list[int]] = defaultdict(list)
        for pair, reading in glosses.items():
            self.by_reading[reading].append(pair)
        self._changed: dict[int, set[int]] = defaultdict(set)
        for pair in (*glosses, *cuts):
            self._changed[pair >> 8].add(pair & 0xFF)
        self._new_glosses: dict[tuple[str, int], list[tuple[int, float]]] = {}
        self.learn("")

    def learn(self, text: str) -> None:
        """Take the counts of characters and of pairs of characters from ``text`` from now on."""
        self.counts = counts = _counts(text)
        #: Whether the text has runs of full stops, rather than of exclamation marks.
        self.has_dot_runs = counts["。。"] > counts["！！"]
        self._scores: dict[tuple[str, str], float] = {}

    def score(self, history: str, character: str) -> float:
        """The log-probability (nats) of ``character`` behind ``history`` (Simplified), as this text writes it."""
        key = (history, character)
        score = self._scores.get(key)
        if score is None:
            simple = self.simple(history, character)
            score = self._adapt(history, character, simple, self.language.score(history + simple))
            number = self.numbers.get(character)
            score = self._scores[key] = score - (float(self.costs[number]) if number is not None else 0.0)
        return score

    def _adapt(self, history: str, character: str, simple: str, score: float) -> float:
        """The ``score`` that the language model gives to ``simple``, adapted to what this text writes."""
        if character in self._two_simplified and simple != (simpler := self.simple(history, character)):
            simple, score = simpler, self.language.score(history + simpler)
        # A pair that occurs once may be this very place, damaged.
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
        """The cost (nats) of an ASCII ``character`` behind Chinese."""
        if character.isalpha():
            return self._rarity.letter + LETTER_COST
        if character.isdigit():
            return self._rarity.digit + DIGIT_COST
        return RARE_SYMBOL_COST if character in _RARE_SYMBOLS else SYMBOL_COST

    def new_glosses(self, reading: str, lead: int) -> list[tuple[int, float]]:
        """The pairs of the characters with this reading and ``lead`` byte that the table lacks, with their costs."""
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
        """Whether the site glosses the character with these bytes, or cuts at it."""
        return lead in self._changed and trail in self._changed[lead]

    def simple(self, history: str, character: str) -> str:
        """The Simplified form of ``character`` behind ``history``."""
        alternative = self._two_simplified.get(character)
        if alternative and self.language.score(history + alternative) > self.language.score(history + character):
            return alternative
        return self.simplify.get(character, character)

    def context(self, text: str) -> str:
        """The last characters of ``text`` that a probability is conditioned on; before a line stands a newline."""
        history = ""
        for character in text[-CONTEXT:] if len(text) >= CONTEXT else "\n" + text:
            if character.isascii() and character != "\n":
                history = ""
            else:
                history += self.simple(history, character)
        return history

    def uncut_item(self, item: Item) -> str:
        """What ``item`` is restored to when no bytes were cut there."""
        match item.kind:
            case "delimiter":
                return self._full(item.value)
            case "orphan":
                mark = chr(item.pair)
                return (self._full(mark) if mark in self.fulls else mark) + self._full(item.value)
            case "last" if item.value in self.fulls:
                return self._full(item.value)
            case "gloss":
                return ""
            case _:
                return item.value

    def _full(self, ascii_form: str) -> str:
        return gbk.characters()[self.fulls[ascii_form][0]]

    def uncut(self, items: Items, until: int) -> str:
        """What the first ``until`` items are restored to when no bytes were cut there."""
        return "".join(self.uncut_item(items[index]) for index in range(until))

    def may_end_glossed(self, trail: int, reading: str) -> bool:
        """Whether ``trail`` may be the second byte of a character with this reading."""
        pairs = self.by_reading.get(reading)
        return not pairs or any(pair & 0xFF == trail for pair in pairs)

    def choices(self, history: str, candidates: Sequence[int] | np.ndarray) -> list[tuple[str, float]]:
        """The most probable of ``candidates`` (numbers of characters) behind ``history``, with their score."""
        if not len(candidates):
            return []
        table = tables()
        candidates = np.asarray(candidates)
        model_scores, costs = self.language.distribution(history)[table.indices[candidates]], self.costs[candidates]
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
                candidates[kept].tolist(), model_scores[kept].tolist(), costs[kept].tolist(), strict=True
            )
        ]


def build_text_model(text: str, signs: DamageSigns) -> TextModel:
    """The model of ``text``, before it has learnt the counts of any text."""
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
    """How often the text has each character, and each two in a row, Simplified and without glosses."""
    simplified = GLOSS.sub("", text).translate(_to_simplified())
    counts = Counter(simplified)
    counts.update(map(operator.add, simplified, simplified[1:]))
    return counts


def _rarity(text: str) -> Rarity:
    chinese = len(_NOT_CHINESE.sub("", text)) + CHINESE_PSEUDO_COUNT
    letters, digits, wide_letters = (
        len(pattern.findall(text)) for pattern in (_LETTER_BEHIND_CHINESE, _DIGIT_BEHIND_CHINESE, _WIDE_LETTER)
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
