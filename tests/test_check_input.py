"""Bad input to ``zhengwen check``: one clear message, the right exit code, no traceback."""

import base64
import bz2
import contextlib
import gzip
import io
import json
import lzma
import os
import random
import re
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import ARTICLE, run_cli
from pyarrow.parquet import encryption

from zhengwen import limits
from zhengwen.bulk import contents
from zhengwen.cli.findings import ANNOTATIONS, EACH
from zhengwen.cli.findings import KINDS as KINDS_TOLD_APART
from zhengwen.load import corpus_path
from zhengwen.release.layout import data_file
from zhengwen.schema import read_schema

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


def findings_of(*arguments, **options):
    """The findings of a check, by file, each as the rule, the field and the message; no error beside them."""
    code, out, err = run(*arguments, "--format", "json", **options)
    assert code == bool(out), err
    assert "error" not in err
    by_file = {}
    for finding in map(json.loads, out.splitlines()):
        by_file.setdefault(finding["file"], []).append((finding["id"], finding["field"], finding["message"]))
    return by_file


def unreadable(path, *arguments):
    """What the check of a file that cannot be read says: one finding, and the exit code 1."""
    ((id, field, message),) = findings_of(path.name, *arguments, cwd=path.parent)[path.name]
    assert (id, field) == ("unreadable", "")
    return message


@pytest.fixture
def repository_with_typo(repository):
    """A repository with a misspelt rule in its schema."""
    path = repository / "schema" / "rows" / "sentences.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("empty: false", "emty: false", 1), encoding="utf-8")
    return repository


def test_a_schema_with_a_typo_is_a_finding(repository_with_typo):
    code, out, err = run(cwd=repository_with_typo)
    assert (code, err) == (1, "1 finding\n")
    assert out.startswith("schema/rows/sentences.yaml: [schema-broken] ")
    assert "emty" in out


def test_no_data_is_checked_by_a_schema_with_a_typo(repository_with_typo):
    assert "rows/sentences.yaml: not a Cerberus schema" in error_of(
        PARQUET, "--as", "rows/sentences", cwd=repository_with_typo
    )


def test_an_unknown_record_type(tmp_path):
    message = error_of(PARQUET, "--as", "rows/sentence", code=2, cwd=tmp_path)
    assert message.startswith("error: unknown shape 'rows/sentence'")
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
    assert "cannot be read as Parquet" in unreadable(tmp_path / "a.parquet", "--as", "rows/sentences")


def test_a_parquet_file_with_a_damaged_page(tmp_path):
    path = tmp_path / "a.parquet"
    pq.write_table(pq.read_table(PARQUET), path, compression="zstd")
    data = bytearray(path.read_bytes())
    data[200:400] = bytes(200)
    path.write_bytes(data)
    assert "cannot be read as Parquet" in unreadable(path, "--as", "rows/sentences")


def test_a_folder(tmp_path):
    (tmp_path / "b.parquet").mkdir()
    for path in (tmp_path, tmp_path / "b.parquet"):
        assert unreadable(path, "--as", "rows/sentences") == "is a folder"


def test_a_missing_file(tmp_path):
    for name in ("a.parquet", "a.jsonl", "\udcff.jsonl"):
        assert unreadable(tmp_path / name, "--as", "rows/sentences") == "cannot be read: No such file or directory"


def test_records_on_standard_input(root):
    gold = (root / "seeds" / ARTICLE / "gold" / "quotes.jsonl").read_bytes()
    assert run("-", "--as", "gold/quotes", stdin=gold) == (0, "", "all well: 22 records\n")
    code, out, _ = run("-", "--as", "gold/quotes", stdin=gold + gold.replace(b'"kind": "', b'"kind": "x', 1))
    assert code == 1
    number = len(gold.splitlines()) + 1
    assert out.startswith(f"standard input:{number}: [shape] kind: ")


def test_several_files(tmp_path):
    for name in ("a", "b"):
        (tmp_path / f"{name}.jsonl").write_text(BAD, encoding="utf-8")
    arguments = [tmp_path / "a.jsonl", "b.jsonl", "--as", "gold/sentences", "--format", "github"]
    code, out, _ = run(*arguments, cwd=tmp_path)
    assert code == 1
    assert {line.split("file=")[1].split(",")[0] for line in out.splitlines()} == {"a.jsonl", "b.jsonl"}


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
        # A signal that arrives just before a read blocks is handled only after the read, so it may take another one.
        while process.returncode is None:
            process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=10)
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
    assert "unknown rule 'grid'" in error_of("--explain", "grid", code=2)


