"""TEI P5: the restored text, with what was received at every place where the two differ.

A place that was damaged is a ``choice`` of ``sic`` (received) and ``corr`` (restored): the ``corr`` and the text around
them are the edition ``restored``, the ``sic`` and the text around them are the file as it was received.  Annotation
overlaps the places, and itself: it stands apart (``standOff``), and points to anchors in the text.
"""

from collections.abc import Iterator
from typing import NamedTuple
from xml.sax.saxutils import escape

from zhengwen.document import Cluster, Document, Passage
from zhengwen.errors import ZhengwenError
from zhengwen.exchange.contract import Files, Format, short
from zhengwen.schema import Schema

FORMAT = Format(
    "tei",
    "TEI P5",
    ".tei.xml",
    carries=("sentences", "entities", "clusters", "quotes", "stances"),
    back=(),
    stays=(
        "the Simplified text: the restored one stands here, which shares its offsets",
        "how the id of a cluster at Wikidata was verified",
        "the bytes and the readings of a damaged place: they are in the config `restoration`",
    ),
    offsets="none: spans lead to anchors; an anchor `oN` stands before code point N",
)

#: How TEI lists what a cluster is: the list, the item, its name.  Other types are objects.
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


def export(document: Document, schema: Schema) -> Files:
    """``<id>.tei.xml``."""
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<TEI xmlns="http://www.tei-c.org/ns/1.0" xml:lang="zh">',
        *_header(document, schema),
        *_stand_off(document),
        "<text><body>",
        *_body(document),
        "</body></text>",
        "</TEI>",
    ]
    return {f"{document.id}.tei.xml": "".join(f"{part}\n" for part in parts)}


def _header(document: Document, schema: Schema) -> Iterator[str]:
    about = document.provenance
    yield "<teiHeader><fileDesc>"
    yield f"<titleStmt><title>{escape(document.id)}</title>"
    if about["reporter"]:
        yield f"<author>{escape(about['reporter'])}</author>"
    yield "</titleStmt>"
    rights = escape(about["rights"])
    yield "<publicationStmt><publisher>zhengwen</publisher>"
    yield f"<availability><p>{rights}</p></availability></publicationStmt>"
    source = f"<publisher>{escape(about['publisher'])}</publisher>"
    if about["date_in_text"]:
        source += f"<date>{escape(about['date_in_text'])}</date>"
    yield f"<sourceDesc><bibl>{source}<note>{escape(about['received_from'])}</note></bibl></sourceDesc>"
    yield "</fileDesc><encodingDesc>"
    yield (
        '<editorialDecl><correction method="markup"><p>sic is what was received, corr what was restored.</p>'
        "</correction></editorialDecl><classDecl>"
    )
    for inventory, labels in schema.labels.items():
        yield f'<taxonomy xml:id="{inventory}">'
        for label in labels.values():
            id = f"{inventory}.{label.key}"
            yield f'<category xml:id="{id}"><catDesc>{escape(label.definition)}</catDesc></category>'
        yield "</taxonomy>"
    yield "</classDecl></encodingDesc></teiHeader>"


class _Site(NamedTuple):
    """A place where ``restored[start:end]`` was received as ``received[first:last]``."""

    start: int
    end: int
    first: int
    last: int


def _sites(document: Document) -> list[_Site]:
    """Every place where the restored text is not what was received, in order, none beside another."""
    restored, received = document.text("restored"), document.text("received")
    found: list[_Site] = []
    here = there = 0
    ends = (len(restored), len(restored), len(received), len(received))
    for start, end, first, last in (*document.alignment("received").blocks, ends):
        pairs = enumerate(zip(restored[here:start], received[there:first], strict=True))
        differing = (n for n, (one, other) in pairs if one != other)
        sites = [_Site(here + n, here + n + 1, there + n, there + n + 1) for n in differing]
        if restored[start:end] != received[first:last]:
            sites.append(_Site(start, end, first, last))
        for site in sites:
            if found and found[-1].end == site.start and found[-1].last == site.first:
                site = _Site(found[-1].start, site.end, found.pop().first, site.last)
            found.append(site)
        here, there = end, last
    for site in found:
        if "\n" in restored[site.start : site.end] or "\n" in received[site.first : site.last]:
            raise ZhengwenError(
                f"{document.id}: a line was lost or made where {received[site.first : site.last]!r} was received",
                fix="TEI has no choice between paragraphs; nothing mends this",
            )
    return found


def _body(document: Document) -> Iterator[str]:
    sites, places = _sites(document), _places(document)
    yield "<div>"
    for number, paragraph in enumerate(document.paragraphs):
        mine = [site for site in sites if paragraph.start <= site.start and site.end <= paragraph.end]
        heading = paragraph.role == "heading"
        if heading and number:
            yield "</div><div>"
        element = "head" if heading else "p"
        role = f'ana="#paragraph_roles.{paragraph.role}"'
        content = "".join(_content(document, paragraph, mine, places))
        yield f'<{element} xml:id="{short(paragraph.id)}" {role}>{content}</{element}>'
    yield "</div>"


