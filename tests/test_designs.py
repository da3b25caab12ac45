"""Documents of other designs (fewer layers, no damage, another base, other types), as people and tools see them."""

import io
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from own_corpus import make_repository
from rich.console import Console
from test_page import Elements

import zhengwen.notebook  # noqa: F401  (gives documents their HTML)
from zhengwen.assembly import assemble
from zhengwen.cli.documents import SeedDocuments
from zhengwen.cli.show_output import Colours, default_editions, show_document, show_sentence
from zhengwen.document import Document
from zhengwen.draft import start
from zhengwen.exchange import FORMATS, export_files, format_named, import_gold
from zhengwen.measure.agreement import agree
from zhengwen.schema import Schema, read_schema
from zhengwen.seeds import read_seed
from zhengwen.view.model import type_marks
from zhengwen.view.page import contents, page

TEXT = {
    "hans": "药的故事\n何大海说，“阿司匹林是一种好药”。它抑制基因。\n",
    "hant": "藥的故事\n何大海說，“阿司匹靈是一種好藥”。它抑制基因。\n",
    "hant-tw": "藥的故事\n何大海說，「阿司匹靈是一種好藥」。它抑制基因。\n",
}
TYPES = {"GENE": "A gene.", "DRUG": "A drug.", "DRUG_CLASS": "A class of drugs.", "PERSON": "A person."}
TARGETS = {"drugs": {"name": "药", "definition": "Drugs as a whole."}}
ALL_LAYERS = ("sentences", "entities", "clusters", "quotes", "stances")

DESIGNS = {
    "sentences alone": ("hans", ["hans"], ["sentences"], False),
    "entities": ("hans", ["hans", "hant"], ["sentences", "entities"], False),
    "quotations": ("hans", ["hans", "hant-tw"], ["sentences", "entities", "clusters", "quotes"], False),
    "all": ("hans", ["hans", "hant", "hant-hk", "hant-tw"], list(ALL_LAYERS), False),
    "restored": ("hans", ["hans", "hant"], ["sentences", "entities"], True),
    "Traditional": ("hant", ["hant", "hans"], list(ALL_LAYERS), False),
    "Taiwan": ("hant-tw", ["hant-tw"], ["sentences", "entities", "clusters"], False),
}


def made(folder: Path, base: str, editions: list[str], layers: list[str], restoration: bool) -> tuple[Schema, Document]:
    """The draft of a document in a repository of this design, as ``zhengwen new`` makes it."""
    make_repository(folder, layers, base=base, editions=editions, restoration=restoration, types=TYPES, targets=TARGETS)
    schema = read_schema(folder / "schema")
    known = {"publisher": "河港周报", "url": None, "from": "here", "rights": "Ours."}
    seed = start(folder, "my-article", TEXT[base].encode("utf-8"), schema, known)
    return schema, assemble(read_seed(seed, schema.design), schema)


@pytest.fixture(scope="module", params=DESIGNS)
def corpus(request, tmp_path_factory):
    base, editions, layers, restoration = DESIGNS[request.param]
    folder = tmp_path_factory.mktemp("design") / "repository"
    return folder, *made(folder, base, editions, layers, restoration)


def test_a_page_shows_what_there_is_and_nothing_else(corpus):
    _, schema, document = corpus
    html = page(document, schema, "Own")
    elements = Elements(html)
    shown = {attributes["data-edition"] for _, attributes in elements.elements if "data-edition" in attributes}
    assert shown == set(document.editions)
    (first,) = (attributes["data-view"] for tag, attributes in elements.elements if tag == "html")
    assert first == document.base
    switches = {a["value"] for _, a in elements.elements if a.get("name") == "layer"}
    expected = {"sentences": {"numbers"}, "entities": {"mentions", "tags"}, "quotes": {"quotes", "notes"}}
    expected |= {"clusters": set(), "stances": {"stances", "notes"}}
    assert switches == set().union(*(expected[layer] for layer in document.layers))
    ids = elements.attributes("id")
    assert len(ids) == len(set(ids))
    for link in elements.attributes("href"):
        assert link == "data:," or link[1:] in ids
    text = " ".join(text for _, text in elements.texts)
    assert ("Who takes which stance" in text) == ("stances" in document.layers)
    assert ("Index" in text.split()) == ("clusters" in document.layers)
    assert ("damage" in html.split("<body>")[1].split("<script>")[0]) == ("received" in document.editions)
    assert "None" not in text
    listed = contents([document], "Own")
    assert f"{len(document.sentences)} sentences" in listed
    assert ("mentions" in listed.split("<body>")[1]) == ("entities" in document.layers)


