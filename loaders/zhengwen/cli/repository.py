"""The commands that work on a checkout: ``check``, ``format``."""

import json
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from zhengwen.cli.streams import print_findings, say
from zhengwen.errors import ZhengwenError

_Root = Annotated[Path, typer.Argument(help="The repository, or a folder in it.")]


def check(
    path: _Root = Path(),
    level: Annotated[int, typer.Option(min=1, max=5, help="Check up to this level.")] = 5,
    format: Annotated[Literal["text", "json"], typer.Option(help="How to print findings.")] = "text",
) -> None:
    """Check seeds, gold, schema and release.

    The exit code is 1 on any finding.

    Examples:
        zhengwen check
        zhengwen check --level 3 --format json
    """
    import dataclasses

    from zhengwen.checks import check as run

    findings = run(path, level)
    if format == "json":
        for finding in findings:
            print(json.dumps(dataclasses.asdict(finding), ensure_ascii=False))
    else:
        print_findings(findings, sys.stdout)
    say(f"{len(findings)} finding{'s' * (len(findings) != 1)}" if findings else "all well")
    if findings:
        raise typer.Exit(1)


def format(path: _Root = Path()) -> None:
    """Sort gold and write it in its canonical form.

    The files that changed are printed.

    Examples:
        zhengwen format
    """
    from zhengwen.checks import check as run
    from zhengwen.files import read_text, write_atomically
    from zhengwen.paths import repository_path
    from zhengwen.seeds import canonical_lines, gold_path, read_seed, seed_folders

    root = repository_path(path)
    # What cannot be read cannot be sorted; anything else that is wrong with gold stays for `check` to say.
    unreadable = [one for one in run(root, level=3) if one.level < 3 or one.id in ("offset-range", "surface-mismatch")]
    if unreadable:
        print_findings(unreadable, sys.stderr)
        raise ZhengwenError("gold cannot be read; nothing was changed", fix="mend it: `zhengwen check`")
    for folder in seed_folders(root):
        for layer, records in read_seed(folder).gold.items():
            file, content = gold_path(folder, layer), canonical_lines(records)
            if content != read_text(file):
                write_atomically(file, content)
                print(file.relative_to(root).as_posix())
