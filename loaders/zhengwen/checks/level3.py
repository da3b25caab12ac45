"""Level 3: what a document says holds together."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from zhengwen.checks.finding import Finding, rule
from zhengwen.checks.subject import DocumentFiles
from zhengwen.document import Document
from zhengwen.errors import ZhengwenError
from zhengwen.records import LAYERS
from zhengwen.seeds import (
    DOCUMENT,
    RECEIVED,
    TEXT,
    Seed,
    canonical_lines,
    gold_path,
    lines,
    modelled_received,
    read_text,
)
from zhengwen.text import segment
from zhengwen.text.damage import UnencodableTextError

OFFSET_RANGE = rule("offset-range", 3, "A span is a slice of the text that is not empty.")
SURFACE_MISMATCH = rule("surface-mismatch", 3, "The surface of a span is the slice that it points to.")
ID_DOCUMENT = rule("id-document", 3, "An id begins with the id of its document, which is the name of its folder.")
DUPLICATE_ID = rule("duplicate-id", 3, "An id names one record.")
DANGLING_REFERENCE = rule("dangling-reference", 3, "A record that is named exists.")
NOT_CANONICAL = rule("not-canonical", 3, "Gold is written in one way, sorted, so that a change shows as what changed.")
SENTENCE_TILING = rule("sentence-tiling", 3, "Sentences tile the paragraphs: nothing lost, nothing twice.")
SENTENCE_CROSSED = rule("sentence-crossed", 3, "A mention lies in one sentence.")
DUPLICATE_SPAN = rule("duplicate-span", 3, "A mention is marked once.")
CROSSING_MENTIONS = rule("crossing-mentions", 3, "Mentions nest or are apart; they never overlap in part.")
CLUSTER_NAME = rule("cluster-name", 3, "The names of a referent are names that the text uses for it.")
UNUSED_CLUSTER = rule("unused-cluster", 3, "A referent is mentioned, speaks, or holds a stance.")
FRAGMENT_ORDER = rule("fragment-order", 3, "The fragments of a quotation follow each other and are apart.")
QUOTE_MARKS = rule(
    "quote-marks", 3, "Direct words stand between quotation marks; a mixed quotation holds some that do."
)
IMPLICIT_SOURCE = rule("implicit-source", 3, "A quotation without a source has an implicit one, and only then.")
UNBALANCED_MARKS = rule("unbalanced-marks", 3, "Paired marks open and close within a paragraph.")
DAMAGE_MODEL = rule("damage-model", 3, "The established text, damaged, is the received text.")

_PAIRS = {"“": "”", "‘": "’", "「": "」", "『": "』", "《": "》", "〈": "〉", "（": "）", "(": ")", "【": "】"}


def run_document(document: DocumentFiles) -> Iterator[Finding]:
    """Findings on one document.

    What is wrong with the text itself is mended first, spans follow it, and what rests on spans is looked at only where
    every span holds.
    """
    marks = list(_marks(document))
    yield from marks
    if marks:
        return
    spans = list(_spans(document))
    yield from spans
    yield from _ids(document)
    if spans:
        return
    gold = {layer: [cls.from_dict(record) for record in document.gold[layer]] for layer, cls in LAYERS.items()}
    seed = document.seed = Seed(document.id, document.received, document.text, document.about, gold)
    yield from _canonical(document, seed)
    yield from _sentences(document, seed)
    yield from _entities(document, seed)
    yield from _clusters(document, seed)
    yield from _quotes(document, seed)
    yield from _damage(document, seed)


def _spans(document: DocumentFiles) -> Iterator[Finding]:
    for layer, records in document.gold.items():
        for number, record in enumerate(records, start=1):
            for path, span in _spans_in(record):
                yield from _span(document, document.gold_name(layer), number, path, span)


def _spans_in(record: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(record, list):
        record = dict(enumerate(record))
    if isinstance(record, dict):
        if {"start", "end", "text"} <= record.keys():
            yield path, record
        for name, value in record.items():
            yield from _spans_in(value, f"{path}.{name}" if path else str(name))


def _span(document: DocumentFiles, file: str, line: int, path: str, span: dict[str, Any]) -> Iterator[Finding]:
    start, end, surface, text = span["start"], span["end"], span["text"], document.text
    if not 0 <= start < end <= len(text):
        yield OFFSET_RANGE.broken(
            file,
            f"[{start}, {end}) is no slice of {TEXT}, which is {len(text)} characters long",
            line=line,
            field=path or "end",
            fix=_where(surface, text, start),
        )
    elif text[start:end] != surface:
        yield SURFACE_MISMATCH.broken(
            file,
            f"[{start}, {end}) of {TEXT} is {text[start:end]!r}, not {surface!r}",
            line=line,
            field=f"{path}.text" if path else "text",
            fix=_where(surface, text, start),
        )


def _where(surface: str, text: str, near: int) -> str:
    before, after = text.rfind(surface, 0, max(near, 0)), text.find(surface, max(near, 0))
    found = [place for place in (before, after) if place >= 0]
    if not found:
        return f"the surface stands nowhere in {TEXT}: mend one or the other"
    place = min(found, key=lambda one: abs(one - near))
    return f"the surface stands nearest at [{place}, {place + len(surface)})"


def _ids(document: DocumentFiles) -> Iterator[Finding]:
    file = document.name(document.folder / DOCUMENT)
    if document.about["id"] != document.id:
        yield ID_DOCUMENT.broken(
            file, f"is {document.about['id']!r}, the folder is {document.id!r}", field="id", fix="name them alike"
        )
    seen: dict[str, str] = {}
    for layer, records in document.gold.items():
        for number, record in enumerate(records, start=1):
            id, file = record["id"], document.gold_name(layer)
            if id.rpartition(".")[0] != document.id:
                yield ID_DOCUMENT.broken(
                    file, f"{id!r} is not of the document {document.id!r}", line=number, field="id", fix="mend the id"
                )
            if id in seen:
                yield DUPLICATE_ID.broken(
                    file, f"{id!r} is already at {seen[id]}", line=number, field="id", fix="give one of them a new id"
                )
            seen.setdefault(id, f"{file}:{number}")
    paragraphs = segment.paragraphs(document.text)
    units = {record["id"] for record in document.gold["quotes"]}
    units |= {f"{document.id}.p{number:02d}" for number in range(1, len(paragraphs) + 1)}
    clusters = {record["id"] for record in document.gold["clusters"]}
    for layer, field, known in (
        ("entities", "cluster", clusters),
        ("quotes", "speaker", clusters),
        ("stances", "holder", clusters),
        ("stances", "unit", units),
    ):
        for number, record in enumerate(document.gold[layer], start=1):
            if record[field] is not None and record[field] not in known:
                yield DANGLING_REFERENCE.broken(
                    document.gold_name(layer),
                    f"there is no {record[field]!r}",
                    line=number,
                    field=field,
                    fix="name one that exists, or add it",
                )


def _marks(document: DocumentFiles) -> Iterator[Finding]:
    for number, line in enumerate(document.text.split("\n"), start=1):
        stack: list[tuple[str, int]] = []
        for column, character in enumerate(line, start=1):
            if character in _PAIRS:
                stack.append((character, column))
            elif character in _PAIRS.values() and (not stack or _PAIRS[stack.pop()[0]] != character):
                yield _unbalanced(document, number, f"{character} in column {column} closes nothing")
                break
        else:
            if stack:
                yield _unbalanced(document, number, f"{stack[-1][0]} in column {stack[-1][1]} is never closed")


def _unbalanced(document: DocumentFiles, line: int, message: str) -> Finding:
    return UNBALANCED_MARKS.broken(
        document.name(document.folder / TEXT), message, line=line, fix="find the mark that is missing or too many"
    )


def _canonical(document: DocumentFiles, seed: Seed) -> Iterator[Finding]:
    for layer, records in seed.gold.items():
        content = read_text(gold_path(document.folder, layer))
        canonical = canonical_lines(records)
        if content != canonical:
            pairs = zip(lines(content), lines(canonical), strict=True)
            line = next((number for number, (one, other) in enumerate(pairs, start=1) if one != other), None)
            yield NOT_CANONICAL.broken(
                document.gold_name(layer),
                "not sorted, or not in canonical form",
                line=line,
                fix="run `zhengwen format`",
            )


def _sentences(document: DocumentFiles, seed: Seed) -> Iterator[Finding]:
    file = document.gold_name("sentences")
    records = sorted(enumerate(seed.gold["sentences"], start=1), key=lambda item: item[1].start)
    for paragraph in segment.paragraphs(seed.text):
        expected = paragraph.start
        inside = [(line, one) for line, one in records if paragraph.start <= one.start < paragraph.end]
        for line, record in inside:
            if record.start != expected or record.end > paragraph.end:
                yield SENTENCE_TILING.broken(
                    file,
                    f"[{record.start}, {record.end}) should begin at {expected} and end by {paragraph.end}",
                    line=line,
                    field="start" if record.start != expected else "end",
                    fix="sentences lie end to end within their paragraph",
                )
            expected = record.end
        if expected < paragraph.end:
            yield SENTENCE_TILING.broken(
                file,
                f"[{expected}, {paragraph.end}) is in no sentence: {seed.text[expected : paragraph.end]!r}",
                line=inside[-1][0] if inside else None,
                fix="sentences lie end to end within their paragraph",
            )


def _entities(document: DocumentFiles, seed: Seed) -> Iterator[Finding]:
    file = document.gold_name("entities")
    records = seed.gold["entities"]
    ends = sorted(sentence.end for sentence in seed.gold["sentences"])
    for line, record in enumerate(records, start=1):
        if any(record.start < end < record.end for end in ends):
            yield SENTENCE_CROSSED.broken(
                file,
                f"{record.text!r} runs over the end of a sentence",
                line=line,
                fix="mend the span, or the sentence",
            )
    numbered = sorted(enumerate(records, start=1), key=lambda item: item[1].order())
    for (_, one), (line, other) in pairwise(numbered):
        if (one.start, one.end) == (other.start, other.end):
            yield DUPLICATE_SPAN.broken(
                file, f"{other.text!r} is already marked by {one.id}", line=line, fix="keep one of them"
            )
    open_mentions: list = []
    for line, record in numbered:
        open_mentions = [one for one in open_mentions if one.end > record.start]
        for one in open_mentions:
            if record.end > one.end:
                yield CROSSING_MENTIONS.broken(
                    file,
                    f"{record.text!r} overlaps {one.text!r} ({one.id}) in part",
                    line=line,
                    fix="mend one of the spans",
                )
        open_mentions.append(record)


def _clusters(document: DocumentFiles, seed: Seed) -> Iterator[Finding]:
    file = document.gold_name("clusters")
    used = {entity.cluster for entity in seed.gold["entities"]}
    used |= {quote.speaker for quote in seed.gold["quotes"]} | {stance.holder for stance in seed.gold["stances"]}
    for line, cluster in enumerate(seed.gold["clusters"], start=1):
        if cluster.id not in used:
            yield UNUSED_CLUSTER.broken(
                file, f"nothing refers to {cluster.id}", line=line, fix="remove it, or refer to it"
            )
            continue
        surfaces = {entity.text for entity in seed.gold["entities"] if entity.cluster == cluster.id}
        names = [("name", cluster.name), *((f"aliases.{n}", alias) for n, alias in enumerate(cluster.aliases))]
        for field, name in names:
            if name not in (surfaces if cluster.named else seed.text):
                yield CLUSTER_NAME.broken(
                    file,
                    f"{name!r} is no mention of {cluster.id}",
                    line=line,
                    field=field,
                    fix="use a name from the text",
                )
        for surface in sorted(surfaces - {name for _, name in names}):
            yield CLUSTER_NAME.broken(
                file,
                f"{surface!r} is a mention and no name of {cluster.id}",
                line=line,
                field="aliases",
                fix="add the alias",
            )


def _quotes(document: DocumentFiles, seed: Seed) -> Iterator[Finding]:
    file, text = document.gold_name("quotes"), seed.text
    for line, quote in enumerate(seed.gold["quotes"], start=1):
        for number, (one, other) in enumerate(pairwise(quote.content), start=1):
            if other.start < one.end:
                yield FRAGMENT_ORDER.broken(
                    file,
                    "begins before the one before it ends",
                    line=line,
                    field=f"content.{number}",
                    fix="put them in order",
                )
        for number, span in enumerate(quote.content):
            around = text[span.start - 1 : span.start] + text[span.end : span.end + 1]
            if quote.kind == "direct" and around not in ("“”", "「」", "‘’", "『』"):
                yield QUOTE_MARKS.broken(
                    file,
                    f"direct words stand between {around!r}, not between quotation marks",
                    line=line,
                    field=f"content.{number}",
                    fix="mend the span, or the kind",
                )
        if quote.kind == "mixed" and not any(mark in span.text for span in quote.content for mark in "“「"):
            yield QUOTE_MARKS.broken(
                file, "no words between quotation marks", line=line, field="content", fix="mend the span, or the kind"
            )
        if (quote.source is None) != quote.implicit_source:
            yield IMPLICIT_SOURCE.broken(
                file,
                f"is {str(quote.implicit_source).lower()}, and there is {'no' if quote.source is None else 'a'} source",
                line=line,
                field="implicit_source",
                fix="true when source is null, and only then",
            )


def _damage(document: DocumentFiles, seed: Seed) -> Iterator[Finding]:
    about, text = document.name(document.folder / DOCUMENT), document.name(document.folder / TEXT)
    restored = Document.from_seed(seed).text("restored")
    if seed.policy.is_empty and restored != seed.received:
        yield DAMAGE_MODEL.broken(about, "the policy is empty", field="damage", fix="state what the site did")
        return
    try:
        modelled = modelled_received(seed, restored)
    except UnencodableTextError as error:
        yield DAMAGE_MODEL.broken(text, str(error), fix="mend the text")
        return
    except ZhengwenError as error:
        yield DAMAGE_MODEL.broken(about, error.message, fix="mend the exception, or remove it")
        return
    if modelled != seed.received:
        line, column, expected, found = first_difference(seed.received, modelled)
        yield DAMAGE_MODEL.broken(
            text,
            f"column {column} of {RECEIVED} was received as {expected!r}, the model gives {found!r}",
            line=line,
            fix="mend the text, the damage policy or the exceptions",
        )


def first_difference(received: str, modelled: str, width: int = 12) -> tuple[int, int, str, str]:
    """Where two texts part: line and column (from 1) in the first, and what each has there.

    >>> first_difference("一\\n二三", "一\\n二四")
    (2, 2, '三', '四')
    """
    place = next(
        (at for at, (one, other) in enumerate(zip(received, modelled, strict=False)) if one != other),
        min(len(received), len(modelled)),
    )
    line = received.count("\n", 0, place) + 1
    column = place - (received.rfind("\n", 0, place) + 1) + 1
    return line, column, received[place : place + width], modelled[place : place + width]
