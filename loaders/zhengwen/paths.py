"""Where the corpus and the schema are, inside an installed package or in a checkout, and where a checkout has what."""

import os
import re
from pathlib import Path

from zhengwen.errors import ZhengwenError

_PACKAGE = Path(__file__).resolve().parent

#: An installed wheel carries ``corpus/`` here; an editable install has no such folder.
_PACKAGED = _PACKAGE / "data"
_CHECKOUT = _PACKAGE.parents[1]

#: Where a checkout states its version, and files that are read or written beside ``seeds/``, ``schema/`` and
#: ``corpus/``: what changed in each version, what was released, and the page about the checks.
VERSION_FILE = "loaders/zhengwen/__init__.py"
CHANGELOG, LEDGER, CHECKS_PAGE = "CHANGELOG.md", "releases.jsonl", "docs/checks.md"


def corpus_path() -> str:
    """The folder of the released corpus, to hand to ``datasets.load_dataset``.

    >>> from pathlib import Path
    >>> Path(corpus_path(), "README.md").is_file()
    True
    """
    return os.fspath(_data_root() / "corpus")


def schema_path() -> Path:
    """The folder of the schema that this version of the package was released with.

    A wheel has only the copy in the release, so that it does not hold the schema twice.
    """
    return _PACKAGED / "corpus" / "schema" if _PACKAGED.is_dir() else _CHECKOUT / "schema"


def repository_path(start: Path | str = ".") -> Path:
    """The repository (a folder with ``seeds/`` and ``schema/``) that ``start`` is, or is inside.

    Raises :class:`ZhengwenError` when there is none, or when ``start`` does not exist.
    """
    given = Path(start)
    if not given.exists():
        raise ZhengwenError(f"{given}: there is no such file or folder", fix="correct the path")
    resolved = given.resolve()
    for folder in (resolved, *resolved.parents):
        if (folder / "seeds").is_dir() and (folder / "schema").is_dir():
            return folder
    raise ZhengwenError(
        f"{given}: not inside a zhengwen repository (neither it nor a folder above it holds seeds/ and schema/)",
        fix="run this inside a repository, or name one, as an argument or with --corpus",
    )


def stated_version(root: Path) -> str | None:
    """The version that the checkout ``root`` states; ``None`` for a repository that holds no code.

    It is empty if the file of the code states no version.
    """
    path = root / VERSION_FILE
    if not path.is_file():
        return None
    stated = re.search(rb'^__version__ = "([0-9.]+)"', path.read_bytes(), flags=re.MULTILINE)
    return stated[1].decode("ascii") if stated else ""


def _data_root() -> Path:
    return _PACKAGED if _PACKAGED.is_dir() else _CHECKOUT
