"""One document: its editions, its layers, and the way from a span to its words in any edition.

Layers are stored as records that point into ``hans`` and name each other by ids (:mod:`zhengwen.records`).  Here they
are objects that hold each other: an entity knows its cluster and its sentence, a stance its holder and its unit.
"""

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from zhengwen import notebook
from zhengwen.conversion.convert import assert_shared, convert
from zhengwen.editions import EDITIONS, SCRIPTS
from zhengwen.errors import UnknownNameError
from zhengwen.records import Record
from zhengwen.restoration.restore import Restoration, restore
from zhengwen.schema import Schema
from zhengwen.seeds import Seed
from zhengwen.text import segment
from zhengwen.text.align import Alignment, Span

#: Received texts do not change, and to restore one takes a while.
restored = functools.lru_cache(maxsize=64)(restore)


@dataclass(frozen=True, eq=False)
class Passage:
    """A stretch of a document: ``[start, end)`` in code points of its Simplified text (``hans``)."""

    document: "Document" = field(repr=False)
    start: int
    end: int

    @property
    def text(self) -> str:
        """The words, in Simplified characters."""
        return self.document.text("hans")[self.start : self.end]

    def span_in(self, edition: str) -> Span:
        """Where this passage stands in ``edition``; raises :class:`UnknownNameError` when spans do not carry over.

        The span is ``exact`` unless it cuts through words that ``edition`` has others for, and was widened to them.
        """
        return self.document.alignment(edition).project((self.start, self.end))

    def text_in(self, edition: str) -> str:
        """The words of this passage in ``edition``."""
        span = self.span_in(edition)
        return self.document.text(edition)[span.start : span.end]

    def contains(self, other: "Passage") -> bool:
        """True when ``other`` lies in this passage."""
        return self.start <= other.start and other.end <= self.end


@dataclass(frozen=True, eq=False)
class Paragraph(Passage):
    """A line of the text; ``role`` is ``body``, ``heading``, ``caption`` or ``byline``."""

    id: str
    role: str


@dataclass(frozen=True, eq=False)
class Sentence(Passage):
    """A sentence; ``index`` is its place in the document, counted from 0."""

    id: str
    index: int
    paragraph: Paragraph

    def _repr_html_(self) -> str:
        return notebook.sentence_html(self)

    @functools.cached_property
    def tokens(self) -> list[Passage]:
        """The words; joined, they are the sentence.  They are cut in the Simplified text, for every edition."""
        words, start = [], self.start
        for word in segment.tokens(self.text):
            words.append(Passage(self.document, start, start + len(word)))
            start += len(word)
        return words

    def tokens_in(self, edition: str) -> list[str]:
        """The words as ``edition`` writes them; words that became other words together are one."""
        spans: list[list[int]] = []
        for token in self.tokens:
            start, end, _ = token.span_in(edition)
            if spans and start < spans[-1][1]:
                spans[-1][1] = max(end, spans[-1][1])
            else:
                spans.append([start, end])
        text = self.document.text(edition)
        return [text[start:end] for start, end in spans]

    @property
    def entities(self) -> list["Entity"]:
        """The mentions in this sentence."""
        return [entity for entity in self.document.entities if self.contains(entity)]


@dataclass(frozen=True, eq=False)
class Cluster:
    """A referent; ``named`` is false for one that the document gives no name (several respondents).

    ``wikidata`` is its id there where one is certain, and ``wikidata_basis`` says how that was verified.
    """

    document: "Document" = field(repr=False)
    id: str
    type: str
    name: str
    aliases: tuple[str, ...]
    named: bool
    wikidata: str | None
    wikidata_basis: str | None

    @property
    def mentions(self) -> list["Entity"]:
        """The mentions that refer to it."""
        return [entity for entity in self.document.entities if entity.cluster is self]

    def name_in(self, edition: str) -> str:
        """Its name as ``edition`` writes it."""
        return self._as_written(self.name, edition)

    def aliases_in(self, edition: str) -> list[str]:
        """Its other names as ``edition`` writes them."""
        return [self._as_written(alias, edition) for alias in self.aliases]

    def _as_written(self, name: str, edition: str) -> str:
        # A name is converted with the text around it: by itself it may come out otherwise.
        written = [mention for mention in self.mentions if mention.text == name]
        start = written[0].start if written else self.document.text("hans").find(name)
        if start < 0:  # the author of an article without a byline
            return convert(name, edition, "hans").text
        return Passage(self.document, start, start + len(name)).text_in(edition)


