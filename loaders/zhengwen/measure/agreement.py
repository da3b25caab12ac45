"""How far annotators of a text agree, with intervals.

Pairs of annotators are compared by F1 (one as if it were gold for the other; F1 is the same either way round), all of
them together by Krippendorff's alpha.  An interval is the middle 95% of what 1,000 resamples of the paragraphs give:
paragraphs, since what stands in one paragraph was decided together.  With few paragraphs intervals are wide, and they
say nothing about other texts.
"""

import functools
import itertools
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from zhengwen.errors import ZhengwenError
from zhengwen.measure.annotation import Annotation, aligned_clusters, aligned_quotes, read_annotation
from zhengwen.schema import read_schema

RESAMPLES = 1000

#: For each line: what of ours the other has, what of the other's we have, how many we have, how many the other has.
_Counts = Mapping[int, Sequence[float]]


class Agreement(NamedTuple):
    """One figure: ``value`` between ``low`` and ``high`` (95%), for one ``label`` of a layer (``""``: all of them).

    ``annotators`` are two (F1) or more (alpha); ``n`` is how many items each marked (F1), or how many places were
    compared (alpha, one number).
    """

    layer: str
    measure: str
    label: str
    annotators: tuple[str, ...]
    value: float
    low: float
    high: float
    n: tuple[int, ...]


def agree(annotations: Sequence[Annotation | Path | str]) -> list[Agreement]:
    """Every figure for annotations of one text, layer by layer; those of which there is nothing to count are left out.

    An annotation may be given as the folder that it is in.  Raises :class:`ZhengwenError` when the annotations are not
    of one text, or not of the same layers.
    """
    annotations = [
        one if isinstance(one, Annotation) else read_annotation(Path(one), read_schema()) for one in annotations
    ]
    _assert_comparable(annotations)
    found: list[Agreement] = []
    for layer, measures in _PAIRWISE.items():
        if layer in annotations[0].layers:
            for measure, count in measures.items():
                found += _pairwise(layer, measure, count, annotations)
    for layer, measure, units in _ALPHAS:
        if layer in annotations[0].layers:
            found += _alpha(layer, measure, units(annotations), annotations)
    order = list(_PAIRWISE)
    return sorted(found, key=lambda one: order.index(one.layer))


def counts(annotations: Sequence[Annotation]) -> dict[tuple[str, str], dict[str, int]]:
    """How often each annotator gave each label: ``{(layer, label): {annotator: count}}``."""
    fields = (("entities", "type"), ("quotes", "kind"), ("stances", "label"), ("stances", "certainty"))
    found: dict[tuple[str, str], dict[str, int]] = {}
    for layer, name in fields:
        for annotation in annotations:
            for record in annotation.layers.get(layer, ()):
                of_each = found.setdefault((layer, getattr(record, name)), dict.fromkeys(_names(annotations), 0))
                of_each[annotation.name] += 1
    return found


def _names(annotations: Sequence[Annotation]) -> tuple[str, ...]:
    return tuple(one.name for one in annotations)


def _assert_comparable(annotations: Sequence[Annotation]) -> None:
    if len(annotations) < 2:
        raise ZhengwenError("agreement needs two annotations or more", fix="name another folder")
    if len(set(_names(annotations))) < len(annotations):
        raise ZhengwenError(f"two annotations have one name: {', '.join(_names(annotations))}", fix="rename a folder")
    first = annotations[0]
    for other in annotations[1:]:
        if other.text != first.text:
            raise ZhengwenError(
                f"{first.name} and {other.name} are not of one text", fix="name annotations of one text"
            )
        differing = set(first.layers) ^ set(other.layers)
        if differing:
            raise ZhengwenError(
                f"{first.name} and {other.name} have not the same layers: {', '.join(sorted(differing))}",
                fix="annotate what is missing, or take the layer away from both",
            )


# Pairs: F1.


def _pairwise(layer: str, measure: str, count: Callable, annotations: Sequence[Annotation]) -> Iterator[Agreement]:
    for one, other in itertools.combinations(annotations, 2):
        for label, of_lines in sorted(count(one, other).items()):
            sums = [sum(column) for column in zip(*of_lines.values(), strict=True)]
            value, low, high = _with_interval(_f1, of_lines, len(one.lines))
            yield Agreement(layer, measure, label, (one.name, other.name), value, low, high, (sums[2], sums[3]))


def _f1(sums):
    """F1 of each row of counts (those of :data:`_Counts`); NaN where nobody marked anything."""
    import numpy as np

    ours, theirs, n_ours, n_theirs = sums.T
    with np.errstate(invalid="ignore", divide="ignore"):
        recall, precision = ours / n_ours, theirs / n_theirs
        f1 = 2 * precision * recall / (precision + recall)
    return np.where((n_ours > 0) & (n_theirs > 0) & (ours + theirs > 0), f1, np.where(n_ours + n_theirs > 0, 0, np.nan))


