"""`process`: rows are neither lost nor counted twice, whatever happens, and the output is always the same bytes."""

import base64
import graphlib
import gzip
import json
import multiprocessing
import os
import resource
import select
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import imported_names, tree
from pyarrow.parquet import encryption

import zhengwen
from zhengwen import process, scale, stages
from zhengwen.cli import process as command_module
from zhengwen.cli.main import command_line, main
from zhengwen.editions import SCRIPTS
from zhengwen.errors import ZhengwenError
from zhengwen.scale import repeated, run
from zhengwen.scale.tasks import Task
from zhengwen.scale.work import work

TEXTS = [
    "這個問題很重要。“好。”他說。",
    "专著和土著没有问题。",
    "no Chinese here",
    "經(jīng)濟發(fā)展,產(chǎn)業(yè)升級",
    "",
]
ROWS = [{"id": f"d{number}", "text": TEXTS[number % len(TEXTS)], "n": number} for number in range(200)]


def json_lines(rows) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode("utf-8")


@pytest.fixture
def parquet(tmp_path):
    path = tmp_path / "in.parquet"
    pq.write_table(pa.Table.from_pylist(ROWS), path, row_group_size=20)
    return path


@pytest.fixture
def here():
    """An executor in this process, which starts at once; `process` takes any executor."""
    with ThreadPoolExecutor(1) as executor:
        yield executor


def shards(out) -> list[dict]:
    return [row for path in sorted((out / "data").glob("*")) for row in pq.read_table(path).to_pylist()]


def rejects(out) -> list[dict]:
    return [
        json.loads(line) for path in sorted((out / "rejected").glob("*")) for line in path.read_bytes().splitlines()
    ]


def assert_balanced(out, summary) -> None:
    assert summary.counts["rows"] == len(shards(out)) + len(rejects(out))
    assert summary.counts["out"] == len(shards(out))
    assert not list(out.rglob(".*"))


# -- the output


def test_the_rows_are_the_same_as_from_the_functions_for_one_document(parquet, tmp_path, here):
    summary = process(parquet, tmp_path / "out", engine=here, shard_bytes=1500)
    rows = shards(tmp_path / "out")
    assert summary.shards > 3
    assert [(row["id"], row["n"]) for row in rows] == [(row["id"], row["n"]) for row in ROWS]
    for row, received in zip(rows, ROWS, strict=True):
        text = zhengwen.convert(zhengwen.restore(received["text"]).text, "hans").text
        assert row["text"] == text
        assert "".join(text[a:b] for a, b in zip(row["sentence_starts"], row["sentence_ends"], strict=True)) == text
    assert (summary.counts["rows"], summary.counts["damaged"]) == (200, 40)
    assert (summary.counts["verified"], summary.counts["script:hant"], summary.counts["script:none"]) == (40, 80, 80)
    assert_balanced(tmp_path / "out", summary)


def test_every_step_and_edition(parquet, tmp_path, here):
    steps = ["restore", "convert", "segment", "tokenize", "check"]
    process(parquet, tmp_path / "out", steps, to="hant-tw", tokenizer="jieba", engine=here)
    row = shards(tmp_path / "out")[1]
    assert row["text"] == "專著和土著沒有問題。"
    assert "".join(row["tokens"]) == row["text"]
    assert row["tokenizer"].startswith("jieba ")
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_bytes())
    assert manifest["to"] == "hant-tw"
    assert manifest["versions"]["zhengwen"] == zhengwen.__version__
    # An alias names the same edition, so this is the same run.
    written = tree(tmp_path / "out")
    process(parquet, tmp_path / "out", steps, to="zh-TW", tokenizer="jieba", engine=here)
    assert tree(tmp_path / "out") == written


def test_the_output_is_a_dataset(parquet, tmp_path, here):
    import datasets  # slow, and the workers of a test below import this module

    process(parquet, tmp_path / "out", engine=here, shard_bytes=3000)
    dataset = datasets.load_dataset(os.fspath(tmp_path / "out"), split="train")
    assert dataset.num_rows == 200
    assert dataset[3]["edits"][0]["rule"] == "gloss"


# -- inputs


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz", "a.jsonl.zst"])
@pytest.mark.parametrize("shard_bytes", [31, 100, 777, 1 << 20])
def test_json_lines_however_they_are_divided(tmp_path, here, name, shard_bytes):
    compression = {"gz": "gzip", "zst": "zstd"}.get(name.rpartition(".")[2])
    data = json_lines(ROWS[:25]).removesuffix(b"\n")
    with pa.output_stream(tmp_path / name, compression=compression) as stream:
        stream.write(data)
    summary = process(tmp_path / name, tmp_path / "out", ["segment"], engine=here, shard_bytes=shard_bytes)
    rows = shards(tmp_path / "out")
    assert [(row["id"], row["text"], json.loads(row["fields"])["n"]) for row in rows] == [
        (row["id"], row["text"], row["n"]) for row in ROWS[:25]
    ]
    assert_balanced(tmp_path / "out", summary)


