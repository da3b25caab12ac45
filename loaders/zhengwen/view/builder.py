"""Makes the model of a page from a document: every span goes through the document's own alignments."""

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from zhengwen.conversion.convert import convert
from zhengwen.document import Cluster, Document, Entity, Paragraph, Passage, Quote, Sentence, Stance
from zhengwen.editions import SCRIPTS
from zhengwen.release.rows import rows
from zhengwen.schema import Schema
from zhengwen.view.model import (
    VIEWS,
    ClusterEntry,
    Damage,
    Form,
    Holder,
    Lane,
    PageModel,
    ParagraphBlock,
    Piece,
    Place,
    QuoteNote,
    QuotePart,
    SentenceText,
    Site,
    StanceNote,
    Target,
    Text,
    Words,
    language,
    type_mark,
)
from zhengwen.view.segments import Mark, Segment, segments

#: How many characters around a mention the index shows, and of a quotation's beginning the notes.
_AROUND, _OPENING = 8, 18
#: What a row of ``restoration`` says when more readings fit than it can count.
_UNCOUNTED = 2**31 - 1
#: In which views words are shown as a script has them: where the damage is looked at, as ``hant`` has them.
_VIEWS_OF = {
    script: tuple(view.key for view in VIEWS if view.key == script or (script == "hant" and view.key not in SCRIPTS))
    for script in SCRIPTS
}


def page_model(document: Document, schema: Schema) -> PageModel:
    """What the page of ``document`` shows; labels and targets are those of ``schema``."""
    return _Builder(document, schema).page()


def short(id: str) -> str:
    """The end of an id, which is one of a kind in its document.

    >>> short("shangyou-2025-deepseek.s012")
    's012'
    """
    return id.rpartition(".")[2]


