"""The arguments and options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

FormatName = Annotated[
    str,
    typer.Argument(metavar="FORMAT", help="brat, iob2, conllu, labelstudio, xmi or tei; for import --new also jsonl."),
]
RepositoryArgument = Annotated[Path, typer.Argument(help="The repository, or a folder in it.")]
RepositoryOption = Annotated[Path, typer.Option("--path", help="The repository, or a folder in it.")]
