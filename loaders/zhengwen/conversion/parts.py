"""Several stretches of text converted as one, and what became of each.

A line end is no part of any word: stretches that end in one, or have one between them, lie apart in what they became.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator

from zhengwen.text.align import Alignment


def into(stretches: list[tuple[int, int]], spans: list[tuple[int, int, str]]) -> Iterator[tuple[int, int, str]]:
    """Where ``spans`` of a text lie when only ``stretches`` of it are kept; those that are not in one are left out."""
    ordered = sorted(spans)
    starts = [span[0] for span in ordered]
    kept = 0
    for start, end in stretches:
        for first, last, words in ordered[bisect_left(starts, start) : bisect_left(starts, end)]:
            if last <= end:
                yield first - start + kept, last - start + kept, words
        kept += end - start


def parts(
    text: str, alignment: Alignment, lengths: Iterable[int], between: int = 0
) -> Iterator[tuple[str, list[tuple[int, int, int, int]]]]:
    """What became of each part of what was converted whole: its text, and the blocks of its alignment.

    ``text`` is what the whole became, with its ``alignment``; the parts had these ``lengths``, with ``between``
    characters after each.

    >>> list(parts("軟體\\n網際網路", Alignment(6, 7, [(3, 6, 3, 7)]), [2, 3], between=1))
    [('軟體', []), ('網際網路', [(0, 3, 0, 4)])]
    """
    waiting = iter(alignment.blocks)
    block = next(waiting, None)
    start = moved = 0
    for length in lengths:
        end, blocks = start + length, []
        while block and block.source_start < end:
            first, last, target_first, target_last = block
            target = start + moved
            blocks.append((first - start, last - start, target_first - target, target_last - target))
            block = next(waiting, None)
        grown = sum((last - first) - (end_ - start_) for start_, end_, first, last in blocks)
        yield text[start + moved : end + moved + grown], blocks
        start, moved = end + between, moved + grown
