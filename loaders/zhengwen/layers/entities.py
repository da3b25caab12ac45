"""Entities: named mentions, and the clusters that they refer to."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from zhengwen.annotation import Annotation, Matching
from zhengwen.document import Document, Paragraph, Passage, placed
from zhengwen.errors import ZhengwenError
from zhengwen.findings import Finding, rule
from zhengwen.layers.base import (
    F1,
    SPAN_FIELDS,
    Alpha,
    CheckContext,
    Comparison,
    Drafting,
    IdForm,
    Item,
    Mentions,
    Note,
    Row,
    Task,
    context_of,
    label_at_each_character,
    placed_in,
    span_key,
)
from zhengwen.records import SpanRecord
from zhengwen.schema import Schema

TITLE = "mentions"


# The record and the object.


@dataclass(frozen=True)
class EntityRecord(SpanRecord):
    """A named mention; ``cluster`` is the id of what it refers to, ``None`` for dates, numbers and titles."""

    id: str
    start: int
    end: int
    text: str
    type: str
    cluster: str | None


RECORD = EntityRecord


@dataclass(frozen=True, eq=False)
class Entity(Passage):
    """A named mention; ``cluster`` is the :class:`~zhengwen.layers.clusters.Cluster` that it refers to, or ``None``."""

    id: str
    type: str
    cluster: Any

    @property
    def sentence(self) -> Any:
        """The sentence that it stands in."""
        return self.document.sentence_of(self)


def objects(document: Document) -> list[Entity]:
    """The mentions, in the order of the text, a mention before those within it."""
    return [
        Entity(
            document,
            record.start,
            record.end,
            record.id,
            record.type,
            document.object_with_id("clusters", record.cluster) if "clusters" in document.layers else None,
        )
        for record in document.gold["entities"]
    ]


# Ids, references, matching.

ID = IdForm("e", 4)
REFERENCES = {"cluster": ("clusters",)}
NEEDS: tuple[str, ...] = ()  # without clusters, no mention has one


def key(annotation: Annotation, record: EntityRecord, matching: Matching) -> tuple:
    """Mentions of two annotators are the same when they have the same span."""
    return record.start, record.end


def _span_and_type(record: Mapping[str, Any]) -> tuple:
    return record["start"], record["end"], record["type"]


MATCH_KEYS = (_span_and_type, span_key)
NOT_COMPARED = SPAN_FIELDS


# Checks.

SENTENCE_CROSSED = rule(
    "sentence-crossed",
    3,
    "A mention lies within one sentence.",
    why="The release has a row for each sentence, and a mention that crosses a boundary fits into none of them.",
    example="A mention begins before `。` and ends after it.",
    fix="Correct the span of the mention, or that of the sentence.",
)
DUPLICATE_SPAN = rule(
    "duplicate-span",
    3,
    "No mention and no quotation is marked twice.",
    why="It would be counted twice.",
    example="Two entities have the same start and end.",
    fix="Keep one of them.",
)
CROSSING_MENTIONS = rule(
    "crossing-mentions",
    3,
    "Two mentions are nested or apart; they never overlap in part.",
    why="Partial overlaps cannot be written as tags of tokens or as a tree.",
    example="The mentions [0, 4) and [2, 6).",
    fix="Correct one of the spans.",
)
CLUSTER_PRESENCE = rule(
    "cluster-presence",
    4,
    "A mention of a name belongs to a cluster; a date, a number or a title does not.",
    why="A cluster collects the mentions of one referent, and dates, numbers and titles are not referents.",
    example='A PERSON has `"cluster": null`.',
    fix="Enter the id of a cluster, or null.",
)
CLUSTER_TYPE = rule(
    "cluster-type",
    4,
    "A mention has the type of its cluster.",
    why="Both describe the same referent, which has one type.",
    example="A mention of type GPE belongs to a cluster of type ORG.",
    fix="Correct the type, or choose another cluster.",
)


def check_structure(context: CheckContext) -> Iterator[Finding]:
    """Findings on how mentions lie in sentences and in each other."""
    file = context.files["entities"]
    sentence_ends = sorted(sentence.end for sentence in context.gold["sentences"])
    for line, record in context.lines("entities"):
        if any(record.start < end < record.end for end in sentence_ends):
            yield SENTENCE_CROSSED.broken(
                file,
                f"{record.text!r} runs over the end of a sentence",
                line=line,
                fix="correct the span, or the sentence",
            )
    numbered = sorted(context.lines("entities"), key=lambda item: item[1].order())
    for (_, before), (line, record) in pairwise(numbered):
        if (before.start, before.end) == (record.start, record.end):
            yield DUPLICATE_SPAN.broken(
                file, f"{record.text!r} is already marked by {before.id}", line=line, fix="keep one of them"
            )
    enclosing: list[EntityRecord] = []
    for line, record in numbered:
        enclosing = [mention for mention in enclosing if mention.end > record.start]
        for mention in enclosing:
            if record.end > mention.end:
                yield CROSSING_MENTIONS.broken(
                    file,
                    f"{record.text!r} overlaps {mention.text!r} ({mention.id}) in part",
                    line=line,
                    fix="correct one of the spans",
                )
        enclosing.append(record)


def check_vocabulary(context: CheckContext) -> Iterator[Finding]:
    """Findings on mentions and the clusters that they name."""
    file = context.files["entities"]
    types = {cluster.id: cluster.type for cluster in context.records("clusters")}
    has_clusters = "clusters" in context.gold
    for line, record in context.lines("entities"):
        if record.cluster and types[record.cluster] != record.type:
            yield CLUSTER_TYPE.broken(
                file,
                f"{record.text!r} is {record.type}, its cluster {record.cluster} is {types[record.cluster]}",
                line=line,
                field="type",
                fix="correct the type, or name another cluster",
            )
        refers = has_clusters and context.schema.labels["entity_types"][record.type].refers
        if refers == (record.cluster is None):
            needs = "needs a cluster" if record.cluster is None else "has no cluster"
            yield CLUSTER_PRESENCE.broken(
                file,
                f"a mention of type {record.type} {needs}",
                line=line,
                field="cluster",
                fix="name a cluster" if record.cluster is None else "write null",
            )


# Rows.


def _entity_rows(document: Document, script: str, schema: Schema) -> Iterator[Row]:
    for entity in document.layer("entities"):
        sentence = entity.sentence
        yield {
            "id": entity.id,
            "doc_id": document.id,
            "fold": document.fold_of(sentence),
            "sentence_id": sentence.id,
            **placed(entity, script),
            "type": entity.type,
            **_cluster_columns(entity),
            **_cluster_name(entity, script),
            **context_of(sentence, script),
        }


def _cluster_columns(entity: Entity) -> Row:
    return {"cluster": entity.cluster and entity.cluster.id} if "clusters" in entity.document.layers else {}


def _cluster_name(entity: Entity, script: str) -> Row:
    has_clusters = "clusters" in entity.document.layers
    return {"cluster_name": entity.cluster and entity.cluster.name_in(script)} if has_clusters else {}


def _ner_rows(document: Document, script: str, schema: Schema) -> Iterator[Row]:
    for sentence in document.layer("sentences"):
        text, start = sentence.text_in(script), sentence.span_in(script).start
        tags = ["O"] * len(text)
        covered = 0
        for entity in sentence.entities:
            first, last = (offset - start for offset in entity.span_in(script)[:2])
            if first >= covered:  # an outermost mention: those within it come after it
                tags[first:last] = [f"B-{entity.type}", *[f"I-{entity.type}"] * (last - first - 1)]
                covered = last
        kept = [position for position, character in enumerate(text) if not character.isspace()]
        yield {
            "id": sentence.id,
            "fold": document.fold_of(sentence),
            "tokens": [text[position] for position in kept],
            "ner_tags": [tags[position] for position in kept],
            "char_start": [start + position for position in kept],
        }


ROWS = {"entities": _entity_rows, "ner": _ner_rows}


def in_sentence(sentence: Any, script: str) -> list[Row]:
    """The mentions in a sentence."""
    return [
        {
            "id": entity.id,
            **placed_in(sentence, entity, script),
            "type": entity.type,
            **_cluster_columns(entity),
        }
        for entity in sentence.entities
    ]


# Agreement and scoring.


def _mentions(annotation: Annotation, matching: Matching) -> list[Item]:
    return [Item(record.type, record.start, ((record.start, record.end),)) for record in annotation.records("entities")]


def _type_at_each_character(annotations: Sequence[Annotation], matching: Matching):
    return label_at_each_character(annotations, "entities", "type", lambda record: [(record.start, record.end)])


AGREEMENT = (
    F1("exact F1", _mentions),
    F1("relaxed F1", _mentions, overlap=True),
    Alpha("alpha, characters", _type_at_each_character),
)
COUNTED = ("type",)


def _compare_spans(expected: Mapping[str, Sequence[Row]], answers: Mapping[str, Row], rows) -> Iterator[Comparison]:
    for row in rows:
        for mention in answers[row["id"]]["entities"]:
            if mention["end"] > len(row["text"]):
                raise ZhengwenError(
                    f"{row['id']}: [{mention['start']}, {mention['end']}) is not in its text, which has "
                    f"{len(row['text'])} characters",
                    fix="count code points from the start of the row's text",
                )
    yield Mentions(expected, {id: answer["entities"] for id, answer in answers.items()})


def _compare_tags(expected: Mapping[str, Sequence[str]], answers: Mapping[str, Row], rows) -> Iterator[Comparison]:
    for id, tags in expected.items():
        if len(answers[id]["ner_tags"]) != len(tags):
            given = len(answers[id]["ner_tags"])
            raise ZhengwenError(
                f"{id}: {given} tags for {len(tags)} characters", fix="give one tag per item of `tokens`"
            )
    predicted = {id: mentions_of_tags(answer["ner_tags"]) for id, answer in answers.items()}
    yield Mentions({id: mentions_of_tags(tags) for id, tags in expected.items()}, predicted)


def mentions_of_tags(tags: Sequence[str]) -> list[Row]:
    """The mentions that IOB2 tags mark; an ``I-`` that continues nothing begins one.

    >>> mentions_of_tags(["B-ORG", "I-ORG", "O", "I-GPE"])
    [{'start': 0, 'end': 2, 'type': 'ORG'}, {'start': 3, 'end': 4, 'type': 'GPE'}]
    """
    mentions: list[Row] = []
    for position, tag in enumerate(tags):
        prefix, _, type = tag.partition("-")
        if prefix == "I" and mentions and mentions[-1]["end"] == position and mentions[-1]["type"] == type:
            mentions[-1]["end"] = position + 1
        elif prefix != "O":
            mentions.append({"start": position, "end": position + 1, "type": type})
    return mentions


def _answers_in(field: str):
    return lambda rows: {row["id"]: row[field] for row in rows}


TASKS = {
    "entities": Task("sentences", _answers_in("entities"), _compare_spans),
    "ner": Task("ner", _answers_in("ner_tags"), _compare_tags),
}


# Drafts.


def draft(drafting: Drafting) -> list[EntityRecord]:
    """The mentions that rules find; those of one type and wording have one cluster, if the type has clusters."""
    records = []
    for number, (start, end, type) in enumerate(_nested_or_apart(drafting), start=1):
        words = drafting.text[start:end]
        cluster = drafting.clusters.named(type, words, drafting.schema) if drafting.has("clusters") else None
        records.append(EntityRecord(ID.of(drafting.doc_id, number), start, end, words, type, cluster))
    return records


def _nested_or_apart(drafting: Drafting) -> list[tuple[int, int, str]]:
    """The mentions without conflicts: of two that cross the longer is kept, of two with one span the first by type."""
    kept: list[tuple[int, int, str]] = []
    for start, end, type in sorted(drafting.mentions, key=lambda mention: (mention[0] - mention[1], mention)):
        # What is kept already is at least as long, so it can only enclose this mention, not lie within it.
        crossing = any(start < d and c < end and not (c <= start and end <= d) for c, d, _ in kept)
        repeated = any((start, end) == (c, d) for c, d, _ in kept)
        words = drafting.text[start:end]
        if not crossing and not repeated and words == words.strip():
            kept.append((start, end, type))
    return sorted(kept, key=lambda mention: (mention[0], -mention[1]))


# Showing.


def table(document: Document, edition: str) -> list[Row]:
    """One row per mention, with its sentence and its cluster."""
    return [
        {
            "id": entity.id,
            "type": entity.type,
            **placed(entity, edition),
            "sentence": entity.sentence.id,
            "cluster": entity.cluster and entity.cluster.id,
            "name": entity.cluster and entity.cluster.name_in(edition),
        }
        for entity in document.layer("entities")
    ]


def notes(paragraph: Paragraph) -> Iterator[Note]:
    """One note: the wordings of the mentions in a paragraph by type, each once."""
    by_type: dict[str, dict[str, None]] = {}
    for entity in paragraph.document.layer("entities"):
        if paragraph.contains(entity):
            by_type.setdefault(entity.type, {})[entity.text] = None
    pieces: list[tuple[str, str]] = []
    for type, surfaces in by_type.items():
        pieces += [("  " if pieces else "", ""), (f"{type} ", "dim"), (" ".join(surfaces), f"type:{type}")]
    if pieces:
        yield Note("entities", pieces)


def details(sentence: Any, edition: str | None) -> list[tuple[str, ...]]:
    """One tuple per mention in a sentence: offsets in it, type, its words in the base and in ``edition``, cluster."""
    return [
        (
            f"{entity.start - sentence.start}–{entity.end - sentence.start}",
            entity.type,
            entity.text,
            *([entity.text_in(edition)] if edition else []),
            entity.cluster.id.rpartition(".")[2] if entity.cluster else "",
        )
        for entity in sentence.entities
    ]
