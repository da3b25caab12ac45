"""Starts a document: makes the seed of a new article, restored, and annotated by rules for people to correct.

``document.yaml`` says of every layer that it was made automatically: it is a draft, not gold.
"""

import dataclasses
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import yaml

from zhengwen.atomic import replace_folder, sole_writer
from zhengwen.conversion.convert import convert, simplified_characters, to_restored
from zhengwen.conversion.detect import Detection
from zhengwen.design import Design
from zhengwen.document import Document
from zhengwen.editions import EDITIONS
from zhengwen.errors import ZhengwenError
from zhengwen.layers import layers_of, referenced_ids
from zhengwen.layers.base import Drafting
from zhengwen.layers.clusters import ClusterBook
from zhengwen.printable import shortened
from zhengwen.records import Record
from zhengwen.restoration.damage import DamagePolicy, UnencodableTextError
from zhengwen.restoration.restore import restore
from zhengwen.schema import Schema
from zhengwen.seeds import (
    DOCUMENT,
    RECEIVED,
    SEEDS,
    TEXT,
    Seed,
    canonical_lines,
    flaw_of_document_id,
    gold_path,
    stated_policy,
)
from zhengwen.taggers import mentions, quotations
from zhengwen.text import segment

_BY_RULE = {"made": "automatic", "by": "zhengwen new (rules and jieba)", "passes": 0, "adjudicated": False}
_AS_GIVEN = {"made": "automatic", "by": "zhengwen new (the file as it is)", "passes": 0, "adjudicated": False}
_RESTORED = {"made": "automatic", "by": "zhengwen restore, zhengwen convert", "passes": 0, "adjudicated": False}


def start(root: Path, doc_id: str, data: bytes, schema: Schema, known: dict[str, Any] | None = None) -> Path:
    """Write ``seeds/<doc_id>/`` of the repository ``root`` from ``data``, the bytes of an article; return the folder.

    ``known`` may hold ``publisher``, ``url``, ``rights`` and ``from`` (where this copy comes from).  The folder is
    written whole or not at all.  Raises :class:`ZhengwenError` if the document exists, if its id is not valid, or if
    ``data`` is not a text in UTF-8 whose lines end in line feeds only.
    """
    if flaw := flaw_of_document_id(doc_id, schema):
        shown = shortened(doc_id, 100)
        raise ZhengwenError(f"{shown!r} is not a valid id of a document: {flaw}", fix="choose another id")
    folder = root / SEEDS / doc_id
    with sole_writer(root):
        if folder.exists():
            raise ZhengwenError(f"{folder}: this document exists already", fix="choose another id")
        seed = draft(doc_id, _text(data), schema, {**(known or {}), "sha256": hashlib.sha256(data).hexdigest()})
        replace_folder(files_of(seed, folder), folder, home=root)
    return folder


def files_of(seed: Seed, folder: Path) -> dict[str, bytes]:
    """The files of a new document in ``folder``: path in it to content."""
    return {
        **({RECEIVED: seed.received.encode("utf-8")} if seed.received is not None else {}),
        TEXT: seed.text.encode("utf-8"),
        DOCUMENT: yaml.safe_dump(seed.about, allow_unicode=True, sort_keys=False, width=100).encode("utf-8"),
        **{
            gold_path(folder, layer).relative_to(folder).as_posix(): canonical_lines(records).encode("utf-8")
            for layer, records in seed.gold.items()
        },
    }


def _text(data: bytes) -> str:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ZhengwenError(
            f"byte {error.start} is not UTF-8", fix="convert it (`iconv -f GB18030 -t UTF-8`), and keep the original"
        ) from None
    if not text.strip():
        raise ZhengwenError("it holds no text", fix="name a file with an article, one paragraph per line")
    if "\r" in text or text.startswith("\N{ZERO WIDTH NO-BREAK SPACE}"):
        raise ZhengwenError(
            "it has carriage returns or a byte order mark, which would shift every offset",
            fix="save it as UTF-8 without BOM, with line feeds only, and keep the original",
        )
    return text


def draft(doc_id: str, received: str, schema: Schema, known: dict[str, Any]) -> Seed:
    """The seed that rules make of a received text.

    ``known`` is as for :func:`start`, and must also hold ``sha256``, the digest of the received bytes.  In a corpus
    without restoration the text stays as it was received; it must then be in the script of the base edition.
    """
    design = schema.design
    script = EDITIONS[design.base].script
    about = about_document(doc_id, design, known)
    if not design.restoration:
        assert_script(received, design)
        return annotated(Seed(doc_id, design, None, received, about, {}), schema)
    restoration = restore(received)
    written = Detection(restoration.text).count.script or script
    text = restoration.text if written == script else convert(restoration.text, design.base, _OTHER[script]).text
    policy = restoration.policy if restoration.edits else DamagePolicy(delimiters={})
    about["received"]["script"] = written
    about["damage"] = stated_policy(policy)
    if written != script:
        about["exceptions"]["conversion"] = list(_site_characters(text, restoration.text))
    seed = Seed(doc_id, design, received, text, about, {})
    about["exceptions"]["unexplained"] = list(_unexplained(seed))
    return annotated(seed, schema)


#: The edition of a text in the other script, by a script.
_OTHER = {"hans": "hant", "hant": "hans"}


