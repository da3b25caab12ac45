"""Damages one thing at a time in a repository: kinds of mutations, each a function of the files and of a generator.

A kind is registered with :func:`kind`, :func:`each` or one of the functions built on them.  Each call of its function
gives one :class:`Mutant`: the files that it changes (``None`` for a file that is deleted), or what it puts in the place
of a file or folder (a :class:`Link`, a :class:`Pipe`, a :class:`Folder`).  A kind of which nothing
needs to be caught says why it is harmless.
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
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from conftest import ARTICLE, REPOSITORY, stated_schema

from zhengwen import __version__
from zhengwen.release.ledger import LEDGER


@dataclass(frozen=True)
class Link:
    """A symbolic link."""

    target: str


@dataclass(frozen=True)
class Pipe:
    """A named pipe, to which nobody writes."""


@dataclass(frozen=True)
class Folder:
    """An empty folder."""


Files = dict[str, bytes | Link | Pipe | Folder | None]
GOLD = ("sentences", "entities", "clusters", "quotes", "stances")
#: Every kind by its name.
KINDS: dict[str, "Kind"] = {}


@dataclass(frozen=True)
class Kind:
    """A kind: ``make`` gives the files of a mutant, ``count`` is how many mutants there are at most.

    ``harmless`` says why none of them needs to be caught.  Where there are ``targets``, ``make`` is called once with
    each.
    """

    name: str
    make: Callable[..., Files]
    count: int
    harmless: str = ""
    targets: Sequence = ()


@dataclass(frozen=True)
class Mutant:
    """What is changed, by path: what is there now, ``None`` for a deleted file; ``target`` is what was damaged."""

    kind: Kind
    number: int
    files: Files
    target: object = None


def kind(count: int, name: str, *, harmless: str = ""):
    """Register a function as a kind of mutation."""

    def register(make):
        assert name not in KINDS
        KINDS[name] = Kind(name, make, count, harmless)
        return make

    return register


def each(name: str, targets: Sequence, make: Callable[..., Files], harmless: str = "") -> None:
    """Register a kind with a mutant for each of ``targets``: ``make`` gets the files, a generator and the target."""
    assert name not in KINDS
    assert targets, name
    KINDS[name] = Kind(name, make, len(targets), harmless, tuple(targets))


def mutants_of(kind: Kind, seed: int = 6) -> Iterator[Mutant]:
    """The mutants of a kind, the same each time; none is the repository as it is, and none comes twice."""
    files, rng, seen, number = originals(), random.Random(f"{seed} {kind.name}"), set(), 0
    for target in kind.targets or [None] * (kind.count * 8):
        try:
            changed = kind.make(files, rng) if target is None else kind.make(files, rng, target)
        except NotApplicableError:
            continue
        key = tuple(sorted(changed.items(), key=lambda item: item[0]))
        if key in seen or all(files.get(path) == data for path, data in changed.items()):
            continue
        seen.add(key)
        yield Mutant(kind, number, changed, target)
        number += 1
        if number == kind.count:
            break


@cache
def copied() -> dict[str, Path]:
    """The files of the checkout and of the package that the checks look at, by their path in the repository.

    Every shape is stated in the repository, where it can be damaged, though the package states it too.
    """
    folders = [path for name in ("seeds", "schema", "corpus") for path in (REPOSITORY / name).rglob("*")]
    paths = [*folders, REPOSITORY / "CHANGELOG.md", REPOSITORY / "docs" / "checks.md"]
    files = {path.relative_to(REPOSITORY).as_posix(): path for path in paths if path.is_file()}
    return files | {path: stated for path, stated in stated_schema().items() if isinstance(stated, Path)}


@cache
def originals() -> Files:
    """The files that the checks look at, by their path in the repository."""
    files = {path: file.read_bytes() for path, file in copied().items()}
    files |= {path: stated for path, stated in stated_schema().items() if isinstance(stated, bytes)}
    # As if this version were not released yet: a released one may not change at all, which would catch everything.
    entries = (REPOSITORY / LEDGER).read_text(encoding="utf-8").splitlines(keepends=True)
    earlier = [entry for entry in entries if json.loads(entry)["version"] != __version__]
    return files | {LEDGER: "".join(earlier).encode("utf-8")}


class NotApplicableError(Exception):
    """The place that was drawn is one where this kind can do nothing."""


def seed_file(name: str) -> str:
    return f"seeds/{ARTICLE}/{name}"


def gold_file(layer: str) -> str:
    return seed_file(f"gold/{layer}.jsonl")


def inner_paths(value: Any, path: tuple = ()) -> Iterator[tuple]:
    """The path of every value inside ``value``, lists and objects among them."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in items:
        yield (*path, name)
        yield from inner_paths(item, (*path, name))


