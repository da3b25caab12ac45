"""Alignment: how the places of one text lie in another that was made from it.

Two texts are cut at the same places into blocks; within the stretches between blocks they correspond character for
character, and a block corresponds to a block as a whole.  An :class:`Alignment` holds the blocks alone, so two texts
that share every offset have an alignment without any.
"""

import difflib
import functools
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from typing import NamedTuple


class Span(NamedTuple):
    """A half-open range ``[start, end)`` of Unicode code points, counted from 0.

    ``exact`` is false when the range had to be widened, because it cut a block.
    """

    start: int
    end: int
    exact: bool = True


class Block(NamedTuple):
    """``[source_start, source_end)`` became ``[target_start, target_end)``; either may be empty, not both."""

    source_start: int
    source_end: int
    target_start: int
    target_end: int


class Alignment:
    """A monotone map between the places of a source text and of a target text, given by its ``blocks``.

    Blocks are in order and do not overlap, and the stretches between them are as long in the source as in the target.
    Raises ``ValueError`` when they are not so.

    >>> alignment = Alignment(5, 6, [Block(1, 3, 1, 4)])  # 他軟件好。 -> 他應用軟好。
    >>> alignment.project((1, 3))
    Span(start=1, end=4, exact=True)
    >>> alignment.project((2, 4))
    Span(start=1, end=5, exact=False)
    """

    def __init__(self, source_length: int, target_length: int, blocks: Iterable[tuple[int, int, int, int]] = ()):
        self.source_length = source_length
        self.target_length = target_length
        kept, source, target = [], 0, 0
        for block in (*blocks, (source_length, source_length, target_length, target_length)):
            source_start, source_end, target_start, target_end = block
            if not 0 <= source_start - source == target_start - target:
                before = (
                    f"{source_start - source} places before it in the source, {target_start - target} in the target"
                )
                raise ValueError(f"{Block(*block)}: {before}")
            if source_end < source_start or target_end < target_start:
                raise ValueError(f"{Block(*block)}: ends before it begins")
            # A block of one character for one says nothing.
            if not source_end - source_start == target_end - target_start <= 1:
                kept.append(block)
            source, target = source_end, target_end
        self._blocks = kept

    @classmethod
    def identity(cls, length: int) -> "Alignment":
        """The alignment of two texts of ``length`` that share every offset."""
        return cls(length, length)

    @classmethod
    def between(cls, source: str, target: str) -> "Alignment":
        """An alignment of two texts that differ here and there, by their longest runs in common.

        >>> Alignment.between("具備規模生產", "具備規模化生產").project((4, 6))
        Span(start=5, end=7, exact=True)
        """
        if source == target:
            return cls.identity(len(source))
        changes = difflib.SequenceMatcher(None, source, target, autojunk=False).get_opcodes()
        return cls(len(source), len(target), (place for tag, *place in changes if tag != "equal"))

    @functools.cached_property
    def blocks(self) -> tuple[Block, ...]:
        """The blocks, in order."""
        return tuple(map(Block._make, self._blocks))

    @property
    def is_identity(self) -> bool:
        """True when every offset is shared."""
        return not self._blocks

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Alignment):
            return NotImplemented
        return (self.source_length, self.target_length, self.blocks) == (
            other.source_length,
            other.target_length,
            other.blocks,
        )

    def __hash__(self) -> int:
        return hash((self.source_length, self.target_length, self.blocks))

    def __repr__(self) -> str:
        return f"Alignment({self.source_length}, {self.target_length}, {list(self.blocks)})"

    def project(self, span: tuple[int, int]) -> Span:
        """Where ``span`` (``(start, end)``, or a :class:`Span`) of the source lies in the target.

        A span that cuts a block is widened to the whole block, and is not ``exact``.  What was put in at an edge of the
        span stays outside it.  Raises ``ValueError`` when ``span`` is not in the source.
        """
        start, end = span[:2]
        if not 0 <= start <= end <= self.source_length:
            raise ValueError(f"[{start}, {end}) is not in a text of {self.source_length} characters")
        target_end, end_exact = self._end(end)
        if start == end:
            return Span(min(self._start(start)[0], target_end), target_end, end_exact)
        target_start, start_exact = self._start(start)
        return Span(target_start, target_end, start_exact and end_exact)

    def invert(self) -> "Alignment":
        """The same alignment, from the target to the source."""
        turned = ((block.target_start, block.target_end, block.source_start, block.source_end) for block in self.blocks)
        return Alignment(self.target_length, self.source_length, turned)

    def compose(self, other: "Alignment") -> "Alignment":
        """The alignment from this source to the target of ``other``, whose source is this target.

        Raises ``ValueError`` when it is not (by its length).
        """
        if self.target_length != other.source_length:
            raise ValueError(f"a target of {self.target_length} characters is no source of {other.source_length}")
        if other.is_identity:
            return self
        if self.is_identity:
            return other
        back = self.invert()
        blocks = []
        for start, end, mine, others in _merged(self.blocks, other.blocks):
            if start < end:
                source = (back._start(start)[0], back._end(end)[0])
                target = (other._start(start)[0], other._end(end)[0])
            else:
                source = (mine[0].source_start, mine[-1].source_end) if mine else (back._end(start)[0],) * 2
                target = (others[0].target_start, others[-1].target_end) if others else (other._end(start)[0],) * 2
            blocks.append((*source, *target))
        return Alignment(self.source_length, other.target_length, blocks)

    @functools.cached_property
    def _source_starts(self) -> list[int]:
        return [block.source_start for block in self.blocks]

    @functools.cached_property
    def _source_ends(self) -> list[int]:
        return [block.source_end for block in self.blocks]

    def _start(self, place: int) -> tuple[int, bool]:
        at = bisect_right(self._source_starts, place) - 1
        if at < 0:
            return place, True
        block = self.blocks[at]
        if place >= block.source_end:
            return place - block.source_end + block.target_end, True
        return block.target_start, place == block.source_start

    def _end(self, place: int) -> tuple[int, bool]:
        at = bisect_left(self._source_ends, place)
        if at == len(self.blocks):
            return place - self.source_length + self.target_length, True
        block = self.blocks[at]
        if place <= block.source_start:
            return place - block.source_start + block.target_start, True
        return block.target_end, place == block.source_end


def _merged(mine: tuple[Block, ...], others: tuple[Block, ...]):
    """The blocks of two alignments by where they lie in the text between them, those that overlap together.

    Yields ``(start, end, blocks of the first, blocks of the second)``, in order.
    """
    # An empty range sorts before one that begins where it lies.
    ranges = sorted(
        [(block.target_start, block.target_end, 0, block) for block in mine]
        + [(block.source_start, block.source_end, 1, block) for block in others]
    )
    group: list[tuple[int, int, int, Block]] = []
    end = 0
    for item in ranges:
        # What is taken out by the one and put in by the other at one place has no order: one block.
        if group and (item[0] < end or item[:2] == group[-1][:2] == (end, end)):
            end = max(end, item[1])
        else:
            if group:
                yield _group(group, end)
            group, end = [], item[1]
        group.append(item)
    if group:
        yield _group(group, end)


def _group(group: list[tuple[int, int, int, Block]], end: int):
    return group[0][0], end, [one[3] for one in group if one[2] == 0], [one[3] for one in group if one[2] == 1]
