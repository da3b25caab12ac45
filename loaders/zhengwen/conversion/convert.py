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

Above OpenCC there are mends (:mod:`zhengwen.conversion.mend`) and protected names, which keep their wording: the name
of a company is not put into another region's words.
"""

import functools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from zhengwen.conversion.chains import CHAINS, Step
from zhengwen.conversion.detect import Detection, ScriptCount, count_each
from zhengwen.conversion.dictionaries import opencc_converter
from zhengwen.conversion.kept import assert_overrides, free, protected, without
from zhengwen.conversion.mend import mends
from zhengwen.conversion.parts import into, parts
from zhengwen.conversion.regional import replacements
from zhengwen.editions import BASE, EDITIONS, edition_name
from zhengwen.errors import ZhengwenError
from zhengwen.text.align import Alignment

_SURROGATE = re.compile("[\ud800-\udfff]")
_PLACEHOLDER = "\N{OBJECT REPLACEMENT CHARACTER}"

#: Text in a script that no edition was named for is taken for the edition of the script's name.
_OTHER_SCRIPT = {"hans": "hant", "hant": "hans"}


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
    to, source = _named(to, source)
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
    to, source = _named(to, source)
    counts = count_each(texts)
    made: list[Conversion | None] = [None] * len(texts)
    alike = []
    for number, count in enumerate(counts):
        simplified = EDITIONS[to].script == "hans"
        own, foreign = (count.simplified, count.traditional) if simplified else (count.traditional, count.simplified)
        if source == to or not (source or foreign):
            continue
        if source or not own:
            alike.append(number)
        else:
            made[number] = _any(texts[number], to, None, [], [], count)
    origin = source or _OTHER_SCRIPT[EDITIONS[to].script]
    together = _together([texts[number] for number in alike], origin, to)
    for number, conversion in zip(alike, together, strict=True):
        made[number] = conversion
    return list(zip(counts, made, strict=True))


def _named(to: str, source: str | None) -> tuple[str, str | None]:
    """The editions by their own names, where aliases were given."""
    return edition_name(to, what="target edition"), None if source is None else edition_name(
        source, what="source edition"
    )


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
    wanted = EDITIONS[to].script
    foreign = count.traditional if wanted == "hans" else count.simplified
    if not foreign:
        return Conversion(text, Alignment.identity(len(text)), None)
    source = _OTHER_SCRIPT[wanted]
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
    if BASE in (source, to):
        step = CHAINS[to].into if source == BASE else CHAINS[source].back
        made, alignment = _apply(text, step, spans, overrides)
        return Conversion(made, alignment, source)
    through = _between(text, source, BASE, spans, [])
    carried = [through.alignment.project(span)[:2] for span in spans]
    moved = [(*through.alignment.project((start, end))[:2], words) for start, end, words in overrides]
    made = _between(through.text, BASE, to, carried, moved)
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


def _apply(text: str, step: Step, spans: list, overrides: list) -> tuple[str, Alignment]:
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