def test_a_terminal_shows_what_there_is(corpus):
    _, schema, document = corpus
    console = Console(file=io.StringIO(), width=100)
    editions = default_editions(document)
    assert document.base in editions
    show_document(console, document, editions, Colours(schema))
    for sentence in document.sentences:
        show_sentence(console, document, sentence, Colours(schema))
    shown = console.file.getvalue()
    for name, layer in ((name, layer) for name, layer in document.layers.items() if document.layer(name)):
        assert f"{len(document.layer(name))} {layer.TITLE}" in shown
    for absent in set(ALL_LAYERS) - set(document.layers):
        assert not re.search(rf"(?m)^  {absent}", shown)
    assert set(re.findall(r"(?m)^  (hans|hant(?:-\w\w)?) ", shown)) == set(schema.design.scripts)


def test_a_notebook_shows_what_there_is(corpus):
    _, schema, document = corpus
    assert document.id in document._repr_html_()
    for sentence in document.sentences:
        rows = re.findall(r"<th scope='row'[^>]*>([^<]*)</th>", sentence._repr_html_())
        assert rows == list(schema.design.scripts)


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_carries_the_layers_that_there_are(name, corpus, tmp_path):
    if name == "xmi":
        pytest.importorskip("cassis", reason="it comes with the extra `export`")
    folder, schema, document = corpus
    documents = SeedDocuments(folder, schema, whole=False)
    for file, content in export_files(name, document, schema).items():
        (tmp_path / file).write_text(content, encoding="utf-8", newline="")
    back = set(format_named(name).back) & set(document.layers)
    if not back:
        return
    imported = import_gold(name, tmp_path, documents, schema)[document.id]
    assert imported.keys() == back
    assert {layer: list(document.gold[layer]) for layer in back} == dict(imported)


#: Words that speak of a part of a corpus.
SPEAKS_OF = {
    "entities": "entit|mention",
    "clusters": "cluster",
    "quotes": "quot",
    "stances": "stance|evidence|holder",
    "restoration": "damage|receiv|restor",
}


def described(fields: dict) -> Iterator[str]:
    """The descriptions of fields, and of the fields in them."""
    for rules in fields.values():
        yield rules.get("meta", {}).get("description", "")
        if "schema" in rules:
            inner = rules["schema"]
            yield from described(inner if rules["type"] == "dict" else {"": inner})


def test_no_description_speaks_of_what_there_is_not(corpus):
    _, schema, _ = corpus
    absent = "|".join(words for part, words in SPEAKS_OF.items() if part not in schema.design.parts)
    for shapes in (schema.gold, schema.rows, schema.predictions):
        for shape in shapes.values():
            said = [shape.description, *described(shape.fields)]
            assert not absent or not [text for text in said if re.search(absent, text, re.IGNORECASE)], shape.name


def test_annotators_agree_on_the_layers_that_there_are(corpus, tmp_path):
    folder, schema, document = corpus
    for name in ("mine", "yours"):
        shutil.copytree(folder / "seeds" / document.id / "gold", tmp_path / name)
    (tmp_path / "text.txt").write_text(document.text(), encoding="utf-8", newline="\n")
    figures = agree([tmp_path / "mine", tmp_path / "yours"], schema)
    assert {figure.layer for figure in figures} <= set(document.layers)
    assert {figure.value for figure in figures} == {1}


def test_types_of_any_inventory_are_told_apart():
    types = {f"TYPE_{first}{second}": "" for first in "ABCDEFG" for second in "ABCDEFG"}
    types |= {"PERSON": "", "PERS": "", "PER": "", "GENE": "", "GENOME": "", "GENERIC_DRUG": "", "D": "", "基因": ""}
    marks = type_marks(types, {"GENE": 3})
    assert list(marks) == list(types)
    tags = [mark.tag for mark in marks.values()]
    assert len(set(tags)) == len(tags)
    assert marks["PERSON"].tag == "PER", "a common type keeps its tag wherever it stands"
    assert (marks["GENE"].tag, marks["GENE"].count) == ("GEN", 3)
    looks = [(mark.line, mark.colour) for mark in marks.values()]
    assert len(set(looks)) == len(looks)
    assert len({mark.colour for mark in list(marks.values())[:11]}) == 11


def test_the_first_types_of_any_inventory_have_different_colours(tmp_path):
    schema, _ = made(tmp_path / "repository", *DESIGNS["entities"])
    colours = Colours(schema)
    given = [colours.of(f"type:{key}") for key in schema.labels["entity_types"]]
    assert len(set(given)) == len(given)
    assert "" not in given
    assert colours.of("type:OTHER") == ""
