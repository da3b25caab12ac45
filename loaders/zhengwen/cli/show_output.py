"""What the command ``show`` prints: a document, or a sentence, on a terminal.

Every layer says what it shows (:mod:`zhengwen.layers.base`); how it looks is decided here.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from rich.cells import cell_len, set_cell_size
from rich.console import Console, Group
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from zhengwen.document import Document, Passage
from zhengwen.editions import SCRIPTS

#: The colours of labels, by the style that a layer gives (:class:`zhengwen.layers.base.Note`).
_COLOURS = {
    "type:PERSON": "bright_magenta",
    "type:NORP": "magenta",
    "type:FAC": "bright_blue",
    "type:ORG": "bright_cyan",
    "type:GPE": "bright_green",
    "type:LOC": "green",
    "type:PRODUCT": "bright_yellow",
    "type:EVENT": "bright_red",
    "type:WORK_OF_ART": "cyan",
    "type:LAW": "bright_blue",
    "stance:favor": "green",
    "stance:against": "red",
}
#: The colours of all other labels, by the kind of label.
_OTHER_COLOURS = {"type": "blue", "stance": "yellow"}


def show_document(console: Console, document: Document, editions: Sequence[str]) -> None:
    """Print a whole document: each paragraph in ``editions``, with its annotation below."""
    console.print(Rule(Text(document.id, style="bold"), align="left"))
    console.print(Padding(_summary(document), (0, 0, 1, 0)))
    received = document.text("received").split("\n")
    lines = {paragraph.id: document.text("hans").count("\n", 0, paragraph.start) for paragraph in document.paragraphs}
    for paragraph in document.paragraphs:
        grid = _grid()
        for edition in editions:
            if edition == "received":
                text = Text(received[lines[paragraph.id]], style="dim")
            else:
                text = _coloured(document, paragraph, edition)
            grid.add_row(Text(edition, style="dim"), text)
        for layer in document.layers.values():
            label = ""
            for note in layer.notes(paragraph):
                pieces = ((text, _rich_style(style)) for text, style in note.pieces)
                # A label is shown once for the lines that follow each other.
                grid.add_row(Text("" if note.label == label else note.label, style="dim"), Text.assemble(*pieces))
                label = note.label
        heading = Text.assemble((_short(paragraph.id), "bold"), (f"  {paragraph.role}", "dim"))
        console.print(Padding(Group(heading, Padding(grid, (0, 0, 0, 2))), (0, 0, 1, 0)))


def show_sentence(console: Console, document: Document, sentence: Any) -> None:
    """Print one sentence in every released edition, with all its annotation."""
    console.print(Text(sentence.id, style="bold"), soft_wrap=True)
    width = max(map(len, SCRIPTS))
    for script in SCRIPTS:
        console.print(
            Text.assemble((f"  {script:{width}}  ", "dim"), _coloured(document, sentence, script)), soft_wrap=True
        )
    for layer in document.layers.values():
        _table(console, layer.TITLE, layer.details(sentence, "hant"))


def _summary(document: Document) -> Text:
    provenance = document.provenance
    inferred = " (inferred)" if provenance["year_inferred"] else ""
    year = f"{provenance['year']}{inferred}" if provenance["year"] else None
    origin = [provenance["publisher"], provenance["reporter"], provenance["date_in_text"], year]
    labels = Counter(stance.label for stance in document.stances)
    remarks = {"stances": f" ({labels['favor']} favor, {labels['against']} against)"}
    sizes = [f"{len(document.paragraphs)} paragraphs"]
    for name, layer in document.layers.items():
        sizes.append(f"{len(document.layer(name))} {layer.TITLE}{remarks.get(name, '')}")
    return Text("\n").join([Text(" · ".join(filter(None, origin))), Text(" · ".join(sizes), style="dim")])


def _rich_style(style: str) -> str:
    """The style of rich for a style that a layer gives.

    >>> _rich_style("dim"), _rich_style("type:PERSON"), _rich_style("stance:none")
    ('dim', 'bright_magenta', 'yellow')
    """
    kind, colon, _ = style.partition(":")
    return _COLOURS.get(style, _OTHER_COLOURS.get(kind, "")) if colon else style


def _coloured(document: Document, passage: Passage, edition: str) -> Text:
    """The words of ``passage``, with the mentions in it in the colours of their types."""
    text = Text(passage.text_in(edition))
    offset = passage.span_in(edition).start
    for entity in document.entities:
        if passage.contains(entity):
            start, end, _ = entity.span_in(edition)
            text.stylize(_rich_style(f"type:{entity.type}"), start - offset, end - offset)
    return text


def _table(console: Console, title: str, rows: Iterable[tuple[str, ...]]) -> None:
    rows = list(rows)
    if not rows:
        return
    console.print(Text(f"  {title}", style="dim"))
    widths = [max(cell_len(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (set_cell_size(cell, width) for cell, width in zip(row, widths, strict=True))
        console.print(Text("    " + "  ".join(cells).rstrip()), soft_wrap=True)


def _grid() -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True, min_width=8)
    grid.add_column(overflow="fold")
    return grid


def _short(id: str) -> str:
    return id.rpartition(".")[2]
