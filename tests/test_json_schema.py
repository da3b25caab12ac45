"""What is derived from shapes: JSON Schema that accepts what Cerberus accepts, Arrow schemas, ``datasets`` features."""

import copy
import json
import re
import shutil
import subprocess
import sys

import jsonschema
import jsonschema_rs
import pytest
import yaml
from conftest import ARTICLE, ROOT, SHAPES
from datasets import ClassLabel, Features, List, Translation, Value
from hypothesis import given, settings
from hypothesis import strategies as st

from zhengwen.columns import class_names, languages_of
from zhengwen.files import lines, read_text, read_yaml
from zhengwen.layers import LAYERS
from zhengwen.load import load_dataset
from zhengwen.schema import read_schema
from zhengwen.shape import Shape

SCHEMA = read_schema()


def validator(shape):
    return jsonschema.Draft202012Validator(shape.json_schema())


@pytest.mark.parametrize("name", SCHEMA.shapes)
def test_the_committed_schema_is_valid_and_up_to_date(root, name):
    committed = json.loads(read_text(root / "schema" / "json" / f"{name}.json"))
    jsonschema.Draft202012Validator.check_schema(committed)
    assert committed == SCHEMA.shapes[name].json_schema()


@pytest.mark.parametrize("layer", LAYERS)
def test_gold_is_valid(root, layer):
    schema = validator(SCHEMA.gold[layer])
    records = lines(read_text(root / "seeds" / ARTICLE / "gold" / f"{layer}.jsonl"))
    assert records
    for record in records:
        schema.validate(json.loads(record))


@pytest.mark.parametrize(("name", "path"), [("corpus", "corpus.yaml"), ("document", f"{ARTICLE}/document.yaml")])
def test_descriptions_are_valid(root, name, path):
    validator(SCHEMA.gold[name]).validate(read_yaml(root / "seeds" / path))


@pytest.mark.parametrize("config", SCHEMA.configs.values(), ids=lambda config: config.name)
def test_rows_are_valid(config):
    shape = SCHEMA.rows[config.family]
    schema = validator(shape)
    for row in load_dataset(config.family, config.script):
        schema.validate(shape.decode(row))


def change(folder, path, fields):
    """The schema in ``folder`` after ``fields`` have been added to the shape at ``path`` or replaced in it."""
    file = folder / path
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    content["fields"].update(fields)
    file.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return read_schema(folder)


@pytest.fixture
def folder(tmp_path):
    """A copy of the files that a schema is read from."""
    shutil.copytree(SHAPES, tmp_path / "schema")
    return shutil.copytree(ROOT / "schema", tmp_path / "schema", dirs_exist_ok=True)


@pytest.mark.parametrize("family", SCHEMA.rows)
def test_an_added_field_is_in_everything_derived(folder, family):
    before = SCHEMA.rows[family]
    shape = change(folder, f"rows/{family}.yaml", {"added": {"type": "boolean"}}).rows[family]
    assert shape.arrow_schema().names == [*before.fields, "added"]
    assert str(shape.arrow_schema().field("added").type) == "bool"
    assert shape.features() == Features({**before.features(), "added": Value("bool")})
    assert shape.card_features() == [*before.card_features(), {"name": "added", "dtype": "bool"}]
    assert shape.json_schema()["properties"]["added"] == {"type": "boolean"}
    assert "added" in shape.json_schema()["required"]


@pytest.mark.parametrize("family", SCHEMA.rows)
def test_a_changed_type_changes_everything_derived(folder, family):
    before = SCHEMA.rows[family]
    name = next(name for name, rules in before.fields.items() if rules["type"] == "string")
    shape = change(folder, f"rows/{family}.yaml", {name: {"type": "float"}}).rows[family]
    for derive in ("arrow_schema", "features", "card_features", "json_schema"):
        assert getattr(shape, derive)() != getattr(before, derive)(), derive
    assert shape.json_schema()["properties"][name]["type"] == "number"


def feature(rules):
    """The feature of a field, made of the classes of ``datasets``."""
    if names := class_names(rules):
        return ClassLabel(names=names)
    if languages := languages_of(rules):
        return Translation(languages=languages)
    if rules["type"] == "list":
        return List(feature(rules["schema"]))
    if rules["type"] == "dict":
        return {name: feature(inner) for name, inner in rules["schema"].items()}
    return Value({"integer": "int32", "float": "float64", "string": "string", "boolean": "bool"}[rules["type"]])


