"""Run by ``test_datasets.py`` with a `datasets` of another version: prints what it reads of a release, as JSON.

It imports nothing of this package.
"""

import hashlib
import json
import os
import sys
from pathlib import Path

import datasets


def digest(rows) -> str:
    """The sha256 of rows as JSON lines."""
    lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    return hashlib.sha256("".join(lines).encode("utf-8")).hexdigest()


def names(feature):
    """``feature`` with its class labels as lists of names, whatever this version calls lists."""
    if isinstance(feature, datasets.ClassLabel):
        return feature.names
    if isinstance(feature, datasets.Value):
        return feature.dtype
    if isinstance(feature, datasets.Translation):
        return list(feature.languages)
    if isinstance(feature, dict):
        return {name: names(inner) for name, inner in feature.items()}
    return ["list of", names(feature[0] if isinstance(feature, list) else feature.feature)]


def describe(dataset) -> dict:
    """The digest of the rows, and the labels."""
    return {"rows": digest(dataset), "labels": {name: names(feature) for name, feature in dataset.features.items()}}


def read(folder: Path) -> dict:
    """What each config of a release is, by each way of reading it."""
    configs = {}
    for file in sorted(folder.glob("data/*/*.parquet")):
        config = file.parent.name
        direct = datasets.load_dataset("parquet", data_files={"test": os.fspath(file)}, split="test")
        by_card = datasets.load_dataset(os.fspath(folder), config, split="test")
        streamed = datasets.load_dataset(os.fspath(folder), config, split="test", streaming=True)
        configs[config] = {"direct": describe(direct), "by card": describe(by_card), "streamed": digest(streamed)}
    return configs


if __name__ == "__main__":
    print(json.dumps(read(Path(sys.argv[1]))))
