"""The command line: what it prints, its exit codes, and how it behaves as a process.

A test starts a process only where the process itself matters: its streams, signals, limits, terminal and imports.
"""

import contextlib
import ctypes
import importlib
import itertools
import json
import os
import re
import resource
import shlex
import subprocess
import sys
import threading

import pyarrow.parquet as pq
import pytest
from conftest import ARTICLE, assert_error, run_cli, run_in_shell, tree

import zhengwen
from zhengwen import __version__, convert, corpus_path
from zhengwen.checks import check
from zhengwen.cli.main import app, command_line
from zhengwen.editions import listed
from zhengwen.exchange import FORMATS
from zhengwen.layers import LAYERS
from zhengwen.release.layout import data_file
from zhengwen.schema import read_schema
from zhengwen.seeds import gold_path

COMMANDS = sorted(command_line().commands)


def run(*arguments, stdin: bytes = b"", **options) -> subprocess.CompletedProcess:
    """Run ``zhengwen`` in a process of its own."""
    command = [sys.executable, "-m", "zhengwen", *map(str, arguments)]
    return subprocess.run(command, input=stdin, capture_output=True, **options)


def test_version():
    assert run("--version").stdout == f"{__version__}\n".encode()


def test_a_run_in_this_process_is_like_a_process():
    for arguments in (["chek"], ["restore", "--explain"]):
        here, there = (start(*arguments, stdin="好\n".encode()) for start in (run_cli, run))
        assert (here.returncode, here.stdout, here.stderr) == (there.returncode, there.stdout, there.stderr)


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_a_module_of_its_name(name):
    module = importlib.import_module(f"zhengwen.cli.{'import_' if name == 'import' else name}")
    command = next(command for command in app.registered_commands if command.name == name)
    assert command.callback.__module__ == module.__name__


def test_show_document(golden):
    done = run_cli("show", env={"COLUMNS": "100"})
    assert done.returncode == 0
    golden("show.txt", done.stdout.decode("utf-8"))


def test_show_sentence(golden):
    done = run_cli("show", ARTICLE, "--sentence", "s011")
    golden("show-s011.txt", done.stdout.decode("utf-8"))
    assert run_cli("show", "--sentence", f"{ARTICLE}.s011").stdout == done.stdout


def test_show_one_edition():
    shown = run_cli("show", "--edition", "restored", env={"COLUMNS": "2000"}).stdout.decode("utf-8")
    assert "智能制造" in shown
    assert "百度智能云、華為云" in shown


def test_info(golden):
    shown = run_cli("info", env={"COLUMNS": "100"}).stdout.decode("utf-8")
    golden("info.txt", "\n".join(shown.split("\n")[1:]))


def test_info_for_programs(article):
    listing = json.loads(run_cli("info", "--format", "json").stdout)
    sizes = {name: len(article.layer(name)) for name in LAYERS}
    assert listing["documents"] == [{"document": article.id, "characters": len(article.text())} | sizes]
    configs = read_schema().configs
    assert [config["config"] for config in listing["configs"]] == list(configs)
    for config in listing["configs"]:
        name = config["config"]
        assert config["rows"] == pq.read_metadata(f"{corpus_path()}/{data_file(name)}").num_rows
        assert config["description"] == read_schema().rows[configs[name].family].description


@pytest.mark.parametrize("content", ["[]", "{}", "{", '{"version": "1", "documents": [], "configs": {}}'])
def test_info_of_another_manifest_is_an_error(content, tmp_path):
    (tmp_path / "manifest.json").write_text(content, encoding="utf-8")
    assert_error(run_cli("info", "--corpus", tmp_path), 1, f"{tmp_path}/manifest.json: not the manifest of a release")


#: Packages that take long to import; a light command imports none of them.
HEAVY = {"cerberus", "dask", "datasets", "huggingface_hub", "jieba", "jinja2", "multiprocessing", "numpy", "opencc"}
HEAVY |= {"pandas", "pyarrow", "pypinyin", "requests", "rich"}


