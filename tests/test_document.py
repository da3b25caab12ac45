"""Documents and their layers, from seeds and from a release."""

import pytest

from zhengwen import Corpus
from zhengwen.document import Document
from zhengwen.editions import SCRIPTS
from zhengwen.errors import UnknownNameError, ZhengwenError
from zhengwen.schema import read_schema


@pytest.fixture(scope="module", params=["seeds", "release"])
def document(request, article, root) -> Document:
    return article if request.param == "seeds" else Corpus.open(root / "corpus")[article.id]


def test_both_ways_give_the_same(document, article):
    assert document.provenance == article.provenance
    assert document.editions == ["hans", "restored", "received", "hant", "hant-hk", "hant-tw"]
    assert document.alignments == article.alignments
    for edition in document.editions:
        assert document.text(edition) == article.text(edition)
    for layer in ("paragraphs", "sentences", "entities", "clusters", "quotes", "stances"):
        assert [one.id for one in getattr(document, layer)] == [one.id for one in getattr(article, layer)]


def test_records_hold_each_other(document):
    entity = next(one for one in document.entities if one.text == "刘远举")
    assert entity.cluster.name == "刘远举"
    assert entity in entity.cluster.mentions
    assert entity in entity.sentence.entities
    assert entity.text_in("hant") == "劉遠舉"
    assert document.text("hant")[slice(*entity.span_in("hant")[:2])] == "劉遠舉"
    assert document.text("hant-tw")[slice(*entity.span_in("hant-tw")[:2])] == "劉遠舉"
    quote = document.quotes[0]
    assert quote.speaker is entity.cluster
    assert quote.cue.text == "认为"
    stance = next(one for one in document.stances if one.unit is document.quotes[1] and one.label == "favor")
    assert stance.holder is quote.speaker
    assert document.quotes[1].contains(stance.evidence)


def test_every_annotation_projects_and_back(document):
    passages = [*document.sentences, *document.entities]
    passages += [passage for quote in document.quotes for _, _, passage in quote.parts()]
    passages += [stance.evidence for stance in document.stances if stance.evidence]
    passages = [(passage, False) for passage in passages]
    passages += [(token, True) for sentence in document.sentences for token in sentence.tokens]
    for script in SCRIPTS:
        back = document.alignment(script).invert()
        for passage, is_token in passages:
            span = passage.span_in(script)
            # A word of jieba's may be cut by another region's word; an annotation never is.
            if not is_token:
                assert span.exact
            if span.exact:
                assert back.project(span) == (passage.start, passage.end, True)
            assert document.text(script)[span.start : span.end] == passage.text_in(script)


def test_names_keep_their_wording_in_every_edition(document):
    protected = {name for name, label in read_schema().labels["entity_types"].items() if label.protected}
    for entity in document.entities:
        if entity.type in protected:
            assert entity.text_in("hant-tw") == entity.text_in("hant")


def test_names_are_written_as_in_the_text(document):
    names = {cluster.name: cluster.name_in("hant") for cluster in document.clusters}
    assert names["刘念"] == "劉念"
    assert names["多位受访者"] == "多位受訪者"
    assert next(one for one in document.clusters if one.name == "重庆市").aliases_in("hant") == ["重慶"]


def test_tokens_tile_their_sentence(document):
    for sentence in document.sentences:
        for script in SCRIPTS:
            assert "".join(sentence.tokens_in(script)) == sentence.text_in(script)
        assert len(sentence.tokens_in("hant")) == len(sentence.tokens)


def test_words_that_became_others_together_are_one(document):
    sentence = next(one for one in document.sentences if "云计算" in one.text)
    assert "云" in sentence.tokens_in("hans")
    assert "雲端計算" in sentence.tokens_in("hant-tw")


def test_a_span_carries_over_to_the_received_text(document):
    by_text = {entity.text: entity for entity in document.entities}
    assert by_text["国家超算网互联网平台"].text_in("received") == "國家超算網(wǎng)互聯(lián)網(wǎng)平臺"
    assert by_text["春节"].text_in("received") == "春節"  # the gloss behind it stays outside
    # A mention that lies in what was cut is widened to all of it, and says so.
    inexact = [entity for entity in document.entities if not entity.span_in("received").exact]
    assert all("!" in one.text_in("received") or "?" in one.text_in("received") for one in inexact)


def test_what_is_restored_automatically_is_what_was_established(document):
    assert document.restoration.text == document.text("restored")
    back = document.alignment("received").invert()
    for edit in document.restoration.edits:
        assert back.project((edit.start, edit.end))[:2] == (edit.restored_start, edit.restored_end)


def test_an_unknown_edition_or_document_is_named(document, root):
    with pytest.raises(UnknownNameError, match="unknown edition 'kanji'; there are: hans, restored, received, hant"):
        document.text("kanji")
    with pytest.raises(UnknownNameError, match="unknown document 'x'; there are: shangyou-2025-deepseek"):
        Corpus.open(root / "corpus")["x"]


def test_a_folder_without_a_release_is_named(tmp_path):
    with pytest.raises(ZhengwenError, match="no release here"):
        Corpus.open(tmp_path)
