"""Column files of tokens with tags: a token a line, its tag in a column, a blank line after each sentence.

Columns are separated by tabs or by blanks.  A sentence becomes a line of the text.  ``-DOCSTART-`` and ``# newdoc``
begin a document, ``# text = …`` states the text of a sentence.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from zhengwen.errors import ZhengwenError
from zhengwen.intake import tags
from zhengwen.intake.columns import NEWDOC, TEXT, Section, texts_of
from zhengwen.intake.joining import aligned, is_by_character, joined, needs_blank
from zhengwen.intake.reading import read_each, source_lines
from zhengwen.intake.source import Mention, Options, Remark, Source, SourceText

SUFFIXES = (".iob2", ".iob", ".iob1", ".bio", ".bioes", ".bmes", ".bilou", ".conll", ".tsv", ".txt")

_DOCSTART = "-DOCSTART-"
_COMMENT = re.compile(r"# ?(?:[\w.:-]+(?: [\w.:-]+)? = .*|new(?:doc|par)\b.*)")


@dataclass
class _Sentence:
    """The lines of a sentence, each as its number and its fields, and the text that a comment states."""

    rows: list[tuple[int, list[str]]] = field(default_factory=list)
    text: str | None = None


def read(path: Path, options: Options) -> Source:
    """The texts of a column file, or of those in a folder.

    Raises :class:`ZhengwenError` with file and line.
    """
    return read_each(path, SUFFIXES, lambda file: _read(file, options))


def _read(file: Path, options: Options) -> Source:
    documents = list(_documents(file))
    sentences = [sentence for document in documents for sentence in document.sentences]
    if not sentences:
        raise ZhengwenError(f"{file}: no token here", fix="name a file with a token and its tag a line")
    token_column, tag_columns = _columns(file, sentences, options.tag_columns)
    parsed = [
        tags.parse([[(fields[column], f"{file}:{number}") for number, fields in s.rows] for s in sentences])
        for column in tag_columns
    ]
    schemes = [tags.scheme_of(column, options.scheme) for column in parsed]
    tokens = [[fields[token_column] for _, fields in sentence.rows] for sentence in sentences]
    by_character = is_by_character(token for sentence in tokens for token in sentence)
    source = Source(notes=[f"{file.name}: {_described(schemes, by_character)}"])
    records = iter(
        [
            _record(file, sentence, words, [column[at] for column in parsed], schemes, by_character, source.remarks)
            for at, (sentence, words) in enumerate(zip(sentences, tokens, strict=True))
        ]
    )
    sections = [(document.name, [next(records) for _ in document.sentences]) for document in documents]
    source.texts = texts_of(file, sections, options.document_per)
    return source


def _described(schemes: list[str], by_character: bool) -> str:
    written = ", ".join(dict.fromkeys("tags of any scheme" if s == "any" else s.upper() for s in schemes))
    return f"{written} over {'characters' if by_character else 'words'}"


def _documents(file: Path) -> Iterator[Section[_Sentence]]:
    document: Section[_Sentence] = Section(None)
    sentence = _Sentence()
    for number, line in source_lines(file):
        newdoc = NEWDOC.fullmatch(line)
        if newdoc or line.startswith(_DOCSTART):
            if document.sentences or sentence.rows:
                document.sentences += [sentence] if sentence.rows else []
                yield document
            name = newdoc["id"] if newdoc else _name_in(line)
            document, sentence = Section(name), _Sentence()
        elif not sentence.rows and (text := TEXT.fullmatch(line)):
            sentence.text = text["text"]
        elif not sentence.rows and _COMMENT.fullmatch(line):
            continue
        elif line.strip():
            sentence.rows.append((number, _fields(line)))
        elif sentence.rows:
            # A character file may have a line for a blank: a tab, or blanks, before its tag; it is not blank.
            document.sentences.append(sentence)
            sentence = _Sentence()
    document.sentences += [sentence] if sentence.rows else []
    if document.sentences:
        yield document


def _name_in(line: str) -> str | None:
    """The name of a document beside ``-DOCSTART-``, such as ``-DOCSTART- (947testa CRICKET)``."""
    start, end = line.find("(") + 1, line.rfind(")")
    return line[start:end] if 0 < start < end else None


def _fields(line: str) -> list[str]:
    if "\t" in line:
        return line.split("\t")
    fields = line.split()
    return [" ", *fields] if line[0].isspace() else fields


def _columns(file: Path, sentences: Sequence[_Sentence], stated: Sequence[int]) -> tuple[int, list[int]]:
    """The index of the column of the tokens, and those of the columns of the tags.

    Raises :class:`ZhengwenError` if the lines differ in their columns, or if it is not clear which holds the tags.
    """
    rows = [row for sentence in sentences for row in sentence.rows]
    width = len(rows[0][1])
    for number, fields in rows:
        if len(fields) != width or width < 2:
            has = f"has {len(fields)} column{'s' * (len(fields) != 1)}"
            other = f", line {rows[0][0]} has {width}" if len(fields) != width else ""
            raise ZhengwenError(
                f"{file}:{number}: {has}{other}",
                fix="write a token and its tag a line, separated by tabs or blanks, as many columns in each line",
            )
    numbered = width > 2 and all(
        fields[0] == str(at) for sentence in sentences for at, (_, fields) in enumerate(sentence.rows, start=1)
    )
    token = int(numbered)
    holding = [
        column for column in range(token + 1, width) if all(tags.is_tag(fields[column].strip()) for _, fields in rows)
    ]
    if stated:
        if beyond := [column for column in stated if not token + 1 < column <= width]:
            raise ZhengwenError(
                f"{file}: --tag-column {beyond[0]}: no such column of tags", fix=f"name one from {token + 2} to {width}"
            )
        holding = [column - 1 for column in stated]
    elif not holding:
        last, tag = next((n, fields[-1]) for n, fields in rows if not tags.is_tag(fields[-1].strip()))
        raise ZhengwenError(
            f"{file}:{last}: no column holds tags; the last one has {tag[:40]!r} here",
            fix="write O, or a letter and a label such as B-PER; CoNLL-U is the format conllu; or give --tag-column",
        )
    elif len(holding) > 1:
        named = "; ".join(f"{column + 1}: {_labels(rows, column)}" for column in holding)
        raise ZhengwenError(
            f"{file}: {len(holding)} columns hold tags ({named})",
            fix="say which with --tag-column; give it for each if inner mentions have columns of their own",
        )
    for _, fields in rows:
        for column in holding:
            fields[column] = fields[column].strip()
    return token, holding


def _labels(rows: Sequence[tuple[int, list[str]]], column: int) -> str:
    found = list(dict.fromkeys(fields[column] for _, fields in rows if fields[column] != tags.OUTSIDE))
    return ", ".join(found[:4]) + (", …" if len(found) > 4 else "") if found else "only O"


def _record(
    file: Path,
    sentence: _Sentence,
    words: list[str],
    columns: list[list[tags.Tag]],
    schemes: list[str],
    by_character: bool,
    remarks: list[Remark],
) -> SourceText:
    place = f"{file}:{sentence.rows[0][0]}"
    for number, fields in sentence.rows:
        if not any(fields):
            raise ZhengwenError(f"{file}:{number}: a tag without a token", fix="write the token before its tag")
    spans = aligned(words, sentence.text) if sentence.text is not None else None
    text = sentence.text
    if spans is None or text is None:
        if text is not None:
            remarks.append(Remark("text-differs", place, text))
        blanks = [needs_blank(left, right, by_character) for left, right in pairwise(words)]
        text, spans = joined(words, [*blanks, False])
    mentions = []
    for column, scheme in zip(columns, schemes, strict=True):
        marked, stray = tags.mentions(column, scheme)
        remarks += [Remark("tag", tag.place, f"{tag.letter}-{tag.label}") for tag in stray]
        mentions += [
            Mention(((spans[m.first][0], spans[m.last - 1][1]),), m.label, columns[0][m.first].place) for m in marked
        ]
    return SourceText(None, place, text, mentions, [(0, len(text))])
