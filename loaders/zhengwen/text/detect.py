"""Which script a text is written in, told by the characters that only one of the two has."""

import functools
from typing import NamedTuple

from zhengwen.text.dictionaries import candidates, opencc_converter


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


class Detection:
    """What can be told of the script of ``text``; the text is looked at once.

    >>> Detection("这个问题").count.script, Detection("這個問題").count.script, Detection("中文").count.script
    ('hans', 'hant', None)
    """

    def __init__(self, text: str):
        import numpy as np

        self._length = len(text)
        # Every such character of the basic plane is one UTF-16 unit; those beyond it are rare, and are not counted.
        self._units = np.frombuffer(text.encode("utf-16-le", "surrogatepass"), dtype=np.uint16)
        self._signs = _signs()[self._units]
        self.count = ScriptCount(int(np.count_nonzero(self._signs > 0)), int(np.count_nonzero(self._signs < 0)))

    def runs(self, default: str) -> list[tuple[int, int, str]]:
        """The stretches of whole lines in one script: ``(start, end, script)``; together they are the text.

        A line goes by its own characters, and by ``default`` when they do not decide.

        >>> Detection("这是\\n甲\\n這是\\n").runs("hans")
        [(0, 5, 'hans'), (5, 8, 'hant')]
        """
        import numpy as np

        if not self._length:
            return []
        units = self._units
        starts = np.concatenate(([0], np.flatnonzero(units[:-1] == ord("\n")) + 1))
        balance = np.add.reduceat(self._signs, starts, dtype=np.int32)
        scripts = np.where(balance == 0, default == "hans", balance > 0)
        firsts = np.concatenate(([0], np.flatnonzero(scripts[1:] != scripts[:-1]) + 1))
        starts = starts[firsts]
        if len(units) != self._length:
            # A character beyond the basic plane is two units: count the second ones away.
            starts = starts - np.concatenate(([0], np.cumsum((units & 0xFC00) == 0xDC00)))[starts]
        bounds = [*starts.tolist(), self._length]
        named = ["hans" if one else "hant" for one in scripts[firsts].tolist()]
        return list(zip(bounds, bounds[1:], named, strict=False))


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


def _kept(character: str, config: str) -> bool:
    return opencc_converter(config).convert(character) == character
