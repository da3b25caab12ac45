"""Level 4: the vocabulary, and the grid of stances."""

from collections import Counter
from collections.abc import Iterator

from zhengwen.checks import passes
from zhengwen.checks.finding import Finding, rule
from zhengwen.checks.subject import DocumentFiles
from zhengwen.document import Document, Paragraph, Quote
from zhengwen.records import TextSpan
from zhengwen.schema import Schema

UNKNOWN_LABEL = rule("unknown-label", 4, "A label is one of its inventory.")
CLUSTER_PRESENCE = rule("cluster-presence", 4, "A name refers to something; a date, a number or a title does not.")
CLUSTER_TYPE = rule("cluster-type", 4, "A mention has the type of what it refers to.")
UNKNOWN_UNIT = rule("unknown-unit", 4, "A stance is taken in a quotation, or in a paragraph in the author's voice.")
GRID_MISSING = rule(
    "grid-missing", 4, "Every unit has a label for every target: none is not the same as not annotated."
)
GRID_DUPLICATE = rule("grid-duplicate", 4, "A cell of the grid has one label.")
EVIDENCE_PRESENCE = rule("evidence-presence", 4, "A stance is shown by words; none has nothing to show.")
EVIDENCE_OUTSIDE_UNIT = rule("evidence-outside-unit", 4, "The words that show a stance are words of its unit.")
HOLDER_MISMATCH = rule("holder-mismatch", 4, "A quotation holds its speaker's stance, a paragraph its author's.")


def run_document(document: DocumentFiles, schema: Schema) -> Iterator[Finding]:
    """Findings on one document.

    The grid is looked at only where every label is known, and what was decided over passes only where gold holds.
    """
    found = list(_labels(document, schema))
    if not found:
        found = [*_clusters(document, schema), *_grid(document, schema)]
    yield from found
    if not found:
        yield from passes.run_document(document, document.seed, schema)


def _labels(document: DocumentFiles, schema: Schema) -> Iterator[Finding]:
    for layer, records in document.gold.items():
        for number, record in enumerate(records, start=1):
            for problem in schema.gold[layer].problems(record):
                yield UNKNOWN_LABEL.broken(
                    document.gold_name(layer),
                    problem.message,
                    line=number,
                    field=problem.field,
                    fix="use one of them, or add it to schema/labels.yaml with a definition",
                )


def _clusters(document: DocumentFiles, schema: Schema) -> Iterator[Finding]:
    types = {cluster.id: cluster.type for cluster in document.seed.gold["clusters"]}
    for line, record in enumerate(document.seed.gold["entities"], start=1):
        if record.cluster and types[record.cluster] != record.type:
            yield CLUSTER_TYPE.broken(
                document.gold_name("entities"),
                f"{record.text!r} is {record.type}, its cluster {record.cluster} is {types[record.cluster]}",
                line=line,
                field="type",
                fix="mend the type, or name another cluster",
            )
        if schema.labels["entity_types"][record.type].refers == (record.cluster is None):
            needs = "needs a cluster" if record.cluster is None else "has no cluster"
            yield CLUSTER_PRESENCE.broken(
                document.gold_name("entities"),
                f"a mention of type {record.type} {needs}",
                line=line,
                field="cluster",
                fix="name a cluster" if record.cluster is None else "write null",
            )


def _in_unit(evidence: TextSpan, unit: Quote | Paragraph, document: Document) -> bool:
    """True when the evidence lies in one fragment of a quotation, or in what the author says in a paragraph."""
    if isinstance(unit, Quote):
        return any(part.start <= evidence.start and evidence.end <= part.end for part in unit.content)
    quoted = (part for quote in document.quotes for part in quote.content)
    return (
        unit.start <= evidence.start
        and evidence.end <= unit.end
        and not any(part.start < evidence.end and evidence.start < part.end for part in quoted)
    )


def _grid(document: DocumentFiles, schema: Schema) -> Iterator[Finding]:
    file = document.gold_name("stances")
    whole = Document.from_seed(document.seed, schema)
    units = {unit.id: unit for unit in (*whole.quotes, *whole.author_paragraphs)}
    speakers = {quote.id: quote.speaker.id for quote in whole.quotes}
    stances = list(enumerate(document.seed.gold["stances"], start=1))
    authors = Counter(stance.holder for _, stance in stances if stance.unit not in speakers)
    author = authors.most_common(1)[0][0] if authors else None
    seen: dict[tuple[str, str], str] = {}
    for line, stance in stances:
        unit = units.get(stance.unit)
        if unit is None:
            yield UNKNOWN_UNIT.broken(
                file, f"{stance.unit!r} is no unit", line=line, field="unit", fix="remove the cell, or name a unit"
            )
            continue
        cell = (stance.unit, stance.target)
        if cell in seen:
            yield GRID_DUPLICATE.broken(
                file, f"{stance.unit} on {stance.target} is already {seen[cell]}", line=line, fix="keep one of them"
            )
        seen.setdefault(cell, stance.id)
        if (stance.evidence is None) != (stance.label == "none"):
            yield EVIDENCE_PRESENCE.broken(
                file,
                f"the label is {stance.label}, and there is {'no' if stance.evidence is None else 'some'}",
                line=line,
                field="evidence",
                fix="evidence for favor and against, null for none",
            )
        elif stance.evidence and not _in_unit(stance.evidence, unit, whole):
            yield EVIDENCE_OUTSIDE_UNIT.broken(
                file,
                f"{stance.evidence.text!r} is not in {stance.unit}",
                line=line,
                field="evidence",
                fix="mend the span",
            )
        expected = speakers.get(stance.unit, author)
        if stance.holder != expected:
            yield HOLDER_MISMATCH.broken(
                file,
                f"is {stance.holder}, the unit is {expected}'s",
                line=line,
                field="holder",
                fix=f"write {expected}",
            )
    for unit in sorted(units.values(), key=lambda one: (one.start, one.id)):
        for target in schema.labels["targets"]:
            if (unit.id, target) not in seen:
                yield GRID_MISSING.broken(
                    file, f"no label for {unit.id} on {target}", fix="annotate the cell; none is a label too"
                )