#: Runs one command after another, each an argument, and prints the packages that are imported after each.
LIGHT_PROGRAM = """
import sys
from zhengwen.cli.main import main
for command in sys.argv[1:]:
    try:
        main(command.split())
    except SystemExit as stop:
        assert not stop.code, command
    print(f"\\nafter {command}:", *{name.partition(".")[0] for name in sys.modules})
"""


def test_a_light_command_imports_nothing_heavy():
    commands = ["--version", "--help", "info", "info --format json", *(f"{name} --help" for name in COMMANDS)]
    # One process for all: what one command imports is there for the next, so the last list holds all.
    done = subprocess.run([sys.executable, "-c", LIGHT_PROGRAM, *commands], check=True, capture_output=True)
    imports = dict(re.findall(r"^after (.+): (.+)$", done.stdout.decode("utf-8"), flags=re.MULTILINE))
    assert list(imports) == commands
    for command in commands:
        packages = set(imports[command].split())
        assert "typer" in packages
        assert not packages & HEAVY, command


def test_the_help_lists_editions_and_formats():
    assert listed() in " ".join(run_cli("convert", "--help").stdout.decode("utf-8").split())
    for name in ("export", "import"):
        assert listed(FORMATS) in " ".join(run_cli(name, "--help").stdout.decode("utf-8").split())


def examples(name: str) -> list[str]:
    """The examples in the help of a command."""
    return [line.strip() for line in command_line().commands[name].help.partition("\b\nExamples:\n")[2].splitlines()]


#: Examples that cannot run in a copy of the repository, and why.
NOT_RUN = {
    **dict.fromkeys(
        ("zhengwen diff", "zhengwen diff v0.1.0 v0.2.0 --format markdown", "zhengwen diff --enforce"),
        "they need the history of a checkout; the tests of diff run them there",
    ),
    "zhengwen publish ORG/NAME --create-pr": "it needs a hub that takes proposals",
    "zhengwen score stances-hant predictions.jsonl --repo ORG/NAME --revision v1.0.0": "it needs a hub",
    "zhengwen publish git@example.org:corpus.git": "it needs a git host",
}


def is_simple(line: str) -> bool:
    """Whether a line is one call of ``zhengwen`` that needs nothing from a shell: no pipe, redirection or pattern."""
    return line.startswith("zhengwen ") and not re.search(r"[^\w\s./-]", line)


#: Commands whose examples take more than five seconds; other tests run these commands with the same options.
SLOW = {"build", "hydrate", "import", "publish"}


@pytest.mark.parametrize("name", [pytest.param(name, marks=[pytest.mark.slow] * (name in SLOW)) for name in COMMANDS])
def test_the_examples_in_the_help_run(name, workplace):
    printed = run_cli(name, "--help").stdout.decode("utf-8")
    assert any(f"zhengwen {name}" in line for line in examples(name))
    if name == "publish":  # only a released version can be published
        assert run_cli("build", "--release", cwd=workplace).returncode == 0
    for line in examples(name):
        assert line in printed
    runnable = [line.replace("my-article", ARTICLE) for line in examples(name) if line not in NOT_RUN]
    for simple, lines in itertools.groupby(runnable, is_simple):
        if simple:
            for line in lines:
                done = run_cli(*shlex.split(line)[1:], cwd=workplace)
                assert done.returncode == 0, f"{line}\n{done.stderr.decode('utf-8')}"
        else:
            script = "\n".join(lines)
            done = run_in_shell(script, workplace)
            assert done.returncode == 0, f"{script}\n{done.stderr}"


_BUG = """
import sys
from zhengwen.cli import main as module
from zhengwen.release import reader

def fail(*_):
    raise KeyError("https://me:secret@host/x \\x1b[2J")

reader.ReleaseFolder.encoded_rows = fail
module.main(["load", "clusters"])
"""


