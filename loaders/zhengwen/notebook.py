"""How a corpus, its documents and its sentences look in a notebook: small pieces of HTML.

The HTML holds no JavaScript and loads nothing; every text in it is escaped.  (``zhengwen page`` makes whole pages for
readers.)  Importing this module gives the classes their HTML; ``zhengwen.Corpus`` does so.
"""

from collections.abc import Sequence
from html import escape

from zhengwen.document import Document, Passage
from zhengwen.editions import EDITIONS
from zhengwen.layers.sentences import Sentence
from zhengwen.load import Corpus

_MARK = "background:rgba(127,127,127,.18);color:inherit;border-bottom:2px solid;padding:0 .1em"
_TYPE = "font-size:.65em;opacity:.75;margin-left:.2em"
_TEXT = "line-height:1.9;max-width:44em"


def corpus_html(corpus: Corpus) -> str:
    """A table of the documents and the sizes of their layers."""
    documents = list(corpus)
    titles = [layer.TITLE for layer in documents[0].layers.values()] if documents else []
    rows = [
        [
            document.id,
            document.provenance.get("publisher") or "",
            len(document.text()),
            *(len(document.layer(name)) for name in document.layers),
        ]
        for document in documents
    ]
    return _table(["document", "publisher", "characters", *titles], rows)


def document_html(document: Document) -> str:
    """The provenance of a document, the sizes of its layers, and its text, folded, with the mentions marked."""
    known = document.provenance
    origin = " · ".join(
        escape(str(known[name])) for name in ("publisher", "reporter", "date_in_text") if known.get(name)
    )
    paragraphs = "".join(
        f"<p>{_marked(paragraph, document.objects('entities'))}</p>" for paragraph in document.paragraphs
    )
    sizes = " · ".join(f"{len(document.layer(name))} {layer.TITLE}" for name, layer in document.layers.items())
    return (
        f"<div><strong>{escape(document.id)}</strong><br>{origin}<br>{sizes}"
        f"<details><summary>text</summary><div {_lang(document.base)} style='{_TEXT}'>"
        f"{paragraphs}</div></details></div>"
    )


def sentence_html(sentence: Sentence) -> str:
    """A sentence in every released edition; its mentions are marked in the base, which is what was annotated."""
    document, rows = sentence.document, []
    entities = sentence.entities if "entities" in document.layers else []
    for script in (name for name in document.editions if EDITIONS[name].released):
        body = _marked(sentence, entities) if script == document.base else escape(sentence.text_in(script))
        rows.append(
            f"<tr><th scope='row' style='text-align:left;vertical-align:top'>{script}</th>"
            f"<td {_lang(script)} style='text-align:left;{_TEXT}'>{body}</td></tr>"
        )
    return f"<div><strong>{escape(sentence.id)}</strong><table>{''.join(rows)}</table></div>"


Corpus.to_html = corpus_html
Document.to_html = document_html
Sentence.to_html = sentence_html


def _lang(edition: str) -> str:
    return f"lang='{EDITIONS[edition].language}'"


def _table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    head = "".join(f"<th scope='col'>{escape(heading)}</th>" for heading in headings)
    body = "".join("<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _marked(passage: Passage, entities: Sequence) -> str:
    """The words of ``passage`` as HTML, with those of ``entities`` marked that lie in it and in no other."""
    done, parts = passage.start, []
    for entity in sorted(entities, key=lambda entity: (entity.start, -entity.end)):
        if passage.contains(entity) and entity.start >= done:
            parts.append(escape(entity.document.passage(done, entity.start).text))
            parts.append(
                f"<mark style='{_MARK}'>{escape(entity.text)}<span style='{_TYPE}'>{escape(entity.type)}</span></mark>"
            )
            done = entity.end
    return "".join(parts) + escape(passage.document.passage(done, passage.end).text)
