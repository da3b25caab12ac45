"""More kinds of mutations: names that people type, what cannot be seen, special files, the changelog, and addresses."""

import json
import random
import re
from pathlib import Path

import pyarrow as pa
import yaml
from conftest import ARTICLE, REPOSITORY, SHAPES
from mutations import (
    DOCUMENT,
    GOLD,
    LABELS,
    SCHEMAS,
    SEEDS,
    Files,
    Folder,
    Link,
    NotApplicableError,
    Pipe,
    contents,
    copied,
    each,
    gold_file,
    insert,
    kind,
    originals,
    parquets,
    value_at,
    with_value,
)
from mutations_fields import CORPUS_YAML, by_field, read, write

from zhengwen import __version__
from zhengwen.release.ledger import LEDGER, Entry
from zhengwen.release.manifest import schema_digest, sha256
from zhengwen.schema import read_schema

CHANGELOG = "CHANGELOG.md"
#: Characters that cannot be seen, one of each sort.
HIDDEN = "\u200b\u200d\u00ad\u202e\u2066\u2060\u3164\ufe0f\U000e0041\x1b\x7f\u2028\U000f0000"

# Names that people type.

_LOOK_ALIKES = str.maketrans("aceopxyABCEHIMOPTX", "асеорхуАВСЕНІМОРТХ")
_INVENTORIES = read(LABELS, originals()[LABELS])
_KEYS = [(inventory, key) for inventory, labels in _INVENTORIES.items() for key in labels]


def _with_labels(files: Files, inventory: str, labels: dict) -> Files:
    return {LABELS: write(LABELS, read(LABELS, files[LABELS]) | {inventory: labels})}


def _label_added(files: Files, inventory: str, key: str) -> Files:
    """A label at the end of an inventory, where it moves no other one: no row is changed by it."""
    if key in _INVENTORIES[inventory]:
        raise NotApplicableError
    return _with_labels(files, inventory, {**_INVENTORIES[inventory], key: "Another one."})


def _foreign(key: str) -> str:
    looks_alike = key.translate(_LOOK_ALIKES)
    return looks_alike if looks_alike != key else chr(ord(key[0]) + 0xFEE0) + key[1:]


each("each label added in another alphabet", _KEYS, lambda files, rng, at: _label_added(files, at[0], _foreign(at[1])))
each("each label added in another case", _KEYS, lambda files, rng, at: _label_added(files, at[0], at[1].swapcase()))
each(
    "each label added with a character that cannot be seen",
    _KEYS,
    lambda files, rng, at: _label_added(files, at[0], at[1][:1] + rng.choice(HIDDEN) + at[1][1:]),
)
each(
    "each label added with a blank",
    _KEYS,
    lambda files, rng, at: _label_added(files, at[0], rng.choice([" {}", "{} ", "\u3000{}", "{}\u00a0"]).format(at[1])),
)
each("empty label added to each inventory", list(_INVENTORIES), lambda files, rng, name: _label_added(files, name, ""))


@kind(len(_INVENTORIES), "inventory with a look-alike")
def _inventory_added(files, rng):
    name = rng.choice(list(_INVENTORIES))
    content = read(LABELS, files[LABELS])
    return {LABELS: write(LABELS, content | {_foreign(name): content[name]})}


# What cannot be seen.


def _hide(content, path):
    value = value_at(content, path)
    value_at(content, path[:-1])[path[-1]] = value[:1] + HIDDEN[len(value) % len(HIDDEN)] + value[1:]


for _title, _files in {
    "gold": list(map(gold_file, GOLD)),
    "document.yaml": [DOCUMENT],
    "corpus.yaml": [CORPUS_YAML],
    "labels.yaml": [LABELS],
}.items():
    by_field(
        f"character that cannot be seen in each field of {_title}",
        _files,
        _hide,
        lambda value: isinstance(value, str) and value != "",
    )

