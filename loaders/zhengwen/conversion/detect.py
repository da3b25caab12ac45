"""Which script a text is written in, told by the characters that only one of the two has."""

import functools
from collections.abc import Sequence
from typing import NamedTuple

from zhengwen.conversion.dictionaries import candidates, opencc_converter

#: Han characters; and kana and hangul, of which text in another language has at least one in so many Han characters.
_HAN, _OTHER, _SHARE = 1, 2, 4


class ScriptCount(NamedTuple):
    """How many characters of a text are Simplified only, and how many Traditional only."""

    simplified: int
    traditional: int

    @property
    def script(self) -> str | None:
        """``hans`` or ``hant``, by the greater number; ``None`` when neither is."""
        if self.simplified == self.traditional:
            return None
        return "hans" if self.simplified > self.traditional else "hant"


def count_each(texts: Sequence[str]) -> list[ScriptCount]:
    """The characters of either script in each of ``texts``; all of them are looked at together.

    Text in Japanese or Korean, told by its kana or hangul, has none: its Chinese characters are not Chinese text.

    >>> [one.script for one in count_each(["这个问题", "這個問題", "日本語の問題です", ""])]
    ['hans', 'hant', None, None]
    """
    import numpy as np

    if not texts:
        return []
    # A text ends in a line feed here, so none is empty: `reduceat` gives what stands at the start of an empty one.
    joined = "\n".join([*texts, ""])
    units = np.frombuffer(_units(joined), dtype=np.uint16)
    lengths = map(len, texts) if len(units) == len(joined) else (len(_units(text)) // 2 for text in texts)
    starts = np.cumsum([0, *(length + 1 for length in lengths)])[:-1]

    def total(those) -> np.ndarray:
        return np.add.reduceat(those, starts, dtype=np.int32)

    signs = _signs()[units]
    simplified, traditional = total(signs > 0), total(signs < 0)
    kinds = _kinds()[units]
    if (other := kinds == _OTHER).any():
        chinese = total(other) * _SHARE < total(kinds == _HAN)
        simplified, traditional = simplified * chinese, traditional * chinese
    return list(map(ScriptCount, simplified.tolist(), traditional.tolist()))


class Detection:
    """What can be told of the script of ``text``.

    >>> Detection("这个问题").count.script, Detection("這個問題").count.script, Detection("中文").count.script
    ('hans', 'hant', None)
    """

    def __init__(self, text: str):
        self._text = text

    @functools.cached_property
    def count(self) -> ScriptCount:
        """The characters of either script."""
        return count_each([self._text])[0]

    def runs(self, default: str) -> list[tuple[int, int, str]]:
        """The stretches of whole lines in one script: ``(start, end, script)``; together they are the text.

        A line goes by its own characters, and by ``default`` when they do not decide.

        >>> Detection("这是\\n甲\\n這是\\n").runs("hans")
        [(0, 5, 'hans'), (5, 8, 'hant')]
        """
        import numpy as np

        if not self._text:
            return []
        units = np.frombuffer(_units(self._text), dtype=np.uint16)
        starts = np.concatenate(([0], np.flatnonzero(units[:-1] == ord("\n")) + 1))
        balance = np.add.reduceat(_signs()[units], starts, dtype=np.int32)
        scripts = np.where(balance == 0, default == "hans", balance > 0)
        firsts = np.concatenate(([0], np.flatnonzero(scripts[1:] != scripts[:-1]) + 1))
        starts = starts[firsts]
        if len(units) != len(self._text):
            # A character beyond the basic plane is two units: count the second ones away.
            starts = starts - np.concatenate(([0], np.cumsum((units & 0xFC00) == 0xDC00)))[starts]
        bounds = [*starts.tolist(), len(self._text)]
        named = ["hans" if one else "hant" for one in scripts[firsts].tolist()]
        return list(zip(bounds, bounds[1:], named, strict=False))


def _units(text: str) -> bytes:
    # Every such character of the basic plane is one UTF-16 unit; those beyond it are rare, and are not counted.
    return text.encode("utf-16-le", "surrogatepass")


@functools.cache
def _signs():
    """For every UTF-16 unit: 1 when it is Simplified only, -1 when Traditional only, else 0."""
    import numpy as np

    # A character is of one script alone when it is converted to another one, and nothing converts it to itself.
    simplified = {one for one, found in candidates("STCharacters").items() if one not in found}
    traditional = {one for one, found in candidates("TSCharacters").items() if one not in found}
    shared = {one for one in simplified if any(_kept(one, config) for config in ("s2t", "s2tw", "s2hk"))}
    shared |= {one for one in traditional if any(_kept(one, config) for config in ("t2s", "tw2s", "hk2s"))}
    shared |= simplified & traditional
    signs = np.zeros(0x10000, dtype=np.int8)
    for sign, members in ((1, simplified - shared), (-1, traditional - shared)):
        signs[[ord(one) for one in members if len(one) == 1 and ord(one) < 0x10000]] = sign
    return signs


@functools.cache
def _kinds():
    """For every UTF-16 unit: whether it is a Han character, or a letter of Japanese or Korean."""
    import numpy as np

    kinds = np.zeros(0x10000, dtype=np.int8)
    for kind, first, last in (
        (_HAN, 0x3400, 0x9FFF),
        (_OTHER, 0x3041, 0x3096),  # hiragana
        (_OTHER, 0x30A1, 0x30FA),  # katakana
        (_OTHER, 0xAC00, 0xD7A3),  # hangul
    ):
        kinds[first : last + 1] = kind
    return kinds


def _kept(character: str, config: str) -> bool:
    return opencc_converter(config).convert(character) == character
