"""A new article, from a file to a release, in a copy of the repository: the walk of docs/annotating.md."""

import json
import shutil
from pathlib import Path

import datasets
import pytest
from conftest import ARTICLE, ROOT

import zhengwen
from zhengwen.cli.main import main
from zhengwen.draft import draft
from zhengwen.layers import LAYERS
from zhengwen.load import Corpus
from zhengwen.schema import read_schema
from zhengwen.seeds import locate

#: An article written for this test, and what a content farm makes of it.
CLEAN, RECEIVED = (ROOT / "tests" / "cases" / "new" / name for name in ("article.txt", "received.txt"))
DOC = "nanjiang-2025-shipyard"


def run(capsys, *arguments: object) -> tuple[int, str, str]:
    code = 0
    try:
        main([str(one) for one in arguments])
    except SystemExit as stopped:
        code = stopped.code or 0
    return code, *capsys.readouterr()


def records(repository: Path, layer: str) -> list[dict]:
    file = repository / "seeds" / DOC / "gold" / f"{layer}.jsonl"
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def write(repository: Path, layer: str, content: list[dict]) -> None:
    file = repository / "seeds" / DOC / "gold" / f"{layer}.jsonl"
    file.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in content), encoding="utf-8")


def correct(repository: Path) -> None:
    """What a person does with the draft: a name that the rules cut, its speaker, and a stance."""
    text = CLEAN.read_text(encoding="utf-8")
    clusters, entities = records(repository, "clusters"), records(repository, "entities")
    (zhou,) = (one for one in clusters if one["name"] == "周")
    zhou["name"] = "周明远"
    for one in entities:
        if one["cluster"] == zhou["id"]:
            one["end"], one["text"] = one["start"] + 3, "周明远"
    write(repository, "clusters", clusters)
    write(repository, "entities", entities)
    quotes, stances = records(repository, "quotes"), records(repository, "stances")
    quotes[0]["speaker"] = zhou["id"]
    cell = next(one for one in stances if one["unit"] == quotes[0]["id"] and one["target"] == "china-innovation")
    start, end = locate(text, "这次改造最可贵的")
    cell.update(label="favor", evidence={"start": start, "end": end, "text": text[start:end]}, certainty="uncertain")
    for one in stances:
        if one["unit"] == quotes[0]["id"]:
            one["holder"] = zhou["id"]
    write(repository, "quotes", quotes)
    write(repository, "stances", stances)


def test_from_file_to_release(repository, capsys, tmp_path):
    code, out, err = run(
        capsys, "new", DOC, "--from", RECEIVED, "--publisher", "河港周报", "--rights", "Ours.", "--path", repository
    )
    assert code == 0, err
    assert f"seeds/{DOC}/text.txt" in out.splitlines()
    folder = repository / "seeds" / DOC
    assert (folder / "received.txt").read_bytes() == RECEIVED.read_bytes()
    assert (folder / "text.txt").read_bytes() == CLEAN.read_bytes()
    about = (folder / "document.yaml").read_text(encoding="utf-8")
    assert about.count("made: automatic") == 1 + len(LAYERS)  # the text, and every layer
    assert "made: manual" not in about
    assert zhengwen.check(repository, level=4) == []

    correct(repository)
    assert run(capsys, "format", repository)[0] == 0
    assert zhengwen.check(repository, level=4) == []
    shutil.copytree(folder / "gold", tmp_path / "second")
    lines = (tmp_path / "second" / "stances.jsonl").read_text(encoding="utf-8")
    (tmp_path / "second" / "stances.jsonl").write_text(lines.replace('"uncertain"', '"certain"'), encoding="utf-8")
    code, out, _ = run(
        capsys, "agree", folder / "gold", tmp_path / "second", "--text", folder / "text.txt", "--format", "json"
    )
    assert code == 0
    figures = [json.loads(line) for line in out.splitlines()]
    assert {one["value"] for one in figures if one["measure"].endswith("F1")} == {1.0}

    code, out, err = run(capsys, "build", repository)
    assert code == 0, err
    assert zhengwen.check(repository) == []
    for config in read_schema().configs:
        loaded = datasets.load_dataset(str(repository / "corpus"), config, split="test", cache_dir=str(tmp_path / "hf"))
        column = "id" if config == "documents" or "doc_id" not in loaded.column_names else "doc_id"
        assert {one.split(".")[0] for one in loaded[column]} == {ARTICLE, DOC}, config
    document = Corpus.open(repository / "corpus")[DOC]
    (favored,) = (one for one in document.stances if one.label == "favor")
    assert favored.holder.name_in("hant-tw") == "周明遠"
    assert favored.evidence.text_in("hant") == "這次改造最可貴的"
    assert document.text("received") == RECEIVED.read_text(encoding="utf-8")


def test_an_article_without_damage_stays_as_it_is():
    text = CLEAN.read_text(encoding="utf-8")
    seed = draft(DOC, text, read_schema(), {"sha256": "0" * 64})
    assert seed.text == seed.received == seed.restored == text
    assert seed.policy.is_empty
    assert seed.about["received"]["script"] == "hans"


def test_a_place_that_the_model_does_not_explain_is_listed():
    # One line came through whole: the model would have cut it.
    received = RECEIVED.read_text(encoding="utf-8").replace("難(nán)題(tí),半夜", "難(nán)題(tí)，半夜")
    seed = draft(DOC, received, read_schema(), {"sha256": "0" * 64})
    assert seed.text == CLEAN.read_text(encoding="utf-8")
    (site,) = seed.about["exceptions"]["unexplained"]
    assert (site["line"], site["received"]) == (7, ")，半")


def test_an_author_without_a_name():
    seed = draft(DOC, "何大海说，船到了，货还没有到。\n码头上很热闹。\n", read_schema(), {"sha256": "0" * 64})
    authors = {one.holder for one in seed.gold["stances"] if ".p" in one.unit}
    assert [(one.name, one.named) for one in seed.gold["clusters"] if one.id in authors] == [("作者", False)]


@pytest.mark.parametrize(
    ("doc_id", "data", "message"),
    [
        (ARTICLE, b"x\n", "there is such a document"),
        ("No Such", b"x\n", "is no id of a document"),
        (DOC, b"", "there is no text in it"),
        (DOC, b" \n\n", "there is no text in it"),
        (DOC, "船到了。".encode("gb18030"), "is not UTF-8"),
        (DOC, "船到了。\r\n".encode(), "carriage returns or a byte order mark"),
        (DOC, "\N{ZERO WIDTH NO-BREAK SPACE}船到了。\n".encode(), "carriage returns or a byte order mark"),
    ],
)
def test_bad_input(doc_id, data, message, repository, capsys, tmp_path):
    file = tmp_path / "article.txt"
    file.write_bytes(data)
    before = sorted(repository.rglob("*"))
    code, out, err = run(capsys, "new", doc_id, "--from", file, "--path", repository)
    assert (code, out) == (1, "")
    assert message in err
    assert "fix: " in err
    assert sorted(repository.rglob("*")) == before


def test_texts_of_any_kind_make_a_draft_that_holds(repository, capsys, tmp_path):
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
        code, _, err = run(capsys, "new", f"d{number}", "--from", file, "--path", repository)
        assert code == 0, err
        assert [str(one) for one in zhengwen.check(repository, level=4)] == []
