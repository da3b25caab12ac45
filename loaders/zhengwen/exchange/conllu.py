"""CoNLL-U Plus: the words of :mod:`zhengwen.text.segment`, with the annotation in columns of our own.

The ten columns of CoNLL-U come first, so that a reader of CoNLL-U has only to cut the others off; what nobody
annotated (lemmas, parts of speech, trees) is ``_``.  A column of ours holds, for each record that touches the word,
``B`` where it is the record's first word and ``I`` where it is not, ``|`` between several.  With ``B`` stands the whole
record, its span too: a record need not begin or end with a word.
"""

from collections.abc import Iterator

from zhengwen.document import Document, Passage, Sentence
from zhengwen.exchange.contract import Files, Format, short
from zhengwen.schema import Schema

FORMAT = Format(
    "conllu",
    "CoNLL-U Plus",
    ".conllup",
    carries=("sentences", "entities", "quotes", "stances"),
    back=(),
    stays=(
        "clusters: only their ids",
        "stances `none`: they have no words",
        "lemmas, parts of speech and trees: nobody annotated them, the columns are `_`",
    ),
    offsets="code points (`TokenRange`, and in our columns)",
)

#: The columns of CoNLL-U, and ours.
COLUMNS = (
    *("ID", "FORM", "LEMMA", "UPOS", "XPOS", "FEATS", "HEAD", "DEPREL", "DEPS", "MISC"),
    *("ZHENGWEN:ENTITY", "ZHENGWEN:QUOTE", "ZHENGWEN:STANCE"),
)

#: A record where it touches text: the passage, and what is written of it.
Marks = list[tuple[Passage, str]]


def export(document: Document, schema: Schema) -> Files:
    """``<id>.conllup``."""
    layers = [list(marks(document)) for marks in (_entities, _quotes, _stances)]
    lines = [f"# global.columns = {' '.join(COLUMNS)}", f"# newdoc id = {document.id}"]
    paragraph = None
    for sentence in document.sentences:
        if sentence.paragraph is not paragraph:
            paragraph = sentence.paragraph
            lines.append(f"# newpar id = {paragraph.id}")
        # White space around a sentence is no part of what CoNLL-U calls its text.
        lines += [f"# sent_id = {sentence.id}", f"# text = {sentence.text.strip()}"]
        lines += ["\t".join(row) for row in _rows(sentence, layers)]
        lines.append("")
    return {f"{document.id}.conllup": "".join(f"{line}\n" for line in lines)}


def _rows(sentence: Sentence, layers: list[Marks]) -> Iterator[list[str]]:
    words = [token for token in sentence.tokens if token.text.strip()]
    for number, word in enumerate(words, start=1):
        following = words[number].start if number < len(words) else word.end
        gap = sentence.document.text()[word.end : following]
        misc = [f"TokenRange={word.start}:{word.end}"]
        if gap != " ":
            spaces = "".join({" ": "\\s", "\t": "\\t", "|": "\\p", "\\": "\\\\"}.get(one, one) for one in gap)
            misc.insert(0, f"SpacesAfter={spaces}" if gap else "SpaceAfter=No")
        columns = [_column(word, marks) for marks in layers]
        yield [str(number), word.text, *["_"] * 7, "|".join(misc), *columns]


def _column(word: Passage, marks: Marks) -> str:
    touching = []
    for passage, record in marks:
        if passage.start < word.end and word.start < passage.end:
            first = word.start <= passage.start < word.end
            id = record.partition(":")[0]
            touching.append(f"B:{record}:{passage.start}:{passage.end}" if first else f"I:{id}")
    return "|".join(touching) or "_"


def _entities(document: Document) -> Iterator[tuple[Passage, str]]:
    for one in document.entities:
        yield one, f"{short(one.id)}:{one.type}:{short(one.cluster.id) if one.cluster else ''}"


def _quotes(document: Document) -> Iterator[tuple[Passage, str]]:
    for quote in document.quotes:
        for part, piece, passage in quote.parts():
            how = f"{quote.kind}:{short(quote.speaker.id)}:{'implicit' if quote.implicit_source else ''}"
            yield passage, f"{short(quote.id)}:{part}{piece}:{how}"


def _stances(document: Document) -> Iterator[tuple[Passage, str]]:
    for one in document.stances:
        if one.evidence:
            about = f"{short(one.unit.id)}:{short(one.holder.id)}:{one.target}:{one.label}:{one.certainty}"
            yield one.evidence, f"{short(one.id)}:{about}"
