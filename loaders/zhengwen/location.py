"""Which corpus is meant: the one in a folder that is named, the one that one stands in, or the one of the package."""

import os
from pathlib import Path
from typing import NamedTuple

from zhengwen.errors import ZhengwenError
from zhengwen.paths import corpus_path, repository_path
from zhengwen.release.layout import MANIFEST, configs_in, schema_file


class Location(NamedTuple):
    """Where a corpus lies.

    ``repository`` is the folder with its ``seeds/`` and ``schema/``; ``None`` for a release by itself.  ``release`` is
    the folder of its release, which a repository may not have built yet.
    """

    repository: Path | None
    release: Path

    @property
    def schema(self) -> Path:
        """The folder of the schema: that of the repository, or the copy in a release."""
        return self.repository / "schema" if self.repository else self.release / schema_file("")

    def built(self) -> Path:
        """The folder of the release; raises :class:`ZhengwenError` when there is none yet, or one without its texts."""
        if self.repository and not (self.release / MANIFEST).is_file() and not configs_in(self.release):
            raise ZhengwenError(
                f"{self.repository}: this corpus has not been built yet", fix="run `zhengwen build` in it first"
            )
        if not self.repository and _holds_seeds(self.release):
            raise ZhengwenError(
                f"{self.release}: a release without its texts",
                fix="put them back with `zhengwen hydrate`, and name the folder that it writes",
            )
        return self.release


def is_copy_of_a_release(path: Path | str) -> bool:
    """Whether ``path`` is a folder with a manifest that no repository has as its ``corpus/``.

    >>> is_copy_of_a_release("."), is_copy_of_a_release("no such folder")
    (False, False)
    """
    folder = Path(path).resolve()
    is_of_repository = folder.name == "corpus" and _holds_seeds(folder.parent)
    return (folder / MANIFEST).is_file() and not is_of_repository


def location(given: str | os.PathLike | None = None) -> Location:
    """Where the corpus lies that ``given`` is, or is in: a repository, a folder in one, or the folder of a release.

    Without ``given`` it is the corpus that the current folder is or is in, or else the one in this package.  Raises
    :class:`ZhengwenError` when ``given`` does not exist or is nothing of the kind.

    >>> location(corpus_path()).release.name
    'corpus'
    """
    path = Path() if given is None else Path(given)
    if is_copy_of_a_release(path):
        return Location(None, path if given is not None else path.resolve())
    try:
        root = repository_path(path)
    except ZhengwenError:
        if given is None:
            return Location(None, Path(corpus_path()))
        if not path.exists():
            raise
        raise ZhengwenError(
            f"{path}: no corpus here: neither a repository (seeds/ and schema/) nor a release ({MANIFEST})",
            fix="name the folder of a repository or of a release, or leave it out for the corpus of the package",
        ) from None
    return Location(root, root / "corpus")


def location_around(path: Path) -> Location:
    """Where the corpus lies that holds ``path``, such as annotation that is being made; or else as without a name.

    >>> location_around(Path("no such folder")) == location()
    True
    """
    try:
        root = repository_path(path)
    except ZhengwenError:
        return location()
    return Location(root, root / "corpus")


def corpus_folder(given: str | os.PathLike | None = None) -> Path:
    """The folder of the release to read, where ``given`` is as for :func:`location`.

    Raises :class:`ZhengwenError` also when the corpus has not been built yet.

    >>> corpus_folder(corpus_path()).joinpath("README.md").is_file()
    True
    """
    return location(given).built()


def _holds_seeds(folder: Path) -> bool:
    return (folder / "seeds").is_dir()
