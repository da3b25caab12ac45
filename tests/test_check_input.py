"""Bad input to ``zhengwen check``: one clear message, the right exit code, no traceback."""

import json
import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from conftest import ARTICLE, run_cli

from zhengwen.load import corpus_path
from zhengwen.release.layout import data_file

PARQUET = f"{corpus_path()}/{data_file('sentences-hans')}"
BAD = '{"id": 1}\n'
COMMAND = [sys.executable, "-m", "zhengwen", "check"]


def run(*arguments, **options):
    """The exit code, standard output and standard error of a check."""
    process = run_cli("check", *arguments, **options)
    out, err = process.stdout.decode("utf-8"), process.stderr.decode("utf-8")
    assert "Traceback" not in out + err
    return process.returncode, out, err


def error_of(*arguments, code=1, **options):
    """The error message of a check that fails with ``code`` and has no other output."""
    exit_code, out, err = run(*arguments, **options)
    assert (exit_code, out) == (code, ""), (out, err)
    assert err.count("error: ") <= 1
    return err


@pytest.fixture
def repository_with_typo(repository):
    """A repository with a misspelt rule in its schema."""
    path = repository / "schema" / "rows" / "sentences.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("empty: false", "emty: false", 1), encoding="utf-8")
    return repository


def test_a_schema_with_a_typo_is_a_finding(repository_with_typo):
    code, out, err = run(repository_with_typo)
    assert (code, err) == (1, "1 finding\n")
    assert out.startswith("schema/rows/sentences.yaml: [schema-broken] ")
    assert "emty" in out


def test_no_data_is_checked_by_a_schema_with_a_typo(repository_with_typo):
    assert "rows/sentences.yaml: not a Cerberus schema" in error_of(
        PARQUET, "--as", "rows/sentences", cwd=repository_with_typo
    )


def test_an_unknown_record_type(tmp_path):
    message = error_of(PARQUET, "--as", "rows/sentence", code=2, cwd=tmp_path)
    assert message.startswith("error: unknown record type 'rows/sentence'")
    assert "rows/sentences" in message


def test_data_without_a_record_type():
    assert "--as rows/sentences" in error_of(PARQUET, code=2)
    assert "--as rows/sentences" in error_of("-", code=2, stdin=b"")


def test_a_line_of_200_megabytes(tmp_path):
    path = tmp_path / "a.jsonl"
    with path.open("wb") as file:
        file.truncate(200 * 2**20)
        file.seek(0, os.SEEK_END)
        file.write(b"\n" + BAD.encode())
    code, out, _ = run(path, "--as", "gold/sentences", "--format", "json")
    findings = [json.loads(line) for line in out.splitlines()]
    assert code == 1
    assert (findings[0]["id"], findings[0]["line"]) == ("json-syntax", 1)
    assert "longer than" in findings[0]["message"]
    assert {(finding["id"], finding["line"]) for finding in findings[1:]} == {("shape", 2)}


def test_a_parquet_file_cut_in_half(tmp_path):
    data = Path(PARQUET).read_bytes()
    (tmp_path / "a.parquet").write_bytes(data[: len(data) // 2])
    assert "a.parquet: cannot be read as Parquet" in error_of(tmp_path / "a.parquet", "--as", "rows/sentences")


def test_a_parquet_file_with_a_damaged_page(tmp_path):
    path = tmp_path / "a.parquet"
    pq.write_table(pq.read_table(PARQUET), path, compression="zstd")
    data = bytearray(path.read_bytes())
    data[200:400] = bytes(200)
    path.write_bytes(data)
    assert "a.parquet: cannot be read as Parquet" in error_of(path, "--as", "rows/sentences")


def test_a_zip_archive_with_the_suffix_parquet(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.parquet", "w") as archive:
        archive.writestr("a.txt", "x")
    assert "a.parquet: cannot be read as Parquet" in error_of(tmp_path / "a.parquet", "--as", "rows/sentences")


def test_a_folder(tmp_path):
    (tmp_path / "b.parquet").mkdir()
    for path in (tmp_path, tmp_path / "b.parquet"):
        assert "is a folder" in error_of(path, "--as", "rows/sentences")


def test_a_missing_file(tmp_path):
    for name in ("a.parquet", "a.jsonl"):
        assert f"{name}: " in error_of(tmp_path / name, "--as", "rows/sentences")


def test_records_on_standard_input(root):
    gold = (root / "seeds" / ARTICLE / "gold" / "quotes.jsonl").read_bytes()
    assert run("-", "--as", "gold/quotes", stdin=gold) == (0, "", "all well\n")
    code, out, _ = run("-", "--as", "gold/quotes", stdin=gold + gold.replace(b'"kind": "', b'"kind": "x', 1))
    assert code == 1
    number = len(gold.splitlines()) + 1
    assert out.startswith(f"standard input:{number}: [shape] kind: ")


def test_several_files(tmp_path):
    for name in ("a", "b"):
        (tmp_path / f"{name}.jsonl").write_text(BAD, encoding="utf-8")
    code, out, _ = run(tmp_path / "a.jsonl", tmp_path / "b.jsonl", "--as", "gold/sentences", "--format", "github")
    assert code == 1
    assert {line.split("file=")[1].split(",")[0] for line in out.splitlines()} == {
        str(tmp_path / f"{name}.jsonl") for name in ("a", "b")
    }


def test_a_pipe_whose_reader_closes_it(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text(BAD * 20_000, encoding="utf-8")
    with subprocess.Popen(
        [*COMMAND, str(path), "--as", "gold/sentences"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 1


def test_an_interrupt():
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        [*COMMAND, "-", "--as", "gold/sentences"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        # A process inherits that interrupts are ignored when the tests run in the background.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        process.stdin.write(BAD.encode())
        process.stdin.flush()
        assert process.stdout.readline()  # it has started
        process.send_signal(signal.SIGINT)
        process.wait()
        message = process.stderr.read()
        process.stdin.close()
    assert process.returncode == 130
    assert message == b"\ninterrupted\n"


def test_the_record_is_shown_with_the_invalid_value_marked(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"id": "d.s001", "start": 0, "end": "二", "text": "正文"}\n', encoding="utf-8")
    code, out, _ = run("a.jsonl", "--as", "gold/sentences", cwd=tmp_path)
    assert code == 1
    assert out == (
        "a.jsonl:1: [shape] end: must be of type integer, is a string\n"
        '    {"id": "d.s001", "start": 0, "end": "二", "text": "正文"}\n'
        "                                        ^^^^\n"
        "    see `zhengwen schema gold/sentences`\n"
    )


def test_the_explanation_of_a_check():
    code, out, _ = run("--explain", "grid-missing")
    assert code == 0
    assert out.startswith("grid-missing (level 4)\n")
    assert "unknown check 'grid'" in error_of("--explain", "grid", code=2)


def test_data_may_hold_characters_that_a_repository_may_not():
    # Data is checked for its shape alone; only level 1 of a repository refuses control characters.
    text = json.dumps({"id": "d.s001", "start": 0, "end": 1, "text": "\x85"})
    assert run("-", "--as", "gold/sentences", stdin=text.encode())[0] == 0


@pytest.mark.slow
def test_a_check_does_not_import_datasets(root):
    # The import takes 3 s.  Level 5 computes the release too.
    program = "import sys; from zhengwen.cli.main import main\n"
    program += "try: main(sys.argv[1:])\nexcept SystemExit as end: print(end.code, 'datasets' in sys.modules)"
    process = subprocess.run([sys.executable, "-c", program, "check", root], check=True, capture_output=True, text=True)
    assert process.stdout == "0 False\n", process.stdout + process.stderr
