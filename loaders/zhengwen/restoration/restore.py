"""Undoes the damage: restores what a damaged text was, records every edit, and verifies the whole.

:func:`restore` is safe on any text: one that shows no damage is returned as it is.  Whether there is damage is decided
for the whole text (:mod:`zhengwen.restoration.detection`); the places where bytes were cut are restored by a search
(:mod:`zhengwen.restoration.search`); and the result is damaged again by the model
(:mod:`zhengwen.restoration.damage`), which has to give the received text.
"""

import functools
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from zhengwen.restoration import gbk, glosses
from zhengwen.restoration.candidate_count import count_candidates
from zhengwen.restoration.damage import GAP, SWALLOWED, DamagePolicy
from zhengwen.restoration.detection import DamageSigns, detect_damage, suspicious_delimiters
from zhengwen.restoration.language_model import ORDER
from zhengwen.restoration.lexer import Items, Lexer
from zhengwen.restoration.policy_inference import common_ends, infer_policy
from zhengwen.restoration.search import Candidate, is_uncut, search
from zhengwen.restoration.text_model import build_text_model
from zhengwen.restoration.tuning import (
    DOUBTFUL_MARGIN,
    MAX_COST_PER_CHARACTER,
    MAX_GAIN_OF_PLACE,
    MAX_PLACES_TRIED,
    PLAIN_TEXT,
    PROOF,
)
from zhengwen.text.align import Alignment

#: A text without a match has no such damage: the parenthesis of a gloss, or what delimiters come back as.  The pattern
#: begins with these marks because they are rarer than what stands before them.
_SUSPECT = re.compile(rf"[,!;:?(](?<=[{glosses.HANZI}”].)(?:(?<!\()|[a-zāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜü ])")
#: Removes what proves nothing: whether a run of marks was exclamation marks, or full stops that were cut.
_WITHOUT_STOPS = str.maketrans("", "", "。！")
_EXCLAMATION_MARKS_AT_END = re.compile(r"!+\Z")


class Edit(NamedTuple):
    """One thing that was undone.

    ``[start, end)`` of the received text, which reads ``received``, became ``[restored_start, restored_end)`` of the
    restored text, which reads ``restored`` and is ``data`` in GBK.  ``rule`` is ``gloss`` (removed), ``delimiter``
    (made full-width again) or ``straddle`` (bytes were cut).  ``readings`` is how many candidates of this length the
    bytes allow here at the most, ``margin`` by how many nats the chosen one is more probable than the next; ``None``
    when there is no other.
    """

    start: int
    end: int
    received: str
    restored_start: int
    restored_end: int
    restored: str
    rule: str
    data: bytes
    readings: int
    margin: float | None


@dataclass(frozen=True)
class Restoration:
    """A restored ``text``, and the grounds for it.

    ``edits`` are all differences from the received text, in order.  ``policy`` is what the site did, as inferred; it
    is empty when nothing was edited.  ``verified`` is true when the policy is not empty and damages ``text`` to exactly
    what was received; ``unexplained`` are the spans of the received text where it does not.
    """

    received: str = field(repr=False)
    text: str
    policy: DamagePolicy
    edits: tuple[Edit, ...]
    verified: bool
    unexplained: tuple[tuple[int, int], ...]

    @functools.cached_property
    def alignment(self) -> Alignment:
        """The alignment of the received text with the restored one."""
        blocks = ((edit.start, edit.end, edit.restored_start, edit.restored_end) for edit in self.edits)
        return Alignment(len(self.received), len(self.text), blocks)


def replay(received: str, edits: Iterable[Edit]) -> str:
    """The restored text, made from the received one by ``edits`` alone.

    Raises ``ValueError`` when an edit does not fit the text.

    >>> restoration = restore("經(jīng)濟發(fā)展,產(chǎn)業(yè)升級")
    >>> replay("經(jīng)濟發(fā)展,產(chǎn)業(yè)升級", restoration.edits) == restoration.text
    True
    """
    pieces, copied = [], 0
    for edit in edits:
        if received[edit.start : edit.end] != edit.received or edit.start < copied:
            raise ValueError(f"[{edit.start}, {edit.end}) of the text is not {edit.received!r}")
        pieces += (received[copied : edit.start], edit.restored)
        copied = edit.end
    return "".join((*pieces, received[copied:]))


