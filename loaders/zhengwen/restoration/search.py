"""The search for the original text of a damaged place: the candidates that the bytes allow, the most probable first.

Where the site cut, or inserted a gloss, between the two bytes of a character, the decoder got *out of sync*: from there
on it took the second byte of each character for the first byte of the next, until an ASCII byte, a delimiter or a gloss
brought it back *into sync*.  Most bytes can still be derived from what it wrote.  Those that vanished are unknown, and
are searched for.

The search goes through the items of a line (characters, delimiters, glosses) with a beam of hypotheses.  A hypothesis
is in sync when the decoder is between two characters of the original text, and out of sync when it is between the two
bytes of one.  An item may be the following; ``Z``, ``b1`` and ``b2`` are bytes:

========================  =====================================  ===================================================
item                      in sync                                out of sync, after lead byte Z
========================  =====================================  ===================================================
character b1 b2           itself                                 Z b1, then lead b2; or Z b1 and the ASCII character b2
ASCII character a         itself                                 Z a, in sync again
delimiter                 itself, full-width; or a lead byte     a trail byte that vanished, and itself, in sync again;
                          vanished: it and A3, then lead AC      or Z A3, then lead AC (for the comma)
gloss ``(r)``             after a character with the reading r   after two bytes that make a character with reading r
gloss ``?r)``             a lead byte that makes such a          a trail byte that makes such a character with Z, in
                          character with the byte before         sync again
``?``                     itself                                 a trail byte, and an ASCII character that it swallowed
``?`` that ends a line    itself                                 a trail byte, in whose place it stands
end                       the end                                a trail byte that vanished
nothing                                                          a trail and a lead byte that make no character; or
                                                                 the trail byte 80, in sync again
========================  =====================================  ===================================================

The damage is deterministic, so the best candidate is simply the most probable text among those that the damage turns
into the received one: the language model alone decides.
"""

import heapq
import math
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from zhengwen.restoration import gbk
from zhengwen.restoration.character_tables import ANY, UNASSIGNED, numbers_with_bytes, numbers_with_trail, tables
from zhengwen.restoration.damage import GAP
from zhengwen.restoration.glosses import readings
from zhengwen.restoration.language_model import CONTEXT
from zhengwen.restoration.lexer import Item, Items
from zhengwen.restoration.text_model import TextModel
from zhengwen.restoration.tuning import (
    BEAM,
    BEAM_IN_SYNC,
    BEAM_PER_LEAD_BYTE,
    CLOSING_QUOTE_BONUS,
    LOST_QUOTE_COST,
    MAX_COST_OF_TWO,
    MAX_VANISHED_PAIRS,
    NEXT_ASCII_COST,
    OPENING_QUOTE_BONUS,
    POLICY_VIOLATION_COST,
    PRUNING_MARGIN,
    QUOTE_LOOKAHEAD,
    SECOND_GLOSS_COST,
    UNBALANCED_QUOTE_COST,
    UNMARKED_ORPHAN_COST,
    UNMATCHED_QUOTE_BONUS,
    VANISHED_PAIR_BEAM,
    VANISHED_PAIR_MARGIN,
    VANISHED_PAIR_THRESHOLD,
    VANISHED_PAIR_THRESHOLD_AGAIN,
)

#: Instead of the lead byte, for a hypothesis that is in sync.
IN_SYNC = 0

_QUOTE = re.compile("[“”]")


class Candidate(NamedTuple):
    """A text that the first ``until`` items may have been.

    ``score`` is its log-probability (nats), ``max_cost_of_two`` the highest cost of two characters in a row.
    """

    text: str
    score: float
    until: int
    max_cost_of_two: float


class Hypothesis(NamedTuple):
    """A partial candidate."""

    #: Its log-probability (nats).
    score: float
    #: The lead byte that the decoder has passed; :data:`IN_SYNC`; or, after a vanished pair, minus its first byte.
    lead: int
    #: The last characters, Simplified, on which the probability of the next one is conditioned.
    history: str
    #: The pair of the last character of ``text``; 0 if that is not a two-byte character.
    pair: int
    text: str
    #: Whether a quotation is open.
    quoted: bool
    #: Whether the last item was a gloss or a cut: then the character needs no gloss.
    glossed: bool = False
    #: The score (nats) of the last character.
    last_score: float = 0.0
    #: The highest cost (nats) of two characters in a row.
    max_cost_of_two: float = 0.0


