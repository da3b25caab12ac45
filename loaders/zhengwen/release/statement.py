"""Compares what was loaded of a config with what the manifest of the release says, in a folder or on a hub.

A difference is a :class:`ReleaseMismatchError`.
"""

import contextlib
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from zhengwen.columns import decoded
from zhengwen.errors import ZhengwenError
from zhengwen.printable import shortened
from zhengwen.release.layout import CARD, MANIFEST, SPLIT
from zhengwen.release.manifest import FileEntry, entries_of, flaw_of, read_manifest, rows_digest, sha256
from zhengwen.release.reader import ReleaseFolder, label_names
from zhengwen.secrecy import scrub

_VERSION_TAG = re.compile(r"v(\d+\.\d+\.\d+)")
_FRESH_COPY = "take a fresh copy of the release, or build it"
_PUBLISH = "load another version, or publish it again"


def is_version_tag(revision: str) -> bool:
    """Whether ``revision`` is the tag of a version, ``vX.Y.Z``."""
    return bool(_VERSION_TAG.fullmatch(revision))


class ReleaseMismatchError(ZhengwenError):
    """What was loaded is not what the manifest of the release states."""


class VersionMismatchError(ReleaseMismatchError):
    """The release that was loaded is not the one that was asked for."""


class Statement:
    """The manifest of a release; ``name`` is what errors call the release."""

    def __init__(self, name: str, manifest: Mapping[str, Any]):
        self.name = name
        self.manifest = manifest
        if flaw := flaw_of(manifest):
            raise ReleaseMismatchError(f"{name}: {MANIFEST} is not that of a release: {flaw}", fix=_FRESH_COPY)

    @property
    def version(self) -> str:
        """The version that the release says it is."""
        return str(self.manifest.get("version"))

    def config(self, config: str) -> Mapping[str, Any]:
        """What is stated of ``config``: its ``path``, its ``sha256`` and its ``labels``."""
        configs = self.manifest.get("configs")
        stated = configs.get(config) if isinstance(configs, dict) else None
        if not isinstance(stated, dict) or not all(isinstance(stated.get(name), str) for name in ("path", "sha256")):
            raise ReleaseMismatchError(
                f"{self.name}: {MANIFEST} of version {self.version} does not list the config {config}",
                fix="name another layer, or a release that has it",
            )
        return stated

    def assert_version(self, tag: str | None) -> None:
        """Raise :class:`VersionMismatchError` when ``tag`` is that of another version (``vX.Y.Z``)."""
        asked = _VERSION_TAG.fullmatch(tag or "")
        if asked and asked[1] != self.version:
            raise VersionMismatchError(
                f"{self.name}: asked for version {asked[1]}, got {self.version}",
                fix="for a folder, ask for the version that it holds; for a hub, for a tag that exists there",
            )

    def assert_plan(self, config: str, builder: Any) -> None:
        """Raise :class:`ReleaseMismatchError` when a ``builder`` of ``datasets`` would not load ``config`` as stated.

        The builder works from the card: the version, the file, the columns and the labels in it are compared.
        """
        stated, options = self.config(config), builder.config
        if str(options.version) != self.version:
            raise VersionMismatchError(
                f"{self.name}: {CARD} is of version {options.version}, {MANIFEST} of version {self.version}",
                fix=_FRESH_COPY,
            )
        # Offline, `datasets` has only the rows in its cache, and plans no files.
        expected = {SPLIT: [self.address(stated["path"])]}
        planned = {split: list(files) for split, files in (options.data_files or expected).items()}
        # A config of rows in the cache alone states neither columns nor filters.
        chosen = getattr(options, "columns", None), getattr(options, "filters", None)
        if planned != expected or chosen != (None, None):
            raise ReleaseMismatchError(
                f"{self.name}: {CARD} would load other rows or columns of {config} than {MANIFEST} states",
                fix=_FRESH_COPY,
            )
        if builder.info.features is not None:
            self._assert_features(config, builder.info.features)

    def _assert_features(self, config: str, features: Any) -> None:
        stated = self.config(config)
        if list(features) != stated["columns"]:
            raise ReleaseMismatchError(
                f"{self.name}: {config}: the columns are {', '.join(features)}; "
                f"the manifest states {', '.join(stated['columns'])}",
                fix=_FRESH_COPY,
            )
        stated_labels = {path: [label for label, _ in counts] for path, counts in stated.get("labels", {}).items()}
        for column, feature in features.to_dict().items():
            for path, names in label_names(column, feature):
                if stated_labels.get(path, names) != names:
                    raise ReleaseMismatchError(
                        f"{self.name}: {config}: the labels of {path} are {', '.join(names)}; "
                        f"the manifest states {', '.join(stated_labels[path])}",
                        fix=_FRESH_COPY,
                    )

    def address(self, path: str) -> str:
        """What ``datasets`` calls the file of the release at ``path``."""
        raise NotImplementedError

    def assert_rows(self, config: str, dataset: Any, cache: str) -> None:
        """Raise :class:`ReleaseMismatchError` when the labels or rows of a ``datasets.Dataset`` are not as stated.

        ``cache`` is the folder that ``datasets`` has the rows in.
        """
        self._assert_features(config, dataset.features)
        stated, features = self.config(config), dataset.features.to_dict()
        digest = rows_digest({name: decoded(features[name], row[name]) for name in features} for row in dataset)
        if digest != stated["sha256"]:
            raise ReleaseMismatchError(
                f"{self.name}: {config}: the {len(dataset)} rows that `datasets` gives are not those of version "
                f"{self.version} (sha256 {digest[:12]}…, the manifest states {stated['sha256'][:12]}…)",
                fix=_cache_fix(cache),
            )

    def entry(self, config: str) -> tuple[str, FileEntry]:
        """The path of the file of ``config``, and what is stated of it."""
        path = self.config(config)["path"]
        if path not in (entries := entries_of(self.manifest)):
            raise ReleaseMismatchError(f"{self.name}: {MANIFEST} does not list {path}", fix=_FRESH_COPY)
        return path, entries[path]


