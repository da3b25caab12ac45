"""What a layer is: the parts that every module of this package defines, always in this order.

The module of a layer defines these names at its top level (:class:`Layer` has their types):

``TITLE``
    The plural under which people are shown its items (``quotations``).
``RECORD``
    The class of its records (:class:`zhengwen.records.Record`), with the fields of ``schema/gold/<layer>.yaml``.
``objects(document)``
    The records in ``document.gold`` as objects that are linked to each other.
``ID``, ``REFERENCES``
    How its ids end; and each field that holds the id of another record, with the layers that may hold that record
    (``paragraphs`` counts as one here).
``NEEDS``
    The layers that a corpus with this layer must have as well.
``key(annotation, record, matching)``
    A key that is equal for records of two annotators that are about the same thing.  It begins with the start and the
    end of the item in the text.
``MATCH_KEYS``
    Functions that give a key for the mapping of a record, the strictest first.  A record that comes back from a tool
    without an id is taken for the gold record with the same key.
``NOT_COMPARED``
    The fields in which records of two annotators never disagree: those that say which item a record is about, and
    those that annotators do not fill in.
``group(annotations)``
    Optional: groups the records of several annotators that are about the same thing.  A layer needs it when its
    ``key``, or another layer, asks a :class:`~zhengwen.annotation.Matching` for its groups.
``check_structure(context)``, ``check_vocabulary(context)``
    Its checks of level 3 (does it hold together?) and level 4 (labels, and what they demand of each other).
``ROWS``, ``in_sentence(sentence, script)``
    The function that makes the rows of each family that it is released as; and its items in the row of a sentence
    (``None`` if it has none there).
``AGREEMENT``, ``COUNTED``
    The measures by which annotators are compared, and the fields whose labels are counted.
``TASKS``
    What predictions are scored against, by the name of their shape in ``schema/predictions/``.
``draft(drafting)``
    Its records in the draft of a new document.
``table(document, edition)``, ``notes(paragraph)``, ``details(sentence, edition)``
    How it is shown: as flat rows, under a paragraph, and under a sentence (in the base edition, and in ``edition``).

The module of a layer computes no measure, reads no file, and restores no text, so that a corpus loads quickly.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

from zhengwen.annotation import Annotation, Group, Matching
from zhengwen.document import Document, Paragraph, Passage
from zhengwen.errors import ZhengwenError
from zhengwen.findings import Finding
from zhengwen.records import Record, TextSpan
from zhengwen.schema import Schema

if TYPE_CHECKING:
    from zhengwen.layers.clusters import ClusterBook

Row = dict[str, Any]


class IdForm(NamedTuple):
    """How the id of a record ends: with one or two letters, and a number of at least ``width`` digits."""

    letter: str
    width: int

    def of(self, doc_id: str, number: int) -> str:
        """The id of the ``number``-th record of a document.

        >>> IdForm("e", 4).of("d-2025", 7)
        'd-2025.e0007'
        """
        return f"{doc_id}.{self.letter}{number:0{self.width}d}"


#: The fields of a record that is itself a span, which say which item it is about.
SPAN_FIELDS = ("id", "start", "end", "text")


def span_key(record: Mapping[str, Any]) -> tuple[int, int]:
    """The offsets of a record that is itself a span; ``record`` is its mapping."""
    return record["start"], record["end"]


# Rows.


def placed_in(sentence: Passage, passage: Passage, script: str) -> Row:
    """The columns ``start``, ``end`` and ``text`` of ``passage``; offsets count from the start of ``sentence``."""
    offset = sentence.span_in(script).start
    start, end, _ = passage.span_in(script)
    return {"start": start - offset, "end": end - offset, "text": passage.text_in(script)}


def context_of(passage: Passage, script: str) -> Row:
    """The columns ``context`` and ``context_start`` of a row: ``passage``, which encloses the item of the row."""
    return {"context": passage.text_in(script), "context_start": passage.span_in(script).start}


# Checks.


@dataclass(frozen=True)
class CheckContext:
    """What the checks of a layer look at in one document.

    ``gold`` maps each layer to its records in the order of their lines, ``files`` to its file as findings name it, and
    ``referenced`` to those of its ids that another record refers to.  ``document`` is ``None`` at level 3.
    """

    doc_id: str
    text: str
    gold: Mapping[str, Sequence[Record]]
    files: Mapping[str, str]
    referenced: Mapping[str, set[str]]
    schema: Schema
    document: Document | None = None

    def records(self, layer: str) -> Sequence[Record]:
        """The records of ``layer``; none if the corpus does not have it."""
        return self.gold.get(layer, ())

    def lines(self, layer: str) -> Iterator[tuple[int, Any]]:
        """The records of ``layer``, each as ``(line, record)``, with the number of its line counted from 1."""
        return enumerate(self.records(layer), start=1)


# Agreement.


class Item(NamedTuple):
    """Something that an annotator marked.

    Items of two annotators are compared by ``label`` and ``key``; ``offset`` says in which paragraph an item is.
    """

    label: str
    offset: int
    key: Hashable


Items = Callable[[Annotation, Matching], list[Item]]


class F1(NamedTuple):
    """Agreement of two annotators: F1 of the ``items`` that both have.

    With ``overlap`` a key is a tuple of spans ``(start, end)``, and an item counts if it overlaps an item of the other
    annotator with the same label.
    """

    measure: str
    items: Items
    overlap: bool = False


class Shares(NamedTuple):
    """Agreement of two annotators: F1 in which each item counts by the share of it that the other annotator has too.

    ``shares(annotation, other)`` gives ``(offset, share)`` for each item of ``annotation``; a share is from 0 to 1.
    """

    measure: str
    shares: Callable[[Annotation, Annotation], Iterable[tuple[int, float]]]


class Alpha(NamedTuple):
    """Agreement of all annotators: Krippendorff's alpha (nominal) over ``units``.

    Each unit is ``(line, values)``: the index of the line that it is in, and the value that each annotator gave it
    (``None`` for an annotator who gave none).
    """

    measure: str
    units: Callable[[Sequence[Annotation], Matching], Iterable[tuple[int, list[str | None]]]]


def label_at_each_character(
    annotations: Sequence[Annotation], layer: str, label: str, spans
) -> Iterator[tuple[int, list[str | None]]]:
    """The units of an alpha (:class:`Alpha`): each character, with the label of the item that covers it (``""``: none).

    ``label`` names the field of a record that holds its label, and ``spans(record)`` gives its spans as
    ``(start, end)``.  Where items nest, the outermost counts.
    """
    labels_by_annotator = []
    for annotation in annotations:
        labels: list[str | None] = [""] * len(annotation.text)
        # An item is sorted before those within it; in reverse order it overwrites them.
        for record in sorted(annotation.records(layer), key=lambda record: record.order(), reverse=True):
            for start, end in spans(record):
                labels[start:end] = [getattr(record, label)] * (end - start)
        labels_by_annotator.append(labels)
    for number, (start, end) in enumerate(annotations[0].lines):
        for offset in range(start, end):
            yield number, [labels[offset] for labels in labels_by_annotator]


# Scoring.


class Sets(NamedTuple):
    """One figure of a score: F1 of the items that are in both gold and prediction."""

    measure: str
    label: str
    gold: set[Hashable]
    predicted: set[Hashable]


class Overlaps(NamedTuple):
    """One figure of a score: F1 of the items that overlap an item of the other side.

    An item is ``(id of its row, its spans)``.
    """

    measure: str
    gold: Sequence[tuple[str, tuple[tuple[int, int], ...]]]
    predicted: Sequence[tuple[str, tuple[tuple[int, int], ...]]]


class Mentions(NamedTuple):
    """The figures of a score of mentions (exact, partial, by type), from the mentions in each row, by its id."""

    gold: Mapping[str, Sequence[Row]]
    predicted: Mapping[str, Sequence[Row]]


class Labels(NamedTuple):
    """The figures of a score of one label per row: accuracy, and macro F1 over the labels in ``over``.

    ``gold`` and ``predicted`` are by id of the row.  Labels that are ``ignored`` do not count as items.
    """

    gold: Mapping[str, str]
    predicted: Mapping[str, str]
    over: tuple[str, ...]
    ignored: str


Comparison = Sets | Overlaps | Mentions | Labels


class Task(NamedTuple):
    """What one kind of prediction is scored against.

    ``family`` is the family of rows with the right answers.  ``expected(rows)`` gives the right answer for each id that
    must be answered, and ``compare(expected, answers, rows)`` gives the comparisons from which figures are computed.
    """

    family: str
    expected: Callable[[Sequence[Row]], Mapping[str, Any]]
    compare: Callable[[Mapping[str, Any], Mapping[str, Row], Sequence[Row]], Iterator[Comparison]]


def rows_by_document(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """The rows by id of document, for tasks whose predictions answer for whole documents."""
    grouped: dict[str, list[Row]] = {}
    for row in rows:
        grouped.setdefault(row["doc_id"], []).append(row)
    return grouped


# Drafts.


@dataclass
class Drafting:
    """What the draft of a layer is made from: the text, what rules find in it, and the layers drafted so far.

    ``sentences`` are ``(start, end)`` and ``mentions`` ``(start, end, type)``; ``quotations`` are those of
    :func:`zhengwen.taggers.quotations`.  ``clusters`` finds or creates the cluster of a name.  ``gold`` holds the
    layers that have been drafted, and ``document()`` a document made of them.
    """

    doc_id: str
    text: str
    schema: Schema
    sentences: Sequence[tuple[int, int]]
    mentions: Sequence[tuple[int, int, str]]
    quotations: Sequence[Mapping[str, Any]]
    clusters: "ClusterBook"
    gold: dict[str, list[Record]]
    document: Callable[[], Document]

    def has(self, layer: str) -> bool:
        """Whether the corpus has this layer."""
        return layer in self.schema.design.layers

    def span(self, start: int, end: int) -> TextSpan:
        """The slice ``[start, end)`` of the text, as a span of a record."""
        return TextSpan(start, end, self.text[start:end])


# Showing.


class Note(NamedTuple):
    """A line under a paragraph: what it is about, and pieces of text, each as ``(text, style)``.

    A style is ``""``, ``dim``, ``bold``, ``italic``, or ``type:LABEL`` or ``stance:LABEL`` for the colour of a label.
    """

    label: str
    pieces: Sequence[tuple[str, str]]


# The layer.


@dataclass(frozen=True)
class Layer:
    """One kind of annotation: the names that its module defines (see above), as one object."""

    name: str
    TITLE: str
    RECORD: type[Record]
    objects: Callable[[Document], list[Any]]
    ID: IdForm
    REFERENCES: Mapping[str, tuple[str, ...]]
    NEEDS: Sequence[str]
    key: Callable[[Annotation, Any, Matching], tuple]
    MATCH_KEYS: Sequence[Callable[[Mapping[str, Any]], Hashable]]
    NOT_COMPARED: Sequence[str]
    check_structure: Callable[[CheckContext], Iterator[Finding]]
    check_vocabulary: Callable[[CheckContext], Iterator[Finding]]
    ROWS: Mapping[str, Callable[[Document, str | None, Schema], Iterator[Row]]]
    in_sentence: Callable[[Passage, str], list[Row]] | None
    AGREEMENT: Sequence[F1 | Shares | Alpha]
    COUNTED: Sequence[str]
    TASKS: Mapping[str, Task]
    draft: Callable[[Drafting], list[Record]]
    table: Callable[[Document, str], list[Row]]
    notes: Callable[[Paragraph], Iterator[Note]]
    details: Callable[[Any, str | None], list[tuple[str, ...]]]
    group: Callable[[Sequence[Annotation]], list[Group]] | None = None

    def __reduce__(self) -> tuple:
        # A document is pickled with its layers.  A layer is pickled as its name, and looked up again in this package.
        return _unpickled, (self.name,)


def _unpickled(name: str) -> Layer:
    return layer_of(import_module(f"{__package__}.{name}"))


class LayerError(ZhengwenError):
    """A module lacks parts of a layer."""


def layer_of(module: ModuleType) -> Layer:
    """The layer that ``module`` defines; raises :class:`LayerError`, which names every part that it lacks."""
    name = module.__name__.rpartition(".")[2]
    parts = [field.name for field in fields(Layer) if field.name not in ("name", "group")]
    if missing := [part for part in parts if not hasattr(module, part)]:
        raise LayerError(
            f"layers/{name}.py: the layer {name!r} lacks {', '.join(missing)}",
            fix="define them in the module; the docstring of zhengwen.layers.base says what each part is",
        )
    return Layer(name, *(getattr(module, part) for part in parts), group=getattr(module, "group", None))
