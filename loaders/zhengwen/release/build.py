"""Builds the release: computes every file of it in memory, then replaces the folder ``corpus/`` in one step."""

import copy
import functools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from zhengwen.atomic import replace_folder
from zhengwen.design import DESIGN
from zhengwen.document import Document
from zhengwen.errors import ZhengwenError
from zhengwen.files import canonical_json, read_text
from zhengwen.labels import labels_text
from zhengwen.passes import Rounds
from zhengwen.prose import Prose, read_prose
from zhengwen.release.card import Described, card, licence
from zhengwen.release.changelog import date_of
from zhengwen.release.croissant import croissant
from zhengwen.release.layout import (
    ALIGNMENTS,
    CARD,
    CROISSANT,
    LICENCE,
    MANIFEST,
    annotation_file,
    data_file,
    schema_file,
)
from zhengwen.release.ledger import Entry, earlier, read_ledger, unchanged_since
from zhengwen.release.manifest import (
    data_digest,
    file_entries,
    label_counts,
    labels_digest,
    made_with,
    rows_digest,
    schema_digest,
    sha256,
    to_text,
)
from zhengwen.repository.reading import Repository, assert_readable
from zhengwen.rows import Row, rows
from zhengwen.schema import GUIDELINES, LABELS, Schema
from zhengwen.seeds import Seed, canonical_lines


class RowShapeError(ZhengwenError):
    """The rows of ``family`` do not have their shape; ``what`` says how they differ."""

    def __init__(self, family: str, what: str):
        super().__init__(f"schema/rows/{family}.yaml: {what}", fix="correct the shape, or the code that makes the rows")
        self.family = family
        self.what = what


