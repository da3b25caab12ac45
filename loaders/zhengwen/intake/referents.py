"""From mentions to records: entities, and a cluster for each referent.

The source's coreference says which mentions are of one referent; where it says nothing, mentions of one type and
wording are.
"""

from collections.abc import Hashable, Sequence

from zhengwen.intake.fitting import FittedMention
from zhengwen.intake.report import Report
from zhengwen.layers import LAYERS
from zhengwen.layers.clusters import ClusterBook, ClusterRecord
from zhengwen.layers.entities import EntityRecord
from zhengwen.schema import Schema


def entity_records(
    doc_id: str, text: str, mentions: Sequence[FittedMention], book: ClusterBook, schema: Schema, report: Report
) -> list[EntityRecord]:
    """The records of ``mentions``, which are in the order of the text; their clusters are added to ``book``."""
    types = schema.labels["entity_types"]
    has_clusters = "clusters" in schema.design.layers
    chains: dict[str, list[FittedMention]] = {}
    for mention in mentions:
        if mention.coreference is not None:
            chains.setdefault(mention.coreference, []).append(mention)
    for chain in chains.values():
        words = text[chain[0].start : chain[0].end]
        if len({mention.type for mention in chain}) > 1:
            report.add("coreference-types", chain[0].place, words)
        if len(chain) > 1 and not (has_clusters and any(types[mention.type].refers for mention in chain)):
            report.add("coreference", chain[0].place, words)
    groups: dict[Hashable, list[FittedMention]] = {}
    keys = _keys(text, mentions)
    for mention, key in zip(mentions, keys, strict=True):
        groups.setdefault(key, []).append(mention)
    clusters: dict[Hashable, str] = {}
    if has_clusters:
        for key, group in groups.items():
            if types[group[0].type].refers:
                clusters[key] = LAYERS["clusters"].ID.of(doc_id, len(book.records) + 1)
                book.records.append(_cluster(clusters[key], text, group))
    return [
        EntityRecord(
            LAYERS["entities"].ID.of(doc_id, number),
            mention.start,
            mention.end,
            text[mention.start : mention.end],
            mention.type,
            clusters.get(key),
        )
        for number, (mention, key) in enumerate(zip(mentions, keys, strict=True), start=1)
    ]


def _keys(text: str, mentions: Sequence[FittedMention]) -> list[Hashable]:
    """For each mention a key that is equal for those of one referent.

    A mention of which the source says nothing belongs to the only chain of its type that has its wording, if there is
    exactly one.
    """
    chains: dict[tuple[str, str], set[Hashable]] = {}
    for mention in mentions:
        if mention.coreference is not None:
            named = mention.type, text[mention.start : mention.end]
            chains.setdefault(named, set()).add((mention.coreference, mention.type, None))
    keys: list[Hashable] = []
    for mention in mentions:
        named = mention.type, text[mention.start : mention.end]
        if mention.coreference is not None:
            keys.append((mention.coreference, mention.type, None))
        elif len(chains.get(named, ())) == 1:
            keys += chains[named]
        else:
            keys.append((None, *named))
    return keys


def _cluster(id: str, text: str, group: Sequence[FittedMention]) -> ClusterRecord:
    """The cluster of ``group``: its name is the longest wording, the first of those that are equally long."""
    names = list(dict.fromkeys(text[mention.start : mention.end] for mention in group))
    name = max(names, key=len)
    return ClusterRecord(id, group[0].type, name, tuple(other for other in names if other != name), True)
