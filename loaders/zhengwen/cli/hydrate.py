"""The command ``hydrate``: put the texts back into a release that was made without them."""

from pathlib import Path
from typing import Annotated

import typer

from zhengwen.cli.streams import print_path, say


def hydrate(
    folder: Annotated[Path, typer.Argument(help="A release without its texts, made by `build --without-text`.")],
    text: Annotated[
        list[Path],
        typer.Option(help="The text of a document: Simplified, restored, or as received. Repeat it for each document."),
    ],
    out: Annotated[Path, typer.Option(help="The folder to write the complete release to.")] = Path("corpus"),
) -> None:
    """Put the texts back into a release that was made without them.

    The hash of a file shows which document and edition it holds. Hashes also show whether the result is the release;
    if it is not, nothing is written.

    Examples:
        zhengwen build --without-text --out annotation
        zhengwen hydrate annotation --text article.txt --out hydrated
    """
    from zhengwen.release.hydrate import hydrate as hydrate_release

    proof = hydrate_release(folder, text, out)
    if proof.files == proof.of:
        files = f"all {proof.of} files are byte for byte those of the release"
    else:
        files = (
            f"{proof.files} of {proof.of} files are byte for byte those of the release; other libraries wrote the rest"
        )
    print_path(out)
    say(f"version {proof.version}: the data have the digest of the release, {proof.digest}; {files}")
