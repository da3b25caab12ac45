"""The command ``export``: write documents in the formats of other tools."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from zhengwen.cli.complete import sources
from zhengwen.cli.documents import SeedDocuments
from zhengwen.cli.parameters import CorpusOption, FormatName
from zhengwen.cli.streams import print_path, say
from zhengwen.errors import UnknownNameError, ZhengwenError


def export(
    format: FormatName,
    document: Annotated[
        str | None, typer.Argument(autocompletion=sources, help="The id of a document; all when not given.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="The folder to write to; stdout when not given.")] = None,
    corpus: CorpusOption = None,
) -> None:
    """Write documents in the format of another tool.

    The documents of a repository are those of its seeds/, also when it has not been built. What the format cannot hold
    is listed on standard error.

    Examples:
        zhengwen export labelstudio --out exported
        zhengwen export tei my-article > my-article.tei.xml
    """
    from zhengwen.atomic import replace_files
    from zhengwen.exchange import export_files, format_named
    from zhengwen.layers import LAYERS
    from zhengwen.load import Corpus
    from zhengwen.location import location
    from zhengwen.schema import read_schema

    described = format_named(format)
    place = location(corpus)
    schema = read_schema(place.schema)
    if place.repository:
        documents = SeedDocuments(place.repository, schema, whole=True)
        title = documents.title
    else:
        opened = Corpus.open(place.built())
        documents, title = {article.id: article for article in opened}, opened.title
    if document is not None and document not in documents:
        raise UnknownNameError("document", document, documents)
    ids = [document] if document is not None else list(documents)
    files: dict[str, str] = {}
    for id in ids:
        files |= export_files(format, documents[id], schema, title)
    absent = LAYERS.keys() - set(schema.design.layers)
    for left_out in described.stays:
        if left_out.partition(":")[0] in absent:
            continue
        say(f"{described.title} leaves behind {left_out}")
    if out is None:
        if len(files) != 1:
            raise ZhengwenError(
                f"the export is {len(files)} files, and stdout takes one: {', '.join(files)}",
                fix="give a folder for them with --out",
            )
        sys.stdout.write(*files.values())
        return
    replace_files({out / name: content.encode("utf-8") for name, content in files.items()}, out)
    for name in files:
        print_path(out / name)
