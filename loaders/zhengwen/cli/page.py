"""The command ``page``: documents as HTML pages for readers."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from zhengwen.cli.complete import documents
from zhengwen.cli.parameters import CorpusOption
from zhengwen.cli.streams import print_path
from zhengwen.errors import ZhengwenError


def page(
    document: Annotated[
        str | None,
        typer.Argument(autocompletion=documents, help="The id of a document; required when there are several."),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Make a page for every document, and a list of them.")] = False,
    out: Annotated[
        Path | None, typer.Option(help="The file to write, or with --all the folder; stdout when not given.")
    ] = None,
    corpus: CorpusOption = None,
) -> None:
    """Make a page for readers: one HTML file that needs no network.

    It shows the text in every edition, with its annotation and, where it was restored, its damage.

    Examples:
        zhengwen page my-article --out my-article.html
        zhengwen page --all --out pages
    """
    from zhengwen.atomic import replace_file
    from zhengwen.cli.documents import only_or_named
    from zhengwen.load import Corpus
    from zhengwen.location import corpus_folder
    from zhengwen.view.page import page as page_of

    if every and document is not None:
        raise typer.BadParameter("give a document or --all, not both", param_hint="--all")
    if every and out is None:
        raise typer.BadParameter("--all needs a folder to write to: --out DIR", param_hint="--out")
    opened = Corpus.open(corpus_folder(corpus))
    if every:
        _write_all(opened, out)
        return
    html = page_of(only_or_named(opened, document), opened.schema, opened.title)
    if out is None:
        sys.stdout.write(html)
    else:
        replace_file(out, html.encode("utf-8"))
        print_path(out)


def _write_all(corpus, folder: Path) -> None:
    from zhengwen.atomic import replace_files
    from zhengwen.view.page import contents
    from zhengwen.view.page import page as page_of

    pages = {f"{document.id}.html": page_of(document, corpus.schema, corpus.title) for document in corpus}
    pages["index.html"] = contents(list(corpus), corpus.title)
    for name in pages:
        # The id of a document is part of the file name here, and must not lead out of the folder.
        if Path(name).name != name or name.startswith("."):
            raise ZhengwenError(f"{name!r} cannot be the name of a file", fix="`zhengwen check` shows which id it is")
    files = {folder / name: html.encode("utf-8") for name, html in pages.items()}
    replace_files(files, folder)
    for path in files:
        print_path(path)
