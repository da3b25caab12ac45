"""What a field of a shape is as a column: its Arrow type, its ``datasets`` feature, its entry in the card.

``rules`` are the Cerberus rules of one field, with everything that they name put in.
"""

import re
from collections.abc import Callable
from typing import Any

Rules = dict[str, Any]


def class_names(rules: Rules) -> list[str] | None:
    """The names of the class label that a field is stored as, or ``None``."""
    return rules["allowed"] if rules.get("meta", {}).get("encoding") in ("class_label", "iob2") else None


def languages_of(rules: Rules) -> list[str] | None:
    """The languages of a ``translation``, in the order of ``datasets``, or ``None``."""
    return sorted(rules["schema"]) if rules.get("meta", {}).get("encoding") == "translation" else None


def check_type(rules: Rules) -> None:
    """Raise ``ValueError`` for a type or an encoding that nothing is derived for."""
    if rules["type"] not in (*_DTYPES, "list", "dict"):
        raise ValueError(f"no column has the type {rules['type']!r}")
    if rules.get("meta", {}).get("encoding") not in (None, "class_label", "iob2", "translation"):
        raise ValueError(f"unknown encoding {rules['meta']['encoding']!r}")
    if "regex" in rules:
        re.compile(rules["regex"])
    inner = rules.get("schema", {})
    list(map(check_type, inner.values() if rules["type"] == "dict" else [inner] if inner else []))


def recode(rules: Rules, value: Any, change: Callable[[list[str], Any], Any]) -> Any:
    """``value`` with its class labels changed by ``change(names, label)``; ``None`` stays ``None``."""
    if value is None:
        return None
    if names := class_names(rules):
        return change(names, value)
    if rules["type"] == "list":
        return [recode(rules["schema"], item, change) for item in value]
    if rules["type"] == "dict":
        return {name: recode(inner, value[name], change) for name, inner in rules["schema"].items()}
    return value


def arrow_type(rules: Rules):
    """The ``pyarrow.DataType`` of a column."""
    import pyarrow as pa

    if class_names(rules):
        return pa.int64()
    match rules["type"]:
        case "list":
            return pa.list_(arrow_type(rules["schema"]))
        case "dict":
            return pa.struct([pa.field(name, arrow_type(inner)) for name, inner in rules["schema"].items()])
        case kind:
            return {"integer": pa.int32(), "float": pa.float64(), "string": pa.string(), "boolean": pa.bool_()}[kind]


_DTYPES = {"integer": "int32", "float": "float64", "string": "string", "boolean": "bool"}


def feature(rules: Rules):
    """The ``datasets`` feature of a column."""
    from datasets import ClassLabel, List, Translation, Value

    if names := class_names(rules):
        return ClassLabel(names=names)
    if languages := languages_of(rules):
        return Translation(languages=languages)
    match rules["type"]:
        case "list":
            return List(feature(rules["schema"]))
        case "dict":
            return {name: feature(inner) for name, inner in rules["schema"].items()}
        case kind:
            return Value(_DTYPES[kind])


#: What stands in JSON Schema for a rule of Cerberus on a value of a type.
_KEYWORDS = {
    "string": {"minlength": "minLength", "maxlength": "maxLength"},
    "list": {"minlength": "minItems", "maxlength": "maxItems"},
    "integer": {"min": "minimum", "max": "maximum"},
    "float": {"min": "minimum", "max": "maximum"},
}
_JSON_TYPES = {"list": "array", "dict": "object", "float": "number"}


def json_schema(rules: Rules) -> dict[str, Any]:
    """What JSON Schema says of a decoded value.

    >>> json_schema({"type": "integer", "min": 1, "nullable": True})
    {'type': ['integer', 'null'], 'minimum': 1}
    """
    kind = rules["type"]
    name = _JSON_TYPES.get(kind, kind)
    made: dict[str, Any] = {"type": [name, "null"] if rules.get("nullable") else name}
    if description := rules.get("meta", {}).get("description"):
        made["description"] = description
    for rule, keyword in _KEYWORDS.get(kind, {}).items():
        if rule in rules:
            made[keyword] = rules[rule]
    if not rules.get("empty", True):
        made["minLength" if kind == "string" else "minItems"] = 1
    if "regex" in rules:
        made["pattern"] = _ascii_digits(rf"^(?:{rules['regex']})$")
    if "allowed" in rules:
        made["enum"] = [*rules["allowed"], None] if rules.get("nullable") else list(rules["allowed"])
    if kind == "list" and "schema" in rules:
        made["items"] = json_schema(rules["schema"])
    if kind == "dict" and "schema" in rules:
        made["properties"] = {name: json_schema(inner) for name, inner in rules["schema"].items()}
        made["required"] = list(rules["schema"])
        made["additionalProperties"] = False
    if "keysrules" in rules:
        made["propertyNames"] = json_schema(rules["keysrules"])
    if "valuesrules" in rules:
        made["additionalProperties"] = json_schema(rules["valuesrules"])
    return made


def _ascii_digits(pattern: str) -> str:
    r"""``\d`` spelled out: some readers of JSON Schema take full-width digits for it, and none should."""
    return pattern.replace(r"[\w", "[A-Za-z0-9_").replace(r"\d", "[0-9]").replace(r"\S", r"[^ \t\n\r\f\v]")


def card_feature(rules: Rules) -> dict[str, Any]:
    if names := class_names(rules):
        return {"dtype": {"class_label": {"names": {str(number): name for number, name in enumerate(names)}}}}
    if languages := languages_of(rules):
        return {"dtype": {"translation": {"languages": languages}}}
    match rules["type"]:
        case "list":
            item = rules["schema"]
            if item["type"] == "dict":
                return {"list": [{"name": name, **card_feature(inner)} for name, inner in item["schema"].items()]}
            inner = card_feature(item)["dtype"]
            return {"list": inner}
        case "dict":
            return {"struct": [{"name": name, **card_feature(inner)} for name, inner in rules["schema"].items()]}
        case kind:
            return {"dtype": _DTYPES[kind]}
