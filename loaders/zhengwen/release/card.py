"""The dataset card, ``corpus/README.md``: the description that the hub shows, and the metadata that loaders read."""

import functools
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from importlib import resources
from typing import Any

import jinja2
import yaml
from markupsafe import Markup

from zhengwen.conversion.chains import origin
from zhengwen.document import FOLDS, Document
from zhengwen.editions import EDITIONS
from zhengwen.files import canonical_json
from zhengwen.layers import LAYERS
from zhengwen.layers.stances import SCORED
from zhengwen.measure.agreement_table import AgreementTable
from zhengwen.measure.baselines import BASELINES, Baseline
from zhengwen.measure.scoring import TASKS, Score, score
from zhengwen.passes import Rounds
from zhengwen.printable import as_markdown, printable
from zhengwen.release.citation import bibtex
from zhengwen.release.layout import SPLIT, data_file
from zhengwen.rows import Row
from zhengwen.schema import Config, Schema
from zhengwen.seeds import Seed

#: libyaml, where it is installed, writes ten times as fast as pure Python.
_DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def card(
    about: Mapping[str, Any],
    seeds: Sequence[Seed],
    rounds: Mapping[str, Rounds],
    documents: Sequence[Document],
    rows: Mapping[str, Sequence[Row]],
    digests: Mapping[str, str],
    schema: Schema,
    date: str,
) -> str:
    """The text of the card.

    ``about`` is the content of ``seeds/corpus.yaml``; ``rounds`` maps the id of a document to its passes by round,
    ``rows`` the name of a config to its rows, and ``digests`` to their digest.  ``date`` is the date of this release
    (``YYYY-MM-DD``).
    """
    entities = [entity for document in documents for entity in document.entities]
    stances = [stance for document in documents for stance in document.stances]
    quotes = [quote for document in documents for quote in document.quotes]
    tagged = sum(tag.startswith("B-") for row in rows[f"ner-{schema.design.base}"] for tag in row["ner_tags"])
    return template("card.md.j2").render(
        metadata=Markup(
            yaml.dump(
                _metadata(about, rows, digests, schema),
                Dumper=_DUMPER,
                allow_unicode=True,
                sort_keys=False,
                width=10_000,
            )
        ),
        about=about,
        version=about["version"],
        schema=schema,
        seeds=seeds,
        documents=documents,
        editions=[(EDITIONS[name], origin(name, schema.design.base)) for name in schema.design.editions],
        scripts=schema.design.scripts,
        split=SPLIT,
        counts={config.family: len(rows[config.name]) for config in _first_of_each_family(schema)},
        characters=sum(len(document.text("hans")) for document in documents),
        of_label={
            "entity_types": Counter(entity.type for entity in entities),
            "quote_kinds": Counter(quote.kind for quote in quotes),
            "quote_parts": Counter(part for quote in quotes for part in {name for name, _, _ in quote.parts()}),
            "stance_labels": Counter(stance.label for stance in stances),
            "certainties": Counter(stance.certainty for stance in stances),
            "paragraph_roles": Counter(paragraph.role for document in documents for paragraph in document.paragraphs),
            "restoration_rules": Counter(row["rule"] for row in rows["restoration"]),
        },
        of_stance=Counter((stance.target, stance.label) for stance in stances),
        untagged=len(entities) - tagged,
        folds=[_fold(number, documents, rows, schema) for number in range(FOLDS)],
        families_with_folds=[family for family, shape in schema.rows.items() if "fold" in shape.fields],
        macro_over=SCORED,
        bibtex=bibtex(about, date),
        differing=sum(row["restored"] != row["established"] for row in rows["restoration"]),
        uncertain=sum(stance.certainty == "uncertain" for stance in stances),
        paragraphs=sum(len(document.paragraphs) for document in documents),
        clusters=sum(len(document.clusters) for document in documents),
        linked=sum(cluster.wikidata is not None for document in documents for cluster in document.clusters),
        stances=len(stances),
        layers=_layers(seeds),
        baselines=[
            (baseline, figure)
            for baseline in BASELINES
            if baseline.name in about["baselines"]
            for figure in _scored(baseline, rows, schema)
        ],
        agreement=[
            (document, number, AgreementTable(of_round))
            for document, of_document in rounds.items()
            for number, of_round in sorted(of_document.items())
            if len(of_round) > 1
        ],
    )


def licence(about: Mapping[str, Any], seeds: Sequence[Seed]) -> str:
    """The text of ``corpus/LICENSE``: what may be done with the annotation, and with each text."""
    return template("license.txt.j2").render(about=about, seeds=seeds)


