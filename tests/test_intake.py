"""Existing corpora become documents: every format, what does not fit, bad input, and that all is written or nothing."""

import json
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from cases import cases
from conftest import assert_error, run_cli, tree
from hypothesis import given
from hypothesis import strategies as st
from own_corpus import make_repository

from zhengwen.checks import check
from zhengwen.design import read_design
from zhengwen.draft import start
from zhengwen.intake import tags
from zhengwen.intake.labels import draft, proposed, read_map
from zhengwen.schema import read_schema
from zhengwen.seeds import read_seed

TYPES = {"PERSON": "A person.", "ORG": "An organisation.", "LOC": "A place."}


def make_corpus(folder: Path, **design) -> Path:
    """A corpus without documents: three types, clusters, no restoration, unless the design is changed."""
    design = {"layers": ("sentences", "entities", "clusters"), "editions": ("hans", "hant"), **design}
    return make_repository(folder, types=TYPES, **design)


@pytest.fixture
def corpus(tmp_path) -> Path:
    return make_corpus(tmp_path / "corpus")


def write_source(folder: Path, files: dict[str, str]) -> Path:
    """The files of a case in a folder of their own."""
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_text(content, encoding="utf-8", newline="")
    return folder


def options_of(case: dict, folder: Path) -> list[object]:
    """The options of a case; its map of labels, if it has one, is written to ``folder``."""
    if "labels" not in case:
        return case.get("options", [])
    (folder / "map.yaml").write_text(json.dumps(case["labels"]), encoding="utf-8")
    return [*case.get("options", []), "--labels", folder / "map.yaml"]


def run_import(corpus: Path, format: str, path: Path, *options: object):
    return run_cli("import", format, path, "--new", "--corpus", corpus, *options)


def read(corpus: Path, id: str):
    return read_seed(corpus / "seeds" / id, read_design(corpus / "schema" / "design.yaml"))


@pytest.mark.parametrize("case", cases("intake", "synthetic"))
def test_a_source_becomes_documents(case, corpus, tmp_path):
    source = write_source(tmp_path / "source", case["files"])
    done = run_import(corpus, case["format"], source, "--format", "json", *options_of(case, tmp_path))
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert {row["kind"]: row["count"] for row in report["did_not_fit"]} == case["did_not_fit"]
    assert sorted(path.name for path in (corpus / "seeds").iterdir() if path.is_dir()) == sorted(case["documents"])
    for id, expected in case["documents"].items():
        seed = read(corpus, id)
        assert seed.text == expected["text"]
        mentions = [[record.start, record.end, record.type, record.text] for record in seed.gold["entities"]]
        assert mentions == expected["mentions"]
        if "sentences" in expected:
            assert [record.text for record in seed.gold["sentences"]] == expected["sentences"]
        if "clusters" in expected:
            clusters = [[record.type, record.name, list(record.aliases)] for record in seed.gold["clusters"]]
            assert clusters == expected["clusters"]
        assert seed.about["layers"]["entities"]["made"] == "converted"
    assert report["mentions"] == sum(len(document["mentions"]) for document in case["documents"].values())
    left_out = [
        row for row in report["remarks"] if row["kind"] in ("words-differ", "crossing", "sentence", "fragments")
    ]
    assert all(":" in remark["place"] for remark in left_out)
    assert check(corpus, level=4) == []


@pytest.mark.parametrize("case", cases("intake", "negative"))
def test_bad_input_is_one_message_and_nothing_is_written(case, corpus, tmp_path):
    source = write_source(tmp_path / "source", case["files"])
    start(corpus, "there-already", "南江的船。\n".encode(), read_schema(corpus / "schema"))
    before = tree(corpus)
    done = run_import(corpus, case["format"], source, *options_of(case, tmp_path))
    assert_error(done, 1, case["message"])
    assert done.stderr.count(b"error: ") == 1
    assert b"fix: " in done.stderr or "there is no such file" in case["message"]
    assert tree(corpus) == before


