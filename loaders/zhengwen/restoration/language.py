"""A model of Chinese: how probable a character is behind those before it.

The model is one of characters, of order four, in Simplified characters and full-width punctuation.  Its n-grams were
not counted in a text of ours: they are what open-gram, an openly licensed model of words, expects of 460 million words
(``tools/language_model.py``, which says how).  A paragraph begins and ends with a newline.

Where an n-gram is not known, the model backs off to the shorter one, at the price stored with its context.
"""

import functools
from array import array
from bisect import bisect_left
from pathlib import Path

ORDER = 4

#: The probability (natural logarithm) of a character that the model does not know.
UNKNOWN = -19.0

_PATH = Path(__file__).parent / "characters.npz"
#: How many probabilities are remembered before they are forgotten all at once.
_REMEMBERED = 1 << 20
#: How many distributions are remembered (58 KB each).
_DISTRIBUTIONS = 512


class CharacterModel:
    """Probabilities of characters, from a file that ``tools/language_model.py`` wrote."""

    order = ORDER

    def __init__(self, path: Path = _PATH):
        import numpy as np

        assert array("Q").itemsize == 8
        self._keys, self._costs, self._backoffs = [], [], []
        with np.load(path) as stored:
            for order in range(1, ORDER + 1):
                planes = stored[f"keys{order}"]
                steps = planes.T.copy().view("<u8").ravel()
                self._keys.append(array("Q", np.cumsum(steps, dtype=np.uint64).tobytes()))
                self._costs.append(stored[f"costs{order}"].tobytes())
                self._backoffs.append(stored[f"backoffs{order}"].tobytes() if order < ORDER else b"")
        self._cache: dict[str, float] = {}
        self._distributions: dict[str, object] = {}
        codes = np.frombuffer(self._keys[0], np.uint64).astype(np.uint16)
        #: For every UTF-16 unit, the place of that character in a distribution; the last place is that of all others.
        self.places = np.full(0x10000, len(codes), np.uint16)
        self.places[codes] = np.arange(len(codes), dtype=np.uint16)
        self._next = [self.places[np.frombuffer(keys, np.uint64).astype(np.uint16)] for keys in self._keys]
        self._alone = np.append(np.frombuffer(self._costs[0], np.uint8) / np.float32(-10), np.float32(UNKNOWN))

    def distribution(self, history: str):
        """The logarithm of the probability of every character behind ``history``, a float32 array by :attr:`places`."""
        import numpy as np

        found = self._distributions.get(history)
        if found is None:
            found = self._alone.copy()
            for length in range(1, len(history) + 1):
                keys = self._keys[length]
                context = history[-length:]
                place = self._find(context)
                if place < 0:
                    continue
                found += (self._backoffs[length - 1][place] - 128) / 16
                key = self._keys[length - 1][place]
                first = bisect_left(keys, key << 16)
                last = bisect_left(keys, (key + 1) << 16, first)
                costs = np.frombuffer(self._costs[length], np.uint8)[first:last]
                found[self._next[length][first:last]] = costs / np.float32(-10)
            if len(self._distributions) > _DISTRIBUTIONS:
                self._distributions.clear()
            self._distributions[history] = found
        return found

    def score(self, gram: str) -> float:
        """The logarithm of the probability of the last character of ``gram`` behind the ones before it.

        ``gram`` is at most :data:`ORDER` characters of the basic plane.

        >>> model = language_model()
        >>> model.score("中国") > model.score("中果")
        True
        """
        found = self._cache.get(gram)
        if found is None:
            if len(self._cache) > _REMEMBERED:
                self._cache.clear()
            found = self._cache[gram] = self._score(gram)
        return found

    def knows(self, gram: str) -> bool:
        """True when ``gram`` as a whole is one of the model's n-grams."""
        return self._find(gram) >= 0

    def _score(self, gram: str) -> float:
        place = self._find(gram)
        if place >= 0:
            return self._costs[len(gram) - 1][place] / -10
        if len(gram) == 1:
            return UNKNOWN
        context = self._find(gram[:-1])
        backoff = (self._backoffs[len(gram) - 2][context] - 128) / 16 if context >= 0 else 0.0
        return backoff + self.score(gram[1:])

    def _find(self, gram: str) -> int:
        key = 0
        for character in gram:
            key = key << 16 | ord(character)
        if key >> 64:
            return -1
        keys = self._keys[len(gram) - 1]
        place = bisect_left(keys, key)
        return place if place < len(keys) and keys[place] == key else -1


@functools.cache
def language_model() -> CharacterModel:
    """The model that this version ships."""
    return CharacterModel()
