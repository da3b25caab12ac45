"""The stages on tables: the same functions, a document a row."""

import pyarrow as pa
import pytest
from cases import cases
from hypothesis import given, settings
from hypothesis import strategies as st

import zhengwen
from zhengwen import stages
from zhengwen.conversion.convert import convert_each
from zhengwen.editions import SCRIPTS
from zhengwen.errors import UnknownNameError, ZhengwenError
from zhengwen.text.segment import sentences, tokens

DAMAGED = [case.values[0]["damaged"] for case in cases("restore", "in-the-wild")]
# Arrow has no lone surrogates.
CLEAN = [text for case in cases("restore", "negative") if "\ud800" not in (text := case.values[0]["text"])]
# Documents of any kind: what the rules look at, other languages, nothing at all.
_TEXTS = st.lists(
    st.text(st.sampled_from("这這问题問題着著名。！？“”\n，a1 (é)软件軟件𠀀")) | st.text().filter(str.isprintable),
    max_size=5,
)


def table(texts) -> pa.Table:
    return pa.table({"n": list(range(len(texts))), "text": pa.array(texts, pa.string())})


def test_restore_is_what_the_function_for_one_document_makes():
    made = stages.restore(table(DAMAGED + CLEAN)).to_pylist()
    for received, row in zip(DAMAGED + CLEAN, made, strict=True):
        one = zhengwen.restore(received)
        assert row["text"] == one.text
        assert row["verified"] == (one.verified if one.edits else None)
        assert [tuple(edit.values()) for edit in row["edits"]] == [
            (*edit[:7], float(edit.readings), edit.margin) for edit in one.edits
        ]
    assert any(row["verified"] for row in made)


def test_the_received_text_can_be_had_back_from_the_edits():
    for received, row in zip(DAMAGED, stages.restore(table(DAMAGED)).to_pylist(), strict=True):
        text = row["text"]
        for edit in reversed(row["edits"]):
            assert text[edit["restored_start"] : edit["restored_end"]] == edit["restored"]
            text = text[: edit["restored_start"]] + edit["received"] + text[edit["restored_end"] :]
        assert text == received


@given(_TEXTS, st.sampled_from(SCRIPTS))
def test_convert_is_what_the_function_for_one_document_makes(texts, to):
    made = stages.convert(table(texts), to=to).to_pylist()
    for text, row in zip(texts, made, strict=True):
        one = zhengwen.convert(text, to)
        assert (row["text"], row["converted"]) == (one.text, one.source is not None)
        assert [tuple(block) for block in row["alignment"]] == list(one.alignment.blocks)


@given(_TEXTS, st.sampled_from(SCRIPTS), st.sampled_from(SCRIPTS))
def test_convert_from_an_edition_that_is_named(texts, to, source):
    for text, (_, made) in zip(texts, convert_each(texts, to, source), strict=True):
        assert (made.text if made else text) == zhengwen.convert(text, to, source).text


@given(_TEXTS)
def test_segment_and_tokenize_are_what_the_functions_for_one_document_make(texts):
    made = stages.tokenize(stages.segment(table(texts))).to_pylist()
    for text, row in zip(texts, made, strict=True):
        assert list(zip(row["sentence_starts"], row["sentence_ends"], strict=True)) == sentences(text)
        assert row["tokens"] == tokens(text)
        assert row["tokenizer"].startswith("jieba 0.")


@given(
    st.lists(st.sampled_from([*CLEAN[:12], "經(jīng)濟發(fā)展,產(chǎn)業(yè)升級", "問題", "hello"]), min_size=1),
    st.data(),
)
@settings(max_examples=30)
def test_no_row_knows_of_another(texts, data):
    cut = data.draw(st.integers(0, len(texts)))

    def run(some):
        made = some
        for function, _ in stages.STAGES.values():
            made = function(made)
        return made

    whole = run(table(texts))
    assert whole.schema.names == ["n", "text", *(name for _, names in stages.STAGES.values() for name in names)]
    assert (
        pa.concat_tables([run(table(texts).slice(0, cut)), run(table(texts).slice(cut))]).to_pylist()
        == whole.to_pylist()
    )


@pytest.mark.parametrize(
    "text", ["专著和土著", "The café opens at 9!", "これは日本語の文章です。", "오늘은 날씨가 좋다.", "🀄𠀀"]
)
def test_what_needs_nothing_passes_untouched(text):
    for to in ("hans",) if "专" in text else SCRIPTS:
        row = stages.convert(stages.restore(table([text])), to=to).to_pylist()[0]
        assert (row["text"], row["edits"], row["verified"]) == (text, [], None)


def test_names_in_unannotated_text_are_no_worse_than_opencc_makes_them(article):
    import opencc

    names = [entity.text for entity in article.entities if entity.type == "PERSON"]
    texts = [f"{name}说，{name}来了。" for name in names]
    made = stages.convert(table(texts), to="hant")["text"].to_pylist()
    assert made == list(map(opencc.OpenCC("s2tw").convert, texts))


def test_other_columns_and_large_strings_are_kept():
    given_table = pa.table({"body": pa.array(["問題"], pa.large_string()), "n": [7]})
    made = stages.segment(stages.convert(given_table, "body"), "body")
    assert made.schema.field("body").type == pa.large_string()
    assert (made["body"].to_pylist(), made["n"].to_pylist()) == (["问题"], [7])


@pytest.mark.parametrize("function", [one for one, _ in stages.STAGES.values()])
def test_a_table_that_cannot_be_worked_on_is_told(function):
    with pytest.raises(UnknownNameError, match="unknown column 'text'"):
        function(pa.table({"body": ["a"]}))
    with pytest.raises(ZhengwenError, match="holds int64"):
        function(pa.table({"text": [1]}))
    with pytest.raises(ZhengwenError, match="1 nulls"):
        function(pa.table({"text": ["a", None]}))


def test_an_unknown_tokenizer_is_told():
    with pytest.raises(UnknownNameError, match="jieba, rjieba"):
        stages.tokenize(table(["a"]), tokenizer="thulac")


def test_on_a_dataset():
    import datasets

    texts = [*DAMAGED[:2], "問題在這裏。"]
    dataset = datasets.Dataset.from_dict({"text": texts}).with_format("arrow")
    for function, _ in stages.STAGES.values():
        dataset = dataset.map(function, batched=True, batch_size=2)
    rows = dataset.with_format(None).to_list()
    assert [row["text"] for row in rows] == [zhengwen.convert(zhengwen.restore(one).text, "hans").text for one in texts]
    assert rows[0]["verified"] is True
    assert rows[2]["sentence_ends"] == [6]
