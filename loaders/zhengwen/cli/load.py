"""The command ``load``: rows of a config as JSON lines."""

import json
from typing import Annotated

import typer

from zhengwen.cli.complete import configs
from zhengwen.cli.parameters import CorpusOption


def load(
    config: Annotated[str, typer.Argument(autocompletion=configs, help="The config, such as sentences-hant.")],
    limit: Annotated[int | None, typer.Option(min=0, max=2**31, help="Print at most this many rows.")] = None,
    corpus: CorpusOption = None,
) -> None:
    """Print the rows of a config as JSON lines, with class labels as names.

    Examples:
        zhengwen load stances-hant --limit 3
        zhengwen load sentences-hans > sentences.jsonl
    """
    from itertools import islice

    from zhengwen.load import schema_of
    from zhengwen.location import corpus_folder
    from zhengwen.release.reader import ReleaseFolder

    release = ReleaseFolder(corpus_folder(corpus))
    schema = schema_of(release.folder)
    table = schema.config(config)
    shape = schema.rows[table.family]
    for row in islice(release.encoded_rows(table.name), limit):
        print(json.dumps(shape.decode(row), ensure_ascii=False))
