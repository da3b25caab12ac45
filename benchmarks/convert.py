"""How many characters each converter gets wrong, and how fast `convert` is compared with bare OpenCC in the same run.

python benchmarks/convert.py [--text FILE ...] [--pairs FILE]
"""

import difflib
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import opencc
import opencc_pyo3
import typer
import zhconv_rs
from rich.console import Console
from rich.table import Table

import zhengwen
from zhengwen.conversion.chains import CHAINS
from zhengwen.editions import BASE

_PAIRS = Path(__file__).with_name("pairs.jsonl")
_CHARACTERS = 1_000_000


def main(
    text: Annotated[
        list[Path] | None, typer.Option(help="Simplified text to measure the speed on; default: the corpus.")
    ] = None,
    pairs: Annotated[Path, typer.Option(help="JSON lines with the fields hans and hant.")] = _PAIRS,
) -> None:
    """Print both tables."""
    console = Console(width=100)
    console.print(accuracy([json.loads(line) for line in pairs.read_text(encoding="utf-8").splitlines()]))
    texts = {path.name: path.read_text(encoding="utf-8") for path in text or ()}
    if not texts:
        texts = {"the corpus": next(iter(zhengwen.Corpus.open())).text(BASE)}
    console.print(speed(texts))


def accuracy(pairs: list[dict]) -> Table:
    """How many characters each converter gets wrong, on the pairs used for tuning the corrections and on the others."""
    table = Table("to Traditional", "tuned on", "held back", "to Simplified", "tuned on", "held back", box=None)
    to_traditional = {
        "zhengwen": lambda text: zhengwen.convert(text, "hant", "hans").text,
        **{f"OpenCC {name}": opencc.OpenCC(name).convert for name in ("s2t", "s2tw", "s2twp")},
        **{f"opencc-pyo3 {name}": opencc_pyo3.OpenCC(name).convert for name in ("s2t", "s2tw")},
        **{f"zhconv-rs {name}": lambda text, name=name: zhconv_rs.zhconv(text, name) for name in ("zh-Hant", "zh-TW")},
    }
    to_simplified = {
        "zhengwen": lambda text: zhengwen.convert(text, "hans", "hant").text,
        **{f"OpenCC {name}": opencc.OpenCC(name).convert for name in ("t2s", "tw2s", "tw2sp")},
        **{f"opencc-pyo3 {name}": opencc_pyo3.OpenCC(name).convert for name in ("t2s", "tw2s")},
        "zhconv-rs zh-Hans": lambda text: zhconv_rs.zhconv(text, "zh-Hans"),
        "": None,
    }
    for left, right in zip(to_traditional.items(), to_simplified.items(), strict=True):
        row = []
        for (name, convert), (source, target) in ((left, ("hans", "hant")), (right, ("hant", "hans"))):
            if convert:
                row += [name, *(str(_wrong(pairs, source, target, convert, tuned)) for tuned in (True, False))]
        table.add_row(*row)
    sizes = [sum(len(pair["hans"]) for pair in pairs if bool(pair.get("tuned_on")) == tuned) for tuned in (True, False)]
    table.caption = f"wrong characters of {sizes[0]} and {sizes[1]}"
    return table


def speed(texts: dict[str, str]) -> Table:
    """Speed of ``convert`` with alignment and detection, as a ratio to bare OpenCC."""
    table = Table("text", "edition", "bare OpenCC", "with alignment", "ratio", box=None)
    for name, text in texts.items():
        text = (text * (_CHARACTERS // len(text) + 1))[:_CHARACTERS]
        traditional = opencc.OpenCC("s2tw").convert(text)
        for edition, step, source in (
            *((edition, chain.into, text) for edition, chain in CHAINS.items()),
            (BASE, CHAINS["hant"].back, traditional),
        ):
            bare = opencc.OpenCC(step.words or step.characters)
            ours, theirs = _best_of_each(
                lambda edition=edition, source=source: zhengwen.convert(source, edition),
                lambda bare=bare, source=source: bare.convert(source),
            )
            rates = [f"{len(source) / seconds / 1e6:.1f} M/s" for seconds in (theirs, ours)]
            table.add_row(name, edition, *rates, f"{theirs / ours:.2f}")
    table.caption = f"{_CHARACTERS:,} characters, the best of 7 runs each, in turns"
    return table


def _wrong(pairs: list[dict], source: str, target: str, convert: Callable[[str], str], tuned: bool) -> int:
    return sum(_differing(convert(pair[source]), pair[target]) for pair in pairs if bool(pair.get("tuned_on")) == tuned)


def _differing(converted: str, right: str) -> int:
    if len(converted) == len(right):
        return sum(character != expected for character, expected in zip(converted, right, strict=True))
    # If the lengths differ, count the characters outside the common runs of the two texts.
    matcher = difflib.SequenceMatcher(None, converted, right, autojunk=False)
    return max(len(converted), len(right)) - sum(block.size for block in matcher.get_matching_blocks())


def _best_of_each(*functions: Callable[[], object]) -> list[float]:
    """The time of the fastest run of each function, in seconds; the functions take turns."""
    best = [float("inf")] * len(functions)
    for function in functions:
        function()
    for _ in range(7):
        for number, function in enumerate(functions):
            start = time.perf_counter()
            function()
            best[number] = min(best[number], time.perf_counter() - start)
    return best


if __name__ == "__main__":
    typer.run(main)
