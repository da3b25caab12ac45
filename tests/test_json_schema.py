"""JSON Schema: it is one, it takes what Cerberus takes, and it is derived like everything else."""

import copy
import json
import shutil

import jsonschema
import pytest
import yaml
from conftest import ARTICLE, ROOT
from datasets import Features

from zhengwen.files import lines, read_text, read_yaml
from zhengwen.load import load_dataset
from zhengwen.records import LAYERS
from zhengwen.schema import read_schema

SCHEMA = read_schema()


def validator(shape):
    return jsonschema.Draft202012Validator(shape.json_schema())


@pytest.mark.parametrize("name", SCHEMA.shapes)
def test_the_committed_schema_is_a_schema_and_the_shape(root, name):
    committed = json.loads(read_text(root / "schema" / "json" / f"{name}.json"))
    jsonschema.Draft202012Validator.check_schema(committed)
    assert committed == SCHEMA.shapes[name].json_schema()


@pytest.mark.parametrize("layer", LAYERS)
def test_gold_is_valid(root, layer):
    test = validator(SCHEMA.gold[layer])
    records = lines(read_text(root / "seeds" / ARTICLE / "gold" / f"{layer}.jsonl"))
    assert records
    for record in records:
        test.validate(json.loads(record))


@pytest.mark.parametrize(("name", "path"), [("corpus", "corpus.yaml"), ("document", f"{ARTICLE}/document.yaml")])
def test_what_is_known_is_valid(root, name, path):
    validator(SCHEMA.gold[name]).validate(read_yaml(root / "seeds" / path))


@pytest.mark.parametrize("config", SCHEMA.configs.values(), ids=lambda one: one.name)
def test_rows_are_valid(config):
    shape = SCHEMA.rows[config.family]
    test = validator(shape)
    for row in load_dataset(config.family, config.script):
        test.validate(shape.decode(row))


def change(repository, path, do):
    file = repository / "schema" / path
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    do(content["fields"])
    file.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return read_schema(repository / "schema")


@pytest.fixture
def repository(tmp_path):
    """All that a schema is read from."""
    shutil.copytree(ROOT / "schema", tmp_path / "schema")
    return tmp_path


@pytest.mark.parametrize("family", SCHEMA.rows)
def test_a_changed_field_changes_everything(repository, family):
    before = SCHEMA.rows[family]
    changed = change(repository, f"rows/{family}.yaml", lambda fields: fields.update(added={"type": "boolean"}))
    shape = changed.rows[family]
    assert shape.arrow_schema().names == [*before.fields, "added"]
    assert str(shape.arrow_schema().field("added").type) == "bool"
    assert shape.features() == Features({**before.features(), "added": shape.features()["added"]})
    assert shape.card_features() == [*before.card_features(), {"name": "added", "dtype": "bool"}]
    assert shape.json_schema()["properties"]["added"] == {"type": "boolean"}
    assert "added" in shape.json_schema()["required"]


@pytest.mark.parametrize("family", SCHEMA.rows)
def test_a_changed_type_changes_everything(repository, family):
    name = next(name for name, rules in SCHEMA.rows[family].fields.items() if rules["type"] == "string")
    shape = change(repository, f"rows/{family}.yaml", lambda fields: fields.update({name: {"type": "float"}})).rows[
        family
    ]
    before = SCHEMA.rows[family]
    for made in ("arrow_schema", "features", "card_features", "json_schema"):
        assert getattr(shape, made)() != getattr(before, made)(), made
    assert shape.json_schema()["properties"][name]["type"] == "number"


@pytest.mark.parametrize("layer", LAYERS)
def test_a_record_without_a_field_or_with_another_is_refused_by_both(root, layer):
    shape, test = SCHEMA.gold[layer], validator(SCHEMA.gold[layer])
    record = json.loads(lines(read_text(root / "seeds" / ARTICLE / "gold" / f"{layer}.jsonl"))[0])
    for name in record:
        for value in (None, "", "\N{FULLWIDTH DIGIT ONE}", -1, 2**31, 1.5, True, [], {}, [1]):
            spoilt = copy.deepcopy(record) | {name: value}
            assert bool(shape.problems(spoilt)) == (not test.is_valid(spoilt)), (name, value)
        fewer = {key: value for key, value in record.items() if key != name}
        assert shape.problems(fewer)
        assert not test.is_valid(fewer)
    assert not test.is_valid(record | {"extra": 1})
