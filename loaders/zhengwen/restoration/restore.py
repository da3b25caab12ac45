"""The damage undone: what a damaged text was, every edit explained, the whole verified.

:func:`restore` is safe on any text: one that shows no damage is given back as it is.  What damage there is, is told
from the whole text (:mod:`zhengwen.restoration.diagnose`); the places where bytes were cut are read by a search
(:mod:`zhengwen.restoration.lattice`); and what comes out is damaged again by the model
(:mod:`zhengwen.restoration.damage`), which must give the text that came in.
"""

import functools
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from zhengwen.restoration import gbk, glosses
from zhengwen.restoration.damage import GAP, SWALLOWED, DamagePolicy
from zhengwen.restoration.diagnose import Diagnosis, diagnose, suspicious
from zhengwen.restoration.explain import common, explain
from zhengwen.restoration.items import Line, Marks
from zhengwen.restoration.lattice import out_of_reach, search
from zhengwen.restoration.readings import count_readings
from zhengwen.restoration.site import site_of
from zhengwen.text.align import Alignment

#: Without these no text of this family is damaged: the parenthesis of a gloss, and what delimiters come back as.
#: Begun from the marks, which are rarer than what stands before them.
_SUSPECT = re.compile(rf"[,!;:?(](?<=[{glosses.HANZI}”].)(?:(?<!\()|[a-zāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜü ])")
#: What a search must gain over the plain reading to show damage in a text without glosses (nats).
_PROOF = 8.0
#: The most that one place may gain, and at how many places it is tried.
_CLEAR, _TRIED = 20.0, 40
#: A reading that costs more than this a character is no Chinese either, and proves nothing: what is there was garbled
#: in another way.
_LIKELY = 7.0
#: Two characters behind a delimiter, and the third behind them, are plain when they are more probable than this.
_PLAIN = -13.0
#: Whether a run of marks was one of exclamation marks or of full stops that were cut, is no proof either.
_NO_STOPS = str.maketrans("", "", "。！")
_LAST_MARKS = re.compile(r"!+\Z")
#: A place with a smaller margin (nats) is read again, when the rest of the document has been read.
_DOUBT = 6.0


class Edit(NamedTuple):
    """One thing that was undone.

    ``[start, end)`` of the received text, which reads ``received``, became ``[restored_start, restored_end)`` of the
    restored text, which reads ``restored`` and is ``data`` in GBK.  ``rule`` is ``gloss`` (taken out), ``delimiter``
    (full-width again) or ``straddle`` (bytes were cut).  ``readings`` is how many texts of this length the bytes
    allow here at the most, ``margin`` by how much (in nats) the one that was chosen is more probable than the next;
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
    """A restored ``text``, and why it should be believed.

    ``edits`` are all differences from the received text, in order.  ``policy`` is what the site did, as inferred; it
    is empty when nothing was.  ``verified`` is true when the policy is not empty and damages ``text`` to exactly what
    was received; ``unexplained`` are the spans of the received text where it does not.
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
        blocks = ((one.start, one.end, one.restored_start, one.restored_end) for one in self.edits)
        return Alignment(len(self.received), len(self.text), blocks)


def replay(received: str, edits: Iterable[Edit]) -> str:
    """The restored text, made from the received one by ``edits`` alone.

    Raises ``ValueError`` when an edit does not fit the text.

    >>> made = restore("經(jīng)濟發(fā)展,產(chǎn)業(yè)升級")
    >>> replay("經(jīng)濟發(fā)展,產(chǎn)業(yè)升級", made.edits) == made.text
    True
    """
    pieces, place = [], 0
    for edit in edits:
        if received[edit.start : edit.end] != edit.received or edit.start < place:
            raise ValueError(f"[{edit.start}, {edit.end}) of the text is not {edit.received!r}")
        pieces += (received[place : edit.start], edit.restored)
        place = edit.end
    return "".join((*pieces, received[place:]))


def restore(text: str) -> Restoration:
    """Undo the damage of a content farm to ``text``; a text without such damage is given back as it is.

    The text is taken for one document: what its site did is inferred from all of it.

    >>> made = restore("具備快速規(guī);a(chǎn)和市場應(yīng)用的能力")
    >>> made.text, made.verified
    ('具備快速規模化生產和市場應用的能力', True)
    >>> restore("「重」(chóng)是多音字").text
    '「重」(chóng)是多音字'
    """
    return _restored(text) or Restoration(text, text, DamagePolicy({}, {}), (), False, ())


def restore_each(texts: Iterable[str]) -> list[Restoration | None]:
    """What :func:`restore` makes of each of ``texts``, each a document; ``None`` for one that is given back as it is.

    >>> [made and made.text for made in restore_each(["经济发展", "經(jīng)濟發(fā)展,產(chǎn)業(yè)升級"])]
    [None, '經濟發展，產業升級']
    """
    return list(map(_restored, texts))


