"""What the page of a document shows: plain values, in the order in which they appear on it.

Every text comes in every edition.  Ids are the ends of the ids in the data (``s012``), which are one of a kind in a
document.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from zhengwen.editions import EDITIONS


class View(NamedTuple):
    """One position of the switch: ``editions`` are the texts that stand on the page then."""

    key: str
    label: str
    native: str
    editions: tuple[str, ...]


#: The switch, in its order.
VIEWS = (
    View("hans", "Simplified", "简体", ("hans",)),
    View("hant", "Traditional", "繁體", ("hant",)),
    View("hant-hk", "Hong Kong", "香港", ("hant-hk",)),
    View("hant-tw", "Taiwan", "臺灣", ("hant-tw",)),
    View("restored", "Restored", "復原", ("restored",)),
    View("received", "Received", "收到", ("received",)),
    View("damage", "Damage", "對照", ("received", "restored")),
)


def language(edition: str) -> str:
    """The ``lang`` of a text: what was received is Traditional too, under its damage."""
    return EDITIONS[edition].language or EDITIONS["restored"].language


class Form(NamedTuple):
    """Words as one edition writes them; ``views`` are those in which they are shown."""

    views: tuple[str, ...]
    language: str
    text: str


#: The same words in every script.  Where the damage is looked at, they are shown as ``hant`` has them.
Words = tuple[Form, ...]

#: A type of mention as it is marked: three letters under the line, how the line is drawn, and which colour it has.
#: The letters alone tell types apart; a type that is not here gets its first letters.
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
    """A type of mention: its ``number`` in the inventory, how it is marked, and how many mentions have it."""

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
    """A mention over a piece of text; ``depth`` counts the mentions around it, ``opens`` is true where it begins."""

    type: TypeMark
    depth: int
    opens: bool


class QuotePart(NamedTuple):
    """Which part of which quotation: ``content``, ``cue`` or ``source``."""

    quote: str
    name: str


@dataclass(frozen=True)
class Piece:
    """A stretch of a text over which nothing begins or ends, and what lies over it.

    ``link`` is the id that a click leads to: a damaged site, else the innermost referent.  ``clusters``, ``voices``
    (the speakers of what is said), ``stances``, ``targets`` and ``sites`` are ids.  ``quote_opens`` are the quotations,
    ``stance_opens`` the labels, that begin here.
    """

    text: str
    link: str | None
    lanes: tuple[Lane, ...]
    clusters: tuple[str, ...]
    parts: tuple[QuotePart, ...]
    voices: tuple[str, ...]
    stances: tuple[str, ...]
    labels: tuple[str, ...]
    targets: tuple[str, ...]
    sites: tuple[str, ...]
    rules: tuple[str, ...]
    quote_opens: tuple[str, ...]
    stance_opens: tuple[str, ...]


@dataclass(frozen=True)
class SentenceText:
    """A sentence in one edition."""

    id: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Text:
    """A paragraph in one edition."""

    edition: str
    language: str
    sentences: tuple[SentenceText, ...]


@dataclass(frozen=True)
class StanceNote:
    """A stance that is not ``none``: holder, target, label, and the words that it rests on."""

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
    """A quotation as it is noted beside the text."""

    id: str
    kind: str
    speaker: str
    speaker_name: Words
    implicit: bool
    sentence: str
    opening: Words
    stances: tuple[StanceNote, ...]


@dataclass(frozen=True)
class Site:
    """A damaged place: what was received and what was restored there, and how sure that is."""

    id: str
    sentence: str
    rule: str
    received: str
    restored: str
    established: str
    data: str
    readings: str
    margin: float | None


@dataclass(frozen=True)
class ParagraphBlock:
    """A paragraph with all that is noted beside it."""

    id: str
    role: str
    texts: tuple[Text, ...]
    quotes: tuple[QuoteNote, ...]
    stances: tuple[StanceNote, ...]
    sites: tuple[Site, ...]


@dataclass(frozen=True)
class Place:
    """A place of a cluster: the sentence, the words, and the words around them."""

    sentence: str
    before: Words
    words: Words
    after: Words


@dataclass(frozen=True)
class ClusterEntry:
    """An entry of the index."""

    id: str
    type: TypeMark
    name: Words
    aliases: tuple[Words, ...]
    named: bool
    places: tuple[Place, ...]
    quotes: tuple[QuoteNote, ...]
    stances: tuple[StanceNote, ...]


@dataclass(frozen=True)
class Holder:
    """A row of the chart: what one holder says of each target, in the order of targets."""

    id: str
    name: Words
    cells: tuple[tuple[StanceNote, ...], ...]


@dataclass(frozen=True)
class Target:
    """A target of stances."""

    id: str
    name: Words
    definition: str
    counts: Mapping[str, int]


@dataclass(frozen=True)
class Damage:
    """What is known of the damage as a whole."""

    verified: bool
    unexplained: tuple[str, ...]
    glosses: int
    delimiters: tuple[tuple[str, str], ...]
    rules: Mapping[str, int]
    differing: int


@dataclass(frozen=True)
class PageModel:
    """The whole page."""

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
