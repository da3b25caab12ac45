"""New documents from the texts and the annotation of existing corpora.

Each format is a module of this package (what it provides: :mod:`zhengwen.intake.source`).  Their readers give plain
texts with mentions; :func:`new_documents` makes documents of a corpus of them, with a report of what did not fit.
"""

from collections import Counter
from pathlib import Path

from zhengwen.errors import UnknownNameError, ZhengwenError
from zhengwen.intake import bio, brat, conllu, jsonl, labelstudio
from zhengwen.intake.documents import Settings, new_documents
from zhengwen.intake.report import Report
from zhengwen.intake.source import Options, Source

__all__ = [
    "ALIASES",
    "FORMATS",
    "Options",
    "Report",
    "Settings",
    "Source",
    "label_counts",
    "new_documents",
    "read_source",
]

_MODULES = {"brat": brat, "labelstudio": labelstudio, "conllu": conllu, "iob2": bio, "jsonl": jsonl}

#: The names of the formats that can be read, and other names of theirs.
FORMATS = tuple(_MODULES)
ALIASES = {"bio": "iob2", "bioes": "iob2", "iob": "iob2", "json": "jsonl"}


def read_source(format: str, path: Path, options: Options | None = None) -> Source:
    """All texts in the file or folder ``path`` of a corpus in ``format``, with their mentions.

    Raises :class:`UnknownNameError` for an unknown format, and :class:`ZhengwenError`, with file and line, if ``path``
    is not in it.
    """
    name = ALIASES.get(format, format)
    if name not in _MODULES:
        raise UnknownNameError("format of an existing corpus", format, FORMATS)
    source = _MODULES[name].read(path, options or Options())
    if not source.texts:
        raise ZhengwenError(
            f"{path}: no text here has annotation", fix="annotate them first; for texts alone there is `zhengwen new`"
        )
    return source


def label_counts(source: Source) -> Counter[str]:
    """How many mentions of each label a source has."""
    return Counter(mention.label for text in source.texts for mention in text.mentions)
