"""The command ``restore``: undo the damage of a content farm."""

import io
import sys
from typing import Annotated, Literal

import typer

from zhengwen.cli.streams import console, parts, print_json, read, shown


def restore(
    file: Annotated[str, typer.Argument(help="A UTF-8 text; - is stdin.")] = "-",
    explain: Annotated[bool, typer.Option("--explain", help="Print to stderr what was undone, and why.")] = False,
    format: Annotated[Literal["text", "json"], typer.Option(help="Print the text, or JSON with every edit.")] = "text",
    lines: Annotated[bool, typer.Option("--lines", help="Treat each line as a document.")] = False,
) -> None:
    """Undo the damage that a content farm did to a text.

    The damage is pinyin glosses and cut bytes. A text without any is printed as it is.

    Examples:
        zhengwen restore page.txt > restored.txt
        zhengwen restore page.txt --explain > restored.txt
        zhengwen restore --lines --format json < pages.txt
    """
    from zhengwen.cli.restore_output import print_explanation, to_dict
    from zhengwen.restoration.restore import restore as restoration_of

    # Only a newline ends a line here; str.splitlines would split at other characters too.
    each_line = (line for part in parts(file) for line in io.StringIO(part, newline="\n"))
    documents = each_line if lines else [read(file)]
    for number, document in enumerate(documents, start=1):
        body = document.removesuffix("\n") if lines else document
        restoration = restoration_of(body)
        if format == "json":
            print_json(to_dict(restoration))
        else:
            sys.stdout.write(restoration.text + document[len(body) :])
        if explain:
            print_explanation(console(stderr=True), restoration, f"line {number}" if lines else shown(file))
