"""The command ``info``: what a corpus holds."""

from typing import Annotated, Literal

import typer

from zhengwen.cli.parameters import CorpusOption
from zhengwen.cli.streams import print_json, shown


def info(
    format: Annotated[Literal["text", "json"], typer.Option(help="Print tables, or one JSON object.")] = "text",
    corpus: CorpusOption = None,
) -> None:
    """List what a corpus holds: its documents and its configs.

    Examples:
        zhengwen info
        zhengwen info --format json
    """
    from zhengwen.cli.info_output import contents, tables

    listing = contents(corpus)
    if format == "json":
        print_json(listing)
    else:
        print(shown(tables(listing), lines=True))
