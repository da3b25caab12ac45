"""Conversion of a text into another edition: its characters, the region's wording, and the alignment of the two texts.

Annotation points into the base edition of a corpus, mostly ``hans``, the Simplified text.  The other editions are made
from it, a Traditional one from another by way of ``hans``:

``restored``
    the Traditional text into which the site converted the page before it damaged it, character by character, by a
    table.  It is wrong as Chinese (``制造`` for ``製造``) but right as evidence: the damage turns it into the received
    file.
``hant``
    Traditional Chinese for readers, by OpenCC's ``s2tw``, which chooses each character by the phrase around it; not by
    ``s2t``, which writes ``爲``, ``纔`` and ``在覈心``.
``hant-hk``
    by ``s2hk``, with corner quotation marks.
``hant-tw``
    by ``s2twp``, with Taiwan's words for the mainland's, and corner quotation marks.

Conversion by characters keeps every offset, because in OpenCC's dictionaries every entry is as long as its replacement
(a test reads them); the length of each conversion is checked as well.  Conversion by words does not keep offsets, and
is aligned block by block.

In addition to OpenCC there are corrections (:mod:`zhengwen.conversion.corrections`) and protected names, which keep
their wording: the name of a company is not translated into another region's words.
"""

import functools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from zhengwen.conversion.chains import CHAINS, PIVOT, Step
from zhengwen.conversion.corrections import corrections
from zhengwen.conversion.detect import Detection, ScriptCount, count_each
from zhengwen.conversion.dictionaries import opencc_converter
from zhengwen.conversion.joining import spans_in_joined, split_joined
from zhengwen.conversion.protection import assert_overrides, corrections_outside, protected_spans, replacements_outside
from zhengwen.conversion.regional import replacements
from zhengwen.editions import EDITIONS, edition_name
from zhengwen.errors import ZhengwenError
from zhengwen.text.align import Alignment

_SURROGATE = re.compile("[\ud800-\udfff]")
_PLACEHOLDER = "\N{OBJECT REPLACEMENT CHARACTER}"

#: By the script of the target: the edition of a text in the other script, when its edition is not given.
_OTHER_SCRIPT = {"hans": "hant", "hant": "hans"}


class OffsetsNotSharedError(ZhengwenError):
    """A conversion that must keep every offset did not, because of an untested version of OpenCC or an override."""


@dataclass(frozen=True)
class Conversion:
    """A converted text, its alignment (from the given text to ``text``), and the edition it was converted from.

    ``source`` is ``None`` when the text was left unchanged, because it is in the target's script already or in neither.
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
    only one script has, and text in the target's script is left unchanged.  If a text has such characters of both
    scripts, each line is judged by its own, and a line without any by those of the whole text.

    ``protect`` holds names (every occurrence is protected) or spans of ``text``: their characters are converted, but
    their wording is kept.  ``overrides`` are ``(start, end, words)``: ``words`` replaces the span, whatever the
    dictionaries say.

    From one Traditional edition to another, the text is converted by way of Simplified characters, which make fewer
    distinctions.

    Raises :class:`UnknownNameError` for an edition that cannot be converted from or to, and :class:`ZhengwenError`
    for overrides that overlap, are not spans of the text, or are given without a ``source``.

    >>> convert("百度智能云发布软件", to="hant-tw", protect=["百度智能云"]).text
    '百度智能雲釋出軟體'
    >>> convert("這意味著成效顯著", to="hans").text
    '这意味着成效显著'
    """
    to, source = _edition_names(to, source)
    overrides, protect = sorted(overrides), list(protect)
    assert_overrides(text, source, overrides)
    return _convert_any(text, to, source, protect, overrides, None if source else count_each([text])[0])


def convert_each(
    texts: Sequence[str], to: str, source: str | None = None
) -> list[tuple[ScriptCount, Conversion | None]]:
    """The result of :func:`convert` for each of ``texts``, with the number of characters of either script in it.

    The scripts of all texts are detected together, and the texts that have characters of one script only are converted
    together, since short texts would otherwise spend most of the time on the overhead of each call.  For a text that is
    left unchanged, the conversion is ``None``.

    >>> [conversion and conversion.text for _, conversion in convert_each(["问题", "問題"], to="hans")]
    [None, '问题']
    """
    to, source = _edition_names(to, source)
    counts = count_each(texts)
    conversions: list[Conversion | None] = [None] * len(texts)
    joinable = []
    for number, count in enumerate(counts):
        own, foreign = _own_and_foreign(count, to)
        if source == to or not (source or foreign):
            continue
        if source or not own:
            joinable.append(number)
        else:
            conversions[number] = _convert_any(texts[number], to, None, [], [], count)
    origin = source or _OTHER_SCRIPT[EDITIONS[to].script]
    joined = _convert_joined([texts[number] for number in joinable], origin, to)
    for number, conversion in zip(joinable, joined, strict=True):
        conversions[number] = conversion
    return list(zip(counts, conversions, strict=True))