def test_a_gzip_of_several_members(tmp_path, here):
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(json_lines(ROWS[:2])) + gzip.compress(json_lines(ROWS[2:5])))
    assert process(tmp_path / "a.jsonl.gz", tmp_path / "out", engine=here).counts["out"] == 5


def test_text_files_folders_and_globs(tmp_path, here):
    for name in ("b/1.txt", "a/2.txt", "a/_hidden.txt", "a/readme.md"):
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_text("問題。", encoding="utf-8")
    summary = process(tmp_path / "in", tmp_path / "folder", engine=here)
    assert [row["id"] for row in shards(tmp_path / "folder")] == ["a/2.txt", "b/1.txt"]
    assert summary.skipped == ["a/readme.md"]
    process(f"{tmp_path}/in/*/2.txt", tmp_path / "glob", engine=here)
    assert [row["id"] for row in shards(tmp_path / "glob")] == ["a/2.txt"]
    process([tmp_path / "in" / "a" / "2.txt", tmp_path / "in" / "b" / "1.txt"], tmp_path / "both", engine=here)
    assert [row["id"] for row in shards(tmp_path / "both")] == ["1.txt", "2.txt"]


def test_a_url(tmp_path, here):
    with fsspec.open("memory://crawl/a.jsonl", "wb") as file:
        file.write(json_lines(ROWS[:30]))
    summary = process("memory://crawl", tmp_path / "out", engine=here, shard_bytes=500)
    assert summary.counts["out"] == 30
    process("memory://crawl/*.jsonl", tmp_path / "glob", engine=here, shard_bytes=500)
    assert tree(tmp_path / "glob") == tree(tmp_path / "out")


def test_the_id_of_a_row_without_one_is_its_place(tmp_path, here):
    pq.write_table(pa.table({"text": ["a", "b", "c"]}), tmp_path / "a.parquet", row_group_size=1)
    process(tmp_path / "a.parquet", tmp_path / "p", engine=here, shard_bytes=1)
    assert [row["id"] for row in shards(tmp_path / "p")] == ["a.parquet:0", "a.parquet:1", "a.parquet:2"]
    (tmp_path / "a.jsonl").write_bytes(json_lines([{"text": "a"}, {"text": "b"}]))
    process(tmp_path / "a.jsonl", tmp_path / "j", engine=here, shard_bytes=1)
    assert [row["id"] for row in shards(tmp_path / "j")] == ["a.jsonl:0", "a.jsonl:14"]


@pytest.mark.parametrize("kind", ["string", "large_string", "string_view", "dictionary"])
def test_columns_of_strings_of_any_kind(tmp_path, here, kind):
    arrow = pa.dictionary(pa.int32(), pa.string()) if kind == "dictionary" else getattr(pa, kind)()
    body = pa.array(["問題", None, "问题"]).cast(arrow)
    pq.write_table(pa.table({"key": [3, 4, 5], "body": body}), tmp_path / "a.parquet")
    summary = process(tmp_path / "a.parquet", tmp_path / "out", text_column="body", id_column="key", engine=here)
    assert [(row["key"], row["body"]) for row in shards(tmp_path / "out")] == [(3, "问题"), (5, "问题")]
    assert_balanced(tmp_path / "out", summary)


# -- bad input


def test_lines_are_rejected_with_the_reason(tmp_path, here):
    lines = [
        b'{"id": "a", "text": "\xe5\xa5\xbd"}',
        b'{"id": "b", "text": null}',
        b'{"id": "c"}',
        b'{"id": "a", "text": "again"}',
        b'{"id": "d", "text": "\xff"}',
        b'{"id": "e", "text": "\\ud800"}',
        b"{oops",
        b"[1]",
        b"[" * 100_000,
        b"",
        b'{"id": "f", "text": "' + b"x" * 200_000 + b'"}',
        b'{"id": "g", "text": 5}',
        b'{"id": 7, "text": "seven", "more": "\\ud800"}',
    ]
    (tmp_path / "a.jsonl").write_bytes(b"\n".join(lines))
    summary = process(tmp_path / "a.jsonl", tmp_path / "out", engine=here, row_bytes=150_000)
    assert [row["id"] for row in shards(tmp_path / "out")] == ["a", "7"]
    assert [reject["reason"] for reject in rejects(tmp_path / "out")] == [
        "no-text", "no-text", "duplicate-id", "not-utf-8", "not-utf-8",
        "not-json", "not-json", "not-json", "too-large", "no-text",
    ]  # fmt: skip
    assert rejects(tmp_path / "out")[0]["place"] == f"a.jsonl:{len(lines[0]) + 1}"
    assert summary.counts["rejected"] == 10
    assert_balanced(tmp_path / "out", summary)