_PROSE = ["schema/GUIDELINES.md", CHANGELOG, *(path for path in originals() if path.endswith("/NOTES.md"))]
contents(
    "character that cannot be seen",
    40,
    lambda data, rng: insert(data, rng, rng.choice(HIDDEN.replace("\ufe0f", ""))),
    [*SEEDS, *SCHEMAS, *_PROSE],
)

# Links, pipes and folders.


def _copy_of(folder: str) -> Path:
    """A folder that holds what ``folder`` of the repository does."""
    return REPOSITORY / folder if (REPOSITORY / folder).is_dir() else SHAPES / folder.removeprefix("schema/")


_FOLDERS = sorted({path.rpartition("/")[0] for path in originals() if path.count("/") > 1})

each(
    "each file a link to a copy of it",
    list(originals()),
    lambda files, rng, path: {path: Link(str(copied().get(path, REPOSITORY / path)))},
)
each("each folder a link to a copy of it", _FOLDERS, lambda files, rng, path: {path: Link(str(_copy_of(path)))})
each("link to nothing in each folder", _FOLDERS, lambda files, rng, path: {f"{path}/more": Link("nowhere")})
each("link to itself in each folder", _FOLDERS, lambda files, rng, path: {f"{path}/more": Link("more")})
each("link to the folder that it is in", _FOLDERS, lambda files, rng, path: {f"{path}/more": Link(".")})
each("empty folder in each folder", _FOLDERS, lambda files, rng, path: {f"{path}/more": Folder()})
each(
    "file that a system makes in each folder",
    ["seeds", *_FOLDERS],
    lambda files, rng, path: {f"{path}/{rng.choice(['.DS_Store', 'Thumbs.db', '.text.txt.swp'])}": b"x\n"},
)


@kind(24, "pipe in the place of a file")
def _pipe(files, rng):
    return {rng.choice(list(files)): Pipe()}


@kind(4, "document that is a link or hidden")
def _document(files, rng):
    return rng.choice([{"seeds/more": Link(ARTICLE)}, {"seeds/more": Folder()}, {"seeds/.more/text.txt": b"x\n"}])


# Versions: the changelog, the ledger, the checkout.

_SECTIONS = re.findall(r"^## \[.*$", originals()[CHANGELOG].decode("utf-8"), flags=re.MULTILINE)


def _replaced(files: Files, old: str, new: str) -> Files:
    return {CHANGELOG: files[CHANGELOG].replace(old.encode("utf-8"), new.encode("utf-8"), 1)}


def _with_date(heading: str, date: str) -> str:
    return f"{heading.rpartition(' ')[0]} {date}"


for _title, _date in {
    "that does not exist": "2026-02-30",
    "before all others": "2001-01-01",
    "after all others": "9999-12-31",
    "in other digits": "202\uff16-11-24",
}.items():
    each(
        f"each date of the changelog one {_title}",
        _SECTIONS,
        lambda files, rng, heading, date=_date: _replaced(files, heading, _with_date(heading, date)),
    )
each(
    "each section of the changelog doubled",
    _SECTIONS,
    lambda files, rng, heading: _replaced(files, heading, f"{heading}\n\n{heading}"),
)
each(
    "each heading of the changelog misspelt",
    _SECTIONS,
    lambda files, rng, heading: _replaced(
        files, heading, rng.choice([f"{heading} ", heading.replace(" - ", " \u2013 ")])
    ),
)
each(
    "each section of the changelog at the end",
    _SECTIONS[:-1],
    lambda files, rng, heading: {
        CHANGELOG: files[CHANGELOG].replace(heading.encode() + b"\n", b"", 1) + f"\n{heading}\n".encode()
    },
)


def released(files: Files) -> bytes:
    """The ledger, with this version as it is."""
    manifest = json.loads(files["corpus/manifest.json"])
    digests = (
        manifest["data"]["digest"],
        schema_digest(read_schema(REPOSITORY / "schema"), files["schema/GUIDELINES.md"].decode("utf-8")),
        sha256(files["corpus/LICENSE"]),
    )
    entry = Entry(__version__, manifest["date"], *digests)
    return files[LEDGER] + json.dumps(entry.recorded()).encode("utf-8") + b"\n"


