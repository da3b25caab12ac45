"""Editions of a text: the same text in other characters, in the wording of a region, with the alignment of the two.

Annotation points into ``hans``, the Simplified text.  From it are made

``restored``
    what the content farm made of the page before it damaged it: every character by itself, by a table.  It is wrong
    as Chinese (``制造`` for ``製造``) and right as evidence: damaged, it must give the received file.
``hant``
    Traditional Chinese for readers, by OpenCC's ``s2tw``: characters chosen by the phrase they stand in.  Not by
    ``s2t``, which writes ``爲``, ``纔`` and ``在覈心``.
``hant-hk``
    by ``s2hk``, with corner quotation marks.
``hant-tw``
    by ``s2twp``, with Taiwan's words for the mainland's, and corner quotation marks.

Characters keep every offset: that rests on OpenCC's dictionaries, whose every entry is as long as what it stands for (a
test reads them), and is asserted line by line all the same.  Words do not, and are aligned block by block.

Above OpenCC there are mends (:mod:`zhengwen.text.mend`) and protected names, which keep their wording: the name of a
company is not put into another region's words.
"""

import functools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from zhengwen.errors import UnknownNameError, ZhengwenError
from zhengwen.text.align import Alignment
from zhengwen.text.detect import Detection, ScriptCount, count_each
from zhengwen.text.dictionaries import opencc_converter
from zhengwen.text.kept import assert_overrides, free, protected, without
from zhengwen.text.mend import mends
from zhengwen.text.parts import into, parts
from zhengwen.text.regional import replacements


class Edition(NamedTuple):
    """One written form of a document.

    ``offsets`` is ``base`` (annotation points here), ``shared`` (code point for code point as in the base),
    or ``aligned`` (spans are carried over by an alignment).
    """

    name: str
    language: str | None
    made_from: str
    how: str
    offsets: str


#: The editions, in the order in which they are made.
EDITIONS: Mapping[str, Edition] = {
    edition.name: edition
    for edition in (
        Edition("hans", "zh-Hans-CN", "people", "the established text; what the publisher very likely printed", "base"),
        Edition("restored", "zh-Hant", "hans", "character by character, by the content farm's table", "shared"),
        Edition("received", None, "restored", "damaged by the content farm; the file itself is the seed", "aligned"),
        Edition("hant", "zh-Hant", "hans", "OpenCC s2tw, characters only, mended", "shared"),
        Edition("hant-hk", "zh-Hant-HK", "hans", "OpenCC s2hk, characters only, mended; marks 「」『』", "shared"),
        Edition("hant-tw", "zh-Hant-TW", "hans", "OpenCC s2twp, Taiwan's words, mended; marks 「」『』", "aligned"),
    )
}

#: The editions that data is released in, by the name that ends a config (``sentences-hant``).
SCRIPTS = ("hans", "hant", "hant-hk", "hant-tw")


class _Step(NamedTuple):
    """How a text becomes another: OpenCC's configuration of characters, that of words if any; mends; marks.

    ``particle`` says whether 著 may be the particle in the text that it becomes another from.
    """

    characters: str
    words: str | None
    mends: str
    marks: Mapping[str, str]
    particle: bool = True


_CORNERS = {"“": "「", "”": "」", "‘": "『", "’": "』"}
_NO_CORNERS = {corner: mark for mark, corner in _CORNERS.items()}

#: From Simplified text into each edition, and back.
_FROM_HANS = {
    "hant": _Step("s2tw", None, "hant", {}),
    "hant-hk": _Step("s2hk", None, "hant", _CORNERS),
    "hant-tw": _Step("s2tw", "s2twp", "hant", _CORNERS),
}
_TO_HANS = {
    "hant": _Step("tw2s", None, "hans", {}),
    "hant-hk": _Step("hk2s", None, "hans", _NO_CORNERS, particle=False),
    "hant-tw": _Step("tw2s", "tw2sp", "hans", _NO_CORNERS),
}


