"""Checks in bulk: the quick checks and Cerberus agree on every record, in Arrow and in JSON."""

import datetime
import io
import json
import math

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import ARTICLE
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from zhengwen.bulk.records import RecordChecker
from zhengwen.bulk.validation import BATCH, batch_test, validate
from zhengwen.columns import arrow_type, class_names, with_range
from zhengwen.files import lines, read_text, read_yaml
from zhengwen.layers import LAYERS
from zhengwen.load import load_dataset
from zhengwen.quick import record_test
from zhengwen.schema import read_schema
from zhengwen.shape import Shape

SCHEMA = read_schema()


def quick_test(shape):
    """The quick check of the decoded records of a shape."""
    return record_test(shape.fields, shape.json_schema())


def check_lines(content, shape):
    """The findings on JSON lines."""
    with RecordChecker(shape, "") as checker:
        return list(checker.check_stream(io.BytesIO(content), "a"))


def check_file(path, shape):
    """The findings on a file."""
    with RecordChecker(shape, "") as checker:
        return list(checker.check_file(path))


_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=3)


def values(rules):
    """Values of a field, mostly of its type: some valid, some just out of range."""
    kind = rules["type"]
    if "allowed" in rules:
        strategy = st.sampled_from(rules["allowed"]) | _TEXT
    elif "regex" in rules:
        strategy = (
            st.from_regex(rules["regex"], fullmatch=True) | _TEXT | st.sampled_from(["d.c01\n", "d.c\uff11\uff12"])
        )
    elif kind == "string":
        strategy = _TEXT
    elif kind == "integer":
        near = [rules[bound] + step for bound in ("min", "max") if bound in rules for step in (-1, 0, 1)]
        strategy = st.sampled_from([*near, 0, 1, 2]) if near else st.integers(-3, 3)
    elif kind == "float":
        strategy = st.floats(allow_nan=False) | st.integers(-3, 3)
    elif kind == "boolean":
        strategy = st.booleans()
    elif kind == "list":
        strategy = st.lists(values(rules["schema"]), max_size=3)
    elif "schema" in rules:
        strategy = st.fixed_dictionaries({name: values(inner) for name, inner in rules["schema"].items()})
    else:
        strategy = st.dictionaries(_TEXT, _TEXT, max_size=2)
    return strategy if not rules.get("nullable") else st.none() | strategy


def valid(rules):
    """Valid values of a field, from which records with a single fault are made."""
    kind = rules["type"]
    if "allowed" in rules:
        return st.sampled_from(rules["allowed"])
    if "regex" in rules:
        return st.from_regex(rules["regex"], fullmatch=True)
    if kind == "string":
        least = max(rules.get("minlength", 0), 0 if rules.get("empty", True) else 1)
        return st.text(st.characters(exclude_categories=["Cs"]), min_size=least, max_size=rules.get("maxlength", 4))
    if kind == "integer":
        return st.integers(rules.get("min", -5), rules.get("max", 5))
    if kind == "list":
        return st.lists(valid(rules["schema"]), min_size=rules.get("minlength", 0), max_size=3)
    if kind == "dict" and "schema" in rules:
        return st.fixed_dictionaries({name: valid(inner) for name, inner in rules["schema"].items()})
    return values(rules)


@st.composite
def records_with_one_fault(draw, shape):
    """A valid record in which at most one field is replaced, dropped or added."""
    record = draw(st.fixed_dictionaries({name: valid(rules) for name, rules in shape.fields.items()}))
    name = draw(st.sampled_from(list(shape.fields)))
    match draw(st.sampled_from(["none", "field", "any", "drop", "add"])):
        case "field":
            record[name] = draw(values(shape.fields[name]))
        case "any":
            record[name] = draw(st.none() | st.booleans() | st.integers() | _TEXT | st.lists(st.integers(), max_size=2))
        case "drop":
            del record[name]
        case "add":
            record["extra"] = 1
    return record


