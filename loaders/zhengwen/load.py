"""Loads a release, as a ``datasets`` dataset or as documents."""

import functools
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from zhengwen import __version__
from zhengwen.document import Document, ShownInNotebooks
from zhengwen.editions import SCRIPTS, edition_name
from zhengwen.errors import UnknownNameError, ZhengwenError
from zhengwen.location import corpus_folder
from zhengwen.paths import corpus_path
from zhengwen.release.layout import SPLIT
from zhengwen.release.reader import ReleaseFolder
from zhengwen.release.statement import Statement, cache_errors, is_version_tag, statement
from zhengwen.schema import Schema, read_schema

_LIKE_A_VERSION = re.compile(r"[vV]?\d+(\.|$)")


def load_dataset(
    layer: str,
    script: str | None = None,
    *,
    split: str | Sequence[str] | None = SPLIT,
    repo: str | os.PathLike | None = None,
    revision: str | None = None,
    streaming: bool = False,
):
    """Load one layer of the corpus as a ``datasets.Dataset`` (``IterableDataset`` when ``streaming``).

    ``layer`` is ``sentences``, ``entities``, ``ner``, ``quotes`` or ``stances``, in a ``script`` (``hans``, ``hant``,
    ``hant-hk`` or ``hant-tw``, or an alias such as ``zh-TW``; by default the one that was annotated), or ``documents``,
    ``clusters``, ``parallel`` or ``restoration``, which take no script; a corpus may have fewer of them.  The corpus is
    the one in this package, unless ``repo`` names a dataset on the hub, or the folder of a repository or of a release.
    ``split`` is a split of ``datasets``, such as ``test[:10]``, or a list of them; with ``split=None`` the result is a
    dictionary of splits.

    What is loaded is compared with the manifest of the release: the version (X.Y.Z, if ``revision`` is ``vX.Y.Z``), the
    file, the rows and their class labels.  ``datasets`` by itself compares nothing, and may give another version, or
    rows that it cached earlier.  When ``streaming``, the rows cannot be compared before they are read, but the file is:
    by its SHA-256 in a folder, and on a hub by what the hub reports (its size, and the SHA-256 of a file in LFS).

    Raises :class:`UnknownNameError`, which lists the valid names, :class:`ReleaseMismatchError` (of which
    :class:`VersionMismatchError` is one kind), and :class:`ZhengwenError` for a ``script`` or a ``revision`` that does
    not apply, or when there is no release.

    >>> load_dataset("stances", script="hant")[0]["target_name"]
    'DeepSeek'
    """
    if revision and not repo:
        raise ZhengwenError(
            f"revision={revision!r} without repo=: the packaged corpus has one version, {__version__}",
            fix="name the repo, or leave the revision out",
        )
    if revision and _LIKE_A_VERSION.match(revision) and not is_version_tag(revision):
        raise ZhengwenError(f"revision={revision!r} is not a version of a release", fix="write it as vX.Y.Z")
    source = _source(repo)
    stated = statement(source, revision)
    config = _config(layer, script, stated)
    stated.assert_file(config)
    import datasets  # takes seconds, so it is imported only when needed

    builder = datasets.load_dataset_builder(source, config, revision=stated.revision)
    stated.assert_plan(config, builder)
    if streaming:
        if isinstance(split, list | tuple):  # `datasets` does not take a list of splits when streaming
            return [builder.as_streaming_dataset(split=name) for name in split]
        return builder.as_streaming_dataset(split=split)
    builder.download_and_prepare()
    with cache_errors(source, builder.cache_dir):
        stated.assert_rows(config, builder.as_dataset(split=SPLIT), builder.cache_dir)
        return builder.as_dataset(split=split)


def schema_of(repo: str | os.PathLike | None = None, revision: str | None = None) -> Schema:
    """The schema of a release: that of the dataset ``repo`` of a hub at ``revision``, or of a folder, or the packaged.

    A release of before releases stated one is read by the packaged one.  Raises :class:`ZhengwenError` when there is
    no release.

    >>> list(schema_of().labels["stance_labels"])
    ['none', 'favor', 'against']
    """
    return read_schema(statement(_source(repo), revision).schema_folder())


def _source(repo: str | os.PathLike | None) -> str:
    """What to load from: the folder of a release, or the id of a dataset on a hub."""
    given = repo or corpus_path()
    # `datasets` writes a path without its `..`, so what it plans to load is compared with a path that has none.
    return os.fspath(corpus_folder(given).resolve() if Path(given).is_dir() else given)


def _config(layer: str, script: str | None, stated: Statement) -> str:
    """The name of the config of ``layer`` in ``script``, which the release must have."""
    scripts: dict[str, list[str]] = {}
    for name in stated.configs:
        of = [known for known in SCRIPTS if name.endswith(f"-{known}")]
        scripts.setdefault(name.removesuffix(f"-{of[0]}") if of else name, []).extend(of)
    if not isinstance(layer, str) or layer not in scripts:
        raise UnknownNameError("layer", layer, scripts)
    if scripts[layer]:
        return f"{layer}-{edition_name(stated.base if script is None else script, scripts[layer], 'script')}"
    if script is not None:
        raise ZhengwenError(f"the layer {layer!r} is the same in every script", fix="leave the script out")
    return layer


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
        """Open the release of a corpus, by default of the one in this package.

        ``path`` is a repository (of which its ``corpus/`` is read), a folder in one, or the folder of a release.
        Raises :class:`ZhengwenError` when there is no release there, or when it cannot be read.
        """
        release = ReleaseFolder(corpus_folder(path or corpus_path()))
        return cls(release.folder, [release.document(id) for id in release.documents])

    @functools.cached_property
    def schema(self) -> Schema:
        """The shapes and labels that the release states."""
        return schema_of(self.path)

    @functools.cached_property
    def title(self) -> str:
        """What the corpus is called, in its dataset card.

        >>> Corpus.open().title.split()[0]
        'zhengwen'
        """
        return ReleaseFolder(self.path).title

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
