"""Label Studio: one task per document, and the labelling configuration that it needs.

A mention is a region labelled with its type; the control ``cluster`` of the region holds its cluster.  A quotation is a
region ``Quotation`` (one per fragment, joined by relations ``fragment``), with relations ``cue`` and ``source``; a
paragraph in the author's voice is a region ``Paragraph``.  On both, one control per target holds the stance, and a
relation named after the target leads to the region ``Evidence``.  The ids of regions are those of the records.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

from zhengwen.document import Document, Passage
from zhengwen.errors import UnknownNameError, ZhengwenError
from zhengwen.exchange.drafts import Draft
from zhengwen.exchange.interface import (
    Files,
    Format,
    ParsedLayers,
    files_in,
    require_same_text,
    require_same_words,
    short,
)
from zhengwen.files import parse_json, read_text
from zhengwen.layers.quotes import Quote
from zhengwen.schema import Schema

FORMAT = Format(
    "labelstudio",
    "Label Studio",
    ".labelstudio.json",
    carries=("entities", "quotes", "stances"),
    back=("entities", "quotes", "stances"),
    stays=(
        "sentences: Label Studio has none",
        "clusters: listed in the data of the task, to look up; an import does not change them",
    ),
    offsets="code points, as Label Studio counts since 2021; every region is compared with its words",
)

_QUOTATION, _PARAGRAPH, _EVIDENCE = "Quotation", "Paragraph", "Evidence"
#: The label of each part of a quotation, by the relation that leads to it.
_PARTS = {"cue": "Cue", "source": "Source"}
_FRAGMENT = "fragment"
_UNCERTAIN = "uncertain"


def export(document: Document, schema: Schema, corpus: str | None) -> Files:
    """``<id>.labelstudio.json`` (to import) and ``labelstudio.xml`` (the labelling interface of the project)."""
    clusters = [f"{short(cluster.id)} {cluster.type} {cluster.name}" for cluster in document.objects("clusters")]
    task = {
        "data": {"doc_id": document.id, "text": document.text(), "clusters": "\n".join(clusters)},
        "annotations": [{"result": _Writer(document).result}],
    }
    content = json.dumps([task], ensure_ascii=False, indent=1) + "\n"
    return {f"{document.id}.labelstudio.json": content, "labelstudio.xml": _configuration(schema)}


def _configuration(schema: Schema) -> str:
    """The labelling configuration, with the labels and controls of ``schema/labels.yaml``."""
    inventories = schema.labels
    region_labels, relations = [*inventories.get("entity_types", ())], []
    if "quotes" in schema.gold:
        region_labels += [_QUOTATION, *_PARTS.values()]
        relations += [*_PARTS, _FRAGMENT]
    if "stances" in schema.gold:
        region_labels += [_PARAGRAPH, _EVIDENCE]
        relations += inventories["targets"]
    per_region = 'toName="text" perRegion="true"'
    of_quotation = 'whenTagName="label" whenLabelValue="Quotation"'
    lines = [
        "<View>",
        '  <Labels name="label" toName="text">',
        *(f"    <Label value={quoteattr(label)}/>" for label in region_labels),
        "  </Labels>",
        "  <Relations>",
        *(f"    <Relation value={quoteattr(relation)}/>" for relation in relations),
        "  </Relations>",
        '  <Text name="text" value="$text" granularity="symbol"/>',
    ]
    if "clusters" in schema.gold:
        lines.append(f'  <TextArea name="cluster" {per_region} placeholder="c01" maxSubmissions="1" editable="true"/>')
    if "quotes" in schema.gold:
        lines += [
            f'  <Choices name="kind" {per_region} {of_quotation} choice="single">',
            *(f"    <Choice value={quoteattr(kind)}/>" for kind in inventories["quote_kinds"]),
            "  </Choices>",
            f'  <Choices name="source" {per_region} {of_quotation} choice="single">',
            '    <Choice value="implicit"/>',
            "  </Choices>",
        ]
    for target in inventories["targets"] if "stances" in schema.gold else ():
        lines += [
            f"  <Choices name={quoteattr(f'stance-{target}')} {per_region} "
            f'whenTagName="label" whenLabelValue="Quotation,Paragraph" choice="multiple">',
            *(f"    <Choice value={quoteattr(label)}/>" for label in (*inventories["stance_labels"], _UNCERTAIN)),
            "  </Choices>",
        ]
    lines += ['  <Text name="clusters" value="$clusters"/>', "</View>"]
    return "".join(f"{line}\n" for line in lines)


class _Writer:
    """Collects the ``result`` of an annotation in Label Studio: regions, their controls, and relations."""

    def __init__(self, document: Document):
        self.result: list[dict[str, Any]] = []
        for entity in document.objects("entities"):
            self._add_region(entity.id, entity, entity.type)
            if entity.cluster:
                self._add_control(entity.id, entity, "cluster", short(entity.cluster.id))
        for quote in document.objects("quotes"):
            self._add_quote(quote)
        self._add_paragraphs(document)
        for stance in document.objects("stances"):
            passage = stance.unit.content[0] if isinstance(stance.unit, Quote) else stance.unit
            uncertain = [_UNCERTAIN] if stance.certainty == _UNCERTAIN else []
            self._add_control(stance.unit.id, passage, f"stance-{stance.target}", stance.label, *uncertain)
            if stance.evidence:
                self._add_region(stance.id, stance.evidence, _EVIDENCE)
                self._add_relation(stance.unit.id, stance.id, stance.target)

    def _add_quote(self, quote: Quote) -> None:
        for number, fragment in enumerate(quote.content):
            id = f"{quote.id}.{number + 1}" if number else quote.id
            self._add_region(id, fragment, _QUOTATION)
            if number:
                self._add_relation(quote.id, id, _FRAGMENT)
        first = quote.content[0]
        self._add_control(quote.id, first, "cluster", short(quote.speaker.id))
        self._add_control(quote.id, first, "kind", quote.kind)
        if quote.implicit_source:
            self._add_control(quote.id, first, "source", "implicit")
        for part, label in _PARTS.items():
            if passage := getattr(quote, part):
                self._add_region(f"{quote.id}.{part}", passage, label)
                self._add_relation(quote.id, f"{quote.id}.{part}", part)

    def _add_paragraphs(self, document: Document) -> None:
        """Add the paragraphs that are units of stances, each with the holder of its stances as its cluster."""
        holders: dict[str, set[str]] = {}
        for stance in document.objects("stances"):
            holders.setdefault(stance.unit.id, set()).add(stance.holder.id)
        for unit in {stance.unit.id: stance.unit for stance in document.objects("stances")}.values():
            unit_holders = holders[unit.id]
            if len(unit_holders) > 1 or (isinstance(unit, Quote) and unit_holders != {unit.speaker.id}):
                raise ZhengwenError(
                    f"{unit.id}: its stances have several holders, or a holder who is not its speaker",
                    fix="run `zhengwen check`",
                )
            if not isinstance(unit, Quote):
                self._add_region(unit.id, unit, _PARAGRAPH)
                self._add_control(unit.id, unit, "cluster", short(unit_holders.pop()))

    def _add_region(self, id: str, passage: Passage, label: str) -> None:
        self._add(id, passage, "label", "labels", {"labels": [label]})

    def _add_control(self, id: str, passage: Passage, name: str, *values: str) -> None:
        type, key = ("textarea", "text") if name == "cluster" else ("choices", "choices")
        self._add(id, passage, name, type, {key: list(values)})

    def _add(self, id: str, passage: Passage, name: str, type: str, value: dict[str, Any]) -> None:
        # The value of a text area has the key `text` too; there it replaces the words of the region.
        value = {"start": passage.start, "end": passage.end, "text": passage.text, **value}
        self.result.append({"id": id, "from_name": name, "to_name": "text", "type": type, "value": value})

    def _add_relation(self, source: str, target: str, label: str) -> None:
        relation = {"from_id": source, "to_id": target, "type": "relation", "direction": "right", "labels": [label]}
        self.result.append(relation)


def read(path: Path, documents: Mapping[str, Document], schema: Schema) -> dict[str, ParsedLayers]:
    """The layers in an export of Label Studio (JSON, each task a document), by document id.

    Raises :class:`ZhengwenError` with file and task.
    """
    parsed: dict[str, ParsedLayers] = {}
    for file in files_in(path, ".json"):
        try:
            tasks = parse_json(read_text(file))
        except ValueError as error:
            raise ZhengwenError(f"{file}: not JSON: {error}", fix="export as JSON from Label Studio") from None
        for number, task in enumerate(tasks if isinstance(tasks, list) else [tasks]):
            location = f"{file}: task {number}"
            if not isinstance(task, dict) or not isinstance(task.get("data"), dict) or "annotations" not in task:
                raise ZhengwenError(f"{location}: no data and annotations", fix="export as JSON (not JSON-MIN)")
            id = task["data"].get("doc_id")
            if not isinstance(id, str) or id not in documents:
                raise UnknownNameError(
                    "document", id, documents, fix=f"{location}: keep data.doc_id as it was exported"
                )
            if id in parsed:
                raise ZhengwenError(f"{location}: {id} occurs twice", fix="export one task per document")
            if not isinstance(text := task["data"].get("text", ""), str):
                raise ZhengwenError(f"{location}: the text is not a string", fix="keep data.text as it was exported")
            require_same_text(text, documents[id], location)
            try:
                reader = _TaskReader(location, task, documents[id], list(schema.labels.get("targets", ())))
                parsed[id] = reader.parsed_layers()
            except (KeyError, TypeError, AttributeError, IndexError) as error:
                message = f"{location}: not a result of Label Studio ({type(error).__name__}: {error})"
                raise ZhengwenError(message, fix="export as JSON, with the configuration in labelstudio.xml") from None
    return parsed


class _TaskReader:
    """Reads one task: its regions with their controls and relations, and then the records that they make up."""

    def __init__(self, location: str, task: dict[str, Any], document: Document, targets: list[str]):
        self._location, self._document, self._targets = location, document, targets
        self._aside: list[str] = []
        self._regions: dict[str, tuple[str, tuple[int, int]]] = {}
        self._controls: dict[tuple[str, str], list[str]] = {}
        self._relations: dict[tuple[str, str], list[str]] = {}
        #: The regions that belong to a record.
        self._used: set[str] = set()
        annotations = [annotation for annotation in task["annotations"] if not annotation.get("was_cancelled")]
        if len(annotations) != 1:
            raise ZhengwenError(
                f"{location}: {len(annotations)} annotations of {document.id}; exactly one is needed",
                fix="keep the right one; to compare several, import each into a folder of its own (--out)",
            )
        for item in annotations[0]["result"]:
            self._read_item(item)

    def _read_item(self, item: dict[str, Any]) -> None:
        if item.get("meta"):
            self._set_aside(f"a note on {item['id']}: {item['meta']}")
        if item["type"] == "relation":
            for label in item.get("labels") or [""]:
                if label not in (*_PARTS, _FRAGMENT, *self._targets):
                    self._set_aside(f"a relation {label!r} of {item['from_id']}")
                self._relations.setdefault((item["from_id"], label), []).append(item["to_id"])
        elif item["type"] == "labels":
            value, id = item["value"], item["id"]
            location = f"{self._location}: region {id}"
            if len(value["labels"]) != 1 or id in self._regions:
                raise ZhengwenError(f"{location}: a region has exactly one label", fix="correct it in Label Studio")
            start, end = value["start"], value["end"]
            if not (type(start) is int and type(end) is int):
                raise ZhengwenError(f"{location}: offsets are integers, not {start!r}, {end!r}", fix="export again")
            require_same_words(value["text"], self._document, start, end, location)
            self._regions[id] = value["labels"][0], (start, end)
        elif item["type"] in ("textarea", "choices"):
            values = item["value"]["text" if item["type"] == "textarea" else "choices"]
            self._controls[item["id"], item["from_name"]] = [values] if isinstance(values, str) else values
        else:
            self._set_aside(f"a {item['type']}")

    def _set_aside(self, what: str) -> None:
        self._aside.append(f"{self._location}: not imported: {what}")

    def parsed_layers(self) -> ParsedLayers:
        text = self._document.text()
        record_labels = {_QUOTATION, _PARAGRAPH, _EVIDENCE, *_PARTS.values()}
        entities = []
        for id, (label, (start, end)) in self._regions.items():
            if label not in record_labels:
                mention = {"id": id, "start": start, "end": end, "text": text[start:end], "type": label}
                entities.append({**mention, "cluster": self._cluster(id)})
                self._used.add(id)
        later_fragments = {
            target for (_, label), targets in self._relations.items() if label == _FRAGMENT for target in targets
        }
        units = {
            id: label
            for id, (label, _) in self._regions.items()
            if label == _PARAGRAPH or (label == _QUOTATION and id not in later_fragments)
        }
        quotes = [self._quote(id) for id, label in units.items() if label == _QUOTATION]
        stances = [stance for id in units for stance in self._stances(id)]
        for id, (label, (start, end)) in self._regions.items():
            if id not in self._used:
                raise ZhengwenError(
                    f"{self._location}: region {id} ({label} {text[start:end]!r}) belongs to no record",
                    fix="draw the relation that leads to it (cue, source, fragment, or the target), or remove it",
                )
        return ParsedLayers({"entities": entities, "quotes": quotes, "stances": stances}, self._aside)

    def _cluster(self, id: str) -> str | None:
        values = self._controls.get((id, "cluster"))
        return f"{self._document.id}.{values[0].strip()}" if values else None

    def _related_span(self, id: str, relation: str, label: str) -> tuple[int, int] | None:
        """The span of the region that ``relation`` leads to, which must have this label."""
        targets = self._relations.get((id, relation), [])
        if len(targets) > 1 or any(self._regions[target][0] != label for target in targets):
            raise ZhengwenError(
                f"{self._location}: the relation {relation} of {id} leads to {', '.join(targets)}; "
                f"exactly one {label} is needed",
                fix="correct it in Label Studio",
            )
        self._used.update(targets)
        return self._regions[targets[0]][1] if targets else None

    def _quote(self, id: str) -> Draft:
        fragments = [id, *self._relations.get((id, _FRAGMENT), [])]
        self._used.update(fragments)
        return {
            "id": id,
            "kind": (self._controls.get((id, "kind")) or [None])[0],
            "content": sorted(self._regions[fragment][1] for fragment in fragments),
            **{part: self._related_span(id, part, label) for part, label in _PARTS.items()},
            "speaker": self._cluster(id),
            "implicit_source": bool(self._controls.get((id, "source"))),
        }

    def _stances(self, id: str) -> list[Draft]:
        """The stances taken in the quotation or paragraph whose region has this id, as drafts."""
        drafts = []
        self._used.add(id)
        label, (start, _) = self._regions[id]
        unit = id
        if label == _PARAGRAPH:
            unit = next(
                paragraph.id for paragraph in self._document.paragraphs if paragraph.start <= start < paragraph.end
            )
        for target in self._targets:
            evidence = self._related_span(id, target, _EVIDENCE)
            choices = self._controls.get((id, f"stance-{target}"), [])
            if not choices and evidence is None:
                continue  # not annotated; `zhengwen check` reports the missing cell
            stance_labels = [choice for choice in choices if choice != _UNCERTAIN]
            if len(stance_labels) != 1:
                raise ZhengwenError(
                    f"{self._location}: {id} on {target}: {stance_labels}; exactly one label is needed",
                    fix="choose one",
                )
            drafts.append(
                {
                    "id": None,
                    "unit": unit,
                    "holder": self._cluster(id),
                    "target": target,
                    "label": stance_labels[0],
                    "evidence": evidence,
                    "certainty": _UNCERTAIN if _UNCERTAIN in choices else "certain",
                }
            )
        return drafts