_SURROGATE = re.compile("[\ud800-\udfff]")
_PLACEHOLDER = "\N{OBJECT REPLACEMENT CHARACTER}"


class OffsetsNotSharedError(ZhengwenError):
    """A conversion that must keep every offset did not: the dictionaries of this OpenCC are not those it rests on."""


@dataclass(frozen=True)
class Conversion:
    """A converted text, the alignment of the given text with it, and the script or edition it was converted from.

    ``source`` is ``None`` when the text was left alone, being in the target script already or in no script.
    """

    text: str
    alignment: Alignment
    source: str | None


def convert(
    text: str,
    to: str,
    source: str | None = None,
    protect: Iterable[str | tuple[int, int]] = (),
    overrides: Iterable[tuple[int, int, str]] = (),
) -> Conversion:
    """Convert ``text`` to the edition ``to`` (``hans``, ``hant``, ``hant-hk`` or ``hant-tw``).

    ``source`` is the edition that the text is in.  When it is not given, the script is detected by the characters that
    only one script has, and text that is in the target's script is left alone; in a text that has both, each line goes
    by its own characters, and a line without any by the whole text's.

    ``protect`` holds names (every occurrence is meant) or spans of ``text``: their characters are converted, their
    wording is kept.  ``overrides`` are ``(start, end, words)``: what is to stand there whatever the dictionaries say.

    From one Traditional edition to another the text goes through Simplified characters, which tell less.

    Raises :class:`UnknownNameError` for an edition that there is no conversion from or to, and :class:`ZhengwenError`
    for overrides that overlap, are no spans of the text, or come without a ``source``.

    >>> convert("百度智能云发布软件", to="hant-tw", protect=["百度智能云"]).text
    '百度智能雲釋出軟體'
    >>> convert("這意味著成效顯著", to="hans").text
    '这意味着成效显著'
    """
    _assert_editions(to, source)
    overrides, protect = sorted(overrides), list(protect)
    assert_overrides(text, source, overrides)
    return _any(text, to, source, protect, overrides, None if source else count_each([text])[0])


def convert_each(
    texts: Sequence[str], to: str, source: str | None = None
) -> list[tuple[ScriptCount, Conversion | None]]:
    """What :func:`convert` makes of each of ``texts``, with the characters of either script that are in it.

    The scripts are detected for all of them together, and what is in one script alone is converted together: for short
    texts that is what takes the time.  A text that is left alone has no conversion.

    >>> [made and made.text for _, made in convert_each(["问题", "問題"], to="hans")]
    [None, '问题']
    """
    _assert_editions(to, source)
    counts = count_each(texts)
    made: list[Conversion | None] = [None] * len(texts)
    alike = []
    for number, count in enumerate(counts):
        own, foreign = (count.simplified, count.traditional) if to == "hans" else (count.traditional, count.simplified)
        if source == to or not (source or foreign):
            continue
        if source or not own:
            alike.append(number)
        else:
            made[number] = _any(texts[number], to, None, [], [], count)
    origin = source or ("hant" if to == "hans" else "hans")
    together = _together([texts[number] for number in alike], origin, to)
    for number, conversion in zip(alike, together, strict=True):
        made[number] = conversion
    return list(zip(counts, made, strict=True))


def _assert_editions(to: str, source: str | None) -> None:
    for name, what in ((to, "target edition"), (source, "source edition")):
        if name is not None and name not in SCRIPTS:
            raise UnknownNameError(what, name, SCRIPTS)


def _any(
    text: str, to: str, source: str | None, protect: list, overrides: list, count: ScriptCount | None
) -> Conversion:
    try:
        return _convert(text, to, source, protected(text, protect), overrides, count)
    except UnicodeEncodeError:
        # Lone surrogates: no library takes them.  A character that no dictionary has keeps their places.
        shadow = _SURROGATE.sub(_PLACEHOLDER, text)
        made = _convert(shadow, to, source, protected(shadow, protect), overrides, count)
        characters = list(made.text)
        for found in _SURROGATE.finditer(text):
            start, end, _ = made.alignment.project(found.span())
            if made.text[start:end] == _PLACEHOLDER:
                characters[start] = found.group()
        return Conversion("".join(characters), made.alignment, made.source)


