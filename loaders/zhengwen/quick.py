"""A quick check of decoded records, which says either that a record is certainly valid, or nothing.

The Cerberus schema of a shape is the reference, and slow.  This check is derived from the same rules, by way of JSON
Schema.  It is ``True`` only where Cerberus finds nothing wrong; it may be ``False`` for valid data, which only costs
time.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

import jsonschema_rs

from zhengwen.columns import Rules

#: The rules that the quick checks express exactly, by the type of the field.
_EXPRESSED = {
    "string": {"empty", "allowed", "regex", "minlength", "maxlength"},
    "integer": {"min", "max"},
    "float": {"min", "max"},
    "boolean": set(),
    "list": {"schema", "empty", "minlength", "maxlength"},
    "dict": {"schema"},
}
#: The same for a field of any type.  Both checks require every field, which is at most stricter than ``required``.
_EXPRESSED_FOR_ALL = {"type", "nullable", "required", "meta"}

#: Patterns that Python (with ``ASCII``), RE2 and JavaScript match alike, each as a sequence of characters, classes and
#: groups, with or without a quantifier.  None of them matches a newline.
_PORTABLE = re.compile(
    r"""(?: \((?!\?)
          | (?: [A-Za-z0-9-] | \\[d.] | \[(?:[A-Za-z0-9](?:-[A-Za-z0-9])?)+-?\] | \) )
            (?: [?*+] | \{[0-9]{1,3}(?:,[0-9]{0,3})?\} )?
        )+""",
    re.VERBOSE,
)


def never_certain(value: Any) -> bool:
    """The check to use where no quick check can express the rules: it leaves everything to Cerberus."""
    return False


def is_expressed(rules: Rules) -> bool:
    """Whether the quick checks express the rules of a field exactly, apart from those of the fields inside it."""
    kind = rules["type"]
    return (
        rules.keys() <= _EXPRESSED_FOR_ALL | _EXPRESSED[kind]
        and ("schema" in rules or kind not in ("list", "dict"))
        and ("regex" not in rules or _PORTABLE.fullmatch(rules["regex"]) is not None)
    )


def record_test(fields: Mapping[str, Rules], json_schema: Mapping[str, Any]) -> Callable[[Any], bool]:
    """Make a function of a record, as ``json`` decodes it, that is ``True`` only when Cerberus finds it valid.

    ``fields`` are the rules of the fields of a shape, and ``json_schema`` is the JSON Schema derived from them.
    """
    if not all(map(_is_expressed_throughout, fields.values())):
        return never_certain
    # Draft 4 is the last draft in which 1.0 is not an integer; Cerberus does not take it for one either.
    schema = {**json_schema, "$schema": "http://json-schema.org/draft-04/schema#"}
    try:
        is_valid = jsonschema_rs.validator_for(schema).is_valid
    except ValueError:  # not a valid schema in Draft 4, such as one without fields
        return never_certain

    def is_certainly_valid(record: Any) -> bool:
        try:
            return is_valid(record)
        except ValueError:  # a lone surrogate, or a type that JSON does not have
            return False

    return is_certainly_valid


def _is_expressed_throughout(rules: Rules) -> bool:
    """Whether the quick checks express the rules of a field and of all fields inside it exactly."""
    if not is_expressed(rules):
        return False
    match rules["type"]:
        case "list":
            return _is_expressed_throughout(rules["schema"])
        case "dict":
            return all(map(_is_expressed_throughout, rules["schema"].values()))
    return True
