"""Level 2: every file has its shape."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

from zhengwen.checks.finding import Finding, rule
from zhengwen.checks.subject import DocumentFiles, Subject
from zhengwen.errors import ZhengwenError
from zhengwen.files import lines, parse_json, read_text, read_yaml
from zhengwen.records import LAYERS
from zhengwen.release.rows import FAMILIES
from zhengwen.schema import Problem, Schema, read_schema
from zhengwen.seeds import ADJUDICATION, DOCUMENT, RECEIVED, TEXT, gold_path

SCHEMA_BROKEN = rule("schema-broken", 2, "The schema itself must be readable.")
YAML_SYNTAX = rule("yaml-syntax", 2, "A file of facts is YAML, each key once.")
JSON_SYNTAX = rule("json-syntax", 2, "A line of gold is one JSON object, each field once.")
SHAPE = rule("shape", 2, "A record has the fields of its shape, of the right types.")


def run(subject: Subject) -> Iterator[Finding]:
    """Findings on the schema and on what is said of the corpus; reads the schema."""
    try:
        subject.schema = read_schema(subject.root / "schema")
    except ZhengwenError as error:
        place, line, message = _place(error)
        file = subject.name(Path(place))
        yield SCHEMA_BROKEN.broken(file, message, line=line, fix=error.fix or "mend the schema")
        return
    incomplete = list(_completeness(subject.schema))
    if incomplete:
        subject.schema = None
        yield from incomplete
        return
    _, findings = _yaml(subject, "seeds/corpus.yaml", "corpus", subject.schema)
    yield from findings


def _completeness(schema: Schema) -> Iterator[Finding]:
    """The shapes that the package is written for are there, and hold what it writes and reads."""
    needed = {f"gold/{name}": name in schema.gold for name in (*LAYERS, "document", "corpus", "adjudication")}
    needed |= {f"rows/{name}": name in schema.rows for name in FAMILIES}
    for name, is_there in needed.items():
        if not is_there:
            yield SCHEMA_BROKEN.broken(f"schema/{name}.yaml", "there is no such shape", fix="restore it")
    for name in schema.rows:
        if name not in FAMILIES:
            yield SCHEMA_BROKEN.broken(
                f"schema/rows/{name}.yaml", "nothing makes such rows", fix="remove it, or make them"
            )
    for name, record_class in LAYERS.items():
        fields = [field.name for field in dataclasses.fields(record_class)]
        if name in schema.gold and list(schema.gold[name].fields) != fields:
            message = f"its fields are not those of {record_class.__name__}: {', '.join(fields)}"
            yield SCHEMA_BROKEN.broken(f"schema/gold/{name}.yaml", message, fix="mend one or the other")


def run_document(document: DocumentFiles, subject: Subject) -> Iterator[Finding]:
    """Findings on one document; reads its files."""
    schema = subject.schema
    document.text, document.received = read_text(document.folder / TEXT), read_text(document.folder / RECEIVED)
    document.about, findings = _yaml(subject, document.name(document.folder / DOCUMENT), "document", schema)
    yield from findings
    for layer in LAYERS:
        document.gold[layer] = []
        yield from _records(document, gold_path(document.folder, layer), layer, document.gold[layer], schema)
    if (document.folder / ADJUDICATION).is_file():
        document.adjudication = []
        file = document.folder / ADJUDICATION
        yield from _records(document, file, "adjudication", document.adjudication, schema)


def _records(document: DocumentFiles, path: Path, shape: str, found: list, schema: Schema) -> Iterator[Finding]:
    """Findings on a file of records, which are put into ``found``."""
    file = document.name(path)
    for number, line in enumerate(lines(read_text(path)), start=1):
        try:
            record = parse_json(line)
        except ValueError as error:
            yield JSON_SYNTAX.broken(file, f"not JSON: {error}", line=number, fix="one JSON object a line")
            continue
        found.append(record)
        for problem in _without_labels(schema.gold[shape].problems(record)):
            yield SHAPE.broken(
                file, problem.message, line=number, field=problem.field, fix=f"see schema/gold/{shape}.yaml"
            )


def _yaml(subject: Subject, file: str, shape: str, schema: Schema) -> tuple[object, list[Finding]]:
    try:
        content = read_yaml(subject.root / file)
    except ZhengwenError as error:
        _, line, message = _place(error)
        return None, [YAML_SYNTAX.broken(file, message, line=line, fix="mend the YAML")]
    # Level 4 looks at the labels of records alone: those of a description are looked at here.
    problems = schema.gold[shape].problems(content)
    return content, [
        SHAPE.broken(file, problem.message, field=problem.field, fix=f"see schema/gold/{shape}.yaml")
        for problem in problems
    ]


def _place(error: ZhengwenError) -> tuple[str, int | None, str]:
    """The file, the line and the rest of a message that begins with them."""
    place, _, message = error.message.partition(": ")
    file, _, line = place.rpartition(":")
    return (file, int(line), message) if line.isdigit() else (place, None, message)


def _without_labels(problems: list[Problem]) -> list[Problem]:
    # Labels are vocabulary: level 4.
    return [problem for problem in problems if problem.rule != "allowed"]
