"""The command ``restore``: undo the damage of a content farm."""

import io
import json
import sys
from typing import Annotated, Literal

import typer

from zhengwen.cli.streams import console, parts, read


def restore(
    file: Annotated[str, typer.Argument(help="A UTF-8 text; - is stdin.")] = "-",
    explain: Annotated[bool, typer.Option("--explain", help="Say on stderr what was undone, and why.")] = False,
    format: Annotated[Literal["text", "json"], typer.Option(help="The text, or a JSON line with all of it.")] = "text",
    lines: Annotated[bool, typer.Option("--lines", help="Each line is a document of its own.")] = False,
) -> None:
    """Undo the damage of a content farm.

    That is pinyin glosses and cut bytes; text without them comes out as it is.

    Examples:
        zhengwen restore page.txt > restored.txt
        zhengwen restore page.txt --explain > restored.txt
        zhengwen restore --lines --format json < pages.txt
    """
    from zhengwen.cli.restore_output import explain as show
    from zhengwen.cli.restore_output import to_dict
    from zhengwen.restoration.restore import restore as made

    # Nothing but a newline ends a line: str.splitlines knows more ends.
    each_line = (line for part in parts(file) for line in io.StringIO(part, newline="\n"))
    documents = each_line if lines else [read(file)]
    for number, document in enumerate(documents, start=1):
        body = document.removesuffix("\n") if lines else document
        found = made(body)
        if format == "json":
            print(json.dumps(to_dict(found), ensure_ascii=False))
        else:
            sys.stdout.write(found.text + document[len(body) :])
        if explain:
            show(console(stderr=True), found, f"line {number}" if lines else file)
