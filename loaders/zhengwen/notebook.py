"""How documents look in a notebook: small pieces of HTML, and layers as data frames.

The HTML has no script and refers to nothing; every text in it is escaped.  Readers' pages are another thing:
``zhengwen page`` makes them.  What is shown are the objects of :mod:`zhengwen.document`, which is built on this.
"""

from collections.abc import Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from zhengwen.editions import EDITIONS, SCRIPTS
from zhengwen.errors import UnknownNameError

if TYPE_CHECKING:
    import pandas

_MARK = "background:rgba(127,127,127,.18);color:inherit;border-bottom:2px solid;padding:0 .1em"
_TYPE = "font-size:.65em;opacity:.75;margin-left:.2em"
_TEXT = "line-height:1.9;max-width:44em"


def corpus_html(documents: Sequence) -> str:
    """A table of the documents and the sizes of their layers."""
    sizes = ("characters", "sentences", "mentions", "quotations", "for or against")
    rows = []
    for one in documents:
        layers = (one.text(), one.sentences, one.entities, one.quotes)
        taken = sum(stance.evidence is not None for stance in one.stances)
        rows.append([one.id, one.provenance["publisher"], *map(len, layers), taken])
    return _table(["document", "publisher", *sizes], rows)


def document_html(document) -> str:
    """Where a document comes from, the sizes of its layers, and its text, folded, with the mentions in it."""
    about = document.provenance
    origin = " · ".join(escape(str(about[name])) for name in ("publisher", "reporter", "date_in_text") if about[name])
    paragraphs = "".join(f"<p>{_marked(one, document.entities)}</p>" for one in document.paragraphs)
    sizes = (
        f"{len(document.sentences)} sentences · {len(document.entities)} mentions of {len(document.clusters)} referents"
        f" · {len(document.quotes)} quotations"
    )
    return (
        f"<div><strong>{escape(document.id)}</strong><br>{origin}<br>{sizes}"
        f"<details><summary>text</summary><div {_lang('hans')} style='{_TEXT}'>{paragraphs}</div></details></div>"
    )


def sentence_html(sentence) -> str:
    """A sentence in every script; its mentions are marked in the one that was annotated."""
    rows = []
    for script in SCRIPTS:
        body = _marked(sentence, sentence.entities) if script == "hans" else escape(sentence.text_in(script))
        rows.append(
            f"<tr><th scope='row' style='text-align:left;vertical-align:top'>{script}</th>"
            f"<td {_lang(script)} style='text-align:left;{_TEXT}'>{body}</td></tr>"
        )
    return f"<div><strong>{escape(sentence.id)}</strong><table>{''.join(rows)}</table></div>"


def frame(document, layer: str, edition: str = "hans") -> "pandas.DataFrame":
    """The records of ``layer`` as a ``pandas.DataFrame``, a record a row, words and offsets those of ``edition``."""
    import pandas

    if layer not in _ROWS:
        raise UnknownNameError("layer", layer, _ROWS)
    return pandas.DataFrame(list(_ROWS[layer](document, edition))).set_index("id")


def _lang(edition: str) -> str:
    return f"lang='{EDITIONS[edition].language}'"


def _table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    head = "".join(f"<th scope='col'>{escape(one)}</th>" for one in headings)
    body = "".join("<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _marked(passage, entities: Sequence) -> str:
    """The words of ``passage``, escaped, with the outermost of ``entities`` in it marked."""
    done, parts = passage.start, []
    for entity in sorted(entities, key=lambda one: (one.start, -one.end)):
        if passage.contains(entity) and entity.start >= done:
            parts.append(escape(entity.document.passage(done, entity.start).text))
            parts.append(
                f"<mark style='{_MARK}'>{escape(entity.text)}<span style='{_TYPE}'>{escape(entity.type)}</span></mark>"
            )
            done = entity.end
    return "".join(parts) + escape(passage.document.passage(done, passage.end).text)


_Rows = Iterator[dict[str, Any]]


def _place(passage, edition: str) -> dict[str, Any]:
    start, end, _ = passage.span_in(edition)
    return {"start": start, "end": end, "text": passage.text_in(edition)}


def _words(passage, edition: str) -> str | None:
    return None if passage is None else passage.text_in(edition)


def _paragraphs(document, edition: str) -> _Rows:
    for one in document.paragraphs:
        yield {"id": one.id, "role": one.role, **_place(one, edition)}


def _sentences(document, edition: str) -> _Rows:
    for one in document.sentences:
        yield {"id": one.id, "paragraph": one.paragraph.id, "role": one.paragraph.role, **_place(one, edition)}


def _entities(document, edition: str) -> _Rows:
    for one in document.entities:
        cluster = one.cluster
        referent = {"cluster": cluster and cluster.id, "name": cluster and cluster.name_in(edition)}
        yield {"id": one.id, "type": one.type, **_place(one, edition), "sentence": one.sentence.id, **referent}


def _clusters(document, edition: str) -> _Rows:
    for one in document.clusters:
        names = {"name": one.name_in(edition), "aliases": one.aliases_in(edition)}
        yield {"id": one.id, "type": one.type, **names, "named": one.named, "mentions": len(one.mentions)}


def _quotes(document, edition: str) -> _Rows:
    for one in document.quotes:
        yield {
            "id": one.id,
            "kind": one.kind,
            **_place(one, edition),
            "cue": _words(one.cue, edition),
            "source": _words(one.source, edition),
            "speaker": one.speaker.name_in(edition),
        }


def _stances(document, edition: str) -> _Rows:
    for one in document.stances:
        yield {
            "id": one.id,
            "unit": one.unit.id,
            "holder": one.holder.name_in(edition),
            "target": one.target,
            "label": one.label,
            "evidence": _words(one.evidence, edition),
            "certainty": one.certainty,
        }


_ROWS = {
    "paragraphs": _paragraphs,
    "sentences": _sentences,
    "entities": _entities,
    "clusters": _clusters,
    "quotes": _quotes,
    "stances": _stances,
}
