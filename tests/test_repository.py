"""A repository is read once: its schema, each of its documents, and the release that it gives."""

import json
import os
import shutil
import socket
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
from zhengwen.release.manifest import schema_digest, sha256
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
    options = ["--publisher", "河港周报", "--rights", "Ours.", "--corpus", repository]
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
        entry = json.loads(added)
        assert list(entry) == ["version", "date", "digest", "schema", "licence"]
        assert entry["version"] == zhengwen.__version__
        assert (entry["date"], entry["digest"]) == (manifest["date"], manifest["data"]["digest"])
        guidelines = (repository / "schema" / "GUIDELINES.md").read_text(encoding="utf-8")
        assert entry["schema"] == schema_digest(read_schema(repository / "schema"), guidelines)
        assert entry["licence"] == sha256((repository / "corpus" / "LICENSE").read_bytes())


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
        alone = read_document(DocumentFiles(repository, repository / "seeds" / id, schema.design), schema, 4)
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
    process = run_cli("new", "short-2025-line", "--from", article, "--corpus", repository)
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


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8", newline="\n")


def assert_not_released(repository: Path, message: str) -> None:
    """``build --release`` fails with this message, and writes nothing."""
    before = tree(repository)
    process = run_cli("build", repository, "--release")
    assert (process.returncode, process.stdout) == (1, b"")
    assert message in process.stderr.decode("utf-8")
    assert tree(repository) == before


@pytest.fixture(scope="module")
def released(tmp_path_factory) -> Path:
    """A repository of which this version is released."""
    repository = copy_repository(tmp_path_factory.mktemp("released") / "repository")
    process = run_cli("build", repository, "--release")
    assert process.returncode == 0, process.stderr
    return repository


@pytest.mark.parametrize(
    ("file", "old", "new", "changed"),
    [
        ("schema/labels.yaml", "LANGUAGE: A named", "LANGUAGE: A natural", "schema"),
        ("schema/rows/sentences.yaml", "description: One", "description: Each", "schema"),
        ("seeds/corpus.yaml", "CC-BY-4.0", "CC-BY-SA-4.0", "licence"),
    ],
)
def test_what_a_released_version_means_does_not_change(released, tmp_path, file, old, new, changed):
    repository = shutil.copytree(released, tmp_path / "repository")
    replace(repository / file, old, new)
    (finding,) = check(repository)
    assert (finding.id, finding.file, finding.field) == ("release-changed", "releases.jsonl", changed)
    assert_not_released(repository, str(finding))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda heading: heading[:-2] + "00", "is not a valid date"),
        (lambda heading: heading[:-10] + "2001-01-01", "later than 2001-01-01 of version"),
        (lambda heading: f"{heading}\n\n{heading}", "a second section for version"),
        (lambda heading: heading.replace(zhengwen.__version__, "99.0.0"), "no section for version"),
    ],
)
def test_a_version_with_a_wrong_heading_is_not_released(tmp_path, change, message):
    repository = copy_repository(tmp_path / "repository")
    changelog = repository / "CHANGELOG.md"
    (heading,) = [
        line for line in changelog.read_text("utf-8").split("\n") if line.startswith(f"## [{zhengwen.__version__}]")
    ]
    replace(changelog, heading, change(heading))
    assert_not_released(repository, message)


def test_a_version_older_than_the_ledger_is_not_released(tmp_path):
    repository = copy_repository(tmp_path / "repository")
    line = {"version": "99.0.0", "date": "9999-12-31", "digest": "0" * 64}
    with (repository / "releases.jsonl").open("a", encoding="utf-8") as ledger:
        ledger.write(json.dumps(line) + "\n")
    assert_not_released(repository, "[version-older]")


def test_a_socket_is_never_read(tmp_path, monkeypatch):
    repository = copy_repository(tmp_path / "repository")
    monkeypatch.chdir(repository / "corpus")  # the address of a socket is short
    with socket.socket(socket.AF_UNIX) as address:
        address.bind("LICENSE.socket")
    (finding,) = check(repository)
    assert (finding.id, finding.file, finding.message) == ("special-file", "corpus/LICENSE.socket", "is a socket")


def test_documents_whose_ids_look_alike(two_documents, tmp_path):
    repository = shutil.copytree(two_documents, tmp_path / "repository")
    alike = DOC.replace("0", "o")
    shutil.copytree(repository / "seeds" / DOC, repository / "seeds" / alike)
    (finding,) = check(repository)
    assert (finding.id, finding.file) == ("key-alike", "seeds")
    assert finding.message == f"{alike!r} looks like {DOC!r}"


def test_names_that_are_not_text_are_findings(tmp_path):
    repository = copy_repository(tmp_path / "repository")
    names = [os.fsdecode(name) for name in (b"schema/a\nb.yaml", b"seeds/\x1b[31m", b"seeds/x\xff")]
    for name in names:
        (repository / name).write_bytes(b"x")
    assert [(finding.id, finding.file) for finding in check(repository)] == [("unknown-file", name) for name in names]