class FolderStatement(Statement):
    """The manifest of the release in ``folder``.  Raises :class:`ZhengwenError` when there is no release there."""

    #: What a loader must ask for.
    revision = None

    def __init__(self, folder: str | os.PathLike):
        self._folder = ReleaseFolder(Path(folder))
        super().__init__(os.fspath(folder), self._folder.manifest)

    def address(self, path: str) -> str:
        """The file of the folder at ``path``."""
        return (self._folder.folder.expanduser().resolve() / path).as_posix()

    def assert_file(self, config: str) -> None:
        """Raise :class:`ZhengwenError` when the file of ``config``, or the card, is not the one that is stated."""
        self._folder.assert_unchanged(CARD)
        self._folder.assert_unchanged(self.entry(config)[0])


class HubStatement(Statement):
    """The manifest of the dataset ``repo`` of a hub at ``revision``, which becomes the name of a commit.

    A branch or a tag may move between two requests; everything is compared and loaded at that commit.  Offline, the
    manifest is the one in the cache of ``huggingface_hub``.  Raises :class:`ZhengwenError` when it cannot be read.
    """

    def __init__(self, repo: str, revision: str | None):
        self._repo, self.revision = repo, revision
        path = self._download(MANIFEST)
        # In the cache of huggingface_hub, a file lies in snapshots/COMMIT/.
        self.revision = path.parent.name
        super().__init__(repo, read_manifest(path.parent))

    def _download(self, path: str) -> Path:
        """The file of the hub at ``path``, in the cache of ``huggingface_hub``."""
        import huggingface_hub  # as heavy as `datasets`, and not needed for a folder

        try:
            return Path(huggingface_hub.hf_hub_download(self._repo, path, repo_type="dataset", revision=self.revision))
        except Exception as error:  # of many kinds: no such dataset, no network, no permission, not in the cache
            raise _unreadable(self._repo, f"{path} of {self.revision or 'its default branch'}", error) from None

    def address(self, path: str) -> str:
        """The file of the hub at ``path``."""
        return f"hf://datasets/{self._repo}@{self.revision}/{path}"

    def assert_file(self, config: str) -> None:
        """Raise :class:`ReleaseMismatchError` when the card, or the size or SHA-256 of the file of ``config``, differs.

        A hub states the SHA-256 of files in LFS only.  Offline, only the card is compared: there is nothing to ask.
        """
        import huggingface_hub  # see above

        card = self._download(CARD).read_bytes()
        if (len(card), sha256(card)) != entries_of(self.manifest).get(CARD):
            raise ReleaseMismatchError(f"{self.name}: {CARD} is not what {MANIFEST} states", fix=_PUBLISH)
        path, entry = self.entry(config)
        if huggingface_hub.constants.HF_HUB_OFFLINE:
            return
        api = huggingface_hub.HfApi()
        try:
            found = api.get_paths_info(self._repo, [path], repo_type="dataset", revision=self.revision)
        except Exception as error:  # see above
            raise _unreadable(self._repo, path, error) from None
        if not found:
            raise ReleaseMismatchError(f"{self.name}: {path} is missing", fix=_PUBLISH)
        size, digest = found[0].size, found[0].lfs.sha256 if found[0].lfs else entry.sha256
        if (size, digest) != entry:
            raise ReleaseMismatchError(
                f"{self.name}: {path} has {size} bytes and sha256 {digest[:12]}…; the manifest states {entry.size} "
                f"bytes and {entry.sha256[:12]}…",
                fix=_PUBLISH,
            )


def statement(source: str, revision: str | None) -> FolderStatement | HubStatement:
    """The statement of the release in the folder ``source``, or of the dataset ``source`` of a hub at ``revision``."""
    made = FolderStatement(source) if Path(source).is_dir() else HubStatement(source, revision)
    made.assert_version(revision)
    return made


def _cache_fix(cache: str) -> str:
    return f"remove {cache}, where `datasets` keeps rows, and load again; or {_FRESH_COPY}"


@contextlib.contextmanager
def cache_errors(name: str, cache: str) -> Iterator[None]:
    """Turn an error of reading rows from the folder ``cache`` of ``datasets`` into a :class:`ReleaseMismatchError`."""
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        message = f"{name}: the rows that `datasets` has in its cache cannot be read: {shortened(reason, 300)}"
        raise ReleaseMismatchError(message, fix=_cache_fix(cache)) from None


def _unreadable(repo: str, what: str, error: Exception) -> ZhengwenError:
    import huggingface_hub  # see above

    reason = scrub(" ".join(str(error).split()) or type(error).__name__, huggingface_hub.get_token())
    return ZhengwenError(
        f"{repo}: {what} cannot be read: {shortened(reason, 300)}",
        fix="name a folder, or ORG/NAME of a hub with a revision that it has; offline, load it online first",
    )
