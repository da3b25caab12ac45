"""The laws of alignments."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhengwen.text.align import Alignment, Block, Span


@st.composite
def alignments(draw, source_length=None, shortest=0):
    """Any alignment, of a source of this length when it is given; no block has a side shorter than ``shortest``."""
    blocks, source, target = [], 0, 0
    lengths, sides = st.integers(0, 3), st.integers(shortest, 3)
    for gap, before, after in draw(st.lists(st.tuples(lengths, sides, sides), max_size=6)):
        if source_length is not None and source + gap + before > source_length:
            break
        source, target = source + gap, target + gap
        if before or after:
            blocks.append((source, source + before, target, target + after))
        source, target = source + before, target + after
    rest = draw(lengths) if source_length is None else source_length - source
    return Alignment(source + rest, target + rest, blocks)


@st.composite
def chains(draw, length, shortest=0):
    """So many alignments, each from the target of the one before."""
    chain = [draw(alignments(shortest=shortest))]
    while len(chain) < length:
        chain.append(draw(alignments(chain[-1].target_length, shortest)))
    return chain


def spans(alignment):
    """Every span of its source."""
    length = alignment.source_length
    return [(start, end) for start in range(length + 1) for end in range(start, length + 1)]


@given(alignments())
def test_inverting_twice_is_nothing(alignment):
    assert alignment.invert().invert() == alignment


@given(alignments())
def test_identity_is_neutral(alignment):
    assert Alignment.identity(alignment.source_length).compose(alignment) == alignment
    assert alignment.compose(Alignment.identity(alignment.target_length)) == alignment


@given(alignments())
def test_a_span_lies_in_the_target(alignment):
    for span in spans(alignment):
        start, end, _ = alignment.project(span)
        assert 0 <= start <= end <= alignment.target_length


@given(alignments())
def test_projecting_is_monotone(alignment):
    found = spans(alignment)
    for start, end in found:
        outer = alignment.project((start, end))
        for inner in ((start + 1, end), (start, end - 1)):
            if inner[0] < inner[1]:
                projected = alignment.project(inner)
                assert outer.start <= projected.start
                assert projected.end <= outer.end


@given(alignments())
def test_there_and_back_holds_the_span(alignment):
    back = alignment.invert()
    for start, end in spans(alignment):
        there = alignment.project((start, end))
        if there.start < there.end:
            again = back.project(there)
            # What was left out at an edge of a span (it became nothing) does not come back.
            removed = [b for b in alignment.blocks if b.target_start == b.target_end]
            covered = set(range(again.start, again.end))
            gone = {place for b in removed for place in range(b.source_start, b.source_end)}
            assert set(range(start, end)) <= covered | gone
            if there.exact and not removed:
                assert again == Span(start, end)


@given(alignments())
def test_the_whole_is_covered(alignment):
    start, end, exact = alignment.project((0, alignment.source_length))
    assert exact
    # Only what was put in at the very edges is outside.
    inserted = [block for block in alignment.blocks if block.source_start == block.source_end]
    edges = {place for b in inserted for place in range(b.target_start, b.target_end)}
    outside = set(range(alignment.target_length)) - set(range(start, end))
    assert outside <= edges


@given(alignments())
def test_single_characters_tile_the_target(alignment):
    projected = [alignment.project((place, place + 1)) for place in range(alignment.source_length)]
    inserted = {
        place
        for block in alignment.blocks
        if block.source_start == block.source_end
        for place in range(block.target_start, block.target_end)
    }
    covered = {place for span in projected for place in range(span.start, span.end)}
    assert covered | inserted == set(range(alignment.target_length))
    assert [span.start for span in projected] == sorted(span.start for span in projected)


@given(chains(2))
def test_composing_is_projecting_twice(chain):
    first, second = chain
    both = first.compose(second)
    assert (both.source_length, both.target_length) == (first.source_length, second.target_length)
    for span in spans(first):
        step = first.project(span)
        twice = second.project(step)
        once = both.project(span)
        if span[0] < span[1] and step.start < step.end:
            # Composed, blocks that overlap are one: a span may widen further, never less.
            assert once.start <= twice.start
            assert twice.end <= once.end


@given(chains(2, shortest=1))
def test_what_stays_exact_twice_is_exact_composed(chain):
    first, second = chain
    for span in spans(first):
        step = first.project(span)
        twice = second.project(step)
        if span[0] < span[1] and step.exact and twice.exact:
            assert first.compose(second).project(span) == twice


@given(chains(3, shortest=1))
def test_composing_is_associative(chain):
    # With blocks that are empty on one side it is not: what was put in twice at one place may come as one block or two.
    first, second, third = chain
    assert first.compose(second).compose(third) == first.compose(second.compose(third))


@given(chains(2))
def test_composing_inverts_backwards(chain):
    first, second = chain
    assert first.compose(second).invert() == second.invert().compose(first.invert())


def test_a_cut_block_widens():
    alignment = Alignment(6, 7, [Block(1, 3, 1, 4)])
    assert alignment.project((0, 1)) == Span(0, 1)
    assert alignment.project((0, 2)) == Span(0, 4, exact=False)
    assert alignment.project((1, 3)) == Span(1, 4)
    assert alignment.project((2, 3)) == Span(1, 4, exact=False)
    assert alignment.project((3, 6)) == Span(4, 7)
    assert alignment.project((2, 2)) == Span(1, 4, exact=False)


def test_what_is_put_in_stays_outside():
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
def test_what_is_no_alignment(lengths, blocks):
    with pytest.raises(ValueError, match=r"places before it|ends before"):
        Alignment(*lengths, blocks)


@pytest.mark.parametrize("span", [(-1, 1), (1, 0), (0, 3)])
def test_a_span_outside_the_source(span):
    with pytest.raises(ValueError, match="is not in a text of 2"):
        Alignment.identity(2).project(span)


def test_a_chain_that_does_not_fit():
    with pytest.raises(ValueError, match="is no source of"):
        Alignment.identity(2).compose(Alignment.identity(3))
