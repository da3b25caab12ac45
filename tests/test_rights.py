"""A release without its texts: it holds no words of them, and a text turns it into the release again, byte for byte."""

import json
import re
import shutil
from pathlib import Path

import pytest
from conftest import ARTICLE, REPOSITORY, ROOT, assert_error, run_cli, tree
from hypothesis import given
from hypothesis import strategies as st
from test_new import CLEAN, DOC

import zhengwen
from zhengwen.draft import start
from zhengwen.editions import EDITIONS
from zhengwen.errors import ZhengwenError
from zhengwen.files import canonical_json
from zhengwen.release.build import release, write_release
from zhengwen.release.hydrate import hydrate
from zhengwen.release.layout import MANIFEST
from zhengwen.release.manifest import paths_in, sha256
from zhengwen.release.withheld import RELEASE_MANIFEST, build_without_text
from zhengwen.release.withholding import Withholder
from zhengwen.repository.reading import Repository
from zhengwen.schema import read_schema
from zhengwen.seeds import read_seed

SEED = REPOSITORY / "seeds" / ARTICLE
_LETTER = re.compile("[\u3400-\u9fff\U00020000-\U000323af]|[^\\W\\d_]")


@pytest.fixture(scope="module")
def checkout() -> Repository:
    """This checkout."""
    return Repository.read(REPOSITORY)


@pytest.fixture(scope="module")
def withheld(checkout, tmp_path_factory) -> Path:
    """The release of this checkout, without its text."""
    folder = tmp_path_factory.mktemp("rights") / "annotation"
    build_without_text(checkout, folder)
    return folder


@pytest.fixture
def copy(withheld, tmp_path) -> Path:
    """A copy of it, to damage."""
    return Path(shutil.copytree(withheld, tmp_path / "annotation"))


def runs(text: str, length: int = 4) -> set[str]:
    """Every run of ``length`` characters within a line that has a letter of any script in it."""
    windows = {line[start : start + length] for line in text.split("\n") for start in range(len(line) - length + 1)}
    return {window for window in windows if _LETTER.search(window)}


def test_no_word_of_the_text_is_left(withheld):
    document = next(iter(zhengwen.Corpus.open()))
    of_article = set().union(*(runs(document.text(edition)) for edition in EDITIONS))
    # The glosses, which the site put into every page, and the id of the document may stay.
    policy = read_seed(SEED, read_schema().design).policy
    allowed = runs("\n".join(policy.glosses.values())) | runs(ARTICLE)
    remaining = {}
    for path in paths_in(withheld):
        content = (withheld / path).read_text(encoding="utf-8")
        assert "\\u" not in content
        if words := (runs(content) & of_article) - allowed:
            remaining[path] = sorted(words)
    assert remaining == {}


@pytest.mark.parametrize("edition", ["hans", "restored", "received"])
def test_each_edition_restores_the_release(withheld, tmp_path, edition):
    text = tmp_path / "text.txt"
    document = next(iter(zhengwen.Corpus.open()))
    text.write_text(document.text(edition), encoding="utf-8", newline="\n")
    proof = hydrate(withheld, [text], tmp_path / "whole")
    hydrated, committed = (
        {path: (folder / path).read_bytes() for path in paths_in(folder)}
        for folder in (tmp_path / "whole", REPOSITORY / "corpus")
    )
    assert hydrated.keys() == committed.keys()
    manifest = json.loads(hydrated[MANIFEST])
    assert (proof.version, proof.digest) == (zhengwen.__version__, manifest["data"]["digest"])
    assert proof.files == proof.of == len(hydrated) - 1
    # Other versions of the libraries may have written the committed bytes, but the data are the same.
    assert manifest["data"] == json.loads(committed[MANIFEST])["data"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: "\N{ZERO WIDTH NO-BREAK SPACE}" + text, "is the text except for its byte order mark"),
        (lambda text: text.replace("\n", "\r\n"), "is the text except for its line ends"),
        (lambda text: text + "\n\n", "is the text except for line ends after the last line"),
        (lambda text: text.replace("\n", " \n"), "is the text except for blanks at the ends of lines"),
        (lambda text: text.replace("春节", "春天"), r"paragraphs are those of .* \(hans\); line 1 is not"),
        (lambda text: "别的文章。" * 9, "no paragraph is the same"),
        (lambda text: "", "no paragraph is the same"),
    ],
)
def test_a_text_that_is_not_of_the_release(withheld, tmp_path, change, message):
    text = tmp_path / "text.txt"
    text.write_text(change((SEED / "text.txt").read_text(encoding="utf-8")), encoding="utf-8", newline="")
    with pytest.raises(ZhengwenError, match=message):
        hydrate(withheld, [text], tmp_path / "whole")
    assert not (tmp_path / "whole").exists()


