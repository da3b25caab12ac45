"""The command ``convert``: a text in another edition."""

import json
import os
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from zhengwen.cli.complete import scripts
from zhengwen.cli.streams import parts, read
from zhengwen.errors import ZhengwenError


def convert(
    file: Annotated[str, typer.Argument(help="A UTF-8 text; - is stdin.")] = "-",
    to: Annotated[
        str, typer.Option("--to", autocompletion=scripts, help="The edition: hans, hant, hant-hk or hant-tw.")
    ] = ...,
    source: Annotated[
        str | None,
        typer.Option("--from", autocompletion=scripts, help="The edition it is in; detected when not given."),
    ] = None,
    protect: Annotated[Path | None, typer.Option(help="A file of names that keep their wording, one a line.")] = None,
    format: Annotated[
        Literal["text", "json"],
        typer.Option(help="The text, or a JSON object with it, its source, its alignment."),
    ] = "text",
) -> None:
    """Convert a text to another edition.

    Text is converted as it comes, about a megabyte of lines at a time; for JSON it is read whole.

    Examples:
        zhengwen convert --to hant-tw article.txt
        zhengwen convert --to hant-tw --protect names.txt article.txt
        echo '這意味著成效顯著' | zhengwen convert --to hans
        zhengwen convert --to hant-tw --format json article.txt
    """
    from zhengwen.conversion.convert import convert as made
    from zhengwen.conversion.detect import Detection

    if file == "-" and protect == Path("-"):
        raise ZhengwenError("the text and the names cannot both come from standard input", fix="name a file for one")
    names = [line.strip() for line in read(os.fspath(protect)).split("\n") if line.strip()] if protect else []
    made("", to, source)  # the names of editions are right or wrong before anything is read
    if format == "json":
        found = made(read(file), to, source, names)
        blocks = [list(block) for block in found.alignment.blocks]
        print(json.dumps({"text": found.text, "source": found.source, "alignment": blocks}, ensure_ascii=False))
        return
    script = None
    for part in parts(file):
        # A part in which no character tells the script goes by the parts before it.
        found = Detection(part).count.script
        script = found or script
        foreign = script if script and (script == "hans") != (to == "hans") else None
        sys.stdout.write(made(part, to, source or (None if found else foreign), names).text)
