"""What ``process`` reads: files, folders, globs, URLs and datasets of the hub, as a list of files that it knows."""

import itertools
import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from zhengwen.errors import ZhengwenError


class Source(NamedTuple):
    """One file to read.

    ``name`` is its path below what was named, ``kind`` is ``parquet``, ``jsonl`` or ``txt``, ``compression`` is
    ``gzip``, ``zstd`` or ``None``, and ``mark`` changes when the file does.
    """

    url: str
    name: str
    kind: str
    compression: str | None
    size: int
    mark: str


_KINDS = {"parquet": "parquet", "jsonl": "jsonl", "ndjson": "jsonl", "txt": "txt"}
_COMPRESSIONS = {"gz": "gzip", "zst": "zstd"}
_NAMES = ", ".join([*(f".{suffix}" for suffix in _KINDS), *(f".jsonl.{suffix}" for suffix in _COMPRESSIONS)])
_GLOB = re.compile(r"[*?\[]")
#: ``owner/name`` or ``name`` on the hub, perhaps with the name of a config.
_HUB = re.compile(r"[\w.-]+(?:/[\w.-]+)?")


def find(inputs: Iterable[str]) -> tuple[list[Source], list[str]]:
    """The files that ``inputs`` name, by their names, and the files of other kinds that were found beside them.

    Raises :class:`ZhengwenError` when there are none, or when two have one name: rows are named by them.
    """
    found: list[Source] = []
    others: list[str] = []
    for one in inputs:
        before = len(found)
        for url, name in _files(one):
            if (source := _source(url, name)) is None:
                others.append(name)
            else:
                found.append(source)
        if len(found) == before:
            raise ZhengwenError(f"{one}: no file that can be read is there", fix=f"name files that end in {_NAMES}")
    found.sort(key=lambda source: source.name)
    for one, other in itertools.pairwise(found):
        if one.name == other.name:
            raise ZhengwenError(f"{one.url} and {other.url} have one name", fix="name the folder that holds both")
    return found, sorted(others)


def _files(named: str) -> list[tuple[str, str]]:
    """Every file that ``named`` stands for: its URL, and its name below the folder."""
    import fsspec

    if "://" not in named and not Path(named).exists() and not _GLOB.search(named):
        return _on_the_hub(named)
    fs, path = fsspec.url_to_fs(named)
    if _GLOB.search(path):
        base = path[: _GLOB.search(path).start()].rpartition("/")[0]
        paths = [one for one, info in fs.glob(path, detail=True).items() if info["type"] == "file"]
    elif fs.isdir(path):
        base, paths = path.rstrip("/"), fs.find(path)
    else:
        base, paths = path.rpartition("/")[0], [path]
    names = [one.removeprefix(base).lstrip("/") for one in paths]
    # What begins with a point or a low line is not data, as for `datasets`.
    shown = [(one, name) for one, name in zip(paths, names, strict=True) if not re.search(r"(?:^|/)[._]", name)]
    return [(fs.unstrip_protocol(one), name) for one, name in shown]


def _on_the_hub(named: str) -> list[tuple[str, str]]:
    """The files of a dataset of the hub, as ``datasets`` finds them; each is named by its split and its own name."""
    if not _HUB.fullmatch(named) or Path(named).suffix.lstrip(".") in (*_KINDS, *_COMPRESSIONS):
        raise ZhengwenError(f"{named}: there is no such file or folder")
    import datasets

    try:
        splits = datasets.load_dataset_builder(named).config.data_files
    except Exception as error:
        raise ZhengwenError(
            f"{named}: no file or folder has this name, and as a dataset of the hub it cannot be had: {error}",
            fix="name a file, a folder, a glob, a URL or a dataset",
        ) from None
    return [(url, f"{split}/{url.rpartition('/')[2]}") for split, urls in (splits or {}).items() for url in urls]


def _source(url: str, name: str) -> Source | None:
    import fsspec

    *_, before, last = ("", "", *name.lower().split("."))
    compression = _COMPRESSIONS.get(last)
    kind = _KINDS.get(before if compression else last)
    if not kind or (compression and kind != "jsonl"):
        return None
    fs, path = fsspec.url_to_fs(url)
    try:
        info = fs.info(path)
    except FileNotFoundError:
        raise ZhengwenError(f"{url}: there is no such file") from None
    mark = str(info["mtime"]) if "mtime" in info else fs.ukey(path)
    return Source(url, name, kind, compression, info["size"], mark)
