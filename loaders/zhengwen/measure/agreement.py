"""How far annotators of a text agree, with bootstrap intervals.

Pairs of annotators are compared by F1 (with either of them as gold: F1 is symmetric), all annotators together by
Krippendorff's alpha.  Each layer states what is compared (``AGREEMENT``).

An interval is the middle 95% of the values over 1,000 resamples of the paragraphs: paragraphs are resampled and not
items, because decisions within one paragraph depend on each other.  With few paragraphs intervals are wide, and they
say nothing about other texts.
"""

import functools
import itertools
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import krippendorff
import numpy as np

from zhengwen.annotation import Annotation
from zhengwen.errors import ZhengwenError
from zhengwen.layers import LAYERS, matching
from zhengwen.layers.base import F1, Alpha, Item, Shares
from zhengwen.passes import read_annotation
from zhengwen.schema import Schema, read_schema

RESAMPLES = 1000

#: Counts by the index of a line; the counts of several lines add up.  For F1 they are ``[items of the first annotator
#: that the second shares, items of the second that the first shares, items of the first, items of the second]``; for
#: alpha they are a coincidence matrix, written row by row.
_CountsByLine = dict[int, list[float]]


class Agreement(NamedTuple):
    """One figure: ``value``, with the 95% interval ``low`` to ``high``, for one label of a layer (``""``: for all).

    ``annotators`` are a pair (F1), or all (alpha).  ``n`` has for F1 the number of items of each of the two, and for
    alpha one number, that of the units.
    """

    layer: str
    measure: str
    label: str
    annotators: tuple[str, ...]
    value: float
    low: float
    high: float
    n: tuple[int, ...]


def agree(annotations: Sequence[Annotation | Path | str], schema: Schema | None = None) -> list[Agreement]:
    """Every figure for annotations of one text, layer by layer; a figure with nothing to count is left out.

    An annotation may be given as its folder, which is read by ``schema``, by default the packaged one.  Raises
    :class:`ZhengwenError` if there are fewer than two annotations, or if they have not the same text, the same layers,
    and different names.
    """
    annotations = [
        given if isinstance(given, Annotation) else read_annotation(Path(given), schema or read_schema())
        for given in annotations
    ]
    _assert_comparable(annotations)
    figures: list[Agreement] = []
    for layer in LAYERS.values():
        if layer.name in annotations[0].layers:
            for measure in layer.AGREEMENT:
                figures_of = _alpha if isinstance(measure, Alpha) else _pairwise
                figures += figures_of(layer.name, measure, annotations)
    return figures


def counts(annotations: Sequence[Annotation]) -> dict[tuple[str, str], dict[str, int]]:
    """How often each annotator gave each label: ``{(layer, label): {annotator: count}}``."""
    given: dict[tuple[str, str], dict[str, int]] = {}
    for layer in LAYERS.values():
        for field in layer.COUNTED:
            for annotation in annotations:
                for record in annotation.records(layer.name):
                    key = (layer.name, getattr(record, field))
                    given.setdefault(key, dict.fromkeys(_names(annotations), 0))[annotation.name] += 1
    return given


def _names(annotations: Sequence[Annotation]) -> tuple[str, ...]:
    return tuple(annotation.name for annotation in annotations)


def _assert_comparable(annotations: Sequence[Annotation]) -> None:
    if len(annotations) < 2:
        raise ZhengwenError("agreement needs two annotations or more", fix="give at least two folders")
    if len(set(_names(annotations))) < len(annotations):
        raise ZhengwenError(
            f"two annotations have the same name: {', '.join(_names(annotations))}", fix="rename one of the folders"
        )
    first = annotations[0]
    for other in annotations[1:]:
        if other.text != first.text:
            raise ZhengwenError(
                f"{first.name} and {other.name} annotate different texts", fix="give annotations of one text"
            )
        differing = set(first.layers) ^ set(other.layers)
        if differing:
            raise ZhengwenError(
                f"{first.name} and {other.name} do not have the same layers: {', '.join(sorted(differing))}",
                fix="annotate the layer that is missing, or remove it from both",
            )


# Pairs of annotators: F1.


def _pairwise(layer: str, measure: F1 | Shares, annotations: Sequence[Annotation]) -> Iterator[Agreement]:
    for first, second in itertools.combinations(annotations, 2):
        for label, by_line in sorted(_counted(measure, first, second).items()):
            sums = [sum(column) for column in zip(*by_line.values(), strict=True)]
            value, low, high = _with_interval(_f1, by_line, len(first.lines))
            names = (first.name, second.name)
            yield Agreement(layer, measure.measure, label, names, value, low, high, (sums[2], sums[3]))


def _f1(sums: np.ndarray) -> np.ndarray:
    """F1 of each row of ``sums``, an array with the four columns of :data:`_CountsByLine`; NaN where all are 0."""
    shared_first, shared_second, n_first, n_second = sums.T
    with np.errstate(invalid="ignore", divide="ignore"):
        recall, precision = shared_first / n_first, shared_second / n_second
        f1 = 2 * precision * recall / (precision + recall)
    something_shared = (n_first > 0) & (n_second > 0) & (shared_first + shared_second > 0)
    return np.where(something_shared, f1, np.where(n_first + n_second > 0, 0, np.nan))


