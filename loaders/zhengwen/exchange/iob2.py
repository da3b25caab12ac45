"""Character IOB2: one character with its tags per line, and a blank line after each sentence.

The first column of tags holds the outermost mentions; each further column holds mentions inside those of the column
before it.  White space has no line, since readers split lines at it.  There is no room for ids and clusters: an import
takes both from the corresponding mention in gold.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from zhengwen.document import Document
from zhengwen.errors import UnknownNameError, ZhengwenError
from zhengwen.exchange.drafts import Draft
from zhengwen.exchange.interface import Files, Format, ParsedLayers, files_in
from zhengwen.files import read_text
from zhengwen.layers.sentences import Sentence
from zhengwen.schema import Schema

FORMAT = Format(
    "iob2",
    "character IOB2",
    ".iob2",
    carries=("entities",),
    back=("entities",),
    stays=(
        "sentences: their ids and words, as the frame; an import does not change them",
        "ids and clusters of mentions: an import takes them from gold",
        "clusters, quotes and stances",
    ),
    offsets="none: each line is a code point",
)

_Mention = tuple[int, int, str]  # start, end, type


def export(document: Document, schema: Schema, corpus: str | None) -> Files:
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
    _require_mentions_within_sentences(document)
    return {f"{document.id}.iob2": "".join(f"{line}\n" for line in lines)}


def _require_mentions_within_sentences(document: Document) -> None:
    within = {entity.id for sentence in document.sentences for entity in sentence.entities}
    for entity in document.objects("entities"):
        if entity.id not in within:
            raise ZhengwenError(
                f"{entity.id}: a mention that crosses the end of a sentence cannot be written as tags",
                fix="correct the span of the mention, or of the sentence",
            )


def _columns(sentence: Sentence) -> list[list[_Mention]]:
    """The mentions of a sentence, outermost first, in columns within which none overlap."""
    columns: list[list[_Mention]] = []
    for entity in sentence.entities:
        for column in columns:
            if column[-1][1] <= entity.start:
                break
        else:
            column = []
            columns.append(column)
        column.append((entity.start, entity.end, entity.type))
    return columns or [[]]


def _tags(sentence: Sentence, mentions: list[_Mention]) -> list[str]:
    tags = ["O"] * len(sentence.text)
    for start, end, type in mentions:
        tags[start - sentence.start : end - sentence.start] = [f"B-{type}", *[f"I-{type}"] * (end - start - 1)]
    return tags


def read(path: Path, documents: Mapping[str, Document], schema: Schema) -> dict[str, ParsedLayers]:
    """The mentions in the file ``path``, or in each ``*.iob2`` file of that folder, by document id.

    Every sentence of a document must be there, with its own characters.  Raises :class:`ZhengwenError` with the line.
    """
    mentions: dict[str, list[_Mention]] = {}
    for file in files_in(path, FORMAT.suffix):
        document, remaining = None, []
        for location, comments, rows in _blocks(file):
            if "newdoc id" in comments:
                _require_complete(file, remaining)
                id = comments["newdoc id"]
                if id not in documents:
                    raise UnknownNameError("document", id, documents, fix=f"correct {location}")
                document = documents[id]
                remaining = list(document.sentences)
                mentions[id] = []
            if document is None:
                raise ZhengwenError(
                    f"{location}: no `# newdoc id` before this", fix="begin with the line that the export wrote"
                )
            if rows:
                sentence = remaining.pop(0) if remaining else None
                if sentence is None or comments.get("sent_id", sentence.id) != sentence.id:
                    expected = sentence.id if sentence else "the end of the document"
                    raise ZhengwenError(
                        f"{location}: expected {expected} here, not another sentence",
                        fix="keep every sentence, in order",
                    )
                if comments.get("text", sentence.text) != sentence.text:
                    raise ZhengwenError(
                        f"{location}: the text of {sentence.id} differs", fix="annotate it as it was exported"
                    )
                mentions[document.id].extend(_sentence_mentions(file, sentence, rows))
        _require_complete(file, remaining)
    return {
        id: ParsedLayers({"entities": _drafts(documents[id], of_document)}, []) for id, of_document in mentions.items()
    }


def _require_complete(file: Path, remaining: list[Sentence]) -> None:
    if remaining:
        raise ZhengwenError(
            f"{file}: {remaining[0].id} and the sentences after it are missing; their mentions would be lost",
            fix="keep every sentence, in order",
        )


_Rows = list[tuple[int, list[str]]]  # the number of a line, and its fields


def _blocks(file: Path) -> Iterator[tuple[str, dict[str, str], _Rows]]:
    """The blocks between blank lines, each as its location (``file:line``), its comments and its rows."""
    comments: dict[str, str] = {}
    rows: _Rows = []
    first_line = 1
    for number, line in enumerate([*read_text(file).replace("\r\n", "\n").split("\n"), ""], start=1):
        if line.startswith("# ") and " = " in line and not rows:
            name, _, value = line[2:].partition(" = ")
            comments[name] = value
        elif line:
            rows.append((number, line.split("\t")))
        else:
            if rows or comments:
                yield f"{file}:{first_line}", comments, rows
            comments, rows, first_line = {}, [], number + 1


def _sentence_mentions(file: Path, sentence: Sentence, rows: _Rows) -> Iterator[_Mention]:
    expected = [(sentence.start + n, character) for n, character in enumerate(sentence.text) if not character.isspace()]
    given, own = "".join(row[0] for _, row in rows), "".join(character for _, character in expected)
    if given != own or any(len(row[0]) != 1 for _, row in rows):
        raise ZhengwenError(
            f"{file}:{rows[0][0]}: the characters of {sentence.id} are not those of text.txt: {given!r}, not {own!r}",
            fix="keep one code point per line, and do not change, add or remove any; white space has no line",
        )
    width = len(rows[0][1])
    if width < 2 or any(len(row) != width for _, row in rows):
        raise ZhengwenError(
            f"{file}:{rows[0][0]}: the lines of {sentence.id} do not all have the same number of columns, at least two",
            fix="write each line as a character and its tags, separated by tabs",
        )
    offsets = [offset for offset, _ in expected]
    for column in range(1, width):
        yield from _column_mentions(file, offsets, [(number, row[column]) for number, row in rows])


def _column_mentions(file: Path, offsets: list[int], tags: list[tuple[int, str]]) -> list[_Mention]:
    mentions: list[_Mention] = []
    open_type = None
    for offset, (number, tag) in zip(offsets, tags, strict=True):
        prefix, _, type = tag.partition("-")
        if prefix == "I" and type == open_type:
            start, _, _ = mentions.pop()
            mentions.append((start, offset + 1, type))
        elif prefix == "B" and type:
            mentions.append((offset, offset + 1, type))
            open_type = type
        elif tag == "O":
            open_type = None
        else:
            raise ZhengwenError(
                f"{file}:{number}: {tag!r} is not a valid tag here", fix="B- begins a mention, I- continues it"
            )
    return mentions


def _drafts(document: Document, mentions: list[_Mention]) -> list[Draft]:
    """The mentions as drafts, each with the id and the cluster of the corresponding mention in gold.

    That is the mention with the same span and type; if there is none, a mention of the same type that overlaps it and
    corresponds to no other: a mention whose boundary was moved is the same mention.
    """
    unmatched = {(record.start, record.end, record.type): record for record in document.gold["entities"]}
    unchanged = {mention: unmatched.pop(mention) for mention in mentions if mention in unmatched}
    drafts = []
    for start, end, type in mentions:
        record = unchanged.get((start, end, type))
        if record is None:
            overlapping = (key for key in unmatched if key[2] == type and key[0] < end and start < key[1])
            record = unmatched.pop(next(overlapping, None), None)
        words = document.text()[start:end]
        draft = {"id": record and record.id, "start": start, "end": end, "text": words, "type": type}
        drafts.append({**draft, "cluster": record and record.cluster})
    return drafts
