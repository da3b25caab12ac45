"""TEI P5: the restored text, with what was received wherever the two differ.

A damaged place is a ``choice`` of ``sic`` (received) and ``corr`` (restored).  The text with ``corr`` is the edition
``restored``, the text with ``sic`` is the file as it was received.  Annotation overlaps damaged places and other
annotation, so it is kept apart (``standOff``) and points to anchors in the text.
"""

from collections.abc import Iterator
from typing import NamedTuple
from xml.sax.saxutils import escape

from zhengwen.assembly import restoration_of
from zhengwen.document import Document, Passage
from zhengwen.errors import ZhengwenError
from zhengwen.exchange.interface import Files, Format, short
from zhengwen.layers.clusters import Cluster
from zhengwen.schema import Schema

FORMAT = Format(
    "tei",
    "TEI P5",
    ".tei.xml",
    carries=("sentences", "entities", "clusters", "quotes", "stances"),
    back=(),
    stays=(
        "the Simplified text: the restored text is written instead, which has the same offsets",
        "how the id of a cluster at Wikidata was verified",
        "the bytes and the candidates of a damaged place: they are in the config `restoration`",
    ),
    offsets="none: spans point to anchors; an anchor `oN` stands before code point N",
)

#: The elements for a cluster of each type: the list, the item and its name.  Other types are objects.
_LISTS = {
    "PERSON": ("listPerson", "person", "persName"),
    "ORG": ("listOrg", "org", "orgName"),
    "GPE": ("listPlace", "place", "placeName"),
    "LOC": ("listPlace", "place", "placeName"),
    "FAC": ("listPlace", "place", "placeName"),
    "EVENT": ("listEvent", "event", "label"),
    "WORK_OF_ART": ("listBibl", "bibl", "title"),
}
_OBJECTS = ("listObject", "object", "objectName")


def export(document: Document, schema: Schema, corpus: str | None) -> Files:
    """``<id>.tei.xml``."""
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<TEI xmlns="http://www.tei-c.org/ns/1.0" xml:lang="zh">',
        *_header(document, schema, corpus),
        *_stand_off(document),
        "<text><body>",
        *_body(document),
        "</body></text>",
        "</TEI>",
    ]
    return {f"{document.id}.tei.xml": "".join(f"{part}\n" for part in parts)}


def _header(document: Document, schema: Schema, corpus: str | None) -> Iterator[str]:
    provenance = document.provenance
    yield "<teiHeader><fileDesc>"
    yield f"<titleStmt><title>{escape(document.id)}</title>"
    if provenance["reporter"]:
        yield f"<author>{escape(provenance['reporter'])}</author>"
    yield "</titleStmt>"
    rights = f"<p>{escape(provenance['rights'])}</p>"
    # TEI takes the availability only after a publisher; the statement may be prose instead.
    published = f"<publisher>{escape(corpus)}</publisher><availability>{rights}</availability>" if corpus else rights
    yield f"<publicationStmt>{published}</publicationStmt>"
    source = f"<publisher>{escape(provenance['publisher'])}</publisher>"
    if provenance["date_in_text"]:
        source += f"<date>{escape(provenance['date_in_text'])}</date>"
    if provenance.get("received_from"):
        source += f"<note>{escape(provenance['received_from'])}</note>"
    yield f"<sourceDesc><bibl>{source}</bibl></sourceDesc>"
    yield "</fileDesc><encodingDesc>"
    if _is_restored(document):
        yield (
            '<editorialDecl><correction method="markup"><p>sic is what was received, corr what was restored.</p>'
            "</correction></editorialDecl>"
        )
    yield "<classDecl>"
    for inventory, labels in schema.labels.items():
        yield f'<taxonomy xml:id="{inventory}">'
        for label in labels.values():
            id = f"{inventory}.{label.key}"
            yield f'<category xml:id="{id}"><catDesc>{escape(label.definition)}</catDesc></category>'
        yield "</taxonomy>"
    yield "</classDecl></encodingDesc></teiHeader>"


