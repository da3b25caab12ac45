"""The schema of a corpus: its design, label inventories and the shapes of records.

The shapes, and the inventories that the code relies on, are in this package (``shapes/``).  ``schema/`` of a repository
holds the design of the corpus, its own inventories, and any shape that it states differently; that of a release holds
everything.  A shape is a Cerberus schema of records, stated once, in YAML; the Arrow schema, the ``datasets`` features
and the features in the card are derived from it (:mod:`zhengwen.columns`).  A shape or a field that has a ``part`` is
only in a corpus that has this part (:attr:`zhengwen.design.Design.parts`).  The ``meta`` of a field may hold

``part``
    the part of a corpus that the field belongs to;
``description``
    what it is, in plain English; of an offset it says which text it counts in.  ``{base}`` stands for the title of the
    base edition.  A description in pieces is a list of strings and of mappings from a part to what is said only in a
    corpus that has it;
``labels``
    the inventory that its labels come from.  In gold and in predictions a label is its name.  In rows it is a class
    label: the number of the label in its inventory, counted from 0, which stands for the name;
``tags``
    ``iob2`` for tags made of these labels;
``encoding``
    ``translation`` for a dict of strings that are one text in several languages (``class_label`` is put in for the
    labels of rows);
``allowed``, ``keys``
    a list of names of this corpus that are the allowed values, or the keys of a dict: ``editions``, ``scripts`` (the
    released editions), ``converted`` (the scripts that are converted from the base) or ``layers``;
``columns``
    ``editions``: the field stands for one column per edition, whose name replaces ``{edition}`` in the description.
"""

import functools
import json
import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import cerberus
import pyarrow as pa
import yaml

from zhengwen.columns import (
    OtherValue,
    Rules,
    accepting_numbers,
    arrow_type,
    card_feature,
    check_type,
    class_names,
    feature_dict,
    holds_class_labels,
    json_schema,
    recode,
    with_range,
)
from zhengwen.design import DESIGN, Design, read_design
from zhengwen.editions import EDITIONS
from zhengwen.errors import UnknownNameError, ZhengwenError
from zhengwen.files import read_yaml
from zhengwen.paths import schema_path
from zhengwen.printable import shortened
from zhengwen.quick import record_test

Record = dict[str, Any]

#: A message shows at most this many characters of a value, or of the path of a field.
VALUE_SHOWN = 200
#: Of the fields or items of one object or list that break the same rule, so many are named, and the others counted.
_NAMED = 10
#: The files of ``schema/`` that are not shapes: how to annotate, the inventories, and what several shapes use.
GUIDELINES, LABELS, TYPES = "GUIDELINES.md", "labels.yaml", "types.yaml"
#: Where the package keeps the shapes of every corpus, in the same files.
_SHAPES = Path(__file__).parent / "shapes"


class SchemaError(ZhengwenError):
    """A file of ``schema/`` does not hold what it must."""


class Label(NamedTuple):
    """One entry of an inventory: ``key`` stands in the data, ``name`` is what people are shown (in Simplified).

    Two fields apply only to types of mentions: ``refers`` is false for a type whose mentions have no cluster, and
    ``protected`` is true for one whose mentions are protected names.  One applies only to targets: ``topic`` is a
    pattern of words that speak of the target, which a baseline looks for.  A ``definition`` that is still to be written
    is empty; a check tells of it.
    """

    key: str
    definition: str
    name: str
    refers: bool = True
    protected: bool = False
    topic: str = ""


class Problem(NamedTuple):
    """One way in which a record does not match its shape.

    ``field`` is the path of the field (``content.0.start``), ``rule`` the Cerberus rule that it breaks.
    """

    field: str
    rule: str
    message: str


class Column(NamedTuple):
    """A field as people are told of it.

    ``path`` leads to it (``entities[].start`` for a field of the objects in a list).  ``values`` names the inventory
    that its labels come from, or lists the values that it may have; otherwise it is empty.
    """

    path: str
    type: str
    values: str
    description: str


