"""The command ``show``: a document with its annotation, for people."""

from typing import Annotated

import typer

from zhengwen.cli.complete import documents, editions
from zhengwen.cli.streams import console
from zhengwen.errors import UnknownNameError

#: Shown side by side by default: the damaged page, and the text in Simplified and in Traditional characters.
_DEFAULT_EDITIONS = ("received", "hans", "hant")


def show(
    document: Annotated[
        str | None,
        typer.Argument(autocompletion=documents, help="The id of a document; required when there are several."),
    ] = None,
    edition: Annotated[
        list[str] | None,
        typer.Option(autocompletion=editions, help="Show this edition, such as hant-tw; repeat it for more."),
    ] = None,
    sentence: Annotated[str | None, typer.Option(help="Show one sentence, named by the end of its id (s010).")] = None,
) -> None:
    """Show a document with its annotation.

    The output is for people; `zhengwen load` prints rows for programs.

    Examples:
        zhengwen show
        zhengwen show shangyou-2025-deepseek --sentence s030
        zhengwen show --edition hans --edition hant-tw | less -R
    """
    from zhengwen.cli.show_output import show_document, show_sentence
    from zhengwen.load import Corpus

    corpus = Corpus.open()
    ids = [document.id for document in corpus]
    if document is None and len(ids) > 1:
        raise UnknownNameError("document", "", ids, fix="name one")
    shown = corpus[document or ids[0]]
    for name in edition or ():
        if name not in shown.editions:
            raise UnknownNameError("edition", name, shown.editions)
    if sentence is None:
        show_document(console(), shown, edition or list(_DEFAULT_EDITIONS))
        return
    sentences = {passage.id.rpartition(".")[2]: passage for passage in shown.sentences}
    name = sentence.removeprefix(f"{shown.id}.")
    if name not in sentences:
        raise UnknownNameError("sentence", sentence, sentences)
    show_sentence(console(), shown, sentences[name])