def restore(text: str) -> Restoration:
    """Undo the damage of a content farm to ``text``; a text without such damage is returned as it is.

    The text is taken for one document: what its site did is inferred from all of it.

    >>> restoration = restore("具備快速規(guī);a(chǎn)和市場應(yīng)用的能力")
    >>> restoration.text, restoration.verified
    ('具備快速規模化生產和市場應用的能力', True)
    >>> restore("「重」(chóng)是多音字").text
    '「重」(chóng)是多音字'
    """
    return _restore_damaged(text) or Restoration(text, text, DamagePolicy({}, {}), (), False, ())


def restore_each(texts: Iterable[str]) -> list[Restoration | None]:
    """The restoration of each of ``texts``, each a document of its own; ``None`` for one that is left as it is.

    >>> restorations = restore_each(["经济发展", "經(jīng)濟發(fā)展,產(chǎn)業(yè)升級"])
    >>> [restoration and restoration.text for restoration in restorations]
    [None, '經濟發展，產業升級']
    """
    return list(map(_restore_damaged, texts))


def _restore_damaged(text: str) -> Restoration | None:
    """The restoration of ``text``; ``None`` when it shows no damage."""
    if not _SUSPECT.search(text) or (signs := detect_damage(text)) is None:
        return None
    if not signs.sure and not (offsets := suspicious_delimiters(text, signs)):
        return None
    restorer = _DocumentRestorer(text, signs)
    if not signs.sure and not restorer.proves_damage(offsets):
        return None
    return restorer.run()


class _DocumentRestorer:
    """Restores one text, given what it shows of the damage."""

    def __init__(self, text: str, signs: DamageSigns):
        self.received = text
        self.signs = signs
        #: The readings of glossed characters; lines that are restored add to it.
        self.table = dict(signs.glosses.table)
        #: The full-width form of each ASCII delimiter.
        self.fulls = {ascii_form: full for full, ascii_form in signs.delimiters.items()}
        self.lexer = Lexer(self.fulls, signs.glosses.form, signs.orphan)
        #: What may be edited, and the quotation marks; all other characters of a line are copied.
        self.special = re.compile(f"[(?\N{REPLACEMENT CHARACTER}{re.escape(''.join(self.fulls))}“”]")
        self.model = build_text_model(text, signs)

    def proves_damage(self, offsets: list[int]) -> bool:
        """Whether what stands behind the delimiters at ``offsets`` is much more probable as cut text than as it is."""
        gain = 0.0
        for offset in offsets[:MAX_PLACES_TRIED]:
            line_start = self.received.rfind("\n", 0, offset) + 1
            line_end = self.received.find("\n", offset)
            line = self.received[line_start : line_end if line_end >= 0 else None]
            items = Items(line, self.lexer, offset - line_start)
            before = self.received[max(offset - ORDER, line_start) : offset]
            candidates = search(items, self.model, before, quoted=False)
            if not candidates or -candidates[0].score > MAX_COST_PER_CHARACTER * len(candidates[0].text):
                continue
            best = candidates[0]
            uncut = self.model.uncut(items, best.until)
            if best.text.translate(_WITHOUT_STOPS) != uncut.translate(_WITHOUT_STOPS):
                uncut_score = next(
                    (candidate.score for candidate in candidates if candidate.text == uncut),
                    best.score - MAX_GAIN_OF_PLACE,
                )
                gain += min(best.score - uncut_score, MAX_GAIN_OF_PLACE)
            if gain >= PROOF:
                return True
        return False

    def run(self) -> Restoration | None:
        """The restoration; ``None`` when nothing had to be edited."""
        self.model.learn(self.received)
        received_lines = self.received.split("\n")
        lines = [_LineRestorer(self, line).run() for line in received_lines]
        doubtful = [index for index, line in enumerate(lines) if line.margin < DOUBTFUL_MARGIN]
        if doubtful:
            # The document as it has now been restored helps to decide its doubtful places.
            self.model.learn("\n".join(line.text for line in lines))
            for index in doubtful:
                lines[index] = _LineRestorer(self, received_lines[index]).run()
        edits: list[Edit] = []
        start = restored_start = 0
        for received, line in zip(received_lines, lines, strict=True):
            edits += [
                edit._replace(
                    start=edit.start + start,
                    end=edit.end + start,
                    restored_start=edit.restored_start + restored_start,
                    restored_end=edit.restored_end + restored_start,
                )
                for edit in line.edits
            ]
            start += len(received) + 1
            restored_start += len(line.text) + 1
        if not edits:
            return None
        texts = [line.text for line in lines]
        draft = DamagePolicy(
            {character: reading for character, reading in self.table.items() if character in gbk.pairs()},
            self.signs.delimiters,
            self.signs.glosses.form if self.table else "({})",
            self.signs.orphan,
        )
        policy, unexplained = infer_policy(self.received, texts, draft)
        return Restoration(self.received, "\n".join(texts), policy, tuple(edits), not unexplained, tuple(unexplained))