class Config(NamedTuple):
    """One released config: a family of rows in one script (``None`` for a family that is not released by script)."""

    name: str
    family: str
    script: str | None
    is_default: bool


@dataclass(frozen=True)
class Shape:
    """The shape of one kind of record: ``fields`` maps each field to its Cerberus rules, in the order of the columns.

    ``scripts`` says whether a family of rows has one config per script, ``is_default`` whether it is the one that is
    loaded when none is named.
    """

    name: str
    description: str
    fields: Mapping[str, Rules]
    scripts: bool = False
    is_default: bool = False

    def problems(self, record: object) -> list[Problem]:
        """Every way in which ``record`` does not match this shape; an empty list if it does.

        A class label may be given as its number or as its name.

        >>> record = {"id": "d.c01", "type": "PERSON", "name": "", "aliases": [], "named": True}
        >>> record |= {"wikidata": None, "wikidata_basis": None}
        >>> read_schema().gold["clusters"].problems(record)
        [Problem(field='name', rule='empty', message='must not be empty')]
        """
        return [] if self._is_certainly_valid(record) else self.cerberus_problems(record)

    def cerberus_problems(self, record: object) -> list[Problem]:
        """The same as :meth:`problems`, without the quick check: Cerberus is the reference, and slow."""
        if not isinstance(record, dict):
            return [Problem("", "type", f"must be an object, is {_kind(record)}")]
        names = [name for name in record if not isinstance(name, str)]
        if names:
            return [Problem(_shown(names[0]), "type", "the name of a field must be a string")]
        validator = self._validator
        validator.validate(record, normalize=False)
        return summarized(_flatten(validator._errors))

    @functools.cached_property
    def _is_certainly_valid(self) -> Callable[[object], bool]:
        return record_test(self.fields, self.json_schema())

    @functools.cached_property
    def _validator(self) -> "_StrictValidator":
        return _StrictValidator(accepting_numbers({"type": "dict", "schema": self.fields})["schema"], require_all=True)

    def encode(self, record: Record) -> Record:
        """``record`` with its class labels as numbers, as a release stores it."""
        return self._recoded(record, list.index)

    def decode(self, record: Record) -> Record:
        """The record that :meth:`encode` made this one from: class labels are names again."""
        return self._recoded(record, lambda names, number: names[number])

    def _recoded(self, record: Record, change: Callable[[list[str], Any], Any]) -> Record:
        return {
            name: recode(rules, record[name], change) if name in self._labelled else record[name]
            for name, rules in self.fields.items()
        }

    @functools.cached_property
    def _labelled(self) -> frozenset[str]:
        """The names of the fields that hold class labels, themselves or inside."""
        return frozenset(name for name, rules in self.fields.items() if holds_class_labels(rules))

    def arrow_schema(self) -> pa.Schema:
        """The schema of encoded records, with the ``datasets`` features as its metadata.

        >>> read_schema().gold["sentences"].arrow_schema().names
        ['id', 'start', 'end', 'text']
        """
        fields = [pa.field(name, arrow_type(rules)) for name, rules in self.fields.items()]
        info = {"info": {"features": feature_dict({"type": "dict", "schema": self.fields})}}
        return pa.schema(fields, metadata={"huggingface": json.dumps(info, ensure_ascii=False)})

    def features(self):
        """The ``datasets.Features`` of encoded records.

        >>> read_schema().gold["sentences"].features()["start"]
        Value('int32')
        """
        from datasets import Features  # here, since the import takes 3 s

        return Features.from_dict(feature_dict({"type": "dict", "schema": self.fields}))

    def columns(self) -> list[Column]:
        """Every field of this shape, each followed by the fields inside it.

        >>> [column.path for column in read_schema().rows["sentences"].columns()][-3:]
        ['stances[].start', 'stances[].end', 'stances[].text']
        """
        return [column for name, rules in self.fields.items() for column in _columns(name, rules)]

    def card_features(self) -> list[dict[str, Any]]:
        """The features as they are written in the ``dataset_info`` of a dataset card."""
        return [{"name": name, **card_feature(rules)} for name, rules in self.fields.items()]

    def json_schema(self) -> dict[str, Any]:
        """The JSON Schema (2020-12) of records, for those who do not use Python.

        >>> read_schema().gold["clusters"].json_schema()["properties"]["named"]["type"]
        'boolean'
        """
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": self.name,
            "description": self.description,
            **json_schema({"type": "dict", "schema": self.fields}),
        }


