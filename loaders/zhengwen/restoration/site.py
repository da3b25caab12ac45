"""What the search goes by: the characters of GBK as arrays, and what is known of one text and its site."""

import functools
import math
import operator
import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any, NamedTuple

from zhengwen.conversion.detect import Detection
from zhengwen.conversion.dictionaries import candidates, dictionary
from zhengwen.restoration import gbk, glosses
from zhengwen.restoration.diagnose import Diagnosis
from zhengwen.restoration.glosses import HANZI
from zhengwen.restoration.items import Item, Line
from zhengwen.restoration.language import language_model

#: Of the characters that an unknown byte may make, how many are followed, and how much less probable than the best.
MOST, WITHIN = 12, 9.0
#: Characters of Traditional text that are two in Simplified: 著 is the particle 着, and itself in 著名.
EITHER: Mapping[str, str] = {"著": "着"}
#: What it costs that a character that is no Chinese stands behind Chinese: a letter, a digit, another one of those that
#: are written in text, and one that hardly is.  To the first two comes how rarely the text writes them.
WHICH_LETTER, WHICH_DIGIT, OTHER, HARDLY = 3.2, 2.0, 6.0, 10.0
#: The price of such a character behind another such; the first of a run goes by the text.
NEXT = 2.5
#: A run of exactly two full stops is rarer by this than one of three or more.
TWO_STOPS = 3.0
#: What it costs more that a character is written otherwise than this text writes it.
OTHER_FORM = 3.0
#: A character less probable than this by itself is not guessed.
RARE = -16.0


_NOT_CHINESE = re.compile(f"[^{HANZI}]+")
_WIDE = re.compile("[Ａ-Ｚａ-ｚ]")
_LETTER, _DIGIT = (re.compile(f"{one}(?<=[{HANZI}].)") for one in ("[A-Za-z]", "\\d"))
#: So many characters are added, so that a short text does not decide.
_FEW = 50


class Tables(NamedTuple):
    """Every character of GBK as arrays: its pair's bytes, and the place of its Simplified form in a distribution."""

    characters: list[str]
    simple: list[str]
    leads: Any
    trails: Any
    places: Any
    known: Any


@functools.cache
def tables() -> Tables:
    import numpy as np

    simplify, model = dictionary("TSCharacters"), language_model()
    pairs = np.array(list(gbk.characters()), np.int32)
    written = list(gbk.characters().values())
    simple = [simplify.get(one, one) for one in written]
    unknown = len(model.distribution("")) - 1
    places = np.array([model.places[ord(one)] if ord(one) < 0x10000 else unknown for one in simple], np.int32)
    known = model.distribution("")[places] > RARE
    return Tables(written, simple, pairs >> 8, pairs & 0xFF, places, known)


#: Any trail byte that may be lost; a trail byte that begins a pair that is no character.
ANY, VOID = -1, -2


@functools.cache
def fitting_numbers(mode: int, trail: int):
    """The numbers of the characters whose lead byte is that of ``mode`` and whose trail byte is ``trail``."""
    import numpy as np

    table = tables()
    wanted = table.known
    wanted = wanted & (table.leads == mode if mode >= 0 else np.isin(table.leads, gbk.void()[-mode]))
    if trail == ANY:
        wanted = wanted & (table.trails > 0x80)
    elif trail == VOID:
        wanted = wanted & np.isin(table.trails, list(gbk.void()))
    else:
        wanted = wanted & (table.trails == trail)
    return np.flatnonzero(wanted)


@functools.cache
def ending_in(trail: int):
    """The numbers of the characters with this trail byte."""
    import numpy as np

    return np.flatnonzero((tables().trails == trail) & tables().known)


