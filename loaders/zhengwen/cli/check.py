"""The command ``check``: report the findings in a repository, or in files of records."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from zhengwen.cli.findings import Format, from_here, relative, report
from zhengwen.cli.streams import say
from zhengwen.errors import ZhengwenError


def check(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            help="A repository, a folder in it, or a copy of a release; with --as, files of records, or - for stdin."
        ),
    ] = None,
    level: Annotated[int, typer.Option(min=1, max=5, help="Check up to this level.")] = 5,
    format: Annotated[Format, typer.Option(help="How to print findings.")] = "text",
    shape: Annotated[
        str | None, typer.Option("--as", help="The shape of the records in the files, such as rows/sentences.")
    ] = None,
    corpus: Annotated[
        Path | None,
        typer.Option(help="With --as: the corpus whose shapes are meant, as for `zhengwen schema`."),
    ] = None,
    show_all: Annotated[bool, typer.Option("--all", help="Print every finding, however many are similar.")] = False,
    explain: Annotated[str | None, typer.Option(help="Explain the rule with this id.")] = None,
) -> None:
    """Check a repository, a copy of a release, or files of records.

    With --as, files of records are checked, of any size: JSON lines or Parquet, also compressed, under any name.
    Of similar findings (one rule, one field) the first ten are printed and the others counted; --all and --format json
    print every one. The exit code is 1 when there are findings.

    Examples:
        zhengwen check
        zhengwen check --level 3 --format json
        zhengwen check rows.parquet --as rows/sentences
        zhengwen check --explain grid-missing
    """
    if explain is not None:
        from zhengwen.checks.guide import explain as explanation_of

        sys.stdout.write(explanation_of(explain))
        return
    if shape is None and any(path == "-" or Path(path).suffix in (".parquet", ".jsonl") for path in paths or ()):
        raise typer.BadParameter("name the shape of the records, such as --as rows/sentences", param_hint="PATHS")
    if corpus and shape is None:
        raise typer.BadParameter("it goes with --as; name a repository or a release as PATHS", param_hint="--corpus")
    errors: list[ZhengwenError] = []
    if shape is None:
        seen = ""
        count = report(_check_folders(paths or ["."], level, errors), format, sys.stdout, show_all=show_all)
    else:
        with _checker(shape, corpus) as checker:
            count = report(_check_records(checker, paths or ["-"]), format, sys.stdout, show_all=show_all)
        seen = f"{checker.records:,} record{'s' * (checker.records != 1)}"
    if count:
        say(f"{count:,} finding{'s' * (count != 1)}" + (f" in {seen}" if seen else ""))
    elif not errors:
        say(f"all well: {seen}" if seen else "all well")
    for error in errors[:-1]:
        print(f"error: {error}", file=sys.stderr)
    if errors:
        raise errors[-1]
    if count:
        raise typer.Exit(1)


def _check_folders(paths: list[str], level: int, errors: list[ZhengwenError]) -> Iterator:
    """The findings in repositories and copies of releases; those that cannot be read are added to ``errors``."""
    from zhengwen.checks import check as run
    from zhengwen.location import is_copy_of_a_release
    from zhengwen.paths import repository_path

    for path in paths:
        try:
            findings = run(path, level)
        except ZhengwenError as error:
            errors.append(error)
        else:
            yield from relative(findings, Path(path) if is_copy_of_a_release(path) else repository_path(path))


def _checker(name: str, corpus: Path | None):
    """What checks records of the shape ``name`` by the schema of ``corpus``."""
    from zhengwen.bulk.records import RecordChecker
    from zhengwen.location import location
    from zhengwen.schema import read_schema

    return RecordChecker(read_schema(location(corpus).schema).shape(name), f"`zhengwen schema {name}`")


def _check_records(checker, paths: list[str]) -> Iterator:
    for path in paths:
        if path != "-":
            yield from checker.check_file(Path(path), from_here(path or "."))
        elif sys.stdin:
            yield from checker.check_stream(sys.stdin.buffer, "standard input")
        else:
            raise ZhengwenError("standard input is closed", fix="name a file, or redirect one to standard input")
