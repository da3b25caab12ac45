"""The schema of a corpus: its design, label inventories and the shapes of records.

The shapes, and the inventories that the code relies on, are in this package (``shapes/``).  ``schema/`` of a repository
holds the design of the corpus, its own inventories, and any shape that it states differently; that of a release holds
everything.  :mod:`zhengwen.expansion` says how a shape is written.
"""

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from zhengwen.design import DESIGN, Design, read_design
from zhengwen.errors import SchemaError, UnknownNameError
from zhengwen.expansion import Expander, read_shapes
from zhengwen.labels import Label, read_labels
from zhengwen.paths import schema_path
from zhengwen.shape import Shape

#: The files of ``schema/`` that are not shapes: how to annotate, the inventories, and what several shapes use.
GUIDELINES, LABELS, TYPES = "GUIDELINES.md", "labels.yaml", "types.yaml"
#: The shapes in ``gold/`` that are not those of a layer.
NOT_LAYERS = ("adjudication", "corpus", "document")
#: Where the package keeps the shapes of every corpus, in the same files.
_SHAPES = Path(__file__).parent / "shapes"


class Config(NamedTuple):
    """One released config: a family of rows in one script (``None`` for a family that is not released by script)."""

    name: str
    family: str
    script: str | None
    is_default: bool


@dataclass(frozen=True)
class Schema:
    """The schema of a corpus: its ``design``, ``labels`` by inventory and key, and shapes by name.

    ``gold`` holds the shapes of what is in ``seeds/``, ``rows`` those of a release, ``predictions`` those of what is
    scored.  ``files`` maps each file that they were read from to its path, by its name in ``schema/``.
    """

    design: Design
    labels: Mapping[str, Mapping[str, Label]]
    gold: Mapping[str, Shape]
    rows: Mapping[str, Shape]
    predictions: Mapping[str, Shape]
    files: Mapping[str, Path]

    @functools.cached_property
    def configs(self) -> Mapping[str, Config]:
        """The released configs by name: one per script for a family with scripts, otherwise one."""
        configs = {}
        for family, shape in self.rows.items():
            for script in self.design.scripts if shape.scripts else (None,):
                name = f"{family}-{script}" if script else family
                configs[name] = Config(name, family, script, shape.is_default and script in (None, self.design.base))
        return configs

    @functools.cached_property
    def shapes(self) -> Mapping[str, Shape]:
        """Every shape by its path in ``schema/``, such as ``rows/sentences``."""
        kinds = {"gold": self.gold, "rows": self.rows, "predictions": self.predictions}
        return {f"{kind}/{name}": shape for kind, shapes in kinds.items() for name, shape in shapes.items()}

    def shape(self, name: str) -> Shape:
        """The shape at ``schema/<name>.yaml``; raises :class:`UnknownNameError`, which lists them all."""
        if name not in self.shapes:
            raise UnknownNameError("shape", name, self.shapes)
        return self.shapes[name]

    def json_files(self) -> dict[str, str]:
        """The text of ``json/<name>.json`` for every shape: its JSON Schema."""
        return {
            f"json/{name}.json": json.dumps(shape.json_schema(), ensure_ascii=False, indent=1) + "\n"
            for name, shape in self.shapes.items()
        }

    def config(self, name: str) -> Config:
        """The config called ``name``; raises :class:`UnknownNameError`, which lists them all."""
        if name not in self.configs:
            raise UnknownNameError("config", name, self.configs)
        return self.configs[name]


def read_schema(folder: Path | None = None) -> Schema:
    """Read the schema in ``folder`` (by default the one that this version was released with).

    Raises :class:`ZhengwenError`, which names the file and what is wrong in it.

    >>> list(read_schema().labels["stance_labels"])
    ['none', 'favor', 'against']
    """
    return _read_schema(Path(folder)) if folder else _packaged_schema()


@functools.cache
def _packaged_schema() -> Schema:
    return _read_schema(schema_path())


def _read_schema(folder: Path) -> Schema:
    design = read_design(folder / DESIGN)
    labels, own = read_labels(_SHAPES / LABELS), read_labels(folder / LABELS)
    for inventory in labels.keys() & own.keys():
        if list(labels[inventory]) != list(own[inventory]):
            raise SchemaError(
                f"{folder / LABELS}: {inventory}: must have exactly the labels {', '.join(labels[inventory])}",
                fix="the code relies on them: define them anew if you like, but neither add nor remove any",
            )
    labels |= own
    names = {
        "editions": design.editions,
        "scripts": design.scripts,
        "converted": [script for script in design.scripts if script != design.base],
        "layers": design.layers,
    }
    expand = Expander(_file_of(folder, TYPES), labels, names, design)
    files = {LABELS: folder / LABELS, TYPES: _file_of(folder, TYPES)}
    shapes = {}
    for kind in ("gold", "rows", "predictions"):
        paths = {path.name: path for place in (_SHAPES, folder) for path in (place / kind).glob("*.yaml")}
        shapes[kind] = read_shapes([path for _, path in sorted(paths.items())], expand)
        files |= {f"{kind}/{name}.yaml": paths[f"{name}.yaml"] for name in shapes[kind]}
    if unused := own.keys() - expand.inventories:
        raise SchemaError(
            f"{folder / LABELS}: {sorted(unused)[0]}: no shape of this corpus uses this inventory",
            fix="remove it, or correct its name",
        )
    used = {name: entries for name, entries in labels.items() if name in expand.inventories}
    return Schema(design, used, **shapes, files=files)


def _file_of(folder: Path, name: str) -> Path:
    """The file ``name`` of the schema in ``folder``, or the package's if the schema does not state it differently."""
    return folder / name if (folder / name).is_file() else _SHAPES / name
