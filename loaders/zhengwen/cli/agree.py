"""The command ``agree``: measure how far annotators agree."""

import os
from pathlib import Path
from typing import Annotated, Literal

import typer

from zhengwen.cli.parameters import CorpusOption
from zhengwen.cli.streams import console, read


def agree(
    annotations: Annotated[
        list[Path], typer.Argument(help="Two or more folders, each with the layers of one annotation.")
    ],
    text: Annotated[
        Path | None, typer.Option(help="The annotated text; text.txt beside or above the folders when not given.")
    ] = None,
    format: Annotated[
        Literal["text", "json"], typer.Option(help="Print tables, or one JSON line per figure.")
    ] = "text",
    corpus: CorpusOption = None,
) -> None:
    """Measure how far the annotators of a text agree.

    Each pair is compared by F1, and all together by Krippendorff's alpha. Each figure has its n and a 95% interval.
    Labels are those of the corpus that the first of the folders is in, or of --corpus.

    Examples:
        zhengwen agree seeds/my-article/annotators/pass-*
        zhengwen agree mine yours --text article.txt --format json
    """
    from zhengwen.cli.agree_output import print_agreement

    print_agreement(console(), annotations, None if text is None else read(os.fspath(text)), format, corpus)
