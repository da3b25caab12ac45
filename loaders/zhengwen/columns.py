"""How a field of a shape is stored and described: as an Arrow type, a ``datasets`` feature, JSON Schema, a card entry.

``rules`` are the Cerberus rules of one field, with the named rules, schemas and inventories already put in.
"""

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

Rules = dict[str, Any]


@dataclass(frozen=True)
class OtherValue:
    """A value of a type that JSON does not have; ``kind`` says of which, such as ``a value of type date32``."""

    kind: str

    def __str__(self) -> str:
        return self.kind


def class_names(rules: Rules) -> list[str] | None:
    """The names of the class label that the field is stored as, or ``None`` when it is not stored as one."""
    return rules["allowed"] if rules.get("meta", {}).get("encoding") == "class_label" else None


def languages_of(rules: Rules) -> list[str] | None:
    """The languages of a ``translation`` field, sorted as ``datasets`` sorts them, or ``None`` for any other field."""
    return sorted(rules["schema"]) if rules.get("meta", {}).get("encoding") == "translation" else None


def check_type(rules: Rules) -> None:
    """Raise ``ValueError`` for a type or an encoding that has no column, or unknown tags.

    Raises ``re.error`` for an invalid pattern.
    """
    if rules["type"] not in (*_DTYPES, "list", "dict"):
        raise ValueError(f"no column has the type {rules['type']!r}")
    meta = rules.get("meta", {})
    if meta.get("encoding") not in (None, "class_label", "translation"):
        raise ValueError(f"unknown encoding {meta['encoding']!r}")
    if meta.get("tags") not in (None, "iob2"):
        raise ValueError(f"unknown tags {meta['tags']!r}")
    if "regex" in rules:
        re.compile(rules["regex"])
    inner = rules.get("schema", {})
    for inner_rules in inner.values() if rules["type"] == "dict" else [inner] if inner else []:
        check_type(inner_rules)


def holds_class_labels(rules: Rules) -> bool:
    """Whether the field is stored as a class label, or has a field inside that is."""
    if class_names(rules):
        return True
    match rules["type"]:
        case "list":
            return "schema" in rules and holds_class_labels(rules["schema"])
        case "dict":
            return any(map(holds_class_labels, rules.get("schema", {}).values()))
    return False


def accepting_numbers(rules: Rules) -> Rules:
    """``rules`` of which every class label may also be its number.

    >>> accepting_numbers({"type": "string", "allowed": ["a", "b"], "meta": {"encoding": "class_label"}})["allowed"]
    ['a', 'b', 0, 1]
    """
    if names := class_names(rules):
        return {**rules, "type": [rules["type"], "integer"], "allowed": [*names, *range(len(names))]}
    if not holds_class_labels(rules):
        return rules
    inner = rules["schema"]
    changed = (
        accepting_numbers(inner)
        if rules["type"] == "list"
        else {name: accepting_numbers(inner_rules) for name, inner_rules in inner.items()}
    )
    return {**rules, "schema": changed}


def recode(rules: Rules, value: Any, change: Callable[[list[str], Any], Any]) -> Any:
    """``value`` with every class label in it replaced by ``change(names, label)``; ``None`` stays ``None``.

    >>> recode({"type": "string", "allowed": ["a", "b"], "meta": {"encoding": "class_label"}}, "b", list.index)
    1
    """
    if value is None:
        return None
    if names := class_names(rules):
        return change(names, value)
    match rules["type"]:
        case "list":
            return [recode(rules["schema"], item, change) for item in value]
        case "dict":
            return {name: recode(inner, value[name], change) for name, inner in rules["schema"].items()}
    return value


_ARROW_TYPES = {"integer": pa.int32(), "float": pa.float64(), "string": pa.string(), "boolean": pa.bool_()}


def arrow_type(rules: Rules) -> pa.DataType:
    """The type of the column; class labels are stored as integers.

    >>> arrow_type({"type": "list", "schema": {"type": "integer"}})
    ListType(list<item: int32>)
    """
    if class_names(rules):
        return pa.int64()
    match rules["type"]:
        case "list":
            return pa.list_(arrow_type(rules["schema"]))
        case "dict":
            return pa.struct([pa.field(name, arrow_type(inner)) for name, inner in rules["schema"].items()])
        case kind:
            return _ARROW_TYPES[kind]


#: The least and the greatest number that the columns hold.
_RANGES = {"integer": (-(2**31), 2**31 - 1), "float": (-sys.float_info.max, sys.float_info.max)}


def with_range(rules: Rules) -> Rules:
    """``rules`` of a number, limited to what its column holds; those of anything else unchanged.

    >>> with_range({"type": "integer", "min": 0})
    {'type': 'integer', 'min': 0, 'max': 2147483647}
    """
    for kind, (least, most) in _RANGES.items():
        if rules.get("type") == kind:
            return {**rules, "min": max(least, rules.get("min", least)), "max": min(most, rules.get("max", most))}
    return rules


#: What ``datasets`` calls the types.
_DTYPES = {"integer": "int32", "float": "float64", "string": "string", "boolean": "bool"}


def feature_dict(rules: Rules) -> Any:
    """The ``datasets`` feature of the column in the form that ``Features.from_dict`` reads.

    Parquet files hold it as metadata, so the order of the keys is part of their bytes.  A list is written as
    ``[feature]``, which every version of ``datasets`` reads; only version 4 and later know the type ``List``.

    >>> feature_dict({"type": "list", "schema": {"type": "integer"}})
    [{'dtype': 'int32', '_type': 'Value'}]
    """
    if names := class_names(rules):
        return {"names": list(names), "_type": "ClassLabel"}
    if languages := languages_of(rules):
        return {"languages": languages, "_type": "Translation"}
    match rules["type"]:
        case "list":
            return [feature_dict(rules["schema"])]
        case "dict":
            return {name: feature_dict(inner) for name, inner in rules["schema"].items()}
        case kind:
            return {"dtype": _DTYPES[kind], "_type": "Value"}


