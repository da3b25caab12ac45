"""One annotation of a text, as somebody made it, and what in two annotations of a text is about the same thing.

Two annotators number their records each in their own way, so nothing is ever compared by its id: quotations are about
the same words when they overlap, and clusters when their places do.
"""

import bisect
import dataclasses
import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from zhengwen.document import paragraph_id
from zhengwen.errors import ZhengwenError
from zhengwen.files import lines, parse_json, read_text
from zhengwen.records import LAYERS, ClusterRecord, QuoteRecord, Record
from zhengwen.schema import Schema
from zhengwen.seeds import PASSES, TEXT, Seed

Place = tuple[int, int]

#: The fields that an annotation may leave out, with what they are then.
_OPTIONAL = {
    layer: {one.name: one.default for one in dataclasses.fields(cls) if one.default is not dataclasses.MISSING}
    for layer, cls in LAYERS.items()
}


@dataclass(frozen=True)
class Annotation:
    """What one annotator says of ``text``: ``layers`` maps the layers that were annotated to their records."""

    name: str
    text: str
    layers: Mapping[str, Sequence[Record]]

    @functools.cached_property
    def lines(self) -> list[Place]:
        """The lines of the text that are not empty, each ``[start, end)``; a paragraph is one."""
        found, start = [], 0
        for line in self.text.split("\n"):
            if line.strip():
                found.append((start, start + len(line)))
            start += len(line) + 1
        return found

    def line_at(self, offset: int) -> int:
        """The number of the line that ``offset`` is in, counted from 0 among those that are not empty."""
        return bisect.bisect_right(self.lines, offset, key=lambda line: line[1])

    def places_of(self, cluster: ClusterRecord) -> set[Place]:
        """Where a referent is in the text: its mentions, and what names it as a speaker or what it says."""
        found = {(one.start, one.end) for one in self.layers.get("entities", ()) if one.cluster == cluster.id}
        for quote in self.layers.get("quotes", ()):
            if quote.speaker == cluster.id:
                found |= {(span.start, span.end) for span in (quote.source, *quote.content) if span}
        return found

    @functools.cached_property
    def unit_lines(self) -> dict[str, int]:
        """The line of each unit that stances are taken in: a quotation's is the one that it begins in."""
        document = self.layers["stances"][0].unit.rpartition(".")[0] if self.layers.get("stances") else ""
        found = {paragraph_id(document, number): number - 1 for number in range(1, len(self.lines) + 1)}
        return found | {quote.id: self.line_at(quote.hull[0]) for quote in self.layers.get("quotes", ())}


def read_annotation(folder: Path, schema: Schema, text: str | None = None) -> Annotation:
    """Read the annotation in ``folder``: a file ``<layer>.jsonl`` for each layer that was annotated, as gold has them.

    ``text`` is what it points into; by default ``text.txt`` in the folder or in one of the two above it.  Raises
    :class:`ZhengwenError` with file, line and field when a file cannot be read, a record has not its shape, or a span
    not its words.
    """
    if not folder.is_dir():
        raise ZhengwenError(f"{folder}: there is no such folder", fix="name a folder with the layers of an annotation")
    files = {layer: folder / f"{layer}.jsonl" for layer in LAYERS}
    there = {layer: file for layer, file in files.items() if file.is_file()}
    if not there:
        raise ZhengwenError(
            f"{folder}: no annotation here", fix=f"expected {', '.join(f.name for f in files.values())}"
        )
    text = _text_of(folder) if text is None else text
    layers = {layer: list(_records(file, layer, schema, text)) for layer, file in there.items()}
    return Annotation(folder.name, text, layers)


def read_passes(folder: Path, seed: Seed, schema: Schema) -> dict[int, list[Annotation]]:
    """The independent passes over the document in ``folder``, by the round that they were made in."""
    found: dict[int, list[Annotation]] = {}
    for annotator in seed.about["annotators"]:
        made = read_annotation(folder / PASSES / annotator["name"], schema, seed.text)
        found.setdefault(annotator["round"], []).append(made)
    return found


def _text_of(folder: Path) -> str:
    resolved = folder.resolve()
    for above in (resolved, *resolved.parents[:2]):
        if (above / TEXT).is_file():
            return read_text(above / TEXT)
    raise ZhengwenError(f"{folder}: no {TEXT} here or in the two folders above", fix="say which with --text")


def _records(file: Path, layer: str, schema: Schema, text: str) -> Iterator[Record]:
    for number, line in enumerate(lines(read_text(file)), start=1):
        try:
            content = parse_json(line)
            # Who annotates a text links nothing.
            content = {**_OPTIONAL[layer], **content} if isinstance(content, dict) else content
        except ValueError as error:
            raise ZhengwenError(f"{file}:{number}: not JSON: {error}", fix="one JSON object a line") from None
        for problem in schema.gold[layer].problems(content):
            raise ZhengwenError(
                f"{file}:{number}: {problem.field}: {problem.message}", fix=f"see schema/gold/{layer}.yaml"
            )
        try:
            record = LAYERS[layer].from_dict(content)
        except ValueError as error:
            raise ZhengwenError(f"{file}:{number}: {error}", fix="count code points, from 0") from None
        for field, span in record.spans():
            if text[span.start : span.end] != span.text:
                raise ZhengwenError(
                    f"{file}:{number}: {field}: [{span.start}, {span.end}) is "
                    f"{text[span.start : span.end]!r} in the text, not {span.text!r}",
                    fix="find offsets with zhengwen.seeds.locate",
                )
        yield record


def aligned_quotes(annotations: Iterable[Annotation]) -> list[dict[str, QuoteRecord]]:
    """The quotations of several annotators, those about the same words together: a mapping from annotator a group."""

    def overlap(one: QuoteRecord, other: QuoteRecord) -> int:
        shared = (min(a.end, b.end) - max(a.start, b.start) for a in one.content for b in other.content)
        return sum(length for length in shared if length > 0)

    return _grouped(annotations, lambda one: one.layers.get("quotes", ()), lambda a, b, x, y: overlap(a, b))


def aligned_clusters(annotations: Iterable[Annotation]) -> list[dict[str, ClusterRecord]]:
    """The clusters of several annotators, those with the same places together: a mapping from annotator a group."""
    annotations = list(annotations)
    places = {
        (one.name, cluster.id): one.places_of(cluster)
        for one in annotations
        for cluster in one.layers.get("clusters", ())
    }
    return _grouped(
        annotations,
        lambda one: one.layers.get("clusters", ()),
        lambda a, b, x, y: len(places[x, a.id] & places[y, b.id]) if a.type == b.type else 0,
    )


def _grouped(annotations: Iterable[Annotation], items: Callable, shared: Callable) -> list[dict[str, Record]]:
    """One-to-one groups of items: an annotator after the other, the pairs that share most first."""
    groups: list[dict[str, Record]] = []
    for annotation in annotations:
        own = list(items(annotation))
        pairs = [
            (-most, at, number)
            for at, item in enumerate(own)
            for number, group in enumerate(groups)
            if (most := max(shared(item, member, annotation.name, name) for name, member in group.items())) > 0
        ]
        placed: dict[int, int] = {}
        for _, at, number in sorted(pairs):
            if at not in placed and number not in placed.values():
                placed[at] = number
        for at, item in enumerate(own):
            if at in placed:
                groups[placed[at]][annotation.name] = item
            else:
                groups.append({annotation.name: item})
    return groups
