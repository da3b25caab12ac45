"""Sentences: they tile the paragraphs, and other layers are shown sentence by sentence."""

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zhengwen.annotation import Annotation, Matching
from zhengwen.conversion.convert import simplified_characters
from zhengwen.document import Document, Paragraph, Passage, ShownInNotebooks, passage_at, placed
from zhengwen.findings import Finding, rule
from zhengwen.layers.base import (
    F1,
    SPAN_FIELDS,
    CheckContext,
    Comparison,
    Drafting,
    IdForm,
    Item,
    Note,
    Row,
    Sets,
    Task,
    rows_by_document,
    span_key,
)
from zhengwen.records import SpanRecord
from zhengwen.schema import Schema
from zhengwen.text import segment

TITLE = "sentences"


# The record and the object.


@dataclass(frozen=True)
class SentenceRecord(SpanRecord):
    """A sentence."""

    id: str
    start: int
    end: int
    text: str


RECORD = SentenceRecord


@dataclass(frozen=True, eq=False)
class Sentence(Passage, ShownInNotebooks):
    """A sentence; ``index`` is its place in the document, counted from 0."""

    id: str
    index: int
    paragraph: Paragraph

    @functools.cached_property
    def tokens(self) -> list[Passage]:
        """The words of the base edition, from which those of every edition follow; joined, they are the sentence."""
        words, start = [], self.start
        for word in segment.tokens(simplified_characters(self.text, self.document.base)):
            words.append(Passage(self.document, start, start + len(word)))
            start += len(word)
        return words

    def tokens_in(self, edition: str) -> list[str]:
        """The words as ``edition`` writes them; words that it replaces as a whole are one word."""
        spans: list[list[int]] = []
        for token in self.tokens:
            start, end, _ = token.span_in(edition)
            if spans and start < spans[-1][1]:
                spans[-1][1] = max(end, spans[-1][1])
            else:
                spans.append([start, end])
        text = self.document.text(edition)
        return [text[start:end] for start, end in spans]

    @property
    def entities(self) -> list[Any]:
        """The mentions in this sentence."""
        return [entity for entity in self.document.objects("entities") if self.contains(entity)]


def objects(document: Document) -> list[Sentence]:
    """The sentences, in the order of the text."""
    return [
        Sentence(document, record.start, record.end, record.id, index, passage_at(document.paragraphs, record.start))
        for index, record in enumerate(document.gold["sentences"])
    ]


# Ids, references, matching.

ID = IdForm("s", 3)
REFERENCES: Mapping[str, tuple[str, ...]] = {}
NEEDS: tuple[str, ...] = ()


def key(annotation: Annotation, record: SentenceRecord, matching: Matching) -> tuple:
    """Sentences of two annotators are the same when they have the same span."""
    return record.start, record.end


MATCH_KEYS = (span_key,)
NOT_COMPARED = SPAN_FIELDS


# Checks.

SENTENCE_TILING = rule(
    "sentence-tiling",
    3,
    "The sentences of a paragraph cover all of it and do not overlap.",
    why="Words in no sentence would be missing from the release, and words in two would be in it twice.",
    example="A line of `sentences.jsonl` was deleted.",
    fix="Let each sentence begin where the one before it ends.",
)


def check_structure(context: CheckContext) -> Iterator[Finding]:
    """Findings on how the sentences lie in the paragraphs."""
    file = context.files["sentences"]
    numbered = sorted(context.lines("sentences"), key=lambda item: item[1].start)
    paragraphs = segment.paragraphs(context.text)
    for line, record in numbered:
        if not any(paragraph.start <= record.start < paragraph.end for paragraph in paragraphs):
            yield SENTENCE_TILING.broken(
                file,
                f"[{record.start}, {record.end}) begins in no paragraph",
                line=line,
                field="start",
                fix="remove the sentence",
            )
    for paragraph in paragraphs:
        expected_start = paragraph.start
        inside = [item for item in numbered if paragraph.start <= item[1].start < paragraph.end]
        for line, record in inside:
            if record.start != expected_start or record.end > paragraph.end:
                yield SENTENCE_TILING.broken(
                    file,
                    f"[{record.start}, {record.end}) should begin at {expected_start} and end by {paragraph.end}",
                    line=line,
                    field="start" if record.start != expected_start else "end",
                    fix="make the sentences of a paragraph follow each other without gap or overlap",
                )
            expected_start = record.end
        if expected_start < paragraph.end:
            yield SENTENCE_TILING.broken(
                file,
                f"[{expected_start}, {paragraph.end}) is in no sentence: "
                f"{context.text[expected_start : paragraph.end]!r}",
                line=inside[-1][0] if inside else None,
                fix="make the sentences of a paragraph follow each other without gap or overlap",
            )


