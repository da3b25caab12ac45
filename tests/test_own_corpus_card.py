"""The card, the licence and Croissant of corpora of one's own: they say what the corpus is, and nothing else."""

import hashlib
import importlib.util
import json
import re
import shutil
from itertools import pairwise

import datasets
import pytest
import yaml
from conftest import ROOT, run_cli
from huggingface_hub import DatasetCard
from markdown_it import MarkdownIt
from own_corpus import TEXTS, build, edit_document, make_corpus

from zhengwen.checks import check
from zhengwen.measure.baselines import BASELINES
from zhengwen.prose import flaws_of, prose_of
from zhengwen.release.croissant import local_files
from zhengwen.release.hydrate import hydrate
from zhengwen.release.withheld import build_without_text
from zhengwen.repository.reading import Repository

ALL = ("sentences", "entities", "clusters", "quotes", "stances")
NAMES = [baseline.name for baseline in BASELINES]
DAMAGED = (ROOT / "tests" / "cases" / "new" / "received.txt").read_text(encoding="utf-8")
PAPER = {"publisher": "河港周报", "url": "https://paper.example/1", "rights": "Ours.", "from": "The paper's own page."}

CORPORA = {
    "sentences": {},
    "entities": {"layers": ("sentences", "entities"), "known": PAPER},
    "quotes": {"layers": ("sentences", "clusters", "quotes"), "baselines": ["marks and verbs of saying"]},
    "stances of paragraphs": {"layers": ("sentences", "clusters", "stances"), "baselines": ["always none"]},
    "everything": {
        "layers": ALL,
        "baselines": NAMES,
        "repository": "river/port",
        "summary": "News of a port.",
        "annotation_license": "CC-BY-4.0",
        "text_license": "CC-BY-4.0",
    },
    "taiwan": {
        "layers": ALL,
        "base": "hant-tw",
        "editions": ("hans", "hant", "hant-tw"),
        "baselines": NAMES,
        "annotation_license": "CC0-1.0",
    },
    "damaged": {"layers": ALL, "texts": (DAMAGED,), "restoration": True, "editions": ("hans", "hant")},
    "three documents": {"layers": ALL, "texts": TEXTS, "text_license": "CC-BY-SA-4.0", "known": PAPER},
    "many documents": {"layers": ("sentences",), "texts": TEXTS[2:] * 25, "known": PAPER},
}


@pytest.fixture(scope="module", params=CORPORA)
def corpus(request, tmp_path_factory):
    """A repository whose release has been built, by its name in ``CORPORA``."""
    root = make_corpus(tmp_path_factory.mktemp("own"), **CORPORA[request.param])
    build(root)
    return request.param, root


def card_of(root) -> str:
    """The Markdown of the card below its metadata."""
    return (root / "corpus" / "README.md").read_text(encoding="utf-8").split("---\n", 2)[2]


def in_words(text: str) -> str:
    """The text with each stretch of white space as one blank."""
    return " ".join(text.split())


def test_there_are_no_findings(corpus):
    _, root = corpus
    assert [str(finding) for finding in check(root)] == []


#: What only the corpus in this package may say of itself, and what templates leave behind.
FOREIGN = re.compile(
    r"(?i:shangyou|deepseek|上游|zhengwen-corpus|language model|mainland|damage they suffered|too small|undefined)|"
    r"\bNone\b|\{%|%\}|, [,.]|\b1 (?:documents|paragraphs|sentences|cells|mentions|referents)\b"
)


def test_nothing_is_said_of_another_corpus(corpus):
    _, root = corpus
    files = [card_of(root), *((root / "corpus" / name).read_text(encoding="utf-8") for name in ("LICENSE",))]
    croissant = json.loads((root / "corpus" / "croissant.json").read_text(encoding="utf-8"))
    files.append(json.dumps({name: value for name, value in croissant.items() if name != "recordSet"}))
    for text in files:
        assert FOREIGN.findall(text) == []


