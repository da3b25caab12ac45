"""The command ``convert``: a text in another edition."""

import os
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from zhengwen.cli.complete import scripts
from zhengwen.cli.streams import parts, print_json, read
from zhengwen.editions import listed
from zhengwen.errors import ZhengwenError


def convert(
    file: Annotated[str, typer.Argument(help="A UTF-8 text; - is stdin.")] = "-",
    to: Annotated[
        str, typer.Option("--to", autocompletion=scripts, help=f"The edition to convert to: {listed()}.")
    ] = ...,
    source: Annotated[
        str | None,
        typer.Option("--from", autocompletion=scripts, help="The edition of the input; detected when not given."),
    ] = None,
    protect: Annotated[Path | None, typer.Option(help="A file of names that keep their wording, one per line.")] = None,
    format: Annotated[
        Literal["text", "json"],
        typer.Option(help="Print the text, or a JSON object with the text, its source and the alignment."),
    ] = "text",
) -> None:
    """Convert a text to another edition.

    Lines are converted as they arrive, about a megabyte at a time; for JSON output the whole text is read first.

    Examples:
        zhengwen convert --to hant-tw article.txt
        zhengwen convert --to hant-tw --protect names.txt article.txt
        echo '這意味著成效顯著' | zhengwen convert --to hans
        zhengwen convert --to hant-tw --format json article.txt
    """
    from zhengwen.conversion.convert import convert as conversion_of
    from zhengwen.conversion.detect import Detection

    if file == "-" and protect == Path("-"):
        raise ZhengwenError("the text and the names cannot both come from standard input", fix="name a file for one")
    names = [line.strip() for line in read(os.fspath(protect)).split("\n") if line.strip()] if protect else []
    conversion_of("", to, source)  # raises for an unknown edition before anything is read
    if format == "json":
        conversion = conversion_of(read(file), to, source, names)
        blocks = [list(block) for block in conversion.alignment.blocks]
        fields = {"text": conversion.text, "source": conversion.source, "alignment": blocks}
        print_json(fields)
        return
    script = None
    for part in parts(file):
        # A part whose characters show no script is taken to be in the script of the parts before it.
        detected = Detection(part).count.script
        script = detected or script
        assumed = script if script and (script == "hans") != (to == "hans") else None
        sys.stdout.write(conversion_of(part, to, source or (None if detected else assumed), names).text)
