"""What the records of all layers have in common: they hold spans of a text, and each is written as a line of JSON.

The record class of each layer is in its module in :mod:`zhengwen.layers`, its shape in ``schema/gold/``; a check of
level 2 makes sure that the two agree.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True)
class TextSpan:
    """The slice ``[start, end)`` of a text, in code points, with its surface ``text``.

    Raises ``ValueError`` if the slice is empty, or not as long as ``text``.

    >>> TextSpan(3, 5, "正文")
    TextSpan(start=3, end=5, text='正文')
    """

    start: int
    end: int
    text: str

    def __post_init__(self):
        if not 0 <= self.start < self.end:
            raise ValueError(f"[{self.start}, {self.end}) is not a span")
        if len(self.text) != self.end - self.start:
            raise ValueError(
                f"[{self.start}, {self.end}) is {self.end - self.start} characters long, "
                f"{self.text!r} is {len(self.text)}"
            )

    def contains(self, other: "TextSpan") -> bool:
        """True when ``other`` lies within this span."""
        return self.start <= other.start and other.end <= self.end


class Record:
    """A record: a dataclass whose fields are those of its shape, in the same order."""

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The record with these ``values``, which must have the shape in ``schema/gold/``."""
        return cls(**{name: _from_json(value) for name, value in values.items()})

    def to_dict(self) -> dict[str, Any]:
        """This record as a mapping, as it is written in JSON, in the order of its fields."""
        return {field.name: _to_json(getattr(self, field.name)) for field in dataclasses.fields(self)}

    def spans(self) -> list[tuple[str, TextSpan]]:
        """Every span of this record, each with the path of the field that holds it (``content.0``)."""
        spans = []
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if isinstance(value, TextSpan):
                spans.append((field.name, value))
            elif isinstance(value, tuple):
                spans += [(f"{field.name}.{n}", item) for n, item in enumerate(value) if isinstance(item, TextSpan)]
        return spans

    def order(self) -> tuple:
        """The sort key of these records in a file; by default the number in the id."""
        return (len(self.id), self.id)

    @classmethod
    def defaults(cls) -> dict[str, Any]:
        """The fields that a pass may leave out, each with the value that it then has."""
        return {
            field.name: field.default for field in dataclasses.fields(cls) if field.default is not dataclasses.MISSING
        }


class SpanRecord(Record):
    """A record that is itself a span: it has the fields ``start``, ``end`` and ``text``."""

    def __post_init__(self):
        self.span  # noqa: B018  (building the span checks it)

    @property
    def span(self) -> TextSpan:
        """The span of this record."""
        return TextSpan(self.start, self.end, self.text)

    def spans(self) -> list[tuple[str, TextSpan]]:
        return [("text", self.span)]

    def order(self) -> tuple:
        return (self.start, -self.end, self.id)


def _from_json(value: Any) -> Any:
    if isinstance(value, dict):
        return TextSpan(**value)
    if isinstance(value, list):
        return tuple(_from_json(item) for item in value)
    return value


def _to_json(value: Any) -> Any:
    if isinstance(value, TextSpan):
        return dataclasses.asdict(value)
    if isinstance(value, tuple):
        return [_to_json(item) for item in value]
    return value
