"""The dataset card, ``corpus/README.md``: the description that the hub shows, and the metadata that loaders read.

Tables and the sentences around them are computed from the corpus.  What its makers say of it stands in
``seeds/card.md`` (:mod:`zhengwen.prose`), and is put between them as it is.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import yaml
from markupsafe import Markup

from zhengwen.conversion.chains import origin
from zhengwen.document import FOLDS, Document
from zhengwen.editions import EDITIONS
from zhengwen.layers import LAYERS, layers_of
from zhengwen.layers.stances import SCORED
from zhengwen.measure.agreement_table import AgreementTable
from zhengwen.measure.baselines import Baseline, baselines_of
from zhengwen.measure.scoring import TASKS, Score, score
from zhengwen.passes import Rounds
from zhengwen.prose import Prose, prose_of, same
from zhengwen.release.citation import bibtex
from zhengwen.release.layout import SPLIT
from zhengwen.release.metadata import metadata
from zhengwen.release.templates import codes, template
from zhengwen.rows import Row
from zhengwen.schema import Schema
from zhengwen.seeds import Seed

#: libyaml, where it is installed, writes ten times as fast as pure Python.
_DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)

#: A table has a line for each document if there are at most so many of them.
LISTED = 20
#: Where the opening of the prose goes; no data hold it, since it is a control.
_OPENING = "\x00"
_BLANK_LINES, _BLANK_LINE = re.compile("\n{3,}"), "\n\n"
#: The section that comes last; those that only the prose has stand before it.
_LAST = "Citation"


@dataclass(frozen=True)
class Described:
    """What a card tells of.

    ``about`` is the content of ``seeds/corpus.yaml``; ``rounds`` maps the id of a document to its passes by round,
    ``rows`` the name of a config to its rows, and ``digests`` to their digest.  ``date`` is the date of this release
    (``YYYY-MM-DD``), and ``prose`` what the makers say of the corpus.
    """

    about: Mapping[str, Any]
    seeds: Sequence[Seed]
    rounds: Mapping[str, Rounds]
    documents: Sequence[Document]
    rows: Mapping[str, Sequence[Row]]
    digests: Mapping[str, str]
    schema: Schema
    date: str
    prose: Prose

    def of_base(self, family: str) -> Sequence[Row]:
        """The rows of a family, in the base edition if it is released by script; none if the corpus lacks it."""
        shape = self.schema.rows.get(family)
        name = f"{family}-{self.schema.design.base}" if shape and shape.scripts else family
        return self.rows[name] if shape else []

    def all(self, layer: str) -> list[Any]:
        """The objects of a layer, of all documents; none if the corpus does not have it."""
        return [item for document in self.documents for item in document.objects(layer)]


def card(of: Described) -> str:
    """The text of the card."""
    fields = yaml.dump(
        metadata(of.about, of.rows, of.digests, of.schema),
        Dumper=_DUMPER,
        allow_unicode=True,
        sort_keys=False,
        width=10_000,
    )
    computed = template("card.md.j2").render(
        opening=Markup(_OPENING),
        **_corpus(of),
        **_annotation(of),
        **_folds(of),
        **_documents(of),
        **_measures(of),
    )
    return f"---\n{fields}---\n\n{_with_prose(_BLANK_LINES.sub(_BLANK_LINE, computed), of.prose)}"


def _with_prose(computed: str, prose: Prose) -> str:
    """The ``computed`` sections of a card with the prose: each below its heading, and what has none before the last."""
    card = prose_of(computed)
    above, below = card.opening.split(_OPENING)
    parts = [above.strip(), prose.opening, below.strip()]
    others = [
        section for section in prose.sections if not any(same(section.heading, own.heading) for own in card.sections)
    ]
    for section in card.sections:
        if section.heading == _LAST:
            parts += [part for other in others for part in (f"## {other.heading}", other.text)]
        parts += [f"## {section.heading}", prose.text(section.heading), section.text]
    return "\n\n".join(part for part in parts if part) + "\n"


def licence(about: Mapping[str, Any], seeds: Sequence[Seed]) -> str:
    """The text of ``corpus/LICENSE``: what may be done with the annotation, and with each text."""
    titles = [layer.TITLE for layer in layers_of(seeds[0].design).values()]
    return template("license.txt.j2").render(about=about, titles=titles, rights=rights_in(seeds))


def _corpus(of: Described) -> dict[str, Any]:
    """What the card says of the corpus and its configs."""
    design = of.schema.design
    return {
        "about": of.about,
        "version": of.about["version"],
        "schema": of.schema,
        "layers": design.layers,
        "base": EDITIONS[design.base],
        "scripts": design.scripts,
        "restoration": design.restoration,
        "editions": [(EDITIONS[name], origin(name, design.base)) for name in design.editions],
        "split": SPLIT,
        "names": {
            family: f"{family}{f'-{design.base}' if len(design.scripts) == 1 else '-S'}" if shape.scripts else family
            for family, shape in of.schema.rows.items()
        },
        # The family of the examples: the one with the most to score.
        "example": next(family for family in ("stances", "quotes", "sentences") if family in of.schema.rows),
        "counts": {family: len(of.of_base(family)) for family in of.schema.rows},
        "characters": sum(len(document.text()) for document in of.documents),
        "paragraphs": sum(len(document.paragraphs) for document in of.documents),
        "bibtex": Markup(bibtex(of.about, of.date)),
    }


def _annotation(of: Described) -> dict[str, Any]:
    """What the card says of each layer."""
    entities, clusters, quotes, stances = map(of.all, ("entities", "clusters", "quotes", "stances"))
    tagged = sum(tag.startswith("B-") for row in of.of_base("ner") for tag in row["ner_tags"])
    restoration = of.of_base("restoration")
    return {
        "of_label": {
            "entity_types": Counter(entity.type for entity in entities),
            "quote_kinds": Counter(quote.kind for quote in quotes),
            "quote_parts": Counter(part for quote in quotes for part in {name for name, _, _ in quote.parts()}),
            "stance_labels": Counter(stance.label for stance in stances),
            "certainties": Counter(stance.certainty for stance in stances),
            "paragraph_roles": Counter(
                paragraph.role for document in of.documents for paragraph in document.paragraphs
            ),
            "restoration_rules": Counter(row["rule"] for row in restoration),
        },
        "of_stance": Counter((stance.target, stance.label) for stance in stances),
        "without_referent": [
            label.key for label in of.schema.labels.get("entity_types", {}).values() if not label.refers
        ],
        "untagged": len(entities) - tagged,
        "clusters": len(clusters),
        "linked": sum(cluster.wikidata is not None for cluster in clusters),
        "differing": sum(row["restored"] != row["established"] for row in restoration),
    }


def _folds(of: Described) -> dict[str, Any]:
    return {
        "folds": [_fold(number, of) for number in range(FOLDS)],
        "families_with_folds": [family for family, shape in of.schema.rows.items() if "fold" in shape.fields],
    }


def _fold(number: int, of: Described) -> dict[str, int]:
    """The size of a fold, and how often each label of stance occurs in it."""
    paragraphs = [
        paragraph
        for document in of.documents
        for paragraph in document.paragraphs
        if document.folds[paragraph.id] == number
    ]
    items = {
        layer: [row for row in of.of_base(layer) if row["fold"] == number]
        for layer in of.schema.design.layers
        if layer in of.schema.rows and "fold" in of.schema.rows[layer].fields
    }
    labels = Counter(row["label"] for row in items.get("stances", ()))
    return {
        "paragraphs": len(paragraphs),
        "characters": sum(paragraph.end - paragraph.start for paragraph in paragraphs),
        **{LAYERS[layer].TITLE: len(of_layer) for layer, of_layer in items.items()},
        **{label: labels[label] for label in of.schema.labels.get("stance_labels", ())},
    }


def _documents(of: Described) -> dict[str, Any]:
    """What the card says of the documents: of each, or of those of each publisher if there are many."""
    return {
        "seeds": of.seeds,
        "documents": of.documents,
        "are_listed": len(of.seeds) <= LISTED,
        "publishers": _publishers(of.seeds),
        "made": _made(of.seeds),
        "inferred": [seed for seed in of.seeds if seed.about["date"]["year_inferred"] and seed.about["date"]["year"]],
        "unexplained": sum(len(seed.about["exceptions"].get("unexplained", ())) for seed in of.seeds),
        "rights": rights_in(of.seeds),
    }


def _publishers(seeds: Sequence[Seed]) -> list[tuple[str, int, str]]:
    """The publishers with the most documents, how many these are, and their years; then all others together."""
    counts = Counter(seed.about["publisher"] for seed in seeds).most_common()
    named = {publisher for publisher, _ in counts[:LISTED]}
    groups = [(publisher, [seed for seed in seeds if seed.about["publisher"] == publisher]) for publisher in named]
    groups.sort(key=lambda group: (-len(group[1]), group[0]))
    if others := [seed for seed in seeds if seed.about["publisher"] not in named]:
        groups.append((f"{len(counts) - len(named)} others", others))
    return [(publisher, len(of_publisher), _years(of_publisher)) for publisher, of_publisher in groups]


def _years(seeds: Iterable[Seed]) -> str:
    """The first and the last year of documents; how many have none."""
    years = [seed.about["date"]["year"] for seed in seeds]
    known = sorted(year for year in years if year)
    span = ["–".join(dict.fromkeys((str(known[0]), str(known[-1]))))] if known else []
    return "; ".join([*span, *([f"unknown for {len(years) - len(known)}"] if len(known) < len(years) else [])])


def _made(seeds: Sequence[Seed]) -> list[tuple[str, str, Mapping[str, Any]]]:
    """How each layer was made: which documents have it so, the layer, and what they state of it."""
    ways: dict[str, list[tuple[Mapping[str, Any], list[str]]]] = {}
    for seed in seeds:
        for layer, made in seed.about["layers"].items():
            of_layer = ways.setdefault(layer, [])
            ids = next((ids for other, ids in of_layer if other == made), None)
            if ids is None:
                of_layer.append((made, [seed.id]))
            else:
                ids.append(seed.id)
    lines = [(ids, layer, made) for layer, of_layer in ways.items() for made, ids in of_layer]
    return [(_named(ids, len(seeds)), layer, made) for ids, layer, made in lines]


def _named(ids: Sequence[str], total: int) -> str:
    if len(ids) == 1:
        return codes(ids)
    return f"all {total}" if len(ids) == total else f"{len(ids)} of {total}"


def rights_in(seeds: Sequence[Seed]) -> list[tuple[str, str]]:
    """The documents with the same publisher and rights, and these rights; each document by its id, if they are few."""

    def key(seed: Seed) -> tuple[str, str]:
        return seed.about["publisher"], seed.about["rights"]

    if len(seeds) <= LISTED:
        return [(f"{seed.id} ({seed.about['publisher']})", seed.about["rights"]) for seed in seeds]
    groups = [(*which, len(list(group))) for which, group in groupby(sorted(seeds, key=key), key)]
    return [(f"{publisher} ({number} documents)", rights) for publisher, rights, number in groups]


def _measures(of: Described) -> dict[str, Any]:
    """The scores of baselines, and the agreement of passes."""
    compared = {
        document: rounds
        for document, of_document in of.rounds.items()
        if (rounds := [(number, passes) for number, passes in sorted(of_document.items()) if len(passes) > 1])
    }
    scored = [
        (baseline, figure)
        for baseline in baselines_of(of.schema)
        if baseline.name in of.about["baselines"]
        for figure in _scored(baseline, of)
    ]
    layers = {name for name, layer in LAYERS.items() for baseline, _ in scored if baseline.task in layer.TASKS}
    return {
        "macro_over": SCORED,
        "baselines": scored,
        "are_automatic": any(
            seed.about["layers"][layer]["made"] == "automatic" for seed in of.seeds for layer in layers
        ),
        "agreement": [
            (document, number, AgreementTable(passes))
            for document in list(compared)[:LISTED]
            for number, passes in compared[document]
        ],
        "not_compared": max(len(compared) - LISTED, 0),
    }


def _scored(baseline: Baseline, of: Described) -> list[Score]:
    task = TASKS[baseline.task]
    gold = of.of_base(task.family)
    # A baseline may answer for a document that has no such item in gold, so that gold has no row of it.
    expected = task.expected(gold)
    made = baseline.predict(of.rows[baseline.config(of.schema)], of.schema)
    predictions = [prediction for prediction in made if prediction["id"] in expected]
    return score(gold, predictions, of.schema) if predictions else []
