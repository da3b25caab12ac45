"""A release without its texts: no word is left in it, and who has a text gets the release back, byte for byte."""

import json
import re
import shutil
from pathlib import Path

import pytest
from conftest import ARTICLE, ROOT
from hypothesis import given
from hypothesis import strategies as st
from test_new import CLEAN, DOC, run

import zhengwen
from zhengwen.editions import EDITIONS
from zhengwen.errors import ZhengwenError
from zhengwen.release.hydrate import hydrate
from zhengwen.release.manifest import MANIFEST, paths_in, sha256
from zhengwen.release.withheld import build_without_text
from zhengwen.release.words import Words
from zhengwen.seeds import read_seed

SEED = ROOT / "seeds" / ARTICLE
_WORDS = re.compile("[\u3400-\u9fff\U00020000-\U000323af]|[^\\W\\d_]")


@pytest.fixture(scope="module")
def withheld(tmp_path_factory) -> Path:
    """The release of this checkout, without its text."""
    folder = tmp_path_factory.mktemp("rights") / "annotation"
    build_without_text(ROOT, folder)
    return folder


@pytest.fixture
def copy(withheld, tmp_path) -> Path:
    """A copy of it, to spoil."""
    return Path(shutil.copytree(withheld, tmp_path / "annotation"))


def runs(text: str, length: int = 4) -> set[str]:
    """Every run of so many characters within a line that has a letter of any script in it."""
    found = {line[at : at + length] for line in text.split("\n") for at in range(len(line) - length + 1)}
    return {run for run in found if _WORDS.search(run)}


def test_no_word_of_the_text_is_left(withheld):
    document = next(iter(zhengwen.Corpus.open()))
    theirs = set().union(*(runs(document.text(edition)) for edition in EDITIONS))
    # Ours are the readings, which the farm put into every page, and the names of documents and targets.
    policy = read_seed(SEED).policy
    ours = runs("\n".join(policy.glosses.values())) | runs(ARTICLE)
    left = {}
    for path in paths_in(withheld):
        content = (withheld / path).read_text(encoding="utf-8")
        assert "\\u" not in content
        if found := (runs(content) & theirs) - ours:
            left[path] = sorted(found)
    assert left == {}


@pytest.mark.parametrize("edition", ["hans", "restored", "received"])
def test_each_edition_gives_the_release_back(withheld, tmp_path, edition):
    text = tmp_path / "text.txt"
    document = next(iter(zhengwen.Corpus.open()))
    text.write_text(document.text(edition), encoding="utf-8", newline="\n")
    proof = hydrate(withheld, [text], tmp_path / "whole")
    made, committed = (
        {path: (folder / path).read_bytes() for path in paths_in(folder)}
        for folder in (tmp_path / "whole", ROOT / "corpus")
    )
    assert made.keys() == committed.keys()
    manifest = json.loads(made[MANIFEST])
    assert (proof.version, proof.digest) == (zhengwen.__version__, manifest["data"]["digest"])
    assert proof.files == proof.of == len(made) - 1
    # Other libraries may have written the committed bytes; the data are the same.
    assert manifest["data"] == json.loads(committed[MANIFEST])["data"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda text: "\N{ZERO WIDTH NO-BREAK SPACE}" + text, "is the text but for its byte order mark"),
        (lambda text: text.replace("\n", "\r\n"), "is the text but for its line ends"),
        (lambda text: text + "\n\n", "is the text but for line ends behind the last line"),
        (lambda text: text.replace("\n", " \n"), "is the text but for blanks at the ends of lines"),
        (lambda text: text.replace("春节", "春天"), r"paragraphs are those of .* \(hans\); line 1 is not"),
        (lambda text: "别的文章。" * 9, "no paragraph is the same"),
        (lambda text: "", "no paragraph is the same"),
    ],
)
def test_a_text_that_is_not_the_one(withheld, tmp_path, change, told):
    text = tmp_path / "text.txt"
    text.write_text(change((SEED / "text.txt").read_text(encoding="utf-8")), encoding="utf-8", newline="")
    with pytest.raises(ZhengwenError, match=told):
        hydrate(withheld, [text], tmp_path / "whole")
    assert not (tmp_path / "whole").exists()


def test_a_text_that_is_not_utf8(withheld, tmp_path):
    text = tmp_path / "text.txt"
    text.write_bytes((SEED / "text.txt").read_text(encoding="utf-8").encode("gb18030"))
    with pytest.raises(ZhengwenError, match="not UTF-8"):
        hydrate(withheld, [text], tmp_path / "whole")