def decoded(feature: Any, value: Any) -> Any:
    """``value`` with its class labels as names.

    >>> decoded([{"names": ["none", "favor"], "_type": "ClassLabel"}], [1, 0])
    ['favor', 'none']

    ``feature`` is a ``datasets`` feature as its files state it (``Features.to_dict``); a list is ``[feature]``, or in
    other versions of a release ``{"_type": "List", "feature": …}``.
    """
    if value is None:
        return None
    match feature:
        case [item_feature] | {"_type": "List" | "LargeList", "feature": item_feature}:
            return [decoded(item_feature, item) for item in value]
        case {"_type": "ClassLabel", "names": names}:
            if not 0 <= value < len(names):
                raise ValueError(f"there is no label number {value}")
            return names[value]
        case dict() if "_type" not in feature:
            return {name: decoded(inner, value[name]) for name, inner in feature.items()}
    return value


#: The JSON Schema keyword for a Cerberus rule, by the type of the field.
_KEYWORDS = {
    "string": {"minlength": "minLength", "maxlength": "maxLength"},
    "list": {"minlength": "minItems", "maxlength": "maxItems"},
    "integer": {"min": "minimum", "max": "maximum"},
    "float": {"min": "minimum", "max": "maximum"},
}
_JSON_TYPES = {"list": "array", "dict": "object", "float": "number"}


def json_schema(rules: Rules) -> dict[str, Any]:
    r"""The JSON Schema of a value; a class label may be its number or its name.

    >>> json_schema({"type": "integer", "min": 1, "nullable": True})
    {'type': ['integer', 'null'], 'minimum': 1}

    A pattern matches the whole value, which does not end in a newline.  JSON Schema has the regular expressions of
    JavaScript, where ``$`` matches only at the end; Python's ``jsonschema`` uses those of Python, where it also matches
    before a trailing newline.  A lookahead would say the same to both, but many readers do not support any, so it is a
    keyword of its own:

    >>> json_schema({"type": "string", "regex": r"Q\d+"})
    {'type': 'string', 'pattern': '^(?:Q[0-9]+)$', 'not': {'type': 'string', 'pattern': '\\n$'}}
    """
    kind = rules["type"]
    names = class_names(rules)
    types = [_JSON_TYPES.get(kind, kind), *(["integer"] if names else []), *(["null"] if rules.get("nullable") else [])]
    schema: dict[str, Any] = {"type": types if len(types) > 1 else types[0]}
    if description := rules.get("meta", {}).get("description"):
        schema["description"] = description
    for rule, keyword in _KEYWORDS.get(kind, {}).items():
        if rule in rules:
            schema[keyword] = rules[rule]
    if not rules.get("empty", True) and kind in ("string", "list"):
        keyword = _KEYWORDS[kind]["minlength"]
        schema[keyword] = max(schema.get(keyword, 0), 1)
    if "regex" in rules:
        schema["pattern"] = _ascii_classes(rf"^(?:{rules['regex']})$")
        schema["not"] = {"type": "string", "pattern": r"\n$"}
    if "allowed" in rules:
        numbers = range(len(names)) if names else ()
        schema["enum"] = [*rules["allowed"], *numbers, *([None] if rules.get("nullable") else [])]
    if kind == "list" and "schema" in rules:
        schema["items"] = json_schema(rules["schema"])
    if kind == "dict" and "schema" in rules:
        schema["properties"] = {name: json_schema(inner) for name, inner in rules["schema"].items()}
        schema["required"] = list(rules["schema"])
        schema["additionalProperties"] = False
    if "keysrules" in rules:
        schema["propertyNames"] = json_schema(rules["keysrules"])
    if "valuesrules" in rules:
        schema["additionalProperties"] = json_schema(rules["valuesrules"])
    return schema


def _ascii_classes(pattern: str) -> str:
    r"""``pattern`` with ``\d``, ``\w`` and ``\S`` spelled out as ASCII.

    Some JSON Schema validators let ``\d`` match full-width digits, which our patterns refuse.
    """
    return pattern.replace(r"[\w", "[A-Za-z0-9_").replace(r"\d", "[0-9]").replace(r"\S", r"[^ \t\n\r\f\v]")


def card_feature(rules: Rules) -> dict[str, Any]:
    """The feature of the column as the ``dataset_info`` of a dataset card writes it, without its name.

    >>> card_feature({"type": "list", "schema": {"type": "integer"}})
    {'list': 'int32'}
    """
    if names := class_names(rules):
        return {"dtype": {"class_label": {"names": {str(number): name for number, name in enumerate(names)}}}}
    if languages := languages_of(rules):
        return {"dtype": {"translation": {"languages": languages}}}
    match rules["type"]:
        case "list":
            item = rules["schema"]
            if item["type"] == "dict":
                return {"list": [{"name": name, **card_feature(inner)} for name, inner in item["schema"].items()]}
            return {"list": card_feature(item)["dtype"]}
        case "dict":
            return {"struct": [{"name": name, **card_feature(inner)} for name, inner in rules["schema"].items()]}
        case kind:
            return {"dtype": _DTYPES[kind]}