@pytest.mark.parametrize("debug", ["", "1"])
def test_a_bug_is_a_message_that_asks_for_a_report(debug):
    """The traceback is for whoever asks for it; neither it nor the message holds a secret or an escape sequence."""
    environment = os.environ | {"ZHENGWEN_DEBUG": debug}
    done = subprocess.run([sys.executable, "-c", _BUG], capture_output=True, text=True, env=environment)
    assert done.returncode == 1
    assert "error: KeyError at load.py:" in done.stderr
    assert f"this is a bug in zhengwen {__version__}; report it with what ZHENGWEN_DEBUG=1 prints" in done.stderr
    assert ("Traceback" in done.stderr) == bool(debug)
    assert "secret" not in done.stderr
    assert "\x1b" not in done.stderr


def test_a_bug_fails_a_test(monkeypatch):
    """What runs a command in this process gets the exception, so that no test takes a bug for an error message."""
    monkeypatch.setattr("zhengwen.release.reader.ReleaseFolder.encoded_rows", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run_cli("load", "clusters")


def test_commands_are_listed_under_headings():
    printed = run_cli("--help").stdout.decode("utf-8")
    names = re.findall(r"^  ([a-z]+)  +[A-Z]", printed.split("Look into a corpus:")[1], flags=re.MULTILINE)
    assert sorted(names) == sorted(COMMANDS)
    assert "Others:" not in printed


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("zhengwen seg", ["segment"]),
        ("zhengwen load parall", ["parallel"]),
        ("zhengwen load stances-hant-", ["stances-hant-hk", "stances-hant-tw"]),
        ("zhengwen show shang", [ARTICLE]),
        ("zhengwen schema rows/st", ["rows/stances"]),
        ("zhengwen show --edition rec", ["received"]),
        ("zhengwen convert --to hant-h", ["hant-hk"]),
    ],
)
def test_a_shell_completes_names(typed, offered):
    request = {"_ZHENGWEN_COMPLETE": "complete_bash", "COMP_WORDS": typed, "COMP_CWORD": str(typed.count(" "))}
    done = run(env=os.environ | request)
    assert done.stdout.decode("utf-8").split() == offered
    assert done.stderr == b""


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_completion_script(shell):
    environment = os.environ | {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    done = run("--show-completion", shell, env=environment)
    assert b"_ZHENGWEN_COMPLETE" in done.stdout, done.stderr


def on_a_terminal(*arguments, **environment: str) -> str:
    """What the command prints on a terminal of its own."""
    terminal, end = os.openpty()
    settings = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR", "TERM")}
    command = [sys.executable, "-m", "zhengwen", *arguments]
    with subprocess.Popen(
        command, stdin=end, stdout=end, stderr=end, env=settings | {"TERM": "xterm-256color"} | environment
    ):
        os.close(end)
        shown = b""
        with contextlib.suppress(OSError):  # the terminal is gone when the process is
            while part := os.read(terminal, 1 << 16):
                shown += part
    os.close(terminal)
    return shown.decode("utf-8")


_COLOUR = re.compile(r"\x1b\[(?:\d+;)*(?:3[0-8]|9[0-7])[;m]")


def test_colours_are_for_terminals():
    command = ["show", "--sentence", "s030"]
    assert _COLOUR.search(on_a_terminal(*command))
    assert not _COLOUR.search(on_a_terminal(*command, NO_COLOR="1"))
    assert b"\x1b" not in run(*command).stdout
    assert "\x1b" not in on_a_terminal("info")


def test_quiet(root):
    assert run_cli("check", root).stderr == b"all well\n"
    for arguments in (["--quiet", "check"], ["check", "-q"]):
        done = run_cli(*arguments, root, "--level", "1")
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert_error(run_cli("load", "x", "--quiet"), 2, "unknown config 'x'")


def test_load():
    done = run_cli("load", "stances-hant", "--limit", "2")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["label"] for row in rows] == ["none", "none"]
    assert len(run_cli("load", "clusters").stdout.splitlines()) == 46


