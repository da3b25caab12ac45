"""The command ``score``: measure how good predictions are."""

from typing import Annotated, Literal

import typer

from zhengwen.cli.complete import configs
from zhengwen.cli.streams import console, read


def score(
    gold: Annotated[
        str,
        typer.Argument(
            autocompletion=configs, help="A config, such as stances-hant, or the folder of a document in seeds/."
        ),
    ],
    predictions: Annotated[str, typer.Argument(help="JSON lines of a shape in schema/predictions/; - is stdin.")],
    format: Annotated[
        Literal["text", "json"], typer.Option(help="Print a table, or one JSON line per figure.")
    ] = "text",
) -> None:
    """Score predictions of sentences, entities, tags, quotations or stances.

    The shape of the predictions determines the task. They must have every id of gold exactly once.

    Examples:
        zhengwen score stances-hant predictions.jsonl
        zhengwen score seeds/shangyou-2025-deepseek - --format json < predictions.jsonl
    """
    from zhengwen.cli.score_output import print_score

    print_score(console(), gold, "standard input" if predictions == "-" else predictions, read(predictions), format)
