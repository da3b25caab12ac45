"""Gives damaged files to a reader in a process of its own, with limits to memory and time; run by ``test_fuzz.py``."""

import contextlib
import io
import json
import os
import random
import re
import resource
import shutil
import signal
import tempfile
import traceback
from collections.abc import Callable
from concurrent.futures import Executor, Future
from multiprocessing.connection import Connection
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from conftest import ARTICLE, REPOSITORY
from damage_bytes import damaged
from odd import odd_document

from zhengwen import process
from zhengwen.cli import score_output, streams
from zhengwen.cli.convert import convert
from zhengwen.cli.restore import restore
from zhengwen.cli.segment import segment
from zhengwen.errors import ZhengwenError
from zhengwen.exchange import export_files, import_gold
from zhengwen.files import read_yaml
from zhengwen.measure.scoring import score
from zhengwen.release.hydrate import hydrate
from zhengwen.release.layout import MANIFEST
from zhengwen.release.reader import ReleaseFolder
from zhengwen.release.withheld import RELEASE_MANIFEST, build_without_text
from zhengwen.repository.reading import Repository
from zhengwen.schema import read_schema

#: The memory that reading may take, beyond what the process has when it begins, and the seconds of CPU for one file.
MEMORY, SECONDS = 1 << 30, 20
_TEXT = "這個問題很重要。“好。”他說。\n經(jīng)濟發(fā)展,產(chǎn)業(yè)升級\n專著和土著沒有問題。\n"

#: A reader: the files that it reads, each of which is damaged in turn, and what reads them.
Reader = tuple[list[Path], Callable[[], object]]


class _Here(Executor):
    """Runs each task at once."""

    def submit(self, function, /, *arguments, **options):
        future = Future()
        try:
            future.set_result(function(*arguments, **options))
        except BaseException as error:
            future.set_exception(error)
        return future


def _process(folder: Path, name: str) -> Reader:
    rows = [{"id": f"d{number}", "text": _TEXT, "n": number} for number in range(6)]
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode("utf-8")
    path = folder / name
    if name.endswith(".parquet"):
        pq.write_table(pa.Table.from_pylist(rows), path, row_group_size=2, write_page_index=True)
    elif name.endswith(".txt"):
        path.write_text(_TEXT, encoding="utf-8")
    else:
        compression = {"gz": "gzip", "zst": "zstd"}.get(name.rpartition(".")[2])
        with pa.output_stream(path, compression=compression) as stream:
            stream.write(lines)
    out = folder / "made"

    def run() -> None:
        shutil.rmtree(out, ignore_errors=True)
        summary = process(path, out, ["segment", "check"], engine=_Here())
        counts = summary.counts
        assert counts["rows"] == counts["out"] + counts["rejected"]
        rejected = [
            json.loads(line) for file in (out / "rejected").iterdir() for line in file.read_bytes().splitlines()
        ]
        assert len(rejected) == counts["rejected"]

    return [path], run


def _hydrate(folder: Path) -> Reader:
    release = folder / "release"
    build_without_text(Repository.read(REPOSITORY), release)
    manifest = json.loads((release / MANIFEST).read_text(encoding="utf-8"))
    for entry in manifest["files"]:  # the fewer files there are, the fewer are hashed each time
        if entry["path"] != RELEASE_MANIFEST:
            (release / entry["path"]).unlink()
    manifest["files"] = [entry for entry in manifest["files"] if entry["path"] == RELEASE_MANIFEST]
    (release / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False), encoding="utf-8")
    (folder / "text.txt").write_text(_TEXT, encoding="utf-8")  # another text, so that nothing is built
    return [release / MANIFEST], lambda: hydrate(release, [folder / "text.txt"], folder / "made")


def _import(folder: Path, name: str) -> Reader:
    document, schema = odd_document(), read_schema()
    files = export_files(name, document, schema)
    for path, content in files.items():
        (folder / path).write_text(content, encoding="utf-8", newline="")
    return [folder / path for path in files], lambda: import_gold(name, folder, {document.id: document}, schema)


def _score(folder: Path) -> Reader:
    schema = read_schema()
    gold = [{"id": f"d.st{number:03}", "label": ("favor", "none")[number % 2]} for number in range(5)]
    path = folder / "predictions.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in gold), encoding="utf-8")
    return [path], lambda: score(gold, score_output._parsed(str(path), streams.read(str(path))), schema)


