"""Character IOB2: a character a line with its tags, a blank line behind a sentence.

The first column of tags holds the outermost mentions, each further column those that lie in one of the column
before.  White space has no line, since readers cut lines at it.  There is no room for ids and clusters: a mention that
comes back takes both from the one that it was.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from zhengwen.document import Document, Sentence
from zhengwen.errors import UnknownNameError, ZhengwenError
from zhengwen.exchange.contract import Draft, Files, Format, Reading, files_in
from zhengwen.files import read_text
from zhengwen.schema import Schema

FORMAT = Format(
    "iob2",
    "character IOB2",
    ".iob2",
    carries=("entities",),
    back=("entities",),
    stays=(
        "sentences: their ids and words, as the frame; an import does not change them",
        "ids and clusters of mentions: an import takes them from the mention that stood there",
        "clusters, quotes and stances",
    ),
    offsets="none: lines are code points",
)

Span = tuple[int, int, str]


def export(document: Document, schema: Schema) -> Files:
    """``<id>.iob2``."""
    sentences = [(sentence, _columns(sentence)) for sentence in document.sentences]
    width = max((len(columns) for _, columns in sentences), default=1)
    lines = [f"# newdoc id = {document.id}"]
    for sentence, columns in sentences:
        lines += [f"# sent_id = {sentence.id}", f"# text = {sentence.text}"]
        tags = [_tags(sentence, column) for column in columns] + [["O"] * len(sentence.text)] * (width - len(columns))
        for character, *row in zip(sentence.text, *tags, strict=True):
            if not character.isspace():
                lines.append("\t".join([character, *row]))
        lines.append("")
    _all_in_a_sentence(document)
    return {f"{document.id}.iob2": "".join(f"{line}\n" for line in lines)}


def _all_in_a_sentence(document: Document) -> None:
    inside = {entity.id for sentence in document.sentences for entity in sentence.entities}
    for entity in document.entities:
        if entity.id not in inside:
            raise ZhengwenError(f"{entity.id}: a mention over the end of a sentence has no tags", fix="mend the span")


def _columns(sentence: Sentence) -> list[list[Span]]:
    """The mentions of a sentence, outermost first, in columns in which none overlaps another."""
    columns: list[list[Span]] = []
    for entity in sentence.entities:
        for column in columns:
            if column[-1][1] <= entity.start:
                break
        else:
            column = []
            columns.append(column)
        column.append((entity.start, entity.end, entity.type))
    return columns or [[]]


def _tags(sentence: Sentence, column: list[Span]) -> list[str]:
    tags = ["O"] * len(sentence.text)
    for start, end, type in column:
        first = start - sentence.start
        tags[first : end - sentence.start] = [f"B-{type}", *[f"I-{type}"] * (end - start - 1)]
    return tags


def read(path: Path, documents: Mapping[str, Document], schema: Schema) -> dict[str, Reading]:
    """What the file at ``path``, or each ``*.iob2`` in that folder, says; raises :class:`ZhengwenError` with the line.

    Every sentence of a document must be there, with its own characters.
    """
    found: dict[str, list[Span]] = {}
    for file in files_in(path, FORMAT.suffix):
        document, waiting = None, []
        for place, about, rows in _blocks(file):
            if "newdoc id" in about:
                _complete(file, document, waiting)
                if about["newdoc id"] not in documents:
                    raise UnknownNameError("document", about["newdoc id"], documents, fix=f"mend {place}")
                document = documents[about["newdoc id"]]
                waiting = list(document.sentences)
                found[document.id] = []
            if document is None:
                raise ZhengwenError(f"{place}: no `# newdoc id` yet", fix="begin with the line that the export wrote")
            if rows:
                sentence = waiting.pop(0) if waiting else None
                if sentence is None or about.get("sent_id", sentence.id) != sentence.id:
                    expected = sentence.id if sentence else "the end of the document"
                    raise ZhengwenError(f"{place}: expected {expected}", fix="keep every sentence, in its order")
                if about.get("text", sentence.text) != sentence.text:
                    raise ZhengwenError(f"{place}: the text of {sentence.id} is another", fix="annotate it as it is")
                found[document.id].extend(_sentence(file, document, sentence, rows))
        _complete(file, document, waiting)
    return {id: Reading({"entities": _recognised(documents[id], spans)}, []) for id, spans in found.items()}


def _complete(file: Path, document: Document | None, waiting: list[Sentence]) -> None:
    if waiting:
        raise ZhengwenError(
            f"{file}: {waiting[0].id} and what is behind it are missing; their mentions would be lost",
            fix="keep every sentence, in its order",
        )


Rows = list[tuple[int, list[str]]]


def _blocks(file: Path) -> Iterator[tuple[str, dict[str, str], Rows]]:
    about: dict[str, str] = {}
    rows: Rows = []
    first = 1
    for number, line in enumerate([*read_text(file).replace("\r\n", "\n").split("\n"), ""], start=1):
        if line.startswith("# ") and " = " in line and not rows:
            name, _, value = line[2:].partition(" = ")
            about[name] = value
        elif line:
            rows.append((number, line.split("\t")))
        else:
            if rows or about:
                yield f"{file}:{first}", about, rows
            about, rows, first = {}, [], number + 1


def _sentence(file: Path, document: Document, sentence: Sentence, rows: Rows) -> Iterator[Span]:
    places = [sentence.start + n for n, character in enumerate(sentence.text) if not character.isspace()]
    given, own = "".join(row[0] for _, row in rows), "".join(document.text()[place] for place in places)
    if given != own or any(len(row[0]) != 1 for _, row in rows):
        raise ZhengwenError(
            f"{file}:{rows[0][0]}: the characters of {sentence.id} are not those of text.txt: {given!r}, not {own!r}",
            fix="a code point a line, none changed, added or taken out; white space has no line",
        )
    width = len(rows[0][1])
    if width < 2 or any(len(row) != width for _, row in rows):
        raise ZhengwenError(
            f"{file}:{rows[0][0]}: a line is a character and its tags, in as many columns everywhere",
            fix="mend the lines",
        )
    for column in range(1, width):
        yield from _mentions(file, places, [(number, row[column]) for number, row in rows])


def _mentions(file: Path, places: list[int], tags: list[tuple[int, str]]) -> list[Span]:
    spans: list[list] = []
    type = None
    for place, (number, tag) in zip(places, tags, strict=True):
        prefix, _, label = tag.partition("-")
        if prefix == "I" and label == type:
            spans[-1][1] = place + 1
        elif prefix == "B" and label:
            spans.append([place, place + 1, label])
            type = label
        elif tag == "O":
            type = None
        else:
            raise ZhengwenError(f"{file}:{number}: {tag!r} is no tag here", fix="B- begins a mention, I- continues it")
    return [(start, end, label) for start, end, label in spans]


def _recognised(document: Document, spans: list[Span]) -> list[Draft]:
    """The mentions at ``spans``, each with the id and the cluster of the one that it was.

    That is the mention with the same span and type, else one of the same type that is gone from where it stood and that
    the span overlaps: a mention whose end was moved is the same mention.
    """
    gone = {(one.start, one.end, one.type): one for one in document.gold["entities"]}
    same = {span: gone.pop(span) for span in spans if span in gone}
    drafts = []
    for start, end, label in spans:
        moved = ((s, e, t) for s, e, t in gone if t == label and s < end and start < e)
        was = same.get((start, end, label)) or gone.pop(next(moved, None), None)
        span = {"start": start, "end": end, "text": document.text()[start:end], "type": label}
        drafts.append({"id": was and was.id, **span, "cluster": was and was.cluster})
    return drafts
