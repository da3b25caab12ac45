"""What the command ``agree`` prints."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from zhengwen.cli.streams import print_json
from zhengwen.location import location, location_around
from zhengwen.measure.agreement import agree, counts
from zhengwen.measure.agreement_table import AgreementTable
from zhengwen.passes import read_annotation
from zhengwen.schema import read_schema


def print_agreement(
    console: Console, folders: Sequence[Path], text: str | None, format: str, corpus: Path | None
) -> None:
    """Print how far the annotations in ``folders`` agree, with the labels of ``corpus``."""
    schema = read_schema((location(corpus) if corpus else location_around(folders[0])).schema)
    annotations = [read_annotation(folder, schema, text) for folder in folders]
    if format == "json":
        for figure in agree(annotations):
            print_json(figure._asdict())
        for (layer, label), by_annotator in counts(annotations).items():
            figure = {"layer": layer, "measure": "count", "label": label, "counts": by_annotator}
            print_json(figure)
        return
    table = AgreementTable(annotations)
    for title, figures, columns in (
        ("F1 of each pair, [95% interval]", table.of_pairs, [" – ".join(pair) for pair in table.pairs]),
        ("Krippendorff's alpha of all, [95% interval]", table.of_all, ["alpha"]),
    ):
        if figures:
            shown = Table("layer", "measure", "label", *columns, "n", title=title, box=None, title_justify="left")
            for row in figures:
                shown.add_row(row.layer, row.measure, row.label or "all", *row.cells, row.n)
            console.print(shown)
            console.print()
    shown = Table(
        "layer", "label", *table.names, title="How often each label was given", box=None, title_justify="left"
    )
    for (layer, label), by_annotator in table.counts:
        shown.add_row(layer, label, *(str(by_annotator[name]) for name in table.names))
    console.print(shown)
