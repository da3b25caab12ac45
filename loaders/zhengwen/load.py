"""The ways into a release: as a ``datasets`` dataset, or as documents."""

import functools
import os
import re
from collections.abc import Iterator
from pathlib import Path

from zhengwen import __version__
from zhengwen.document import Document
from zhengwen.editions import EDITIONS, SCRIPTS
from zhengwen.errors import UnknownNameError, ZhengwenError
from zhengwen.files import lines, parse_json, read_text
from zhengwen.notebook import corpus_html
from zhengwen.paths import corpus_path
from zhengwen.records import LAYERS
from zhengwen.release.card import data_file
from zhengwen.release.rows import text_column
from zhengwen.schema import read_schema
from zhengwen.text.align import Alignment

_VERSION_TAG = re.compile(r"v(\d+\.\d+\.\d+)")
_LIKE_A_VERSION = re.compile(r"v?\d+(\.|$)")


class VersionMismatchError(ZhengwenError):
    """The release that came is not the release that was asked for."""


def load_dataset(
    layer: str,
    script: str | None = None,
    *,
    split: str | None = "test",
    repo: str | os.PathLike | None = None,
    revision: str | None = None,
    streaming: bool = False,
):
    """Load one layer of the corpus as a ``datasets.Dataset`` (``IterableDataset`` when ``streaming``).

    ``layer`` is ``sentences``, ``entities``, ``ner``, ``quotes`` or ``stances``, in a ``script`` (``hans``, the
    default, ``hant``, ``hant-hk`` or ``hant-tw``), or ``documents``, ``clusters`` or ``parallel``, which have no
    script.  The corpus is the one that came with this package, unless ``repo`` names a dataset on the hub, or a folder.
    With ``revision="vX.Y.Z"`` the version that
    came must be X.Y.Z: ``datasets`` alone may quietly give another one.  With ``split=None`` the splits come as a
    dictionary.

    Raises :class:`UnknownNameError`, which lists what there is, and :class:`VersionMismatchError`.

    >>> load_dataset("stances", script="hant")[0]["target_name"]
    'DeepSeek'
    """
    config = _config(layer, script)
    if revision and not repo:
        raise ZhengwenError(
            f"revision={revision!r} without repo=: the packaged corpus has one version, {__version__}",
            fix="name the repo, or leave the revision out",
        )
    if revision and _LIKE_A_VERSION.match(revision) and not _VERSION_TAG.fullmatch(revision):
        raise ZhengwenError(f"revision={revision!r} is no version of a release", fix="write it as vX.Y.Z")
    if not repo:
        _released(Path(corpus_path()), "README.md")
    import datasets

    dataset = datasets.load_dataset(
        os.fspath(repo or corpus_path()), config, split=split, revision=revision, streaming=streaming
    )
    if repo:
        for part in dataset.values() if isinstance(dataset, dict) else (dataset,):
            _assert_version(part, repo, revision)
    return dataset


def _config(layer: str, script: str | None) -> str:
    rows = read_schema().rows
    if not isinstance(layer, str) or layer not in rows:
        raise UnknownNameError("layer", layer, rows)
    if not rows[layer].scripts:
        if script is not None:
            raise ZhengwenError(f"the layer {layer!r} is the same in every script", fix="leave the script out")
        return layer
    if script is None:
        script = SCRIPTS[0]
    if script not in SCRIPTS:
        raise UnknownNameError("script", script, SCRIPTS)
    return f"{layer}-{script}"


def _assert_version(dataset, repo: str | os.PathLike, revision: str | None) -> None:
    asked = _VERSION_TAG.fullmatch(revision or "")
    if asked and str(dataset.info.version) != asked[1]:
        raise VersionMismatchError(
            f"{repo}: asked for version {asked[1]}, got {dataset.info.version}",
            fix="a folder has one version; a hub that cannot be reached is read from the cache: try again online",
        )


class Corpus:
    """A release as typed documents.

    >>> corpus = Corpus.open()
    >>> document = next(iter(corpus))
    >>> document.entities[0].text_in("hant")
    '春節'
    """

    def __init__(self, path: Path, documents: list[Document]):
        self.path = path
        self._documents = documents

    @classmethod
    def open(cls, path: str | Path | None = None) -> "Corpus":
        """Open the release in the folder ``path``, by default the one that came with this package.

        Raises :class:`ZhengwenError` when there is no release there.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        folder = Path(path or corpus_path())
        file = _released(folder, data_file("documents"))
        try:
            rows = pq.read_table(file).to_pylist()
        except pa.ArrowException as error:
            raise ZhengwenError(f"{file}: cannot be read: {str(error).splitlines()[0]}", fix=_REBUILD) from None
        return cls(folder, [_document(folder, row) for row in rows])

    def __len__(self) -> int:
        return len(self._documents)

    def __iter__(self) -> Iterator[Document]:
        return iter(self._documents)

    def __contains__(self, id: object) -> bool:
        return id in self._by_id

    def __getitem__(self, id: str) -> Document:
        """The document with this id; raises :class:`UnknownNameError`, which lists the ids."""
        if id not in self._by_id:
            raise UnknownNameError("document", id, self._by_id)
        return self._by_id[id]

    def __repr__(self) -> str:
        return f"Corpus({str(self.path)!r}, {len(self)} document{'s' * (len(self) != 1)})"

    def _repr_html_(self) -> str:
        return corpus_html(self._documents)

    @functools.cached_property
    def _by_id(self) -> dict[str, Document]:
        return {document.id: document for document in self}


def released_rows(config: str) -> Iterator[dict]:
    """The encoded rows of a config of the corpus that came with this package, as they are read, without ``datasets``.

    Raises :class:`ZhengwenError` when they cannot be read.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = _released(Path(corpus_path()), data_file(config))
    try:
        with pq.ParquetFile(file) as table:
            for batch in table.iter_batches(use_threads=False):
                yield from batch.to_pylist()
    except pa.ArrowException as error:
        raise ZhengwenError(f"{file}: cannot be read: {str(error).splitlines()[0]}", fix=_REBUILD) from None


_REBUILD = "name the folder of a whole release; in a checkout, run `zhengwen build`"


def _released(folder: Path, name: str) -> Path:
    """The file of a release; raises :class:`ZhengwenError` when there is none."""
    if not (folder / name).is_file():
        raise ZhengwenError(f"{folder}: no release here ({name} is missing)", fix=_REBUILD)
    return folder / name


def _document(folder: Path, row: dict) -> Document:
    id = row.pop("id")
    texts = {edition: row.pop(text_column(edition)) for edition in EDITIONS if text_column(edition) in row}
    gold = {}
    for layer, record_class in LAYERS.items():
        file = _released(folder, f"annotations/{id}/{layer}.jsonl")
        try:
            gold[layer] = [record_class.from_dict(parse_json(line)) for line in lines(read_text(file))]
        except (ValueError, TypeError, AttributeError) as error:
            raise ZhengwenError(f"{file}: cannot be read: {error}", fix=_REBUILD) from None
    file = _released(folder, f"annotations/{id}/alignments.jsonl")
    try:
        records = [parse_json(line) for line in lines(read_text(file))]
        alignments = {
            one["edition"]: Alignment(len(texts["hans"]), len(texts[one["edition"]]), one["blocks"]) for one in records
        }
    except (ValueError, TypeError, KeyError) as error:
        raise ZhengwenError(f"{file}: cannot be read: {error}", fix=_REBUILD) from None
    return Document(id, row, texts, alignments, gold)