def test_what_the_corpus_lacks_is_not_in_the_card(corpus):
    name, root = corpus
    design = yaml.safe_load((root / "schema" / "design.yaml").read_text(encoding="utf-8"))
    of_layer = {
        "entities": r"\bner\b|Mentions|entities|\*\*Entities",
        "quotes": r"[Qq]uotation(?!s? shares?)|quotes-",
        "stances": r"[Ss]tance|SemEval-2016",
        "clusters": "referent|clusters",
    }
    # A column is described in one way for every corpus that has it.
    text = re.sub(r"## Columns\n.*?(?=\n## )", "", card_of(root), flags=re.DOTALL)
    for layer, words in of_layer.items():
        assert bool(re.search(words, text)) == (layer in design["layers"]), layer
    for edition in ("hans", "hant", "hant-hk", "hant-tw"):
        assert (f"-{edition}`" in text or f"`{edition}`" in text) == (edition in design["editions"]), edition
    assert bool(re.search("restor|received|damage", text, re.IGNORECASE)) == design["restoration"]
    assert ("## Editions of a text" in text) == (len(design["editions"]) > 1)
    assert ("## Baselines" in text) == bool(CORPORA[name].get("baselines"))
    assert "## Agreement" not in text


def test_tables_are_tables_and_headings_come_once(corpus):
    _, root = corpus
    text = card_of(root)
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(text)
    assert len(re.findall(r"^\| -{3}", text, flags=re.MULTILINE)) == sum(token.type == "table_open" for token in tokens)
    assert not [token for token in tokens if token.type == "html_block"]
    headings = [after.content for token, after in pairwise(tokens) if token.tag == "h2" and token.nesting == 1]
    assert len(set(headings)) == len(headings)
    assert headings[-1] == "Citation"
    assert "\n\n\n" not in text


def test_hubs_and_loaders_read_it(corpus):
    name, root = corpus
    folder = root / "corpus"
    data = DatasetCard.load(folder / "README.md").data
    assert data.pretty_name == "River Port"
    wanted = {"everything": "cc-by-4.0", "taiwan": "other", "three documents": "other"}
    assert data.license == wanted.get(name, "unknown")
    assert not {"annotations_creators", "language_creators", "source_datasets"} & set(data.to_dict())
    rows = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["configs"]
    for config, stated in rows.items():
        loaded = datasets.load_dataset(str(folder), config, split="test")
        assert loaded.num_rows == stated["rows"]
        assert loaded.column_names == stated["columns"]
    assert [entry["config_name"] for entry in data.configs if entry.get("default")] == [
        f"sentences-{CORPORA[name].get('base', 'hans')}"
    ]


# mlcroissant and rdflib warn of what is deprecated in each other.
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_croissant_needs_no_hub(corpus):
    name, root = corpus
    folder = root / "corpus"
    content = json.loads((folder / "croissant.json").read_text(encoding="utf-8"))
    assert ("huggingface.co" in json.dumps(content)) == (name == "everything")
    assert content["version"] == "0.1.0"
    assert ("license" in content) == any(CORPORA[name].get(field) for field in ("annotation_license", "text_license"))
    files = local_files(folder)
    assert all((folder / path).is_file() for path in files.values())
    if not importlib.util.find_spec("mlcroissant"):
        return
    import mlcroissant

    read = mlcroissant.Dataset(str(folder / "croissant.json"), mapping=files)
    assert not read.metadata.ctx.issues.errors
    ids = [record["documents-rows/id"] for record in read.records("documents-rows")]
    assert ids == sorted(f"paper-{number}".encode() for number in range(1, len(ids) + 1))


