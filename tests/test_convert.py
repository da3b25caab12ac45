"""Editions that share their offsets."""

import re
import subprocess
from pathlib import Path

import opencc
import pytest
from cases import cases
from hypothesis import given
from hypothesis import strategies as st

from zhengwen.text import convert


@pytest.mark.parametrize("case", cases("convert"))
def test_case(case):
    assert convert.to_hant(case["hans"]) == case["hant"]


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_no_text_changes_its_length(text):
    assert len(convert.to_hant(text)) == len(text)
    assert len(convert.to_restored(text)) == len(text)


def _dictionaries(config: str) -> set[str]:
    """The names of the dictionary files that an OpenCC configuration reads."""
    text = (_DATA / f"{config}.json").read_text(encoding="utf-8")
    return set(re.findall(r'"file":\s*"([^"]+)"', text))


_CLIB = Path(opencc.__file__).parent / "clib"
_DATA = _CLIB / "share" / "opencc"


@pytest.mark.parametrize("config", ["s2t", "s2tw"])
def test_every_entry_of_its_dictionaries_is_as_long_as_what_it_stands_for(config, tmp_path):
    # Equal lengths of texts prove nothing: two changes of length may cancel.  So read the dictionaries themselves.
    names = _dictionaries(config)
    assert names
    for name in names:
        dump = tmp_path / name
        program = [_CLIB / "bin" / "opencc_dict", "-i", _DATA / name, "-o", dump, "-f", "ocd2", "-t", "text"]
        subprocess.run(program, check=True, capture_output=True)
        entries = [line.split("\t") for line in dump.read_text(encoding="utf-8").split("\n") if line]
        assert entries
        # OpenCC takes the first candidate.
        assert [entry for entry in entries if len(entry[0]) != len(entry[1].split(" ")[0])] == []


def test_a_length_that_changes_is_an_error_with_its_line(monkeypatch):
    monkeypatch.setattr(convert, "_convert", lambda text, config: text.replace("芯片", "晶圓片"))
    with pytest.raises(convert.OffsetsNotSharedError, match="edition hant, line 2: 2 characters became 3"):
        convert.to_hant("一\n芯片")
    monkeypatch.setattr(convert, "_convert", lambda text, config: text.replace("\n", ""))
    with pytest.raises(convert.OffsetsNotSharedError, match="2 lines became 1"):
        convert.to_hant("一\n二")


@pytest.mark.parametrize("edition", ["restored", "hant"])
def test_the_article_shares_its_offsets(article, edition):
    hans, other = article.text("hans"), article.text(edition)
    assert [len(line) for line in hans.split("\n")] == [len(line) for line in other.split("\n")]
    for entity in article.entities:
        assert len(entity.text_in(edition)) == len(entity.text)


@pytest.mark.parametrize(
    "wrong", ["爲", "纔", "覈", "羣", "衆", "啓", "着", "唸", "遊新聞", "繫主任", "制造", "云", "于", "标"]
)
def test_the_article_has_none_of_the_usual_errors(article, wrong):
    assert wrong not in article.text("hant")


@pytest.mark.parametrize(
    "word", ["意味著", "隨著", "顯著", "核心", "製造", "對於", "雲", "系主任", "上游新聞", "劉念", "成為"]
)
def test_the_article_has_the_right_words(article, word):
    assert word in article.text("hant")


def test_the_restored_edition_is_the_farms(article):
    assert "智能制造" in article.text("restored")
    assert "阿里云" in article.text("restored")
    assert "對于" in article.text("restored")