# The shape that is left out has dicts with any keys, for which there is no feature.
@pytest.mark.parametrize("name", sorted(SCHEMA.shapes.keys() - {"gold/document"}))
def test_features_and_metadata_are_those_of_datasets(name):
    shape = SCHEMA.shapes[name]
    features = Features({field: feature(rules) for field, rules in shape.fields.items()})
    assert shape.features() == features
    assert list(shape.features()) == list(features)
    stored = json.loads(shape.arrow_schema().metadata[b"huggingface"])["info"]["features"]
    assert Features.from_dict(stored) == features
    assert list(stored) == list(features)
    assert '"List"' not in json.dumps(stored)  # only some versions of `datasets` know it
    assert shape.arrow_schema().equals(features.arrow_schema)


def test_an_arrow_schema_does_not_import_datasets():
    program = "import sys; from zhengwen.schema import read_schema\n"
    program += "for shape in read_schema().rows.values(): shape.arrow_schema()\n"
    program += "sys.exit('datasets' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize("layer", LAYERS)
def test_cerberus_and_json_schema_refuse_the_same_records(root, layer):
    shape = SCHEMA.gold[layer]
    validators = [validator(shape), jsonschema_rs.validator_for(shape.json_schema())]
    record = json.loads(lines(read_text(root / "seeds" / ARTICLE / "gold" / f"{layer}.jsonl"))[0])
    for name in record:
        for value in (None, "", "\N{FULLWIDTH DIGIT ONE}", -1, 2**31, 1.5, True, [], {}, [1], f"{record[name]}\n"):
            changed = copy.deepcopy(record) | {name: value}
            for schema in validators:
                assert bool(shape.cerberus_problems(changed)) == (not schema.is_valid(changed)), (name, value)
        fewer = {key: value for key, value in record.items() if key != name}
        assert shape.cerberus_problems(fewer)
        assert not any(schema.is_valid(fewer) for schema in validators)
    assert not any(schema.is_valid(record | {"extra": 1}) for schema in validators)


def patterns(rules, path=()):
    """The rules of every field, item, key and value that has a pattern, with its path."""
    if "regex" in rules:
        yield ".".join(path), rules
    inner = rules.get("schema", {})
    for name, field in inner.items() if rules["type"] == "dict" else [("*", inner)] if inner else []:
        yield from patterns(field, (*path, name))
    for name in ("keysrules", "valuesrules"):
        if name in rules:
            yield from patterns(rules[name], (*path, name))


PATTERNS = {
    f"{name} {path}": rules
    for name, shape in SCHEMA.shapes.items()
    for path, rules in patterns({"type": "dict", "schema": shape.fields})
}


def holders(rules):
    """Shapes that hold a value with these rules in every place that it may have, with a record that holds ``value``."""
    yield {"a": rules}, lambda value: {"a": value}
    yield {"a": {**rules, "nullable": True}}, lambda value: {"a": value}
    yield {"a": {"type": "list", "schema": rules}}, lambda value: {"a": [value]}
    yield {"a": {"type": "dict", "schema": {"b": rules}}}, lambda value: {"a": {"b": value}}
    yield {"a": {"type": "dict", "keysrules": rules}}, lambda value: {"a": {value: 1}}
    yield {"a": {"type": "dict", "valuesrules": rules}}, lambda value: {"a": {"b": value}}


@pytest.mark.parametrize("rules", PATTERNS.values(), ids=PATTERNS)
@settings(max_examples=5)
@given(data=st.data())
def test_a_pattern_matches_whole_values_without_a_newline_behind_them(rules, data):
    """For Cerberus, Python's ``jsonschema``, whose ``$`` also matches before a newline, and the regexes of Rust."""
    text = data.draw(st.from_regex(re.compile(rules["regex"], re.ASCII), fullmatch=True))
    for fields, record in holders(rules):
        shape = Shape("a", "", fields)
        validators = [validator(shape), jsonschema_rs.validator_for(shape.json_schema())]
        for value in (text, f"{text}\n", f"\n{text}", f"{text}\n\n", f"{text}\r\n"):
            is_valid = not shape.cerberus_problems(record(value))
            assert not (is_valid and value.endswith("\n")), value
            assert [checker.is_valid(record(value)) for checker in validators] == [is_valid] * 2, value


@pytest.mark.parametrize("name", SCHEMA.shapes)
def test_patterns_have_no_lookaround(name):
    """Many readers of JSON Schema do not support lookaround."""
    patterns = re.findall(r'"pattern": "(.*)"', json.dumps(SCHEMA.shapes[name].json_schema(), indent=1))
    assert not any("(?" in pattern.replace("(?:", "(") for pattern in patterns)
