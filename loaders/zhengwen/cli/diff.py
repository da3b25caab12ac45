"""The command ``diff``: what changed between two releases."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from zhengwen.cli.parameters import RepositoryOption
from zhengwen.cli.streams import print_json, say, shown
from zhengwen.errors import ZhengwenError


def diff(
    old: Annotated[
        str | None, typer.Argument(help="A folder, a version or a git revision; the last release when not given.")
    ] = None,
    new: Annotated[str | None, typer.Argument(help="The same; the release built here when not given.")] = None,
    format: Annotated[
        Literal["text", "json", "markdown"],
        typer.Option(help="How to print the changes; markdown is a draft of the Data part of the changelog."),
    ] = "text",
    enforce: Annotated[
        bool, typer.Option("--enforce", help="Fail when the version was raised by less than the changes demand.")
    ] = False,
    corpus: RepositoryOption = None,
) -> None:
    """Show what changed between two releases.

    The changes are listed by annotation, text and column, with the version step that they demand.

    Examples:
        zhengwen diff
        zhengwen diff v0.1.0 v0.2.0 --format markdown
        zhengwen diff --enforce
    """
    from zhengwen.paths import repository_path
    from zhengwen.release.diff import compare, large_enough, step
    from zhengwen.release.diff_report import as_markdown, as_text
    from zhengwen.release.find import find_release
    from zhengwen.release.ledger import read_ledger
    from zhengwen.release.manifest import read_manifest
    from zhengwen.release.reader import ReleaseFolder

    if enforce and old:
        raise typer.BadParameter(
            "it compares what is here with the last release; leave out OLD and NEW", param_hint="--enforce"
        )
    root = repository_path(corpus or ".") if not (old and new and Path(old).is_dir() and Path(new).is_dir()) else Path()
    built = None if new else read_manifest(root / "corpus")
    version = built["version"] if built else ""
    if old is None:
        # A version that was released, and is now built with other data, is compared with what was released.
        this = (version, built["data"]["digest"]) if built else None
        earlier = [entry.version for entry in read_ledger(root) if (entry.version, entry.digest) != this]
        if not earlier:
            say(f"nothing to compare: no version was released before {version}")
            return
        old = earlier[-1]
    new_release = ReleaseFolder(root / "corpus", version) if new is None else find_release(new, root)
    changes = compare(find_release(old, root), new_release)
    match format:
        case "json":
            print_json(changes.to_dict())
        case "markdown":
            print(shown(as_markdown(changes), lines=True), end="")
        case _:
            print(shown(as_text(changes), lines=True), end="")
    if enforce and not large_enough(step(old, version), changes.bump, old):
        taken = f"from {old} to {version} is a {step(old, version)} step" if old != version else f"it is still {old}"
        raise ZhengwenError(
            f"{taken}, but the changes demand a {changes.bump} version",
            fix="raise the version in seeds/corpus.yaml and CHANGELOG.md, and run `zhengwen build`",
        )
