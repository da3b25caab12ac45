"""Reads a release from its folder; all other code reads releases through this module.

The shape of the rows is taken from the Parquet files (the columns, and the features in their metadata), not from
today's schema, so that a release that another version made can be read and compared.
"""

import functools
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Self

import pyarrow as pa
import pyarrow.parquet as pq

from zhengwen.columns import decoded
from zhengwen.conversion.chains import origin
from zhengwen.design import DESIGN, Design, design_of, read_design
from zhengwen.document import Document
from zhengwen.editions import EDITIONS
from zhengwen.errors import UnknownNameError, ZhengwenError
from zhengwen.files import lines, parse_json, parse_yaml, read_text
from zhengwen.layers import layers_of
from zhengwen.parquet import parquet_source
from zhengwen.release.layout import (
    ALIGNMENTS,
    CARD,
    LICENCE,
    MANIFEST,
    annotation_file,
    configs_in,
    data_file,
    documents_in,
    layers_in,
    schema_file,
)
from zhengwen.release.manifest import (
    FileEntry,
    data_digest,
    difference_of,
    entries_of,
    read_manifest,
    rows_digest,
    sha256,
)
from zhengwen.text.align import Alignment

_FIX = "name the folder of a complete release; in a repository, run `zhengwen build`"


#: The design of the releases that state none.
_FIRST_DESIGN = {
    "base": "hans",
    "editions": ["hans", "hant", "hant-hk", "hant-tw"],
    "layers": ["sentences", "entities", "clusters", "quotes", "stances"],
    "restoration": True,
}


@dataclass(frozen=True)
class ConfigTable:
    """One config: its columns, the type and the class labels of each field by its path, and its decoded rows.

    The path of a field that is inside another, or inside the items of a list, is ``entities.type``.
    """

    columns: list[str]
    fields: Mapping[str, str]
    labels: Mapping[str, list[str]]
    rows: list[dict[str, Any]]


class Terms(NamedTuple):
    """What a release says beside its data; empty where it does not say so.

    ``labels`` is the digest of all labels and their meanings, ``licence`` the name of the licence in the card, and
    ``text`` the file ``LICENSE``.
    """

    labels: str
    licence: str
    text: str