def _release(folder: Path) -> Reader:
    corpus = shutil.copytree(REPOSITORY / "corpus", folder / "corpus")
    layers = list(corpus.rglob(f"annotations/{ARTICLE}/*.jsonl"))
    tables = [next(corpus.glob(f"data/{config}/*.parquet")) for config in ("documents", "clusters")]

    def run() -> None:
        release = ReleaseFolder(corpus)
        release.manifest  # noqa: B018
        list(release.encoded_rows("clusters"))
        for id in release.documents:
            release.document(id)

    return [corpus / MANIFEST, *tables, *layers], run


def _document(folder: Path) -> Reader:
    path = folder / "document.yaml"
    shutil.copy(REPOSITORY / "seeds" / ARTICLE / "document.yaml", path)
    schema = read_schema()

    def run() -> None:
        if problems := schema.gold["document"].problems(read_yaml(path)):
            raise ZhengwenError(f"{problems[0].field}: {problems[0].message}")

    return [path], run


def _text(folder: Path, command: Callable[..., None], **options: object) -> Reader:
    path = folder / "text.txt"
    path.write_text(_TEXT, encoding="utf-8")
    return [path], lambda: command(str(path), **options)


READERS: dict[str, Callable[[Path], Reader]] = {
    **{
        f"process {name}": lambda folder, name=name: _process(folder, name)
        for name in ("a.jsonl", "a.jsonl.gz", "a.jsonl.zst", "a.parquet", "a.txt")
    },
    **{
        f"import {name}": lambda folder, name=name: _import(folder, name)
        for name in ("brat", "labelstudio", "iob2", "xmi")
    },
    "hydrate": _hydrate,
    "score": _score,
    "release": _release,
    "document.yaml": _document,
    "restore": lambda folder: _text(folder, restore, explain=True, format="json", lines=False),
    "convert": lambda folder: _text(folder, convert, to="hant-tw", source=None, protect=None, format="text"),
    "segment": lambda folder: _text(folder, segment),
}


def outcome(read: Callable[[], object]) -> str:
    """``read`` or ``refused``, or the traceback of anything that is neither."""
    printed = io.TextIOWrapper(io.BytesIO(), encoding="utf-8"), io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    try:
        with contextlib.redirect_stdout(printed[0]), contextlib.redirect_stderr(printed[1]):
            read()
    except ZhengwenError as error:
        if len(error.message) > 10_000:
            return f"a message of {len(error.message)} characters: {error.message[:200]}"
        return "refused" if error.message.isprintable() else f"not printable: {error.message!r}"
    except BaseException:
        return traceback.format_exc()
    return "read"


def run(reader: str, files: int, connection: Connection) -> None:
    """Give as many damaged files to a reader; the number of each is sent before it is read, and at the end the counts.

    The counts say how many files were read, how many were refused with a message, and what else was raised.
    """
    os.fsync = lambda file: None  # that files are on the disk is not what this is about
    counts: dict[str, int] = {"read": 0, "refused": 0}
    faults: dict[int, str] = {}
    with tempfile.TemporaryDirectory(prefix="zhengwen-fuzz-") as folder:
        paths, read = READERS[reader](Path(folder))
        undamaged = {path: path.read_bytes() for path in paths}
        if (of_undamaged := outcome(read)) != ("refused" if reader == "hydrate" else "read"):
            raise AssertionError(of_undamaged)
        size = int(re.search(r"VmSize:\s+(\d+)", Path("/proc/self/status").read_text())[1]) * 1024
        resource.setrlimit(resource.RLIMIT_AS, (size + MEMORY, size + MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        for number in range(files):
            path = paths[number % len(paths)]
            path.write_bytes(damaged(undamaged[path], random.Random(number)))
            connection.send(number)
            signal.setitimer(signal.ITIMER_PROF, SECONDS)  # without a handler, the signal ends the process
            result = outcome(read)
            signal.setitimer(signal.ITIMER_PROF, 0)
            if result in counts:
                counts[result] += 1
            else:
                faults[number] = result
            path.write_bytes(undamaged[path])
            if len(faults) == 20:
                break
    connection.send((counts, faults))
