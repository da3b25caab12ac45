"""What one annotator says of a text, and which records of several annotators are about the same thing.

Each annotator numbers records independently, so ids are never compared between annotators.  Each layer says how its
records are matched (:mod:`zhengwen.layers`); this module holds what layers share for it.
"""

import bisect
import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from zhengwen.records import Record


@dataclass(frozen=True)
class Annotation:
    """What the annotator ``name`` says of ``text``: ``layers`` maps each layer that was annotated to its records.

    Records of other layers are absent, which is not the same as annotated and empty.
    """

    name: str
    text: str
    layers: Mapping[str, Sequence[Record]]

    @functools.cached_property
    def lines(self) -> list[tuple[int, int]]:
        """The spans ``(start, end)`` of the lines that are not blank, which are the paragraphs."""
        spans, start = [], 0
        for line in self.text.split("\n"):
            if line.strip():
                spans.append((start, start + len(line)))
            start += len(line) + 1
        return spans

    def line_at(self, offset: int) -> int:
        """The index in :attr:`lines` of the line at ``offset``."""
        return bisect.bisect_right(self.lines, offset, key=lambda span: span[1])

    def records(self, layer: str) -> Sequence[Record]:
        """The records of ``layer``; empty if it was not annotated."""
        return self.layers.get(layer, ())


#: Records that are about the same thing, by the name of the annotator; at most one of each.
Group = dict[str, Record]


def group_records(
    annotations: Iterable[Annotation], layer: str, shared: Callable[[Annotation, Record, Annotation, Record], int]
) -> list[Group]:
    """Match the records of ``layer`` one to one between annotators, and return the groups that result.

    ``shared(annotation, record, other_annotation, other_record)`` says how much two records have in common; 0 keeps
    them apart.  Annotators are added one at a time: each of their records joins the group that has a member with which
    it shares most, the pairs that share most first; a record that joins none begins a group.
    """
    by_name = {annotation.name: annotation for annotation in annotations}
    groups: list[Group] = []
    for annotation in by_name.values():
        records = annotation.records(layer)
        pairs = [
            (-most, position, number)
            for position, record in enumerate(records)
            for number, group in enumerate(groups)
            if (most := max(shared(annotation, record, by_name[name], member) for name, member in group.items())) > 0
        ]
        matched: dict[int, int] = {}
        taken: set[int] = set()
        for _, position, number in sorted(pairs):
            if position not in matched and number not in taken:
                matched[position] = number
                taken.add(number)
        for position, record in enumerate(records):
            if position in matched:
                groups[matched[position]][annotation.name] = record
            else:
                groups.append({annotation.name: record})
    return groups


class Matching:
    """Which records of several annotators of one text are about the same thing, in the layers that others refer to.

    ``groupers`` maps a layer to the function that groups its records; a layer is grouped when it is first asked for.
    """

    def __init__(
        self,
        annotations: Sequence[Annotation],
        groupers: Mapping[str, Callable[[Sequence[Annotation]], list[Group]]],
    ):
        self._annotations = list(annotations)
        self._groupers = groupers
        self._groups: dict[str, dict[tuple[str, str], Group]] = {}

    def group(self, layer: str, annotator: str, id: str) -> Group | None:
        """The group of the record ``id`` of ``annotator``; ``None`` if there is no such record."""
        if layer not in self._groups:
            self._groups[layer] = {
                (name, record.id): group
                for group in self._groupers[layer](self._annotations)
                for name, record in group.items()
            }
        return self._groups[layer].get((annotator, id))

    def group_key(self, layer: str, annotator: str, id: str) -> tuple | None:
        """A key that is equal for two records exactly if they are in one group; ``None`` if there is no such record."""
        group = self.group(layer, annotator, id)
        return group and tuple(sorted((name, record.id) for name, record in group.items()))

    def common_id(self, layer: str, annotator: str, id: str) -> str | None:
        """One id for the whole group of a record: that of its first member; ``None`` if there is no such record."""
        group = self.group(layer, annotator, id)
        return next(iter(group.values())).id if group else None