def _spoil(folder: Path, path: str, change) -> None:
    file = folder / path
    file.write_text(change(file.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            lambda folder: _spoil(folder, f"seeds/{ARTICLE}/gold/quotes.jsonl", lambda text: text[:-9]),
            "quotes.jsonl: is ",
        ),
        (lambda folder: (folder / "schema/labels.yaml").unlink(), "there is no such file"),
        (lambda folder: (folder / "more.txt").write_text("", encoding="utf-8"), "names no such file"),
        (lambda folder: _spoil(folder, MANIFEST, lambda text: text[:-9]), "not JSON"),
        (lambda folder: (folder / MANIFEST).unlink(), "there is no such file"),
        (
            lambda folder: _spoil(
                folder,
                MANIFEST,
                lambda text: text.replace(f'"version": "{zhengwen.__version__}"', '"version": "0.0.9"'),
            ),
            "made by version 0.0.9",
        ),
        (lambda folder: shutil.copy(ROOT / "corpus" / MANIFEST, folder), "has its texts"),
    ],
)
def test_a_folder_that_is_not_whole(copy, tmp_path, change, told):
    change(copy)
    with pytest.raises(ZhengwenError, match=told):
        hydrate(copy, [SEED / "text.txt"], tmp_path / "whole")
    assert not (tmp_path / "whole").exists()


def test_a_release_that_is_another_is_not_written(copy, tmp_path):
    # Everything is as the manifest says, and still not what the release was made from.
    changed = f"seeds/{ARTICLE}/gold/stances.jsonl"
    _spoil(copy, changed, lambda text: text.replace('"certain"', '"uncertain"', 1))
    manifest = json.loads((copy / MANIFEST).read_text(encoding="utf-8"))
    for entry in manifest["files"]:
        if entry["path"] == changed:
            data = (copy / changed).read_bytes()
            entry.update(size=len(data), sha256=sha256(data))
    (copy / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(ZhengwenError, match="what was made is not the release"):
        hydrate(copy, [SEED / "text.txt"], tmp_path / "whole")
    assert not (tmp_path / "whole").exists()


def test_a_folder_with_something_else_is_left_alone(withheld, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("mine", encoding="utf-8")
    for make in (
        lambda: build_without_text(ROOT, tmp_path / "mine"),
        lambda: hydrate(withheld, [SEED / "text.txt"], tmp_path / "mine"),
    ):
        with pytest.raises(ZhengwenError, match="holds something else"):
            make()
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.txt"]


def test_two_documents_from_the_command_line(repository, tmp_path, capsys):
    whole, out, back = repository / "corpus", tmp_path / "annotation", tmp_path / "whole"
    assert run(capsys, "new", DOC, "--from", CLEAN, "--path", repository)[0] == 0
    about = repository / "seeds" / DOC / "document.yaml"
    assert run(capsys, "build", repository)[0] == 0
    code, listed, _ = run(capsys, "build", repository, "--without-text", "--out", out)
    assert code == 0 and (out / MANIFEST).as_posix() in listed.splitlines()
    assert about.relative_to(repository).as_posix() in paths_in(out)
    code, _, told = run(capsys, "hydrate", out, "--text", SEED / "received.txt", "--out", back)
    assert code == 1 and f"no text of {DOC}" in told and not back.exists()
    code, _, told = run(
        capsys,
        "hydrate",
        out,
        "--text",
        repository / "seeds" / DOC / "text.txt",
        "--text",
        SEED / "received.txt",
        "--out",
        back,
    )
    assert (code, "byte for byte" in told) == (0, True), told
    assert paths_in(back) == paths_in(whole)
    assert all((back / path).read_bytes() == (whole / path).read_bytes() for path in paths_in(whole))


@pytest.mark.parametrize("options", [["--without-text"], ["--out", "x"], ["--without-text", "--out", "x", "--release"]])
def test_options_that_do_not_go_together(repository, capsys, options):
    code, _, told = run(capsys, "build", repository, *options)
    assert code == 1 and "go together" in told


_TEXT = st.text(st.sampled_from("春节至今热度攀升，。AIDeepSek \n2著着"), min_size=1, max_size=60)


@given(
    st.lists(_TEXT, min_size=1, max_size=3),
    st.lists(_TEXT | st.text(st.characters(exclude_categories=["Cs"]), max_size=9)),
)
def test_words_are_put_back_and_none_is_left(texts, pieces):
    words = Words(texts)
    content = "".join([*texts, *pieces]).replace("⟦", "[").replace("⟧", "]")
    made = words.withhold(content)
    assert words.put_back(made) == content
    chinese = {
        run
        for text in texts
        for run in runs(text, 2)
        if re.search("[\u3400-\u9fff]", run) and not re.search(r"\s", run)
    }
    assert not {run for run in chinese if run in re.sub("⟦.*?⟧", "\n", made)}


@pytest.mark.parametrize("content", ["⟦0:99⟧", "⟦3:3⟧", "⟦2.0:1⟧", "⟦hant 7:9⟧"])
def test_a_place_that_the_text_does_not_have(content):
    with pytest.raises(ZhengwenError, match="no place of these texts"):
        Words(["春节至今。"]).put_back(content)
