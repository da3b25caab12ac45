"""The commands that take any Chinese text: ``segment``, ``restore``, ``convert``."""

import io
import json
import os
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from zhengwen.cli.complete import scripts
from zhengwen.cli.streams import console, parts, read
from zhengwen.errors import ZhengwenError


def segment(file: Annotated[str, typer.Argument(help="A UTF-8 text; - is stdin.")] = "-") -> None:
    """Cut a text into sentences and words; a JSON line a sentence.

    Offsets count code points of the whole text, from 0.

    Examples:
        zhengwen segment article.txt
        echo '天晴了。大家都笑了。' | zhengwen segment
    """
    from zhengwen.text.segment import segment as cut

    for part in cut(read(file)):
        print(json.dumps(part._asdict(), ensure_ascii=False))


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
    from zhengwen.cli.restore import explain as show
    from zhengwen.cli.restore import to_dict
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