def table_type(rules):
    """The Arrow type of decoded values, wide enough for values that are out of range."""
    if class_names(rules):
        return pa.string()
    match rules["type"]:
        case "list":
            return pa.list_(table_type(rules["schema"]))
        case "dict":
            return pa.struct([pa.field(name, table_type(inner)) for name, inner in rules["schema"].items()])
        case "integer":
            return pa.int64()
    return arrow_type(rules)


def is_json(record):
    """Whether JSON can hold a record; it has no infinity."""
    try:
        return bool(json.dumps(record, allow_nan=False))
    except ValueError:
        return False


@pytest.mark.parametrize("name", SCHEMA.shapes)
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_json_lines_have_the_verdicts_of_cerberus(name, data):
    shape = SCHEMA.shapes[name]
    records = data.draw(st.lists(records_with_one_fault(shape), min_size=1, max_size=4))
    assume(all(map(is_json, records)))
    expected = [
        (line, problem.field, problem.message)
        for line, record in enumerate(records, start=1)
        for problem in shape.cerberus_problems(record)
    ]
    content = "".join(json.dumps(record) + "\n" for record in records).encode("utf-8")
    findings = check_lines(content, shape)
    assert [(finding.line, finding.field, finding.message) for finding in findings] == expected
    is_certainly_valid = quick_test(shape)
    for record in records:
        assert shape.problems(record) == shape.cerberus_problems(record)
        assert not (is_certainly_valid(record) and shape.cerberus_problems(record))


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


@pytest.mark.parametrize("name", SCHEMA.shapes)
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_any_json_value_in_a_valid_record(name, data):
    """Everything that Python's ``json`` decodes: also NaN, infinities, huge integers and lone surrogates."""
    shape = SCHEMA.shapes[name]
    record = data.draw(st.fixed_dictionaries({name: valid(rules) for name, rules in shape.fields.items()}))
    record[data.draw(st.sampled_from(list(shape.fields)))] = data.draw(_JSON)
    assert not (quick_test(shape)(record) and shape.cerberus_problems(record))
    assert shape.problems(record) == shape.cerberus_problems(record)


#: A valid record of each of these shapes.
VALID = {
    "gold/sentences": '{"id": "d.s001", "start": 0, "end": 2, "text": "正文"}',
    "gold/clusters": '{"id": "d.c01", "type": "PERSON", "name": "李", "aliases": [], "named": true, "wikidata": null, '
    '"wikidata_basis": null}',
    "gold/quotes": '{"id": "d.q01", "kind": "direct", "content": [{"start": 0, "end": 2, "text": "正文"}], '
    '"cue": null, "source": null, "speaker": "d.c01", "implicit_source": true}',
    "rows/ner": '{"id": "d", "fold": 0, "tokens": ["正", "文"], "ner_tags": ["O", "O"], "char_start": [0, 1]}',
    "rows/restoration": '{"id": "d", "doc_id": "d", "rule": "gloss", "start": 0, "end": 1, "received": "?", '
    '"restored_start": 0, "restored_end": 1, "restored": "正", "established": "正", "bytes": "D5FD", "readings": 1, '
    '"margin": 0.5}',
}
VALID = {name: json.loads(line) for name, line in VALID.items()}


