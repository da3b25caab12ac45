"""A diff for people: as text, and as the Data part of a changelog."""

import dataclasses
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from zhengwen.editions import SCRIPTS
from zhengwen.printable import printable
from zhengwen.release.diff import Change, Diff


def as_text(diff: Diff) -> str:
    """One line per change (one for all scripts), and at the end the version step that they demand together."""
    lines = [f"{change.bump:5}  {_line(change)}" for change in _merged(diff.changes)]
    return "".join(f"{line}\n" for line in [*lines, printable(f"{diff.old} -> {diff.new}: {_demand(diff)}")])


def as_markdown(diff: Diff) -> str:
    """The draft of the Data part of a changelog."""
    bullets = [*_bullets(diff)] or ["- The data are unchanged."]
    return "### Data\n\n" + "\n".join(bullets) + "\n"


def _bullets(diff: Diff) -> Iterator[str]:
    def kind_of(change: Change) -> tuple[str, str]:
        return change.kind, change.what

    for (kind, what), group in groupby(sorted(diff.changes, key=kind_of), key=kind_of):
        changes = list(group)
        yield f"- {kind.capitalize()} {what}: {len(changes)}."
        yield from (f"  - {_line(change, kind=False, mark='`')}" for change in _merged(changes))


def _merged(changes: Sequence[Change]) -> list[Change]:
    """``changes``, with the same change in all scripts of a family as one change in ``<family>-S``."""
    names: dict[str, list[str]] = {}
    for change in changes:
        names.setdefault(repr(dataclasses.replace(change, name=_family(change))), []).append(change.name)
    merged = []
    for change in changes:
        of_family = names.pop(repr(dataclasses.replace(change, name=_family(change))), [])
        if _family(change) != change.name and len(of_family) == len(SCRIPTS):
            merged.append(dataclasses.replace(change, name=f"{_family(change)}-S"))
        else:
            merged += [dataclasses.replace(change, name=name) for name in of_family]
    return merged


def _family(change: Change) -> str:
    """The family of the config that ``change`` is in, and the name of anything else."""
    family, _, script = change.name.partition("-")
    return family if change.kind in ("config", "column", "labels", "rows") and script in SCRIPTS else change.name


def _line(change: Change, kind: bool = True, mark: str = "") -> str:
    prefix = f"{change.kind} {change.what}: " if kind else ""
    field = f", {change.field}" if change.field else ""
    values = ""
    if change.kind == "rows" and change.new is not None:
        values = f": {change.new} row{'s' * (change.new != 1)}"
    elif change.what == "relabelled" or (change.old is not None and change.new is not None):
        values = f": {_shown(change.old)} -> {_shown(change.new)}"
    elif change.old is not None or change.new is not None:
        values = f": {_shown(change.old if change.new is None else change.new)}"
    return printable(f"{prefix}{mark}{change.name}{mark}{field}{values}")


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "nothing"
    return "nothing" if value in (None, "") else str(value)


def _demand(diff: Diff) -> str:
    if diff.bump == "none":
        return "no change of data"
    count = len(diff.changes)
    changes = "1 change, which demands" if count == 1 else f"{count} changes, which demand"
    return f"{changes} a {diff.bump} version"
