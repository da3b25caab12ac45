"""What a reader of a foreign format returns.

A reader is a module with ``SUFFIXES``, the endings of its files in a folder, and ``read(path, options)``, which returns
a :class:`Source`.  It knows nothing of the corpus that the texts go to: labels are those of the source, and a text is
as it stands there, with its carriage returns.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

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


def divided(records: Sequence[SourceText], per: str | int, name: str | None) -> list[SourceText]:
    """The documents that ``records`` make: one of all of them (``file``), one each (``record``), or of so many each."""
    if per == "record":
        return list(records)
    if per == "file":
        return [grouped(records, name)] if records else []
    size = int(per)
    parts = [records[at : at + size] for at in range(0, len(records), size)]
    width = len(str(len(parts)))
    return [grouped(part, f"{name}-{number:0{width}d}") for number, part in enumerate(parts, start=1)]