def _places(document: Document) -> list[int]:
    """Where anchors are needed."""
    passages: list[Passage] = [*document.sentences, *document.entities]
    passages += [passage for quote in document.quotes for _, _, passage in quote.parts()]
    passages += [stance.evidence for stance in document.stances if stance.evidence]
    return sorted({place for passage in passages for place in (passage.start, passage.end)})


def _content(document: Document, paragraph: Passage, sites: list[_Site], places: list[int]) -> Iterator[str]:
    restored, received = document.text("restored"), document.text("received")
    inside = [place for place in places if paragraph.start <= place <= paragraph.end]

    def anchored(start: int, end: int) -> str:
        cuts = [place for place in inside if start <= place < end]
        first = escape(restored[start : cuts[0] if cuts else end])
        pairs = zip(cuts, [*cuts, end][1:], strict=True)
        return first + "".join(f'<anchor xml:id="o{at}"/>{escape(restored[at:to])}' for at, to in pairs)

    done = paragraph.start
    for site in sites:
        rules = {edit.rule for edit in document.restoration.edits if edit.start < site.last and site.first < edit.end}
        ana = "".join(f" #restoration_rules.{rule}" for rule in sorted(rules)).strip()
        opened = f'<choice ana="{ana}">' if ana else "<choice>"
        yield anchored(done, site.start)
        sic, corr = escape(received[site.first : site.last]), anchored(site.start, site.end)
        yield f"{opened}<sic>{sic}</sic><corr>{corr}</corr></choice>"
        done = site.end
    yield anchored(done, paragraph.end)
    if paragraph.end in inside:
        yield f'<anchor xml:id="o{paragraph.end}"/>'


def _stand_off(document: Document) -> Iterator[str]:
    yield "<standOff>"
    for type in dict.fromkeys(_LISTS.get(cluster.type, _OBJECTS) for cluster in document.clusters):
        yield f"<{type[0]}>"
        for cluster in document.clusters:
            if _LISTS.get(cluster.type, _OBJECTS) == type:
                yield _cluster(cluster, *type[1:])
        yield f"</{type[0]}>"
    yield from _spans("sentences", [_span(one, f'xml:id="{short(one.id)}"') for one in document.sentences])
    mentions = []
    for one in document.entities:
        refers = f' corresp="#{short(one.cluster.id)}"' if one.cluster else ""
        mentions.append(_span(one, f'xml:id="{short(one.id)}" ana="#entity_types.{one.type}"{refers}'))
    yield from _spans("entities", mentions)
    parts = [(quote, part, passage) for quote in document.quotes for part, _, passage in quote.parts()]
    spans = [_span(passage, f'type="{part}" corresp="#{short(quote.id)}"') for quote, part, passage in parts]
    yield from _spans("quotes", spans)
    shown = [stance for stance in document.stances if stance.evidence]
    yield from _spans("evidence", [_span(one.evidence, f'corresp="#{short(one.id)}"') for one in shown])
    for quote in document.quotes:
        implicit = f'<f name="implicit_source"><binary value="{str(quote.implicit_source).lower()}"/></f>'
        features = {"kind": f"quote_kinds.{quote.kind}", "speaker": short(quote.speaker.id)}
        yield _features("quote", quote.id, features, implicit)
    for stance in document.stances:
        features = {
            "unit": short(stance.unit.id),
            "holder": short(stance.holder.id),
            "target": f"targets.{stance.target}",
            "label": f"stance_labels.{stance.label}",
            "certainty": f"certainties.{stance.certainty}",
        }
        yield _features("stance", stance.id, features)
    yield "</standOff>"


def _cluster(cluster: Cluster, item: str, name: str) -> str:
    names = "".join(
        f"<{name}>{escape(one)}</{name}>" for one in (cluster.name_in("restored"), *cluster.aliases_in("restored"))
    )
    if item == "object":
        names = f"<objectIdentifier>{names}</objectIdentifier>"
    more = "" if cluster.named else ' n="unnamed"'
    if cluster.wikidata:
        more += f' sameAs="http://www.wikidata.org/entity/{cluster.wikidata}"'
    return f'<{item} xml:id="{short(cluster.id)}" ana="#entity_types.{cluster.type}"{more}>{names}</{item}>'


def _spans(type: str, spans: list[str]) -> list[str]:
    return [f'<spanGrp type="{type}">', *spans, "</spanGrp>"] if spans else []


def _span(passage: Passage, attributes: str) -> str:
    words = escape(passage.text_in("restored"))
    return f'<span from="#o{passage.start}" to="#o{passage.end}" {attributes}>{words}</span>'


def _features(type: str, id: str, features: dict[str, str], more: str = "") -> str:
    values = "".join(f'<f name="{name}" fVal="#{value}"/>' for name, value in features.items())
    return f'<fs type="{type}" xml:id="{short(id)}">{values}{more}</fs>'