@pytest.mark.parametrize("config", ["sentences-hant-tw", "ner-hans", "parallel", "clusters", "restoration"])
def test_load_prints_what_datasets_loads(config):
    family, _, script = config.partition("-")
    shape = read_schema().rows[family]
    rows = [json.loads(line) for line in run_cli("load", config).stdout.decode("utf-8").splitlines()]
    assert rows == [shape.decode(row) for row in zhengwen.load_dataset(family, script or None)]


def test_segment_reads_a_file_or_standard_input(tmp_path):
    text = "新局面\n“天晴了。”李某说。大家都笑了。"
    (tmp_path / "a.txt").write_bytes(text.encode("utf-8"))
    done = run_cli("segment", tmp_path / "a.txt")
    assert [json.loads(line)["text"] for line in done.stdout.splitlines()] == [
        "新局面",
        "“天晴了。”李某说。",
        "大家都笑了。",
    ]
    assert run_cli("segment", stdin=text.encode("utf-8")).stdout == done.stdout
    # The encoding of the streams does not matter.
    environment = os.environ | {"PYTHONIOENCODING": "latin-1"}
    assert run("segment", "-", stdin=text.encode("utf-8"), env=environment).stdout == done.stdout


def test_convert(tmp_path):
    text = "百度智能云发布软件\n这意味着\n"
    (tmp_path / "a.txt").write_bytes(text.encode("utf-8"))
    (tmp_path / "names.txt").write_bytes("百度智能云\n".encode())
    done = run_cli("convert", "--to", "hant-tw", "--protect", tmp_path / "names.txt", tmp_path / "a.txt")
    assert done.stdout.decode("utf-8") == "百度智能雲釋出軟體\n這意味著\n"
    done = run_cli("convert", "--to", "hans", "--from", "hant", stdin="意味著\r\n顯著".encode())
    assert done.stdout.decode("utf-8") == "意味着\r\n显著"


def test_convert_for_programs():
    done = run_cli("convert", "--to", "hant-tw", "--format", "json", stdin="百度发布软件".encode())
    conversion = convert("百度发布软件", to="hant-tw")
    blocks = [list(block) for block in conversion.alignment.blocks]
    assert json.loads(done.stdout) == {"text": conversion.text, "source": "hans", "alignment": blocks}
    assert blocks


def test_convert_detects_the_script_from_earlier_parts():
    text = "这个\n" + "皇后里面\n" * 200_000
    done = run_cli("convert", "--to", "hant", stdin=text.encode())
    assert done.stdout.decode("utf-8") == "這個\n" + "皇后裡面\n" * 200_000


def test_protected_names_with_windows_line_ends(tmp_path):
    (tmp_path / "names.txt").write_bytes("百度智能云 \r\n".encode())
    command = ["convert", "--to", "hant-tw", "--from", "hans", "--protect"]
    done = run_cli(*command, tmp_path / "names.txt", stdin="百度智能云".encode())
    assert done.stdout.decode("utf-8") == "百度智能雲"
    assert_error(run_cli(*command, "-"), 1, "cannot both come from standard input")


def test_closed_standard_output():
    done = subprocess.run(f"{sys.executable} -m zhengwen info >&-", shell=True, capture_output=True)
    assert_error(done, 1, "standard output is closed")