@dataclass(frozen=True, eq=False)
class Entity(Passage):
    """A named mention; ``cluster`` is what it refers to, ``None`` for dates, numbers and titles."""

    id: str
    type: str
    cluster: Cluster | None

    @property
    def sentence(self) -> Sentence:
        """The sentence that it stands in."""
        return self.document.sentence_of(self)


@dataclass(frozen=True, eq=False)
class Quote(Passage):
    """A quotation, from its first fragment to its last; ``cue`` and ``source`` are ``None`` when not expressed."""

    id: str
    kind: str
    content: tuple[Passage, ...]
    cue: Passage | None
    source: Passage | None
    speaker: Cluster
    implicit_source: bool

    def parts(self) -> list[tuple[str, int, Passage]]:
        """Every part as ``(content | cue | source, number of the fragment, passage)``, in the order of the text."""
        parts = [("content", number, passage) for number, passage in enumerate(self.content)]
        parts += [(name, 0, passage) for name, passage in (("cue", self.cue), ("source", self.source)) if passage]
        return sorted(parts, key=lambda part: part[2].start)


@dataclass(frozen=True, eq=False)
class Stance:
    """What a unit (a quotation, or a paragraph in the author's voice) says for or against a target."""

    document: "Document" = field(repr=False)
    id: str
    unit: Quote | Paragraph
    holder: Cluster
    target: str
    label: str
    evidence: Passage | None
    certainty: str


