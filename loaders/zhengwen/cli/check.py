"""The command ``check``: report the findings in a repository, or in files of records."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from zhengwen.cli.findings import Format, report
from zhengwen.cli.streams import say
from zhengwen.errors import ZhengwenError


def check(
    paths: Annotated[
        list[str] | None,
        typer.Argument(help="The repository, or a folder in it; with --as, .parquet and .jsonl files, or - for stdin."),
    ] = None,
    level: Annotated[int, typer.Option(min=1, max=5, help="Check up to this level.")] = 5,
    format: Annotated[Format, typer.Option(help="How to print findings.")] = "text",
    shape: Annotated[
        str | None, typer.Option("--as", help="The shape of the records in the files, such as rows/sentences.")
    ] = None,
    explain: Annotated[str | None, typer.Option(help="Explain the rule with this id.")] = None,
) -> None:
    """Check seeds, gold, schema and release, or files of records.

    With --as, files of records are checked, of any size. The exit code is 1 when there are findings.

    Examples:
        zhengwen check
        zhengwen check --level 3 --format json
        zhengwen check rows.parquet --as rows/sentences
        zhengwen check --explain grid-missing
    """
    from zhengwen.checks import check as run

    if explain is not None:
        from zhengwen.checks.guide import explain as explanation_of

        sys.stdout.write(explanation_of(explain))
        return
    if shape is not None:
        findings = _check_records(paths or ["-"], shape)
    elif any(path == "-" or Path(path).suffix in (".parquet", ".jsonl") for path in paths or ()):
        raise typer.BadParameter("name the shape of the records, such as --as rows/sentences", param_hint="PATHS")
    else:
        findings = (finding for path in paths or ["."] for finding in run(path, level))
    count = report(findings, format, sys.stdout)
    say(f"{count} finding{'s' * (count != 1)}" if count else "all well")
    if count:
        raise typer.Exit(1)


def _check_records(paths: list[str], name: str) -> Iterator:
    """The findings in files of records of the shape ``name``, by the repository's schema, or else the package's."""
    from zhengwen.checks.data import check_data, check_lines
    from zhengwen.paths import nearest_schema_path
    from zhengwen.schema import read_schema

    shape, where = read_schema(nearest_schema_path()).shape(name), f"`zhengwen schema {name}`"
    for path in paths:
        if path != "-":
            yield from check_data(Path(path), shape, where)
        elif sys.stdin:
            yield from check_lines(sys.stdin.buffer, "standard input", shape, where)
        else:
            raise ZhengwenError("standard input is closed", fix="name a file, or redirect one to standard input")
