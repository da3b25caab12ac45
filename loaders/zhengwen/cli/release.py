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
    without_text: Annotated[
        bool, typer.Option("--without-text", help="Write a release with none of the texts' words to OUT instead.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="The folder for --without-text.")] = None,
) -> None:
    """Build corpus/ from seeds/ and schema/.

    It is built whole or not at all; the files are printed.  What else is generated (schema/json/, docs/checks.md) is
    written too, where it is stale.

    Examples:
        zhengwen build
        zhengwen build --release
        zhengwen build --without-text --out annotation
    """
    from zhengwen.checks import check
    from zhengwen.checks.generated import write as write_generated
    from zhengwen.paths import repository_path
    from zhengwen.release.build import build as write
    from zhengwen.release.build import enter
    from zhengwen.release.withheld import build_without_text
    from zhengwen.schema import read_schema

    if without_text != (out is not None) or (without_text and release):
        raise ZhengwenError("--without-text and --out go together, and --release by itself", fix="see --help")
    root = repository_path(path)
    _refuse(check(root, level=4), "nothing was built")
    if out is not None:
        for written in build_without_text(root, out):
            print((out / written).as_posix())
        return
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


def hydrate(
    folder: Annotated[Path, typer.Argument(help="A release without its texts, as `build --without-text` made it.")],
    text: Annotated[
        list[Path], typer.Option(help="A file of a document: Simplified, restored, or as received. Once a document.")
    ],
    out: Annotated[Path, typer.Option(help="The folder that the whole release is written to.")] = Path("corpus"),
) -> None:
    """Put the texts back into a release that was made without them.

    Which document and edition a file holds is told by its hash, and so is whether what comes out is the release;
    nothing is written when it is not.

    Examples:
        zhengwen build --without-text --out annotation
        zhengwen hydrate annotation --text article.txt --out hydrated
    """
    from zhengwen.release.hydrate import hydrate as make

    proof = make(folder, text, out)
    if proof.files == proof.of:
        told = f"all {proof.of} files are byte for byte those of the release"
    else:
        told = (
            f"{proof.files} of {proof.of} files are byte for byte those of the release; other libraries wrote the rest"
        )
    print(out.as_posix())
    say(f"version {proof.version}, data {proof.digest}: the same; {told}")


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