class ReleaseFolder:
    """The release in a folder; each part of it is read when it is first used.

    ``name`` is what errors and diffs call it.  A file is compared with the manifest when it is first used, unless the
    folder ``is_trusted``, as one is that git has just written.  Raises :class:`ZhengwenError` when there is no release
    in the folder, and later, when a part that is used cannot be read, or is not what the manifest states.

    >>> from zhengwen.paths import corpus_path
    >>> "clusters" in ReleaseFolder(corpus_path()).configs
    True
    """

    def __init__(self, folder: Path | str, name: str = "", *, is_trusted: bool = False):
        self.folder = Path(folder)
        self.name = name or str(folder)
        self._is_trusted = is_trusted
        self._compared: set[str] = set()
        if not configs_in(self.folder):
            raise ZhengwenError(f"{self.name}: no release here (no {data_file('*')})", fix=_FIX)

    @property
    def documents(self) -> list[str]:
        """The ids of the documents."""
        return list(self._document_rows)

    @functools.cached_property
    def manifest(self) -> dict[str, Any]:
        """The content of ``manifest.json``."""
        return read_manifest(self.folder)

    @functools.cached_property
    def design(self) -> Design:
        """The design of the corpus."""
        path = schema_file(DESIGN)
        return stated_design(self._file(path) if (self.folder / path).is_file() else None)

    # Rows.

    @functools.cached_property
    def configs(self) -> Mapping[str, ConfigTable]:
        """Every config by its name."""
        return {config: self.table(config) for config in configs_in(self.folder)}

    def encoded_rows(self, config: str) -> Iterator[dict[str, Any]]:
        """The rows of ``config`` with class labels as numbers, read batch by batch in constant memory."""
        path = self._file(data_file(config))
        try:
            with parquet_source(path) as source, pq.ParquetFile(source) as file:
                for batch in file.iter_batches(use_threads=False):
                    yield from batch.to_pylist()
        except (pa.ArrowException, OSError) as error:
            raise self._unreadable(path, error) from None

    def table(self, config: str) -> ConfigTable:
        """One config; raises :class:`ZhengwenError` when its file is missing or cannot be read."""
        path = self._file(data_file(config))
        try:
            with parquet_source(path) as source:
                table = pq.read_table(source)
            features = features_in(table.schema)
            fields: dict[str, str] = {}
            for field in table.schema:
                fields |= _types(field.name, field.type, features[field.name])
            labels = {path: names for name, feature in features.items() for path, names in label_names(name, feature)}
            rows = [{name: decoded(features[name], value) for name, value in row.items()} for row in table.to_pylist()]
        except (pa.ArrowException, OSError, TypeError, KeyError, ValueError, AttributeError) as error:
            raise self._unreadable(path, error) from None
        return ConfigTable(table.column_names, fields, labels, rows)

    # Annotation.

    @functools.cached_property
    def annotations(self) -> Mapping[str, Mapping[str, list[dict[str, Any]]]]:
        """The annotation of each document: layer (or ``ALIGNMENTS``) to its records, as parsed JSON."""
        return {
            document: {
                layer: self._json_lines(annotation_file(document, layer)) for layer in layers_in(self.folder, document)
            }
            for document in documents_in(self.folder)
        }

    @functools.cached_property
    def digest(self) -> str:
        """The digest of all data, computed from rows and annotation, not taken from the manifest."""
        rows = {config: rows_digest(table.rows) for config, table in self.configs.items()}
        files = [annotation_file(document, layer) for document, layers in self.annotations.items() for layer in layers]
        return data_digest(rows, {path: sha256((self.folder / path).read_bytes()) for path in files})

    @functools.cached_property
    def terms(self) -> Terms:
        """What the release says of its labels and of its licence."""
        texts = {
            path: read_text(self.folder / path) if (self.folder / path).is_file() else "" for path in (CARD, LICENCE)
        }
        labels = self.manifest.get("labels", "") if (self.folder / MANIFEST).is_file() else ""
        # An id that hubs know stands in `license`; beside any other name there stands `other`.
        named = dict(re.findall(r"^(license|license_name): (.*)$", texts[CARD], flags=re.MULTILINE))
        return Terms(labels, named.get("license_name") or named.get("license", ""), texts[LICENCE])

    @functools.cached_property
    def title(self) -> str:
        """What the corpus is called: as its card says, or else its name in the manifest."""
        self._file(CARD)
        stated = re.search(r"^pretty_name: (.*)$", read_text(self.folder / CARD), flags=re.MULTILINE)
        title = parse_yaml(stated[1].encode("utf-8"), self.folder / CARD) if stated else None
        return str(title or self.manifest["name"])

    def text(self, document: str, edition: str) -> str | None:
        """The text of a document in an edition; ``None`` when this release does not have it."""
        return self._document_rows.get(document, {}).get(EDITIONS[edition].column)

    def read_all(self) -> Self:
        """Read every part now, for a folder that is about to be deleted."""
        self.digest, self.terms, self._document_rows  # noqa: B018
        return self

    # Documents.

    def document(self, id: str) -> Document:
        """One document, with all its layers; raises :class:`UnknownNameError` for an unknown ``id``."""
        if id not in self._document_rows:
            raise UnknownNameError("document", id, self._document_rows)
        row = dict(self._document_rows[id])
        texts = {
            name: row.pop(edition.column) for name, edition in EDITIONS.items() if row.get(edition.column) is not None
        }
        gold = {}
        for name, layer in layers_of(self.design).items():
            path = annotation_file(id, name)
            records = self._json_lines(path)
            try:
                gold[name] = [layer.RECORD.from_dict(record) for record in records]
            except (ValueError, TypeError, AttributeError) as error:
                raise self._unreadable(self.folder / path, error) from None
        self._assert_texts(id, texts, self.design.editions)
        path = annotation_file(id, ALIGNMENTS)
        records = self._json_lines(path)
        try:
            self._assert_texts(id, texts, [record["edition"] for record in records])
            alignments = {
                record["edition"]: Alignment(
                    len(texts[self.design.base]), len(texts[record["edition"]]), record["blocks"]
                )
                for record in records
            }
        except (ValueError, TypeError, KeyError) as error:
            raise self._unreadable(self.folder / path, error) from None
        provenance = {name: value for name, value in row.items() if name != "id"}
        document = Document(id, provenance, texts, alignments, gold, layers_of(self.design), self.design.base)
        self._assert_spans_carry_over(document)
        return document

    def _assert_texts(self, id: str, texts: Mapping[str, str], editions: Iterable[str]) -> None:
        if missing := [edition for edition in editions if edition not in texts]:
            raise ZhengwenError(f"{self.name}: {id} has no text in {', '.join(missing)}", fix=_FIX)

    def _assert_spans_carry_over(self, document: Document) -> None:
        aligned = [name for name in self.design.editions if origin(name, self.design.base).offsets == "aligned"]
        if missing := [name for name in aligned if name not in document.alignments]:
            raise ZhengwenError(f"{self.name}: {document.id} has no alignment in {', '.join(missing)}", fix=_FIX)

    @functools.cached_property
    def _document_rows(self) -> dict[str, dict[str, Any]]:
        try:
            return {row["id"]: row for row in self.encoded_rows("documents")}
        except KeyError:
            raise self._unreadable(self.folder / data_file("documents"), ValueError("it has no column id")) from None

    # Files.

    def _file(self, path: str) -> Path:
        """The file at ``path``, which has been compared with the manifest when it was first used."""
        file = self.folder / path
        if not file.is_file():
            raise ZhengwenError(f"{self.name}: not a complete release ({path} is missing)", fix=_FIX)
        if path not in self._compared and not self._is_trusted:
            if difference := difference_of(file, self._entries.get(path)):
                raise ZhengwenError(f"{file}: {difference}", fix="take a fresh copy of the release, or build it")
            self._compared.add(path)
        return file

    def assert_unchanged(self, path: str) -> None:
        """Raise :class:`ZhengwenError` when the file at ``path`` is missing, or is not what the manifest states."""
        self._file(path)

    @functools.cached_property
    def _entries(self) -> dict[str, FileEntry]:
        return entries_of(self.manifest)

    def _json_lines(self, path: str) -> list[dict[str, Any]]:
        file = self._file(path)
        try:
            return [parse_json(line) for line in lines(read_text(file))]
        except ValueError as error:
            raise self._unreadable(file, error) from None

    def _unreadable(self, path: Path, error: Exception) -> ZhengwenError:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        return ZhengwenError(f"{path}: cannot be read: {reason}", fix=_FIX)


