"""More kinds of mutations: the passes, the decisions, the ledger, and the files that describe a release."""

import json
import random
import re
from typing import Any

from mutations import (
    NotApplicableError,
    contents,
    deleted,
    dump,
    each,
    inner_paths,
    join_lines,
    kind,
    originals,
    seed_file,
    split_lines,
    value_at,
    with_value,
    without_line,
)

from zhengwen.release.ledger import LEDGER

PASS_FILES = [path for path in originals() if "/annotators/pass-" in path]
DECISIONS = [seed_file("annotators/adjudication.jsonl")]
DESCRIPTIONS = ["corpus/croissant.json", "corpus/manifest.json"]
ANNOTATIONS = [path for path in originals() if path.startswith("corpus/annotations/")]
JSON_SCHEMAS = [path for path in originals() if path.startswith("schema/json/")]


def _with_line_doubled(data: bytes, rng: random.Random) -> bytes:
    lines = split_lines(data)
    index = rng.randrange(len(lines))
    return join_lines([*lines[: index + 1], *lines[index:]])


def _with_neighbours_swapped(data: bytes, rng: random.Random) -> bytes:
    lines = split_lines(data)
    if len(lines) < 2:
        raise NotApplicableError
    index = rng.randrange(len(lines) - 1)
    lines[index : index + 2] = reversed(lines[index : index + 2])
    return join_lines(lines)


def _cut_off(data: bytes, rng: random.Random) -> bytes:
    return data[: -rng.randrange(2, len(split_lines(data)[-1]))]


def another_value(value: Any) -> Any:
    """Another value of the same type; a string for null."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    return value + "x" if isinstance(value, str) else "x"


def _with_value_edited(record: Any, rng: random.Random) -> Any:
    """The record with one value edited; the name of the field is drawn first, so that rare ones have their turn."""
    paths = list(inner_paths(record))
    # The reason of a decision is prose: no rule can tell one wording of it from another.
    names = sorted({path[-1] for path in paths if isinstance(path[-1], str) and path[-1] != "reason"})
    name = rng.choice(names)
    path = rng.choice([path for path in paths if path[-1] == name])
    return with_value(record, path, another_value(value_at(record, path)))


def _with_line_edited(data: bytes, rng: random.Random) -> bytes:
    lines = split_lines(data)
    index = rng.randrange(len(lines))
    lines[index] = dump(_with_value_edited(json.loads(lines[index]), rng))
    return join_lines(lines)


def _with_json_value_edited(data: bytes, rng: random.Random) -> bytes:
    """A value of a JSON file edited, the rest of its bytes as it was."""
    text = data.decode("utf-8")
    match = rng.choice(list(re.finditer(r'(?<=[:\[,] |  )("[^"\n]*"(?!:)|\d+|true|false|null)', text)))
    value = dump(another_value(json.loads(match[0])))
    return (text[: match.start()] + value + text[match.end() :]).encode("utf-8")


def _with_key_renamed(data: bytes, rng: random.Random) -> bytes:
    text = data.decode("utf-8")
    key = rng.choice(list(re.finditer(r'"[^"\n]+"(?=: )', text)))
    return (text[: key.end() - 1] + "_" + text[key.end() - 1 :]).encode("utf-8")


for _title, _paths in {
    "a pass": [path for path in PASS_FILES if path.endswith(".jsonl")],
    "the adjudication": DECISIONS,
    "the ledger": [LEDGER],
    "released annotation": ANNOTATIONS,
}.items():
    contents(f"line of {_title} dropped", 12, without_line, _paths)
    contents(f"line of {_title} doubled", 12, _with_line_doubled, _paths)
    contents(f"neighbouring lines of {_title} swapped", 12, _with_neighbours_swapped, _paths)
    contents(f"{_title} cut off", 12, _cut_off, _paths)
    contents(f"value of {_title} edited", 24, _with_line_edited, _paths)

for _title, _paths in {"description of the release": DESCRIPTIONS, "JSON Schema": JSON_SCHEMAS}.items():
    contents(f"value of a {_title} edited", 40, _with_json_value_edited, _paths)
    contents(f"key of a {_title} renamed", 24, _with_key_renamed, _paths)
    contents(f"line of a {_title} dropped", 20, without_line, _paths)
    contents(f"{_title} deleted", 6, deleted, _paths)

contents("file of a pass deleted", 18, deleted, PASS_FILES)
contents("line of the notes of a pass dropped", 9, without_line, [path for path in PASS_FILES if path.endswith(".md")])
contents(
    "line of the guidelines dropped",
    6,
    without_line,
    ["schema/GUIDELINES.md"],
)
contents("line of the licence of the release dropped", 6, without_line, ["corpus/LICENSE"])


@kind(6, "file added to a pass")
def _file_added(files, rng):
    folder = rng.choice(PASS_FILES).rpartition("/")[0]
    return {f"{folder}/{rng.choice(['x.jsonl', 'notes.txt', 'entities.jsonl~'])}": b"x\n"}


@kind(6, "digest of an earlier release edited")
def _earlier_digest(files, rng):
    text = files[LEDGER].decode("utf-8")
    offset = rng.choice(list(re.finditer(r"[0-9a-f]{64}", text))).start() + rng.randrange(64)
    digit = rng.choice([digit for digit in "0123456789abcdef" if digit != text[offset]])
    return {LEDGER: (text[:offset] + digit + text[offset + 1 :]).encode("utf-8")}


def _first_half(files, rng, path):
    return {path: files[path][: len(files[path]) // 2]}


each("each file cut in half", list(originals()), _first_half)
