"""Finds the files that ``process`` reads, given what the user named: files, folders, globs, URLs or datasets."""

import itertools
import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import fsspec

from zhengwen.errors import ZhengwenError


class Source(NamedTuple):
    """One file to read.

    ``name`` is its path relative to the folder that was named, ``kind`` is ``parquet``, ``jsonl`` or ``txt``,
    ``compression`` is ``gzip``, ``zstd`` or ``None``, ``size`` is in bytes, and ``mark`` changes when the
    file does.
    """

    url: str
    name: str
    kind: str
    compression: str | None
    size: int
    mark: str


_KINDS = {"parquet": "parquet", "jsonl": "jsonl", "ndjson": "jsonl", "txt": "txt"}
_COMPRESSIONS = {"gz": "gzip", "zst": "zstd"}
_ENDINGS = ", ".join([*(f".{suffix}" for suffix in _KINDS), *(f".jsonl.{suffix}" for suffix in _COMPRESSIONS)])
_GLOB = re.compile(r"[*?\[]")
#: The name of a dataset on the hub: ``owner/name`` or ``name``.
_HUB_NAME = re.compile(r"[\w.-]+(?:/[\w.-]+)?")


def find(inputs: Iterable[str]) -> tuple[list[Source], list[str]]:
    """The files that ``inputs`` stand for, sorted by name, and the names of files beside them that are of other kinds.

    Raises :class:`ZhengwenError` when there is no file of a known kind in an input, or when two files have the same
    name, since rows are identified by it.
    """
    sources: list[Source] = []
    skipped: list[str] = []
    for named in inputs:
        before = len(sources)
        for url, name in _files(named):
            if (source := _source(url, name)) is None:
                skipped.append(name)
            else:
                sources.append(source)
        if len(sources) == before:
            raise ZhengwenError(f"{named}: no file here can be read", fix=f"name files that end in {_ENDINGS}")
    sources.sort(key=lambda source: source.name)
    for source, following in itertools.pairwise(sources):
        if source.name == following.name:
            raise ZhengwenError(
                f"{source.url} and {following.url} have the same name", fix="name the folder that holds both"
            )
    return sources, sorted(skipped)


def _files(named: str) -> list[tuple[str, str]]:
    """Every file that ``named`` stands for: its URL, and its path relative to the folder."""
    if "://" not in named and not Path(named).exists() and not _GLOB.search(named):
        return _hub_files(named)
    fs, path = fsspec.url_to_fs(named)
    if _GLOB.search(path):
        base = path[: _GLOB.search(path).start()].rpartition("/")[0]
        paths = [match for match, info in fs.glob(path, detail=True).items() if info["type"] == "file"]
    elif fs.isdir(path):
        base, paths = path.rstrip("/"), fs.find(path)
    else:
        base, paths = path.rpartition("/")[0], [path]
    files = [(fs.unstrip_protocol(file), file.removeprefix(base).lstrip("/")) for file in paths]
    # As in `datasets`, a file or folder whose name begins with a dot or an underscore is not data.
    return [(url, name) for url, name in files if not re.search(r"(?:^|/)[._]", name)]


def _hub_files(named: str) -> list[tuple[str, str]]:
    """The files of a dataset on the hub, as ``datasets`` finds them, each named by its split and its own name."""
    if not _HUB_NAME.fullmatch(named) or Path(named).suffix.lstrip(".") in (*_KINDS, *_COMPRESSIONS):
        raise ZhengwenError(f"{named}: there is no such file or folder", fix="correct the path")
    import datasets  # takes about a second, so it is imported only when needed

    try:
        splits = datasets.load_dataset_builder(named).config.data_files
    except Exception as error:
        raise ZhengwenError(
            f"{named}: there is no such file or folder, and it could not be loaded as a dataset from the hub: {error}",
            fix="name a file, a folder, a glob, a URL or a dataset",
        ) from None
    return [(url, f"{split}/{url.rpartition('/')[2]}") for split, urls in (splits or {}).items() for url in urls]


def _source(url: str, name: str) -> Source | None:
    """The file at ``url``; ``None`` when it is of a kind that is not read."""
    *_, before, last = ("", "", *name.lower().split("."))
    compression = _COMPRESSIONS.get(last)
    kind = _KINDS.get(before if compression else last)
    if not kind or (compression and kind != "jsonl"):
        return None
    fs, path = fsspec.url_to_fs(url)
    try:
        info = fs.info(path)
    except FileNotFoundError:
        raise ZhengwenError(f"{url}: there is no such file", fix="correct the path") from None
    mark = str(info["mtime"]) if "mtime" in info else fs.ukey(path)
    return Source(url, name, kind, compression, info["size"], mark)