class _RestoredLine(NamedTuple):
    """A line restored: its ``edits``, with offsets in the line, and the smallest ``margin`` of a place of it (nats)."""

    text: str
    edits: list[Edit]
    margin: float


class _LineRestorer:
    """Restores one line of a document."""

    def __init__(self, document: _DocumentRestorer, line: str):
        self._document, self._model, self._line = document, document.model, line
        self._pieces: list[str] = []
        self._edits: list[Edit] = []
        self._margin = math.inf
        #: The last characters that were restored, how many there are in all, and whether a quotation is open.
        self._tail, self._length, self._quoted = "", 0, False

    def run(self) -> _RestoredLine:
        offset = 0
        while match := self._document.special.search(self._line, offset):
            start = match.start()
            self._put(self._line[offset:start])
            offset = self._restore_at(start)
        self._put(self._line[offset:])
        return _RestoredLine("".join(self._pieces), self._edits, self._margin)

    def _restore_at(self, start: int) -> int:
        """Restore what begins at the offset ``start``, and return the offset where that ends."""
        if self._line[start] in "“”":
            self._quoted = self._line[start] == "“"
            self._put(self._line[start])
            return start + 1
        items = Items(self._line, self._document.lexer, start)
        item = items[0]
        if item.kind == "gloss" and self._is_gloss(item.value):
            self._edit(start, item.end, "", "gloss")
            if not self._tail[-1].isascii():
                self._document.table.setdefault(self._tail[-1], item.value)
            return item.end
        if item.kind in ("gloss", "question") or self._was_ascii(items):
            self._put(self._line[start])
            return start + 1
        if item.kind == "delimiter" and self._needs_no_search(items):
            if _EXCLAMATION_MARKS_AT_END.match(self._line, start):
                # They may be full stops that were cut; the rest of the document decides it.
                self._margin = 0.0
            full = self._document.fulls[item.value]
            self._edit(start, item.end, full, "delimiter")
            self._put(full)
            return item.end
        candidates = search(items, self._model, self._tail, self._quoted)
        if not candidates:
            self._put(self._line[start : item.end])
            return item.end
        return self._take_best(candidates, items)

    def _take_best(self, candidates: list[Candidate], items: Items) -> int:
        """Restore ``items`` as the best of ``candidates``, and return the offset where that ends."""
        best = candidates[0]
        start, end = items[0].start, items[best.until - 1].end
        other_scores = [candidate.score for candidate in candidates if candidate.text != best.text]
        margin = round(best.score - other_scores[0], 4) if other_scores else None
        if margin is not None:
            self._margin = min(self._margin, margin)
        if best.text == self._model.uncut(items, best.until):
            self._edit_uncut(items, best.until)
        else:
            prefix, suffix = common_ends(self._line[start:end], best.text)
            suffix_start = len(best.text) - suffix
            middle = best.text[prefix:suffix_start]
            self._extend_table(best, items)
            self._put(best.text[:prefix])
            count = count_candidates(items, best.until, self._model, len(best.text))
            self._edit(start + prefix, end - suffix, middle, "straddle", count, margin)
            self._put(middle)
            self._put(best.text[suffix_start:])
        for character in best.text:
            if character in "“”":
                self._quoted = character == "“"
        return end

    def _edit_uncut(self, items: Items, until: int) -> None:
        """Edit the first ``until`` items, at which no bytes were cut."""
        for index in range(until):
            item = items[index]
            text = self._model.uncut_item(item)
            if item.kind == "gloss":
                self._edit(item.start, item.end, "", "gloss")
            elif item.kind in ("delimiter", "orphan", "last") and text != item.value:
                self._edit(item.start, item.end, text, "delimiter")
            self._put(text)

    def _put(self, text: str) -> None:
        self._pieces.append(text)
        self._tail = (self._tail + text)[-ORDER:]
        self._length += len(text)

    def _edit(
        self, start: int, end: int, restored: str, rule: str, count: int | None = None, margin: float | None = None
    ) -> None:
        """Record an edit, before ``restored`` is put; ``count`` is that of the candidates."""
        if count is None:
            # A gloss is removed; a delimiter may have been ASCII or full-width.
            count = 1 if rule == "gloss" else 2
        received, restored_end = self._line[start:end], self._length + len(restored)
        self._edits.append(
            Edit(start, end, received, self._length, restored_end, restored, rule, _to_gbk(restored), count, margin)
        )

    def _extend_table(self, best: Candidate, items: Items) -> None:
        """Add the characters that were glossed across others to the table, as the restored bytes show them."""
        table = self._document.table
        data = _to_gbk(self._tail[-1:] + best.text)
        pairs = (data[offset] << 8 | data[offset + 1] for offset in range(len(data) - 1))
        characters = [gbk.characters()[pair] for pair in pairs if pair in gbk.characters()]
        for index in range(best.until):
            item = items[index]
            if item.kind in ("swallowed", "gloss"):
                glossed = [character for character in characters if item.value in glosses.readings(character)]
                if glossed and not any(glosses.plain(table.get(character, "")) == item.value for character in glossed):
                    table[max(glossed, key=lambda character: self._model.score("", character))] = item.value

    def _is_gloss(self, reading: str) -> bool:
        """Whether a gloss with this ``reading`` belongs to what was restored before it."""
        character = self._tail[-1:]
        if not character:
            return False
        if character.isascii():
            # The second byte of one character and an ASCII letter may make another.
            pair = (gbk.pairs().get(self._tail[-2:-1], 0) & 0xFF) << 8 | ord(character)
            character = gbk.characters().get(pair, "")
            return bool(character) and reading in glosses.readings(character)
        in_table = glosses.plain(self._document.table.get(character, "")) == reading
        return in_table or reading in glosses.readings(character)

    def _was_ascii(self, items: Items) -> bool:
        """Whether a delimiter was ASCII before the damage: in a number, in a Latin phrase, before a space."""
        if items[0].kind != "delimiter":
            return False
        before, next_item = self._tail[-1:], items[1]
        if next_item.kind == "ascii" and next_item.value == " ":
            return before.isascii()
        return before.isascii() and before.isalnum() and next_item.kind == "ascii" and next_item.value.isalnum()

    def _needs_no_search(self, items: Items) -> bool:
        """Whether what follows a delimiter is so plain that no bytes were cut there."""
        delimiter = items[0]
        run = 1
        while items[run][:2] == delimiter[:2]:
            run += 1
        full = self._document.fulls[delimiter.value]
        if items[run].kind == "end":
            # A run of exclamation marks may be a run of full stops that was cut.
            if delimiter.value == "!" and self._model.has_dot_runs:
                return False
            return run > 1 or self._tail[-1:] == full
        first, second, third = items[run], items[run + 1], items[run + 2]
        if first.kind != "pair" or second.kind != "pair":
            return False
        simplify, language = self._model.simplify, self._model.language
        opening = simplify.get(first.value, first.value)
        bigram = opening + simplify.get(second.value, second.value)
        if language.knows(bigram) and language.score(full + opening) + language.score(full + bigram) > PLAIN_TEXT:
            if third.kind != "pair":
                return True
            if language.score(bigram + simplify.get(third.value, third.value)) > PLAIN_TEXT:
                return True
        return run == 1 and is_uncut(items, self._model, self._tail)


def _to_gbk(text: str) -> bytes:
    """``text`` in GBK, with a gap as the byte that is swallowed; a character that is not in GBK has no bytes."""
    encodable = (
        character
        for character in text.replace(GAP, SWALLOWED.decode())
        if character.isascii() or character in gbk.pairs()
    )
    return "".join(encodable).encode("gbk")