def test_data_may_hold_characters_that_a_repository_may_not():
    # Data is checked for its shape alone; only level 1 of a repository refuses control characters.
    text = json.dumps({"id": "d.s001", "start": 0, "end": 1, "text": "\x85"})
    assert run("-", "--as", "gold/sentences", stdin=text.encode())[0] == 0


SENTENCE = {"id": "d.s001", "start": 0, "end": 2, "text": "正文"}
LINE = json.dumps(SENTENCE, ensure_ascii=False).encode("utf-8") + b"\n"
TYPES = {"start": pa.int32(), "end": pa.int32()}


def sentences(**columns):
    """A table of one valid sentence, in which some columns are replaced or added."""
    valid = {name: pa.array([value], TYPES.get(name)) for name, value in SENTENCE.items()}
    return pa.table(valid | columns)


def parquet(table, **options):
    """The bytes of a Parquet file."""
    content = io.BytesIO()
    pq.write_table(table, content, **options)
    return content.getvalue()


def encrypted(**options):
    """The bytes of a Parquet file with an encrypted column."""

    class Keys(encryption.KmsClient):
        def wrap_key(self, key_bytes, _):
            return base64.b64encode(key_bytes)

        def unwrap_key(self, wrapped_key, _):
            return base64.b64decode(wrapped_key)

    configuration = encryption.EncryptionConfiguration(footer_key="a", column_keys={"b": ["text"]}, **options)
    factory = encryption.CryptoFactory(lambda _: Keys())
    properties = factory.file_encryption_properties(encryption.KmsConnectionConfig(), configuration)
    return parquet(sentences(), encryption_properties=properties)


def with_rows(number, places):
    """The bytes of a Parquet file of one row that says in some places that it has as many rows as that."""
    data = parquet(sentences())
    length = int.from_bytes(data[-8:-4], "little")
    zigzag, code = number << 1, b""
    while zigzag >= 128:
        code, zigzag = code + bytes([zigzag & 127 | 128]), zigzag >> 7
    one, many = b"\x16\x02", b"\x16" + code + bytes([zigzag])  # a 64-bit integer of Thrift
    footer = data[-8 - length : -8].replace(one, many, places)
    assert one not in footer or places == 1
    return data[: -8 - length] + footer + len(footer).to_bytes(4, "little") + b"PAR1"


def columns_of_one_name():
    table = sentences()
    return pa.Table.from_arrays([*table.columns, table["id"]], [*table.schema.names, "id"])


