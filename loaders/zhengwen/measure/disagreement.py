"""Where independent annotations of a text differ, field by field: what an adjudicator has to decide."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from zhengwen.annotation import Annotation, Matching
from zhengwen.layers import LAYERS, matching
from zhengwen.layers.base import Layer
from zhengwen.records import Record


class Disagreement(NamedTuple):
    """One field of one item on which annotators differ.

    ``[start, end)`` is where the item is in the text; ``target`` is that of a stance, otherwise ``None``.  ``readings``
    maps each annotator to the value of the field, as :func:`in_words` writes it (``None`` for none).  ``field`` is
    ``"record"`` if annotators differ on whether there is such an item.
    """

    layer: str
    start: int
    end: int
    target: str | None
    field: str
    readings: Mapping[str, str | None]

    @property
    def subject(self) -> tuple:
        """The key by which a decision in the adjudication names this disagreement."""
        return self.layer, self.start, self.end, self.target, self.field


def in_words(value: Any) -> str | None:
    """The value of a field of a record as a text; that of a span is its words.

    >>> in_words({"start": 3, "end": 5, "text": "正文"}), in_words(False), in_words(["甲", "乙"]), in_words([])
    ('正文', 'false', '甲 / 乙', '')
    """
    match value:
        case None | str():
            return value
        case bool():
            return str(value).lower()
        case list():
            return " / ".join(in_words(item) or "" for item in value)
        case _:
            return value["text"]


def disagreements(annotations: Sequence[Annotation]) -> list[Disagreement]:
    """Every field in which ``annotations`` of one text differ, in the order of layers and of the text.

    Each annotator numbers records independently, so ids are not compared.  A reference is compared by the group of the
    record that it names, and shown as the id of the first member of that group.
    """
    matched = matching(annotations)
    names = [annotation.name for annotation in annotations]
    results = []
    for layer in LAYERS.values():
        by_key: dict[tuple, dict[str, Mapping[str, Any]]] = {}
        targets: dict[tuple, str | None] = {}
        for annotation in annotations:
            for record in annotation.records(layer.name):
                key = layer.key(annotation, record, matched)
                targets[key] = target_of(record)
                values = by_key.setdefault(key, {})
                values[annotation.name] = _comparable(layer, annotation, record, matched)
        results += [
            Disagreement(layer.name, *key[:2], targets[key], field, readings)
            for key, by_name in by_key.items()
            for field, readings in _differences(by_name, names)
        ]
    order = list(LAYERS)
    return sorted(
        results, key=lambda item: (order.index(item.layer), item.start, -item.end, item.target or "", item.field)
    )


def _differences(by_name: Mapping[str, Mapping[str, Any]], names: Sequence[str]) -> Iterator[tuple[str, dict]]:
    if len(by_name) < len(names):
        yield "record", {name: "there" if name in by_name else None for name in names}
    first = next(iter(by_name.values()))
    for field in first:
        if any(values[field] != first[field] for values in by_name.values()):
            yield field, {name: in_words(by_name[name][field]) if name in by_name else None for name in names}


def target_of(record: Record) -> str | None:
    """The target that a record is about; ``None`` for records of layers that have no targets."""
    return getattr(record, "target", None)


def _comparable(layer: Layer, annotation: Annotation, record: Record, matched: Matching) -> dict[str, Any]:
    values = {name: value for name, value in record.to_dict().items() if name not in layer.NOT_COMPARED}
    for field, targets in layer.REFERENCES.items():
        if values.get(field):
            values[field] = matched.common_id(targets[0], annotation.name, values[field])
    return values