@pytest.mark.parametrize("name", ["taiwan", "damaged", "three documents"])
def test_a_release_without_texts_says_what_it_is(tmp_path, name):
    root = make_corpus(tmp_path / "repository", **CORPORA[name])
    build(root)
    build_without_text(Repository.read(root), tmp_path / "annotation")
    text = (tmp_path / "annotation" / "README.md").read_text(encoding="utf-8")
    licence = (tmp_path / "annotation" / "LICENSE").read_text(encoding="utf-8")
    assert not FOREIGN.search(text + licence)
    assert ("the damaged one" in text) == (name == "damaged")
    assert "pip install zhengwen==" in text
    assert "river-port==" not in text
    texts = sorted((root / "seeds").glob("*/text.txt"))
    hydrate(tmp_path / "annotation", texts, tmp_path / "whole")
    assert (tmp_path / "whole" / "README.md").read_text(encoding="utf-8").endswith(card_of(root))


# Many documents.


def test_many_documents_are_counted_and_not_listed(tmp_path):
    root = make_corpus(tmp_path, **CORPORA["many documents"])
    edit_document(
        root, "paper-3", publisher="山城晚报", date={"text": None, "year": 2021, "year_inferred": False, "reason": None}
    )
    edit_document(
        root, "paper-4", date={"text": None, "year": 2019, "year_inferred": True, "reason": "By its subject."}
    )
    build(root)
    text = card_of(root)
    assert "| 河港周报 | 24 | 2019; unknown for 23 |" in text
    assert "| 山城晚报 | 1 | 2021 |" in text
    assert "The year of 1 document is inferred" in text
    assert "paper-1" not in text
    assert "| all 25 | sentences | automatic |" in text
    assert "- 河港周报 (24 documents): Ours." in text


def test_a_year_that_is_unknown_is_not_inferred(tmp_path):
    root = make_corpus(tmp_path, texts=TEXTS)
    none = {"text": None, "year": None, "year_inferred": True, "reason": None}
    edit_document(root, "paper-1", date=none)
    edit_document(root, "paper-2", date={**none, "year": 2024})
    edit_document(root, "paper-3", date={**none, "year": 2023, "reason": "It names the winter games."})
    build(root)
    text = card_of(root)
    assert "| `paper-1` | unknown | unknown | none | unknown | not known |" in text
    assert "| `paper-2` | unknown | unknown | none | 2024 (inferred) | not known |" in text
    assert "The year of `paper-2` is inferred.\n" in text
    assert "The year of `paper-3` is inferred: It names the winter games.\n" in text
    assert "The year of `paper-1`" not in text


# Independent passes.


