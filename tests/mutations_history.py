"""More kinds of mutations: the passes, the decisions, the ledger, and what describes a release."""

import json
import re

from mutations import NothingThereError, _dump, _get, _leaves, _set, contents, each, kind, originals, seed_file

from zhengwen.release.ledger import LEDGER

PASS_FILES = [path for path in originals() if "/annotators/pass-" in path]
DECISIONS = [seed_file("annotators/adjudication.jsonl")]
DESCRIBED = ["corpus/croissant.json", "corpus/manifest.json"]
ANNOTATIONS = [path for path in originals() if path.startswith("corpus/annotations/")]
JSON_SCHEMAS = [path for path in originals() if path.startswith("schema/json/")]


def _lines(data):
    return data.decode("utf-8").removesuffix("\n").split("\n")


def _joined(lines):
    return "".join(line + "\n" for line in lines).encode("utf-8")


def _dropped(data, chance):
    lines = _lines(data)
    del lines[chance.randrange(len(lines))]
    return _joined(lines)


def _doubled(data, chance):
    lines = _lines(data)
    at = chance.randrange(len(lines))
    return _joined([*lines[: at + 1], *lines[at:]])


def _reordered(data, chance):
    lines = _lines(data)
    if len(lines) < 2:
        raise NothingThereError
    at = chance.randrange(len(lines) - 1)
    lines[at : at + 2] = reversed(lines[at : at + 2])
    return _joined(lines)


def _cut(data, chance):
    return data[: -chance.randrange(2, len(_lines(data)[-1]))]


def other(value):
    """Another value of the same type, or a text for null."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    return value + "x" if isinstance(value, str) else "x"


def _value(record, chance):
    """The record with one of its values edited; the field is chosen first, so that rare ones have their turn."""
    paths = list(_leaves(record))
    # The reason of a decision is prose: no rule can tell one wording of it from another.
    names = sorted({path[-1] for path in paths if isinstance(path[-1], str) and path[-1] != "reason"})
    name = chance.choice(names)
    path = chance.choice([path for path in paths if path[-1] == name])
    return _set(record, path, other(_get(record, path)))


def _line_edited(data, chance):
    lines = _lines(data)
    at = chance.randrange(len(lines))
    lines[at] = _dump(_value(json.loads(lines[at]), chance))
    return _joined(lines)


def _text_edited(data, chance):
    """A value of a JSON file edited, the rest of its bytes as it was."""
    text = data.decode("utf-8")
    found = chance.choice(list(re.finditer(r'(?<=[:\[,] |  )("[^"\n]*"(?!:)|\d+|true|false|null)', text)))
    value = _dump(other(json.loads(found[0])))
    return (text[: found.start()] + value + text[found.end() :]).encode("utf-8")


def _key_renamed(data, chance):
    text = data.decode("utf-8")
    found = chance.choice(list(re.finditer(r'"[^"\n]+"(?=: )', text)))
    return (text[: found.end() - 1] + "_" + text[found.end() - 1 :]).encode("utf-8")


for _title, _paths in {
    "a pass": [path for path in PASS_FILES if path.endswith(".jsonl")],
    "the adjudication": DECISIONS,
    "the ledger": [LEDGER],
    "released annotation": ANNOTATIONS,
}.items():
    contents(f"line of {_title} dropped", 12, _dropped, _paths)
    contents(f"line of {_title} doubled", 12, _doubled, _paths)
    contents(f"lines of {_title} reordered", 12, _reordered, _paths)
    contents(f"{_title} cut off", 12, _cut, _paths)
    contents(f"value of {_title} edited", 24, _line_edited, _paths)

for _title, _paths in {"description of the release": DESCRIBED, "JSON Schema": JSON_SCHEMAS}.items():
    contents(f"value of a {_title} edited", 40, _text_edited, _paths)
    contents(f"key of a {_title} renamed", 24, _key_renamed, _paths)
    contents(f"line of a {_title} dropped", 20, _dropped, _paths)
    contents(f"{_title} deleted", 6, lambda data, chance: None, _paths)

contents("file of a pass deleted", 18, lambda data, chance: None, PASS_FILES)
contents("notes of a pass edited", 9, _dropped, [path for path in PASS_FILES if path.endswith(".md")])
contents(
    "line of the guidelines dropped",
    6,
    _dropped,
    ["schema/GUIDELINES.md"],
    harmless="the guidelines are prose for annotators: nothing is derived from them, and git has their history",
)
contents("licence of the release edited", 6, _dropped, ["corpus/LICENSE"])


@kind(6, name="file added to a pass")
def _added(files, chance):
    folder = chance.choice(PASS_FILES).rpartition("/")[0]
    return {f"{folder}/{chance.choice(['x.jsonl', 'notes.txt', 'entities.jsonl~'])}": b"x\n"}


@kind(6, name="digest of an earlier release edited")
def _earlier(files, chance):
    text = files[LEDGER].decode("utf-8")
    at = chance.choice(list(re.finditer(r"[0-9a-f]{64}", text))).start() + chance.randrange(64)
    digit = chance.choice([one for one in "0123456789abcdef" if one != text[at]])
    return {LEDGER: (text[:at] + digit + text[at + 1 :]).encode("utf-8")}


def _half(files, chance, path):
    return {path: files[path][: len(files[path]) // 2]}


each("each file cut in half", [path for path in originals() if path != "schema/GUIDELINES.md"], _half)
