"""Where independent annotations of a text differ, field by field: what an adjudicator has to decide."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from zhengwen.measure.annotation import Annotation, aligned_clusters, aligned_quotes
from zhengwen.records import LAYERS, Record


class Disagreement(NamedTuple):
    """One field of one item on which annotators differ.

    ``start`` and ``end`` are where the item is in the text, and ``target`` is that of a stance.  ``readings`` says in
    words what each annotator has there, ``None`` for nothing.  ``field`` is ``"record"`` when what differs is whether
    there is such an item.
    """

    layer: str
    start: int
    end: int
    target: str | None
    field: str
    readings: Mapping[str, str | None]

    @property
    def place(self) -> tuple:
        """What this is about, for a comparison with what was decided."""
        return self.layer, self.start, self.end, self.target, self.field


def in_words(value: Any) -> str | None:
    """A value as a reading says it.

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
    """Every place where ``annotations`` of one text are not all the same, in the order of layers and of the text.

    Clusters are told by the first annotator's id of the group that they are in, since each numbers its own; ids of
    records are not compared.
    """
    referents = _referents(annotations)
    units = _units(annotations)
    found = []
    for layer in LAYERS:
        items: dict[tuple, dict[str, Mapping[str, Any]]] = {}
        for annotation in annotations:
            for record in annotation.layers.get(layer, ()):
                key = _KEYS[layer](annotation, record, referents, units)
                items.setdefault(key, {})[annotation.name] = _comparable(annotation, layer, record, referents)
        for key, by_name in items.items():
            target = key[2] if layer == "stances" else None
            for field, readings in _differences(by_name, [one.name for one in annotations]):
                found.append(Disagreement(layer, *key[:2], target, field, readings))
    return sorted(
        found, key=lambda one: (list(LAYERS).index(one.layer), one.start, -one.end, one.target or "", one.field)
    )


def _differences(by_name: Mapping[str, Mapping], names: Sequence[str]) -> Iterator[tuple[str, dict]]:
    if len(by_name) < len(names):
        yield "record", {name: "there" if name in by_name else None for name in names}
    first = next(iter(by_name.values()))
    for field in first:
        if any(by_name[name][field] != first[field] for name in by_name):
            yield field, {name: in_words(by_name[name][field]) if name in by_name else None for name in names}


def _referents(annotations: Sequence[Annotation]) -> dict[tuple[str, str], str]:
    """A common id for each annotator's clusters."""
    return {
        (name, cluster.id): next(iter(group.values())).id
        for group in aligned_clusters(annotations)
        for name, cluster in group.items()
    }


def _units(annotations: Sequence[Annotation]) -> dict[tuple[str, str], tuple[int, int]]:
    """Where each annotator's units are: a quotation where the first of its group is, a paragraph at its line."""
    found = {}
    for group in aligned_quotes(annotations):
        hull = next(iter(group.values())).hull
        found |= {(name, quote.id): hull for name, quote in group.items()}
    return found


def _key_of_unit(annotation: Annotation, record: Record, _, units: Mapping) -> tuple:
    own = units.get((annotation.name, record.unit))
    return (*(own or annotation.lines[annotation.unit_lines[record.unit]]), record.target)


#: What makes two annotators' records records of the same thing; it begins with where that is.
_KEYS = {
    "sentences": lambda annotation, record, referents, units: (record.start, record.end),
    "entities": lambda annotation, record, referents, units: (record.start, record.end),
    "clusters": lambda annotation, record, referents, units: (
        *min(annotation.places_of(record), default=(0, 0)),
        referents[annotation.name, record.id],
    ),
    "quotes": lambda annotation, record, referents, units: units[annotation.name, record.id],
    "stances": _key_of_unit,
}

#: Fields that say what a record is about, or what it is called, and links, which no annotator of a text makes.
_NOT_COMPARED = {"id", "start", "end", "text", "unit", "target", "wikidata", "wikidata_basis"}


def _comparable(annotation: Annotation, layer: str, record: Record, referents: Mapping) -> dict[str, Any]:
    content = {name: value for name, value in record.to_dict().items() if name not in _NOT_COMPARED}
    for name in ("cluster", "speaker", "holder"):
        if content.get(name):
            content[name] = referents[annotation.name, content[name]]
    return content
