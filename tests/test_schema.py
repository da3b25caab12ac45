"""The schema: which records it refuses, and what is derived from it."""

import json
import re
import shutil

import pytest
from conftest import SHAPES, assert_error, run_cli
from hypothesis import given
from hypothesis import strategies as st

from zhengwen.columns import class_names
from zhengwen.errors import ZhengwenError
from zhengwen.files import read_yaml
from zhengwen.labels import iob2_tags
from zhengwen.layers import LAYERS
from zhengwen.schema import NOT_LAYERS, read_schema

SCHEMA = read_schema()
ENTITY = {"id": "d.e0001", "start": 0, "end": 2, "text": "南江", "type": "GPE", "cluster": "d.c01"}


def assert_fails(shape, record, **expected):
    """The shape refuses the record with exactly these problems: field (dots written ``__``) = rule."""
    problems = {problem.field.replace(".", "__"): problem.rule for problem in SCHEMA.gold[shape].problems(record)}
    assert problems == expected


def test_a_valid_record_has_no_problem():
    assert SCHEMA.gold["entities"].problems(ENTITY) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"start": True}, {"start": "type"}),
        ({"start": "0"}, {"start": "type"}),
        ({"start": 0.0}, {"start": "type"}),
        ({"start": -1}, {"start": "min"}),
        ({"end": 2**31}, {"end": "max"}),
        ({"text": ""}, {"text": "empty"}),
        ({"text": None}, {"text": "nullable"}),
        ({"id": "d.e0001\n"}, {"id": "regex"}),
        ({"id": "xd.e0001x"}, {"id": "regex"}),
        ({"type": "CITY"}, {"type": "allowed"}),
        ({"type": ["GPE"]}, {"type": "type"}),
        ({"extra": 1}, {"extra": "unknown"}),
        ({"cluster": "c01"}, {"cluster": "regex"}),
    ],
)
def test_values_that_the_shape_of_an_entity_refuses(change, expected):
    assert_fails("entities", ENTITY | change, **expected)


@pytest.mark.parametrize("field", ENTITY)
def test_every_field_is_required(field):
    assert_fails("entities", {name: value for name, value in ENTITY.items() if name != field}, **{field: "required"})


@pytest.mark.parametrize("value", [None, [], "x", 1, True])
def test_a_record_must_be_an_object(value):
    (problem,) = SCHEMA.gold["entities"].problems(value)
    assert problem.rule == "type"


def test_a_problem_inside_a_list_has_the_path_of_its_field():
    quote = {
        "id": "d.q01",
        "kind": "direct",
        "content": [{"start": 0, "end": 1, "text": "江"}, {"start": 0, "end": "1"}],
        "cue": None,
        "source": {},
        "speaker": "d.c01",
        "implicit_source": 0,
    }
    assert_fails(
        "quotes",
        quote,
        content__1__end="type",
        content__1__text="required",
        source__start="required",
        source__end="required",
        source__text="required",
        implicit_source="type",
    )


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@pytest.mark.parametrize("shape", SCHEMA.gold)
@given(
    record=_JSON | st.fixed_dictionaries({}, optional=dict.fromkeys(["id", "start", "content", "date", "cue"], _JSON))
)
def test_anything_at_all_is_refused_without_a_traceback(shape, record):
    problems = SCHEMA.gold[shape].problems(record)
    assert problems
    assert problems == SCHEMA.gold[shape].cerberus_problems(record)


@pytest.mark.parametrize("family", SCHEMA.rows)
def test_arrow_schema_card_and_features_agree(family):
    from datasets import Features

    shape = SCHEMA.rows[family]
    features = shape.features()
    assert features.arrow_schema.equals(shape.arrow_schema())
    assert Features.from_arrow_schema(shape.arrow_schema()) == features
    assert features._to_yaml_list() == shape.card_features()
    assert Features._from_yaml_list(shape.card_features()) == features
    assert list(features) == list(shape.fields)


@pytest.mark.parametrize("family", SCHEMA.rows)
def test_no_list_of_structs_is_nested_in_another(family):
    # mlcroissant loses the inner one.
    for rules in SCHEMA.rows[family].fields.values():
        if rules["type"] == "list" and rules["schema"]["type"] == "dict":
            assert all(inner["type"] not in ("list", "dict") for inner in rules["schema"]["schema"].values())


def test_the_tags_are_o_and_two_for_each_type():
    tags = SCHEMA.rows["ner"].fields["ner_tags"]["schema"]["allowed"]
    assert tags == iob2_tags(SCHEMA.labels["entity_types"])
    assert len(tags) == 1 + 2 * len(SCHEMA.labels["entity_types"])


def fields_in(rules):
    """The rules of a field, and those of every field inside it."""
    yield rules
    inner = rules.get("schema", {})
    for more in inner.values() if rules["type"] == "dict" else [inner] if inner else []:
        yield from fields_in(more)


def fields_of(shape):
    return [rules for field in shape.fields.values() for rules in fields_in(field)]


@pytest.mark.parametrize("family", SCHEMA.rows)
def test_every_closed_list_in_the_rows_is_a_class_label_in_the_order_of_its_inventory(family):
    for rules in fields_of(SCHEMA.rows[family]):
        if "allowed" in rules:
            labels = list(SCHEMA.labels[rules["meta"]["labels"]])
            assert class_names(rules) == (iob2_tags(labels) if "tags" in rules["meta"] else labels)


