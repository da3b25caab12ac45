"""The speed of `zhengwen process`, of each stage and of whole runs, compared with bare loops over the same shards.

python benchmarks/process.py [--sizes 10000,100000,1000000] [--folder FOLDER] [--plot FILE.svg] [--results FILE]
"""

import itertools
import json
import math
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated

import opencc
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import typer

import zhengwen
from zhengwen import stages

# The workers, whose memory is measured, import this file, so what they do not use is imported inside functions.

_PAIRS = Path(__file__).with_name("pairs.jsonl")
#: Characters per document, rows per row group, documents per file.
_LENGTH, _GROUP, _FILE = 326, 2_500, 50_000
#: Bytes of text per task, in the bare loops and, as `shard_bytes`, in zhengwen.
_SHARD = 8 << 20
#: A simple sentence rule, for the bare loops.
_SENTENCE = re.compile(r"[^。！？!?…\n]*[。！？!?…]+[”’」』）)》\]]*|[^。！？!?…\n]+")
_GLOSS = re.compile(r"[\u4e00-\u9fff]\([a-zāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜü]{1,6}\)")


def main(
    sizes: Annotated[str, typer.Option(help="Numbers of documents, joined by commas.")] = "10000,100000,1000000",
    folder: Annotated[
        Path | None, typer.Option(help="Where to write; by default the system's folder for temporary files.")
    ] = None,
    plot: Annotated[Path | None, typer.Option(help="Write the plot here, as SVG.")] = None,
    results: Annotated[
        Path | None, typer.Option(help="Keep the measurements in this file, and skip those that it already holds.")
    ] = None,
    run: Annotated[str | None, typer.Option(hidden=True)] = None,
) -> None:
    """Print the tables."""
    if run:
        size, engine, workers, where = run.split(",", 3)
        print(json.dumps(_measure(Path(where), int(size), engine, int(workers))))
        return
    from rich.console import Console

    console = Console(width=110)
    wanted = [int(size) for size in sizes.split(",") if size]
    with tempfile.TemporaryDirectory(dir=folder) as where:
        _write(Path(where) / "in", max([*wanted, _GROUP]))
        console.print(_stages(Path(where) / "in"))
        console.print(_damaged())
        console.print(_parity(Path(where) / "in"))
        done = [json.loads(line) for line in results.read_bytes().splitlines()] if results and results.exists() else []
        for size, (engine, workers) in itertools.product(wanted, (("local", 1), ("local", 2), ("dask", 2))):
            if any((result["size"], result["engine"], result["workers"]) == (size, engine, workers) for result in done):
                continue
            command = [sys.executable, __file__, "--run", f"{size},{engine},{workers},{where}"]
            measured = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.splitlines()[-1]
            done.append(json.loads(measured))
            if results:
                with results.open("ab") as file:
                    file.write(measured + b"\n")
        done.sort(key=lambda result: (result["size"], result["engine"] != "local", result["workers"]))
        if done:
            console.print(_table(done))
        if plot and done:
            plot.write_text(_svg(done), encoding="utf-8")


# -- the documents


def _write(folder: Path, count: int) -> None:
    """Clean documents, every third Traditional: sentences of the corpus and `pairs.jsonl`, drawn with a fixed seed."""
    pairs = [json.loads(line) for line in _PAIRS.read_bytes().splitlines()]
    pairs = [pair for pair in pairs if not pair["tuned_on"]]
    document = next(iter(zhengwen.Corpus.open()))
    pools = {
        script: ([sentence.text_in(script) for sentence in document.sentences], [pair[script] for pair in pairs])
        for script in ("hans", "hant")
    }
    draw = random.Random(326)
    folder.mkdir(parents=True)
    for start in range(0, count, _FILE):
        rows = range(start, min(start + _FILE, count))
        texts = [_document(draw, pools["hant" if number % 3 == 0 else "hans"]) for number in rows]
        table = pa.table({"id": [f"d{number}" for number in rows], "text": texts})
        pq.write_table(table, folder / f"{start:08}.parquet", row_group_size=_GROUP, compression="zstd")


def _document(draw: random.Random, pools: tuple[list[str], list[str]]) -> str:
    parts: list[str] = []
    length = 0
    while length < _LENGTH:
        parts.append(draw.choice(draw.choice(pools)) + ("\n" if draw.random() < 0.25 else ""))
        length += len(parts[-1])
    return "".join(parts)[:_LENGTH]