class _DamagedPlace(NamedTuple):
    """``restored[start:end]`` was received as ``received[received_start:received_end]``."""

    start: int
    end: int
    received_start: int
    received_end: int


def _is_restored(document: Document) -> bool:
    return "received" in document.editions


def _edition(document: Document) -> str:
    """The edition that is written: the restored one, or of a text that was not restored the base; offsets are equal."""
    return "restored" if _is_restored(document) else document.base


def _damaged_places(document: Document) -> list[_DamagedPlace]:
    """The stretches where the restored text differs from the received one, in order; adjacent ones are merged."""
    if not _is_restored(document):
        return []
    restored, received = document.text("restored"), document.text("received")
    places: list[_DamagedPlace] = []
    offset = received_offset = 0  # the end of the last block in either text
    ends = (len(restored), len(restored), len(received), len(received))
    for block in (*document.alignment("received").blocks, ends):
        start, end, received_start, received_end = block
        # Between blocks, the texts have the same length.
        pairs = zip(restored[offset:start], received[received_offset:received_start], strict=True)
        block_places = [
            _DamagedPlace(offset + n, offset + n + 1, received_offset + n, received_offset + n + 1)
            for n, (character, received_character) in enumerate(pairs)
            if character != received_character
        ]
        if restored[start:end] != received[received_start:received_end]:
            block_places.append(_DamagedPlace(*block))
        for place in block_places:
            if places and places[-1].end == place.start and places[-1].received_end == place.received_start:
                before = places.pop()
                place = place._replace(start=before.start, received_start=before.received_start)
            places.append(place)
        offset, received_offset = end, received_end
    for place in places:
        words = received[place.received_start : place.received_end]
        if "\n" in restored[place.start : place.end] or "\n" in words:
            raise ZhengwenError(
                f"{document.id}: the damage changed a line end where {words!r} was received, "
                "and a choice in TEI cannot span paragraphs",
                fix="export to another format",
            )
    return places


def _body(document: Document) -> Iterator[str]:
    places, anchors = _damaged_places(document), _anchor_offsets(document)
    yield "<div>"
    for number, paragraph in enumerate(document.paragraphs):
        is_heading = paragraph.role == "heading"
        if is_heading and number:
            yield "</div><div>"
        element = "head" if is_heading else "p"
        role = f'ana="#paragraph_roles.{paragraph.role}"'
        content = "".join(_content(document, paragraph, places, anchors))
        yield f'<{element} xml:id="{short(paragraph.id)}" {role}>{content}</{element}>'
    yield "</div>"


def _anchor_offsets(document: Document) -> list[int]:
    """The offsets at which a passage begins or ends, in order."""
    passages: list[Passage] = [*document.sentences, *document.objects("entities")]
    passages += [passage for quote in document.objects("quotes") for _, _, passage in quote.parts()]
    passages += [stance.evidence for stance in document.objects("stances") if stance.evidence]
    return sorted({offset for passage in passages for offset in (passage.start, passage.end)})


def _content(document: Document, paragraph: Passage, places: list[_DamagedPlace], anchors: list[int]) -> Iterator[str]:
    """The text of a paragraph, with the damaged places and the anchors that lie in it."""
    text = document.text(_edition(document))
    anchors = [offset for offset in anchors if paragraph.start <= offset <= paragraph.end]

    def anchored(start: int, end: int) -> str:
        cuts = [offset for offset in anchors if start <= offset < end]
        before = escape(text[start : cuts[0] if cuts else end])
        pieces = zip(cuts, [*cuts, end][1:], strict=True)
        return before + "".join(f'<anchor xml:id="o{at}"/>{escape(text[at:to])}' for at, to in pieces)

    written_to = paragraph.start
    for place in places:
        if not (paragraph.start <= place.start and place.end <= paragraph.end):
            continue
        received = document.text("received")
        rules = {
            edit.rule
            for edit in restoration_of(received).edits
            if edit.start < place.received_end and place.received_start < edit.end
        }
        pointers = " ".join(f"#restoration_rules.{rule}" for rule in sorted(rules))
        choice = f'<choice ana="{pointers}">' if pointers else "<choice>"
        yield anchored(written_to, place.start)
        sic = escape(received[place.received_start : place.received_end])
        yield f"{choice}<sic>{sic}</sic><corr>{anchored(place.start, place.end)}</corr></choice>"
        written_to = place.end
    yield anchored(written_to, paragraph.end)
    if paragraph.end in anchors:
        yield f'<anchor xml:id="o{paragraph.end}"/>'