def test_rows_of_parquet_are_rejected_with_the_reason(tmp_path, here):
    broken = pa.array([b"ok", None, b"\xff", b"x" * 1000, b"ok"]).cast(pa.binary())
    text = pa.Array.from_buffers(pa.string(), 5, broken.buffers())
    pq.write_table(pa.table({"id": ["a", "b", "c", "d", "a"], "text": text}), tmp_path / "a.parquet")
    summary = process(tmp_path / "a.parquet", tmp_path / "out", engine=here, row_bytes=999)
    assert [(reject["id"], reject["reason"]) for reject in rejects(tmp_path / "out")] == [
        ("b", "no-text"), ("c", "not-utf-8"), ("d", "too-large"), ("a", "duplicate-id"),
    ]  # fmt: skip
    assert_balanced(tmp_path / "out", summary)


def test_text_files_are_rejected_with_the_reason(tmp_path, here):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_bytes("舊".encode("gbk"))
    (tmp_path / "in" / "b.txt").write_bytes(b"x" * 100)
    (tmp_path / "in" / "c.txt").write_bytes(b"")
    summary = process(tmp_path / "in", tmp_path / "out", engine=here, row_bytes=99)
    assert [(reject["id"], reject["reason"]) for reject in rejects(tmp_path / "out")] == [
        ("a.txt", "not-utf-8"), ("b.txt", "too-large"),
    ]  # fmt: skip
    assert_balanced(tmp_path / "out", summary)


