"""The command line, as it is called."""

import contextlib
import ctypes
import json
import os
import re
import resource
import subprocess
import sys
import threading

import pytest
from conftest import ARTICLE, run_in_shell, tree

from zhengwen import __version__, convert
from zhengwen.checks import check
from zhengwen.cli.main import command_line
from zhengwen.seeds import gold_path

COMMANDS = sorted(command_line().commands)


def run(*arguments, stdin: bytes = b"", **options) -> subprocess.CompletedProcess:
    """Run ``zhengwen`` in a process of its own."""
    command = [sys.executable, "-m", "zhengwen", *map(str, arguments)]
    return subprocess.run(command, input=stdin, capture_output=True, **options)


def assert_error(done: subprocess.CompletedProcess, code: int, message: str) -> None:
    """The command failed with this exit code and one message on stderr, no traceback, and nothing on stdout."""
    error = done.stderr.decode("utf-8")
    assert done.returncode == code, error
    assert message in error
    assert "Traceback" not in error
    assert done.stdout == b""


def test_version():
    assert run("--version").stdout == f"{__version__}\n".encode()


def test_show_document(golden):
    done = run("show", env=os.environ | {"COLUMNS": "100"})
    assert done.returncode == 0
    golden("show.txt", done.stdout.decode("utf-8"))


def test_show_sentence(golden):
    done = run("show", ARTICLE, "--sentence", "s011")
    golden("show-s011.txt", done.stdout.decode("utf-8"))
    assert run("show", "--sentence", f"{ARTICLE}.s011").stdout == done.stdout


def test_show_one_edition():
    done = run("show", "--edition", "restored", env=os.environ | {"COLUMNS": "2000"}).stdout.decode("utf-8")
    assert "智能制造" in done
    assert "百度智能云、華為云" in done


def test_info(golden):
    done = run("info", env=os.environ | {"COLUMNS": "100"}).stdout.decode("utf-8")
    golden("info.txt", "\n".join(done.split("\n")[1:]))


def test_info_for_programs(article):
    import pyarrow.parquet as pq

    from zhengwen import corpus_path
    from zhengwen.release.card import data_file
    from zhengwen.schema import read_schema

    found = json.loads(run("info", "--format", "json").stdout)
    (document,) = found["documents"]
    layers = (article.sentences, article.entities, article.quotes)
    assert list(document.values())[:5] == [article.id, len(article.text()), *map(len, layers)]
    labels = [stance.label for stance in article.stances]
    assert [document["favor"], document["against"]] == [labels.count("favor"), labels.count("against")]
    configs = read_schema().configs
    assert [one["config"] for one in found["configs"]] == list(configs)
    for one in found["configs"]:
        assert one["rows"] == pq.read_metadata(f"{corpus_path()}/{data_file(one['config'])}").num_rows
        assert one["description"] == read_schema().rows[configs[one["config"]].family].description


#: What takes long to import; a light command does with none of it.
HEAVY = {"cerberus", "dask", "datasets", "huggingface_hub", "jieba", "jinja2", "multiprocessing", "numpy", "opencc"}
HEAVY |= {"pandas", "pyarrow", "pypinyin", "requests", "rich"}


@pytest.mark.parametrize(
    "arguments",
    [["--version"], ["--help"], ["info"], ["info", "--format", "json"], *([name, "--help"] for name in COMMANDS)],
    ids=" ".join,
)
def test_a_light_command_imports_nothing_heavy(arguments):
    program = "import sys; from zhengwen.cli.main import main\ntry: main(sys.argv[1:])\nexcept SystemExit: pass\n"
    program += "print('\\n' + ' '.join({name.partition('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", program, *arguments], check=True, capture_output=True)
    imported = set(done.stdout.decode("utf-8").splitlines()[-1].split())
    assert "typer" in imported
    assert not imported & HEAVY


def examples(name: str) -> list[str]:
    """The examples in the help of a command."""
    return [line.strip() for line in command_line().commands[name].help.partition("\b\nExamples:\n")[2].splitlines()]


