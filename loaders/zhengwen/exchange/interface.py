"""What a format module provides, and what the format modules share.

A format module has a ``FORMAT`` and the function ``export(document, schema, corpus)``, which returns the files of a
document (file name to content); ``corpus`` is the title of its corpus, or ``None``.  If the format can be imported, the
module also has ``read(path, documents, schema)``, which returns what another tool wrote, as :class:`ParsedLayers` by
document id.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from zhengwen.document import Document
from zhengwen.errors import UnknownNameError, ZhengwenError
from zhengwen.exchange.drafts import Draft

Files = dict[str, str]


class Format(NamedTuple):
    """What a format carries and what it leaves out.

    ``carries`` names the layers that an export writes, ``back`` the layers that an import replaces; a format with an
    empty ``back`` cannot be imported.  ``stays`` and ``offsets`` are for people to read: what an export leaves out, and
    how the format counts offsets.
    """

    name: str
    title: str
    suffix: str
    carries: tuple[str, ...]
    back: tuple[str, ...]
    stays: tuple[str, ...]
    offsets: str


class ParsedLayers(NamedTuple):
    """What a file says of one document: its layers as drafts, and messages about what is not imported (``aside``)."""

    layers: dict[str, list[Draft]]
    aside: list[str]


def short(id: str) -> str:
    """The last part of an id, for files that already say which document they hold.

    >>> short("d-2025.e0001")
    'e0001'
    """
    return id.rpartition(".")[2]


def document_for(path: Path, suffix: str, documents: Mapping[str, Document]) -> Document:
    """The document that a file is named after; raises :class:`UnknownNameError`, which lists the documents."""
    id = path.name.removesuffix(suffix)
    if id not in documents:
        raise UnknownNameError("document", id, documents, fix=f"name the file <document>{suffix}")
    return documents[id]


def files_in(path: Path, suffix: str) -> list[Path]:
    """``path`` itself, or the files in it that end in ``suffix``; raises :class:`ZhengwenError` if there are none."""
    files = sorted(path.glob(f"*{suffix}")) if path.is_dir() else [path]
    if not files or not all(file.is_file() for file in files):
        raise ZhengwenError(f"{path}: no {suffix} file here", fix="name the file, or the folder that contains it")
    return files


def require_same_text(given: str, document: Document, location: object) -> None:
    """Raise :class:`ZhengwenError`, with the first difference, if ``given`` is not the text of ``document``."""
    text = document.text()
    if given == text:
        return
    differing = (n for n, (theirs, ours) in enumerate(zip(given, text, strict=False)) if theirs != ours)
    offset = next(differing, min(len(given), len(text)))
    raise ZhengwenError(
        f"{location}: the text is not that of {document.id}: at offset {offset} it has "
        f"{given[offset : offset + 12]!r}, text.txt has {text[offset : offset + 12]!r}",
        fix="annotate the text as it was exported; to change the text, edit text.txt and export again",
    )


def require_same_words(given: str, document: Document, start: int, end: int, location: object) -> None:
    """Raise :class:`ZhengwenError` if ``document`` does not have the words ``given`` at ``[start, end)``."""
    text = document.text()
    if 0 <= start < end <= len(text) and text[start:end] == given:
        return
    raise ZhengwenError(
        f"{location}: [{start}, {end}) of {document.id} is {text[max(start, 0) : max(end, 0)]!r}, not {given!r}",
        fix="offsets are code points from 0, and the text must be that of the export",
    )