@dataclass(frozen=True)
class Schema:
    """The schema of a corpus: its ``design``, ``labels`` by inventory and key, and shapes by name.

    ``gold`` holds the shapes of what is in ``seeds/``, ``rows`` those of a release, ``predictions`` those of what is
    scored.  ``files`` maps each file that they were read from to its path, by its name in ``schema/``.
    """

    design: Design
    labels: Mapping[str, Mapping[str, Label]]
    gold: Mapping[str, Shape]
    rows: Mapping[str, Shape]
    predictions: Mapping[str, Shape]
    files: Mapping[str, Path]

    @functools.cached_property
    def configs(self) -> Mapping[str, Config]:
        """The released configs by name: one per script for a family with scripts, otherwise one."""
        configs = {}
        for family, shape in self.rows.items():
            for script in self.design.scripts if shape.scripts else (None,):
                name = f"{family}-{script}" if script else family
                configs[name] = Config(name, family, script, shape.is_default and script in (None, self.design.base))
        return configs

    @functools.cached_property
    def shapes(self) -> Mapping[str, Shape]:
        """Every shape by its path in ``schema/``, such as ``rows/sentences``."""
        kinds = {"gold": self.gold, "rows": self.rows, "predictions": self.predictions}
        return {f"{kind}/{name}": shape for kind, shapes in kinds.items() for name, shape in shapes.items()}

    def shape(self, name: str) -> Shape:
        """The shape at ``schema/<name>.yaml``; raises :class:`UnknownNameError`, which lists them all."""
        if name not in self.shapes:
            raise UnknownNameError("shape", name, self.shapes)
        return self.shapes[name]

    def json_files(self) -> dict[str, str]:
        """The text of ``json/<name>.json`` for every shape: its JSON Schema."""
        return {
            f"json/{name}.json": json.dumps(shape.json_schema(), ensure_ascii=False, indent=1) + "\n"
            for name, shape in self.shapes.items()
        }

    def config(self, name: str) -> Config:
        """The config called ``name``; raises :class:`UnknownNameError`, which lists them all."""
        if name not in self.configs:
            raise UnknownNameError("config", name, self.configs)
        return self.configs[name]


def read_schema(folder: Path | None = None) -> Schema:
    """Read the schema in ``folder`` (by default the one that this version was released with).

    Raises :class:`ZhengwenError`, which names the file and what is wrong in it.

    >>> list(read_schema().labels["stance_labels"])
    ['none', 'favor', 'against']
    """
    return _read_schema(Path(folder)) if folder else _packaged_schema()


@functools.cache
def _packaged_schema() -> Schema:
    return _read_schema(schema_path())


def _read_schema(folder: Path) -> Schema:
    design = read_design(folder / DESIGN)
    labels, own = _read_labels(_SHAPES / LABELS), _read_labels(folder / LABELS)
    for inventory in labels.keys() & own.keys():
        if list(labels[inventory]) != list(own[inventory]):
            raise SchemaError(
                f"{folder / LABELS}: {inventory}: must have exactly the labels {', '.join(labels[inventory])}",
                fix="the code relies on them: define them anew if you like, but neither add nor remove any",
            )
    labels |= own
    names = {
        "editions": design.editions,
        "scripts": design.scripts,
        "converted": [script for script in design.scripts if script != design.base],
        "layers": design.layers,
    }
    expand = _Expander(_file_of(folder, TYPES), labels, names, design)
    files = {LABELS: folder / LABELS, TYPES: _file_of(folder, TYPES)}
    shapes = {}
    for kind in ("gold", "rows", "predictions"):
        paths = {path.name: path for place in (_SHAPES, folder) for path in (place / kind).glob("*.yaml")}
        shapes[kind] = _read_shapes([path for _, path in sorted(paths.items())], expand)
        files |= {f"{kind}/{name}.yaml": paths[f"{name}.yaml"] for name in shapes[kind]}
    if unused := own.keys() - expand.inventories:
        raise SchemaError(
            f"{folder / LABELS}: {sorted(unused)[0]}: no shape of this corpus uses this inventory",
            fix="remove it, or correct its name",
        )
    used = {name: entries for name, entries in labels.items() if name in expand.inventories}
    return Schema(design, used, **shapes, files=files)


