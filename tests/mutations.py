"""Damages one thing at a time in a repository: kinds of mutations, each a function of the files and of chance.

A kind is registered with :func:`kind` and is called as often as wanted; every call gives one :class:`Mutant`, the files
that it changes (``None``: the file is gone).  What is harmless says why.
"""

import copy
import io
import json
import random
import re
import unicodedata
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from conftest import ARTICLE, ROOT

from zhengwen import __version__
from zhengwen.release.ledger import LEDGER

Files = dict[str, bytes]
GOLD = ("sentences", "entities", "clusters", "quotes", "stances")
#: Every kind by its name.
KINDS: dict[str, "Kind"] = {}


@dataclass(frozen=True)
class Kind:
    """A kind: ``make`` gives a mutant, ``times`` says how many are tried, ``harmless`` why none need be caught.

    Where there are ``places``, ``make`` is called once with each.
    """

    name: str
    make: Callable[..., Files]
    times: int
    harmless: str = ""
    places: Sequence = ()


@dataclass(frozen=True)
class Mutant:
    """What is changed: the new bytes of each file, ``None`` for one that is deleted."""

    kind: Kind
    number: int
    files: Files
    place: object = None


def kind(times: int, *, harmless: str = "", name: str = ""):
    """Register a function as a kind of mutation, under its own name with hyphens."""

    def register(make):
        title = name or make.__name__.replace("_", "-")
        assert title not in KINDS
        KINDS[title] = Kind(title, make, times, harmless)
        return make

    return register


def each(name: str, places: Sequence, make: Callable[..., Files], harmless: str = "") -> None:
    """Register a kind that has a mutant for each of ``places``: ``make`` is given the files, chance and the place."""
    assert name not in KINDS
    assert places, name
    KINDS[name] = Kind(name, make, len(places), harmless, tuple(places))


def mutants_of(kind: Kind, seed: int = 6) -> Iterator[Mutant]:
    """The mutants of a kind, the same each time; none is the repository as it is, and none comes twice."""
    files, chance, seen, number = originals(), random.Random(f"{seed} {kind.name}"), set(), 0
    for place in kind.places or [None] * (kind.times * 8):
        try:
            changed = kind.make(files, chance) if place is None else kind.make(files, chance, place)
        except NothingThereError:
            continue
        key = tuple(sorted(changed.items(), key=lambda item: item[0]))
        if key in seen or all(files.get(path) == data for path, data in changed.items()):
            continue
        seen.add(key)
        yield Mutant(kind, number, changed, place)
        number += 1
        if number == kind.times:
            break


@cache
def originals() -> Files:
    """The files that the checks look at, by their path."""
    folders = [path for name in ("seeds", "schema", "corpus") for path in (ROOT / name).rglob("*")]
    paths = [*folders, ROOT / "CHANGELOG.md", ROOT / "docs" / "checks.md"]
    files = {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in paths if path.is_file()}
    # This version is not released yet: a released one may not change at all, and everything would be caught by that.
    entries = (ROOT / LEDGER).read_text(encoding="utf-8").splitlines(keepends=True)
    return files | {
        LEDGER: "".join(one for one in entries if json.loads(one)["version"] != __version__).encode("utf-8")
    }


class NothingThereError(Exception):
    """Chance chose a place where this kind can do nothing."""


def seed_file(name: str) -> str:
    return f"seeds/{ARTICLE}/{name}"


def gold_file(layer: str) -> str:
    return seed_file(f"gold/{layer}.jsonl")


