"""How a record breaks its shape: a strict Cerberus, and what its errors say to people."""

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar, NamedTuple

import cerberus

from zhengwen.columns import OtherValue, Rules, accepting_numbers
from zhengwen.printable import shortened

#: A message shows at most this many characters of a value, or of the path of a field.
VALUE_SHOWN = 200
#: Of the fields or items of one object or list that break the same rule, so many are named, and the others counted.
_NAMED = 10


class Problem(NamedTuple):
    """One way in which a record does not match its shape.

    ``field`` is the path of the field (``content.0.start``), ``rule`` the Cerberus rule that it breaks.
    """

    field: str
    rule: str
    message: str


def validator_of(fields: Mapping[str, Rules]) -> "StrictValidator":
    """What finds the problems of records with these ``fields``, all of which they must have.

    Raises ``cerberus.SchemaError`` if these are no rules of Cerberus.
    """
    return StrictValidator(accepting_numbers({"type": "dict", "schema": fields})["schema"], require_all=True)


class StrictValidator(cerberus.Validator):
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

    def problems(self, record: object) -> list[Problem]:
        """Every way in which ``record`` breaks the rules.

        >>> validator_of({"id": {"type": "string"}}).problems({"id": True})
        [Problem(field='id', rule='type', message='must be of type string, is a boolean')]
        """
        if not isinstance(record, dict):
            return [Problem("", "type", f"must be an object, is {_kind(record)}")]
        names = [name for name in record if not isinstance(name, str)]
        if names:
            return [Problem(_shown(names[0]), "type", "the name of a field must be a string")]
        self.validate(record, normalize=False)
        return summarized(_flatten(self._errors))

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
