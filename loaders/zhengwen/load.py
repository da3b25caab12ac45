"""Loads a release, as a ``datasets`` dataset or as documents."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from zhengwen import __version__
from zhengwen.document import Document, ShownInNotebooks
from zhengwen.editions import BASE, edition_name
from zhengwen.errors import UnknownNameError, ZhengwenError
from zhengwen.paths import corpus_path
from zhengwen.release.reader import ReleaseFolder
from zhengwen.schema import read_schema

_VERSION_TAG = re.compile(r"v(\d+\.\d+\.\d+)")
_LIKE_A_VERSION = re.compile(r"v?\d+(\.|$)")


class VersionMismatchError(ZhengwenError):
    """The release that was loaded is not the one that was asked for."""


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
    default, ``hant``, ``hant-hk`` or ``hant-tw``, or an alias such as ``zh-TW``), or ``documents``, ``clusters``,
    ``parallel`` or ``restoration``, which take no script.  The corpus is the one in this package, unless ``repo`` names
    a dataset on the hub or a folder.  With ``revision="vX.Y.Z"`` the version that is loaded must be X.Y.Z: ``datasets``
    by itself may load another one without saying so.  With ``split=None`` the result is a dictionary of
    splits.

    Raises :class:`UnknownNameError`, which lists the valid names, :class:`VersionMismatchError`, and
    :class:`ZhengwenError` for a ``script`` or a ``revision`` that does not apply.

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
        raise ZhengwenError(f"revision={revision!r} is not a version of a release", fix="write it as vX.Y.Z")
    if not repo:
        ReleaseFolder(corpus_path())  # raises a helpful error if the packaged corpus is missing
    import datasets  # takes three seconds, which documents and commands must not wait for

    dataset = datasets.load_dataset(
        os.fspath(repo or corpus_path()), config, split=split, revision=revision, streaming=streaming
    )
    if repo:
        for part in dataset.values() if isinstance(dataset, dict) else (dataset,):
            _assert_version(part, repo, revision)
    return dataset


def _config(layer: str, script: str | None) -> str:
    shapes = read_schema().rows
    if not isinstance(layer, str) or layer not in shapes:
        raise UnknownNameError("layer", layer, shapes)
    if shapes[layer].scripts:
        return f"{layer}-{BASE if script is None else edition_name(script, what='script')}"
    if script is not None:
        raise ZhengwenError(f"the layer {layer!r} is the same in every script", fix="leave the script out")
    return layer


def _assert_version(dataset, repo: str | os.PathLike, revision: str | None) -> None:
    asked = _VERSION_TAG.fullmatch(revision or "")
    if asked and str(dataset.info.version) != asked[1]:
        raise VersionMismatchError(
            f"{repo}: asked for version {asked[1]}, got {dataset.info.version}",
            fix="of a folder, ask for the version that it has; of the hub, try again online: offline, a cache is read",
        )


class Corpus(ShownInNotebooks):
    """A release as typed documents.

    >>> corpus = Corpus.open()
    >>> document = next(iter(corpus))
    >>> document.entities[0].text_in("hant")
    '春節'
    """

    def __init__(self, path: Path, documents: list[Document]):
        self.path = path
        self._documents = {document.id: document for document in documents}

    @classmethod
    def open(cls, path: str | Path | None = None) -> "Corpus":
        """Open the release in the folder ``path``, by default the one in this package.

        Raises :class:`ZhengwenError` when there is no release there, or when it cannot be read.
        """
        release = ReleaseFolder(path or corpus_path())
        return cls(release.folder, [release.document(id) for id in release.documents])

    def __len__(self) -> int:
        return len(self._documents)

    def __iter__(self) -> Iterator[Document]:
        return iter(self._documents.values())

    def __contains__(self, id: object) -> bool:
        return id in self._documents

    def __getitem__(self, id: str) -> Document:
        """The document with this id; raises :class:`UnknownNameError`, which lists the ids."""
        if id not in self._documents:
            raise UnknownNameError("document", id, self._documents)
        return self._documents[id]

    def __repr__(self) -> str:
        return f"Corpus({str(self.path)!r}, {len(self)} document{'s' * (len(self) != 1)})"