def _file_of(folder: Path, name: str) -> Path:
    """The file ``name`` of the schema in ``folder``, or the package's if the schema does not state it differently."""
    return folder / name if (folder / name).is_file() else _SHAPES / name


#: The shapes in ``gold/`` that are not those of a layer.
NOT_LAYERS = ("adjudication", "corpus", "document")

#: The folder of the shapes whose labels are stored as class labels.
_WITH_CLASS_LABELS = "rows"

#: What Cerberus, or our walk over the rules, may raise for something that is not a valid shape.
_INVALID_SHAPE = (KeyError, TypeError, AttributeError, ValueError, RecursionError, re.error)


def _read_labels(path: Path) -> dict[str, dict[str, Label]]:
    content = read_yaml(path)
    if not isinstance(content, dict):
        raise SchemaError(f"{path}: expected a mapping of inventories")
    inventories = {}
    for inventory, entries in content.items():
        if not isinstance(entries, dict) or not entries:
            what = "expected a mapping of labels to definitions" if entries else "states no label"
            raise SchemaError(
                f"{path}: {inventory}: {what}",
                fix=f"state at least one label of {inventory}, or leave the layer that needs it out of the design",
            )
        inventories[inventory] = {key: _label(path, inventory, key, entry) for key, entry in entries.items()}
    return inventories


def _label(path: Path, inventory: str, key: object, entry: object) -> Label:
    if entry is None or isinstance(entry, str):
        entry = {"definition": entry}
    has_texts = (
        isinstance(entry, dict)
        and is_line(entry.get("name", "-"))
        and (entry.get("definition") is None or is_line(entry["definition"]))
    )
    is_valid = has_texts and all(isinstance(entry.get(name, True), bool) for name in ("refers", "protected"))
    is_valid = is_valid and _is_pattern(entry.get("topic", ""))
    if isinstance(key, str) and is_valid and "definition" in entry and entry.keys() <= set(Label._fields) - {"key"}:
        return Label(**{"key": key, "name": key, **entry, "definition": entry["definition"] or ""})
    raise SchemaError(
        f"{path}: {inventory}: {key}: expected a definition (and possibly `name`, `topic`, which is a pattern, and "
        "`refers` and `protected`, true or false, and nothing else); definition and name are one line of text each",
        fix=f"write `{key}: what it means`, with quotes around both where YAML would read them as no text",
    )


def _is_pattern(text: object) -> bool:
    try:
        return isinstance(text, str) and bool(re.compile(text))
    except re.error:
        return False


def labels_text(schema: Schema) -> str:
    """All inventories of ``schema`` as the content of one ``labels.yaml``, as a release holds it.

    >>> labels_text(read_schema()).split("\\n")[0]
    'quote_kinds:'
    """
    defaults = Label._field_defaults
    content = {
        inventory: {
            key: {
                name: value
                for name, value in label._asdict().items()
                if name != "key" and value != (key if name == "name" else defaults.get(name))
            }
            for key, label in entries.items()
        }
        for inventory, entries in schema.labels.items()
    }
    return yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=1000)


def is_line(text: object) -> bool:
    """Whether ``text`` is one line of text, with something on it and no blanks around it."""
    return isinstance(text, str) and text.strip() == text and len(text.splitlines()) == 1


