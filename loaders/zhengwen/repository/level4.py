"""Level 4: every label is known, and what labels demand of each other holds (the passes are in ``pass_checks``)."""

import dataclasses
from collections.abc import Iterator

from zhengwen.findings import Finding, rule
from zhengwen.layers import layers_of
from zhengwen.layers.base import CheckContext
from zhengwen.repository.level2 import RawDocument
from zhengwen.repository.level3 import CheckedDocument
from zhengwen.schema import Schema

UNKNOWN_LABEL = rule(
    "unknown-label",
    4,
    "Every label is in its inventory in `schema/labels.yaml`.",
    why="Without a definition, readers would understand the label differently.",
    example='`"type": "CITY"`',
    fix="Use a label of the inventory, or add this one with a definition.",
)


def check_document(raw: RawDocument, checked: CheckedDocument, schema: Schema) -> list[Finding]:
    """Findings on the labels of one document; what they demand of each other is checked only if all are known."""
    findings = list(_labels(raw, schema))
    if not findings:
        context: CheckContext = dataclasses.replace(checked.context, document=checked.document)
        for layer in layers_of(schema.design).values():
            findings += layer.check_vocabulary(context)
    return findings


def _labels(raw: RawDocument, schema: Schema) -> Iterator[Finding]:
    for layer, records in raw.gold.items():
        for number, record in enumerate(records, start=1):
            for problem in schema.gold[layer].problems(record):
                yield UNKNOWN_LABEL.broken(
                    raw.files.gold_name(layer),
                    problem.message,
                    line=number,
                    field=problem.field,
                    fix="use one of these, or add it to schema/labels.yaml with a definition",
                )
