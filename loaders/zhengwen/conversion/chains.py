"""The steps by which a text is converted into each edition and back, stated as data.

Every edition is made from the Simplified text (:data:`zhengwen.editions.BASE`), and text of another edition is first
converted back to it.  A step combines an OpenCC configuration that converts characters, optionally one that
also converts words, our corrections (:mod:`zhengwen.conversion.corrections`), and a replacement of quotation marks.
"""

from collections.abc import Mapping
from typing import NamedTuple


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
