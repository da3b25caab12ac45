"""The command ``process``, its progress and its summary."""

import dataclasses
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from zhengwen.cli.streams import console, is_quiet, print_json, say, shown, warn
from zhengwen.editions import listed
from zhengwen.stages import STAGES

if TYPE_CHECKING:
    from zhengwen.scale.run import Summary
    from zhengwen.scale.tasks import Task

#: Seconds between two lines of progress when standard error is not a terminal.
_INTERVAL = 10.0


def process(
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="INPUT...", help="Parquet, JSON lines or text: files, folders, globs, URLs; or a dataset."
        ),
    ],
    out: Annotated[Path, typer.Option(help="The folder to write.")],
    steps: Annotated[
        str, typer.Option(help=f"Stages, joined by commas and in this order: {', '.join(STAGES)}.")
    ] = "restore,convert,segment",
    to: Annotated[str, typer.Option(help=f"The edition to convert to: {listed()}.")] = "hans",
    text_column: Annotated[str, typer.Option(help="The column (field) that holds the text.")] = "text",
    id_column: Annotated[
        str | None, typer.Option(help="The column that holds the id; by default `id`, or else the row's position.")
    ] = None,
    tokenizer: Annotated[str, typer.Option(help="jieba, or rjieba (extra `fast`).")] = "jieba",
    engine: Annotated[str, typer.Option(help="local (processes), or dask (extra `dask`).")] = "local",
    workers: Annotated[int | None, typer.Option(help="How many workers; by default one for each core.")] = None,
    scheduler: Annotated[str | None, typer.Option(help="The address of an existing Dask cluster.")] = None,
    shard_bytes: Annotated[int, typer.Option(min=1, help="How many bytes of input become one shard.")] = 32 << 20,
    row_bytes: Annotated[int, typer.Option(min=1, help="Rows of more bytes than this are rejected.")] = 16 << 20,
    format: Annotated[Literal["text", "json"], typer.Option(help="How to print the summary.")] = "text",
) -> None:
    """Run the stages over many documents.

    If a run was cut off, the same command resumes it.

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
        progress=_show_bar if sys.stderr.isatty() and not is_quiet() else _show_lines,
    )
    if format == "json":
        print_json({**dataclasses.asdict(summary), "out": shown(summary.out)})
    else:
        for line in _summary_lines(summary):
            print(shown(line))
    for name in summary.skipped[:10]:
        warn(f"not read: {name}")
    if len(summary.skipped) > 10:
        warn(f"not read: {len(summary.skipped) - 10} more")
    # The exit code draws attention to input that could not be read to its end, and to ids that several rows share.
    if summary.counts.get("rejected:unreadable") or summary.repeated:
        raise typer.Exit(1)


def _summary_lines(summary: "Summary") -> Iterator[str]:
    counts = summary.counts
    yield f"{summary.out}: {summary.shards} shards"
    yield f"rows: {counts['rows']:,} read = {counts['out']:,} written + {counts['rejected']:,} rejected"
    for name, count in counts.items():
        kind, _, value = name.partition(":")
        if kind == "rejected" and value:
            yield f"rejected, {value}: {count:,}"
        elif kind == "script":
            yield f"script {value}: {count:,}"
        elif name not in ("rows", "out", "rejected", "claimed"):
            yield f"{name}: {count:,}"
    if counts.get("rejected:unreadable"):
        claimed = counts["claimed"]
        more = f" (by what they say, {claimed:,} more row{'s' * (claimed != 1)})" if claimed else ""
        yield f"some input files could not be read to their ends{more}: see rejected/"
    if summary.repeated:
        yield f"{summary.repeated:,} rows have the id of a row in an earlier shard: see repeated-ids.jsonl"


_Records = Iterable[tuple["Task", dict[str, Any]]]


def _show_bar(tasks: list["Task"], records: _Records) -> _Records:
    """Show progress as a bar on a terminal, and pass the records on."""
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (BarColumn(), TaskProgressColumn(), TextColumn("{task.description}", markup=False), TimeRemainingColumn())
    with Progress(*columns, console=console(stderr=True)) as progress:
        bar = progress.add_task("", total=sum(task.size for task in tasks))
        for task, record, description in _described(records):
            progress.update(bar, advance=task.size, description=description)
            yield task, record


def _show_lines(tasks: list["Task"], records: _Records) -> _Records:
    """Show progress as a line from time to time, and pass the records on."""
    total, done = sum(task.size for task in tasks), 0
    start = last_shown = time.monotonic()
    for task, record, description in _described(records):
        done += task.size
        now = time.monotonic()
        if now - last_shown >= _INTERVAL and done:
            left = (now - start) * (total - done) / done
            say(f"{100 * done // max(total, 1)}%  {description}, {left:.0f} s left")
            last_shown = now
        yield task, record


def _described(records: _Records) -> Iterator[tuple["Task", dict[str, Any], str]]:
    """Each task with its record, and a description of what has been done so far."""
    counts: Counter[str] = Counter()
    start = time.monotonic()
    for task, record in records:
        counts.update(rows=record["rows"], rejected=record["rejected"], bytes=task.size)
        rate = counts["bytes"] / 1e6 / max(time.monotonic() - start, 1e-9)
        yield task, record, f"{counts['rows']:,} rows, {rate:.1f} MB/s, {counts['rejected']:,} rejected"
