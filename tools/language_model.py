"""Makes the language model (``loaders/zhengwen/restoration/characters.npz``) from open-gram's model of words.

python tools/language_model.py OUT [--folder DIR] [--keep N]

open-gram is a word trigram model, made from some 460 million words of text and licensed CC BY-SA 3.0, as is everything
made from it.  Debian ships the model in the package sunpinyin-data, and a program that prints it in sunpinyin-utils;
both are fetched with apt-get, or read from a folder into which they have been unpacked.

How a word model becomes a character model: the expected count of a character n-gram is the sum of the counts of the
words that contain it, and of the pairs and triples of words in whose first word it begins and in whose last word it
ends.  An n-gram that extends over more than three words is not counted; its probability goes to the shorter n-gram.
The probability of a character after a context is its count divided by that of the context, and the rest goes to the
shorter context:

    p(x | h) = c(h x) / c(h) + left(h) p(x | shorter h)

The n-grams that are kept are those with the greatest gain: their count times the logarithm of the ratio between their
probability and the one that the shorter n-gram gives.  The back-off weights make up for those that are left out.

The file is NumPy's ``.npz``.  For each order ``n`` it contains ``keys<n>`` (the n-grams in order, 16 bits per
character, as differences, in byte planes), ``costs<n>`` (minus ten times the natural logarithm of the probability, one
byte) and ``backoffs<n>`` (sixteen times the natural logarithm of the back-off weight of this context, plus 128).
"""

import math
import struct
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from zhengwen.restoration.language_model import BACKOFF_OFFSET, BACKOFF_SCALE, COST_SCALE, ORDER

PACKAGES = ("sunpinyin-data", "sunpinyin-utils")
#: Where sunpinyin-data has its files, on any architecture.
DATA = "usr/lib/*/sunpinyin/data"

#: Marks that do not occur in open-gram, and the probabilities that are assumed for them.
MARKS = {
    **dict.fromkeys("《》（）", 2e-3),
    "—": 1e-3,
    **dict.fromkeys("·「」‘’　", 3e-4),
    **dict.fromkeys("『』【】％～０１２３４５６７８９", 1e-4),
    **dict.fromkeys("〈〉．－×", 3e-5),
    **dict.fromkeys("℃→●■★①②③", 1e-5),
}

#: The lowest expected count with which an n-gram is used, and the lowest share that is left for shorter contexts.
MIN_COUNT, MIN_LEFT = 1.0, 0.02
#: The pseudo-count that is added to each single character.
PSEUDO_COUNT = 0.5
#: The probability of a character that is not in the model, before the n-grams are pruned.
UNKNOWN_PROBABILITY = 1e-9
#: The lowest probability that n-grams may leave to backing off, so that the weight stays finite.
MIN_REST = 0.01

Counts = dict[str, float]


def main(
    out: Annotated[Path, typer.Argument(help="The file to write.")],
    folder: Annotated[Path | None, typer.Option(help="The folder into which the packages have been unpacked.")] = None,
    keep: Annotated[int, typer.Option(help="How many n-grams of two characters or more to keep.")] = 1_500_000,
) -> None:
    """Make the language model, and write it to the file OUT."""
    with tempfile.TemporaryDirectory() as temporary:
        root = folder or fetch(Path(temporary))
        data = next(root.glob(DATA), None)
        if data is None:
            raise SystemExit(f"{root}: no {DATA} here; unpack both {' and '.join(PACKAGES)} into one folder")
        model = read_model(root / "usr/bin/tslminfo", data / "lm_sc.t3g")
        counts = expected_counts(read_words(data / "pydict_sc.bin"), model)
    arrays = pack(*prune(*smooth(counts), keep))
    np.savez_compressed(out, **arrays)


def fetch(folder: Path) -> Path:
    """Fetch the packages, unpack them into ``folder``, and return it."""
    subprocess.run(["apt-get", "download", "-qq", *PACKAGES], cwd=folder, check=True)
    for archive in folder.glob("*.deb"):
        subprocess.run(["dpkg-deb", "-x", archive.name, "."], cwd=folder, check=True)
    return folder


def read_words(path: Path) -> list[str]:
    """The words of open-gram, by number; number 0, the end of a sentence, becomes a newline."""
    data = path.read_bytes()
    (start,) = struct.unpack_from("<I", data, 8)
    words = data[start:].decode("utf-32-le").split("\0")
    words[0] = "\n"
    return words


def read_model(program: Path, path: Path) -> Iterator[tuple[int, tuple[int, ...], float]]:
    """Every n-gram of words as ``(order, numbers, probability)``, shorter ones first."""
    command = [program, "-v", "-p", path]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        order = 0
        for line in process.stdout:
            if line.startswith("\\"):
                order = int(line[1])
            elif order:
                fields = line.split()
                yield order, tuple(map(int, fields[:order])), float(fields[order])
    # A program that stopped halfway has printed a smaller model, which must not be used.
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)


def expected_counts(words: list[str], model: Iterable[tuple[int, tuple[int, ...], float]]) -> list[Counts]:
    """The expected counts of n-grams of characters, by order (``counts[0]`` is empty)."""
    counts: list[Counts] = [defaultdict(float) for _ in range(ORDER + 1)]
    masses: dict[tuple[int, ...], float] = {}
    for order, numbers, probability in model:
        if order > 1 and numbers[:-1] not in masses:
            continue
        mass = probability * masses.get(numbers[:-1], 1.0)
        if order < 3:
            masses[numbers] = mass
        words_of_gram = [words[number] for number in numbers]
        if all(words_of_gram):
            _count(words_of_gram, mass, counts)
    # It is assumed that the rarest word occurred once.
    once = min(mass for numbers, mass in masses.items() if len(numbers) == 1)
    return [{gram: mass / once for gram, mass in of_order.items()} for of_order in counts]


