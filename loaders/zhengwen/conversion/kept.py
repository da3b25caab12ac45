"""What a conversion may not touch: protected names and spans, and overrides."""

from collections.abc import Iterable

from zhengwen.errors import ZhengwenError


def protected(text: str, protect: Iterable[str | tuple[int, int]]) -> list[tuple[int, int]]:
    """Where the names and spans in ``protect`` stand in ``text``, in order."""
    names, spans = [], []
    for one in protect:
        names.append(one) if isinstance(one, str) else spans.append((one[0], one[1]))
    if any(names):
        import ahocorasick_rs

        longest = ahocorasick_rs.MatchKind.LeftmostLongest
        automaton = ahocorasick_rs.AhoCorasick(sorted({name for name in names if name}), matchkind=longest)
        spans += [(start, end) for _, start, end in automaton.find_matches_as_indexes(text)]
    return sorted(spans)


def assert_overrides(text: str, source: str | None, overrides: list[tuple[int, int, str]]) -> None:
    """Raise :class:`ZhengwenError` for overrides that overlap, are no spans of ``text``, or come without a source."""
    if overrides and source is None:
        raise ZhengwenError("overrides without a source edition", fix="say what edition the text is in")
    done = 0
    for start, end, words in overrides:
        if not 0 <= start < end <= len(text):
            raise ZhengwenError(
                f"the override {words!r} at [{start}, {end}) is no span of the text", fix="mend the span"
            )
        if start < done:
            raise ZhengwenError(f"two overrides overlap: the second is {words!r}", fix="make one of the two")
        done = end


def free(found: list[tuple[int, str]], spans: list, overrides: list) -> list[tuple[int, str]]:
    """Of what mends write, that which touches no protected span and no override."""
    if not found or not (spans or overrides):
        return found
    taken = {place for start, end, *_ in (*spans, *overrides) for place in range(start, end)}
    return [one for one in found if len(one[1]) == 1 or taken.isdisjoint(range(one[0], one[0] + len(one[1])))]


def without(found: list[tuple[int, int, str]], kept: list[tuple[int, int]]) -> list[tuple[int, int, str]]:
    """Of ``found``, those that touch none of the spans in ``kept``."""
    taken = {place for start, end in kept for place in range(start, end)}
    return [one for one in found if taken.isdisjoint(range(one[0], one[1]))]
