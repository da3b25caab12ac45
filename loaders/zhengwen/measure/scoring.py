"""How good a prediction is, measured against released rows.

A prediction is a JSON line that answers for one row, or for one document (``schema/predictions/``); its fields tell
what is scored.  Every id of the gold is answered exactly once: a missing answer is an error, and no zero.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from zhengwen.columns import recode
from zhengwen.errors import ZhengwenError
from zhengwen.schema import Schema, Shape, read_schema

Row = Mapping[str, Any]


class Score(NamedTuple):
    """One figure, ``value``; of ``label``, or of all labels (``""``).

    Where it is an F1, ``precision`` and ``recall`` are what it is made of.  ``n_gold`` and ``n_predicted`` are how many
    items either side has.
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
    """Score ``predictions`` against ``gold``, the rows of a config as a ``Dataset`` has them, or decoded.

    What is scored is told by the predictions: ``label`` (against ``stances-S``), ``entities`` or ``sentences``
    (``sentences-S``), ``ner_tags`` (``ner-S``), ``quotes`` (``quotes-S``).  Raises :class:`ZhengwenError` when a
    prediction has not its shape, or answers for nothing, or not everything is answered.

    >>> gold = [{"id": "d.st001", "label": "favor"}, {"id": "d.st002", "label": "none"}]
    >>> figures = score(gold, [{"id": "d.st001", "label": "favor"}, {"id": "d.st002", "label": "favor"}])
    >>> [(one.measure, one.label, round(one.value, 2)) for one in figures]
    [('accuracy', '', 0.5), ('macro F1', '', 0.33), ('F1', 'favor', 0.67), ('F1', 'against', 0.0)]
    """
    schema = schema or read_schema()
    predictions = list(predictions)
    task = task_of(predictions, schema)
    answers = _answers(predictions, schema, task)
    shape = schema.rows[TASKS[task].family]
    rows = [_decoded(row, shape) for row in gold]
    expected = TASKS[task].gold(rows)
    _assert_answered(expected, answers, TASKS[task].family)
    return [Score(task, *figure) for figure in TASKS[task].measure(expected, answers, rows)]


def task_of(predictions: Sequence[Row], schema: Schema) -> str:
    """What ``predictions`` are of: the name of their shape; raises :class:`ZhengwenError` when they are of nothing."""
    first = predictions[0] if predictions else None
    if not isinstance(first, Mapping):
        raise ZhengwenError("no predictions", fix="one JSON object a line; see schema/predictions/")
    for name, shape in schema.predictions.items():
        if shape.fields.keys() - {"id"} <= first.keys():
            return name
    fields = sorted({field for shape in schema.predictions.values() for field in shape.fields} - {"id"})
    raise ZhengwenError(
        f"prediction 1 predicts nothing: its fields are {', '.join(map(str, first)) or 'none'}",
        fix=f"give it an id and one of {', '.join(fields)}; see schema/predictions/",
    )