def test_a_text_that_is_not_utf8(withheld, tmp_path):
    text = tmp_path / "text.txt"
    text.write_bytes((SEED / "text.txt").read_text(encoding="utf-8").encode("gb18030"))
    with pytest.raises(ZhengwenError, match="not UTF-8"):
        hydrate(withheld, [text], tmp_path / "whole")


def _edit(folder: Path, path: str, change) -> None:
    file = folder / path
    file.write_text(change(file.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")


def _made_by(folder: Path, version: str) -> None:
    manifest = json.loads((folder / RELEASE_MANIFEST).read_text(encoding="utf-8"))
    manifest["made_with"]["zhengwen"] = version
    write_stated(folder, RELEASE_MANIFEST, json.dumps(manifest))


def _without_text_of(folder: Path, edition: str) -> None:
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    del manifest["documents"][0]["texts"][edition]
    write_stated(folder, MANIFEST, json.dumps(manifest))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda folder: _edit(folder, f"seeds/{ARTICLE}/gold/quotes.jsonl", lambda text: text[:-9]),
            "quotes.jsonl: is ",
        ),
        (lambda folder: (folder / "schema/labels.yaml").unlink(), "there is no such file"),
        (lambda folder: (folder / "more.txt").write_text("", encoding="utf-8"), "is not listed in the manifest"),
        (lambda folder: _edit(folder, MANIFEST, lambda text: text[:-9]), "not JSON"),
        (lambda folder: (folder / MANIFEST).unlink(), "there is no such file"),
        (lambda folder: _made_by(folder, "0.0.9"), "made by zhengwen 0.0.9"),
        (lambda folder: _without_text_of(folder, "hans"), "says nothing of its text in hans"),
        (lambda folder: shutil.copy(REPOSITORY / "corpus" / MANIFEST, folder), "not a release without texts"),
    ],
)
def test_a_folder_that_is_not_complete(copy, tmp_path, change, message):
    change(copy)
    with pytest.raises(ZhengwenError, match=message):
        hydrate(copy, [SEED / "text.txt"], tmp_path / "whole")
    assert not (tmp_path / "whole").exists()


