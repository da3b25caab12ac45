r"""The formats of other tools: export of a document, and import of corrected annotation into gold.

Each format is a module of this package with the interface that :mod:`zhengwen.exchange.interface` describes.

>>> from zhengwen import Corpus
>>> from zhengwen.schema import read_schema
>>> document = next(iter(Corpus.open()))
>>> export_files("iob2", document, read_schema())[f"{document.id}.iob2"].split("\n")[3:5]
['春\tB-DATE\tO\tO', '节\tI-DATE\tO\tO']
"""

from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

from zhengwen.document import Document
from zhengwen.errors import UnknownNameError, ZhengwenError
from zhengwen.exchange import brat, conllu, iob2, labelstudio, tei, xmi
from zhengwen.exchange.drafts import records_from_drafts
from zhengwen.exchange.interface import Files, Format
from zhengwen.layers import LAYERS
from zhengwen.records import Record
from zhengwen.schema import Schema

__all__ = ["FORMATS", "Format", "Imported", "export_files", "format_named", "import_gold"]

_MODULES = {module.FORMAT.name: module for module in (brat, iob2, conllu, labelstudio, xmi, tei)}

#: The names of the formats.
FORMATS = tuple(_MODULES)


class Imported(dict[str, list[Record]]):
    """The imported layers of one document: records by layer.  ``aside`` lists messages about what was not imported."""

    aside: list[str]


def _module(name: str) -> ModuleType:
    if name not in _MODULES:
        raise UnknownNameError("format", name, FORMATS)
    return _MODULES[name]


def format_named(name: str) -> Format:
    """The description of the format ``name``; raises :class:`UnknownNameError`, which lists the formats.

    >>> format_named("iob2").carries
    ('entities',)
    """
    return _module(name).FORMAT


def export_files(name: str, document: Document, schema: Schema, corpus: str | None = None) -> Files:
    """The files of ``document`` in the format ``name``: file name to content.

    ``corpus`` is the title of its corpus, which formats with a header name as the publisher.

    Raises :class:`UnknownNameError` for an unknown format, and :class:`ZhengwenError` if the format cannot hold some
    annotation, or if a library that it needs is not installed.
    """
    return _module(name).export(document, schema, corpus)


def import_gold(name: str, path: Path, documents: Mapping[str, Document], schema: Schema) -> dict[str, Imported]:
    """The gold in the file or folder ``path``, by document id: the layers that the format carries back.

    Ids are kept: a record whose id the format dropped takes the id of the record that it matches, and a new record gets
    the next free id.  ``documents`` are the documents that ``path`` may hold, by id.  Raises :class:`ZhengwenError` if
    the text differs, if the words of a span are not those at its offsets, or if a record does not have its shape in
    ``schema``.
    """
    module = _module(name)
    if not module.FORMAT.back:
        raise ZhengwenError(
            f"{module.FORMAT.title} is written, not read: it cannot be imported",
            fix=f"use one of {', '.join(known for known, other in _MODULES.items() if other.FORMAT.back)}",
        )
    imported_by_id = {}
    for id, parsed in module.read(Path(path), documents, schema).items():
        document = documents[id]
        imported = Imported()
        imported.aside = parsed.aside
        final_ids: dict[str, str] = {}  # the id of each record, by the id that it had in the tool
        for layer in module.FORMAT.back:  # in an order in which references point to earlier layers
            drafts = parsed.layers[layer]
            if layer not in document.layers:
                if drafts:
                    raise ZhengwenError(
                        f"{path}: {id} has {len(drafts)} {LAYERS[layer].TITLE}, but this corpus has no layer {layer}",
                        fix="remove them, or add the layer to the design of the corpus",
                    )
                continue
            for field, targets in LAYERS[layer].REFERENCES.items():
                if set(targets) & set(module.FORMAT.back):
                    drafts = [{**draft, field: final_ids.get(draft[field], draft[field])} for draft in drafts]
            records = records_from_drafts(document, layer, drafts, schema)
            pairs = zip(drafts, records, strict=True)
            final_ids |= {draft["id"]: record.id for draft, record in pairs if draft["id"]}
            imported[layer] = sorted(records, key=lambda record: record.order())
        imported_by_id[id] = imported
    return imported_by_id
