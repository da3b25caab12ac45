"""Which corpus a command reads: the one that is named, the one that one stands in, or the package's."""

import hashlib
import json
import os
import re
import shutil
from pathlib import Path

import huggingface_hub
import pytest
from conftest import ARTICLE, REPOSITORY, assert_error, copy_repository, run_cli, tree
from test_cli import run

import zhengwen
from zhengwen import Corpus, ZhengwenError, corpus_path
from zhengwen.layers import LAYERS
from zhengwen.load import schema_of
from zhengwen.location import corpus_folder, location
from zhengwen.release.manifest import read_manifest
from zhengwen.release.statement import ReleaseMismatchError, statement
from zhengwen.schema import read_schema
from zhengwen.seeds import NOTES

#: The document of the corpus that the tests make, and an entity type that only this corpus has.
DOC, TYPE = "my-article", "GENE"


def replace_in(folder: Path, old: str, new: str) -> None:
    """Replace ``old`` in every text file of ``folder``."""
    for path in folder.rglob("*.*"):
        path.write_bytes(path.read_bytes().replace(old.encode("utf-8"), new.encode("utf-8")))


def pass_digest(folder: Path) -> str:
    """The SHA-256 of an independent pass, as ``document.yaml`` states it."""
    files = [folder / f"{layer}.jsonl" for layer in LAYERS] + [folder / NOTES]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files if path.is_file())).hexdigest()


def make_own(folder: Path) -> Path:
    """A repository with another name, document, title and type, whose corpus has not been built."""
    repository = copy_repository(folder)
    shutil.rmtree(repository / "corpus")
    seeds, schema = repository / "seeds", repository / "schema"
    (seeds / ARTICLE).rename(seeds / DOC)
    for part in (seeds, schema):
        replace_in(part, ARTICLE, DOC)
    document = seeds / DOC / "document.yaml"
    text = document.read_text(encoding="utf-8")
    for annotator in (seeds / DOC / "annotators").glob("pass-*"):
        digest = pass_digest(REPOSITORY / "seeds" / ARTICLE / "annotators" / annotator.name)
        assert text.count(digest) == 1
        text = text.replace(digest, pass_digest(annotator))
    document.write_text(text, encoding="utf-8", newline="\n")
    about = seeds / "corpus.yaml"
    text = about.read_text(encoding="utf-8").replace("name: zhengwen", "name: own")
    about.write_text(text.replace("title: zhengwen 正文", 'title: "Own: a corpus"'), encoding="utf-8", newline="\n")
    labels = schema / "labels.yaml"
    text = labels.read_text(encoding="utf-8")
    text, count = re.subn(r"(?m)^entity_types:.*\n", rf"\g<0>  {TYPE}: A gene.\n", text)
    assert count == 1
    labels.write_text(text, encoding="utf-8", newline="\n")
    return repository


@pytest.fixture(scope="module")
def unbuilt(tmp_path_factory) -> Path:
    """A repository that has no release yet."""
    return make_own(tmp_path_factory.mktemp("unbuilt") / "repository")


@pytest.fixture(scope="module")
def own(unbuilt, tmp_path_factory) -> Path:
    """The same repository with its release."""
    repository = shutil.copytree(unbuilt, tmp_path_factory.mktemp("own") / "repository")
    done = run_cli("build", repository)
    assert done.returncode == 0, done.stderr.decode("utf-8")
    return repository


@pytest.fixture(scope="module")
def released(own, tmp_path_factory) -> Path:
    """A copy of its release, which lies in no repository."""
    return shutil.copytree(own / "corpus", tmp_path_factory.mktemp("released") / "copy")


def ways(own: Path, released: Path, elsewhere: Path) -> list[tuple[list, Path]]:
    """Each way to mean the corpus: the option, and the folder to stand in."""
    return [
        ([], own),
        ([], own / "seeds" / DOC / "gold"),
        ([], own / "corpus"),
        ([], released),
        (["--corpus", own], elsewhere),
        (["--corpus", own / "corpus"], elsewhere),
        (["--corpus", own / "seeds"], elsewhere),
        (["--corpus", released], elsewhere),
        (["--corpus", os.path.relpath(released, elsewhere)], elsewhere),
        (["--corpus", released], own / "seeds"),
    ]


def test_every_way_to_mean_a_corpus_gives_the_same(own, released, tmp_path):
    shown = set()
    for option, folder in ways(own, released, tmp_path):
        outputs = []
        for command in (["show"], ["show", DOC, "--sentence", "s030"], ["load", "clusters", "--limit", "2"], ["page"]):
            done = run_cli(*command, *option, cwd=folder)
            assert (done.returncode, done.stderr) == (0, b""), (command, option, folder, done.stderr)
            assert ARTICLE.encode() not in done.stdout
            outputs.append(done.stdout)
        listing = json.loads(run_cli("info", "--format", "json", *option, cwd=folder).stdout)
        assert listing["name"] == "own"
        assert [document["document"] for document in listing["documents"]] == [DOC]
        shown.add(tuple(outputs))
    assert len(shown) == 1


