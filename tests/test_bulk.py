"""Bulk validation: the quick answers and Cerberus say the same of every record, in Arrow and in JSON."""

import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import ARTICLE
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from zhengwen.checks.bulk import BATCH, batch_test, record_test, validate
from zhengwen.checks.data import check_data, check_lines
from zhengwen.columns import arrow_type, class_names
from zhengwen.files import lines, read_text, read_yaml
from zhengwen.load import load_dataset
from zhengwen.schema import read_schema

SCHEMA = read_schema()
_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=3)


def values(rules):
    """Values of a field: mostly of its type, valid or not by a hair."""
    kind = rules["type"]
    if "allowed" in rules:
        made = st.sampled_from(rules["allowed"]) | _TEXT
    elif "regex" in rules:
        made = st.from_regex(rules["regex"], fullmatch=True) | _TEXT | st.sampled_from(["d.c01\n", "d.c\uff11\uff12"])
    elif kind == "string":
        made = _TEXT
    elif kind == "integer":
        near = [rules[bound] + step for bound in ("min", "max") if bound in rules for step in (-1, 0, 1)]
        made = st.sampled_from([*near, 0, 1, 2]) if near else st.integers(-3, 3)
    elif kind == "float":
        made = st.floats(allow_nan=False) | st.integers(-3, 3)
    elif kind == "boolean":
        made = st.booleans()
    elif kind == "list":
        made = st.lists(values(rules["schema"]), max_size=3)
    elif "schema" in rules:
        made = st.fixed_dictionaries({name: values(inner) for name, inner in rules["schema"].items()})
    else:
        made = st.dictionaries(_TEXT, _TEXT, max_size=2)
    return made if not rules.get("nullable") else st.none() | made


def valid(rules):
    """Values that are valid, so that records with a single fault come up too."""
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
def spoilt(draw, shape):
    """A valid record, with at most one field put in place of another value, any value, or none."""
    record = draw(st.fixed_dictionaries({name: valid(rules) for name, rules in shape.fields.items()}))
    name = draw(st.sampled_from(list(shape.fields)))
    match draw(st.sampled_from(["whole", "field", "any", "drop", "add"])):
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
    """The Arrow type of decoded values; wide, so that what is out of range can be held."""
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
    """Infinity is a value of a column; JSON has none."""
    try:
        return bool(json.dumps(record, allow_nan=False))
    except ValueError:
        return False


@pytest.mark.parametrize("name", SCHEMA.shapes)
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_json_lines_have_the_verdicts_of_cerberus(name, data):
    shape = SCHEMA.shapes[name]
    records = data.draw(st.lists(spoilt(shape), min_size=1, max_size=4))
    assume(all(map(is_json, records)))
    expected = [
        (line, problem.field, problem.message)
        for line, record in enumerate(records, start=1)
        for problem in shape.problems(record)
    ]
    stream = io.BytesIO("".join(json.dumps(record) + "\n" for record in records).encode("utf-8"))
    found = check_lines(stream, "a", shape, "b")
    assert [(one.line, one.field, one.message) for one in found] == expected
    sure = record_test(shape)
    for record in records:
        assert not (sure(record) and shape.problems(record))


def as_dictionaries(table):
    """The same table, its strings as numbers into dictionaries, as Parquet holds them."""
    content = io.BytesIO()
    pq.write_table(table, content)
    columns = pq.ParquetFile(content).metadata.row_group(0)
    columns = [columns.column(number) for number in range(columns.num_columns)]
    strings = [one.path_in_schema for one in columns if one.physical_type == "BYTE_ARRAY"]
    return pq.read_table(content, read_dictionary=strings)


TABULAR = [
    name
    for name, shape in SCHEMA.shapes.items()
    if all("schema" in one or one["type"] not in ("dict", "list") for one in shape.fields.values())
    and name != "gold/document"
]


@pytest.mark.parametrize("name", TABULAR)
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_tables_have_the_verdicts_of_cerberus(name, data):
    shape = SCHEMA.shapes[name]
    row = st.fixed_dictionaries({one: valid(rules) | values(rules) | st.none() for one, rules in shape.fields.items()})
    good = st.fixed_dictionaries({one: valid(rules) for one, rules in shape.fields.items()})
    records = data.draw(st.lists(good | row, min_size=1, max_size=20))
    schema = pa.schema([pa.field(one, table_type(rules)) for one, rules in shape.fields.items()])
    table = pa.Table.from_pylist(records, schema=schema)
    read = table.to_pylist()
    expected = [(number, problem) for number, record in enumerate(read) for problem in shape.problems(record)]
    assert [(one.row, one.problem) for one in validate(table, shape)] == expected
    assert [(one.row, one.problem) for one in validate(as_dictionaries(table), shape)] == expected
    # Each row by itself: what is passed over has no problem.
    sure = batch_test(shape)
    for number, record in enumerate(read):
        for batch in table.slice(number, 1).to_batches():
            assert not (sure(batch) and shape.problems(record))


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
    rows = [number for number, record in enumerate(table.to_pylist()) if shape.problems(record)]
    assert sorted({one.row for one in validate(table, shape)}) == rows


@pytest.mark.parametrize("config", SCHEMA.configs.values(), ids=lambda one: one.name)
def test_the_release_is_surely_valid(config):
    shape = SCHEMA.rows[config.family]
    table = load_dataset(config.family, config.script).with_format("arrow")[:]
    assert all(map(batch_test(shape), table.to_batches())), "no row needs Cerberus"
    assert all(map(record_test(shape), map(shape.decode, table.to_pylist())))
    assert list(validate(table, shape)) == []