@pytest.mark.parametrize(
    ("name", "field", "value", "is_valid"),
    [
        # What is an integer, a number and a boolean.
        ("gold/sentences", "start", "1", True),
        ("gold/sentences", "start", "1.0", False),
        ("gold/sentences", "start", "1e2", False),
        ("gold/sentences", "start", "-0", True),
        ("gold/sentences", "start", "-0.0", False),
        ("gold/sentences", "start", "true", False),
        ("gold/sentences", "end", "2147483647", True),
        ("gold/sentences", "end", "2147483648", False),
        ("gold/sentences", "end", str(2**64), False),
        ("gold/sentences", "end", str(-(2**2000)), False),
        ("gold/clusters", "named", "1", False),
        ("gold/clusters", "type", "true", False),
        ("rows/restoration", "margin", "1", True),
        ("rows/restoration", "margin", "true", False),
        ("rows/restoration", "margin", "1.7976931348623157e308", True),
        # No float is as great as that.
        ("rows/restoration", "margin", str(2**2000), False),
        ("rows/restoration", "margin", str(-(2**1024)), False),
        # Lengths count code points, not bytes, UTF-16 units or what a reader sees as a character.
        ("rows/ner", "tokens", '["\U0001f600"]', True),
        ("rows/ner", "tokens", '["m\u0304"]', False),
        ("rows/ner", "tokens", '[""]', False),
        ("gold/sentences", "text", '""', False),
        ("gold/sentences", "text", '"\\n"', True),
        # A pattern matches the whole value, and its digits are ASCII.
        ("gold/sentences", "id", '"d.s001\\n"', False),
        ("gold/sentences", "id", '"\\nd.s001"', False),
        ("gold/sentences", "id", '"d.s\uff10\uff10\uff11"', False),
        ("rows/restoration", "bytes", '""', True),
        ("rows/restoration", "bytes", '"D5F"', False),
        # Null, and values inside lists and objects.
        ("gold/clusters", "wikidata", '"Q1"', True),
        ("gold/clusters", "wikidata", '"Q1\\n"', False),
        ("gold/clusters", "name", "null", False),
        ("gold/clusters", "aliases", "null", False),
        ("gold/clusters", "aliases", "[null]", False),
        ("gold/clusters", "aliases", "{}", False),
        ("gold/clusters", "aliases", '"李"', False),
        ("gold/clusters", "aliases", '[["李"]]', False),
        ("gold/quotes", "content", "[]", False),
        ("gold/quotes", "content", "[null]", False),
        ("gold/quotes", "source", "null", True),
        ("gold/quotes", "source", "[]", False),
        ("gold/quotes", "source", "{}", False),
        ("gold/quotes", "source", '{"start": 0, "end": 1, "text": "正"}', True),
        ("gold/quotes", "source", '{"start": 0, "end": 1}', False),
        ("gold/quotes", "source", '{"start": 0, "end": 1, "text": "正", "x": 1}', False),
        ("gold/quotes", "content", '[{"start": 0, "end": 0, "text": "正"}]', False),
        ("rows/ner", "ner_tags", '["O", "B-PERSON"]', True),
        # A class label is a name or its number, and nothing that is only equal to its number.
        ("rows/ner", "ner_tags", '[0, "O", 38]', True),
        ("rows/ner", "ner_tags", "[39]", False),
        ("rows/ner", "ner_tags", "[-1]", False),
        ("rows/ner", "ner_tags", "[1.0]", False),
        ("rows/ner", "ner_tags", "[true]", False),
        ("rows/ner", "ner_tags", "[null]", False),
        # Gold and predictions have names only.
        ("gold/clusters", "type", "0", False),
        ("rows/ner", "ner_tags", '["B-"]', False),
    ],
)
def test_values_on_which_validators_differ(name, field, value, is_valid):
    shape = SCHEMA.shapes[name]
    assert shape.cerberus_problems(VALID[name]) == []
    assert quick_test(shape)(VALID[name])
    line = json.dumps(VALID[name] | {field: "here"}).replace('"here"', value)
    record = json.loads(line)
    problems = shape.cerberus_problems(record)
    assert (not problems) == is_valid
    assert shape.problems(record) == problems
    findings = check_lines(line.encode("utf-8"), shape)
    assert [(finding.field, finding.message) for finding in findings] == [problem[::2] for problem in problems]
    assert is_valid or not quick_test(shape)(record)


class _Integer(int):
    pass


@pytest.mark.parametrize("field", ["wikidata", "name", "aliases"])
@pytest.mark.parametrize(
    "value",
    [math.nan, math.inf, "\ud800", ["\ud800"], {"\ud800": 1}, {1: 1}, b"a", _Integer(1), {"a"}, datetime.date.min],
    ids=ascii,
)
def test_values_that_json_does_not_have(field, value):
    shape = SCHEMA.gold["clusters"]
    record = VALID["gold/clusters"] | {field: value}
    assert not (quick_test(shape)(record) and shape.cerberus_problems(record))


