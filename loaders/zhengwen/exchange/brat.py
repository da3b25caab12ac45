"""brat standoff: a text and an ``.ann`` beside it.

A mention is a text-bound annotation (T) of its type, its cluster a normalisation (N) to ``zhengwen:cNN``.  A quotation
is a T of type ``Quotation``, in fragments where it has them, with its kind as an attribute (A), its speaker as a
normalisation, and relations (R) to its cue and its source.  The id of a record is the note (#) of its T.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from zhengwen.document import Document
from zhengwen.errors import ZhengwenError
from zhengwen.exchange.contract import Draft, Files, Format, Reading, document_of, files_in, same_text, short, surface
from zhengwen.files import read_text
from zhengwen.schema import Schema

FORMAT = Format(
    "brat",
    "brat standoff",
    ".ann",
    carries=("entities", "quotes"),
    back=("entities", "quotes"),
    stays=(
        "sentences: brat cuts its own",
        "clusters: only their ids and names, as references",
        "stances: the grid has cells without words, and brat annotates words",
    ),
    offsets="code points",
)

#: The parts of a quotation and what relates it to them.
_PARTS = {"cue": ("Cue", "Cued"), "source": ("Source", "Attributed")}
_QUOTATION = "Quotation"


def export(document: Document, schema: Schema) -> Files:
    """``<id>.txt``, ``<id>.ann`` and the ``annotation.conf`` that brat needs to edit them."""
    ann = _Writer(document)
    for entity in document.entities:
        mention = ann.span(entity.type, [(entity.start, entity.end)])
        ann.note(mention, entity.id)
        if entity.cluster:
            ann.reference(mention, entity.cluster)
    for quote in document.quotes:
        content = ann.span(_QUOTATION, [(part.start, part.end) for part in quote.content])
        ann.note(content, quote.id)
        ann.reference(content, quote.speaker)
        ann.add("A", f"Kind {content} {quote.kind}")
        if quote.implicit_source:
            ann.add("A", f"Implicit {content}")
        for part, (label, relation) in _PARTS.items():
            if passage := getattr(quote, part):
                other = ann.span(label, [(passage.start, passage.end)])
                ann.add("R", f"{relation} Arg1:{content} Arg2:{other}")
    lines = "".join(f"{line}\n" for line in ann.lines)
    return {
        f"{document.id}.txt": document.text(),
        f"{document.id}.ann": lines,
        "annotation.conf": _configuration(schema),
    }


class _Writer:
    """The lines of an ``.ann``, numbered by kind."""

    def __init__(self, document: Document):
        self.lines: list[str] = []
        self._document = document
        self._counts: dict[str, int] = {}

    def add(self, kind: str, content: str) -> str:
        self._counts[kind] = self._counts.get(kind, 0) + 1
        id = f"{kind}{self._counts[kind]}"
        self.lines.append(f"{id}\t{content}")
        return id

    def span(self, label: str, parts: list[tuple[int, int]]) -> str:
        text = self._document.text()
        pieces = [piece for start, end in parts for piece in _pieces(text, start, end)]
        if _joined(text, pieces) != parts:
            raise ZhengwenError(
                f"{self._document.id}: a quotation has a fragment that ends where another begins behind a line end or "
                f"a tab; brat cannot tell it from one that runs over it: {text[parts[0][0] : parts[-1][1]]!r}",
                fix="join the fragments",
            )
        places = ";".join(f"{start} {end}" for start, end in pieces)
        return self.add("T", f"{label} {places}\t{' '.join(text[start:end] for start, end in pieces)}")

    def note(self, span: str, id: str) -> None:
        self.add("#", f"AnnotatorNotes {span}\t{short(id)}")

    def reference(self, span: str, cluster) -> None:
        self.add("N", f"Reference {span} zhengwen:{short(cluster.id)}\t{cluster.name}")


def _pieces(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """A span cut at what no span of brat may hold: line ends, and the tabs between its fields."""
    return [(start + found.start(), start + found.end()) for found in re.finditer(r"[^\n\t]+", text[start:end])]


def _joined(text: str, pieces: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans that :func:`_pieces` cut."""
    joined: list[tuple[int, int]] = []
    for start, end in pieces:
        if joined and joined[-1][1] < start and not text[joined[-1][1] : start].strip("\n\t"):
            start = joined.pop()[0]
        joined.append((start, end))
    return joined


def _configuration(schema: Schema) -> str:
    labels = schema.labels
    entities = [*labels["entity_types"], _QUOTATION, *(label for label, _ in _PARTS.values())]
    relations = [f"{name}\tArg1:{_QUOTATION}, Arg2:{label}" for label, name in _PARTS.values()]
    relations.append("<OVERLAP>\tArg1:<ENTITY>, Arg2:<ENTITY>, <OVL-TYPE>:<ANY>")
    kinds = f"Kind\tArg:{_QUOTATION}, Value:{'|'.join(labels['quote_kinds'])}"
    sections = {
        "entities": entities,
        "relations": relations,
        "events": [],
        "attributes": [kinds, f"Implicit\tArg:{_QUOTATION}"],
    }
    return "\n".join(f"[{name}]\n" + "".join(f"{line}\n" for line in lines) for name, lines in sections.items())


