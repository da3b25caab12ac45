"""Entities as CorefUD writes them in MISC: ``Entity=(e1-person-1`` opens a mention, and ``e1)`` closes it.

``# global.Entity = eid-etype-head-other`` states the fields of an opening bracket; GUM calls the first ``GRP``.
"""

import re
from pathlib import Path

from zhengwen.errors import ZhengwenError
from zhengwen.intake.source import Mention, Remark, Span

#: A mention that opens, closes, or does both; without either bracket it is nothing that can be read.
_PART = re.compile(r"(?P<opens>\()?(?P<values>[^()]+)(?P<closes>\))?")
#: A mention in fragments names which part this is: ``e1[1/2]``.
_FRAGMENT = re.compile(r"(?P<id>.+)\[\d+/\d+\]")
_ID_FIELDS, _TYPE_FIELDS = ("eid", "GRP"), ("etype", "entity")

#: The label of a mention to which the source gives no type.
NO_TYPE = "_"


class _Open:
    """A mention that is being read: its span as far as it has a surface."""

    def __init__(self, id: str, label: str, number: int):
        self.id, self.label, self.number = id, label, number
        self.span: Span | None = None


class Brackets:
    """Collects the mentions of one document from its nodes, which are added in their order."""

    def __init__(self, file: Path, fields: str, remarks: list[Remark]):
        names = fields.split("-")
        self._file, self._remarks = file, remarks
        self._id = next((names.index(name) for name in _ID_FIELDS if name in names), 0)
        self._type = next((names.index(name) for name in _TYPE_FIELDS if name in names), None)
        self._open: list[_Open] = []
        self._mentions: list[Mention] = []
        self._fragments: set[str] = set()

    def add(self, value: str | None, span: Span | None, number: int) -> None:
        """Add a node: its ``Entity`` in MISC, its span in the document (``None`` for an empty node), its line.

        Raises :class:`ZhengwenError` with the line if the brackets cannot be read.
        """
        closing: list[_Open] = []
        for match in self._parts(value or "", number):
            if not match["opens"]:
                closing.append(self._closed(match["values"], number, closing))
                continue
            values = match["values"].split("-")
            label = values[self._type] if self._type is not None and self._type < len(values) else ""
            self._open.append(_Open(values[min(self._id, len(values) - 1)], label or NO_TYPE, number))
            if match["closes"]:
                closing.append(self._open[-1])
        if span:
            for mention in self._open:
                mention.span = (mention.span[0] if mention.span else span[0], span[1])
        for mention in closing:
            self._open.remove(mention)
            self._finish(mention)

    def _parts(self, value: str, number: int) -> list[re.Match[str]]:
        parts = list(_PART.finditer(value))
        is_read = "".join(part.group() for part in parts) == value
        if not is_read or not all(part["opens"] or part["closes"] for part in parts):
            raise ZhengwenError(
                f"{self._file}:{number}: Entity={value}: these brackets cannot be read",
                fix="write (e1-person-1 to open a mention, e1) to close it",
            )
        return parts

    def _closed(self, values: str, number: int, closing: list[_Open]) -> _Open:
        fields = values.split("-")
        ids = {fields[0], fields[min(self._id, len(fields) - 1)]}
        for mention in reversed(self._open):
            if mention.id in ids and mention not in closing:
                return mention
        raise ZhengwenError(
            f"{self._file}:{number}: {values}) closes a mention that was not opened", fix="correct the brackets"
        )

    def _finish(self, mention: _Open) -> None:
        place = f"{self._file}:{mention.number}"
        if fragment := _FRAGMENT.fullmatch(mention.id):
            if (name := f"{fragment['id']} {mention.label}") not in self._fragments:
                self._remarks.append(Remark("fragments", place, f"{name}"))
            self._fragments.add(name)
        elif mention.span is None:
            self._remarks.append(Remark("no-surface", place, f"{mention.id} {mention.label}"))
        else:
            self._mentions.append(Mention((mention.span,), mention.label, place, mention.id))

    def mentions(self) -> list[Mention]:
        """All mentions; raises :class:`ZhengwenError` if one was never closed."""
        if self._open:
            mention = self._open[0]
            raise ZhengwenError(
                f"{self._file}:{mention.number}: the mention {mention.id} is never closed", fix="correct the brackets"
            )
        return self._mentions
