"""Takes the words of documents out of a file and puts them back: each run of words becomes a reference to its span.

``⟦530:567⟧`` stands for the characters ``[530, 567)`` of the text.  ``⟦hant 3:7⟧`` stands for a span of its Traditional
form, converted character by character, since a file may quote the text in Traditional characters.  With several
documents the number of the document comes first (``⟦2.530:567⟧``).  All other words of the file stay, and putting the
words back gives the file byte for byte.
"""

import re
from collections import defaultdict
from collections.abc import Sequence

from zhengwen.conversion.convert import to_restored
from zhengwen.errors import ZhengwenError
from zhengwen.restoration.glosses import HANZI

#: The lengths of the shortest runs that are taken out: with a Chinese character, and with Latin letters only.
SHORTEST, SHORTEST_LATIN = 2, 4

_OPEN, _CLOSE = "⟦", "⟧"
_REFERENCE = re.compile(rf"{_OPEN}(?:(\d{{1,9}})\.)?(hant )?(\d{{1,9}}):(\d{{1,9}}){_CLOSE}")
_CHINESE = re.compile(f"[{HANZI}]")
_LATIN = re.compile(r"[^\W\d_]")


class Withholder:
    """Withholds the words of ``texts``, the established texts of the documents in the order of their ids.

    >>> withholder = Withholder(["春节至今，热度攀升。"])
    >>> withholder.withhold("“春节”說的是热度")
    '“⟦0:2⟧”說的是⟦5:7⟧'
    >>> withholder.put_back("“⟦0:2⟧”說的是⟦5:7⟧")
    '“春节”說的是热度'
    """

    def __init__(self, texts: Sequence[str]):
        # Each text in both scripts, with the prefix of its references.
        self._sources = [
            (f"{'' if len(texts) == 1 else f'{number}.'}{script}", source)
            for number, text in enumerate(texts, start=1)
            for script, source in (("", text), ("hant ", to_restored(text)))
        ]
        # For each pair of characters, the index of each source in which it occurs, and the offset there.
        self._occurrences: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for index, (_, source) in enumerate(self._sources):
            for offset in range(len(source) - 1):
                if not (source[offset].isspace() or source[offset + 1] == "\n"):
                    self._occurrences[source[offset : offset + 2]].append((index, offset))

    def withhold(self, content: str) -> str:
        """``content`` with every run that occurs in the texts replaced by a reference.

        Raises :class:`ZhengwenError` when ``content`` contains one of the brackets that references use.
        """
        if _OPEN in content or _CLOSE in content:
            raise ZhengwenError(
                f"a file whose words are to be withheld must not contain {_OPEN} or {_CLOSE}", fix="write [ ] instead"
            )
        parts, copied, offset = [], 0, 0
        while offset < len(content):
            index, start, length = self._longest_run(content, offset)
            if length and _is_withheld(content, offset, offset + length):
                reference = f"{_OPEN}{self._sources[index][0]}{start}:{start + length}{_CLOSE}"
                parts += (content[copied:offset], reference)
                copied = offset = offset + length
            else:
                offset += 1
        return "".join((*parts, content[copied:]))

    def put_back(self, content: str) -> str:
        """``content`` with its references replaced by their words.

        Raises :class:`ZhengwenError` for a span that the texts do not have.
        """
        sources = dict(self._sources)

        def words(match: re.Match) -> str:
            document, script, start, end = match.groups()
            source = sources.get(f"{document + '.' if document else ''}{script or ''}")
            if source is None or not int(start) < int(end) <= len(source):
                raise ZhengwenError(
                    f"{match.group()} is not a span of these texts", fix="use the folder as it was built"
                )
            return source[int(start) : int(end)]

        return _REFERENCE.sub(words, content)

    def _longest_run(self, content: str, offset: int) -> tuple[int, int, int]:
        """The longest run of a text that begins at ``offset`` of ``content``, as ``(source, start, length)``.

        ``source`` is the index of the source, ``start`` the offset in it; ``length`` is 0 if there is no run.
        """
        best = (0, 0, 0)
        for index, start in self._occurrences.get(content[offset : offset + 2], ()):
            source, length = self._sources[index][1], 2
            limit = min(len(source) - start, len(content) - offset)
            while length < limit and source[start + length] == content[offset + length] != "\n":
                length += 1
            while content[offset + length - 1].isspace():
                length -= 1
            if length > best[2]:
                best = (index, start, length)
        return best


def _is_withheld(content: str, start: int, end: int) -> bool:
    """Whether the run ``[start, end)`` is to be withheld: it is long enough, and cuts no Latin word in two."""
    run = content[start:end]
    if _CHINESE.search(run):
        return len(run) >= SHORTEST
    if len(run) < SHORTEST_LATIN or not _LATIN.search(run):
        return False
    return not any(
        _LATIN.match(content[boundary - 1 : boundary]) and _LATIN.match(content, boundary) for boundary in (start, end)
    )
