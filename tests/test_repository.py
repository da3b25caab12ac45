"""A repository is read once: its schema, each of its documents, and the release that it gives."""

import json
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import ARTICLE, copy_repository, run_cli, tree
from test_new import CLEAN, DOC

import zhengwen
from zhengwen import check
from zhengwen.checks import level5
from zhengwen.errors import ZhengwenError
from zhengwen.release import build
from zhengwen.repository import level2, level3
from zhengwen.repository.documents import DocumentFiles
from zhengwen.repository.reading import Repository, read_document
from zhengwen.schema import read_schema


@pytest.fixture
def calls(monkeypatch) -> Counter:
    """The calls of functions that a command must call only once for a repository or a document, counted."""
    counts: Counter = Counter()

    def count(module, function: str, key: Callable[..., str]) -> None:
        original = getattr(module, function)

        def counted(*arguments, **options):
            if name := key(*arguments):
                counts[name] += 1
            return original(*arguments, **options)

        monkeypatch.setattr(module, function, counted)

    count(level2, "read_schema", lambda folder: f"read_schema {folder.parent.name}")
    count(level3, "assemble", lambda seed, schema: f"assemble {seed.id}")
    for module in (build, level5):
        # One that was computed before is only given a new history.
        count(module, "release", lambda repository, computed=None: not computed and f"release {repository.root.name}")
    return counts


@pytest.fixture(scope="module")
def two_documents(tmp_path_factory) -> Path:
    """A repository with the article and a draft of another document, both released."""
    repository = copy_repository(tmp_path_factory.mktemp("two") / "repository")
    options = ["--publisher", "河港周报", "--rights", "Ours.", "--path", repository]
    process = run_cli("new", DOC, "--from", CLEAN, *options)
    assert process.returncode == 0, process.stderr
    process = run_cli("build", repository)
    assert process.returncode == 0, process.stderr
    return repository


@pytest.mark.parametrize("command", [["check"], ["build"], ["build", "--release"]], ids=" ".join)
def test_everything_is_read_and_computed_once(two_documents, tmp_path, calls, command):
    repository = shutil.copytree(two_documents, tmp_path / "repository")
    process = run_cli(command[0], repository, *command[1:])
    assert process.returncode == 0, process.stderr
    assert calls == {
        "read_schema repository": 1,
        f"assemble {ARTICLE}": 1,
        f"assemble {DOC}": 1,
        "release repository": 1,
    }


def test_a_build_gives_what_a_check_expects(two_documents):
    before = tree(two_documents)
    process = run_cli("check", two_documents)
    assert (process.returncode, process.stdout, process.stderr) == (0, b"", b"all well\n")
    assert tree(two_documents) == before


def test_a_release_adds_one_line_to_the_ledger(two_documents, tmp_path):
    repository = shutil.copytree(two_documents, tmp_path / "repository")
    before = (repository / "releases.jsonl").read_text(encoding="utf-8")
    for _ in range(2):
        process = run_cli("build", repository, "--release")
        assert process.returncode == 0, process.stderr
        added = (repository / "releases.jsonl").read_text(encoding="utf-8").removeprefix(before)
        manifest = json.loads((repository / "corpus" / "manifest.json").read_text(encoding="utf-8"))
        entry = {"version": zhengwen.__version__, "date": manifest["date"], "digest": manifest["data"]["digest"]}
        assert json.loads(added) == entry


def damage_text(folder: Path) -> None:
    path = folder / "text.txt"
    path.write_bytes(b"\xff" + path.read_bytes())


def drop_sentence(folder: Path) -> None:
    path = folder / "gold" / "sentences.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[1:]))


def remove_folder(folder: Path) -> None:
    shutil.rmtree(folder)


@pytest.mark.parametrize("change", [None, damage_text, drop_sentence, remove_folder])
@pytest.mark.parametrize("changed_id", [ARTICLE, DOC])
def test_a_document_is_read_independently_of_the_others(two_documents, tmp_path, change, changed_id):
    """Whatever is wrong with one document, the other is read as it is alone."""
    repository = shutil.copytree(two_documents, tmp_path / "repository")
    if change is not None:
        change(repository / "seeds" / changed_id)
    schema = read_schema(repository / "schema")
    documents = {document.id: document for document in Repository.read(repository).documents}
    assert documents.keys() == {ARTICLE, DOC} - ({changed_id} if change is remove_folder else set())
    for id, document in documents.items():
        alone = read_document(DocumentFiles(repository, repository / "seeds" / id), schema, 4)
        assert alone.findings == document.findings
        assert alone.seed == document.seed
        assert alone.rounds == document.rounds
        for read in (alone, document):
            assert (read.document is not None) == (change is None or id != changed_id or change is drop_sentence)
        if document.document:
            assert alone.document.gold == document.document.gold
            for edition in document.document.editions:
                assert alone.document.text(edition) == document.document.text(edition)
        # A fault is a finding of its own document, and of no other.
        assert bool(document.findings) == (change is not None and id == changed_id)


def test_a_document_without_quotations_can_be_released(tmp_path):
    repository = copy_repository(tmp_path / "repository")
    article = tmp_path / "line.txt"
    article.write_text("天气很好。", encoding="utf-8")
    process = run_cli("new", "short-2025-line", "--from", article, "--path", repository)
    assert process.returncode == 0, process.stderr
    for command in ("build", "check"):
        process = run_cli(command, repository)
        assert process.returncode == 0, process.stderr


def test_a_check_says_why_a_build_cannot_succeed(two_documents, tmp_path, monkeypatch):
    repository = shutil.copytree(two_documents, tmp_path / "repository")
    (repository / "corpus" / "LICENSE").unlink()

    def refuse(*arguments):
        raise ZhengwenError("the card cannot be made")

    monkeypatch.setattr(build, "card", refuse)
    (finding,) = check(repository)
    assert finding.id == "corpus-stale"
    assert "no release can be made of this repository: the card cannot be made" in finding.message
