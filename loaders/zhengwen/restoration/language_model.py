"""The language model: how probable a character is, given the characters before it.

It is a character n-gram model of order four, of Simplified characters and full-width punctuation.  Its n-grams were not
counted in a text of this project: their counts are those that open-gram, an openly licensed word model of some 460
million words, leads one to expect (``tools/language_model.py`` says how).  A paragraph begins and ends with a newline.

For an unknown n-gram, the model backs off to the shorter one, with the back-off weight of the context.
"""

import functools
from array import array
from bisect import bisect_left
from pathlib import Path

import numpy as np

from zhengwen.restoration.tuning import MAX_CACHED_DISTRIBUTIONS, MAX_CACHED_SCORES, UNKNOWN_CHARACTER

#: The length of the longest n-gram, and of the history on which a probability is conditioned (characters).
ORDER = 4
CONTEXT = ORDER - 1

#: How the file stores numbers in a byte: a cost (nats) times ``COST_SCALE``; the logarithm of a back-off weight times
#: ``BACKOFF_SCALE``, plus ``BACKOFF_OFFSET``.
COST_SCALE = 10
BACKOFF_SCALE, BACKOFF_OFFSET = 16, 128

_PATH = Path(__file__).parent / "characters.npz"


class CharacterModel:
    """Log-probabilities of characters, from a file that ``tools/language_model.py`` wrote."""

    order = ORDER

    def __init__(self, path: Path = _PATH):
        assert array("Q").itemsize == 8
        self._keys, self._costs, self._backoffs = [], [], []
        with np.load(path) as stored:
            for order in range(1, ORDER + 1):
                planes = stored[f"keys{order}"]
                steps = planes.T.copy().view("<u8").ravel()
                self._keys.append(array("Q", np.cumsum(steps, dtype=np.uint64).tobytes()))
                self._costs.append(stored[f"costs{order}"].tobytes())
                self._backoffs.append(stored[f"backoffs{order}"].tobytes() if order < ORDER else b"")
        self._scores: dict[str, float] = {}
        self._distributions: dict[str, np.ndarray] = {}
        codes = np.frombuffer(self._keys[0], np.uint64).astype(np.uint16)
        #: For every UTF-16 code unit, the index of that character in a distribution; the last index stands for all
        #: characters that the model does not know.
        self.indices = np.full(0x10000, len(codes), np.uint16)
        self.indices[codes] = np.arange(len(codes), dtype=np.uint16)
        self._next = [self.indices[np.frombuffer(keys, np.uint64).astype(np.uint16)] for keys in self._keys]
        self._unigrams = np.append(
            np.frombuffer(self._costs[0], np.uint8) / np.float32(-COST_SCALE), np.float32(UNKNOWN_CHARACTER)
        )

    def distribution(self, history: str) -> np.ndarray:
        """The log-probability (nats, float32) of every character after ``history``, indexed by :attr:`indices`."""
        distribution = self._distributions.get(history)
        if distribution is None:
            distribution = self._unigrams.copy()
            for length in range(1, len(history) + 1):
                keys = self._keys[length]
                index = self._find(history[-length:])
                if index < 0:
                    continue
                distribution += (self._backoffs[length - 1][index] - BACKOFF_OFFSET) / BACKOFF_SCALE
                key = self._keys[length - 1][index]
                first = bisect_left(keys, key << 16)
                last = bisect_left(keys, (key + 1) << 16, first)
                costs = np.frombuffer(self._costs[length], np.uint8)[first:last]
                distribution[self._next[length][first:last]] = costs / np.float32(-COST_SCALE)
            if len(self._distributions) > MAX_CACHED_DISTRIBUTIONS:
                self._distributions.clear()
            self._distributions[history] = distribution
        return distribution

    def score(self, gram: str) -> float:
        """The log-probability (nats) of the last character of ``gram``, given the ones before it.

        ``gram`` has 1 to :data:`ORDER` characters, all of the basic plane.

        >>> model = language_model()
        >>> model.score("中国") > model.score("中果")
        True
        """
        score = self._scores.get(gram)
        if score is None:
            if len(self._scores) > MAX_CACHED_SCORES:
                self._scores.clear()
            score = self._scores[gram] = self._score(gram)
        return score

    def knows(self, gram: str) -> bool:
        """True when ``gram`` as a whole is one of the model's n-grams."""
        return self._find(gram) >= 0

    def _score(self, gram: str) -> float:
        index = self._find(gram)
        if index >= 0:
            return self._costs[len(gram) - 1][index] / -COST_SCALE
        if len(gram) == 1:
            return UNKNOWN_CHARACTER
        context = self._find(gram[:-1])
        backoff = (self._backoffs[len(gram) - 2][context] - BACKOFF_OFFSET) / BACKOFF_SCALE if context >= 0 else 0.0
        return backoff + self.score(gram[1:])

    def _find(self, gram: str) -> int:
        """The index of ``gram`` among the n-grams of its length; -1 if it is not one of them."""
        key = 0
        for character in gram:
            key = key << 16 | ord(character)
        if key >> 64:
            return -1
        keys = self._keys[len(gram) - 1]
        index = bisect_left(keys, key)
        return index if index < len(keys) and keys[index] == key else -1


@functools.cache
def language_model() -> CharacterModel:
    """The language model of this package, loaded once."""
    return CharacterModel()