def _exact(items: Callable) -> Callable:
    """A count of what two annotators both have; ``items`` gives ``(label, offset, key)`` of each item of the first."""

    def count(one: Annotation, other: Annotation) -> dict[str, dict[int, list[float]]]:
        return _counted(one, items(one, other), items(other, one), lambda item, others: item in others)

    return count


def _relaxed(items: Callable) -> Callable:
    """A count of what overlaps something of the other annotator's, of the same label; a key is spans."""

    def overlaps(item, others) -> bool:
        return any(
            item[0] == label and any(a < d and c < b for a, b in item[2] for c, d in spans)
            for label, _, spans in others
        )

    def count(one: Annotation, other: Annotation) -> dict[str, dict[int, list[float]]]:
        return _counted(one, items(one, other), items(other, one), overlaps)

    return count


def _counted(annotation: Annotation, ours: Sequence, theirs: Sequence, has: Callable) -> dict[str, dict]:
    found: dict[str, dict[int, list[float]]] = defaultdict(lambda: defaultdict(lambda: [0, 0, 0, 0]))
    for side, own, others in ((0, ours, set(theirs)), (1, theirs, set(ours))):
        for item in own:
            hit = has(item, others)
            for label in {"", item[0]}:
                row = found[label][annotation.line_at(item[1])]
                row[side] += hit
                row[2 + side] += 1
    return found


def _sentence_ends(one: Annotation, _: Annotation) -> list:
    # That a sentence ends where its line ends is given, and no merit.
    given = {end for _, end in one.lines}
    return [("", record.end, record.end) for record in one.layers["sentences"] if record.end not in given]


def _mentions(one: Annotation, _: Annotation) -> list:
    return [(record.type, record.start, ((record.start, record.end),)) for record in one.layers["entities"]]


def _content(record) -> tuple[tuple[int, int], ...]:
    return tuple((span.start, span.end) for span in record.content)


def _contents(one: Annotation, _: Annotation) -> list:
    return [("", record.hull[0], _content(record)) for record in one.layers["quotes"]]


def _kinds(one: Annotation, _: Annotation) -> list:
    return [(record.kind, record.hull[0], _content(record)) for record in one.layers["quotes"]]


def _parts(name: str) -> Callable:
    def items(one: Annotation, _: Annotation) -> list:
        spans = [getattr(record, name) for record in one.layers["quotes"]]
        return [("", span.start, ((span.start, span.end),)) for span in spans if span]

    return items


def _speakers(one: Annotation, other: Annotation) -> list:
    names = _common_names(one, other, aligned_clusters)
    return [("", record.hull[0], (_content(record), names[record.speaker])) for record in one.layers["quotes"]]


def _triples(one: Annotation, other: Annotation) -> list:
    units = _common_names(one, other, aligned_quotes)
    holders = _common_names(one, other, aligned_clusters)
    lines = one.unit_lines
    return [
        (
            record.label,
            one.lines[lines[record.unit]][0],
            (units.get(record.unit, record.unit.rpartition(".")[2]), holders[record.holder], record.target),
        )
        for record in one.layers["stances"]
        if record.label != "none"
    ]


def _common_names(one: Annotation, other: Annotation, aligned: Callable) -> dict[str, object]:
    """A name for each record of ``one`` that the same thing has in ``other`` too: its id in both."""
    first, second = sorted((one, other), key=lambda annotation: annotation.name)
    found = {}
    for group in aligned([first, second]):
        ids = tuple(group[name].id if name in group else None for name in (first.name, second.name))
        if one.name in group:
            found[group[one.name].id] = ids
    return found


def _b_cubed(one: Annotation, other: Annotation) -> dict[str, dict[int, list[float]]]:
    """The share of a mention's cluster that it is in with the other annotator too, summed over mentions."""
    found: dict[int, list[float]] = defaultdict(lambda: [0, 0, 0, 0])
    clusters = []
    for annotation in (one, other):
        members = defaultdict(set)
        for record in annotation.layers.get("entities", ()):
            if record.cluster:
                members[record.cluster].add((record.start, record.end, record.type))
        clusters.append({mention: mentions for mentions in members.values() for mention in mentions})
    for side in (0, 1):
        for mention, mentions in clusters[side].items():
            row = found[one.line_at(mention[0])]
            row[side] += len(mentions & clusters[1 - side].get(mention, set())) / len(mentions)
            row[2 + side] += 1
    return {"": found} if found else {}


_PAIRWISE: Mapping[str, Mapping[str, Callable]] = {
    "sentences": {"boundaries F1": _exact(_sentence_ends)},
    "entities": {"exact F1": _exact(_mentions), "relaxed F1": _relaxed(_mentions)},
    "clusters": {"B-cubed F1": _b_cubed},
    "quotes": {
        "content, exact F1": _exact(_contents),
        "content, relaxed F1": _relaxed(_contents),
        "content and kind, exact F1": _exact(_kinds),
        "cue, exact F1": _exact(_parts("cue")),
        "source, exact F1": _exact(_parts("source")),
        "content and speaker, exact F1": _exact(_speakers),
    },
    "stances": {"triples F1": _exact(_triples)},
}


# All together: Krippendorff's alpha.


