"""brat standoff: a text and an ``.ann`` file beside it.

A record of a plain span layer, such as a mention, is a text-bound annotation (T) with its label; its cluster is a
normalisation (N) to ``zhengwen:cNN``.  A quotation is a T labelled ``Quotation``, in fragments if it has them, with its
kind as an attribute (A), its speaker as a normalisation, and relations (R) to its cue and its source.  The id of a
record is a note (#) on its T.
"""

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import NamedTuple

from zhengwen.document import Document
from zhengwen.errors import ZhengwenError
from zhengwen.exchange.drafts import Draft
from zhengwen.exchange.interface import (
    Files,
    Format,
    ParsedLayers,
    document_for,
    files_in,
    require_same_text,
    require_same_words,
    short,
)
from zhengwen.files import read_text
from zhengwen.layers import LAYERS
from zhengwen.layers.clusters import Cluster
from zhengwen.schema import Schema


class _SpanLayer(NamedTuple):
    """A plain span layer: its records are spans with a label, and perhaps a cluster; the fields that hold these."""

    name: str
    label: str
    cluster: str | None

    def labels(self, schema: Schema) -> list[str]:
        """The labels that a record may have."""
        return schema.gold[self.name].fields[self.label]["allowed"]


def _span_layers() -> Iterator[_SpanLayer]:
    """The plain span layers: those with nothing in a record that this module does not write."""
    for layer in LAYERS.values():
        names = {field.name for field in fields(layer.RECORD)}
        cluster = next((field for field, targets in layer.REFERENCES.items() if targets == ("clusters",)), None)
        for label in layer.COUNTED[:1]:
            if names - {cluster} == {"id", "start", "end", "text", label}:
                yield _SpanLayer(layer.name, label, cluster)


_SPAN_LAYERS = tuple(_span_layers())


def _span_layers_in(schema: Schema) -> list[_SpanLayer]:
    """The plain span layers of the corpus."""
    return [layer for layer in _SPAN_LAYERS if layer.name in schema.gold]


_CARRIED = (*(layer.name for layer in _SPAN_LAYERS), "quotes")

FORMAT = Format(
    "brat",
    "brat standoff",
    ".ann",
    carries=_CARRIED,
    back=_CARRIED,
    stays=(
        "sentences: brat makes its own",
        "clusters: only their ids and names, as references",
        "stances: the grid has cells without words, and brat annotates words",
    ),
    offsets="code points",
)

_QUOTATION = "Quotation"
#: For each part of a quotation, its label and the relation that leads to it.
_PARTS = {"cue": ("Cue", "Cued"), "source": ("Source", "Attributed")}
_QUOTATION_LABELS = {_QUOTATION, *(label for label, _ in _PARTS.values())}

_Span = tuple[int, int]


def export(document: Document, schema: Schema, corpus: str | None) -> Files:
    """``<id>.txt``, ``<id>.ann``, and the ``annotation.conf`` that brat needs to edit them."""
    writer = _Writer(document)
    for layer in _SPAN_LAYERS:
        writer.add_span_layer(layer)
    for quote in document.objects("quotes"):
        content = writer.add_text_bound(_QUOTATION, [(fragment.start, fragment.end) for fragment in quote.content])
        writer.add_id(content, quote.id)
        writer.add_reference(content, quote.speaker)
        writer.add("A", f"Kind {content} {quote.kind}")
        if quote.implicit_source:
            writer.add("A", f"Implicit {content}")
        for part, (label, relation) in _PARTS.items():
            if passage := getattr(quote, part):
                target = writer.add_text_bound(label, [(passage.start, passage.end)])
                writer.add("R", f"{relation} Arg1:{content} Arg2:{target}")
    return {
        f"{document.id}.txt": document.text(),
        f"{document.id}.ann": "".join(f"{line}\n" for line in writer.lines),
        "annotation.conf": _configuration(schema),
    }


class _Writer:
    """Collects the lines of an ``.ann`` file, numbered by kind."""

    def __init__(self, document: Document):
        self.lines: list[str] = []
        self._document = document
        self._counts: dict[str, int] = {}

    def add(self, kind: str, content: str) -> str:
        """Add a line, and return its number (``T1``)."""
        self._counts[kind] = self._counts.get(kind, 0) + 1
        number = f"{kind}{self._counts[kind]}"
        self.lines.append(f"{number}\t{content}")
        return number

    def add_span_layer(self, layer: _SpanLayer) -> None:
        """Add the objects of a plain span layer; the counterpart is :meth:`_Reader.span_layer`."""
        for item in self._document.objects(layer.name):
            annotation = self.add_text_bound(getattr(item, layer.label), [(item.start, item.end)])
            self.add_id(annotation, item.id)
            if layer.cluster and getattr(item, layer.cluster):
                self.add_reference(annotation, getattr(item, layer.cluster))

    def add_text_bound(self, label: str, spans: list[_Span]) -> str:
        text = self._document.text()
        fragments = [fragment for start, end in spans for fragment in _split(text, start, end)]
        if _joined(text, fragments) != spans:
            raise ZhengwenError(
                f"{self._document.id}: brat cannot represent {text[spans[0][0] : spans[-1][1]]!r} as {label}: a span "
                "begins or ends with a line end or a tab, or only line ends and tabs separate two fragments",
                fix="shorten the span, or join the fragments",
            )
        offsets = ";".join(f"{start} {end}" for start, end in fragments)
        return self.add("T", f"{label} {offsets}\t{' '.join(text[start:end] for start, end in fragments)}")

    def add_id(self, annotation: str, id: str) -> None:
        self.add("#", f"AnnotatorNotes {annotation}\t{short(id)}")

    def add_reference(self, annotation: str, cluster: Cluster) -> None:
        self.add("N", f"Reference {annotation} zhengwen:{short(cluster.id)}\t{cluster.name}")


