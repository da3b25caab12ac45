"""Alignment: where the offsets of a text lie in another text that was made from it.

A block is a span of the source together with the span of the target that it became; inside it, offsets do not
correspond.  Between blocks, the two texts correspond character for character.  An :class:`Alignment` stores only the
blocks, so two texts that share every offset have an alignment without blocks.
"""

import difflib
import functools
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from typing import NamedTuple


class Span(NamedTuple):
    """A span ``[start, end)`` of a text in Unicode code points, counted from 0; ``end`` is exclusive.

    ``exact`` is false when the span was widened because one of its ends was inside a block.
    """

    start: int
    end: int
    exact: bool = True


class Block(NamedTuple):
    """``[source_start, source_end)`` became ``[target_start, target_end)``; either may be empty, but not both."""

    source_start: int
    source_end: int
    target_start: int
    target_end: int


class Alignment:
    """A monotone map between the offsets of a source text and of a target text, given by its ``blocks``.

    Blocks are in order and do not overlap, and each stretch between them is as long in the source as in the target.
    Raises ``ValueError`` for any other blocks.

    >>> alignment = Alignment(5, 6, [Block(1, 3, 1, 4)])  # 他軟件好。 -> 他應用軟好。
    >>> alignment.project((1, 3))
    Span(start=1, end=4, exact=True)
    >>> alignment.project((2, 4))
    Span(start=1, end=5, exact=False)
    """

    def __init__(self, source_length: int, target_length: int, blocks: Iterable[tuple[int, int, int, int]] = ()):
        self.source_length = source_length
        self.target_length = target_length
        self._blocks = []
        source, target = 0, 0
        for block in (*blocks, (source_length, source_length, target_length, target_length)):
            source_start, source_end, target_start, target_end = block
            if not 0 <= source_start - source == target_start - target:
                raise ValueError(
                    f"{Block(*block)}: {source_start - source} characters of the source, but "
                    f"{target_start - target} of the target, lie between it and the block before"
                )
            if source_end < source_start or target_end < target_start:
                raise ValueError(f"{Block(*block)}: ends before it begins")
            # A block of one character for one, or of nothing for nothing, changes no offset.
            if not source_end - source_start == target_end - target_start <= 1:
                self._blocks.append(block)
            source, target = source_end, target_end

    @classmethod
    def identity(cls, length: int) -> "Alignment":
        """The alignment of two texts of ``length`` characters that share every offset."""
        return cls(length, length)

    @classmethod
    def between(cls, source: str, target: str) -> "Alignment":
        """An alignment of two texts that differ little, by their longest common runs of characters.

        >>> Alignment.between("具備規模生產", "具備規模化生產").project((4, 6))
        Span(start=5, end=7, exact=True)
        """
        if source == target:
            return cls.identity(len(source))
        changes = difflib.SequenceMatcher(None, source, target, autojunk=False).get_opcodes()
        return cls(len(source), len(target), (block for tag, *block in changes if tag != "equal"))

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

        A span with an end inside a block is widened to the whole block, and is not ``exact``.  Characters that were
        inserted at an edge of the span stay outside it.  Raises ``ValueError`` if ``span`` is not within the source.
        """
        start, end = span[:2]
        if not 0 <= start <= end <= self.source_length:
            raise ValueError(f"[{start}, {end}) is not a span of a text of {self.source_length} characters")
        if not self._blocks:  # most scripts share every offset
            return Span(start, end, True)
        target_end, end_exact = self._end(end)
        if start == end:
            return Span(min(self._start(start)[0], target_end), target_end, end_exact)
        target_start, start_exact = self._start(start)
        return Span(target_start, target_end, start_exact and end_exact)

    def invert(self) -> "Alignment":
        """The same alignment, from the target to the source."""
        inverted = (
            (block.target_start, block.target_end, block.source_start, block.source_end) for block in self.blocks
        )
        return Alignment(self.target_length, self.source_length, inverted)

    def compose(self, other: "Alignment") -> "Alignment":
        """The alignment from this source to the target of ``other``, whose source is this target.

        Raises ``ValueError`` when the two differ in length.

        >>> longer, shorter = Alignment.between("软件好", "应用软件好"), Alignment.between("应用软件好", "应用好")
        >>> longer.compose(shorter).project((2, 3))
        Span(start=2, end=3, exact=True)
        """
        if self.target_length != other.source_length:
            raise ValueError(
                f"a target of {self.target_length} characters cannot be the source of an alignment from "
                f"{other.source_length} characters"
            )
        if other.is_identity:
            return self
        if self.is_identity:
            return other
        inverse = self.invert()
        blocks = []
        for start, end, own_blocks, other_blocks in _overlapping(self.blocks, other.blocks):
            if start < end:
                source = (inverse._start(start)[0], inverse._end(end)[0])
                target = (other._start(start)[0], other._end(end)[0])
            else:
                # All blocks of the group are empty in the middle text.
                source, target = (inverse._end(start)[0],) * 2, (other._end(start)[0],) * 2
                if own_blocks:
                    source = (own_blocks[0].source_start, own_blocks[-1].source_end)
                if other_blocks:
                    target = (other_blocks[0].target_start, other_blocks[-1].target_end)
            blocks.append((*source, *target))
        return Alignment(self.source_length, other.target_length, blocks)

    @functools.cached_property
    def _source_starts(self) -> list[int]:
        return [block.source_start for block in self.blocks]

    @functools.cached_property
    def _source_ends(self) -> list[int]:
        return [block.source_end for block in self.blocks]

    def _start(self, offset: int) -> tuple[int, bool]:
        """Where a span that starts at ``offset`` starts in the target, and whether that is exact."""
        index = bisect_right(self._source_starts, offset) - 1
        if index < 0:
            return offset, True
        block = self.blocks[index]
        if offset >= block.source_end:
            return offset - block.source_end + block.target_end, True
        return block.target_start, offset == block.source_start

    def _end(self, offset: int) -> tuple[int, bool]:
        """Where a span that ends at ``offset`` ends in the target, and whether that is exact."""
        index = bisect_left(self._source_ends, offset)
        if index == len(self.blocks):
            return offset - self.source_length + self.target_length, True
        block = self.blocks[index]
        if offset <= block.source_start:
            return offset - block.source_start + block.target_start, True
        return block.target_end, offset == block.source_end


def _overlapping(
    first: tuple[Block, ...], second: tuple[Block, ...]
) -> Iterator[tuple[int, int, list[Block], list[Block]]]:
    """The blocks of two alignments, grouped by where they overlap in the middle text.

    The middle text is the target of ``first`` and the source of ``second``.  Yields ``(start, end, blocks of first,
    blocks of second)`` for each group, in order; ``start`` and ``end`` are offsets in the middle text.
    """
    # An empty range sorts before one that begins at its offset.
    ranges = sorted(
        [(block.target_start, block.target_end, 0, block) for block in first]
        + [(block.source_start, block.source_end, 1, block) for block in second]
    )
    group: list[tuple[int, int, int, Block]] = []
    group_end = 0
    for item in ranges:
        # Blocks that delete and insert at the same offset have no order, so they become one group.
        if group and (item[0] < group_end or item[:2] == group[-1][:2] == (group_end, group_end)):
            group_end = max(group_end, item[1])
        else:
            if group:
                yield _group(group, group_end)
            group, group_end = [], item[1]
        group.append(item)
    if group:
        yield _group(group, group_end)


def _group(group: list[tuple[int, int, int, Block]], end: int) -> tuple[int, int, list[Block], list[Block]]:
    first = [block for _, _, alignment, block in group if alignment == 0]
    second = [block for _, _, alignment, block in group if alignment == 1]
    return group[0][0], end, first, second
