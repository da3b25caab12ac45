"""Label Studio: a task a document, and the labelling configuration that it is for.

A mention is a region of its type, its cluster the text of the control ``cluster``.  A quotation is a region
``Quotation`` (one a fragment, joined by relations ``fragment``), with relations ``cue`` and ``source``; a paragraph in
the author's voice is a region ``Paragraph``.  On both, a control a target holds the stance, and a relation named after
the target leads to the region ``Evidence``.  Regions keep our ids.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

from zhengwen.document import Document, Passage, Quote
from zhengwen.errors import UnknownNameError, ZhengwenError
from zhengwen.exchange.contract import Draft, Files, Format, Reading, files_in, same_text, short, surface
from zhengwen.files import parse_json, read_text
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
    offsets="code points, as Label Studio counts since 2021; every region is held against its words",
)

_QUOTATION, _PARAGRAPH, _EVIDENCE = "Quotation", "Paragraph", "Evidence"
_PARTS = {"cue": "Cue", "source": "Source"}
_FRAGMENT = "fragment"
_UNCERTAIN = "uncertain"


def export(document: Document, schema: Schema) -> Files:
    """``<id>.labelstudio.json`` (to import) and ``labelstudio.xml`` (the labelling interface of the project)."""
    import json

    task = {
        "data": {
            "doc_id": document.id,
            "text": document.text(),
            "clusters": "\n".join(f"{short(one.id)} {one.type} {one.name}" for one in document.clusters),
        },
        "annotations": [{"result": _Writer(document).result}],
    }
    content = json.dumps([task], ensure_ascii=False, indent=1) + "\n"
    return {f"{document.id}.labelstudio.json": content, "labelstudio.xml": _configuration(schema)}


def _configuration(schema: Schema) -> str:
    """The labelling configuration: the labels and controls, made from ``schema/labels.yaml``."""
    labels = schema.labels
    spans = [*labels["entity_types"], _QUOTATION, *_PARTS.values(), _PARAGRAPH, _EVIDENCE]
    per_region = 'toName="text" perRegion="true"'
    of_quotation = 'whenTagName="label" whenLabelValue="Quotation"'
    lines = [
        "<View>",
        '  <Labels name="label" toName="text">',
        *(f"    <Label value={quoteattr(one)}/>" for one in spans),
        "  </Labels>",
        "  <Relations>",
        *(f"    <Relation value={quoteattr(one)}/>" for one in (*_PARTS, _FRAGMENT, *labels["targets"])),
        "  </Relations>",
        '  <Text name="text" value="$text" granularity="symbol"/>',
        f'  <TextArea name="cluster" {per_region} placeholder="c01" maxSubmissions="1" editable="true"/>',
        f'  <Choices name="kind" {per_region} {of_quotation} choice="single">',
        *(f"    <Choice value={quoteattr(one)}/>" for one in labels["quote_kinds"]),
        "  </Choices>",
        f'  <Choices name="source" {per_region} {of_quotation} choice="single">',
        '    <Choice value="implicit"/>',
        "  </Choices>",
    ]
    for target in labels["targets"]:
        lines += [
            f"  <Choices name={quoteattr(f'stance-{target}')} {per_region} "
            f'whenTagName="label" whenLabelValue="Quotation,Paragraph" choice="multiple">',
            *(f"    <Choice value={quoteattr(one)}/>" for one in (*labels["stance_labels"], _UNCERTAIN)),
            "  </Choices>",
        ]
    lines += ['  <Text name="clusters" value="$clusters"/>', "</View>"]
    return "".join(f"{line}\n" for line in lines)


class _Writer:
    """The result of an annotation: regions, their controls, relations."""

    def __init__(self, document: Document):
        self.result: list[dict[str, Any]] = []
        for entity in document.entities:
            self._region(entity.id, entity, entity.type)
            if entity.cluster:
                self._control(entity.id, entity, "cluster", short(entity.cluster.id))
        for quote in document.quotes:
            self._quote(quote)
        holders: dict[str, set[str]] = {}
        for stance in document.stances:
            holders.setdefault(stance.unit.id, set()).add(stance.holder.id)
        for unit in {stance.unit.id: stance.unit for stance in document.stances}.values():
            mine = holders[unit.id]
            if len(mine) > 1 or (isinstance(unit, Quote) and mine != {unit.speaker.id}):
                raise ZhengwenError(f"{unit.id}: its stances have other holders than it", fix="run `zhengwen check`")
            if not isinstance(unit, Quote):
                self._region(unit.id, unit, _PARAGRAPH)
                self._control(unit.id, unit, "cluster", short(mine.pop()))
        for stance in document.stances:
            place = stance.unit.content[0] if isinstance(stance.unit, Quote) else stance.unit
            doubt = [_UNCERTAIN] if stance.certainty == _UNCERTAIN else []
            self._control(stance.unit.id, place, f"stance-{stance.target}", stance.label, *doubt)
            if stance.evidence:
                self._region(stance.id, stance.evidence, _EVIDENCE)
                self._relation(stance.unit.id, stance.id, stance.target)

    def _quote(self, quote: Quote) -> None:
        for number, fragment in enumerate(quote.content):
            id = f"{quote.id}.{number + 1}" if number else quote.id
            self._region(id, fragment, _QUOTATION)
            if number:
                self._relation(quote.id, id, _FRAGMENT)
        place = quote.content[0]
        self._control(quote.id, place, "cluster", short(quote.speaker.id))
        self._control(quote.id, place, "kind", quote.kind)
        if quote.implicit_source:
            self._control(quote.id, place, "source", "implicit")
        for part, label in _PARTS.items():
            if passage := getattr(quote, part):
                self._region(f"{quote.id}.{part}", passage, label)
                self._relation(quote.id, f"{quote.id}.{part}", part)

    def _region(self, id: str, place: Passage, label: str) -> None:
        self._add(id, place, "label", "labels", {"labels": [label]})

    def _control(self, id: str, place: Passage, name: str, *values: str) -> None:
        type, key = ("textarea", "text") if name == "cluster" else ("choices", "choices")
        self._add(id, place, name, type, {key: list(values)})

    def _add(self, id: str, place: Passage, name: str, type: str, value: dict[str, Any]) -> None:
        # The value of a text area is called `text` too: there the words of the region have no room.
        span = {"start": place.start, "end": place.end, "text": place.text, **value}
        self.result.append({"id": id, "from_name": name, "to_name": "text", "type": type, "value": span})

    def _relation(self, source: str, target: str, label: str) -> None:
        relation = {"from_id": source, "to_id": target, "type": "relation", "direction": "right", "labels": [label]}
        self.result.append(relation)


def read(path: Path, documents: Mapping[str, Document], schema: Schema) -> dict[str, Reading]:
    """What an export of Label Studio (JSON) says, each task a document; raises :class:`ZhengwenError`."""
    found = {}
    for file in files_in(path, ".json"):
        try:
            tasks = parse_json(read_text(file))
        except ValueError as error:
            raise ZhengwenError(f"{file}: not JSON: {error}", fix="export as JSON from Label Studio") from None
        for number, task in enumerate(tasks if isinstance(tasks, list) else [tasks]):
            place = f"{file}: task {number}"
            if not isinstance(task, dict) or not isinstance(task.get("data"), dict) or "annotations" not in task:
                raise ZhengwenError(f"{place}: no data and annotations", fix="export as JSON (not JSON-MIN)")
            id = task["data"].get("doc_id")
            if id not in documents:
                raise UnknownNameError("document", id, documents, fix=f"{place}: keep data.doc_id as it was exported")
            if id in found:
                raise ZhengwenError(f"{place}: {id} is there twice", fix="export one task a document")
            same_text(task["data"].get("text", ""), documents[id], place)
            try:
                found[id] = _Reader(place, task, documents[id], list(schema.labels["targets"])).reading()
            except (KeyError, TypeError, AttributeError, IndexError) as error:
                message = f"{place}: not a result of Label Studio ({type(error).__name__}: {error})"
                raise ZhengwenError(message, fix="export as JSON, with the configuration in labelstudio.xml") from None
    return found


class _Reader:
    """One task: its regions with what hangs on them, then the records that they make up."""

    def __init__(self, place: str, task: dict[str, Any], document: Document, targets: list[str]):
        self._place, self._document, self._targets = place, document, targets
        self._aside: list[str] = []
        self._regions: dict[str, tuple[str, tuple[int, int]]] = {}
        self._controls: dict[tuple[str, str], list[str]] = {}
        self._relations: dict[tuple[str, str], list[str]] = {}
        kept = [one for one in task["annotations"] if not one.get("was_cancelled")]
        if len(kept) != 1:
            raise ZhengwenError(
                f"{place}: {len(kept)} annotations of {document.id}; one is needed",
                fix="keep the one that is right; to compare several, import each into a folder of its own (--out)",
            )
        for item in kept[0]["result"]:
            self._item(item)

    def _item(self, item: dict[str, Any]) -> None:
        if item.get("meta"):
            self._aside.append(f"{self._place}: left aside: a note on {item['id']}: {item['meta']}")
        if item["type"] == "relation":
            for label in item.get("labels") or [""]:
                if label not in (*_PARTS, _FRAGMENT, *self._targets):
                    self._aside.append(f"{self._place}: left aside: a relation {label!r} of {item['from_id']}")
                self._relations.setdefault((item["from_id"], label), []).append(item["to_id"])
        elif item["type"] == "labels":
            value, id = item["value"], item["id"]
            place = f"{self._place}: region {id}"
            if len(value["labels"]) != 1 or id in self._regions:
                raise ZhengwenError(f"{place}: a region has one label", fix="mend it in Label Studio")
            span = surface(self._document, int(value["start"]), int(value["end"]), value["text"], place)
            self._regions[id] = value["labels"][0], span
        elif item["type"] not in ("textarea", "choices"):
            self._aside.append(f"{self._place}: left aside: a {item['type']}")
        else:
            name = item["from_name"]
            values = item["value"]["text" if item["type"] == "textarea" else "choices"]
            self._controls[item["id"], name] = [values] if isinstance(values, str) else values

    def reading(self) -> Reading:
        kinds = {_QUOTATION, _PARAGRAPH, _EVIDENCE, *_PARTS.values()}
        used: set[str] = set()
        entities = []
        for id, (label, (start, end)) in self._regions.items():
            if label not in kinds:
                span = {"start": start, "end": end, "text": self._document.text()[start:end], "type": label}
                entities.append({"id": id, **span, "cluster": self._cluster(id)})
                used.add(id)
        later = {to for (_, label), ids in self._relations.items() if label == _FRAGMENT for to in ids}
        quotes = [
            self._quote(id, used) for id in self._regions if self._regions[id][0] == _QUOTATION and id not in later
        ]
        stances = [
            stance
            for id in self._regions
            if self._regions[id][0] == _PARAGRAPH or (self._regions[id][0] == _QUOTATION and id not in later)
            for stance in self._stances(id, used)
        ]
        for id, (label, (start, end)) in self._regions.items():
            if id not in used:
                words = self._document.text()[start:end]
                raise ZhengwenError(
                    f"{self._place}: region {id} ({label} {words!r}) belongs to no record",
                    fix="draw the relation that leads to it (cue, source, fragment, or the target), or remove it",
                )
        return Reading({"entities": entities, "quotes": quotes, "stances": stances}, self._aside)

    def _cluster(self, id: str) -> str | None:
        values = self._controls.get((id, "cluster"))
        return f"{self._document.id}.{values[0].strip()}" if values else None

    def _one(self, id: str, relation: str, label: str, used: set[str]) -> tuple[int, int] | None:
        found = self._relations.get((id, relation), [])
        if len(found) > 1 or any(self._regions[to][0] != label for to in found):
            raise ZhengwenError(
                f"{self._place}: the relation {relation} of {id} leads to {', '.join(found)}; one {label} is needed",
                fix="mend it in Label Studio",
            )
        used.update(found)
        return self._regions[found[0]][1] if found else None

    def _quote(self, id: str, used: set[str]) -> Draft:
        others = self._relations.get((id, _FRAGMENT), [])
        used.update((id, *others))
        return {
            "id": id,
            "kind": (self._controls.get((id, "kind")) or [None])[0],
            "content": sorted(self._regions[one][1] for one in (id, *others)),
            **{part: self._one(id, part, label, used) for part, label in _PARTS.items()},
            "speaker": self._cluster(id),
            "implicit_source": bool(self._controls.get((id, "source"))),
        }

    def _stances(self, id: str, used: set[str]) -> list[Draft]:
        drafts = []
        used.add(id)
        label, (start, _) = self._regions[id]
        unit = id
        if label == _PARAGRAPH:
            unit = next(one.id for one in self._document.paragraphs if one.start <= start < one.end)
        for target in self._targets:
            evidence = self._one(id, target, _EVIDENCE, used)
            chosen = list(self._controls.get((id, f"stance-{target}"), []))
            certainty = _UNCERTAIN if _UNCERTAIN in chosen else "certain"
            labels = [one for one in chosen if one != _UNCERTAIN]
            if not chosen and evidence is None:
                continue  # not annotated: `zhengwen check` asks for it
            if len(labels) != 1:
                raise ZhengwenError(f"{self._place}: {id} on {target}: {labels}; one label is needed", fix="choose one")
            drafts.append(
                {
                    "id": None,
                    "unit": unit,
                    "holder": self._cluster(id),
                    "target": target,
                    "label": labels[0],
                    "evidence": evidence,
                    "certainty": certainty,
                }
            )
        return drafts