def _answers(predictions: Sequence[Row], schema: Schema, task: str) -> dict[str, Row]:
    shape = schema.predictions[task]
    answers: dict[str, Row] = {}
    for number, prediction in enumerate(predictions, start=1):
        for problem in shape.problems(prediction):
            raise ZhengwenError(
                f"prediction {number}: {problem.field}: {problem.message}", fix=f"see schema/predictions/{task}.yaml"
            )
        for span in _spans(prediction):
            if span["start"] >= span["end"]:
                raise ZhengwenError(
                    f"prediction {number}: no span: [{span['start']}, {span['end']})", fix="start comes before end"
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


def _decoded(row: Row, shape: Shape) -> Row:
    """A row with names for class labels, whether it has numbers (as a ``Dataset`` has) or names already."""
    return {
        name: recode(shape.fields[name], value, lambda names, label: names[label] if isinstance(label, int) else label)
        for name, value in row.items()
        if name in shape.fields
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


class _Task(NamedTuple):
    """Which rows a task is scored against, what they expect of each id, and how answers are measured."""

    family: str
    gold: Callable[[Sequence[Row]], Mapping[str, Any]]
    measure: Callable[[Mapping[str, Any], Mapping[str, Row], Sequence[Row]], Iterator[tuple]]


def _by_id(field: str) -> Callable:
    return lambda rows: {row["id"]: row[field] for row in rows}


def _by_document(rows: Sequence[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["doc_id"], []).append(row)
    return found


# Stances, as in SemEval-2016 task 6: the mean of the F1 of favor and of against.


def _stances(gold: Mapping[str, str], answers: Mapping[str, Row], rows) -> Iterator[tuple]:
    predicted = {id: answer["label"] for id, answer in answers.items()}
    figures = [
        ("F1", label, *_f1({id for id in gold if gold[id] == label}, {id for id in gold if predicted[id] == label}))
        for label in ("favor", "against")
    ]
    right = sum(gold[id] == predicted[id] for id in gold)
    yield ("accuracy", "", right / len(gold), None, None, len(gold), len(gold))
    taken = [sum(labels[id] != "none" for id in gold) for labels in (gold, predicted)]
    yield ("macro F1", "", sum(figure[2] for figure in figures) / len(figures), None, None, *taken)
    yield from figures


# Entities: the four readings of a match of SemEval-2013 task 9, by nervaluate.

#: nervaluate's name for each, and ours.
_MATCHES = {
    "strict": "exact F1",
    "partial": "partial F1, any type",
    "ent_type": "overlap F1",
    "exact": "exact F1, any type",
}


def _entities(gold: Mapping[str, Sequence[Row]], answers: Mapping[str, Row], rows) -> Iterator[tuple]:
    for row in rows:
        for one in answers[row["id"]]["entities"]:
            if one["end"] > len(row["text"]):
                raise ZhengwenError(
                    f"{row['id']}: [{one['start']}, {one['end']}) is not in its text, which has {len(row['text'])} "
                    "characters",
                    fix="count code points from the start of the row's text",
                )
    yield from _mentions(gold, {id: answer["entities"] for id, answer in answers.items()})


def _ner(gold: Mapping[str, Sequence[str]], answers: Mapping[str, Row], rows) -> Iterator[tuple]:
    for id, tags in gold.items():
        if len(answers[id]["ner_tags"]) != len(tags):
            given = len(answers[id]["ner_tags"])
            raise ZhengwenError(f"{id}: {given} tags for {len(tags)} characters", fix="one tag a character of `tokens`")
    predicted = {id: _chunks(answer["ner_tags"]) for id, answer in answers.items()}
    yield from _mentions({id: _chunks(tags) for id, tags in gold.items()}, predicted)


def _chunks(tags: Sequence[str]) -> list[Row]:
    """The mentions that IOB2 tags mark; an ``I-`` that continues nothing begins one.

    >>> _chunks(["B-ORG", "I-ORG", "O", "I-GPE"])
    [{'start': 0, 'end': 2, 'type': 'ORG'}, {'start': 3, 'end': 4, 'type': 'GPE'}]
    """
    found: list[dict[str, Any]] = []
    for at, tag in enumerate(tags):
        prefix, _, type = tag.partition("-")
        if prefix == "I" and found and found[-1]["end"] == at and found[-1]["type"] == type:
            found[-1]["end"] = at + 1
        elif prefix != "O":
            found.append({"start": at, "end": at + 1, "type": type})
    return found


def _mentions(gold: Mapping[str, Sequence[Row]], predicted: Mapping[str, Sequence[Row]]) -> Iterator[tuple]:
    from nervaluate import Evaluator

    def as_read(of_id: Mapping[str, Sequence[Row]]) -> list[list[dict[str, Any]]]:
        # nervaluate's ends are inclusive.
        return [
            [{"label": one["type"], "start": one["start"], "end": one["end"] - 1} for one in of_id[id]] for id in gold
        ]

    types = sorted({one["type"] for of_id in (gold, predicted) for mentions in of_id.values() for one in mentions})
    found = Evaluator(as_read(gold), as_read(predicted), tags=types, loader="dict").evaluate()
    for match, name in _MATCHES.items():
        yield (name, "", *_figures(found["overall"][match]))
    for type in types:
        yield ("exact F1", type, *_figures(found["entities"][type]["strict"]))


def _figures(result) -> tuple:
    return result.f1, result.precision, result.recall, result.possible, result.actual


# Sentences: where they end within a paragraph.


def _sentence_ends(gold: Mapping[str, Sequence[Row]], answers: Mapping[str, Row], rows) -> Iterator[tuple]:
    last = {(row["doc_id"], row["paragraph"]): row["end"] for row in rows}
    given = {(doc_id, end) for (doc_id, _), end in last.items()}
    expected = {(id, row["end"]) for id, of_document in gold.items() for row in of_document} - given
    predicted = {(id, one["end"]) for id, answer in answers.items() for one in answer["sentences"]} - given
    yield ("boundaries F1", "", *_f1(expected, predicted))


# Quotations.


def _quotes(gold: Mapping[str, Sequence[Row]], answers: Mapping[str, Row], rows) -> Iterator[tuple]:
    expected = [(id, _contents_of(row), row) for id, of_document in gold.items() for row in of_document]
    predicted = [
        (id, tuple((one["start"], one["end"]) for one in quote["content"]), quote)
        for id, answer in answers.items()
        for quote in answer["quotes"]
    ]
    yield ("content, exact F1", "", *_f1({one[:2] for one in expected}, {one[:2] for one in predicted}))
    yield ("content, overlap F1", "", *_overlap_f1(expected, predicted))
    for part in ("cue", "source"):
        ours = {(id, row[f"{part}_start"], row[f"{part}_end"]) for id, _, row in expected if row[part] is not None}
        theirs = {(id, row[part]["start"], row[part]["end"]) for id, _, row in predicted if row[part] is not None}
        yield (f"{part}, exact F1", "", *_f1(ours, theirs))
    named = {(id, content): {row["speaker"], row["speaker_name"]} for id, content, row in expected}
    attributed = {one[:2] for one in predicted if one[2]["speaker"] in named.get(one[:2], ())}
    unmatched = {(*one[:2], "wrong") for one in predicted if one[:2] not in attributed}
    yield ("content and speaker, exact F1", "", *_f1(set(named), attributed | unmatched))


def _contents_of(row: Row) -> tuple[tuple[int, int], ...]:
    starts, ends = row["fragment_starts"], row["fragment_ends"]
    return tuple((row["start"] + start, row["start"] + end) for start, end in zip(starts, ends, strict=True))


def _overlap_f1(expected: Sequence[tuple], predicted: Sequence[tuple]) -> tuple:
    def hits(ours: Sequence[tuple], theirs: Sequence[tuple]) -> int:
        return sum(
            any(id == other and a < d and c < b for other, spans, _ in theirs for a, b in own for c, d in spans)
            for id, own, _ in ours
        )

    return _of_hits(hits(expected, predicted), hits(predicted, expected), len(expected), len(predicted))


def _f1(expected: set[Hashable], predicted: set[Hashable]) -> tuple:
    hits = len(expected & predicted)
    return _of_hits(hits, hits, len(expected), len(predicted))


def _of_hits(found: int, right: int, n_gold: int, n_predicted: int) -> tuple:
    recall = found / n_gold if n_gold else 0.0
    precision = right / n_predicted if n_predicted else 0.0
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return f1, precision, recall, n_gold, n_predicted


TASKS: Mapping[str, _Task] = {
    "entities": _Task("sentences", _by_id("entities"), _entities),
    "ner": _Task("ner", _by_id("ner_tags"), _ner),
    "sentences": _Task("sentences", _by_document, _sentence_ends),
    "quotes": _Task("quotes", _by_document, _quotes),
    "stances": _Task("stances", _by_id("label"), _stances),
}