@pytest.mark.parametrize("compression", ["gzip", "zstd"])
def test_a_compressed_file_that_was_cut_off(tmp_path, here, compression):
    name = f"a.jsonl.{ {'gzip': 'gz', 'zstd': 'zst'}[compression] }"
    rows = [{"id": str(number), "text": os.urandom(500).hex()} for number in range(2000)]
    with pa.output_stream(tmp_path / name, compression=compression) as stream:
        stream.write(json_lines(rows))
    data = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(data[: len(data) // 2])
    summary = process(tmp_path / name, tmp_path / "out", engine=here)
    assert 0 < summary.counts["out"] < 2000
    assert rejects(tmp_path / "out")[-1]["reason"] in ("unreadable", "not-json")
    assert_balanced(tmp_path / "out", summary)


def test_a_parquet_file_that_was_cut_off_or_corrupted(parquet, tmp_path, here):
    data = parquet.read_bytes()
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.parquet").write_bytes(data[: len(data) // 2])
    (folder / "b.parquet").write_bytes(data)
    corrupted = bytearray(data)
    offset = pq.read_metadata(parquet).row_group(5).column(1).data_page_offset
    corrupted[offset : offset + 40] = b"\xff" * 40
    (folder / "c.parquet").write_bytes(bytes(corrupted))
    summary = process(folder, tmp_path / "out", engine=here, shard_bytes=1)
    assert (summary.counts["rejected:unreadable"], summary.counts["claimed"]) == (2, 20)
    assert summary.counts["out"] == 200 + 180
    assert_balanced(tmp_path / "out", summary)


def test_ids_that_occur_in_two_shards_are_listed(tmp_path, here, monkeypatch):
    rows = [{"id": f"d{number % 30}", "text": "好"} for number in range(40)]
    (tmp_path / "a.jsonl").write_bytes(json_lines(rows))
    summary = process(tmp_path / "a.jsonl", tmp_path / "out", engine=here, shard_bytes=200)
    assert summary.repeated == 10
    listed = (tmp_path / "out" / repeated.FILE).read_text(encoding="utf-8").splitlines()
    assert sorted(json.loads(line)["id"] for line in listed) == sorted(f"d{number}" for number in range(10))
    assert_balanced(tmp_path / "out", summary)
    # The same in several passes over the hashes.
    monkeypatch.setattr(repeated, "_MAX_HASHES", 7)
    process(tmp_path / "a.jsonl", tmp_path / "passes", engine=here, shard_bytes=200)
    assert tree(tmp_path / "passes")[repeated.FILE] == tree(tmp_path / "out")[repeated.FILE]


def test_only_the_row_on_which_a_step_fails_is_rejected(parquet, tmp_path, here, monkeypatch):
    def fail(table, text):
        if 7 in table["n"].to_pylist():
            raise ValueError("seven")
        return stages.segment(table, text)

    monkeypatch.setitem(stages.STAGES, "segment", (fail, stages.STAGES["segment"][1]))
    summary = process(parquet, tmp_path / "out", ["segment"], engine=here)
    assert [(reject["id"], reject["message"]) for reject in rejects(tmp_path / "out")] == [("d7", "ValueError: seven")]
    assert_balanced(tmp_path / "out", summary)


def test_lines_whose_values_json_or_utf8_cannot_hold(tmp_path, here):
    lines = [
        b'{"id": "\\ud800", "text": null}',
        b'{"id": "\\ud800", "text": "a"}',
        b'{"id": "b", "text": "a", "n": NaN}',
        b'{"id": "c", "text": "a", "n": 1e400}',
        b'{"id": "d", "text": "a", "n": ' + b"9" * 5000 + b"}",
        b'{"id": "' + b"e" * 5000 + b'", "text": 1}',
    ]
    (tmp_path / "a.jsonl").write_bytes(b"\n".join(lines))
    summary = process(tmp_path / "a.jsonl", tmp_path / "out", ["segment"], engine=here)
    rejected = rejects(tmp_path / "out")
    assert [reject["reason"] for reject in rejected] == [
        "no-text",
        "not-utf-8",
        "not-json",
        "not-json",
        "not-json",
        "no-text",
    ]
    assert rejected[0]["id"] == "\\ud800"
    assert len(rejected[-1]["id"]) < 1100
    assert_balanced(tmp_path / "out", summary)


_IDS = {
    "bytes": pa.array([b"a", b"a", b"\xff\xfe", b"c"], pa.binary()),
    "bytes of one length": pa.array([b"a", b"a", b"\xff", b"c"], pa.binary(1)),
    "dates": pa.array([1, 1, 2**31 - 1, 3], pa.date32()),
    "times of day": pa.array([1, 1, 2, 3], pa.time64("ns")),
    "timestamps": pa.array([1, 1, 2**62, 3], pa.timestamp("us")),
    "timestamps in a zone": pa.array([1, 1, 2**62, 3], pa.timestamp("us", "UTC")),
    "timestamps in an unknown zone": pa.array([1, 1, 2**62, 3], pa.timestamp("ns", "Moon/Tycho")),
    "durations": pa.array([1, 1, 2**62, 3], pa.duration("s")),
    "decimals": pa.array([1, 1, 2, 3]).cast(pa.decimal128(30, 3)),
    "floats": pa.array([1.5, 1.5, float("nan"), float("inf")]),
    "booleans": pa.array([True, True, False, None]),
    "a dictionary": pa.array(["a", "a", "b", "c"]).dictionary_encode(),
    "strings that are not UTF-8": pa.Array.from_buffers(
        pa.string(), 4, pa.array([b"a", b"a", b"\xff", b"c"], pa.binary()).buffers()
    ),
    "nothing": pa.nulls(4),
}


@pytest.mark.parametrize("kind", _IDS)
def test_ids_of_any_type(tmp_path, here, kind):
    """A row with the id of an earlier one is found in its part and across parts, and every reject is JSON."""
    (tmp_path / "in").mkdir()
    for name in ("a", "b"):
        table = pa.table({"id": _IDS[kind], "text": ["一", "二", None, "三"]})
        pq.write_table(table, tmp_path / "in" / f"{name}.parquet", version="2.6")
    summary = process(tmp_path / "in", tmp_path / "out", ["segment"], engine=here)
    is_null = kind == "nothing"
    reasons = ["duplicate-id", "no-text"] * 2 if not is_null else ["no-text"] * 2
    found = rejects(tmp_path / "out")
    assert [reject["reason"] for reject in found] == reasons
    assert all(isinstance(reject["id"], str | int | None) for reject in found)
    assert summary.repeated == (0 if is_null else 1 if kind == "booleans" else 2)
    assert summary.counts["rows"] == summary.counts["out"] + len(found) == 8


def test_an_id_that_is_not_utf8_is_rejected(tmp_path, here):
    pq.write_table(
        pa.table({"id": _IDS["strings that are not UTF-8"], "text": ["一", "二", "三", "四"]}), tmp_path / "a.parquet"
    )
    process(tmp_path / "a.parquet", tmp_path / "out", ["segment"], engine=here)
    assert [(reject["id"], reject["reason"]) for reject in rejects(tmp_path / "out")] == [
        ("a", "duplicate-id"), ("\\xff", "not-utf-8"),
    ]  # fmt: skip


def test_a_text_column_that_holds_nothing(tmp_path, here):
    pq.write_table(pa.table({"text": pa.nulls(3)}), tmp_path / "a.parquet")
    summary = process(tmp_path / "a.parquet", tmp_path / "out", engine=here)
    assert summary.counts["rejected:no-text"] == summary.counts["rows"] == 3


@pytest.mark.parametrize("values", [[[1]], [{"a": 1}]], ids=["lists", "structs"])
def test_ids_that_are_nested_are_refused(tmp_path, here, values):
    pq.write_table(pa.table({"id": values, "text": ["a"]}), tmp_path / "a.parquet")
    refused("cannot be an id", tmp_path / "a.parquet", tmp_path / "out", engine=here)


def with_footer(path: Path, table: pa.Table, old: bytes, new: bytes) -> Path:
    """Write a Parquet file, and replace bytes in its footer."""
    pq.write_table(table, path)
    data = path.read_bytes()
    length = int.from_bytes(data[-8:-4], "little")
    footer = data[-8 - length : -8]
    assert old in footer
    footer = footer.replace(old, new)
    path.write_bytes(data[: -8 - length] + footer + len(footer).to_bytes(4, "little") + data[-4:])
    return path


def test_columns_that_cannot_be_told_apart_or_named(tmp_path, here):
    pq.write_table(pa.table([["a"], ["b"]], ["text", "text"]), tmp_path / "twice.parquet")
    refused("2 columns, of which several are called 'text'", tmp_path / "twice.parquet", tmp_path / "out", engine=here)
    pq.write_table(pa.table({}), tmp_path / "none.parquet")
    refused("unknown column 'text'", tmp_path / "none.parquet", tmp_path / "out", engine=here)
    path = with_footer(tmp_path / "bytes.parquet", pa.table({"text": ["a"], "more": ["b"]}), b"more", b"m\xffre")
    refused("cannot be read as Parquet: 'utf-8' codec", path, tmp_path / "out", engine=here)
    pq.write_table(pa.table({"text": ["a"]}), tmp_path / "a.parquet")
    for name in ("\udcff", "text"):
        refused("name of a column|both", tmp_path / "a.parquet", tmp_path / "out", id_column=name, engine=here)
    (tmp_path / "a.jsonl").write_bytes(b"{}")
    refused("the text cannot be in 'fields'", tmp_path / "a.jsonl", tmp_path / "out", text_column="fields", engine=here)


def test_a_parquet_file_that_claims_rows_which_it_does_not_hold(tmp_path, here):
    claimed = b"\x16\x80\x80\x80\x80\x80\x40"  # 2**40, where the footer says 1
    path = with_footer(tmp_path / "a.parquet", pa.table({"text": ["a"]}), b"\x16\x02", claimed)
    assert pq.read_metadata(path).num_rows == 2**40
    summary = process(path, tmp_path / "out", ["segment"], engine=here)
    assert (summary.counts["rows"], summary.counts["out"], summary.counts["rejected"]) == (2, 1, 1)
    assert summary.counts["claimed"] == 2**40 - 1
    assert "by the file, 1,099,511,627,775 more rows" in rejects(tmp_path / "out")[0]["message"]
    assert_balanced(tmp_path / "out", summary)


class _Keys(encryption.KmsClient):
    """Keeps keys as they are."""

    def __init__(self):
        super().__init__()

    def wrap_key(self, key, _):
        return base64.b64encode(key)

    def unwrap_key(self, wrapped, _):
        return base64.b64decode(wrapped)


def test_encrypted_columns_are_unreadable(tmp_path, here):
    settings = encryption.EncryptionConfiguration(footer_key="a", column_keys={"b": ["text"]}, plaintext_footer=True)
    factory = encryption.CryptoFactory(lambda _: _Keys())
    properties = factory.file_encryption_properties(encryption.KmsConnectionConfig(), settings)
    table = pa.table({"text": ["a"]})
    with pq.ParquetWriter(tmp_path / "a.parquet", table.schema, encryption_properties=properties) as writer:
        writer.write_table(table)
    summary = process(tmp_path / "a.parquet", tmp_path / "out", ["segment"], engine=here)
    assert (summary.counts["rejected:unreadable"], summary.counts["rows"]) == (1, 1)
    assert "decrypt" in rejects(tmp_path / "out")[0]["message"]


def test_statistics_that_do_not_fit_do_not_abort_the_process(tmp_path):
    """pyarrow ends the process when the metadata of such a column are asked for, so they are not."""
    (tmp_path / "in").mkdir()
    optional, required = (b"\x15\x0c\x25" + repetition + b"\x18\x04text" for repetition in (b"\x02", b"\x00"))
    with_footer(tmp_path / "in" / "a.parquet", pa.table({"text": ["a", None]}), optional, required)
    pq.write_table(pa.table({"text": ["a"]}), tmp_path / "in" / "b.parquet")
    command = [
        sys.executable,
        "-m",
        "zhengwen",
        "process",
        "in",
        "--out",
        "out",
        "--steps",
        "segment",
        "--workers",
        "1",
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    assert "error: in/a.parquet" not in done.stderr


# -- runs that cannot start


def refused(match, *arguments, **options):
    with pytest.raises(ZhengwenError, match=match):
        process(*arguments, **options)


def test_a_run_that_cannot_start_is_refused_and_writes_nothing(parquet, tmp_path, here, monkeypatch):
    out = tmp_path / "out"
    refused("unknown step 'translate'", parquet, out, ["translate"])
    refused("not in their order", parquet, out, ["convert", "restore"])
    refused("not in their order", parquet, out, [])
    refused("unknown target edition", parquet, out, to="zh")
    refused("unknown tokenizer", parquet, out, tokenizer="thulac")
    refused("unknown engine", parquet, out, engine="spark")
    refused("the engine local has no scheduler", parquet, out, scheduler="tcp://127.0.0.1:1")
    refused("at least one worker", parquet, out, workers=0)
    refused("has its own workers", parquet, out, engine="dask", workers=2, scheduler="tcp://127.0.0.1:1")
    refused("unknown column 'body'", parquet, out, text_column="body")
    refused("unknown column 'key'", parquet, out, id_column="key")
    refused("holds int64, not strings", parquet, out, text_column="n")
    refused("no such file", tmp_path / "none.parquet", out)
    refused("no file of a supported type", f"{tmp_path}/*.csv", out)
    refused("have the same name", [parquet, parquet], out)
    (tmp_path / "a.jsonl").write_bytes(json_lines(ROWS[:2]))
    refused("of several kinds", [parquet, tmp_path / "a.jsonl"], out)
    pq.write_table(pa.table({"text": ["a"], "script": ["b"]}), tmp_path / "taken.parquet")
    refused("columns that the steps would add: script", tmp_path / "taken.parquet", out)
    pq.write_table(pa.table({"text": ["a"]}), tmp_path / "other.parquet")
    refused("has other columns than", [parquet, tmp_path / "other.parquet"], out)
    (tmp_path / "cut.parquet").write_bytes(parquet.read_bytes()[:100])
    refused("cannot be read as Parquet", tmp_path / "cut.parquet", out)
    monkeypatch.setitem(sys.modules, "rjieba", None)
    refused("rjieba is not installed", parquet, out, ["tokenize"], tokenizer="rjieba", engine=here)
    assert not out.exists()


def test_a_folder_that_holds_something_else_is_refused(parquet, tmp_path, here):
    out = tmp_path / "out"
    process(parquet, out, engine=here)
    before = tree(out)
    refused("steps was .* and is", parquet, out, ["segment"], engine=here)
    refused("to was 'hans' and is 'hant'", parquet, out, to="hant", engine=here)
    os.utime(parquet, (1, 1))
    refused("the input in.parquet was changed", parquet, out, engine=here)
    assert tree(out) == before
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_bytes(b"")
    refused("holds files that are not from a run", parquet, tmp_path / "mine", engine=here)
    for data in (b"{", b"[]", b'{"inputs": [3]}'):
        (tmp_path / "mine" / "run.json").write_bytes(data)
        refused("does not describe a run", parquet, tmp_path / "mine", engine=here)


def test_two_runs_cannot_write_one_folder_at_the_same_time(parquet, tmp_path, here):
    def meanwhile(tasks, records):
        refused("another run is writing", parquet, tmp_path / "out", engine=here)
        return records

    process(parquet, tmp_path / "out", engine=here, progress=meanwhile)


# -- the same bytes, whatever happens


#: Of a run with many tasks, whose workers start quickly: the step needs no model and no dictionary.
QUICK = {"steps": ["segment"], "shard_bytes": 1500}


@pytest.fixture
def undisturbed(parquet, tmp_path, here):
    """The output of a quick run that nothing disturbed."""
    out = tmp_path / "undisturbed"
    process(parquet, out, engine=here, **QUICK)
    return tree(out)


def test_any_number_of_processes(parquet, tmp_path, here):
    process(parquet, tmp_path / "here", engine=here, shard_bytes=1500)
    process(parquet, tmp_path / "out", workers=2, shard_bytes=1500)
    assert tree(tmp_path / "out") == tree(tmp_path / "here")


def test_a_finished_part_is_kept_and_a_corrupted_one_is_made_again(parquet, tmp_path, here, undisturbed):
    out = tmp_path / "undisturbed"
    (out / "data" / "000001.parquet").write_bytes(b"corrupted")
    (out / "shards" / "000002.json").write_bytes(b'{"task"')
    (out / "shards" / "000003.json").unlink()
    (out / "manifest.json").unlink()
    (out / "data" / ".writing-abc").write_bytes(b"left by a killed worker")
    kept = (out / "data" / "000000.parquet").stat().st_mtime_ns
    process(parquet, out, engine=here, **QUICK)
    assert tree(out) == undisturbed
    assert (out / "data" / "000000.parquet").stat().st_mtime_ns == kept


def test_a_killed_worker(parquet, tmp_path, undisturbed):
    killed = []

    def kill(tasks, records):
        for number, record in enumerate(records):
            if number in (0, 2):
                for child in multiprocessing.active_children():
                    os.kill(child.pid, signal.SIGKILL)
                    killed.append(child.pid)
            yield record

    process(parquet, tmp_path / "out", workers=2, progress=kill, **QUICK)
    assert len(killed) >= 2
    assert tree(tmp_path / "out") == undisturbed


_KILLED = """
import multiprocessing, os, signal, sys, zhengwen

def kill(tasks, records):
    for number, record in enumerate(records):
        if number == 1:
            print(*(child.pid for child in multiprocessing.active_children()), flush=True)
            os.kill(os.getpid(), signal.SIGKILL)
        yield record

if __name__ == "__main__":
    zhengwen.process(sys.argv[1], sys.argv[2], ["segment"], workers=2, shard_bytes=1500, progress=kill)
"""


def test_a_killed_run_and_the_same_command_again(parquet, tmp_path, here, undisturbed):
    out = tmp_path / "out"
    (tmp_path / "killed.py").write_text(_KILLED, encoding="utf-8")
    completed = subprocess.run([sys.executable, tmp_path / "killed.py", parquet, out], stdout=subprocess.PIPE)
    assert completed.returncode == -signal.SIGKILL
    assert not (out / "manifest.json").exists()
    # No worker stays behind.
    for worker in completed.stdout.split():
        try:
            handle = os.pidfd_open(int(worker))
        except ProcessLookupError:
            continue
        assert select.select([handle], [], [], 60)[0]
        os.close(handle)
    process(parquet, out, engine=here, **QUICK)
    assert tree(out) == undisturbed


def die_on_task_2(task, job):
    if task.number == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return work(task, job)


@pytest.mark.slow
def test_a_part_that_kills_every_worker_is_named_and_the_others_are_finished(
    parquet, tmp_path, here, monkeypatch, undisturbed
):
    out = tmp_path / "out"
    monkeypatch.setattr(run, "work", die_on_task_2)
    refused(r"died repeatedly while it worked on in.parquet\[", parquet, out, workers=1, **QUICK)
    written = tree(out)
    missing = undisturbed.keys() - written.keys()
    assert missing == {"README.md", "manifest.json", *(name for name in undisturbed if "/000002." in name)}
    assert all(undisturbed[name] == data for name, data in written.items())
    monkeypatch.setattr(run, "work", work)
    process(parquet, out, engine=here, **QUICK)
    assert tree(out) == undisturbed


@pytest.fixture
def file_limit():
    """Set a limit in bytes to the size of every file that is written; it is lifted after the test."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda limit: resource.setrlimit(resource.RLIMIT_FSIZE, (limit or before[0], before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_failed_write_is_reported_and_leaves_nothing_half_written(parquet, tmp_path, here, undisturbed, file_limit):
    out = tmp_path / "out"
    file_limit(1000)
    refused("File too large; finished parts are kept", parquet, out, engine=here, **QUICK)
    here.submit(int).result()  # the executor has worked on all tasks that it was given
    file_limit(None)
    assert not [path for path in out.rglob("*") if path.name.startswith(".writing") or path.name == "manifest.json"]
    process(parquet, out, engine=here, **QUICK)
    assert tree(out) == undisturbed


# -- the command


def command(*arguments, expected=0):
    with pytest.raises(SystemExit) as exit:
        main(["process", *map(os.fspath, arguments)])
    assert (exit.value.code or 0) == expected


def test_the_help_lists_the_stages_and_the_editions():
    help = {option.name: option.help for option in command_line().commands["process"].params}
    assert all(stage in help["steps"] for stage in stages.STAGES)
    assert all(edition in help["to"] for edition in SCRIPTS)


def test_the_command_prints_a_summary(parquet, tmp_path, capfd):
    command(parquet, "--out", tmp_path / "out", "--workers", "1", "--shard-bytes", "1500", "--steps", "restore,segment")
    printed = capfd.readouterr()
    assert "rows: 200 read = 200 written + 0 rejected\n" in printed.out
    assert "damaged: 40\n" in printed.out
    command(parquet, "--out", tmp_path / "out", "--steps", "segment", expected=1)
    assert "holds another run's shards" in capfd.readouterr().err


def test_the_summary_as_json_and_the_files_that_were_not_read(tmp_path, capfd):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "notes.md").write_bytes(b"")
    (tmp_path / "in" / "a.jsonl.gz").write_bytes(gzip.compress(json_lines(ROWS))[:-100])
    arguments = ("--out", tmp_path / "out", "--workers", "1", "--steps", "segment", "--format", "json")
    command(tmp_path / "in", *arguments, expected=1)
    printed = capfd.readouterr()
    summary = json.loads(printed.out)
    counts = summary["counts"]
    assert counts["rows"] == counts["out"] + counts["rejected"]
    assert counts["rejected:unreadable"] == 1
    assert "not read: notes.md\n" in printed.err


def test_progress_is_shown_as_lines_without_a_terminal(capfd, monkeypatch):
    tasks = [Task(number, (), 50) for number in range(2)]
    records = [(task, {"rows": 10, "rejected": 1}) for task in tasks]
    monkeypatch.setattr(command_module, "_INTERVAL", 0)
    assert list(command_module._show_lines(tasks, records)) == records
    assert list(command_module._show_bar(tasks, records)) == records
    lines = capfd.readouterr().err.splitlines()
    assert lines[0].startswith("50%  10 rows, ")
    assert lines[1].startswith("100%  20 rows, ")
    assert ", 2 rejected, 0 s left" in lines[1]


# -- a dataset of the hub, and memory


def test_a_dataset_of_the_hub(tmp_path, here, monkeypatch):
    import datasets  # slow, and the workers of a test above import this module

    builder = datasets.load_dataset_builder
    (tmp_path / "hub").mkdir()
    for split in ("train", "test"):
        pq.write_table(pa.table({"text": ["問題"], "n": [split]}), tmp_path / "hub" / f"{split}-00000-of-00001.parquet")
    refused("could not be loaded", "owner/nothing", tmp_path / "out", engine=here)
    # A folder stands in for the hub; `datasets` finds the files in it with the same code.
    monkeypatch.setattr(datasets, "load_dataset_builder", lambda name: builder(os.fspath(tmp_path / "hub")))
    process("owner/name", tmp_path / "out", engine=here)
    assert [(row["id"], row["text"], row["n"]) for row in shards(tmp_path / "out")] == [
        ("test/test-00000-of-00001.parquet:0", "问题", "test"),
        ("train/train-00000-of-00001.parquet:0", "问题", "train"),
    ]


_MEASURED = """
import re, sys, zhengwen
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

with ThreadPoolExecutor(1) as executor:
    zhengwen.process(sys.argv[1], sys.argv[2], ["segment"], engine=executor)
# The figure of `resource` includes the memory of the parent process.
print(int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) // 1024)
"""


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["parquet", "jsonl.gz"])
def test_memory_does_not_grow_with_the_part(tmp_path, kind):
    # One part each, of 10 and of 80 MB, in small pages (a page is read whole).
    peaks = []
    for number, rows in enumerate((100, 800)):
        path = tmp_path / f"{number}.{kind}"
        texts = [f"{row} " + "x" * 100_000 for row in range(rows)]
        if kind == "parquet":
            pq.write_table(
                pa.table({"text": texts}), path, use_dictionary=False, compression="none", write_batch_size=8
            )
        else:
            path.write_bytes(gzip.compress(json_lines([{"text": text} for text in texts]), 1))
        program = [sys.executable, "-c", _MEASURED, path, tmp_path / f"out-{number}"]
        peaks.append(int(subprocess.run(program, check=True, stdout=subprocess.PIPE).stdout))
    assert peaks[1] - peaks[0] < 40, peaks


# -- the modules


def test_imports_within_the_room_form_no_circle():
    prefix = f"{scale.__name__}."
    modules = {path.stem: path for path in Path(scale.__file__).parent.glob("*.py") if path.stem != "__init__"}
    imports = {
        name: modules.keys()
        & {
            imported.removeprefix(prefix).split(".")[0]
            for imported in imported_names(path)
            if imported.startswith(prefix)
        }
        for name, path in modules.items()
    }
    assert imports["run"] >= {"plan", "tasks", "work"}
    graphlib.TopologicalSorter(imports).prepare()  # raises CycleError, which names the modules
