"""What notebooks show, and layers as data frames."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhengwen import Corpus
from zhengwen.document import Document
from zhengwen.editions import SCRIPTS
from zhengwen.errors import UnknownNameError
from zhengwen.layers import LAYERS
from zhengwen.text.align import Alignment


class Page(HTMLParser):
    """The tags of a piece of HTML with their attributes, its text, and whether every tag was closed."""

    def __init__(self, html: str):
        super().__init__()
        self.tags, self.open, self.text = [], [], ""
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


ALLOWED = {
    "div",
    "strong",
    "br",
    "details",
    "summary",
    "p",
    "mark",
    "span",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
}


def shown(value) -> Page:
    """What a notebook shows for ``value``: HTML with the allowed tags only, which refers to nothing outside."""
    page = Page(value._repr_html_())
    assert {tag for tag, _ in page.tags} <= ALLOWED
    assert {name for _, attributes in page.tags for name in attributes} <= {"lang", "style", "scope"}
    assert not any("url(" in attributes.get("style", "") for _, attributes in page.tags)
    return page


def test_a_sentence(article):
    sentence = article.sentences[29]
    page = shown(sentence)
    assert sentence.id in page.text
    languages = [attributes["lang"] for tag, attributes in page.tags if tag == "td"]
    assert languages == ["zh-Hans-CN", "zh-Hant", "zh-Hant-HK", "zh-Hant-TW"]
    for script in SCRIPTS[1:]:
        assert sentence.text_in(script) in page.text
    assert "陈强PERSON还谈道" in page.text


def test_a_document(article):
    page = shown(article)
    assert "上游新聞" in page.text
    assert f"{len(article.sentences)} sentences · {len(article.entities)} mentions" in page.text
    marks = [tag for tag, _ in page.tags if tag == "mark"]
    outermost = [
        entity
        for entity in article.entities
        if not any(other is not entity and other.contains(entity) for other in article.entities)
    ]
    assert len(marks) == len(outermost)


def test_a_corpus(article):
    page = shown(Corpus.open())
    assert article.id in page.text
    assert str(len(article.text())) in page.text


@given(st.lists(st.sampled_from(["<script>alert(1)</script>", "&amp;", "'", '"', "<!--", "]]>", "正文", "𠮷", "\n"])))
def test_hostile_text_stays_text(parts):
    text = "".join(parts).strip("\n") or "<b>"
    line = text.split("\n")[0]
    record = LAYERS["entities"].RECORD.from_dict(
        {"id": "d.e1", "start": 0, "end": len(line), "text": line, "type": "<i>", "cluster": None}
    )
    about = dict.fromkeys(("publisher", "reporter", "date_in_text"), text)
    whole = LAYERS["sentences"].RECORD.from_dict({"id": "<u>.s1", "start": 0, "end": len(text), "text": text})
    gold = {**{layer: [] for layer in LAYERS}, "entities": [record], "sentences": [whole]}
    alignments = {"hant-tw": Alignment.identity(len(text))}
    document = Document(text, about, dict.fromkeys(SCRIPTS, text), alignments, gold, LAYERS, "hans")
    for value in (document, document.sentences[0], Corpus(None, [document])):
        assert line in shown(value).text


@pytest.mark.parametrize("edition", ["hans", "hant", "hant-tw", "received"])
@pytest.mark.parametrize("layer", ["paragraphs", *LAYERS])
def test_a_layer_as_a_data_frame(article, layer, edition):
    frame = article.to_pandas(layer, edition)
    assert list(frame.index) == [item.id for item in getattr(article, layer)]
    if "start" in frame:
        text = article.text(edition)
        assert [text[start:end] for start, end in zip(frame.start, frame.end, strict=True)] == list(frame.text)


def test_the_columns_of_stances(article):
    frame = article.to_pandas("stances", "hant")
    counts = frame.label.value_counts()
    assert counts["against"] == sum(stance.label == "against" for stance in article.stances)
    assert set(frame[frame.label == "none"].evidence.isna()) == {True}


def test_an_unknown_layer_or_edition_is_an_error(article):
    with pytest.raises(UnknownNameError, match=r"unknown layer 'quote' \(did you mean quotes"):
        article.to_pandas("quote")
    with pytest.raises(UnknownNameError, match="unknown edition"):
        article.to_pandas("quotes", "hant-cn")
