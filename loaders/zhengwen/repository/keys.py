"""Level 2, on names that people type: labels, fields, shapes, documents.

Names are ASCII, so no table of look-alikes in other alphabets is needed, which would never be complete: a Cyrillic а, a
full-width letter or an invisible character is an error by itself.  Only look-alikes within ASCII are left.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from zhengwen.characters import named
from zhengwen.columns import Rules
from zhengwen.findings import Finding, rule
from zhengwen.schema import Schema
from zhengwen.seeds import is_reserved

KEY_FORM = rule(
    "key-form",
    2,
    "The names of labels, inventories, shapes, fields and documents consist of ASCII letters, digits, `-` and `_`, and "
    "begin and end with a letter or a digit.",
    why="A name with a blank, an invisible character or a letter of another alphabet looks like another name, and a "
    "program that has the other one finds nothing.",
    example="The label `fаvor` has a Cyrillic `а`.",
    fix="Write the name in ASCII. What people are shown is the `name` of a label, which may be Chinese.",
)
KEY_ALIKE = rule(
    "key-alike",
    2,
    "No two names in one list look alike.",
    why="Readers would take one for the other, and some file systems and tools cannot tell them apart.",
    example="`schema/labels.yaml` has the labels `open-source` and `open_source`.",
    fix="Rename one of the two, so that they differ in more than case, `-` and `_`, `1`, `l` and `I`, or `0` and `O`.",
)

DEFINITION_MISSING = rule(
    "definition-missing",
    2,
    "Every label has a definition.",
    why="Annotators apply a label by what it means, and the card of a release says it to users.",
    example="`schema/labels.yaml` has the type `SHIP` with nothing behind `definition:`.",
    fix="Write behind `definition:` what counts as one, in a sentence.",
)
RESERVED_ID = rule(
    "reserved-id",
    2,
    "No document has an id that Windows keeps for a device.",
    why="A folder of that name cannot be made there, so nobody could check the repository out.",
    example="The folder of a document is `seeds/con`.",
    fix="Choose another id, such as `con-2025`, for the folder, `document.yaml` and all records.",
)

_KEY = re.compile("[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?")
_FOREIGN = re.compile("[^A-Za-z0-9_-]")
#: Characters of ASCII that many fonts hardly tell apart, each with the one that stands for all of them.
_LOOK_ALIKES = str.maketrans("1I0_", "llO-")


def check(schema: Schema, documents: Iterable[str]) -> Iterator[Finding]:
    """Findings on the names in a schema, and on the ids of the documents, which are the names of their folders."""
    labels = "schema/labels.yaml"
    yield from _names(labels, "", schema.labels)
    for inventory, entries in schema.labels.items():
        yield from _names(labels, inventory, entries)
        yield from _alike(labels, inventory, [label.name for key, label in entries.items() if label.name != key])
    for kind in ("gold", "rows", "predictions"):
        shapes = getattr(schema, kind)
        yield from _names(f"schema/{kind}", "", shapes)
        for name, shape in shapes.items():
            yield from _fields(f"schema/{kind}/{name}.yaml", "", shape.fields)
    yield from _names("seeds", "", documents)
    for id in documents:
        if is_reserved(id):
            yield RESERVED_ID.broken(f"seeds/{id}", f"{id!r} is the name of a device on Windows")


def check_definitions(schema: Schema) -> Iterator[Finding]:
    """Findings on labels whose definition is still to be written, which stops a release but no other check."""
    for inventory, entries in schema.labels.items():
        for key, label in entries.items():
            if not label.definition:
                message = "has no definition"
                yield DEFINITION_MISSING.broken("schema/labels.yaml", message, field=f"{inventory}.{key}")


def _fields(file: str, where: str, fields: Mapping[str, Rules]) -> Iterator[Finding]:
    """Findings on the names of fields, and of the fields inside them."""
    yield from _names(file, where, fields)
    for name, rules in fields.items():
        path = f"{where}.{name}" if where else name
        while rules["type"] == "list" and "schema" in rules:
            rules = rules["schema"]
        if rules["type"] == "dict" and "schema" in rules:
            yield from _fields(file, path, rules["schema"])


def _names(file: str, where: str, names: Iterable[Any]) -> Iterator[Finding]:
    """Findings on names that stand in one list, at the field ``where`` of ``file``."""
    names = list(names)
    for name in names:
        if not isinstance(name, str) or not _KEY.fullmatch(name):
            yield KEY_FORM.broken(file, f"{name!r} {_what_is_wrong(name)}", field=where, fix="rename it, in ASCII")
    yield from _alike(file, where, [name for name in names if isinstance(name, str) and _KEY.fullmatch(name)])


def _what_is_wrong(name: Any) -> str:
    if not isinstance(name, str):
        return "is no text"
    if not name:
        return "is empty"
    if name != name.strip():
        return "begins or ends with a blank"
    if foreign := _FOREIGN.search(name):
        return f"contains {named(foreign.group())}"
    return "begins or ends with a mark"


def _alike(file: str, where: str, shown: Iterable[str]) -> Iterator[Finding]:
    """Findings on names that look like an earlier one of ``shown``."""
    first: dict[tuple[int, str], str] = {}
    for text in shown:
        signatures = [*enumerate((text.casefold(), text.translate(_LOOK_ALIKES).casefold()))]
        if other := next((first[signature] for signature in signatures if signature in first), None):
            yield KEY_ALIKE.broken(file, f"{text!r} looks like {other!r}", field=where, fix="rename one of the two")
        for signature in signatures:
            first.setdefault(signature, text)