def stated_design(file: Path | None) -> Design:
    """The design in ``file``, that of a release; early releases state none (``None``), and all had the same."""
    return read_design(file) if file else design_of(_FIRST_DESIGN)


def features_in(schema: pa.Schema) -> dict[str, Any]:
    """The ``datasets`` features in the metadata of a Parquet file; raises ``KeyError`` or ``TypeError`` without any."""
    return json.loads(schema.metadata[b"huggingface"])["info"]["features"]


def label_names(path: str, feature: Any) -> Iterator[tuple[str, list[str]]]:
    """The path and the labels of each field of class labels at and below ``path``, which has ``feature``."""
    match feature:
        case [item_feature] | {"_type": "List" | "LargeList", "feature": item_feature}:
            yield from label_names(path, item_feature)
        case {"_type": "ClassLabel", "names": names}:
            yield path, names
        case dict() if "_type" not in feature:
            for name, inner in feature.items():
                yield from label_names(f"{path}.{name}", inner)


def _types(path: str, kind: pa.DataType, feature: Any) -> dict[str, str]:
    """The type of each field at and below ``path`` that holds no other fields, by its path."""
    match feature:
        case [item_feature] | {"_type": "List" | "LargeList", "feature": item_feature}:
            of_items = _types(path, kind.value_type, item_feature)
            return {name: f"list of {type}" if name == path else type for name, type in of_items.items()}
        case {"_type": "ClassLabel"}:
            return {path: "class label"}
        case {"_type": "Translation"}:
            return {path: "translation"}
        case dict() if "_type" not in feature:
            types: dict[str, str] = {}
            for field in kind:
                types |= _types(f"{path}.{field.name}", field.type, feature[field.name])
            return types
    return {path: str(kind)}
