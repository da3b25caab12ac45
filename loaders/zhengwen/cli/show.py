"""The command ``show``: a document with its annotation, for people."""

from typing import Annotated

import typer

from zhengwen.cli.complete import documents, editions
from zhengwen.cli.streams import console
from zhengwen.errors import UnknownNameError

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
    from zhengwen.cli.show_output import show_document, show_sentence
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
