"""JSON lines, or a JSON list, of texts with spans: CLUENER, doccano, spaCy, Prodigy, and what is like them.

A record is an object with the text under ``text`` (or ``data``, ``content``, ``sentence``), and its spans in one of
these forms; or it is a list of a text and such an object:

- ``label: {TYPE: {NAME: [[start, end]]}}`` (CLUENER: the end is the last character of the name);
- ``label: [[start, end, TYPE]]`` (doccano), also under ``labels``, ``entities`` and ``spans``;
- a list of objects with ``start`` and ``end`` (or ``start_offset``, ``end_offset``) and ``label``, ``type`` or
  ``labels``, under ``entities``, ``spans``, ``ents`` or ``label``; ``sents`` are sentences.
"""

import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from zhengwen.errors import ZhengwenError
from zhengwen.files import parse_json
from zhengwen.intake.counting import counted
from zhengwen.intake.reading import read_content, read_each
from zhengwen.intake.source import Mention, Options, Remark, Source, SourceText, Span, divided
from zhengwen.text import segment

SUFFIXES = (".jsonl", ".ndjson", ".json", ".jsonlines")

_TEXTS = ("text", "data", "content", "sentence")
_SPANS = ("spans", "entities", "ents", "label", "labels")
_STARTS, _ENDS, _LABELS = ("start", "start_offset"), ("end", "end_offset"), ("label", "type", "labels", "tag")
_NAMES = ("doc_id", "id", "name")
#: Fields that repeat the text, or say how a tool made the record: nothing is lost without them.
_OF_TOOLS = ("tokens", "_input_hash", "_task_hash", "_session_id", "_annotator_id", "_view_id", "_timestamp", "answer")
#: Of records without line feeds, those with more sentences than this are taken for documents.
_SENTENCES_OF_A_RECORD = 3


def read(path: Path, options: Options) -> Source:
    """The texts of a file of JSON lines or of a JSON list, or of those in a folder.

    Raises :class:`ZhengwenError` with file and line.
    """
    return read_each(path, SUFFIXES, lambda file: _Reader(file).source(options))