def value_at(record: Any, path: tuple) -> Any:
    for step in path:
        record = record[step]
    return record


def with_value(record: Any, path: tuple, value: Any) -> Any:
    changed = copy.deepcopy(record)
    value_at(changed, path[:-1])[path[-1]] = value
    return changed


def dump(record: Any) -> str:
    return json.dumps(record, ensure_ascii=False)


def split_lines(data: bytes) -> list[str]:
    return data.decode("utf-8").removesuffix("\n").split("\n")


def join_lines(lines: list[str]) -> bytes:
    return "".join(line + "\n" for line in lines).encode("utf-8")


# Gold: a value of a record.


def values(
    name: str, count: int, change: Callable[[Any, random.Random], Any], applies=lambda path, value: value is not None
):
    """Register a kind that changes one value of one record of gold, in any layer, where it ``applies``."""

    def make(files: Files, rng: random.Random) -> Files:
        file = gold_file(rng.choice(GOLD))
        lines = split_lines(files[file])
        index = rng.randrange(len(lines))
        record = json.loads(lines[index])
        paths = [path for path in inner_paths(record) if applies(path, value_at(record, path))]
        if not paths:
            raise NotApplicableError
        path = rng.choice(paths)
        lines[index] = dump(with_value(record, path, change(value_at(record, path), rng)))
        return {file: join_lines(lines)}

    kind(count, name)(make)


def _is_number(path, value):
    return type(value) is int


def _is_string(path, value):
    return isinstance(value, str)


def _is_boolean(path, value):
    return isinstance(value, bool)


def _is_filled_list(path, value):
    return isinstance(value, list) and bool(value)


def _is_surface(path, value):
    return isinstance(value, str) and value != "" and (path[-1] in ("text", "name") or "aliases" in path)


def _is_label(path, value):
    return path[-1] in ("type", "kind", "target", "label", "certainty")


def _is_reference(path, value):
    return path[-1] in ("cluster", "speaker", "holder", "unit") and value is not None


def _is_id(path, value):
    return isinstance(value, str) and value.startswith(ARTICLE)


def _ends_in_digit(path, value):
    return isinstance(value, str) and value[-1:].isdigit() and value[-1:].isascii()


_OTHER_TYPES = [7, "x", True, None, [], {}, 1.5, ["x"], {"start": 0}]
_LABELS = ["PERSON", "ORG", "direct", "mixed", "favor", "against", "certain", "open-source", "body", "gloss"]