def _split(text: str, start: int, end: int) -> list[_Span]:
    """A span as fragments without line ends and tabs, which no fragment in brat may contain."""
    return [(start + match.start(), start + match.end()) for match in re.finditer(r"[^\n\t]+", text[start:end])]


def _joined(text: str, fragments: list[_Span]) -> list[_Span]:
    """The spans whose fragments these are: the reverse of :func:`_split`."""
    spans: list[_Span] = []
    for start, end in fragments:
        if spans and spans[-1][1] < start and not text[spans[-1][1] : start].strip("\n\t"):
            start = spans.pop()[0]
        spans.append((start, end))
    return spans


def _configuration(schema: Schema) -> str:
    entities = [*dict.fromkeys(label for layer in _span_layers_in(schema) for label in layer.labels(schema))]
    relations, attributes = [], []
    if "quotes" in schema.gold:
        entities += [_QUOTATION, *(label for label, _ in _PARTS.values())]
        relations += [f"{name}\tArg1:{_QUOTATION}, Arg2:{label}" for label, name in _PARTS.values()]
        kinds = "|".join(schema.labels["quote_kinds"])
        attributes = [f"Kind\tArg:{_QUOTATION}, Value:{kinds}", f"Implicit\tArg:{_QUOTATION}"]
    relations.append("<OVERLAP>\tArg1:<ENTITY>, Arg2:<ENTITY>, <OVL-TYPE>:<ANY>")
    sections = {"entities": entities, "relations": relations, "events": [], "attributes": attributes}
    return "\n".join(f"[{name}]\n" + "".join(f"{line}\n" for line in lines) for name, lines in sections.items())


def read(path: Path, documents: Mapping[str, Document], schema: Schema) -> dict[str, ParsedLayers]:
    """The layers in the ``.ann`` file ``path``, or in each ``.ann`` file of that folder, by document id.

    Raises :class:`ZhengwenError` with file and line.
    """
    parsed = {}
    for file in files_in(path, FORMAT.suffix):
        document = document_for(file, FORMAT.suffix, documents)
        text = file.with_suffix(".txt")
        if text.is_file():
            require_same_text(read_text(text), document, text)
        parsed[document.id] = _Reader(file, document).parsed_layers(schema)
    return parsed


_TEXT_BOUND = re.compile(r"(\S+) (\d{1,10} \d{1,10}(?:;\d{1,10} \d{1,10})*)")
_RELATION = re.compile(r"(\S+) Arg1:(T\d+) Arg2:(T\d+)\s*")
#: The content of a note that holds the id of a record; any other note is a person's remark.
_SHORT_ID = re.compile(rf"(?:{'|'.join(LAYERS[layer].ID.letter for layer in FORMAT.back)})\d+")


