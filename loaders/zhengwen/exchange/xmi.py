"""UIMA CAS XMI with its type system, for INCEpTION and other UIMA tools, through dkpro-cassis.

Sentences, tokens and named entities are types of DKPro Core.  A token is one character, so that every span begins and
ends at the boundary of a token.  Quotations and stances are types of our own, named as INCEpTION names custom layers.
Features hold ids.  Offsets are UTF-16 code units in the file; cassis converts them to code points.
"""

import keyword
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from zhengwen.document import Document, Passage
from zhengwen.errors import ZhengwenError
from zhengwen.exchange.drafts import Draft
from zhengwen.exchange.interface import Files, Format, ParsedLayers, document_for, files_in, require_same_text
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

#: The features of each type; all hold strings.  ``zhengwen`` is the id of the record, ``part`` is ``content``, ``cue``
#: or ``source``, ``piece`` is the number of a fragment, and ``source`` is ``explicit`` or ``implicit``.
_TYPES = {
    SENTENCE: ("id",),
    TOKEN: (),
    ENTITY: ("value", "identifier", "zhengwen"),
    QUOTATION: ("zhengwen", "part", "piece", "kind", "speaker", "source"),
    STANCE: ("zhengwen", "unit", "holder", "target", "label", "certainty"),
}
_TYPE_SYSTEM = "TypeSystem.xml"


def _cassis() -> ModuleType:
    try:
        import cassis  # of the extra `export`
    except ImportError:
        raise ZhengwenError("XMI needs dkpro-cassis", fix="pip install 'zhengwen[export]'") from None
    return cassis


def export(document: Document, schema: Schema, corpus: str | None) -> Files:
    """``<id>.xmi`` and ``TypeSystem.xml``."""
    cassis = _cassis()
    system = cassis.TypeSystem()
    for name, features in _TYPES.items():
        annotation_type = system.create_type(name, supertypeName="uima.tcas.Annotation")
        for feature in features:
            system.create_feature(annotation_type, name=feature, rangeType="uima.cas.String")
    cas = cassis.Cas(system, sofa_string=document.text(), sofa_mime="text/plain", document_language="zh")

    def add(name: str, passage: Passage, **features: str | None) -> None:
        cas.add(system.get_type(name)(begin=passage.start, end=passage.end, **features))

    for sentence in document.sentences:
        add(SENTENCE, sentence, id=sentence.id)
    for offset, character in enumerate(document.text()):
        if not character.isspace():
            add(TOKEN, document.passage(offset, offset + 1))
    for entity in document.objects("entities"):
        cluster = entity.cluster and entity.cluster.id
        add(ENTITY, entity, value=entity.type, identifier=cluster, zhengwen=entity.id)
    for quote in document.objects("quotes"):
        source = "implicit" if quote.implicit_source else "explicit"
        for part, number, passage in quote.parts():
            features = {"kind": quote.kind, "speaker": quote.speaker.id, "source": source} if part == "content" else {}
            add(QUOTATION, passage, zhengwen=quote.id, part=part, piece=str(number), **features)
    for stance in document.objects("stances"):
        add(
            STANCE,
            stance.evidence or stance.unit,  # a stance `none` has no words, and is put on its unit
            zhengwen=stance.id,
            unit=stance.unit.id,
            holder=stance.holder.id,
            target=stance.target,
            label=stance.label,
            certainty=stance.certainty,
        )
    return {f"{document.id}.xmi": cas.to_xmi(pretty_print=True), _TYPE_SYSTEM: system.to_xml()}


def read(path: Path, documents: Mapping[str, Document], schema: Schema) -> dict[str, ParsedLayers]:
    """The layers in the ``.xmi`` file ``path``, or in each ``.xmi`` file of that folder, by document id.

    ``TypeSystem.xml`` must lie beside it.  Raises :class:`ZhengwenError` if one of the two cannot be read.
    """
    parsed = {}
    for file in files_in(path, FORMAT.suffix):
        document = document_for(file, FORMAT.suffix, documents)
        cas = _load(file)
        require_same_text(cas.sofa_string or "", document, file)
        parsed[document.id] = _Reader(file, cas, document).parsed_layers()
    return parsed


