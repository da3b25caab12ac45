"""What a conversion must leave alone: protected names and spans, and overrides."""

from collections.abc import Iterable

import ahocorasick_rs

from zhengwen.errors import ZhengwenError


def protected_spans(text: str, protect: Iterable[str | tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans of ``text`` that ``protect`` covers, in order: its spans, and every occurrence of its names."""
    names, spans = set(), []
    for item in protect:
        if isinstance(item, str):
            names.add(item)
        else:
            spans.append((item[0], item[1]))
    if names := sorted(filter(None, names)):
        automaton = ahocorasick_rs.AhoCorasick(names, matchkind=ahocorasick_rs.MatchKind.LeftmostLongest)
        spans += [(start, end) for _, start, end in automaton.find_matches_as_indexes(text)]
    return sorted(spans)


def assert_overrides(text: str, source: str | None, overrides: list[tuple[int, int, str]]) -> None:
    """Check sorted ``overrides``.

    Raises :class:`ZhengwenError` when they overlap, are not spans of ``text``, or have no ``source`` edition.
    """
    if overrides and source is None:
        raise ZhengwenError("overrides without a source edition", fix="give the edition of the text as the source")
    previous_end = 0
    for start, end, words in overrides:
        if not 0 <= start < end <= len(text):
            raise ZhengwenError(
                f"the override {words!r} at [{start}, {end}) is not a span of the text", fix="correct the span"
            )
        if start < previous_end:
            raise ZhengwenError(
                f"the override {words!r} at [{start}, {end}) overlaps the one before it", fix="merge the two into one"
            )
        previous_end = end


def corrections_outside(corrections: list[tuple[int, str]], spans: list, overrides: list) -> list[tuple[int, str]]:
    """The corrections that touch no protected span and no override.

    Corrections of a single character are kept within a protected span: they choose the form of a character, and do not
    change the wording.
    """
    if not corrections or not (spans or overrides):
        return corrections
    overridden = _offsets(*(override[:2] for override in overrides))
    taken = _offsets(*spans) | overridden
    return [
        (start, characters)
        for start, characters in corrections
        if (overridden if len(characters) == 1 else taken).isdisjoint(range(start, start + len(characters)))
    ]


def replacements_outside(
    replacements: list[tuple[int, int, str]], spans: Iterable[tuple[int, int]]
) -> list[tuple[int, int, str]]:
    """The replacements that touch none of ``spans``."""
    taken = _offsets(*spans)
    return [(start, end, word) for start, end, word in replacements if taken.isdisjoint(range(start, end))]


def _offsets(*spans: tuple[int, int]) -> set[int]:
    return {offset for start, end in spans for offset in range(start, end)}