def _counted(measure: F1 | Shares, first: Annotation, second: Annotation) -> dict[str, _CountsByLine]:
    """The counts for F1 by label (``""``: all labels) and by line."""
    counted: dict[str, _CountsByLine] = defaultdict(lambda: defaultdict(lambda: [0, 0, 0, 0]))
    for side, label, offset, share in _shared(measure, first, second):
        for key in {"", label}:
            row = counted[key][first.line_at(offset)]
            row[side] += share
            row[2 + side] += 1
    return counted


def _shared(measure: F1 | Shares, first: Annotation, second: Annotation) -> Iterator[tuple[int, str, int, float]]:
    """Each item of either annotator as ``(0 or 1 for whose, label, offset, share of it that the other has)``."""
    if isinstance(measure, Shares):
        for side, annotation, other in ((0, first, second), (1, second, first)):
            for offset, share in measure.shares(annotation, other):
                yield side, "", offset, share
        return
    matched = matching([first, second])
    items = [measure.items(annotation, matched) for annotation in (first, second)]
    for side in (0, 1):
        others = set(items[1 - side])
        for item in items[side]:
            shared = _overlaps(item, others) if measure.overlap else item in others
            yield side, item.label, item.offset, shared


def _overlaps(item: Item, others: set[Item]) -> bool:
    return any(
        item.label == other.label and any(a < d and c < b for a, b in item.key for c, d in other.key)
        for other in others
    )


# All annotators together: Krippendorff's alpha.


def _alpha(layer: str, measure: Alpha, annotations: Sequence[Annotation]) -> Iterator[Agreement]:
    units = list(measure.units(annotations, matching(annotations)))
    domain = sorted({value for _, values in units for value in values if value is not None})
    if len(domain) < 2:
        return  # there is only one value: alpha is not defined
    value_counts = [[values.count(value) for value in domain] for _, values in units]
    alpha = float(krippendorff.alpha(value_counts=value_counts, level_of_measurement="nominal"))
    by_line: _CountsByLine = defaultdict(lambda: [0.0] * len(domain) ** 2)
    for (line, _), row in zip(units, value_counts, strict=True):
        for index, pairs in enumerate(_coincidences(tuple(row))):
            by_line[line][index] += pairs
    _, low, high = _with_interval(functools.partial(alpha_of, size=len(domain)), by_line, len(annotations[0].lines))
    yield Agreement(layer, measure.measure, "", _names(annotations), alpha, low, high, (len(units),))


@functools.lru_cache(maxsize=4096)
def _coincidences(row: tuple[int, ...]) -> list[float]:
    """The coincidence matrix of one unit, written row by row; ``row`` says how many annotators gave each value."""
    total = sum(row)
    if total < 2:
        return [0.0] * len(row) ** 2
    return [a * (b - (i == j)) / (total - 1) for i, a in enumerate(row) for j, b in enumerate(row)]


def alpha_of(coincidences: np.ndarray, size: int) -> np.ndarray:
    """Krippendorff's alpha (nominal) of each row of ``coincidences``; NaN where it is not defined.

    Each row is a coincidence matrix of ``size`` values, written row by row.  Only intervals use this, since it takes
    all resamples at once; the figure itself is computed by the package krippendorff.

    >>> alpha_of(np.array([[4, 0, 0, 4], [2, 2, 2, 2]]), size=2).tolist()
    [1.0, 0.125]
    """
    matrices = coincidences.reshape(-1, size, size)
    totals = matrices.sum(axis=2)
    n = totals.sum(axis=1)
    expected = n * n - (totals * totals).sum(axis=1)
    observed = n - np.trace(matrices, axis1=1, axis2=2)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(expected > 0, 1 - (n - 1) * observed / expected, np.nan)


# Intervals.


def _with_interval(
    statistic: Callable[[np.ndarray], np.ndarray], by_line: _CountsByLine, lines: int
) -> tuple[float, float, float]:
    """The ``statistic`` of the counts of all lines, and the ends of the middle 95% of its values over resamples.

    ``lines`` is how many lines the text has; those without counts are resampled too.
    """
    counted = sorted(by_line)
    counts = np.array([by_line[line] for line in counted], dtype=float)
    value = float(statistic(counts.sum(axis=0, keepdims=True))[0])
    values = statistic(_resamples(lines)[:, counted] @ counts)
    values = np.sort(values[~np.isnan(values)])
    tail = len(values) // 40
    return (value, float(values[tail]), float(values[-1 - tail])) if len(values) else (value, value, value)


@functools.cache
def _resamples(lines: int) -> np.ndarray:
    """How often each of ``lines`` lines is drawn in each resample: an array of shape ``(RESAMPLES, lines)``.

    Lines are drawn with replacement, and are the same every time: the generator is seeded, and Python's own generator
    gives the same numbers in every version.
    """
    generator = random.Random(RESAMPLES)
    drawn = [Counter(generator.choices(range(lines), k=lines)) for _ in range(RESAMPLES)]
    return np.array([[times[line] for line in range(lines)] for times in drawn], dtype=float)
