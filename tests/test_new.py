"""A new article, from a file to a release, in a copy of the repository: the walk of docs/annotating.md."""

import json
import shutil
from pathlib import Path

import datasets
import pytest
from conftest import ARTICLE, ROOT, assert_error, run_cli

import zhengwen
from zhengwen.draft import draft
from zhengwen.layers import LAYERS
from zhengwen.load import Corpus
from zhengwen.schema import read_schema
from zhengwen.seeds import locate

#: An article written for this test, and what a content farm makes of it.
CLEAN, RECEIVED = (ROOT / "tests" / "cases" / "new" / name for name in ("article.txt", "received.txt"))
DOC = "nanjiang-2025-shipyard"


def records(repository: Path, layer: str) -> list[dict]:
    file = repository / "seeds" / DOC / "gold" / f"{layer}.jsonl"
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def write(repository: Path, layer: str, content: list[dict]) -> None:
    file = repository / "seeds" / DOC / "gold" / f"{layer}.jsonl"
    file.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in content), encoding="utf-8")


def correct(repository: Path) -> None:
    """What a person does with the draft: a name that the rules cut, its speaker, and a stance."""
    text = CLEAN.read_text(encoding="utf-8")
    clusters, entities = records(repository, "clusters"), records(repository, "entities")
    (zhou,) = (cluster for cluster in clusters if cluster["name"] == "周")
    zhou["name"] = "周明远"
    for entity in entities:
        if entity["cluster"] == zhou["id"]:
            entity["end"], entity["text"] = entity["start"] + 3, "周明远"
    write(repository, "clusters", clusters)
    write(repository, "entities", entities)
    quotes, stances = records(repository, "quotes"), records(repository, "stances")
    quotes[0]["speaker"] = zhou["id"]
    cells = [stance for stance in stances if stance["unit"] == quotes[0]["id"]]
    cell = next(cell for cell in cells if cell["target"] == "china-innovation")
    start, end = locate(text, "这次改造最可贵的")
    cell.update(label="favor", evidence={"start": start, "end": end, "text": text[start:end]}, certainty="uncertain")
    for cell in cells:
        cell["holder"] = zhou["id"]
    write(repository, "quotes", quotes)
    write(repository, "stances", stances)


def test_from_file_to_release(repository, tmp_path):
    origin = ["--publisher", "河港周报", "--rights", "Ours."]
    done = run_cli("new", DOC, "--from", RECEIVED, *origin, "--corpus", repository)
    assert done.returncode == 0, done.stderr
    assert f"seeds/{DOC}/text.txt" in done.stdout.decode().splitlines()
    folder = repository / "seeds" / DOC
    assert (folder / "received.txt").read_bytes() == RECEIVED.read_bytes()
    assert (folder / "text.txt").read_bytes() == CLEAN.read_bytes()
    about = (folder / "document.yaml").read_text(encoding="utf-8")
    assert about.count("made: automatic") == 1 + len(LAYERS)  # the text, and every layer
    assert "made: manual" not in about
    assert zhengwen.check(repository, level=4) == []

    correct(repository)
    assert run_cli("format", repository).returncode == 0
    assert zhengwen.check(repository, level=4) == []
    shutil.copytree(folder / "gold", tmp_path / "second")
    lines = (tmp_path / "second" / "stances.jsonl").read_text(encoding="utf-8")
    (tmp_path / "second" / "stances.jsonl").write_text(lines.replace('"uncertain"', '"certain"'), encoding="utf-8")
    annotations = [folder / "gold", tmp_path / "second"]
    done = run_cli("agree", *annotations, "--text", folder / "text.txt", "--format", "json")
    assert done.returncode == 0
    figures = [json.loads(line) for line in done.stdout.splitlines()]
    assert {figure["value"] for figure in figures if figure["measure"].endswith("F1")} == {1.0}

    done = run_cli("build", repository)
    assert done.returncode == 0, done.stderr
    assert zhengwen.check(repository) == []
    for config in read_schema().configs:
        loaded = datasets.load_dataset(str(repository / "corpus"), config, split="test", cache_dir=str(tmp_path / "hf"))
        column = "id" if config == "documents" or "doc_id" not in loaded.column_names else "doc_id"
        assert {id.split(".")[0] for id in loaded[column]} == {ARTICLE, DOC}, config
    document = Corpus.open(repository / "corpus")[DOC]
    (favor,) = (stance for stance in document.stances if stance.label == "favor")
    assert favor.holder.name_in("hant-tw") == "周明遠"
    assert favor.evidence.text_in("hant") == "這次改造最可貴的"
    assert document.text("received") == RECEIVED.read_text(encoding="utf-8")