def test_values_that_are_not_records():
    shape = SCHEMA.gold["clusters"]
    is_certainly_valid = quick_test(shape)
    for value in (None, True, 1, 1.5, "a", [], [VALID["gold/clusters"]], {}, {"\ud800": 1}, {1: 1}):
        assert not is_certainly_valid(value)
    deep = []
    for _ in range(10_000):
        deep = [deep]
    assert not is_certainly_valid(deep)
    assert not is_certainly_valid(VALID["gold/clusters"] | {"aliases": deep})


_STRINGS = [
    "",
    "a",
    "ab",
    "abb",
    "aab",
    "a\n",
    "\n",
    "a b",
    "\u3000",
    "é",
    "\uff11",
    "1",
    "_",
    "-",
    "]",
    "a{,2}",
    "A",
    "中",
]


@pytest.mark.parametrize(
    "pattern",
    [
        *["a", "a?b*", "(ab)+", "[ab-]+", "a{1,}", r"\d", r"\.", "(a)(b){2}", "[A-Za-z0-9]{2}"],
        # Python may read these in another way than RE2 or JavaScript.
        *["a|ab", ".", r"\s", r"\S+", r"\w", r"\W", "[^a]", "[]a]", "a{,2}", "a++b", "a*+b", "a*?b", "(?i)a", "(?:a)b"],
        *[r"(?P<x>a)", r"a\Z", "a$", "^a", r"\ba", r"(a)\1", "a(?=b)b", r"\x61", "[a-z-9]", "(?s:.)", r"[\d]", "()"],
    ],
)
def test_patterns_of_every_dialect(pattern):
    shape = Shape("a", "", {"a": {"type": "string", "regex": pattern}})
    test_record, test_batch = quick_test(shape), batch_test(shape)
    for text in _STRINGS:
        problems = shape.cerberus_problems({"a": text})
        assert not (test_record({"a": text}) and problems)
        assert not (test_batch(pa.record_batch({"a": [text]})) and problems)
        assert [row.problem for row in validate(pa.table({"a": [text]}), shape)] == problems


_VALUES = [None, True, False, 0, 1, 2, 1.0, 0.5, math.nan, -math.inf, 2**53 + 1, 2.0**53, 2**2000, *_STRINGS]
_VALUES += [[], ["a"], ["a", "b"], [1], [True], [["a"]], {}, {"a": 1}, {"b": 1}, {"a": None}, {1: 1}]


@pytest.mark.parametrize(
    "rules",
    [
        {"type": "integer", "allowed": [0, 1]},
        {"type": "float", "allowed": [1.0, 0.5]},
        {"type": "boolean", "allowed": [1]},
        {"type": "string", "allowed": [True, "a", None]},
        {"type": "string", "allowed": ["a", "a"], "nullable": True},
        {"type": "string", "allowed": []},
        {"type": "list", "allowed": ["a"], "schema": {"type": "string"}},
        {"type": "string", "minlength": 2, "empty": False},
        {"type": "string", "maxlength": 0},
        {"type": "string", "forbidden": ["a"]},
        {"type": "string", "required": False},
        {"type": "integer", "min": 0.5, "max": 1.5},
        {"type": "float", "min": -1e308, "max": 2**53},
        {"type": "float", "max": 1e308, "nullable": True},
        {"type": "integer", "empty": False},
        {"type": "integer", "excludes": "a"},
        {"type": "dict"},
        {"type": "dict", "keysrules": {"type": "string", "maxlength": 1}},
        {"type": "dict", "valuesrules": {"type": "integer"}},
        {"type": "dict", "allow_unknown": True, "schema": {"a": {"type": "integer"}}},
        {"type": "dict", "minlength": 1, "schema": {"a": {"type": "integer", "nullable": True}}},
        {"type": "dict", "schema": {}},
        {"type": "list"},
        {"type": "list", "empty": False, "schema": {"type": "string", "forbidden": ["a"]}},
        {"type": "list", "minlength": 2, "empty": False, "schema": {"type": "string"}},
        {"type": "list", "schema": {"type": "dict", "schema": {"a": {"type": "integer", "forbidden": [1]}}}},
    ],
    ids=str,
)
def test_rules_that_another_schema_may_have(rules):
    shape = Shape("a", "", {"a": rules})
    test_record = quick_test(shape)
    for value in _VALUES:
        try:
            problems = shape.cerberus_problems({"a": value})
        except TypeError:  # Cerberus cannot look for a list among the allowed values
            problems = ["unknown"]
        assert not (test_record({"a": value}) and problems), value
        assert not (test_record({}) and shape.cerberus_problems({}))


