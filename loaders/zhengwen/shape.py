"""The shape of one kind of record: its fields, and what is derived from them.

A shape is a Cerberus schema of records, stated once; the Arrow schema, the ``datasets`` features, the features in
the card and the JSON Schema are derived from it (:mod:`zhengwen.columns`).
"""

import functools
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import pyarrow as pa

from zhengwen.columns import (
    Rules,
    arrow_type,
    card_feature,
    check_type,
    class_names,
    feature_dict,
    holds_class_labels,
    json_schema,
    recode,
)
from zhengwen.problems import Problem, StrictValidator, validator_of
from zhengwen.quick import record_test

Record = dict[str, Any]


class Column(NamedTuple):
    """A field as people are told of it.

    ``path`` leads to it (``entities[].start`` for a field of the objects in a list).  ``values`` names the inventory
    that its labels come from, or lists the values that it may have; otherwise it is empty.
    """

    path: str
    type: str
    values: str
    description: str


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

        >>> from zhengwen.schema import read_schema
        >>> record = {"id": "d.c01", "type": "PERSON", "name": "", "aliases": [], "named": True}
        >>> record |= {"wikidata": None, "wikidata_basis": None}
        >>> read_schema().gold["clusters"].problems(record)
        [Problem(field='name', rule='empty', message='must not be empty')]
        """
        return [] if self._is_certainly_valid(record) else self.cerberus_problems(record)

    def cerberus_problems(self, record: object) -> list[Problem]:
        """The same as :meth:`problems`, without the quick check: Cerberus is the reference, and slow."""
        return self._validator.problems(record)

    @functools.cached_property
    def _is_certainly_valid(self) -> Callable[[object], bool]:
        return record_test(self.fields, self.json_schema())

    @functools.cached_property
    def _validator(self) -> StrictValidator:
        return validator_of(self.fields)

    def check(self) -> None:
        """Raise ``cerberus.SchemaError``, or whatever an odd value leads to, if the fields have no valid rules."""
        self._validator  # noqa: B018  (building it checks the rules)
        list(map(check_type, self.fields.values()))

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

        >>> from zhengwen.schema import read_schema
        >>> read_schema().gold["sentences"].arrow_schema().names
        ['id', 'start', 'end', 'text']
        """
        fields = [pa.field(name, arrow_type(rules)) for name, rules in self.fields.items()]
        info = {"info": {"features": feature_dict({"type": "dict", "schema": self.fields})}}
        return pa.schema(fields, metadata={"huggingface": json.dumps(info, ensure_ascii=False)})

    def features(self):
        """The ``datasets.Features`` of encoded records.

        >>> from zhengwen.schema import read_schema
        >>> read_schema().gold["sentences"].features()["start"]
        Value('int32')
        """
        from datasets import Features  # here, since the import takes 3 s

        return Features.from_dict(feature_dict({"type": "dict", "schema": self.fields}))

    def columns(self) -> list[Column]:
        """Every field of this shape, each followed by the fields inside it.

        >>> from zhengwen.schema import read_schema
        >>> [column.path for column in read_schema().rows["sentences"].columns()][-3:]
        ['stances[].start', 'stances[].end', 'stances[].text']
        """
        return [column for name, rules in self.fields.items() for column in _columns(name, rules)]

    def card_features(self) -> list[dict[str, Any]]:
        """The features as they are written in the ``dataset_info`` of a dataset card."""
        return [{"name": name, **card_feature(rules)} for name, rules in self.fields.items()]

    def json_schema(self) -> dict[str, Any]:
        """The JSON Schema (2020-12) of records, for those who do not use Python.

        >>> from zhengwen.schema import read_schema
        >>> read_schema().gold["clusters"].json_schema()["properties"]["named"]["type"]
        'boolean'
        """
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": self.name,
            "description": self.description,
            **json_schema({"type": "dict", "schema": self.fields}),
        }


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
