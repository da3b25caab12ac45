"""The command ``score``: how good predictions are."""

from typing import Annotated, Literal

import typer

from zhengwen.cli.complete import configs
from zhengwen.cli.streams import console, read


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
    from zhengwen.cli.score_output import score as run

    run(console(), gold, "standard input" if predictions == "-" else predictions, read(predictions), format)