def test_elsewhere_it_is_the_corpus_of_the_package(tmp_path):
    assert location() == location(corpus_path())._replace(repository=location().repository)
    listing = json.loads(run_cli("info", "--format", "json", cwd=tmp_path).stdout)
    assert (listing["name"], listing["path"]) == (read_manifest(Path(corpus_path()))["name"], corpus_path())
    assert ARTICLE in run_cli("show", cwd=tmp_path).stdout.decode("utf-8")


def test_an_export_takes_the_seeds_of_a_repository_and_the_documents_of_a_release(own, unbuilt, released, tmp_path):
    exported = set()
    for option, folder in [*ways(own, released, tmp_path), (["--corpus", unbuilt], tmp_path), ([], unbuilt)]:
        done = run_cli("export", "iob2", DOC, *option, cwd=folder)
        assert done.returncode == 0, done.stderr
        exported.add(done.stdout)
    assert len(exported) == 1


def test_labels_are_those_of_the_corpus(own, unbuilt, released, tmp_path):
    assert TYPE not in read_schema().labels["entity_types"]
    for option, folder in [*ways(own, released, tmp_path), (["--corpus", unbuilt], tmp_path)]:
        assert TYPE in run_cli("schema", "gold/entities", *option, cwd=folder).stdout.decode("utf-8")
    assert TYPE not in run_cli("schema", "gold/entities", cwd=tmp_path).stdout.decode("utf-8")
    record = {"id": f"{DOC}.e0001", "start": 0, "end": 2, "text": "春节", "type": TYPE, "cluster": None}
    records = tmp_path / "records.jsonl"
    records.write_text(json.dumps(record) + "\n", encoding="utf-8")
    command = ["check", records, "--as", "gold/entities"]
    for option, folder in ways(own, released, tmp_path):
        assert run_cli(*command, *option, cwd=folder).returncode == 0
    assert run_cli(*command, cwd=tmp_path).returncode == 1
    assert_error(run_cli("check", "--corpus", own), 2, "--corpus")


def test_annotators_are_compared_with_the_labels_of_the_corpus_that_they_are_in(own, tmp_path):
    text = tmp_path / "text.txt"
    text.write_text("春节\n", encoding="utf-8")
    for name in ("mine", "yours"):
        (tmp_path / name).mkdir()
        record = {"id": f"{DOC}.e0001", "start": 0, "end": 2, "text": "春节", "type": TYPE, "cluster": None}
        (tmp_path / name / "entities.jsonl").write_text(json.dumps(record) + "\n", encoding="utf-8")
    command = ("agree", tmp_path / "mine", tmp_path / "yours")
    assert_error(run_cli(*command, cwd=tmp_path), 1, "mine/entities.jsonl:1: type: unknown label")
    for options, folder in ((["--corpus", own], tmp_path), ([], own)):
        done = run_cli(*command, *options, cwd=folder)
        assert (done.returncode, done.stderr) == (0, b"")
        assert TYPE in done.stdout.decode("utf-8")
    passes = own / "seeds" / DOC / "annotators"
    inside = run_cli("agree", passes / "pass-a", passes / "pass-b", "--format", "json", cwd=tmp_path)
    assert inside.returncode == 0, inside.stderr


def test_scores_are_against_the_corpus(own, released, tmp_path):
    seed = own / "seeds" / DOC
    gold = [json.loads(line) for line in (seed / "gold" / "stances.jsonl").read_text(encoding="utf-8").splitlines()]
    predictions = tmp_path / "predictions.jsonl"
    lines = (json.dumps({"id": cell["id"], "label": cell["label"]}) for cell in gold)
    predictions.write_text("\n".join(lines) + "\n", encoding="utf-8")
    for options, folder in [
        *ways(own, released, tmp_path),
        (["--repo", own], tmp_path),
        (["--repo", released], tmp_path),
    ]:
        done = run_cli("score", "stances-hant", predictions, "--format", "json", *options, cwd=folder)
        assert (done.returncode, done.stderr) == (0, b""), (options, done.stderr)
        assert json.loads(done.stdout.splitlines()[0])["value"] == 1
    done = run_cli("score", seed, predictions, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, b"")
    assert_error(run_cli("score", "stances-hant", predictions, cwd=tmp_path), 1, "ids are not answered")
    both = run_cli("score", "stances-hant", predictions, "--corpus", own, "--repo", released)
    assert_error(both, 2, "--corpus")


def test_what_has_not_been_built(unbuilt, tmp_path):
    predictions = tmp_path / "predictions.jsonl"
    predictions.write_text('{"id": "a", "label": "none"}\n', encoding="utf-8")
    commands = (["show"], ["page"], ["load", "clusters"], ["info"], ["score", "stances-hans", predictions])
    for command in commands:
        for options, folder in ((["--corpus", unbuilt], tmp_path), ([], unbuilt / "seeds")):
            done = run_cli(*command, *options, cwd=folder)
            assert_error(done, 1, f"{unbuilt}: this corpus has not been built yet\n  fix: run `zhengwen build`")
    for load in (Corpus.open, lambda path: zhengwen.load_dataset("clusters", repo=path)):
        with pytest.raises(ZhengwenError, match="has not been built yet"):
            load(unbuilt)