def _defined_otherwise(files: Files, rng: random.Random, target: tuple[str, str]) -> Files:
    content = read(LABELS, files[LABELS])
    entry = content[target[0]][target[1]]
    path = (*target, "definition") if isinstance(entry, dict) else target
    return {LABELS: write(LABELS, with_value(content, path, "Another meaning.")), LEDGER: released(files)}


each("each definition of a released version in other words", _KEYS, _defined_otherwise)


@kind(5, "digest of this version edited")
def _digest_of_this_version(files, rng):
    lines = released(files).splitlines(keepends=True)
    line = json.loads(lines[-1])
    name = rng.choice(["date", "digest", "schema", "licence"])
    line[name] = "9999-12-31" if name == "date" else line[name][::-1]
    return {LEDGER: b"".join([*lines[:-1], json.dumps(line).encode("utf-8") + b"\n"])}


@kind(2, "checkout of another version")
def _checkout(files, rng):
    return {"loaders/zhengwen/__init__.py": rng.choice([b'__version__ = "99.0.0"\n', b"\n"])}


# Values that are shown or linked.

_VALUES = {
    (CORPUS_YAML, "repository"): ["../..", "a", "a/b/c", "a/.b", "a/b--c", "-a/b", "a/b c", "https://example.org/a"],
    (CORPUS_YAML, "annotation_license"): ["CC-BY-9.9", "cc-by-4.0", "CC-BY-4.0 OR MIT", "LicenseRef-a", "other"],
    (CORPUS_YAML, "name"): ["zheng wen", "../zhengwen", "zhengwen<script>"],
    (DOCUMENT, "url"): [
        "javascript:alert(1)",
        "data:text/html,x",
        "http:",
        "https://",
        "//example.org",
        "https://a b.org",
    ],
    (DOCUMENT, "publisher"): [" x", "x\u3000", "x\ny", " "],
    (DOCUMENT, "rights"): ["x\n\ny", "\u00a0"],
}


def _value(files: Files, rng: random.Random, target: tuple[str, str, str]) -> Files:
    path, field, value = target
    return {path: write(path, read(path, files[path]) | {field: value})}


each(
    "each value that cannot be shown or linked",
    [(*at, value) for at, values in _VALUES.items() for value in values],
    _value,
)


@kind(8, "number of YAML 1.1")
def _number(files, rng):
    number = rng.choice(["33:45", "0b11111101001", "03751", "2_025", "0o3751", "+2025_", "2025:0"])
    data = files[DOCUMENT].replace(b"year: 2025", f"year: {number}".encode())
    assert yaml.safe_load(data)
    return {DOCUMENT: data}


# What the Parquet files say of themselves.


def _labels_swapped(table: pa.Table, rng: random.Random) -> pa.Table:
    """The names of two class labels swapped in the features that loaders read: every row means something else."""
    metadata = dict(table.schema.metadata)
    info = json.loads(metadata[b"huggingface"])
    lists = list(_lists_of_names(info))
    if not lists:
        raise NotApplicableError
    names = rng.choice(lists)
    first, second = rng.sample(range(len(names)), 2)
    names[first], names[second] = names[second], names[first]
    metadata[b"huggingface"] = json.dumps(info, ensure_ascii=False).encode("utf-8")
    return table.replace_schema_metadata(metadata)


def _lists_of_names(value):
    if isinstance(value, dict):
        if value.get("_type") == "ClassLabel":
            yield value["names"]
        for item in value.values():
            yield from _lists_of_names(item)
    elif isinstance(value, list):
        for item in value:
            yield from _lists_of_names(item)


parquets("names of labels swapped in the features of datasets", 30, _labels_swapped)
parquets(
    "metadata added to a Parquet file",
    10,
    lambda table, rng: table.replace_schema_metadata({**table.schema.metadata, b"pandas": b"{}"}),
)