def test_a_shape_without_fields():
    assert not quick_test(Shape("a", "", {}))({"a": 1})


def with_dictionaries(table):
    """The same table with its strings dictionary-encoded, as Parquet holds them."""
    content = io.BytesIO()
    pq.write_table(table, content)
    row_group = pq.ParquetFile(content).metadata.row_group(0)
    columns = [row_group.column(number) for number in range(row_group.num_columns)]
    strings = [column.path_in_schema for column in columns if column.physical_type == "BYTE_ARRAY"]
    return pq.read_table(content, read_dictionary=strings)


#: The shapes whose records fit into a table.
TABULAR = [
    name
    for name, shape in SCHEMA.shapes.items()
    if all("schema" in rules or rules["type"] not in ("dict", "list") for rules in shape.fields.values())
    and name != "gold/document"
]


@pytest.mark.parametrize("name", TABULAR)
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_tables_have_the_verdicts_of_cerberus(name, data):
    shape = SCHEMA.shapes[name]
    any_row = st.fixed_dictionaries(
        {field: valid(rules) | values(rules) | st.none() for field, rules in shape.fields.items()}
    )
    valid_row = st.fixed_dictionaries({field: valid(rules) for field, rules in shape.fields.items()})
    rows = data.draw(st.lists(valid_row | any_row, min_size=1, max_size=20))
    schema = pa.schema([pa.field(field, table_type(rules)) for field, rules in shape.fields.items()])
    table = pa.Table.from_pylist(rows, schema=schema)
    records = table.to_pylist()
    expected = [
        (number, problem) for number, record in enumerate(records) for problem in shape.cerberus_problems(record)
    ]
    assert [(row, problem) for row, _, problem in validate(table, shape)] == expected
    assert [(row, problem) for row, _, problem in validate(with_dictionaries(table), shape)] == expected
    # Each row by itself: one that the quick check passes has no problem.
    is_certainly_valid = batch_test(shape)
    for number, record in enumerate(records):
        for batch in table.slice(number, 1).to_batches():
            assert not (is_certainly_valid(batch) and shape.cerberus_problems(record))


#: A shape with numbers without bounds of their own, in every place that they may have.
_NUMBERS = {
    "a": {"type": "float"},
    "b": {"type": "integer", "nullable": True},
    "c": {"type": "list", "schema": {"type": "float", "nullable": True}},
    "d": {"type": "list", "schema": {"type": "dict", "schema": {"e": {"type": "float"}, "f": {"type": "integer"}}}},
}


def numbers_shape():
    def limited(rules):
        inner = rules.get("schema", {})
        if rules["type"] == "list":
            return {**rules, "schema": limited(inner)}
        if rules["type"] == "dict":
            return {**rules, "schema": {name: limited(field) for name, field in inner.items()}}
        return with_range(rules)

    return Shape("a", "", {name: limited(rules) for name, rules in _NUMBERS.items()})


_FLOATS = st.sampled_from([0.0, -0.0, 0.5, 1e308, -5e-324, math.nan, math.inf, -math.inf])
_INTEGERS = st.sampled_from([0, -1, 2**31 - 1, 2**31, -(2**31), -(2**31) - 1, 2**63 - 1])


def is_right_number(value):
    """Whether the columns of a release can hold a number."""
    return math.isfinite(value) and (isinstance(value, float) or -(2**31) <= value < 2**31)