def to_restored(text: str, exceptions: Mapping[str, str] | None = None) -> str:
    """Simplified ``text`` as the site converts it to Traditional: OpenCC's first choice for each character.

    ``exceptions`` maps a character to what this site writes instead.

    >>> to_restored("智能制造与云服务", exceptions={"云": "云"})
    '智能制造與云服務'
    """
    table = exceptions or {}
    converted = "".join(table.get(character) or _first_choice(character) for character in text)
    return _with_shared_offsets(text, converted, "restored")


def simplified_characters(text: str, edition: str) -> str:
    """``text``, which is in ``edition``, in Simplified characters and with the marks “”‘’; every offset is kept.

    Rules, word lists and the segmentation of words are made for such text.

    >>> simplified_characters("他說：「電腦軟體壞了。」", "hant-tw")
    '他说：“电脑软体坏了。”'
    """
    if edition == PIVOT:
        return text
    step = CHAINS[edition].back
    return _apply(step._replace(words=None), text, [], [])[0]


def assert_shared(conversion: Conversion, edition: str) -> None:
    """Raise :class:`OffsetsNotSharedError` when ``conversion`` does not keep every offset, as ``edition`` must."""
    if not conversion.alignment.is_identity:
        block = conversion.alignment.blocks[0]
        words = conversion.text[block.target_start : block.target_end]
        raise OffsetsNotSharedError(
            f"edition {edition}: {words!r} replaces [{block.source_start}, {block.source_end}) of the text, "
            "which has another length; this edition must keep every offset",
            fix="make every exception of this edition as long as the text that it replaces",
        )


def _edition_names(to: str, source: str | None) -> tuple[str, str | None]:
    """The names of the two editions, which may be given as aliases; ``source`` may be ``None``."""
    to = edition_name(to, what="target edition")
    return to, None if source is None else edition_name(source, what="source edition")


def _own_and_foreign(count: ScriptCount, to: str) -> tuple[int, int]:
    """How many characters are in the script of the edition ``to``, and how many in the other script."""
    simplified, traditional = count
    return (simplified, traditional) if EDITIONS[to].script == "hans" else (traditional, simplified)


def _convert_any(
    text: str, to: str, source: str | None, protect: list, overrides: list, count: ScriptCount | None
) -> Conversion:
    """Convert ``text``, which may contain lone surrogates."""
    try:
        return _convert_by_script(text, to, source, protected_spans(text, protect), overrides, count)
    except UnicodeEncodeError:
        # No library accepts lone surrogates: convert with placeholders instead, which no dictionary has.
        shadow = _SURROGATE.sub(_PLACEHOLDER, text)
        conversion = _convert_by_script(shadow, to, source, protected_spans(shadow, protect), overrides, count)
        characters = list(conversion.text)
        for match in _SURROGATE.finditer(text):
            start, end, _ = conversion.alignment.project(match.span())
            if conversion.text[start:end] == _PLACEHOLDER:
                characters[start] = match.group()
        return Conversion("".join(characters), conversion.alignment, conversion.source)


def _convert_by_script(
    text: str, to: str, source: str | None, spans: list, overrides: list, count: ScriptCount | None
) -> Conversion:
    """Convert from ``source`` or, without one, whatever is in the other script according to ``count``."""
    if source is not None:
        return _convert_between(text, source, to, spans, overrides)
    own, foreign = _own_and_foreign(count, to)
    if not foreign:
        return Conversion(text, Alignment.identity(len(text)), None)
    target_script = EDITIONS[to].script
    source = _OTHER_SCRIPT[target_script]
    if not own:
        return _convert_between(text, source, to, spans, overrides)
    return _convert_runs(text, source, to, Detection(text).runs(count.script or target_script), spans, overrides)


def _convert_between(text: str, source: str, to: str, spans: list[tuple[int, int]], overrides: list) -> Conversion:
    if source == to:
        return Conversion(text, Alignment.identity(len(text)), None)
    if PIVOT in (source, to):
        step = CHAINS[to].into if source == PIVOT else CHAINS[source].back
        converted, alignment = _apply(step, text, spans, overrides)
        return Conversion(converted, alignment, source)
    simplified = _convert_between(text, source, PIVOT, spans, [])
    project = simplified.alignment.project
    its_spans = [project(span)[:2] for span in spans]
    its_overrides = [(*project((start, end))[:2], words) for start, end, words in overrides]
    converted = _convert_between(simplified.text, PIVOT, to, its_spans, its_overrides)
    return Conversion(converted.text, simplified.alignment.compose(converted.alignment), source)


def _convert_runs(text: str, source: str, to: str, runs: list, spans: list, overrides: list) -> Conversion:
    """Convert the runs of lines that are written in ``source``, joined, and leave the other runs unchanged."""
    if all(script == source for _, _, script in runs):
        return _convert_between(text, source, to, spans, overrides)
    foreign = [(start, end) for start, end, script in runs if script == source]
    joined = _convert_between(
        "".join(text[start:end] for start, end in foreign),
        source,
        to,
        [(start, end) for start, end, _ in spans_in_joined(foreign, [(*span, "") for span in spans])],
        list(spans_in_joined(foreign, overrides)),
    )
    parts = split_joined(joined.text, joined.alignment, [end - start for start, end in foreign])
    pieces, blocks, length = [], [], 0
    for start, end, script in runs:
        if script == source:
            piece, piece_blocks = next(parts)
            blocks += [
                (source_start + start, source_end + start, target_start + length, target_end + length)
                for source_start, source_end, target_start, target_end in piece_blocks
            ]
        else:
            piece = text[start:end]
        pieces.append(piece)
        length += len(piece)
    return Conversion("".join(pieces), Alignment(len(text), length, blocks), source if foreign else None)