class _Reader:
    """Reads one ``.ann`` file: its lines by kind, and then the records that they make up."""

    def __init__(self, file: Path, document: Document):
        self._file = file
        self._document = document
        self._text_bound: dict[str, tuple[str, list[_Span]]] = {}
        self._ids: dict[str, str] = {}
        self._references: dict[str, str] = {}
        self._attributes: dict[tuple[str, str], str] = {}
        self._relations: dict[tuple[str, str], str] = {}
        self._aside: list[str] = []
        for number, line in enumerate(read_text(file).replace("\r\n", "\n").split("\n"), start=1):
            if line.strip():
                self._read_line(f"{file}:{number}", line)

    def _read_line(self, location: str, line: str) -> None:
        number, _, rest = line.partition("\t")
        body, _, tail = rest.partition("\t")
        match number[:1]:
            case "T":
                self._text_bound[number] = self._parse_text_bound(location, body, tail)
            case "R":
                if not (match := _RELATION.fullmatch(body)):
                    raise _error(location, "not a relation")
                name, content, part = match.groups()
                if (content, name) in self._relations:
                    raise _error(location, f"{content} has two relations {name}")
                self._relations[content, name] = part
            case "A" | "M":
                name, *fields = body.split(" ")
                if len(fields) not in (1, 2):
                    raise _error(location, "not an attribute")
                self._attributes[fields[0], name] = fields[1] if len(fields) == 2 else ""
            case "N":
                fields = body.split(" ")
                if len(fields) != 3 or not fields[2].startswith("zhengwen:"):
                    raise _error(location, "not a reference to a cluster, such as zhengwen:c01")
                self._references[fields[1]] = f"{self._document.id}.{fields[2].partition(':')[2]}"
            case "#" if _SHORT_ID.fullmatch(tail) and body.startswith("AnnotatorNotes "):
                self._ids[body.split(" ")[1]] = f"{self._document.id}.{tail}"
            case _:
                self._aside.append(f"{location}: not imported: {line}")

    def _parse_text_bound(self, location: str, body: str, words: str) -> tuple[str, list[_Span]]:
        if not (match := _TEXT_BOUND.fullmatch(body)):
            raise _error(location, "not a text-bound annotation")
        label, offsets = match.groups()
        fragments = [tuple(map(int, fragment.split(" "))) for fragment in offsets.split(";")]
        text = self._document.text()
        if " ".join(text[start:end] for start, end in fragments) != words:
            start, end = fragments[0]
            require_same_words(words, self._document, start, end, location)
            raise _error(location, f"the words are not {words!r}")
        return label, _joined(text, fragments)

    def parsed_layers(self, schema: Schema) -> ParsedLayers:
        labels = {number: label for number, (label, _) in self._text_bound.items()}
        annotations: dict[str, list[str]] = {layer.name: [] for layer in _SPAN_LAYERS}
        for number, label in labels.items():
            if label not in _QUOTATION_LABELS:
                annotations[self._span_layer_of(number, label, schema).name].append(number)
        span_layers = {layer.name: self.span_layer(annotations[layer.name], layer) for layer in _SPAN_LAYERS}
        quotes, parts = [], set()
        for number, label in labels.items():
            if label == _QUOTATION:
                quote, part_numbers = self._quote(number)
                quotes.append(quote)
                parts |= part_numbers
        for number, (label, spans) in self._text_bound.items():
            if label in _QUOTATION_LABELS and label != _QUOTATION and number not in parts:
                raise _error(f"{self._file}: {number}", f"a {label} of no quotation ({spans[0]})")
        return ParsedLayers({**span_layers, "quotes": quotes}, self._aside)

    def _span_layer_of(self, number: str, label: str, schema: Schema) -> _SpanLayer:
        """The layer of an annotation: that of its id, or else the first layer that has its label."""
        letter = short(self._ids.get(number, "")).rstrip("0123456789")
        by_id = (layer for layer in _SPAN_LAYERS if LAYERS[layer.name].ID.letter == letter)
        by_label = (layer for layer in _span_layers_in(schema) if label in layer.labels(schema))
        # An unknown label is reported by the first layer, when its records are made.
        return next(itertools.chain(by_id, by_label, _SPAN_LAYERS))

    def span_layer(self, annotations: Iterable[str], layer: _SpanLayer) -> list[Draft]:
        """The records of a plain span layer, as drafts, from the numbers (``T1``) of its text-bound annotations.

        The counterpart is :meth:`_Writer.add_span_layer`.
        """
        drafts = []
        for number in annotations:
            value, spans = self._text_bound[number]
            if len(spans) > 1:
                raise _error(f"{self._file}: {number}", f"a {value} must be one stretch of text, not fragments")
            start, end = spans[0]
            words = self._document.text()[start:end]
            draft = {"id": self._ids.get(number), "start": start, "end": end, "text": words, layer.label: value}
            if layer.cluster:
                draft[layer.cluster] = self._references.get(number)
            drafts.append(draft)
        return drafts

    def _quote(self, number: str) -> tuple[Draft, set[str]]:
        """The quotation with this number, as a draft, and the numbers of its parts."""
        part_spans: dict[str, _Span | None] = dict.fromkeys(_PARTS)
        part_numbers = set()
        for part, (label, relation) in _PARTS.items():
            target = self._relations.get((number, relation))
            if target is None:
                continue
            target_label, spans = self._text_bound.get(target, ("", []))
            if target_label != label or len(spans) != 1:
                raise _error(f"{self._file}: {number}", f"{relation} leads to {target}, which is not a {label}")
            part_numbers.add(target)
            part_spans[part] = spans[0]
        draft = {
            "id": self._ids.get(number),
            "kind": self._attributes.get((number, "Kind")),
            "content": self._text_bound[number][1],
            **part_spans,
            "speaker": self._references.get(number),
            "implicit_source": (number, "Implicit") in self._attributes,
        }
        return draft, part_numbers


def _error(location: str, message: str) -> ZhengwenError:
    return ZhengwenError(f"{location}: {message}", fix="correct it in brat; an export shows what is expected")