class _Builder:
    def __init__(self, document: Document, schema: Schema):
        self.document = document
        self.schema = schema
        counts = Counter(entity.type for entity in document.entities)
        self.types = {
            key: type_mark(number, label.key, label.definition, counts[key])
            for number, (key, label) in enumerate(schema.labels["entity_types"].items())
        }
        self.targets = {key: f"t{number}" for number, key in enumerate(schema.labels["targets"])}
        self.target_names = {
            key: _forms({script: convert(label.name, script, "hans").text for script in SCRIPTS})
            for key, label in schema.labels["targets"].items()
        }
        self.taken = [stance for stance in document.stances if stance.evidence]
        self.sites = list(rows(schema.config("restoration"), [document], schema))
        # The restored edition shares the offsets of the Simplified text.
        back = document.alignment("received").invert()
        self.site_spans = {
            "received": [(row["start"], row["end"]) for row in self.sites],
            "restored": [back.project((row["start"], row["end"]))[:2] for row in self.sites],
        }

    def page(self) -> PageModel:
        document = self.document
        texts = {edition: self._texts(edition) for edition in document.editions}
        return PageModel(
            id=document.id,
            provenance=document.provenance,
            types=tuple(self.types.values()),
            targets=tuple(self._targets()),
            paragraphs=tuple(
                ParagraphBlock(
                    short(paragraph.id),
                    paragraph.role,
                    tuple(texts[edition][number] for edition in document.editions),
                    tuple(
                        self._quote(quote)
                        for quote in document.quotes
                        if paragraph.start <= quote.start < paragraph.end
                    ),
                    tuple(self._stance(stance) for stance in self.taken if stance.unit is paragraph),
                    tuple(self._sites_of(paragraph)),
                )
                for number, paragraph in enumerate(document.paragraphs)
            ),
            clusters=tuple(self._cluster(cluster) for cluster in document.clusters),
            holders=tuple(self._holders()),
            damage=self._damage(),
            counts={
                "characters": len(document.text("hans")),
                "paragraphs": len(document.paragraphs),
                "sentences": len(document.sentences),
                "mentions": len(document.entities),
                "referents": len(document.clusters),
                "quotations": len(document.quotes),
                "cells of the stance grid": len(document.stances),
                "damaged places": len(self.sites),
            },
            kinds={
                kind: sum(quote.kind == kind for quote in document.quotes) for kind in self.schema.labels["quote_kinds"]
            },
            labels={
                label: sum(stance.label == label for stance in document.stances)
                for label in self.schema.labels["stance_labels"]
            },
        )

    # The text

    def _texts(self, edition: str) -> list[Text]:
        marks = sorted(self._marks(edition), key=lambda mark: (mark.start, -mark.end))
        whole = self.document.text(edition)
        by_paragraph: dict[str, list[Sentence]] = {}
        for sentence in self.document.sentences:
            by_paragraph.setdefault(sentence.paragraph.id, []).append(sentence)
        found = []
        for paragraph in self.document.paragraphs:
            start, end, _ = paragraph.span_in(edition)
            # What the damage put at an edge of a paragraph is outside of every span, and is to be seen all the same.
            start = whole.rfind("\n", 0, start) + 1
            end = whole.find("\n", end) if "\n" in whole[end:] else len(whole)
            parts = by_paragraph.get(paragraph.id, [])
            edges = [start, *(sentence.span_in(edition).start for sentence in parts[1:]), end]
            sentences = [
                SentenceText(
                    short(sentence.id),
                    tuple(self._pieces(whole, first, last, marks, last == end)),
                )
                for sentence, (first, last) in zip(parts, itertools.pairwise(edges), strict=True)
            ]
            found.append(Text(edition, language(edition), tuple(sentences)))
        return found

    def _marks(self, edition: str) -> Iterator[Mark]:
        for entity in self.document.entities:
            yield Mark(*entity.span_in(edition)[:2], entity)
        for stance in self.taken:
            yield Mark(*stance.evidence.span_in(edition)[:2], stance)
        for quote in self.document.quotes:
            for name, number, passage in quote.parts():
                yield Mark(*passage.span_in(edition)[:2], _Part(name, number, quote))
        for site, span in zip(self.sites, self.site_spans.get(edition, [None] * len(self.sites)), strict=True):
            if span:
                yield Mark(*span, site)

    def _pieces(self, whole: str, start: int, end: int, marks: list[Mark], last: bool) -> Iterator[Piece]:
        # A place at the end of a sentence is the beginning of the next one, if there is one in the paragraph.
        inside = [mark for mark in marks if last or mark.start < end]
        for segment in segments(start, end, inside):
            yield self._piece(whole[segment.start : segment.end], segment)

    def _piece(self, text: str, segment: Segment) -> Piece:
        over: dict[type, list] = {Entity: [], Stance: [], _Part: [], dict: []}
        opening = {Entity: [], Stance: [], _Part: [], dict: []}
        for mark in segment.marks:
            over[type(mark.item)].append(mark.item)
            if mark.start == segment.start:
                opening[type(mark.item)].append(mark.item)
        clusters = [short(entity.cluster.id) for entity in over[Entity] if entity.cluster]
        sites = [short(site["id"]) for site in over[dict]]
        return Piece(
            text=text,
            link=next(iter((*reversed(sites), *reversed(clusters))), None),
            lanes=tuple(
                Lane(self.types[entity.type], depth, entity in opening[Entity])
                for depth, entity in enumerate(over[Entity])
            ),
            clusters=_once(clusters),
            parts=tuple(QuotePart(short(part.quote.id), part.name) for part in over[_Part]),
            voices=_once(short(part.quote.speaker.id) for part in over[_Part] if part.name == "content"),
            stances=_once(short(stance.id) for stance in over[Stance]),
            labels=_once(stance.label for stance in over[Stance]),
            targets=_once(self.targets[stance.target] for stance in over[Stance]),
            sites=_once(sites),
            rules=_once(site["rule"] for site in over[dict]),
            quote_opens=_once(
                short(part.quote.id) for part in opening[_Part] if part.name == "content" and part.number == 0
            ),
            stance_opens=_once(stance.label for stance in opening[Stance]),
        )

    # What is noted

    def _quote(self, quote: Quote) -> QuoteNote:
        opening = self.document.passage(quote.start, min(quote.end, quote.start + _OPENING))
        return QuoteNote(
            short(quote.id),
            quote.kind,
            short(quote.speaker.id),
            _name(quote.speaker),
            quote.implicit_source,
            short(self.document.sentence_of(quote).id),
            _words(opening, "…" if opening.end < quote.end else ""),
            tuple(self._stance(stance) for stance in self.taken if stance.unit is quote),
        )

    def _stance(self, stance: Stance) -> StanceNote:
        return StanceNote(
            short(stance.id),
            short(stance.holder.id),
            _name(stance.holder),
            self.targets[stance.target],
            self.target_names[stance.target],
            stance.label,
            stance.certainty,
            short(self.document.sentence_of(stance.evidence).id),
            _words(stance.evidence),
        )

    def _cluster(self, cluster: Cluster) -> ClusterEntry:
        return ClusterEntry(
            short(cluster.id),
            self.types[cluster.type],
            _name(cluster),
            tuple(
                _forms({script: cluster.aliases_in(script)[number] for script in SCRIPTS})
                for number in range(len(cluster.aliases))
            ),
            cluster.named,
            tuple(self._place(mention) for mention in cluster.mentions),
            tuple(self._quote(quote) for quote in self.document.quotes if quote.speaker is cluster),
            tuple(self._stance(stance) for stance in self.taken if stance.holder is cluster),
        )

    def _place(self, mention: Entity) -> Place:
        sentence = mention.sentence
        before = self.document.passage(max(sentence.start, mention.start - _AROUND), mention.start)
        after = self.document.passage(mention.end, min(sentence.end, mention.end + _AROUND))
        return Place(short(sentence.id), _words(before), _words(mention), _words(after))

    def _targets(self) -> Iterator[Target]:
        for key, label in self.schema.labels["targets"].items():
            counts = Counter(stance.label for stance in self.document.stances if stance.target == key)
            yield Target(self.targets[key], self.target_names[key], label.definition, counts)

    def _holders(self) -> Iterator[Holder]:
        counts = Counter(stance.holder.id for stance in self.taken)
        holders = {stance.holder.id: stance.holder for stance in self.document.stances}
        for holder in sorted(holders.values(), key=lambda one: -counts[one.id]):
            own = [stance for stance in self.taken if stance.holder is holder]
            cells = tuple(
                tuple(self._stance(stance) for stance in own if stance.target == target) for target in self.targets
            )
            yield Holder(short(holder.id), _name(holder), cells)

    # The damage

    def _sites_of(self, paragraph: Paragraph) -> Iterator[Site]:
        for site, (place, _) in zip(self.sites, self.site_spans["restored"], strict=True):
            # What was put in at the end of a line lies before the newline.
            if paragraph.start <= place <= paragraph.end:
                sentence = self.document.sentence_of(self.document.passage(min(place, paragraph.end - 1), place + 1))
                yield Site(
                    short(site["id"]),
                    short(sentence.id),
                    site["rule"],
                    site["received"],
                    site["restored"],
                    site["established"],
                    " ".join(_pairs(site["bytes"])),
                    "many" if site["readings"] == _UNCOUNTED else str(site["readings"]),
                    site["margin"],
                )

    def _damage(self) -> Damage:
        made = self.document.restoration
        received = self.document.text("received")
        rules = Counter(site["rule"] for site in self.sites)
        return Damage(
            made.verified,
            tuple(received[start:end] for start, end in made.unexplained),
            len(made.policy.glosses),
            tuple(made.policy.delimiters.items()),
            {rule: rules[rule] for rule in self.schema.labels["restoration_rules"]},
            sum(site["restored"] != site["established"] for site in self.sites),
        )


class _Part(NamedTuple):
    name: str
    number: int
    quote: Quote


def _once(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


def _words(passage: Passage, more: str = "") -> Words:
    return _forms({script: passage.text_in(script) + more for script in SCRIPTS})


def _name(cluster: Cluster) -> Words:
    return _forms({script: cluster.name_in(script) for script in SCRIPTS})


def _forms(texts: Mapping[str, str]) -> Words:
    return tuple(Form(_VIEWS_OF[script], language(script), text) for script, text in texts.items())


def _pairs(data: str) -> list[str]:
    """The bytes of characters in GBK, a character a string: one byte below 0x80, else two.

    >>> _pairs("C4A341BBAF")
    ['C4A3', '41', 'BBAF']
    """
    found, place = [], 0
    while place < len(data):
        width = 2 if data[place] < "8" else 4
        found.append(data[place : place + width])
        place += width
    return found