def _load(file: Path) -> Any:
    cassis = _cassis()
    from cassis.typesystem import TypeNotFoundError  # of the extra `export`
    from lxml.etree import XMLSyntaxError  # it comes with cassis

    system = file.with_name(_TYPE_SYSTEM)
    if not system.is_file():
        raise ZhengwenError(f"{system}: there is no such file", fix="export as XMI with its type system")
    try:
        with system.open("rb") as stream:
            types = cassis.load_typesystem(stream)
        # cassis compiles Python code that holds these names, whatever they are.
        for feature in (feature for type in types.get_types() for feature in type.all_features):
            if not feature.name.isidentifier() or keyword.iskeyword(feature.name):
                raise ValueError(f"the type system has a feature that is called {feature.name!r}")
        with file.open("rb") as stream:
            return cassis.load_cas_from_xmi(stream, typesystem=types)
    except (XMLSyntaxError, TypeNotFoundError, KeyError, ValueError, TypeError, AttributeError) as error:
        raise ZhengwenError(f"{file}: not a UIMA CAS in XMI: {error}", fix="export it again") from None


class _Reader:
    """Reads one CAS: its annotations by type, and the records that they make up."""

    def __init__(self, file: Path, cas: Any, document: Document):
        self._file, self._cas, self._document = file, cas, document

    def _select(self, name: str) -> list[Any]:
        return list(self._cas.select(name)) if self._cas.typesystem.contains_type(name) else []

    def _span(self, annotation: Any) -> tuple[int, int]:
        start, end = annotation.begin, annotation.end
        if start is None or end is None or not start < end <= len(self._document.text()):
            raise ZhengwenError(f"{self._file}: [{start}, {end}) is not a valid span", fix="remove the annotation")
        return start, end

    def _span_fields(self, annotation: Any) -> dict[str, Any]:
        start, end = self._span(annotation)
        return {"start": start, "end": end, "text": self._document.text()[start:end]}

    def parsed_layers(self) -> ParsedLayers:
        layers = {
            "sentences": [
                {"id": _feature(annotation, "id"), **self._span_fields(annotation)}
                for annotation in self._select(SENTENCE)
            ],
            "entities": [
                {
                    "id": _feature(annotation, "zhengwen"),
                    **self._span_fields(annotation),
                    "type": _feature(annotation, "value"),
                    "cluster": _feature(annotation, "identifier"),
                }
                for annotation in self._select(ENTITY)
            ],
            "quotes": self._quotes(),
            "stances": [self._stance(annotation) for annotation in self._select(STANCE)],
        }
        known = {*_TYPES, "uima.tcas.DocumentAnnotation"}
        unknown = sorted({annotation.type.name for annotation in self._cas.select_all_annotations()} - known)
        return ParsedLayers(layers, [f"{self._file}: not imported: annotations of {name}" for name in unknown])

    def _quotes(self) -> list[Draft]:
        groups: dict[str, list[Any]] = {}
        for annotation in self._select(QUOTATION):
            groups.setdefault(_feature(annotation, "zhengwen") or "", []).append(annotation)
        return [self._quote(id, annotations) for id, annotations in groups.items()]

    def _quote(self, id: str, annotations: list[Any]) -> Draft:
        """The quotation whose parts are ``annotations``, as a draft."""
        parts: dict[str, list[Any]] = {"content": [], "cue": [], "source": []}
        for annotation in annotations:
            part = _feature(annotation, "part")
            if part not in parts or not id:
                raise ZhengwenError(
                    f"{self._file}: the Quotation at {annotation.begin} has the part {part!r} and the zhengwen {id!r}",
                    fix="set `part` to content, cue or source, and `zhengwen` to one id for all parts of a quotation",
                )
            parts[part].append(annotation)
        if not parts["content"] or len(parts["cue"]) > 1 or len(parts["source"]) > 1:
            raise ZhengwenError(
                f"{self._file}: {id} has {', '.join(f'{len(group)} {part}' for part, group in parts.items())}",
                fix="a quotation needs at least one content, and at most one cue and one source",
            )
        spans = {part: [self._span(annotation) for annotation in group] for part, group in parts.items()}
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

    def _stance(self, annotation: Any) -> Draft:
        span, label = self._span(annotation), _feature(annotation, "label")
        return {
            "id": _feature(annotation, "zhengwen"),
            "unit": _feature(annotation, "unit"),
            "holder": _feature(annotation, "holder"),
            "target": _feature(annotation, "target"),
            "label": label,
            "evidence": None if label == "none" else span,
            "certainty": _feature(annotation, "certainty"),
        }


def _feature(annotation: Any, name: str) -> str | None:
    """A feature, or ``None`` if it is empty or unknown to the tool that wrote the CAS."""
    return getattr(annotation, name, None) or None
