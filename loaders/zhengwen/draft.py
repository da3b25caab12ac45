"""Starts a document: the seed of a new article, restored, and annotated by rules for people to correct.

Everything in it that a machine made says so, in ``document.yaml``: it is a draft, and no gold.
"""

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import yaml

from zhengwen.conversion.convert import convert, to_restored
from zhengwen.conversion.detect import Detection
from zhengwen.document import Document
from zhengwen.errors import ZhengwenError
from zhengwen.measure.baselines import mentions, quotations
from zhengwen.records import (
    AUTHOR,
    LAYERS,
    ClusterRecord,
    EntityRecord,
    QuoteRecord,
    Record,
    SentenceRecord,
    StanceRecord,
    TextSpan,
)
from zhengwen.restoration.damage import DamagePolicy, UnencodableTextError
from zhengwen.restoration.restore import restore
from zhengwen.schema import Schema
from zhengwen.seeds import DOCUMENT, RECEIVED, TEXT, Seed, canonical_lines, gold_path, modelled_received, stated_policy
from zhengwen.text import segment

_BY_RULE = {"made": "automatic", "by": "zhengwen new (rules and jieba)", "passes": 0, "adjudicated": False}
_RESTORED = {"made": "automatic", "by": "zhengwen restore, zhengwen convert", "passes": 0, "adjudicated": False}


def start(root: Path, doc_id: str, data: bytes, schema: Schema, known: dict[str, Any] | None = None) -> Path:
    """Write ``seeds/<doc_id>/`` of the repository ``root`` from ``data``, the bytes of an article; returns the folder.

    ``known`` is what is known of it already: ``publisher``, ``url``, ``rights``, ``from``.  The folder is there whole
    or not at all.  Raises :class:`ZhengwenError` when there is such a document, its id is none, or ``data`` is no text.
    """
    rules = schema.gold["document"].fields["id"]
    if not re.fullmatch(rules["regex"], doc_id):
        raise ZhengwenError(
            f"{doc_id!r} is no id of a document", fix="lower-case letters and digits, joined by hyphens"
        )
    folder = root / "seeds" / doc_id
    if folder.exists():
        raise ZhengwenError(f"{folder}: there is such a document", fix="choose another id")
    seed = draft(doc_id, _text(data), schema, {**(known or {}), "sha256": hashlib.sha256(data).hexdigest()})
    staging = Path(tempfile.mkdtemp(prefix=".corpus-", dir=root))
    try:
        new = staging / doc_id
        (new / "gold").mkdir(parents=True)
        (new / RECEIVED).write_bytes(data)
        (new / TEXT).write_bytes(seed.text.encode("utf-8"))
        about = yaml.safe_dump(seed.about, allow_unicode=True, sort_keys=False, width=100)
        (new / DOCUMENT).write_bytes(about.encode("utf-8"))
        for layer in LAYERS:
            gold_path(new, layer).write_bytes(canonical_lines(seed.gold[layer]).encode("utf-8"))
        os.rename(new, folder)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return folder


def _text(data: bytes) -> str:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ZhengwenError(
            f"byte {error.start} is not UTF-8", fix="convert it (`iconv -f GB18030 -t UTF-8`), and keep the original"
        ) from None
    if not text.strip():
        raise ZhengwenError("there is no text in it", fix="name a file with an article, a paragraph a line")
    if "\r" in text or text.startswith("\N{ZERO WIDTH NO-BREAK SPACE}"):
        raise ZhengwenError(
            "it has carriage returns or a byte order mark, which would shift every offset",
            fix="save it as UTF-8 without BOM, with line feeds alone, and keep the original",
        )
    return text


def draft(doc_id: str, received: str, schema: Schema, known: dict[str, Any]) -> Seed:
    """What can be said by machine of a text as it was received; ``known`` must hold its ``sha256``."""
    made = restore(received)
    script = "hans" if Detection(made.text).count.script == "hans" else "hant"
    text = made.text if script == "hans" else convert(made.text, "hans", "hant").text
    policy = made.policy if made.edits else DamagePolicy(delimiters={})
    about = _about(doc_id, policy, script, known)
    if script == "hant":
        about["exceptions"]["conversion"] = list(_conversion(text, made.text))
    seed = Seed(doc_id, received, text, about, {layer: [] for layer in LAYERS})
    about["exceptions"]["unexplained"] = list(_unexplained(seed))
    return _annotated(seed, schema)


def _about(doc_id: str, policy: DamagePolicy, script: str, known: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": doc_id,
        "publisher": known.get("publisher") or "unknown",
        "reporter": None,
        "picture_credit": None,
        "url": known.get("url"),
        "date": {"text": None, "year": None, "year_inferred": False, "reason": None},
        "received": {"sha256": known["sha256"], "from": known.get("from") or "unknown", "script": script},
        "rights": known.get("rights") or "Not known. Find out before a release holds the text.",
        "damage": stated_policy(policy),
        "exceptions": {"conversion": [], "editions": [], "unexplained": []},
        "layers": {"text": _RESTORED} | {layer: dict(_BY_RULE) for layer in LAYERS},
        "annotators": [],
    }


def _conversion(text: str, restored: str) -> Iterator[dict[str, str]]:
    """Where the site's table is not OpenCC's first candidate; a character that it writes in two ways has no entry."""
    written: dict[str, set[str]] = {}
    for simplified, traditional in zip(text, restored, strict=True):
        written.setdefault(simplified, set()).add(traditional)
    for simplified, forms in sorted(written.items()):
        if len(forms) == 1 and to_restored(simplified) not in forms:
            yield {"hans": simplified, "restored": forms.pop(), "reason": "As received; found by `zhengwen new`."}


