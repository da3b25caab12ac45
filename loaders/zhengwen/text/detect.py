"""Which script a text is written in, told by the characters that only one of the two has."""

import functools
from typing import NamedTuple

from zhengwen.text.dictionaries import candidates


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


def count_scripts(text: str) -> ScriptCount:
    """Count the characters of ``text`` that only one script has.

    >>> count_scripts("这个问题").script, count_scripts("這個問題").script, count_scripts("中文").script
    ('hans', 'hant', None)
    """
    import numpy as np

    # Every such character of the basic plane is one UTF-16 unit; those beyond it are rare, and are not counted.
    units = np.frombuffer(text.encode("utf-16-le", "surrogatepass"), dtype=np.uint16)
    counts = np.bincount(_classes()[units], minlength=3)
    return ScriptCount(int(counts[1]), int(counts[2]))


@functools.cache
def _classes():
    """For every UTF-16 unit: 1 when it is Simplified only, 2 when Traditional only, else 0."""
    import numpy as np

    to_traditional, to_simplified = candidates("STCharacters"), candidates("TSCharacters")
    of_traditional = {one for found in to_traditional.values() for one in found} | set(to_simplified)
    of_simplified = {one for found in to_simplified.values() for one in found} | set(to_traditional)
    classes = np.zeros(0x10000, dtype=np.uint8)
    for number, members in ((1, of_simplified - of_traditional), (2, of_traditional - of_simplified)):
        classes[[ord(one) for one in members if len(one) == 1 and ord(one) < 0x10000]] = number
    return classes