# -- a stage in one process


def _stages(folder: Path):
    """The speed of each stage and of the library that it uses, one after the other in one process."""
    import jieba
    import rjieba
    from rich.table import Table

    with pq.ParquetFile(next(folder.iterdir())) as file:
        table = file.read_row_group(0)
    texts = table["text"].to_pylist()
    few = table.slice(0, 200)
    cut = jieba.Tokenizer().cut
    bare = opencc.OpenCC("tw2s").convert
    some, all_of_them = texts[:200], len(texts)
    cases: list[tuple[str, str, int, Callable, Callable | None]] = [
        (
            "restore (scan)",
            "re, gloss",
            all_of_them,
            lambda: stages.restore(table),
            lambda: _each(_GLOSS.search, texts),
        ),
        ("convert", "opencc tw2s", all_of_them, lambda: stages.convert(table), lambda: _each(bare, texts)),
        ("segment", "re", all_of_them, lambda: stages.segment(table), lambda: _each(_spans, texts)),
        ("tokenize", "jieba", 200, lambda: stages.tokenize(few), lambda: _each(lambda text: list(cut(text)), some)),
        (
            "tokenize",
            "rjieba",
            all_of_them,
            lambda: stages.tokenize(table, tokenizer="rjieba"),
            lambda: _each(rjieba.cut, texts),
        ),
        ("check", "", all_of_them, lambda: stages.check(table), None),
    ]
    measurements = Table("stage", "documents/s", "MB/s", "bare", "documents/s", "ratio", box=None)
    size = sum(len(text.encode("utf-8")) for text in texts) / len(texts)
    for name, library, count, ours, theirs in cases:
        seconds = _best(ours)
        row = [name, f"{count / seconds:,.0f}", f"{count * size / seconds / 1e6:.1f}"]
        if theirs:
            bare_seconds = _best(theirs)
            row += [library, f"{count / bare_seconds:,.0f}", f"{bare_seconds / seconds:.2f}"]
        measurements.add_row(*row)
    measurements.caption = (
        f"one process, documents of {_LENGTH} characters; ours from Arrow to Arrow, theirs from str to list"
    )
    return measurements


def _damaged():
    """The time for a damaged document, which, unlike a clean one, needs a search for the original text."""
    from rich.table import Table

    received = next(iter(zhengwen.Corpus.open())).text("received")
    parts = [received[start : start + _LENGTH] for start in range(0, len(received) - _LENGTH, _LENGTH)]
    damaged = [part for part in parts if zhengwen.restore(part).edits]
    measurements = Table("damaged text", "documents", "milliseconds each", "microseconds a character", box=None)
    for name, texts in ((f"the article, cut at {_LENGTH} characters", damaged), ("the article", [received])):
        seconds = _best(lambda texts=texts: _each(zhengwen.restore, texts), times=2)
        rates = (seconds / len(texts) * 1e3, seconds / sum(map(len, texts)) * 1e6)
        measurements.add_row(name, str(len(texts)), *(f"{rate:.0f}" for rate in rates))
    return measurements


def _parity(folder: Path):
    """How often rjieba divides a line into the same words as jieba."""
    import jieba
    import rjieba
    from rich.table import Table

    with pq.ParquetFile(next(folder.iterdir())) as file:
        lines = sorted(
            {line for text in file.read_row_group(0)["text"].to_pylist() for line in text.split("\n") if line}
        )
    cut = jieba.Tokenizer().cut
    same = expected = predicted = correct = 0
    for line in lines:
        reference, prediction = (_word_spans(words) for words in (cut(line), rjieba.cut(line)))
        same += reference == prediction
        expected, predicted = expected + len(reference), predicted + len(prediction)
        correct += len(reference & prediction)
    parity = Table("rjieba against jieba", "lines", "cut alike", "words of jieba", "found", "F1", box=None)
    score = 2 * correct / (expected + predicted)
    counts = (f"{len(lines):,}", f"{same / len(lines):.1%}", f"{expected:,}", f"{correct:,}")
    parity.add_row("", *counts, f"{score:.4f}")
    return parity


def _word_spans(words) -> set[tuple[int, int]]:
    spans, offset = set(), 0
    for word in words:
        spans.add((offset, offset + len(word)))
        offset += len(word)
    return spans


def _each(function: Callable, texts: list[str]) -> list:
    return [function(text) for text in texts]


