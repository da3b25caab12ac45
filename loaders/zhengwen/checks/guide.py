"""What is said of the checks: ``docs/checks.md``, and ``zhengwen check --explain``."""

import functools
from importlib import resources
from pathlib import Path
from typing import NamedTuple

from zhengwen.checks.finding import RULES, Rule
from zhengwen.errors import UnknownNameError

#: The page, and the line below which something else writes: the table of mutations.
PAGE, REST = "docs/checks.md", "<!-- made by the tests of mutations -->\n"

_LEVELS = {
    1: "The files are there, and their bytes are text.",
    2: "Every file has its shape.",
    3: "What a document says holds together.",
    4: "The vocabulary, the grid of stances, and the passes behind the gold.",
    5: "The release is what the seeds give.",
}


class Advice(NamedTuple):
    """What ``guide.yaml`` says of a check."""

    why: str
    example: str
    mend: str


@functools.cache
def advice() -> dict[str, Advice]:
    """The advice on every check, by its id."""
    import yaml

    text = resources.files("zhengwen.checks").joinpath("guide.yaml").read_text(encoding="utf-8")
    return {id: Advice(**said) for id, said in yaml.safe_load(text).items()}


def _said(id: str) -> Advice:
    # A test holds that every rule has its advice; where it is still to be written, the page can be made all the same.
    return advice().get(id, Advice("", "", ""))


def explain(id: str) -> str:
    """What the check ``id`` is about, for a person; raises :class:`UnknownNameError`, which lists them all.

    >>> print(explain("grid-duplicate"))
    grid-duplicate (level 4)
      what     A cell of the grid has one label.
      why      Two labels for one question are no answer.
      example  two cells of one unit and one target
      to mend  Keep one of them.
    <BLANKLINE>
    """
    if id not in RULES:
        raise UnknownNameError("check", id, sorted(RULES))
    rule, said = RULES[id], _said(id)
    parts = {"what": rule.why, "why": said.why, "example": said.example, "to mend": said.mend}
    return f"{id} (level {rule.level})\n" + "".join(f"  {name:8} {text}\n" for name, text in parts.items())


def page() -> str:
    """The text of ``docs/checks.md`` down to its rest."""
    parts = [
        "# Checks\n",
        "\nMade by `zhengwen build` from the rules in `loaders/zhengwen/checks/` and what "
        "`loaders/zhengwen/checks/guide.yaml` says of them. `zhengwen check --explain ID` prints one. "
        "How to run them elsewhere: [ci.md](ci.md).\n",
        "\nA level looks only at what the levels below it found whole.\n",
    ]
    for level, title in _LEVELS.items():
        parts.append(f"\n## Level {level}\n\n{title}\n")
        parts += [_section(rule) for rule in sorted(RULES.values(), key=lambda one: one.id) if rule.level == level]
    return "".join(parts) + "\n" + REST


def _section(rule: Rule) -> str:
    said = _said(rule.id)
    return f"\n### {rule.id}\n\n{rule.why} {said.why}\n\n- for example: {said.example}\n- to mend it: {said.mend}\n"


def stale(root: Path) -> bool:
    """True when the page of the repository is not what the rules say; where there is no ``docs/``, there is no page."""
    path = root / PAGE
    if not path.parent.is_dir():
        return False
    return not path.is_file() or not path.read_bytes().startswith(page().encode("utf-8"))


def renewed(old: str) -> str:
    """The page anew, with the rest of the old one."""
    return page() + old.partition(REST)[2]
