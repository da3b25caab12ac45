"""CoNLL-U: ten columns, with entities in MISC, as tags (``NER=B-PER``) or as brackets (``Entity=(e1-person``).

The text is that of the surface: multiword tokens, not the words in them, and no empty nodes.  ``# newdoc`` begins a
document and ``# newpar`` a paragraph; where a document has no paragraphs, a sentence is a line.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from zhengwen.errors import ZhengwenError
from zhengwen.intake import tags
from zhengwen.intake.brackets import Brackets
from zhengwen.intake.columns import NEWDOC, TEXT, Section, texts_of
from zhengwen.intake.joining import aligned, is_by_character, joined, needs_blank
from zhengwen.intake.reading import read_each, source_lines
from zhengwen.intake.source import Mention, Options, Remark, Source, SourceText, Span

SUFFIXES = (".conllu", ".conll")

_COLUMNS = 10
_ID = re.compile(r"(?P<first>\d{1,9})(?:-(?P<last>\d{1,9})|(?P<empty>\.\d{1,9}))?")
_NEWPAR = re.compile(r"#\s*newpar\b.*")
_GLOBAL_ENTITY = re.compile(r"#\s*global\.Entity\s*=\s*(?P<fields>\S+)\s*")
#: The names in MISC under which tags of entities are found.
_TAG_KEYS = ("NER", "ner", "NE", "Ner")
_ESCAPES = {r"\s": " ", r"\t": "\t", r"\n": "\n", r"\r": "", r"\p": "|", r"\\": "\\"}


@dataclass
class _Node:
    """A word, a multiword token or an empty node; ``surface`` is the index of the token that shows it."""

    number: int
    form: str
    misc: dict[str, str]
    surface: int | None = None
    is_range: bool = False


@dataclass
class _Sentence:
    """A sentence: its nodes, its tokens with what MISC says of the blanks after them, and what comments say of it.

    ``covered`` is the number of the last word that a multiword token shows.
    """

    place: str
    nodes: list[_Node] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    after: list[str | None] = field(default_factory=list)
    text: str | None = None
    begins_paragraph: bool = False
    covered: int = 0


def read(path: Path, options: Options) -> Source:
    """The texts of a CoNLL-U file, or of those in a folder.

    Raises :class:`ZhengwenError` with file and line.
    """
    return read_each(path, SUFFIXES, lambda file: _Reader(file, options).source())


class _Reader:
    """Reads one file."""

    def __init__(self, file: Path, options: Options):
        self._file, self._options = file, options
        self._source = Source()
        self._entity_fields = "eid-etype-head-other"

    def source(self) -> Source:
        documents = list(self._documents())
        sentences = [sentence for document in documents for sentence in document.sentences]
        if not sentences:
            raise ZhengwenError(f"{self._file}: no sentence here", fix="name a CoNLL-U file")
        self._marks_blanks = any("" in sentence.after for sentence in sentences)
        self._by_character = is_by_character(token for sentence in sentences for token in sentence.tokens)
        if not self._marks_blanks and any(sentence.text is None for sentence in sentences):
            self._source.notes.append(f"{self._file.name}: no SpaceAfter=No: blanks stand between Latin words only")
        tagged = self._tagged(sentences)
        sections = [(document.name, self._records(document, tagged)) for document in documents]
        self._source.texts = texts_of(self._file, sections, self._options.document_per)
        return self._source

    # Lines.

    def _documents(self) -> Iterator[Section[_Sentence]]:
        document: Section[_Sentence] | None = None
        sentence = _Sentence("")
        for number, line in [*source_lines(self._file), (0, "")]:
            place = f"{self._file}:{number}"
            if line.startswith("#"):
                if sentence.nodes:
                    raise ZhengwenError(f"{place}: a comment within a sentence", fix="write it before the sentence")
                if newdoc := NEWDOC.fullmatch(line):
                    if document and document.sentences:
                        yield document
                    document = Section(newdoc["id"])
                elif _NEWPAR.fullmatch(line):
                    sentence.begins_paragraph = True
                elif text := TEXT.fullmatch(line):
                    sentence.text = text["text"]
                elif stated := _GLOBAL_ENTITY.fullmatch(line):
                    self._entity_fields = stated["fields"]
            elif line.strip():
                sentence.place = sentence.place or place
                self._add(sentence, line, place)
            elif sentence.nodes:
                document = document or Section(None)
                document.sentences.append(sentence)
                sentence = _Sentence("")
        if document and document.sentences:
            yield document

    def _add(self, sentence: _Sentence, line: str, place: str) -> None:
        fields = line.split("\t")
        if len(fields) != _COLUMNS:
            raise ZhengwenError(
                f"{place}: {len(fields)} column{'s' * (len(fields) != 1)}, and CoNLL-U has {_COLUMNS}, parted by tabs",
                fix="name a CoNLL-U file; a file of tokens and tags is the format iob2",
            )
        if not (id := _ID.fullmatch(fields[0])):
            raise ZhengwenError(f"{place}: {fields[0]!r} is not the id of a word", fix="correct the line")
        number = int(place.rpartition(":")[2])
        misc = dict(item.partition("=")[::2] for item in fields[9].split("|") if item != "_")
        node = _Node(number, fields[1], misc)
        if id["empty"]:
            sentence.nodes.append(node)
            return
        node.is_range = bool(id["last"])
        if node.is_range or int(id["first"]) > sentence.covered:
            if not fields[1].strip():
                raise ZhengwenError(f"{place}: a word without a form", fix="correct the line")
            sentence.tokens.append(fields[1])
            sentence.after.append(_after(misc))
        if node.is_range:
            sentence.covered = int(id["last"])
        node.surface = len(sentence.tokens) - 1
        sentence.nodes.append(node)

    # Text.

    def _text(self, sentence: _Sentence) -> tuple[str, list[Span], str | None]:
        """The text of a sentence, the spans of its tokens, and what stands after it (``None``: not stated)."""
        if sentence.text is not None:
            spans = aligned(sentence.tokens, sentence.text)
            if spans is not None:
                return sentence.text.rstrip(), spans, sentence.after[-1]
            self._source.remarks.append(Remark("text-differs", sentence.place, sentence.text))
        pairs = zip(sentence.tokens, sentence.tokens[1:], sentence.after, strict=False)
        blanks: list[bool | str] = [
            (" " if after is None else after) if self._marks_blanks else needs_blank(left, right, self._by_character)
            for left, right, after in pairs
        ]
        text, spans = joined(sentence.tokens, [*blanks, False])
        return text, spans, sentence.after[-1]

    def _records(self, document: Section[_Sentence], tagged: dict[int, list[Mention]]) -> list[SourceText]:
        """The paragraphs of a document, each with its sentences and mentions."""
        has_paragraphs = any(sentence.begins_paragraph for sentence in document.sentences)
        brackets = Brackets(self._file, self._entity_fields, self._source.remarks)
        records: list[SourceText] = []
        offset = 0  # of the paragraph in the document as it will be: brackets may run over the ends of sentences
        after: str | None = ""
        for sentence in document.sentences:
            text, spans, next_after = self._text(sentence)
            if records and has_paragraphs and not sentence.begins_paragraph:
                record = records[-1]
                record.text += (" " * needs_blank(record.text, text, False)) if after is None else after
            else:
                offset += len(records[-1].text) + 1 if records else 0
                record = SourceText(None, sentence.place, "", [], [])
                records.append(record)
            start, after = len(record.text), next_after
            record.text += text
            record.sentences.append((start, len(record.text)))
            spans = [(start + first, start + last) for first, last in spans]
            for node in sentence.nodes:
                span = None
                if node.surface is not None:
                    span = offset + spans[node.surface][0], offset + spans[node.surface][1]
                brackets.add(node.misc.get("Entity"), span, node.number)
            record.mentions += [
                mention._replace(spans=((spans[first][0], spans[last][1]),))
                for mention in tagged.get(id(sentence), [])
                for first, last in mention.spans
            ]
        self._place(brackets.mentions(), records)
        return records

    @staticmethod
    def _place(mentions: list[Mention], records: list[SourceText]) -> None:
        """Put mentions with offsets in the document into the record in which they begin."""
        bounds = []
        start = 0
        for record in records:
            bounds.append(start)
            start += len(record.text) + 1
        at = 0
        for mention in sorted(mentions):
            while at + 1 < len(bounds) and bounds[at + 1] <= mention.spans[0][0]:
                at += 1
            records[at].mentions.append(mention.moved(-bounds[at]))

    # Tags.

    def _tagged(self, sentences: list[_Sentence]) -> dict[int, list[Mention]]:
        """The mentions that tags in MISC mark, by sentence; their spans are those of tokens, first and last."""
        keys = {key for sentence in sentences for node in sentence.nodes for key in _TAG_KEYS if key in node.misc}
        if not keys:
            return {}
        if len(keys) > 1:
            raise ZhengwenError(
                f"{self._file}: tags of entities stand under {' and '.join(sorted(keys))} in MISC",
                fix="keep one of them",
            )
        (key,) = keys
        nodes = [
            [node for node in sentence.nodes if node.surface is not None and not node.is_range]
            for sentence in sentences
        ]
        parsed = tags.parse(
            [[(node.misc.get(key, tags.OUTSIDE), f"{self._file}:{node.number}") for node in of] for of in nodes]
        )
        scheme = tags.scheme_of(parsed, self._options.scheme)
        found: dict[int, list[Mention]] = {}
        for sentence, of, row in zip(sentences, nodes, parsed, strict=True):
            marked, stray = tags.mentions(row, scheme)
            self._source.remarks += [Remark("tag", tag.place, f"{tag.letter}-{tag.label}") for tag in stray]
            found[id(sentence)] = [
                Mention(((of[m.first].surface, of[m.last - 1].surface),), m.label, row[m.first].place) for m in marked
            ]
            self._source.remarks += [
                Remark("no-surface", f"{self._file}:{node.number}", node.misc[key])
                for node in sentence.nodes
                if (node.surface is None or node.is_range) and node.misc.get(key, tags.OUTSIDE) != tags.OUTSIDE
            ]
        self._source.notes.append(f"{self._file.name}: {scheme.upper()} tags under {key} in MISC")
        return found


def _after(misc: dict[str, str]) -> str | None:
    """What stands after a token, as MISC says; ``None`` if it says nothing."""
    if misc.get("SpaceAfter") == "No":
        return ""
    if "SpacesAfter" in misc:
        spaces = re.sub(r"\\[strnp\\]", lambda match: _ESCAPES.get(match.group(), " "), misc["SpacesAfter"])
        return "" if not spaces else " " if "\n" in spaces else spaces
    return None