def _best(function: Callable[[], object], times: int = 5) -> float:
    best = float("inf")
    function()
    for _ in range(times):
        start = time.perf_counter()
        function()
        best = min(best, time.perf_counter() - start)
    return best


# -- end to end


def _spans(text: str) -> list[tuple[int, int]]:
    return [match.span() for match in _SENTENCE.finditer(text)]


def bare(path: str, groups: range, out: str, config: str) -> None:
    """A bare loop, as anyone might write it: read, convert, segment into sentences, write."""
    convert = opencc.OpenCC(config).convert
    with (
        pq.ParquetFile(path) as file,
        pq.ParquetWriter(
            out,
            pa.schema(
                [
                    ("id", pa.string()),
                    ("text", pa.string()),
                    ("starts", pa.list_(pa.int32())),
                    ("ends", pa.list_(pa.int32())),
                ]
            ),
            compression="zstd",
        ) as writer,
    ):
        for group in groups:
            table = file.read_row_group(group)
            texts = [convert(text) for text in table["text"].to_pylist()]
            spans = [_spans(text) for text in texts]
            starts = [[start for start, _ in sentences] for sentences in spans]
            ends = [[end for _, end in sentences] for sentences in spans]
            writer.write_table(pa.table([table["id"], texts, starts, ends], schema=writer.schema))