def test_an_article_without_damage_is_not_changed():
    text = CLEAN.read_text(encoding="utf-8")
    seed = draft(DOC, text, read_schema(), {"sha256": "0" * 64})
    assert seed.text == seed.received == seed.restored == text
    assert seed.policy.is_empty
    assert seed.about["received"]["script"] == "hans"


def test_a_place_that_the_model_does_not_explain_is_listed():
    # One line is whole, although the model says that the site cuts it.
    received = RECEIVED.read_text(encoding="utf-8").replace("難(nán)題(tí),半夜", "難(nán)題(tí)，半夜")
    seed = draft(DOC, received, read_schema(), {"sha256": "0" * 64})
    assert seed.text == CLEAN.read_text(encoding="utf-8")
    (exception,) = seed.about["exceptions"]["unexplained"]
    assert (exception["line"], exception["received"]) == (7, ")，半")


def test_an_unnamed_author_is_a_cluster():
    seed = draft(DOC, "何大海说，船到了，货还没有到。\n码头上很热闹。\n", read_schema(), {"sha256": "0" * 64})
    authors = {stance.holder for stance in seed.gold["stances"] if ".p" in stance.unit}
    clusters = [cluster for cluster in seed.gold["clusters"] if cluster.id in authors]
    assert [(cluster.name, cluster.named) for cluster in clusters] == [("作者", False)]


@pytest.mark.parametrize(
    ("doc_id", "data", "message"),
    [
        (ARTICLE, b"x\n", "this document exists already"),
        ("No Such", b"x\n", "is not a valid id of a document"),
        ("../a", b"x\n", "joined by single hyphens"),
        ("a/b", b"x\n", "joined by single hyphens"),
        ("com1", b"x\n", "Windows keeps this name for a device"),
        ("a" * 200, b"x\n", "no more than 100 characters, this has 200"),
        (DOC, b"", "it holds no text"),
        (DOC, b" \n\n", "it holds no text"),
        (DOC, "船到了。".encode("gb18030"), "is not UTF-8"),
        (DOC, "船到了。\r\n".encode(), "carriage returns or a byte order mark"),
        (DOC, "\N{ZERO WIDTH NO-BREAK SPACE}船到了。\n".encode(), "carriage returns or a byte order mark"),
    ],
)
def test_bad_input(doc_id, data, message, repository, tmp_path):
    file = tmp_path / "article.txt"
    file.write_bytes(data)
    before = sorted(repository.rglob("*"))
    done = run_cli("new", doc_id, "--from", file, "--corpus", repository)
    assert_error(done, 1, message)
    assert b"fix: " in done.stderr
    assert sorted(repository.rglob("*")) == before


def test_the_draft_of_any_kind_of_text_passes_the_checks(repository, tmp_path):
    # A heading alone, emoji, characters outside the BMP, Traditional text, Latin text, marks that pair.
    texts = [
        "新局面\n",
        "“船到了😀。”何大海说。\n𠀀字。\n",
        "何大海說，「船到了。」貨還沒有到。\n",
        "Only Latin text here.\n",
    ]
    for number, text in enumerate(texts):
        file = tmp_path / "article.txt"
        file.write_text(text, encoding="utf-8", newline="\n")
        done = run_cli("new", f"d{number}", "--from", file, "--corpus", repository)
        assert done.returncode == 0, done.stderr
        assert zhengwen.check(repository, level=4) == []