def _read_shapes(paths: Iterable[Path], expand: "_Expander") -> dict[str, Shape]:
    """The shapes in ``paths`` that belong to the corpus, by name."""
    shapes = {}
    for path in paths:
        content = read_yaml(path)
        if not isinstance(content, dict) or not isinstance(content.get("fields"), dict):
            raise SchemaError(f"{path}: expected `description` and `fields`")
        if unknown := content.keys() - {"description", "part", "fields", "scripts", "default"}:
            raise SchemaError(f"{path}: a shape has no {sorted(map(str, unknown))[0]!r}")
        if content.get("part") not in expand.parts:
            continue
        try:
            shape = Shape(
                path.stem,
                expand.description(content.get("description", "")),
                expand.fields(path, content["fields"]),
                scripts=content.get("scripts", False),
                is_default=content.get("default", False),
            )
            shape._validator  # noqa: B018  (building it checks the schema)
            list(map(check_type, shape.fields.values()))
        except cerberus.SchemaError as error:
            raise SchemaError(f"{path}: not a Cerberus schema: {error}") from None
        except _INVALID_SHAPE as error:
            raise SchemaError(f"{path}: not a Cerberus schema: {type(error).__name__}: {error}") from None
        shapes[path.stem] = shape
    return shapes


class _Expander:
    """Replaces every name in a shape (of rules, a schema, an inventory, a list of names) by what it stands for."""

    def __init__(
        self,
        types_path: Path,
        labels: Mapping[str, Mapping[str, Label]],
        names: Mapping[str, Sequence[str]],
        design: Design,
    ):
        types = read_yaml(types_path)
        if not isinstance(types, dict) or not all(isinstance(types.get(key), dict) for key in ("rules", "schemas")):
            raise SchemaError(f"{types_path}: expected `rules` and `schemas`")
        self._rules = types["rules"]
        self._schemas = types["schemas"]
        self._labels = labels
        self._names = names
        self._base = EDITIONS[design.base].title
        #: The parts of the corpus; what belongs to no part is in every corpus.
        self.parts = {None, *design.parts}
        #: The inventories that the shapes seen so far use.
        self.inventories: set[str] = set()

    def fields(self, path: Path, fields: Mapping[str, Any]) -> dict[str, Rules]:
        expanded: dict[str, Rules] = {}
        for name, rules in fields.items():
            if isinstance(rules, dict) and rules.get("meta", {}).get("part") not in self.parts:
                continue
            field = self._expand(path, name, rules)
            columns = field.get("meta", {}).get("columns")
            if columns == "editions":
                expanded |= {
                    EDITIONS[edition].column: _described(_without(field, "columns"), edition=edition)
                    for edition in self._names[columns]
                }
            elif columns is not None:
                raise SchemaError(f"{path}: {name}: unknown list of columns {columns!r}; there is: editions")
            else:
                expanded[name] = field
        return expanded

    def description(self, stated: Any) -> str:
        """A description as it reads in this corpus; raises ``TypeError`` if it is none."""
        pieces = stated if isinstance(stated, list) else [stated]
        said: list[str] = []
        for piece in pieces:
            by_part = {None: piece} if isinstance(piece, str) else piece
            if not isinstance(by_part, dict) or not all(isinstance(text, str) for text in by_part.values()):
                raise TypeError(f"a description is a text, or a list of texts and {{part: text}}, not {stated!r}")
            said += [text for part, text in by_part.items() if part in self.parts]
        return "".join(said).replace("{base}", self._base)

    def _expand(self, path: Path, name: str, rules: Any) -> Rules:
        if isinstance(rules, str):
            rules = self._look_up(path, name, rules, self._rules, "rules")
        expanded = dict(rules)
        if "part" in expanded.get("meta", {}):
            expanded = _without(expanded, "part")
        if "description" in expanded.get("meta", {}):
            description = self.description(expanded["meta"]["description"])
            expanded["meta"] = {**expanded["meta"], "description": description}
        meta = expanded.get("meta", {})
        if "labels" in meta:
            self.inventories.add(meta["labels"])
            labels = self._look_up(path, name, meta["labels"], self._labels, "inventory")
            expanded["allowed"] = iob2_tags(labels) if meta.get("tags") == "iob2" else list(labels)
            if path.parent.name == _WITH_CLASS_LABELS:
                expanded["meta"] = {**meta, "encoding": "class_label"}
        if "allowed" in meta:
            expanded["allowed"] = list(self._look_up(path, name, meta["allowed"], self._names, "list of names"))
            expanded = _without(expanded, "allowed")
        if "schema" in expanded:
            inner = expanded["schema"]
            if "keys" in meta:
                # A name that no list has is itself a key.
                given = meta["keys"] if isinstance(meta["keys"], list) else [meta["keys"]]
                keys = [key for name in given for key in self._names.get(name, [name])]
                expanded = {**_without(expanded, "keys"), "schema": self.fields(path, dict.fromkeys(keys, inner))}
            elif expanded["type"] == "dict":
                if isinstance(inner, str):
                    inner = self._look_up(path, name, inner, self._schemas, "schema")
                expanded["schema"] = self.fields(path, inner)
            else:
                expanded["schema"] = self._expand(path, name, inner)
        return with_range(expanded)

    def _look_up(self, path: Path, name: str, key: str, where: Mapping[str, Any], what: str) -> Any:
        if key not in where:
            raise SchemaError(f"{path}: {name}: unknown {what} {key!r}; there are: {', '.join(where)}")
        return where[key]


