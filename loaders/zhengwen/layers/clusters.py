"""Clusters: the people, organisations and things that a document speaks of."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from zhengwen.annotation import Annotation, Group, Matching, group_records
from zhengwen.conversion.convert import convert
from zhengwen.document import Document, Paragraph, Passage
from zhengwen.findings import Finding, rule
from zhengwen.layers.base import CheckContext, Drafting, IdForm, Note, Row, Shares
from zhengwen.records import Record
from zhengwen.schema import Schema

TITLE = "referents"

#: The name of the cluster of an author whom the document does not name.
AUTHOR = "作者"


# The record and the object.


@dataclass(frozen=True)
class ClusterRecord(Record):
    """A referent: a person, an organisation, a product; ``named`` is false for one that the text gives no name.

    ``wikidata`` is its id in Wikidata, and ``wikidata_basis`` says how that was verified; both are ``None`` where no
    id is certain.
    """

    id: str
    type: str
    name: str
    aliases: tuple[str, ...]
    named: bool
    wikidata: str | None = None
    wikidata_basis: str | None = None


RECORD = ClusterRecord


@dataclass(frozen=True, eq=False)
class Cluster:
    """A referent, with the fields of its :class:`ClusterRecord`."""

    document: Document = field(repr=False)
    id: str
    type: str
    name: str
    aliases: tuple[str, ...]
    named: bool
    wikidata: str | None
    wikidata_basis: str | None

    @property
    def mentions(self) -> list[Any]:
        """The mentions that refer to it."""
        return [entity for entity in self.document.objects("entities") if entity.cluster is self]

    def name_in(self, edition: str) -> str:
        """Its name as ``edition`` writes it."""
        return self._as_written(self.name, edition)

    def aliases_in(self, edition: str) -> list[str]:
        """Its other names as ``edition`` writes them."""
        return [self._as_written(alias, edition) for alias in self.aliases]

    def _as_written(self, name: str, edition: str) -> str:
        # The name is taken from the converted text: converted by itself, it might come out differently.
        mention = next((mention for mention in self.mentions if mention.text == name), None)
        start = mention.start if mention else self.document.text().find(name)
        if start < 0:  # the author of an article without a byline
            return convert(name, edition, self.document.base).text
        return Passage(self.document, start, start + len(name)).text_in(edition)


def objects(document: Document) -> list[Cluster]:
    """The clusters, in the order of their ids."""
    return [Cluster(document, **vars(record)) for record in document.gold["clusters"]]


# Ids, references, matching.

ID = IdForm("c", 2)
REFERENCES: Mapping[str, tuple[str, ...]] = {}
NEEDS: tuple[str, ...] = ()


def key(annotation: Annotation, record: ClusterRecord, matching: Matching) -> tuple:
    """Clusters of two annotators are the same when they are in one group; the key begins with the first span."""
    first = min(_places(annotation, record), default=(0, 0))
    return *first, matching.common_id("clusters", annotation.name, record.id)


MATCH_KEYS: tuple = ()  # no format imports clusters
NOT_COMPARED = ("id", "wikidata", "wikidata_basis")  # annotators of a text do not link to Wikidata


def group(annotations: Sequence[Annotation]) -> list[Group]:
    """Groups clusters of one type, those together that share most spans."""
    places = {
        (annotation.name, record.id): _places(annotation, record)
        for annotation in annotations
        for record in annotation.records("clusters")
    }

    def shared(annotation: Annotation, record: Record, other_annotation: Annotation, other: Record) -> int:
        if record.type != other.type:
            return 0
        return len(places[annotation.name, record.id] & places[other_annotation.name, other.id])

    return group_records(annotations, "clusters", shared)


def _places(annotation: Annotation, cluster: ClusterRecord) -> set[tuple[int, int]]:
    """The spans of a referent: its mentions, and the source and content of the quotations that it speaks."""
    places = {(record.start, record.end) for record in annotation.records("entities") if record.cluster == cluster.id}
    for quote in annotation.records("quotes"):
        if quote.speaker == cluster.id:
            places |= {(span.start, span.end) for span in (quote.source, *quote.content) if span}
    return places


# Checks.

CLUSTER_NAME = rule(
    "cluster-name",
    3,
    "The name and the aliases of a cluster are the names that its mentions have, each listed once.",
    why="A name from elsewhere would be outside knowledge, not annotation of this text.",
    example="An alias occurs nowhere in the text.",
    fix="Use the names that the mentions have, each of them once.",
)
UNNAMED_CLUSTER = rule(
    "unnamed-cluster",
    3,
    'A cluster with `"named": false` has no named mention.',
    why="It would be marked as nameless although the text names it.",
    example='`"named": false` in a cluster that a mention refers to.',
    fix="Set `named` to true, or let the mention refer to another cluster.",
)
UNUSED_CLUSTER = rule(
    "unused-cluster",
    3,
    "Every cluster is mentioned, speaks, or holds a stance.",
    why="A cluster that nothing refers to was left over from an edit.",
    example="The only mention of a cluster was deleted.",
    fix="Remove the cluster, or refer to it.",
)
LINK_BASIS = rule(
    "link-basis",
    3,
    "A link to Wikidata states how it was verified.",
    why="A wrong link is worse than none, and nobody can trust a link that they cannot verify themselves.",
    example='A cluster has `"wikidata": "Q148"` and `"wikidata_basis": null`.',
    fix="State how the link was verified, or set both fields to null.",
)


def check_structure(context: CheckContext) -> Iterator[Finding]:
    """Findings on the clusters: that they are used, and how they are called."""
    file = context.files["clusters"]
    for line, cluster in context.lines("clusters"):
        if cluster.id not in context.referenced["clusters"]:
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
        surfaces = {entity.text for entity in context.records("entities") if entity.cluster == cluster.id}
        if not cluster.named and surfaces:
            yield UNNAMED_CLUSTER.broken(
                file,
                f"{cluster.id} has named mentions: {', '.join(sorted(surfaces))}",
                line=line,
                field="named",
                fix="write true, or give the mentions another cluster",
            )
            continue
        yield from _check_names(context, line, cluster, surfaces)


def _check_names(context: CheckContext, line: int, cluster: ClusterRecord, surfaces: set[str]) -> Iterator[Finding]:
    file = context.files["clusters"]
    names = [cluster.name, *cluster.aliases]
    for number, name in enumerate(names):
        field_name = f"aliases.{number - 1}" if number else "name"
        if cluster.named and "entities" in context.gold:
            used = name in surfaces
        else:
            used = name in context.text or name == AUTHOR
        if number and names.count(name) > 1:
            yield CLUSTER_NAME.broken(
                file, f"{name!r} is listed twice", line=line, field=field_name, fix="keep each name once"
            )
        elif not used:
            yield CLUSTER_NAME.broken(
                file,
                f"no mention of {cluster.id} is {name!r}" if name in context.text else f"{name!r} is not in the text",
                line=line,
                field=field_name,
                fix="use a name from the text",
            )
    for surface in sorted(surfaces - set(names)):
        yield CLUSTER_NAME.broken(
            file,
            f"{surface!r} is a mention of {cluster.id}, and not among its names",
            line=line,
            field="aliases",
            fix="add it to the aliases",
        )


def check_vocabulary(context: CheckContext) -> Iterator[Finding]:
    """No findings: what a type demands of a cluster is checked with its mentions."""
    yield from ()


# Rows.


def _cluster_rows(document: Document, script: None, schema: Schema) -> Iterator[Row]:
    for cluster in document.layer("clusters"):
        yield {
            "id": cluster.id,
            "doc_id": document.id,
            "type": cluster.type,
            "name": cluster.name,
            "names": {script: cluster.name_in(script) for script in schema.design.scripts},
            "aliases": list(cluster.aliases),
            "named": cluster.named,
            "wikidata": cluster.wikidata,
            "wikidata_basis": cluster.wikidata_basis,
            "mentions": len(cluster.mentions),
        }


ROWS = {"clusters": _cluster_rows}
in_sentence = None  # the mentions in the row of a sentence name their clusters


# Agreement and scoring.


def _shares(annotation: Annotation, other: Annotation) -> Iterable[tuple[int, float]]:
    """B-cubed: for each mention, the share of its cluster that the other annotator puts into one with it too."""
    clusters, other_clusters = _clusters_by_mention(annotation), _clusters_by_mention(other)
    for mention, cluster in clusters.items():
        yield mention[0], len(cluster & other_clusters.get(mention, set())) / len(cluster)


def _clusters_by_mention(annotation: Annotation) -> dict[tuple, set[tuple]]:
    """For each mention, as ``(start, end, type)``, the set of all mentions of its cluster."""
    members: dict[str, set[tuple]] = defaultdict(set)
    for record in annotation.records("entities"):
        if record.cluster:
            members[record.cluster].add((record.start, record.end, record.type))
    return {mention: cluster for cluster in members.values() for mention in cluster}


AGREEMENT = (Shares("B-cubed F1", _shares),)
COUNTED: tuple[str, ...] = ()
TASKS: Mapping[str, Any] = {}


# Drafts.


class ClusterBook:
    """The clusters of a draft, one for each type and name; each is created when it is first asked for.

    Speakers and authors have the type PERSON or, in a corpus without it, the first type whose mentions have clusters.
    """

    def __init__(self, doc_id: str, schema: Schema):
        self._doc_id = doc_id
        types = [type for type, label in schema.labels.get("entity_types", {}).items() if label.refers]
        self._speaker_type = "PERSON" if "PERSON" in types else next(iter(types), "")
        self._has_mentions = "entities" in schema.design.layers
        self.records: list[ClusterRecord] = []

    def _get(self, type: str, name: str, named: bool) -> str:
        for record in self.records:
            if (record.type, record.name, record.named) == (type, name, named):
                return record.id
        id = ID.of(self._doc_id, len(self.records) + 1)
        self.records.append(ClusterRecord(id, type, name, (), named))
        return id

    def named(self, type: str, name: str, schema: Schema) -> str | None:
        """The id of the cluster of a mention; ``None`` for a type whose mentions refer to nothing."""
        return self._get(type, name, True) if schema.labels["entity_types"][type].refers else None

    def speaker(self, name: str | None, source: str | None) -> str:
        """The id of the cluster of a speaker: the person called ``name`` if one is mentioned, or else an unnamed one.

        ``source`` is the words that name the speaker; they describe an unnamed one.
        """
        for record in self.records:
            if record.type == self._speaker_type and record.named and record.name == name:
                return record.id
        is_named = bool(name) and not self._has_mentions
        return self._get(self._speaker_type, name or source or AUTHOR, is_named)

    def author(self, bylines: Sequence[tuple[int, int]], entities: Sequence[Any]) -> str:
        """The id of the cluster of the author: the first person in a byline, or else an unnamed one."""
        for entity in entities:
            if entity.type == self._speaker_type and any(start <= entity.start < end for start, end in bylines):
                return entity.cluster
        return self._get(self._speaker_type, AUTHOR, False)


def draft(drafting: Drafting) -> list[ClusterRecord]:
    """The clusters that drafts of layers ask for: the book's own list, to which layers drafted later still add."""
    return drafting.clusters.records


# Showing.


def table(document: Document, edition: str) -> list[Row]:
    """One row per cluster, with its names and how often it is mentioned."""
    return [
        {
            "id": cluster.id,
            "type": cluster.type,
            "name": cluster.name_in(edition),
            "aliases": cluster.aliases_in(edition),
            "named": cluster.named,
            "mentions": len(cluster.mentions),
        }
        for cluster in document.layer("clusters")
    ]


def notes(paragraph: Paragraph) -> Iterator[Note]:
    """None: clusters are shown with their mentions."""
    yield from ()


def details(sentence: Any, edition: str | None) -> list[tuple[str, ...]]:
    """None: clusters are shown with their mentions."""
    return []