@pytest.mark.parametrize("format", ["brat", "labelstudio", "conllu", "iob2", "jsonl"])
@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0", "this is a picture"),
        ("何大海".encode("utf-16"), "this is UTF-16"),
        ("何大海 O\n".encode("gb18030"), "is not UTF-8"),
        (b"a\0b", "holds NUL characters"),
        (b"", "this file is empty"),
        (b"\n \n", "this file is empty"),
    ],
    ids=["PNG", "UTF-16", "GB18030", "NUL", "empty", "blank"],
)
def test_a_file_that_is_no_text(format, data, message, corpus, tmp_path):
    (tmp_path / "a.ann").write_bytes(b"")
    file = tmp_path / {"brat": "a.txt"}.get(format, f"a.{format}")
    file.write_bytes(data)
    before = tree(corpus)
    assert_error(run_import(corpus, format, file), 1, message)
    assert tree(corpus) == before


def test_a_format_without_a_reader_and_options_without_new(corpus, tmp_path):
    file = tmp_path / "a.jsonl"
    file.write_text('{"text": "船", "label": []}\n', encoding="utf-8")
    assert_error(run_import(corpus, "tei", file), 2, "unknown format of an existing corpus 'tei'")
    done = run_cli("import", "brat", file, "--prefix", "a", "--corpus", corpus)
    assert_error(done, 2, "--new")
    assert_error(run_import(corpus, "jsonl", file, "--document-per", "0"), 2, "--document-per")
    assert_error(run_import(corpus, "jsonl", file, "--out", tmp_path), 2, "--out")
    assert_error(run_import(corpus, "jsonl", tmp_path / "none"), 1, "there is no such file or folder")


def test_a_second_import_is_refused_and_touches_nothing(corpus, tmp_path):
    file = tmp_path / "a.jsonl"
    file.write_text('{"text": "何大海来了。", "label": [[0, 3, "PERSON"]]}\n', encoding="utf-8")
    done = run_import(corpus, "jsonl", file, "--publisher", "河港周报", "--by", "two students", "--rights", "Ours.")
    assert (done.returncode, done.stdout) == (0, b"seeds/a-1\n"), done.stderr
    about = read(corpus, "a-1").about
    assert (about["publisher"], about["rights"]) == ("河港周报", "Ours.")
    assert about["layers"]["entities"]["by"] == "two students; zhengwen import jsonl"
    assert about["layers"]["sentences"]["made"] == about["layers"]["clusters"]["made"] == "automatic"
    before = tree(corpus)
    assert_error(run_import(corpus, "jsonl", file), 1, "a-1: this document exists already")
    assert_error(run_import(corpus, "jsonl", file, "--prefix", "b"), 1, "equal texts: b-1 and a-1")
    assert_error(run_import(corpus, "jsonl", file, "--prefix", "No"), 1, "--prefix")
    assert tree(corpus) == before


def test_one_bad_text_of_many_writes_none(corpus, tmp_path):
    records = [{"text": f"第{number}条船。", "label": []} for number in range(5)] + [{"text": "坏\x07了", "label": []}]
    file = tmp_path / "a.jsonl"
    file.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    before = tree(corpus)
    assert_error(run_import(corpus, "jsonl", file, "--document-per", "record"), 1, "a.jsonl:6: line 1")
    assert tree(corpus) == before
    done = run_import(corpus, "jsonl", file, "--document-per", "2", "--clean")
    assert done.stdout.decode().split() == ["seeds/a-1", "seeds/a-2", "seeds/a-3"], done.stderr


def test_a_dry_run_reports_and_writes_nothing(corpus, tmp_path):
    file = tmp_path / "a.jsonl"
    file.write_text('{"text": "何大海", "label": [[0, 9, "PERSON"]]}\n', encoding="utf-8")
    before = tree(corpus)
    done = run_import(corpus, "jsonl", file, "--dry-run")
    assert (done.returncode, done.stdout) == (0, b"")
    printed = " ".join(done.stderr.decode().split())
    assert "mentions 0 of 1" in printed
    assert "What did not fit" in printed
    assert tree(corpus) == before


