"""The command ``show``: a document with its annotation, for people."""

from typing import Annotated

import typer

from zhengwen.cli.complete import documents, editions
from zhengwen.cli.parameters import CorpusOption
from zhengwen.cli.streams import console
from zhengwen.errors import UnknownNameError


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
    corpus: CorpusOption = None,
) -> None:
    """Show a document with its annotation.

    The output is for people; `zhengwen load` prints rows for programs.

    Examples:
        zhengwen show
        zhengwen show my-article --sentence s030
        zhengwen show --edition hans --edition hant-tw | less -R
    """
    from zhengwen.cli.documents import only_or_named
    from zhengwen.cli.show_output import Colours, default_editions, show_document, show_sentence
    from zhengwen.load import Corpus
    from zhengwen.location import corpus_folder

    opened = Corpus.open(corpus_folder(corpus))
    shown = only_or_named(opened, document)
    colours = Colours(opened.schema)
    for name in edition or ():
        if name not in shown.editions:
            raise UnknownNameError("edition", name, shown.editions)
    if sentence is None:
        show_document(console(), shown, edition or default_editions(shown), colours)
        return
    sentences = {passage.id.rpartition(".")[2]: passage for passage in shown.sentences}
    name = sentence.removeprefix(f"{shown.id}.")
    if name not in sentences:
        raise UnknownNameError("sentence", sentence, sentences)
    show_sentence(console(), shown, sentences[name], colours)