def _bare(executor, sources: list[Path], where: Path, config: str) -> None:
    """Run the bare loop over ``sources``, in tasks of about the same size as those of zhengwen."""
    where.mkdir()
    tasks = []
    for source in sources:
        metadata = pq.read_metadata(source)
        each = max(_SHARD // metadata.row_group(0).total_byte_size, 1)
        for start in range(0, metadata.num_row_groups, each):
            groups = range(start, min(start + each, metadata.num_row_groups))
            tasks.append(executor.submit(bare, str(source), groups, str(where / f"{len(tasks)}.parquet"), config))
    for task in tasks:
        task.result()


def peak() -> float:
    """The peak memory of this process, in MB."""
    # The figure of `resource` includes the memory of the parent process.
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1024


@contextmanager
def _executor(engine: str, workers: int) -> Iterator:
    if engine == "local":
        with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
            yield pool
        return
    from distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        yield client.get_executor(pure=False)


def _measure(where: Path, size: int, engine: str, workers: int) -> dict:
    """Run zhengwen and the bare loops over the same files, with one executor that has been warmed up."""
    sources, rows = [], 0
    for path in sorted((where / "in").iterdir()):
        if rows < size:
            sources.append(path)
            rows += pq.read_metadata(path).num_rows
    if rows > size:  # part of a file
        (where / "part").mkdir(exist_ok=True)
        sources = [where / "part" / f"{size}.parquet"]
        pq.write_table(
            pq.read_table(where / "in").slice(0, size), sources[0], row_group_size=_GROUP, compression="zstd"
        )
    result: dict = {"size": size, "engine": engine, "workers": workers}
    with _executor(engine, workers) as executor:

        def ours(inputs: list[Path], out: Path) -> None:
            zhengwen.process(inputs, out, engine=executor, workers=workers, shard_bytes=_SHARD)

        runs: list[tuple[str, Callable]] = [("zhengwen", ours)]
        for config in ("t2s", "tw2s") if engine == "local" else ():
            runs.append((config, lambda inputs, out, config=config: _bare(executor, inputs, out, config)))
        warm = where / "warm.parquet"
        pq.write_table(pq.read_table(sources[0]).slice(0, 2 * _GROUP), warm, row_group_size=1)
        for name, run in runs:
            run([warm], where / "out")
            shutil.rmtree(where / "out")
            before = _workers(executor, workers)
            start = time.perf_counter()
            run(sources, where / "out")
            result[name] = time.perf_counter() - start
            after = _workers(executor, workers)
            result[f"{name} CPU"] = sum(after[pid][0] - before[pid][0] for pid in after)
            if name == "zhengwen":
                result["peak"] = max(megabytes for _, megabytes in after.values())
            shutil.rmtree(where / "out")
    result["MB"] = sum(_text_bytes(path) for path in sources) / 1e6
    return result


def usage() -> tuple[int, float, float]:
    """The id of this process, its CPU time in seconds, and its peak memory in MB."""
    time.sleep(0.05)  # so that every worker gets at least one of the calls
    return os.getpid(), time.process_time(), peak()


def _workers(executor, workers: int) -> dict[int, tuple[float, float]]:
    """CPU time and peak memory of each worker, by the id of its process."""
    futures = [executor.submit(usage) for _ in range(8 * workers)]
    return {pid: rest for pid, *rest in (future.result() for future in futures)}


def _text_bytes(path: Path) -> int:
    return pc.sum(pc.binary_length(pq.read_table(path, columns=["text"])["text"])).as_py()


def _table(results: list[dict]):
    from rich.table import Table

    headings = (
        "documents",
        "engine",
        "workers",
        "documents/s",
        "MB/s",
        "bare",
        "documents/s",
        "ratio",
        "by CPU",
        "peak MB",
    )
    measurements = Table(*headings, box=None)
    for result in results:
        size, seconds = result["size"], result["zhengwen"]
        cells = [f"{size:,}", result["engine"], str(result["workers"])]
        cells += [f"{size / seconds:,.0f}", f"{result['MB'] / seconds:.1f}"]
        peak = f"{result['peak']:.0f}"
        for config in [name for name in ("t2s", "tw2s") if name in result]:
            ratios = (result[config] / seconds, result[f"{config} CPU"] / result["zhengwen CPU"])
            comparison = [config, f"{size / result[config]:,.0f}", *(f"{ratio:.2f}" for ratio in ratios)]
            measurements.add_row(*cells, *comparison, peak)
            cells, peak = [""] * 5, ""
        if peak:
            measurements.add_row(*cells, "", "", "", "", peak)
    measurements.caption = (
        f"restore, convert to hans, segment; Parquet to Parquet; {os.cpu_count()} cores; peak of the largest worker"
    )
    return measurements


def _svg(results: list[dict]) -> str:
    """A plot of microseconds per document against the number of documents, with logarithmic axes."""
    lines: dict[str, list[tuple[int, float]]] = {}
    for result in results:
        cost = result["zhengwen"] / result["size"] * 1e6
        lines.setdefault(f"{result['engine']}, {result['workers']}", []).append((result["size"], cost))
    for result in results:
        if result["engine"] == "local":
            cost = result["tw2s"] / result["size"] * 1e6
            lines.setdefault(f"bare tw2s, {result['workers']}", []).append((result["size"], cost))
    sizes = sorted({size for points in lines.values() for size, _ in points})
    costs = [cost for points in lines.values() for _, cost in points]
    low, high = 10 ** math.floor(math.log10(min(costs))), 10 ** math.ceil(math.log10(max(costs)))

    def x(size: float) -> float:
        share = math.log(size / sizes[0]) / math.log(sizes[-1] / sizes[0]) if len(sizes) > 1 else 0.5
        return 70 + 350 * share

    def y(cost: float) -> float:
        return 270 - 240 * math.log(cost / low) / math.log(high / low)

    parts = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 600 310" font-family="sans-serif" font-size="12">']
    parts.append('<rect width="600" height="310" fill="white"/><path d="M70 30V270H420" fill="none" stroke="black"/>')
    parts += [f'<text x="{x(size):.0f}" y="288" text-anchor="middle">{size:,}</text>' for size in sizes]
    tick = low
    while tick <= high:
        for step in (1, 2, 5):
            if tick * step <= high:
                parts.append(f'<text x="64" y="{y(tick * step) + 4:.0f}" text-anchor="end">{tick * step:g}</text>')
        tick *= 10
    parts.append('<text x="245" y="305" text-anchor="middle">documents</text>')
    parts.append('<text x="70" y="20">microseconds a document (logarithmic)</text>')
    ends = sorted((points[-1][1], name) for name, points in lines.items())
    colours = dict(zip(sorted(lines), ("#0072b2", "#56b4e9", "#d55e00", "#009e73", "#e69f00", "#cc79a7"), strict=False))
    labels, last = {}, 1e9
    for cost, name in ends:
        labels[name] = last = min(y(cost), last - 14)
    for name, points in lines.items():
        path = " ".join(f"{x(size):.1f},{y(cost):.1f}" for size, cost in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colours[name]}" stroke-width="2"/>')
        workers = "worker" if name.endswith(" 1") else "workers"
        parts.append(f'<text x="430" y="{labels[name] + 4:.0f}" fill="{colours[name]}">{name} {workers}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


if __name__ == "__main__":
    typer.run(main)