def _convert(
    text: str, to: str, source: str | None, spans: list, overrides: list, count: ScriptCount | None
) -> Conversion:
    if source is not None:
        return _between(text, source, to, spans, overrides)
    wanted = "hans" if to == "hans" else "hant"
    foreign = count.traditional if wanted == "hans" else count.simplified
    if not foreign:
        return Conversion(text, Alignment.identity(len(text)), None)
    source = "hant" if wanted == "hans" else "hans"
    if not (count.simplified and count.traditional):
        return _between(text, source, to, spans, overrides)
    return _by_lines(text, source, to, Detection(text).runs(count.script or wanted), spans, overrides)


def to_restored(text: str, exceptions: Mapping[str, str] | None = None) -> str:
    """The content farm's Traditional form of Simplified ``text``: OpenCC's first candidate for each character alone.

    ``exceptions`` maps a character to what this farm writes for it instead.

    >>> to_restored("智能制造与云服务", exceptions={"云": "云"})
    '智能制造與云服務'
    """
    table = exceptions or {}
    converted = "".join(table.get(character) or _first_candidate(character) for character in text)
    return _with_shared_offsets(text, converted, "restored")


def assert_shared(conversion: Conversion, edition: str) -> None:
    """Raise :class:`OffsetsNotSharedError` when ``conversion`` does not keep every offset, as ``edition`` must."""
    if not conversion.alignment.is_identity:
        block = conversion.alignment.blocks[0]
        words = conversion.text[block.target_start : block.target_end]
        raise OffsetsNotSharedError(
            f"edition {edition}: {words!r} stands for the {block.source_end - block.source_start} characters at "
            f"{block.source_start}; this edition keeps every offset",
            fix="give exceptions of this edition as many characters as they stand for",
        )


def _between(text: str, source: str, to: str, spans: list[tuple[int, int]], overrides: list) -> Conversion:
    if source == to:
        return Conversion(text, Alignment.identity(len(text)), None)
    if source == "hans" or to == "hans":
        step = _FROM_HANS[to] if source == "hans" else _TO_HANS[source]
        made, alignment = _apply(text, step, spans, overrides)
        return Conversion(made, alignment, source)
    through = _between(text, source, "hans", spans, [])
    carried = [through.alignment.project(span)[:2] for span in spans]
    moved = [(*through.alignment.project((start, end))[:2], words) for start, end, words in overrides]
    made = _between(through.text, "hans", to, carried, moved)
    return Conversion(made.text, through.alignment.compose(made.alignment), source)


def _by_lines(text: str, source: str, to: str, stretches: list, spans: list, overrides: list) -> Conversion:
    """Convert the lines that are written in ``source``, all of them together, and leave the others alone."""
    if all(script == source for _, _, script in stretches):
        return _between(text, source, to, spans, overrides)
    ours = [(start, end) for start, end, script in stretches if script == source]
    joined = _between(
        "".join(text[start:end] for start, end in ours),
        source,
        to,
        [(first, last) for first, last, _ in into(ours, [(*span, "") for span in spans])],
        list(into(ours, overrides)),
    )
    became = parts(joined.text, joined.alignment, [end - start for start, end in ours])
    made, blocks, length = [], [], 0
    for start, end, script in stretches:
        if script == source:
            part, moved = next(became)
            made.append(part)
            blocks += [
                (first + start, last + start, target_first + length, target_last + length)
                for first, last, target_first, target_last in moved
            ]
        else:
            made.append(text[start:end])
        length += len(made[-1])
    return Conversion("".join(made), Alignment(len(text), length, blocks), source if ours else None)


