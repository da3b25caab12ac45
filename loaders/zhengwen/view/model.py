"""What the page of a document shows: plain values, in the order in which they appear on it.

Every paragraph is there in every edition, and all other words in every released edition.  Ids are the last parts of the
ids in the data (``s012``), which are unique within a document.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from zhengwen.editions import EDITIONS, SCRIPTS, Edition


class View(NamedTuple):
    """One position of the switch at the top of the page.

    ``label`` and ``native`` are its name in English and in Chinese; ``editions`` are the editions of the text that it
    shows, and ``notes`` is the released edition in which notes and index are written.
    """

    key: str
    label: str
    native: str
    editions: tuple[str, ...]
    notes: str


def _notes_edition(edition: Edition) -> str:
    """The released edition that notes are written in beside ``edition``: itself, or the first one in its script."""
    if edition.released:
        return edition.name
    return next(name for name in SCRIPTS if EDITIONS[name].script == edition.script)


def _views() -> Iterator[View]:
    for edition in sorted(EDITIONS.values(), key=lambda edition: not edition.released):
        yield View(edition.name, edition.title, edition.native, (edition.name,), _notes_edition(edition))
    yield View("damage", "Damage", "對照", ("received", "restored"), _notes_edition(EDITIONS["restored"]))


#: The positions of the switch, in order: the released editions, the others, and the damage.
VIEWS = tuple(_views())


def language(edition: str) -> str:
    """The ``lang`` attribute of a text.  The received text, which has none of its own, gets that of the restored."""
    return EDITIONS[edition].language or EDITIONS["restored"].language


class Form(NamedTuple):
    """Words as one edition writes them; ``views`` are the keys of the views that show them."""

    views: tuple[str, ...]
    language: str
    text: str


#: The same words in every released edition.
Words = tuple[Form, ...]

#: The palette: each colour as it is on a light page, and as it is on a dark one.
COLOURS: Mapping[str, tuple[str, str]] = {
    "rose": ("#a3246c", "#f08cc2"),
    "blue": ("#1f5fa8", "#86b8f5"),
    "green": ("#2a7136", "#7ecb8b"),
    "olive": ("#5d6b10", "#bccb63"),
    "orange": ("#a94e00", "#f5a25d"),
    "red": ("#b3261e", "#ff9a8d"),
    "violet": ("#6a48b0", "#bca2f5"),
    "teal": ("#00707a", "#62cdd6"),
    "brown": ("#7d5226", "#d9ab7c"),
    "slate": ("#4d6272", "#a3b8c7"),
    "grey": ("#66665f", "#b0b0a7"),
    "plum": ("#7b4f85", "#d3a4dc"),
}

#: How the mentions of each entity type are marked: the tag below the words, the pattern of the line (drawn in
#: ``page.css.j2``) and the colour.  The colours of entity types are stated only here and in ``COLOURS``.  The tag alone
#: tells types apart; a type that is not listed is tagged with its first letters.
_MARKS = {
    "PERSON": ("PER", "thick", "rose"),
    "NORP": ("NRP", "short", "brown"),
    "FAC": ("FAC", "long", "slate"),
    "ORG": ("ORG", "solid", "blue"),
    "GPE": ("GPE", "double", "green"),
    "LOC": ("LOC", "long", "olive"),
    "PRODUCT": ("PRO", "mixed", "orange"),
    "EVENT": ("EVT", "short", "red"),
    "WORK_OF_ART": ("WRK", "hatch", "violet"),
    "LAW": ("LAW", "hatch", "teal"),
    "LANGUAGE": ("LNG", "mixed", "brown"),
    "DATE": ("DAT", "dots", "slate"),
    "TIME": ("TIM", "dots", "slate"),
    "PERCENT": ("PCT", "dots", "grey"),
    "MONEY": ("MNY", "dots", "grey"),
    "QUANTITY": ("QTY", "dots", "grey"),
    "ORDINAL": ("ORD", "dots", "grey"),
    "CARDINAL": ("NUM", "dots", "grey"),
    "TITLE": ("TTL", "short", "plum"),
}


@dataclass(frozen=True)
class TypeMark:
    """An entity type: its ``number`` in the inventory, how it is marked, and the ``count`` of its mentions."""

    number: int
    key: str
    definition: str
    tag: str
    line: str
    colour: str
    count: int


def type_mark(number: int, key: str, definition: str, count: int) -> TypeMark:
    """How the mentions of a type are marked.

    >>> type_mark(0, "PERSON", "A person.", 3).tag
    'PER'
    """
    tag, line, colour = _MARKS.get(key, (key[:3], "solid", "grey"))
    return TypeMark(number, key, definition, tag, line, colour, count)


@dataclass(frozen=True)
class Lane:
    """The line of a mention under a piece of text.

    ``depth`` is the number of mentions around it; ``opens`` is true where the mention begins.
    """

    type: TypeMark
    depth: int
    opens: bool


class QuotePart(NamedTuple):
    """A part of a quotation: the id of the quotation, and ``content``, ``cue`` or ``source``."""

    quote: str
    name: str


@dataclass(frozen=True)
class Piece:
    """A stretch of a text within which no annotation begins or ends, and all annotation that covers it.

    ``link`` is the id that a click leads to: a damaged place, else the innermost referent.  ``clusters``, ``speakers``
    (of the quoted words), ``stances``, ``targets`` and ``damaged_places`` are ids; ``labels`` are those of the stances
    and ``rules`` those of the damaged places.  ``quote_opens`` are the ids of the quotations that begin here, and
    ``stance_opens`` the labels of the stances that do.
    """

    text: str
    link: str | None
    lanes: tuple[Lane, ...]
    clusters: tuple[str, ...]
    parts: tuple[QuotePart, ...]
    speakers: tuple[str, ...]
    stances: tuple[str, ...]
    labels: tuple[str, ...]
    targets: tuple[str, ...]
    damaged_places: tuple[str, ...]
    rules: tuple[str, ...]
    quote_opens: tuple[str, ...]
    stance_opens: tuple[str, ...]


@dataclass(frozen=True)
class SentenceText:
    """A sentence in one edition."""

    id: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class ParagraphText:
    """A paragraph in one edition."""

    edition: str
    language: str
    sentences: tuple[SentenceText, ...]


@dataclass(frozen=True)
class StanceNote:
    """A stance that is not ``none``: holder, target, label, and the words that show it."""

    id: str
    holder: str
    holder_name: Words
    target: str
    target_name: Words
    label: str
    certainty: str
    sentence: str
    evidence: Words


@dataclass(frozen=True)
class QuoteNote:
    """A quotation as the notes beside the text show it."""

    id: str
    kind: str
    speaker: str
    speaker_name: Words
    implicit: bool
    sentence: str
    opening: Words
    stances: tuple[StanceNote, ...]


@dataclass(frozen=True)
class DamagedPlace:
    """A damaged place: what was received and what was restored there, and how certain that is.

    ``data`` are the restored characters in GBK, in hexadecimal, a space between characters; ``candidates`` is their
    number, or ``many``; ``margin`` is in nats, and ``None`` where no candidates were compared.
    """

    id: str
    sentence: str
    rule: str
    received: str
    restored: str
    established: str
    data: str
    candidates: str
    margin: float | None


@dataclass(frozen=True)
class ParagraphBlock:
    """A paragraph in every edition, with the notes beside it and the damaged places in it."""

    id: str
    role: str
    texts: tuple[ParagraphText, ...]
    quotes: tuple[QuoteNote, ...]
    stances: tuple[StanceNote, ...]
    damaged_places: tuple[DamagedPlace, ...]


@dataclass(frozen=True)
class Occurrence:
    """A mention in its context: the id of the sentence, the words of the mention, and the words around them."""

    sentence: str
    before: Words
    words: Words
    after: Words


@dataclass(frozen=True)
class ClusterEntry:
    """An entry of the index: a cluster with its mentions, quotations and stances."""

    id: str
    type: TypeMark
    name: Words
    aliases: tuple[Words, ...]
    named: bool
    occurrences: tuple[Occurrence, ...]
    quotes: tuple[QuoteNote, ...]
    stances: tuple[StanceNote, ...]


@dataclass(frozen=True)
class Holder:
    """A row of the chart: the stances of one holder, a cell for each target, in the order of the targets."""

    id: str
    name: Words
    cells: tuple[tuple[StanceNote, ...], ...]


@dataclass(frozen=True)
class Target:
    """A target of stances, and how many stances on it have each label."""

    id: str
    name: Words
    definition: str
    counts: Mapping[str, int]


@dataclass(frozen=True)
class Damage:
    """The damage as a whole.

    ``verified`` is true when the model of the damage turns the restored text back into the received one, and
    ``unexplained`` are the stretches of the received text that it does not explain.  ``glosses`` is the number of
    characters that were glossed; ``delimiters`` are pairs of a delimiter and the ASCII mark that it came back as;
    ``rules`` maps each rule to the number of its damaged places; ``differing`` is the number of damaged places where
    the established text differs from the automatic restoration.
    """

    verified: bool
    unexplained: tuple[str, ...]
    glosses: int
    delimiters: tuple[tuple[str, str], ...]
    rules: Mapping[str, int]
    differing: int


@dataclass(frozen=True)
class PageModel:
    """The whole page; ``kinds`` and ``labels`` count the quotations of each kind and the stances of each label."""

    id: str
    provenance: Mapping[str, Any]
    types: tuple[TypeMark, ...]
    targets: tuple[Target, ...]
    paragraphs: tuple[ParagraphBlock, ...]
    clusters: tuple[ClusterEntry, ...]
    holders: tuple[Holder, ...]
    damage: Damage
    counts: Mapping[str, int]
    kinds: Mapping[str, int]
    labels: Mapping[str, int]
