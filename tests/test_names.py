"""Names of files and folders are bytes: every command works with hostile ones, and shows them with escapes."""

import json
import os
import re
import shutil
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import ARTICLE, copy_repository, run_cli
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from zhengwen import printable as printable_module
from zhengwen.cli.main import command_line
from zhengwen.cli.streams import console, print_json
from zhengwen.printable import printable

#: Names that are not UTF-8, that move the cursor, that hide or reorder text, and that are the syntax of something.
NAMES = {
    "not UTF-8": b"a\xff\xfe",
    "a line feed": b"a\n::error::b",
    "terminal escapes": b"a\x1b[2J\x1b]0;b\x07",
    "C1 and bidirectional controls": "a\x9b2J\u202eb\u2028c".encode(),
    "markup of rich": b"x[/b][red]:smile:",
    "a glob": b"a[b]*?",
    "an address": b"a::b",
    "HTML and Markdown": b"<script>|`a`",
}
COMMANDS = sorted(command_line().commands)
_CONTROL = re.compile(f"(?!\n)[{printable_module._HIDDEN}]")


class Case(NamedTuple):
    """A command line, in which FOLDER is a folder of a hostile name and NAME that name, and what comes of it.

    ``code`` is the exit code (one of several when it depends on the name), and ``gives`` says what is checked.
    """

    line: str
    code: int | tuple[int, ...] = 0
    gives: str = ""


