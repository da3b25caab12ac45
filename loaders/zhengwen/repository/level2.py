"""Level 2: every file can be parsed, and has its shape."""

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

from zhengwen.design import DESIGN, Design, read_design
from zhengwen.errors import ZhengwenError
from zhengwen.files import lines, parse_json, read_text, read_yaml
from zhengwen.findings import Finding, rule
from zhengwen.hub_id import flaw_of
from zhengwen.labels import is_line
from zhengwen.layers import LAYERS, flaw_of_layers, layers_of
from zhengwen.measure.baselines import baselines_of
from zhengwen.paths import stated_version
from zhengwen.problems import Problem
from zhengwen.prose import flaws_of
from zhengwen.repository import keys
from zhengwen.repository.documents import DocumentFiles
from zhengwen.rows import FAMILIES
from zhengwen.schema import NOT_LAYERS, Schema, read_schema
from zhengwen.seeds import CARD_TEXT, CORPUS, DOCUMENT, RECEIVED, SEEDS, TEXT, gold_path

SCHEMA_BROKEN = rule(
    "schema-broken",
    2,
    "The schema can be read and defines every shape that the package needs.",
    why="All other checks rely on the schema.",
    example="`schema/design.yaml` names a layer `stance`, and there is none of this name.",
    fix="Correct the line that the finding names.",
)
YAML_SYNTAX = rule(
    "yaml-syntax",
    2,
    "Every YAML file is valid YAML in which no key is repeated.",
    why="A YAML reader silently keeps only one of two equal keys.",
    example="`year:` stands twice in `document.yaml`.",
    fix="Write each key once, and put values that contain a colon in quotes.",
)
JSON_SYNTAX = rule(
    "json-syntax",
    2,
    "Each line of gold is one JSON object in which no field is repeated.",
    why="JSON readers disagree about repeated fields and NaN, and cannot read anything that is not JSON.",
    example='`{"id": "d.c01", "id": "d.c02"}`',
    fix="Write one JSON object per line, with each field once.",
)
UNKNOWN_LICENCE = rule(
    "unknown-licence",
    2,
    "The licences of the annotation and of the texts are identifiers of the SPDX list.",
    why="Hubs and tools look up what may be done with the data by this identifier.",
    example="`annotation_license: CC-BY-9.9`",
    fix="Take the identifier from https://spdx.org/licenses/, as it is written there.",
)
CORPUS_VERSION = rule(
    "corpus-version",
    2,
    "A corpus that comes with the code has the version of the code.",
    why="One version number covers both, and the package loads the corpus as the data of its own version.",
    example="`seeds/corpus.yaml` states version 1.1.0, and `loaders/zhengwen/__init__.py` version 1.2.0.",
    fix="Give both the same version.",
)
CARD_PROSE = rule(
    "card-prose",
    2,
    "The prose of the card consists of sections that can be put into it one by one.",
    why="The card has its own title, and a block that does not end would swallow what comes after it.",
    example="`seeds/card.md` begins with `# My corpus`.",
    fix="Write each heading of a section as `## Heading`, each once, and end every block of code and comment.",
)
SHAPE = rule(
    "shape",
    2,
    "A record has exactly the fields of its shape, with values of the right types.",
    why="Loaders, Arrow and other programs rely on the fields and their types.",
    example='`"start": "12"` has a string where a number belongs.',
    fix="Compare the record with its shape, which `zhengwen schema NAME` prints.",
)


@dataclass(frozen=True)
class RawDocument:
    """The files of one document, parsed.

    Where level 2 has no findings, the record on line ``n`` of a file is at index ``n - 1``.
    """

    files: DocumentFiles
    text: str
    received: str | None
    about: Any
    gold: dict[str, list[Any]]
    adjudication: list[Any]


def read_checked_design(root: Path) -> tuple[Design | None, list[Finding]]:
    """The design of the corpus in the repository ``root``, or the findings that say why it cannot be used."""
    try:
        design = read_design(root / "schema" / DESIGN)
    except ZhengwenError as error:
        return None, [_broken(error, root)]
    if flaw := flaw_of_layers(design.layers):
        return None, [SCHEMA_BROKEN.broken(f"schema/{DESIGN}", flaw, field="layers", fix="correct the list of layers")]
    return design, []


