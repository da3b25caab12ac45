"""The command ``schema``: the shapes of records."""

import json
from typing import Annotated

import typer

from zhengwen.cli.complete import shapes
from zhengwen.cli.parameters import CorpusOption
from zhengwen.cli.streams import console


def schema(
    name: Annotated[
        str | None,
        typer.Argument(autocompletion=shapes, help="The shape, such as rows/sentences; all are listed without it."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the JSON Schema; without NAME, one object with all of them.")
    ] = False,
    corpus: CorpusOption = None,
) -> None:
    """Show the fields of a kind of record: their types, labels and meanings.

    The shapes are those of gold, of the rows of a release and of predictions, with the labels of the corpus.

    Examples:
        zhengwen schema
        zhengwen schema rows/stances
        zhengwen schema predictions/ner --json
    """
    from zhengwen.cli.schema_output import list_of_shapes, tables
    from zhengwen.location import location
    from zhengwen.printable import printable_json
    from zhengwen.schema import read_schema

    read = read_schema(location(corpus).schema)
    if as_json:
        shown = read.shape(name).json_schema() if name else {key: of.json_schema() for key, of in read.shapes.items()}
        for line in json.dumps(shown, ensure_ascii=False, indent=1).split("\n"):
            print(printable_json(line))
    else:
        console().print(*(tables(name, read) if name else [list_of_shapes(read)]), sep="\n")