#: Cases that take more than a few tenths of a second.
SLOW_CASES = [
    Case("check FOLDER/repository"),
    Case("build FOLDER/repository"),
    Case("build FOLDER/repository --without-text --out FOLDER/made", 0, "file made/manifest.json"),
    Case("new a-1 --from FOLDER/text.txt --corpus FOLDER/repository", 0, "file repository/seeds/a-1/text.txt"),
]
CASES = [
    Case("info"),
    Case("info --format json", 0, "JSON"),
    Case("show NAME", 2),
    Case("show --edition NAME", 2),
    Case("show --sentence NAME", 2),
    Case("load NAME", 2),
    Case("page NAME", 2),
    Case("page --out FOLDER/page.html", 0, "file page.html"),
    Case("page --all --out FOLDER/pages", 0, "file pages/index.html"),
    Case("schema NAME", 2),
    Case("restore FOLDER/text.txt --explain", 0, "the text"),
    Case("restore FOLDER/none.txt", 1),
    Case("convert --to hans FOLDER/text.txt", 0, "the text"),
    Case("convert --to hans --protect FOLDER/text.txt FOLDER/text.txt", 0, "the text"),
    Case("convert --to NAME FOLDER/text.txt", 2),
    Case("segment FOLDER/text.txt", 0, "JSON"),
    Case("process FOLDER/in --out FOLDER/made --workers 1", 0, "rows"),
    Case("process FOLDER/in/NAME.txt --out FOLDER/made --workers 1 --format json", 0, "rows"),
    Case("process FOLDER/none.txt --out FOLDER/made", 1),
    Case("process FOLDER/a.parquet --out FOLDER/made --text-column NAME", (1, 2)),
    Case("process FOLDER/text.txt --out FOLDER/made --steps NAME", 2),
    Case("process FOLDER/text.txt --out FOLDER/repository", 1),
    Case("init FOLDER/made --name a", 0, "file made/seeds/corpus.yaml"),
    Case("init FOLDER/in --name a", 1),
    Case("init FOLDER/made --name NAME", 1),
    Case("init FOLDER/made --name a --title NAME", (0, 1)),
    Case("init FOLDER/made --name a --types NAME", 1),
    Case("init FOLDER/made --name a --base NAME", 1),
    Case("init FOLDER/made --name a --targets FOLDER/none.yaml", 1),
    Case("init FOLDER/made --name a --targets FOLDER/text.txt", 1),
    Case("new NAME --from FOLDER/text.txt --corpus FOLDER/repository", 1),
    Case("new a-1 --from FOLDER/none.txt --corpus FOLDER/repository", 1),
    Case("check FOLDER/none", 1),
    Case("check --as rows/sentences FOLDER/text.jsonl", 1),
    Case("check --as NAME FOLDER/text.jsonl", 2),
    Case("check --explain NAME", 2),
    Case("check FOLDER/spoilt --level 2", 1),
    Case("check FOLDER/spoilt --level 2 --format json", 1, "JSON"),
    Case("check FOLDER/spoilt --level 2 --format github", 1),
    Case("build FOLDER/none", 1),
    Case("build FOLDER/spoilt", 1),
    Case("hydrate FOLDER/in --text FOLDER/text.txt --out FOLDER/made", 1),
    Case("hydrate FOLDER/repository/corpus --text FOLDER/text.txt --out FOLDER/made", 1),
    Case("diff FOLDER/repository/corpus FOLDER/repository/corpus"),
    Case("diff FOLDER/repository/corpus FOLDER/repository/corpus --format json", 0, "JSON"),
    Case("diff FOLDER/repository/corpus NAME", 1),
    Case("format FOLDER/none", 1),
    Case("format FOLDER/spoilt", 1),
    Case("format FOLDER/repository"),
    Case("publish FOLDER/target FOLDER/spoilt --dry-run", 1),
    Case("publish FOLDER/target FOLDER/none --dry-run", 1),
    Case("agree FOLDER/mine FOLDER/yours/NAME --text FOLDER/article.txt"),
    Case("agree FOLDER/mine FOLDER/yours/NAME --text FOLDER/article.txt --format json", 0, "JSON"),
    Case("agree FOLDER/none FOLDER/mine", 1),
    Case("score NAME FOLDER/predictions.jsonl", 2),
    Case("score stances-hans FOLDER/text.jsonl", 1),
    Case(f"score FOLDER/repository/seeds/{ARTICLE} FOLDER/predictions.jsonl"),
    Case("export NAME", (1, 2)),
    Case("export tei NAME", 2),
    Case("export tei --corpus FOLDER/repository --out FOLDER/made", 0, f"file made/{ARTICLE}.tei.xml"),
    Case("import conllu FOLDER/none --corpus FOLDER/repository", 1),
    Case("import conllu FOLDER/text.txt --corpus FOLDER/repository", 1),
    Case("import brat FOLDER/in --corpus FOLDER/repository", 1),
    Case("import brat FOLDER/in --new --corpus FOLDER/repository", 1),
    Case("import iob2 FOLDER/none --new --corpus FOLDER/repository", 1),
    Case("import jsonl FOLDER/records/NAME.jsonl --new --dry-run --corpus FOLDER/repository --format json", 0, "JSON"),
    Case("import jsonl FOLDER/records --labels-draft FOLDER/made.yaml --corpus FOLDER/repository", 0, "file made.yaml"),
    Case("import jsonl FOLDER/records --new --prefix NAME --corpus FOLDER/repository", 1),
    Case("import jsonl FOLDER/records --new --labels FOLDER/none --corpus FOLDER/repository", 1),
]


def test_every_command_is_tried():
    assert {case.line.split()[0] for case in CASES} == set(COMMANDS)


#: All of it in one name, after the first slash, which is tried by default.
_ALL = b"x[/b]a\xff\n::error::b\x1b[2J\x9b\xe2\x80\xae*?::<script>|`"