values(
    "value of another type",
    70,
    lambda value, rng: rng.choice([other for other in _OTHER_TYPES if type(other) is not type(value)]),
)
values("number too high by one", 38, lambda value, rng: value + 1, _is_number)
values("number too low by one", 38, lambda value, rng: value - 1, _is_number)
values("negative number", 20, lambda value, rng: -value - 1, _is_number)
values("number out of range", 20, lambda value, rng: 2**31 + value, _is_number)
values("number with a fraction", 20, lambda value, rng: value + 0.5, _is_number)
values("number as a string", 20, lambda value, rng: str(value), _is_number)
values("null for a value", 38, lambda value, rng: None)
values("empty string", 26, lambda value, rng: "", _is_string)
values("trailing space in a string", 38, lambda value, rng: value + " ", _is_string)
values("leading space in a string", 26, lambda value, rng: " " + value, _is_string)
values("inverted boolean", 20, lambda value, rng: not value, _is_boolean)
values("unknown label", 26, lambda value, rng: value + "X", _is_label)
values("label in the other case", 26, lambda value, rng: value.swapcase(), _is_label)
values(
    "label replaced by another one, of any inventory",
    38,
    lambda value, rng: rng.choice([label for label in _LABELS if label != value]),
    _is_label,
)
values("reference to a missing record", 26, lambda value, rng: re.sub(r"\d\d$", "99", value), _is_reference)
values(
    "reference to another record",
    38,
    lambda value, rng: re.sub(r"\d\d$", lambda match: f"{int(match[0]) % 20 + 1:02d}", value),
    _is_reference,
)
values(
    "reference to a record of another layer",
    20,
    lambda value, rng: re.sub(r"\.[a-z]+\d+$", ".s001", value),
    _is_reference,
)
values("id of another document", 26, lambda value, rng: value.replace(ARTICLE, "another-2025"), _is_id)
values("full-width digit", 26, lambda value, rng: value[:-1] + chr(ord(value[-1]) + 0xFEE0), _ends_in_digit)
values("first character of a surface replaced", 38, lambda value, rng: "\u9f98" + value[1:], _is_surface)
values("first character of a surface dropped", 26, lambda value, rng: value[1:], _is_surface)
values("last character of a surface doubled", 26, lambda value, rng: value + value[-1:], _is_surface)
values(
    "decomposed character (NFD) in a surface",
    20,
    lambda value, rng: unicodedata.normalize("NFD", value[:-1] + "\u00e9"),
    _is_surface,
)
values("zero-width character in a surface", 20, lambda value, rng: value[:1] + "\u200b" + value[1:], _is_surface)
values("first item of a list dropped", 20, lambda value, rng: value[1:], _is_filled_list)
values("last item of a list doubled", 20, lambda value, rng: [*value, value[-1]], _is_filled_list)


# Gold: a record.


def records(count: int, name: str):
    """Register a kind that changes one line of gold into another, or into several."""

    def register(change: Callable[[str, random.Random], str | list[str]]):
        def make(files: Files, rng: random.Random) -> Files:
            file = gold_file(rng.choice(GOLD))
            lines = split_lines(files[file])
            index = rng.randrange(len(lines))
            changed = change(lines[index], rng)
            lines[index : index + 1] = changed if isinstance(changed, list) else [changed]
            return {file: join_lines(lines)}

        kind(count, name)(make)
        return change

    return register


@records(38, "field dropped")
def _without_field(line, rng):
    record = json.loads(line)
    del record[rng.choice(list(record))]
    return dump(record)


@records(26, "field renamed")
def _with_field_renamed(line, rng):
    record = json.loads(line)
    renamed = rng.choice(list(record))
    return dump({f"{name}_" if name == renamed else name: value for name, value in record.items()})


@records(20, "field added")
def _with_field_added(line, rng):
    return line[:-1] + f', "{rng.choice(["note", "Start", "id ", "texts"])}": 1}}'


@records(26, "field stated twice")
def _with_field_twice(line, rng):
    record = json.loads(line)
    name = rng.choice(list(record))
    return line[:-1] + f", {dump(name)}: {dump(record[name])}}}"


@records(26, "start and end swapped")
def _with_start_and_end_swapped(line, rng):
    if '"start"' not in line:
        raise NotApplicableError
    return line.replace('"start"', '"\0"', 1).replace('"end"', '"start"', 1).replace('"\0"', '"end"', 1)


@records(20, "NaN for a value")
def _with_nan(line, rng):
    return re.sub(r'": ("[^"]*"|\d+)', '": NaN', line, count=1)


