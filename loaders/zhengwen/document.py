"""One document: its texts in every edition, and its layers of annotation as linked objects.

Everything that points into a document points into its base edition, mostly ``hans``.  A :class:`Passage` is a stretch
of it that knows its offsets and words in every other edition.  Sentences, mentions and quotations are passages;
clusters and stances hold some.
"""

import functools
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from zhengwen.editions import EDITIONS, edition_name
from zhengwen.errors import UnknownNameError
from zhengwen.records import Record, TextSpan
from zhengwen.text import segment
from zhengwen.text.align import Alignment, Span

#: How many folds there are for cross-validation.
FOLDS = 5


class DocumentLayer(Protocol):
    """The part of :class:`zhengwen.layers.base.Layer` that is used through a document."""

    name: str
    TITLE: str
    in_sentence: Callable[[Any, str], list[dict[str, Any]]] | None

    def objects(self, document: "Document") -> list[Any]:
        """The records of the layer in ``document``, as objects."""

    def table(self, document: "Document", edition: str) -> list[dict[str, Any]]:
        """The objects of the layer as flat rows, with the words and offsets of ``edition``."""


class ShownInNotebooks:
    """Something that a notebook shows as HTML, once :mod:`zhengwen.notebook` has set ``to_html``."""

    to_html: ClassVar[Callable[[Any], str] | None] = None

    def _repr_html_(self) -> str | None:
        return type(self).to_html(self) if type(self).to_html else None