def test_convert_streams():
    # The first part is converted before the rest arrives.
    command = [sys.executable, "-m", "zhengwen", "convert", "--to", "hant"]
    first_part_read = threading.Event()

    def feed(stream):
        stream.write("这意味着\n".encode() * 200_000)
        stream.flush()
        first_part_read.wait()
        stream.close()

    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        feeder = threading.Thread(target=feed, args=[process.stdin])
        feeder.start()
        first = process.stdout.readline()
        first_part_read.set()
        rest = process.stdout.read()
        feeder.join()
    assert (first + rest).decode("utf-8") == "這意味著\n" * 200_000


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["show", "x"], 2, "unknown document 'x'; there are: shangyou-2025-deepseek"),
        (["show", "--sentence", "s999"], 2, "unknown sentence 's999'; there are: s001 … s054"),
        (
            ["show", "--edition", "x"],
            2,
            "unknown edition 'x'; there are: received, restored, hans, hant",
        ),
        (["load", "x"], 2, "unknown config 'x'; there are: clusters, documents, entities-hans"),
        (
            ["load", "stances-hnat"],
            2,
            "unknown config 'stances-hnat' (did you mean stances-hant?); there are: clusters",
        ),
        (["show", "shangyou-2025-deepsek"], 2, "(did you mean shangyou-2025-deepseek?)"),
        (["show", "--edition", "hant-wt"], 2, "(did you mean hant-tw?)"),
        (["show", "--sentence", "s11"], 2, "(did you mean s011?); there are: s001 … s054"),
        (["chek"], 2, "Did you mean 'check'"),
        (["load", "clusters", "--limit", "-1"], 2, "--limit"),
        (["check", "--level", "6"], 2, "--level"),
        (["check", "--format", "xml"], 2, "--format"),
        (["convert", "--to", "x"], 2, "unknown target edition 'x'; there are: hans, hant, hant-hk, hant-tw"),
        (["convert"], 2, "Missing option '--to'"),
        (["diff", "v0.1.0", "--enforce"], 2, "leave out OLD and NEW"),
        (["convert", "--to", "hans", "--protect", "no-such-file"], 1, "no-such-file: No such file or directory"),
        (["fly"], 2, "No such command 'fly'"),
        (["segment", "no-such-file"], 1, "no-such-file: No such file or directory"),
        (["check", "/"], 1, "/: not inside a zhengwen repository"),
        (["build", "/"], 1, "/: not inside a zhengwen repository"),
        (["format", "/"], 1, "/: not inside a zhengwen repository"),
    ],
)
def test_errors(arguments, code, message):
    assert_error(run_cli(*arguments), code, message)


def test_convert_reports_the_line_that_is_not_utf8():
    lines = "这意味着\n".encode() * 100_000 + b"\xff\n"
    done = run_cli("convert", "--to", "hant", stdin=lines)
    assert done.returncode == 1
    assert "standard input:100001: not UTF-8" in done.stderr.decode("utf-8")


def test_input_with_a_byte_order_mark():
    assert_error(run_cli("segment", stdin=b"\xef\xbb\xbfa"), 1, "standard input:1: begins with a byte order mark")


def test_closed_standard_input():
    command = f"{sys.executable} -m zhengwen segment <&-"
    done = subprocess.run(command, shell=True, capture_output=True)
    assert_error(done, 1, "standard input is closed")


def test_input_that_is_not_utf8():
    assert_error(run_cli("segment", stdin="正文".encode("gbk")), 1, "standard input:1: byte 0 is not UTF-8")


def test_closed_pipe():
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "zhengwen", "load", "stances-hans"], stdout=writer, stderr=subprocess.PIPE
    )
    os.close(writer)
    assert done.stderr == b""


def test_build_refuses_gold_with_findings(repository):
    path = gold_path(repository / "seeds" / ARTICLE, "entities")
    path.write_bytes(path.read_bytes().replace(b'"GPE"', b'"CITY"', 1))
    before = tree(repository)
    assert_error(run_cli("build", repository), 1, "entities.jsonl:42: [unknown-label] type: unknown label 'CITY'")
    assert tree(repository) == before


def test_build_prints_the_files_it_wrote(repository):
    done = run_cli("build", repository)
    assert done.stdout.decode().splitlines()[:2] == ["corpus/LICENSE", "corpus/README.md"]
    assert check(repository) == []


