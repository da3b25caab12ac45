"""More kinds of mutations: field by field, each field of each structured file in its turn."""

import functools
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from conftest import SHAPES
from mutations import DOCUMENT, GOLD, LABELS, Files, dump, each, gold_file, inner_paths, originals, seed_file, value_at
from mutations_history import ANNOTATIONS, DECISIONS, another_value

from zhengwen.files import parse_yaml
from zhengwen.release.ledger import LEDGER
from zhengwen.release.manifest import file_entries, to_text

CROISSANT, MANIFEST, CORPUS_YAML = "corpus/croissant.json", "corpus/manifest.json", "seeds/corpus.yaml"

#: The objects whose keys are data, not names of fields: any key below one of these stands for all of them.
_OPEN = {"delimiters", "glosses", "documents", "configs", "labels", "earlier", "@context", "entity_types", "targets"}


def read(path: str, data: bytes) -> Any:
    """What a structured file holds: a list of records for JSON lines."""
    text = data.decode("utf-8")
    if path.endswith(".jsonl"):
        return [json.loads(line) for line in text.splitlines()]
    # The way through JSON makes separate values of the aliases of YAML, so that each can be damaged alone.
    return json.loads(json.dumps(parse_yaml(data, Path(path))) if path.endswith(".yaml") else text)


def write(path: str, content: Any) -> bytes:
    """The bytes of a structured file, in the form that it has."""
    if path.endswith(".jsonl"):
        text = "".join(dump(record) + "\n" for record in content)
    elif path.endswith(".yaml"):
        text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
    elif path == MANIFEST:
        text = to_text(content)
    else:
        text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
    return text.encode("utf-8")


def field_name(path: tuple) -> str:
    """The name of the field at a path in a file: every item of a list is the same field."""
    steps = (
        "*" if isinstance(step, int) or (index and path[index - 1] in _OPEN) else step
        for index, step in enumerate(path)
    )
    return ".".join(steps)


@functools.cache
def fields(file: str) -> dict[str, list[tuple]]:
    """The fields of a structured file, each with the paths of its values."""
    paths: dict[str, list[tuple]] = {}
    for path in inner_paths(read(file, originals()[file])):
        paths.setdefault(field_name(path), []).append(path)
    return paths


# What is done to one value: the content is changed in place.


def _edit(content, path):
    value_at(content, path[:-1])[path[-1]] = another_value(value_at(content, path))


def _change_type(content, path):
    value = value_at(content, path)
    value_at(content, path[:-1])[path[-1]] = "x" if isinstance(value, dict | list) else [value]


def _drop(content, path):
    del value_at(content, path[:-1])[path[-1]]


def _is_scalar(value):
    return not isinstance(value, dict | list)


def _with_manifest(file: str, data: bytes) -> Files:
    """The file, and the manifest corrected to fit it: only a comparison with the seeds can show the damage."""
    manifest = json.loads(originals()[MANIFEST])
    name = file.removeprefix("corpus/")
    [entry] = file_entries({name: data})
    manifest["files"] = [entry if old["path"] == name else old for old in manifest["files"]]
    return {file: data, MANIFEST: to_text(manifest).encode("utf-8")}


def by_field(
    title: str,
    files: list[str],
    change: Callable[[Any, tuple], None],
    applies: Callable[[Any], bool] = lambda value: True,
    only: Callable[[str], bool] = lambda name: True,
    harmless: str = "",
    described: bool = False,
) -> None:
    """Register a kind with a mutant for every field of every file of ``files``; which value is drawn.

    ``applies`` says of a value, and ``only`` of the name of a field, whether the kind is for it.  With ``described``,
    the manifest fits the damaged file.
    """
    targets: dict[tuple[str, str], list[tuple]] = {}
    for file in files:
        content = read(file, originals()[file])
        for name, paths in fields(file).items():
            suitable = [path for path in paths if only(name) and applies(value_at(content, path))]
            if suitable:
                targets[file, name] = suitable

    def make(files: Files, rng: random.Random, target: tuple[str, str]) -> Files:
        file, _ = target
        content = read(file, files[file])
        change(content, rng.choice(targets[target]))
        data = write(file, content)
        return _with_manifest(file, data) if described else {file: data}

    each(title, list(targets), make, harmless)


_PASS_A = [seed_file(f"annotators/pass-a/{layer}.jsonl") for layer in GOLD]
#: What is said for readers and stands in no file of a release: no rule can tell one wording of it from another.
_PROSE = {f"exceptions.{name}.*.reason" for name in ("conversion", "editions", "unexplained")} | {"annotators.*.by"}
#: The inventories that the package states too.
_PACKAGED_LABELS = set(read(LABELS, (SHAPES / "labels.yaml").read_bytes()))
_TOOLS = {f"made_with.{name}" for name in ("zhengwen", "jieba", "opencc", "pyarrow")}

for _title, _files, _harmless in (
    ("gold", list(map(gold_file, GOLD)), ()),
    ("a pass", _PASS_A, ()),
    ("the adjudication", DECISIONS, {"*.reason"}),
    ("the ledger", [LEDGER], ()),
    ("document.yaml", [DOCUMENT], _PROSE),
    ("corpus.yaml", [CORPUS_YAML], ()),
    ("labels.yaml", [LABELS], ()),
    ("released annotation", ANNOTATIONS, ()),
    ("manifest.json", [MANIFEST], _TOOLS),
    ("croissant.json", [CROISSANT], ()),
):
    _described = _title in ("released annotation", "croissant.json")
    by_field(
        f"each field of {_title} edited",
        _files,
        _edit,
        _is_scalar,
        lambda name, harmless=_harmless: name not in harmless,
        described=_described,
    )
    by_field(
        f"each field of {_title} dropped",
        _files,
        _drop,
        only=lambda name, harmless=_PACKAGED_LABELS if _files == [LABELS] else (): name not in harmless,
        described=_described,
    )
    by_field(f"each field of {_title} of another type", _files, _change_type, described=_described)

by_field(
    "each inventory of labels.yaml dropped that the package states too",
    [LABELS],
    _drop,
    only=_PACKAGED_LABELS.__contains__,
    harmless="the package's labels are used instead, which are the same: the release does not change",
)
by_field(
    "reason of a decision in other words",
    DECISIONS,
    _edit,
    lambda value: value is not None,
    lambda name: name == "*.reason",
    harmless="a reason is prose for readers: no rule can tell one wording of it from another",
)
by_field(
    "version of a tool in manifest.json",
    [MANIFEST],
    _edit,
    only=_TOOLS.__contains__,
    harmless="it says what the release was made with; the check also runs with other versions, and compares the rows",
)
by_field(
    "prose of document.yaml in other words",
    [DOCUMENT],
    _edit,
    only=_PROSE.__contains__,
    harmless="the reason of an exception and the maker of a pass are for readers, and stand in no file of a release",
)