def _leaves(value: Any, path: tuple = ()) -> Iterator[tuple]:
    """The paths of all values in a record but the record itself."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in inner:
        yield (*path, name)
        yield from _leaves(item, (*path, name))


def _get(record: Any, path: tuple) -> Any:
    for step in path:
        record = record[step]
    return record


def _set(record: Any, path: tuple, value: Any) -> Any:
    changed = copy.deepcopy(record)
    _get(changed, path[:-1])[path[-1]] = value
    return changed


def _dump(record: Any) -> str:
    return json.dumps(record, ensure_ascii=False)


def _lines(files: Files, layer: str) -> list[str]:
    return files[gold_file(layer)].decode("utf-8").removesuffix("\n").split("\n")


def _joined(layer: str, lines: list[str]) -> Files:
    return {gold_file(layer): ("\n".join(lines) + "\n").encode("utf-8")}


# Gold: a value of a record.


def values(
    name: str, times: int, change: Callable[[tuple, Any, Any, random.Random], Any], fits=lambda path, value: True
):
    """Register a kind that changes one value of one record of gold; each layer and field has its turn."""

    def make(files: Files, chance: random.Random) -> Files:
        layer = chance.choice(GOLD)
        lines = _lines(files, layer)
        at = chance.randrange(len(lines))
        record = json.loads(lines[at])
        paths = [path for path in _leaves(record) if fits(path, _get(record, path))]
        if not paths:
            raise NothingThereError
        path = chance.choice(paths)
        lines[at] = _dump(_set(record, path, change(path, _get(record, path), record, chance)))
        return _joined(layer, lines)

    kind(times, name=name)(make)


def _is_number(path, value):
    return type(value) is int


def _is_text(path, value):
    return (isinstance(value, str) and path[-1] in ("text", "name")) or ("aliases" in path and isinstance(value, str))


def _is_label(path, value):
    return path[-1] in ("type", "kind", "target", "label", "certainty")


def _is_reference(path, value):
    return path[-1] in ("cluster", "speaker", "holder", "unit") and value is not None


_OTHER_TYPES = [7, "x", True, None, [], {}, 1.5, ["x"], {"start": 0}]
_LABELS = ["PERSON", "ORG", "direct", "mixed", "favor", "against", "certain", "open-source", "body", "gloss"]

values(
    "wrong type",
    70,
    lambda path, value, record, chance: chance.choice([one for one in _OTHER_TYPES if type(one) is not type(value)]),
    lambda path, value: value is not None,
)
values("off by one, up", 38, lambda path, value, record, chance: value + 1, _is_number)
values("off by one, down", 38, lambda path, value, record, chance: value - 1, _is_number)
values("negative number", 20, lambda path, value, record, chance: -value - 1, _is_number)
values("number out of range", 20, lambda path, value, record, chance: 2**31 + value, _is_number)
values("number with a fraction", 20, lambda path, value, record, chance: value + 0.5, _is_number)
values("number as a string", 20, lambda path, value, record, chance: str(value), _is_number)
values("null", 38, lambda path, value, record, chance: None, lambda path, value: value is not None)
values("empty string", 26, lambda path, value, record, chance: "", lambda path, value: isinstance(value, str))
values(
    "trailing space in a string",
    38,
    lambda path, value, record, chance: value + " ",
    lambda path, value: isinstance(value, str),
)
values(
    "leading space in a string",
    26,
    lambda path, value, record, chance: " " + value,
    lambda path, value: isinstance(value, str),
)
values(
    "flipped boolean", 20, lambda path, value, record, chance: not value, lambda path, value: isinstance(value, bool)
)
values("unknown label", 26, lambda path, value, record, chance: value + "X", _is_label)
values("label in another case", 26, lambda path, value, record, chance: value.swapcase(), _is_label)
values(
    "label of another inventory",
    38,
    lambda path, value, record, chance: chance.choice([one for one in _LABELS if one != value]),
    _is_label,
)
values("reference to nothing", 26, lambda path, value, record, chance: re.sub(r"\d\d$", "99", value), _is_reference)
values(
    "reference to another record",
    38,
    lambda path, value, record, chance: re.sub(r"\d\d$", lambda one: f"{int(one[0]) % 20 + 1:02d}", value),
    _is_reference,
)
values(
    "reference to another kind",
    20,
    lambda path, value, record, chance: re.sub(r"\.[a-z]+\d+$", ".s001", value),
    _is_reference,
)
values(
    "reference to another document",
    26,
    lambda path, value, record, chance: value.replace(ARTICLE, "another-2025"),
    lambda path, value: isinstance(value, str) and value.startswith(ARTICLE),
)
values(
    "full-width digit",
    26,
    lambda path, value, record, chance: value[:-1] + chr(ord(value[-1]) + 0xFEE0),
    lambda path, value: isinstance(value, str) and value[-1:].isdigit() and value[-1:].isascii(),
)
values(
    "another character in a surface",
    38,
    lambda path, value, record, chance: "\u9f98" + value[1:],
    lambda path, value: _is_text(path, value) and value,
)
values("dropped character in a surface", 26, lambda path, value, record, chance: value[1:], _is_text)
values("doubled character in a surface", 26, lambda path, value, record, chance: value + value[-1:], _is_text)
values(
    "NFD form of a surface",
    20,
    lambda path, value, record, chance: unicodedata.normalize("NFD", value[:-1] + "\u00e9"),
    _is_text,
)
values("character of width zero", 20, lambda path, value, record, chance: value[:1] + "\u200b" + value[1:], _is_text)
values(
    "dropped item of a list",
    20,
    lambda path, value, record, chance: value[1:],
    lambda path, value: isinstance(value, list) and value,
)
values(
    "doubled item of a list",
    20,
    lambda path, value, record, chance: [*value, value[-1]],
    lambda path, value: isinstance(value, list) and value,
)


# Gold: a record.


def records(times: int, name: str = ""):
    """Register a kind that changes one record of gold, or its line."""

    def register(change):
        def make(files: Files, chance: random.Random) -> Files:
            layer = chance.choice(GOLD)
            lines = _lines(files, layer)
            at = chance.randrange(len(lines))
            changed = change(lines[at], chance)
            lines[at : at + 1] = changed if isinstance(changed, list) else [changed]
            return _joined(layer, lines)

        kind(times, name=name or change.__name__.replace("_", " "))(make)
        return change

    return register


@records(38)
def dropped_field(line, chance):
    record = json.loads(line)
    del record[chance.choice(list(record))]
    return _dump(record)


@records(26)
def renamed_field(line, chance):
    record = json.loads(line)
    name = chance.choice(list(record))
    return _dump({f"{one}_" if one == name else one: value for one, value in record.items()})


@records(20)
def added_field(line, chance):
    return line[:-1] + f', "{chance.choice(["note", "Start", "id ", "texts"])}": 1}}'


@records(26)
def doubled_field(line, chance):
    record = json.loads(line)
    name = chance.choice(list(record))
    return line[:-1] + f", {_dump(name)}: {_dump(record[name])}}}"


@records(26)
def swapped_start_and_end(line, chance):
    if '"start"' not in line:
        raise NothingThereError
    return line.replace('"start"', '"\0"', 1).replace('"end"', '"start"', 1).replace('"\0"', '"end"', 1)


@records(38)
def dropped_record(line, chance):
    return []


@records(38)
def doubled_record(line, chance):
    return [line, line]


@records(20)
def blank_line(line, chance):
    return [line, ""]


@records(20)
def cut_record(line, chance):
    return line[: chance.randrange(1, len(line))]


@records(20)
def other_order_of_fields(line, chance):
    return _dump(dict(reversed(json.loads(line).items())))


@records(20)
def other_spaces_between_fields(line, chance):
    return json.dumps(json.loads(line), ensure_ascii=False, separators=(",", ":"))


@records(20)
def escapes_for_characters(line, chance):
    return json.dumps(json.loads(line))


@records(20)
def trailing_space_on_a_line(line, chance):
    return line + " "


@records(20)
def carriage_return_on_a_line(line, chance):
    return line + "\r"


@records(20)
def not_a_number(line, chance):
    return re.sub(r'": ("[^"]*"|\d+)', '": NaN', line, count=1)


@records(20)
def list_for_an_object(line, chance):
    return f"[{line}]"


@kind(38, name="reordered lines")
def _reordered(files, chance):
    layer = chance.choice(GOLD)
    lines = _lines(files, layer)
    at = chance.randrange(len(lines) - 1)
    lines[at : at + 2] = reversed(lines[at : at + 2])
    return _joined(layer, lines)


@kind(38, name="values swapped between records")
def _swapped(files, chance):
    layer = chance.choice(GOLD)
    lines = _lines(files, layer)
    one, other = chance.sample(range(len(lines)), 2)
    a, b = json.loads(lines[one]), json.loads(lines[other])
    name = chance.choice(list(a))
    a[name], b[name] = b[name], a[name]
    lines[one], lines[other] = _dump(a), _dump(b)
    return _joined(layer, lines)


@kind(26, name="grid cell twice, under a new id")
def _cell_twice(files, chance):
    lines = _lines(files, "stances")
    record = json.loads(chance.choice(lines))
    return _joined("stances", [*lines, _dump(record | {"id": f"{ARTICLE}.st999"})])


@kind(26, name="mention twice, under a new id")
def _mention_twice(files, chance):
    lines = _lines(files, "entities")
    at = chance.randrange(len(lines))
    return _joined(
        "entities", [*lines[: at + 1], _dump(json.loads(lines[at]) | {"id": f"{ARTICLE}.e9999"}), *lines[at + 1 :]]
    )


# Bytes of a file.

TEXTS = [seed_file(name) for name in ("text.txt", "received.txt", "document.yaml")]
SEEDS = [*TEXTS, *map(gold_file, GOLD), "seeds/corpus.yaml"]
SCHEMAS = sorted(path for path in originals() if path.startswith("schema/") and path.endswith(".yaml"))


def contents(
    name: str,
    times: int,
    change: Callable[[bytes, random.Random], bytes | None],
    paths=(*SEEDS, *SCHEMAS),
    harmless: str = "",
):
    """Register a kind that changes the bytes of one file of ``paths``."""

    def make(files: Files, chance: random.Random) -> Files:
        path = chance.choice(paths)
        return {path: change(files[path], chance)}

    kind(times, name=name, harmless=harmless)(make)


def _insert(data: bytes, chance: random.Random, what: str) -> bytes:
    text = data.decode("utf-8")
    at = chance.randrange(len(text))
    return (text[:at] + what + text[at:]).encode("utf-8")


contents("byte order mark", 13, lambda data, chance: b"\xef\xbb\xbf" + data)
contents("carriage returns", 13, lambda data, chance: data.replace(b"\n", b"\r\n"))
contents("bytes of GBK", 9, lambda data, chance: data.decode("utf-8").encode("gb18030"), SEEDS)
contents(
    "byte that is no UTF-8", 26, lambda data, chance: data[: (at := chance.randrange(len(data)))] + b"\xff" + data[at:]
)
contents("replacement character", 26, lambda data, chance: _insert(data, chance, "\ufffd"))
contents("private-use character", 26, lambda data, chance: _insert(data, chance, "\ue5e5"))
contents("zero byte", 20, lambda data, chance: _insert(data, chance, "\0"))
contents("emptied file", 13, lambda data, chance: b"")
contents("deleted file", 13, lambda data, chance: None)
contents("file cut in half", 13, lambda data, chance: data[: len(data) // 2])
contents("no line feed at the end", 5, lambda data, chance: data.rstrip(b"\n"), list(map(gold_file, GOLD)))


@kind(10)
def stray_file(files, chance):
    places = [f"seeds/{chance.randrange(99)}.txt", seed_file(f"gold/{chance.randrange(99)}.jsonl"), "corpus/data/x.txt"]
    return {chance.choice([*places, seed_file("text.txt~"), "schema/json/x.json"]): b"x\n"}


# The text, and what was received.


def edits(name: str, times: int, change: Callable[[str, int, random.Random], str], fits=str.isalpha, path="text.txt"):
    """Register a kind that edits one place of a text, at a character that ``fits``."""

    def make(files: Files, chance: random.Random) -> Files:
        text = files[seed_file(path)].decode("utf-8")
        places = [at for at, character in enumerate(text) if fits(character)]
        return {seed_file(path): change(text, chance.choice(places), chance).encode("utf-8")}

    kind(times, name=name)(make)


edits("edited character of the text", 26, lambda text, at, chance: text[:at] + "\u9f98" + text[at + 1 :])
edits("dropped character of the text", 26, lambda text, at, chance: text[:at] + text[at + 1 :])
edits("added character of the text", 26, lambda text, at, chance: text[:at] + "\u7684" + text[at:])
edits(
    "swapped characters of the text", 20, lambda text, at, chance: text[:at] + text[at : at + 2][::-1] + text[at + 2 :]
)
edits("space in the text", 20, lambda text, at, chance: text[:at] + " " + text[at:])
edits(
    "full-width digit in the text",
    20,
    lambda text, at, chance: text[:at] + chr(ord(text[at]) + 0xFEE0) + text[at + 1 :],
    lambda one: one.isascii() and one.isdigit(),
)
edits(
    "dropped mark of the text",
    26,
    lambda text, at, chance: text[:at] + text[at + 1 :],
    lambda one: one in "\uff0c\u3002\uff1b\uff1a\uff01\uff1f\u201c\u201d\u300a\u300b",
)
edits(
    "ASCII mark in the text",
    20,
    lambda text, at, chance: (
        text[:at] + {"\uff0c": ",", "\uff1b": ";", "\uff1a": ":", "\uff1f": "?"}[text[at]] + text[at + 1 :]
    ),
    lambda one: one in "\uff0c\uff1b\uff1a\uff1f",
)
edits("dropped line feed of the text", 20, lambda text, at, chance: text[:at] + text[at + 1 :], lambda one: one == "\n")
edits(
    "doubled line feed of the text", 20, lambda text, at, chance: text[:at] + "\n" + text[at:], lambda one: one == "\n"
)
edits(
    "edited character of what was received",
    20,
    lambda text, at, chance: text[:at] + "\u9f98" + text[at + 1 :],
    path="received.txt",
)
edits(
    "dropped character of what was received",
    20,
    lambda text, at, chance: text[:at] + text[at + 1 :],
    path="received.txt",
)


# YAML: what is known, labels, shapes.


def yaml_lines(
    name: str,
    times: int,
    path: str,
    change: Callable[[str, random.Random], str | None],
    pattern: str,
    harmless: str = "",
):
    """Register a kind that changes one line of a YAML file that ``pattern`` matches."""

    def make(files: Files, chance: random.Random) -> Files:
        lines = files[path].decode("utf-8").split("\n")
        places = [at for at, line in enumerate(lines) if re.search(pattern, line)]
        at = chance.choice(places)
        changed = change(lines[at], chance)
        lines[at : at + 1] = [] if changed is None else changed.split("\n")
        return {path: "\n".join(lines).encode("utf-8")}

    kind(times, name=name, harmless=harmless)(make)


DOCUMENT, LABELS = seed_file("document.yaml"), "schema/labels.yaml"
_KEY = r"^ *[^\s#-][^:]*: \S"
yaml_lines("dropped line of document.yaml", 26, DOCUMENT, lambda line, chance: None, r"^ *[^\s#-][^:]*:( [^>]|$)")
yaml_lines("doubled key of document.yaml", 26, DOCUMENT, lambda line, chance: f"{line}\n{line}", r"^ *[a-z_0-9]+: [^>]")
yaml_lines(
    "misspelt key of document.yaml",
    20,
    DOCUMENT,
    lambda line, chance: line.replace(":", "x:", 1),
    r"^ *[a-z_0-9]+:( |$)",
)
yaml_lines(
    "reading of a gloss", 20, DOCUMENT, lambda line, chance: line + "n", r"^    [^\x00-\x7f]: [a-z\u0101-\u01dc]+$"
)
yaml_lines(
    "misspelt label of labels.yaml", 20, LABELS, lambda line, chance: line.replace(":", "X:", 1), r"^  [^\s#:]+:"
)
yaml_lines("dropped label of labels.yaml", 20, LABELS, lambda line, chance: None, r"^  [A-Z_]+: ")
yaml_lines(
    "another type in a shape",
    20,
    "schema/rows/sentences.yaml",
    lambda line, chance: line.replace("string", "boolean", 1),
    "type: string",
)
yaml_lines(
    "misspelt type in a shape",
    20,
    "schema/rows/sentences.yaml",
    lambda line, chance: line.replace("type: string", "type: strin", 1),
    "type: string",
)
yaml_lines(
    "misspelt rule in a shape",
    10,
    "schema/gold/entities.yaml",
    lambda line, chance: line.replace("type:", "tipe:", 1),
    "type:",
)
yaml_lines("dropped field of a shape", 20, "schema/rows/stances.yaml", lambda line, chance: None, r"^  \w+: ")
yaml_lines(
    "comment in document.yaml",
    10,
    DOCUMENT,
    lambda line, chance: f"{line}\n# {chance.randrange(10**6)}",
    r"^(id|publisher|url):",
    harmless="a comment is for those who edit the file; nothing reads it",
)


# The release.

CARD = "corpus/README.md"


def parquets(name: str, times: int, change: Callable[[Any, random.Random], Any]):
    """Register a kind that changes the table of one config."""

    def make(files: Files, chance: random.Random) -> Files:
        import pyarrow as pa
        import pyarrow.parquet as pq

        path = chance.choice(sorted(one for one in files if one.endswith(".parquet")))
        table = pq.read_table(pa.BufferReader(files[path]))
        sink = io.BytesIO()
        pq.write_table(change(table, chance), sink, compression="zstd")
        return {path: sink.getvalue()}

    kind(times, name=name)(make)


def _renamed(table, chance):
    at = chance.randrange(table.num_columns)
    return table.rename_columns([f"{name}_" if n == at else name for n, name in enumerate(table.column_names)])


def _without_row(table, chance):
    at = chance.randrange(table.num_rows)
    return table.take([n for n in range(table.num_rows) if n != at])


def _cell(table, chance):
    import pyarrow as pa

    at = chance.choice([n for n, one in enumerate(table.schema) if one.type in (pa.string(), pa.int32(), pa.bool_())])
    column = table.column(at).to_pylist()
    row = chance.choice([n for n, value in enumerate(column) if value is not None] or [None])
    if row is None:
        raise NothingThereError
    value = column[row]
    column[row] = not value if isinstance(value, bool) else value + 1 if isinstance(value, int) else value + "\u7684"
    return table.set_column(at, table.schema.field(at), pa.array(column, table.schema.field(at).type))


def _rows_swapped(table, chance):
    if table.num_rows < 2:
        raise NothingThereError
    one, other = chance.sample(range(table.num_rows), 2)
    order = list(range(table.num_rows))
    order[one], order[other] = other, one
    return table.take(order)


def _narrow(table, chance):
    import pyarrow as pa

    names = [one.name for one in table.schema if one.type == pa.int32()]
    if not names:
        raise NothingThereError
    at = table.schema.get_field_index(chance.choice(names))
    return table.set_column(at, table.column_names[at], table.column(at).cast(pa.int64()))


parquets("column renamed", 26, _renamed)
parquets("column dropped", 26, lambda table, chance: table.drop_columns([chance.choice(table.column_names)]))
parquets("column moved", 24, lambda table, chance: table.select(table.column_names[::-1]))
parquets("column of another type", 24, _narrow)
parquets("features of datasets dropped", 24, lambda table, chance: table.replace_schema_metadata(None))
parquets("row dropped", 26, _without_row)
parquets(
    "row doubled", 26, lambda table, chance: table.take([*range(table.num_rows), chance.randrange(table.num_rows)])
)
parquets("rows swapped", 26, _rows_swapped)
parquets("cell edited", 38, _cell)
_PARQUETS = [path for path in originals() if path.endswith(".parquet")]
contents("Parquet file cut", 24, lambda data, chance: data[: chance.randrange(len(data))], _PARQUETS)
contents("Parquet file deleted", 10, lambda data, chance: None, _PARQUETS)


@kind(5, name="zip archive for a Parquet file")
def _zipped(files, chance):
    path, sink = chance.choice(_PARQUETS), io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr(zipfile.ZipInfo("a.parquet"), files[path])
    return {path: sink.getvalue()}


@kind(26, name="number of the card edited")
def _card_number(files, chance):
    text = files[CARD].decode("utf-8")
    found = chance.choice(list(re.finditer(r"\d+", text)))
    return {CARD: (text[: found.start()] + str(int(found[0]) + 1) + text[found.end() :]).encode("utf-8")}


@kind(20, name="line of the card dropped")
def _card_line(files, chance):
    lines = files[CARD].decode("utf-8").split("\n")
    del lines[chance.randrange(len(lines) - 1)]
    return {CARD: "\n".join(lines).encode("utf-8")}


@kind(20, name="released annotation edited")
def _annotation(files, chance):
    path = chance.choice([one for one in files if one.startswith("corpus/annotations/")])
    return {path: files[path].replace(b"1", b"2", chance.randrange(1, 9))}


PASSES = [path for path in originals() if "/annotators/pass-" in path and path.endswith(".jsonl")]
contents("character added to a pass", 20, lambda data, chance: _insert(data, chance, " "), PASSES)


@kind(20, name="decision dropped")
def _decision(files, chance):
    path = seed_file("annotators/adjudication.jsonl")
    lines = files[path].decode("utf-8").removesuffix("\n").split("\n")
    del lines[chance.randrange(len(lines))]
    return {path: ("\n".join(lines) + "\n").encode("utf-8")}


@kind(20, name="digest of the manifest edited")
def _manifest(files, chance):
    path = "corpus/manifest.json"
    text = files[path].decode("utf-8")
    found = chance.choice(list(re.finditer(r'"sha256": "(.)', text)))
    other = "0" if found[1] != "0" else "1"
    return {path: (text[: found.end() - 1] + other + text[found.end() :]).encode("utf-8")}


@kind(20, name="JSON Schema edited")
def _json_schema(files, chance):
    path = chance.choice([one for one in files if one.startswith("schema/json/")])
    return {path: files[path].replace(b'"string"', b'"number"', chance.randrange(1, 5))}


@kind(1, name="version without an entry in the changelog")
def _changelog(files, chance):
    path = "CHANGELOG.md"
    return {path: files[path].replace(f"## [{__version__}]".encode(), b"## [99.0.0]")}


@kind(1, name="page of checks edited")
def _page(files, chance):
    return {"docs/checks.md": files["docs/checks.md"].replace(b"Every file is UTF-8", b"Some files are UTF-8")}
