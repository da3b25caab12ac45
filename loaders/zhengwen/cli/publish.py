"""The command ``publish``: publish a release to a hub or a git host."""

from pathlib import Path
from typing import Annotated

import typer

from zhengwen.cli.streams import say, shown


def publish(
    target: Annotated[str, typer.Argument(help="ORG/NAME on a hub, or the URL or the folder of a git repository.")],
    path: Annotated[Path, typer.Argument(help="The repository, or a folder in it.")] = Path(),
    create_pr: Annotated[bool, typer.Option("--create-pr", help="Propose it as a pull request on the hub.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be added, changed and deleted, and send nothing.")
    ] = False,
    endpoint: Annotated[str | None, typer.Option(help="The hub's address; by default HF_ENDPOINT.")] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Delete files there that no earlier release put there.")
    ] = False,
    set_head: Annotated[
        bool, typer.Option("--set-head", help="Make HEAD of a bare folder name main if it names no branch.")
    ] = False,
) -> None:
    """Publish the release, as one commit and one tag.

    The release is checked first, and what arrived is read back and compared by hash. Nothing is done when the tag
    already holds the release, and an interrupted run is finished. The token for a hub is the one that `hf auth login`
    saved, or HF_TOKEN.

    Examples:
        zhengwen publish ORG/NAME --dry-run
        zhengwen publish ORG/NAME --create-pr
        zhengwen publish git@example.org:corpus.git
    """
    from zhengwen.hub.publish import destination, files_of, version_of
    from zhengwen.hub.publish import publish as publish_files
    from zhengwen.paths import repository_path

    destination(target, endpoint)  # checking takes a while, and a target that cannot be is refused before
    files = files_of(repository_path(path))
    published = publish_files(
        target,
        files,
        create_pr=create_pr,
        endpoint=endpoint,
        replace=replace,
        set_head=set_head,
        dry_run=dry_run,
    )
    for operation in published.operations:
        print(shown(operation))
    if dry_run and published.operations:
        print(f"tag     v{version_of(files)}")
    say(published.message)
