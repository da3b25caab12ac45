"""The layers of annotation, each a module of this package that defines all its parts (:mod:`zhengwen.layers.base`).

To add a layer, write its module, name it in :data:`LAYERS`, and give it a shape in ``shapes/gold/``, and one in
``shapes/rows/`` for each family in its ``ROWS`` and in ``shapes/predictions/`` for each of its ``TASKS``, each with
the layer as its ``part``.  In a corpus whose design names the layer, every document then needs the file
``gold/<layer>.jsonl`` and an entry under ``layers`` in its ``document.yaml``.
"""

from collections.abc import Iterable, Mapping, Sequence

from zhengwen.annotation import Annotation, Matching
from zhengwen.design import Design
from zhengwen.layers import clusters, entities, quotes, sentences, stances
from zhengwen.layers.base import Layer, layer_of
from zhengwen.records import Record

#: The layers by name, in the order in which they are drafted, checked and shown.
LAYERS: Mapping[str, Layer] = {
    layer.name: layer for layer in map(layer_of, (sentences, entities, clusters, quotes, stances))
}


def layers_of(design: Design) -> dict[str, Layer]:
    """The layers of a corpus with this design, by name.

    >>> list(layers_of(Design("hans", ("hans",), ("entities", "sentences"), restoration=False)))
    ['sentences', 'entities']
    """
    return {name: layer for name, layer in LAYERS.items() if name in design.layers}


def flaw_of_layers(names: Sequence[str]) -> str:
    """Why a corpus cannot have exactly the layers ``names``; empty if it can.

    >>> flaw_of_layers(["sentences", "quotes"])
    'quotes need clusters: the layers must be sentences, clusters, quotes'
    """
    if unknown := [name for name in names if name not in LAYERS]:
        return f"there is no layer {unknown[0]!r}; there are: {', '.join(LAYERS)}"
    needed = {"sentences"}.union(names, *(LAYERS[name].NEEDS for name in names))
    if missing := [name for name in LAYERS if name in needed and name not in names]:
        in_need = next((name for name in names if missing[0] in LAYERS[name].NEEDS), "all corpora")
        complete = ", ".join(name for name in LAYERS if name in needed)
        return f"{in_need} need {missing[0]}: the layers must be {complete}"
    return ""


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
