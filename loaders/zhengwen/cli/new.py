"""The command ``new``: start a document from an article."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from zhengwen.cli.findings import relative, report
from zhengwen.cli.parameters import RepositoryOption
from zhengwen.cli.streams import print_path, say
from zhengwen.errors import ZhengwenError
from zhengwen.secrecy import holds_secret


def new(
    doc_id: Annotated[str, typer.Argument(help="The document's id: lower-case letters and digits, joined by hyphens.")],
    file: Annotated[Path, typer.Option("--from", help="The article: UTF-8, one paragraph per line.")],
    publisher: Annotated[str | None, typer.Option(help="Who published it.")] = None,
    url: Annotated[str | None, typer.Option(help="Where it was published.")] = None,
    origin: Annotated[str | None, typer.Option(help="Where this copy comes from.")] = None,
    rights: Annotated[str | None, typer.Option(help="Who holds the rights in the text, and what is granted.")] = None,
    corpus: RepositoryOption = None,
) -> None:
    """Start a document: make its seed, with the text restored and draft annotation by rules for you to correct.

    The names of the files are printed.

    Examples:
        zhengwen new nanjiang-2025-shipyard --from article.txt --publisher 河港周报
    """
    from zhengwen.checks import with_record
    from zhengwen.draft import start
    from zhengwen.paths import repository_path
    from zhengwen.repository.documents import DocumentFiles
    from zhengwen.repository.reading import read_document
    from zhengwen.schema import read_schema

    root = repository_path(corpus or ".")
    known = {"publisher": publisher, "url": url, "from": origin, "rights": rights}
    for name, value in known.items():
        if value and holds_secret(value):
            raise ZhengwenError(f"--{name}: {value} may hold a secret, and would be published", fix="leave that out")
    schema = read_schema(root / "schema")
    try:
        folder = start(root, doc_id, file.read_bytes(), schema, known)
    except ZhengwenError as error:
        raise ZhengwenError(f"{file}: {error.message}", fix=error.fix) from None
    for written in sorted(folder.rglob("*.*")):
        print_path(written.relative_to(root))
    document = read_document(DocumentFiles(root, folder, schema.design), schema, level=4)
    report(relative([with_record(finding, root) for finding in document.findings], root), "text", sys.stderr)
    proofread = "proofread text.txt against received.txt" if schema.design.restoration else "read text.txt"
    say(f"this is a draft by rules, not gold: next, {proofread}, then correct gold/, and run `zhengwen check`")
