"""What all files with a token a line have in common: comments, and that a file may hold several documents."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from zhengwen.intake.source import SourceText, divided

#: The comments that begin a document, and that state the text of a sentence.
NEWDOC = re.compile(r"#\s*newdoc(?:\s+id)?(?:\s*=\s*(?P<id>.*\S))?\s*")
TEXT = re.compile(r"# ?text = (?P<text>.*)")

Sentence = TypeVar("Sentence")


@dataclass
class Section(Generic[Sentence]):
    """A document in a file: its sentences, and its ``name``, which is ``None`` if the file states none."""

    name: str | None
    sentences: list[Sentence] = field(default_factory=list)


def texts_of(
    file: Path, sections: Iterable[tuple[str | None, Sequence[SourceText]]], per: str | int | None
) -> list[SourceText]:
    """The texts that the documents of a file make, each given as its name and its sentences.

    ``per`` (as in :class:`~zhengwen.intake.source.Options`) divides a file that holds only one.

    >>> sentences = [SourceText(None, "a:1", "一"), SourceText(None, "a:3", "二")]
    >>> [text.name for text in texts_of(Path("a.bio"), [(None, sentences)], per=1)]
    ['a-1', 'a-2']
    >>> [text.name for text in texts_of(Path("a.bio"), [("x", sentences), (None, sentences)], per=1)]
    ['x', None]
    """
    sections = list(sections)
    if len(sections) == 1:
        ((name, sentences),) = sections
        return divided(sentences, per or "file", name or file.stem)
    return [text for name, sentences in sections for text in divided(sentences, "file", name)]
