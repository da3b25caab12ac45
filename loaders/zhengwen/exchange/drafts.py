"""Turns drafts, which format modules read from the files of tools, into records of gold.

A draft is a dict with the fields of a record, except that its id may be missing (``None``) or the tool's own, and that
a field that holds spans may give each as a tuple ``(start, end)``.  :func:`records_from_drafts` adds words and ids, and
refuses what does not have the shape of gold.
"""

from collections.abc import Hashable, Iterable
from typing import Any

from zhengwen.document import Document
from zhengwen.errors import ZhengwenError
from zhengwen.layers import LAYERS
from zhengwen.records import Record
from zhengwen.schema import Schema

Draft = dict[str, Any]


def records_from_drafts(document: Document, layer: str, drafts: Iterable[Draft], schema: Schema) -> list[Record]:
    """The records of ``drafts``, in their order.

    A draft keeps its id.  A draft without an id takes that of the gold record that it matches (by the ``MATCH_KEYS`` of
    the layer), unless another draft has that id; so ids stay the same even if a tool drops them.  All other drafts get
    new ids, higher than any that exists.  Raises :class:`ZhengwenError` for a duplicate id, for an unknown cluster, and
    for a draft that does not have the shape of gold.
    """
    match_keys, id_form = LAYERS[layer].MATCH_KEYS, LAYERS[layer].ID
    prefix = f"{document.id}.{id_form.letter}"
    drafts = [_with_words(document, draft) for draft in drafts]
    taken: set[str] = set()
    for draft in drafts:
        if draft["id"] is not None and not _is_id(draft["id"], prefix, id_form.width):
            draft["id"] = None  # it was the tool's own id
        if draft["id"] in taken:
            raise ZhengwenError(f"{document.id}: {draft['id']} occurs twice", fix="remove one of the two in the tool")
        if draft["id"]:
            taken.add(draft["id"])
    for key_of in match_keys:
        unmatched: dict[Hashable, list[Record]] = {}
        for record in document.gold[layer]:
            if record.id not in taken:
                unmatched.setdefault(key_of(record.to_dict()), []).append(record)
        for draft in drafts:
            if draft["id"] is None and (matches := unmatched.get(key_of(draft))):
                draft["id"] = matches.pop(0).id
                taken.add(draft["id"])
    existing = {record.id for record in document.gold[layer]} | taken
    highest = max((int(id.removeprefix(prefix)) for id in existing), default=0)
    for draft in drafts:
        if draft["id"] is None:
            highest += 1
            draft["id"] = id_form.of(document.id, highest)
    return [_record(document, layer, draft, schema) for draft in drafts]


def _is_id(id: str, prefix: str, digits: int) -> bool:
    number = id.removeprefix(prefix)
    return id.startswith(prefix) and len(number) == digits and number.isascii() and number.isdecimal()


def _with_words(document: Document, draft: Draft) -> Draft:
    """A copy of ``draft`` in which every tuple ``(start, end)`` has become a span with its words."""

    def converted(value: Any) -> Any:
        if isinstance(value, tuple):
            start, end = value
            return {"start": start, "end": end, "text": document.text()[start:end]}
        if isinstance(value, list):
            return [converted(item) for item in value]
        return value

    return {field: converted(value) for field, value in draft.items()}


def _record(document: Document, layer: str, draft: Draft, schema: Schema) -> Record:
    problems = schema.gold[layer].problems(draft)
    if problems:
        field, _, message = problems[0]
        raise ZhengwenError(f"{draft['id']}: {field}: {message}", fix="correct it in the tool, and export again")
    clusters = {cluster.id for cluster in document.gold.get("clusters", ())}
    for field, targets in LAYERS[layer].REFERENCES.items():
        if "clusters" in targets and draft[field] is not None and draft[field] not in clusters:
            raise ZhengwenError(
                f"{draft['id']}: {field}: {document.id} has no cluster {draft[field]!r}",
                fix="name one that exists, or add it to clusters.jsonl first: no format carries clusters back",
            )
    try:
        return LAYERS[layer].RECORD.from_dict(draft)
    except (ValueError, TypeError) as error:
        raise ZhengwenError(f"{draft['id']}: {error}", fix="correct the span in the tool") from None