def _described(rules: Rules, **words: str) -> Rules:
    """``rules`` with each of ``words`` in place of its name in braces in their description."""
    meta = rules.get("meta", {})
    description = meta.get("description", "")
    for name, word in words.items():
        description = description.replace(f"{{{name}}}", word)
    return {**rules, "meta": {**meta, "description": description}} if description else rules


def _without(rules: Rules, key: str) -> Rules:
    """``rules`` without the entry ``key`` of their ``meta``, and without a ``meta`` that is then empty."""
    meta = {name: value for name, value in rules["meta"].items() if name != key}
    return {name: value for name, value in {**rules, "meta": meta}.items() if name != "meta" or meta}


def iob2_tags(labels) -> list[str]:
    """The tags of a token classifier over ``labels``: ``O``, then ``B-`` and ``I-`` for each label.

    >>> iob2_tags(["PERSON"])
    ['O', 'B-PERSON', 'I-PERSON']
    """
    return ["O", *(f"{prefix}-{label}" for label in labels for prefix in "BI")]


def _columns(path: str, rules: Rules) -> Iterator[Column]:
    """The field at ``path`` and the fields inside it; the languages of a translation are one field."""
    is_list = rules["type"] == "list"
    item = rules["schema"] if is_list else rules
    meta, item_meta = rules.get("meta", {}), item.get("meta", {})
    kind = {"dict": "object"}.get(item["type"], item["type"])
    if class_names(item):
        kind = "class label"
    elif "encoding" in meta:
        kind = meta["encoding"]
    described = f"list of {kind}s" if is_list else kind
    if "labels" in item_meta:
        values = f"{item_meta['tags'].upper()} tags of " if "tags" in item_meta else ""
        values += item_meta["labels"]
    else:
        values = ", ".join(json.dumps(value, ensure_ascii=False) for value in item.get("allowed", ()))
    yield Column(path, described + " or null" * rules.get("nullable", False), values, meta.get("description", ""))
    if item["type"] == "dict" and "encoding" not in meta:
        for name, inner in item.get("schema", {}).items():
            yield from _columns(f"{path}{'[]' * is_list}.{name}", inner)


class _StrictValidator(cerberus.Validator):
    """Cerberus without its surprises.

    ``True`` is not a number, and neither are NaN, an infinity and an integer that no float can be.  A regex must match
    the whole value, which does not end in a newline.  ``\\d`` matches only ASCII digits: full-width ones look alike,
    but are other characters.
    """

    types_mapping: ClassVar = {
        **cerberus.Validator.types_mapping,
        "integer": cerberus.TypeDefinition("integer", (int,), (bool,)),
        "float": cerberus.TypeDefinition("float", (float, int), (bool,)),
    }

    def _validate_type(self, data_type, field, value):
        """{'type': ['string', 'list'], 'check_with': 'type'}"""
        super()._validate_type(data_type, field, value)
        if data_type == "float" and not _is_finite(value):
            self._error(field, cerberus.errors.BAD_TYPE)
            self._drop_remaining_rules()

    def _validate_regex(self, pattern, field, value):
        """{'type': 'string'}"""
        if isinstance(value, str) and (value.endswith("\n") or not re.fullmatch(pattern, value, re.ASCII)):
            self._error(field, cerberus.errors.REGEX_MISMATCH)

    def _validate_meta(self, constraint, field, value):
        """{'type': 'dict'}"""

    def _error(self, *args):
        # Cerberus sorts all errors and copies the values whenever it adds one, so many errors would take hours.
        if len(args) == 1:
            self._errors.extend(args[0])
        else:
            super()._error(*args)