@pytest.mark.parametrize(
    "design",
    [
        {"layers": ["sentences"]},
        {"layers": ["sentences", "entities"]},
        {"layers": ["sentences", "entities", "clusters", "quotes", "stances"]},
        {"restoration": True},
        {"base": "hant-tw", "editions": ["hant-tw", "hans"]},
    ],
    ids=["sentences", "no clusters", "all layers", "restoration", "Traditional"],
)
def test_corpora_of_other_designs(design, tmp_path):
    corpus = make_corpus(tmp_path / "corpus", **design)
    text = "何大海說，這條船還沒有到。\n" if design.get("base") else "何大海说，这条船还没有到。\n"
    source = write_source(tmp_path / "source", {"a.txt": text, "a.ann": "T1\tPERSON 0 3\t何大海\n"})
    done = run_import(corpus, "brat", source)
    assert done.returncode == 0, done.stderr
    seed = read(corpus, "a")
    assert seed.text == text
    assert check(corpus, level=4) == []
    if "entities" in seed.gold:
        assert [record.text for record in seed.gold["entities"]] == ["何大海"]
        assert bool(seed.gold["entities"][0].cluster) == ("clusters" in seed.gold)
    if design.get("restoration"):
        assert seed.received == text
        assert seed.policy.is_empty


@pytest.mark.parametrize(
    ("design", "findings"),
    [
        ({}, []),
        ({"layers": ("sentences", "entities", "clusters", "quotes")}, ["unbalanced-marks"]),
        ({"restoration": True}, ["unbalanced-marks"]),
    ],
    ids=["neither", "quotations", "restoration"],
)
def test_a_lone_mark_matters_where_something_relies_on_pairs(design, findings, tmp_path):
    corpus = make_corpus(tmp_path / "corpus", **design)
    file = tmp_path / "a.bio"
    file.write_text("船 O\n》 O\n何 B-PERSON\n大 I-PERSON\n海 I-PERSON\n", encoding="utf-8")
    done = run_import(corpus, "bio", file)
    assert done.returncode == bool(findings), done.stderr
    assert [finding.id for finding in check(corpus, level=4)] == findings
    assert done.stderr.decode().count("》 in column 2 closes nothing") == len(findings)


def test_what_a_source_calls_its_texts_stays_within_seeds(corpus, tmp_path):
    names = ["../../a", "b/c", "..", "D\\e", "/"]
    records = [{"id": name, "text": f"第{number}条船。", "label": []} for number, name in enumerate(names)]
    file = tmp_path / "s.jsonl"
    file.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    before = {path.name for path in tmp_path.iterdir()}
    done = run_import(corpus, "jsonl", file, "--document-per", "record")
    assert done.stdout.decode().split() == [f"seeds/{id}" for id in ("a", "b-c", "s-3", "d-e", "s-5")], done.stderr
    assert {path.name for path in tmp_path.iterdir()} == before


# Labels.


def test_a_map_is_drafted_filled_in_and_used(corpus, tmp_path):
    file, target = tmp_path / "a.jsonl", tmp_path / "map.yaml"
    spans = [[0, 3, "PER"], [0, 3, "PER"], [3, 4, "动词"], [4, 5, "on"]]
    file.write_text(json.dumps({"text": "何大海来了。", "label": spans}), encoding="utf-8")
    before = tree(corpus)
    done = run_cli("import", "jsonl", file, "--labels-draft", target, "--corpus", corpus)
    assert done.returncode == 0, done.stderr
    assert tree(corpus) == before
    assert yaml.safe_load(target.read_text(encoding="utf-8")) == {"PER": "PERSON", "on": "", "动词": ""}
    assert_error(run_import(corpus, "jsonl", file, "--labels", target), 1, "not filled in: on, 动词")
    done = run_cli("import", "jsonl", file, "--labels-draft", target, "--corpus", corpus)
    assert_error(done, 1, "this file exists already")
    filled = target.read_text(encoding="utf-8").replace("''", "null")
    target.write_text(filled.replace("PERSON  #", "SHIP  #"), encoding="utf-8")
    assert_error(run_import(corpus, "jsonl", file, "--labels", target), 1, "no entity type of this corpus: PER: SHIP")
    target.write_text(filled, encoding="utf-8")
    done = run_import(corpus, "jsonl", file, "--labels", target)
    assert done.returncode == 0, done.stderr
    assert [record.text for record in read(corpus, "a-1").gold["entities"]] == ["何大海"]


