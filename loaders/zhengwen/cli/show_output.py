"""What the command ``show`` prints: a document, or a sentence, on a terminal."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from rich.cells import cell_len, set_cell_size
from rich.console import Console, Group
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from zhengwen.document import Document, Passage
from zhengwen.editions import SCRIPTS
from zhengwen.layers.entities import Entity
from zhengwen.layers.quotes import Quote
from zhengwen.layers.sentences import Sentence
from zhengwen.layers.stances import Stance

_COLOURS = {
    "PERSON": "bright_magenta",
    "NORP": "magenta",
    "FAC": "bright_blue",
    "ORG": "bright_cyan",
    "GPE": "bright_green",
    "LOC": "green",
    "PRODUCT": "bright_yellow",
    "EVENT": "bright_red",
    "WORK_OF_ART": "cyan",
    "LAW": "bright_blue",
}
_OTHER_COLOUR = "blue"
_STANCES = {"favor": "green", "against": "red"}
_OTHER_STANCE = "yellow"


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
        for label, note in _notes(document, paragraph):
            grid.add_row(label, note)
        heading = Text.assemble((_short(paragraph.id), "bold"), (f"  {paragraph.role}", "dim"))
        console.print(Padding(Group(heading, Padding(grid, (0, 0, 0, 2))), (0, 0, 1, 0)))


def show_sentence(console: Console, document: Document, sentence: Sentence) -> None:
    """Print one sentence in every released edition, with all its annotation."""
    console.print(Text(sentence.id, style="bold"), soft_wrap=True)
    width = max(map(len, SCRIPTS))
    for script in SCRIPTS:
        console.print(
            Text.assemble((f"  {script:{width}}  ", "dim"), _coloured(document, sentence, script)), soft_wrap=True
        )
    _table(console, "entities", (_entity_row(sentence, entity) for entity in sentence.entities))
    quotes = [quote for quote in document.quotes if _overlap(quote, sentence)]
    _table(console, "quotations", (_quote_row(quote) for quote in quotes))
    stances = [stance for stance in document.stances if stance.evidence and _overlap(stance.evidence, sentence)]
    _table(console, "stances", (_stance_row(stance) for stance in stances))


def _summary(document: Document) -> Text:
    provenance = document.provenance
    inferred = " (inferred)" if provenance["year_inferred"] else ""
    year = f"{provenance['year']}{inferred}" if provenance["year"] else None
    origin = [provenance["publisher"], provenance["reporter"], provenance["date_in_text"], year]
    labels = Counter(stance.label for stance in document.stances)
    counts = [
        f"{len(document.paragraphs)} paragraphs",
        f"{len(document.sentences)} sentences",
        f"{len(document.entities)} mentions of {len(document.clusters)} referents",
        f"{len(document.quotes)} quotations",
        f"{len(document.stances)} stance cells ({labels['favor']} favor, {labels['against']} against)",
    ]
    return Text("\n").join([Text(" · ".join(filter(None, origin))), Text(" · ".join(counts), style="dim")])


def _notes(document: Document, paragraph: Passage) -> Iterator[tuple[Text, Text]]:
    by_type: dict[str, dict[str, None]] = {}
    for entity in document.entities:
        if paragraph.contains(entity):
            by_type.setdefault(entity.type, {})[entity.text] = None
    if by_type:
        groups = [
            Text.assemble((f"{label} ", "dim"), (" ".join(surfaces), _COLOURS.get(label, _OTHER_COLOUR)))
            for label, surfaces in by_type.items()
        ]
        yield Text("entities", style="dim"), Text("  ").join(groups)
    for quote in document.quotes:
        if paragraph.contains(quote):
            yield (
                Text(_short(quote.id), style="dim"),
                Text.assemble((f"{quote.kind} ", "dim"), (quote.speaker.name, "bold"), "  ", _opening(quote)),
            )
            for stance in document.stances:
                if stance.unit is quote and stance.evidence:
                    yield Text(""), _stance_note(stance)
    for stance in document.stances:
        if stance.evidence and stance.unit.id.rpartition(".")[2].startswith("p") and paragraph.contains(stance.unit):
            yield Text("author", style="dim"), _stance_note(stance)


def _stance_note(stance: Stance) -> Text:
    return Text.assemble(
        (stance.label, _STANCES.get(stance.label, _OTHER_STANCE)),
        f" {stance.target}  ",
        (stance.evidence.text, "italic"),
        ("  uncertain" if stance.certainty == "uncertain" else "", "dim"),
    )


def _coloured(document: Document, passage: Passage, edition: str) -> Text:
    text = Text(passage.text_in(edition))
    offset = passage.span_in(edition).start
    for entity in document.entities:
        if passage.contains(entity):
            start, end, _ = entity.span_in(edition)
            text.stylize(_COLOURS.get(entity.type, _OTHER_COLOUR), start - offset, end - offset)
    return text


def _entity_row(sentence: Sentence, entity: Entity) -> tuple[str, ...]:
    start, end = entity.start - sentence.start, entity.end - sentence.start
    cluster = _short(entity.cluster.id) if entity.cluster else ""
    return f"{start}–{end}", entity.type, entity.text, entity.text_in("hant"), cluster


def _quote_row(quote: Quote) -> tuple[str, ...]:
    return _short(quote.id), quote.kind, quote.speaker.name, quote.speaker.name_in("hant"), _opening(quote)


def _stance_row(stance: Stance) -> tuple[str, ...]:
    evidence = stance.evidence
    return _short(stance.unit.id), stance.label, stance.target, evidence.text, evidence.text_in("hant")


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


def _opening(quote: Quote, width: int = 16) -> str:
    text = quote.text
    return text if len(text) <= width else text[:width] + "…"


def _overlap(first: Passage, second: Passage) -> bool:
    return first.start < second.end and second.start < first.end


def _short(id: str) -> str:
    return id.rpartition(".")[2]