def _stand_off(document: Document) -> Iterator[str]:
    yield "<standOff>"
    clusters_by_elements: dict[tuple[str, str, str], list[Cluster]] = {}
    for cluster in document.objects("clusters"):
        clusters_by_elements.setdefault(_LISTS.get(cluster.type, _OBJECTS), []).append(cluster)
    for (list_element, item, name), clusters in clusters_by_elements.items():
        yield f"<{list_element}>"
        for cluster in clusters:
            yield _cluster(cluster, item, name)
        yield f"</{list_element}>"
    sentences = [_span(sentence, f'xml:id="{short(sentence.id)}"') for sentence in document.sentences]
    yield from _span_group("sentences", sentences)
    mentions = []
    for entity in document.objects("entities"):
        reference = f' corresp="#{short(entity.cluster.id)}"' if entity.cluster else ""
        attributes = f'xml:id="{short(entity.id)}" ana="#entity_types.{entity.type}"{reference}'
        mentions.append(_span(entity, attributes))
    yield from _span_group("entities", mentions)
    parts = [
        _span(passage, f'type="{part}" corresp="#{short(quote.id)}"')
        for quote in document.objects("quotes")
        for part, _, passage in quote.parts()
    ]
    yield from _span_group("quotes", parts)
    evidence = [
        _span(stance.evidence, f'corresp="#{short(stance.id)}"')
        for stance in document.objects("stances")
        if stance.evidence
    ]
    yield from _span_group("evidence", evidence)
    for quote in document.objects("quotes"):
        implicit = f'<f name="implicit_source"><binary value="{str(quote.implicit_source).lower()}"/></f>'
        features = {"kind": f"quote_kinds.{quote.kind}", "speaker": short(quote.speaker.id)}
        yield _feature_structure("quote", quote.id, features, implicit)
    for stance in document.objects("stances"):
        features = {
            "unit": short(stance.unit.id),
            "holder": short(stance.holder.id),
            "target": f"targets.{stance.target}",
            "label": f"stance_labels.{stance.label}",
            "certainty": f"certainties.{stance.certainty}",
        }
        yield _feature_structure("stance", stance.id, features)
    yield "</standOff>"


def _cluster(cluster: Cluster, item: str, name_element: str) -> str:
    edition = _edition(cluster.document)
    names = "".join(
        f"<{name_element}>{escape(name)}</{name_element}>"
        for name in (cluster.name_in(edition), *cluster.aliases_in(edition))
    )
    if item == "object":
        names = f"<objectIdentifier>{names}</objectIdentifier>"
    attributes = f'xml:id="{short(cluster.id)}" ana="#entity_types.{cluster.type}"'
    if not cluster.named:
        attributes += ' n="unnamed"'
    if cluster.wikidata:
        attributes += f' sameAs="http://www.wikidata.org/entity/{cluster.wikidata}"'
    return f"<{item} {attributes}>{names}</{item}>"


def _span_group(type: str, spans: list[str]) -> list[str]:
    return [f'<spanGrp type="{type}">', *spans, "</spanGrp>"] if spans else []


def _span(passage: Passage, attributes: str) -> str:
    words = escape(passage.text_in(_edition(passage.document)))
    return f'<span from="#o{passage.start}" to="#o{passage.end}" {attributes}>{words}</span>'


def _feature_structure(type: str, id: str, features: dict[str, str], more: str = "") -> str:
    values = "".join(f'<f name="{name}" fVal="#{value}"/>' for name, value in features.items())
    return f'<fs type="{type}" xml:id="{short(id)}">{values}{more}</fs>'
