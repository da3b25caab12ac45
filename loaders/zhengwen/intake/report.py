"""What an import made, and what did not fit, in counts and with places."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from zhengwen.intake.source import Remark

Outcome = Literal["left out", "changed", "noted"]


class Kind(NamedTuple):
    """A way in which something does not fit: what became of it, and what it is, in words."""

    outcome: Outcome
    meaning: str


#: Everything that a remark can be about.
KINDS = {
    # Mentions.
    "words-differ": Kind("left out", "mentions whose words are not those at their offsets"),
    "out-of-range": Kind("left out", "mentions whose offsets are no span of the text"),
    "empty": Kind("left out", "mentions of nothing, or of white space only"),
    "label": Kind("left out", "mentions of a label that the map leaves out"),
    "same-span": Kind("left out", "mentions with the span of another mention"),
    "crossing": Kind("left out", "mentions that overlap another one in part"),
    "fragments": Kind("left out", "mentions in fragments"),
    "sentence": Kind("left out", "mentions that run over the end of a sentence or a line"),
    "no-surface": Kind("left out", "mentions on an empty node, or on the line of a multiword token"),
    "no-entities": Kind("left out", "mentions, since this corpus has no entities"),
    "white-space": Kind("changed", "mentions that began or ended with white space, which was cut off"),
    "tag": Kind("changed", "tags that continue no mention, and were read as the beginning of one"),
    # What belongs to mentions, or stands beside them.
    "coreference-types": Kind("changed", "referents with mentions of several types, divided by type"),
    "coreference": Kind("left out", "coreference of mentions whose type has no clusters"),
    "relation": Kind("left out", "relations"),
    "event": Kind("left out", "events"),
    "attribute": Kind("left out", "attributes, choices and the like"),
    "note": Kind("left out", "notes"),
    "normalisation": Kind("left out", "entries of databases; mentions of one entry are one cluster"),
    "field": Kind("left out", "fields of records"),
    # Texts.
    "no-annotation": Kind("left out", "texts without annotation, or whose annotation was rejected"),
    "annotation": Kind("left out", "other annotations of a text"),
    "sentence-joined": Kind("changed", "sentences by rule that were joined, since a mention runs from one to the next"),
    "line-ends": Kind("changed", "texts whose carriage returns or byte order mark were taken out"),
    "characters": Kind("changed", "characters that do not belong in a text, taken out"),
    "text-differs": Kind("noted", "sentences whose `# text` is not that of their words, which were taken"),
    "script": Kind("noted", "texts that seem to be in another script than the corpus"),
    "label-unused": Kind("noted", "labels in the map that the source does not have"),
}


@dataclass
class DocumentReport:
    """What became of a document: how many sentences, mentions and clusters it has, and how many mentions were read."""

    id: str
    source: str
    place: str
    sentences: int = 0
    read: int = 0
    mentions: int = 0
    clusters: int = 0


@dataclass
class Report:
    """What an import made of a source."""

    documents: list[DocumentReport] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, kind: str, place: str, what: str) -> None:
        """Add a remark."""
        self.remarks.append(Remark(kind, place, what))

    @property
    def totals(self) -> dict[str, int]:
        """The numbers of documents, sentences, mentions read, mentions imported, and clusters."""
        return {
            "documents": len(self.documents),
            **{
                name: sum(getattr(document, name) for document in self.documents)
                for name in ("sentences", "read", "mentions", "clusters")
            },
        }

    def counts(self) -> list[tuple[str, Kind, int, list[Remark]]]:
        """For each kind of which there is a remark, in the order of :data:`KINDS`: how many there are, and all of them.

        >>> report = Report(remarks=[Remark("note", "a.ann:3", "see below")])
        >>> [(kind, described.outcome, count) for kind, described, count, _ in report.counts()]
        [('note', 'left out', 1)]
        """
        by_kind: dict[str, list[Remark]] = {}
        for remark in self.remarks:
            by_kind.setdefault(remark.kind, []).append(remark)
        return [(kind, KINDS[kind], len(by_kind[kind]), by_kind[kind]) for kind in KINDS if kind in by_kind]

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON holds it, with every remark."""
        return {
            **self.totals,
            "notes": self.notes,
            "by_document": [vars(document) for document in self.documents],
            "did_not_fit": [
                {"kind": kind, "outcome": described.outcome, "count": count, "meaning": described.meaning}
                for kind, described, count, _ in self.counts()
            ],
            "remarks": [remark._asdict() for remark in self.remarks],
        }


def most_common(remarks: Iterable[Remark], number: int) -> list[tuple[str, int]]:
    """What remarks are most often about, each with how often."""
    return Counter(remark.what for remark in remarks).most_common(number)