@dataclass(frozen=True, eq=False)
class Passage:
    """A stretch of a document: ``[start, end)`` in code points of its base edition."""

    document: "Document" = field(repr=False)
    start: int
    end: int

    @property
    def text(self) -> str:
        """The words, in the base edition."""
        return self.document.text()[self.start : self.end]

    def span_in(self, edition: str) -> Span:
        """The span of this passage in ``edition``; raises :class:`UnknownNameError` if there is no alignment with it.

        The span is ``exact`` unless the passage cuts through words that ``edition`` replaces with others; then the span
        covers all of them.
        """
        return self.document.alignment(edition).project((self.start, self.end))

    def text_in(self, edition: str) -> str:
        """The words of this passage in ``edition``."""
        span = self.span_in(edition)
        return self.document.text(edition)[span.start : span.end]

    def contains(self, other: "Passage") -> bool:
        """True when ``other`` lies within this passage."""
        return self.start <= other.start and other.end <= self.end

    def touches(self, other: "Passage") -> bool:
        """True when the two have a character in common."""
        return self.start < other.end and other.start < self.end

    def part_within(self, other: "Passage") -> "Passage | None":
        """The part of this passage that lies within ``other``; ``None`` if there is none."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return self.document.passage(start, end) if start < end else None


@dataclass(frozen=True, eq=False)
class Paragraph(Passage):
    """A line of the text that is not blank; ``role`` is ``body``, ``heading``, ``caption`` or ``byline``."""

    id: str
    role: str


class Document(ShownInNotebooks):
    """A document: its texts by edition, its provenance, and its layers of annotation.

    ``base`` is the edition that annotation points into; ``alignments`` maps each edition that does not share its
    offsets to its alignment with it.  ``gold`` maps each layer to its records, which must have passed the checks;
    ``layers`` are the layers that the corpus has, of :data:`zhengwen.layers.LAYERS`.  The objects of each are in the
    attribute with its name: ``document.sentences``, ``document.entities``, ``document.clusters``, ``document.quotes``,
    ``document.stances``.
    """

    def __init__(
        self,
        id: str,
        provenance: Mapping[str, Any],
        texts: Mapping[str, str],
        alignments: Mapping[str, Alignment],
        gold: Mapping[str, list[Record]],
        layers: Mapping[str, DocumentLayer],
        base: str,
    ):
        self.id = id
        self.base = base
        self.provenance = provenance
        self.gold = gold
        self._texts = texts
        self._alignments = alignments
        self.layers = layers
        self._objects: dict[str, list[Any]] = {}
        self._by_id: dict[str, dict[str, Any]] = {}

    def __repr__(self) -> str:
        return f"Document({self.id!r}, {len(self.text())} characters)"

    @property
    def editions(self) -> list[str]:
        """The names of the editions that this document has."""
        return list(self._texts)

    def text(self, edition: str | None = None) -> str:
        """The whole text in ``edition``, by default the base; raises :class:`UnknownNameError`, which lists them."""
        edition = self.base if edition is None else edition
        if edition not in self._texts:
            edition = edition_name(edition, self._texts)
        return self._texts[edition]

    def alignment(self, edition: str) -> Alignment:
        """The alignment of the base with ``edition``; raises :class:`UnknownNameError` where there is none."""
        if edition not in EDITIONS:
            edition = edition_name(edition, self._texts, "edition to carry a span over to")
        if edition in self._alignments:
            return self._alignments[edition]
        if edition in self._texts:
            return Alignment.identity(len(self.text()))
        raise UnknownNameError("edition to carry a span over to", edition, self._texts)

    @property
    def alignments(self) -> Mapping[str, Alignment]:
        """The alignments of the base with the editions that do not share its offsets, by edition."""
        return self._alignments

    def passage(self, start: int, end: int) -> Passage:
        """The stretch ``[start, end)`` of the base edition."""
        return Passage(self, start, end)

    def passage_of(self, span: TextSpan | None) -> Passage | None:
        """The passage of a span of a record; ``None`` for no span."""
        return None if span is None else Passage(self, span.start, span.end)

    @functools.cached_property
    def paragraphs(self) -> list[Paragraph]:
        """The paragraphs, computed from the text."""
        return [
            Paragraph(self, paragraph.start, paragraph.end, paragraph_id(self.id, number), paragraph.role)
            for number, paragraph in enumerate(segment.paragraphs(self.text()), start=1)
        ]

    @functools.cached_property
    def folds(self) -> Mapping[str, int]:
        """The suggested fold for cross-validation, from 0 to ``FOLDS - 1``, of each paragraph by its id.

        Paragraphs that a quotation joins are dealt out together, the longest first, each to the fold that has the
        fewest characters so far (of equal ones, the next in a circle that begins at a fold given by the id of the
        document, so that many short documents fill all folds).  So nothing that is annotated is in two folds, and a
        change of labels moves nothing.
        """
        quoted = [self.paragraphs_of(*(part for _, _, part in quote.parts())) for quote in self.objects("quotes")]
        blocks: list[list[Paragraph]] = []
        for paragraph in self.paragraphs:
            if blocks and any(stretch.contains(blocks[-1][-1]) and stretch.contains(paragraph) for stretch in quoted):
                blocks[-1].append(paragraph)
            else:
                blocks.append([paragraph])
        characters = [0] * FOLDS
        first = int(hashlib.sha256(self.id.encode("utf-8")).hexdigest(), 16)
        folds = {}
        for block in sorted(blocks, key=lambda block: -_characters(block)):
            fold = min(range(FOLDS), key=lambda fold: (characters[fold], (fold - first) % FOLDS))
            characters[fold] += _characters(block)
            folds |= {paragraph.id: fold for paragraph in block}
        return {paragraph.id: folds[paragraph.id] for paragraph in self.paragraphs}

    def fold_of(self, passage: Passage) -> int:
        """The suggested fold for cross-validation of ``passage``, which lies in one paragraph or in one quotation."""
        return self.folds[passage_at(self.paragraphs, passage.start).id]

    def layer(self, name: str) -> list[Any]:
        """The objects of a layer; raises :class:`UnknownNameError`, which lists the layers.

        >>> from zhengwen import Corpus
        >>> document = next(iter(Corpus.open()))
        >>> document.layer("entities") is document.entities
        True
        """
        if name not in self.layers:
            raise UnknownNameError("layer", name, self.layers)
        if name not in self._objects:
            self._objects[name] = self.layers[name].objects(self)
        return self._objects[name]

    def objects(self, name: str) -> list[Any]:
        """The objects of a layer; empty if the corpus does not have it."""
        return self.layer(name) if name in self.layers else []

    def __getattr__(self, name: str) -> list[Any]:
        # While a document is copied or unpickled, __init__ has not run, and there is no attribute `layers`.
        if name != "layers" and name in self.layers:
            return self.layer(name)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self.layers]

    def object_with_id(self, layer: str, id: str | None) -> Any:
        """The object of ``layer`` with this id, or ``None`` for ``None``; raises ``KeyError`` for an unknown id."""
        if id is None:
            return None
        if layer not in self._by_id:
            self._by_id[layer] = {item.id: item for item in self.layer(layer)}
        return self._by_id[layer][id]

    def to_pandas(self, layer: str, edition: str | None = None):
        """One layer as a ``pandas.DataFrame``, one row per object, with the words of ``edition`` (by default the base).

        ``layer`` is the name of a layer, or ``paragraphs``.  Raises :class:`UnknownNameError`, which lists them.
        """
        import pandas  # takes half a second, and nothing else here needs it

        edition = self.base if edition is None else edition

        if layer == "paragraphs":
            rows = [{"id": item.id, "role": item.role, **placed(item, edition)} for item in self.paragraphs]
        elif layer in self.layers:
            rows = self.layers[layer].table(self, edition)
        else:
            raise UnknownNameError("layer", layer, ["paragraphs", *self.layers])
        return pandas.DataFrame(rows).set_index("id")

    def paragraphs_of(self, *passages: Passage) -> Passage:
        """The passage from the first to the last of the paragraphs that ``passages`` touch."""
        first = passage_at(self.paragraphs, min(passage.start for passage in passages))
        last = passage_at(self.paragraphs, max(passage.end for passage in passages) - 1)
        return Passage(self, first.start, last.end)

    def sentence_of(self, passage: Passage) -> Any:
        """The sentence in which ``passage`` begins; raises ``ValueError`` if it begins in none."""
        return passage_at(self.layer("sentences"), passage.start)


def _characters(passages: Sequence[Passage]) -> int:
    return sum(passage.end - passage.start for passage in passages)


def paragraph_id(doc_id: str, number: int) -> str:
    """The id of the ``number``-th paragraph, counted from 1."""
    return f"{doc_id}.p{number:02d}"


def passage_at(passages: Sequence[Passage], offset: int) -> Any:
    """The first of ``passages`` that contains ``offset``; raises ``ValueError`` if none does."""
    for passage in passages:
        if passage.start <= offset < passage.end:
            return passage
    raise ValueError(f"nothing is at offset {offset}: it is between two lines, or outside the text")


def placed(passage: Passage, edition: str) -> dict[str, Any]:
    """The offsets and the words of ``passage`` in ``edition``, as columns of a row."""
    start, end, _ = passage.span_in(edition)
    return {"start": start, "end": end, "text": passage.text_in(edition)}


def words_in(passage: Passage | None, edition: str) -> str | None:
    """The words of ``passage`` in ``edition``; ``None`` for no passage."""
    return None if passage is None else passage.text_in(edition)
