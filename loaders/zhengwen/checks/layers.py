"""Level 3, within the layers: mentions, referents and quotations hold together."""

from collections.abc import Iterator
from itertools import pairwise

from zhengwen.checks.finding import Finding, rule
from zhengwen.checks.subject import DocumentFiles
from zhengwen.records import AUTHOR, QuoteRecord
from zhengwen.seeds import Seed

SENTENCE_CROSSED = rule("sentence-crossed", 3, "A mention lies in one sentence.")
DUPLICATE_SPAN = rule("duplicate-span", 3, "A mention is marked once.")
CROSSING_MENTIONS = rule("crossing-mentions", 3, "Mentions nest or are apart; they never overlap in part.")
CLUSTER_NAME = rule("cluster-name", 3, "The names of a referent are names that the text uses for it.")
UNNAMED_CLUSTER = rule("unnamed-cluster", 3, "A referent without a name has no named mention.")
UNUSED_CLUSTER = rule("unused-cluster", 3, "A referent is mentioned, speaks, or holds a stance.")
LINK_BASIS = rule("link-basis", 3, "A link to Wikidata says how it was verified.")
FRAGMENT_ORDER = rule("fragment-order", 3, "The fragments of a quotation follow each other and are apart.")
QUOTE_PARTS = rule("quote-parts", 3, "Cue and source stand by the content, in its paragraph and outside it.")
QUOTE_MARKS = rule(
    "quote-marks", 3, "Direct words stand between quotation marks; a mixed quotation holds some that do."
)
IMPLICIT_SOURCE = rule("implicit-source", 3, "A quotation without a source has an implicit one, and only then.")


def run_document(document: DocumentFiles, seed: Seed) -> Iterator[Finding]:
    """Findings on the entities, clusters and quotes of one document, whose every span holds."""
    yield from _entities(document, seed)
    yield from _clusters(document, seed)
    yield from _quotes(document, seed)


def _entities(document: DocumentFiles, seed: Seed) -> Iterator[Finding]:
    file = document.gold_name("entities")
    records = seed.gold["entities"]
    ends = sorted(sentence.end for sentence in seed.gold["sentences"])
    for line, record in enumerate(records, start=1):
        if any(record.start < end < record.end for end in ends):
            yield SENTENCE_CROSSED.broken(
                file,
                f"{record.text!r} runs over the end of a sentence",
                line=line,
                fix="mend the span, or the sentence",
            )
    numbered = sorted(enumerate(records, start=1), key=lambda item: item[1].order())
    for (_, one), (line, other) in pairwise(numbered):
        if (one.start, one.end) == (other.start, other.end):
            yield DUPLICATE_SPAN.broken(
                file, f"{other.text!r} is already marked by {one.id}", line=line, fix="keep one of them"
            )
    open_mentions: list = []
    for line, record in numbered:
        open_mentions = [one for one in open_mentions if one.end > record.start]
        for one in open_mentions:
            if record.end > one.end:
                yield CROSSING_MENTIONS.broken(
                    file,
                    f"{record.text!r} overlaps {one.text!r} ({one.id}) in part",
                    line=line,
                    fix="mend one of the spans",
                )
        open_mentions.append(record)


