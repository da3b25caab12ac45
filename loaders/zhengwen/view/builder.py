"""Makes the model of a page from a document; every span is projected by the document's own alignments."""

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from zhengwen.assembly import restoration_of
from zhengwen.conversion.convert import convert
from zhengwen.document import Document, Paragraph, Passage
from zhengwen.layers.clusters import Cluster
from zhengwen.layers.entities import Entity
from zhengwen.layers.quotes import Quote
from zhengwen.layers.sentences import Sentence
from zhengwen.layers.stances import Stance
from zhengwen.rows import rows
from zhengwen.schema import Schema
from zhengwen.view.model import (
    ClusterEntry,
    Damage,
    DamagedPlace,
    Form,
    Holder,
    Lane,
    Occurrence,
    PageModel,
    ParagraphBlock,
    ParagraphText,
    Piece,
    QuoteNote,
    QuotePart,
    SentenceText,
    StanceNote,
    Target,
    Words,
    language,
    type_marks,
    views_of,
)
from zhengwen.view.segments import Mark, Segment, segments

#: How many characters the index shows on each side of a mention.
_CONTEXT = 8
#: How many characters of the beginning of a quotation are shown in notes and index.
_OPENING = 18
#: The number of candidates in a row of the config ``restoration`` if there are more than its column can count.
_UNCOUNTED = 2**31 - 1


def page_model(document: Document, schema: Schema, corpus: str) -> PageModel:
    """The model of the page of ``document``, with the labels and targets of ``schema``; ``corpus`` is its title."""
    return _Builder(document, schema).page(corpus)


def short(id: str) -> str:
    """The last part of an id, which is unique within its document.

    >>> short("my-article.s012")
    's012'
    """
    return id.rpartition(".")[2]


