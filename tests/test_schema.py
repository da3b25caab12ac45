"""The schema: which records it refuses, and what is derived from it."""

import shutil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhengwen.errors import ZhengwenError
from zhengwen.files import read_yaml
from zhengwen.layers import LAYERS
from zhengwen.schema import iob2_tags, read_schema

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
    assert features.arrow_schema.equals(shape.arrow_schema(), check_metadata=True)
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


def test_the_layers_of_gold_have_shapes():
    assert set(LAYERS) < set(SCHEMA.gold)
    assert sorted(LAYERS) == sorted(SCHEMA.layers)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("gold/entities.yaml", "fields: {id: {type: strin}}", "gold/entities.yaml: not a Cerberus schema"),
        ("gold/entities.yaml", "fields: {id: {meta: {labels: colours}, type: string}}", "unknown inventory 'colours'"),
        ("gold/entities.yaml", "fields: {id: offfset}", "unknown rules 'offfset'"),
        ("gold/entities.yaml", "- 1", "expected `description` and `fields`"),
        ("labels.yaml", "colours: {red: 1}", "colours: red: expected a definition"),
        ("labels.yaml", "colours: {red: a, red: b}", "labels.yaml:1: not YAML: the key 'red' stands twice"),
        ("labels.yaml", "colours: [", "not YAML"),
    ],
)
def test_the_error_names_the_broken_file(root, tmp_path, name, content, message):
    folder = shutil.copytree(root / "schema", tmp_path / "schema")
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
