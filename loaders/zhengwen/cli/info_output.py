"""What the command ``info`` reads and prints.

It reads the manifest of the release and imports nothing heavy: neither the schema nor the rows.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from zhengwen.errors import ZhengwenError
from zhengwen.files import parse_json, read_text
from zhengwen.location import corpus_folder
from zhengwen.release.layout import MANIFEST


def contents(corpus: Path | None) -> dict[str, Any]:
    """The name and version of the release of ``corpus``, its folder, the sizes of its documents, and its configs.

    Raises :class:`ZhengwenError` when the manifest is missing or does not state these.
    """
    path = corpus_folder(corpus) / MANIFEST
    try:
        manifest = parse_json(read_text(path))
        return {
            "name": manifest["name"],
            "version": manifest["version"],
            "path": str(path.parent),
            "documents": [{"document": id, **sizes} for id, sizes in manifest["documents"].items()],
            "configs": [
                {"config": name, "rows": config["rows"], "description": config["description"]}
                for name, config in manifest["configs"].items()
            ],
        }
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise ZhengwenError(
            f"{path}: not the manifest of a release: {error}",
            fix="get the whole release; in a repository, run `zhengwen build`",
        ) from None


def tables(listing: dict[str, Any]) -> str:
    """What :func:`contents` returns, as tables for people."""
    sizes = dict.fromkeys(name for document in listing["documents"] for name in document)
    documents = [list(sizes), *([document.get(name, 0) for name in sizes] for document in listing["documents"])]
    configs = [("config", "rows", "description"), *(config.values() for config in listing["configs"])]
    return f"{listing['name']} {listing['version']}  {listing['path']}\n\n{_table(documents)}\n\n{_table(configs)}"


def _table(rows: Sequence[Sequence[object]]) -> str:
    cells = [list(map(str, row)) for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells
    )