def _broken(error: ZhengwenError, root: Path) -> Finding:
    file, line, message = located(error, root)
    return SCHEMA_BROKEN.broken(file, message, line=line, fix=error.fix or "correct the schema")


def read_checked_schema(root: Path, folders: Sequence[Path]) -> tuple[Schema | None, list[Finding]]:
    """The schema of the repository ``root``, or the findings that say why it cannot be used.

    The ids of its documents, which are the names of their ``folders``, are checked with the names in the schema.
    """
    try:
        schema = read_schema(root / "schema")
    except ZhengwenError as error:
        return None, [_broken(error, root)]
    findings = list(keys.check(schema, [folder.name for folder in folders])) or list(_completeness(schema))
    return (None, findings) if findings else (schema, [])


def _completeness(schema: Schema) -> Iterator[Finding]:
    """The shapes that the package is written for exist, no others do, and gold has the fields that it reads."""
    known = {
        "gold": (*LAYERS, *NOT_LAYERS),
        "rows": FAMILIES,
        "predictions": [task for layer in LAYERS.values() for task in layer.TASKS],
    }
    for kind, names in known.items():
        for name in getattr(schema, kind):
            if name not in names:
                message, fix = _UNKNOWN_SHAPES[kind]
                yield SCHEMA_BROKEN.broken(f"schema/{kind}/{name}.yaml", message.format(name), fix=fix)
    for name, layer in LAYERS.items():
        fields = [field.name for field in dataclasses.fields(layer.RECORD)]
        if name in schema.gold and list(schema.gold[name].fields) != fields:
            message = f"its fields are not those of {layer.RECORD.__name__}: {', '.join(fields)}"
            yield SCHEMA_BROKEN.broken(
                f"schema/gold/{name}.yaml", message, fix="correct the shape, or the record class"
            )


#: What is wrong with a shape that the package does not know, and how to fix it.
_UNKNOWN_SHAPES = {
    "gold": ("there is no layer {!r}", "remove it, or register the layer"),
    "rows": ("nothing makes rows of a family {!r}", "remove it, or state in a layer what makes the rows"),
    "predictions": ("there is no task {!r}", "remove it, or state the task in its layer"),
}


def read_corpus_description(root: Path, schema: Schema) -> tuple[Any, list[Finding]]:
    """The content of ``seeds/corpus.yaml``, with the findings on it."""
    path = root / SEEDS / CORPUS
    try:
        content: Any = read_yaml(path)
    except ZhengwenError as error:
        content = error
    file = path.relative_to(root).as_posix()
    findings = list(_description(content, path, root, "corpus", schema))
    if not findings and content["repository"] and (flaw := flaw_of(content["repository"])):
        findings.append(SHAPE.broken(file, flaw, field="repository", fix="write the id of the dataset as ORG/NAME"))
    known = [baseline.name for baseline in baselines_of(schema)]
    for number, name in enumerate(content["baselines"] if not findings else ()):
        if name not in known or name in content["baselines"][:number]:
            there_are = f"no baseline for the layers of this corpus; there are: {', '.join(known)}"
            message = f"{name!r} is {'named twice' if name in known else there_are}"
            findings.append(SHAPE.broken(file, message, field=f"baselines.{number}", fix="name one of them, or none"))
    for field in ("annotation_license", "text_license") if not findings else ():
        if content[field] and not is_spdx(content[field]):
            message = f"{content[field]!r} is not in the SPDX list"
            findings.append(UNKNOWN_LICENCE.broken(file, message, field=field))
    code = stated_version(root)
    if not findings and code and content["version"] != code:
        message = f"is {content['version']}, and the code beside it is of version {code}"
        findings.append(CORPUS_VERSION.broken(file, message, field="version", fix="give both the same version"))
    return content, [*findings, *_card_prose(root)]


