"""Undoes the damage: restores a damaged text, records every edit, and verifies the whole.

:func:`restore` is safe on any text: one without signs of damage is returned unchanged.  Whether there is damage is
decided for the whole text (:mod:`zhengwen.restoration.detection`); the places where bytes were cut are restored by a
search (:mod:`zhengwen.restoration.search`); and the result is damaged again by the model
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

#: The parenthesis of a gloss, or an ASCII delimiter, after Chinese; a text without a match is not damaged.  The pattern
#: begins with these marks because they are rarer than the Chinese characters before them, which makes it fast.
_SUSPECT = re.compile(rf"[,!;:?(](?<=[{glosses.HANZI}”].)(?:(?<!\()|[a-zāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜü ])")
#: Removes the marks that prove nothing: exclamation marks may be the author's own, or full stops that were cut.
_WITHOUT_STOPS = str.maketrans("", "", "。！")
_EXCLAMATION_MARKS_AT_END = re.compile(r"(?<!!)!+\Z")


class Edit(NamedTuple):
    """One change that undoes damage.

    The span ``[start, end)`` of the received text, which is ``received``, became ``[restored_start, restored_end)`` of
    the restored text, which is ``restored``, and ``data`` in GBK.  ``rule`` is ``gloss`` (removed), ``delimiter`` (made
    full-width again) or ``straddle`` (bytes were cut).  ``readings`` is an upper bound on the number of candidates of
    this length that the bytes allow; ``margin`` is by how many nats the chosen one is more probable than the next, or
    ``None`` when there is no other.
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
    """A restored ``text``, and the evidence for it.

    ``edits`` are all differences from the received text, in order.  ``policy`` is what the site did, as inferred; it
    is empty when nothing was edited.  ``verified`` is true when the policy is not empty and turns ``text`` into exactly
    the received text; ``unexplained`` are the spans of the received text where it does not.
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
            raise ValueError(
                f"the edit at [{edit.start}, {edit.end}) does not fit: the text there is not {edit.received!r}, "
                "or the edit overlaps the one before it"
            )
        pieces += (received[copied : edit.start], edit.restored)
        copied = edit.end
    return "".join((*pieces, received[copied:]))


def restore(text: str) -> Restoration:
    """Undo the damage of a content farm to ``text``; a text without such damage is returned unchanged.

    The text is treated as one document: what the site did is inferred from all of it.

    >>> restoration = restore("具備快速規(guī);a(chǎn)和市場應(yīng)用的能力")
    >>> restoration.text, restoration.verified
    ('具備快速規模化生產和市場應用的能力', True)
    >>> restore("「重」(chóng)是多音字").text
    '「重」(chóng)是多音字'
    """
    return _restore_damaged(text) or Restoration(text, text, DamagePolicy({}, {}), (), False, ())


def restore_each(texts: Iterable[str]) -> list[Restoration | None]:
    """The restoration of each of ``texts``, each treated as one document; ``None`` for one that is left unchanged.

    >>> restorations = restore_each(["经济发展", "經(jīng)濟發(fā)展,產(chǎn)業(yè)升級"])
    >>> [restoration and restoration.text for restoration in restorations]
    [None, '經濟發展，產業升級']
    """
    return list(map(_restore_damaged, texts))


def _restore_damaged(text: str) -> Restoration | None:
    """The restoration of ``text``; ``None`` when it shows no damage, or nothing had to be edited."""
    if not _SUSPECT.search(text) or (signs := detect_damage(text)) is None:
        return None
    if not signs.sure and not (offsets := suspicious_delimiters(text, signs)):
        return None
    restorer = _DocumentRestorer(text, signs)
    if not signs.sure and not restorer.proves_damage(offsets):
        return None
    return restorer.run()


class _DocumentRestorer:
    """Restores one text, given the signs of damage in it."""

    def __init__(self, text: str, signs: DamageSigns):
        self.received = text
        self.signs = signs
        #: The reading of each glossed character; restored lines add to it.
        self.table = dict(signs.glosses.table)
        #: The full-width form of each ASCII delimiter.
        self.full_forms = {ascii_form: full for full, ascii_form in signs.delimiters.items()}
        self.lexer = Lexer(self.full_forms, signs.glosses.form, signs.orphan)
        #: The characters at which an edit may begin, and the quotation marks; all others are copied.
        self.special = re.compile(f"[(?\N{REPLACEMENT CHARACTER}{re.escape(''.join(self.full_forms))}“”]")
        self.model = build_text_model(text, signs)

    def proves_damage(self, offsets: list[int]) -> bool:
        """Whether what follows the delimiters at ``offsets`` is much more probable as cut text than as it stands."""
        gain = 0.0  # of log-probability, in nats
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
            # What has been restored of the document now helps to decide its doubtful places.
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
    """A restored line: its ``edits``, with offsets in the line, and the smallest ``margin`` (nats) of its places."""

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
        #: The end of what has been restored, the length of it all, and whether a quotation is open there.
        self._tail, self._length, self._quoted = "", 0, False

    def run(self) -> _RestoredLine:
        offset = 0
        while match := self._document.special.search(self._line, offset):
            start = match.start()
            self._append(self._line[offset:start])
            offset = self._restore_at(start)
        self._append(self._line[offset:])
        return _RestoredLine("".join(self._pieces), self._edits, self._margin)

    def _restore_at(self, start: int) -> int:
        """Restore what begins at the offset ``start``, and return the offset where that ends."""
        if self._line[start] in "“”":
            self._quoted = self._line[start] == "“"
            self._append(self._line[start])
            return start + 1
        items = Items(self._line, self._document.lexer, start)
        item = items[0]
        if item.kind == "gloss" and self._is_gloss(item.value):
            self._edit(start, item.end, "", "gloss")
            if not self._tail[-1].isascii():
                self._document.table.setdefault(self._tail[-1], item.value)
            return item.end
        if item.kind in ("gloss", "question") or self._was_ascii(items):
            self._append(self._line[start])
            return start + 1
        if item.kind == "delimiter" and self._needs_no_search(items):
            if _EXCLAMATION_MARKS_AT_END.match(self._line, start):
                # They may be full stops that were cut: decided once the rest of the document is restored.
                self._margin = 0.0
            full = self._document.full_forms[item.value]
            self._edit(start, item.end, full, "delimiter")
            self._append(full)
            return item.end
        candidates = search(items, self._model, self._tail, self._quoted)
        if not candidates:
            self._append(self._line[start : item.end])
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
            self._append(best.text[:prefix])
            count = count_candidates(items, best.until, self._model, len(best.text))
            self._edit(start + prefix, end - suffix, middle, "straddle", count, margin)
            self._append(middle)
            self._append(best.text[suffix_start:])
        for character in best.text:
            if character in "“”":
                self._quoted = character == "“"
        return end

    def _edit_uncut(self, items: Items, until: int) -> None:
        """Restore the first ``until`` items, in which no bytes were cut."""
        for index in range(until):
            item = items[index]
            text = self._model.uncut_item(item)
            if item.kind == "gloss":
                self._edit(item.start, item.end, "", "gloss")
            elif item.kind in ("delimiter", "orphan", "last") and text != item.value:
                self._edit(item.start, item.end, text, "delimiter")
            self._append(text)

    def _append(self, text: str) -> None:
        """Append ``text`` to the restored line."""
        self._pieces.append(text)
        self._tail = (self._tail + text)[-ORDER:]
        self._length += len(text)

    def _edit(
        self, start: int, end: int, restored: str, rule: str, count: int | None = None, margin: float | None = None
    ) -> None:
        """Record an edit, before ``restored`` is appended; ``count`` is the number of candidates."""
        if count is None:
            # A gloss is removed; a delimiter may have been ASCII or full-width.
            count = 1 if rule == "gloss" else 2
        received, restored_end = self._line[start:end], self._length + len(restored)
        self._edits.append(
            Edit(start, end, received, self._length, restored_end, restored, rule, _to_gbk(restored), count, margin)
        )

    def _extend_table(self, best: Candidate, items: Items) -> None:
        """Add to the table the characters whose bytes were glossed although they belong to two others, as restored."""
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
            # The second byte of a character and an ASCII letter may make another character.
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
        """Whether a delimiter is followed by such ordinary text that no bytes can have been cut there."""
        delimiter = items[0]
        run = 1
        while items[run][:2] == delimiter[:2]:
            run += 1
        full = self._document.full_forms[delimiter.value]
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
    """``text`` in GBK, with a swallowed byte for each gap; characters that are not in GBK are left out."""
    encodable = (
        character
        for character in text.replace(GAP, SWALLOWED.decode())
        if character.isascii() or character in gbk.pairs()
    )
    return "".join(encodable).encode("gbk")