def test_proposals_are_types_of_the_corpus(tmp_path):
    types = ["PERSON", "GPE"]
    assert [proposed(label, types) for label in ("PER", "loc", "GPE", "ORG", "PER.NAM")] == [
        "PERSON", "GPE", "GPE", None, "PERSON",
    ]  # fmt: skip
    path = tmp_path / "map.yaml"
    path.write_text(draft({"a: b": 1, "GPE": 2}, types).replace("''", "null"), encoding="utf-8")
    assert read_map(path, types) == {"GPE": "GPE", "a: b": None}


# Tags.


@st.composite
def marked(draw) -> tuple[int, list[tags.Tagged]]:
    """The number of tokens of a sentence, and mentions in it that do not overlap."""
    bounds = sorted(draw(st.sets(st.integers(0, 12), min_size=2)))
    spans = [span for span in pairwise(bounds) if draw(st.booleans())]
    return bounds[-1], [tags.Tagged(*span, draw(st.sampled_from(["PER", "a-b_c", "名"]))) for span in spans]


def tags_of(length: int, marked: Iterable[tags.Tagged], scheme: str) -> list[str]:
    """The tags in ``scheme`` of a sentence of ``length`` tokens; mentions must not overlap."""
    written = [tags.OUTSIDE] * length
    end, label = 0, None
    inner, last, single = {"bioes": "IES", "bilou": "ILU"}.get(scheme, "IIB")
    for mention in sorted(marked):
        letters = ["B", *inner * (mention.last - mention.first - 1)]
        if scheme == "iob1" and (mention.first, mention.label) != (end, label):
            letters[0] = "I"
        if scheme in ("bioes", "bilou"):
            letters[-1] = last if len(letters) > 1 else single
        written[mention.first : mention.last] = [f"{letter}-{mention.label}" for letter in letters]
        end, label = mention.last, mention.label
    return written


@given(st.lists(marked(), min_size=1, max_size=4), st.sampled_from(["iob1", "iob2", "bioes", "bilou"]))
def test_what_a_scheme_writes_is_read_back(sentences, scheme):
    written = [tags_of(length, mentions, scheme) for length, mentions in sentences]
    parsed = tags.parse([[(tag, f"a:{n}") for n, tag in enumerate(sentence)] for sentence in written])
    for name in (scheme, tags.scheme_of(parsed)):
        assert [tags.mentions(sentence, name)[0] for sentence in parsed] == [mentions for _, mentions in sentences]


def test_any_scheme_reads_stray_tags_and_reports_them(corpus, tmp_path):
    file = tmp_path / "a.bio"
    file.write_text("何 B-PERSON\n来 O\n南 I-LOC\n江 I-LOC\n", encoding="utf-8")
    done = run_import(corpus, "bio", file, "--scheme", "any", "--format", "json")
    report = json.loads(done.stdout)
    assert [remark["place"] for remark in report["remarks"]] == [f"{file}:3"]
    assert [record.text for record in read(corpus, "a").gold["entities"]] == ["何", "南江"]


def test_columns_of_inner_mentions(corpus, tmp_path):
    file = tmp_path / "a.iob2"
    file.write_text("南\tB-ORG\tB-LOC\n江\tI-ORG\tI-LOC\n厂\tI-ORG\tO\n", encoding="utf-8")
    assert_error(run_import(corpus, "iob2", file), 1, "--tag-column")
    done = run_import(corpus, "iob2", file, "--tag-column", 2, "--tag-column", 3)
    assert done.returncode == 0, done.stderr
    assert [record.text for record in read(corpus, "a").gold["entities"]] == ["南江厂", "南江"]
