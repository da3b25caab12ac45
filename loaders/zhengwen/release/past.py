"""Reads a release of any version, from nothing but its folder.

The shape of its rows is taken from its Parquet files (columns, and the features in their metadata), not from today's
schema, so that releases that were made by another version can be compared.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zhengwen.errors import ZhengwenError
from zhengwen.files import lines, parse_json, read_text
from zhengwen.release.card import data_file
from zhengwen.release.manifest import data_digest, paths_in, rows_digest, sha256


@dataclass(frozen=True)
class PastConfig:
    """One config: its columns (name to Arrow type), the class labels by the path of their field, its decoded rows."""

    columns: Mapping[str, str]
    labels: Mapping[str, list[str]]
    rows: list[dict[str, Any]]


@dataclass(frozen=True)
class PastRelease:
    """A release that was read: its configs, and its annotation (document, layer, records)."""

    name: str
    configs: Mapping[str, PastConfig]
    annotations: Mapping[str, Mapping[str, list[dict[str, Any]]]]
    digest: str

    def text(self, document: str, edition: str) -> str | None:
        """The text of a document in an edition, by the column of ``documents``."""
        for row in self.configs["documents"].rows if "documents" in self.configs else ():
            if row["id"] == document:
                return row.get(f"text_{edition.replace('-', '_')}")
        return None


def read_release(folder: Path, name: str = "") -> PastRelease:
    """Read the release in ``folder``; raises :class:`ZhengwenError` when there is none that can be read."""
    found = sorted(path.parent.name for path in folder.glob("data/*/*.parquet"))
    if not found:
        raise ZhengwenError(f"{name or folder}: no release here (no data/*/*.parquet)", fix="name a folder with one")
    configs = {config: _read_config(folder / data_file(config)) for config in found}
    annotations: dict[str, dict[str, list]] = {}
    hashes = {}
    for path in paths_in(folder):
        if path.startswith("annotations/"):
            hashes[path] = sha256((folder / path).read_bytes())
            _, document, file = path.split("/", 2)
            try:
                records = [parse_json(line) for line in lines(read_text(folder / path))]
            except ValueError as error:
                raise ZhengwenError(f"{folder / path}: cannot be read: {error}", fix="take a whole release") from None
            annotations.setdefault(document, {})[file.removesuffix(".jsonl")] = records
    digest = data_digest({config: rows_digest(made.rows) for config, made in configs.items()}, hashes)
    return PastRelease(name or str(folder), configs, annotations, digest)


def _read_config(file: Path) -> PastConfig:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(file)
        features = json.loads(table.schema.metadata[b"huggingface"])["info"]["features"]
    except (pa.ArrowException, OSError, TypeError, KeyError, ValueError) as error:
        raise ZhengwenError(
            f"{file}: cannot be read: {str(error).splitlines()[0]}", fix="take a whole release"
        ) from None
    labels = {path: names for name, feature in features.items() for path, names in _labels(name, feature)}
    rows = [{name: _decode(features[name], value) for name, value in row.items()} for row in table.to_pylist()]
    return PastConfig({field.name: _type(field.type) for field in table.schema}, labels, rows)


def _decode(feature: Any, value: Any) -> Any:
    """``value`` with its class labels as names; ``feature`` is a ``datasets`` feature as its dictionary."""
    if value is None:
        return None
    if not isinstance(feature, dict):
        return value
    match feature.get("_type"):
        case "ClassLabel":
            return feature["names"][value]
        case "List" | "LargeList":
            return [_decode(feature["feature"], item) for item in value]
        case None:
            return {name: _decode(inner, value[name]) for name, inner in feature.items()}
    return value


def _labels(path: str, feature: Any):
    match feature.get("_type") if isinstance(feature, dict) else "":
        case "ClassLabel":
            yield path, feature["names"]
        case "List" | "LargeList":
            yield from _labels(path, feature["feature"])
        case None:
            for name, inner in feature.items():
                yield from _labels(f"{path}.{name}", inner)


def _type(kind) -> str:
    """The name of an Arrow type; how the items of a list are called is no part of it."""
    import pyarrow as pa

    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return f"list<{_type(kind.value_type)}>"
    if pa.types.is_struct(kind):
        return "struct<" + ", ".join(f"{field.name}: {_type(field.type)}" for field in kind) + ">"
    return str(kind)
