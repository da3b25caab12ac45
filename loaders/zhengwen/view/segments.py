"""Divides a text with marks that nest and overlap into segments that do neither.

HTML has no element for a span that begins inside another span and ends outside it.  So a text is cut wherever any mark
begins or ends, and each segment between two cuts knows all the marks that cover it.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple


class Mark(NamedTuple):
    """``item`` covers ``[start, end)``; if the two are equal, it stands between two characters."""

    start: int
    end: int
    item: Any


class Segment(NamedTuple):
    """``[start, end)``, and the marks that cover all of it, ordered by where they begin."""

    start: int
    end: int
    marks: tuple[Mark, ...]


def segments(start: int, end: int, marks: Iterable[Mark]) -> list[Segment]:
    """``[start, end)`` cut wherever a mark begins or ends.

    Marks outside ``[start, end)`` are left out, and marks that reach beyond it are cut.  A mark between two characters
    is an empty segment of its own, before the character that follows.

    >>> for segment in segments(0, 5, [Mark(0, 3, "a"), Mark(2, 9, "b")]):
    ...     print(segment.start, segment.end, [mark.item for mark in segment.marks])
    0 2 ['a']
    2 3 ['a', 'b']
    3 5 ['b']
    """
    wide, empty = [], []
    for mark in marks:
        if mark.start == mark.end:
            if start <= mark.start <= end:
                empty.append(mark)
        elif mark.start < end and start < mark.end:
            wide.append(mark)
    wide.sort(key=lambda mark: (mark.start, -mark.end))
    cuts = {start, end} | {mark.start for mark in empty}
    for mark in wide:
        cuts |= {max(start, mark.start), min(end, mark.end)}
    result = []
    offsets = sorted(cuts)
    for offset, following in zip(offsets, [*offsets[1:], None], strict=True):
        result += (Segment(offset, offset, (mark,)) for mark in empty if mark.start == offset)
        if following is not None:
            covering = tuple(mark for mark in wide if mark.start <= offset and following <= mark.end)
            result.append(Segment(offset, following, covering))
    return result
