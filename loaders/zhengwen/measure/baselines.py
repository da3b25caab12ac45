"""Baselines: predictions by rules and word lists, for a model's figures to be compared with.

Nothing here was derived from gold (:mod:`zhengwen.taggers`).  But whoever wrote the rules had read the article that
they are scored on, so their figures do not show how well such rules do elsewhere.  They read the Simplified text, and
predict in the form of ``schema/predictions/``.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from zhengwen.schema import Schema
from zhengwen.taggers import mentions, quotations, span_dict
from zhengwen.text import segment

Row = Mapping[str, Any]


class Baseline(NamedTuple):
    """A baseline: its name, the task it is scored on, and the config ``reads`` from whose rows ``predict`` predicts."""

    name: str
    task: str
    reads: str
    predict: Callable[[Sequence[Row], Schema], list[dict[str, Any]]]


# Sentences.


def _sentences(documents: Sequence[Row], schema: Schema) -> list[dict[str, Any]]:
    return [
        {
            "id": row["id"],
            "sentences": [span_dict(*span) for span in segment.sentences(row["text_hans"])],
        }
        for row in documents
    ]


# Entities.


def _entities(sentences: Sequence[Row], schema: Schema) -> list[dict[str, Any]]:
    types = schema.labels["entity_types"]
    return [
        {
            "id": row["id"],
            "entities": [
                {**span_dict(start, end), "type": type} for start, end, type in mentions(row["text"]) if type in types
            ],
        }
        for row in sentences
    ]


# Quotations.


def _quotes(documents: Sequence[Row], schema: Schema) -> list[dict[str, Any]]:
    return [{"id": row["id"], "quotes": list(quotations(row["text_hans"]))} for row in documents]


# Stances: the majority label, and words of praise and blame in the clauses that speak of the target.

_PRAISE = re.compile(
    "优势|机遇|机会|突破|提升|推动|促进|有助于|强大|卓越|高效|领先|进步|普惠|精彩|良好|显著|价值|便利|成功|坚持|实力"
)
_BLAME = re.compile("不足|限制|挑战|风险|争议|壁垒|问题|落后|缺乏|困难|寒冬|担忧|没有|并不是|有限")


def _majority(stances: Sequence[Row], schema: Schema) -> list[dict[str, Any]]:
    return [{"id": row["id"], "label": "none"} for row in stances]


def _lexicon(stances: Sequence[Row], schema: Schema) -> list[dict[str, Any]]:
    topics = {target.key: target.topic or re.escape(target.name) for target in schema.labels["targets"].values()}
    return [{"id": row["id"], "label": _stance(row["text"], topics[row["target"]])} for row in stances]


def _stance(unit: str, topic: str) -> str:
    clauses = re.split("[。！？；]", unit)
    about = [clause for clause in clauses if re.search(topic, clause, re.IGNORECASE)]
    balance = sum(len(_PRAISE.findall(clause)) - len(_BLAME.findall(clause)) for clause in about)
    return "favor" if balance > 0 else "against" if balance < 0 else "none"


BASELINES = (
    Baseline("sentence rule", "sentences", "documents", _sentences),
    Baseline("jieba's tags, word lists and patterns", "entities", "sentences-hans", _entities),
    Baseline("marks and verbs of saying", "quotes", "documents", _quotes),
    Baseline("always none", "stances", "stances-hans", _majority),
    Baseline("words of praise and blame", "stances", "stances-hans", _lexicon),
)
