"""How drafts, which is what a tool gives back, become records of gold.

A draft is the mapping of a record, except that its id may be missing (``None``) or the tool's own, and that a field
that holds spans may give each as ``(start, end)``.  :func:`records_from_drafts` adds words and ids, and refuses what
does not have the shape of gold.
"""

from collections.abc import Callable, Hashable, Iterable
from typing import Any, NamedTuple

from zhengwen.document import Document
from zhengwen.errors import ZhengwenError
from zhengwen.records import LAYERS, Record
from zhengwen.schema import Schema

Draft = dict[str, Any]


class LayerFacts(NamedTuple):
    """What an import must know of a layer.

    The id of a record is ``<document>.``, then ``id_prefix`` and a number of ``id_digits`` digits.  A draft without an
    id is the record that has the same key; ``match_keys`` are tried in order, the strictest first.  ``cluster_fields``
    are the fields that hold the id of a cluster.
    """

    id_prefix: str
    id_digits: int
    match_keys: tuple[Callable[[Draft], Hashable], ...]
    cluster_fields: tuple[str, ...]


def _span(record: Draft) -> Hashable:
    return record["start"], record["end"]


def _span_and_type(record: Draft) -> Hashable:
    return record["start"], record["end"], record["type"]


def _content(record: Draft) -> Hashable:
    return tuple((fragment["start"], fragment["end"]) for fragment in record["content"])


def _content_start(record: Draft) -> Hashable:
    return record["content"][0]["start"]


def _cell(record: Draft) -> Hashable:
    return record["unit"], record["target"]


#: By layer.  No format carries clusters back, so they are never matched.
LAYER_FACTS = {
    "sentences": LayerFacts("s", 3, match_keys=(_span,), cluster_fields=()),
    "entities": LayerFacts("e", 4, match_keys=(_span_and_type, _span), cluster_fields=("cluster",)),
    "clusters": LayerFacts("c", 2, match_keys=(), cluster_fields=()),
    "quotes": LayerFacts("q", 2, match_keys=(_content, _content_start), cluster_fields=("speaker",)),
    "stances": LayerFacts("st", 3, match_keys=(_cell,), cluster_fields=("holder",)),
}


def records_from_drafts(document: Document, layer: str, drafts: Iterable[Draft], schema: Schema) -> list[Record]:
    """The records of ``drafts``, in their order.

    A draft keeps its id.  A draft without one takes the id of the record that it matches (:class:`LayerFacts`) and
    that no other draft has, so that a tool that drops ids changes none; otherwise it gets the next free id, higher
    than any that exists.  Raises :class:`ZhengwenError` for a duplicate id, and for what does not have the shape of
    gold.
    """
    facts = LAYER_FACTS[layer]
    prefix = f"{document.id}.{facts.id_prefix}"
    drafts = [_with_words(document, draft) for draft in drafts]
    taken: set[str] = set()
    for draft in drafts:
        if draft["id"] is not None and not _is_id(draft["id"], prefix, facts.id_digits):
            draft["id"] = None  # the tool's own id
        if draft["id"] in taken:
            raise ZhengwenError(f"{document.id}: {draft['id']} occurs twice", fix="remove one of the two in the tool")
        if draft["id"]:
            taken.add(draft["id"])
    for key_of in facts.match_keys:
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
            draft["id"] = f"{prefix}{highest:0{facts.id_digits}d}"
    return [_record(document, layer, draft, schema) for draft in drafts]


def _is_id(id: str, prefix: str, digits: int) -> bool:
    number = id.removeprefix(prefix)
    return id.startswith(prefix) and len(number) == digits and number.isascii() and number.isdecimal()


def _with_words(document: Document, draft: Draft) -> Draft:
    """A copy of ``draft`` in which every ``(start, end)`` is a span with its words."""

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
    clusters = {cluster.id for cluster in document.gold["clusters"]}
    for field in LAYER_FACTS[layer].cluster_fields:
        if draft[field] is not None and draft[field] not in clusters:
            raise ZhengwenError(
                f"{draft['id']}: {field}: {document.id} has no cluster {draft[field]!r}",
                fix="name one that exists, or add it to clusters.jsonl first: no format carries clusters back",
            )
    try:
        return LAYERS[layer].from_dict(draft)
    except (ValueError, TypeError) as error:
        raise ZhengwenError(f"{draft['id']}: {error}", fix="correct the span in the tool") from None