class _Builder:
    def __init__(self, document: Document, schema: Schema):
        self.document = document
        self.schema = schema
        self.views = views_of(document.editions, document.base)
        #: The editions that notes and index are written in, each with the keys of the views that show it.
        self.written = {
            edition: tuple(view.key for view in self.views if view.notes == edition)
            for edition in dict.fromkeys(view.notes for view in self.views)
        }
        types = {key: label.definition for key, label in schema.labels.get("entity_types", {}).items()}
        self.types = type_marks(types, Counter(entity.type for entity in document.objects("entities")))
        targets = schema.labels["targets"] if "stances" in document.layers else {}
        self.targets = {key: f"t{number}" for number, key in enumerate(targets)}
        self.target_names = {key: self._name_of_target(label.name) for key, label in targets.items()}
        self.quotes: list[Quote] = document.objects("quotes")
        #: The stances that are not ``none``.
        self.stances: list[Stance] = [stance for stance in document.objects("stances") if stance.evidence]
        self.damage_rows: list[dict] = []
        self.damage_spans: dict[str, list[tuple[int, int]]] = {}
        if "received" in document.editions:
            self.damage_rows = list(rows(schema.config("restoration"), [document], schema))
            from_received = document.alignment("received").invert()
            # The spans of the damaged places in the received text, and in the restored one (same offsets as the base).
            spans = [(row["start"], row["end"]) for row in self.damage_rows]
            self.damage_spans["received"] = spans
            self.damage_spans["restored"] = [from_received.project(span)[:2] for span in spans]

    def page(self, corpus: str) -> PageModel:
        document = self.document
        # In the order of the switch, so that who reads the page without its style sheet finds the base first.
        in_order = dict.fromkeys(edition for view in self.views for edition in view.editions)
        texts = {edition: self._texts(edition) for edition in in_order}
        return PageModel(
            id=document.id,
            corpus=corpus,
            language=language("received" if self.damage_spans else document.base),
            base=document.base,
            views=self.views,
            layers=tuple(document.layers),
            provenance=document.provenance,
            types=tuple(self.types.values()),
            targets=tuple(self._targets()),
            paragraphs=tuple(
                ParagraphBlock(
                    short(paragraph.id),
                    paragraph.role,
                    tuple(of_edition[number] for of_edition in texts.values()),
                    tuple(
                        self._quote(quote) for quote in self.quotes if paragraph.start <= quote.start < paragraph.end
                    ),
                    tuple(self._stance(stance) for stance in self.stances if stance.unit is paragraph),
                    tuple(self._damaged_places(paragraph)),
                )
                for number, paragraph in enumerate(document.paragraphs)
            ),
            clusters=tuple(self._cluster(cluster) for cluster in document.objects("clusters")),
            holders=tuple(self._holders()),
            damage=self._damage() if self.damage_spans else None,
            counts=self._counts(),
            kinds=self._labels("quotes", "quote_kinds", "kind"),
            labels=self._labels("stances", "stance_labels", "label"),
        )

    def _counts(self) -> dict[str, int]:
        document = self.document
        counts = {"characters": len(document.text()), "paragraphs": len(document.paragraphs)}
        for name, layer in document.layers.items():
            # Most cells of the grid are `none`, which is shown as no stance.
            counts["cells of the stance grid" if name == "stances" else layer.TITLE] = len(document.layer(name))
        return counts | ({"damaged places": len(self.damage_rows)} if self.damage_spans else {})

    def _labels(self, layer: str, inventory: str, field: str) -> dict[str, int]:
        """How often each label of ``inventory`` is in ``field`` of the objects of ``layer``; empty without it."""
        if layer not in self.document.layers:
            return {}
        counts = Counter(getattr(item, field) for item in self.document.layer(layer))
        return {label: counts[label] for label in self.schema.labels[inventory]}

    # The text

    def _texts(self, edition: str) -> list[ParagraphText]:
        marks = sorted(self._marks(edition), key=lambda mark: (mark.start, -mark.end))
        whole = self.document.text(edition)
        by_paragraph: dict[str, list[Sentence]] = {}
        for sentence in self.document.objects("sentences"):
            by_paragraph.setdefault(sentence.paragraph.id, []).append(sentence)
        texts = []
        for paragraph in self.document.paragraphs:
            start, end, _ = paragraph.span_in(edition)
            # Characters that the damage put at the edge of a paragraph are outside every span, but must be shown.
            start = whole.rfind("\n", 0, start) + 1
            end = whole.find("\n", end) if "\n" in whole[end:] else len(whole)
            sentences = by_paragraph.get(paragraph.id, [])
            edges = [start, *(sentence.span_in(edition).start for sentence in sentences[1:]), end]
            sentence_texts = (
                SentenceText(short(sentence.id), tuple(self._pieces(whole, first, last, marks, last == end)))
                for sentence, (first, last) in zip(sentences, itertools.pairwise(edges), strict=True)
            )
            texts.append(ParagraphText(edition, language(edition), tuple(sentence_texts)))
        return texts

    def _marks(self, edition: str) -> Iterator[Mark]:
        for entity in self.document.objects("entities"):
            yield Mark(*entity.span_in(edition)[:2], entity)
        for stance in self.stances:
            yield Mark(*stance.evidence.span_in(edition)[:2], stance)
        for quote in self.quotes:
            for name, number, passage in quote.parts():
                yield Mark(*passage.span_in(edition)[:2], _Part(name, number, quote))
        if edition in self.damage_spans:
            for row, span in zip(self.damage_rows, self.damage_spans[edition], strict=True):
                yield Mark(*span, row)

    def _pieces(self, whole: str, start: int, end: int, marks: list[Mark], is_last: bool) -> Iterator[Piece]:
        # An empty mark between two sentences of a paragraph belongs to the second one.
        inside = [mark for mark in marks if is_last or mark.start < end]
        for segment in segments(start, end, inside):
            yield self._piece(whole[segment.start : segment.end], segment)

    def _piece(self, text: str, segment: Segment) -> Piece:
        # The items of marks, by their type; that of a damaged place is its row, a dict.
        covering: dict[type, list] = {Entity: [], Stance: [], _Part: [], dict: []}
        opening: dict[type, list] = {Entity: [], Stance: [], _Part: [], dict: []}
        for mark in segment.marks:
            covering[type(mark.item)].append(mark.item)
            if mark.start == segment.start:
                opening[type(mark.item)].append(mark.item)
        clusters = [short(entity.cluster.id) for entity in covering[Entity] if entity.cluster]
        damaged_places = [short(row["id"]) for row in covering[dict]]
        return Piece(
            text=text,
            link=next(iter((*reversed(damaged_places), *reversed(clusters))), None),
            lanes=tuple(
                Lane(self.types[entity.type], depth, entity in opening[Entity])
                for depth, entity in enumerate(covering[Entity])
            ),
            clusters=_unique(clusters),
            parts=tuple(QuotePart(short(part.quote.id), part.name) for part in covering[_Part]),
            speakers=_unique(short(part.quote.speaker.id) for part in covering[_Part] if part.name == "content"),
            stances=_unique(short(stance.id) for stance in covering[Stance]),
            labels=_unique(stance.label for stance in covering[Stance]),
            targets=_unique(self.targets[stance.target] for stance in covering[Stance]),
            damaged_places=_unique(damaged_places),
            rules=_unique(row["rule"] for row in covering[dict]),
            quote_opens=_unique(
                short(part.quote.id) for part in opening[_Part] if part.name == "content" and part.number == 0
            ),
            stance_opens=_unique(stance.label for stance in opening[Stance]),
        )

    # The notes and the index

    def _quote(self, quote: Quote) -> QuoteNote:
        opening = self.document.passage(quote.start, min(quote.end, quote.start + _OPENING))
        return QuoteNote(
            short(quote.id),
            quote.kind,
            short(quote.speaker.id),
            self._name(quote.speaker),
            quote.implicit_source,
            short(self.document.sentence_of(quote).id),
            self._words(opening, "…" if opening.end < quote.end else ""),
            tuple(self._stance(stance) for stance in self.stances if stance.unit is quote),
        )

    def _stance(self, stance: Stance) -> StanceNote:
        return StanceNote(
            short(stance.id),
            short(stance.holder.id),
            self._name(stance.holder),
            self.targets[stance.target],
            self.target_names[stance.target],
            stance.label,
            stance.certainty,
            short(self.document.sentence_of(stance.evidence).id),
            self._words(stance.evidence),
        )

    def _cluster(self, cluster: Cluster) -> ClusterEntry:
        return ClusterEntry(
            short(cluster.id),
            self.types[cluster.type],
            self._name(cluster),
            tuple(
                self._forms(lambda edition, number=number: cluster.aliases_in(edition)[number])
                for number in range(len(cluster.aliases))
            ),
            cluster.named,
            tuple(self._occurrence(mention) for mention in cluster.mentions),
            tuple(self._quote(quote) for quote in self.quotes if quote.speaker is cluster),
            tuple(self._stance(stance) for stance in self.stances if stance.holder is cluster),
        )

    def _occurrence(self, mention: Entity) -> Occurrence:
        sentence = mention.sentence
        before = self.document.passage(max(sentence.start, mention.start - _CONTEXT), mention.start)
        after = self.document.passage(mention.end, min(sentence.end, mention.end + _CONTEXT))
        return Occurrence(short(sentence.id), self._words(before), self._words(mention), self._words(after))

    def _targets(self) -> Iterator[Target]:
        for key, label in self.schema.labels["targets"].items() if self.targets else ():
            counts = Counter(stance.label for stance in self.document.objects("stances") if stance.target == key)
            yield Target(self.targets[key], self.target_names[key], label.definition, counts)

    def _holders(self) -> Iterator[Holder]:
        counts = Counter(stance.holder.id for stance in self.stances)
        holders = {stance.holder.id: stance.holder for stance in self.document.objects("stances")}
        for holder in sorted(holders.values(), key=lambda holder: -counts[holder.id]):
            own = [stance for stance in self.stances if stance.holder is holder]
            cells = tuple(
                tuple(self._stance(stance) for stance in own if stance.target == target) for target in self.targets
            )
            yield Holder(short(holder.id), self._name(holder), cells)

    # Words in every edition that notes are written in

    def _words(self, passage: Passage, suffix: str = "") -> Words:
        """The words of ``passage``, each followed by ``suffix``."""
        return self._forms(lambda edition: passage.text_in(edition) + suffix)

    def _name(self, cluster: Cluster) -> Words:
        return self._forms(cluster.name_in)

    def _name_of_target(self, name: str) -> Words:
        return self._forms(lambda edition: convert(name, edition, self.document.base).text)

    def _forms(self, text_in: Callable[[str], str]) -> Words:
        return tuple(Form(views, language(edition), text_in(edition)) for edition, views in self.written.items())

    # The damage

    def _damaged_places(self, paragraph: Paragraph) -> Iterator[DamagedPlace]:
        for row, (start, _) in zip(self.damage_rows, self.damage_spans.get("restored", []), strict=True):
            # A place at the end of a line has the offset of the newline, which is the end of the paragraph.
            if paragraph.start <= start <= paragraph.end:
                in_sentence = self.document.passage(min(start, paragraph.end - 1), start + 1)
                yield DamagedPlace(
                    short(row["id"]),
                    short(self.document.sentence_of(in_sentence).id),
                    row["rule"],
                    row["received"],
                    row["restored"],
                    row["established"],
                    " ".join(_gbk_characters(row["bytes"])),
                    "many" if row["readings"] == _UNCOUNTED else str(row["readings"]),
                    row["margin"],
                )

    def _damage(self) -> Damage:
        received = self.document.text("received")
        restoration = restoration_of(received)
        rules = Counter(row["rule"] for row in self.damage_rows)
        return Damage(
            restoration.verified,
            tuple(received[start:end] for start, end in restoration.unexplained),
            len(restoration.policy.glosses),
            tuple(restoration.policy.delimiters.items()),
            {rule: rules[rule] for rule in self.schema.labels["restoration_rules"]},
            sum(row["restored"] != row["established"] for row in self.damage_rows),
        )


class _Part(NamedTuple):
    """A part of ``quote``: ``content``, ``cue`` or ``source``, and the number of the fragment (content only)."""

    name: str
    number: int
    quote: Quote


def _unique(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


def _gbk_characters(data: str) -> list[str]:
    """GBK bytes in hexadecimal, divided into characters: one byte below 0x80, otherwise two.

    >>> _gbk_characters("C4A341BBAF")
    ['C4A3', '41', 'BBAF']
    """
    characters, offset = [], 0
    while offset < len(data):
        width = 2 if data[offset] < "8" else 4
        characters.append(data[offset : offset + width])
        offset += width
    return characters
