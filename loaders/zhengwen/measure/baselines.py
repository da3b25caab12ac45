"""Baselines: predictions by rules and word lists, for a model's figures to be compared with.

Nothing here was derived from gold (:mod:`zhengwen.taggers`).  The rules are written for Simplified text: they read the
rows of the base edition in Simplified characters, which keep every offset, and predict in the form of
``schema/predictions/``.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from zhengwen.conversion.convert import simplified_characters
from zhengwen.draft import as_written
from zhengwen.editions import EDITIONS
from zhengwen.layers import layers_of
from zhengwen.schema import Schema
from zhengwen.taggers import mentions, quotations, span_dict
from zhengwen.text import segment

Row = Mapping[str, Any]


class Baseline(NamedTuple):
    """A baseline: its name, the task it is scored on, and the function ``predict``.

    It predicts from the rows, in the base edition, of the family ``reads``.
    """

    name: str
    task: str
    reads: str
    predict: Callable[[Sequence[Row], Schema], list[dict[str, Any]]]

    def config(self, schema: Schema) -> str:
        """The config that the baseline reads in a corpus with this ``schema``.

        >>> from zhengwen.schema import read_schema
        >>> [baseline.config(read_schema()) for baseline in BASELINES[:2]]
        ['documents', 'sentences-hans']
        """
        return f"{self.reads}-{schema.design.base}" if schema.rows[self.reads].scripts else self.reads


def baselines_of(schema: Schema) -> list[Baseline]:
    """The baselines for a corpus with this ``schema``: those whose task is one of its layers."""
    tasks = {task for layer in layers_of(schema.design).values() for task in layer.TASKS}
    return [baseline for baseline in BASELINES if baseline.task in tasks]


def _texts(rows: Sequence[Row], column: str, schema: Schema) -> list[str]:
    """The texts in ``column`` of ``rows``, which are in the base edition, in Simplified characters."""
    return [simplified_characters(row[column], schema.design.base) for row in rows]


def _documents(rows: Sequence[Row], schema: Schema) -> list[str]:
    return _texts(rows, EDITIONS[schema.design.base].column, schema)


# Sentences.


def _sentences(documents: Sequence[Row], schema: Schema) -> list[dict[str, Any]]:
    return [
        {
            "id": row["id"],
            "sentences": [span_dict(*span) for span in segment.sentences(text)],
        }
        for row, text in zip(documents, _documents(documents, schema), strict=True)
    ]


# Entities.


def _entities(sentences: Sequence[Row], schema: Schema) -> list[dict[str, Any]]:
    types = schema.labels["entity_types"]
    return [
        {
            "id": row["id"],
            "entities": [
                {**span_dict(start, end), "type": type} for start, end, type in mentions(text) if type in types
            ],
        }
        for row, text in zip(sentences, _texts(sentences, "text", schema), strict=True)
    ]


# Quotations.


def _quotes(documents: Sequence[Row], schema: Schema) -> list[dict[str, Any]]:
    column = EDITIONS[schema.design.base].column
    return [
        {
            "id": row["id"],
            "quotes": [
                {**quotation, "speaker": as_written(quotation["speaker"], text, row[column])}
                for quotation in quotations(text)
            ],
        }
        for row, text in zip(documents, _documents(documents, schema), strict=True)
    ]


# Stances: the majority label, and words of praise and blame in the clauses that speak of the target.

_PRAISE = re.compile(
    "优势|机遇|机会|突破|提升|推动|促进|有助于|强大|卓越|高效|领先|进步|普惠|精彩|良好|显著|价值|便利|成功|坚持|实力"
)
_BLAME = re.compile("不足|限制|挑战|风险|争议|壁垒|问题|落后|缺乏|困难|寒冬|担忧|没有|并不是|有限")


def _majority(stances: Sequence[Row], schema: Schema) -> list[dict[str, Any]]:
    return [{"id": row["id"], "label": "none"} for row in stances]


def _lexicon(stances: Sequence[Row], schema: Schema) -> list[dict[str, Any]]:
    topics = {
        target.key: simplified_characters(target.topic or re.escape(target.name), schema.design.base)
        for target in schema.labels["targets"].values()
    }
    return [
        {"id": row["id"], "label": _stance(text, topics[row["target"]])}
        for row, text in zip(stances, _texts(stances, "text", schema), strict=True)
    ]


def _stance(unit: str, topic: str) -> str:
    clauses = re.split("[。！？；]", unit)
    about = [clause for clause in clauses if re.search(topic, clause, re.IGNORECASE)]
    balance = sum(len(_PRAISE.findall(clause)) - len(_BLAME.findall(clause)) for clause in about)
    return "favor" if balance > 0 else "against" if balance < 0 else "none"


BASELINES = (
    Baseline("sentence rule", "sentences", "documents", _sentences),
    Baseline("jieba's tags, word lists and patterns", "entities", "sentences", _entities),
    Baseline("marks and verbs of saying", "quotes", "documents", _quotes),
    Baseline("always none", "stances", "stances", _majority),
    Baseline("words of praise and blame", "stances", "stances", _lexicon),
)