records(38, "record dropped")(lambda line, rng: [])
records(38, "record doubled")(lambda line, rng: [line, line])
records(20, "blank line")(lambda line, rng: [line, ""])
records(20, "record cut off")(lambda line, rng: line[: rng.randrange(1, len(line))])
records(20, "fields in another order")(lambda line, rng: dump(dict(reversed(json.loads(line).items()))))
records(20, "no spaces between fields")(
    lambda line, rng: json.dumps(json.loads(line), ensure_ascii=False, separators=(",", ":"))
)
records(20, "characters escaped")(lambda line, rng: json.dumps(json.loads(line)))
records(20, "trailing space on a line")(lambda line, rng: line + " ")
records(20, "carriage return on a line")(lambda line, rng: line + "\r")
records(20, "list in the place of a record")(lambda line, rng: f"[{line}]")


@kind(38, "neighbouring lines swapped")
def _neighbours_swapped(files, rng):
    file = gold_file(rng.choice(GOLD))
    lines = split_lines(files[file])
    index = rng.randrange(len(lines) - 1)
    lines[index : index + 2] = reversed(lines[index : index + 2])
    return {file: join_lines(lines)}


@kind(38, "values swapped between records")
def _values_swapped(files, rng):
    file = gold_file(rng.choice(GOLD))
    lines = split_lines(files[file])
    first_index, second_index = rng.sample(range(len(lines)), 2)
    first, second = json.loads(lines[first_index]), json.loads(lines[second_index])
    name = rng.choice(list(first))
    first[name], second[name] = second[name], first[name]
    lines[first_index], lines[second_index] = dump(first), dump(second)
    return {file: join_lines(lines)}


@kind(26, "cell of the grid repeated under a new id")
def _cell_twice(files, rng):
    file = gold_file("stances")
    lines = split_lines(files[file])
    return {file: join_lines([*lines, dump(json.loads(rng.choice(lines)) | {"id": f"{ARTICLE}.st999"})])}


@kind(26, "mention repeated under a new id")
def _mention_twice(files, rng):
    file = gold_file("entities")
    lines = split_lines(files[file])
    index = rng.randrange(len(lines))
    lines.insert(index + 1, dump(json.loads(lines[index]) | {"id": f"{ARTICLE}.e9999"}))
    return {file: join_lines(lines)}


# Bytes of a file.

TEXTS = [seed_file(name) for name in ("text.txt", "received.txt", "document.yaml")]
SEEDS = [*TEXTS, *map(gold_file, GOLD), "seeds/corpus.yaml"]
SCHEMAS = sorted(path for path in originals() if path.startswith("schema/") and path.endswith(".yaml"))
#: Those that the package states too: without one, the package's is used, which is the same.
PACKAGED = [path for path in SCHEMAS if isinstance(stated_schema().get(path), Path)]


def contents(
    name: str,
    count: int,
    change: Callable[[bytes, random.Random], bytes | None],
    paths=(*SEEDS, *SCHEMAS),
    harmless: str = "",
):
    """Register a kind that changes the bytes of one file of ``paths``."""

    def make(files: Files, rng: random.Random) -> Files:
        path = rng.choice(paths)
        return {path: change(files[path], rng)}

    kind(count, name, harmless=harmless)(make)


def insert(data: bytes, rng: random.Random, inserted: str) -> bytes:
    text = data.decode("utf-8")
    offset = rng.randrange(len(text))
    return (text[:offset] + inserted + text[offset:]).encode("utf-8")


def deleted(data: bytes, rng: random.Random) -> None:
    return None


def without_line(data: bytes, rng: random.Random) -> bytes:
    lines = split_lines(data)
    del lines[rng.randrange(len(lines))]
    return join_lines(lines)


def _with_invalid_byte(data: bytes, rng: random.Random) -> bytes:
    offset = rng.randrange(len(data))
    return data[:offset] + b"\xff" + data[offset:]


