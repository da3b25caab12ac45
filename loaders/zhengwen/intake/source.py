"""What a reader of a foreign format returns, and what the readers share.

A reader is a module with ``SUFFIXES``, the endings of its files in a folder, and ``read(path, options)``, which returns
a :class:`Source`.  It knows nothing of the corpus that the texts go to: labels are those of the source, and a text is
as it stands there, with its carriage returns.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from zhengwen.errors import ZhengwenError
from zhengwen.folders import entries

BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"

Span = tuple[int, int]


class Mention(NamedTuple):
    """A mention in a source: its spans in code points of the text (several if it is in fragments), and its label.

    ``place`` is ``file:line``.  ``coreference`` is equal for mentions of one referent, within a text; ``words`` are
    what the source says that the mention holds.  Both are ``None`` where a source says nothing.
    """

    spans: tuple[Span, ...]
    label: str
    place: str
    coreference: str | None = None
    words: str | None = None

    def moved(self, by: int) -> "Mention":
        """This mention in a text with ``by`` more characters before it.

        >>> Mention(((1, 3),), "PER", "a.ann:1").moved(10).spans
        ((11, 13),)
        """
        return self._replace(spans=tuple((start + by, end + by) for start, end in self.spans))


class Remark(NamedTuple):
    """Something that does not fit: one of :data:`zhengwen.intake.report.KINDS`, where it stands, and what it is."""

    kind: str
    place: str
    what: str


@dataclass
class SourceText:
    """A text of a source with its mentions; ``name`` is what the source calls it, ``None`` if it has no name there.

    ``sentences`` are the spans of its sentences, ``None`` if the source has none.
    """

    name: str | None
    place: str
    text: str
    mentions: list[Mention] = field(default_factory=list)
    sentences: list[Span] | None = None


@dataclass
class Source:
    """All texts of a source, what the readers could not take over (``remarks``), and how it was read (``notes``)."""

    texts: list[SourceText] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, other: "Source") -> None:
        """Take over what was read from another file."""
        self.texts += other.texts
        self.remarks += other.remarks
        self.notes += [note for note in other.notes if note not in self.notes]


class Options(NamedTuple):
    """How a source is to be read; what a format has no use for is ignored.

    ``document_per`` is ``file``, ``record``, a number of records, or ``None`` for what suits the source; ``scheme`` is
    one of :data:`zhengwen.intake.tags.SCHEMES`, ``None`` to find out; ``tag_columns`` are counted from 1, none to find
    the one.
    """

    document_per: str | int | None = None
    scheme: str | None = None
    tag_columns: tuple[int, ...] = ()


def files_of(path: Path, suffixes: Sequence[str]) -> list[Path]:
    """``path`` itself if it is a file, or else the files in it and in its folders that end in one of ``suffixes``.

    Raises :class:`ZhengwenError` if there are none.
    """
    if path.is_file():
        return [path]
    if not path.exists():
        raise ZhengwenError(f"{path}: there is no such file or folder", fix="correct the path")
    found = sorted(
        entry.path
        for entry in entries(path)
        if entry.path.is_file()
        and entry.path.name.lower().endswith(tuple(suffixes))
        and not any(part.startswith(".") for part in entry.path.relative_to(path).parts)
    )
    if not found:
        raise ZhengwenError(
            f"{path}: no file here ends in {', '.join(suffixes)}", fix="name the file, or the folder that holds it"
        )
    return found


#: How files begin that are no text, or text in another encoding.
_SIGNATURES = {
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"%PDF": "a PDF",
    b"PK\x03\x04": "a ZIP archive",
    b"\x1f\x8b": "compressed by gzip",
    b"PAR1": "Parquet",
    b"SQLite": "a database",
}


def read_source(path: Path) -> str:
    """The text of a file of a source, with its line ends and its byte order mark.

    Raises :class:`ZhengwenError` if it cannot be read, holds nothing, or is not UTF-8.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ZhengwenError(f"{path}: cannot be read: {error.strerror}") from None
    for signature, kind in _SIGNATURES.items():
        if data.startswith(signature):
            fix = "convert it: `iconv -f UTF-16 -t UTF-8`" if kind == "UTF-16" else "name a file of text, in UTF-8"
            raise ZhengwenError(f"{path}: this is {kind}, not text in UTF-8", fix=fix)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        fix = "convert it: `iconv -f GB18030 -t UTF-8`, if it is GBK or GB18030"
        raise ZhengwenError(f"{path}:{line}: byte {error.start} is not UTF-8", fix=fix) from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise ZhengwenError(f"{path}:{line}: holds NUL characters, so it is no text", fix="name a file of text")
    return text


