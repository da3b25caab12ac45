"""The commands that measure: ``agree``, ``score``."""

import os
from pathlib import Path
from typing import Annotated, Literal

import typer

from zhengwen.cli.complete import configs
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
    from zhengwen.cli.figures import agree as run

    run(console(), annotations, None if text is None else read(os.fspath(text)), format)


def score(
    gold: Annotated[
        str,
        typer.Argument(
            autocompletion=configs, help="A config, such as stances-hant, or a document's folder in seeds/."
        ),
    ],
    predictions: Annotated[str, typer.Argument(help="JSON lines as schema/predictions/ says; - is stdin.")],
    format: Annotated[Literal["text", "json"], typer.Option(help="A table, or a JSON line a figure.")] = "text",
) -> None:
    """Score predictions of sentences, entities, tags, quotations or stances.

    What is scored is told by the predictions; every id of the gold is answered exactly once.

    Examples:
        zhengwen score stances-hant predictions.jsonl
        zhengwen score seeds/shangyou-2025-deepseek - --format json < predictions.jsonl
    """
    from zhengwen.cli.figures import score as run

    run(console(), gold, "standard input" if predictions == "-" else predictions, read(predictions), format)