def _count(words: list[str], mass: float, counts: list[Counts]) -> None:
    """Add ``mass`` to the counts of the n-grams that begin in the first of ``words`` and end in the last."""
    text = "".join(words)
    first_end, last_start = len(words[0]), len(text) - len(words[-1])
    for order in range(1, ORDER + 1):
        for start in range(max(last_start - order + 1, 0), min(first_end, len(text) - order + 1)):
            counts[order][text[start : start + order]] += mass


def smooth(counts: list[Counts]) -> tuple[list[Counts], list[Counts], list[Counts]]:
    """The interpolated probabilities, the share that each context leaves to the shorter, and the counts, by order."""
    known = {character for character in counts[1] if _is_gbk(character)}
    # Sorted, because the order of a set differs from run to run, and with it the last bits of a sum.
    total = sum(counts[1][character] for character in sorted(known)) + PSEUDO_COUNT * len(known)
    unigrams = {character: (counts[1][character] + PSEUDO_COUNT) / total for character in known}
    probabilities = [{}, unigrams | MARKS]
    left: list[Counts] = [{}, {}]
    known |= set(MARKS)
    for order in range(2, ORDER + 1):
        kept = {gram: count for gram, count in counts[order].items() if count >= MIN_COUNT and known.issuperset(gram)}
        sums: Counts = defaultdict(float)
        for gram, count in kept.items():
            sums[gram[:-1]] += count
        shares, totals = {}, {}
        for context, continued in sums.items():
            context_count = max(counts[order - 1].get(context, 0.0), continued)
            shares[context] = max(MIN_LEFT, 1 - continued / context_count)
            totals[context] = max(continued / (1 - shares[context]), context_count)
        probabilities.append(
            {
                gram: count / totals[gram[:-1]] + shares[gram[:-1]] * _backed_off(gram[1:], probabilities, left)
                for gram, count in kept.items()
            }
        )
        left.append(shares)
        counts[order] = kept
    return probabilities, left, counts


def _backed_off(gram: str, probabilities: list[Counts], left: list[Counts]) -> float:
    """The probability of the last character of ``gram`` after the others, backing off as far as necessary."""
    share = 1.0
    while gram not in probabilities[len(gram)]:
        if len(gram) == 1:
            return share * UNKNOWN_PROBABILITY
        share *= left[len(gram)].get(gram[:-1], 1.0)
        gram = gram[1:]
    return share * probabilities[len(gram)][gram]


def prune(
    probabilities: list[Counts], left: list[Counts], counts: list[Counts], keep: int
) -> tuple[list[Counts], list[Counts]]:
    """The probabilities of the ``keep`` n-grams with the greatest gain and of their contexts; the back-off weights.

    Both are by order.  The weights are by context, as natural logarithms.
    """
    gains = []
    for order in range(2, ORDER + 1):
        for gram, probability in probabilities[order].items():
            backed_off = left[order][gram[:-1]] * _backed_off(gram[1:], probabilities, left)
            gains.append((counts[order][gram] * math.log(probability / backed_off), gram))
    gains.sort(key=lambda gain_and_gram: (-gain_and_gram[0], gain_and_gram[1]))
    kept = {gram for _, gram in gains[:keep]}
    kept |= {gram[:length] for gram in kept for length in range(2, len(gram))}
    pruned = [{}, probabilities[1]]
    for order in range(2, ORDER + 1):
        pruned.append({gram: probability for gram, probability in probabilities[order].items() if gram in kept})
    weights: list[Counts] = [{}]
    for order in range(2, ORDER + 1):
        sums: Counts = defaultdict(float)
        shorter_sums: Counts = defaultdict(float)
        for gram in sorted(pruned[order]):
            sums[gram[:-1]] += pruned[order][gram]
            shorter_sums[gram[:-1]] += probabilities[order - 1].get(gram[1:], 0.0)
        weights.append(
            {
                context: math.log(max(1 - sums[context], MIN_REST) / max(1 - shorter_sums[context], MIN_REST))
                for context in sums
            }
        )
    return pruned, weights


def pack(probabilities: list[Counts], weights: list[Counts]) -> dict[str, np.ndarray]:
    """The arrays of the file."""
    arrays = {}
    for order in range(1, ORDER + 1):
        grams = sorted(probabilities[order])
        keys = np.array([_key(gram) for gram in grams], dtype=np.uint64)
        steps = np.diff(keys, prepend=np.uint64(0)).astype("<u8")
        arrays[f"keys{order}"] = steps.view(np.uint8).reshape(-1, 8).T.copy()
        arrays[f"costs{order}"] = _to_bytes([-COST_SCALE * math.log(probabilities[order][gram]) for gram in grams])
        if order < ORDER:
            backoffs = [BACKOFF_SCALE * weights[order].get(gram, 0.0) + BACKOFF_OFFSET for gram in grams]
            arrays[f"backoffs{order}"] = _to_bytes(backoffs)
    return arrays


def _to_bytes(values: list[float]) -> np.ndarray:
    return np.clip(np.round(values), 0, 255).astype(np.uint8)


def _key(gram: str) -> int:
    key = 0
    for character in gram:
        key = key << 16 | ord(character)
    return key


def _is_gbk(character: str) -> bool:
    try:
        character.encode("gbk")
    except UnicodeEncodeError:
        return False
    return True


if __name__ == "__main__":
    typer.run(main)