def assert_script(text: str, design: Design) -> None:
    """Raise :class:`ZhengwenError` when most characters of ``text`` that one script has are of the wrong one."""
    base = EDITIONS[design.base]
    if Detection(text).count.script not in (base.script, None):
        other = EDITIONS[_OTHER[base.script]]
        raise ZhengwenError(
            f"the text is in {other.title} characters, and annotation of this corpus points into {base.title} ones "
            f"(`base: {base.name}` in schema/design.yaml)",
            fix=f"add it to a corpus with another base, or convert it first (`zhengwen convert --to {base.name}`)",
        )


def about_document(doc_id: str, design: Design, known: dict[str, Any]) -> dict[str, Any]:
    """What ``document.yaml`` says of a new document; ``known`` is as for :func:`draft`."""
    about = {
        "id": doc_id,
        "publisher": known.get("publisher") or "unknown",
        "reporter": None,
        "picture_credit": None,
        "url": known.get("url"),
        "date": {"text": None, "year": None, "year_inferred": False, "reason": None},
        "rights": known.get("rights") or "Not known. Find out before a release holds the text.",
        "exceptions": {"editions": []},
        "layers": {"text": _RESTORED if design.restoration else _AS_GIVEN}
        | {name: dict(_BY_RULE) for name in layers_of(design)},
        "annotators": [],
    }
    if design.restoration:
        script = EDITIONS[design.base].script
        about["received"] = {"sha256": known["sha256"], "from": known.get("from") or "unknown", "script": script}
        about["damage"] = stated_policy(DamagePolicy(delimiters={}))
        about["exceptions"] |= {"conversion": [], "unexplained": []}
    return about


def _site_characters(text: str, restored: str) -> Iterator[dict[str, str]]:
    """The entries of ``exceptions.conversion``: where the site does not write OpenCC's first candidate.

    A character that the site writes in two ways has no entry.
    """
    written: dict[str, set[str]] = {}
    for simplified, traditional in zip(text, restored, strict=True):
        written.setdefault(simplified, set()).add(traditional)
    for simplified, forms in sorted(written.items()):
        if len(forms) == 1 and to_restored(simplified) not in forms:
            yield {"hans": simplified, "restored": forms.pop(), "reason": "As received; found by `zhengwen new`."}


def _unexplained(seed: Seed) -> Iterator[dict[str, Any]]:
    """The entries of ``exceptions.unexplained``: where the model of the damage does not give what was received.

    Each holds what differs in one line, with enough around it to occur only once there.
    """
    try:
        modelled = seed.modelled_received().split("\n")
    except UnencodableTextError:
        return  # the rule `damage-model` reports the characters
    for number, (model, received) in enumerate(zip(modelled, seed.received.split("\n"), strict=True), start=1):
        if model != received:
            blocks = SequenceMatcher(None, model, received, autojunk=False).get_opcodes()
            changed = [block for block in blocks if block[0] != "equal"]
            before, after = changed[0][1], len(model) - changed[-1][2]
            while model.count(model[before : len(model) - after]) != 1 or before == len(model) - after:
                before, after = max(before - 1, 0), max(after - 1, 0)
            yield {
                "line": number,
                "model": model[before : len(model) - after],
                "received": received[before : len(received) - after],
                "reason": "Not looked at yet; found by `zhengwen new`.",
            }


def annotated(
    seed: Seed,
    schema: Schema,
    *,
    sentences: Sequence[tuple[int, int]] | None = None,
    clusters: ClusterBook | None = None,
    given: Mapping[str, list[Record]] | None = None,
) -> Seed:
    """The seed with every layer filled in by rules, which read Simplified characters.

    What is known already stays: ``sentences``, the ``clusters`` of mentions, and the layers ``given``.
    """
    gold: dict[str, list[Record]] = {}
    layers, base = layers_of(schema.design), schema.design.base
    given = given or {}
    text = simplified_characters(seed.text, base)
    sentences = segment.sentences(seed.text) if sentences is None else sentences
    types = schema.labels.get("entity_types", {})
    drafting = Drafting(
        doc_id=seed.id,
        text=seed.text,
        schema=schema,
        sentences=sentences,
        mentions=[
            (offset + start, offset + end, type)
            for offset, sentence_end in (sentences if "entities" not in given else ())
            for start, end, type in mentions(text[offset:sentence_end])
            if type in types
        ],
        quotations=[
            {**quotation, "speaker": as_written(quotation["speaker"], text, seed.text)}
            for quotation in (quotations(text) if "quotes" in layers else ())
        ],
        clusters=clusters or ClusterBook(seed.id, schema),
        gold=gold,
        document=lambda: Document(seed.id, {}, {base: seed.text}, {}, gold, layers, base),
    )
    for name, layer in layers.items():
        gold[name] = given[name] if name in given else layer.draft(drafting)
    if "clusters" in gold:
        referenced = referenced_ids(gold)["clusters"]
        gold["clusters"] = [record for record in gold["clusters"] if record.id in referenced]
    return dataclasses.replace(seed, gold=gold)


def as_written(name: str | None, simplified: str, text: str) -> str | None:
    """A name in the ``simplified`` text as ``text``, which has the same offsets, writes it."""
    start = simplified.find(name) if name else -1
    return text[start : start + len(name)] if name and start >= 0 else name
