"""The commands that look into the corpus: ``info``, ``show``, ``load``."""

import json
from typing import Annotated, Literal

import typer

from zhengwen.cli.complete import configs, documents, editions
from zhengwen.cli.streams import console
from zhengwen.errors import UnknownNameError


def info(
    format: Annotated[Literal["text", "json"], typer.Option(help="Tables, or one JSON object.")] = "text",
) -> None:
    """What the corpus holds: its documents and its configs.

    Examples:
        zhengwen info
        zhengwen info --format json
    """
    from zhengwen.cli.info import contents, tables

    found = contents()
    print(json.dumps(found, ensure_ascii=False) if format == "json" else tables(found))


#: What a reader wants beside each other: the damage, and the text in Simplified and in Traditional characters.
_DEFAULT_EDITIONS = ("received", "hans", "hant")


def show(
    document: Annotated[
        str | None,
        typer.Argument(autocompletion=documents, help="The id of a document; needed when there are several."),
    ] = None,
    edition: Annotated[
        list[str] | None,
        typer.Option(autocompletion=editions, help="Show this edition, such as hant-tw (again for more)."),
    ] = None,
    sentence: Annotated[str | None, typer.Option(help="Show one sentence, by the end of its id (s010).")] = None,
) -> None:
    """Show a document with its annotation.

    This is for people; `zhengwen load` prints rows for programs.

    Examples:
        zhengwen show
        zhengwen show shangyou-2025-deepseek --sentence s030
        zhengwen show --edition hans --edition hant-tw | less -R
    """
    from zhengwen.cli.show import show_document, show_sentence
    from zhengwen.load import Corpus

    corpus = Corpus.open()
    ids = [one.id for one in corpus]
    if document is None and len(ids) > 1:
        raise UnknownNameError("document", "", ids, fix="name one")
    shown = corpus[document or ids[0]]
    for name in edition or ():
        if name not in shown.editions:
            raise UnknownNameError("edition", name, shown.editions)
    if sentence is None:
        show_document(console(), shown, edition or list(_DEFAULT_EDITIONS))
        return
    found = {one.id.rpartition(".")[2]: one for one in shown.sentences}
    wanted = sentence.removeprefix(f"{shown.id}.")
    if wanted not in found:
        raise UnknownNameError("sentence", sentence, found)
    show_sentence(console(), shown, found[wanted])


def load(
    config: Annotated[str, typer.Argument(autocompletion=configs, help="The config, such as sentences-hant.")],
    limit: Annotated[int | None, typer.Option(min=0, max=2**31, help="Print so many rows.")] = None,
) -> None:
    """Print the rows of a config as JSON lines, class labels as names.

    Examples:
        zhengwen load stances-hant --limit 3
        zhengwen load sentences-hans > sentences.jsonl
    """
    from itertools import islice

    from zhengwen.load import released_rows
    from zhengwen.schema import read_schema

    schema = read_schema()
    wanted = schema.config(config)
    shape = schema.rows[wanted.family]
    for row in islice(released_rows(wanted.name), limit):
        print(json.dumps(shape.decode(row), ensure_ascii=False))
