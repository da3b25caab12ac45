"""The laws that alignments obey."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhengwen.text.align import Alignment, Block, Span


@st.composite
def alignments(draw, source_length=None, shortest=0):
    """Any alignment, with a source of ``source_length`` if given; no side of a block is shorter than ``shortest``."""
    blocks, source, target = [], 0, 0
    lengths, sides = st.integers(0, 3), st.integers(shortest, 3)
    for gap, source_side, target_side in draw(st.lists(st.tuples(lengths, sides, sides), max_size=6)):
        if source_length is not None and source + gap + source_side > source_length:
            break
        source, target = source + gap, target + gap
        if source_side or target_side:
            blocks.append((source, source + source_side, target, target + target_side))
        source, target = source + source_side, target + target_side
    rest = draw(lengths) if source_length is None else source_length - source
    return Alignment(source + rest, target + rest, blocks)


@st.composite
def chains(draw, length, shortest=0):
    """``length`` alignments, the source of each being the target of the one before."""
    chain = [draw(alignments(shortest=shortest))]
    while len(chain) < length:
        chain.append(draw(alignments(chain[-1].target_length, shortest)))
    return chain


def spans(alignment):
    """Every span of the source."""
    length = alignment.source_length
    return [(start, end) for start in range(length + 1) for end in range(start, length + 1)]


def inserted_offsets(alignment):
    """The offsets of the target whose characters were inserted."""
    insertions = [block for block in alignment.blocks if block.source_start == block.source_end]
    return {offset for block in insertions for offset in range(block.target_start, block.target_end)}


@given(alignments())
def test_inverting_twice_gives_the_same_alignment(alignment):
    assert alignment.invert().invert() == alignment


@given(alignments())
def test_identity_is_neutral(alignment):
    assert Alignment.identity(alignment.source_length).compose(alignment) == alignment
    assert alignment.compose(Alignment.identity(alignment.target_length)) == alignment


@given(alignments())
def test_a_projected_span_is_a_span_of_the_target(alignment):
    for span in spans(alignment):
        start, end, _ = alignment.project(span)
        assert 0 <= start <= end <= alignment.target_length


@given(alignments())
def test_projecting_is_monotone(alignment):
    for start, end in spans(alignment):
        outer = alignment.project((start, end))
        for inner in ((start + 1, end), (start, end - 1)):
            if inner[0] < inner[1]:
                projected = alignment.project(inner)
                assert outer.start <= projected.start
                assert projected.end <= outer.end


@given(alignments())
def test_a_span_projected_there_and_back_contains_itself(alignment):
    back = alignment.invert()
    for start, end in spans(alignment):
        there = alignment.project((start, end))
        if there.start < there.end:
            again = back.project(there)
            # What was deleted at an edge of the span does not come back.
            deletions = [block for block in alignment.blocks if block.target_start == block.target_end]
            covered = set(range(again.start, again.end))
            deleted = {offset for block in deletions for offset in range(block.source_start, block.source_end)}
            assert set(range(start, end)) <= covered | deleted
            if there.exact and not deletions:
                assert again == Span(start, end)


@given(alignments())
def test_the_whole_source_covers_the_whole_target(alignment):
    start, end, exact = alignment.project((0, alignment.source_length))
    assert exact
    # Only what was inserted at either end is outside.
    outside = set(range(alignment.target_length)) - set(range(start, end))
    assert outside <= inserted_offsets(alignment)


@given(alignments())
def test_single_characters_tile_the_target(alignment):
    projected = [alignment.project((offset, offset + 1)) for offset in range(alignment.source_length)]
    covered = {offset for span in projected for offset in range(span.start, span.end)}
    assert covered | inserted_offsets(alignment) == set(range(alignment.target_length))
    assert [span.start for span in projected] == sorted(span.start for span in projected)


@given(chains(2))
def test_a_composition_projects_as_both_in_turn(chain):
    first, second = chain
    both = first.compose(second)
    assert (both.source_length, both.target_length) == (first.source_length, second.target_length)
    for span in spans(first):
        step = first.project(span)
        twice = second.project(step)
        once = both.project(span)
        if span[0] < span[1] and step.start < step.end:
            # In the composition, blocks that overlap are one: a span may be wider, but not narrower.
            assert once.start <= twice.start
            assert twice.end <= once.end


@given(chains(2, shortest=1))
def test_a_span_that_is_exact_in_both_is_exact_in_the_composition(chain):
    first, second = chain
    for span in spans(first):
        step = first.project(span)
        twice = second.project(step)
        if span[0] < span[1] and step.exact and twice.exact:
            assert first.compose(second).project(span) == twice


@given(chains(3, shortest=1))
def test_composing_is_associative(chain):
    # Not with blocks that are empty on one side: two insertions at the same offset may be one block or two.
    first, second, third = chain
    assert first.compose(second).compose(third) == first.compose(second.compose(third))


@given(chains(2))
def test_the_inverse_of_a_composition_composes_the_inverses(chain):
    first, second = chain
    assert first.compose(second).invert() == second.invert().compose(first.invert())


def test_a_span_that_cuts_a_block_is_widened():
    alignment = Alignment(6, 7, [Block(1, 3, 1, 4)])
    assert alignment.project((0, 1)) == Span(0, 1)
    assert alignment.project((0, 2)) == Span(0, 4, exact=False)
    assert alignment.project((1, 3)) == Span(1, 4)
    assert alignment.project((2, 3)) == Span(1, 4, exact=False)
    assert alignment.project((3, 6)) == Span(4, 7)
    assert alignment.project((2, 2)) == Span(1, 4, exact=False)


def test_an_insertion_at_an_edge_stays_outside():
    alignment = Alignment(2, 4, [Block(1, 1, 1, 3)])
    assert alignment.project((0, 1)) == Span(0, 1)
    assert alignment.project((1, 2)) == Span(3, 4)
    assert alignment.project((0, 2)) == Span(0, 4)
    assert alignment.invert().project((1, 3)) == Span(1, 1)


@pytest.mark.parametrize(
    ("lengths", "blocks"),
    [
        ((2, 3), []),
        ((3, 3), [(2, 1, 1, 2)]),
        ((4, 4), [(2, 4, 2, 4), (0, 2, 0, 2)]),
        ((4, 4), [(2, 1, 2, 1)]),
        ((4, 4), [(1, 3, 2, 4)]),
        ((4, 4), [(0, 2, 0, 2), (1, 3, 1, 3)]),
        ((4, 3), [(3, 5, 3, 4)]),
    ],
)
def test_invalid_blocks_are_errors(lengths, blocks):
    with pytest.raises(ValueError, match=r"between it and the block before|ends before"):
        Alignment(*lengths, blocks)


@pytest.mark.parametrize("span", [(-1, 1), (1, 0), (0, 3)])
def test_a_span_outside_the_source_is_an_error(span):
    with pytest.raises(ValueError, match="is not a span of a text of 2"):
        Alignment.identity(2).project(span)


def test_composing_alignments_of_different_lengths_is_an_error():
    with pytest.raises(
        ValueError, match="a target of 2 characters cannot be the source of an alignment from 3 characters"
    ):
        Alignment.identity(2).compose(Alignment.identity(3))