class Document:
    """A document: its texts by edition, what is known of where it comes from, and its layers of annotation.

    ``gold`` maps a layer to its records (:data:`zhengwen.records.LAYERS`), which must have passed the checks.
    """

    def __init__(
        self,
        id: str,
        provenance: Mapping[str, Any],
        texts: Mapping[str, str],
        alignments: Mapping[str, Alignment],
        gold: Mapping[str, list[Record]],
    ):
        self.id = id
        self.provenance = provenance
        self._texts = texts
        self._alignments = alignments
        self.gold = gold

    @classmethod
    def from_seed(cls, seed: Seed, schema: Schema) -> "Document":
        """The document that ``seed`` states; the other editions are made here.

        Names (mentions of the types that ``schema`` calls protected) keep their wording in every edition.  Raises
        :class:`~zhengwen.conversion.convert.OffsetsNotSharedError` when an edition does not keep the offsets it should.
        """
        types = schema.labels["entity_types"]
        names = [
            (one.start, one.end) for one in seed.gold["entities"] if one.type in types and types[one.type].protected
        ]
        texts = {
            "hans": seed.text,
            "restored": seed.restored,
            "received": seed.received,
        }
        alignments = {}
        for script in SCRIPTS:
            if script != "hans":
                made = convert(seed.text, script, "hans", names, seed.overrides(script))
                texts[script] = made.text
                if EDITIONS[script].offsets == "shared":
                    assert_shared(made, script)
                else:
                    alignments[script] = made.alignment
        # What was restored automatically leads from the received text to the established one.
        automatic = restored(seed.received)
        established = Alignment.between(automatic.text, texts["restored"])
        alignments["received"] = automatic.alignment.compose(established).invert()
        return cls(seed.id, seed.provenance, texts, alignments, seed.gold)

    def __repr__(self) -> str:
        return f"Document({self.id!r}, {len(self._texts['hans'])} characters)"

    def _repr_html_(self) -> str:
        return notebook.document_html(self)

    def to_pandas(self, layer: str, edition: str = "hans"):
        """One layer as a ``pandas.DataFrame``, a record a row; words and offsets are those of ``edition``.

        ``layer`` is ``paragraphs``, ``sentences``, ``entities``, ``clusters``, ``quotes`` or ``stances``.
        """
        return notebook.frame(self, layer, edition)

    @property
    def editions(self) -> list[str]:
        """The names of the editions that :meth:`text` knows."""
        return list(self._texts)

    def text(self, edition: str = "hans") -> str:
        """The whole text in ``edition``; raises :class:`UnknownNameError`, which lists the editions."""
        if edition not in self._texts:
            raise UnknownNameError("edition", edition, self._texts)
        return self._texts[edition]

    def alignment(self, edition: str) -> Alignment:
        """The alignment of ``hans`` with ``edition``; raises :class:`UnknownNameError` where there is none."""
        made = EDITIONS.get(edition)
        if made and made.offsets in ("base", "shared"):
            return Alignment.identity(len(self.text("hans")))
        if edition not in self._alignments:
            known = [name for name, made in EDITIONS.items() if made.offsets in ("base", "shared")]
            raise UnknownNameError("edition to carry a span over to", edition, [*known, *self._alignments])
        return self._alignments[edition]

    @property
    def restoration(self) -> Restoration:
        """What :func:`zhengwen.restore` makes of the received text, and why."""
        return restored(self.text("received"))

    @property
    def alignments(self) -> Mapping[str, Alignment]:
        """The alignments of the Simplified text with the editions that do not share its offsets."""
        return self._alignments

    def passage(self, start: int, end: int) -> Passage:
        """The stretch ``[start, end)`` of the Simplified text."""
        return Passage(self, start, end)

    @functools.cached_property
    def paragraphs(self) -> list[Paragraph]:
        """The paragraphs, computed from the text."""
        return [
            Paragraph(self, found.start, found.end, paragraph_id(self.id, number), found.role)
            for number, found in enumerate(segment.paragraphs(self.text("hans")), start=1)
        ]

    @functools.cached_property
    def sentences(self) -> list[Sentence]:
        """The sentences, in the order of the text."""
        return [
            Sentence(self, record.start, record.end, record.id, index, _around(self.paragraphs, record.start))
            for index, record in enumerate(self.gold["sentences"])
        ]

    @functools.cached_property
    def clusters(self) -> list[Cluster]:
        """Who and what the document speaks of."""
        return [Cluster(self, **vars(record)) for record in self.gold["clusters"]]

    @functools.cached_property
    def entities(self) -> list[Entity]:
        """The named mentions, in the order of the text, an outer one before those in it."""
        return [
            Entity(self, record.start, record.end, record.id, record.type, self._cluster(record.cluster))
            for record in self.gold["entities"]
        ]

    @functools.cached_property
    def quotes(self) -> list[Quote]:
        """The quotations, in the order of the text."""
        return [
            Quote(
                self,
                *record.hull,
                record.id,
                record.kind,
                tuple(self._passage(fragment) for fragment in record.content),
                self._passage(record.cue),
                self._passage(record.source),
                self._cluster(record.speaker),
                record.implicit_source,
            )
            for record in self.gold["quotes"]
        ]

    @functools.cached_property
    def stances(self) -> list[Stance]:
        """The whole grid: every unit times every target."""
        units = {unit.id: unit for unit in (*self.quotes, *self.paragraphs)}
        return [
            Stance(
                self,
                record.id,
                units[record.unit],
                self._cluster(record.holder),
                record.target,
                record.label,
                self._passage(record.evidence),
                record.certainty,
            )
            for record in self.gold["stances"]
        ]

    @functools.cached_property
    def author_paragraphs(self) -> list[Paragraph]:
        """The paragraphs in the author's voice: running text with a sentence that no part of a quotation touches."""
        parts = [passage for quote in self.quotes for _, _, passage in quote.parts()]
        own = {
            sentence.paragraph.id
            for sentence in self.sentences
            if not any(part.start < sentence.end and sentence.start < part.end for part in parts)
        }
        return [paragraph for paragraph in self.paragraphs if paragraph.role == "body" and paragraph.id in own]

    def sentence_of(self, passage: Passage) -> Sentence:
        """The sentence in which ``passage`` begins; raises ``ValueError`` when it begins in none."""
        return _around(self.sentences, passage.start)

    def paragraphs_of(self, *passages: Passage) -> Passage:
        """From the paragraph in which the first of ``passages`` begins to the one in which the last ends."""
        first = _around(self.paragraphs, min(passage.start for passage in passages))
        last = _around(self.paragraphs, max(passage.end for passage in passages) - 1)
        return Passage(self, first.start, last.end)

    def _cluster(self, id: str | None) -> Cluster | None:
        return None if id is None else next(cluster for cluster in self.clusters if cluster.id == id)

    def _passage(self, span) -> Passage | None:
        return None if span is None else Passage(self, span.start, span.end)


def paragraph_id(doc_id: str, number: int) -> str:
    """The id of the ``number``-th paragraph, counted from 1."""
    return f"{doc_id}.p{number:02d}"


def _around(passages, offset: int):
    for passage in passages:
        if passage.start <= offset < passage.end:
            return passage
    raise ValueError(f"nothing is at {offset}: it is between two lines, or outside the text")