class Site:
    """What is known of the text and the site that the search goes by.

    ``glosses`` maps the pair of a glossed character to its reading, ``cuts`` the pair of a delimiter to its ASCII form.
    ``costs`` holds, by the order of :func:`tables`, what it costs that this text writes a character.
    """

    def __init__(self, glosses, cuts, costs, simplify, rarity, dropped=True, either=EITHER):
        self.glosses: Mapping[int, str] = glosses
        self.cuts: Mapping[int, str] = cuts
        self.costs = costs
        self.simplify: Mapping[str, str] = simplify
        self.dropped = dropped
        self._letters, self._digits, self._wide = rarity
        self._either = either
        self.model = language_model()
        self.numbers = numbers()
        self.fulls: dict[str, list[int]] = defaultdict(list)
        for pair, ascii_form in cuts.items():
            self.fulls[ascii_form].append(pair)
        self.by_reading: dict[str, list[int]] = defaultdict(list)
        for pair, reading in glosses.items():
            self.by_reading[reading].append(pair)
        self.watched: dict[int, set[int]] = defaultdict(set)
        for pair in (*glosses, *cuts):
            self.watched[pair >> 8].add(pair & 0xFF)
        self._read: dict[tuple[str, int], list[tuple[int, float]]] = {}
        self.learn("")

    def learn(self, text: str) -> None:
        """Go by the characters of ``text`` and its pairs of characters from now on."""
        self.counts = counts = _counts(text)
        #: Whether the text has runs of full stops, rather than of exclamation marks.
        self.dotted = counts["。。"] > counts["！！"]
        self._scores: dict[tuple[str, str], float] = {}

    def score(self, history: str, character: str) -> float:
        """The logarithm of the probability of ``character`` behind ``history`` (Simplified), as this text writes it."""
        key = (history, character)
        found = self._scores.get(key)
        if found is None:
            simple = self.simple(history, character)
            found = self._as_here(history, character, simple, self.model.score(history + simple))
            number = self.numbers.get(character)
            found = self._scores[key] = found - (float(self.costs[number]) if number is not None else 0.0)
        return found

    def _as_here(self, history: str, character: str, simple: str, found: float) -> float:
        """What the model ``found`` of ``character``, or of its Simplified form, as this text writes it."""
        if character in self._either and simple != (simpler := self.simple(history, character)):
            simple, found = simpler, self.model.score(history + simpler)
        # A pair that occurs once may be this very place, damaged.
        if history and (both := self.counts.get(history[-1] + simple, 0)) > 1:
            found = math.log(math.exp(found) * 0.8 + 0.2 * (both - 1) / (self.counts[history[-1]] + 1))
        if history[-2:] == "。。" and history[-3:-2] != "。" and character != "。":
            found -= TWO_STOPS
        if self._wide is not None and _WIDE.match(character):
            return -NEXT if _WIDE.match(history[-1:]) else -self._wide - WHICH_LETTER
        return found

    def ascii_price(self, character: str) -> float:
        """What it costs that ``character``, which is ASCII, stands behind Chinese."""
        if character.isalpha():
            return self._letters + WHICH_LETTER
        if character.isdigit():
            return self._digits + WHICH_DIGIT
        return HARDLY if character in "@[\\]^_`{|}~/<>=" else OTHER

    def read_as(self, reading: str, lead: int) -> list[tuple[int, float]]:
        """The characters read so that begin with ``lead`` and are not in the table, and what it costs to take them."""
        key = (reading, lead)
        found = self._read.get(key)
        if found is None:
            found = self._read[key] = []
            for number in read_so(reading, lead):
                character = tables().characters[number]
                pair = gbk.pairs()[character]
                if pair not in self.glosses:
                    simple = self.simplify.get(character, character)
                    found.append((pair, 1.0 - 0.7 * self.model.score(simple) + float(self.costs[number])))
        return found

    def simple(self, history: str, character: str) -> str:
        """The Simplified form of ``character`` behind ``history``."""
        other = self._either.get(character)
        if other and self.model.score(history + other) > self.model.score(history + character):
            return other
        return self.simplify.get(character, character)

    def context(self, text: str) -> str:
        """The last characters of ``text`` that a probability is conditioned on; a line begins behind a newline."""
        history = ""
        for character in text[-3:] if len(text) >= 3 else "\n" + text:
            if character.isascii() and character != "\n":
                history = ""
            else:
                history += self.simple(history, character)
        return history

    def written(self, item: Item) -> str:
        """What ``item`` is when nothing was cut there."""
        match item.kind:
            case "delimiter":
                return gbk.characters()[self.fulls[item.value][0]]
            case "orphan":
                mark = chr(item.pair)
                full = gbk.characters()[self.fulls[mark][0]] if mark in self.fulls else mark
                return full + gbk.characters()[self.fulls[item.value][0]]
            case "last" if item.value in self.fulls:
                return gbk.characters()[self.fulls[item.value][0]]
            case "gloss":
                return ""
            case _:
                return item.value

    def as_is(self, line: "Line", until: int) -> str:
        """What the first ``until`` items of ``line`` are when nothing was cut there."""
        return "".join(self.written(line[at]) for at in range(until))

    def is_read_by(self, lead: int, reading: str) -> bool:
        """Whether ``lead`` may be the second byte of a character read so."""
        return any(pair & 0xFF == lead for pair in self.by_reading.get(reading, ())) or not self.by_reading.get(reading)

    def choices(self, history: str, candidates, most: int = MOST) -> list[tuple[str, float]]:
        """Of ``candidates`` (numbers of :func:`tables`) the most probable behind ``history``, with their score."""
        import numpy as np

        if not len(candidates):
            return []
        table = tables()
        candidates = np.asarray(candidates)
        known, costs = self.model.distribution(history)[table.places[candidates]], self.costs[candidates]
        scores = known - costs
        kept = np.flatnonzero(scores >= scores.max() - WITHIN)
        if len(kept) > most:
            kept = kept[np.argpartition(-scores[kept], most)[:most]]
        return [
            (
                table.characters[number],
                self._as_here(history, table.characters[number], table.simple[number], known_here) - cost,
            )
            for number, known_here, cost in zip(
                candidates[kept].tolist(), known[kept].tolist(), costs[kept].tolist(), strict=True
            )
        ]