def _clusters(document: DocumentFiles, seed: Seed) -> Iterator[Finding]:
    file = document.gold_name("clusters")
    used = {entity.cluster for entity in seed.gold["entities"]}
    used |= {quote.speaker for quote in seed.gold["quotes"]} | {stance.holder for stance in seed.gold["stances"]}
    for line, cluster in enumerate(seed.gold["clusters"], start=1):
        if cluster.id not in used:
            yield UNUSED_CLUSTER.broken(
                file, f"nothing refers to {cluster.id}", line=line, fix="remove it, or refer to it"
            )
            continue
        if (cluster.wikidata is None) != (cluster.wikidata_basis is None):
            has, lacks = ("an id", "basis") if cluster.wikidata else ("a basis", "id")
            yield LINK_BASIS.broken(
                file,
                f"there is {has} and no {lacks}",
                line=line,
                field="wikidata_basis" if cluster.wikidata else "wikidata",
                fix="say how the id was verified, or write null for both",
            )
        surfaces = {entity.text for entity in seed.gold["entities"] if entity.cluster == cluster.id}
        if not cluster.named and surfaces:
            yield UNNAMED_CLUSTER.broken(
                file,
                f"{cluster.id} has named mentions: {', '.join(sorted(surfaces))}",
                line=line,
                field="named",
                fix="write true, or give the mentions another cluster",
            )
            continue
        names = [("name", cluster.name), *((f"aliases.{n}", alias) for n, alias in enumerate(cluster.aliases))]
        for field, name in names:
            if [one for _, one in names].count(name) > 1 and field != "name":
                yield CLUSTER_NAME.broken(
                    file, f"{name!r} is there twice", line=line, field=field, fix="keep each name once"
                )
            elif name not in (surfaces if cluster.named else seed.text) and (cluster.named or name != AUTHOR):
                yield CLUSTER_NAME.broken(
                    file,
                    f"{name!r} is no mention of {cluster.id}",
                    line=line,
                    field=field,
                    fix="use a name from the text",
                )
        for surface in sorted(surfaces - {name for _, name in names}):
            yield CLUSTER_NAME.broken(
                file,
                f"{surface!r} is a mention and no name of {cluster.id}",
                line=line,
                field="aliases",
                fix="add the alias",
            )


def _quotes(document: DocumentFiles, seed: Seed) -> Iterator[Finding]:
    file, text = document.gold_name("quotes"), seed.text
    seen: dict[tuple, str] = {}
    for line, quote in enumerate(seed.gold["quotes"], start=1):
        if quote.content in seen:
            yield DUPLICATE_SPAN.broken(
                file,
                f"these words are already {seen[quote.content]}",
                line=line,
                field="content",
                fix="keep one of them",
            )
        seen.setdefault(quote.content, quote.id)
        yield from _parts(quote, text, file, line)
        for number, (one, other) in enumerate(pairwise(quote.content), start=1):
            if other.start < one.end:
                yield FRAGMENT_ORDER.broken(
                    file,
                    "begins before the one before it ends",
                    line=line,
                    field=f"content.{number}",
                    fix="put them in order",
                )
        for number, span in enumerate(quote.content):
            around = text[span.start - 1 : span.start] + text[span.end : span.end + 1]
            if quote.kind == "direct" and around not in ("“”", "「」", "‘’", "『』"):
                yield QUOTE_MARKS.broken(
                    file,
                    f"direct words stand between {around!r}, not between quotation marks",
                    line=line,
                    field=f"content.{number}",
                    fix="mend the span, or the kind",
                )
        if quote.kind == "mixed" and not any(mark in span.text for span in quote.content for mark in "“「"):
            yield QUOTE_MARKS.broken(
                file, "no words between quotation marks", line=line, field="content", fix="mend the span, or the kind"
            )
        if (quote.source is None) != quote.implicit_source:
            yield IMPLICIT_SOURCE.broken(
                file,
                f"is {str(quote.implicit_source).lower()}, and there is {'no' if quote.source is None else 'a'} source",
                line=line,
                field="implicit_source",
                fix="true when source is null, and only then",
            )


def _parts(quote: QuoteRecord, text: str, file: str, line: int) -> Iterator[Finding]:
    first, last = quote.hull
    start, end = text.rfind("\n", 0, first) + 1, text.find("\n", last)
    end = len(text) if end < 0 else end
    for field, part in (("cue", quote.cue), ("source", quote.source)):
        if part is None:
            continue
        if not (start <= part.start and part.end <= end):
            message = f"{part.text!r} is in another paragraph than the content"
        elif any(part.start < span.end and span.start < part.end for span in quote.content):
            message = f"{part.text!r} is inside the content"
        else:
            continue
        yield QUOTE_PARTS.broken(file, message, line=line, field=field, fix="mend the span")