class _Reader:
    """Reads one file."""

    def __init__(self, file: Path):
        self._file = file
        self._source = Source()
        self._inclusive: list[tuple[SourceText, list[Mention]]] = []

    def source(self, options: Options) -> Source:
        records = [record for place, value in self._values() if (record := self._record(value, place))]
        if not records:
            raise ZhengwenError(f"{self._file}: no record with a text and spans", fix=_FORMS)
        self._settle_ends()
        for record in records:
            record.mentions, counting = counted(record.text, record.mentions)
            if counting:
                self._source.notes.append(f"{self._file.name}: offsets are {counting}")
        self._source.texts = divided(records, options.document_per or self._usual(records), self._file.stem)
        return self._source

    def _usual(self, records: list[SourceText]) -> str:
        """What a document is unless it is stated: a record if the records are texts, or else the file."""
        lengths = [record.text.strip().count("\n") + len(segment.sentences(record.text)) for record in records[:1000]]
        median = statistics.median(lengths)
        per = "record" if median > _SENTENCES_OF_A_RECORD or len(records) == 1 else "file"
        made = "each record is a document" if per == "record" else "together one document"
        self._source.notes.append(
            f"{self._file.name}: {len(records):,} record{'s' * (len(records) != 1)} of {median:g} sentences "
            f"(median), {made}; --document-per says otherwise"
        )
        return per

    def _values(self) -> Iterator[tuple[str, Any]]:
        """The records of the file, each with its place."""
        content = read_content(self._file)
        if content.lstrip().startswith("[") and (values := self._list(content)) is not None:
            yield from ((f"{self._file}: record {number}", value) for number, value in enumerate(values, start=1))
            return
        for number, line in enumerate(content.split("\n"), start=1):
            if line.strip():
                place = f"{self._file}:{number}"
                try:
                    yield place, parse_json(line, ours=False)
                except ValueError as error:
                    raise ZhengwenError(f"{place}: not JSON: {error}", fix=_FORMS) from None

    def _list(self, content: str) -> list[Any] | None:
        """The records of a file that is one list; ``None`` if its lines are lists themselves."""
        lines = content.strip().split("\n")
        try:
            value = parse_json(content, ours=False)
        except ValueError as error:
            try:
                parse_json(lines[0], ours=False)
            except ValueError:
                raise ZhengwenError(f"{self._file}: not JSON: {error}", fix=_FORMS) from None
            return None
        # A single line may be a record in spaCy's form: a text, and its annotation.
        return None if len(value) == 2 and isinstance(value[0], str) else value

    def _record(self, value: Any, place: str) -> SourceText | None:
        """The text of a record; ``None`` if it was not annotated, or rejected."""
        if isinstance(value, list) and len(value) == 2 and isinstance(value[0], str) and isinstance(value[1], dict):
            value = {"text": value[0], **value[1]}
        if not isinstance(value, dict):
            raise ZhengwenError(f"{place}: a record is an object, not {type(value).__name__}", fix=_FORMS)
        text_field = next((field for field in _TEXTS if isinstance(value.get(field), str)), None)
        if text_field is None:
            raise ZhengwenError(f"{place}: no text (fields: {', '.join(value)[:100]})", fix=_FORMS)
        if value.get("answer", "accept") != "accept":
            self._remark("no-annotation", place, f"a record with the answer {value['answer']!r}")
            return None
        span_fields = [field for field in _SPANS if isinstance(value.get(field), list | dict)]
        if not span_fields:
            self._remark("no-annotation", place, "a record without spans")
            return None
        taken = next((field for field in span_fields if value[field]), span_fields[0])
        name = next((str(value[f]) for f in _NAMES if isinstance(value.get(f), str | int) and f in value), None)
        known = {text_field, taken, "sents", *_NAMES, *_OF_TOOLS}
        for field, content in value.items():
            if field not in known and content not in (None, [], {}, ""):
                self._remark("relation" if field == "relations" else "field", place, field)
        record = SourceText(self._named(name), place, value[text_field])
        if not record.text.strip():
            raise ZhengwenError(f"{place}: the text is empty", fix="remove the record")
        record.mentions = self._mentions(value[taken], place, record)
        record.sentences = self._sentences(value.get("sents"), place)
        return record

    def _remark(self, kind: str, place: str, what: str) -> None:
        self._source.remarks.append(Remark(kind, place, what))

    def _named(self, name: str | None) -> str | None:
        return f"{self._file.stem}-{name}" if name is not None and name.isdigit() else name

    def _sentences(self, value: Any, place: str) -> list[Span] | None:
        if not isinstance(value, list) or not value:
            return None
        return [self._offsets(item, place) for item in value]

    def _mentions(self, value: Any, place: str, record: SourceText) -> list[Mention]:
        if isinstance(value, list):
            return [mention for item in value for mention in self._mention(item, place)]
        if all(isinstance(names, dict) for names in value.values()):
            mentions = [
                Mention((self._offsets(span, place),), label, place, None, name)
                for label, names in value.items()
                for name, spans in names.items()
                for span in (spans if isinstance(spans, list) else [spans])
            ]
            self._inclusive.append((record, mentions))
            return mentions
        if all(isinstance(items, list) for items in value.values()):  # spaCy's groups of spans
            return [mention for items in value.values() for item in items for mention in self._mention(item, place)]
        raise ZhengwenError(f"{place}: the spans are in no form that is known", fix=_FORMS)

    def _mention(self, item: Any, place: str) -> list[Mention]:
        """The mentions that a span with one or several labels makes."""
        span = self._offsets(item, place)
        if isinstance(item, dict):
            label = next((item[field] for field in _LABELS if item.get(field) is not None), None)
            words = item.get("text") if isinstance(item.get("text"), str) else None
        else:
            label, words = (item[2] if len(item) > 2 else None), None
        labels = label if isinstance(label, list) else [label]
        if not labels or not all(isinstance(label, str) and label for label in labels):
            raise ZhengwenError(f"{place}: the span {span} has no label that is a text", fix=_FORMS)
        return [Mention((span,), label, place, None, words) for label in labels]

    def _offsets(self, item: Any, place: str) -> Span:
        found: list[Any] = [None, None]
        if isinstance(item, dict):
            found = [next((item[f] for f in fields if f in item), None) for fields in (_STARTS, _ENDS)]
        elif isinstance(item, list):
            found = [*item[:2], None, None][:2]
        if not all(type(offset) is int for offset in found):
            raise ZhengwenError(f"{place}: {str(item)[:60]} is not a span with its start and end", fix=_FORMS)
        return found[0], found[1]

    def _settle_ends(self) -> None:
        """Make the ends of CLUENER's spans exclusive, unless the names show that those of this file are."""
        spans = [(record, mention) for record, mentions in self._inclusive for mention in mentions]

        def right(more: int) -> int:
            return sum(record.text[m.spans[0][0] : m.spans[0][1] + more] == m.words for record, m in spans)

        more = 0 if right(0) > right(1) else 1
        if spans:
            is_in = "the last character of a name" if more else "the character after a name"
            self._source.notes.append(f"{self._file.name}: the end of a span is {is_in}")
        for record, _ in self._inclusive:
            record.mentions = [
                mention._replace(spans=((mention.spans[0][0], mention.spans[0][1] + more),))
                for mention in record.mentions
            ]


_FORMS = 'write a record a line, such as {"text": "…", "label": [[0, 2, "PER"]]}, or as CLUENER, doccano or spaCy do'
