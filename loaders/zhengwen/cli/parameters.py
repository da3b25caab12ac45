"""The arguments and options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

FormatName = Annotated[
    str,
    typer.Argument(metavar="FORMAT", help="brat, iob2, conllu, labelstudio, xmi or tei; for import --new also jsonl."),
]
RepositoryArgument = Annotated[Path, typer.Argument(help="The repository, or a folder in it.")]
CorpusOption = Annotated[
    Path | None,
    typer.Option(
        "--corpus",
        help="A repository, a folder in one, or the folder of a release. When not given: the corpus that the current "
        "folder is in, or else the one in the package.",
    ),
]
RepositoryOption = Annotated[
    Path | None,
    typer.Option("--corpus", help="The repository, or a folder in it; the current folder when not given."),
]