def _metadata(
    about: Mapping[str, Any], rows: Mapping[str, Sequence[Row]], digests: Mapping[str, str], schema: Schema
) -> dict[str, Any]:
    largest = max(len(config_rows) for config_rows in rows.values())
    return {
        "pretty_name": about["title"],
        "language": ["zh"],
        "language_details": ", ".join(edition.language for edition in map(EDITIONS.get, schema.design.scripts)),
        "license": "other",
        "license_name": f"{about['annotation_license'].lower()}-annotation-only",
        "license_link": "LICENSE",
        "task_categories": ["token-classification", "text-classification"],
        "task_ids": ["named-entity-recognition", "multi-class-classification"],
        "tags": ["stance-detection", "quotation-attribution", "news", "simplified-chinese", "traditional-chinese"],
        "annotations_creators": ["machine-generated"],
        "language_creators": ["found"],
        "multilinguality": ["monolingual"],
        "source_datasets": ["original"],
        "size_categories": [_size_category(largest)],
        "configs": [
            {
                "config_name": config.name,
                "version": about["version"],
                "description": rows_description(digests[config.name]),
                **({"default": True} if config.is_default else {}),
                "data_files": [{"split": SPLIT, "path": data_file(config.name)}],
            }
            for config in schema.configs.values()
        ],
        "dataset_info": [
            {
                "config_name": config.name,
                "features": schema.rows[config.family].card_features(),
                "splits": [
                    {"name": SPLIT, "num_bytes": _size(rows[config.name]), "num_examples": len(rows[config.name])}
                ],
            }
            for config in schema.configs.values()
        ],
    }


def rows_description(digest: str) -> str:
    """The description of a config with rows of this ``digest`` (:func:`zhengwen.release.manifest.rows_digest`).

    ``datasets`` keeps the rows of a folder in a cache, by the metadata in the card and not by the files.  It takes the
    description of a config for a part of that key, so that no two sets of rows ever share an entry.  A digest in the
    names of the data files would do the same, but the names would then change with every release, and with them every
    address that somebody has written down.
    """
    return f"rows sha256:{digest}"


def _size(rows: Sequence[Row]) -> int:
    """The size of rows as JSON lines, in bytes; unlike that of a Parquet file, it does not depend on pyarrow."""
    return sum(len(canonical_json(row).encode("utf-8")) + 1 for row in rows)


def _size_category(rows: int) -> str:
    """The hub's name for a number of rows.

    >>> _size_category(204), _size_category(1000), _size_category(25_000)
    ('n<1K', '1K<n<10K', '10K<n<100K')
    """
    bounds = ["1K", "10K", "100K", "1M", "10M", "100M", "1B"]
    if rows < 1000:
        return "n<1K"
    power = len(str(rows)) - 4
    return f"{bounds[power]}<n<{bounds[power + 1]}"


def _first_of_each_family(schema: Schema) -> list[Config]:
    first: dict[str, Config] = {}
    for config in schema.configs.values():
        first.setdefault(config.family, config)
    return list(first.values())


def _scored(baseline: Baseline, rows: Mapping[str, Sequence[Row]], schema: Schema) -> list[Score]:
    task = TASKS[baseline.task]
    gold = rows[f"{task.family}-hans"]
    # A baseline may answer for a document that has no such item in gold, so that gold has no row of it.
    expected = task.expected(gold)
    made = baseline.predict(rows[baseline.reads], schema)
    predictions = [prediction for prediction in made if prediction["id"] in expected]
    return score(gold, predictions, schema) if predictions else []


def _fold(
    number: int, documents: Sequence[Document], rows: Mapping[str, Sequence[Row]], schema: Schema
) -> dict[str, int]:
    """The size of a fold, and how often each label of stance occurs in it."""
    paragraphs = [
        paragraph
        for document in documents
        for paragraph in document.paragraphs
        if document.folds[paragraph.id] == number
    ]
    items = {
        layer: [row for row in rows[f"{layer}-{schema.design.base}"] if row["fold"] == number]
        for layer in ("sentences", "entities", "quotes", "stances")
    }
    labels = Counter(row["label"] for row in items["stances"])
    return {
        "paragraphs": len(paragraphs),
        "characters": sum(paragraph.end - paragraph.start for paragraph in paragraphs),
        **{LAYERS[layer].TITLE: len(of_layer) for layer, of_layer in items.items()},
        **{label: labels[label] for label in schema.labels["stance_labels"]},
    }


def _layers(seeds: Sequence[Seed]) -> list[dict[str, Any]]:
    """How each layer of each document was made."""
    return [
        {"document": seed.id, "layer": layer, **made} for seed in seeds for layer, made in seed.about["layers"].items()
    ]


@functools.cache
def template(name: str):
    """The Jinja template in the file ``name`` of this folder.

    Every string that it shows may come from data, and is escaped; what is Markdown itself is given as ``Markup``.
    """
    source = resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
    environment = jinja2.Environment(
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=functools.partial(_escaped, as_markdown if name.endswith(".md.j2") else _as_text),
    )
    return environment.from_string(source)


def _escaped(escape: Callable[[str], str], value: Any) -> Any:
    return escape(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _as_text(text: str) -> str:
    return printable(text, lines=True)