#: Examples that cannot run in a copy of the repository, and why.
NOT_RUN = {
    **dict.fromkeys(
        ("zhengwen diff", "zhengwen diff v0.1.0 v0.2.0 --format markdown", "zhengwen diff --enforce"),
        "they need the history of a checkout, where the tests of diff run them",
    ),
    "zhengwen publish ORG/NAME --create-pr": "it needs a hub that takes proposals",
    "zhengwen publish git@example.org:corpus.git": "it needs a git host",
}


@pytest.mark.parametrize("name", COMMANDS)
def test_the_examples_in_the_help_run(name, workplace):
    told = run(name, "--help").stdout.decode("utf-8")
    assert any(f"zhengwen {name}" in line for line in examples(name))
    if name == "publish":  # what is published has been released
        assert run("build", "--release", cwd=workplace).returncode == 0
    for line in examples(name):
        assert line in told
        if line not in NOT_RUN:
            done = run_in_shell(line, workplace)
            assert done.returncode == 0, f"{line}\n{done.stderr}"


def test_commands_stand_under_their_headings():
    told = run("--help").stdout.decode("utf-8")
    listed = re.findall(r"^  ([a-z]+)  +[A-Z]", told.split("Look into the corpus:")[1], flags=re.MULTILINE)
    assert sorted(listed) == sorted(COMMANDS)
    assert "Others:" not in told


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("zhengwen seg", ["segment"]),
        ("zhengwen load parall", ["parallel"]),
        ("zhengwen load stances-hant-", ["stances-hant-hk", "stances-hant-tw"]),
        ("zhengwen show shang", [ARTICLE]),
        ("zhengwen show --edition rec", ["received"]),
        ("zhengwen convert --to hant-h", ["hant-hk"]),
    ],
)
def test_a_shell_completes_names(typed, offered):
    asked = {"_ZHENGWEN_COMPLETE": "complete_bash", "COMP_WORDS": typed, "COMP_CWORD": str(typed.count(" "))}
    done = run(env=os.environ | asked)
    assert done.stdout.decode("utf-8").split() == offered
    assert done.stderr == b""


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_completion(shell):
    asked = os.environ | {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    done = run("--show-completion", shell, env=asked)
    assert b"_ZHENGWEN_COMPLETE" in done.stdout, done.stderr


def on_a_terminal(*arguments, **environment: str) -> str:
    """What the command shows on a terminal of its own."""
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


@pytest.mark.parametrize("arguments", [["--quiet", "check"], ["check", "-q"]])
def test_quiet(arguments, root):
    done = run(*arguments, root)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert run("check", root).stderr == b"all well\n"
    assert_error(run("load", "x", "--quiet"), 2, "unknown config 'x'")


def test_load():
    done = run("load", "stances-hant", "--limit", "2")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["label"] for row in rows] == ["none", "none"]
    assert len(run("load", "clusters").stdout.splitlines()) == 46


@pytest.mark.parametrize("config", ["sentences-hant-tw", "ner-hans", "parallel", "clusters", "restoration"])
def test_load_prints_what_datasets_loads(config):
    import zhengwen
    from zhengwen.schema import read_schema

    family, _, script = config.partition("-")
    shape = read_schema().rows[family]
    rows = [json.loads(line) for line in run("load", config).stdout.decode("utf-8").splitlines()]
    assert rows == [shape.decode(row) for row in zhengwen.load_dataset(family, script or None)]


def test_segment_reads_a_file_or_standard_input(tmp_path):
    text = "新局面\n“天晴了。”李某说。大家都笑了。"
    (tmp_path / "a.txt").write_bytes(text.encode("utf-8"))
    done = run("segment", tmp_path / "a.txt")
    assert [json.loads(line)["text"] for line in done.stdout.splitlines()] == [
        "新局面",
        "“天晴了。”李某说。",
        "大家都笑了。",
    ]
    assert run("segment", stdin=text.encode("utf-8")).stdout == done.stdout
    assert (
        run("segment", "-", stdin=text.encode("utf-8"), env=os.environ | {"PYTHONIOENCODING": "latin-1"}).stdout
        == done.stdout
    )


def test_convert(tmp_path):
    text = "百度智能云发布软件\n这意味着\n"
    (tmp_path / "a.txt").write_bytes(text.encode("utf-8"))
    (tmp_path / "names.txt").write_bytes("百度智能云\n".encode())
    done = run("convert", "--to", "hant-tw", "--protect", tmp_path / "names.txt", tmp_path / "a.txt")
    assert done.stdout.decode("utf-8") == "百度智能雲釋出軟體\n這意味著\n"
    done = run("convert", "--to", "hans", "--from", "hant", stdin="意味著\r\n顯著".encode())
    assert done.stdout.decode("utf-8") == "意味着\r\n显著"


