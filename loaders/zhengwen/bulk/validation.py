"""Checks of records in bulk: a quick check passes over what is certainly valid, and Cerberus explains the rest.

The Cerberus schema of a shape is the reference.  Two quick checks are derived from it, one of Arrow columns, a batch at
a time, and one of decoded JSON by its JSON Schema.  Each is ``True`` only where Cerberus finds nothing wrong; it may be
``False`` for valid data, which only costs time.  A batch that fails the quick check is halved until few rows are left,
and these go to Cerberus, so the findings are those of Cerberus, record by record.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from zhengwen.columns import OtherValue, Rules, class_names
from zhengwen.printable import shortened
from zhengwen.problems import VALUE_SHOWN, Problem
from zhengwen.quick import is_expressed, never_certain
from zhengwen.shape import Shape

#: Rows in a batch: enough to gain from columns, few enough to need little memory.
BATCH = 4_096
#: A batch of at most this many rows goes to Cerberus: halving it further costs more than it saves.
_FEW = 8
#: What is wrong with columns of one name.
REPEATED = "is the name of several columns"


class RowProblem(NamedTuple):
    """A problem that Cerberus finds in a row: the number of the row, from 0; the decoded record; the problem."""

    row: int
    record: Any
    problem: Problem


def validate(data: Any, shape: Shape) -> Iterator[RowProblem]:
    """Yield every way in which the rows of ``data`` differ from ``shape``, in the order of rows, in constant memory.

    ``data`` is a ``pyarrow`` Table, RecordBatch, RecordBatchReader or an iterable of batches; class labels may be
    numbers (as a release stores them) or names.

    >>> import pyarrow as pa
    >>> from zhengwen.schema import read_schema
    >>> table = pa.table({"id": ["d.s001"], "start": [0], "end": [2], "text": [""]})
    >>> [(problem.row, problem.problem.field) for problem in validate(table, read_schema().gold["sentences"])]
    [(0, 'text')]
    """
    is_certainly_valid = batch_test(shape)
    first = 0
    for batch in _batches(data):
        yield from _search(batch, shape, is_certainly_valid, first)
        first += batch.num_rows


def _batches(data: Any) -> Iterable[pa.RecordBatch]:
    if isinstance(data, pa.RecordBatch):
        data = [data]
    elif isinstance(data, pa.Table):
        data = data.to_batches(max_chunksize=BATCH)
    for batch in data:
        for start in range(0, batch.num_rows, BATCH):
            yield batch.slice(start, BATCH)


def _search(
    batch: pa.RecordBatch, shape: Shape, is_certainly_valid: Callable[[pa.RecordBatch], bool], first: int
) -> Iterator[RowProblem]:
    """The problems in a batch whose first row has the number ``first``; halves it until it is valid or small."""
    if not batch.num_rows or is_certainly_valid(batch):
        return
    if batch.num_rows > _FEW:
        half = batch.num_rows // 2
        yield from _search(batch.slice(0, half), shape, is_certainly_valid, first)
        yield from _search(batch.slice(half), shape, is_certainly_valid, first + half)
        return
    for number in range(batch.num_rows):
        record, problems = _explain(batch, number, shape)
        for problem in problems:
            yield RowProblem(first + number, record, problem)


def _explain(batch: pa.RecordBatch, number: int, shape: Shape) -> tuple[Any, list[Problem]]:
    """The record in a row of a batch, and what is wrong with it; no record when Arrow cannot decode it."""
    record: dict[str, Any] = {}
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        if name in record:
            return None, [Problem(name, "unknown", REPEATED)]
        try:
            value = _decoded(column[number])
        except (ValueError, IndexError) as error:
            reason = shortened(str(error).partition("\n")[0], VALUE_SHOWN)
            return None, [Problem(name, "type", f"is not UTF-8, or is damaged: {reason}")]
        record[name] = value
    return record, shape.problems(record)


def _decoded(scalar: pa.Scalar) -> Any:
    """The value as ``json`` would decode it; of a type that JSON does not have, only the type.

    Python has no value for many of those: for a time that lies after the year 9999, or in an unknown time zone.
    """
    kind = scalar.type
    if not scalar.is_valid:
        return None
    if pa.types.is_dictionary(kind):
        index, dictionary = scalar.index.as_py(), scalar.dictionary
        if not 0 <= index < len(dictionary):  # Arrow does not look, and would crash
            raise IndexError("an index is not in its dictionary")
        return _decoded(dictionary[index])
    if pa.types.is_struct(kind):
        names = [field.name for field in kind]
        if len(set(names)) < len(names):
            return OtherValue("a struct with two fields of one name")
        return {name: _decoded(scalar[number]) for number, name in enumerate(names)}
    if _is_list(kind):
        return [_decoded(item) for item in scalar.values]
    if pa.types.is_float16(kind):
        return float(scalar.as_py())
    is_in_json = any(is_type(kind) for is_type in _SCALAR_TYPES.values())
    return scalar.as_py() if is_in_json else OtherValue(f"a value of type {kind}")


_STRING_TYPES = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
_LIST_TYPES = (pa.types.is_list, pa.types.is_large_list, pa.types.is_list_view, pa.types.is_large_list_view)


def _is_list(kind: pa.DataType) -> bool:
    return pa.types.is_fixed_size_list(kind) or any(is_type(kind) for is_type in _LIST_TYPES)


# Checks of columns.

_ArrayTest = Callable[[pa.Array], bool]


def batch_test(shape: Shape) -> Callable[[pa.RecordBatch], bool]:
    """Make a function of a record batch that is ``True`` only when Cerberus finds every row of it valid.

    >>> import pyarrow as pa
    >>> from zhengwen.schema import read_schema
    >>> test = batch_test(read_schema().gold["sentences"])
    >>> columns = {"id": ["d.s001"], "start": [0], "end": [2], "text": ["正文"]}
    >>> test(pa.record_batch(columns)), test(pa.record_batch(columns | {"start": [-1]}))
    (True, False)
    """
    tests = {name: _column_test(rules) for name, rules in shape.fields.items()}

    def is_certainly_valid(batch: pa.RecordBatch) -> bool:
        try:
            return _are_certainly_valid(batch.schema.names, batch.columns, tests)
        except pa.ArrowNotImplementedError:  # not every function of Arrow takes every type of column
            return False

    return is_certainly_valid


def _are_certainly_valid(names: list[str], columns: list[pa.Array], tests: dict[str, _ArrayTest]) -> bool:
    """Whether there is one column for each test, and it passes."""
    return (
        len(names) == len(tests)
        and set(names) == tests.keys()
        and all(tests[name](column) for name, column in zip(names, columns, strict=True))
    )


def _column_test(rules: Rules) -> _ArrayTest:
    """The check of a column, or of the values inside one."""
    if not is_expressed(rules):
        return never_certain
    value_tests = {"list": _list_test, "dict": _struct_test, "string": _string_test}
    test = value_tests.get(rules["type"], _number_test)(rules)
    dictionary_test = _DictionaryTest(test)
    nullable = rules.get("nullable", False)

    def is_plain_column_valid(column: pa.Array) -> bool:
        if column.null_count and not nullable:
            return False
        return column.null_count == len(column) or test(column)

    def is_certainly_valid(column: pa.Array) -> bool:
        if not pa.types.is_dictionary(column.type):
            return is_plain_column_valid(column)
        if not _is_within(column.indices, 0, len(column.dictionary) - 1):
            return False
        if dictionary_test(column.dictionary):
            return nullable or not column.null_count
        # The invalid value may belong to rows outside this batch.
        return is_plain_column_valid(column.dictionary_decode())

    return is_certainly_valid


class _DictionaryTest:
    """Whether all values of a dictionary are valid, tested once for all batches in a row that share it."""

    def __init__(self, test: _ArrayTest):
        self._test = test
        self._last: pa.Array | None = None
        self._is_last_valid = False

    def __call__(self, dictionary: pa.Array) -> bool:
        if self._last is None or not _is_same_memory(dictionary, self._last):
            self._last = dictionary
            self._is_last_valid = not dictionary.null_count and self._test(dictionary)
        return self._is_last_valid


def _is_same_memory(left: pa.Array, right: pa.Array) -> bool:
    left_key, right_key = (
        (len(array), array.offset, array.type, [buffer and buffer.address for buffer in array.buffers()])
        for array in (left, right)
    )
    return left_key == right_key


def _string_test(rules: Rules) -> _ArrayTest:
    names = class_names(rules)
    # YAML reads `yes` as a boolean, which no string equals.
    allowed = [label for label in rules["allowed"] if isinstance(label, str)] if "allowed" in rules else None
    pattern = rf"\A(?:{rules['regex']})\z" if "regex" in rules else None
    shortest, longest = _length_bounds(rules)

    def is_certainly_valid(column: pa.Array) -> bool:
        if names and pa.types.is_integer(column.type):
            return _is_within(column, 0, len(names) - 1)
        if pa.types.is_string_view(column.type):
            column = column.cast(pa.string())
        if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
            return False
        if pattern is not None and not _all(pc.match_substring_regex(column, pattern)):
            return False
        if allowed is not None and not _all(pc.is_in(column.drop_null(), pa.array(allowed, column.type))):
            return False
        if not _is_utf8(column):
            return False
        if longest is None and shortest <= 1:
            # To see whether a text is empty, bytes are enough, and quicker to count.
            return not shortest or _is_within(pc.binary_length(column), 1, None)
        return _is_within(pc.utf8_length(column), shortest, longest)

    return is_certainly_valid


#: Whether an Arrow type is one of a type of Cerberus.
_SCALAR_TYPES: dict[str, Callable[[pa.DataType], bool]] = {
    "integer": pa.types.is_integer,
    "float": lambda kind: pa.types.is_floating(kind) or pa.types.is_integer(kind),
    "boolean": pa.types.is_boolean,
    "string": lambda kind: any(is_type(kind) for is_type in _STRING_TYPES),
}


def can_hold(kind: pa.DataType, rules: Rules) -> bool:
    """Whether a column of this type may hold valid values; one without a type, all of whose values are null, may.

    >>> can_hold(pa.large_string(), {"type": "string"}), can_hold(pa.date32(), {"type": "string"})
    (True, False)
    """
    if pa.types.is_dictionary(kind):
        return can_hold(kind.value_type, rules)
    if pa.types.is_null(kind) or (class_names(rules) and pa.types.is_integer(kind)):
        return True
    inner = rules.get("schema")
    match rules["type"]:
        case "list":
            return _is_list(kind) and (inner is None or can_hold(kind.value_type, inner))
        case "dict":
            fields = list(kind) if pa.types.is_struct(kind) else []
            has_names = inner is None or sorted(field.name for field in fields) == sorted(inner)
            return has_names and (inner is None or all(can_hold(field.type, inner[field.name]) for field in fields))
    return _SCALAR_TYPES[rules["type"]](kind)


def _number_test(rules: Rules) -> _ArrayTest:
    has_type = _SCALAR_TYPES[rules["type"]]
    is_bounded = bool(rules.keys() & {"min", "max"})

    def is_certainly_valid(column: pa.Array) -> bool:
        return has_type(column.type) and (not is_bounded or _is_within(column, rules.get("min"), rules.get("max")))

    return is_certainly_valid


def _list_test(rules: Rules) -> _ArrayTest:
    item_test = _column_test(rules["schema"])
    shortest, longest = _length_bounds(rules)
    is_bounded = shortest > 0 or longest is not None

    def is_certainly_valid(column: pa.Array) -> bool:
        if not (pa.types.is_list(column.type) or pa.types.is_large_list(column.type)):
            return False
        if is_bounded and not _is_within(pc.list_value_length(column), shortest, longest):
            return False
        return item_test(column.flatten())

    return is_certainly_valid


def _struct_test(rules: Rules) -> _ArrayTest:
    tests = {name: _column_test(inner) for name, inner in rules["schema"].items()}

    def is_certainly_valid(column: pa.Array) -> bool:
        if not pa.types.is_struct(column.type):
            return False
        # The fields of a null struct may hold anything.
        structs = column.drop_null() if column.null_count else column
        return _are_certainly_valid([field.name for field in column.type], structs.flatten(), tests)

    return is_certainly_valid


def _length_bounds(rules: Rules) -> tuple[int, int | None]:
    """The smallest and the largest length of a string or a list; ``None`` for no largest."""
    return max(rules.get("minlength", 0), 0 if rules.get("empty", True) else 1), rules.get("maxlength")


def _is_within(column: pa.Array, least: float | None, most: float | None) -> bool:
    """Whether every value is within the bounds, nulls aside; ``None`` is no bound."""
    extremes = pc.min_max(column)
    low, high = extremes["min"].as_py(), extremes["max"].as_py()
    if low is None:  # there are only nulls
        return True
    # min_max passes over NaN, which is within no bounds.
    return (least is None or low >= least) and (most is None or high <= most) and not _has_nan(column)


def _has_nan(column: pa.Array) -> bool:
    return pa.types.is_floating(column.type) and bool(pc.any(pc.is_nan(column)).as_py())


def _all(mask: pa.Array) -> bool:
    """Whether no value is false, nulls aside."""
    return pc.all(mask, skip_nulls=True, min_count=0).as_py()


def _is_utf8(column: pa.Array) -> bool:
    try:
        column.validate(full=True)
    except ValueError:
        return False
    return True
