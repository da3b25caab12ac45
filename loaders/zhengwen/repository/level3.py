"""Level 3: the parts of each document are consistent."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from zhengwen.assembly import assemble
from zhengwen.document import Document, paragraph_id
from zhengwen.errors import ZhengwenError
from zhengwen.files import lines
from zhengwen.findings import Finding, rule
from zhengwen.layers import layers_of, referenced_ids
from zhengwen.layers.base import CheckContext
from zhengwen.repository.documents import DocumentFiles
from zhengwen.repository.level2 import RawDocument, strings_in
from zhengwen.restoration.damage import UnencodableTextError
from zhengwen.schema import Schema
from zhengwen.seeds import DOCUMENT, RECEIVED, TEXT, Seed, canonical_decisions, canonical_lines, gold_path
from zhengwen.text import segment

OFFSET_RANGE = rule(
    "offset-range",
    3,
    "A span lies within the text and is not empty.",
    why="Programming languages treat a slice outside the text differently: some return nothing, others fail.",
    example='`"end": 99999` in a text of 4,170 characters.',
    fix="Find the offsets again with `zhengwen.seeds.locate`.",
)
SURFACE_MISMATCH = rule(
    "surface-mismatch",
    3,
    "The `text` of a span is the slice of the document that its offsets point to.",
    why="Comparing the two is the only way to notice that an edit of the text has shifted the span.",
    example="`start` and `end` are off by one.",
    fix="Use the offsets that the finding gives, where this text occurs nearest.",
)
SPAN_WHITE_SPACE = rule(
    "span-white-space",
    3,
    "A span neither begins nor ends with white space, and neither does any other text of a record.",
    why="Otherwise two annotators whose spans differ by a space would count as disagreeing, and a name with a blank "
    "would look like the name without it.",
    example='`"text": " DeepSeek"`',
    fix="Remove the white space from the span.",
)
ID_DOCUMENT = rule(
    "id-document",
    3,
    "Each id begins with the id of its document, which is the name of the document's folder.",
    why="This is what makes ids unique in the whole corpus.",
    example='`"id": "other.e0001"` in a folder of another name.',
    fix="Begin the id with the name of the folder.",
)
DUPLICATE_ID = rule(
    "duplicate-id",
    3,
    "No two records have the same id.",
    why="A reference to this id would be ambiguous.",
    example="Two lines have the id `…e0001`.",
    fix="Give one of the records an id that has never been used.",
)
DANGLING_REFERENCE = rule(
    "dangling-reference",
    3,
    "Every record that another record refers to exists.",
    why="A program that follows the reference finds nothing.",
    example='`"cluster": "…c99"`, and no line of `clusters.jsonl` has this id.',
    fix="Refer to a record that exists, or add the missing record.",
)
NOT_CANONICAL = rule(
    "not-canonical",
    3,
    "Gold is sorted and written in its canonical form.",
    why="With only one way to write a record, a diff shows nothing but real changes.",
    example="Two lines were swapped.",
    fix="Run `zhengwen format`.",
)
UNBALANCED_MARKS = rule(
    "unbalanced-marks",
    3,
    "In a corpus with restoration or quotations, marks and brackets are opened and closed within a paragraph.",
    why="Restoration and the rules for direct speech rely on these marks. Other corpora may hold sentences without "
    "their context, which can begin within a quotation or a title.",
    example="A paragraph contains `“这很好。` without a closing mark.",
    fix="Restore the missing mark in `text.txt`, and shift the spans after it.",
)
EDITION_EXCEPTION = rule(
    "edition-exception",
    3,
    "Every exception for an edition applies to words of the text.",
    why="An exception that no longer applies hides that the text was changed.",
    example="`exceptions.editions` names words that the text does not contain.",
    fix="Remove the exception, or correct its words.",
)
DAMAGE_MODEL = rule(
    "damage-model",
    3,
    "The model of the damage, applied to the established text, gives the received text.",
    why="This ties the established text to the bytes that were received.",
    example="A character of `text.txt` was replaced by another.",
    fix="Undo the edit; or list in `document.yaml`, with a reason, what the model does not explain.",
)

_PAIRS = {"“": "”", "‘": "’", "「": "」", "『": "』", "《": "》", "〈": "〉", "（": "）", "(": ")", "【": "】"}


@dataclass(frozen=True)
class CheckedDocument:
    """What level 3 makes of a document.

    ``seed`` and ``context`` are there if every span is right, and ``document`` if it can then be assembled.
    """

    seed: Seed | None
    document: Document | None
    context: CheckContext | None
    findings: list[Finding]


def check_document(raw: RawDocument, schema: Schema) -> CheckedDocument:
    """Check one document.

    Findings on the text itself are returned alone, since correcting the text moves the spans; what rests on spans is
    checked only if every span is right.
    """
    files = raw.files
    findings = list(_marks(raw))
    if findings:
        return CheckedDocument(None, None, None, findings)
    span_findings = list(_spans(raw)) or list(_padded(raw))
    findings = [*span_findings, *_ids(raw), *_references(raw)]
    if span_findings:
        return CheckedDocument(None, None, None, findings)
    layers = layers_of(schema.design)
    gold = {name: [layer.RECORD.from_dict(record) for record in raw.gold[name]] for name, layer in layers.items()}
    seed = Seed(files.id, schema.design, raw.received, raw.text, raw.about, gold)
    context = CheckContext(
        doc_id=seed.id,
        text=seed.text,
        gold=gold,
        files={layer: files.gold_name(layer) for layer in layers},
        referenced=referenced_ids(gold),
        schema=schema,
    )
    findings += _canonical(raw, seed)
    for layer in layers.values():
        findings += layer.check_structure(context)
    document, more = _assembled(files, seed, schema)
    return CheckedDocument(seed, document, context, findings + more)


# Spans, ids and references.


def _spans(raw: RawDocument) -> Iterator[Finding]:
    for layer, records in raw.gold.items():
        for number, record in enumerate(records, start=1):
            for path, span in _spans_in(record):
                yield from _span(raw, layer, number, path, span)


def _spans_in(record: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(record, list):
        record = dict(enumerate(record))
    if isinstance(record, dict):
        if {"start", "end", "text"} <= record.keys():
            yield path, record
        for name, value in record.items():
            yield from _spans_in(value, f"{path}.{name}" if path else str(name))


def _span(raw: RawDocument, layer: str, line: int, path: str, span: dict[str, Any]) -> Iterator[Finding]:
    file, text = raw.files.gold_name(layer), raw.text
    start, end, surface = span["start"], span["end"], span["text"]
    if not 0 <= start < end <= len(text):
        yield OFFSET_RANGE.broken(
            file,
            f"[{start}, {end}) is not a slice of {TEXT}, which is {len(text)} characters long",
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


def _padded(raw: RawDocument) -> Iterator[Finding]:
    """Findings on texts with white space around them; sentences together are the whole text, white space included."""
    for layer, records in raw.gold.items():
        for number, record in enumerate(records if layer != "sentences" else (), start=1):
            for field, text in strings_in(record):
                if text != text.strip():
                    message = f"{text!r} begins or ends with white space"
                    yield SPAN_WHITE_SPACE.broken(
                        raw.files.gold_name(layer), message, line=number, field=field, fix="remove the white space"
                    )


def _where(surface: str, text: str, near: int) -> str:
    """The fix for a wrong span: where ``surface`` stands in ``text``, nearest to the offset ``near``."""
    near = max(near, 0)
    occurrences = (text.rfind(surface, 0, near + len(surface)), text.find(surface, near))
    starts = [start for start in occurrences if start >= 0]
    if not starts:
        return f"{surface!r} is nowhere in {TEXT}: correct the span, or the text"
    start = min(starts, key=lambda start: abs(start - near))
    return f"the nearest {surface!r} is at [{start}, {start + len(surface)})"


def _ids(raw: RawDocument) -> Iterator[Finding]:
    files = raw.files
    if raw.about["id"] != files.id:
        yield ID_DOCUMENT.broken(
            files.name(files.folder / DOCUMENT),
            f"is {raw.about['id']!r}, the folder is {files.id!r}",
            field="id",
            fix="give both the same name",
        )
    first_places: dict[str, str] = {}
    by_file = {files.gold_name(layer): records for layer, records in raw.gold.items()}
    for file, records in {**by_file, files.name(files.adjudication): raw.adjudication}.items():
        for number, record in enumerate(records, start=1):
            id = record["id"]
            if id.rpartition(".")[0] != files.id:
                yield ID_DOCUMENT.broken(
                    file,
                    f"{id!r} does not begin with {files.id!r}",
                    line=number,
                    field="id",
                    fix="correct the id",
                )
            if id in first_places:
                yield DUPLICATE_ID.broken(
                    file,
                    f"{id!r} is already at {first_places[id]}",
                    line=number,
                    field="id",
                    fix="give one of them a new id",
                )
            first_places.setdefault(id, f"{file}:{number}")


def _references(raw: RawDocument) -> Iterator[Finding]:
    known = {layer: {record["id"] for record in records} for layer, records in raw.gold.items()}
    paragraphs = segment.paragraphs(raw.text)
    known["paragraphs"] = {paragraph_id(raw.files.id, number) for number in range(1, len(paragraphs) + 1)}
    for name, layer in layers_of(raw.files.design).items():
        for field, targets in layer.REFERENCES.items():
            for number, record in enumerate(raw.gold[name], start=1):
                if record[field] is not None and not any(record[field] in known.get(target, ()) for target in targets):
                    yield DANGLING_REFERENCE.broken(
                        raw.files.gold_name(name),
                        f"there is no {record[field]!r}",
                        line=number,
                        field=field,
                        fix="name a record that exists, or add this one",
                    )


# The text, and the form of the files.


def _marks(raw: RawDocument) -> Iterator[Finding]:
    """Findings on marks that stand alone, in a corpus of which some part relies on pairs."""
    if not (raw.files.design.restoration or "quotes" in raw.files.design.layers):
        return
    for number, line in enumerate(raw.text.split("\n"), start=1):
        stack: list[tuple[str, int]] = []
        for column, character in enumerate(line, start=1):
            if character in _PAIRS:
                stack.append((character, column))
            elif character in _PAIRS.values() and (not stack or _PAIRS[stack.pop()[0]] != character):
                yield _unbalanced(raw, number, f"{character} in column {column} closes nothing")
                break
        else:
            if stack:
                yield _unbalanced(raw, number, f"{stack[-1][0]} in column {stack[-1][1]} is never closed")


def _unbalanced(raw: RawDocument, line: int, message: str) -> Finding:
    file = raw.files.name(raw.files.folder / TEXT)
    return UNBALANCED_MARKS.broken(file, message, line=line, fix="find the mark that is missing, or one too many")


def _canonical(raw: RawDocument, seed: Seed) -> Iterator[Finding]:
    files = raw.files
    for layer, records in seed.gold.items():
        content = files.text(gold_path(files.folder, layer))
        canonical = canonical_lines(records)
        if content != canonical:
            pairs = enumerate(zip(lines(content), lines(canonical), strict=True), start=1)
            line = next((number for number, (line, expected) in pairs if line != expected), None)
            yield NOT_CANONICAL.broken(
                files.gold_name(layer),
                "not sorted, or not in canonical form",
                line=line,
                fix="run `zhengwen format`",
            )
    if files.adjudication.is_file() and files.text(files.adjudication) != canonical_decisions(raw.adjudication):
        yield NOT_CANONICAL.broken(
            files.name(files.adjudication), "not sorted by id, or not in canonical form", fix="run `zhengwen format`"
        )


# Editions and damage.


def _assembled(files: DocumentFiles, seed: Seed, schema: Schema) -> tuple[Document | None, list[Finding]]:
    """The document with all its editions, if they can be made, and the findings on them."""
    about = files.name(files.folder / DOCUMENT)
    findings = [
        EDITION_EXCEPTION.broken(
            about,
            f"{exception['hans']!r} is not in the text",
            field=f"exceptions.editions.{number}.hans",
            fix="remove the exception, or correct it",
        )
        for number, exception in enumerate(seed.about["exceptions"]["editions"])
        if exception["hans"] not in seed.text
    ]
    document = None
    try:
        document = assemble(seed, schema)
    except ZhengwenError as error:
        findings.append(EDITION_EXCEPTION.broken(about, error.message, field="exceptions.editions", fix=error.fix))
    return document, findings or (list(_damage(files, seed)) if schema.design.restoration else [])


def _damage(files: DocumentFiles, seed: Seed) -> Iterator[Finding]:
    about, text = files.name(files.folder / DOCUMENT), files.name(files.folder / TEXT)
    if seed.policy.is_empty and seed.restored != seed.received:
        yield DAMAGE_MODEL.broken(
            about,
            "the policy is empty, but the received text is not the restored one",
            field="damage",
            fix="state how the site damaged the text",
        )
        return
    for field, table in (("glosses", seed.policy.glosses), ("delimiters", seed.policy.delimiters)):
        unencodable = [character for pair in table.items() for character in pair if not _is_gbk(character)]
        if unencodable:
            yield DAMAGE_MODEL.broken(
                about, f"{unencodable[0]!r} is not in GBK", field=f"damage.{field}", fix="correct the damage policy"
            )
            return
    try:
        modelled = seed.modelled_received()
    except UnencodableTextError as error:
        yield DAMAGE_MODEL.broken(text, str(error), fix="correct the text")
        return
    except ZhengwenError as error:
        yield DAMAGE_MODEL.broken(about, error.message, fix="correct the exception, or remove it")
        return
    if modelled != seed.received:
        line, column, expected, actual = first_difference(seed.received, modelled)
        yield DAMAGE_MODEL.broken(
            text,
            f"{RECEIVED} has {expected!r} in column {column}, but the damage model gives {actual!r}",
            line=line,
            fix="correct the text, the damage policy or the exceptions",
        )


def _is_gbk(text: str) -> bool:
    try:
        text.encode("gbk")
    except UnicodeEncodeError:
        return False
    return True


def first_difference(received: str, modelled: str, width: int = 12) -> tuple[int, int, str, str]:
    """Where two texts first differ: line and column in ``received``, from 1, and up to ``width`` characters of each.

    >>> first_difference("一\\n二三", "一\\n二四")
    (2, 2, '三', '四')
    """
    offset = next(
        (offset for offset, pair in enumerate(zip(received, modelled, strict=False)) if pair[0] != pair[1]),
        min(len(received), len(modelled)),
    )
    line = received.count("\n", 0, offset) + 1
    column = offset - (received.rfind("\n", 0, offset) + 1) + 1
    return line, column, received[offset : offset + width], modelled[offset : offset + width]
