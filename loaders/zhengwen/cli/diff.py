"""The command ``diff``: what changed between two releases."""

import json
from pathlib import Path
from typing import Annotated, Literal

import typer

from zhengwen.errors import UnknownNameError, ZhengwenError


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
