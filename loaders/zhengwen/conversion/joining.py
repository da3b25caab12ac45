"""Joins stretches of text so that they can be converted in one call, and splits the result again.

No word contains a line feed, so stretches that end in one, or are joined by one, do not affect each other's conversion.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator

from zhengwen.text.align import Alignment


def spans_in_joined(
    stretches: list[tuple[int, int]], spans: list[tuple[int, int, str]]
) -> Iterator[tuple[int, int, str]]:
    """Where ``spans`` of a text lie in its joined ``stretches``; spans that are not inside a stretch are left out.

    The third item of each span is passed on unchanged.

    >>> list(spans_in_joined([(2, 5), (8, 10)], [(3, 4, "甲"), (4, 6, "乙"), (8, 10, "丙")]))
    [(1, 2, '甲'), (3, 5, '丙')]
    """
    ordered = sorted(spans)
    span_starts = [start for start, _, _ in ordered]
    joined_length = 0
    for start, end in stretches:
        shift = joined_length - start
        for span_start, span_end, words in ordered[bisect_left(span_starts, start) : bisect_left(span_starts, end)]:
            if span_end <= end:
                yield span_start + shift, span_end + shift, words
        joined_length += end - start


def split_joined(
    text: str, alignment: Alignment, lengths: Iterable[int], separator: int = 0
) -> Iterator[tuple[str, list[tuple[int, int, int, int]]]]:
    """Split a converted text into its parts: yield the text of each part and the blocks of its alignment.

    ``alignment`` is the alignment of the joined source with ``text``, its conversion.  The parts of the source have
    these ``lengths``, with ``separator`` characters after each.

    >>> list(split_joined("軟體\\n網際網路", Alignment(6, 7, [(3, 6, 3, 7)]), [2, 3], separator=1))
    [('軟體', []), ('網際網路', [(0, 3, 0, 4)])]
    """
    remaining = iter(alignment.blocks)
    block = next(remaining, None)
    start = shift = 0  # where the part begins in the source, and how far from there it begins in the target
    for length in lengths:
        end, blocks, growth = start + length, [], 0
        while block and block.source_start < end:
            source_start, source_end, target_start, target_end = block
            target = start + shift
            blocks.append((source_start - start, source_end - start, target_start - target, target_end - target))
            growth += (target_end - target_start) - (source_end - source_start)
            block = next(remaining, None)
        yield text[start + shift : end + shift + growth], blocks
        start, shift = end + separator, shift + growth
