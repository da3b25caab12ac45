"""Detection of the script of a text, by the characters that only one of the two scripts has."""

import functools
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from zhengwen.conversion.dictionaries import candidates, opencc_converter

#: The kinds of characters that are counted: Han characters, and the kana and hangul of Japanese and Korean.
_HAN, _KANA_OR_HANGUL = 1, 2
#: A text is Japanese or Korean if it has at least one kana or hangul for this many Han characters.
_HAN_PER_KANA_OR_HANGUL = 4


class ScriptCount(NamedTuple):
    """How many characters of a text are only Simplified, and how many are only Traditional."""

    simplified: int
    traditional: int

    @property
    def script(self) -> str | None:
        """``hans`` or ``hant``, whichever has more characters; ``None`` when they have equally many."""
        if self.simplified == self.traditional:
            return None
        return "hans" if self.simplified > self.traditional else "hant"


def count_each(texts: Sequence[str]) -> list[ScriptCount]:
    """Count the characters that only one script has in each of ``texts``, in one pass over all of them.

    The counts are zero for text in Japanese or Korean, which is recognised by its kana or hangul: its Han characters
    are not Chinese text.

    >>> [count.script for count in count_each(["这个问题", "這個問題", "日本語の問題です", ""])]
    ['hans', 'hant', None, None]
    """
    if not texts:
        return []
    # A line feed is added to each text so that none is empty: for an empty one, `reduceat` returns what follows it.
    joined = "\n".join([*texts, ""])
    units = np.frombuffer(_units(joined), dtype=np.uint16)
    lengths = map(len, texts) if len(units) == len(joined) else (len(_units(text)) // 2 for text in texts)
    starts = np.cumsum([0, *(length + 1 for length in lengths)])[:-1]

    def count(mask: np.ndarray) -> np.ndarray:
        return np.add.reduceat(mask, starts, dtype=np.int32)

    signs = _signs()[units]
    simplified, traditional = count(signs > 0), count(signs < 0)
    kinds = _kinds()[units]
    if (other := kinds == _KANA_OR_HANGUL).any():
        is_chinese = count(other) * _HAN_PER_KANA_OR_HANGUL < count(kinds == _HAN)
        simplified, traditional = simplified * is_chinese, traditional * is_chinese
    return list(map(ScriptCount, simplified.tolist(), traditional.tolist()))


class Detection:
    """The script of ``text``, as far as its characters show it.

    >>> Detection("这个问题").count.script, Detection("這個問題").count.script, Detection("中文").count.script
    ('hans', 'hant', None)
    """

    def __init__(self, text: str):
        self._text = text

    @functools.cached_property
    def count(self) -> ScriptCount:
        """How many characters only one script has, for each script."""
        return count_each([self._text])[0]

    def runs(self, default: str) -> list[tuple[int, int, str]]:
        """Runs of consecutive whole lines in one script, ``(start, end, script)``; together they are the whole text.

        The script of a line is that of its own characters, or ``default`` when they do not show it.

        >>> Detection("这是\\n甲\\n這是\\n").runs("hans")
        [(0, 5, 'hans'), (5, 8, 'hant')]
        """
        if not self._text:
            return []
        units = np.frombuffer(_units(self._text), dtype=np.uint16)
        starts = np.concatenate(([0], np.flatnonzero(units[:-1] == ord("\n")) + 1))
        balance = np.add.reduceat(_signs()[units], starts, dtype=np.int32)
        is_simplified = np.where(balance == 0, default == "hans", balance > 0)
        first_lines = np.concatenate(([0], np.flatnonzero(is_simplified[1:] != is_simplified[:-1]) + 1))
        starts = starts[first_lines]
        if len(units) != len(self._text):
            # A character beyond the basic plane is two units: subtract the second units.
            starts = starts - np.concatenate(([0], np.cumsum((units & 0xFC00) == 0xDC00)))[starts]
        bounds = [*starts.tolist(), len(self._text)]
        scripts = ["hans" if simplified else "hant" for simplified in is_simplified[first_lines].tolist()]
        return list(zip(bounds, bounds[1:], scripts, strict=False))


def _units(text: str) -> bytes:
    # Every character of the basic plane is one UTF-16 code unit; characters beyond it that are only in one script are
    # rare, and not counted.
    return text.encode("utf-16-le", "surrogatepass")


@functools.cache
def _signs() -> np.ndarray:
    """For every UTF-16 code unit: 1 if it is only Simplified, -1 if it is only Traditional, else 0 (int8)."""
    # A character belongs to one script only if it is converted to another character and no conversion keeps it.
    simplified = {character for character, forms in candidates("STCharacters").items() if character not in forms}
    traditional = {character for character, forms in candidates("TSCharacters").items() if character not in forms}
    shared = _kept(simplified, ("s2t", "s2tw", "s2hk")) | _kept(traditional, ("t2s", "tw2s", "hk2s"))
    shared |= simplified & traditional
    signs = np.zeros(0x10000, dtype=np.int8)
    for sign, characters in ((1, simplified - shared), (-1, traditional - shared)):
        signs[[ord(character) for character in characters if len(character) == 1 and ord(character) < 0x10000]] = sign
    return signs


def _kept(characters: Iterable[str], configs: Sequence[str]) -> set[str]:
    """Those of ``characters`` that at least one of OpenCC's ``configs`` leaves as they are."""
    in_order = sorted(characters)
    # All are converted in one call: no phrase of a dictionary contains a line feed.
    lines = "\n".join(in_order)
    return {
        character
        for config in configs
        for character, converted in zip(in_order, opencc_converter(config).convert(lines).split("\n"), strict=True)
        if converted == character
    }


@functools.cache
def _kinds() -> np.ndarray:
    """For every UTF-16 code unit: ``_HAN``, ``_KANA_OR_HANGUL``, or 0 for any other character (int8)."""
    kinds = np.zeros(0x10000, dtype=np.int8)
    for kind, first, last in (
        (_HAN, 0x3400, 0x9FFF),
        (_KANA_OR_HANGUL, 0x3041, 0x3096),  # hiragana
        (_KANA_OR_HANGUL, 0x30A1, 0x30FA),  # katakana
        (_KANA_OR_HANGUL, 0xAC00, 0xD7A3),  # hangul
    ):
        kinds[first : last + 1] = kind
    return kinds
