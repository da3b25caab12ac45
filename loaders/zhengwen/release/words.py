"""Takes the words of documents out of a file, and puts them back: each run of them becomes the place where it stands.

``⟦530:567⟧`` stands for these characters of the text; ``⟦hant 3:7⟧`` for those of its Traditional form, character by
character, which holds what is written of the text in Traditional; with several documents the number of the document
comes first (``⟦2.530:567⟧``).  Whatever a file says in words of its own stays, and putting the words back gives the
file byte for byte.
"""

import re
from collections import defaultdict
from collections.abc import Sequence

from zhengwen.conversion.convert import to_restored
from zhengwen.errors import ZhengwenError
from zhengwen.restoration.glosses import HANZI

#: So long are the runs that are taken out: those with a Chinese character, and those with Latin letters alone.
SHORTEST, SHORTEST_LATIN = 2, 4

_OPEN, _CLOSE = "⟦", "⟧"
_REFERENCE = re.compile(rf"{_OPEN}(?:(\d+)\.)?(hant )?(\d+):(\d+){_CLOSE}")
_CHINESE = re.compile(f"[{HANZI}]")
_LATIN = re.compile(r"[^\W\d_]")


class Words:
    """The words of ``texts``, the established texts of the documents in the order of their ids.

    >>> words = Words(["春节至今，热度攀升。"])
    >>> words.withhold("“春节”說的是热度")
    '“⟦0:2⟧”說的是⟦5:7⟧'
    >>> words.put_back("“⟦0:2⟧”說的是⟦5:7⟧")
    '“春节”說的是热度'
    """

    def __init__(self, texts: Sequence[str]):
        self._sources = [
            (f"{'' if len(texts) == 1 else f'{number}.'}{script}", source)
            for number, text in enumerate(texts, start=1)
            for script, source in (("", text), ("hant ", to_restored(text)))
        ]
        self._places: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for number, (_, source) in enumerate(self._sources):
            for at in range(len(source) - 1):
                if not (source[at].isspace() or source[at + 1] == "\n"):
                    self._places[source[at : at + 2]].append((number, at))

    def withhold(self, content: str) -> str:
        """``content`` without any run of the texts; raises :class:`ZhengwenError` when it holds a mark of ours."""
        if _OPEN in content or _CLOSE in content:
            raise ZhengwenError(f"a file that words are to be taken out of holds {_OPEN} or {_CLOSE}", fix="write [ ]")
        out, place, at = [], 0, 0
        while at < len(content):
            number, start, length = self._longest(content, at)
            if _is_word(content, at, at + length):
                out += (content[place:at], f"{_OPEN}{self._sources[number][0]}{start}:{start + length}{_CLOSE}")
                place = at = at + length
            else:
                at += 1
        return "".join((*out, content[place:]))

    def put_back(self, content: str) -> str:
        """``content`` with its words; raises :class:`ZhengwenError` for a place that the texts do not have."""
        sources = dict(self._sources)

        def words(found: re.Match) -> str:
            document, script, start, end = found.groups()
            source = sources.get(f"{document + '.' if document else ''}{script or ''}")
            if source is None or not int(start) < int(end) <= len(source):
                raise ZhengwenError(f"{found.group()} is no place of these texts", fix="take the folder as it was made")
            return source[int(start) : int(end)]

        return _REFERENCE.sub(words, content)

    def _longest(self, content: str, at: int) -> tuple[int, int, int]:
        """The longest run of a text that stands at ``at`` of ``content``: its source, where it begins, its length."""
        best = (0, 0, 0)
        for number, start in self._places.get(content[at : at + 2], ()):
            source, length = self._sources[number][1], 2
            most = min(len(source) - start, len(content) - at)
            while length < most and source[start + length] == content[at + length] != "\n":
                length += 1
            while content[at + length - 1].isspace():
                length -= 1
            if length > best[2]:
                best = (number, start, length)
        return best


def _is_word(content: str, start: int, end: int) -> bool:
    """Whether ``[start, end)`` is to be taken out: not a piece of a longer Latin word, which is another word."""
    run = content[start:end]
    if _CHINESE.search(run):
        return len(run) >= SHORTEST
    inside = any(_LATIN.match(content[at - 1 : at]) and _LATIN.match(content, at) for at in (start, end))
    return len(run) >= SHORTEST_LATIN and bool(_LATIN.search(run)) and not inside