@settings(max_examples=50)
@given(data=st.data())
def test_numbers_in_tables_are_finite_and_in_the_range_of_their_columns(data):
    inner = st.fixed_dictionaries({"e": _FLOATS, "f": _INTEGERS})
    row = st.fixed_dictionaries(
        {
            "a": _FLOATS,
            "b": st.none() | _INTEGERS,
            "c": st.lists(st.none() | _FLOATS, max_size=3),
            "d": st.lists(inner, max_size=2),
        }
    )
    rows = data.draw(st.lists(row, min_size=1, max_size=12))
    shape = numbers_shape()
    table = pa.Table.from_pylist(rows, pa.schema([(name, table_type(rules)) for name, rules in shape.fields.items()]))

    def numbers(record):
        yield from (record["a"], record["b"], *record["c"])
        for item in record["d"]:
            yield from item.values()

    expected = [
        number
        for number, record in enumerate(rows)
        if not all(value is None or is_right_number(value) for value in numbers(record))
    ]
    problems = list(validate(table, shape))
    assert sorted({problem.row for problem in problems}) == expected
    by_cerberus = [(row, problem) for row, record in enumerate(rows) for problem in shape.cerberus_problems(record)]
    assert [(row, problem) for row, _, problem in problems] == by_cerberus
    for record in rows:
        assert shape.problems(record) == shape.cerberus_problems(record)


@pytest.mark.parametrize("name", SCHEMA.shapes)
def test_every_number_of_every_shape_has_the_range_of_its_column(name):
    def check(rules):
        if rules["type"] == "integer":
            assert -(2**31) <= rules["min"] <= rules["max"] < 2**31
        elif rules["type"] == "float":
            assert -math.inf < rules["min"] <= rules["max"] < math.inf
        inner = rules.get("schema", {})
        for field in inner.values() if rules["type"] == "dict" else [inner] if inner else []:
            check(field)

    check({"type": "dict", "schema": SCHEMA.shapes[name].fields})


@pytest.mark.parametrize("name", ["gold/entities", "rows/sentences", "rows/stances", "rows/ner"])
@given(data=st.data())
def test_columns_of_other_types_and_names(name, data):
    shape = SCHEMA.shapes[name]
    names = data.draw(st.lists(st.sampled_from([*shape.fields, "extra"]), unique=True, min_size=1))
    columns = [
        data.draw(
            st.sampled_from(
                [[1, None], ["x", ""], [True, False], [1.0, float("nan")], [["a"], []], [{"start": 1}, None]]
            )
        )
        for _ in names
    ]
    table = pa.table(dict(zip(names, columns, strict=True)))
    rows = [number for number, record in enumerate(table.to_pylist()) if shape.cerberus_problems(record)]
    assert sorted({problem.row for problem in validate(table, shape)}) == rows


@pytest.mark.parametrize("config", SCHEMA.configs.values(), ids=lambda config: config.name)
def test_the_quick_checks_pass_the_release(config):
    shape = SCHEMA.rows[config.family]
    table = load_dataset(config.family, config.script).with_format("arrow")[:]
    assert all(map(batch_test(shape), table.to_batches())), "no row needs Cerberus"
    assert all(map(quick_test(shape), map(shape.decode, table.to_pylist())))
    assert list(validate(table, shape)) == []


def test_the_quick_check_passes_gold(root):
    for layer in LAYERS:
        is_certainly_valid = quick_test(SCHEMA.gold[layer])
        records = lines(read_text(root / "seeds" / ARTICLE / "gold" / f"{layer}.jsonl"))
        assert records
        assert all(is_certainly_valid(json.loads(record)) for record in records)
    # This shape has rules that no quick check expresses.
    about = read_yaml(root / "seeds" / ARTICLE / "document.yaml")
    assert SCHEMA.gold["document"].cerberus_problems(about) == []
    assert not quick_test(SCHEMA.gold["document"])(about)


def sentences():
    """The released sentences as a table."""
    return load_dataset("sentences", "hans").with_format("arrow")[:]


def test_an_invalid_row_is_found_at_any_position(tmp_path):
    shape, table = SCHEMA.rows["sentences"], pa.concat_tables([sentences()] * 400).combine_chunks()
    rows = [0, BATCH - 1, BATCH, 4_999, table.num_rows - 1]
    texts = table["text"].to_pylist()
    for row in rows:
        texts[row] = ""
    invalid = table.set_column(table.schema.get_field_index("text"), "text", pa.array(texts))
    assert [(row, problem.field) for row, _, problem in validate(invalid, shape)] == [(row, "text") for row in rows]
    pq.write_table(invalid, tmp_path / "a.parquet", row_group_size=5_000)
    findings = check_file(tmp_path / "a.parquet", shape)
    assert [finding.line for finding in findings] == [row + 1 for row in rows]
    assert json.loads(findings[0].record)["text"] == ""


