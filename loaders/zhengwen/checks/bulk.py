"""Shapes at the speed of a corpus: what is surely valid is passed over, and Cerberus explains the rest.

The Cerberus schema stays the reference.  Compiled from the same rules are two quick answers, ``True`` only where
Cerberus would find nothing: one on Arrow columns, a batch at a time, and one on a record.  A batch that is not surely
valid is halved until few rows are left, and those go to Cerberus; so the verdicts are those of Cerberus record by
record, whatever the quick answers miss.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from zhengwen.columns import Rules, class_names
from zhengwen.schema import Problem, Shape

#: Rows of a batch: enough to make the columns worth it, few enough for memory to stay small.
BATCH = 4_096
#: So few rows go to Cerberus at once: to halve them further would cost more than it spares.
_FEW = 8

#: The rules that the quick answers know; a field with any other goes to Cerberus.
_KNOWN = {
    *("type", "nullable", "empty", "allowed", "regex", "min", "max", "minlength", "maxlength"),
    *("schema", "meta", "required"),
}


class RowProblem(NamedTuple):
    """What Cerberus says of a row: its number, counted from 0, the record as it was read, and the problem."""

    row: int
    record: Any
    problem: Problem


def validate(data: Any, shape: Shape) -> Iterator[RowProblem]:
    """Every way in which the rows of ``data`` are not of ``shape``, as they come, in constant memory.

    ``data`` is a ``pyarrow`` Table, RecordBatch, RecordBatchReader or an iterable of batches; class labels may be
    numbers (as a release stores them) or names.

    >>> import pyarrow as pa
    >>> from zhengwen.schema import read_schema
    >>> table = pa.table({"id": ["d.s001"], "start": [0], "end": [2], "text": [""]})
    >>> [(one.row, one.problem.field) for one in validate(table, read_schema().gold["sentences"])]
    [(0, 'text')]
    """
    sure = batch_test(shape)
    done = 0
    for batch in _batches(data):
        yield from _search(batch, shape, sure, done)
        done += batch.num_rows


def _batches(data: Any) -> Iterable[Any]:
    import pyarrow as pa

    if isinstance(data, pa.RecordBatch):
        data = [data]
    elif isinstance(data, pa.Table):
        data = data.to_batches(max_chunksize=BATCH)
    for batch in data:
        for start in range(0, batch.num_rows, BATCH):
            yield batch.slice(start, BATCH)


def _search(batch: Any, shape: Shape, sure: Callable[[Any], bool], first: int) -> Iterator[RowProblem]:
    """The problems of a batch, whose first row has the number ``first``: halved until it is sure, or few."""
    if not batch.num_rows or sure(batch):
        return
    if batch.num_rows > _FEW:
        half = batch.num_rows // 2
        yield from _search(batch.slice(0, half), shape, sure, first)
        yield from _search(batch.slice(half), shape, sure, first + half)
        return
    for number in range(batch.num_rows):
        record, problems = _explain(batch.take([number]), shape)
        for problem in problems:
            yield RowProblem(first + number, record, problem)


def _explain(row: Any, shape: Shape) -> tuple[Any, list[Problem]]:
    names = row.schema.names
    if twice := [name for name in names if names.count(name) > 1]:
        return None, [Problem(twice[0], "unknown", "is there twice")]
    fields, record = shape.fields, {}
    for name, column in zip(names, row.columns, strict=True):
        try:
            # Without the values of other rows, which a dictionary has too.
            if (plain := _plain_type(column.type)) != column.type:
                column = column.cast(plain)
            column.validate(full=True)
        except (ValueError, IndexError) as error:
            return None, [Problem(name, "type", f"is not UTF-8, or not whole: {str(error).splitlines()[0]}")]
        (value,) = column.to_pylist()
        record[name] = _named(fields[name], value) if name in fields else value
    return record, shape.problems(record)


def _plain_type(kind: Any) -> Any:
    """``kind`` with the values of its dictionaries in their places."""
    import pyarrow as pa

    if pa.types.is_dictionary(kind):
        return _plain_type(kind.value_type)
    if pa.types.is_struct(kind):
        return pa.struct([field.with_type(_plain_type(field.type)) for field in kind])
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        made = pa.list_ if pa.types.is_list(kind) else pa.large_list
        return made(kind.value_field.with_type(_plain_type(kind.value_type)))
    return kind


def _named(rules: Rules, value: Any) -> Any:
    """``value`` with its class labels as names, where it has any; a number that is none stays what it is."""
    if names := class_names(rules):
        number = type(value) is int and 0 <= value < len(names)
        return names[value] if number else value
    if rules["type"] == "list" and isinstance(value, list) and "schema" in rules:
        return [_named(rules["schema"], item) for item in value]
    if rules["type"] == "dict" and isinstance(value, dict):
        inner = rules.get("schema", {})
        return {name: _named(inner[name], item) if name in inner else item for name, item in value.items()}
    return value


def _unsure(value: Any) -> bool:
    return False


def _is_known(rules: Rules) -> bool:
    return rules.keys() <= _KNOWN and ("schema" in rules or rules["type"] not in ("list", "dict"))


# On columns.


def batch_test(shape: Shape) -> Callable[[Any], bool]:
    """A function of a ``pyarrow.RecordBatch``, ``True`` only where Cerberus finds every row of it valid."""
    tests = {name: _column_test(rules) for name, rules in shape.fields.items()}

    def sure(batch: Any) -> bool:
        names = batch.schema.names
        return len(names) == len(tests) and all(
            name in tests and tests[name](column) for name, column in zip(names, batch.columns, strict=True)
        )

    return sure


def _column_test(rules: Rules) -> Callable[[Any], bool]:
    if not _is_known(rules):
        return _unsure
    test = {"list": _list_test, "dict": _struct_test, "string": _string_test}.get(rules["type"], _plain_test)(rules)
    nullable = rules.get("nullable", False)

    def whole(column: Any) -> bool:
        return (nullable and column.null_count == len(column)) or ((nullable or not column.null_count) and test(column))

    return _dictionary_test(whole, lambda values: not values.null_count and test(values), nullable)


def _dictionary_test(
    whole: Callable[[Any], bool], distinct: Callable[[Any], bool], nullable: bool
) -> Callable[[Any], bool]:
    """``whole``, where a column that is a dictionary is asked for its ``distinct`` values, once for all its batches."""
    import pyarrow as pa

    last: Any = None
    answer = False

    def test(column: Any) -> bool:
        nonlocal last, answer
        if not pa.types.is_dictionary(column.type):
            return whole(column)
        values = column.dictionary
        if not _within(column.indices, 0, len(values) - 1):
            return False
        if last is None or not _is_same(values, last):
            last, answer = values, distinct(values)
        # A value that is not valid may be one of rows that are not here.
        return (nullable or not column.null_count) if answer else whole(column.dictionary_decode())

    return test


def _is_same(one: Any, other: Any) -> bool:
    """Whether two arrays are the same memory."""
    places = [[buffer and buffer.address for buffer in array.buffers()] for array in (one, other)]
    return (len(one), one.offset, one.type) == (len(other), other.offset, other.type) and places[0] == places[1]


def _string_test(rules: Rules) -> Callable[[Any], bool]:
    import pyarrow as pa
    import pyarrow.compute as pc

    names = class_names(rules)
    allowed = pa.array(rules["allowed"], pa.string()) if "allowed" in rules else None
    pattern = _re2(rules["regex"]) if "regex" in rules else None
    # Cerberus counts code points; whether there are any, bytes say too.
    shortest = max(rules.get("minlength", 0), 0 if rules.get("empty", True) else 1)
    longest = rules.get("maxlength")

    def test(column: Any) -> bool:
        if names and pa.types.is_integer(column.type):
            return _within(column, 0, len(names) - 1)
        if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
            return False
        if "regex" in rules and (pattern is None or not _all(pc.match_substring_regex(column, pattern))):
            return False
        if allowed is not None and not _all(pc.is_in(column.drop_null(), allowed.cast(column.type))):
            return False
        if shortest <= 1 and longest is None:
            return _utf8(column) and (not shortest or _within(pc.binary_length(column), 1, None))
        return _utf8(column) and _within(pc.utf8_length(column), shortest, longest)

    return test


def _plain_test(rules: Rules) -> Callable[[Any], bool]:
    import pyarrow as pa

    fits = {
        "integer": pa.types.is_integer,
        "float": lambda kind: pa.types.is_floating(kind) or pa.types.is_integer(kind),
        "boolean": pa.types.is_boolean,
    }[rules["type"]]
    if rules.keys() & {"empty", "allowed", "regex", "minlength", "maxlength"}:
        return _unsure
    bounded = rules.keys() & {"min", "max"}

    def test(column: Any) -> bool:
        return fits(column.type) and (not bounded or _within(column, rules.get("min"), rules.get("max")))

    return test


def _list_test(rules: Rules) -> Callable[[Any], bool]:
    import pyarrow as pa
    import pyarrow.compute as pc

    inner = _column_test(rules["schema"])
    shortest = max(rules.get("minlength", 0), 0 if rules.get("empty", True) else 1)
    longest = rules.get("maxlength")

    def test(column: Any) -> bool:
        if not (pa.types.is_list(column.type) or pa.types.is_large_list(column.type)):
            return False
        counted = not (shortest or longest is not None) or _within(pc.list_value_length(column), shortest, longest)
        return counted and inner(column.flatten())

    return test if not rules.keys() & {"allowed", "regex", "min", "max"} else _unsure


def _struct_test(rules: Rules) -> Callable[[Any], bool]:
    import pyarrow as pa

    tests = {name: _column_test(inner) for name, inner in rules["schema"].items()}

    def test(column: Any) -> bool:
        if not pa.types.is_struct(column.type) or {field.name for field in column.type} != tests.keys():
            return False
        there = column.drop_null() if column.null_count else column
        return column.type.num_fields == len(tests) and all(
            tests[field.name](child) for field, child in zip(there.type, there.flatten(), strict=True)
        )

    return test if rules.keys() <= {"type", "nullable", "schema", "meta", "required"} else _unsure


def _within(column: Any, least: Any, most: Any) -> bool:
    import pyarrow.compute as pc

    found = pc.min_max(column)
    low, high = found["min"].as_py(), found["max"].as_py()
    # Nothing there is nothing wrong; a NaN hides from min_max, and comparisons with it are false.
    return low is None or ((least is None or low >= least) and (most is None or high <= most) and not _has_nan(column))


def _has_nan(column: Any) -> bool:
    import pyarrow as pa
    import pyarrow.compute as pc

    return pa.types.is_floating(column.type) and bool(pc.any(pc.is_nan(column)).as_py())


def _all(mask: Any) -> bool:
    """True when no value is false; those that are not there do not count."""
    import pyarrow.compute as pc

    return pc.all(mask, skip_nulls=True, min_count=0).as_py()


def _utf8(column: Any) -> bool:
    try:
        column.validate(full=True)
    except ValueError:
        return False
    return True


#: What RE2 and ``re`` (with ``ASCII``) read in the same way: plain characters, classes, groups, ``\d`` and ``\.``.
_COMMON = re.compile(r"(?:[A-Za-z0-9\-\[\](){},+*]|\\[d.]|(?<!\()\?)+")


def _re2(pattern: str) -> str | None:
    """``pattern``, over the whole value, for RE2, or ``None`` where the two might not agree."""
    return rf"\A(?:{pattern})\z" if _COMMON.fullmatch(pattern) else None


# On records.


def record_test(shape: Shape) -> Callable[[Any], bool]:
    """A function of a record, ``True`` only where Cerberus finds it valid.

    >>> from zhengwen.schema import read_schema
    >>> test = record_test(read_schema().gold["sentences"])
    >>> test({"id": "d.s001", "start": 0, "end": 2, "text": "正文"}), test({"id": "d.s001"})
    (True, False)
    """
    return _dict_of(shape.fields)


def _dict_of(fields: dict[str, Rules]) -> Callable[[Any], bool]:
    tests = {name: _value_test(rules) for name, rules in fields.items()}
    names = tests.keys()
    items = list(tests.items())

    def test(value: Any) -> bool:
        return type(value) is dict and value.keys() == names and all(one(value[name]) for name, one in items)

    return test


def _value_test(rules: Rules) -> Callable[[Any], bool]:
    if not _is_known(rules):
        return _unsure
    test = {"dict": lambda: _dict_of(rules["schema"]), "list": lambda: _list_of(rules)}.get(
        rules["type"], lambda: _scalar(rules)
    )()
    return (lambda value: value is None or test(value)) if rules.get("nullable") else test


def _list_of(rules: Rules) -> Callable[[Any], bool]:
    inner = _value_test(rules["schema"])
    least = max(rules.get("minlength", 0), 0 if rules.get("empty", True) else 1)
    most = rules.get("maxlength", float("inf"))
    if rules.keys() & {"allowed", "regex", "min", "max"}:
        return _unsure
    return lambda value: type(value) is list and least <= len(value) <= most and all(map(inner, value))


def _scalar(rules: Rules) -> Callable[[Any], bool]:
    tests: list[Callable[[Any], bool]] = []
    kinds = {"string": (str,), "integer": (int,), "float": (float, int), "boolean": (bool,)}[rules["type"]]
    if "allowed" in rules:
        known = frozenset(rules["allowed"])
        tests.append(lambda value: value in known)
    if "regex" in rules:
        match = re.compile(rules["regex"], re.ASCII).fullmatch
        tests.append(lambda value: match(value) is not None)
    low, high = rules.get("min"), rules.get("max")
    if low is not None or high is not None:
        tests.append(lambda value: (low is None or value >= low) and (high is None or value <= high))
    least = max(rules.get("minlength", 0), 0 if rules.get("empty", True) else 1)
    most = rules.get("maxlength", float("inf"))
    if least or most != float("inf"):
        if rules["type"] != "string":
            return _unsure
        tests.append(lambda value: least <= len(value) <= most)
    if len(kinds) == 1 and not tests:
        (only,) = kinds
        return lambda value: type(value) is only
    if len(kinds) == 1 and len(tests) == 1:
        (only,), (test,) = kinds, tests
        return lambda value: type(value) is only and test(value)
    return lambda value: type(value) in kinds and all(test(value) for test in tests)