def search(items: Items, model: TextModel, before: str, quoted: bool) -> list[Candidate]:
    """The candidates for ``items`` from the first one on, the most probable first.

    They end where all of them agree again; the list is empty if the bytes allow no text.  ``before`` is the end of what
    has been restored of this line, and ``quoted`` says whether a quotation is open there.
    """
    candidates = _search(items, model, before, quoted, VANISHED_PAIR_THRESHOLD)
    if not candidates or candidates[0].max_cost_of_two > MAX_COST_OF_TWO:
        candidates = _search(items, model, before, quoted, VANISHED_PAIR_THRESHOLD_AGAIN) or candidates
    return candidates


def _search(items: Items, model: TextModel, before: str, quoted: bool, threshold: float) -> list[Candidate]:
    begin = Hypothesis(0.0, IN_SYNC, model.context(before), gbk.pairs().get(before[-1:], 0), "", quoted)
    beam = [begin]
    expander = _Expander(model)
    until = 0
    while True:
        item = items[until]
        next_item = items[until + 1] if item.kind != "end" else item
        beam = _prune(expander.expand(item, next_item, beam, threshold))
        if not beam:
            return []
        until += 1
        if item.kind == "end" or (until > 1 and _agree(beam)):
            break
    complete = [hypothesis for hypothesis in beam if hypothesis.lead == IN_SYNC]
    uncut = model.uncut(items, until)
    if complete and all(hypothesis.text != uncut for hypothesis in complete):
        # The uncut text may have been pruned on the way, although it would be the best in the end.
        complete += [
            hypothesis
            for hypothesis in expander.uncut(items, until, begin)
            if hypothesis.history == complete[0].history
        ]
    if item.kind != "end":
        complete = [
            hypothesis._replace(score=hypothesis.score - _quote_cost(items.text, items[until].start, hypothesis.quoted))
            for hypothesis in complete
        ]
    complete.sort(key=lambda hypothesis: -hypothesis.score)
    return [Candidate(hypothesis.text, hypothesis.score, until, hypothesis.max_cost_of_two) for hypothesis in complete]


def is_uncut(items: Items, model: TextModel, before: str) -> bool:
    """Whether a delimiter and the character after it are so much more probable uncut that no search is needed.

    That is the case when a search would prune every other candidate.  ``items`` begin with the delimiter.
    """
    pairs, next_item = model.delimiter_pairs.get(items[0].value, ()), items[1]
    if len(pairs) != 1 or next_item.value in "“”":
        return False
    (pair,) = pairs
    history, full = model.context(before), gbk.characters()[pair]
    mark_score = model.score(history, full)
    next_score = model.score((history + full)[-CONTEXT:], next_item.value)
    uncut_score = mark_score + next_score
    if next_score < -VANISHED_PAIR_THRESHOLD or uncut_score < -MAX_COST_OF_TWO:
        # A pair may have vanished.
        return False
    across = gbk.characters().get((pair & 0xFF) << 8 | next_item.pair >> 8)
    others = model.choices(history, numbers_with_trail(pair >> 8)) if across else ()
    return all(
        score + model.score((history + model.simple(history, character))[-CONTEXT:], across)
        < uncut_score - PRUNING_MARGIN
        for character, score in others
        if score > uncut_score - PRUNING_MARGIN
    )


def _agree(beam: list[Hypothesis]) -> bool:
    """Whether all hypotheses are in sync after the same characters, so that no later item can tell them apart."""
    first = beam[0]
    return all(hypothesis.lead == IN_SYNC and hypothesis.history == first.history for hypothesis in beam)


def _quote_cost(line: str, offset: int, quoted: bool) -> float:
    """The cost (nats) if the state ``quoted`` does not match the next quotation mark of ``line`` from ``offset`` on."""
    ahead = line[offset : offset + QUOTE_LOOKAHEAD]
    match = _QUOTE.search(ahead)
    if not match and len(ahead) == QUOTE_LOOKAHEAD:
        return 0.0
    if quoted == (match is not None and match.group() == "”"):
        return 0.0
    # A quotation mark may have been lost at an exclamation mark on the way.
    return LOST_QUOTE_COST if "!" in ahead[: match.start() if match else None] else UNBALANCED_QUOTE_COST


def _prune(hypotheses: list[Hypothesis]) -> list[Hypothesis]:
    """The best hypotheses: only a few for each lead byte, so that those of one byte do not crowd out the others."""
    ordered = sorted(hypotheses, key=lambda hypothesis: -hypothesis.score)
    beam: list[Hypothesis] = []
    seen: set[tuple[int, str]] = set()
    kept: dict[int, int] = defaultdict(int)
    for hypothesis in ordered:
        if hypothesis.score < ordered[0].score - PRUNING_MARGIN or len(beam) == BEAM:
            break
        lead = hypothesis.lead
        most = BEAM_IN_SYNC if lead == IN_SYNC else BEAM_PER_LEAD_BYTE
        if kept[lead] < most and (lead, hypothesis.text) not in seen:
            seen.add((lead, hypothesis.text))
            kept[lead] += 1
            beam.append(hypothesis)
    return beam


