"""What a layer is: the parts that every module of this package states, always in this order.

A module of a layer states, as names at its top level:

``TITLE``
    What people are shown for its items, in the plural (``quotations``).
``RECORD``
    The class of its records (:class:`zhengwen.records.Record`).
``objects(document)``
    The records of a document as objects, which know each other.
``ID``, ``REFERENCES``
    How its ids end, and which fields name records of other layers.
``key(annotation, record, matching)``, ``MATCH_KEYS``
    What records of two annotators that are about the same thing have in common, and what a record of gold and the
    record that a tool gave back for it have in common (keys of the mapping of a record, the strictest first).
``check_structure(context)``, ``check_vocabulary(context)``
    Its checks of level 3 (does it hold together?) and level 4 (labels, and what they demand of each other).
``ROWS``, ``in_sentence(sentence, script)``
    The families of rows that it is released as, and its items in the row of a sentence (``None``: it has none there).
``AGREEMENT``, ``COUNTED``
    What of it annotators are compared by, and the fields whose labels are counted.
``TASKS``
    What predictions of it are scored on.
``draft(drafting)``
    Its records in a draft of a new document.
``table(document, edition)``, ``notes(paragraph)``, ``details(sentence)``
    How it is shown: as flat rows, under a paragraph, and under a sentence.

Nothing of this computes a measure, reads a file, or restores a text, so that loading a corpus stays quick.
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
    """What the id of a record ends in: a letter (or two), and a number of at least ``width`` digits."""

    letter: str
    width: int

    def of(self, doc_id: str, number: int) -> str:
        """The id of the ``number``-th record of a document.

        >>> IdForm("e", 4).of("d-2025", 7)
        'd-2025.e0007'
        """
        return f"{doc_id}.{self.letter}{number:0{self.width}d}"


def span_key(record: Mapping[str, Any]) -> tuple[int, int]:
    """The span of a record that is one."""
    return record["start"], record["end"]


# Rows.


def placed_in(sentence: Passage, passage: Passage, script: str) -> Row:
    """The offsets and words of ``passage``, counted from the start of ``sentence``."""
    offset = sentence.span_in(script).start
    start, end, _ = passage.span_in(script)
    return {"start": start - offset, "end": end - offset, "text": passage.text_in(script)}


def context_of(passage: Passage, script: str) -> Row:
    """The columns with the words around an item, so that every slice can be checked inside its row."""
    return {"context": passage.text_in(script), "context_start": passage.span_in(script).start}


# Checks.


@dataclass(frozen=True)
class CheckContext:
    """What the checks of a layer look at in one document.

    ``gold`` has the records of every layer in the order of their lines, and ``files`` the name of the file of each
    layer, as findings name it.  ``referenced`` maps a layer to the ids in it that some record names.  ``document`` is
    there from level 4 on.
    """

    doc_id: str
    text: str
    gold: Mapping[str, Sequence[Record]]
    files: Mapping[str, str]
    referenced: Mapping[str, set[str]]
    schema: Schema
    document: Document | None = None

    def lines(self, layer: str) -> Iterator[tuple[int, Any]]:
        """The records of ``layer``, each with the number of its line."""
        return enumerate(self.gold[layer], start=1)


# Agreement.


class Item(NamedTuple):
    """Something that an annotator marked: its label, an offset in it, and what it is compared by."""

    label: str
    offset: int
    key: Hashable


Items = Callable[[Annotation, Matching], list[Item]]


class F1(NamedTuple):
    """Agreement of two annotators on ``items``: F1 of those that both have.

    With ``overlap`` a key is a tuple of spans, and an item counts when it overlaps one with the same label.
    """

    measure: str
    items: Items
    overlap: bool = False


class Shares(NamedTuple):
    """Agreement of two annotators, item by item: F1 of how much of each item the other annotator has too.

    ``shares`` gives, for the items of an annotator, an offset and that share, between 0 and 1.
    """

    measure: str
    shares: Callable[[Annotation, Annotation], Iterable[tuple[int, float]]]


class Alpha(NamedTuple):
    """Agreement of all annotators: Krippendorff's alpha (nominal) over ``units``.

    Each unit is the number of the line that it is in, and the value that each annotator gave it (``None``: none).
    """

    measure: str
    units: Callable[[Sequence[Annotation], Matching], Iterable[tuple[int, list[str | None]]]]


# Scoring.


class Sets(NamedTuple):
    """A figure of a score: F1 of the items that gold and prediction both have."""

    measure: str
    label: str
    gold: set[Hashable]
    predicted: set[Hashable]


class Overlaps(NamedTuple):
    """A figure of a score: F1 of the items that overlap one on the other side; an item is its row and its spans."""

    measure: str
    gold: Sequence[tuple[str, tuple[tuple[int, int], ...]]]
    predicted: Sequence[tuple[str, tuple[tuple[int, int], ...]]]


class Mentions(NamedTuple):
    """The figures of a score of mentions (exact, partial, by type): for each row, its mentions on either side."""

    gold: Mapping[str, Sequence[Row]]
    predicted: Mapping[str, Sequence[Row]]


class Labels(NamedTuple):
    """The figures of a score of one label for each row: accuracy, and macro F1 over the labels in ``over``."""

    gold: Mapping[str, str]
    predicted: Mapping[str, str]
    over: tuple[str, ...]
    ignored: str


Comparison = Sets | Overlaps | Mentions | Labels


class Task(NamedTuple):
    """What a kind of prediction is scored against.

    ``family`` is the family of rows with the right answers.  ``expected(rows)`` gives the right answer for each id
    that must be answered, and ``compare(expected, answers, rows)`` what is compared with what.
    """

    family: str
    expected: Callable[[Sequence[Row]], Mapping[str, Any]]
    compare: Callable[[Mapping[str, Any], Mapping[str, Row], Sequence[Row]], Iterator[Comparison]]


# Drafts.


@dataclass
class Drafting:
    """What the draft of a layer is made from: the text, what rules find in it, and the layers drafted before.

    ``sentences`` are spans; ``mentions`` are ``(start, end, type)``; ``quotations`` have ``content``, ``cue``,
    ``source`` (spans) and ``speaker`` (a name).  ``clusters`` hands out clusters.
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

    def span(self, start: int, end: int) -> TextSpan:
        """The slice ``[start, end)`` of the text."""
        return TextSpan(start, end, self.text[start:end])