def test_class_labels_may_be_numbers_or_names_but_no_others():
    shape = SCHEMA.rows["stances"]
    table = load_dataset("stances", "hans").with_format("arrow")[:3]
    index = table.schema.get_field_index("label")
    for labels, rows in (
        ([0, 1, 2], []),
        (["none", "favor", "against"], []),
        ([0, 3, -1], [1, 2]),
        (["x", None, "none"], [0, 1]),
    ):
        changed = table.set_column(index, "label", pa.array(labels))
        assert [problem.row for problem in validate(changed, shape)] == rows


def test_strings_that_are_not_utf8():
    table = pa.table({"id": ["d.s001"], "start": [0], "end": [2]})
    raw = pa.array([b"\xb4\xba"]).view(pa.string())
    ((row, _, problem),) = validate(table.append_column("text", raw), SCHEMA.gold["sentences"])
    assert (row, problem.field) == (0, "text")
    assert "UTF-8" in problem.message


def test_only_the_rows_with_invalid_utf8_are_found(tmp_path):
    """The rows of a column share its values, and the batches of a row group share its dictionaries."""
    shape, table = SCHEMA.rows["sentences"], sentences()
    tokens = table["tokens"].combine_chunks()
    raw = [word.encode("utf-8") for word in tokens.values.to_pylist()]
    raw[tokens.offsets[5].as_py()] = b"\xb4\xba"
    invalid = pa.ListArray.from_arrays(tokens.offsets, pa.array(raw, pa.binary()).view(pa.string()))
    changed = table.set_column(table.schema.get_field_index("tokens"), "tokens", invalid)
    assert [(row, problem.field) for row, _, problem in validate(changed, shape)] == [(5, "tokens")]
    pq.write_table(pa.concat_tables([table, changed, table]).combine_chunks(), tmp_path / "a.parquet")
    (finding,) = check_file(tmp_path / "a.parquet", shape)
    assert (finding.line, finding.field) == (len(table) + 6, "tokens")


def test_dictionaries_with_null_values_and_indices_out_of_range():
    shape, text = SCHEMA.gold["sentences"], pa.array(["正文", "", None, "文"])
    for indices, valid_rows in (([0, 3, 0], {0, 1, 2}), ([0, 1, 3], {0, 2}), ([2, 0, 0], {1, 2}), ([0, 9, -1], {0})):
        encoded = pa.DictionaryArray.from_arrays(pa.array(indices, pa.int32()), text, safe=False)
        table = pa.table({"id": ["d.s001"] * 3, "start": [0] * 3, "end": [2] * 3, "text": encoded})
        problems = list(validate(table, shape))
        assert {problem.row for problem in problems} == {0, 1, 2} - valid_rows
        assert {problem.problem.field for problem in problems} <= {"text"}


def test_two_columns_with_the_same_name():
    table = pa.Table.from_arrays([pa.array(["a"])] * 2, names=["id", "id"])
    ((_, record, problem),) = validate(table, SCHEMA.gold["sentences"])
    assert (record, problem) == (None, ("id", "unknown", "is the name of several columns"))


def test_lines_that_are_not_records():
    content = b'\xef\xbb\xbf{"a": 1}\n\n{"id": "d.c01", "id": "d.c02"}\n\xff\nnull\n{"a": NaN}\n{"a": "\\ud800"}'
    findings = check_lines(content, SCHEMA.gold["clusters"])
    assert sorted({(finding.line, finding.id) for finding in findings}) == [
        (1, "byte-order-mark"),
        (1, "shape"),
        (2, "json-syntax"),
        (3, "json-syntax"),
        (4, "not-utf8"),
        (5, "shape"),
        (6, "json-syntax"),
        (7, "json-syntax"),
    ]