class _Expander:
    """Extends hypotheses by one item."""

    def __init__(self, model: TextModel):
        self._model = model
        #: The score below which a hypothesis will be pruned, unless a matching quotation mark raises it.
        self._floor = -math.inf

    def expand(self, item: Item, next_item: Item, beam: list[Hypothesis], threshold: float) -> list[Hypothesis]:
        """The hypotheses of ``beam`` extended by ``item``.

        Only if every extension costs more than ``threshold`` (nats) are vanished pairs considered.
        """
        self._item, self._next_item, self._floor = item, next_item, -math.inf
        extend = getattr(self, f"_extend_{item.kind}")
        out: list[Hypothesis] = []
        best_score = beam[0].score

        def extend_each(hypotheses: Iterable[Hypothesis]) -> None:
            for hypothesis in hypotheses:
                extended = extend(hypothesis)
                out.extend(extended)
                for new in extended:
                    if new.score - PRUNING_MARGIN > self._floor:
                        self._floor = new.score - PRUNING_MARGIN

        extend_each(beam)
        out_of_sync = [hypothesis for hypothesis in beam if hypothesis.lead != IN_SYNC]
        if all(hypothesis.score < best_score - threshold for hypothesis in out):
            over_vanished = [
                hypothesis for hypothesis in out_of_sync if hypothesis.score > best_score - VANISHED_PAIR_MARGIN
            ]
            for _ in range(MAX_VANISHED_PAIRS):
                over_vanished = self._extend_over_vanished_pair(over_vanished)
                out_of_sync += over_vanished
                extend_each(over_vanished)
        reading = item.value if item.kind == "gloss" else ""
        for hypothesis in out_of_sync:
            extend_each(self._end_character(hypothesis, 0x80, reading=reading))
        return out

    def uncut(self, items: Items, until: int, begin: Hypothesis) -> list[Hypothesis]:
        """``begin`` extended by the first ``until`` items, none of them cut; empty when that is not possible."""
        hypotheses, self._floor = [begin], -math.inf
        for index in range(until):
            self._item, self._next_item = items[index], items[index + 1] if items[index].kind != "end" else items[index]
            extend, text = getattr(self, f"_extend_{self._item.kind}"), self._model.uncut_item(self._item)
            hypotheses = [
                extended
                for hypothesis in hypotheses
                for extended in extend(hypothesis)
                if extended.lead == IN_SYNC and extended.text == hypothesis.text + text
            ]
        return hypotheses

    # -- add one character to a hypothesis

    def _append(self, hypothesis: Hypothesis, character: str, score: float, lead=IN_SYNC, glossed=False) -> Hypothesis:
        """Add a two-byte character; ``lead`` is the lead byte that the decoder has passed after it."""
        total = hypothesis.score + score
        quoted = hypothesis.quoted
        if character == "“":
            total += UNMATCHED_QUOTE_BONUS if quoted else OPENING_QUOTE_BONUS
            quoted = True
        elif character == "”":
            total += CLOSING_QUOTE_BONUS if quoted else UNMATCHED_QUOTE_BONUS
            quoted = False
        return Hypothesis(
            total,
            lead,
            (hypothesis.history + self._model.simple(hypothesis.history, character))[-CONTEXT:],
            gbk.pairs()[character],
            hypothesis.text + character,
            quoted,
            glossed,
            score,
            max(hypothesis.max_cost_of_two, -score - hypothesis.last_score),
        )

    def _append_ascii(self, hypothesis: Hypothesis, character: str) -> Hypothesis:
        """Add an ASCII character, a gap, or a character that is not in GBK."""
        last = hypothesis.text[-1:]
        cost = NEXT_ASCII_COST if last and (last.isascii() or last == GAP) else self._model.ascii_cost(character)
        return Hypothesis(hypothesis.score - cost, IN_SYNC, "", 0, hypothesis.text + character, hypothesis.quoted)

    def _end_character(
        self, hypothesis: Hypothesis, trail: int, lead=IN_SYNC, unglossed=True, reading=""
    ) -> list[Hypothesis]:
        """The hypotheses in which the lead byte of ``hypothesis`` and ``trail`` make a character, followed by ``lead``.

        ``trail`` is a byte, :data:`ANY` or :data:`UNASSIGNED`.  ``unglossed`` says that no gloss follows the character,
        which is improbable for one that the site glosses; ``reading`` is the reading of the gloss, if there is one.
        """
        return [
            self._append(hypothesis, character, score, lead)
            for character, score in self._endings(hypothesis, trail, unglossed, reading)
            if hypothesis.score + score > self._floor - CLOSING_QUOTE_BONUS
        ]

    def _endings(self, hypothesis: Hypothesis, trail: int, unglossed=True, reading="") -> list[tuple[str, float]]:
        """The characters that :meth:`_end_character` may append, and their scores (nats)."""
        model, lead = self._model, hypothesis.lead
        if lead >= 0 and trail >= 0:
            character = gbk.characters().get(lead << 8 | trail)
            choices = [(character, model.score(hypothesis.history, character))] if character else []
        else:
            numbers = numbers_with_bytes(lead, trail)
            if reading:
                numbers = [
                    number for number in numbers.tolist() if self._has_reading(tables().characters[number], reading)
                ]
            choices = model.choices(hypothesis.history, numbers)
        endings = []
        for character, score in choices:
            pair = gbk.pairs()[character]
            if unglossed and not hypothesis.glossed and (pair in model.glosses or pair in model.cuts):
                score -= POLICY_VIOLATION_COST
            if lead < 0 and model.is_changed(-lead, pair >> 8):
                score -= POLICY_VIOLATION_COST
            endings.append((character, score))
        return endings

    def _extend_over_vanished_pair(self, hypotheses: list[Hypothesis]) -> list[Hypothesis]:
        """The most probable extensions by a vanished pair: a trail byte and the next lead byte, not a character."""
        endings = [
            (hypothesis, character, score)
            for hypothesis in hypotheses
            for character, score in self._endings(hypothesis, UNASSIGNED)
        ]
        best = heapq.nlargest(VANISHED_PAIR_BEAM, endings, key=lambda ending: ending[0].score + ending[2])
        return [
            self._append(hypothesis, character, score, lead=-(gbk.pairs()[character] & 0xFF))
            for hypothesis, character, score in best
        ]

    # -- extend a hypothesis by an item of each kind

    def _extend_pair(self, hypothesis: Hypothesis) -> list[Hypothesis]:
        lead, trail = self._item.pair >> 8, self._item.pair & 0xFF
        if hypothesis.lead == IN_SYNC:
            score = self._model.score(hypothesis.history, self._item.value)
            if not hypothesis.glossed and self._model.is_changed(hypothesis.pair & 0xFF, lead):
                score -= POLICY_VIOLATION_COST
            return [self._append(hypothesis, self._item.value, score)]
        if trail > 0x80:
            return self._end_character(hypothesis, lead, trail)
        if trail < 0x80:
            return [self._append_ascii(ended, chr(trail)) for ended in self._end_character(hypothesis, lead)]
        return []

    def _extend_ascii(self, hypothesis: Hypothesis) -> list[Hypothesis]:
        if hypothesis.lead == IN_SYNC:
            return [self._append_ascii(hypothesis, self._item.value)]
        reading = self._next_item.value if self._next_item.kind == "gloss" else ""
        return self._end_character(hypothesis, ord(self._item.value), unglossed=not reading, reading=reading)

    def _extend_question(self, hypothesis: Hypothesis) -> list[Hypothesis]:
        if hypothesis.lead == IN_SYNC:
            return [self._append_ascii(hypothesis, "?")]
        return [self._append_ascii(ended, GAP) for ended in self._end_character(hypothesis, ANY)]

    def _extend_last(self, hypothesis: Hypothesis) -> list[Hypothesis]:
        return self._extend_mark(hypothesis) if hypothesis.lead == IN_SYNC else self._end_character(hypothesis, ANY)

    def _extend_mark(self, hypothesis: Hypothesis) -> list[Hypothesis]:
        """Extend by the mark for a lone lead byte, as if it were the author's own mark."""
        if self._item.value in self._model.delimiter_pairs:
            return self._extend_delimiter(hypothesis)
        return self._extend_question(hypothesis) if self._item.value == "?" else self._extend_other(hypothesis)

    def _extend_delimiter(self, hypothesis: Hypothesis, orphaned: bool = False) -> list[Hypothesis]:
        """Extend by a delimiter; ``orphaned`` says that it follows the mark for a lone lead byte."""
        model, value = self._model, self._item.value
        in_sync = hypothesis.lead == IN_SYNC
        out = self._extend_question(hypothesis) if value == "?" and not in_sync and not orphaned else []
        unmarked_cost = 0.0 if orphaned or model.drops_orphans else UNMARKED_ORPHAN_COST
        for pair in model.delimiter_pairs.get(value, ()):
            first, second = pair >> 8, pair & 0xFF
            full = gbk.characters()[pair]
            if in_sync:
                if not orphaned:
                    out.append(self._append(hypothesis, full, model.score(hypothesis.history, full)))
                for character, score in model.choices(hypothesis.history, numbers_with_trail(first)):
                    if not model.is_changed(hypothesis.pair & 0xFF, gbk.pairs()[character] >> 8):
                        # The next character lies across the cut, so it can have no gloss.
                        out.append(self._append(hypothesis, character, score - unmarked_cost, second, glossed=True))
            else:
                for ended in self._end_character(hypothesis, ANY):
                    out.append(self._append(ended, full, model.score(ended.history, full) - unmarked_cost))
                if not orphaned:
                    across = self._end_character(hypothesis, first, second, unglossed=False)
                    out += [ended._replace(glossed=True) for ended in across]
        return out

    def _extend_orphan(self, hypothesis: Hypothesis) -> list[Hypothesis]:
        out = self._extend_delimiter(hypothesis, orphaned=True)
        # Or the author wrote the mark, and the delimiter is an item of its own.
        item = self._item
        self._item = Item("question", chr(item.pair), item.start, item.start + 1)
        behind_mark = self._extend_mark(hypothesis)
        self._item = Item("delimiter", item.value, item.start + 1, item.end)
        for extended in behind_mark:
            out += self._extend_delimiter(extended)
        self._item = item
        return out

    def _extend_gloss(self, hypothesis: Hypothesis) -> list[Hypothesis]:
        if hypothesis.lead < 0:
            return []
        pair = (hypothesis.pair & 0xFF) << 8 | hypothesis.lead if hypothesis.lead else hypothesis.pair
        return [hypothesis._replace(glossed=True)] if self._pair_has_reading(pair, self._item.value) else []

    def _extend_swallowed(self, hypothesis: Hypothesis) -> list[Hypothesis]:
        reading = self._item.value
        if hypothesis.lead == IN_SYNC:
            # The lead byte of the next character, which is known once its trail byte is.
            return [
                hypothesis._replace(lead=pair & 0xFF, score=hypothesis.score - cost, glossed=True)
                for pair, cost in self._pairs_with_reading(reading, [hypothesis.pair & 0xFF])
                if pair & 0xFF > 0x80
            ]
        second_gloss_cost = SECOND_GLOSS_COST if hypothesis.glossed else 0.0
        leads = [hypothesis.lead] if hypothesis.lead > 0 else gbk.unassigned()[-hypothesis.lead]
        out = []
        for pair, cost in self._pairs_with_reading(reading, leads):
            if pair & 0xFF > 0x80:
                character = gbk.characters()[pair]
                score = self._model.score(hypothesis.history, character) - cost - second_gloss_cost
                out.append(self._append(hypothesis, character, score, glossed=True))
        return out

    def _extend_other(self, hypothesis: Hypothesis) -> list[Hypothesis]:
        return [self._append_ascii(hypothesis, self._item.value)] if hypothesis.lead == IN_SYNC else []

    def _extend_end(self, hypothesis: Hypothesis) -> list[Hypothesis]:
        complete = [hypothesis] if hypothesis.lead == IN_SYNC else self._end_character(hypothesis, ANY)
        return [
            ended._replace(
                score=ended.score
                + self._model.score(ended.history, "\n")
                - (UNBALANCED_QUOTE_COST if ended.quoted else 0.0)
            )
            for ended in complete
        ]

    # -- the readings of characters

    def _has_reading(self, character: str, reading: str) -> bool:
        return self._pair_has_reading(gbk.pairs()[character], reading)

    def _pair_has_reading(self, pair: int, reading: str) -> bool:
        table_reading = self._model.glosses.get(pair)
        if table_reading is not None:
            return table_reading == reading
        character = gbk.characters().get(pair)
        return bool(character) and reading in readings(character)

    def _pairs_with_reading(self, reading: str, leads: Sequence[int]) -> list[tuple[int, float]]:
        """The pairs with this reading and one of the lead bytes ``leads``, each with the cost (nats) of choosing it."""
        in_table = [pair for pair in self._model.by_reading.get(reading, ()) if pair >> 8 in leads]
        if in_table:
            return [(pair, 0.0) for pair in in_table]
        return [new for lead in leads for new in self._model.new_glosses(reading, lead)]
