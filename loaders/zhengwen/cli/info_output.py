"""What the command ``info`` reads and prints.

It reads the card and the annotation as text, so that nothing heavy is imported.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from zhengwen import __version__
from zhengwen.errors import ZhengwenError
from zhengwen.files import lines, read_text
from zhengwen.paths import corpus_path, schema_path

_REBUILD = "get the whole release; in a checkout, run `zhengwen build`"

#: libyaml reads ten times as fast as PyYAML does.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def contents() -> dict[str, Any]:
    """The version, the folder, the documents with their sizes, and the configs with their numbers of rows."""
    folder = Path(corpus_path())
    return {
        "version": __version__,
        "path": str(folder),
        "documents": [_document(path) for path in sorted(folder.glob("annotations/*"))],
        "configs": _configs(folder / "README.md"),
    }


def tables(listing: dict[str, Any]) -> str:
    """What :func:`contents` returns, as tables for people."""
    documents = [list(listing["documents"][0]), *(document.values() for document in listing["documents"])]
    configs = [("config", "rows", "a row is"), *(config.values() for config in listing["configs"])]
    return f"zhengwen {listing['version']}  {listing['path']}\n\n{_table(documents)}\n\n{_table(configs)}"


def _document(folder: Path) -> dict[str, Any]:
    layers = {layer: lines(read_text(folder / f"{layer}.jsonl")) for layer in ("sentences", "entities", "quotes")}
    stances = [json.loads(line)["label"] for line in lines(read_text(folder / "stances.jsonl"))]
    return {
        "document": folder.name,
        "characters": json.loads(layers["sentences"][-1])["end"],
        "sentences": len(layers["sentences"]),
        "mentions": len(layers["entities"]),
        "quotations": len(layers["quotes"]),
        "favor": stances.count("favor"),
        "against": stances.count("against"),
    }


def _configs(card: Path) -> list[dict[str, Any]]:
    try:
        head = yaml.load(read_text(card).split("\n---\n")[0], Loader=_LOADER)
        sizes = {info["config_name"]: info["splits"][0]["num_examples"] for info in head["dataset_info"]}
    except (yaml.YAMLError, LookupError, TypeError) as error:
        raise ZhengwenError(f"{card}: not the card of a release: {error}", fix=_REBUILD) from None
    shapes = {
        path.stem: yaml.load(read_text(path), Loader=_LOADER)["description"]
        for path in schema_path().glob("rows/*.yaml")
    }
    families = {name: name if name in shapes else name.partition("-")[0] for name in sizes}
    return [{"config": name, "rows": rows, "description": shapes[families[name]]} for name, rows in sizes.items()]


def _table(rows: Sequence) -> str:
    cells = [list(map(str, row)) for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(
        " ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells
    )
