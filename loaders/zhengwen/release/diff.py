"""What changed between two releases: annotation by annotation, text by text, column by column.

Every change states the version step that it demands (docs/versioning.md).  A span of the old release is projected onto
the new text before it is compared, so that an edit of the text moves only the annotations that it touches.
"""

import dataclasses
import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zhengwen.design import Design
from zhengwen.editions import EDITIONS
from zhengwen.release.layout import ALIGNMENTS, LICENCE
from zhengwen.release.ledger import version_key
from zhengwen.release.reader import ReleaseFolder, Terms
from zhengwen.rows import OF_LAYERS
from zhengwen.text.align import Alignment

#: The version steps, smallest first.
BUMPS = ("none", "patch", "minor", "major")


@dataclass(frozen=True)
class Change:
    """One change, and the version step (``bump``) that it demands.

    ``kind`` is the kind of thing that changed: ``design`` (the base edition), ``config``, ``column``, ``labels``,
    ``definitions`` (of labels), ``licence``, ``document``, ``text``, ``rows``, or a layer of annotation.  ``what`` is
    what happened to it (``added``, ``moved``, …), ``name`` its id or name, and ``field`` the part that changed, or
    empty.  ``old`` and ``new`` are the values, ``None`` where there is none; for ``rows``, ``new`` is the number of
    rows.
    """

    kind: str
    what: str
    name: str
    field: str
    old: Any
    new: Any
    bump: str


@dataclass(frozen=True)
class Diff:
    """The changes from one release to another."""

    old: str
    new: str
    changes: Sequence[Change]

    @property
    def bump(self) -> str:
        """The version step that all changes together demand."""
        return max((change.bump for change in self.changes), key=BUMPS.index, default="none")

    def to_dict(self) -> dict[str, Any]:
        """The diff as a JSON object."""
        changes = [dataclasses.asdict(change) for change in self.changes]
        return {"old": self.old, "new": self.new, "bump": self.bump, "changes": changes}


def compare(old: ReleaseFolder, new: ReleaseFolder) -> Diff:
    """The changes from ``old`` to ``new``."""
    changes = [
        *_shapes(old, new),
        *_terms(old.terms, new.terms),
        *_design(old.design, new.design),
        *_documents(old, new),
    ]
    for document in sorted(old.annotations.keys() & new.annotations.keys()):
        texts = {edition: (old.text(document, edition), new.text(document, edition)) for edition in EDITIONS}
        for edition, (before, after) in texts.items():
            if before is not None and after is not None and before != after:
                changes += _text(document, edition, before, after, is_base=edition == new.design.base)
        before, after = texts[new.design.base]
        alignment = Alignment.between(before or "", after or "")
        for layer in sorted(old.annotations[document].keys() | new.annotations[document].keys()):
            if layer != ALIGNMENTS:
                records = [release.annotations[document].get(layer, []) for release in (old, new)]
                changes += _records(layer, *records, alignment)
    changes += _rows(old, new)
    if old.digest != new.digest and not changes:
        changes.append(Change("rows", "changed", "annotations", "", None, None, "patch"))
    return Diff(old.name, new.name, changes)


def step(old: str, new: str) -> str:
    """The step from one version to a later one.

    >>> step("1.2.3", "1.3.0"), step("1.2.3", "4.0.0"), step("1.2.3", "1.2.3")
    ('minor', 'major', 'none')
    """
    for position, bump in enumerate(("major", "minor", "patch")):
        if version_key(old)[position] != version_key(new)[position]:
            return bump
    return "none"


def large_enough(taken: str, demanded: str, old: str) -> bool:
    """Whether the step ``taken`` from ``old`` is at least the one ``demanded``; in 0.x, minor is enough for major.

    >>> large_enough("minor", "major", "0.4.0"), large_enough("minor", "major", "1.4.0")
    (True, False)
    """
    if demanded == "major" and version_key(old)[0] == 0:
        demanded = "minor"
    return BUMPS.index(taken) >= BUMPS.index(demanded)


def _shapes(old: ReleaseFolder, new: ReleaseFolder) -> Iterator[Change]:
    for config in sorted(old.configs.keys() | new.configs.keys()):
        if config not in new.configs:
            yield Change("config", "removed", config, "", None, None, "major")
        elif config not in old.configs:
            yield Change("config", "added", config, "", None, None, "minor")
        else:
            before, after = old.configs[config], new.configs[config]
            yield from _columns(config, before.fields, after.fields)
            for field in sorted(before.labels.keys() & after.labels.keys()):
                names, new_names = before.labels[field], after.labels[field]
                if names != new_names:
                    appended = new_names[: len(names)] == names
                    what = "appended" if appended else "changed"
                    yield Change("labels", what, config, field, names, new_names, "minor" if appended else "major")


def _terms(old: Terms, new: Terms) -> Iterator[Change]:
    """Changes of what labels mean and of what may be done with the data.

    No program can tell whether another wording changes the meaning, so the step is that of a change of meaning.
    """
    if old.labels and new.labels and old.labels != new.labels:
        yield Change("definitions", "changed", "labels", "", None, None, "minor")
    if old.licence and new.licence and old.licence != new.licence:
        yield Change("licence", "changed", LICENCE, "name", old.licence, new.licence, "major")
    elif old.text and new.text and old.text != new.text:
        yield Change("licence", "changed", LICENCE, "text", None, None, "patch")