def test_gold_is_surely_valid(root):
    for layer in ("sentences", "entities", "clusters", "quotes", "stances"):
        test = record_test(SCHEMA.gold[layer])
        records = lines(read_text(root / "seeds" / ARTICLE / "gold" / f"{layer}.jsonl"))
        assert records
        assert all(test(json.loads(record)) for record in records)
    # What has a rule that the quick answers do not know is for Cerberus.
    about = read_yaml(root / "seeds" / ARTICLE / "document.yaml")
    assert SCHEMA.gold["document"].problems(about) == []


def sentences():
    return load_dataset("sentences", "hans").with_format("arrow")[:]


def test_a_bad_row_is_found_wherever_it_is(tmp_path):
    shape, table = SCHEMA.rows["sentences"], pa.concat_tables([sentences()] * 400).combine_chunks()
    places = [0, BATCH - 1, BATCH, 4_999, table.num_rows - 1]
    texts = table["text"].to_pylist()
    for place in places:
        texts[place] = ""
    bad = table.set_column(table.schema.get_field_index("text"), "text", pa.array(texts))
    assert [(one.row, one.problem.field) for one in validate(bad, shape)] == [(place, "text") for place in places]
    pq.write_table(bad, tmp_path / "a.parquet", row_group_size=5_000)
    found = list(check_data(tmp_path / "a.parquet", shape, "schema/rows/sentences.yaml"))
    assert [one.line for one in found] == [place + 1 for place in places]
    assert json.loads(found[0].record)["text"] == ""


def test_class_labels_may_be_numbers_or_names_but_no_others():
    shape = SCHEMA.rows["stances"]
    table = load_dataset("stances", "hans").with_format("arrow")[:3]
    at = table.schema.get_field_index("label")
    for labels, rows in (
        ([0, 1, 2], []),
        (["none", "favor", "against"], []),
        ([0, 3, -1], [1, 2]),
        (["x", None, "none"], [0, 1]),
    ):
        changed = table.set_column(at, "label", pa.array(labels))
        assert [one.row for one in validate(changed, shape)] == rows


def test_strings_that_are_not_utf8():
    table = pa.table({"id": ["d.s001"], "start": [0], "end": [2]})
    raw = pa.array([b"\xb4\xba"]).view(pa.string())
    (found,) = validate(table.append_column("text", raw), SCHEMA.gold["sentences"])
    assert (found.row, found.problem.field) == (0, "text")
    assert "UTF-8" in found.problem.message


def test_of_values_that_are_not_utf8_only_their_rows_are_found(tmp_path):
    """Rows of a column share its values, and batches of a row group its dictionaries."""
    shape, table = SCHEMA.rows["sentences"], sentences()
    tokens = table["tokens"].combine_chunks()
    raw = [word.encode("utf-8") for word in tokens.values.to_pylist()]
    raw[tokens.offsets[5].as_py()] = b"\xb4\xba"
    spoilt = pa.ListArray.from_arrays(tokens.offsets, pa.array(raw, pa.binary()).view(pa.string()))
    bad = table.set_column(table.schema.get_field_index("tokens"), "tokens", spoilt)
    assert [(one.row, one.problem.field) for one in validate(bad, shape)] == [(5, "tokens")]
    pq.write_table(pa.concat_tables([table, bad, table]).combine_chunks(), tmp_path / "a.parquet")
    (found,) = check_data(tmp_path / "a.parquet", shape, "")
    assert (found.line, found.field) == (len(table) + 6, "tokens")


def test_dictionaries_that_are_not_whole():
    shape, text = SCHEMA.gold["sentences"], pa.array(["正文", "", None, "文"])
    for numbers, valid_rows in (([0, 3, 0], {0, 1, 2}), ([0, 1, 3], {0, 2}), ([2, 0, 0], {1, 2}), ([0, 9, -1], {0})):
        made = pa.DictionaryArray.from_arrays(pa.array(numbers, pa.int32()), text, safe=False)
        table = pa.table({"id": ["d.s001"] * 3, "start": [0] * 3, "end": [2] * 3, "text": made})
        found = list(validate(table, shape))
        assert {one.row for one in found} == {0, 1, 2} - valid_rows
        assert {one.problem.field for one in found} <= {"text"}


def test_a_column_that_is_there_twice():
    table = pa.Table.from_arrays([pa.array(["a"])] * 2, names=["id", "id"])
    (found,) = validate(table, SCHEMA.gold["sentences"])
    assert found.problem.field == "id"


def test_lines_that_are_no_records():
    content = b'\xef\xbb\xbf{"a": 1}\n\n{"id": "d.c01", "id": "d.c02"}\n\xff\nnull\n{"a": NaN}\n{"a": "\\ud800"}'
    found = list(check_lines(io.BytesIO(content), "a", SCHEMA.gold["clusters"], "b"))
    assert sorted({(one.line, one.id) for one in found}) == [
        (1, "byte-order-mark"),
        (1, "shape"),
        (2, "json-syntax"),
        (3, "json-syntax"),
        (4, "not-utf8"),
        (5, "shape"),
        (6, "json-syntax"),
        (7, "json-syntax"),
    ]