def _characters(layer: str, label: Callable, spans: Callable) -> Callable:
    """A unit is a character, its value what lies over it."""

    def units(annotations: Sequence[Annotation]) -> Iterator[tuple[int, list[str | None]]]:
        values = []
        for annotation in annotations:
            over: list[str] = [""] * len(annotation.text)
            # The outermost decides: what is longest is written last.
            for record in sorted(annotation.layers[layer], key=lambda one: one.order(), reverse=True):
                for start, end in spans(record):
                    over[start:end] = [label(record)] * (end - start)
            values.append(over)
        for number, (start, end) in enumerate(annotations[0].lines):
            for at in range(start, end):
                yield number, [over[at] for over in values]

    return units


def _cells(annotations: Sequence[Annotation]) -> Iterator[tuple[int, list[str | None]]]:
    """A unit is a cell of the grid of stances; who has no such unit says nothing of it."""
    units = {
        (name, record.id): number
        for number, group in enumerate(aligned_quotes(annotations))
        for name, record in group.items()
    }
    grid: dict[tuple, dict[str, str]] = defaultdict(dict)
    lines: dict[tuple, int] = {}
    for annotation in annotations:
        of_units = annotation.unit_lines
        for record in annotation.layers["stances"]:
            cell = (str(units.get((annotation.name, record.unit), record.unit.rpartition(".")[2])), record.target)
            grid[cell][annotation.name] = record.label
            lines.setdefault(cell, of_units[record.unit])
    for cell in sorted(grid):
        yield lines[cell], [grid[cell].get(name) for name in _names(annotations)]


_ALPHAS = (
    (
        "entities",
        "alpha, characters",
        _characters("entities", lambda one: one.type, lambda one: [(one.start, one.end)]),
    ),
    ("quotes", "alpha, characters", _characters("quotes", lambda one: one.kind, _content)),
    ("stances", "alpha, cells of the grid", _cells),
)


def _alpha(layer: str, measure: str, units: Iterator, annotations: Sequence[Annotation]) -> Iterator[Agreement]:
    import krippendorff

    units = list(units)
    domain = sorted({value for _, values in units for value in values if value is not None})
    if len(domain) < 2:
        return  # all said the same of everything: alpha is not defined
    counted = [[values.count(value) for value in domain] for _, values in units]
    value = float(krippendorff.alpha(value_counts=counted, level_of_measurement="nominal"))
    coincidences: dict[int, list[float]] = defaultdict(lambda: [0.0] * len(domain) ** 2)
    for (line, _), row in zip(units, counted, strict=True):
        for at, pairs in enumerate(_coincidences(row)):
            coincidences[line][at] += pairs
    _, low, high = _with_interval(
        functools.partial(alpha_of, size=len(domain)), coincidences, len(annotations[0].lines)
    )
    yield Agreement(layer, measure, "", _names(annotations), value, low, high, (len(units),))


def _coincidences(row: Sequence[int]) -> list[float]:
    """How often each value meets each other within a unit; ``row`` says how many annotators gave each."""
    total = sum(row)
    if total < 2:
        return [0.0] * len(row) ** 2
    return [a * (b - (i == j)) / (total - 1) for i, a in enumerate(row) for j, b in enumerate(row)]


def alpha_of(coincidences, size: int):
    """Krippendorff's alpha, nominal, of each row, a coincidence matrix written row by row; NaN where not defined.

    The resamples need it ten thousands of times; the figure itself is the krippendorff package's, and the same.

    >>> import numpy as np
    >>> alpha_of(np.array([[4, 0, 0, 4], [2, 2, 2, 2]]), size=2).tolist()
    [1.0, 0.125]
    """
    import numpy as np

    matrices = coincidences.reshape(-1, size, size)
    totals = matrices.sum(axis=2)
    n = totals.sum(axis=1)
    expected = n * n - (totals * totals).sum(axis=1)
    observed = n - np.trace(matrices, axis1=1, axis2=2)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(expected > 0, 1 - (n - 1) * observed / expected, np.nan)


# Intervals.


def _with_interval(statistic: Callable, of_lines: _Counts, lines: int) -> tuple[float, float, float]:
    """The statistic of the sums over all lines, and the middle 95% of it over resampled lines."""
    import numpy as np

    counted = sorted(of_lines)
    counts = np.array([of_lines[line] for line in counted], dtype=float)
    value = float(statistic(counts.sum(axis=0, keepdims=True))[0])
    found = statistic(_resamples(lines)[:, counted] @ counts)
    found = np.sort(found[~np.isnan(found)])
    tail = len(found) // 40
    return (value, float(found[tail]), float(found[-1 - tail])) if len(found) else (value, value, value)


@functools.cache
def _resamples(lines: int):
    """So many draws of ``lines`` lines with replacement: how often each was drawn.  They are the same every time.

    They are Python's own draws, which do not change with its version.
    """
    import numpy as np

    draw = random.Random(RESAMPLES)
    drawn = [Counter(draw.choices(range(lines), k=lines)) for _ in range(RESAMPLES)]
    return np.array([[times[line] for line in range(lines)] for times in drawn], dtype=float)
