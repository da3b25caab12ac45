"""Marks that nest and overlap, as stretches of text that lie side by side.

HTML has no element for a span that begins in one span and ends in another.  So a text is cut at every place where
any mark begins or ends, and each stretch between two cuts knows all the marks that lie over it.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple


class Mark(NamedTuple):
    """``item`` lies over ``[start, end)``; where both are one place it stands between two characters."""

    start: int
    end: int
    item: Any


class Segment(NamedTuple):
    """``[start, end)``, and the marks that lie over all of it, those that begin first before others."""

    start: int
    end: int
    marks: tuple[Mark, ...]


def segments(start: int, end: int, marks: Iterable[Mark]) -> list[Segment]:
    """``[start, end)`` cut where a mark begins or ends; marks outside are left out, those across the edge are cut.

    A mark between two characters is a segment of its own, without width, in front of the character that follows.

    >>> found = segments(0, 5, [Mark(0, 3, "a"), Mark(2, 9, "b")])
    >>> [(one.start, one.end, [mark.item for mark in one.marks]) for one in found]
    [(0, 2, ['a']), (2, 3, ['a', 'b']), (3, 5, ['b'])]
    """
    wide, points = [], []
    for mark in marks:
        if mark.start == mark.end:
            if start <= mark.start <= end:
                points.append(mark)
        elif mark.start < end and start < mark.end:
            wide.append(mark)
    wide.sort(key=lambda mark: (mark.start, -mark.end))
    cuts = {start, end} | {mark.start for mark in points}
    for mark in wide:
        cuts |= {max(start, mark.start), min(end, mark.end)}
    found = []
    places = sorted(cuts)
    for place, following in zip(places, [*places[1:], None], strict=True):
        found += (Segment(place, place, (mark,)) for mark in points if mark.start == place)
        if following is not None:
            over = tuple(mark for mark in wide if mark.start <= place and following <= mark.end)
            found.append(Segment(place, following, over))
    return found
