"""The rows of every config, made from documents.

A row is a decoded record of a shape of ``shapes/rows/``.  The offsets of nested items are counted from the start of
the row's ``text``.  A row's own ``start`` and ``end``, and each ``*_start`` and ``*_end``, are counted in the text of
the document in the script of the row; ``context`` and ``context_start`` let each such slice be checked inside its row.

Each layer makes its own rows (``ROWS``); this module adds the families ``documents`` and ``restoration``.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from zhengwen.assembly import restoration_of
from zhengwen.document import Document
from zhengwen.editions import EDITIONS
from zhengwen.layers import LAYERS
from zhengwen.schema import Config, Schema
from zhengwen.text.align import Alignment

Row = dict[str, Any]


def rows(config: Config, documents: Iterable[Document], schema: Schema) -> Iterator[Row]:
    """The rows of ``config``, document by document."""
    for document in documents:
        yield from FAMILIES[config.family](document, config.script, schema)


def _document_rows(document: Document, script: None, schema: Schema) -> Iterator[Row]:
    texts = {EDITIONS[edition].column: document.text(edition) for edition in document.editions}
    yield {"id": document.id, **document.provenance, **texts}


def _restoration_rows(document: Document, script: None, schema: Schema) -> Iterator[Row]:
    restoration = restoration_of(document.text("received"))
    established = document.text("restored")
    alignment = Alignment.between(restoration.text, established)
    for number, edit in enumerate(restoration.edits, start=1):
        start, end, _ = alignment.project((edit.restored_start, edit.restored_end))
        yield {
            "id": f"{document.id}.r{number:03d}",
            "doc_id": document.id,
            "rule": edit.rule,
            "start": edit.start,
            "end": edit.end,
            "received": edit.received,
            "restored_start": edit.restored_start,
            "restored_end": edit.restored_end,
            "restored": edit.restored,
            "established": established[start:end],
            "bytes": edit.data.hex().upper(),
            "readings": min(edit.readings, 2**31 - 1),
            "margin": edit.margin if edit.margin is None else round(edit.margin, 2),
        }


#: The function that makes the rows of each family, given a document, a script (``None`` if not by script), a schema.
FAMILIES: Mapping[str, Callable[[Document, Any, Schema], Iterator[Row]]] = {
    **{family: make for layer in LAYERS.values() for family, make in layer.ROWS.items()},
    "documents": _document_rows,
    "restoration": _restoration_rows,
}

#: The families that layers make.  A release holds their annotation a second time, as records.
OF_LAYERS = frozenset(family for layer in LAYERS.values() for family in layer.ROWS)
