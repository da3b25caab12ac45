"""Tags of tokens: which scheme they follow, and the mentions that they mark.

A tag is a letter and a label: ``B-PER``, also ``B_PER`` and ``PER-B``.  The letters of all schemes are read as those of
BIOES: ``M`` is ``I``, ``L`` is ``E``, ``U`` and ``W`` are ``S``.
"""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from zhengwen.errors import ZhengwenError

#: The schemes.  ``any`` takes every tag as the program conlleval does, and reports those that break a scheme.
SCHEMES = ("iob1", "iob2", "bioes", "bilou", "any")

OUTSIDE = "O"
_PREFIXED = re.compile(r"(?P<letter>[BIEMSLUW])[-_](?P<label>\S+)")
_SUFFIXED = re.compile(r"(?P<label>\S+)[-_](?P<letter>[BIEMSLUW])")
_AS_BIOES = {"M": "I", "L": "E", "U": "S", "W": "S"}
_OWN = {"bioes": set("EMS"), "bilou": set("LU")}


class Tag(NamedTuple):
    """A tag: its letter as written, its label (both empty for ``O``), and where it stands (``file:line``)."""

    letter: str
    label: str
    place: str

    @property
    def role(self) -> str:
        """The letter as BIOES writes it."""
        return _AS_BIOES.get(self.letter, self.letter)


class Tagged(NamedTuple):
    """A mention that tags mark: the tokens ``[first, last)``, and its label."""

    first: int
    last: int
    label: str


def is_tag(text: str) -> bool:
    """Whether ``text`` looks like a tag, in either order.

    >>> is_tag("B-PER"), is_tag("PER-B"), is_tag("O"), is_tag("NN")
    (True, True, True, False)
    """
    return text == OUTSIDE or bool(_PREFIXED.fullmatch(text) or _SUFFIXED.fullmatch(text))


def parse(sentences: Iterable[Sequence[tuple[str, str]]]) -> list[list[Tag]]:
    """The tags of a file, each given as ``(text, place)``, by sentence; letter and label are in one order in all of it.

    Raises :class:`ZhengwenError` for a tag that is none.

    >>> parse([[("PER-B", "a:1"), ("S-E", "a:2")]])[0][1]
    Tag(letter='E', label='S', place='a:2')
    """
    sentences = list(sentences)
    written = [(text, place) for sentence in sentences for text, place in sentence if text != OUTSIDE]
    pattern = _PREFIXED
    if not all(_PREFIXED.fullmatch(text) for text, _ in written) and all(_SUFFIXED.fullmatch(t) for t, _ in written):
        pattern = _SUFFIXED
    parsed = []
    for sentence in sentences:
        tags = []
        for text, place in sentence:
            match = pattern.fullmatch(text)
            if not match and text != OUTSIDE:
                raise ZhengwenError(
                    f"{place}: {text!r} is not a tag", fix="write O, or a letter and a label such as B-PER"
                )
            tags.append(Tag(match["letter"], match["label"], place) if match else Tag("", "", place))
        parsed.append(tags)
    return parsed


def scheme_of(sentences: Sequence[Sequence[Tag]], stated: str | None = None) -> str:
    """The scheme that all tags follow, which is ``stated`` if that is given.

    Raises :class:`ZhengwenError`, with the first tag that does not fit, if there is none.

    >>> scheme_of(parse([[("I-PER", "a:1"), ("I-PER", "a:2"), ("B-PER", "a:3")]]))
    'iob1'
    """
    if stated == "any":
        return stated
    letters: dict[str, str] = {}
    for sentence in sentences:
        for tag in sentence:
            letters.setdefault(tag.letter, tag.place)
    if stated is None:
        used = {scheme: own & letters.keys() for scheme, own in _OWN.items()}
        if all(used.values()):
            (first, second) = (sorted(found)[0] for found in used.values())
            raise ZhengwenError(
                f"{letters[second]}: a tag of BILOU ({second}-) in a file with tags of BIOES ({first}-)",
                fix="correct the tags, or read all as they stand with --scheme any",
            )
        candidates = [scheme for scheme, found in used.items() if found] or ["iob2", "iob1"]
        if letters.keys() & {"W"} and candidates == ["iob2", "iob1"]:
            candidates = ["bioes"]
    else:
        candidates = [stated]
    problems = []
    for scheme in candidates:
        breaks = [place for sentence in sentences for place in _breaks(sentence, scheme)]
        if not breaks:
            return scheme
        problems.append((scheme, breaks))
    said = "; ".join(f"{scheme.upper()}: {_tags(len(breaks))}, first {breaks[0]}" for scheme, breaks in problems)
    raise ZhengwenError(
        f"{problems[0][1][0].partition(' ')[0]}: the tags break the scheme ({said})",
        fix="correct them; or read a stray I- or E- as the beginning of a mention with --scheme any",
    )


def _tags(count: int) -> str:
    return f"{count:,} tag{'s' * (count != 1)}"


def _breaks(tags: Sequence[Tag], scheme: str) -> list[str]:
    """The places of the tags that break ``scheme``, each with the tag."""
    broken = []
    before = Tag("", "", "")
    for tag in [*tags, Tag("", "", tags[-1].place if tags else "")]:
        same = before.label == tag.label and bool(before.letter)
        if scheme == "iob2":
            wrong = tag.role not in ("", "B", "I") or (tag.role == "I" and not same)
        elif scheme == "iob1":
            wrong = tag.role not in ("", "B", "I") or (tag.role == "B" and not same)
        else:
            continues = before.role in ("B", "I")
            wrong = (tag.role in ("I", "E")) != continues or (continues and not same)
        if wrong:
            broken.append(f"{tag.place} ({tag.letter}-{tag.label})" if tag.letter else tag.place)
        before = tag
    return broken


def mentions(tags: Sequence[Tag], scheme: str) -> tuple[list[Tagged], list[Tag]]:
    """The mentions that the tags of a sentence mark, and with ``any`` the tags that break every scheme.

    >>> found, stray = mentions(parse([[("B-A", "a:1"), ("I-A", "a:2"), ("O", "a:3"), ("I-B", "a:4")]])[0], "any")
    >>> found
    [Tagged(first=0, last=2, label='A'), Tagged(first=3, last=4, label='B')]
    >>> stray
    [Tag(letter='I', label='B', place='a:4')]
    """
    found: list[Tagged] = []
    stray: list[Tag] = []
    is_open = False
    for at, tag in enumerate(tags):
        continues = is_open and tag.role in ("I", "E") and found[-1].label == tag.label
        if continues:
            found[-1] = found[-1]._replace(last=at + 1)
        elif tag.letter:
            found.append(Tagged(at, at + 1, tag.label))
            if scheme == "any" and tag.role in ("I", "E"):
                stray.append(tag)
        is_open = tag.role in ("B", "I")
    return found, stray
