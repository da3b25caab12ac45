"""The command ``export``: documents in the formats of other tools."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from zhengwen.cli.complete import documents as completed
from zhengwen.cli.documents import SeedDocuments, repository
from zhengwen.cli.parameters import FormatName, RepositoryOption
from zhengwen.cli.streams import say
from zhengwen.errors import UnknownNameError, ZhengwenError


def export(
    format: FormatName,
    document: Annotated[
        str | None, typer.Argument(autocompletion=completed, help="The id of a document; all when not given.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="The folder to write to; stdout when not given.")] = None,
    path: RepositoryOption = Path(),
) -> None:
    """Write documents in the format of another tool.

    In a repository the documents are those of seeds/, elsewhere those of the release that came with the package. What
    the format leaves behind is said on standard error.

    Examples:
        zhengwen export labelstudio --out exported
        zhengwen export tei shangyou-2025-deepseek > article.tei.xml
    """
    from zhengwen.exchange import export_files, format_named
    from zhengwen.files import write_atomically
    from zhengwen.load import Corpus
    from zhengwen.schema import read_schema

    about = format_named(format)
    root = repository(path)
    schema = read_schema(root and root / "schema")
    documents = SeedDocuments(root, schema, whole=True) if root else {one.id: one for one in Corpus.open()}
    if document is not None and document not in documents:
        raise UnknownNameError("document", document, documents)
    wanted = [document] if document is not None else list(documents)
    files: dict[str, str] = {}
    for id in wanted:
        files |= export_files(format, documents[id], schema)
    for line in about.stays:
        say(f"{about.title} leaves behind {line}")
    if out is None:
        if len(files) != 1:
            raise ZhengwenError(f"{len(files)} files: {', '.join(files)}", fix="name a folder for them: --out")
        sys.stdout.write(*files.values())
        return
    out.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        write_atomically(out / name, content)
        print((out / name).as_posix())
