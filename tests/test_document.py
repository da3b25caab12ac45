"""Documents and their layers, from seeds and from a release."""

import pytest
from conftest import REPOSITORY

from zhengwen import Corpus
from zhengwen.assembly import restoration_of
from zhengwen.document import Document
from zhengwen.editions import EDITIONS, SCRIPTS
from zhengwen.errors import UnknownNameError, ZhengwenError
from zhengwen.layers import LAYERS
from zhengwen.schema import read_schema


@pytest.fixture(scope="module", params=["seeds", "release"])
def document(request, article) -> Document:
    return article if request.param == "seeds" else Corpus.open(REPOSITORY / "corpus")[article.id]


def test_seeds_and_release_give_the_same_document(document, article):
    assert document.provenance == article.provenance
    assert document.editions == article.editions == list(EDITIONS)
    assert document.alignments == article.alignments
    for edition in document.editions:
        assert document.text(edition) == article.text(edition)
    assert [paragraph.id for paragraph in document.paragraphs] == [paragraph.id for paragraph in article.paragraphs]
    assert document.gold == article.gold
    for layer in LAYERS:
        assert [item.id for item in document.layer(layer)] == [record.id for record in article.gold[layer]]


def test_objects_are_linked(document):
    entity = next(entity for entity in document.entities if entity.text == "刘远举")
    assert entity.cluster.name == "刘远举"
    assert entity in entity.cluster.mentions
    assert entity in entity.sentence.entities
    assert entity.text_in("hant") == "劉遠舉"
    assert document.text("hant")[slice(*entity.span_in("hant")[:2])] == "劉遠舉"
    assert document.text("hant-tw")[slice(*entity.span_in("hant-tw")[:2])] == "劉遠舉"
    quote = document.quotes[0]
    assert quote.speaker is entity.cluster
    assert quote.cue.text == "认为"
    favor = (stance for stance in document.stances if stance.label == "favor")
    stance = next(stance for stance in favor if stance.unit is document.quotes[1])
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
            # The words of another region may cut through a token of jieba, but never through annotation.
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
    assert next(cluster for cluster in document.clusters if cluster.name == "重庆市").aliases_in("hant") == ["重慶"]


def test_tokens_tile_their_sentence(document):
    for sentence in document.sentences:
        for script in SCRIPTS:
            assert "".join(sentence.tokens_in(script)) == sentence.text_in(script)
        assert len(sentence.tokens_in("hant")) == len(sentence.tokens)


def test_tokens_that_are_replaced_together_become_one_token(document):
    sentence = next(sentence for sentence in document.sentences if "云计算" in sentence.text)
    assert "云" in sentence.tokens_in("hans")
    assert "雲端計算" in sentence.tokens_in("hant-tw")


def test_a_span_carries_over_to_the_received_text(document):
    by_text = {entity.text: entity for entity in document.entities}
    assert by_text["国家超算网互联网平台"].text_in("received") == "國家超算網(wǎng)互聯(lián)網(wǎng)平臺"
    assert by_text["春节"].text_in("received") == "春節"  # without the gloss behind it
    # The span of a mention that damage cuts through covers the whole damaged place, and is not exact.
    inexact = [entity for entity in document.entities if not entity.span_in("received").exact]
    assert all("!" in entity.text_in("received") or "?" in entity.text_in("received") for entity in inexact)


def test_the_automatic_restoration_is_the_established_text(document):
    restoration = restoration_of(document.text("received"))
    assert restoration.text == document.text("restored")
    back = document.alignment("received").invert()
    for edit in restoration.edits:
        assert back.project((edit.start, edit.end))[:2] == (edit.restored_start, edit.restored_end)


def test_an_unknown_edition_or_document_is_an_error(document):
    with pytest.raises(UnknownNameError, match="unknown edition 'kanji'; there are: received, restored, hans, hant"):
        document.text("kanji")
    with pytest.raises(UnknownNameError, match="unknown document 'x'; there are: shangyou-2025-deepseek"):
        Corpus.open(REPOSITORY / "corpus")["x"]


def test_a_folder_without_a_release_is_an_error(tmp_path):
    with pytest.raises(ZhengwenError, match="no corpus here"):
        Corpus.open(tmp_path)
    (tmp_path / "manifest.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ZhengwenError, match="no release here"):
        Corpus.open(tmp_path)
