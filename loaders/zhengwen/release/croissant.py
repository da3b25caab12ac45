"""``croissant.json``: the release described for machines, in Croissant 1.1 (https://docs.mlcommons.org/croissant/).

All of it is derived: the record sets from the shapes in ``schema/rows/``, the facts about the corpus from ``seeds/``,
the dates from the changelog, the hashes from the files.  A class label is an integer here, as the Parquet file stores
it; the description of the field says what the integers mean.

A ``contentUrl`` is the address of the file on the hub, at the tag of the version, since mlcroissant can follow no other
when it reads ``croissant.json`` from an address: it knows no folder then to which a path could be relative, and it
tries no second place.  Of a folder, :func:`local_files` gives what it needs to read the files there instead.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from zhengwen.columns import Rules, class_names, languages_of
from zhengwen.files import parse_json, read_text
from zhengwen.release.citation import bibtex, hub_address
from zhengwen.release.layout import CROISSANT, data_file
from zhengwen.release.manifest import sha256
from zhengwen.schema import Config, Schema
from zhengwen.seeds import Seed

_DATA_TYPES = {"integer": "sc:Integer", "float": "sc:Float", "string": "sc:Text", "boolean": "sc:Boolean"}


def croissant(
    about: Mapping[str, Any],
    seeds: Sequence[Seed],
    parquet: Mapping[str, bytes],
    schema: Schema,
    date: str,
    created: str,
) -> str:
    """The text of ``croissant.json``.

    ``about`` is the content of ``seeds/corpus.yaml``, ``parquet`` maps a path to the bytes of the file, ``date`` is the
    date of this release and ``created`` that of the first one (``YYYY-MM-DD``).
    """
    address = hub_address(about)
    dataset = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.1",
        "name": about["name"],
        "description": about["summary"],
        "url": address,
        "license": f"https://spdx.org/licenses/{about['annotation_license']}.html",
        "creator": {"@type": "sc:Organization", "name": about["repository"].split("/")[0]},
        "publisher": {"@type": "sc:Organization", "name": about["repository"].split("/")[0]},
        "citeAs": bibtex(about, date),
        "version": about["version"],
        "dateCreated": created,
        "datePublished": date,
        "dateModified": date,
        "inLanguage": ["zh"],
        "keywords": ["stance detection", "quotation attribution", "named entities", "Chinese", "news"],
        "isLiveDataset": False,
        **_responsible_ai(seeds, schema),
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": config,
                "name": config,
                "description": f"The rows of the config {config}.",
                "contentUrl": f"{address}/{_at(about['version'])}{data_file(config)}",
                "contentSize": f"{len(parquet[data_file(config)])} B",
                "encodingFormat": "application/x-parquet",
                "sha256": sha256(parquet[data_file(config)]),
            }
            for config in schema.configs
        ],
        "recordSet": [_record_set(config, schema) for config in schema.configs.values()],
    }
    return json.dumps(dataset, ensure_ascii=False, indent=1) + "\n"


def local_files(folder: str | Path) -> dict[str, str]:
    """The files of the release in ``folder`` by their ids in ``croissant.json``: the ``mapping`` of mlcroissant.

    With it, ``mlcroissant.Dataset(f"{folder}/croissant.json", mapping=local_files(folder))`` needs no network.

    >>> from zhengwen.paths import corpus_path
    >>> local_files(corpus_path())["clusters"].startswith(str(corpus_path()))
    True
    """
    described = parse_json(read_text(Path(folder) / CROISSANT))
    tag = _at(described["version"])
    return {file["@id"]: str(Path(folder) / file["contentUrl"].partition(tag)[2]) for file in described["distribution"]}


def _at(version: str) -> str:
    """The part of an address on a hub that leads to the files of a version."""
    return f"resolve/v{version}/"


def record_set_id(config: str) -> str:
    """The id of the record set of ``config``; the config's own name is the id of its file."""
    return f"{config}-rows"