class Release:
    """The release that is built from a repository; each part of it is computed once, when it is first used.

    ``date`` is the date of this version in the changelog (``YYYY-MM-DD``), ``ledger`` the releases so far.
    """

    def __init__(self, repository: Repository, date: str, ledger: Sequence[Entry]):
        self.schema: Schema = repository.schema
        self.about: Mapping[str, Any] = repository.about
        self.version: str = repository.version
        self.seeds: Sequence[Seed] = [document.seed for document in repository.documents]
        self.documents: Sequence[Document] = [document.document for document in repository.documents]
        self.rounds: Mapping[str, Rounds] = {document.id: document.rounds for document in repository.documents}
        self.prose: Prose = read_prose(repository.root)
        self.date = date
        self.ledger = ledger
        self._schema_folder = repository.root / "schema"

    def with_history(self, date: str, ledger: Sequence[Entry]) -> "Release":
        """The release of the same seeds on another day, or after other releases.

        It shares with this one what has been computed already and does not depend on the two.
        """
        release = copy.copy(self)
        release.date, release.ledger = date, ledger
        vars(release).pop("entry", None)
        if date != self.date:
            vars(release).pop("texts", None)  # the card states the year
        return release

    # Content that does not depend on the bytes of Parquet files.

    @functools.cached_property
    def annotations(self) -> dict[str, str]:
        """The text of each annotation file, by path: the gold of each document, and its alignments."""
        gold = {
            annotation_file(seed.id, layer): canonical_lines(seed.gold[layer])
            for seed in self.seeds
            for layer in seed.gold
        }
        return gold | {
            annotation_file(document.id, ALIGNMENTS): _alignment_lines(document) for document in self.documents
        }

    @functools.cached_property
    def rows(self) -> dict[str, list[Row]]:
        """The decoded rows of each config; raises :class:`RowShapeError` if their fields are not those of the shape."""
        made: dict[str, list[Row]] = {}
        for config in self.schema.configs.values():
            made[config.name] = list(rows(config, self.documents, self.schema))
            fields = self.schema.rows[config.family].fields.keys()
            for row in made[config.name]:
                if row.keys() != fields:
                    differing = ", ".join(sorted(row.keys() ^ fields))
                    message = f"not in both the shape and the rows of {config.name}: {differing}"
                    raise RowShapeError(config.family, message)
        return made

    @functools.cached_property
    def schema_files(self) -> dict[str, str]:
        """The guidelines, the labels and the shapes that the release was made by, and their JSON Schemas, by path."""
        texts = {name: read_text(self._schema_folder / name) for name in (GUIDELINES, DESIGN)}
        texts |= {name: read_text(path) for name, path in self.schema.files.items()}
        texts |= {LABELS: labels_text(self.schema.labels)} | self.schema.json_files()
        return {schema_file(name): text for name, text in texts.items()}

    @property
    def described(self) -> Described:
        """What the card tells of."""
        return Described(
            about=self.about,
            seeds=self.seeds,
            rounds=self.rounds,
            documents=self.documents,
            rows=self.rows,
            digests=self.digests,
            schema=self.schema,
            date=self.date,
            prose=self.prose,
        )

    @functools.cached_property
    def texts(self) -> dict[str, str]:
        """The text files that do not describe other files (card, licence, schema, annotation), by path."""
        return {
            CARD: card(self.described),
            LICENCE: licence(self.about, self.seeds),
            **self.schema_files,
            **self.annotations,
        }

    @functools.cached_property
    def digests(self) -> dict[str, str]:
        """The digest of the rows of each config."""
        return {config: rows_digest(config_rows) for config, config_rows in self.rows.items()}

    @functools.cached_property
    def entry(self) -> Entry:
        """The line of the ledger for this release."""
        annotations = {path: sha256(text.encode("utf-8")) for path, text in self.annotations.items()}
        terms = sha256(licence(self.about, self.seeds).encode("utf-8"))
        meaning = schema_digest(self.schema, self.schema_files[schema_file(GUIDELINES)])
        return Entry(self.version, self.date, data_digest(self.digests, annotations), meaning, terms)

    # Files.

    def paths(self) -> list[str]:
        """Every file of the release, by its path in ``corpus/``."""
        described = (CARD, LICENCE, CROISSANT, MANIFEST)
        return sorted([*described, *self.schema_files, *self.annotations, *map(data_file, self.schema.configs)])

    def table(self, config: str) -> pa.Table:
        """The encoded rows of ``config``; raises :class:`RowShapeError` when they do not have their shape."""
        shape = self.schema.rows[self.schema.config(config).family]
        try:
            return pa.Table.from_pylist([shape.encode(row) for row in self.rows[config]], schema=shape.arrow_schema())
        except (pa.ArrowException, ValueError, KeyError, TypeError) as error:
            raise RowShapeError(shape.name, f"the rows of {config} do not have this shape: {error}") from None

    @functools.cached_property
    def parquet(self) -> dict[str, bytes]:
        """The rows of each config as the bytes of a Parquet file, by path."""
        files = {}
        for config in self.rows:
            sink = pa.BufferOutputStream()
            pq.write_table(self.table(config), sink, compression="zstd")
            files[data_file(config)] = sink.getvalue().to_pybytes()
        return files

    def describe(self, parquet: Mapping[str, bytes], tools: Mapping[str, str] | None = None) -> dict[str, str]:
        """``croissant.json`` and ``manifest.json``, by path, for a release with these Parquet files.

        ``tools`` maps the libraries that made the Parquet files to their versions, by default the installed ones.
        """
        created = self.ledger[0].date if self.ledger else self.date
        metadata = croissant(self.described, parquet, created)
        texts = {**self.texts, CROISSANT: metadata}
        files = {**{path: text.encode("utf-8") for path, text in texts.items()}, **parquet}
        released = earlier(self.ledger, self.version)
        manifest = {
            "name": self.about["name"],
            "version": self.version,
            "date": self.date,
            "data": {
                "digest": self.entry.digest,
                "since": unchanged_since(self.ledger, self.version, self.entry.digest),
                "earlier": {entry.version: entry.digest for entry in released},
            },
            "ledger": sha256("".join(entry.line() for entry in released).encode("utf-8")),
            "labels": labels_digest(self.schema),
            "made_with": dict(tools or made_with()),
            "documents": {document.id: _sizes(document) for document in self.documents},
            "configs": {config: self._described_config(config) for config in self.rows},
            "files": file_entries(files),
        }
        return {CROISSANT: metadata, MANIFEST: to_text(manifest)}

    def _described_config(self, name: str) -> dict[str, Any]:
        shape = self.schema.rows[self.schema.config(name).family]
        return {
            "path": data_file(name),
            "description": shape.description,
            "rows": len(self.rows[name]),
            "columns": list(shape.fields),
            "sha256": self.digests[name],
            "labels": label_counts(shape, self.rows[name]),
        }

    def files(self) -> dict[str, bytes]:
        """Every file of the release by its path in ``corpus/``, in the order in which they are written."""
        texts = {**self.texts, **self.describe(self.parquet)}
        manifest = texts.pop(MANIFEST)
        return {
            **self.parquet,
            **{path: text.encode("utf-8") for path, text in texts.items()},
            MANIFEST: manifest.encode("utf-8"),
        }


def release(repository: Repository, computed: Release | None = None) -> Release:
    """The release that is built from ``repository``; nothing is written.

    ``computed`` is one that was built from the same repository before: only the changelog and the ledger are read
    again.  Raises :class:`ZhengwenError` when the repository has findings, or when its changelog or its ledger cannot
    be read.
    """
    assert_readable(repository)
    date, ledger = date_of(repository.root, repository.version), read_ledger(repository.root)
    return computed.with_history(date, ledger) if computed else Release(repository, date, ledger)


def _sizes(document: Document) -> dict[str, int]:
    """How many characters a document has, and how many records each of its layers has."""
    counts = {layer: len(records) for layer, records in document.gold.items()}
    return {"characters": len(document.text()), **counts}


def _alignment_lines(document: Document) -> str:
    """The alignments of the base with the editions that do not share its offsets, as JSON lines: one per edition."""
    return "".join(
        canonical_json({"edition": edition, "blocks": [list(block) for block in alignment.blocks]}) + "\n"
        for edition, alignment in document.alignments.items()
    )


def write_release(made: Release, root: Path) -> list[str]:
    """Write ``made`` as ``corpus/`` of the repository ``root``; returns the paths of its files, relative to it.

    Whatever goes wrong, even if the process is killed, a reader finds the whole old release or the whole new one
    (:mod:`zhengwen.atomic`).
    Raises :class:`ZhengwenError` when it cannot be written.
    """
    files = made.files()
    replace_folder(files, root / "corpus")
    return sorted(files)
