"""``zhengwen publish``: thin, over :mod:`zhengwen.hub.publish`."""

import sys
from pathlib import Path
from typing import Annotated

import typer


def publish(
    target: Annotated[str, typer.Argument(help="ORG/NAME on a hub, or the URL or the folder of a git repository.")],
    path: Annotated[Path, typer.Argument(help="The repository, or a folder in it.")] = Path(),
    create_pr: Annotated[bool, typer.Option("--create-pr", help="Propose it as a pull request on the hub.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be written, with size and hash; needs no network.")
    ] = False,
    endpoint: Annotated[str | None, typer.Option(help="The hub's address; HF_ENDPOINT when not given.")] = None,
) -> None:
    """Publish the release, checked, as one commit and one tag; read it back and compare."""
    from zhengwen import __version__
    from zhengwen.hub.publish import destination, files_of, planned
    from zhengwen.hub.publish import publish as put
    from zhengwen.paths import repository_path

    kind, address = destination(target, endpoint)
    files = files_of(repository_path(path))
    if dry_run:
        for operation in planned(files):
            print(operation)
        print(f"tag     v{__version__}")
        print(
            f"{address} ({kind}): nothing was sent. What it holds already stays; what is not listed is deleted, "
            "but for .gitattributes",
            file=sys.stderr,
        )
        return
    done = put(target, files, create_pr=create_pr, endpoint=endpoint)
    for operation in done.operations:
        print(operation)
    print(done.message, file=sys.stderr)
