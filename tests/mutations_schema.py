"""More kinds of mutations: whole shapes, their fields, and the lists of names that they refer to."""

import random

from mutations import PACKAGED, SCHEMAS, Files, each, inner_paths, kind, originals, value_at
from mutations_fields import read, write

_SHAPES = [path for path in SCHEMAS if path.count("/") == 2]
_ROWS = [path for path in _SHAPES if path.startswith("schema/rows/")]
#: What a shape can take from a list of names, in the ``meta`` of a field.
_LISTS = ("columns", "keys", "allowed")


def _shape_removed(files: Files, rng: random.Random, path: str) -> Files:
    return {path: None}


def _shape_added(files: Files, rng: random.Random, path: str) -> Files:
    return {path.replace(".yaml", "-new.yaml"): files[path]}


def _field_removed(files: Files, rng: random.Random, target: tuple[str, str]) -> Files:
    path, name = target
    content = read(path, files[path])
    del content["fields"][name]
    return {path: write(path, content)}


def _field_added(files: Files, rng: random.Random, path: str) -> Files:
    content = read(path, files[path])
    content["fields"]["note"] = {"type": "string", "nullable": True}
    return {path: write(path, content)}


def _list_renamed(files: Files, rng: random.Random, target: tuple[str, tuple]) -> Files:
    path, place = target
    content = read(path, files[path])
    value_at(content, place[:-1])[place[-1]] = "unknown"
    return {path: write(path, content)}


def _fields(path: str) -> dict:
    return read(path, originals()[path])["fields"]


each(
    "each file removed that the package states too",
    PACKAGED,
    _shape_removed,
    harmless="the package's is used instead, which is the same: the release does not change",
)
each("each shape copied under a new name", _SHAPES, _shape_added)
each(
    "each column of the rows removed from its shape",
    [(path, name) for path in _ROWS for name in _fields(path)],
    _field_removed,
)
each("column added to each shape of rows", _ROWS, _field_added)
each("field added to each shape of gold", [path for path in _SHAPES if path.startswith("schema/gold/")], _field_added)
each(
    "each reference to a list of names renamed",
    [
        (path, place)
        for path in SCHEMAS
        for place in inner_paths(read(path, originals()[path]))
        if len(place) > 1 and place[-2] == "meta" and place[-1] in _LISTS
    ],
    _list_renamed,
)


@kind(24, "rule in a shape dropped")
def _rule_dropped(files: Files, rng: random.Random) -> Files:
    path = rng.choice(_SHAPES)
    content = read(path, files[path])
    rules = ("nullable", "regex", "min", "max", "minlength", "allowed", "labels", "tags", "encoding")
    places = [place for place in inner_paths(content) if place[-1] in rules and place[0] == "fields"]
    if not places:
        return {}
    place = rng.choice(places)
    del value_at(content, place[:-1])[place[-1]]
    return {path: write(path, content)}
