r"""The formats that people's tools read: out of a document, and back into gold.

A format is a module with the same two functions (:mod:`zhengwen.exchange.contract`).  :func:`export_files` and
:func:`import_gold` find it by name.

>>> from zhengwen import Corpus
>>> from zhengwen.schema import read_schema
>>> document = next(iter(Corpus.open()))
>>> export_files("iob2", document, read_schema())[f"{document.id}.iob2"].split("\n")[3:5]
['春\tB-DATE\tO\tO', '节\tI-DATE\tO\tO']
"""

import importlib
from collections.abc import Mapping
from pathlib import Path

from zhengwen.document import Document
from zhengwen.errors import UnknownNameError, ZhengwenError
from zhengwen.exchange.contract import Files, Format, settle
from zhengwen.records import Record
from zhengwen.schema import Schema

__all__ = ["FORMATS", "Format", "Imported", "export_files", "format_named", "import_gold"]

#: The formats by name; each is the module of that name here.
FORMATS = ("brat", "iob2", "conllu", "labelstudio", "xmi", "tei")


class Imported(dict[str, list[Record]]):
    """The layers of one document that came back, and what was left ``aside``, said for people."""

    aside: list[str]


def _module(name: str):
    if name not in FORMATS:
        raise UnknownNameError("format", name, FORMATS)
    return importlib.import_module(f"{__name__}.{name}")


def format_named(name: str) -> Format:
    """What the format ``name`` is; raises :class:`UnknownNameError`, which lists the formats.

    >>> format_named("iob2").carries
    ('entities',)
    """
    return _module(name).FORMAT


def export_files(name: str, document: Document, schema: Schema) -> Files:
    """The files of ``document`` in a format, each its content by its name.

    Raises :class:`UnknownNameError`, and :class:`ZhengwenError` for what the format cannot hold, or when what it takes
    is not installed.
    """
    return _module(name).export(document, schema)


def import_gold(name: str, path: Path, documents: Mapping[str, Document], schema: Schema) -> dict[str, Imported]:
    """The gold that the file or folder ``path`` says, by document: the layers that the format brings back.

    Ids are kept: what the format holds no id for has that of the record in its place, and what is new the next free
    one.  ``documents`` are those that it may be of, by id.  Raises :class:`ZhengwenError` for another text, for a span
    that is not where it says, and for what is not of the shape of gold (``schema``).
    """
    module = _module(name)
    if not module.FORMAT.back:
        raise ZhengwenError(f"{module.FORMAT.title} is written, not read", fix="docs/formats.md lists what comes back")
    made = {}
    for id, reading in module.read(Path(path), documents, schema).items():
        document = documents[id]
        imported = Imported()
        imported.aside = reading.aside
        units = {}
        for layer in module.FORMAT.back:
            drafts = reading.layers[layer]
            if layer == "stances":
                drafts = [{**draft, "unit": units.get(draft["unit"], draft["unit"])} for draft in drafts]
            named = [draft["id"] for draft in drafts]
            records = settle(document, layer, drafts, schema)
            if layer == "quotes":  # a new quotation had the tool's own name
                units = {name: record.id for name, record in zip(named, records, strict=True) if name}
            imported[layer] = sorted(records, key=lambda one: one.order())
        made[id] = imported
    return made
