"""The paths of the files of a release in its folder."""

from pathlib import Path

#: The dataset card, which a hub shows; the licence; and the two files that describe the others.
CARD, LICENCE, CROISSANT, MANIFEST = "README.md", "LICENSE", "croissant.json", "manifest.json"

#: The only split: the corpus is too small to train on.
SPLIT = "test"

#: The name, without suffix, of the file beside the layers of a document that holds its alignments.
ALIGNMENTS = "alignments"

_DATA, _ANNOTATIONS, _SCHEMA = "data", "annotations", "schema"


def data_file(config: str) -> str:
    """The path of the file with the rows of ``config``.

    >>> data_file("sentences-hant")
    'data/sentences-hant/test-00000-of-00001.parquet'
    """
    return f"{_DATA}/{config}/{SPLIT}-00000-of-00001.parquet"


def annotation_file(document: str, layer: str) -> str:
    """The path of the file with one layer of a document, or with its alignments (``ALIGNMENTS`` as the layer)."""
    return f"{_ANNOTATIONS}/{document}/{layer}.jsonl"


def schema_file(path: str) -> str:
    """The path of the release's copy of the file ``path`` in ``schema/``: guidelines, labels, shapes, JSON Schemas."""
    return f"{_SCHEMA}/{path}"


def configs_in(folder: Path) -> list[str]:
    """The names of the configs of the release in ``folder``."""
    return sorted(path.parent.name for path in folder.glob(data_file("*")))


def documents_in(folder: Path) -> list[str]:
    """The ids of the documents with annotation in the release in ``folder``."""
    return sorted({path.parent.name for path in folder.glob(annotation_file("*", "*"))})


def layers_in(folder: Path, document: str) -> list[str]:
    """The names of the layers of a document in the release in ``folder``, including ``ALIGNMENTS``."""
    return sorted(path.stem for path in folder.glob(annotation_file(document, "*")))


#: Hosts keep settings of their own in files of this name; a release never touches them.
HOST_FILE = ".gitattributes"


def is_host_file(path: str) -> bool:
    """Whether the file ``path`` belongs to the host and not to the release.

    >>> is_host_file(".gitattributes"), is_host_file("README.md")
    (True, False)
    """
    return path.rpartition("/")[2] == HOST_FILE
