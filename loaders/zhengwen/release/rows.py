"""The rows of every config, made from documents.

A row is a decoded record of a shape in ``schema/rows/``.  Offsets of nested items count from their row's ``text``;
``start`` and ``end`` of a row, and every ``*_start`` and ``*_end`` of a named part, count in the document's text of
the same script, and ``context`` with ``context_start`` lets every slice be checked inside its row.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from zhengwen.conversion.convert import convert
from zhengwen.document import Document, Passage
from zhengwen.editions import SCRIPTS
from zhengwen.schema import Config, Schema
from zhengwen.text.align import Alignment

Row = dict[str, Any]


def rows(config: Config, documents: Iterable[Document], schema: Schema) -> Iterator[Row]:
    """The rows of ``config``, document by document."""
    for document in documents:
        yield from FAMILIES[config.family](document, config.script, schema)


def text_column(edition: str) -> str:
    """The column of ``documents`` that holds the text of ``edition``.

    >>> text_column("hant-tw")
    'text_hant_tw'
    """
    return f"text_{edition.replace('-', '_')}"


def _sentences(document: Document, script: str, schema: Schema) -> Iterator[Row]:
    for sentence in document.sentences:
        start, end, _ = sentence.span_in(script)
        yield {
            "id": sentence.id,
            "doc_id": document.id,
            "index": sentence.index,
            "paragraph": sentence.paragraph.id,
            "role": sentence.paragraph.role,
            "start": start,
            "end": end,
            "text": sentence.text_in(script),
            "tokens": sentence.tokens_in(script),
            "entities": [
                {
                    "id": entity.id,
                    **_within(sentence, entity, script),
                    "type": entity.type,
                    "cluster": entity.cluster and entity.cluster.id,
                }
                for entity in sentence.entities
            ],
            "quotes": [
                {
                    "quote_id": quote.id,
                    "part": part,
                    "piece": piece,
                    "kind": quote.kind,
                    **_within(sentence, cut, script),
                }
                for quote in document.quotes
                for part, piece, passage in quote.parts()
                if (cut := _cut(passage, sentence))
            ],
            "stances": [
                {
                    "id": stance.id,
                    "holder": stance.holder.id,
                    "target": stance.target,
                    "label": stance.label,
                    **_within(sentence, cut, script),
                }
                for stance in document.stances
                if stance.evidence and (cut := _cut(stance.evidence, sentence))
            ],
        }


def _entities(document: Document, script: str, schema: Schema) -> Iterator[Row]:
    for entity in document.entities:
        start, end, _ = entity.span_in(script)
        yield {
            "id": entity.id,
            "doc_id": document.id,
            "sentence_id": entity.sentence.id,
            "start": start,
            "end": end,
            "text": entity.text_in(script),
            "type": entity.type,
            "cluster": entity.cluster and entity.cluster.id,
            "cluster_name": entity.cluster and entity.cluster.name_in(script),
            **_context(entity.sentence, script),
        }


def _ner(document: Document, script: str, schema: Schema) -> Iterator[Row]:
    for sentence in document.sentences:
        text, start = sentence.text_in(script), sentence.span_in(script).start
        tags = ["O"] * len(text)
        covered = 0
        for entity in sentence.entities:
            first, last = (offset - start for offset in entity.span_in(script)[:2])
            if first >= covered:  # an outermost mention: those in it come after it
                tags[first:last] = [f"B-{entity.type}", *[f"I-{entity.type}"] * (last - first - 1)]
                covered = last
        kept = [place for place, character in enumerate(text) if not character.isspace()]
        yield {
            "id": sentence.id,
            "tokens": [text[place] for place in kept],
            "ner_tags": [tags[place] for place in kept],
            "char_start": [start + place for place in kept],
        }


def _quotes(document: Document, script: str, schema: Schema) -> Iterator[Row]:
    for quote in document.quotes:
        start, end, _ = quote.span_in(script)
        fragments = [fragment.span_in(script) for fragment in quote.content]
        yield {
            "id": quote.id,
            "doc_id": document.id,
            "kind": quote.kind,
            "text": quote.text_in(script),
            "start": start,
            "end": end,
            "fragment_starts": [fragment.start - start for fragment in fragments],
            "fragment_ends": [fragment.end - start for fragment in fragments],
            **_optional("cue", quote.cue, script),
            **_optional("source", quote.source, script),
            "speaker": quote.speaker.id,
            "speaker_name": quote.speaker.name_in(script),
            "implicit_source": quote.implicit_source,
            **_context(document.paragraphs_of(*(passage for _, _, passage in quote.parts())), script),
        }


def _restoration(document: Document, script: None, schema: Schema) -> Iterator[Row]:
    made = document.restoration
    established = document.text("restored")
    place = Alignment.between(made.text, established)
    for number, edit in enumerate(made.edits, start=1):
        start, end, _ = place.project((edit.restored_start, edit.restored_end))
        yield {
            "id": f"{document.id}.r{number:03d}",
            "doc_id": document.id,
            "rule": edit.rule,
            "start": edit.start,
            "end": edit.end,
            "received": edit.received,
            "restored_start": edit.restored_start,
            "restored_end": edit.restored_end,
            "restored": edit.restored,
            "established": established[start:end],
            "bytes": edit.data.hex().upper(),
            "readings": min(edit.readings, 2**31 - 1),
            "margin": edit.margin if edit.margin is None else round(edit.margin, 2),
        }


def _stances(document: Document, script: str, schema: Schema) -> Iterator[Row]:
    for stance in document.stances:
        evidence = stance.evidence.span_in(script) if stance.evidence else (None, None)
        yield {
            "id": stance.id,
            "doc_id": document.id,
            "unit": stance.unit.id,
            "text": stance.unit.text_in(script),
            **_context(document.paragraphs_of(stance.unit), script),
            "holder": stance.holder.id,
            "holder_name": stance.holder.name_in(script),
            "target": stance.target,
            "target_name": _in_script(schema.labels["targets"][stance.target].name, script),
            "label": stance.label,
            "evidence_start": evidence[0],
            "evidence_end": evidence[1],
            "certainty": stance.certainty,
        }


def _clusters(document: Document, script: None, schema: Schema) -> Iterator[Row]:
    for cluster in document.clusters:
        yield {
            "id": cluster.id,
            "doc_id": document.id,
            "type": cluster.type,
            "name": cluster.name,
            "names": {script: cluster.name_in(script) for script in SCRIPTS},
            "aliases": list(cluster.aliases),
            "named": cluster.named,
            "wikidata": cluster.wikidata,
            "wikidata_basis": cluster.wikidata_basis,
            "mentions": len(cluster.mentions),
        }


def _documents(document: Document, script: None, schema: Schema) -> Iterator[Row]:
    texts = {text_column(edition): document.text(edition) for edition in document.editions}
    row = {"id": document.id, **document.provenance, **texts}
    yield {name: row[name] for name in schema.rows["documents"].fields}


def _parallel(document: Document, script: None, schema: Schema) -> Iterator[Row]:
    for sentence in document.sentences:
        yield {
            "id": sentence.id,
            "doc_id": document.id,
            "translation": {script: sentence.text_in(script) for script in SCRIPTS},
        }


#: What makes the rows of each family.
FAMILIES: dict[str, Callable[[Document, Any, Schema], Iterator[Row]]] = {
    "sentences": _sentences,
    "entities": _entities,
    "ner": _ner,
    "quotes": _quotes,
    "stances": _stances,
    "clusters": _clusters,
    "documents": _documents,
    "parallel": _parallel,
    "restoration": _restoration,
}


def _cut(passage: Passage, sentence: Passage) -> Passage | None:
    """The piece of ``passage`` that lies in ``sentence``."""
    start, end = max(passage.start, sentence.start), min(passage.end, sentence.end)
    return passage.document.passage(start, end) if start < end else None


def _within(sentence: Passage, passage: Passage, script: str) -> Row:
    offset = sentence.span_in(script).start
    start, end, _ = passage.span_in(script)
    return {"start": start - offset, "end": end - offset, "text": passage.text_in(script)}


def _context(passage: Passage, script: str) -> Row:
    return {"context": passage.text_in(script), "context_start": passage.span_in(script).start}


def _optional(name: str, passage: Passage | None, script: str) -> Row:
    start, end = passage.span_in(script)[:2] if passage else (None, None)
    return {name: passage and passage.text_in(script), f"{name}_start": start, f"{name}_end": end}


def _in_script(name: str, script: str) -> str:
    return convert(name, script, "hans").text
