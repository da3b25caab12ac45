"""The records of gold, typed: one class a file of ``seeds/<doc_id>/gold/``, in the order of its fields.

A record points into ``text.txt`` and names other records by their ids.  Its shape is stated in ``schema/gold/``; a
test holds the two together.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True)
class TextSpan:
    """The slice ``[start, end)`` of a text, in code points, with its surface ``text``.

    Raises ``ValueError`` when there is no such slice: it is empty, or not as long as its surface.

    >>> TextSpan(3, 5, "正文")
    TextSpan(start=3, end=5, text='正文')
    """

    start: int
    end: int
    text: str

    def __post_init__(self):
        if not 0 <= self.start < self.end:
            raise ValueError(f"no span: [{self.start}, {self.end})")
        if len(self.text) != self.end - self.start:
            raise ValueError(f"[{self.start}, {self.end}) is {self.end - self.start} long, {self.text!r} is not")

    def contains(self, other: "TextSpan") -> bool:
        """True when ``other`` lies in this span."""
        return self.start <= other.start and other.end <= self.end


class Record:
    """What all records have in common: to and from the mapping that a line of JSON holds."""

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Self:
        """The record that ``record`` states; the mapping must be of the shape in ``schema/gold/``."""
        return cls(**{name: _typed(value) for name, value in record.items()})

    def to_dict(self) -> dict[str, Any]:
        """The mapping that states this record, in the order of its fields."""
        return {field.name: _plain(getattr(self, field.name)) for field in dataclasses.fields(self)}

    def spans(self) -> list[tuple[str, TextSpan]]:
        """Every span of this record, each with the path of the field that holds it (``content.0``)."""
        found = []
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if isinstance(value, TextSpan):
                found.append((field.name, value))
            elif isinstance(value, tuple):
                found.extend((f"{field.name}.{n}", item) for n, item in enumerate(value) if isinstance(item, TextSpan))
        return found

    def order(self) -> tuple:
        """What the lines of this record's file are sorted by."""
        return (len(self.id), self.id)


class _SpanRecord(Record):
    """A record that is one span: it has ``start``, ``end`` and ``text`` itself."""

    def __post_init__(self):
        self.span  # noqa: B018  (building it checks it)

    @property
    def span(self) -> TextSpan:
        """The span of this record."""
        return TextSpan(self.start, self.end, self.text)

    def spans(self) -> list[tuple[str, TextSpan]]:
        return [("text", self.span)]

    def order(self) -> tuple:
        return (self.start, -self.end, self.id)


@dataclass(frozen=True)
class SentenceRecord(_SpanRecord):
    """A sentence."""

    id: str
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class EntityRecord(_SpanRecord):
    """A named mention; ``cluster`` is what it refers to, ``None`` for dates, numbers and titles."""

    id: str
    start: int
    end: int
    text: str
    type: str
    cluster: str | None


@dataclass(frozen=True)
class ClusterRecord(Record):
    """A referent: a person, an organisation, a product; ``named`` is false for one without a name.

    ``wikidata`` is its id there, ``wikidata_basis`` how that was verified; ``None`` where one is not certain.
    """

    id: str
    type: str
    name: str
    aliases: tuple[str, ...]
    named: bool
    wikidata: str | None = None
    wikidata_basis: str | None = None


@dataclass(frozen=True)
class QuoteRecord(Record):
    """A quotation: what is said (fragments), the words of saying, who says it."""

    id: str
    kind: str
    content: tuple[TextSpan, ...]
    cue: TextSpan | None
    source: TextSpan | None
    speaker: str
    implicit_source: bool

    @property
    def hull(self) -> tuple[int, int]:
        """From the start of the first fragment to the end of the last."""
        return self.content[0].start, self.content[-1].end

    def order(self) -> tuple:
        return (*self.hull, self.id)


@dataclass(frozen=True)
class StanceRecord(Record):
    """One cell of the stance grid; ``evidence`` is there when the label is not ``none``."""

    id: str
    unit: str
    holder: str
    target: str
    label: str
    evidence: TextSpan | None
    certainty: str


#: The name of the cluster of an author whom the document does not name.
AUTHOR = "作者"

#: The layers of gold, each a file ``gold/<layer>.jsonl``, and the class of its records.
LAYERS: Mapping[str, type[Record]] = {
    "sentences": SentenceRecord,
    "entities": EntityRecord,
    "clusters": ClusterRecord,
    "quotes": QuoteRecord,
    "stances": StanceRecord,
}


def _typed(value: Any) -> Any:
    if isinstance(value, dict):
        return TextSpan(**value)
    if isinstance(value, list):
        return tuple(_typed(item) for item in value)
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, TextSpan):
        return dataclasses.asdict(value)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value
