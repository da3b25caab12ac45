"""What every format has in common: what it says of itself, and how what comes back becomes gold.

A format is a module with two functions: ``export(document)`` gives files by name, ``read(path, documents)`` gives what
an outside tool made of them, as drafts.  A draft is a record whose spans are ``(start, end)`` and whose id may be
missing; :func:`settle` gives it its words and its id, and refuses what is not of the shape of gold.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from zhengwen.document import Document
from zhengwen.errors import UnknownNameError, ZhengwenError
from zhengwen.records import LAYERS, Record
from zhengwen.schema import Schema

Draft = dict[str, Any]
Files = dict[str, str]


class Format(NamedTuple):
    """What a format is, and what it is not: the layers it carries, and what stays behind (for people to read).

    ``back`` names the layers that an import replaces; a format without any goes one way.
    """

    name: str
    title: str
    suffix: str
    carries: tuple[str, ...]
    back: tuple[str, ...]
    stays: tuple[str, ...]
    offsets: str


class Reading(NamedTuple):
    """What came back for one document: its layers as drafts, and what was left aside, said for people."""

    layers: dict[str, list[Draft]]
    aside: list[str]


#: What the id of a record ends in: a letter, and so many digits.
_IDS = {"sentences": ("s", 3), "entities": ("e", 4), "clusters": ("c", 2), "quotes": ("q", 2), "stances": ("st", 3)}


def short(id: str) -> str:
    """An id without its document: what a tool shows, where the file says which document it is.

    >>> short("d-2025.e0001")
    'e0001'
    """
    return id.rpartition(".")[2]


def document_of(path: Path, suffix: str, documents: Mapping[str, Document]) -> Document:
    """The document that a file is of, by its name; raises :class:`UnknownNameError`, which lists the documents."""
    id = path.name.removesuffix(suffix)
    if id not in documents:
        raise UnknownNameError("document", id, documents, fix=f"name the file <document>{suffix}")
    return documents[id]


def files_in(path: Path, suffix: str) -> list[Path]:
    """``path`` itself, or the files in it that end in ``suffix``; raises :class:`ZhengwenError` when there is none."""
    found = sorted(path.glob(f"*{suffix}")) if path.is_dir() else [path]
    if not found or not all(one.is_file() for one in found):
        raise ZhengwenError(f"{path}: no file *{suffix} here", fix="name the file, or the folder that it is in")
    return found


def same_text(given: str, document: Document, place: object) -> None:
    """Raise :class:`ZhengwenError`, with the first difference, when ``given`` is not the text of ``document``."""
    text = document.text()
    if given == text:
        return
    at = next((n for n, (one, other) in enumerate(zip(given, text, strict=False)) if one != other), None)
    at = min(len(given), len(text)) if at is None else at
    raise ZhengwenError(
        f"{place}: its text is not that of {document.id}: at {at} it has {given[at : at + 12]!r}, "
        f"text.txt has {text[at : at + 12]!r}",
        fix="annotate the text as it was exported; the text itself is changed in text.txt, and then exported again",
    )


def surface(document: Document, start: int, end: int, given: str, place: object) -> tuple[int, int]:
    """``(start, end)``, when the document has the words ``given`` there; else raises :class:`ZhengwenError`."""
    text = document.text()
    if 0 <= start < end <= len(text) and text[start:end] == given:
        return start, end
    raise ZhengwenError(
        f"{place}: [{start}, {end}) of {document.id} is {text[max(start, 0) : max(end, 0)]!r}, not {given!r}",
        fix="offsets are code points from 0; see docs/formats.md for how each tool counts",
    )


def settle(document: Document, layer: str, drafts: Iterable[Draft], schema: Schema) -> list[Record]:
    """The records of ``drafts``, in their order.

    A draft keeps its id.  One without takes the id of the record that stood in its place and that nobody else has
    (:func:`_place`), so that a tool that holds no ids changes none; else the next free one, higher than any there is.
    Raises :class:`ZhengwenError` for an id that is there twice, and for what is not of the shape of gold.
    """
    drafts = list(drafts)
    letter, width = _IDS[layer]
    prefix = f"{document.id}.{letter}"
    taken: set[str] = set()
    for draft in drafts:
        if draft["id"] is not None and not _is_id(draft["id"], prefix, width):
            draft["id"] = None  # a tool's own
        if draft["id"] in taken:
            raise ZhengwenError(f"{document.id}: {draft['id']} is there twice", fix="remove one of them in the tool")
        if draft["id"]:
            taken.add(draft["id"])
    for exactly in (True, False):
        free: dict[Any, list[Record]] = {}
        for record in document.gold[layer]:
            if record.id not in taken:
                free.setdefault(_place(layer, record.to_dict(), exactly), []).append(record)
        for draft in drafts:
            if draft["id"] is None and (found := free.get(_place(layer, _worded(document, draft), exactly))):
                draft["id"] = found.pop(0).id
                taken.add(draft["id"])
    known = {record.id for record in document.gold[layer]} | taken
    highest = max((int(id.removeprefix(prefix)) for id in known), default=0)
    records = []
    for draft in drafts:
        if draft["id"] is None:
            highest += 1
            draft["id"] = f"{prefix}{highest:0{width}d}"
        records.append(_record(document, layer, _worded(document, draft), schema))
    return records


def _is_id(id: str, prefix: str, width: int) -> bool:
    number = id.removeprefix(prefix)
    return id.startswith(prefix) and len(number) == width and number.isascii() and number.isdecimal()


def _worded(document: Document, draft: Draft) -> Draft:
    return {name: _word(document, value) for name, value in draft.items()}


def _word(document: Document, value: Any) -> Any:
    if isinstance(value, tuple):
        return {"start": value[0], "end": value[1], "text": document.text()[value[0] : value[1]]}
    if isinstance(value, list):
        return [_word(document, item) for item in value]
    return value


def _place(layer: str, record: Draft, exactly: bool) -> Any:
    """What makes a record the one it is where no id says so: its span and its type, or its span alone."""
    if layer == "quotes":
        return str(record["content"]) if exactly else record["content"][0]["start"]
    if layer == "stances":
        return record["unit"], record["target"]
    return record["start"], record["end"], record.get("type") if exactly else None


def _record(document: Document, layer: str, record: Draft, schema: Schema) -> Record:
    problems = schema.gold[layer].problems(record)
    if problems:
        field, _, message = problems[0]
        raise ZhengwenError(f"{record['id']}: {field}: {message}", fix="mend it in the tool, and export again")
    clusters = {cluster.id for cluster in document.gold["clusters"]}
    for field in ("cluster", "speaker", "holder"):
        if record.get(field) is not None and record[field] not in clusters:
            raise ZhengwenError(
                f"{record['id']}: {field}: {document.id} has no cluster {record[field]!r}",
                fix="name one that exists, or add it to clusters.jsonl first: no format carries clusters back",
            )
    try:
        return LAYERS[layer].from_dict(record)
    except (ValueError, TypeError) as error:
        raise ZhengwenError(f"{record['id']}: {error}", fix="mend the span in the tool") from None