def write_stated(folder: Path, path: str, content: str) -> None:
    """Write a file, and state its new size and hash in the manifest."""
    data = content.encode("utf-8")
    (folder / path).write_bytes(data)
    if path != MANIFEST:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        entry = next(entry for entry in manifest["files"] if entry["path"] == path)
        entry.update(size=len(data), sha256=sha256(data))
        (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")


MISSING = object()


@pytest.mark.parametrize(
    ("name", "field", "value", "message"),
    [
        (MANIFEST, "version", MISSING, "version: is missing"),
        (MANIFEST, "version", 2, "version: must be of type string"),
        (MANIFEST, "documents", 5, "documents: must be of type list"),
        (MANIFEST, "documents.0", 5, "documents.0: must be of type dict"),
        (MANIFEST, "documents.0.id", MISSING, "documents.0.id: is missing"),
        (MANIFEST, "documents.0.id", "../../elsewhere", "documents.0.id: must match"),
        (MANIFEST, "documents.0.script", [], "documents.0.script: must be of type string"),
        (MANIFEST, "documents.0.texts", MISSING, "documents.0.texts: is missing"),
        (MANIFEST, "documents.0.texts.received.sha256", MISSING, "documents.0.texts.received.sha256: is missing"),
        (MANIFEST, "documents.0.texts.hans.paragraphs", 5, "documents.0.texts.hans.paragraphs: must be of type list"),
        (MANIFEST, "documents.0.texts.hans.corrections", 5, "documents.0.texts.hans.corrections: must be of type list"),
        (MANIFEST, "documents.0.texts.received.corrections", [[1]], "documents.0.texts.received.corrections.0"),
        (
            MANIFEST,
            "documents.0.texts.received.corrections",
            [["a", "b"]],
            "documents.0.texts.received.corrections.0.0: must be of type integer",
        ),
        (MANIFEST, "files", 5, "files: must be of type list"),
        (MANIFEST, "files.0.size", "5", "files.0.size: must be of type integer"),
        (RELEASE_MANIFEST, "data", MISSING, "data: is missing"),
        (RELEASE_MANIFEST, "data.digest", 5, "data.digest: must be of type string"),
        (RELEASE_MANIFEST, "made_with", 5, "made_with: must be of type dict"),
        (RELEASE_MANIFEST, "made_with.pyarrow", 5, "made_with.pyarrow: must be of type string"),
        (RELEASE_MANIFEST, "files", 5, "files: must be of type list"),
        (RELEASE_MANIFEST, "files.0.path", MISSING, "files.0.path: is missing"),
        (RELEASE_MANIFEST, "files.0.sha256", "0" * 63, "files.0.sha256: must match [0-9a-f]{64}"),
        (RELEASE_MANIFEST, "files.0.size", -1, "files.0.size: must be at least 0"),
        (RELEASE_MANIFEST, "version", MISSING, "version: is missing"),
    ],
)
def test_a_manifest_of_another_shape(copy, tmp_path, name, field, value, message):
    manifest = json.loads((copy / name).read_text(encoding="utf-8"))
    place, *steps = manifest, *(int(step) if step.isdecimal() else step for step in field.split("."))
    for step in steps[:-1]:
        place = place[step]
    if value is MISSING:
        del place[steps[-1]]
    else:
        place[steps[-1]] = value
    write_stated(copy, name, json.dumps(manifest))
    with pytest.raises(ZhengwenError, match=re.escape(message)) as raised:
        hydrate(copy, [SEED / "text.txt"], tmp_path / "whole")
    # The files are what any manifest has, so they are looked at before it is known which release it is of.
    kind = "the manifest of a release" + " without texts" * (name == MANIFEST)
    kind = "a manifest" if name == MANIFEST and field.startswith("files") else kind
    assert raised.value.message.startswith(f"{copy / name}: not {kind}: {message}")
    assert raised.value.fix == "use the folder as it was built"
    assert not (tmp_path / "whole").exists()


@pytest.mark.parametrize("name", [MANIFEST, RELEASE_MANIFEST])
def test_a_manifest_that_lists_a_file_twice(copy, tmp_path, name):
    manifest = json.loads((copy / name).read_text(encoding="utf-8"))
    manifest["files"].append(manifest["files"][0])
    write_stated(copy, name, json.dumps(manifest))
    with pytest.raises(ZhengwenError, match=f"{name}: not the manifest of .* is listed twice") as raised:
        hydrate(copy, [SEED / "text.txt"], tmp_path / "whole")
    assert raised.value.fix == "use the folder as it was built"


@pytest.mark.parametrize("content", ["", "[]", "5", "[" * 100_000, '{"documents": {}, "files": []}', "\ufeff{}"])
@pytest.mark.parametrize("name", [MANIFEST, RELEASE_MANIFEST])
def test_a_manifest_that_is_none(copy, tmp_path, name, content):
    write_stated(copy, name, content)
    with pytest.raises(ZhengwenError, match=f"{name}: not"):
        hydrate(copy, [SEED / "text.txt"], tmp_path / "whole")


def test_another_release_is_not_written(copy, tmp_path):
    # Every file matches the manifest and passes the checks, but the release was not made from these files.
    changed = {
        f"seeds/{ARTICLE}/gold/stances.jsonl": (19, {"certainty": "certain"}),
        f"seeds/{ARTICLE}/annotators/adjudication.jsonl": (2, {"decision": "certain"}),
    }
    for path, (number, fields) in changed.items():
        records = [json.loads(line) for line in (copy / path).read_text(encoding="utf-8").splitlines()]
        assert records[number - 1] != records[number - 1] | fields
        records[number - 1] |= fields
        content = "".join(canonical_json(record) + "\n" for record in records)
        (copy / path).write_text(content, encoding="utf-8", newline="\n")
    manifest = json.loads((copy / MANIFEST).read_text(encoding="utf-8"))
    for entry in manifest["files"]:
        if entry["path"] in changed:
            data = (copy / entry["path"]).read_bytes()
            entry.update(size=len(data), sha256=sha256(data))
    (copy / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(ZhengwenError, match="the result is not the release"):
        hydrate(copy, [SEED / "text.txt"], tmp_path / "whole")
    assert not (tmp_path / "whole").exists()


def test_a_folder_that_holds_something_else_is_not_replaced(checkout, withheld, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("mine", encoding="utf-8")
    for write in (
        lambda: build_without_text(checkout, tmp_path / "mine"),
        lambda: hydrate(withheld, [SEED / "text.txt"], tmp_path / "mine"),
    ):
        with pytest.raises(ZhengwenError, match="holds something else"):
            write()
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.txt"]


def test_a_release_of_the_other_kind_is_not_replaced(checkout, copy, tmp_path):
    corpus = shutil.copytree(REPOSITORY / "corpus", tmp_path / "corpus")
    before = tree(tmp_path)
    for write in (
        lambda: build_without_text(checkout, corpus),
        lambda: hydrate(copy, [SEED / "text.txt"], copy),
    ):
        with pytest.raises(ZhengwenError, match="holds something else"):
            write()
    assert tree(tmp_path) == before


@pytest.mark.slow
def test_two_documents_from_the_command_line(repository, tmp_path):
    corpus, out, hydrated = repository / "corpus", tmp_path / "annotation", tmp_path / "hydrated"
    seed = start(repository, DOC, CLEAN.read_bytes(), read_schema(repository / "schema"))
    write_release(release(Repository.read(repository)), repository)
    process = run_cli("build", repository, "--without-text", "--out", out)
    assert process.returncode == 0, process.stderr
    assert (out / MANIFEST).as_posix() in process.stdout.decode("utf-8").splitlines()
    assert (seed / "document.yaml").relative_to(repository).as_posix() in paths_in(out)
    received = ["--text", SEED / "received.txt"]
    assert_error(run_cli("hydrate", out, *received, "--out", hydrated), 1, f"no text of {DOC}")
    assert not hydrated.exists()
    process = run_cli("hydrate", out, "--text", seed / "text.txt", *received, "--out", hydrated)
    assert process.returncode == 0, process.stderr
    assert "byte for byte" in process.stderr.decode("utf-8")
    assert tree(hydrated) == tree(corpus)


@pytest.mark.parametrize("options", [["--without-text"], ["--out", "x"], ["--without-text", "--out", "x", "--release"]])
def test_options_that_exclude_each_other(options):
    assert_error(run_cli("build", ROOT, *options), 1, "go together")


_TEXT = st.text(st.sampled_from("春节至今热度攀升，。AIDeepSek \n2著着"), min_size=1, max_size=60)


@given(
    st.lists(_TEXT, min_size=1, max_size=3),
    st.lists(_TEXT | st.text(st.characters(exclude_categories=["Cs"]), max_size=9)),
)
def test_words_are_withheld_and_put_back(texts, pieces):
    withholder = Withholder(texts)
    content = "".join([*texts, *pieces]).replace("⟦", "[").replace("⟧", "]")
    withheld = withholder.withhold(content)
    assert withholder.put_back(withheld) == content
    chinese = {
        run
        for text in texts
        for run in runs(text, 2)
        if re.search("[\u3400-\u9fff]", run) and not re.search(r"\s", run)
    }
    assert not {run for run in chinese if run in re.sub("⟦.*?⟧", "\n", withheld)}


@pytest.mark.parametrize("content", ["⟦0:99⟧", "⟦3:3⟧", "⟦2.0:1⟧", "⟦hant 7:9⟧"])
def test_a_span_that_the_text_does_not_have(content):
    with pytest.raises(ZhengwenError, match="is not a span of these texts"):
        Withholder(["春节至今。"]).put_back(content)
