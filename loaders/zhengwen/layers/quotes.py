"""Quotations: what somebody is quoted with, the verb of saying, and who speaks."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from zhengwen.annotation import Annotation, Group, Matching, group_records
from zhengwen.document import Document, Paragraph, Passage, placed, words_in
from zhengwen.findings import Finding, rule
from zhengwen.layers.base import (
    F1,
    Alpha,
    CheckContext,
    Comparison,
    Drafting,
    IdForm,
    Item,
    Note,
    Overlaps,
    Row,
    Sets,
    Task,
    context_of,
    label_at_each_character,
    placed_in,
    rows_by_document,
)
from zhengwen.layers.entities import DUPLICATE_SPAN
from zhengwen.records import Record, TextSpan
from zhengwen.schema import Schema

TITLE = "quotations"


# The record and the object.


@dataclass(frozen=True)
class QuoteRecord(Record):
    """A quotation: ``content`` is its fragments, in the order of the text; ``speaker`` is the id of a cluster."""

    id: str
    kind: str
    content: tuple[TextSpan, ...]
    cue: TextSpan | None
    source: TextSpan | None
    speaker: str
    implicit_source: bool

    @property
    def hull(self) -> tuple[int, int]:
        """The span from the start of the first fragment to the end of the last."""
        return self.content[0].start, self.content[-1].end

    def order(self) -> tuple:
        return (*self.hull, self.id)


RECORD = QuoteRecord


@dataclass(frozen=True, eq=False)
class Quote(Passage):
    """A quotation, from its first fragment to its last; ``cue`` and ``source`` are ``None`` when not expressed."""

    id: str
    kind: str
    content: tuple[Passage, ...]
    cue: Passage | None
    source: Passage | None
    speaker: Any
    implicit_source: bool

    def parts(self) -> list[tuple[str, int, Passage]]:
        """Every part as ``(name, number, passage)``, in the order of the text.

        ``name`` is ``content``, ``cue`` or ``source``; ``number`` is that of the fragment, from 0.
        """
        parts = [("content", number, passage) for number, passage in enumerate(self.content)]
        parts += [(name, 0, passage) for name, passage in (("cue", self.cue), ("source", self.source)) if passage]
        return sorted(parts, key=lambda part: part[2].start)


def objects(document: Document) -> list[Quote]:
    """The quotations, in the order of the text."""
    return [
        Quote(
            document,
            *record.hull,
            record.id,
            record.kind,
            tuple(document.passage_of(fragment) for fragment in record.content),
            document.passage_of(record.cue),
            document.passage_of(record.source),
            document.object_with_id("clusters", record.speaker),
            record.implicit_source,
        )
        for record in document.gold["quotes"]
    ]


# Ids, references, matching.

ID = IdForm("q", 2)
REFERENCES = {"speaker": ("clusters",)}
NEEDS = ("clusters",)  # the speakers


def key(annotation: Annotation, record: QuoteRecord, matching: Matching) -> tuple:
    """Quotations of two annotators are the same when they are in one group; the key is the hull of its first member."""
    return hull_of_group(matching, annotation.name, record.id)


def hull_of_group(matching: Matching, annotator: str, id: str) -> tuple[int, int] | None:
    """The hull of the first member of the group of a quotation; ``None`` if there is no such quotation."""
    group = matching.group("quotes", annotator, id)
    return next(iter(group.values())).hull if group else None


def _content_key(record: Mapping[str, Any]) -> tuple:
    return tuple((fragment["start"], fragment["end"]) for fragment in record["content"])


def _content_start(record: Mapping[str, Any]) -> int:
    return record["content"][0]["start"]


MATCH_KEYS = (_content_key, _content_start)
NOT_COMPARED = ("id",)


def group(annotations: Sequence[Annotation]) -> list[Group]:
    """Groups quotations, those together whose contents share most characters."""

    def shared(annotation: Annotation, record: Record, other_annotation: Annotation, other: Record) -> int:
        lengths = (min(a.end, b.end) - max(a.start, b.start) for a in record.content for b in other.content)
        return sum(length for length in lengths if length > 0)

    return group_records(annotations, "quotes", shared)


# Checks.

FRAGMENT_ORDER = rule(
    "fragment-order",
    3,
    "The fragments of a quotation are in the order of the text and do not overlap.",
    why="The words of a quotation are read in the order of its fragments.",
    example="The `content` is [20, 30) and then [5, 10).",
    fix="Sort the fragments, and correct any that overlap.",
)
QUOTE_PARTS = rule(
    "quote-parts",
    3,
    "The cue and the source of a quotation lie in its paragraph, outside its content.",
    why="A cue in another paragraph does not introduce these words.",
    example="The source is a part of the content.",
    fix="Correct the span.",
)
QUOTE_MARKS = rule(
    "quote-marks",
    3,
    "All words of a direct quotation, and some words of a mixed one, stand between quotation marks.",
    why="This is how the kinds of quotations are defined.",
    example='`"kind": "direct"` for words without quotation marks.',
    fix="Correct the span, or the kind.",
)
IMPLICIT_SOURCE = rule(
    "implicit-source",
    3,
    "`implicit_source` is true if the quotation has no source, and false if it has one.",
    why="Readers must know whether the text names the speaker or the annotator inferred who it is.",
    example='`"source": null, "implicit_source": false`',
    fix="Set `implicit_source` to true if `source` is null, and to false otherwise.",
)

#: The pairs of marks that may enclose the words of a direct quotation.
_AROUND_DIRECT = ("“”", "「」", "‘’", "『』")


def check_structure(context: CheckContext) -> Iterator[Finding]:
    """Findings on the parts of quotations, and on the marks around their words."""
    file, text = context.files["quotes"], context.text
    first_with_content: dict[tuple, str] = {}
    for line, quote in context.lines("quotes"):
        if quote.content in first_with_content:
            yield DUPLICATE_SPAN.broken(
                file,
                f"these words are already the content of {first_with_content[quote.content]}",
                line=line,
                field="content",
                fix="keep one of them",
            )
        first_with_content.setdefault(quote.content, quote.id)
        yield from _check_parts(quote, text, file, line)
        for number, (before, fragment) in enumerate(pairwise(quote.content), start=1):
            if fragment.start < before.end:
                yield FRAGMENT_ORDER.broken(
                    file,
                    "begins before the previous fragment ends",
                    line=line,
                    field=f"content.{number}",
                    fix="put the fragments in order",
                )
        for number, span in enumerate(quote.content):
            around = text[span.start - 1 : span.start] + text[span.end : span.end + 1]
            if quote.kind == "direct" and around not in _AROUND_DIRECT:
                yield QUOTE_MARKS.broken(
                    file,
                    f"direct words stand between {around!r}, not between quotation marks",
                    line=line,
                    field=f"content.{number}",
                    fix="correct the span, or the kind",
                )
        if quote.kind == "mixed" and not any(mark in span.text for span in quote.content for mark in "“「"):
            yield QUOTE_MARKS.broken(
                file,
                "no words between quotation marks",
                line=line,
                field="content",
                fix="correct the span, or the kind",
            )
        if (quote.source is None) != quote.implicit_source:
            yield IMPLICIT_SOURCE.broken(
                file,
                f"is {str(quote.implicit_source).lower()}, and there is {'no' if quote.source is None else 'a'} source",
                line=line,
                field="implicit_source",
                fix="write true when source is null, and false when it is not",
            )


def _check_parts(quote: QuoteRecord, text: str, file: str, line: int) -> Iterator[Finding]:
    first, last = quote.hull
    start, end = text.rfind("\n", 0, first) + 1, text.find("\n", last)
    end = len(text) if end < 0 else end
    for field, part in (("cue", quote.cue), ("source", quote.source)):
        if part is None:
            continue
        if not (start <= part.start and part.end <= end):
            message = f"{part.text!r} is in another paragraph than the content"
        elif any(part.start < span.end and span.start < part.end for span in quote.content):
            message = f"{part.text!r} is inside the content"
        else:
            continue
        yield QUOTE_PARTS.broken(file, message, line=line, field=field, fix="correct the span")


def check_vocabulary(context: CheckContext) -> Iterator[Finding]:
    """No findings: what the kind of a quotation demands is checked with its structure."""
    yield from ()


# Rows.


def _quote_rows(document: Document, script: str, schema: Schema) -> Iterator[Row]:
    for quote in document.layer("quotes"):
        start, end, _ = quote.span_in(script)
        fragments = [fragment.span_in(script) for fragment in quote.content]
        yield {
            "id": quote.id,
            "doc_id": document.id,
            "fold": document.fold_of(quote),
            "kind": quote.kind,
            "text": quote.text_in(script),
            "start": start,
            "end": end,
            "fragment_starts": [fragment.start - start for fragment in fragments],
            "fragment_ends": [fragment.end - start for fragment in fragments],
            **_part_columns("cue", quote.cue, script),
            **_part_columns("source", quote.source, script),
            "speaker": quote.speaker.id,
            "speaker_name": quote.speaker.name_in(script),
            "implicit_source": quote.implicit_source,
            **context_of(document.paragraphs_of(*(passage for _, _, passage in quote.parts())), script),
        }


def _part_columns(name: str, passage: Passage | None, script: str) -> Row:
    start, end = passage.span_in(script)[:2] if passage else (None, None)
    return {name: words_in(passage, script), f"{name}_start": start, f"{name}_end": end}


ROWS = {"quotes": _quote_rows}


def in_sentence(sentence: Any, script: str) -> list[Row]:
    """The parts of quotations that lie within a sentence, cut off at its ends."""
    return [
        {
            "quote_id": quote.id,
            "part": part,
            "piece": piece,
            "kind": quote.kind,
            **placed_in(sentence, within, script),
        }
        for quote in sentence.document.layer("quotes")
        for part, piece, passage in quote.parts()
        if (within := passage.part_within(sentence))
    ]


# Agreement and scoring.


def _content(record: QuoteRecord) -> tuple[tuple[int, int], ...]:
    return tuple((span.start, span.end) for span in record.content)


def _contents(annotation: Annotation, matching: Matching) -> list[Item]:
    return [Item("", record.hull[0], _content(record)) for record in annotation.records("quotes")]


def _kinds(annotation: Annotation, matching: Matching) -> list[Item]:
    return [Item(record.kind, record.hull[0], _content(record)) for record in annotation.records("quotes")]


def _part(name: str):
    def items(annotation: Annotation, matching: Matching) -> list[Item]:
        spans = [getattr(record, name) for record in annotation.records("quotes")]
        return [Item("", span.start, ((span.start, span.end),)) for span in spans if span]

    return items


def _speakers(annotation: Annotation, matching: Matching) -> list[Item]:
    return [
        Item(
            "",
            record.hull[0],
            (_content(record), matching.group_key("clusters", annotation.name, record.speaker)),
        )
        for record in annotation.records("quotes")
    ]


def _kind_at_each_character(annotations: Sequence[Annotation], matching: Matching):
    return label_at_each_character(annotations, "quotes", "kind", _content)


AGREEMENT = (
    F1("content, exact F1", _contents),
    F1("content, relaxed F1", _contents, overlap=True),
    F1("content and kind, exact F1", _kinds),
    F1("cue, exact F1", _part("cue")),
    F1("source, exact F1", _part("source")),
    F1("content and speaker, exact F1", _speakers),
    Alpha("alpha, characters", _kind_at_each_character),
)
COUNTED = ("kind",)


def _compare(expected: Mapping[str, Sequence[Row]], answers: Mapping[str, Row], rows) -> Iterator[Comparison]:
    gold = [(id, _content_of_row(row), row) for id, of_document in expected.items() for row in of_document]
    predicted = [
        (id, tuple((span["start"], span["end"]) for span in quote["content"]), quote)
        for id, answer in answers.items()
        for quote in answer["quotes"]
    ]
    yield Sets("content, exact F1", "", {item[:2] for item in gold}, {item[:2] for item in predicted})
    yield Overlaps("content, overlap F1", [item[:2] for item in gold], [item[:2] for item in predicted])
    for part in ("cue", "source"):
        in_gold = {(id, row[f"{part}_start"], row[f"{part}_end"]) for id, _, row in gold if row[part] is not None}
        in_predicted = {
            (id, quote[part]["start"], quote[part]["end"]) for id, _, quote in predicted if quote[part] is not None
        }
        yield Sets(f"{part}, exact F1", "", in_gold, in_predicted)
    # A speaker may be given by id or by name.  A wrong one makes an item that gold does not have.
    speakers = {(id, content): {row["speaker"], row["speaker_name"]} for id, content, row in gold}
    attributed = {item[:2] for item in predicted if item[2]["speaker"] in speakers.get(item[:2], ())}
    wrong = {(*item[:2], "wrong") for item in predicted if item[:2] not in attributed}
    yield Sets("content and speaker, exact F1", "", set(speakers), attributed | wrong)


def _content_of_row(row: Row) -> tuple[tuple[int, int], ...]:
    offset = row["start"]
    return tuple(
        (offset + start, offset + end) for start, end in zip(row["fragment_starts"], row["fragment_ends"], strict=True)
    )


TASKS = {"quotes": Task("quotes", rows_by_document, _compare)}


# Drafts.


def draft(drafting: Drafting) -> list[QuoteRecord]:
    """The quotations that rules find, without those that overlap another or leave their paragraph."""
    return [
        _drafted(drafting, ID.of(drafting.doc_id, number), quotation)
        for number, quotation in enumerate(_apart(drafting), start=1)
    ]


def _apart(drafting: Drafting) -> Iterator[Mapping[str, Any]]:
    paragraphs = [(paragraph.start, paragraph.end) for paragraph in drafting.document().paragraphs]
    text, done = drafting.text, 0
    for quotation in drafting.quotations:
        content = [(span["start"], span["end"]) for span in quotation["content"]]
        first, last = next(paragraph for paragraph in paragraphs if content[0][0] < paragraph[1])
        fits = all(done <= start < end <= last and text[start:end] == text[start:end].strip() for start, end in content)
        if fits and content[0][0] >= first:
            done = content[-1][1]
            yield quotation


def _drafted(drafting: Drafting, id: str, quotation: Mapping[str, Any]) -> QuoteRecord:
    text = drafting.text

    def part(span: Mapping[str, int] | None) -> TextSpan | None:
        if not span:
            return None
        start, end = span["start"], span["end"]
        start += len(text[start:end]) - len(text[start:end].lstrip())
        return drafting.span(start, end)

    content = tuple(part(span) for span in quotation["content"])
    cue, source = part(quotation["cue"]), part(quotation["source"])
    marks_around = {text[span.start - 1 : span.start] + text[span.end : span.end + 1] for span in content}
    holds_marks = any(mark in span.text for span in content for mark in "“「")
    kind = "direct" if marks_around in ({"“”"}, {"「」"}) else "mixed" if holds_marks else "indirect"
    speaker = drafting.clusters.speaker(quotation["speaker"], source.text if source else None)
    return QuoteRecord(id, kind, content, cue, source, speaker, source is None)


# Showing.


def table(document: Document, edition: str) -> list[Row]:
    """One row per quotation, with its cue, its source and its speaker."""
    return [
        {
            "id": quote.id,
            "kind": quote.kind,
            **placed(quote, edition),
            "cue": words_in(quote.cue, edition),
            "source": words_in(quote.source, edition),
            "speaker": quote.speaker.name_in(edition),
        }
        for quote in document.layer("quotes")
    ]


def notes(paragraph: Paragraph) -> Iterator[Note]:
    """One note per quotation in a paragraph: its kind, its speaker and its first words."""
    for quote in paragraph.document.layer("quotes"):
        if paragraph.contains(quote):
            yield Note(
                quote.id.rpartition(".")[2],
                [(f"{quote.kind} ", "dim"), (quote.speaker.name, "bold"), ("  ", ""), (_opening(quote), "")],
            )


def details(sentence: Any, edition: str | None) -> list[tuple[str, ...]]:
    """One tuple per quotation that touches a sentence: id, kind, speaker in the base and in ``edition``, opening."""
    return [
        (
            quote.id.rpartition(".")[2],
            quote.kind,
            quote.speaker.name,
            *([quote.speaker.name_in(edition)] if edition else []),
            _opening(quote),
        )
        for quote in sentence.document.layer("quotes")
        if quote.touches(sentence)
    ]


def _opening(quote: Quote, width: int = 16) -> str:
    return quote.text if len(quote.text) <= width else quote.text[:width] + "…"
