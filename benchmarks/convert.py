"""How many characters a converter gets wrong, and how fast it is, against its peers in the same run.

python benchmarks/convert.py [--text FILE ...] [--pairs FILE]
"""

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

_PAIRS = Path(__file__).with_name("pairs.jsonl")
_CHARACTERS = 1_000_000


def main(
    text: Annotated[
        list[Path] | None, typer.Option(help="Simplified text to time on; the corpus when not given.")
    ] = None,
    pairs: Annotated[Path, typer.Option(help="JSON lines with hans and hant.")] = _PAIRS,
) -> None:
    """Print both tables."""
    console = Console(width=100)
    console.print(accuracy([json.loads(line) for line in pairs.read_text(encoding="utf-8").splitlines()]))
    texts = {path.name: path.read_text(encoding="utf-8") for path in text or ()}
    if not texts:
        texts = {"the corpus": next(iter(zhengwen.Corpus.open())).text("hans")}
    console.print(speed(texts))


def accuracy(pairs: list[dict]) -> Table:
    """Wrong characters a converter, on the pairs that were tuned on and on the others."""
    table = Table("to Traditional", "tuned on", "held back", "to Simplified", "tuned on", "held back", box=None)
    forth = {
        "zhengwen": lambda one: zhengwen.convert(one, "hant", "hans").text,
        **{f"OpenCC {name}": opencc.OpenCC(name).convert for name in ("s2t", "s2tw", "s2twp")},
        **{f"opencc-pyo3 {name}": opencc_pyo3.OpenCC(name).convert for name in ("s2t", "s2tw")},
        **{f"zhconv-rs {name}": lambda one, name=name: zhconv_rs.zhconv(one, name) for name in ("zh-Hant", "zh-TW")},
    }
    back = {
        "zhengwen": lambda one: zhengwen.convert(one, "hans", "hant").text,
        **{f"OpenCC {name}": opencc.OpenCC(name).convert for name in ("t2s", "tw2s", "tw2sp")},
        **{f"opencc-pyo3 {name}": opencc_pyo3.OpenCC(name).convert for name in ("t2s", "tw2s")},
        "zhconv-rs zh-Hans": lambda one: zhconv_rs.zhconv(one, "zh-Hans"),
        "": None,
    }
    for (name, to_hant), (other, to_hans) in zip(forth.items(), back.items(), strict=True):
        row = [name, *(str(_wrong(pairs, "hans", "hant", to_hant, tuned)) for tuned in (True, False))]
        if to_hans:
            row += [other, *(str(_wrong(pairs, "hant", "hans", to_hans, tuned)) for tuned in (True, False))]
        table.add_row(*row)
    size = [sum(len(pair["hans"]) for pair in pairs if bool(pair.get("tuned_on")) == tuned) for tuned in (True, False)]
    table.caption = f"wrong characters of {size[0]} and {size[1]}"
    return table


def speed(texts: dict[str, str]) -> Table:
    """Speed of ``convert`` with alignment and detection, as a ratio to bare OpenCC."""
    table = Table("text", "edition", "bare OpenCC", "with alignment", "ratio", box=None)
    for name, text in texts.items():
        text = (text * (_CHARACTERS // len(text) + 1))[:_CHARACTERS]
        traditional = opencc.OpenCC("s2tw").convert(text)
        for edition, config, source in (
            ("hant", "s2tw", text),
            ("hant-hk", "s2hk", text),
            ("hant-tw", "s2twp", text),
            ("hans", "tw2s", traditional),
        ):
            bare = opencc.OpenCC(config)
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


def _differing(one: str, other: str) -> int:
    if len(one) == len(other):
        return sum(a != b for a, b in zip(one, other, strict=True))
    # Other words: the characters of the right text that are not found in order.
    import difflib

    kept = sum(block.size for block in difflib.SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks())
    return max(len(one), len(other)) - kept


def _best_of_each(*functions: Callable[[], object]) -> list[float]:
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
