"""The scores of baselines made of rules and word lists on the released gold: the table of the dataset card.

    python benchmarks/baselines.py

Nothing is downloaded; the baselines are in ``zhengwen.measure.baselines``.
"""

from rich.console import Console
from rich.table import Table

import zhengwen
from zhengwen.measure.baselines import BASELINES
from zhengwen.measure.scoring import TASKS
from zhengwen.schema import read_schema


def rows(name: str) -> list[dict]:
    """The rows of a config, with names for class labels."""
    schema = read_schema()
    config = schema.config(name)
    shape = schema.rows[config.family]
    return [shape.decode(row) for row in zhengwen.load_dataset(config.family, config.script, streaming=True)]


def main() -> None:
    """Print every figure of every baseline."""
    table = Table("task", "baseline", "measure", "label", "value", "P", "R", "gold", "marked", box=None)
    for baseline in BASELINES:
        gold = rows(f"{TASKS[baseline.task].family}-hans")
        for figure in zhengwen.score(gold, baseline.predict(rows(baseline.reads))):
            numbers = (figure.value, figure.precision, figure.recall)
            shown = ["–" if number is None else f"{number:.3f}" for number in numbers]
            counts = (str(figure.n_gold), str(figure.n_predicted))
            table.add_row(baseline.task, baseline.name, figure.measure, figure.label or "all", *shown, *counts)
    Console(width=140).print(table)


if __name__ == "__main__":
    main()