@pytest.fixture(
    scope="module",
    params=[pytest.param(_ALL, id="all"), *(pytest.param(NAMES[id], id=id, marks=pytest.mark.slow) for id in NAMES)],
)
def folder(request, tmp_path_factory) -> Path:
    """A folder of a hostile name, which holds what the commands read, partly under that name too."""
    folder = tmp_path_factory.mktemp("names") / os.fsdecode(request.param)
    (folder / "in").mkdir(parents=True)
    for path in ("text.txt", "text.jsonl", f"in/{folder.name}.txt"):
        (folder / path).write_text("这个问题很重要。\n", encoding="utf-8")
    (folder / "records").mkdir()
    record = {"text": "何大海来了。", "label": [[0, 3, "PERSON"], [1, 1, "PERSON"]], "a\x1b[2J": 1}
    (folder / "records" / f"{folder.name}.jsonl").write_text(json.dumps(record), encoding="utf-8")
    with (folder / "a.parquet").open("wb") as stream:
        pq.write_table(pa.table({"text": ["a"]}), stream)
    copy_repository(folder / "repository")
    shutil.copytree(folder / "repository", folder / "spoilt")
    gold = folder / "spoilt" / "seeds" / ARTICLE / "gold"
    (gold / folder.name).write_text("{", encoding="utf-8")
    (gold / "quotes.jsonl").write_text('{"\\u001b[2J": "\\u202e"}\n', encoding="utf-8")
    seed = folder / "repository" / "seeds" / ARTICLE
    for name, annotator in (("mine", "pass-a"), (f"yours/{folder.name}", "pass-b")):
        shutil.copytree(seed / "annotators" / annotator, folder / name)
    shutil.copy(seed / "text.txt", folder / "article.txt")
    lines = (seed / "gold" / "stances.jsonl").read_text(encoding="utf-8").splitlines()
    predictions = [json.dumps({"id": cell["id"], "label": cell["label"]}) for cell in map(json.loads, lines)]
    (folder / "predictions.jsonl").write_text("\n".join(predictions), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    "case",
    [
        *(pytest.param(case, id=case.line) for case in CASES),
        *(pytest.param(case, id=case.line, marks=pytest.mark.slow) for case in SLOW_CASES),
    ],
)
def test_a_hostile_name(folder, case):
    shutil.rmtree(folder / "made", ignore_errors=True)
    (folder / "made.yaml").unlink(missing_ok=True)
    arguments = [word.replace("FOLDER", str(folder)).replace("NAME", folder.name) for word in case.line.split()]
    done = run_cli(*arguments, cwd=folder)
    printed = (done.stdout + b"\n" + done.stderr).decode("utf-8")
    codes = case.code if isinstance(case.code, tuple) else (case.code,)
    assert done.returncode in codes, printed
    assert not _CONTROL.search(printed), ascii(printed)
    assert "\n::error::b" not in printed
    match case.gives.split():
        case ["JSON"]:
            assert [json.loads(line) for line in done.stdout.splitlines()]
        case ["file", path]:
            assert (folder / path).exists()
        case ["the", "text"]:
            assert done.stdout == (folder / "text.txt").read_bytes()
        case ["rows"]:
            (shard,) = (folder / "made" / "data").iterdir()
            with shard.open("rb") as stream:
                assert pq.read_table(stream)["id"].to_pylist() == [f"{printable(folder.name)}.txt"]
    if case.code == 1 and "spoilt" not in case.line:
        assert done.stderr.startswith(b"error: ") or case.line.startswith("check --as")


def test_text_from_data_is_shown_with_escapes(tmp_path):
    """What a sentence, an annotator or an edit holds is shown, and moves no cursor."""
    hostile = "經(jīng)濟[/b]\x1b[2J發(fā)展\x9b,產(chǎn)業(yè)"
    (tmp_path / "page.txt").write_text(hostile, encoding="utf-8")
    done = run_cli("restore", "--explain", "page.txt", cwd=tmp_path)
    assert done.returncode == 0
    assert b"\x1b[2J" in done.stdout  # the text itself is data
    assert not _CONTROL.search(done.stderr.decode("utf-8"))
    done = run_cli("segment", "page.txt", cwd=tmp_path)
    assert not _CONTROL.search(done.stdout.decode("utf-8"))
    assert "".join(json.loads(line)["text"] for line in done.stdout.splitlines()) == hostile


def test_the_console_shows_what_it_is_given_as_text(capsys):
    hostile = "[red]a[/red]:smile:\x1b[2J\x9b\u202eb"
    table = Table(hostile, title=hostile)
    table.add_row(hostile, style="bold")
    for renderable in (hostile, Text(hostile, style="red"), table, Rule(hostile), Panel(hostile)):
        console().print(renderable)
        printed = capsys.readouterr().out
        assert printable(hostile) in printed
        assert not _CONTROL.search(printed)


def test_json_that_is_printed_holds_no_control_and_no_lone_surrogate(capsys):
    value = {"text": "a\x1b\x9b\u202e\U000e0041\n", "name": "\udcff"}
    print_json(value)
    printed = capsys.readouterr().out
    assert not _CONTROL.search(printed)
    assert json.loads(printed) == {**value, "name": "\\xff"}
