"""Makes the release, ``corpus/``: everything in it, and then the folder whole, in the place of the old one."""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zhengwen import __version__
from zhengwen.document import Document
from zhengwen.errors import ZhengwenError
from zhengwen.files import canonical_json, read_yaml
from zhengwen.measure.annotation import read_passes
from zhengwen.records import LAYERS
from zhengwen.release.atomic import replace_folder
from zhengwen.release.card import card, data_file, licence
from zhengwen.release.changelog import date_of
from zhengwen.release.croissant import CROISSANT, croissant
from zhengwen.release.ledger import Entry, earlier, read_ledger, record, unchanged_since
from zhengwen.release.manifest import (
    MANIFEST,
    data_digest,
    file_entries,
    label_counts,
    labels_digest,
    made_with,
    rows_digest,
    sha256,
    to_text,
)
from zhengwen.release.rows import Row, rows
from zhengwen.schema import Schema, read_schema
from zhengwen.seeds import Seed, canonical_lines, read_seed, seed_folders


@dataclass(frozen=True)
class Release:
    """What a release holds: the rows of each config, and the texts by path that are made from ``seeds/`` alone.

    ``date`` is the day of this version by the changelog, ``ledger`` the releases so far.
    """

    texts: dict[str, str]
    rows: dict[str, list[Row]]
    schema: Schema
    about: Mapping[str, Any]
    seeds: Sequence[Seed]
    date: str
    ledger: Sequence[Entry]

    def table(self, config: str):
        """The rows of ``config`` as a ``pyarrow.Table``, encoded."""
        import pyarrow as pa

        shape = self.schema.rows[self.schema.config(config).family]
        try:
            return pa.Table.from_pylist([shape.encode(row) for row in self.rows[config]], schema=shape.arrow_schema())
        except (pa.ArrowException, ValueError, KeyError, TypeError) as error:
            raise RowShapeError(shape.name, f"the rows of {config} are not of this shape: {error}") from None

    def paths(self) -> list[str]:
        """Every file of the release, by its path in ``corpus/``."""
        return sorted([*self.texts, *self._described, *(data_file(config) for config in self.rows)])

    @functools.cached_property
    def digests(self) -> dict[str, str]:
        """The digest of the rows of each config."""
        return {config: rows_digest(config_rows) for config, config_rows in self.rows.items()}

    @functools.cached_property
    def entry(self) -> Entry:
        """The line of the ledger that releases this."""
        annotations = {
            path: sha256(text.encode("utf-8")) for path, text in self.texts.items() if path.startswith("annotations/")
        }
        return Entry(__version__, self.date, data_digest(self.digests, annotations))

    def parquet(self) -> dict[str, bytes]:
        """The rows of each config as the bytes of a Parquet file, by path."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        files = {}
        for config in self.rows:
            sink = pa.BufferOutputStream()
            pq.write_table(self.table(config), sink, compression="zstd")
            files[data_file(config)] = sink.getvalue().to_pybytes()
        return files

    #: The files that say what the other files are, and so are made after them, in this order.
    _described = (CROISSANT, MANIFEST)

    def describe(self, parquet: Mapping[str, bytes], tools: Mapping[str, str] | None = None) -> dict[str, str]:
        """What describes the other files: the texts by path, for a release with these Parquet files.

        ``tools`` are the versions of the libraries that made them, by default those that are here.
        """
        created = self.ledger[0].date if self.ledger else self.date
        metadata = croissant(self.about, self.seeds, parquet, self.schema, self.date, created)
        texts = {**self.texts, CROISSANT: metadata}
        files = {**{path: text.encode("utf-8") for path, text in texts.items()}, **parquet}
        manifest = {
            "name": self.about["name"],
            "version": __version__,
            "date": self.date,
            "data": {
                "digest": self.entry.digest,
                "since": unchanged_since(self.ledger, __version__, self.entry.digest),
                "earlier": {entry.version: entry.digest for entry in earlier(self.ledger, __version__)},
            },
            "labels": labels_digest(self.schema),
            "made_with": dict(tools or made_with()),
            "configs": {config: self._config(config) for config in self.rows},
            "files": file_entries(files),
        }
        return {CROISSANT: metadata, MANIFEST: to_text(manifest)}

    def _config(self, name: str) -> dict[str, Any]:
        shape = self.schema.rows[self.schema.config(name).family]
        return {
            "path": data_file(name),
            "rows": len(self.rows[name]),
            "columns": list(shape.fields),
            "sha256": self.digests[name],
            "labels": label_counts(shape, self.rows[name]),
        }

    def files(self) -> dict[str, bytes]:
        """Every file of the release by its path in ``corpus/``, in the order in which they are written."""
        parquet = self.parquet()
        texts = {**self.texts, **self.describe(parquet)}
        manifest = texts.pop(MANIFEST)
        return {
            **parquet,
            **{path: text.encode("utf-8") for path, text in texts.items()},
            MANIFEST: manifest.encode("utf-8"),
        }


def release(root: Path) -> Release:
    """What the seeds and the schema of the repository ``root`` give; nothing is written."""
    schema = read_schema(root / "schema")
    folders = seed_folders(root)
    seeds = [read_seed(folder) for folder in folders]
    passes = {seed.id: read_passes(folder, seed, schema) for seed, folder in zip(seeds, folders, strict=True)}
    documents = [Document.from_seed(seed, schema) for seed in seeds]
    about = read_yaml(root / "seeds" / "corpus.yaml")
    config_rows = {config.name: list(rows(config, documents, schema)) for config in schema.configs.values()}
    _refuse_other_fields(config_rows, schema)
    texts = {
        "README.md": card(about, seeds, passes, documents, config_rows, schema),
        "LICENSE": licence(about, seeds),
        **_annotations(seeds),
        **_alignments(documents),
    }
    return Release(texts, config_rows, schema, about, seeds, date_of(root, __version__), read_ledger(root))


class RowShapeError(ZhengwenError):
    """The rows of ``family`` are not of the shape in ``schema/rows/``; ``what`` says how they differ."""

    def __init__(self, family: str, what: str):
        super().__init__(f"schema/rows/{family}.yaml: {what}", fix="mend the shape, or what makes the rows")
        self.family = family
        self.what = what


def _refuse_other_fields(config_rows: Mapping[str, Sequence[Row]], schema: Schema) -> None:
    """What is made of rows relies on their fields."""
    for config, made in config_rows.items():
        family = schema.config(config).family
        fields = schema.rows[family].fields.keys()
        for row in made:
            if row.keys() != fields:
                differing = ", ".join(sorted(row.keys() ^ fields))
                raise RowShapeError(family, f"the rows and the shape do not both have the fields {differing}")


def build(root: Path) -> list[str]:
    """Build ``corpus/`` of the repository ``root``, whose checks below level 5 must hold; returns the paths written.

    Whatever goes wrong, even a kill, a reader finds the old release or the new one (:mod:`zhengwen.release.atomic`).
    Raises :class:`ZhengwenError` when it cannot be written.
    """
    files = release(root).files()
    replace_folder(files, root / "corpus")
    return sorted(files)


def enter(root: Path) -> Entry | None:
    """Append this version to the ledger of ``root``: it is released now; ``None`` when it was already.

    Raises :class:`ZhengwenError` when the version is there with other data, or is older than the last.
    """
    entry = release(root).entry
    return entry if record(root, entry) else None


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
