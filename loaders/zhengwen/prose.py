"""What the makers of a corpus say of it in its dataset card: ``seeds/card.md``, Markdown in sections.

A section begins with a heading of level 2 (``## Known limits``).  The card puts a section whose heading it computes
itself (``## Baselines``) below that heading, before what is computed; any other becomes a section of its own.  Text
before the first section is put below the summary.
"""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from markdown_it import MarkdownIt

from zhengwen.files import read_text
from zhengwen.seeds import CARD_TEXT, SEEDS

_MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable("table")
#: A heading that is only seen where everything before it has ended.
_END = "\n\n## end\n"


class Section(NamedTuple):
    """A section: the text of its ``heading``, the number of the ``line`` it is on, and the Markdown below it."""

    heading: str
    line: int
    text: str


class Prose(NamedTuple):
    """Markdown in sections; ``opening`` is what stands before the first."""

    opening: str
    sections: tuple[Section, ...]

    def text(self, heading: str) -> str:
        """The Markdown below ``heading``, in any case; empty if there is no such section."""
        return next((section.text for section in self.sections if same(section.heading, heading)), "")


def same(heading: str, other: str) -> bool:
    """Whether two headings are the same: neither blanks around them nor the case of their letters count."""
    return heading.strip().casefold() == other.strip().casefold()


def prose_of(markdown: str) -> Prose:
    r"""The sections of ``markdown``.

    >>> prose_of("A corpus.\n\n## Uses\n\nTo test.\n\n```\n## no heading\n```\n").sections
    (Section(heading='Uses', line=3, text='To test.\n\n```\n## no heading\n```'),)
    """
    lines = markdown.split("\n")
    starts = [(title, first, after) for level, title, first, after in _headings(markdown) if level == "h2"]
    ends = [*(first for _, first, _ in starts), len(lines)]
    sections = [
        Section(title, first + 1, _stripped(lines[after:end]))
        for (title, first, after), end in zip(starts, ends[1:], strict=True)
    ]
    return Prose(_stripped(lines[: ends[0]]), tuple(sections))


def read_prose(root: Path) -> Prose:
    """The prose of the corpus in the repository ``root``, which has passed the checks; empty if it has none."""
    path = root / SEEDS / CARD_TEXT
    return prose_of(read_text(path) if path.is_file() else "")


def flaws_of(markdown: str) -> Iterator[tuple[int, str]]:
    r"""What keeps ``markdown`` from being the prose of a card, each flaw with the number of its line.

    >>> list(flaws_of("# My corpus\n"))
    [(1, 'a heading of level 1: the card has one already, the title of the corpus')]
    """
    for level, _, first, _ in _headings(markdown):
        if level == "h1":
            yield first + 1, "a heading of level 1: the card has one already, the title of the corpus"
    seen: list[str] = []
    for section in prose_of(markdown).sections:
        if any(same(section.heading, heading) for heading in seen):
            yield section.line, f"the section {section.heading!r} is there twice"
        elif not section.heading:
            yield section.line, "a heading without words"
        seen.append(section.heading)
    tokens = _MARKDOWN.parse(markdown + _END)
    blocks = [token for token in tokens if token.level == 0 and token.map]
    if blocks[-1].type != "heading_open":
        yield blocks[-1].map[0] + 1, "a block of code or HTML begins here and does not end"


def _headings(markdown: str) -> Iterator[tuple[str, str, int, int]]:
    """The headings that are in no other block: their level (``h2``), their words, their line and the one after them.

    Lines are counted from 0.  A heading of level 1 counts wherever it is.
    """
    tokens = _MARKDOWN.parse(markdown)
    for token, content in itertools.pairwise(tokens):
        if token.type == "heading_open" and (token.level == 0 or token.tag == "h1"):
            yield token.tag, content.content.strip(), *token.map


def _stripped(lines: list[str]) -> str:
    """The lines as one text, without the empty ones at either end; a first line that is indented is code."""
    return "\n".join(lines).strip("\n").rstrip()
