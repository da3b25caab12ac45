"""The command ``agree``: how far annotators agree."""

import os
from pathlib import Path
from typing import Annotated, Literal

import typer

from zhengwen.cli.streams import console, read


def agree(
    annotations: Annotated[list[Path], typer.Argument(help="Folders with the layers of two annotations or more.")],
    text: Annotated[
        Path | None, typer.Option(help="What they point into; by default text.txt beside or above.")
    ] = None,
    format: Annotated[Literal["text", "json"], typer.Option(help="Tables, or a JSON line a figure.")] = "text",
) -> None:
    """Say how far annotators of a text agree.

    Pairs are compared by F1, all together by Krippendorff's alpha; each figure has its n and an interval.

    Examples:
        zhengwen agree seeds/shangyou-2025-deepseek/annotators/pass-*
        zhengwen agree mine yours --text article.txt --format json
    """
    from zhengwen.cli.agree_output import agree as run

    run(console(), annotations, None if text is None else read(os.fspath(text)), format)