def _together(texts: Sequence[str], source: str, to: str) -> Iterator[Conversion]:
    """The conversions of ``texts``, all of which are in ``source``."""
    try:
        joined = _between("\n".join(texts), source, to, [], [])
    except UnicodeEncodeError:
        yield from (_any(text, to, source, [], [], None) for text in texts)
        return
    became = parts(joined.text, joined.alignment, list(map(len, texts)), between=1)
    for text, (made, blocks) in zip(texts, became, strict=True):
        yield Conversion(made, Alignment(len(text), len(made), blocks), source)


def _apply(text: str, step: _Step, spans: list, overrides: list) -> tuple[str, Alignment]:
    converted = _with_shared_offsets(text, _opencc(text, step.characters), step.characters)
    found = list(replacements(step.words, text, converted)) if step.words else []
    # An override that is as long as what it stands for goes character for character.
    same = [one for one in overrides if one[1] - one[0] == len(one[2])]
    blocks = [one for one in overrides if one[1] - one[0] != len(one[2])]
    for mark, other in step.marks.items():
        if mark != "’":
            converted = converted.replace(mark, other)
        elif mark in converted:
            converted = re.sub(mark, lambda found, other=other: _unless_apostrophe(found, other), converted)
    # A mend looks at general text: it may not touch a name.
    written = sorted(
        [
            *((start, words) for start, _, words in same),
            *free(mends(step.mends, text, step.particle), spans, overrides),
        ]
    )
    if changes := [(start, form) for start, form in written if converted[start : start + len(form)] != form]:
        converted = _write_over(converted, changes)
    if found and (written or spans or overrides):
        kept = [(start, start + len(form)) for start, form in written] + spans + [one[:2] for one in overrides]
        found = without(found, kept)
    return _assemble(converted, sorted([*found, *blocks]))


def _write_over(converted: str, written: list[tuple[int, str]]) -> str:
    pieces, done = [], 0
    for place, form in written:
        pieces += (converted[done:place], form)
        done = place + len(form)
    return "".join((*pieces, converted[done:]))


def _assemble(converted: str, found: list[tuple[int, int, str]]) -> tuple[str, Alignment]:
    if not found:
        return converted, Alignment.identity(len(converted))
    made, blocks, place, length = [], [], 0, 0
    for start, end, words in found:
        made += (converted[place:start], words)
        length += start - place
        blocks.append((start, end, length, length + len(words)))
        length += len(words)
        place = end
    made.append(converted[place:])
    return "".join(made), Alignment(len(converted), length + len(converted) - place, blocks)


def _unless_apostrophe(mark: re.Match, other: str) -> str:
    """``other``, and the mark itself where it is an apostrophe: between Latin letters, or with nothing to close."""
    text, place = mark.string, mark.start()
    if all(one.isalpha() and one < "\u0250" for one in (text[place - 1 : place], text[place + 1 : place + 2])):
        return mark.group()
    line_start = text.rfind("\n", 0, place) + 1
    opened = max(text.rfind(one, line_start, place) for one in "‘『")
    return other if opened > text.rfind(mark.group(), line_start, place) else mark.group()


def _with_shared_offsets(text: str, converted: str, edition: str) -> str:
    # That no two changes cancel is guarded by reading the dictionaries; here a wrong sum is told with its place.
    if len(text) == len(converted):
        return converted
    lines, converted_lines = text.split("\n"), converted.split("\n")
    if len(lines) != len(converted_lines):
        raise OffsetsNotSharedError(f"{edition}: {len(lines)} lines became {len(converted_lines)}")
    for number, (line, converted_line) in enumerate(zip(lines, converted_lines, strict=True), start=1):
        if len(line) != len(converted_line):
            raise OffsetsNotSharedError(
                f"{edition}, line {number}: {len(line)} characters became {len(converted_line)}: "
                f"{line!r} -> {converted_line!r}"
            )
    return converted


@functools.cache
def _first_candidate(character: str) -> str:
    return _opencc(character, "s2t")


def _opencc(text: str, config: str) -> str:
    # OpenCC's binding takes NUL for the end of the text.
    return "\0".join(map(opencc_converter(config).convert, text.split("\0")))
