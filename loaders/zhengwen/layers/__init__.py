"""The layers of annotation, each a module of this package that defines all its parts (:mod:`zhengwen.layers.base`).

To add a layer, write its module, name it in :data:`LAYERS`, and give it a shape in ``schema/gold/``, and one in
``schema/rows/`` for each family in its ``ROWS`` and in ``schema/predictions/`` for each of its ``TASKS``.  Every
document then needs the file ``gold/<layer>.jsonl`` and an entry under ``layers`` in its ``document.yaml``.
"""

from collections.abc import Iterable, Mapping, Sequence

from zhengwen.annotation import Annotation, Matching
from zhengwen.layers import clusters, entities, quotes, sentences, stances
from zhengwen.layers.base import Layer, layer_of
from zhengwen.records import Record

#: The layers by name, in the order in which they are drafted, checked and shown.
LAYERS: Mapping[str, Layer] = {
    layer.name: layer for layer in map(layer_of, (sentences, entities, clusters, quotes, stances))
}


def matching(annotations: Sequence[Annotation]) -> Matching:
    """Which records of several annotators of one text are about the same thing."""
    return Matching(annotations, {layer.name: layer.group for layer in LAYERS.values() if layer.group})


def referenced_ids(gold: Mapping[str, Iterable[Record]]) -> dict[str, set[str]]:
    """For each layer, the ids that some record of ``gold`` refers to (:attr:`Layer.REFERENCES`)."""
    ids: dict[str, set[str]] = {name: set() for name in LAYERS}
    for name, layer in LAYERS.items():
        for field, targets in layer.REFERENCES.items():
            for target in targets:
                ids.setdefault(target, set()).update(getattr(record, field) for record in gold.get(name, ()))
    return ids
