"""How a text is converted into each edition and back: the chain of steps, stated as data.

Every edition is made from Simplified text (:data:`zhengwen.editions.BASE`), and what is in another edition goes back to
it first.  A step runs an OpenCC configuration over the characters, then another over the words if there is one, then
our corrections (:mod:`zhengwen.conversion.mend`), and then replaces quotation marks.
"""

from collections.abc import Mapping
from typing import NamedTuple


class Step(NamedTuple):
    """How a text becomes another.

    ``characters`` is OpenCC's configuration for characters, which keeps every offset; ``words`` the one for regional
    words, which does not, or ``None``.  ``mends`` names the table of corrections, ``marks`` maps quotation marks to
    what is written for them.  ``particle`` says whether 著 may be the aspect particle in the text that is converted.
    """

    characters: str
    words: str | None
    mends: str
    marks: Mapping[str, str]
    particle: bool = True


class Chain(NamedTuple):
    """Into an edition from Simplified text (``into``), and from it to Simplified text (``back``)."""

    into: Step
    back: Step


_CORNERS = {"“": "「", "”": "」", "‘": "『", "’": "』"}
_NO_CORNERS = {corner: mark for mark, corner in _CORNERS.items()}

#: The chain of every edition that a text can be converted into, but for the base.
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