def test_convert_for_programs():
    done = run("convert", "--to", "hant-tw", "--format", "json", stdin="百度发布软件".encode())
    found = json.loads(done.stdout)
    made = convert("百度发布软件", to="hant-tw")
    assert found == {"text": made.text, "source": "hans", "alignment": [list(one) for one in made.alignment.blocks]}
    assert found["alignment"]


def test_convert_goes_by_what_came_before():
    text = "这个\n" + "皇后里面\n" * 200_000
    done = run("convert", "--to", "hant", stdin=text.encode())
    assert done.stdout.decode("utf-8") == "這個\n" + "皇后裡面\n" * 200_000


def test_names_with_windows_line_ends(tmp_path):
    (tmp_path / "names.txt").write_bytes("百度智能云 \r\n".encode())
    command = ["convert", "--to", "hant-tw", "--from", "hans", "--protect"]
    done = run(*command, tmp_path / "names.txt", stdin="百度智能云".encode())
    assert done.stdout.decode("utf-8") == "百度智能雲"
    assert_error(run(*command, "-"), 1, "cannot both come from standard input")


def test_standard_output_that_is_closed():
    done = subprocess.run(f"{sys.executable} -m zhengwen info >&-", shell=True, capture_output=True)
    assert_error(done, 1, "standard output is closed")


def test_convert_streams():
    # What has come is converted before the rest comes.
    command = [sys.executable, "-m", "zhengwen", "convert", "--to", "hant"]
    has_come = threading.Event()

    def feed(stream):
        stream.write("这意味着\n".encode() * 200_000)
        stream.flush()
        has_come.wait()
        stream.close()

    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        feeder = threading.Thread(target=feed, args=[process.stdin])
        feeder.start()
        first = process.stdout.readline()
        has_come.set()
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
            "unknown edition 'x'; there are: hans, restored, received, hant",
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
        (["chek"], 2, "Did you mean 'check'?"),
        (["load", "clusters", "--limit", "-1"], 2, "--limit"),
        (["check", "--level", "6"], 2, "--level"),
        (["check", "--format", "xml"], 2, "--format"),
        (["convert", "--to", "x"], 2, "unknown target edition 'x'; there are: hans, hant, hant-hk, hant-tw"),
        (["convert"], 2, "Missing option '--to'"),
        (["convert", "--to", "hans", "--protect", "no-such-file"], 1, "no-such-file: No such file or directory"),
        (["fly"], 2, "No such command 'fly'"),
        (["segment", "no-such-file"], 1, "no-such-file: No such file or directory"),
        (["check", "/"], 1, "/: not inside a zhengwen repository"),
        (["build", "/"], 1, "/: not inside a zhengwen repository"),
        (["format", "/"], 1, "/: not inside a zhengwen repository"),
    ],
)
def test_errors(arguments, code, message):
    assert_error(run(*arguments), code, message)


def test_convert_says_where_it_is_not_utf8():
    lines = "这意味着\n".encode() * 100_000 + b"\xff\n"
    done = run("convert", "--to", "hant", stdin=lines)
    assert done.returncode == 1
    assert "standard input:100001: not UTF-8" in done.stderr.decode("utf-8")


def test_input_that_begins_with_a_byte_order_mark():
    assert_error(run("segment", stdin=b"\xef\xbb\xbfa"), 1, "standard input:1: begins with a byte order mark")


def test_standard_input_that_is_closed():
    command = f"{sys.executable} -m zhengwen segment <&-"
    done = subprocess.run(command, shell=True, capture_output=True)
    assert_error(done, 1, "standard input is closed")


def test_input_that_is_not_utf8():
    assert_error(run("segment", stdin="正文".encode("gbk")), 1, "standard input:1: byte 0 is not UTF-8")


def test_a_pipe_that_is_closed():
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "zhengwen", "load", "stances-hans"], stdout=writer, stderr=subprocess.PIPE
    )
    os.close(writer)
    assert done.stderr == b""