def _convert_joined(texts: Sequence[str], source: str, to: str) -> Iterator[Conversion]:
    """The conversions of ``texts``, all of which are in ``source``."""
    try:
        joined = _convert_between("\n".join(texts), source, to, [], [])
    except UnicodeEncodeError:
        yield from (_convert_any(text, to, source, [], [], None) for text in texts)
        return
    parts = split_joined(joined.text, joined.alignment, list(map(len, texts)), separator=1)
    for text, (converted, blocks) in zip(texts, parts, strict=True):
        yield Conversion(converted, Alignment(len(text), len(converted), blocks), source)


def _apply(step: Step, text: str, spans: list, overrides: list) -> tuple[str, Alignment]:
    """The conversion of ``text`` by one step, and its alignment."""
    converted = _with_shared_offsets(text, _run_opencc(step.characters, text), step.characters)
    words = list(replacements(step.words, text, converted)) if step.words else []
    for mark, replacement in step.marks.items():
        if mark != "’":
            converted = converted.replace(mark, replacement)
        elif mark in converted:
            replace = functools.partial(_unless_apostrophe, replacement)
            converted = re.sub(mark, replace, converted)
    # An override as long as its span keeps the offsets inside it; any other becomes a block.
    same_length = [(start, form) for start, end, form in overrides if end - start == len(form)]
    blocks = [(start, end, form) for start, end, form in overrides if end - start != len(form)]
    # Corrections are meant for general text, and must not touch a name.
    general = corrections_outside(corrections(step.corrections, text, step.particle), spans, overrides)
    written = sorted([*same_length, *general])
    if changes := [(start, form) for start, form in written if converted[start : start + len(form)] != form]:
        converted = _write_over(converted, changes)
    if words and (written or spans or overrides):
        settled = [(start, start + len(form)) for start, form in written] + spans + [item[:2] for item in overrides]
        words = replacements_outside(words, settled)
    return _replace(converted, sorted([*words, *blocks]))


def _write_over(converted: str, changes: list[tuple[int, str]]) -> str:
    pieces, previous_end = [], 0
    for start, form in changes:
        pieces += (converted[previous_end:start], form)
        previous_end = start + len(form)
    return "".join((*pieces, converted[previous_end:]))


def _replace(converted: str, words: list[tuple[int, int, str]]) -> tuple[str, Alignment]:
    """Replace spans of ``converted`` by ``words``; return the result and the alignment of the source with it.

    ``converted`` and the spans have the offsets of the source.
    """
    if not words:
        return converted, Alignment.identity(len(converted))
    pieces, blocks, previous_end, length = [], [], 0, 0
    for start, end, word in words:
        pieces += (converted[previous_end:start], word)
        length += start - previous_end
        blocks.append((start, end, length, length + len(word)))
        length += len(word)
        previous_end = end
    pieces.append(converted[previous_end:])
    return "".join(pieces), Alignment(len(converted), length + len(converted) - previous_end, blocks)


def _unless_apostrophe(replacement: str, mark: re.Match) -> str:
    """``replacement``, or the mark if it is an apostrophe: between Latin letters, or with no quotation to close."""
    text, (start, end) = mark.string, mark.span()
    if all(letter.isalpha() and letter < "\u0250" for letter in (text[start - 1 : start], text[end : end + 1])):
        return mark.group()
    line_start = text.rfind("\n", 0, start) + 1
    opened = max(text.rfind(opening, line_start, start) for opening in "‘『")
    return replacement if opened > text.rfind(mark.group(), line_start, start) else mark.group()


def _with_shared_offsets(text: str, converted: str, conversion: str) -> str:
    """Return ``converted``, or raise :class:`OffsetsNotSharedError` if it is not as long as ``text``."""
    # Two changes of length could cancel out; the test that reads the dictionaries makes sure that they do not.
    if len(text) == len(converted):
        return converted
    lines, converted_lines = text.split("\n"), converted.split("\n")
    if len(lines) != len(converted_lines):
        raise OffsetsNotSharedError(f"{conversion}: {len(lines)} lines became {len(converted_lines)}")
    for number, (line, converted_line) in enumerate(zip(lines, converted_lines, strict=True), start=1):
        if len(line) != len(converted_line):
            raise OffsetsNotSharedError(
                f"{conversion}, line {number}: {len(line)} characters became {len(converted_line)}: "
                f"{line!r} -> {converted_line!r}"
            )
    return converted


@functools.cache
def _first_choice(character: str) -> str:
    return _run_opencc("s2t", character)


def _run_opencc(config: str, text: str) -> str:
    # OpenCC's binding treats NUL as the end of the text.
    return "\0".join(map(opencc_converter(config).convert, text.split("\0")))
