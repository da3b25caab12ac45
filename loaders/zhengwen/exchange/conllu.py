"""CoNLL-U Plus: the words of :mod:`zhengwen.text.segment`, with the annotation in columns of our own.

The ten columns of CoNLL-U come first, so that a reader of CoNLL-U only has to drop the others; what nobody annotated
(lemmas, parts of speech, trees) is ``_``.  For each record that overlaps a word, our columns have ``B`` at the first
word of the record and ``I`` at the others, with ``|`` between records.  ``B`` is followed by the whole record,
including its span, since a record need not begin or end at the boundary of a word.
"""

from collections.abc import Iterator

from zhengwen.document import Document, Passage
from zhengwen.exchange.interface import Files, Format, short
from zhengwen.layers.sentences import Sentence
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

#: The passages of a layer, each with the record as the column writes it.
_Marks = list[tuple[Passage, str]]

#: How CoNLL-U escapes characters in ``SpacesAfter``.
_ESCAPES = str.maketrans({" ": "\\s", "\t": "\\t", "|": "\\p", "\\": "\\\\"})


def export(document: Document, schema: Schema, corpus: str | None) -> Files:
    """``<id>.conllup``."""
    layers = [list(marks(document)) for marks in (_entity_marks, _quote_marks, _stance_marks)]
    lines = [f"# global.columns = {' '.join(COLUMNS)}", f"# newdoc id = {document.id}"]
    paragraph = None
    for sentence in document.sentences:
        if sentence.paragraph is not paragraph:
            paragraph = sentence.paragraph
            lines.append(f"# newpar id = {paragraph.id}")
        # White space around a sentence is not part of what CoNLL-U calls its text.
        lines += [f"# sent_id = {sentence.id}", f"# text = {sentence.text.strip()}"]
        lines += ["\t".join(row) for row in _rows(sentence, layers)]
        lines.append("")
    return {f"{document.id}.conllup": "".join(f"{line}\n" for line in lines)}


def _rows(sentence: Sentence, layers: list[_Marks]) -> Iterator[list[str]]:
    words = [token for token in sentence.tokens if token.text.strip()]
    for number, word in enumerate(words, start=1):
        next_start = words[number].start if number < len(words) else word.end
        gap = sentence.document.text()[word.end : next_start]
        misc = [f"TokenRange={word.start}:{word.end}"]
        if gap != " ":
            misc.insert(0, f"SpacesAfter={gap.translate(_ESCAPES)}" if gap else "SpaceAfter=No")
        columns = [_column(word, marks) for marks in layers]
        yield [str(number), word.text, *["_"] * 7, "|".join(misc), *columns]


def _column(word: Passage, marks: _Marks) -> str:
    values = []
    for passage, record in marks:
        if passage.start < word.end and word.start < passage.end:
            is_first_word = word.start <= passage.start
            id = record.partition(":")[0]
            values.append(f"B:{record}:{passage.start}:{passage.end}" if is_first_word else f"I:{id}")
    return "|".join(values) or "_"


def _entity_marks(document: Document) -> Iterator[tuple[Passage, str]]:
    for entity in document.objects("entities"):
        yield entity, f"{short(entity.id)}:{entity.type}:{short(entity.cluster.id) if entity.cluster else ''}"


def _quote_marks(document: Document) -> Iterator[tuple[Passage, str]]:
    for quote in document.objects("quotes"):
        attributes = f"{quote.kind}:{short(quote.speaker.id)}:{'implicit' if quote.implicit_source else ''}"
        for part, number, passage in quote.parts():
            yield passage, f"{short(quote.id)}:{part}{number}:{attributes}"


def _stance_marks(document: Document) -> Iterator[tuple[Passage, str]]:
    for stance in document.objects("stances"):
        if stance.evidence:
            attributes = f"{short(stance.holder.id)}:{stance.target}:{stance.label}:{stance.certainty}"
            yield stance.evidence, f"{short(stance.id)}:{short(stance.unit.id)}:{attributes}"
