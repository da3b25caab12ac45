"""Makes a text of a source fit a corpus: its characters, its mentions, its sentences; and says what does not."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import NamedTuple

from zhengwen.characters import named, unfit_characters
from zhengwen.errors import ZhengwenError
from zhengwen.intake.counting import same_words
from zhengwen.intake.labels import LabelMap
from zhengwen.intake.reading import BOM
from zhengwen.intake.report import Report
from zhengwen.intake.source import Mention, SourceText, Span
from zhengwen.text import segment


class FittedMention(NamedTuple):
    """A mention that fits: its span, its entity type, what the source says of its referent, and its place there."""

    start: int
    end: int
    type: str
    coreference: str | None
    place: str


class Fitted(NamedTuple):
    """A text that fits, with its mentions in the order of the text, and its sentences.

    ``by_rule`` is true if the source has no sentences, so that a rule found them.
    """

    text: str
    mentions: list[FittedMention]
    sentences: list[Span]
    by_rule: bool


def fit(source: SourceText, labels: LabelMap, report: Report, *, clean: bool) -> Fitted:
    """What ``source`` is in a corpus; everything that does not fit is added to ``report``.

    ``labels`` gives the type of each label.  With ``clean``, characters that do not belong in a text are taken out;
    otherwise they are an error (:class:`ZhengwenError`).
    """
    usable = [mention for mention in source.mentions if _is_usable(source.text, mention, labels, report)]
    text, position = _cleaned(source, report, clean)
    mentions = []
    for mention in usable:
        start, end = (position[offset] for offset in (mention.spans[0][0], mention.spans[-1][1]))
        words = text[start:end]
        if not words.strip():
            report.add("empty", mention.place, mention.label)
            continue
        if words != words.strip():
            report.add("white-space", mention.place, f"{mention.label} {words!r}")
            start += len(words) - len(words.lstrip())
            end -= len(words) - len(words.rstrip())
        mentions.append(FittedMention(start, end, labels[mention.label] or "", mention.coreference, mention.place))
    mentions = _apart_or_nested(text, mentions, report)
    if source.sentences is None:
        given = segment.sentences(text)
    else:
        given = [(position[start], position[end]) for start, end in source.sentences]
    sentences, mentions = _sentences(text, given, mentions, report, by_rule=source.sentences is None)
    return Fitted(text, mentions, sentences, source.sentences is None)


def _is_usable(text: str, mention: Mention, labels: LabelMap, report: Report) -> bool:
    """Whether a mention is one stretch of the text, with the words that it should have, and a label that is wanted."""
    what = f"{mention.label} {mention.words or ''}".strip()
    if labels[mention.label] is None:
        report.add("label", mention.place, mention.label)
        return False
    for start, end in mention.spans:
        if start == end and 0 <= start <= len(text):
            report.add("empty", mention.place, what)
            return False
        if not 0 <= start < end <= len(text):
            report.add("out-of-range", mention.place, what)
            return False
    if not same_words(text, mention):
        start, end = mention.spans[0]
        report.add("words-differ", mention.place, f"{what}: the text has {text[start:end]!r}")
        return False
    if any(
        end > start or text[end:start].strip()
        for (_, end), (start, _) in zip(mention.spans, mention.spans[1:], strict=False)
    ):
        report.add("fragments", mention.place, what)
        return False
    return True


_CARRIAGE_RETURN = re.compile("\r\n?")


def _cleaned(source: SourceText, report: Report, clean: bool) -> tuple[str, Sequence[int]]:
    """The text without carriage returns, byte order mark and unfit characters, and where each old offset is in it.

    Raises :class:`ZhengwenError` for an unfit character, unless it is to be taken out.
    """
    text = source.text
    dropped = set()
    if text.startswith(BOM):
        dropped.add(0)
    if "\r" in text:
        dropped |= {match.start() for match in _CARRIAGE_RETURN.finditer(text) if match.end() - match.start() == 2}
        text = text.replace("\r", "\n")  # a carriage return alone ends a line
    if dropped or text != source.text:
        report.add("line-ends", source.place, source.name or "")
    for unfit in unfit_characters(text):
        if unfit.start() in dropped:
            continue
        line = text.count("\n", 0, unfit.start()) + 1
        if not clean:
            raise ZhengwenError(
                f"{source.place}: line {line} of its text holds {named(unfit.group())}, which does not belong there",
                fix="correct it in the source, or have such characters taken out with --clean",
            )
        report.add("characters", source.place, f"line {line}: {named(unfit.group())}")
        dropped |= set(range(*unfit.span()))
    if not dropped:
        return text, range(len(text) + 1)
    kept = [int(offset not in dropped) for offset in range(len(text))]
    return "".join(c for c, keep in zip(text, kept, strict=True) if keep), [0, *accumulate(kept)]


def _apart_or_nested(text: str, mentions: list[FittedMention], report: Report) -> list[FittedMention]:
    """The mentions of which no two have one span or overlap in part; of two that do, the longer is kept."""
    kept: list[FittedMention] = []
    for together in _overlapping(sorted(mentions, key=lambda mention: (mention.start, -mention.end))):
        chosen: list[FittedMention] = []
        for mention in sorted(together, key=lambda mention: (mention.start - mention.end, mention.start)):
            what = f"{mention.type} {text[mention.start : mention.end]!r}"
            same = next((other for other in chosen if other[:2] == mention[:2]), None)
            crossed = next((other for other in chosen if _cross(other, mention)), None)
            if same:
                same_type = "already" if same.type == mention.type else f"as {same.type}"
                report.add("same-span", mention.place, f"{what} is marked {same_type}")
            elif crossed:
                words = text[crossed.start : crossed.end]
                report.add("crossing", mention.place, f"{what} overlaps {crossed.type} {words!r}")
            else:
                chosen.append(mention)
        kept += chosen
    return sorted(kept, key=lambda mention: (mention.start, -mention.end))


def _overlapping(mentions: Iterable[FittedMention]) -> list[list[FittedMention]]:
    """Mentions, in the order of the text, in groups of which no two have a character in common."""
    groups: list[list[FittedMention]] = []
    end = -1
    for mention in mentions:
        if mention.start >= end:
            groups.append([])
        groups[-1].append(mention)
        end = max(end, mention.end)
    return groups


def _cross(one: FittedMention, other: FittedMention) -> bool:
    first, second = sorted((one[:2], other[:2]))
    return first[0] < second[0] < first[1] < second[1]


def _sentences(
    text: str, given: Sequence[Span], mentions: list[FittedMention], report: Report, *, by_rule: bool
) -> tuple[list[Span], list[FittedMention]]:
    """Sentences that tile the lines of the text, and the mentions that lie within one.

    Of sentences by rule two are joined where a mention runs from one to the other; if sentences are the source's, such
    a mention is left out, as is one that runs over the end of a line.
    """
    paragraphs = segment.paragraphs(text)
    line_starts = {paragraph.start for paragraph in paragraphs}
    starts = sorted({start for start, _ in given} - line_starts)
    fitting = []
    inside: set[int] = set()  # the starts of sentences that a mention runs over
    places = {}
    starts_at, lines_at = _Sorted(starts), _Sorted(sorted(line_starts))
    for mention in mentions:
        cut = starts_at.between(mention.start, mention.end)
        if (
            lines_at.between(mention.start, mention.end)
            or "\n" in text[mention.start : mention.end]
            or (cut and not by_rule)
        ):
            what = f"{mention.type} {text[mention.start : mention.end]!r}"
            report.add("sentence", mention.place, what)
            continue
        for start in cut:
            if start not in inside:
                places[start] = mention.place
        inside |= set(cut)
        fitting.append(mention)
    for start, place in sorted(places.items()):
        report.add("sentence-joined", place, f"at offset {start}")
    starts = [start for start in starts if start not in inside]
    sentences: list[Span] = []
    at = 0
    for paragraph in paragraphs:
        bounds = [paragraph.start]
        while at < len(starts) and starts[at] < paragraph.end:
            # White space alone is no sentence.
            if (
                starts[at] > bounds[-1]
                and text[bounds[-1] : starts[at]].strip()
                and text[starts[at] : paragraph.end].strip()
            ):
                bounds.append(starts[at])
            at += 1
        sentences += zip(bounds, [*bounds[1:], paragraph.end], strict=True)
    return sentences, fitting


class _Sorted:
    """Sorted numbers."""

    def __init__(self, numbers: list[int]):
        self._numbers = numbers

    def between(self, start: int, end: int) -> list[int]:
        """Those that are greater than ``start`` and less than ``end``."""
        return self._numbers[bisect_right(self._numbers, start) : bisect_left(self._numbers, end)]