@pytest.mark.parametrize("name", [name for name in SCHEMA.shapes if not name.startswith("rows/")])
def test_gold_and_predictions_have_labels_by_name(name):
    assert not any(map(class_names, fields_of(SCHEMA.shapes[name])))


def test_one_thing_has_one_kind_of_value_in_flat_and_in_nested_rows():
    features = {family: shape.features() for family, shape in SCHEMA.rows.items()}
    sentences, ner = features["sentences"], features["ner"]["ner_tags"].feature
    assert sentences["entities"].feature["type"] == features["entities"]["type"] == features["clusters"]["type"]
    assert sentences["quotes"].feature["kind"] == features["quotes"]["kind"]
    for field in ("target", "label"):
        assert sentences["stances"].feature[field] == features["stances"][field]
    assert ner.names[1::2] == [f"B-{name}" for name in features["entities"]["type"].names]


@pytest.mark.parametrize("name", SCHEMA.shapes)
def test_every_field_has_a_description_and_an_offset_says_which_text_it_counts_in(name):
    for column in SCHEMA.shapes[name].columns():
        assert column.description.endswith("."), column.path
        if re.search(r"start|end\b|ends$", column.path):
            assert re.search(r"offset in (the .*text\b|the text of this row)", column.description), column.path


def test_the_command_lists_the_shapes_and_shows_one():
    listed = run_cli("schema", env={"COLUMNS": "300"}).stdout.decode("utf-8")
    assert [line.split()[0] for line in listed.splitlines()[1:]] == list(SCHEMA.shapes)
    shown = " ".join(run_cli("schema", "rows/stances", env={"COLUMNS": "300"}).stdout.decode("utf-8").split())
    for column in SCHEMA.rows["stances"].columns():
        assert " ".join(" ".join(column).split()) in shown
    for number, label in enumerate(SCHEMA.labels["stance_labels"].values()):
        assert f"{number} {label.key} {label.definition}" in shown


def test_the_command_prints_json_schema():
    assert json.loads(run_cli("schema", "gold/document", "--json").stdout) == SCHEMA.gold["document"].json_schema()
    every = json.loads(run_cli("schema", "--json").stdout)
    assert every == {name: shape.json_schema() for name, shape in SCHEMA.shapes.items()}


def test_the_command_reads_the_schema_of_the_repository_that_it_runs_in(repository, tmp_path):
    labels = repository / "schema" / "labels.yaml"
    changed = labels.read_text(encoding="utf-8").replace("Running text.", "'[b]Text[/b].'")
    labels.write_text(changed, encoding="utf-8")
    assert b"[b]Text[/b]." in run_cli("schema", "rows/sentences", cwd=repository / "seeds").stdout
    assert b"Running text." in run_cli("schema", "rows/sentences", cwd=tmp_path).stdout
    assert_error(run_cli("schema", "rows/sentence"), 2, "did you mean rows/sentences?")


def test_the_layers_of_gold_have_shapes():
    assert set(LAYERS) < set(SCHEMA.gold)
    assert set(SCHEMA.gold) - set(LAYERS) == set(NOT_LAYERS)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("gold/entities.yaml", "fields: {id: {type: strin}}", "gold/entities.yaml: not a Cerberus schema"),
        ("gold/entities.yaml", "fields: {id: {meta: {labels: colours}, type: string}}", "unknown inventory 'colours'"),
        ("gold/entities.yaml", "fields: {id: offfset}", "unknown rules 'offfset'"),
        (
            "rows/ner.yaml",
            "fields: {a: {type: string, meta: {labels: entity_types, tags: bio}}}",
            "rows/ner.yaml: not a Cerberus schema: ValueError: unknown tags 'bio'",
        ),
        ("gold/entities.yaml", "fields: {id: {type: string, meta: {description: [1]}}}", "a description is a text, or"),
        ("gold/entities.yaml", "description: 1\nfields: {id: {type: string}}", "a description is a text, or"),
        ("gold/entities.yaml", "- 1", "expected `description` and `fields`"),
        ("labels.yaml", "colours: {red: 1}", "colours: red: expected a definition"),
        ("labels.yaml", "colours: {red: a, red: b}", "labels.yaml:1: not YAML: the key 'red' stands twice"),
        ("labels.yaml", "colours: [", "not YAML"),
    ],
)
def test_the_error_names_the_broken_file(root, tmp_path, name, content, message):
    shutil.copytree(SHAPES, tmp_path / "schema")
    folder = shutil.copytree(root / "schema", tmp_path / "schema", dirs_exist_ok=True)
    (folder / name).write_text(content, encoding="utf-8")
    with pytest.raises(ZhengwenError) as caught:
        read_schema(folder)
    assert message in str(caught.value)


def test_a_yaml_file_that_is_not_utf8_or_does_not_exist(tmp_path):
    (tmp_path / "a.yaml").write_bytes(b"a: \xff")
    with pytest.raises(ZhengwenError, match="not UTF-8"):
        read_yaml(tmp_path / "a.yaml")
    with pytest.raises(ZhengwenError, match="there is no such file"):
        read_yaml(tmp_path / "b.yaml")