def fields_of_one_name():
    return sentences(text=pa.StructArray.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"]))


def not_utf8(data, name):
    assert name in data
    return data.replace(name, b"\xff" * len(name))


_TYPE = "must be of type string, is a value of type "
_SEVERAL = "is the name of several columns"

#: Parquet files that are wrong, or that Arrow and Python cannot read: bytes, the rule, the field, part of the message.
HOSTILE = {
    "seconds": (parquet(sentences(text=pa.array([2**62], pa.timestamp("ms")))), "shape", "text", _TYPE + "timestamp"),
    "microseconds": (
        parquet(sentences(text=pa.array([2**62], pa.timestamp("us")))),
        *("shape", "text", _TYPE + "timestamp[us]"),
    ),
    "zone": (
        parquet(sentences(text=pa.array([1], pa.timestamp("us", "Mars/Phobos")))),
        *("shape", "text", _TYPE + "timestamp[us, tz=Mars/Phobos]"),
    ),
    "date": (parquet(sentences(text=pa.array([2**31 - 1], pa.date32()))), "shape", "text", _TYPE + "date32[day]"),
    "time": (parquet(sentences(text=pa.array([-5], pa.time64("us")))), "shape", "text", _TYPE + "time64[us]"),
    "duration": (parquet(sentences(text=pa.array([2**63 - 1], pa.duration("ms")))), "shape", "text", _TYPE),
    "decimal": (parquet(sentences(text=pa.array([1], pa.decimal128(38)))), "shape", "text", _TYPE + "decimal128"),
    "bytes": (parquet(sentences(text=pa.array([b"a"]))), "shape", "text", _TYPE + "binary"),
    "map": (parquet(sentences(text=pa.array([[("a", 1)]], pa.map_("string", "int8")))), "shape", "text", _TYPE + "map"),
    "columns": (parquet(columns_of_one_name()), "shape", "id", _SEVERAL),
    "fields": (parquet(fields_of_one_name()), "shape", "text", "is a struct with two fields of one name"),
    "null": (parquet(sentences(text=pa.nulls(1))), "shape", "text", "must not be null"),
    "name": (not_utf8(parquet(sentences(abcdefgh=pa.array([1]))), b"abcdefgh"), "unreadable", "", "is not UTF-8"),
    "inner-name": (
        not_utf8(parquet(sentences(a=pa.array([{"abcdefgh": 1}]))), b"abcdefgh"),
        *("unreadable", "", "is not UTF-8"),
    ),
    "column-encrypted": (encrypted(plaintext_footer=True), "unreadable", "", "crash (SIGABRT): "),
    "encrypted": (encrypted(plaintext_footer=False), "unreadable", "", "is a Parquet file that is encrypted"),
    "rows": (with_rows(2**40, 1), "unreadable", "", "claims 1,099,511,627,776 rows, but has 1"),
    "rows-everywhere": (with_rows(2**40, -1), "unreadable", "", "claims 1,099,511,627,776 rows"),
    "too-great": (parquet(sentences(start=pa.array([2**40]))), "shape", "start", "must be at most 2147483647"),
    "unknown": (parquet(sentences(a=pa.array([1]))), "shape", "a", "is not a field of this shape"),
}


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """The findings of one check of all those files, which a valid one follows."""
    folder = tmp_path_factory.mktemp("hostile")
    for name, (data, *_) in HOSTILE.items():
        (folder / name).write_bytes(data)
    (folder / "valid").write_bytes(parquet(sentences()))
    return findings_of(*HOSTILE, "valid", "--as", "gold/sentences", cwd=folder)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_parquet_file_that_is_wrong_gives_one_finding(hostile, name):
    ((id, field, message),) = hostile[name]
    assert (id, field) == HOSTILE[name][1:3]
    assert HOSTILE[name][3] in message


def test_files_that_crash_the_reader_hide_no_others(hostile):
    assert hostile.keys() == HOSTILE.keys(), "only the valid file has no finding"


#: Types that tokens, their offsets and ids may have in Parquet, all of which are valid.
TYPES_OF_COLUMNS = {
    "large": {"id": pa.large_string(), "tokens": pa.large_list(pa.large_string())},
    "dictionary": {"id": pa.dictionary(pa.int32(), pa.string())},
    "fixed": {"char_start": pa.list_(pa.int32(), 2)},
    "view": {"id": pa.string_view(), "tokens": pa.list_(pa.string_view())},
    "list-view": {"tokens": pa.list_view(pa.string()), "char_start": pa.large_list_view(pa.int32())},
}


@pytest.mark.parametrize("name", TYPES_OF_COLUMNS)
def test_every_kind_of_texts_and_lists_is_valid(tmp_path, name):
    row = {"id": "d", "tokens": ["正", "文"], "ner_tags": ["O", "O"], "char_start": [0, 1], "fold": 0}
    arrays = {column: pa.array([value], TYPES_OF_COLUMNS[name].get(column)) for column, value in row.items()}
    try:
        (tmp_path / "a").write_bytes(parquet(pa.table(arrays)))
    except pa.ArrowNotImplementedError as error:
        pytest.skip(f"this version of pyarrow writes no views: {error}")
    assert run("a", "--as", "rows/ner", cwd=tmp_path) == (0, "", "all well: 1 record\n")


def test_a_parquet_file_without_rows(tmp_path):
    schema = read_schema().gold["sentences"].arrow_schema()
    (tmp_path / "valid").write_bytes(parquet(schema.empty_table()))
    (tmp_path / "other").write_bytes(parquet(pa.table({"x": pa.array([], pa.int64())})))
    (tmp_path / "type").write_bytes(parquet(sentences(text=pa.array([1])).slice(0, 0)))
    found = findings_of("valid", "other", "type", "--as", "gold/sentences", cwd=tmp_path)
    assert sorted(field for _, field, _ in found.pop("other")) == ["end", "id", "start", "text", "x"]
    assert found == {"type": [("shape", "text", "must be of type string, is a column of type int64")]}


#: What a file may be, with what is said of it: nothing where it is read.
KINDS = {
    "lines": (LINE, None),
    "gzip": (gzip.compress(LINE), None),
    "gzip-members": (gzip.compress(LINE) + gzip.compress(LINE), None),
    "xz": (lzma.compress(LINE), None),
    "bzip2": (bz2.compress(LINE), None),
    "zstd": (pa.Codec("zstd").compress(LINE).to_pybytes(), None),
    "parquet": (parquet(sentences()), None),
    "parquet-gzip": (gzip.compress(parquet(sentences())), None),
    "empty": (b"", None),
    "cut-gzip": (gzip.compress(LINE)[:-9], "its gzip data are damaged"),
    "cut-xz": (lzma.compress(LINE)[:-9], "its xz data are damaged"),
    "cut-bzip2": (bz2.compress(LINE)[:-9], "its bzip2 data are damaged"),
    "cut-zstd": (pa.Codec("zstd").compress(LINE).to_pybytes()[:-5], "its Zstandard data are damaged"),
    "twice": (gzip.compress(gzip.compress(LINE)), "is compressed twice"),
    "utf-16": (LINE.decode("utf-8").encode("utf-16"), "is encoded in UTF-16 or UTF-32"),
    "utf-16 after a blank": ((" " + LINE.decode("utf-8")).encode("utf-16-le"), "is encoded in UTF-16 or UTF-32"),
    "lz4": (b"\x04\x22\x4d\x18" + LINE, "is compressed by lz4"),
    "utf-16-be": (LINE.decode("utf-8").encode("utf-16-be"), "is encoded in UTF-16"),
    "pointer": (
        b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
        "is a pointer of Git LFS, not the file itself",
    ),
    "zip": (b"PK\x03\x04", "is a zip archive"),
    "half-parquet": (b"PAR1" + bytes(9), "cannot be read as Parquet"),
}


def test_what_a_file_is_is_told_by_its_bytes(tmp_path):
    for name, (data, _) in KINDS.items():
        for suffix in (".jsonl", ".parquet"):
            (tmp_path / f"{name}{suffix}").write_bytes(data)
    found = findings_of(*sorted(path.name for path in tmp_path.iterdir()), "--as", "gold/sentences", cwd=tmp_path)
    for name, (_, message) in KINDS.items():
        for suffix in (".jsonl", ".parquet"):
            told = found.pop(f"{name}{suffix}", [])
            assert [(id, text.partition(":")[0]) for id, _, text in told] == [("unreadable", message)] * bool(message)
    assert found == {}


@pytest.mark.parametrize("name", ["lines", "zstd", "parquet", "parquet-gzip", "pointer", "half-parquet"])
def test_what_standard_input_is_is_told_by_its_bytes(name):
    data, message = KINDS[name]
    found = findings_of("-", "--as", "gold/sentences", stdin=data)
    assert [text.partition(":")[0] for _, _, text in found.get("standard input", [])] == [message] * bool(message)


@pytest.mark.parametrize("name", ["gzip", "xz", "bzip2", "zstd"])
def test_what_is_compressed_is_unpacked_up_to_a_limit(monkeypatch, name):
    monkeypatch.setattr(contents, "UNPACKED", 100_000)
    monkeypatch.setattr(contents, "RATIO", 20)
    compress = {"gzip": gzip.compress, "xz": lzma.compress, "bzip2": bz2.compress}
    data = compress.get(name, lambda data: pa.Codec("zstd").compress(data).to_pybytes())(LINE * 20_000)
    found = findings_of("-", "--as", "gold/sentences", stdin=data)
    ((id, _, message),) = found["standard input"]
    assert id == "unreadable"
    assert "unpack to more than" in message


@pytest.mark.slow
def test_a_small_parquet_file_of_ten_gigabytes(tmp_path):
    """One text of a megabyte, which stands in 10,000 rows by its number in the dictionary of the column."""
    rows = {name: [value] * 10_000 for name, value in SENTENCE.items()}
    texts = pa.DictionaryArray.from_arrays(pa.array([0] * 10_000, pa.int32()), pa.array(["a" * 2**20]))
    data = parquet(pa.table(rows | {"text": texts}), store_schema=False, compression="zstd")
    assert len(data) < 3_000
    (tmp_path / "a").write_bytes(data)
    assert unreadable(tmp_path / "a", "--as", "gold/sentences").startswith("needs more than 2 GiB of memory")


def test_a_line_that_nests_too_deeply_or_has_a_number_out_of_range():
    found = findings_of("-", "--as", "gold/sentences", stdin=b"[" * 100_000 + b"\n" + b"9" * 5_000 + b"\n1e400")
    assert [(id, message) for id, _, message in found["standard input"]] == [
        ("json-syntax", "not JSON: lists and objects nest more than 100 deep"),
        ("json-syntax", "not JSON: an integer has more than 4,300 digits"),
        ("json-syntax", "not JSON: the number 1e400 is beyond the range of a float"),
    ]


def limited_run(path, *arguments):
    """Run a check in a process that may use a minute of processor time and 4 GiB of memory."""
    script = "import resource, runpy\n"
    script += (
        "resource.setrlimit(resource.RLIMIT_CPU, (60, 60)); resource.setrlimit(resource.RLIMIT_AS, (2**32, 2**32))\n"
    )
    script += "runpy.run_module('zhengwen', run_name='__main__')"
    command = [sys.executable, "-c", script, "check", *arguments]
    return subprocess.run(command, cwd=path, capture_output=True, text=True, encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("number", [1_000, 200_000])
def test_a_record_with_very_many_unknown_fields_or_items(tmp_path, number):
    """Cerberus alone takes time that grows with the square of the number, hours in all."""
    fields = json.dumps({**SENTENCE, **dict.fromkeys(map(str, range(number)), 1)})
    (tmp_path / "a.jsonl").write_text(f"{fields}\n", encoding="utf-8")
    done = limited_run(tmp_path, "a.jsonl", "--as", "gold/sentences")
    assert done.stderr == "11 findings in 1 record\n"
    assert f"{number - 10:,} more inside break the same rule as 0: is not a field of this shape" in done.stdout
    names = {"id": "d", "tokens": ["a"], "ner_tags": ["O"], "char_start": ["x"] * number, "fold": 0}
    (tmp_path / "b.jsonl").write_text(json.dumps(names), encoding="utf-8")
    done = limited_run(tmp_path, "b.jsonl", "--as", "rows/ner")
    assert done.stderr == "11 findings in 1 record\n"
    assert f"char_start: {number - 10:,} more inside break the same rule as char_start.0" in done.stdout


def test_a_parquet_file_with_very_many_unknown_columns(tmp_path):
    (tmp_path / "a").write_bytes(parquet(sentences(**{f"x{number}": pa.array([1]) for number in range(1_000)})))
    found = findings_of("a", "--as", "gold/sentences", cwd=tmp_path)["a"]
    assert len(found) == 11
    assert ("shape", "", "990 more inside break the same rule as x0: is not a field of this shape") in found


def test_values_of_megabytes_are_cut_in_messages(tmp_path):
    long = "正" * 1_000_000
    record = {"id": long, "start": long, "end": 2, "text": "", long: long}
    (tmp_path / "a.jsonl").write_text(json.dumps(record, ensure_ascii=False), encoding="utf-8")
    (tmp_path / "b.parquet").write_bytes(parquet(pa.table({name: [value] for name, value in record.items()})))
    for format in ("text", "json", "github"):
        code, out, _ = run("a.jsonl", "b.parquet", "--as", "gold/sentences", "--format", format, cwd=tmp_path)
        assert code == 1
        assert out.count("(1000002 characters)") == 2  # of the repr of the id
        assert len(out) < 50_000


def test_nothing_in_a_name_or_a_record_reaches_the_terminal_as_it_is(tmp_path):
    hidden = "\x1b[1m\u202e\x9b\u200b"
    record = json.dumps({**SENTENCE, hidden: 1, "text": 1, "id": f"d.{hidden}"}, ensure_ascii=False)
    name = f"a\udcff{hidden}\n::error::x[b]"
    (tmp_path / name).write_text(record.replace("\x1b", "\\u001b"), encoding="utf-8")
    for format in ("text", "json", "github"):
        code, out, err = run(name, "--as", "gold/sentences", "--format", format, cwd=tmp_path)
        assert (code, err) == (1, "3 findings in 1 record\n")
        assert not set(hidden[:1] + hidden[4:]) & set(out)
        assert not re.search("(?m)^::error::", out)
        if format == "json":
            assert [json.loads(line)["file"] for line in out.splitlines()] == [name] * 3


def test_findings_that_are_alike_are_counted(tmp_path):
    (tmp_path / "a.jsonl").write_bytes(LINE.replace(b"d.s001", b"1") * 1_000 + LINE.replace(b"2", b'"2"'))
    code, out, err = run("a.jsonl", "--as", "gold/sentences", cwd=tmp_path)
    lines = out.splitlines()
    assert (code, err) == (1, "1,001 findings in 1,001 records\n")
    assert sum("[shape] id: must match" in line for line in lines) == 10
    assert sum("[shape] end: must be" in line for line in lines) == 1
    assert lines[-1] == "990 more findings [shape] id: not shown; `zhengwen check --all` shows them"
    for options in (["--all"], ["--format", "json"], ["--all", "--format", "github"]):
        code, out, _ = run("a.jsonl", "--as", "gold/sentences", *options, cwd=tmp_path)
        assert out.count("must match") == 1_000


def test_findings_of_very_many_kinds_are_counted(tmp_path):
    lines = [json.dumps({**SENTENCE, f"x{number}": 1}) for number in range(2_000)]
    (tmp_path / "a.jsonl").write_text("\n".join(lines), encoding="utf-8")
    code, out, _ = run("a.jsonl", "--as", "gold/sentences", cwd=tmp_path)
    assert code == 1
    assert sum("is not a field" in line for line in out.splitlines()) == KINDS_TOLD_APART + EACH
    assert out.endswith("1,890 more findings [shape]: not shown; `zhengwen check --all` shows them\n")


def test_github_gets_as_many_annotations_as_it_shows_of_as_many_kinds_as_possible(tmp_path):
    (tmp_path / "a.jsonl").write_bytes(LINE.replace(b"d.s001", b"1") * 50 + LINE.replace(b"2", b'"2"') + b"x\n")
    code, out, _ = run("a.jsonl", "--as", "gold/sentences", "--format", "github", cwd=tmp_path)
    *annotations, summary = out.splitlines()
    assert code == 1
    assert [line.split("::")[1].split(",")[0] for line in annotations] == ["error file=a.jsonl"] * ANNOTATIONS
    assert sum("title=json-syntax" in line for line in annotations) == 1
    assert sum("::end: " in line for line in annotations) == 1
    assert summary.startswith("::notice title=zhengwen::52 findings, of which 10 are shown: shape 51, json-syntax 1%0A")


def test_paths_are_relative_to_where_the_command_runs(repository):
    path = f"seeds/{ARTICLE}/gold/entities.jsonl"
    (repository / path).write_bytes(b"x\n")
    code, out, _ = run("repository", cwd=repository.parent)
    assert code == 1
    assert out.startswith(f"repository/{path}:1: [json-syntax] ")
    code, out, _ = run(repository, "--format", "github", cwd=repository / "seeds")
    assert f"file={ARTICLE}/gold/entities.jsonl," in out
    assert findings_of(repository / path, "--as", "gold/entities", cwd=repository / "schema").keys() == {f"../{path}"}


def test_a_folder_that_is_no_repository_hides_no_findings(repository, tmp_path):
    (repository / "seeds" / ARTICLE / "gold" / "entities.jsonl").write_bytes(b"x\n")
    (tmp_path / "other").mkdir()
    code, out, err = run("other", "repository", cwd=tmp_path)
    assert code == 1
    assert "[json-syntax]" in out
    assert err.splitlines()[0] == "1 finding"
    assert err.splitlines()[1].startswith("error: other: not inside a zhengwen repository")


def test_the_limits_are_those_in_the_docs(root):
    page = (root / "docs" / "ci.md").read_text(encoding="utf-8")
    table = page.split("## Limits")[1].split("\n## ")[0]
    assert set(re.findall(r"`([A-Z_]+)`", table)) == {
        name for name in vars(limits) if name.isupper() and name not in ("KIB", "MIB", "GIB")
    }
    for stated, name in re.findall(r"\| ([\d,]+(?: [MG]iB)?)[^|]*\| `([A-Z_]+)`", table):
        amount, _, unit = stated.partition(" ")
        factor = {"MiB": limits.MIB, "GiB": limits.GIB}.get(unit, 1)
        assert int(amount.replace(",", "")) * factor == getattr(limits, name), name


def damaged(data, seed):
    """A valid file after up to five accidents, of which half happen near its end, where Parquet has its metadata."""
    chance = random.Random(seed)
    spoilt = bytearray(data)
    for _ in range(chance.choice([1, 1, 2, 5])):
        at = chance.randrange(max(0, len(spoilt) - 600) if chance.random() < 0.5 else 0, len(spoilt))
        match chance.choice([0, 0, 1, 1, 2, 3, 4]):
            case 0:
                spoilt[at] ^= 1 << chance.randrange(8)
            case 1:
                spoilt[at] = chance.randrange(256)
            case 2:
                del spoilt[at : at + chance.randrange(1, 40)]
            case 3:
                spoilt[at:at] = chance.randbytes(chance.randrange(1, 40))
            case 4:
                del spoilt[at + 1 :]
    return bytes(spoilt)


def many_sentences():
    rows = [SENTENCE | {"id": f"d.s{number:03}", "start": number, "end": number + 2} for number in range(200)]
    return pa.Table.from_pylist(rows, schema=read_schema().gold["sentences"].arrow_schema())


def as_lines(table):
    return b"".join(json.dumps(row, ensure_ascii=False).encode("utf-8") + b"\n" for row in table.to_pylist())


#: How the same records are written for each reader.
WRITERS = {
    "lines": as_lines,
    "gzip": lambda table: gzip.compress(as_lines(table), mtime=0),
    "xz": lambda table: lzma.compress(as_lines(table)),
    "zstd": lambda table: pa.Codec("zstd").compress(as_lines(table)).to_pybytes(),
    "parquet": lambda table: parquet(table, write_page_index=True, write_page_checksum=True),
    "parquet-plain": lambda table: parquet(table, use_dictionary=False, compression="none", row_group_size=50),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", WRITERS)
def test_a_thousand_damaged_files(tmp_path, name):
    """All are checked in one process, within limits of time and memory; each has findings, or is as good as valid."""
    data = WRITERS[name](many_sentences())
    names = [f"{number:04}" for number in range(1_000)]
    for number, file in enumerate(names):
        (tmp_path / file).write_bytes(damaged(data, number))
    done = limited_run(tmp_path, *names, "--as", "gold/sentences", "--format", "json")
    assert done.returncode == 1
    assert re.fullmatch(r"[\d,]+ findings in [\d,]+ records\n", done.stderr)
    findings = [json.loads(line) for line in done.stdout.splitlines()]
    by_file = Counter(finding["file"] for finding in findings)
    assert by_file.keys() <= set(names)
    assert len(by_file) > 600, "most damage is found"
    for finding in findings:
        assert finding["id"] in ("unreadable", "shape", "json-syntax", "not-utf8", "byte-order-mark")
        assert "Traceback" not in finding["message"]
        assert len(finding["message"]) < 1_000


@pytest.mark.slow
def test_a_thousand_damaged_yaml_files(tmp_path, root):
    data = (root / "seeds" / ARTICLE / "document.yaml").read_bytes()
    for number in range(1_000):
        (tmp_path / f"{number:04}.yaml").write_bytes(damaged(data, number))
    script = "import resource, sys\nfrom pathlib import Path\n"
    script += "from zhengwen.errors import ZhengwenError\nfrom zhengwen.files import read_yaml\n"
    script += "from zhengwen.schema import read_schema\nshape = read_schema().gold['document']\n"
    script += "resource.setrlimit(resource.RLIMIT_CPU, (60, 60))\n"
    script += "for path in sorted(Path().glob('*.yaml')):\n"
    script += (
        "    try: print(path, *shape.problems(read_yaml(path)))\n    except ZhengwenError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, check=True)
    lines = done.stdout.decode("utf-8").splitlines()
    assert [line[:4] for line in lines] == [f"{number:04}" for number in range(1_000)]


@pytest.mark.slow
def test_a_check_does_not_import_datasets(root):
    # The import takes 3 s.  Level 5 computes the release too.
    program = "import sys; from zhengwen.cli.main import main\n"
    program += "try: main(sys.argv[1:])\nexcept SystemExit as end: print(end.code, 'datasets' in sys.modules)"
    process = subprocess.run([sys.executable, "-c", program, "check", root], check=True, capture_output=True, text=True)
    assert process.stdout == "0 False\n", process.stdout + process.stderr
