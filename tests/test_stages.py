"""The stages on tables: the same results as from the functions for one document, a document a row."""

import datasets
import opencc
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
# Documents of all kinds: characters that the rules look at, other languages, no text at all.
_TEXTS = st.lists(
    st.text(st.sampled_from("这這问题問題着著名。！？“”\n，a1 (é)软件軟件𠀀")) | st.text().filter(str.isprintable),
    max_size=5,
)


def table(texts) -> pa.Table:
    return pa.table({"n": list(range(len(texts))), "text": pa.array(texts, pa.string())})


def test_restore_does_the_same_as_the_function_for_one_document():
    rows = stages.restore(table(DAMAGED + CLEAN)).to_pylist()
    for received, row in zip(DAMAGED + CLEAN, rows, strict=True):
        restoration = zhengwen.restore(received)
        assert row["text"] == restoration.text
        assert row["verified"] == (restoration.verified if restoration.edits else None)
        assert [tuple(edit.values()) for edit in row["edits"]] == [
            (*edit[:7], float(edit.readings), edit.margin) for edit in restoration.edits
        ]
    assert any(row["verified"] for row in rows)


def test_the_edits_lead_from_the_restored_text_back_to_the_received_one():
    for received, row in zip(DAMAGED, stages.restore(table(DAMAGED)).to_pylist(), strict=True):
        text = row["text"]
        for edit in reversed(row["edits"]):
            assert text[edit["restored_start"] : edit["restored_end"]] == edit["restored"]
            text = text[: edit["restored_start"]] + edit["received"] + text[edit["restored_end"] :]
        assert text == received


@given(_TEXTS, st.sampled_from(SCRIPTS))
def test_convert_does_the_same_as_the_function_for_one_document(texts, to):
    rows = stages.convert(table(texts), to=to).to_pylist()
    for text, row in zip(texts, rows, strict=True):
        conversion = zhengwen.convert(text, to)
        assert (row["text"], row["converted"]) == (conversion.text, conversion.source is not None)
        assert [tuple(block) for block in row["alignment"]] == list(conversion.alignment.blocks)


@given(_TEXTS, st.sampled_from(SCRIPTS), st.sampled_from(SCRIPTS))
def test_convert_from_a_given_edition(texts, to, source):
    for text, (_, conversion) in zip(texts, convert_each(texts, to, source), strict=True):
        assert (conversion.text if conversion else text) == zhengwen.convert(text, to, source).text


@given(_TEXTS)
def test_segment_and_tokenize_do_the_same_as_the_functions_for_one_document(texts):
    rows = stages.tokenize(stages.segment(table(texts))).to_pylist()
    for text, row in zip(texts, rows, strict=True):
        assert list(zip(row["sentence_starts"], row["sentence_ends"], strict=True)) == sentences(text)
        assert row["tokens"] == tokens(text)
        assert row["tokenizer"].startswith("jieba 0.")


@given(
    st.lists(st.sampled_from([*CLEAN[:12], "經(jīng)濟發(fā)展,產(chǎn)業(yè)升級", "問題", "hello"]), min_size=1),
    st.data(),
)
@settings(max_examples=30)
def test_no_row_affects_another(texts, data):
    cut = data.draw(st.integers(0, len(texts)))

    def run(documents):
        for stage, _ in stages.STAGES.values():
            documents = stage(documents)
        return documents

    whole = run(table(texts))
    assert whole.schema.names == ["n", "text", *(name for _, names in stages.STAGES.values() for name in names)]
    assert (
        pa.concat_tables([run(table(texts).slice(0, cut)), run(table(texts).slice(cut))]).to_pylist()
        == whole.to_pylist()
    )


@pytest.mark.parametrize(
    "text", ["专著和土著", "The café opens at 9!", "これは日本語の文章です。", "오늘은 날씨가 좋다.", "🀄𠀀"]
)
def test_text_that_needs_no_change_is_left_alone(text):
    for to in ("hans",) if "专" in text else SCRIPTS:
        row = stages.convert(stages.restore(table([text])), to=to).to_pylist()[0]
        assert (row["text"], row["edits"], row["verified"]) == (text, [], None)


def test_names_in_unannotated_text_are_converted_as_by_opencc(article):
    names = [entity.text for entity in article.entities if entity.type == "PERSON"]
    texts = [f"{name}说，{name}来了。" for name in names]
    converted = stages.convert(table(texts), to="hant")["text"].to_pylist()
    assert converted == list(map(opencc.OpenCC("s2tw").convert, texts))


def test_other_columns_and_large_strings_are_kept():
    given_table = pa.table({"body": pa.array(["問題"], pa.large_string()), "n": [7]})
    result = stages.segment(stages.convert(given_table, "body"), "body")
    assert result.schema.field("body").type == pa.large_string()
    assert (result["body"].to_pylist(), result["n"].to_pylist()) == (["问题"], [7])


@pytest.mark.parametrize("stage", [stage for stage, _ in stages.STAGES.values()])
def test_a_table_without_a_column_of_texts_is_an_error(stage):
    with pytest.raises(UnknownNameError, match="unknown column 'text'"):
        stage(pa.table({"body": ["a"]}))
    with pytest.raises(ZhengwenError, match="holds int64"):
        stage(pa.table({"text": [1]}))
    with pytest.raises(ZhengwenError, match="1 nulls"):
        stage(pa.table({"text": ["a", None]}))


def test_an_unknown_tokenizer_is_an_error():
    with pytest.raises(UnknownNameError, match="jieba, rjieba"):
        stages.tokenize(table(["a"]), tokenizer="thulac")


def test_on_a_dataset():
    texts = [*DAMAGED[:2], "問題在這裏。"]
    dataset = datasets.Dataset.from_dict({"text": texts}).with_format("arrow")
    for stage, _ in stages.STAGES.values():
        dataset = dataset.map(stage, batched=True, batch_size=2)
    rows = dataset.with_format(None).to_list()
    restored = [zhengwen.restore(text).text for text in texts]
    assert [row["text"] for row in rows] == [zhengwen.convert(text, "hans").text for text in restored]
    assert rows[0]["verified"] is True
    assert rows[2]["sentence_ends"] == [6]
