"""What the command ``score`` reads and prints."""

from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from zhengwen.assembly import assemble
from zhengwen.cli.streams import print_json, shown
from zhengwen.errors import ZhengwenError
from zhengwen.files import lines, parse_json
from zhengwen.load import load_dataset
from zhengwen.measure.scoring import TASKS, Score, score, task_of
from zhengwen.rows import rows
from zhengwen.schema import Config, Schema, read_schema
from zhengwen.seeds import DOCUMENT, read_seed


def print_score(
    console: Console, gold: str, repo: str | None, revision: str | None, name: str, content: str, format: str
) -> None:
    """Score the predictions in ``content`` (JSON lines, from the file ``name``) against ``gold``, and print the scores.

    ``gold`` is a config, of the packaged release or of the version ``revision`` of ``repo``, or the folder of a
    document.
    """
    schema = read_schema()
    predictions = _parsed(name, content)
    task = task_of(predictions, schema)
    figures = score(_gold_rows(gold, repo, revision, TASKS[task].family, schema), predictions, schema)
    if format == "json":
        for figure in figures:
            print_json(figure._asdict())
        return
    title = " ".join(part for part in (f"{task} against {gold}", repo and f"of {repo}", revision) if part)
    console.print(shown(title), soft_wrap=True)
    table = Table("measure", "label", box=None)
    for column in ("value", "precision", "recall", "in gold", "predicted"):
        table.add_column(column, justify="right")
    for figure in figures:
        table.add_row(figure.measure, figure.label or "all", *_cells(figure))
    console.print(table)


def _cells(figure: Score) -> list[str]:
    numbers = (figure.value, figure.precision, figure.recall)
    return ["–" if number is None else f"{number:.3f}" for number in numbers] + [
        str(figure.n_gold),
        str(figure.n_predicted),
    ]


def _parsed(name: str, content: str) -> list[Any]:
    records = []
    for number, line in enumerate(lines(content), start=1):
        try:
            records.append(parse_json(line))
        except ValueError as error:
            raise ZhengwenError(f"{name}:{number}: not JSON: {error}", fix="one JSON object per line") from None
    return records


def _gold_rows(gold: str, repo: str | None, revision: str | None, family: str, schema: Schema):
    """The rows of the config ``gold``, or of the document whose folder it is, in Simplified characters."""
    folder = Path(gold)
    if folder.name == "gold" and folder.is_dir():
        folder = folder.parent
    if (folder / DOCUMENT).is_file():
        if repo or revision:
            raise ZhengwenError(
                f"{gold}: is the folder of a document, which has no repo and no revision",
                fix=f"name a config, such as {family}-hans, or leave --repo and --revision out",
            )
        document = assemble(read_seed(folder.resolve()), schema)
        return list(rows(schema.config(f"{family}-hans"), [document], schema))
    config = schema.config(gold)
    if config.family != family:
        fitting = ", ".join(other.name for other in schema.configs.values() if other.family == family)
        raise ZhengwenError(
            f"these predictions cannot be scored against {gold}: it is a config of {config.family}, not of {family}",
            fix=f"score them against one of these: {fitting}",
        )
    if repo is None:
        return load_dataset(config.family, config.script, revision=revision, streaming=True)
    return _loaded(config, repo, revision)


def _loaded(config: Config, repo: str, revision: str | None):
    import datasets  # takes three seconds, and only a repo needs its exceptions

    datasets.disable_progress_bars()
    try:
        # Not as a stream: what is loaded whole is compared with the version that was asked for.
        return load_dataset(config.family, config.script, repo=repo, revision=revision)
    except (datasets.exceptions.DatasetsError, OSError, ValueError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ZhengwenError(
            f"{config.name} cannot be loaded from {repo}{f' at {revision}' if revision else ''}: {reason}",
            fix="check the id of the dataset (or the path of the folder), the revision, and the network",
        ) from None
