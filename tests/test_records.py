"""Typed records, and the files that hold them."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhengwen.files import canonical_json, lines, parse_json, read_text
from zhengwen.layers import LAYERS
from zhengwen.layers.entities import EntityRecord
from zhengwen.records import TextSpan
from zhengwen.schema import read_schema
from zhengwen.seeds import canonical_lines, gold_path, locate


@pytest.mark.parametrize("layer", LAYERS)
def test_a_record_has_the_fields_of_its_shape(layer):
    fields = [field.name for field in dataclasses.fields(LAYERS[layer].RECORD)]
    assert fields == list(read_schema().gold[layer].fields)


@pytest.mark.parametrize("layer", LAYERS)
def test_gold_is_written_as_it_was_read(root, seed, layer):
    content = read_text(gold_path(root / "seeds" / seed.id, layer))
    assert canonical_lines(seed.gold[layer]) == content
    for line, record in zip(lines(content), seed.gold[layer], strict=True):
        assert LAYERS[layer].RECORD.from_dict(parse_json(line)) == record
        assert canonical_json(record.to_dict()) == line


@pytest.mark.parametrize(
    ("start", "end", "text"), [(-1, 1, "江水"), (2, 2, ""), (3, 2, "江"), (0, 2, "江"), (0, 1, "江水")]
)
def test_an_invalid_span_is_refused(start, end, text):
    with pytest.raises(ValueError, match=r"\["):
        TextSpan(start, end, text)


def test_an_entity_that_is_not_a_span_is_refused():
    with pytest.raises(ValueError, match="not a span"):
        EntityRecord("d.e0001", 5, 5, "", "GPE", None)


@given(st.text(min_size=1), st.integers(1, 4), st.text())
def test_a_located_surface_is_in_the_text(surface, occurrence, glue):
    text = glue + (surface + glue) * occurrence
    start, end = locate(text, surface, occurrence)
    assert text[start:end] == surface


def test_a_surface_that_cannot_be_located_is_an_error():
    with pytest.raises(ValueError, match="does not occur 3 times"):
        locate("他说，他来。", "他", 3)
    with pytest.raises(ValueError, match="does not occur 1 times in \\[1, 3\\)"):
        locate("他说，他来。", "他", start=1, end=3)


@pytest.mark.parametrize("line", ['{"a": 1, "a": 2}', '{"a": NaN}', "{'a': 1}", "", "{} {}"])
def test_json_is_strict(line):
    with pytest.raises(ValueError, match=r"twice|not JSON|Expect|Extra"):
        parse_json(line)
