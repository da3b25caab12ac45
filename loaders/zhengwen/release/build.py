"""Writes the release, ``corpus/``: the whole folder, beside the old one, and then in its place."""

import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from zhengwen.document import Document
from zhengwen.errors import ZhengwenError
from zhengwen.files import canonical_json, read_yaml
from zhengwen.measure.annotation import read_passes
from zhengwen.records import LAYERS
from zhengwen.release.card import card, data_file, licence
from zhengwen.release.rows import Row, rows
from zhengwen.schema import Schema, read_schema
from zhengwen.seeds import Seed, canonical_lines, read_seed, seed_folders


@dataclass(frozen=True)
class Release:
    """What a release holds: its text files by path, and the rows of each config."""

    texts: dict[str, str]
    rows: dict[str, list[Row]]
    schema: Schema

    def table(self, config: str):
        """The rows of ``config`` as a ``pyarrow.Table``, encoded."""
        import pyarrow as pa

        shape = self.schema.rows[self.schema.config(config).family]
        return pa.Table.from_pylist([shape.encode(row) for row in self.rows[config]], schema=shape.arrow_schema())

    def paths(self) -> list[str]:
        """Every file of the release, by its path in ``corpus/``."""
        return sorted([*self.texts, *(data_file(config) for config in self.rows)])


def release(root: Path) -> Release:
    """What the seeds and the schema of the repository ``root`` give; nothing is written."""
    schema = read_schema(root / "schema")
    folders = seed_folders(root)
    seeds = [read_seed(folder) for folder in folders]
    passes = {seed.id: read_passes(folder, seed, schema) for seed, folder in zip(seeds, folders, strict=True)}
    documents = [Document.from_seed(seed, schema) for seed in seeds]
    about = read_yaml(root / "seeds" / "corpus.yaml")
    config_rows = {config.name: list(rows(config, documents, schema)) for config in schema.configs.values()}
    texts = {
        "README.md": card(about, seeds, passes, documents, config_rows, schema),
        "LICENSE": licence(about, seeds),
        **_annotations(seeds),
        **_alignments(documents),
    }
    return Release(texts, config_rows, schema)


def build(root: Path) -> list[str]:
    """Build ``corpus/`` of the repository ``root``, whose checks below level 5 must hold; returns the paths written.

    The new release is written into a folder beside the old one and then takes its place.  Whatever goes wrong before
    that, the old release stays as it is.  Raises :class:`ZhengwenError` when it cannot be written.
    """
    made = release(root)
    try:
        staging = Path(tempfile.mkdtemp(prefix=".corpus-", dir=root))
        try:
            _write(made, staging / "new")
            _swap(staging / "new", root / "corpus", staging / "old")
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    except OSError as error:
        raise ZhengwenError(
            f"{error.filename or root}: cannot write the release: {error.strerror}; corpus/ is as it was",
            fix="make room, or make the folder writable, and build again",
        ) from None
    return made.paths()


def _annotations(seeds: Sequence[Seed]) -> dict[str, str]:
    return {
        f"annotations/{seed.id}/{layer}.jsonl": canonical_lines(seed.gold[layer]) for seed in seeds for layer in LAYERS
    }


def _alignments(documents: Sequence[Document]) -> dict[str, str]:
    """How ``hans`` lies in the editions that do not share its offsets: a line an edition, four places a block."""
    return {
        f"annotations/{document.id}/alignments.jsonl": "".join(
            canonical_json({"edition": edition, "blocks": [list(block) for block in alignment.blocks]}) + "\n"
            for edition, alignment in document.alignments.items()
        )
        for document in documents
    }


def _write(made: Release, folder: Path) -> None:
    import pyarrow.parquet as pq

    for path, text in made.texts.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode("utf-8"))
    for config in made.rows:
        file = folder / data_file(config)
        file.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(made.table(config), file, compression="zstd")


def _swap(new: Path, target: Path, old: Path) -> None:
    try:
        if target.exists():
            os.rename(target, old)
        os.rename(new, target)
    except BaseException:
        if old.exists() and not target.exists():
            os.rename(old, target)
        raise
