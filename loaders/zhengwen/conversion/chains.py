"""The steps by which a text is converted into each edition and back, stated as data.

Every edition is made from Simplified text (:data:`PIVOT`), and text of another edition is first converted back to it.
A step combines an OpenCC configuration that converts characters, optionally one that also converts words, our
corrections (:mod:`zhengwen.conversion.corrections`), and a replacement of quotation marks.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple

#: The edition that every conversion begins or ends with, or goes through.
PIVOT = "hans"


class Step(NamedTuple):
    """How one text is converted into another.

    ``characters`` is the OpenCC configuration for characters, which keeps every offset; ``words`` is the one for
    regional words, which does not, or ``None``.  ``corrections`` names the table of corrections (``hans`` or ``hant``),
    and ``marks`` maps quotation marks to their replacements.  ``particle`` says whether 著 can be the aspect particle
    in the source text.
    """

    characters: str
    words: str | None
    corrections: str
    marks: Mapping[str, str]
    particle: bool = True

    @property
    def description(self) -> str:
        """What this step does, for readers.

        >>> CHAINS["hant-hk"].into.description
        'OpenCC s2hk, characters only, corrected; marks 「」『』'
        """
        words = f"OpenCC {self.words}, regional words" if self.words else f"OpenCC {self.characters}, characters only"
        marks = "".join(dict.fromkeys(self.marks.values()))
        return f"{words}, corrected" + (f"; marks {marks}" if marks else "")


class Chain(NamedTuple):
    """The step from Simplified text into an edition (``into``), and the step back (``back``)."""

    into: Step
    back: Step


_CORNERS = {"“": "「", "”": "」", "‘": "『", "’": "』"}
_NO_CORNERS = {corner: mark for mark, corner in _CORNERS.items()}

#: The chain of every edition that a text can be converted into, except the base.
CHAINS: Mapping[str, Chain] = {
    "hant": Chain(
        into=Step("s2tw", None, "hant", {}),
        back=Step("tw2s", None, "hans", {}),
    ),
    "hant-hk": Chain(
        into=Step("s2hk", None, "hant", _CORNERS),
        back=Step("hk2s", None, "hans", _NO_CORNERS, particle=False),
    ),
    "hant-tw": Chain(
        into=Step("s2tw", "s2twp", "hant", _CORNERS),
        back=Step("tw2s", "tw2sp", "hans", _NO_CORNERS),
    ),
}


class Origin(NamedTuple):
    """Where an edition of a document comes from: what it is ``made_from``, and ``how``, for readers.

    ``offsets`` says how a span of the base edition is found in this one: it is the ``base``, all offsets are ``shared``
    with the base, or an alignment is stored (``aligned``).
    """

    made_from: str
    how: str
    offsets: Literal["base", "shared", "aligned"]


def origin(edition: str, base: str) -> Origin:
    """Where ``edition`` comes from in a corpus whose annotation points into the edition ``base``.

    >>> origin("hant-hk", "hans").offsets, origin("hans", "hant-tw").offsets
    ('shared', 'aligned')
    """
    if edition == "received":
        return Origin("restored", "damaged by the site; the file itself is the seed", "aligned")
    if edition == "restored":
        return Origin(base, "character by character, by the site's table", "shared")
    if edition == base:
        return Origin("annotators", "the established text", "base")
    steps = [CHAINS[base].back] if base != PIVOT else []
    steps += [CHAINS[edition].into] if edition != PIVOT else []
    is_shared = not any(step.words for step in steps)
    return Origin(base, "; then ".join(step.description for step in steps), "shared" if is_shared else "aligned")
