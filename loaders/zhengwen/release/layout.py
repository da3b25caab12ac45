"""Where the files of a release lie in its folder."""

from pathlib import Path

#: The description that a hub shows, the licence, and the two files that describe all others.
CARD, LICENCE, CROISSANT, MANIFEST = "README.md", "LICENSE", "croissant.json", "manifest.json"

#: The one split: a corpus this small makes no training set.
SPLIT = "test"

#: The file beside the layers of a document that holds its alignments.
ALIGNMENTS = "alignments"

_DATA, _ANNOTATIONS = "data", "annotations"


def data_file(config: str) -> str:
    """The file of the rows of ``config``.

    >>> data_file("sentences-hant")
    'data/sentences-hant/test-00000-of-00001.parquet'
    """
    return f"{_DATA}/{config}/{SPLIT}-00000-of-00001.parquet"


def annotation_file(document: str, layer: str) -> str:
    """The file of one layer of a document, or of its alignments."""
    return f"{_ANNOTATIONS}/{document}/{layer}.jsonl"


def is_annotation(path: str) -> bool:
    """Whether a file of a release holds annotation."""
    return path.startswith(f"{_ANNOTATIONS}/")


def configs_in(folder: Path) -> list[str]:
    """The configs of the release in ``folder``."""
    return sorted(path.parent.name for path in folder.glob(data_file("*")))


def documents_in(folder: Path) -> list[str]:
    """The documents of the release in ``folder``."""
    return sorted(path.name for path in (folder / _ANNOTATIONS).glob("*") if path.is_dir())


def layers_in(folder: Path, document: str) -> list[str]:
    """The layers of a document in the release in ``folder``, its alignments included."""
    return sorted(path.stem for path in folder.glob(annotation_file(document, "*")))