def _record_set(config: Config, schema: Schema) -> dict[str, Any]:
    shape, id = schema.rows[config.family], record_set_id(config.name)
    return {
        "@type": "cr:RecordSet",
        "@id": id,
        "name": config.name,
        "description": shape.description + (f" In the script {config.script}." if config.script else ""),
        **({"key": {"@id": f"{id}/id"}} if "id" in shape.fields else {}),
        "field": [_field(config.name, f"{id}/{name}", [name], rules) for name, rules in shape.fields.items()],
    }


def _field(file: str, id: str, path: list[str], rules: Rules) -> dict[str, Any]:
    """The field for a column, or for a part of one; ``path`` holds the names that lead to it, from the column down."""
    repeated = rules["type"] == "list"
    inner = rules["schema"] if repeated else rules
    field = {
        "@type": "cr:Field",
        "@id": id,
        "name": path[-1],
        "description": _description(path[-1], rules, inner),
        **({"repeated": True} if repeated else {}),
    }
    if inner["type"] == "dict":
        field["subField"] = [
            _field(file, f"{id}/{name}", [*path, name], rules) for name, rules in inner["schema"].items()
        ]
        return field
    if repeated:
        # A one-dimensional array whose length differs from row to row.
        field |= {"isArray": True, "arrayShape": "-1"}
    source: dict[str, Any] = {"fileObject": {"@id": file}, "extract": {"column": path[0]}}
    if len(path) > 1:
        source["transform"] = {"jsonPath": path[-1]}
    data_type = "sc:Integer" if class_names(inner) else _DATA_TYPES[inner["type"]]
    return {**field, "dataType": data_type, "source": source}


def _description(name: str, rules: Rules, inner: Rules) -> str:
    description = rules.get("meta", {}).get("description") or inner.get("meta", {}).get("description")
    text = description or f"{name.replace('_', ' ').capitalize()}."
    if names := class_names(inner):
        text += " Classes: " + ", ".join(f"{number} {label}" for number, label in enumerate(names)) + "."
    if languages_of(rules):
        text += " One text in several scripts."
    return text


def _responsible_ai(seeds: Sequence[Seed], schema: Schema) -> dict[str, Any]:
    """The properties of Croissant's vocabulary for responsible AI (RAI)."""
    layers = [made for seed in seeds for made in seed.about["layers"].values()]
    passes = sorted({made["passes"] for made in layers})
    return {
        "rai:dataCollection": (
            "News articles that were received as damaged copies, chosen for the damage they suffered and the many "
            "people they quote. They are not a sample of any population. "
            + " ".join(f"{seed.id}: {seed.about['received']['from']}" for seed in seeds)
        ),
        "rai:dataCollectionType": ["Secondary Data Analysis"],
        "rai:dataPreprocessingProtocol": [
            "The damage is undone; a model of the damage turns the established text back into the received copy, "
            "except at listed places.",
            "Traditional editions are converted from the Simplified text; spans are projected by an alignment.",
        ],
        "rai:dataAnnotationProtocol": [
            "Sentences, named entities, clusters, quotations and stances by schema/GUIDELINES.md; "
            f"stance is a closed grid over {len(schema.labels['targets'])} targets.",
        ],
        "rai:annotationsPerItem": f"{' to '.join(map(str, [passes[0], passes[-1]][: len(passes)]))} independent passes",
        "rai:annotatorDemographics": ["All annotators are large language models."],
        "rai:machineAnnotationTools": sorted({made["by"] for made in layers}),
        "rai:dataBiases": ["One subject, one publisher, one genre: mainland Chinese business news."],
        "rai:dataUseCases": ["An evaluation set for quotation, named entities and stance; too small to train on."],
        "rai:dataLimitations": [
            "The Simplified text is inferred: it is what the publisher very likely printed.",
            f"{len(seeds)} document{'s' * (len(seeds) != 1)}: no score on it shows how a system does on Chinese news.",
            "Nothing in it was annotated by a person.",
        ],
        "rai:personalSensitiveInformation": [
            "Named persons speaking in public, as the article quotes them; nothing else about them is recorded."
        ],
    }


_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "arrayShape": "cr:arrayShape",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "description": {"@container": "@language"},
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isArray": "cr:isArray",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "name": {"@container": "@language"},
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