def _drop_root_powers():
    # In a container tests run as root, for whom permissions do not count: drop CAP_DAC_OVERRIDE (1) for the next exec.
    if os.geteuid() == 0:
        pr_capbset_drop = 24
        assert ctypes.CDLL(None).prctl(pr_capbset_drop, 1, 0, 0, 0) == 0


@pytest.mark.slow
def test_a_read_only_folder(repository):
    before = tree(repository)
    repository.chmod(0o555)
    try:
        done = run("build", repository, preexec_fn=_drop_root_powers)
    finally:
        repository.chmod(0o755)
    assert_error(done, 1, "cannot write: Permission denied; corpus/ is unchanged")
    assert tree(repository) == before


@pytest.mark.slow
def test_a_full_disk(repository):
    # Instead of a full disk, a limit of 4 KiB for a file, which makes a write fail in the middle just as well.
    before = tree(repository)
    limit = 4096
    done = run("build", repository, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
    assert_error(done, 1, "cannot write: File too large; corpus/ is unchanged")
    assert tree(repository) == before


def test_format_sorts_gold(repository):
    before = tree(repository)
    path = gold_path(repository / "seeds" / ARTICLE, "entities")
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(line.replace('": ', '":  ') for line in reversed(lines)), encoding="utf-8")
    assert [finding.id for finding in check(repository)] == ["not-canonical"]
    assert run_cli("format", repository).stdout == f"seeds/{ARTICLE}/gold/entities.jsonl\n".encode()
    assert tree(repository) == before
    assert run_cli("format", repository).stdout == b""


def test_format_changes_nothing_when_gold_cannot_be_read(repository):
    path = gold_path(repository / "seeds" / ARTICLE, "entities")
    path.write_bytes(b"{}\n" + path.read_bytes())
    before = tree(repository)
    assert_error(run_cli("format", repository), 1, "nothing was changed")
    assert tree(repository) == before


def test_restore(tmp_path):
    file = tmp_path / "page.txt"
    file.write_text("具備快速規(guī);a(chǎn)和市場應(yīng)用的能力\n", encoding="utf-8")
    done = run_cli("restore", str(file), "--explain")
    assert done.stdout.decode() == "具備快速規模化生產和市場應用的能力\n"
    explanation = done.stderr.decode()
    assert "2 glosses, 0 delimiters, 1 straddle;" in " ".join(explanation.split())
    assert "C4A3 BBAF C9FA AE61" in explanation
    assert "verified: damaging the restored text again gives the received one" in explanation
    restoration = json.loads(run_cli("restore", str(file), "--format", "json").stdout)
    assert restoration["verified"]
    assert restoration["policy"]["glosses"] == {"規": "guī", "應": "yīng", "產": "chǎn"}
    assert [edit["rule"] for edit in restoration["edits"]] == ["gloss", "straddle", "gloss"]


def test_restore_treats_each_line_as_a_document():
    text = "經(jīng)濟發(fā)展,產(chǎn)業(yè)升級\n你(nǐ)好(hǎo)\n\n無損\u2028,的一行".encode()
    done = run_cli("restore", "--lines", stdin=text)
    assert done.stdout.decode() == "經濟發展，產業升級\n你(nǐ)好(hǎo)\n\n無損\u2028,的一行"
    rows = run_cli("restore", "--lines", "--format", "json", stdin=text).stdout.decode().removesuffix("\n").split("\n")
    assert [json.loads(row)["verified"] for row in rows] == [True, False, False, False]


def test_restore_reports_that_there_is_no_damage():
    done = run_cli("restore", "--explain", stdin="好\n".encode())
    assert done.stdout.decode() == "好\n"
    assert "no damage found; unchanged" in done.stderr.decode()
    assert_error(run_cli("restore", stdin=b"\xff"), 1, "not UTF-8")
