"""Level 3: what a document says holds together."""

from collections.abc import Iterator
from typing import Any

from zhengwen.checks import layers
from zhengwen.checks.finding import Finding, rule
from zhengwen.checks.subject import DocumentFiles
from zhengwen.document import Document, paragraph_id
from zhengwen.errors import ZhengwenError
from zhengwen.records import LAYERS
from zhengwen.restoration.damage import UnencodableTextError
from zhengwen.schema import Schema
from zhengwen.seeds import (
    ADJUDICATION,
    DOCUMENT,
    RECEIVED,
    TEXT,
    Seed,
    canonical_decisions,
    canonical_lines,
    gold_path,
    lines,
    modelled_received,
    read_text,
)
from zhengwen.text import segment

OFFSET_RANGE = rule("offset-range", 3, "A span is a slice of the text that is not empty.")
SURFACE_MISMATCH = rule("surface-mismatch", 3, "The surface of a span is the slice that it points to.")
SPAN_WHITE_SPACE = rule("span-white-space", 3, "A span begins and ends with a word or a mark, inside a paragraph.")
ID_DOCUMENT = rule("id-document", 3, "An id begins with the id of its document, which is the name of its folder.")
DUPLICATE_ID = rule("duplicate-id", 3, "An id names one record.")
DANGLING_REFERENCE = rule("dangling-reference", 3, "A record that is named exists.")
NOT_CANONICAL = rule("not-canonical", 3, "Gold is written in one way, sorted, so that a change shows as what changed.")
SENTENCE_TILING = rule("sentence-tiling", 3, "Sentences tile the paragraphs: nothing lost, nothing twice.")
UNBALANCED_MARKS = rule("unbalanced-marks", 3, "Paired marks open and close within a paragraph.")
EDITION_EXCEPTION = rule("edition-exception", 3, "An exception of an edition fits the text that it is for.")
DAMAGE_MODEL = rule("damage-model", 3, "The established text, damaged, is the received text.")

_PAIRS = {"“": "”", "‘": "’", "「": "」", "『": "』", "《": "》", "〈": "〉", "（": "）", "(": ")", "【": "】"}


def run_document(document: DocumentFiles, schema: Schema) -> Iterator[Finding]:
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
    yield from layers.run_document(document, seed)
    yield from _damage(document, seed, schema)


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
    elif text[start:end] == surface and surface != surface.strip() and not file.endswith("sentences.jsonl"):
        yield SPAN_WHITE_SPACE.broken(
            file, f"{surface!r} begins or ends with white space", line=line, field=path or "text", fix="mend the span"
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
    files = [(document.gold_name(layer), records) for layer, records in document.gold.items()]
    for file, records in [*files, (document.name(document.folder / ADJUDICATION), document.adjudication)]:
        for number, record in enumerate(records, start=1):
            id = record["id"]
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
    units |= {paragraph_id(document.id, number) for number in range(1, len(paragraphs) + 1)}
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
    decided = document.folder / ADJUDICATION
    if decided.is_file() and read_text(decided) != canonical_decisions(document.adjudication):
        yield NOT_CANONICAL.broken(
            document.name(decided), "not sorted by id, or not in canonical form", fix="run `zhengwen format`"
        )


def _sentences(document: DocumentFiles, seed: Seed) -> Iterator[Finding]:
    file = document.gold_name("sentences")
    records = sorted(enumerate(seed.gold["sentences"], start=1), key=lambda item: item[1].start)
    paragraphs = segment.paragraphs(seed.text)
    for line, record in records:
        if not any(paragraph.start <= record.start < paragraph.end for paragraph in paragraphs):
            yield SENTENCE_TILING.broken(
                file,
                f"[{record.start}, {record.end}) begins in no paragraph",
                line=line,
                field="start",
                fix="remove it",
            )
    for paragraph in paragraphs:
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


def _damage(document: DocumentFiles, seed: Seed, schema: Schema) -> Iterator[Finding]:
    about, text = document.name(document.folder / DOCUMENT), document.name(document.folder / TEXT)
    unfit = list(_edition_exceptions(about, seed, schema))
    yield from unfit
    if unfit:
        return
    restored = Document.from_seed(seed, schema).text("restored")
    if seed.policy.is_empty and restored != seed.received:
        yield DAMAGE_MODEL.broken(about, "the policy is empty", field="damage", fix="state what the site did")
        return
    for field, characters in (("glosses", seed.policy.glosses), ("delimiters", seed.policy.delimiters)):
        if strange := [one for pair in characters.items() for one in pair if not _is_gbk(one)]:
            yield DAMAGE_MODEL.broken(
                about, f"{strange[0]!r} is not in GBK", field=f"damage.{field}", fix="mend the damage policy"
            )
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


def _edition_exceptions(about: str, seed: Seed, schema: Schema) -> Iterator[Finding]:
    for number, entry in enumerate(seed.about["exceptions"]["editions"]):
        if entry["hans"] not in seed.text:
            yield EDITION_EXCEPTION.broken(
                about,
                f"{entry['hans']!r} is not in the text",
                field=f"exceptions.editions.{number}.hans",
                fix="remove the exception, or mend it",
            )
    try:
        Document.from_seed(seed, schema)
    except ZhengwenError as error:
        yield EDITION_EXCEPTION.broken(about, error.message, field="exceptions.editions", fix=error.fix)


def _is_gbk(text: str) -> bool:
    try:
        text.encode("gbk")
    except UnicodeEncodeError:
        return False
    return True


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
