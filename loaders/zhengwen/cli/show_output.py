"""What the command ``show`` prints: a document, or a sentence, on a terminal.

Every layer says what it shows (:mod:`zhengwen.layers.base`); how it looks is decided here.
"""

import itertools
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
from zhengwen.editions import EDITIONS
from zhengwen.schema import Schema

#: The colours of entity types, in turn by their order in the schema; each colour comes again underlined.
_TYPE_COLOURS = (
    *("bright_magenta", "bright_cyan", "bright_green", "bright_yellow", "bright_blue", "bright_red"),
    *("magenta", "cyan", "green", "yellow", "blue", "red"),
)
#: The colours of stances; that of all other labels is yellow.
_STANCE_COLOURS = {"favor": "green", "against": "red"}


class Colours:
    """The colours of labels, by the style that a layer gives (:class:`zhengwen.layers.base.Note`).

    >>> from zhengwen.schema import read_schema
    >>> colours = Colours(read_schema())
    >>> colours.of("dim"), colours.of("type:PERSON"), colours.of("stance:none")
    ('dim', 'bright_magenta', 'yellow')
    """

    def __init__(self, schema: Schema):
        turns = itertools.product(("", " underline"), _TYPE_COLOURS)
        types = zip(schema.labels.get("entity_types", ()), itertools.cycle(turns), strict=False)
        self._types = {key: f"{colour}{line}" for key, (line, colour) in types}

    def of(self, style: str) -> str:
        """The style of rich for a style that a layer gives."""
        kind, _, label = style.partition(":")
        match kind:
            case "type":
                return self._types.get(label, "")
            case "stance":
                return _STANCE_COLOURS.get(label, "yellow")
        return style


def default_editions(document: Document) -> list[str]:
    """What is shown side by side: the damaged page if there is one, the base, and one edition in the other script.

    >>> from zhengwen import Corpus
    >>> default_editions(next(iter(Corpus.open())))
    ['received', 'hans', 'hant']
    """
    other = other_script(document)
    return [*({"received"} & set(document.editions)), document.base, *([other] if other else [])]


def other_script(document: Document) -> str | None:
    """The edition to show beside the base: the first in the other script, or else in the same, or ``None``."""
    released = [name for name in document.editions if EDITIONS[name].released and name != document.base]
    return min(released, key=lambda name: EDITIONS[name].script == EDITIONS[document.base].script, default=None)


def show_document(console: Console, document: Document, editions: Sequence[str], colours: Colours) -> None:
    """Print a whole document: each paragraph in ``editions``, with its annotation below."""
    console.print(Rule(Text(document.id, style="bold"), align="left"))
    console.print(Padding(_summary(document), (0, 0, 1, 0)))
    base = document.text()
    for paragraph in document.paragraphs:
        grid = _grid()
        for edition in editions:
            if edition == "received":  # the whole line: damage at its edge is outside every span
                line = document.text(edition).split("\n")[base.count("\n", 0, paragraph.start)]
                text = Text(line, style="dim")
            else:
                text = _coloured(document, paragraph, edition, colours)
            grid.add_row(Text(edition, style="dim"), text)
        for layer in document.layers.values():
            label = ""
            for note in layer.notes(paragraph):
                pieces = ((text, colours.of(style)) for text, style in note.pieces)
                # A label is shown once for the lines that follow each other.
                grid.add_row(Text("" if note.label == label else note.label, style="dim"), Text.assemble(*pieces))
                label = note.label
        heading = Text.assemble((_short(paragraph.id), "bold"), (f"  {paragraph.role}", "dim"))
        console.print(Padding(Group(heading, Padding(grid, (0, 0, 0, 2))), (0, 0, 1, 0)))


def show_sentence(console: Console, document: Document, sentence: Any, colours: Colours) -> None:
    """Print one sentence in every released edition, with all its annotation."""
    console.print(Text(sentence.id, style="bold"), soft_wrap=True)
    scripts = [name for name in document.editions if EDITIONS[name].released]
    width = max(map(len, scripts))
    other = other_script(document)
    for script in scripts:
        text = _coloured(document, sentence, script, colours)
        console.print(Text.assemble((f"  {script:{width}}  ", "dim"), text), soft_wrap=True)
    for layer in document.layers.values():
        _table(console, layer.TITLE, layer.details(sentence, other))


def _summary(document: Document) -> Text:
    known = document.provenance
    year = known.get("year") and f"{known['year']}{' (inferred)' if known.get('year_inferred') else ''}"
    origin = [*(known.get(name) for name in ("publisher", "reporter", "date_in_text")), year]
    labels = Counter(stance.label for stance in document.objects("stances"))
    remarks = {"stances": f" ({labels['favor']} favor, {labels['against']} against)"}
    sizes = [f"{len(document.paragraphs)} paragraphs"]
    for name, layer in document.layers.items():
        sizes.append(f"{len(document.layer(name))} {layer.TITLE}{remarks.get(name, '')}")
    return Text("\n").join([Text(" · ".join(map(str, filter(None, origin)))), Text(" · ".join(sizes), style="dim")])


def _coloured(document: Document, passage: Passage, edition: str, colours: Colours) -> Text:
    """The words of ``passage``, with the mentions in it in the colours of their types."""
    text = Text(passage.text_in(edition))
    offset = passage.span_in(edition).start
    for entity in document.objects("entities"):
        if passage.contains(entity):
            start, end, _ = entity.span_in(edition)
            text.stylize(colours.of(f"type:{entity.type}"), start - offset, end - offset)
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
