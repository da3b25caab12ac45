"""How good a prediction is, measured against released rows.

A prediction is a record of a shape in ``schema/predictions/`` that answers for one row, or for one document; its fields
show which task it is for.  Every id in gold must be answered exactly once: a missing answer is an error, not a zero.
Each layer states what is compared (``TASKS``).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from nervaluate import Evaluator

from zhengwen.columns import decoded, recode
from zhengwen.errors import ZhengwenError
from zhengwen.layers import LAYERS
from zhengwen.layers.base import Comparison, Labels, Mentions, Overlaps, Sets, Task
from zhengwen.schema import Schema, read_schema
from zhengwen.shape import Shape

Row = Mapping[str, Any]


class Score(NamedTuple):
    """One figure: ``value``, of one ``label``, or of all labels (``""``).

    ``precision`` and ``recall`` are ``None`` unless the figure is the F1 of one label or of all items.  ``n_gold`` and
    ``n_predicted`` are how many items there are on each side.
    """

    task: str
    measure: str
    label: str
    value: float
    precision: float | None
    recall: float | None
    n_gold: int
    n_predicted: int


def score(gold: Iterable[Row], predictions: Iterable[Row], schema: Schema | None = None) -> list[Score]:
    """Score ``predictions`` against ``gold``, the rows of a config, with class labels as numbers or as names.

    To score against a published version, load it as ``gold``: ``zhengwen.load_dataset("stances", "hant", repo=…,
    revision="v1.0.0")``.  The numbers in a ``Dataset`` are read by its own features, and those in any other rows by
    ``schema``.

    The fields of the predictions show what is scored: ``label`` (against ``stances-S``), ``entities`` or ``sentences``
    (``sentences-S``), ``ner_tags`` (``ner-S``), ``quotes`` (``quotes-S``), in any script ``S``.  Raises
    :class:`ZhengwenError` if a prediction does not match its shape, or if an id is unknown, answered twice, or not
    answered.

    >>> gold = [{"id": "d.st001", "label": "favor"}, {"id": "d.st002", "label": "none"}]
    >>> figures = score(gold, [{"id": "d.st001", "label": "favor"}, {"id": "d.st002", "label": "favor"}])
    >>> [(figure.measure, figure.label, round(figure.value, 2)) for figure in figures]
    [('accuracy', '', 0.5), ('macro F1', '', 0.33), ('F1', 'favor', 0.67), ('F1', 'against', 0.0)]
    """
    schema = schema or read_schema()
    predictions = list(predictions)
    task = task_of(predictions, schema)
    answers = _answers(predictions, schema, task)
    shape = schema.rows[TASKS[task].family]
    rows = list(_decoded(gold, shape))
    expected = TASKS[task].expected(rows)
    _assert_answered(expected, answers, TASKS[task].family)
    comparisons = TASKS[task].compare(expected, answers, rows)
    return [Score(task, *figure) for comparison in comparisons for figure in _figures(comparison)]


def task_of(predictions: Sequence[Row], schema: Schema) -> str:
    """The task that ``predictions`` are for, which is the name of their shape, judged by the first of them.

    Raises :class:`ZhengwenError` if no shape fits.
    """
    first = predictions[0] if predictions else None
    if not isinstance(first, Mapping):
        raise ZhengwenError(
            "no predictions, or the first is not a JSON object",
            fix="write one JSON object per line; `zhengwen schema` lists the shapes of predictions",
        )
    for name, shape in schema.predictions.items():
        if shape.fields.keys() - {"id"} <= first.keys():
            return name
    fields = sorted({field for shape in schema.predictions.values() for field in shape.fields} - {"id"})
    raise ZhengwenError(
        f"prediction 1 predicts nothing that is scored: its fields are {', '.join(map(str, first)) or 'none'}",
        fix=f"give it an id and one of {', '.join(fields)}; `zhengwen schema` lists the shapes of predictions",
    )


def _answers(predictions: Sequence[Row], schema: Schema, task: str) -> dict[str, Row]:
    shape = schema.predictions[task]
    answers: dict[str, Row] = {}
    for number, prediction in enumerate(predictions, start=1):
        for problem in shape.problems(prediction):
            message = f"prediction {number}: {problem.field}: {problem.message}"
            raise ZhengwenError(message, fix=f"see `zhengwen schema predictions/{task}`")
        for span in _spans(prediction):
            if span["start"] >= span["end"]:
                raise ZhengwenError(
                    f"prediction {number}: [{span['start']}, {span['end']}) is not a span",
                    fix="start must be < end",
                )
        if prediction["id"] in answers:
            raise ZhengwenError(f"prediction {number}: {prediction['id']!r} is answered twice", fix="answer it once")
        answers[prediction["id"]] = prediction
    return answers


def _spans(value: Any) -> Iterator[Row]:
    if isinstance(value, list):
        for item in value:
            yield from _spans(item)
    elif isinstance(value, Mapping):
        if "start" in value:
            yield value
        for item in value.values():
            yield from _spans(item)


def _decoded(gold: Iterable[Row], shape: Shape) -> Iterator[Row]:
    """The rows of ``gold`` with class labels as names; a ``Dataset`` has them as numbers, and its own features."""
    if features := getattr(gold, "features", None):
        by_name = features.to_dict()
        for row in gold:
            yield {name: decoded(by_name[name], value) for name, value in row.items()}
        return
    for row in gold:
        yield {
            name: recode(rules, row[name], lambda names, label: names[label] if isinstance(label, int) else label)
            for name, rules in shape.fields.items()
            if name in row
        }


def _assert_answered(expected: Mapping[str, Any], answers: Mapping[str, Any], family: str) -> None:
    for ids, what in (
        (expected.keys() - answers.keys(), "not answered"),
        (answers.keys() - expected.keys(), "unknown"),
    ):
        if ids:
            named = sorted(ids)
            shown = ", ".join(named[:3]) + (" …" if len(named) > 3 else "")
            raise ZhengwenError(
                f"{len(named)} id{'s are' if len(named) > 1 else ' is'} {what}: {shown}",
                fix=f"answer each id of {family} exactly once",
            )


def _figures(comparison: Comparison) -> Iterator[tuple]:
    """The figures of a comparison, each ``(measure, label, value, precision, recall, n_gold, n_predicted)``."""
    match comparison:
        case Sets(measure, label, gold, predicted):
            shared = len(gold & predicted)
            yield measure, label, *_f1(shared, shared, len(gold), len(predicted))
        case Overlaps(measure, gold, predicted):
            found, right = _overlapping(gold, predicted), _overlapping(predicted, gold)
            yield measure, "", *_f1(found, right, len(gold), len(predicted))
        case Labels():
            yield from _label_figures(comparison)
        case Mentions(gold, predicted):
            yield from _mention_figures(gold, predicted)


def _label_figures(labels: Labels) -> Iterator[tuple]:
    """Accuracy, macro F1 as in SemEval-2016 task 6 (the mean of the F1 of the labels in ``over``), and each F1."""
    gold, predicted = labels.gold, labels.predicted
    figures = []
    for label in labels.over:
        expected, given = ({id for id in gold if side[id] == label} for side in (gold, predicted))
        shared = len(expected & given)
        figures.append(("F1", label, *_f1(shared, shared, len(expected), len(given))))
    right = sum(gold[id] == predicted[id] for id in gold)
    yield "accuracy", "", right / len(gold), None, None, len(gold), len(gold)
    counted = [sum(side[id] != labels.ignored for id in gold) for side in (gold, predicted)]
    yield "macro F1", "", sum(figure[2] for figure in figures) / len(figures), None, None, *counted
    yield from figures


#: The ways in which mentions may match: the name in nervaluate (SemEval-2013 task 9), and the measure here.
_MATCHES = {
    "strict": "exact F1",
    "partial": "partial F1, any type",
    "ent_type": "overlap F1",
    "exact": "exact F1, any type",
}


def _mention_figures(gold: Mapping[str, Sequence[Row]], predicted: Mapping[str, Sequence[Row]]) -> Iterator[tuple]:
    def for_nervaluate(by_row: Mapping[str, Sequence[Row]]) -> list[list[dict[str, Any]]]:
        # nervaluate's ends are inclusive.
        return [
            [{"label": mention["type"], "start": mention["start"], "end": mention["end"] - 1} for mention in by_row[id]]
            for id in gold
        ]

    types = sorted({mention["type"] for side in (gold, predicted) for row in side.values() for mention in row})
    results = Evaluator(for_nervaluate(gold), for_nervaluate(predicted), tags=types, loader="dict").evaluate()
    for match, name in _MATCHES.items():
        yield name, "", *_of_nervaluate(results["overall"][match])
    for type in types:
        yield "exact F1", type, *_of_nervaluate(results["entities"][type]["strict"])


def _of_nervaluate(result) -> tuple:
    return result.f1, result.precision, result.recall, result.possible, result.actual


def _overlapping(items: Sequence[tuple], others: Sequence[tuple]) -> int:
    """How many of ``items`` overlap one of ``others``; an item is ``(id of its row, its spans)``."""
    return sum(
        any(row == other_row and a < d and c < b for other_row, other in others for a, b in spans for c, d in other)
        for row, spans in items
    )


def _f1(found: int, right: int, n_gold: int, n_predicted: int) -> tuple:
    """The last five values of a figure; ``found`` counts items of gold, ``right`` those of the prediction."""
    recall = found / n_gold if n_gold else 0.0
    precision = right / n_predicted if n_predicted else 0.0
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return f1, precision, recall, n_gold, n_predicted


#: Everything that can be scored, by the name of its shape in ``schema/predictions/``.
TASKS: Mapping[str, Task] = {name: task for layer in LAYERS.values() for name, task in layer.TASKS.items()}
