"""A release without its texts: no word is left in it, and with a text it becomes the release again, byte for byte."""

import json
import re
import shutil
from pathlib import Path

import pytest
from conftest import ARTICLE, ROOT, tree
from hypothesis import given
from hypothesis import strategies as st
from test_new import CLEAN, DOC, run

import zhengwen
from zhengwen.draft import start
from zhengwen.editions import EDITIONS
from zhengwen.errors import ZhengwenError
from zhengwen.release.build import build
from zhengwen.release.hydrate import hydrate
from zhengwen.release.layout import MANIFEST
from zhengwen.release.manifest import paths_in, sha256
from zhengwen.release.withheld import build_without_text
from zhengwen.release.withholding import Withholder
from zhengwen.schema import read_schema
from zhengwen.seeds import read_seed

SEED = ROOT / "seeds" / ARTICLE
_LETTER = re.compile("[\u3400-\u9fff\U00020000-\U000323af]|[^\\W\\d_]")


@pytest.fixture(scope="module")
def withheld(tmp_path_factory) -> Path:
    """The release of this checkout, without its text."""
    folder = tmp_path_factory.mktemp("rights") / "annotation"
    build_without_text(ROOT, folder)
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
    # The readings, which the site put into every page, and the id of the document may stay.
    policy = read_seed(SEED).policy
    allowed = runs("\n".join(policy.glosses.values())) | runs(ARTICLE)
    left = {}
    for path in paths_in(withheld):
        content = (withheld / path).read_text(encoding="utf-8")
        assert "\\u" not in content
        if words := (runs(content) & of_article) - allowed:
            left[path] = sorted(words)
    assert left == {}


@pytest.mark.parametrize("edition", ["hans", "restored", "received"])
def test_each_edition_gives_the_release_back(withheld, tmp_path, edition):
    text = tmp_path / "text.txt"
    document = next(iter(zhengwen.Corpus.open()))
    text.write_text(document.text(edition), encoding="utf-8", newline="\n")
    proof = hydrate(withheld, [text], tmp_path / "whole")
    hydrated, committed = (
        {path: (folder / path).read_bytes() for path in paths_in(folder)}
        for folder in (tmp_path / "whole", ROOT / "corpus")
    )
    assert hydrated.keys() == committed.keys()
    manifest = json.loads(hydrated[MANIFEST])
    assert (proof.version, proof.digest) == (zhengwen.__version__, manifest["data"]["digest"])
    assert proof.files == proof.of == len(hydrated) - 1
    # Other versions of the libraries may have written the committed bytes; the data are the same.
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


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda folder: _edit(folder, f"seeds/{ARTICLE}/gold/quotes.jsonl", lambda text: text[:-9]),
            "quotes.jsonl: is ",
        ),
        (lambda folder: (folder / "schema/labels.yaml").unlink(), "there is no such file"),
        (lambda folder: (folder / "more.txt").write_text("", encoding="utf-8"), "names no such file"),
        (lambda folder: _edit(folder, MANIFEST, lambda text: text[:-9]), "not JSON"),
        (lambda folder: (folder / MANIFEST).unlink(), "there is no such file"),
        (
            lambda folder: _edit(
                folder,
                MANIFEST,
                lambda text: text.replace(f'"version": "{zhengwen.__version__}"', '"version": "0.0.9"'),
            ),
            "made by version 0.0.9",
        ),
        (lambda folder: shutil.copy(ROOT / "corpus" / MANIFEST, folder), "not a release without texts"),
    ],
)
def test_a_folder_that_is_not_complete(copy, tmp_path, change, message):
    change(copy)
    with pytest.raises(ZhengwenError, match=message):
        hydrate(copy, [SEED / "text.txt"], tmp_path / "whole")
    assert not (tmp_path / "whole").exists()


def test_another_release_is_not_written(copy, tmp_path):
    # Every file matches the manifest, but is not what the release was made from.
    changed = f"seeds/{ARTICLE}/gold/stances.jsonl"
    _edit(copy, changed, lambda text: text.replace('"certain"', '"uncertain"', 1))
    manifest = json.loads((copy / MANIFEST).read_text(encoding="utf-8"))
    for entry in manifest["files"]:
        if entry["path"] == changed:
            data = (copy / changed).read_bytes()
            entry.update(size=len(data), sha256=sha256(data))
    (copy / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(ZhengwenError, match="the result is not the release"):
        hydrate(copy, [SEED / "text.txt"], tmp_path / "whole")
    assert not (tmp_path / "whole").exists()


def test_a_folder_with_something_else_is_left_alone(withheld, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("mine", encoding="utf-8")
    for write in (
        lambda: build_without_text(ROOT, tmp_path / "mine"),
        lambda: hydrate(withheld, [SEED / "text.txt"], tmp_path / "mine"),
    ):
        with pytest.raises(ZhengwenError, match="holds something else"):
            write()
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.txt"]


@pytest.mark.slow
def test_two_documents_from_the_command_line(repository, tmp_path, capsys):
    corpus, out, hydrated = repository / "corpus", tmp_path / "annotation", tmp_path / "hydrated"
    seed = start(repository, DOC, CLEAN.read_bytes(), read_schema(repository / "schema"))
    build(repository)
    code, output, _ = run(capsys, "build", repository, "--without-text", "--out", out)
    assert code == 0
    assert (out / MANIFEST).as_posix() in output.splitlines()
    assert (seed / "document.yaml").relative_to(repository).as_posix() in paths_in(out)
    received = ["--text", SEED / "received.txt"]
    code, _, messages = run(capsys, "hydrate", out, *received, "--out", hydrated)
    assert code == 1
    assert f"no text of {DOC}" in messages
    assert not hydrated.exists()
    code, _, messages = run(capsys, "hydrate", out, "--text", seed / "text.txt", *received, "--out", hydrated)
    assert code == 0, messages
    assert "byte for byte" in messages
    assert tree(hydrated) == tree(corpus)


@pytest.mark.parametrize("options", [["--without-text"], ["--out", "x"], ["--without-text", "--out", "x", "--release"]])
def test_options_that_exclude_each_other(repository, capsys, options):
    code, _, messages = run(capsys, "build", repository, *options)
    assert code == 1
    assert "go together" in messages


_TEXT = st.text(st.sampled_from("春节至今热度攀升，。AIDeepSek \n2著着"), min_size=1, max_size=60)


@given(
    st.lists(_TEXT, min_size=1, max_size=3),
    st.lists(_TEXT | st.text(st.characters(exclude_categories=["Cs"]), max_size=9)),
)
def test_words_are_put_back_and_none_is_left(texts, pieces):
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
