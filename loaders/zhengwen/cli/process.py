"""The command ``process``, and what it says of its progress and its result."""

import dataclasses
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from zhengwen.cli.streams import is_quiet, say

if TYPE_CHECKING:
    from zhengwen.scale.plan import Task
    from zhengwen.scale.run import Summary

#: Seconds between two lines of progress where there is no terminal.
_BETWEEN = 10.0


def process(
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="INPUT...", help="Parquet, JSON lines or text: files, folders, globs, URLs; or a dataset."
        ),
    ],
    out: Annotated[Path, typer.Option(help="The folder to write.")],
    steps: Annotated[
        str, typer.Option(help="Which of restore, convert, segment, tokenize and check, in this order.")
    ] = "restore,convert,segment",
    to: Annotated[str, typer.Option(help="The edition to convert to: hans, hant, hant-hk or hant-tw.")] = "hans",
    text_column: Annotated[str, typer.Option(help="The column (field) that holds the text.")] = "text",
    id_column: Annotated[
        str | None, typer.Option(help="The column that holds the id; not given, `id` or else the place of the row.")
    ] = None,
    tokenizer: Annotated[str, typer.Option(help="jieba, or rjieba (extra `fast`).")] = "jieba",
    engine: Annotated[str, typer.Option(help="local (processes), or dask (extra `dask`).")] = "local",
    workers: Annotated[int | None, typer.Option(help="How many workers; one a core when not given.")] = None,
    scheduler: Annotated[str | None, typer.Option(help="The address of a Dask cluster that is there.")] = None,
    shard_bytes: Annotated[int, typer.Option(min=1, help="The size of the input that becomes a shard.")] = 32 << 20,
    row_bytes: Annotated[int, typer.Option(min=1, help="A row larger than this is rejected.")] = 16 << 20,
    format: Annotated[Literal["text", "json"], typer.Option(help="How to print the summary.")] = "text",
) -> None:
    """Run the stages over many documents.

    The same command goes on where a run was cut off.

    Examples:
        zhengwen process crawl/*.parquet --out made
        zhengwen process articles.jsonl --out checked --steps restore,convert,segment,check --format json
    """
    from zhengwen.scale.run import process as run

    summary = run(
        inputs,
        out,
        [step.strip() for step in steps.split(",")],
        to=to,
        text_column=text_column,
        id_column=id_column,
        tokenizer=tokenizer,
        engine=engine,
        workers=workers,
        scheduler=scheduler,
        shard_bytes=shard_bytes,
        row_bytes=row_bytes,
        progress=_bar if sys.stderr.isatty() and not is_quiet() else _lines,
    )
    if format == "json":
        print(json.dumps(dataclasses.asdict(summary), ensure_ascii=False))
    else:
        print("\n".join(_told(summary)))
    for name in summary.skipped[:10]:
        print(f"not read: {name}", file=sys.stderr)
    if len(summary.skipped) > 10:
        print(f"not read: {len(summary.skipped) - 10} more", file=sys.stderr)
    # Input that could not be read to its end, and ids that name two rows, are for people to look at.
    if summary.counts.get("rejected:unreadable") or summary.repeated:
        raise typer.Exit(1)


def _told(summary: "Summary") -> Iterator[str]:
    counts = summary.counts
    yield f"{summary.out}: {summary.shards} shards"
    yield f"rows: {counts['rows']:,} read = {counts['out']:,} written + {counts['rejected']:,} rejected"
    for name, count in counts.items():
        kind, _, value = name.partition(":")
        if kind == "rejected" and value:
            yield f"rejected, {value}: {count:,}"
        elif kind == "script":
            yield f"script {value}: {count:,}"
        elif name not in ("rows", "out", "rejected"):
            yield f"{name}: {count:,}"
    if counts.get("rejected:unreadable"):
        yield "some of the input cannot be read to its end: see rejected/"
    if summary.repeated:
        yield f"{summary.repeated:,} rows have the id of an earlier row: see repeated-ids.jsonl"


_Records = Iterable[tuple["Task", dict[str, Any]]]


def _bar(tasks: list["Task"], records: _Records) -> _Records:
    """Progress on a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (BarColumn(), TaskProgressColumn(), TextColumn("{task.description}"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        bar = progress.add_task("", total=sum(task.size for task in tasks))
        for task, record, said in _counted(records):
            progress.update(bar, advance=task.size, description=said)
            yield task, record


def _lines(tasks: list["Task"], records: _Records) -> _Records:
    """Progress in plain lines, one now and then."""
    total, done, told, start = sum(task.size for task in tasks), 0, time.monotonic(), time.monotonic()
    for task, record, said in _counted(records):
        done += task.size
        now = time.monotonic()
        if now - told >= _BETWEEN and done:
            left = (now - start) * (total - done) / done
            say(f"{100 * done // max(total, 1)}%  {said}, {left:.0f} s left")
            told = now
        yield task, record


def _counted(records: _Records) -> Iterator[tuple["Task", dict[str, Any], str]]:
    counts: Counter[str] = Counter()
    start = time.monotonic()
    for task, record in records:
        counts.update(rows=record["rows"], rejected=record["rejected"], bytes=task.size)
        rate = counts["bytes"] / 1e6 / max(time.monotonic() - start, 1e-9)
        yield task, record, f"{counts['rows']:,} rows, {rate:.1f} MB/s, {counts['rejected']:,} rejected"
