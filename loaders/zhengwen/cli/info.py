"""The command ``info``: what the corpus holds."""

import json
from typing import Annotated, Literal

import typer


def info(
    format: Annotated[Literal["text", "json"], typer.Option(help="Print tables, or one JSON object.")] = "text",
) -> None:
    """List what the corpus holds: its documents and its configs.

    Examples:
        zhengwen info
        zhengwen info --format json
    """
    from zhengwen.cli.info_output import contents, tables

    listing = contents()
    print(json.dumps(listing, ensure_ascii=False) if format == "json" else tables(listing))
