"""From the texts of a source to documents of a corpus: their seeds, ready to be written, and the report."""

import dataclasses
import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from zhengwen.conversion.detect import count_each
from zhengwen.draft import about_document, annotated, assert_script, files_of
from zhengwen.editions import EDITIONS
from zhengwen.errors import ZhengwenError
from zhengwen.intake.fitting import Fitted, fit
from zhengwen.intake.labels import LabelMap, resolved
from zhengwen.intake.naming import ids_of
from zhengwen.intake.referents import entity_records
from zhengwen.intake.report import DocumentReport, Report
from zhengwen.intake.source import Source
from zhengwen.layers.clusters import ClusterBook
from zhengwen.records import Record
from zhengwen.schema import Schema
from zhengwen.seeds import SEEDS, TEXT, Seed, seed_folders


@dataclass(frozen=True)
class Settings:
    """How a source becomes documents.

    ``format`` is its name, ``stem`` the name of its file or folder.  ``known`` may hold ``publisher``, ``url``,
    ``rights`` and ``from``; ``by`` says who annotated it.  ``clean``: as for :func:`zhengwen.intake.fitting.fit`.
    """

    format: str
    stem: str
    labels: LabelMap = field(default_factory=dict)
    prefix: str | None = None
    known: Mapping[str, Any] = field(default_factory=dict)
    by: str | None = None
    clean: bool = False


def new_documents(root: Path, schema: Schema, source: Source, settings: Settings) -> tuple[dict[str, Seed], Report]:
    """The documents that ``source`` makes in the corpus ``root``, by id, and what did not fit; nothing is written.

    Raises :class:`ZhengwenError` if a label is neither in the map nor an entity type, if an id is not valid or exists,
    if a text is in the corpus already or twice in the source, or if the texts are in another script than the corpus.
    """
    report = Report(remarks=list(source.remarks), notes=list(source.notes))
    counts = Counter(mention.label for text in source.texts for mention in text.mentions)
    has_entities = "entities" in schema.design.layers
    types = schema.labels.get("entity_types", {})
    labels = resolved(counts, settings.labels, types) if has_entities else dict.fromkeys(counts)
    for label in settings.labels:
        if label not in counts:
            report.add("label-unused", label, f"{label}: {settings.labels[label]}")
    folders = seed_folders(root)
    ids = ids_of(
        [text.name for text in source.texts], settings.prefix, settings.stem, [f.name for f in folders], schema
    )
    if not counts and has_entities:
        report.notes.append("the source marks no mentions: entities are a draft by rule")
    fitted = []
    for text in source.texts:
        if not has_entities:
            for mention in text.mentions:
                report.add("no-entities", mention.place, mention.label)
        marked = text if has_entities else dataclasses.replace(text, mentions=[])
        fitted.append(fit(marked, labels, report, clean=settings.clean))
    _require_new(ids, fitted, folders)
    _require_script(source, fitted, schema, report)
    seeds = {}
    for id, text, fitting in zip(ids, source.texts, fitted, strict=True):
        seed = _seed(id, fitting, schema, settings, report, has_mentions=bool(counts) and has_entities)
        seeds[id] = seed
        report.documents.append(
            DocumentReport(
                id,
                text.name or "",
                text.place,
                sentences=len(fitting.sentences),
                read=len(text.mentions),
                mentions=len(fitting.mentions),
                clusters=len(seed.gold.get("clusters", ())),
            )
        )
    return seeds, report


def files_to_write(root: Path, seeds: Mapping[str, Seed]) -> dict[Path, bytes]:
    """The files of new documents in the corpus ``root``, to be written at once."""
    files = {}
    for id, seed in seeds.items():
        folder = root / SEEDS / id
        files |= {folder / name: data for name, data in files_of(seed, folder).items()}
    return files


def _require_new(ids: Sequence[str], fitted: Sequence[Fitted], folders: Sequence[Path]) -> None:
    """Raise :class:`ZhengwenError` if a text is in the corpus already, or twice among the new ones."""
    known: dict[str, str] = {}
    for folder in folders:
        if (folder / TEXT).is_file():
            known[_digest((folder / TEXT).read_bytes())] = folder.name
    same = []
    for id, fitting in zip(ids, fitted, strict=True):
        other = known.setdefault(_digest(fitting.text.encode("utf-8")), id)
        if other != id:
            same.append(f"{id} and {other}")
    if same:
        more = f", and {len(same) - 5:,} more pairs" if len(same) > 5 else ""
        raise ZhengwenError(
            f"equal texts: {', '.join(same[:5])}{more}",
            fix="remove one of each pair from the source; records can also make one document (--document-per file)",
        )


def _digest(data: bytes) -> str:
    return hashlib.sha256(data.strip()).hexdigest()


def _require_script(source: Source, fitted: Sequence[Fitted], schema: Schema, report: Report) -> None:
    """Raise :class:`ZhengwenError` if the texts together are in another script than the base, and note single ones."""
    assert_script("\n".join(fitting.text for fitting in fitted), schema.design)
    script = EDITIONS[schema.design.base].script
    for text, count in zip(source.texts, count_each([fitting.text for fitting in fitted]), strict=True):
        if count.script not in (script, None):
            report.add("script", text.place, text.name or "")


def _seed(
    doc_id: str, fitted: Fitted, schema: Schema, settings: Settings, report: Report, *, has_mentions: bool
) -> Seed:
    """The seed of a new document; what the source does not have is a draft by rule."""
    design = schema.design
    digest = hashlib.sha256(fitted.text.encode("utf-8")).hexdigest()
    about = about_document(doc_id, design, {**settings.known, "sha256": digest})
    book = ClusterBook(doc_id, schema)
    given: dict[str, list[Record]] = {}
    if has_mentions:
        given["entities"] = entity_records(doc_id, fitted.text, fitted.mentions, book, schema, report)
    linked = any(mention.coreference is not None for mention in fitted.mentions)
    about["layers"] = _how_made(about["layers"], fitted, settings, has_mentions, linked)
    received = fitted.text if design.restoration else None
    seed = Seed(doc_id, design, received, fitted.text, about, {})
    return annotated(seed, schema, sentences=fitted.sentences, clusters=book, given=given)


def _how_made(
    layers: Mapping[str, Any], fitted: Fitted, settings: Settings, has_mentions: bool, linked: bool
) -> dict[str, Any]:
    """What ``document.yaml`` says of how the text and each layer were made."""
    tool = f"zhengwen import {settings.format}"
    annotators = settings.by or "the annotators of the source, who are not stated"
    converted = {"made": "converted", "by": f"{annotators}; {tool}", "passes": 0, "adjudicated": False}
    automatic = {"made": "automatic", "by": f"{tool} (rules and jieba)", "passes": 0, "adjudicated": False}
    made = {name: dict(automatic) for name in layers}
    made["text"] = {**converted, "by": tool}
    if not fitted.by_rule:
        made["sentences"] = {**converted, "by": f"the source; {tool}"}
    if has_mentions:
        made["entities"] = dict(converted)
        if "clusters" in made:
            by_name = {**automatic, "by": f"{tool} (one for each type and name)"}
            made["clusters"] = dict(converted) if linked else by_name
    return made
