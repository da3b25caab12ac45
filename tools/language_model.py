"""Makes the model of characters (``loaders/zhengwen/restoration/characters.npz``) from open-gram's model of words.

python tools/language_model.py OUT [--folder DIR] [--keep N]

open-gram is a trigram model of words, of some 460 million words of text, and is licensed CC BY-SA 3.0; so is what is
made from it.  Debian ships it as sunpinyin-data, and a program that prints it in sunpinyin-utils; both are fetched with
apt-get, or read from a folder where they lie unpacked.

From a model of words to one of characters: the count that is to be expected of an n-gram of characters is the
sum of the counts of the words, pairs and triples of words that it lies in, in the smallest of them that covers it.  An
n-gram that runs over more than three words is not counted; what is missing for it goes to the shorter n-gram.  The
probability of a character behind a context is its count over that of the context, and what the counts leave goes to the
shorter context:

    p(x | h) = c(h x) / c(h) + left(h) p(x | shorter h)

N-grams are kept by how much they gain, which is their count times the logarithm of their probability over what the
shorter n-gram gives; what was left out is put into the price of backing off.

The file is NumPy's ``.npz``.  For each order ``n`` it holds ``keys<n>`` (the n-grams in order, 16 bits a character, as
differences, in byte planes), ``costs<n>`` (minus ten times the natural logarithm, one byte) and ``backoffs<n>``
(sixteen times the logarithm of the price of backing off from this context, plus 128).
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

ORDER = 4
PACKAGES = ("sunpinyin-data", "sunpinyin-utils")
#: Where sunpinyin-data has its files, whatever the architecture.
DATA = "usr/lib/*/sunpinyin/data"

#: Marks that open-gram has no words for, and how frequent they are taken to be.
MARKS = {
    **dict.fromkeys("《》（）", 2e-3),
    "—": 1e-3,
    **dict.fromkeys("·「」‘’　", 3e-4),
    **dict.fromkeys("『』【】％～０１２３４５６７８９", 1e-4),
    **dict.fromkeys("〈〉．－×", 3e-5),
    **dict.fromkeys("℃→●■★①②③", 1e-5),
}

#: The least that an n-gram may be expected, and the least share that is left for shorter contexts.
LEAST, LEFT = 1.0, 0.02

Counts = dict[str, float]


def main(
    out: Annotated[Path, typer.Argument(help="The file to write.")],
    folder: Annotated[Path | None, typer.Option(help="Where the packages lie unpacked.")] = None,
    keep: Annotated[int, typer.Option(help="How many n-grams of two characters or more are kept.")] = 1_500_000,
) -> None:
    """Make the model."""
    with tempfile.TemporaryDirectory() as temporary:
        root = folder or fetch(Path(temporary))
        data = next(root.glob(DATA), None)
        if data is None:
            raise SystemExit(f"{root}: no {DATA} here; unpack both {' and '.join(PACKAGES)} into one folder")
        model = read_model(root / "usr/bin/tslminfo", data / "lm_sc.t3g")
        counts = expected(read_words(data / "pydict_sc.bin"), model)
    arrays = pack(*prune(*smooth(counts), keep))
    np.savez_compressed(out, **arrays)


def fetch(folder: Path) -> Path:
    """Fetch the packages and unpack them into ``folder``."""
    subprocess.run(["apt-get", "download", "-qq", *PACKAGES], cwd=folder, check=True)
    for archive in folder.glob("*.deb"):
        subprocess.run(["dpkg-deb", "-x", archive.name, "."], cwd=folder, check=True)
    return folder


def read_words(path: Path) -> list[str]:
    """The words by their number; number 0 is the end of a sentence."""
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
    # A program that stopped halfway has printed a smaller model.
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)


def expected(words: list[str], model: Iterable[tuple[int, tuple[int, ...], float]]) -> list[Counts]:
    """The counts of n-grams of characters, by order (``counts[0]`` is empty)."""
    counts: list[Counts] = [defaultdict(float) for _ in range(ORDER + 1)]
    mass: dict[tuple[int, ...], float] = {}
    for order, numbers, probability in model:
        if order > 1 and numbers[:-1] not in mass:
            continue
        mine = probability * mass.get(numbers[:-1], 1.0)
        if order < 3:
            mass[numbers] = mine
        several = [words[number] for number in numbers]
        if all(several):
            _count(several, mine, counts)
    # The rarest word was seen once.
    once = min(one for numbers, one in mass.items() if len(numbers) == 1)
    return [{gram: many / once for gram, many in one.items()} for one in counts]


def _count(words: list[str], mass: float, counts: list[Counts]) -> None:
    """Count the n-grams that begin in the first of ``words`` and end in the last."""
    text = "".join(words)
    begun, ends = len(words[0]), len(text) - len(words[-1])
    for order in range(1, ORDER + 1):
        for start in range(max(ends - order + 1, 0), min(begun, len(text) - order + 1)):
            counts[order][text[start : start + order]] += mass


def smooth(counts: list[Counts]) -> tuple[list[Counts], list[Counts], list[Counts]]:
    """The interpolated probabilities of all n-grams, what is left at each context, and the counts, by order."""
    known = {one for one in counts[1] if _is_gbk(one)}
    # In order: the order of a set differs from run to run, and so would the last bits of a sum.
    total = sum(counts[1][one] for one in sorted(known)) + 0.5 * len(known)
    probabilities = [{}, {one: (counts[1][one] + 0.5) / total for one in known} | MARKS]
    left: list[Counts] = [{}, {}]
    known |= set(MARKS)
    for order in range(2, ORDER + 1):
        kept = {gram: many for gram, many in counts[order].items() if many >= LEAST and known.issuperset(gram)}
        sums: Counts = defaultdict(float)
        for gram, many in kept.items():
            sums[gram[:-1]] += many
        shares, totals = {}, {}
        for context, many in sums.items():
            whole = max(counts[order - 1].get(context, 0.0), many)
            shares[context] = max(LEFT, 1 - many / whole)
            totals[context] = max(many / (1 - shares[context]), whole)
        probabilities.append(
            {
                gram: many / totals[gram[:-1]] + shares[gram[:-1]] * _backed_off(gram[1:], probabilities, left)
                for gram, many in kept.items()
            }
        )
        left.append(shares)
        counts[order] = kept
    return probabilities, left, counts


def _backed_off(gram: str, probabilities: list[Counts], left: list[Counts]) -> float:
    share = 1.0
    while gram not in probabilities[len(gram)]:
        if len(gram) == 1:
            return share * 1e-9
        share *= left[len(gram)].get(gram[:-1], 1.0)
        gram = gram[1:]
    return share * probabilities[len(gram)][gram]


def prune(
    probabilities: list[Counts], left: list[Counts], counts: list[Counts], keep: int
) -> tuple[list[Counts], list[Counts]]:
    """The probabilities of the ``keep`` n-grams that gain most, with their contexts; and the prices of backing off."""
    gains = [
        (
            counts[order][gram] * math.log(one / (left[order][gram[:-1]] * _backed_off(gram[1:], probabilities, left))),
            gram,
        )
        for order in range(2, ORDER + 1)
        for gram, one in probabilities[order].items()
    ]
    gains.sort(key=lambda one: (-one[0], one[1]))
    kept = {gram for _, gram in gains[:keep]}
    kept |= {gram[:length] for gram in kept for length in range(2, len(gram))}
    pruned = [{}, probabilities[1]]
    for order in range(2, ORDER + 1):
        pruned.append({gram: one for gram, one in probabilities[order].items() if gram in kept})
    prices: list[Counts] = [{}]
    for order in range(2, ORDER + 1):
        mine: Counts = defaultdict(float)
        shorter: Counts = defaultdict(float)
        for gram in sorted(pruned[order]):
            mine[gram[:-1]] += pruned[order][gram]
            shorter[gram[:-1]] += probabilities[order - 1].get(gram[1:], 0.0)
        prices.append(
            {context: math.log(max(1 - mine[context], 0.01) / max(1 - shorter[context], 0.01)) for context in mine}
        )
    return pruned, prices


def pack(probabilities: list[Counts], prices: list[Counts]) -> dict[str, np.ndarray]:
    """The arrays of the file."""
    arrays = {}
    for order in range(1, ORDER + 1):
        grams = sorted(probabilities[order])
        keys = np.array([_key(gram) for gram in grams], dtype=np.uint64)
        steps = np.diff(keys, prepend=np.uint64(0)).astype("<u8")
        arrays[f"keys{order}"] = steps.view(np.uint8).reshape(-1, 8).T.copy()
        arrays[f"costs{order}"] = _byte([-10 * math.log(probabilities[order][gram]) for gram in grams])
        if order < ORDER:
            arrays[f"backoffs{order}"] = _byte([16 * prices[order].get(gram, 0.0) + 128 for gram in grams])
    return arrays


def _byte(values: list[float]) -> np.ndarray:
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
