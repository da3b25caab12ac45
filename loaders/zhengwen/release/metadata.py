"""The metadata of the dataset card: what hubs and loaders read of it.

What follows from the data is computed; what its makers state of a corpus is under ``metadata`` in
``seeds/corpus.yaml``.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from zhengwen.design import Design
from zhengwen.editions import EDITIONS
from zhengwen.files import canonical_json
from zhengwen.release.layout import LICENCE, SPLIT, data_file
from zhengwen.rows import Row
from zhengwen.schema import Schema

#: What a hub calls the tasks that a layer is for: categories, ids and tags.
_TASKS: Mapping[str, tuple[str, str | None, str | None]] = {
    "sentences": ("token-classification", None, "sentence-segmentation"),
    "entities": ("token-classification", "named-entity-recognition", "named-entities"),
    "quotes": ("token-classification", None, "quotation-attribution"),
    "stances": ("text-classification", "multi-class-classification", "stance-detection"),
}

#: What the hub calls the licences of the SPDX list that it knows, of those that data may have.
_HUB_LICENSES = {
    **{
        id: id.lower()
        for id in (
            "Apache-2.0",
            "MIT",
            "CC0-1.0",
            "CC-BY-2.0",
            "CC-BY-2.5",
            "CC-BY-3.0",
            "CC-BY-4.0",
            "CC-BY-SA-3.0",
            "CC-BY-SA-4.0",
            "CC-BY-NC-2.0",
            "CC-BY-NC-3.0",
            "CC-BY-NC-4.0",
            "CC-BY-ND-4.0",
            "CC-BY-NC-ND-3.0",
            "CC-BY-NC-ND-4.0",
            "CC-BY-NC-SA-2.0",
            "CC-BY-NC-SA-3.0",
            "CC-BY-NC-SA-4.0",
            "CDLA-Sharing-1.0",
            "CDLA-Permissive-1.0",
            "CDLA-Permissive-2.0",
            "BSD-2-Clause",
            "BSD-3-Clause",
            "ECL-2.0",
            "ISC",
            "Unlicense",
            "WTFPL",
            "Zlib",
        )
    },
    "C-UDA-1.0": "c-uda",
    "ODbL-1.0": "odbl",
    "ODC-By-1.0": "odc-by",
    "PDDL-1.0": "pddl",
}


def stated(about: Mapping[str, Any], field: str) -> list[str]:
    """What ``seeds/corpus.yaml`` states under ``metadata`` in ``field``; empty if nothing."""
    return (about["metadata"] or {}).get(field, [])


def licence_metadata(annotation: str | None, text: str | None) -> dict[str, str]:
    """The metadata on licences: ``license``, and for what a hub has no id for, a name of it and the file.

    ``annotation`` and ``text`` are the SPDX ids of the licences of the annotation and of all texts, if there are any.

    >>> licence_metadata("CC-BY-4.0", "CC-BY-4.0")
    {'license': 'cc-by-4.0'}
    >>> licence_metadata("CC-BY-4.0", None)
    {'license': 'other', 'license_name': 'cc-by-4.0-annotation-only', 'license_link': 'LICENSE'}
    >>> licence_metadata(None, None)
    {'license': 'unknown'}
    """
    if not annotation and not text:
        return {"license": "unknown"}
    if annotation == text and annotation in _HUB_LICENSES:
        return {"license": _HUB_LICENSES[annotation]}
    if annotation == text:
        name = annotation
    elif annotation and text:
        name = f"{annotation}-annotation-{text}-text"
    else:
        name = f"{annotation}-annotation-only" if annotation else f"{text}-text-only"
    return {"license": "other", "license_name": name.lower(), "license_link": LICENCE}


def tags(about: Mapping[str, Any], design: Design) -> list[str]:
    """What the corpus is about, for a search: its tasks, what its makers state, and the scripts that it is in."""
    of_layers = [tag for layer in design.layers if (tag := _TASKS.get(layer, (None,) * 3)[2])]
    names = {"hans": "simplified-chinese", "hant": "traditional-chinese"}
    of_scripts = [names[EDITIONS[script].script] for script in design.scripts]
    return list(dict.fromkeys([*of_layers, *stated(about, "tags"), *of_scripts]))


def metadata(
    about: Mapping[str, Any], rows: Mapping[str, Sequence[Row]], digests: Mapping[str, str], schema: Schema
) -> dict[str, Any]:
    """The metadata of the card, in the order in which they are written; what is not known is not there."""
    design = schema.design
    tasks = [_TASKS[layer] for layer in design.layers if layer in _TASKS]
    fields = {
        "pretty_name": about["title"],
        "language": ["zh"],
        "language_details": ", ".join(EDITIONS[script].language for script in design.scripts),
        **licence_metadata(about["annotation_license"], about["text_license"]),
        "task_categories": list(dict.fromkeys(category for category, _, _ in tasks)),
        "task_ids": [id for _, id, _ in tasks if id],
        "tags": tags(about, design),
        "annotations_creators": stated(about, "annotations_creators"),
        "language_creators": stated(about, "language_creators"),
        "multilinguality": ["monolingual"],
        "source_datasets": stated(about, "source_datasets"),
        "size_categories": [_size_category(max(map(len, rows.values())))],
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
    return {name: value for name, value in fields.items() if value}


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
