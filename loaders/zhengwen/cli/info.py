"""The command ``info``: what the corpus holds."""

import json
from typing import Annotated, Literal

import typer


def info(
    format: Annotated[Literal["text", "json"], typer.Option(help="Tables, or one JSON object.")] = "text",
) -> None:
    """What the corpus holds: its documents and its configs.

    Examples:
        zhengwen info
        zhengwen info --format json
    """
    from zhengwen.cli.info_output import contents, tables

    found = contents()
    print(json.dumps(found, ensure_ascii=False) if format == "json" else tables(found))
