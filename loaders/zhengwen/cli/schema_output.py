"""What the command ``schema`` prints for people."""

from collections.abc import Iterator
from typing import Any

from rich.table import Table

from zhengwen.schema import Schema


def list_of_shapes(schema: Schema) -> Table:
    """The name of every shape, with its description."""
    rows = [(name, shape.description) for name, shape in schema.shapes.items()]
    return _table("", ("shape", "what it describes"), rows)


def tables(name: str, schema: Schema) -> Iterator[Any]:
    """The fields of the shape ``name``, and the labels of each inventory that they refer to."""
    shape = schema.shape(name)
    columns = shape.columns()
    yield f"{name}: {shape.description}\n"
    yield _table("", ("field", "type", "labels", "what it is"), columns)
    used = {column.values.rpartition(" ")[2] for column in columns}
    numbered = {column.values for column in columns if "class label" in column.type}
    for inventory in [inventory for inventory in schema.labels if inventory in used]:
        labels = [(label.key, label.definition) for label in schema.labels[inventory].values()]
        if inventory in numbered:
            rows = [(str(number), *label) for number, label in enumerate(labels)]
            yield _table(inventory, ("number", "label", "definition"), rows)
        else:
            yield _table(inventory, ("label", "definition"), labels)


def _table(title: str, headings: tuple[str, ...], rows: Any) -> Table:
    table = Table(*headings, box=None, title=f"\n{title}" if title else None, title_justify="left", pad_edge=False)
    for row in rows:
        table.add_row(*row)
    return table
