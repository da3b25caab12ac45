"""UIMA CAS XMI with its type system, for INCEpTION and everything on UIMA, through dkpro-cassis.

Sentences, tokens (one a character, so that every span begins and ends with one) and named entities are the types of
DKPro Core; quotations and stances are types of our own, named as INCEpTION names custom layers.  Features hold ids.
Offsets are UTF-16 code units in the file; cassis counts code points.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from zhengwen.document import Document, Quote
from zhengwen.errors import ZhengwenError
from zhengwen.exchange.contract import Draft, Files, Format, Reading, document_of, files_in, same_text
from zhengwen.schema import Schema

FORMAT = Format(
    "xmi",
    "UIMA CAS XMI",
    ".xmi",
    carries=("sentences", "entities", "quotes", "stances"),
    back=("sentences", "entities", "quotes", "stances"),
    stays=("clusters: only their ids",),
    offsets="UTF-16 code units in the file, code points in cassis",
)

SENTENCE = "de.tudarmstadt.ukp.dkpro.core.api.segmentation.type.Sentence"
TOKEN = "de.tudarmstadt.ukp.dkpro.core.api.segmentation.type.Token"
ENTITY = "de.tudarmstadt.ukp.dkpro.core.api.ner.type.NamedEntity"
QUOTATION = "webanno.custom.Quotation"
STANCE = "webanno.custom.Stance"

#: The features of each type; all hold strings.  ``part`` is content, cue or source, ``piece`` the number of a fragment.
_TYPES = {
    SENTENCE: ("id",),
    TOKEN: (),
    ENTITY: ("value", "identifier", "zhengwen"),
    QUOTATION: ("zhengwen", "part", "piece", "kind", "speaker", "source"),
    STANCE: ("zhengwen", "unit", "holder", "target", "label", "certainty"),
}
_TYPE_SYSTEM = "TypeSystem.xml"


def _cassis():
    try:
        import cassis
    except ImportError:
        raise ZhengwenError("XMI takes dkpro-cassis", fix="pip install 'zhengwen[export]'") from None
    return cassis


def export(document: Document, schema: Schema) -> Files:
    """``<id>.xmi`` and ``TypeSystem.xml``."""
    cassis = _cassis()
    system = cassis.TypeSystem()
    for name, features in _TYPES.items():
        made = system.create_type(name, supertypeName="uima.tcas.Annotation")
        for feature in features:
            system.create_feature(made, name=feature, rangeType="uima.cas.String")
    cas = cassis.Cas(system, sofa_string=document.text(), sofa_mime="text/plain", document_language="zh")

    def add(name: str, place: Any, **features: str | None) -> None:
        cas.add(system.get_type(name)(begin=place.start, end=place.end, **features))

    for sentence in document.sentences:
        add(SENTENCE, sentence, id=sentence.id)
    for place, character in enumerate(document.text()):
        if not character.isspace():
            add(TOKEN, document.passage(place, place + 1))
    for entity in document.entities:
        cluster = entity.cluster and entity.cluster.id
        add(ENTITY, entity, value=entity.type, identifier=cluster, zhengwen=entity.id)
    for quote in document.quotes:
        _quote(add, quote)
    for stance in document.stances:
        features = {"unit": stance.unit.id, "holder": stance.holder.id, "target": stance.target}
        # A stance `none` has no words: it stands on its unit.
        add(
            STANCE,
            stance.evidence or stance.unit,
            zhengwen=stance.id,
            label=stance.label,
            certainty=stance.certainty,
            **features,
        )
    return {f"{document.id}.xmi": cas.to_xmi(pretty_print=True), _TYPE_SYSTEM: system.to_xml()}


def _quote(add: Any, quote: Quote) -> None:
    source = "implicit" if quote.implicit_source else "explicit"
    for part, piece, passage in quote.parts():
        about = {"kind": quote.kind, "speaker": quote.speaker.id, "source": source} if part == "content" else {}
        add(QUOTATION, passage, zhengwen=quote.id, part=part, piece=str(piece), **about)


def read(path: Path, documents: Mapping[str, Document], schema: Schema) -> dict[str, Reading]:
    """What the ``.xmi`` at ``path``, or each in that folder, says; ``TypeSystem.xml`` lies beside it.

    Raises :class:`ZhengwenError` when one of the two is not what it should be.
    """
    found = {}
    for file in files_in(path, FORMAT.suffix):
        document = document_of(file, FORMAT.suffix, documents)
        cas = _load(file)
        same_text(cas.sofa_string or "", document, file)
        found[document.id] = _Reader(file, cas, document).reading()
    return found


def _load(file: Path):
    cassis = _cassis()
    from lxml.etree import XMLSyntaxError

    system = file.with_name(_TYPE_SYSTEM)
    if not system.is_file():
        raise ZhengwenError(f"{system}: there is no such file", fix="export as XMI with its type system")
    try:
        with system.open("rb") as stream:
            types = cassis.load_typesystem(stream)
        with file.open("rb") as stream:
            return cassis.load_cas_from_xmi(stream, typesystem=types)
    except (XMLSyntaxError, cassis.TypeNotFoundError, KeyError, ValueError, TypeError, AttributeError) as error:
        raise ZhengwenError(f"{file}: not a UIMA CAS in XMI: {error}", fix="export it again") from None


class _Reader:
    """One CAS: its annotations by type, then the records that they make up."""

    def __init__(self, file: Path, cas: Any, document: Document):
        self._file, self._cas, self._document = file, cas, document

    def _select(self, name: str) -> list[Any]:
        known = self._cas.typesystem.contains_type(name)
        return list(self._cas.select(name)) if known else []

    def _span(self, found: Any) -> dict[str, Any]:
        start, end = found.begin, found.end
        if start is None or end is None or not start < end <= len(self._document.text()):
            raise ZhengwenError(f"{self._file}: [{start}, {end}) is no span", fix="remove the annotation")
        return {"start": start, "end": end, "text": self._document.text()[start:end]}

    def reading(self) -> Reading:
        sentences = [{"id": _feature(one, "id"), **self._span(one)} for one in self._select(SENTENCE)]
        entities = [
            {
                "id": _feature(one, "zhengwen"),
                **self._span(one),
                "type": _feature(one, "value"),
                "cluster": _feature(one, "identifier"),
            }
            for one in self._select(ENTITY)
        ]
        layers = {"sentences": sentences, "entities": entities, "quotes": self._quotes(), "stances": self._stances()}
        ours = {*_TYPES, "uima.tcas.DocumentAnnotation"}
        others = sorted({one.type.name for one in self._cas.select_all_annotations()} - ours)
        return Reading(layers, [f"{self._file}: left aside: annotations of {name}" for name in others])

    def _quotes(self) -> list[Draft]:
        groups: dict[str, list[Any]] = {}
        for one in self._select(QUOTATION):
            groups.setdefault(_feature(one, "zhengwen") or "", []).append(one)
        return [self._quote(id, group) for id, group in groups.items()]

    def _quote(self, id: str, group: list[Any]) -> Draft:
        parts: dict[str, list[Any]] = {"content": [], "cue": [], "source": []}
        for one in group:
            part = _feature(one, "part")
            if part not in parts or not id:
                raise ZhengwenError(
                    f"{self._file}: a Quotation at {one.begin} with part {part!r} and zhengwen {id!r}",
                    fix="part is content, cue or source; parts of one quotation have the same name in `zhengwen`",
                )
            parts[part].append(one)
        if not parts["content"] or len(parts["cue"]) > 1 or len(parts["source"]) > 1:
            raise ZhengwenError(f"{self._file}: {id}: needs a content, and has one cue and one source at most")
        spans = {name: [(one.begin, one.end) for one in ones if self._span(one)] for name, ones in parts.items()}
        first = parts["content"][0]
        return {
            "id": id,
            "kind": _feature(first, "kind"),
            "content": sorted(spans["content"]),
            "cue": next(iter(spans["cue"]), None),
            "source": next(iter(spans["source"]), None),
            "speaker": _feature(first, "speaker"),
            "implicit_source": _feature(first, "source") == "implicit",
        }

    def _stances(self) -> list[Draft]:
        drafts = []
        for one in self._select(STANCE):
            label = _feature(one, "label")
            span = self._span(one)
            drafts.append(
                {
                    "id": _feature(one, "zhengwen"),
                    "unit": _feature(one, "unit"),
                    "holder": _feature(one, "holder"),
                    "target": _feature(one, "target"),
                    "label": label,
                    "evidence": None if label == "none" else (span["start"], span["end"]),
                    "certainty": _feature(one, "certainty"),
                }
            )
        return drafts


def _feature(found: Any, name: str) -> str | None:
    """A feature; ``None`` too when the tool that wrote the CAS did not know it."""
    return getattr(found, name, None) or None