@functools.cache
def numbers() -> Mapping[str, int]:
    return {character: number for number, character in enumerate(gbk.characters().values())}


@functools.cache
def read_so(reading: str, lead: int) -> tuple[int, ...]:
    """The numbers of the characters with this lead byte that are read so."""
    import numpy as np

    several = np.flatnonzero((tables().leads == lead) & tables().known).tolist()
    return tuple(number for number in several if reading in glosses.readings(tables().characters[number]))


def site_of(text: str, diagnosis: Diagnosis) -> Site:
    """What is known of ``text`` and its site before anything is learnt from what it says."""
    pairs, traditional = gbk.pairs(), _is_traditional(text)
    return Site(
        glosses={
            pairs[one]: glosses.plain(reading) for one, reading in diagnosis.glosses.table.items() if one in pairs
        },
        cuts={pairs[full]: form for full, form in diagnosis.delimiters.items()},
        costs=_costs(text, traditional),
        simplify=dictionary("TSCharacters"),
        either=EITHER if traditional else {},
        rarity=_rarity(text),
        dropped=not diagnosis.orphan,
    )


def _counts(text: str) -> Counter:
    """How often the text writes each character, and each two in a row, Simplified and without glosses."""
    plain = glosses.GLOSS.sub("", text).translate(_simplified())
    counts = Counter(plain)
    counts.update(map(operator.add, plain, plain[1:]))
    return counts


def _rarity(text: str) -> tuple[float, float, float | None]:
    """How rarely (nats) a letter, a digit, and a full-width letter stands in the Chinese of ``text``.

    Of the last ``None`` where there is none: then the model tells.
    """
    chinese = len(_NOT_CHINESE.sub("", text)) + _FEW
    letters, digits, wide = (len(found.findall(text)) for found in (_LETTER, _DIGIT, _WIDE))
    return (
        math.log(chinese / (letters + 1)),
        math.log(chinese / (digits + 1)),
        max(math.log(chinese / wide), 0.0) if wide else None,
    )


def _is_traditional(text: str) -> bool:
    count = Detection(text).count
    return count.traditional >= count.simplified


def _costs(text: str, traditional: bool) -> Any:
    """What it costs that this text writes a character: one of another script, or another form of one that it writes."""
    import numpy as np

    plain, forms, known = _plain_costs(traditional), _forms(), numbers()
    mine = np.array([known[one] for one in set(text) if one in known], np.int32)
    mine = mine[forms[mine] > 0]
    unwritten = np.zeros(len(forms), np.float32)
    unwritten[forms[mine]] = OTHER_FORM
    found = plain + unwritten[forms]
    found[mine] = np.minimum(plain[mine], np.float32(0.5))
    return found


@functools.cache
def _plain_costs(traditional: bool) -> Any:
    import numpy as np

    simplify = dictionary("TSCharacters")
    return np.array([_cost(one, simplify.get(one, one), traditional) for one in tables().characters], np.float32)


def _cost(character: str, simple: str, traditional: bool) -> float:
    if not traditional:
        return 0.0 if simple == character else 6.0
    forms = candidates("STCharacters").get(simple, ())
    if character in forms:
        return 0.1 if character == forms[0] else 1.0
    if simple == character:
        return 6.0 if forms else 0.0
    return 2.0


@functools.cache
def _forms() -> Any:
    """For every character of :func:`tables` the number of its Simplified form, where it is that of several; else 0."""
    import numpy as np

    simple = tables().simple
    several = (one for one, many in Counter(simple).items() if many > 1)
    number = {one: at for at, one in enumerate(several, 1)}
    return np.array([number.get(one, 0) for one in simple], np.int32)


@functools.cache
def _simplified() -> Mapping[int, str]:
    return {ord(one): simple for one, simple in dictionary("TSCharacters").items() if len(one) == 1}
