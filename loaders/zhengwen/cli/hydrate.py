"""The command ``hydrate``: a whole release from one without its texts."""

from pathlib import Path
from typing import Annotated

import typer

from zhengwen.cli.streams import say


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