def _unexplained(seed: Seed) -> Iterator[dict[str, Any]]:
    """Where the model of the damage does not give what was received: what differs in a line, made unique in it."""
    try:
        modelled = modelled_received(seed, seed.restored).split("\n")
    except UnencodableTextError:
        return  # the check `damage-model` says where
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


def _annotated(seed: Seed, schema: Schema) -> Seed:
    """The seed with every layer filled in by rule."""
    text, id = seed.text, seed.id
    spans = segment.sentences(text)
    gold: dict[str, list[Record]] = {
        "sentences": [
            SentenceRecord(f"{id}.s{number:03d}", a, b, text[a:b]) for number, (a, b) in enumerate(spans, start=1)
        ]
    }
    clusters = _Clusters(id)
    gold["entities"] = [
        EntityRecord(f"{id}.e{number:04d}", a, b, text[a:b], type, clusters.named(type, text[a:b], schema))
        for number, (a, b, type) in enumerate(_mentions(text, spans), start=1)
    ]
    gold["quotes"] = [
        _quote(f"{id}.q{number:02d}", text, found, clusters) for number, found in enumerate(_quotations(text), start=1)
    ]
    author = clusters.author(text, gold["entities"])
    gold["clusters"], gold["stances"] = clusters.records, []
    document = Document(id, {}, {"hans": text}, {}, gold)
    units = [(quote.start, quote.id, quote.speaker.id) for quote in document.quotes]
    units += [(paragraph.start, paragraph.id, author) for paragraph in document.author_paragraphs]
    cells = [(unit, holder, target) for _, unit, holder in sorted(units) for target in schema.labels["targets"]]
    gold["stances"] = [
        StanceRecord(f"{id}.st{number:03d}", unit, holder, target, "none", None, "uncertain")
        for number, (unit, holder, target) in enumerate(cells, start=1)
    ]
    used = {one.cluster for one in gold["entities"]} | {one.speaker for one in gold["quotes"]}
    used |= {one.holder for one in gold["stances"]}
    gold["clusters"] = [one for one in clusters.records if one.id in used]
    return Seed(id, seed.received, text, seed.about, gold)


def _mentions(text: str, sentences: Sequence[tuple[int, int]]) -> list[tuple[int, int, str]]:
    """Mentions that nest or are apart: of two that overlap in part the longer stays, of two alike the first."""
    kept: list[tuple[int, int, str]] = []
    for first, last in sentences:
        found = [(first + a, first + b, type) for a, b, type in mentions(text[first:last])]
        for a, b, type in sorted(found, key=lambda one: (one[0] - one[1], one)):
            crossing = any(a < d and c < b and not (c <= a and b <= d) for c, d, _ in kept)
            if not crossing and all((a, b) != (c, d) for c, d, _ in kept) and text[a:b] == text[a:b].strip():
                kept.append((a, b, type))
    return sorted(kept, key=lambda one: (one[0], -one[1]))


def _quotations(text: str) -> Iterator[dict[str, Any]]:
    """Quotations that are apart, each in one paragraph, with their parts outside of the content."""
    lines = [(one.start, one.end) for one in segment.paragraphs(text)]
    done = 0
    for found in quotations(text):
        content = [(one["start"], one["end"]) for one in found["content"]]
        line = next(one for one in lines if content[0][0] < one[1])
        fits = all(done <= a < b <= line[1] and text[a:b] == text[a:b].strip() for a, b in content)
        if fits and content[0][0] >= line[0]:
            done = content[-1][1]
            yield found


def _quote(id: str, text: str, found: dict[str, Any], clusters: "_Clusters") -> QuoteRecord:
    def part(span: dict[str, int] | None) -> TextSpan | None:
        if not span:
            return None
        start, end = span["start"], span["end"]
        start += len(text[start:end]) - len(text[start:end].lstrip())
        return TextSpan(start, end, text[start:end])

    content = tuple(part(one) for one in found["content"])
    cue, source = part(found["cue"]), part(found["source"])
    around = {text[one.start - 1 : one.start] + text[one.end : one.end + 1] for one in content}
    held = any("“" in one.text for one in content)
    kind = "direct" if around == {"“”"} else "mixed" if held else "indirect"
    speaker = clusters.speaker(found["speaker"], source)
    return QuoteRecord(id, kind, content, cue, source, speaker, source is None)


class _Clusters:
    """The clusters of a draft: one a type and name."""

    def __init__(self, doc_id: str):
        self._doc_id = doc_id
        self.records: list[ClusterRecord] = []

    def _get(self, type: str, name: str, named: bool) -> str:
        for record in self.records:
            if (record.type, record.name, record.named) == (type, name, named):
                return record.id
        id = f"{self._doc_id}.c{len(self.records) + 1:02d}"
        self.records.append(ClusterRecord(id, type, name, (), named))
        return id

    def named(self, type: str, name: str, schema: Schema) -> str | None:
        return self._get(type, name, True) if schema.labels["entity_types"][type].refers else None

    def speaker(self, name: str | None, source: TextSpan | None) -> str:
        """Who speaks: the person of that name when the name is a mention, or somebody without one."""
        for record in self.records:
            if record.type == "PERSON" and record.named and record.name == name:
                return record.id
        return self._get("PERSON", name or (source.text if source else AUTHOR), False)

    def author(self, text: str, entities: Sequence[EntityRecord]) -> str:
        """Who wrote it: the first person in a byline, or somebody without a name."""
        bylines = [one for one in segment.paragraphs(text) if one.role == "byline"]
        for entity in entities:
            if entity.type == "PERSON" and any(one.start <= entity.start < one.end for one in bylines):
                return entity.cluster
        return self._get("PERSON", AUTHOR, False)