def _card_prose(root: Path) -> Iterator[Finding]:
    path = root / SEEDS / CARD_TEXT
    for line, message in flaws_of(read_text(path)) if path.is_file() else ():
        fix = "begin each section with a heading `## …` of its own, and end every block"
        yield CARD_PROSE.broken(path.relative_to(root).as_posix(), message, line=line, fix=fix)


def is_spdx(licence: str) -> bool:
    """Whether ``licence`` is one identifier of the SPDX list, in the case that it has there."""
    if " " in licence or licence.endswith("+") or licence.startswith("LicenseRef-"):
        return False  # an expression that is valid, but no identifier of the list
    try:
        return canonicalize_license_expression(licence) == licence
    except InvalidLicenseExpression:
        return False


def read_document(files: DocumentFiles, schema: Schema) -> tuple[RawDocument, list[Finding]]:
    """The files of one document, parsed, with the findings on their shapes."""
    findings = list(_description(files.about, files.folder / DOCUMENT, files.root, "document", schema))
    gold: dict[str, list[Any]] = {}
    for layer in layers_of(schema.design):
        gold[layer], more = _records(files, gold_path(files.folder, layer), layer, schema)
        findings += more
    adjudication: list[Any] = []
    if files.adjudication.is_file():
        adjudication, more = _records(files, files.adjudication, "adjudication", schema)
        findings += more
    text = files.text(files.folder / TEXT)
    received = files.text(files.folder / RECEIVED) if schema.design.restoration else None
    return RawDocument(files, text, received, files.about, gold, adjudication), findings


def _records(files: DocumentFiles, path: Path, shape: str, schema: Schema) -> tuple[list[Any], list[Finding]]:
    """The records of a file, with the findings on them."""
    file, records, findings = files.name(path), [], []
    fix = f"see `zhengwen schema gold/{shape}`"
    for number, line in enumerate(lines(files.text(path)), start=1):
        try:
            record = parse_json(line)
        except ValueError as error:
            findings.append(JSON_SYNTAX.broken(file, f"not JSON: {error}", line=number, fix="one JSON object per line"))
            continue
        records.append(record)
        findings += [
            SHAPE.broken(file, problem.message, line=number, field=problem.field, fix=fix)
            for problem in _without_labels(schema.gold[shape].problems(record))
        ]
    return records, findings


def _description(content: Any, path: Path, root: Path, shape: str, schema: Schema) -> Iterator[Finding]:
    file = path.relative_to(root).as_posix()
    if isinstance(content, ZhengwenError):
        _, line, message = located(content, root)
        yield YAML_SYNTAX.broken(file, message, line=line, fix="correct the YAML")
        return
    # Level 4 checks only the labels of records, so those of a description are checked here.
    for problem in schema.gold[shape].problems(content):
        yield SHAPE.broken(file, problem.message, field=problem.field, fix=f"see `zhengwen schema gold/{shape}`")
    for field, text in strings_in(content):
        if not is_line(text) and not field.startswith(_VERBATIM):
            message = "must be one line of text, without blanks around it"
            yield SHAPE.broken(file, message, field=field, fix="write it in one line; `>-` folds several")


#: The fields of ``document.yaml`` that hold parts of texts as they stand there.
_VERBATIM = ("damage.", "exceptions.")


def strings_in(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every string in a record, with the path of its field."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict | list):
        for name, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from strings_in(item, f"{path}.{name}" if path else str(name))


def located(error: ZhengwenError, root: Path) -> tuple[str, int | None, str]:
    """The parts of a message ``file:line: …``: the file relative to ``root``, the line if there is one, the rest."""
    place, _, message = error.message.partition(": ")
    file, _, line = place.rpartition(":")
    file, number = (file, int(line)) if line.isdigit() else (place, None)
    return file.removeprefix(f"{root.as_posix()}/"), number, message


def _without_labels(problems: list[Problem]) -> list[Problem]:
    # Level 4 checks labels.
    return [problem for problem in problems if problem.rule != "allowed"]