def add_passes(root, doc_id: str, *names: str, rounds: int = 1) -> None:
    """Passes over a document that give what its gold says, except that each leaves out one more mention.

    They are dealt out to so many ``rounds`` in turn.
    """
    annotators = []
    for number, name in enumerate(names):
        folder = root / "seeds" / doc_id / "annotators" / name
        shutil.copytree(root / "seeds" / doc_id / "gold", folder)
        lines = (folder / "entities.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
        (folder / "entities.jsonl").write_text("".join(lines[number:]), encoding="utf-8", newline="\n")
        digest = hashlib.sha256(
            b"".join((folder / f"{layer}.jsonl").read_bytes() for layer in ("sentences", "entities"))
        )
        annotators.append({"name": name, "by": "a student", "round": number % rounds + 1, "sha256": digest.hexdigest()})
    edit_document(root, doc_id, annotators=annotators)


def test_agreement_is_that_of_the_layers_that_there_are(tmp_path):
    root = make_corpus(tmp_path, ("sentences", "entities"), texts=TEXTS, prose="## Agreement\n\nBoth know the town.\n")
    add_passes(root, "paper-1", "mei", "an")
    add_passes(root, "paper-2", "mei")
    build(root)
    assert check(root) == []
    text = card_of(root)
    assert "## Agreement\n\nBoth know the town.\n\nF1 of each pair" in text
    assert "`paper-1`, round 1 (quote these figures):" in text
    assert "| entities | exact F1 | all | 0.800 [" in text
    assert "`paper-2`, round" not in text
    for word in ("B-cubed", "Triples", "of the grid", "or quotation"):
        assert word not in text
    assert "lies in a mention, and of which label" in text
    assert FOREIGN.findall(text) == []


def test_a_card_has_all_rounds_of_some_documents_and_counts_the_others(tmp_path, monkeypatch):
    monkeypatch.setattr("zhengwen.release.card.LISTED", 1)
    root = make_corpus(tmp_path, ("sentences", "entities"), texts=TEXTS)
    add_passes(root, "paper-1", "mei", "lan", "an", "bo", rounds=2)
    add_passes(root, "paper-2", "mei", "an")
    build(root)
    text = card_of(root)
    assert "`paper-1`, round 1 (quote these figures):" in text
    assert "`paper-1`, round 2, after the guidelines were sharpened:" in text
    assert "`paper-2`, round" not in text
    assert "There are passes of 1 more document; `zhengwen agree` compares them." in text


# What the makers say.

PROSE = """\
News of *one* river, <b>collected</b> by hand.

## Baselines

Nobody has read the texts for them.

Known limits
------------

Only two months.

```python
## no heading
```

## data statement

Three editors chose the texts.

## Citation

Please also cite our paper.
"""


def test_prose_is_put_where_it_belongs(tmp_path):
    root = make_corpus(tmp_path, baselines=["sentence rule"], summary="A summary.", prose=PROSE)
    build(root)
    assert check(root) == []
    text = card_of(root)
    assert "A summary.\n\nNews of *one* river, <b>collected</b> by hand.\n\n1 document" in text
    assert "## Baselines\n\nNobody has read the texts for them.\n\nThe scores of rules" in text
    assert "## Data statement\n\nThree editors chose the texts.\n\n| document" in text
    assert (
        "\n\n## Known limits\n\nOnly two months.\n\n```python\n## no heading\n```\n\n## Citation\n\nPlease also" in text
    )
    croissant = json.loads((root / "corpus" / "croissant.json").read_text(encoding="utf-8"))
    assert croissant["rai:dataLimitations"][0] == "Only two months."


def test_a_section_that_the_card_does_not_compute_is_one_of_its_own(tmp_path):
    root = make_corpus(tmp_path, prose="## Baselines\n\nThere are none.\n")
    build(root)
    assert "## Baselines\n\nThere are none.\n\n## Citation" in card_of(root)


def test_an_empty_prose_changes_nothing(tmp_path):
    roots = [make_corpus(tmp_path / str(number), prose=prose) for number, prose in enumerate((None, "\n"))]
    first, second = (build(root) / "README.md" for root in roots)
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize(
    ("prose", "line", "message"),
    [
        ("# River Port\n", 1, "a heading of level 1"),
        ("Text.\n\nRiver Port\n==========\n", 3, "a heading of level 1"),
        ("> # River Port\n", 1, "a heading of level 1"),
        ("## Uses\n\n## uses \n", 3, "the section 'uses' is there twice"),
        ("## Uses\n\n##\n", 3, "a heading without words"),
        ("## Uses\n\n```python\nload()\n", 3, "a block of code or HTML begins here and does not end"),
        ("## Uses\n\n<!-- to do\n\n## Biases\n", 3, "a block of code or HTML begins here and does not end"),
    ],
)
def test_prose_that_would_break_the_card_is_a_finding(tmp_path, prose, line, message):
    root = make_corpus(tmp_path, prose=prose)
    (finding,) = Repository.read(root).findings
    assert (finding.id, finding.file, finding.line) == ("card-prose", "seeds/card.md", line)
    assert message in finding.message
    assert run_cli("build", root).returncode == 1
    assert not (root / "corpus").exists()


@pytest.mark.parametrize(
    "prose",
    ["```\n# a comment\n```\n", "    # indented code\n", "## Uses\n\n<!-- done -->\n", "| a |\n| --- |\n| 1 |\n"],
)
def test_prose_that_only_looks_broken(prose):
    assert list(flaws_of(prose)) == []


def test_prose_keeps_every_line():
    prose = prose_of(PROSE)
    assert [section.heading for section in prose.sections] == [
        "Baselines",
        "Known limits",
        "data statement",
        "Citation",
    ]
    assert prose.text("DATA STATEMENT") == "Three editors chose the texts."


# What the description of the corpus states.


def test_what_the_makers_state_for_hubs(tmp_path):
    stated = {
        "authors": ["Lin, Mei", "Zhou & Sons"],
        "tags": ["harbours"],
        "annotations_creators": ["expert-generated"],
        "language_creators": ["found"],
        "source_datasets": ["extended|river/boats"],
    }
    root = make_corpus(tmp_path, metadata=stated, title="River {Port} 100%")
    folder = build(root)
    data = DatasetCard.load(folder / "README.md").data.to_dict()
    assert {field: data[field] for field in stated if field not in ("authors", "tags")} == {
        field: stated[field] for field in stated if field not in ("authors", "tags")
    }
    assert data["tags"] == ["sentence-segmentation", "harbours", "simplified-chinese"]
    text = card_of(root)
    assert "  author = {Lin, Mei and Zhou \\& Sons},\n  title = {River \\{Port\\} 100\\%},\n" in text
    croissant = json.loads((folder / "croissant.json").read_text(encoding="utf-8"))
    assert [creator["name"] for creator in croissant["creator"]] == stated["authors"]


@pytest.mark.parametrize(
    ("stated", "field"),
    [
        ({"metadata": {"tags": []}}, "metadata.authors"),
        ({"metadata": "news"}, "metadata"),
        ({"baselines": ["sentence rul"]}, "baselines.0"),
        ({"baselines": ["sentence rule", "always none"]}, "baselines.1"),
        ({"baselines": ["sentence rule", "sentence rule"]}, "baselines.1"),
    ],
)
def test_a_description_that_is_wrong_names_the_field(tmp_path, stated, field):
    root = make_corpus(tmp_path, **stated)
    assert field in [finding.field for finding in Repository.read(root).findings]
    if field.startswith("baselines") and stated["baselines"][-1] != stated["baselines"][0]:
        assert "there are: sentence rule" in str(Repository.read(root).findings[0])


LICENCES = [
    (None, None, "No licence is stated, neither of the annotation nor of all texts", "No licence to the annotation"),
    ("MIT", None, "The annotation is licensed under MIT; no licence of all texts is stated", "licensed under MIT"),
    (None, "MIT", "The annotation is not licensed; the texts are licensed under MIT", "They are licensed under MIT"),
    ("MIT", "MIT", "The annotation and the texts are licensed under MIT", "They are licensed under MIT"),
    ("MIT", "ISC", "The annotation is licensed under MIT; the texts are licensed under ISC", "licensed under ISC"),
]


@pytest.mark.parametrize(("annotation", "text", "in_card", "in_licence"), LICENCES)
def test_licences_in_words(tmp_path, annotation, text, in_card, in_licence):
    root = make_corpus(tmp_path, annotation_license=annotation, text_license=text)
    folder = build(root)
    assert in_card in in_words(card_of(root))
    assert in_licence in in_words((folder / "LICENSE").read_text(encoding="utf-8"))


def test_a_baseline_reads_any_base(tmp_path):
    """The rules are for Simplified text: a corpus in another script has the same scores."""
    tables = []
    for base in ("hans", "hant"):
        root = make_corpus(tmp_path / base, ALL, base=base, editions=(base,), baselines=NAMES, texts=TEXTS)
        build(root)
        assert check(root) == []
        tables.append(re.findall(r"^\| .* \| \d+ / \d+ \|$", card_of(root), flags=re.MULTILINE))
    assert tables[0] == tables[1]
    assert len(tables[0]) > 10