def test_build_refuses_what_does_not_hold(repository):
    path = gold_path(repository / "seeds" / ARTICLE, "entities")
    path.write_bytes(path.read_bytes().replace(b'"GPE"', b'"CITY"', 1))
    before = tree(repository)
    assert_error(run("build", repository), 1, "entities.jsonl:42: [unknown-label] type: unknown label 'CITY'")
    assert tree(repository) == before


def test_build_prints_what_it_wrote(repository):
    done = run("build", repository)
    assert done.stdout.decode().splitlines()[:2] == ["corpus/LICENSE", "corpus/README.md"]
    assert check(repository) == []


def _drop_root_powers():
    # In a container tests run as root, whom no permission stops: give up CAP_DAC_OVERRIDE (1) at the next exec.
    if os.geteuid() == 0:
        pr_capbset_drop = 24
        assert ctypes.CDLL(None).prctl(pr_capbset_drop, 1, 0, 0, 0) == 0


def test_a_read_only_folder(repository):
    before = tree(repository)
    repository.chmod(0o555)
    try:
        done = run("build", repository, preexec_fn=_drop_root_powers)
    finally:
        repository.chmod(0o755)
    assert_error(done, 1, "cannot write the release: Permission denied; corpus/ is as it was")
    assert tree(repository) == before


def test_a_full_disk(repository):
    # No disk to fill: a file may not grow beyond 4 KiB, which fails a write in the middle just as well.
    before = tree(repository)
    limit = 4096
    done = run("build", repository, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
    assert_error(done, 1, "cannot write the release: File too large; corpus/ is as it was")
    assert tree(repository) == before


def test_format_sorts_gold(repository):
    before = tree(repository)
    path = gold_path(repository / "seeds" / ARTICLE, "entities")
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(line.replace('": ', '":  ') for line in reversed(lines)), encoding="utf-8")
    assert [one.id for one in check(repository)] == ["not-canonical"]
    assert run("format", repository).stdout == f"seeds/{ARTICLE}/gold/entities.jsonl\n".encode()
    assert tree(repository) == before
    assert run("format", repository).stdout == b""


def test_format_leaves_what_it_cannot_read(repository):
    path = gold_path(repository / "seeds" / ARTICLE, "entities")
    path.write_bytes(b"{}\n" + path.read_bytes())
    before = tree(repository)
    assert_error(run("format", repository), 1, "nothing was changed")
    assert tree(repository) == before


def test_restore(tmp_path):
    file = tmp_path / "page.txt"
    file.write_text("具備快速規(guī);a(chǎn)和市場應(yīng)用的能力\n", encoding="utf-8")
    done = run("restore", str(file), "--explain")
    assert done.stdout.decode() == "具備快速規模化生產和市場應用的能力\n"
    told = done.stderr.decode()
    assert "2 glosses, 0 delimiters, 1 straddle;" in " ".join(told.split())
    assert "C4A3 BBAF C9FA AE61" in told
    assert "verified: the model of the damage gives the received text back" in told
    found = json.loads(run("restore", str(file), "--format", "json").stdout)
    assert found["verified"]
    assert found["policy"]["glosses"] == {"規": "guī", "應": "yīng", "產": "chǎn"}
    assert [edit["rule"] for edit in found["edits"]] == ["gloss", "straddle", "gloss"]


def test_restore_takes_each_line_as_a_document():
    text = "經(jīng)濟發(fā)展,產(chǎn)業(yè)升級\n你(nǐ)好(hǎo)\n\n無損\u2028,的一行".encode()
    done = run("restore", "--lines", stdin=text)
    assert done.stdout.decode() == "經濟發展，產業升級\n你(nǐ)好(hǎo)\n\n無損\u2028,的一行"
    rows = run("restore", "--lines", "--format", "json", stdin=text).stdout.decode().removesuffix("\n").split("\n")
    assert [json.loads(row)["verified"] for row in rows] == [True, False, False, False]


def test_restore_says_when_there_is_no_damage():
    done = run("restore", "--explain", stdin="好\n".encode())
    assert done.stdout.decode() == "好\n"
    assert "shows no damage of this kind" in done.stderr.decode()
    assert_error(run("restore", stdin=b"\xff"), 1, "not UTF-8")
