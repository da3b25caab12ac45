"""The command ``score``: measure how good predictions are."""

from typing import Annotated, Literal

import typer

from zhengwen.cli.complete import configs
from zhengwen.cli.parameters import CorpusOption
from zhengwen.cli.streams import console, read


def score(
    gold: Annotated[
        str,
        typer.Argument(
            autocompletion=configs, help="A config, such as stances-hant, or the folder of a document in seeds/."
        ),
    ],
    predictions: Annotated[
        str, typer.Argument(help="JSON lines of a shape of predictions, which `zhengwen schema` lists; - is stdin.")
    ],
    repo: Annotated[
        str | None, typer.Option(help="Take gold from this dataset on the hub, or from the corpus in this folder.")
    ] = None,
    revision: Annotated[str | None, typer.Option(help="The version of --repo to take gold from, as vX.Y.Z.")] = None,
    format: Annotated[
        Literal["text", "json"], typer.Option(help="Print a table, or one JSON line per figure.")
    ] = "text",
    corpus: CorpusOption = None,
) -> None:
    """Score predictions of sentences, entities, tags, quotations or stances.

    The shape of the predictions determines the task. They must have every id of gold exactly once.

    Examples:
        zhengwen score stances-hant predictions.jsonl
        zhengwen score stances-hant predictions.jsonl --repo ORG/NAME --revision v1.0.0
        zhengwen score seeds/my-article - --format json < predictions.jsonl
    """
    from zhengwen.cli.score_output import Gold, print_score

    name = "standard input" if predictions == "-" else predictions
    if corpus and (repo or revision):
        raise typer.BadParameter("it names another corpus than --repo and --revision", param_hint="--corpus")
    print_score(console(), Gold(gold, corpus, repo, revision), name, read(predictions), format)
