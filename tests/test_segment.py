"""Paragraphs, sentences and tokens."""

from collections import Counter

import pytest
from cases import cases
from hypothesis import given
from hypothesis import strategies as st

from zhengwen.text.segment import paragraphs, segment, sentences, tokens


@pytest.mark.parametrize("case", cases("segment"))
def test_case(case):
    if "sentences" in case:
        text = "".join(case["sentences"])
        assert [text[start:end] for start, end in sentences(text)] == case["sentences"]
    else:
        assert [paragraph.role for paragraph in paragraphs("\n".join(case["lines"]))] == case["roles"]


# Text that is rich in the characters that the rules look at.
_TEXT = st.text(st.sampled_from("。！？!?…”’」』“‘「《》（）)，：； \t\u3000\n\r说道谈他李记者图据甲乙a1")) | st.text()


@given(_TEXT)
def test_between_paragraphs_there_is_only_white_space(text):
    end = 0
    for paragraph in paragraphs(text):
        assert not text[end : paragraph.start].strip()
        assert "\n" not in text[paragraph.start : paragraph.end]
        assert text[paragraph.start : paragraph.end].strip()
        end = paragraph.end
    assert not text[end:].strip()


@given(_TEXT)
def test_sentences_tile_their_paragraphs(text):
    spans = sentences(text)
    for paragraph in paragraphs(text):
        inside = [(start, end) for start, end in spans if paragraph.start <= start < paragraph.end]
        assert [start for start, _ in inside] == [paragraph.start, *(end for _, end in inside[:-1])]
        assert inside[-1][1] == paragraph.end
    assert all(start < end for start, end in spans)


@given(_TEXT)
def test_tokens_joined_are_the_text(text):
    assert "".join(tokens(text)) == text


@given(_TEXT)
def test_a_segment_is_a_sentence_with_its_paragraph_and_words(text):
    segments = segment(text)
    assert [(sentence.start, sentence.end) for sentence in segments] == sentences(text)
    for sentence in segments:
        assert sentence.text == text[sentence.start : sentence.end] == "".join(sentence.tokens)
        assert paragraphs(text)[sentence.paragraph].role == sentence.role


@pytest.mark.parametrize("piece", ["a", "”", "”说", "。", "。”", "图", "记者 ", "…”", "（记者"])
def test_a_very_long_line_is_cut_quickly(piece):
    # Each of these takes minutes when a rule looks back over the whole line.
    assert sentences(piece * 50_000)[-1][1] == len(piece) * 50_000


def test_the_paragraphs_of_the_article(seed):
    lines = paragraphs(seed.text)
    assert Counter(paragraph.role for paragraph in lines) == {"body": 23, "heading": 3, "caption": 1, "byline": 1}
    headings = [seed.text[line.start : line.end] for line in lines if line.role == "heading"]
    assert headings == ["新常态", "新机遇", "新挑战"]


def test_the_rule_proposes_the_sentences_of_gold(seed):
    # People read every sentence of gold; where gold departs from the rule, the first number falls.
    proposed = set(sentences(seed.text))
    gold = {(sentence.start, sentence.end) for sentence in seed.gold["sentences"]}
    assert (len(proposed & gold), len(proposed), len(gold)) == (54, 54, 54)
