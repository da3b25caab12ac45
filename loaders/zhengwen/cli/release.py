"""The commands that make releases and compare them."""

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from zhengwen.cli.check import report
from zhengwen.cli.streams import say
from zhengwen.errors import UnknownNameError, ZhengwenError


def build(
    path: Annotated[Path, typer.Argument(help="The repository, or a folder in it.")] = Path(),
    release: Annotated[
        bool, typer.Option("--release", help="Then release this version: append its line to releases.jsonl.")
    ] = False,
) -> None:
    """Build corpus/ from seeds/ and schema/.

    It is built whole or not at all; the files are printed.  What else is generated (schema/json/, docs/checks.md) is
    written too, where it is stale.

    Examples:
        zhengwen build
        zhengwen build --release
    """
    from zhengwen.checks import check
    from zhengwen.checks.generated import write as write_generated
    from zhengwen.paths import repository_path
    from zhengwen.release.build import build as write
    from zhengwen.release.build import enter
    from zhengwen.schema import read_schema

    root = repository_path(path)
    _refuse(check(root, level=4), "nothing was built")
    for written in write(root):
        print(f"corpus/{written}")
    for written in write_generated(root, read_schema(root / "schema")):
        print(written)
    if release:
        _refuse(check(root), "nothing was released")
        entry = enter(root)
        if entry:
            say(f"released {entry.version}, data {entry.digest}")
        else:
            say("this version is released already, with these data; nothing was done")


def _refuse(findings: list, outcome: str) -> None:
    if findings:
        report(findings, "text", sys.stderr)
        raise ZhengwenError(f"{len(findings)} findings; {outcome}", fix="mend them: `zhengwen check`")


def diff(
    old: Annotated[
        str | None, typer.Argument(help="A folder, a version or a git revision; by default the last release.")
    ] = None,
    new: Annotated[str | None, typer.Argument(help="The same; by default what is built here now.")] = None,
    format: Annotated[
        Literal["text", "json", "markdown"], typer.Option(help="Markdown is the draft of the changelog's Data part.")
    ] = "text",
    enforce: Annotated[
        bool, typer.Option("--enforce", help="Fail when the version went up by less than the changes demand.")
    ] = False,
) -> None:
    """Say what changed between two releases.

    Annotation by annotation, text by text, column by column, and which step of the version that demands.

    Examples:
        zhengwen diff
        zhengwen diff v0.1.0 v0.2.0 --format markdown
        zhengwen diff --enforce
    """
    import json

    from zhengwen import __version__
    from zhengwen.paths import repository_path
    from zhengwen.release.diff import compare, large_enough, step
    from zhengwen.release.diff_report import as_markdown, as_text
    from zhengwen.release.find import find_release
    from zhengwen.release.ledger import read_ledger
    from zhengwen.release.past import read_release

    if enforce and old:
        raise UnknownNameError(
            "use of", "--enforce", ["without OLD and NEW: it holds what is here to the last release"]
        )
    root = repository_path() if not (old and new and Path(old).is_dir() and Path(new).is_dir()) else Path()
    if old is None:
        earlier = [entry.version for entry in read_ledger(root) if entry.version != __version__]
        if not earlier:
            raise ZhengwenError("nothing was released before this version", fix="name two releases")
        old = earlier[-1]
    here = read_release(root / "corpus", __version__) if new is None else find_release(new, root)
    found = compare(find_release(old, root), here)
    match format:
        case "json":
            print(json.dumps(found.to_dict(), ensure_ascii=False))
        case "markdown":
            print(as_markdown(found), end="")
        case _:
            print(as_text(found), end="")
    if enforce and not large_enough(step(old, __version__), found.bump, old):
        raise ZhengwenError(
            f"from {old} to {__version__} is a {step(old, __version__)} step, the changes demand {found.bump}",
            fix="raise the version in `__init__.py` and CHANGELOG.md (docs/versioning.md), and run `zhengwen build`",
        )
