"""Reading of shapes: every name in the YAML of a shape stands for rules, a schema, an inventory or a list of names.

A shape or a field that has a ``part`` is only in a corpus that has this part (:attr:`zhengwen.design.Design.parts`).
The ``meta`` of a field may hold

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

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import cerberus

from zhengwen.columns import Rules, with_range
from zhengwen.design import Design
from zhengwen.editions import EDITIONS
from zhengwen.errors import SchemaError
from zhengwen.files import read_yaml
from zhengwen.labels import Label, iob2_tags
from zhengwen.shape import Shape

#: The folder of the shapes whose labels are stored as class labels.
_WITH_CLASS_LABELS = "rows"
#: What Cerberus, or our walk over the rules, may raise for something that is not a valid shape.
_INVALID_SHAPE = (KeyError, TypeError, AttributeError, ValueError, RecursionError, re.error)


def read_shapes(paths: Iterable[Path], expand: "Expander") -> dict[str, Shape]:
    """The shapes in ``paths`` that belong to the corpus, by name.

    Raises :class:`ZhengwenError` for a file that holds no valid shape.
    """
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
            shape.check()
        except cerberus.SchemaError as error:
            raise SchemaError(f"{path}: not a Cerberus schema: {error}") from None
        except _INVALID_SHAPE as error:
            raise SchemaError(f"{path}: not a Cerberus schema: {type(error).__name__}: {error}") from None
        shapes[path.stem] = shape
    return shapes


class Expander:
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
        """The rules of each of ``fields``, of the shape in ``path``, with nothing left to look up."""
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