contents("byte order mark", 13, lambda data, rng: b"\xef\xbb\xbf" + data)
contents("CRLF at the end of every line", 13, lambda data, rng: data.replace(b"\n", b"\r\n"))
contents("file encoded in GB 18030", 9, lambda data, rng: data.decode("utf-8").encode("gb18030"), SEEDS)
contents("byte that is not UTF-8", 26, _with_invalid_byte)
contents("replacement character", 26, lambda data, rng: insert(data, rng, "\ufffd"))
contents("private-use character", 26, lambda data, rng: insert(data, rng, "\ue5e5"))
contents("null character", 20, lambda data, rng: insert(data, rng, "\0"))
contents("file emptied", 13, lambda data, rng: b"")
contents("file deleted", 13, deleted, [path for path in (*SEEDS, *SCHEMAS) if path not in PACKAGED])
contents("second half of a file dropped", 13, lambda data, rng: data[: len(data) // 2])
contents("no newline at the end", 5, lambda data, rng: data.rstrip(b"\n"), list(map(gold_file, GOLD)))


@kind(10, "stray file")
def _stray_file(files, rng):
    paths = [f"seeds/{rng.randrange(99)}.txt", seed_file(f"gold/{rng.randrange(99)}.jsonl"), "corpus/data/x.txt"]
    return {rng.choice([*paths, seed_file("text.txt~"), "schema/json/x.json"]): b"x\n"}


# The text, and what was received.

_FULL_WIDTH_MARKS = "\uff0c\u3002\uff1b\uff1a\uff01\uff1f\u201c\u201d\u300a\u300b"
_ASCII_MARKS = {"\uff0c": ",", "\uff1b": ";", "\uff1a": ":", "\uff1f": "?"}


def edits(name: str, count: int, replace: Callable[[str], str], applies=str.isalpha, path="text.txt"):
    """Register a kind that replaces one character of a text to which it ``applies``."""

    def make(files: Files, rng: random.Random) -> Files:
        text = files[seed_file(path)].decode("utf-8")
        offset = rng.choice([offset for offset, character in enumerate(text) if applies(character)])
        return {seed_file(path): (text[:offset] + replace(text[offset]) + text[offset + 1 :]).encode("utf-8")}

    kind(count, name)(make)


def _is_newline(character):
    return character == "\n"


edits("character of the text replaced", 26, lambda character: "\u9f98")
edits("character of the text dropped", 26, lambda character: "")
edits("character added to the text", 26, lambda character: "\u7684" + character)
edits("space in the text", 20, lambda character: " " + character)
edits(
    "full-width digit in the text",
    20,
    lambda digit: chr(ord(digit) + 0xFEE0),
    lambda character: character.isascii() and character.isdigit(),
)
edits("punctuation mark of the text dropped", 26, lambda mark: "", _FULL_WIDTH_MARKS.__contains__)
edits("ASCII mark in the text", 20, _ASCII_MARKS.__getitem__, _ASCII_MARKS.__contains__)
edits("newline of the text dropped", 20, lambda newline: "", _is_newline)
edits("newline of the text doubled", 20, lambda newline: "\n\n", _is_newline)
edits("character of the received text replaced", 20, lambda character: "\u9f98", path="received.txt")
edits("character of the received text dropped", 20, lambda character: "", path="received.txt")


@kind(20, "neighbouring characters of the text swapped")
def _characters_swapped(files, rng):
    text = files[seed_file("text.txt")].decode("utf-8")
    offset = rng.choice([offset for offset, character in enumerate(text[:-1]) if character.isalpha()])
    swapped = text[:offset] + text[offset + 1] + text[offset] + text[offset + 2 :]
    return {seed_file("text.txt"): swapped.encode("utf-8")}


# YAML: what is known of a document, labels, shapes.

DOCUMENT, LABELS = seed_file("document.yaml"), "schema/labels.yaml"


def yaml_lines(
    name: str, count: int, path: str, pattern: str, change: Callable[[str, random.Random], str | None], harmless=""
):
    """Register a kind that changes one line of a YAML file that ``pattern`` matches, or drops it."""

    def make(files: Files, rng: random.Random) -> Files:
        lines = files[path].decode("utf-8").split("\n")
        index = rng.choice([index for index, line in enumerate(lines) if re.search(pattern, line)])
        changed = change(lines[index], rng)
        lines[index : index + 1] = [] if changed is None else changed.split("\n")
        return {path: "\n".join(lines).encode("utf-8")}

    kind(count, name, harmless=harmless)(make)


def dropped(line: str, rng: random.Random) -> None:
    return None


def replacing(old: str, new: str) -> Callable[[str, random.Random], str]:
    return lambda line, rng: line.replace(old, new, 1)


_ANY_KEY = r"^ *[a-z_0-9]+:( |$)"
yaml_lines("line of document.yaml dropped", 26, DOCUMENT, r"^ *[^\s#-][^:]*:( [^>]|$)", dropped)
yaml_lines(
    "key of document.yaml stated twice", 26, DOCUMENT, r"^ *[a-z_0-9]+: [^>]", lambda line, rng: f"{line}\n{line}"
)
yaml_lines("key of document.yaml misspelt", 20, DOCUMENT, _ANY_KEY, replacing(":", "x:"))
yaml_lines(
    "reading of a gloss misspelt",
    20,
    DOCUMENT,
    r"^    [^\x00-\x7f]: [a-z\u0101-\u01dc]+$",
    lambda line, rng: line + "n",
)
yaml_lines("label in labels.yaml misspelt", 20, LABELS, r"^  [^\s#:]+:", replacing(":", "X:"))
yaml_lines("label of labels.yaml dropped", 20, LABELS, r"^  [A-Z_]+: ", dropped)
yaml_lines(
    "field of a shape of another type", 20, "schema/rows/sentences.yaml", "type: string", replacing("string", "boolean")
)
yaml_lines("type in a shape misspelt", 20, "schema/rows/sentences.yaml", "type: string", replacing("string", "strin"))
yaml_lines("rule in a shape misspelt", 10, "schema/gold/entities.yaml", "type:", replacing("type:", "tipe:"))
yaml_lines("field of a shape dropped", 20, "schema/rows/stances.yaml", r"^  \w+: ", dropped)
yaml_lines(
    "comment added to document.yaml",
    10,
    DOCUMENT,
    r"^(id|publisher|url):",
    lambda line, rng: f"{line}\n# {rng.randrange(10**6)}",
    harmless="a comment is for those who edit the file; nothing reads it",
)


# The release.

CARD = "corpus/README.md"


def parquets(name: str, count: int, change: Callable[[pa.Table, random.Random], pa.Table]):
    """Register a kind that changes the table of one config."""

    def make(files: Files, rng: random.Random) -> Files:
        path = rng.choice(_PARQUETS)
        table = pq.read_table(pa.BufferReader(files[path]))
        sink = io.BytesIO()
        pq.write_table(change(table, rng), sink, compression="zstd")
        return {path: sink.getvalue()}

    kind(count, name)(make)


def _column_renamed(table, rng):
    renamed = rng.choice(table.column_names)
    return table.rename_columns([f"{name}_" if name == renamed else name for name in table.column_names])


def _row_dropped(table, rng):
    dropped = rng.randrange(table.num_rows)
    return table.take([row for row in range(table.num_rows) if row != dropped])


def _row_doubled(table, rng):
    return table.take([*range(table.num_rows), rng.randrange(table.num_rows)])


def _rows_swapped(table, rng):
    if table.num_rows < 2:
        raise NotApplicableError
    first, second = rng.sample(range(table.num_rows), 2)
    order = list(range(table.num_rows))
    order[first], order[second] = second, first
    return table.take(order)


def _cell_edited(table, rng):
    types = (pa.string(), pa.int32(), pa.bool_())
    index = rng.choice([index for index, field in enumerate(table.schema) if field.type in types])
    column = table.column(index).to_pylist()
    filled = [row for row, value in enumerate(column) if value is not None]
    if not filled:
        raise NotApplicableError
    row = rng.choice(filled)
    value = column[row]
    column[row] = not value if isinstance(value, bool) else value + 1 if isinstance(value, int) else value + "\u7684"
    field = table.schema.field(index)
    return table.set_column(index, field, pa.array(column, field.type))


def _column_of_wider_type(table, rng):
    names = [field.name for field in table.schema if field.type == pa.int32()]
    if not names:
        raise NotApplicableError
    index = table.schema.get_field_index(rng.choice(names))
    return table.set_column(index, table.column_names[index], table.column(index).cast(pa.int64()))


_PARQUETS = sorted(path for path in originals() if path.endswith(".parquet"))
parquets("column renamed", 26, _column_renamed)
parquets("column dropped", 26, lambda table, rng: table.drop_columns([rng.choice(table.column_names)]))
parquets("columns reversed", 24, lambda table, rng: table.select(table.column_names[::-1]))
parquets("column of a wider type", 24, _column_of_wider_type)
parquets("features of datasets dropped", 24, lambda table, rng: table.replace_schema_metadata(None))
parquets("row dropped", 26, _row_dropped)
parquets("row doubled", 26, _row_doubled)
parquets("rows swapped", 26, _rows_swapped)
parquets("cell edited", 38, _cell_edited)
contents("Parquet file cut off", 24, lambda data, rng: data[: rng.randrange(len(data))], _PARQUETS)
contents("Parquet file deleted", 10, deleted, _PARQUETS)


@kind(5, "zip archive in the place of a Parquet file")
def _zipped(files, rng):
    path, sink = rng.choice(_PARQUETS), io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr(zipfile.ZipInfo("a.parquet"), files[path])
    return {path: sink.getvalue()}


@kind(26, "number in the card edited")
def _card_number(files, rng):
    text = files[CARD].decode("utf-8")
    number = rng.choice(list(re.finditer(r"\d+", text)))
    return {CARD: (text[: number.start()] + str(int(number[0]) + 1) + text[number.end() :]).encode("utf-8")}


contents("line of the card dropped", 20, without_line, [CARD])


@kind(20, "digits of released annotation edited")
def _released_digits(files, rng):
    path = rng.choice([path for path in files if path.startswith("corpus/annotations/")])
    return {path: files[path].replace(b"1", b"2", rng.randrange(1, 9))}


PASSES = [path for path in originals() if "/annotators/pass-" in path and path.endswith(".jsonl")]
contents("character added to a pass", 20, lambda data, rng: insert(data, rng, " "), PASSES)
contents("decision dropped", 20, without_line, [seed_file("annotators/adjudication.jsonl")])


@kind(20, "digest in the manifest edited")
def _manifest_digest(files, rng):
    path = "corpus/manifest.json"
    text = files[path].decode("utf-8")
    digest = rng.choice(list(re.finditer(r'"sha256": "(.)', text)))
    digit = "0" if digest[1] != "0" else "1"
    return {path: (text[: digest.end() - 1] + digit + text[digest.end() :]).encode("utf-8")}


@kind(20, "type in a JSON Schema edited")
def _json_schema_type(files, rng):
    path = rng.choice([path for path in files if path.startswith("schema/json/")])
    return {path: files[path].replace(b'"string"', b'"number"', rng.randrange(1, 5))}


@kind(1, "version without a section in the changelog")
def _changelog(files, rng):
    path = "CHANGELOG.md"
    return {path: files[path].replace(f"## [{__version__}]".encode(), b"## [99.0.0]")}


@kind(1, "page of checks edited")
def _page(files, rng):
    return {"docs/checks.md": files["docs/checks.md"].replace(b"### grid-duplicate", b"### grid-duplicates")}
