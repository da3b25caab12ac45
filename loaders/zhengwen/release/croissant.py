"""``croissant.json``: the release described for machines, in Croissant 1.1 (https://docs.mlcommons.org/croissant/).

All of it is derived: the record sets from the shapes of rows, the facts about the corpus from ``seeds/``
(what its makers say of its collection, uses and limits, from sections of ``seeds/card.md``), the dates from the
changelog, the hashes from the files.  A class label is an integer here, as the Parquet file stores
it; the description of the field says what the integers mean.

A ``contentUrl`` is the address of the file on the hub, at the tag of the version, since mlcroissant can follow no other
when it reads ``croissant.json`` from an address: it knows no folder then to which a path could be relative, and it
tries no second place.  The files of a corpus without an id on the hub have paths instead.  Of a folder,
:func:`local_files` gives what it needs to read the files there.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from zhengwen.columns import Rules, class_names, languages_of
from zhengwen.editions import EDITIONS
from zhengwen.files import parse_json, read_text
from zhengwen.layers import LAYERS
from zhengwen.release.card import LISTED, Described
from zhengwen.release.citation import bibtex, hub_address, maintainers
from zhengwen.release.layout import CROISSANT, data_file
from zhengwen.release.manifest import sha256
from zhengwen.release.metadata import stated, tags
from zhengwen.release.templates import counted, joined
from zhengwen.schema import Config, Schema

_DATA_TYPES = {"integer": "sc:Integer", "float": "sc:Float", "string": "sc:Text", "boolean": "sc:Boolean"}


def croissant(of: Described, parquet: Mapping[str, bytes], created: str) -> str:
    """The text of ``croissant.json``.

    ``parquet`` maps a path to the bytes of the file, and ``created`` is the date of the first release
    (``YYYY-MM-DD``).
    """
    about, schema = of.about, of.schema
    address = hub_address(about)
    licences = dict.fromkeys(filter(None, (about["annotation_license"], about["text_license"])))
    dataset = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.1",
        "name": about["name"],
        "description": about["summary"] or about["title"],
        **({"url": address} if address else {}),
        **({"license": _one_or_all([f"https://spdx.org/licenses/{id}.html" for id in licences])} if licences else {}),
        "creator": _one_or_all(
            [{"@type": "sc:Person", "name": author} for author in stated(about, "authors")] or [_publisher(about)]
        ),
        "publisher": _publisher(about),
        "citeAs": bibtex(about, of.date),
        "version": about["version"],
        "dateCreated": created,
        "datePublished": of.date,
        "dateModified": of.date,
        "inLanguage": ["zh"],
        "keywords": [*(tag.replace("-", " ") for tag in tags(about, schema.design)), "Chinese"],
        "isLiveDataset": False,
        **_responsible_ai(of),
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": config,
                "name": config,
                "description": f"The rows of the config {config}.",
                "contentUrl": (f"{address}/{_at(about['version'])}" if address else "") + data_file(config),
                "contentSize": f"{len(parquet[data_file(config)])} B",
                "encodingFormat": "application/x-parquet",
                "sha256": sha256(parquet[data_file(config)]),
            }
            for config in schema.configs
        ],
        "recordSet": [_record_set(config, schema) for config in schema.configs.values()],
    }
    return json.dumps(dataset, ensure_ascii=False, indent=1) + "\n"


def _one_or_all(values: list[Any]) -> Any:
    return values[0] if len(values) == 1 else values


def _publisher(about: Mapping[str, Any]) -> dict[str, str]:
    """Who publishes the corpus: the owner of its id on the hub, or else its maintainers."""
    owner = about["repository"].split("/")[0] if about["repository"] else maintainers(about)
    return {"@type": "sc:Organization", "name": owner}


def local_files(folder: str | Path) -> dict[str, str]:
    """The files of the release in ``folder`` by their ids in ``croissant.json``: the ``mapping`` of mlcroissant.

    With it, ``mlcroissant.Dataset(f"{folder}/croissant.json", mapping=local_files(folder))`` needs no network.

    >>> from zhengwen.paths import corpus_path
    >>> local_files(corpus_path())["clusters"].startswith(str(corpus_path()))
    True
    """
    described = parse_json(read_text(Path(folder) / CROISSANT))
    tag = _at(described["version"])
    # The address of a file on a hub ends with its path in the folder; of a corpus without a hub, it is that path.
    paths = {file["@id"]: file["contentUrl"].rpartition(tag)[2] for file in described["distribution"]}
    return {id: str(Path(folder) / path) for id, path in paths.items()}


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


#: The properties of Croissant's vocabulary for responsible AI that repeat a section of the prose of the card.
_OF_PROSE = {
    "rai:dataCollection": "Curation",
    "rai:annotatorDemographics": "Annotators",
    "rai:dataBiases": "Biases",
    "rai:dataUseCases": "Uses",
    "rai:dataLimitations": "Known limits",
    "rai:personalSensitiveInformation": "Personal information",
}


def _responsible_ai(of: Described) -> dict[str, Any]:
    """The properties of Croissant's vocabulary for responsible AI (RAI)."""
    design = of.schema.design
    base = EDITIONS[design.base].title
    layers = [made for seed in of.seeds for layer, made in seed.about["layers"].items() if layer != "text"]
    passes = sorted({made["passes"] for made in layers})
    number = " to ".join(dict.fromkeys((str(passes[0]), str(passes[-1]))))
    by_machine = set(stated(of.about, "annotations_creators")) == {"machine-generated"}
    tools = {made["by"] for made in layers if by_machine or made["made"] != "manual"}
    preprocessing = [
        *(
            [
                "The damage is undone; a model of the damage turns the established text back into the received copy, "
                "except at listed places."
            ]
            if design.restoration
            else []
        ),
        *(
            [f"The other editions are converted from the {base} text; spans are projected by an alignment."]
            if len(design.scripts) > 1
            else []
        ),
    ]
    titles = joined([LAYERS[layer].TITLE for layer in design.layers])
    grid = f"; stance is a closed grid over {counted(len(of.schema.labels.get('targets', ())), 'target')}"
    properties = {
        "rai:dataPreprocessingProtocol": preprocessing,
        "rai:dataAnnotationProtocol": [
            f"{titles.capitalize()} by schema/GUIDELINES.md{grid if 'stances' in design.layers else ''}."
        ],
        "rai:annotationsPerItem": f"{number} independent pass{'' if number == '1' else 'es'}",
        "rai:machineAnnotationTools": sorted(tools),
        **{name: _paragraphs(of.prose.text(heading)) for name, heading in _OF_PROSE.items()},
    }
    collection = properties.pop("rai:dataCollection")
    if design.restoration and len(of.seeds) <= LISTED:
        collection += [f"{seed.id}: {seed.about['received']['from']}" for seed in of.seeds]
    found = "found" in stated(of.about, "language_creators")
    properties = {
        "rai:dataCollection": " ".join(collection),
        "rai:dataCollectionType": ["Secondary Data Analysis"] if found else [],
        **properties,
    }
    return {name: value for name, value in properties.items() if value}


def _paragraphs(markdown: str) -> list[str]:
    """The paragraphs of ``markdown``, each on one line."""
    return [" ".join(paragraph.split()) for paragraph in markdown.split("\n\n") if paragraph.strip()]


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