def _restored(text: str) -> Restoration | None:
    if not _SUSPECT.search(text) or (found := diagnose(text)) is None:
        return None
    if not found.sure and not (garbled := suspicious(text, found)):
        return None
    restorer = _Restorer(text, found)
    if not found.sure and not restorer.proves(garbled):
        return None
    return restorer.run()


class _Line(NamedTuple):
    """A received line restored: its edits, and the least margin of a place that was searched."""

    received: str
    text: str
    edits: list[Edit]
    margin: float


class _Restorer:
    """Restores one text by what was found out about it."""

    def __init__(self, text: str, diagnosis: Diagnosis):
        self.received = text
        self.diagnosis = diagnosis
        self.table = dict(diagnosis.glosses.table)
        self.full = {ascii_form: full for full, ascii_form in diagnosis.delimiters.items()}
        self.marks = Marks(self.full, diagnosis.glosses.form, diagnosis.orphan)
        self.special = re.compile(f"[(?\N{REPLACEMENT CHARACTER}{re.escape(''.join(self.full))}“”]")
        self.site = site_of(text, diagnosis)
        self.edits: list[Edit] = []

    def proves(self, places: list[int]) -> bool:
        """Whether what stands behind the delimiters at ``places`` is much more probable as cut text than as it is."""
        gain = 0.0
        for place in places[:_TRIED]:
            begin = self.received.rfind("\n", 0, place) + 1
            end = self.received.find("\n", place)
            line = Line(self.received[begin : end if end >= 0 else None], self.marks, place - begin)
            found = search(line, self.site, self.received[max(place - 4, begin) : place], quoted=False)
            if not found or -found[0].score > _LIKELY * len(found[0].text):
                continue
            plain = self.site.as_is(line, found[0].until)
            if found[0].text.translate(_NO_STOPS) != plain.translate(_NO_STOPS):
                as_is = next((one.score for one in found if one.text == plain), found[0].score - _CLEAR)
                gain += min(found[0].score - as_is, _CLEAR)
            if gain >= _PROOF:
                return True
        return False

    def run(self) -> Restoration | None:
        self.site.learn(self.received)
        lines = [self._line(line) for line in self.received.split("\n")]
        doubtful = [number for number, line in enumerate(lines) if line.margin < _DOUBT]
        if doubtful:
            # What the first reading made of the document tells what its doubtful places are.
            self.site.learn("\n".join(line.text for line in lines))
            received = self.received.split("\n")
            for number in doubtful:
                lines[number] = self._line(received[number])
        place = made = 0
        for line in lines:
            self.edits += [
                edit._replace(
                    start=edit.start + place,
                    end=edit.end + place,
                    restored_start=edit.restored_start + made,
                    restored_end=edit.restored_end + made,
                )
                for edit in line.edits
            ]
            place += len(line.received) + 1
            made += len(line.text) + 1
        if not self.edits:
            return None
        texts = [line.text for line in lines]
        draft = DamagePolicy(
            {one: reading for one, reading in self.table.items() if one in gbk.pairs()},
            self.diagnosis.delimiters,
            self.diagnosis.glosses.form if self.table else "({})",
            self.diagnosis.orphan,
        )
        policy, unexplained = explain(self.received, texts, draft)
        return Restoration(
            self.received, "\n".join(texts), policy, tuple(self.edits), not unexplained, tuple(unexplained)
        )

    # -- a line

    def _line(self, line: str) -> _Line:
        """``line`` restored; its edits count in the line."""
        out: list[str] = []
        edits: list[Edit] = []
        least = math.inf
        tail, length, quoted, at = "", 0, False, 0

        def put(text: str) -> None:
            nonlocal tail, length
            out.append(text)
            tail = (tail + text)[-4:]
            length += len(text)

        def edit(start: int, end: int, restored: str, rule: str, readings: int, margin: float | None) -> None:
            edits.append(
                Edit(
                    start,
                    end,
                    line[start:end],
                    length,
                    length + len(restored),
                    restored,
                    rule,
                    _bytes(restored),
                    readings,
                    margin,
                )
            )

        while found := self.special.search(line, at):
            start = found.start()
            put(line[at:start])
            at = start
            if line[at] in "“”":
                quoted = line[at] == "“"
                put(line[at])
                at += 1
                continue
            items = Line(line, self.marks, at)
            item = items[0]
            if item.kind == "gloss" and self._is_gloss(tail, item.value):
                edit(at, item.end, "", "gloss", 1, None)
                if not tail[-1].isascii():
                    self.table.setdefault(tail[-1], item.value)
                at = item.end
                continue
            if item.kind in ("gloss", "question") or self._stays(items, tail):
                put(line[at])
                at += 1
                continue
            if item.kind == "delimiter" and self._is_plain(items, tail):
                full = self.full[item.value]
                if _LAST_MARKS.match(line, at):
                    # Whether these are full stops, cut, is told by the rest of the document.
                    least = 0.0
                edit(at, item.end, full, "delimiter", 2, None)
                put(full)
                at = item.end
                continue
            readings = search(items, self.site, tail, quoted)
            if not readings:
                put(line[at : item.end])
                at = item.end
                continue
            best = readings[0]
            end = items[best.until - 1].end
            plain = self.site.as_is(items, best.until)
            others = [one.score for one in readings if one.text != best.text]
            margin = round(best.score - others[0], 4) if others else None
            if margin is not None:
                least = min(least, margin)
            if best.text == plain:
                self._plainly(items, best.until, put, edit)
            else:
                first, last = common(line[at:end], best.text)
                before = tail
                put(best.text[:first])
                middle = best.text[first : len(best.text) - last]
                number = count_readings(items, best.until, self.site, len(best.text))
                edit(at + first, end - last, middle, "straddle", number, margin)
                put(middle)
                self._learn(before, best.text, items, best.until)
                put(best.text[len(best.text) - last :])
            for character in best.text:
                if character in "“”":
                    quoted = character == "“"
            at = end
        put(line[at:])
        return _Line(line, "".join(out), edits, least)

    def _learn(self, before: str, restored: str, items: Line, until: int) -> None:
        """Add the characters that were glossed across others to the table, as the restored bytes show them."""
        data = _bytes(before[-1:] + restored)
        there = [gbk.characters().get(data[at] << 8 | data[at + 1]) for at in range(len(data) - 1)]
        for at in range(until):
            item = items[at]
            if item.kind in ("swallowed", "gloss"):
                read = [one for one in there if one and item.value in glosses.readings(one)]
                if read and not any(glosses.plain(self.table.get(one, "")) == item.value for one in read):
                    self.table[max(read, key=lambda one: self.site.score("", one))] = item.value

    def _is_gloss(self, tail: str, reading: str) -> bool:
        character = tail[-1:]
        if not character:
            return False
        if character.isascii():
            # The second byte of one character and an ASCII letter may make another.
            pair = (gbk.pairs().get(tail[-2:-1], 0) & 0xFF) << 8 | ord(character)
            character = gbk.characters().get(pair, "")
            return bool(character) and reading in glosses.readings(character)
        return glosses.plain(self.table.get(character, "")) == reading or reading in glosses.readings(character)

    def _stays(self, items: Line, tail: str) -> bool:
        """Whether a delimiter was ASCII before: in a number, in a Latin phrase, before a space."""
        if items[0].kind != "delimiter":
            return False
        after = items[1]
        if after.kind == "ascii" and after.value == " ":
            return tail[-1:].isascii()
        return tail[-1:].isascii() and tail[-1:].isalnum() and after.kind == "ascii" and after.value.isalnum()

    def _is_plain(self, items: Line, tail: str) -> bool:
        """Whether what follows a delimiter is so plain that nothing need be searched for."""
        at = 1
        while items[at][:2] == items[0][:2]:
            at += 1
        if items[at].kind == "end":
            # A run of exclamation marks may be one of full stops, cut.
            return not (items[0].value == "!" and self.site.dotted) and (
                at > 1 or tail[-1:] == self.full[items[0].value]
            )
        one, two = items[at], items[at + 1]
        if one.kind != "pair" or two.kind != "pair":
            return False
        simplify, model = self.site.simplify, self.site.model
        first = simplify.get(one.value, one.value)
        both = first + simplify.get(two.value, two.value)
        full = self.full[items[0].value]
        if model.knows(both) and model.score(full + first) + model.score(full + both) > _PLAIN:
            three = items[at + 2]
            if three.kind != "pair" or model.score(both + simplify.get(three.value, three.value)) > _PLAIN:
                return True
        return at == 1 and out_of_reach(items, self.site, tail)

    def _plainly(self, items: Line, until: int, put, edit) -> None:
        for at in range(until):
            item = items[at]
            text = self.site.written(item)
            if item.kind == "gloss":
                edit(item.start, item.end, "", "gloss", 1, None)
            elif item.kind in ("delimiter", "orphan", "last") and text != item.value:
                edit(item.start, item.end, text, "delimiter", 2, None)
            put(text)


def _bytes(text: str) -> bytes:
    """``text`` in GBK, a gap as a byte that is swallowed; a character that GBK does not have has no bytes."""
    known = (one for one in text.replace(GAP, SWALLOWED.decode()) if one.isascii() or one in gbk.pairs())
    return "".join(known).encode("gbk")