def _is_finite(value: object) -> bool:
    """False for NaN, an infinity and an integer that no float can be; any other value passes."""
    try:
        return type(value) not in (float, int) or math.isfinite(value)
    except OverflowError:
        return False


def _flatten(errors, prefix: str = "") -> Iterator[Problem]:
    for error in errors:
        path = ".".join(str(part) for part in error.document_path)
        if error.child_errors:
            yield from _flatten(error.child_errors, path)
        else:
            rule = "unknown" if error.code == cerberus.errors.UNKNOWN_FIELD.code else error.rule
            yield Problem(shortened(path, VALUE_SHOWN), rule, _message(rule, error.constraint, error.value))


def summarized(problems: Iterable[Problem]) -> list[Problem]:
    """``problems`` of one record, sorted; where many fields or items break the same rule, most are only counted.

    >>> problems = summarized(Problem(f"tokens.{number}", "empty", "must not be empty") for number in range(100_000))
    >>> len(problems), problems[0].message
    (11, '99,990 more inside break the same rule as tokens.0: must not be empty')
    """
    groups = defaultdict(list)
    for problem in problems:
        groups[problem.field.rpartition(".")[0], problem.rule].append(problem)
    shown = []
    for (parent, rule), group in groups.items():
        shown += group[:_NAMED]
        if (more := len(group) - _NAMED) > 0:
            message = f"{more:,} more inside break the same rule as {group[0].field}: {group[0].message}"
            shown.append(Problem(parent, rule, message))
    return sorted(shown, key=lambda problem: problem[:2])


def _message(rule: str, constraint: Any, value: Any) -> str:
    match rule:
        case "type":
            types = " or ".join(constraint) if isinstance(constraint, list) else constraint
            return f"must be of type {types}, is {_kind(value)}"
        case "nullable":
            return "must not be null"
        case "required":
            return "is missing"
        case "unknown":
            return "is not a field of this shape"
        case "allowed":
            names = [label for label in constraint if not isinstance(label, int)]
            numbers = f" (or a number from 0 to {len(names) - 1})" if len(names) < len(constraint) else ""
            return f"unknown label {_shown(value)}; there are: {', '.join(map(str, names))}{numbers}"
        case "empty":
            return "must not be empty"
        case "regex":
            return f"must match {constraint}, is {_shown(value)}"
        case "min" | "max":
            return f"must be at {'least' if rule == 'min' else 'most'} {constraint}, is {_shown(value)}"
        case "minlength" | "maxlength":
            bound = "least" if rule == "minlength" else "most"
            return f"must have a length of at {bound} {constraint}, is {_shown(value)}"
        case _:
            return f"breaks the rule {rule} ({constraint}), is {_shown(value)}"


def _shown(value: object) -> str:
    """``value`` as a message shows it: short, and on one line."""
    try:
        return shortened(repr(value), VALUE_SHOWN)
    except (ValueError, RecursionError):  # an integer of more digits than Python converts; nested too deeply
        return _kind(value)


def _kind(value: object) -> str:
    kinds = {
        list: "a list",
        dict: "an object",
        str: "a string",
        type(None): "null",
        bool: "a boolean",
        int: "an integer",
    }
    if isinstance(value, OtherValue):
        return value.kind
    if not _is_finite(value):
        return "beyond the range of a float" if isinstance(value, int) else f"the number {value}"
    return kinds.get(type(value), f"a {type(value).__name__}")
