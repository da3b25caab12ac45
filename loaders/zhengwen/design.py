"""The design of a corpus, ``schema/design.yaml``: what its documents consist of, and what is released of them.

Shapes, checks, rows, the card and the page follow it: whatever a corpus does not have is nowhere in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zhengwen.editions import EDITIONS, SCRIPTS
from zhengwen.errors import ZhengwenError
from zhengwen.files import read_yaml

#: The file in ``schema/`` that states the design.
DESIGN = "design.yaml"

#: The part of a corpus whose documents were received damaged, and that of one that is released in several editions.
RESTORATION, PARALLEL = "restoration", "parallel"


@dataclass(frozen=True)
class Design:
    """What a corpus consists of.

    ``base`` is the edition that annotation points into, ``scripts`` are the released editions (of which the base is
    one), and ``layers`` the layers of annotation, both in the order of the package.  With ``restoration``, each
    document also keeps the text that was received, and the model of how it was damaged.
    """

    base: str
    scripts: tuple[str, ...]
    layers: tuple[str, ...]
    restoration: bool

    @property
    def editions(self) -> tuple[str, ...]:
        """All editions of a document: those that tell of its damage, if the corpus has them, and the released ones.

        >>> Design("hans", ("hans", "hant"), ("sentences",), restoration=True).editions
        ('received', 'restored', 'hans', 'hant')
        """
        return tuple(
            name
            for name, edition in EDITIONS.items()
            if name in self.scripts or (self.restoration and not edition.released)
        )

    @property
    def parts(self) -> frozenset[str]:
        """What shapes and fields may be there for: the layers, ``restoration``, and ``parallel``."""
        parts = set(self.layers)
        parts |= {RESTORATION} if self.restoration else set()
        return frozenset(parts | {PARALLEL} if len(self.scripts) > 1 else parts)


def read_design(path: Path) -> Design:
    """The design in the file ``path``; raises :class:`ZhengwenError`, which names the field that is wrong.

    Which layers there are, and which of them need others, is stated elsewhere (:func:`zhengwen.layers.flaw_of_layers`).
    """
    content = read_yaml(path)
    if isinstance(content, dict) and not (missing := _FIELDS.keys() - content.keys()):
        unknown = content.keys() - _FIELDS.keys()
        flaws = [f"{field}: {flaw(content)}" for field, flaw in _FIELDS.items() if flaw(content)]
        flaws += [f"{field}: is not a field of a design" for field in sorted(map(str, unknown))]
    elif isinstance(content, dict):
        flaws = [f"{sorted(missing)[0]}: is missing"]
    else:
        flaws = ["expected `base`, `editions`, `layers` and `restoration`"]
    if flaws:
        raise ZhengwenError(f"{path}: {flaws[0]}", fix="correct the design")
    return design_of(content)


def design_of(content: Mapping[str, Any]) -> Design:
    """The design that valid fields of ``design.yaml`` state."""
    scripts = tuple(script for script in SCRIPTS if script in content["editions"])
    return Design(content["base"], scripts, tuple(content["layers"]), content["restoration"])


def _flaw_of_base(content: Mapping[str, Any]) -> str:
    if content["base"] not in SCRIPTS:
        return f"must be one of {', '.join(SCRIPTS)}"
    is_released = isinstance(content["editions"], list) and content["base"] in content["editions"]
    return "" if is_released else "must be among the editions"


def _flaw_of_list(field: str, allowed: tuple[str, ...] = ()):
    def flaw(content: Mapping[str, Any]) -> str:
        names = content[field]
        if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
            return "must be a list of names"
        if len(set(names)) < len(names):
            return "names one twice"
        unknown = [name for name in names if allowed and name not in allowed]
        return f"{unknown[0]!r} is none; there are: {', '.join(allowed)}" if unknown else ""

    return flaw


_FIELDS = {
    "base": _flaw_of_base,
    "editions": _flaw_of_list("editions", SCRIPTS),
    "layers": _flaw_of_list("layers"),
    "restoration": lambda content: "" if isinstance(content["restoration"], bool) else "must be true or false",
}