def read(path: Path, documents: Mapping[str, Document], schema: Schema) -> dict[str, Reading]:
    """What the ``.ann`` at ``path``, or each in that folder, says; raises :class:`ZhengwenError` with file and line."""
    found = {}
    for file in files_in(path, FORMAT.suffix):
        document = document_of(file, FORMAT.suffix, documents)
        text = file.with_suffix(".txt")
        if text.is_file():
            same_text(read_text(text), document, text)
        found[document.id] = _Reader(file, document).reading()
    return found


_SPAN = re.compile(r"(\S+) (\d+ \d+(?:;\d+ \d+)*)")
_RELATION = re.compile(r"(\S+) Arg1:(T\d+) Arg2:(T\d+)\s*")


class _Reader:
    """One ``.ann``: its lines by kind, then the records that they make up."""

    def __init__(self, file: Path, document: Document):
        self._file = file
        self._document = document
        self._spans: dict[str, tuple[str, list[tuple[int, int]]]] = {}
        self._ids: dict[str, str] = {}
        self._references: dict[str, str] = {}
        self._attributes: dict[tuple[str, str], str] = {}
        self._relations: dict[tuple[str, str], str] = {}
        self._aside: list[str] = []
        for number, line in enumerate(read_text(file).replace("\r\n", "\n").split("\n"), start=1):
            if line.strip():
                self._line(f"{file}:{number}", line)

    def _line(self, place: str, line: str) -> None:
        id, _, rest = line.partition("\t")
        body, _, tail = rest.partition("\t")
        match id[:1]:
            case "T":
                self._spans[id] = self._span(place, body, tail)
            case "R":
                if not (found := _RELATION.fullmatch(body)):
                    raise self._error(place, "not a relation")
                name, content, part = found.groups()
                if (content, name) in self._relations:
                    raise self._error(place, f"{content} has two relations {name}")
                self._relations[content, name] = part
            case "A" | "M":
                name, target, *value = body.split(" ")
                self._attributes[target, name] = value[0] if value else ""
            case "N":
                fields = body.split(" ")
                if len(fields) != 3 or not fields[2].startswith("zhengwen:"):
                    raise self._error(place, "not a reference to a cluster (zhengwen:c01)")
                self._references[fields[1]] = f"{self._document.id}.{fields[2].partition(':')[2]}"
            case "#" if re.fullmatch(r"[eq]\d+", tail) and body.startswith("AnnotatorNotes "):
                self._ids[body.split(" ")[1]] = f"{self._document.id}.{tail}"
            case _:
                self._aside.append(f"{place}: left aside: {line}")

    def _span(self, place: str, body: str, words: str) -> tuple[str, list[tuple[int, int]]]:
        if not (found := _SPAN.fullmatch(body)):
            raise self._error(place, "not a text-bound annotation")
        pieces = [tuple(map(int, part.split(" "))) for part in found[2].split(";")]
        text = self._document.text()
        if " ".join(text[start:end] for start, end in pieces) != words:
            start, end = pieces[0]
            surface(self._document, start, end, words, place)
            raise self._error(place, f"the words are not {words!r}")
        return found[1], _joined(text, pieces)

    def reading(self) -> Reading:
        entities, quotes, parts = [], [], set()
        names = {label for label, _ in _PARTS.values()}
        for id, (label, spans) in self._spans.items():
            if label == _QUOTATION:
                quote, used = self._quote(id, spans)
                quotes.append(quote)
                parts |= used
            elif label not in names:
                if len(spans) > 1:
                    raise self._error(f"{self._file}: {id}", "a mention is one stretch of text")
                (start, end), cluster = spans[0], self._references.get(id)
                ids = {"id": self._ids.get(id), "start": start, "end": end}
                words = self._document.text()[start:end]
                entities.append({**ids, "text": words, "type": label, "cluster": cluster})
        for id, (label, spans) in self._spans.items():
            if label in names and id not in parts:
                raise self._error(f"{self._file}: {id}", f"a {label} of no quotation ({spans[0]})")
        return Reading({"entities": entities, "quotes": quotes}, self._aside)

    def _quote(self, id: str, spans: list[tuple[int, int]]) -> tuple[Draft, set[str]]:
        found, used = {}, set()
        for part, (label, relation) in _PARTS.items():
            other = self._relations.get((id, relation))
            if other is not None:
                if self._spans.get(other, ("",))[0] != label or len(self._spans[other][1]) != 1:
                    raise self._error(f"{self._file}: {id}", f"{relation} leads to {other}, which is no {label}")
                used.add(other)
            found[part] = self._spans[other][1][0] if other else None
        draft = {
            "id": self._ids.get(id),
            "kind": self._attributes.get((id, "Kind")),
            "content": spans,
            **found,
            "speaker": self._references.get(id),
            "implicit_source": (id, "Implicit") in self._attributes,
        }
        return draft, used

    def _error(self, place: str, message: str) -> ZhengwenError:
        return ZhengwenError(f"{place}: {message}", fix="mend it in brat; docs/formats.md says what is written how")