def require_content(text: str, path: Path) -> None:
    """Raise :class:`ZhengwenError` if a file holds nothing but white space."""
    if not text.strip(f"{BOM} \t\r\n"):
        raise ZhengwenError(f"{path}: this file is empty", fix="name a file that holds texts with annotation")


def source_lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of a file, each with its number, without line ends and byte order mark; blank ones too.

    Raises :class:`ZhengwenError` as :func:`read_source`, and if the file is empty.
    """
    text = read_source(path)
    require_content(text, path)
    for number, line in enumerate(text.removeprefix(BOM).split("\n"), start=1):
        yield number, line.removesuffix("\r")


# Offsets, as a tool may count them.


def _countings(text: str) -> Iterator[tuple[str, Sequence[int]]]:
    """The ways to count offsets in ``text``: a name, and the code point at which each offset is."""
    body = int(text.startswith(BOM))
    yield "code points", range(body, len(text) + 1)
    if body:
        yield "code points, with the byte order mark", range(len(text) + 1)
    if "\r\n" in text:
        yield (
            "code points, without carriage returns",
            [offset for offset in range(body, len(text) + 1) if not text.startswith("\r\n", offset)],
        )
    if any(character > "\uffff" for character in text):
        yield (
            "UTF-16 code units",
            [
                offset
                for offset in range(body, len(text) + 1)
                for _ in range(1 + (offset < len(text) and text[offset] > "\uffff"))
            ],
        )


def words_at(text: str, spans: Iterable[Span]) -> str:
    """The words at ``spans``, in which white space of any kind is one blank."""
    return _squeezed(" ".join(text[start:end] for start, end in spans))


def _squeezed(words: str) -> str:
    # Label Studio writes a line feed as a backslash and an n.
    return " ".join(words.replace("\\n", " ").split())


def same_words(text: str, mention: Mention) -> bool:
    """Whether a mention holds the words that the source says, as far as it says any; white space does not count."""
    return mention.words is None or words_at(text, mention.spans) == _squeezed(mention.words)


def counted(text: str, mentions: Sequence[Mention]) -> tuple[list[Mention], str]:
    r"""``mentions`` with offsets in code points of ``text``, and how their tool counts (``""`` for code points).

    What the mentions say of their words shows how their tool counts.  An offset outside of the text becomes ``-1``.

    >>> mention = Mention(((3, 5),), "PER", "a.ann:1", words="张三")
    >>> counted("一\r\n张三", [mention._replace(spans=((2, 4),))])[1]
    'code points, without carriage returns'
    """
    best, name, most = list(mentions), "", -1
    for number, (counting, offsets) in enumerate(_countings(text)):
        read = [
            mention._replace(
                spans=tuple(
                    tuple(offsets[at] if 0 <= at < len(offsets) else -1 for at in span) for span in mention.spans
                )
            )
            for mention in mentions
        ]
        right = sum(same_words(text, mention) for mention in read)
        if right > most:
            best, name, most = read, counting if number else "", right
        if right == len(mentions):
            break
    return best, name


# Several records as one text.


def grouped(records: Sequence[SourceText], name: str | None) -> SourceText:
    """The ``records`` as one text, each on lines of its own.

    >>> second = SourceText("2", "a:2", "二", [Mention(((0, 1),), "X", "a:2")])
    >>> made = grouped([SourceText("1", "a:1", "一"), second], "a")
    >>> made.text, made.mentions[0].spans
    ('一\\n二\\n', ((2, 3),))
    """
    pieces: list[str] = []
    mentions: list[Mention] = []
    sentences: list[Span] = []
    start = 0
    for record in records:
        text = record.text if record.text.endswith("\n") else f"{record.text}\n"
        mentions += [mention.moved(start) for mention in record.mentions]
        sentences += [(start + first, start + last) for first, last in record.sentences or ()]
        pieces.append(text)
        start += len(text)
    stated = all(record.sentences is not None for record in records)
    return SourceText(name, records[0].place, "".join(pieces), mentions, sentences if stated else None)


def divided(records: Sequence[SourceText], per: str | int, name: str) -> list[SourceText]:
    """The documents that ``records`` make: one of all of them (``file``), one each (``record``), or of so many each."""
    if per == "record":
        return list(records)
    if per == "file":
        return [grouped(records, name)] if records else []
    size = int(per)
    parts = [records[at : at + size] for at in range(0, len(records), size)]
    width = len(str(len(parts)))
    return [grouped(part, f"{name}-{number:0{width}d}") for number, part in enumerate(parts, start=1)]
