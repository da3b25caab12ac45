"""Paragraphs, sentences, tokens."""

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
        found = paragraphs("\n".join(case["lines"]))
        assert [paragraph.role for paragraph in found] == case["roles"]


# Text that is rich in what the rules look at.
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
    found = sentences(text)
    for paragraph in paragraphs(text):
        inside = [(start, end) for start, end in found if paragraph.start <= start < paragraph.end]
        assert [start for start, _ in inside] == [paragraph.start, *(end for _, end in inside[:-1])]
        assert inside[-1][1] == paragraph.end
    assert all(start < end for start, end in found)


@given(_TEXT)
def test_tokens_joined_are_the_text(text):
    assert "".join(tokens(text)) == text


@given(_TEXT)
def test_a_segment_is_a_sentence_with_its_paragraph_and_words(text):
    found = segment(text)
    assert [(one.start, one.end) for one in found] == sentences(text)
    for one in found:
        assert one.text == text[one.start : one.end] == "".join(one.tokens)
        assert paragraphs(text)[one.paragraph].role == one.role


@pytest.mark.parametrize("piece", ["a", "”", "”说", "。", "。”", "图", "记者 ", "…”", "（记者"])
def test_a_long_line_of_anything_is_cut(piece):
    # Each of these took minutes when a rule looked back over the whole line.
    assert sentences(piece * 50_000)[-1][1] == len(piece) * 50_000


def test_the_article(seed):
    found = paragraphs(seed.text)
    assert Counter(paragraph.role for paragraph in found) == {"body": 23, "heading": 3, "caption": 1, "byline": 1}
    headings = [seed.text[one.start : one.end] for one in found if one.role == "heading"]
    assert headings == ["新常态", "新机遇", "新挑战"]


def test_the_rule_against_gold(seed):
    # Every sentence was read; where gold departs from the rule, this number falls.
    proposed, gold = set(sentences(seed.text)), {(one.start, one.end) for one in seed.gold["sentences"]}
    assert (len(proposed & gold), len(proposed), len(gold)) == (54, 54, 54)
