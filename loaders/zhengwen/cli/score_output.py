"""What the command ``score`` reads and prints."""

from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table

from zhengwen.assembly import assemble
from zhengwen.cli.streams import print_json, shown
from zhengwen.errors import ZhengwenError
from zhengwen.files import lines, parse_json
from zhengwen.load import load_dataset, schema_of
from zhengwen.location import corpus_folder, location, location_around
from zhengwen.measure.scoring import TASKS, Score, score, task_of
from zhengwen.rows import rows
from zhengwen.schema import Config, Schema, read_schema
from zhengwen.seeds import DOCUMENT, read_seed


class Gold(NamedTuple):
    """What to score against: ``name`` is a config, or the folder of a document in ``seeds/``.

    A config is one of the version ``revision`` of ``repo``, a dataset on the hub or a folder, or else of ``corpus``
    (see :func:`zhengwen.location.location`).
    """

    name: str
    corpus: Path | None = None
    repo: str | None = None
    revision: str | None = None

    @property
    def document(self) -> Path | None:
        """The folder of the document; ``None`` for a config."""
        folder = Path(self.name)
        if folder.name == "gold" and folder.is_dir():
            folder = folder.parent
        return folder.resolve() if (folder / DOCUMENT).is_file() else None

    @property
    def source(self) -> str:
        """Where the release is that has the config: a dataset on the hub, or a folder."""
        if self.repo is not None:
            return self.repo
        if self.revision:
            raise ZhengwenError(
                f"--revision {self.revision} without --repo: a folder holds one version",
                fix="name the repo, or leave the revision out",
            )
        return str(corpus_folder(self.corpus))

    def schema(self) -> Schema:
        """The schema of the corpus that gold belongs to."""
        if self.document and not self.repo:
            return read_schema((location(self.corpus) if self.corpus else location_around(self.document)).schema)
        return schema_of(self.source, self.revision)


def print_score(console: Console, gold: Gold, name: str, content: str, format: str) -> None:
    """Score the predictions in ``content`` (JSON lines, from the file ``name``) against ``gold``."""
    predictions = _parsed(name, content)
    schema = gold.schema()
    task = task_of(predictions, schema)
    figures = score(_gold_rows(gold, TASKS[task].family, schema), predictions, schema)
    if format == "json":
        for figure in figures:
            print_json(figure._asdict())
        return
    title = " ".join(
        part for part in (f"{task} against {gold.name}", gold.repo and f"of {gold.repo}", gold.revision) if part
    )
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


def _gold_rows(gold: Gold, family: str, schema: Schema):
    """The rows of the config, or of the document whose folder it is in the characters of its base edition."""
    if gold.document:
        base = f"{family}-{schema.design.base}"
        if gold.repo or gold.revision:
            raise ZhengwenError(
                f"{gold.name}: is the folder of a document, which has no repo and no revision",
                fix=f"name a config, such as {base}, or leave --repo and --revision out",
            )
        return list(rows(schema.config(base), [assemble(read_seed(gold.document, schema.design), schema)], schema))
    config = schema.config(gold.name)
    if config.family != family:
        fitting = ", ".join(other.name for other in schema.configs.values() if other.family == family)
        raise ZhengwenError(
            f"these predictions cannot be scored against {gold.name}: "
            f"it is a config of {config.family}, not of {family}",
            fix=f"score them against one of these: {fitting}",
        )
    if gold.repo is None:
        # A local file is compared by its hash, so its rows need not be loaded whole.
        return load_dataset(config.family, config.script, repo=gold.source, revision=gold.revision, streaming=True)
    return _loaded(config, gold.repo, gold.revision)


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