# Showing.


class Note(NamedTuple):
    """A line under a paragraph: what it is about, and pieces of text, each with the style it is shown in.

    A style is ``""``, ``dim``, ``bold``, ``italic``, or ``type:LABEL`` or ``stance:LABEL`` for the colour of a label.
    """

    label: str
    pieces: Sequence[tuple[str, str]]


# The layer.


@dataclass(frozen=True)
class Layer:
    """All that the package knows of a kind of annotation; the module docstring says what each part is."""

    name: str
    TITLE: str
    RECORD: type[Record]
    objects: Callable[[Document], list[Any]]
    ID: IdForm
    REFERENCES: Mapping[str, tuple[str, ...]]
    key: Callable[[Annotation, Any, Matching], tuple]
    MATCH_KEYS: Sequence[Callable[[Mapping[str, Any]], Hashable]]
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
    details: Callable[[Any], list[tuple[str, ...]]]
    #: Groups the records of several annotators that are about the same thing, for layers that others refer to.
    group: Callable[[Sequence[Annotation]], list[Group]] | None = None

    def __reduce__(self) -> tuple:
        # A document is pickled with its layers; a layer is the module of its name, wherever it is unpickled.
        return _unpickled, (self.name,)


def _unpickled(name: str) -> Layer:
    return layer_of(import_module(f"{__package__}.{name}"))


class LayerError(ZhengwenError):
    """A module is not a whole layer."""


def layer_of(module: ModuleType) -> Layer:
    """The layer that ``module`` states; raises :class:`LayerError`, which names every part that it lacks."""
    name = module.__name__.rpartition(".")[2]
    parts = [field.name for field in fields(Layer) if field.name not in ("name", "group")]
    if missing := [part for part in parts if not hasattr(module, part)]:
        raise LayerError(
            f"layers/{name}.py: the layer {name!r} lacks {', '.join(missing)}",
            fix="state them in the module; zhengwen.layers.base says what each part is",
        )
    return Layer(name, *(getattr(module, part) for part in parts), group=getattr(module, "group", None))
