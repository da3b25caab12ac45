"""Events: an invented layer, which tests/test_layers.py adds to a copy of the package as ``layers/events.py``."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from zhengwen.annotation import Annotation, Matching
from zhengwen.document import Document, Paragraph, Passage, placed
from zhengwen.findings import Finding, rule
from zhengwen.layers.base import F1, SPAN_FIELDS, CheckContext, Drafting, IdForm, Item, Note, Row, span_key
from zhengwen.records import SpanRecord
from zhengwen.schema import Schema

TITLE = "events"

#: The words that a draft marks, with their types.
TRIGGERS = {"登陆": "LAUNCH", "建成": "LAUNCH", "表态支持": "SUPPORT", "提供": "SUPPORT"}


@dataclass(frozen=True)
class EventRecord(SpanRecord):
    """A word that says that something happens."""

    id: str
    start: int
    end: int
    text: str
    type: str


RECORD = EventRecord


@dataclass(frozen=True, eq=False)
class Event(Passage):
    """A word that says that something happens."""

    id: str
    type: str


def objects(document: Document) -> list[Event]:
    """The events, in the order of the text."""
    return [Event(document, record.start, record.end, record.id, record.type) for record in document.gold["events"]]


ID = IdForm("ev", 3)
REFERENCES = {}
NEEDS = ()


def key(annotation: Annotation, record: EventRecord, matching: Matching) -> tuple:
    """Events of two annotators are the same when they have the same span."""
    return record.start, record.end


MATCH_KEYS = (span_key,)
NOT_COMPARED = SPAN_FIELDS

EVENT_REPEATED = rule(
    "event-repeated",
    3,
    "An event is marked once.",
    why="One event would count twice.",
    example="two events with one start and one end",
    fix="Keep one of them.",
)


def check_structure(context: CheckContext) -> Iterator[Finding]:
    """Findings on events that are marked twice."""
    seen = set()
    for line, record in context.lines("events"):
        if (record.start, record.end) in seen:
            yield EVENT_REPEATED.broken(context.files["events"], f"{record.text!r} is already marked", line=line)
        seen.add((record.start, record.end))


def check_vocabulary(context: CheckContext) -> Iterator[Finding]:
    """The shape restricts the types; there is nothing else to check."""
    yield from ()


def _rows(document: Document, script: str, schema: Schema) -> Iterator[Row]:
    for event in document.layer("events"):
        yield {"id": event.id, "doc_id": document.id, **placed(event, script), "type": event.type}


ROWS = {"events": _rows}
in_sentence = None


def _items(annotation: Annotation, matching: Matching) -> list[Item]:
    return [Item(record.type, record.start, (record.start, record.end)) for record in annotation.records("events")]


AGREEMENT = (F1("exact F1", _items),)
COUNTED = ("type",)
TASKS = {}


def draft(drafting: Drafting) -> list[EventRecord]:
    """The triggers in the text."""
    matches = re.finditer("|".join(TRIGGERS), drafting.text)
    return [
        EventRecord(ID.of(drafting.doc_id, number), *match.span(), match[0], TRIGGERS[match[0]])
        for number, match in enumerate(matches, start=1)
    ]


def table(document: Document, edition: str) -> list[Row]:
    """An event a row."""
    return [{"id": event.id, "type": event.type, **placed(event, edition)} for event in document.layer("events")]


def notes(paragraph: Paragraph) -> Iterator[Note]:
    """The events in a paragraph."""
    for event in paragraph.document.layer("events"):
        if paragraph.contains(event):
            yield Note("event", [(f"{event.type} ", "dim"), (event.text, "bold")])


def details(sentence: Any, edition) -> list[tuple[str, ...]]:
    """The events in a sentence."""
    return [
        (event.type, event.text, event.text_in("hant"))
        for event in sentence.document.layer("events")
        if sentence.contains(event)
    ]