def _columns(config: str, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Change]:
    for column in [*old, *(name for name in new if name not in old)]:
        if column not in new:
            yield Change("column", "removed", config, column, old[column], None, "major")
        elif column not in old:
            yield Change("column", "added", config, column, None, new[column], "minor")
        elif old[column] != new[column]:
            yield Change("column", "retyped", config, column, old[column], new[column], "major")


def _design(old: Design, new: Design) -> Iterator[Change]:
    if old.base != new.base:
        yield Change("design", "changed", "base", "", old.base, new.base, "major")


def _documents(old: ReleaseFolder, new: ReleaseFolder) -> Iterator[Change]:
    for document in sorted(old.annotations.keys() ^ new.annotations.keys()):
        added = document in new.annotations
        what, bump = ("added", "minor") if added else ("removed", "major")
        yield Change("document", what, document, "", None, None, bump)


def _text(document: str, edition: str, old: str, new: str, is_base: bool) -> Iterator[Change]:
    """The edits of one text; those of the base text move the offsets that users may have stored."""
    for tag, start, end, new_start, new_end in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        where = f"{edition} {start}–{end}"
        bump = "major" if is_base else "minor"
        yield Change("text", "edited", document, where, old[start:end], new[new_start:new_end], bump)


def _records(layer: str, old: list[dict], new: list[dict], alignment: Alignment) -> Iterator[Change]:
    before, after = ({record["id"]: record for record in records} for records in (old, new))
    for id in sorted(before.keys() | after.keys()):
        if id not in after:
            yield Change(layer, "removed", id, "", _short(before[id]), None, "minor")
        elif id not in before:
            yield Change(layer, "added", id, "", None, _short(after[id]), "minor")
        else:
            yield from _record(layer, id, before[id], after[id], alignment)


def _record(layer: str, id: str, old: dict, new: dict, alignment: Alignment) -> Iterator[Change]:
    # The record may be a span itself, and its fields may be spans or lists of spans.
    if "start" in old and "start" in new and _projected(old, alignment) != (new["start"], new["end"]):
        yield Change(layer, "moved", id, "", _span(old), _span(new), "minor")
    for field in [*old, *(name for name in new if name not in old)]:
        if field in ("id", "start", "end", "text"):
            continue
        before, after = old.get(field), new.get(field)
        if before == after:
            continue
        spans = [value if isinstance(value, list) else [value] for value in (before, after)]
        if all(isinstance(span, dict) and "start" in span for value in spans for span in value):
            projected = [_projected(span, alignment) for span in spans[0]]
            if projected != [(span["start"], span["end"]) for span in spans[1]]:
                shown = [" … ".join(map(_span, value)) for value in spans]
                yield Change(layer, "moved", id, field, *shown, "minor")
        else:
            yield Change(layer, "relabelled", id, field, _value(before), _value(after), "minor")


def _projected(span: Mapping[str, Any], alignment: Alignment) -> tuple[int, int]:
    return alignment.project((span["start"], span["end"]))[:2]


def _span(span: Mapping[str, Any]) -> str:
    return f"{span['start']}–{span['end']} {span['text']}"


def _value(value: Any) -> Any:
    if isinstance(value, dict) and "start" in value:
        return _span(value)
    return [_value(item) for item in value] if isinstance(value, list) else value


def _short(record: Mapping[str, Any]) -> str:
    """A record in a few words: its span, if it has one, and its labels."""
    if "start" in record:
        return f"{_span(record)} {record['type']}" if "type" in record else _span(record)
    names = ("kind", "type", "name", "unit", "target", "label")
    return " ".join(str(record[name]) for name in names if name in record)


def _rows(old: ReleaseFolder, new: ReleaseFolder) -> Iterator[Change]:
    """The changes in rows that annotation does not determine, by column: how many rows have another value."""
    for config in sorted(old.configs.keys() & new.configs.keys()):
        before, after = ({row["id"]: row for row in release.configs[config].rows} for release in (old, new))
        family = config.split("-")[0]
        if family not in OF_LAYERS:
            for what, ids in (("removed", before.keys() - after.keys()), ("added", after.keys() - before.keys())):
                if ids and family != "documents":
                    yield Change("rows", what, config, "", None, len(ids), "patch")
        for column in old.configs[config].columns:
            if (family in OF_LAYERS and column not in _COMPUTED) or column.startswith("text_"):
                continue
            shared = before.keys() & after.keys()
            changed = sum(column in after[id] and before[id][column] != after[id][column] for id in shared)
            if changed:
                yield Change("rows", "changed", config, column, None, changed, _COMPUTED.get(column, "patch"))


#: The columns in the rows of a layer that are computed from more than the annotation, and the step that a change of
#: them demands: scores by other folds cannot be compared.
_COMPUTED = {"tokens": "patch", "fold": "minor"}
