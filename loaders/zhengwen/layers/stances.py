"""Stances: a closed grid of all units (quotations, paragraphs in the author's voice) and all targets."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from zhengwen.annotation import Annotation, Matching
from zhengwen.conversion.convert import convert
from zhengwen.document import Document, Paragraph, Passage, paragraph_id, words_in
from zhengwen.errors import ZhengwenError
from zhengwen.findings import Finding, rule
from zhengwen.layers.base import (
    F1,
    Alpha,
    CheckContext,
    Comparison,
    Drafting,
    IdForm,
    Item,
    Labels,
    Note,
    Row,
    Task,
    context_of,
    placed_in,
)
from zhengwen.layers.quotes import Quote, hull_of_group
from zhengwen.records import Record, TextSpan
from zhengwen.schema import Schema

TITLE = "stances"

#: The label of a unit that takes no position.
NONE = "none"


# The record and the object.


@dataclass(frozen=True)
class StanceRecord(Record):
    """One cell of the grid; ``evidence`` is ``None`` exactly if the label is ``none``.

    ``unit`` is the id of a quotation or a paragraph, ``holder`` that of a cluster, ``target`` a label.
    """

    id: str
    unit: str
    holder: str
    target: str
    label: str
    evidence: TextSpan | None
    certainty: str


RECORD = StanceRecord


@dataclass(frozen=True, eq=False)
class Stance:
    """One cell of the grid: what a unit (a quotation, or a paragraph in the author's voice) says on a target."""

    document: Document = field(repr=False)
    id: str
    unit: Quote | Paragraph
    holder: Any
    target: str
    label: str
    evidence: Passage | None
    certainty: str


def objects(document: Document) -> list[Stance]:
    """The cells of the grid, in the order of their ids."""
    units = {unit.id: unit for unit in (*document.objects("quotes"), *document.paragraphs)}
    return [
        Stance(
            document,
            record.id,
            units[record.unit],
            document.object_with_id("clusters", record.holder),
            record.target,
            record.label,
            document.passage_of(record.evidence),
            record.certainty,
        )
        for record in document.gold["stances"]
    ]


def author_paragraphs(document: Document) -> list[Paragraph]:
    """The paragraphs in the author's voice: running text with a sentence that no part of a quotation touches."""
    parts = [passage for quote in document.objects("quotes") for _, _, passage in quote.parts()]
    with_own_words = {
        sentence.paragraph.id
        for sentence in document.layer("sentences")
        if not any(part.touches(sentence) for part in parts)
    }
    return [
        paragraph for paragraph in document.paragraphs if paragraph.role == "body" and paragraph.id in with_own_words
    ]


def units_of(document: Document) -> list[Quote | Paragraph]:
    """The units of the grid, in the order of the text."""
    units = [*document.objects("quotes"), *author_paragraphs(document)]
    return sorted(units, key=lambda unit: (unit.start, unit.id))


# Ids, references, matching.

ID = IdForm("st", 3)
REFERENCES = {"holder": ("clusters",), "unit": ("quotes", "paragraphs")}
NEEDS = ("clusters",)  # the holders; without quotations, all units are paragraphs


def key(annotation: Annotation, record: StanceRecord, matching: Matching) -> tuple:
    """Stances of two annotators are the same when unit and target are; the key begins with the span of the unit."""
    hull = hull_of_group(matching, annotation.name, record.unit)
    return *(hull or annotation.lines[_line_of_unit(annotation, record.unit)]), record.target


def _cell(record: Mapping[str, Any]) -> tuple:
    return record["unit"], record["target"]


MATCH_KEYS = (_cell,)
NOT_COMPARED = ("id", "unit", "target")


def _line_of_unit(annotation: Annotation, unit: str) -> int:
    """The index of the line of a unit: a paragraph is a line, and a quotation counts where it begins."""
    for quote in annotation.records("quotes"):
        if quote.id == unit:
            return annotation.line_at(quote.hull[0])
    document = unit.rpartition(".")[0]
    for number in range(len(annotation.lines)):
        if paragraph_id(document, number + 1) == unit:
            return number
    raise ZhengwenError(
        f"{annotation.name}: stances: {unit!r} is neither a quotation nor a paragraph of the text",
        fix="give the id of a quotation or a paragraph of this annotation",
    )


# Checks.

UNKNOWN_UNIT = rule(
    "unknown-unit",
    4,
    "The unit of a stance is a quotation, or a paragraph that contains words of the author.",
    why="Stances are annotated in a closed grid of units and targets, and nothing reads a cell outside of it.",
    example="`unit` names a paragraph that consists of quotations only.",
    fix="Remove the cell, or correct its unit.",
)
GRID_MISSING = rule(
    "grid-missing",
    4,
    "Every unit has a label for every target.",
    why="The label `none` is a decision; a missing cell looks as if it had been forgotten.",
    example="A line of `stances.jsonl` was deleted.",
    fix="Annotate the cell, with `none` if the unit takes no position.",
)
GRID_DUPLICATE = rule(
    "grid-duplicate",
    4,
    "Every unit has only one label for a target.",
    why="Two labels would be two answers to the same question.",
    example="Two cells have the same unit and the same target.",
    fix="Keep one of them.",
)
EVIDENCE_PRESENCE = rule(
    "evidence-presence",
    4,
    "A stance has evidence if its label is `favor` or `against`, and none if the label is `none`.",
    why="A reader who doubts a label must be able to find the words that support it.",
    example='`"label": "favor", "evidence": null`',
    fix="Enter the span of the evidence, or change the label to `none`.",
)
EVIDENCE_OUTSIDE_UNIT = rule(
    "evidence-outside-unit",
    4,
    "The evidence of a stance lies within its unit.",
    why="The words of another speaker do not show the stance of this one.",
    example="The evidence is in the next paragraph.",
    fix="Correct the span.",
)
HOLDER_MISMATCH = rule(
    "holder-mismatch",
    4,
    "The holder of a stance is the speaker of the quotation, or the author of the paragraph.",
    why="A stance assigned to the wrong person is worse than no stance.",
    example="`holder` is not the speaker of the quotation.",
    fix="Enter the id that the finding names.",
)


def check_structure(context: CheckContext) -> Iterator[Finding]:
    """No findings: stances are checked at level 4."""
    yield from ()


def check_vocabulary(context: CheckContext) -> Iterator[Finding]:
    """Findings on the grid: that it is complete, and that each cell is consistent."""
    file = context.files["stances"]
    document = context.document
    units = {unit.id: unit for unit in units_of(document)}
    speakers = {quote.id: quote.speaker.id for quote in document.objects("quotes")}
    # The author is whoever holds most of the stances that paragraphs take.
    authors = Counter(stance.holder for stance in context.records("stances") if stance.unit not in speakers)
    author = authors.most_common(1)[0][0] if authors else None
    first_in_cell: dict[tuple[str, str], str] = {}
    for line, stance in context.lines("stances"):
        unit = units.get(stance.unit)
        if unit is None:
            yield UNKNOWN_UNIT.broken(
                file,
                f"{stance.unit!r} is neither a quotation nor a paragraph in the author's voice",
                line=line,
                field="unit",
                fix="remove the cell, or name a unit",
            )
            continue
        cell = (stance.unit, stance.target)
        if cell in first_in_cell:
            yield GRID_DUPLICATE.broken(
                file,
                f"{stance.unit} on {stance.target} is already labelled in {first_in_cell[cell]}",
                line=line,
                fix="keep one of them",
            )
        first_in_cell.setdefault(cell, stance.id)
        if (stance.evidence is None) != (stance.label == NONE):
            yield EVIDENCE_PRESENCE.broken(
                file,
                f"the label is {stance.label}, and there is {'no' if stance.evidence is None else 'some'} evidence",
                line=line,
                field="evidence",
                fix="give evidence for favor and against, and null for none",
            )
        elif stance.evidence and not _in_unit(stance.evidence, unit, document):
            yield EVIDENCE_OUTSIDE_UNIT.broken(
                file,
                f"{stance.evidence.text!r} is not in {stance.unit}",
                line=line,
                field="evidence",
                fix="correct the span",
            )
        expected = speakers.get(stance.unit, author)
        if stance.holder != expected:
            yield HOLDER_MISMATCH.broken(
                file,
                f"is {stance.holder}, but the holder of this unit's stances is {expected}",
                line=line,
                field="holder",
                fix=f"write {expected}",
            )
    for unit in units.values():
        for target in context.schema.labels["targets"]:
            if (unit.id, target) not in first_in_cell:
                yield GRID_MISSING.broken(
                    file, f"no label for {unit.id} on {target}", fix="annotate the cell; none is a label too"
                )


def _in_unit(evidence: TextSpan, unit: Quote | Paragraph, document: Document) -> bool:
    """True if the evidence lies in one fragment of a quotation, or in a paragraph outside all quotations."""
    passage = document.passage_of(evidence)
    if isinstance(unit, Quote):
        return any(fragment.contains(passage) for fragment in unit.content)
    quoted = (fragment for quote in document.objects("quotes") for fragment in quote.content)
    return unit.contains(passage) and not any(fragment.touches(passage) for fragment in quoted)


# Rows.


def _stance_rows(document: Document, script: str, schema: Schema) -> Iterator[Row]:
    targets = schema.labels["targets"].values()
    names = {target.key: convert(target.name, script, document.base).text for target in targets}
    for stance in document.layer("stances"):
        evidence = stance.evidence.span_in(script) if stance.evidence else (None, None)
        yield {
            "id": stance.id,
            "doc_id": document.id,
            "fold": document.fold_of(stance.unit),
            "unit": stance.unit.id,
            "text": stance.unit.text_in(script),
            **context_of(document.paragraphs_of(stance.unit), script),
            "holder": stance.holder.id,
            "holder_name": stance.holder.name_in(script),
            "target": stance.target,
            "target_name": names[stance.target],
            "label": stance.label,
            "evidence_start": evidence[0],
            "evidence_end": evidence[1],
            "certainty": stance.certainty,
        }


ROWS = {"stances": _stance_rows}


def in_sentence(sentence: Any, script: str) -> list[Row]:
    """The evidence of stances that lies within a sentence, cut off at its ends."""
    return [
        {
            "id": stance.id,
            "holder": stance.holder.id,
            "target": stance.target,
            "label": stance.label,
            **placed_in(sentence, within, script),
        }
        for stance in sentence.document.layer("stances")
        if stance.evidence and (within := stance.evidence.part_within(sentence))
    ]


# Agreement and scoring.


def _unit_key(annotation: Annotation, unit: str, matching: Matching) -> Any:
    return matching.group_key("quotes", annotation.name, unit) or unit.rpartition(".")[2]


def _triples(annotation: Annotation, matching: Matching) -> list[Item]:
    return [
        Item(
            record.label,
            annotation.lines[_line_of_unit(annotation, record.unit)][0],
            (
                _unit_key(annotation, record.unit, matching),
                matching.group_key("clusters", annotation.name, record.holder),
                record.target,
            ),
        )
        for record in annotation.records("stances")
        if record.label != NONE
    ]


def _cells(annotations: Sequence[Annotation], matching: Matching) -> Iterator[tuple[int, list[str | None]]]:
    """The cells of the grid as units of an alpha; an annotator who lacks the unit of a cell gives it no value."""
    grid: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    lines: dict[tuple[str, str], int] = {}
    for annotation in annotations:
        for record in annotation.records("stances"):
            cell = (str(_unit_key(annotation, record.unit, matching)), record.target)
            grid[cell][annotation.name] = record.label
            lines.setdefault(cell, _line_of_unit(annotation, record.unit))
    for cell in sorted(grid):
        yield lines[cell], [grid[cell].get(annotation.name) for annotation in annotations]


AGREEMENT = (F1("triples F1", _triples), Alpha("alpha, cells of the grid", _cells))
COUNTED = ("label", "certainty")


#: The labels that macro F1 is the mean of.
SCORED = ("favor", "against")


def _compare(expected: Mapping[str, str], answers: Mapping[str, Row], rows) -> Iterator[Comparison]:
    predicted = {id: answer["label"] for id, answer in answers.items()}
    yield Labels(expected, predicted, over=SCORED, ignored=NONE)


TASKS = {"stances": Task("stances", lambda rows: {row["id"]: row["label"] for row in rows}, _compare)}


# Drafts.


def draft(drafting: Drafting) -> list[StanceRecord]:
    """The whole grid, each cell ``none`` and uncertain: no rule finds stances."""
    document = drafting.document()
    bylines = [(paragraph.start, paragraph.end) for paragraph in document.paragraphs if paragraph.role == "byline"]
    author = drafting.clusters.author(bylines, drafting.gold.get("entities", []))
    cells = [
        (unit.id, unit.speaker.id if isinstance(unit, Quote) else author, target)
        for unit in units_of(document)
        for target in drafting.schema.labels["targets"]
    ]
    return [
        StanceRecord(ID.of(drafting.doc_id, number), unit, holder, target, NONE, None, "uncertain")
        for number, (unit, holder, target) in enumerate(cells, start=1)
    ]


# Showing.


def table(document: Document, edition: str) -> list[Row]:
    """One row per cell of the grid."""
    return [
        {
            "id": stance.id,
            "unit": stance.unit.id,
            "holder": stance.holder.name_in(edition),
            "target": stance.target,
            "label": stance.label,
            "evidence": words_in(stance.evidence, edition),
            "certainty": stance.certainty,
        }
        for stance in document.layer("stances")
    ]


def notes(paragraph: Paragraph) -> Iterator[Note]:
    """One note per stance for or against a target that a unit in a paragraph takes."""
    for stance in paragraph.document.layer("stances"):
        if stance.evidence and paragraph.contains(stance.unit):
            author = isinstance(stance.unit, Paragraph)
            uncertain = "  uncertain" if stance.certainty == "uncertain" else ""
            yield Note(
                "author" if author else stance.unit.id.rpartition(".")[2],
                [
                    (stance.label, f"stance:{stance.label}"),
                    (f" {stance.target}  ", ""),
                    (stance.evidence.text, "italic"),
                    (uncertain, "dim"),
                ],
            )


def details(sentence: Any, edition: str | None) -> list[tuple[str, ...]]:
    """One tuple per stance with evidence in a sentence: unit, label, target, evidence in the base, in ``edition``."""
    return [
        (
            stance.unit.id.rpartition(".")[2],
            stance.label,
            stance.target,
            stance.evidence.text,
            *([stance.evidence.text_in(edition)] if edition else []),
        )
        for stance in sentence.document.layer("stances")
        if stance.evidence and stance.evidence.touches(sentence)
    ]