def check_vocabulary(context: CheckContext) -> Iterator[Finding]:
    """No findings: sentences have no labels."""
    yield from ()


# Rows.


def _sentence_rows(document: Document, script: str, schema: Schema) -> Iterator[Row]:
    nested = [layer for layer in document.layers.values() if layer.in_sentence]
    for sentence in document.layer("sentences"):
        start, end, _ = sentence.span_in(script)
        yield {
            "id": sentence.id,
            "doc_id": document.id,
            "fold": document.fold_of(sentence),
            "index": sentence.index,
            "paragraph": sentence.paragraph.id,
            "role": sentence.paragraph.role,
            "start": start,
            "end": end,
            "text": sentence.text_in(script),
            "tokens": sentence.tokens_in(script),
            **{layer.name: layer.in_sentence(sentence, script) for layer in nested},
        }


def _parallel_rows(document: Document, script: None, schema: Schema) -> Iterator[Row]:
    for sentence in document.layer("sentences"):
        yield {
            "id": sentence.id,
            "doc_id": document.id,
            "fold": document.fold_of(sentence),
            "translation": {script: sentence.text_in(script) for script in schema.design.scripts},
        }


ROWS = {"sentences": _sentence_rows, "parallel": _parallel_rows}
in_sentence = None  # a sentence holds no sentences


# Agreement and scoring.


def _sentence_ends(annotation: Annotation, matching: Matching) -> list[Item]:
    # The end of a line is always the end of a sentence: nobody had to find it.
    line_ends = {end for _, end in annotation.lines}
    return [
        Item("", record.end, record.end) for record in annotation.records("sentences") if record.end not in line_ends
    ]


AGREEMENT = (F1("boundaries F1", _sentence_ends),)
COUNTED: tuple[str, ...] = ()


def _compare(expected: Mapping[str, Sequence[Row]], answers: Mapping[str, Row], rows) -> Iterator[Comparison]:
    # The end of a paragraph is always the end of a sentence: it is not scored.
    last_in_paragraph = {(row["doc_id"], row["paragraph"]): row["end"] for row in rows}
    not_scored = {(doc_id, end) for (doc_id, _), end in last_in_paragraph.items()}
    gold = {(id, row["end"]) for id, of_document in expected.items() for row in of_document}
    predicted = {(id, sentence["end"]) for id, answer in answers.items() for sentence in answer["sentences"]}
    yield Sets("boundaries F1", "", gold - not_scored, predicted - not_scored)


TASKS = {"sentences": Task("sentences", rows_by_document, _compare)}


# Drafts.


def draft(drafting: Drafting) -> list[SentenceRecord]:
    """The sentences that the rule finds."""
    return [
        SentenceRecord(ID.of(drafting.doc_id, number), start, end, drafting.text[start:end])
        for number, (start, end) in enumerate(drafting.sentences, start=1)
    ]


# Showing.


def table(document: Document, edition: str) -> list[Row]:
    """One row per sentence, with its paragraph and the role of the paragraph."""
    return [
        {
            "id": sentence.id,
            "paragraph": sentence.paragraph.id,
            "role": sentence.paragraph.role,
            **placed(sentence, edition),
        }
        for sentence in document.layer("sentences")
    ]


def notes(paragraph: Paragraph) -> Iterator[Note]:
    """None: a paragraph shows its sentences itself."""
    yield from ()


def details(sentence: Sentence, edition: str | None) -> list[tuple[str, ...]]:
    """None: the sentence itself is shown."""
    return []
