"""What the page of a document shows: plain values, in the order in which they appear on it.

Every paragraph is there in every edition, and all other words in every released edition.  Ids are the last parts of the
ids in the data (``s012``), which are unique within a document.
"""

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from zhengwen.editions import EDITIONS


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


def views_of(editions: Sequence[str], base: str) -> tuple[View, ...]:
    """The positions of the switch for a document with these ``editions``, in order.

    First comes the base, then the other released editions, the ones that are not released, and the damage.

    >>> [view.key for view in views_of(["received", "restored", "hans", "hant"], "hans")]
    ['hans', 'hant', 'received', 'restored', 'damage']
    """
    in_order = sorted(
        (name for name in EDITIONS if name in editions), key=lambda name: (name != base, not EDITIONS[name].released)
    )
    released = [name for name in in_order if EDITIONS[name].released]

    def notes(name: str) -> str:
        """The released edition that notes are written in beside ``name``: itself, or the first one in its script."""
        same = [other for other in released if EDITIONS[other].script == EDITIONS[name].script]
        return name if name in released else (*same, base)[0]

    views = [View(name, EDITIONS[name].title, EDITIONS[name].native, (name,), notes(name)) for name in in_order]
    if {"received", "restored"} <= set(in_order):
        views.append(View("damage", "Damage", "對照", ("received", "restored"), notes("restored")))
    return tuple(views)


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

#: How the mentions of common entity types are marked: the tag below the words, the pattern of the line (drawn in
#: ``page.css.j2``) and the colour.  The colours of entity types are stated only here and in ``COLOURS``.  The tag alone
#: tells types apart.  A type that is not listed gets a tag, a line and a colour that the others of its corpus leave.
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


#: The lines and colours of types that are not listed, in the order in which they are given out.
_FREE_LINES = ("solid", "thick", "double", "long", "mixed", "short", "hatch")
_FREE_COLOURS = tuple(colour for colour in COLOURS if colour != "grey")


def type_marks(types: Mapping[str, str], counts: Mapping[str, int]) -> dict[str, TypeMark]:
    """How the mentions of each type of a corpus are marked; no two types have the same tag.

    ``types`` maps each type to its definition, in the order of the inventory, and ``counts`` to its mentions.

    >>> marks = type_marks({"PERSON": "", "DRUG": "", "DRUG_CLASS": "", "公司": ""}, {})
    >>> [(mark.tag, mark.line, mark.colour) for mark in marks.values()][:3]
    [('PER', 'thick', 'rose'), ('DRU', 'solid', 'blue'), ('DC', 'solid', 'green')]
    >>> marks["公司"].tag
    '公司'
    """
    chosen = {key: _MARKS[key] for key in types if key in _MARKS}
    for key in types:
        if key not in chosen:
            taken = list(chosen.values())
            tags, colours = {tag for tag, _, _ in taken}, Counter(colour for _, _, colour in taken)
            colour = min(_FREE_COLOURS, key=colours.__getitem__)
            lines = Counter(line for _, line, of in taken if of == colour)
            tag = next(tag for tag in _tags(key) if tag not in tags)
            chosen[key] = (tag, min(_FREE_LINES, key=lines.__getitem__), colour)
    return {
        key: TypeMark(number, key, definition, *chosen[key], counts.get(key, 0))
        for number, (key, definition) in enumerate(types.items())
    }


def _tags(key: str) -> Iterator[str]:
    """Tags for a type, from the best to one that is certainly free: its first letters, its initials, others of it.

    >>> list(itertools.islice(_tags("CELL_LINE"), 4))
    ['CEL', 'CL', 'CEI', 'CEN']
    """
    words = re.findall(r"[^\W_]+", key.upper()) or [key]
    letters = "".join(words)
    yield letters[:3]
    if len(words) > 1:
        yield "".join(word[0] for word in words)[:3]
    yield from dict.fromkeys(letters[:2] + letter for letter in letters[3:] if letter not in letters[:3])
    for number in itertools.count(2):
        yield f"{letters[:2]}{number}"


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
    """The whole page; ``kinds`` and ``labels`` count the quotations of each kind and the stances of each label.

    ``corpus`` is the title of the corpus, and ``language`` the ``lang`` attribute of what is known of the document.
    ``base`` is the edition that annotation points into, and ``layers`` are the names of the layers that there are.
    ``damage`` is ``None`` for a document that was not restored.
    """

    id: str
    corpus: str
    language: str
    base: str
    views: tuple[View, ...]
    layers: tuple[str, ...]
    provenance: Mapping[str, Any]
    types: tuple[TypeMark, ...]
    targets: tuple[Target, ...]
    paragraphs: tuple[ParagraphBlock, ...]
    clusters: tuple[ClusterEntry, ...]
    holders: tuple[Holder, ...]
    damage: Damage | None
    counts: Mapping[str, int]
    kinds: Mapping[str, int]
    labels: Mapping[str, int]