def test_what_is_no_corpus(tmp_path, own):
    predictions = tmp_path / "predictions.jsonl"
    predictions.write_text('{"id": "a", "label": "none"}\n', encoding="utf-8")
    before = tree(tmp_path)
    for command in (
        ["show"],
        ["page"],
        ["page", "--all", "--out", tmp_path / "pages"],
        ["load", "clusters"],
        ["info"],
        ["schema"],
        ["export", "tei"],
        ["score", "stances-hans", predictions],
        ["agree", tmp_path, tmp_path],
        ["check", predictions, "--as", "rows/stances"],
    ):
        assert_error(run_cli(*command, "--corpus", tmp_path), 1, f"{tmp_path}: no corpus here: neither a repository")
        assert_error(run_cli(*command, "--corpus", tmp_path / "none"), 1, "none: there is no such file or folder")
    for command in (["new", "a-1", "--from", predictions], ["import", "brat", tmp_path]):
        assert_error(run_cli(*command, "--corpus", tmp_path), 1, f"{tmp_path}: not inside a zhengwen repository")
        assert_error(run_cli(*command, cwd=tmp_path), 1, "not inside a zhengwen repository")
    assert tree(tmp_path) == before
    with pytest.raises(ZhengwenError, match="no corpus here"):
        Corpus.open(tmp_path)
    with pytest.raises(ZhengwenError, match="no corpus here"):
        zhengwen.load_dataset("clusters", repo=tmp_path)


def test_a_release_without_its_texts(own, tmp_path):
    folder = tmp_path / "withheld"
    assert run_cli("build", own, "--without-text", "--out", folder).returncode == 0
    for command in (["show"], ["load", "clusters"], ["export", "tei"], ["page"]):
        assert_error(
            run_cli(*command, "--corpus", folder), 1, f"{folder}: a release without its texts\n  fix: put them"
        )


def test_python_takes_a_repository_or_a_release(own, released):
    for path in (own, str(own), own / "seeds", own / "corpus", released):
        corpus = Corpus.open(path)
        assert [document.id for document in corpus] == [DOC]
        assert corpus.title == "Own: a corpus"
        assert TYPE in corpus.schema.labels["entity_types"]
        assert set(zhengwen.load_dataset("stances", "hant", repo=path)["doc_id"]) == {DOC}
    assert corpus_folder(own) == own / "corpus"
    assert [document.id for document in Corpus.open()] == [ARTICLE]
    with pytest.raises(zhengwen.UnknownNameError, match="unknown layer 'x'; there are: clusters, documents, entities"):
        zhengwen.load_dataset("x", repo=own)


def test_a_page_has_the_title_of_its_corpus(own, tmp_path):
    assert run_cli("page", "--all", "--out", tmp_path, "--corpus", own).returncode == 0
    for page in ("index.html", f"{DOC}.html"):
        html = (tmp_path / page).read_text(encoding="utf-8")
        assert "Own: a corpus" in html
        assert f'<meta name="generator" content="zhengwen {zhengwen.__version__}">' in html
        assert html.count("zhengwen") == 2, "the generator, in the head and in the foot"


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("zhengwen show my", [DOC]),
        ("zhengwen export tei my", [DOC]),
        ("zhengwen load stances-hant-", ["stances-hant-hk", "stances-hant-tw"]),
        ("zhengwen schema rows/st", ["rows/stances"]),
    ],
)
def test_a_shell_completes_names_of_the_corpus(typed, offered, own, unbuilt, tmp_path):
    def completed(typed: str, folder: Path) -> list[str]:
        request = {"_ZHENGWEN_COMPLETE": "complete_bash", "COMP_WORDS": typed, "COMP_CWORD": str(typed.count(" "))}
        done = run(env=os.environ | request, cwd=folder)
        assert done.stderr == b""
        return done.stdout.decode("utf-8").split()

    command, name = typed.rsplit(" ", 1)
    assert completed(typed, own) == offered
    assert completed(f"{command} --corpus {own} {name}", tmp_path) == offered
    assert completed(f"{command} --corpus {tmp_path} {name}", own) == []
    if "show" in typed:
        assert completed(typed, unbuilt) == []
    if "export" in typed:
        assert completed(typed, unbuilt) == offered


def test_the_schema_of_a_dataset_on_a_hub(own, tmp_path, monkeypatch):
    snapshot = shutil.copytree(own / "corpus", tmp_path / "snapshots" / "0123abcd")
    monkeypatch.setattr(huggingface_hub, "hf_hub_download", lambda repo, path, **_: str(snapshot / path))
    assert TYPE in schema_of("ORG/NAME").labels["entity_types"]
    assert statement("ORG/NAME", None).base == "hans"
    labels = snapshot / "schema" / "labels.yaml"
    labels.write_text(labels.read_text(encoding="utf-8").replace("A gene.", "A cell."), encoding="utf-8", newline="\n")
    with pytest.raises(ReleaseMismatchError, match=r"ORG/NAME: schema/labels\.yaml: "):
        schema_of("ORG/NAME")
