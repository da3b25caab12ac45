"""More kinds of mutations: field by field, each field of each structured file in its turn."""

import functools
import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml
from mutations import DOCUMENT, GOLD, LABELS, Files, _dump, each, gold_file, originals, seed_file
from mutations_history import DECISIONS, other

from zhengwen.files import parse_yaml
from zhengwen.release.ledger import LEDGER
from zhengwen.release.manifest import file_entries, to_text

CROISSANT, MANIFEST, CORPUS_YAML = "corpus/croissant.json", "corpus/manifest.json", "seeds/corpus.yaml"

#: Where the keys are data and no names of fields: below these, any key stands for all.
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
        text = "".join(_dump(record) + "\n" for record in content)
    elif path.endswith(".yaml"):
        text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
    elif path == MANIFEST and is_well_formed(content):
        text = to_text(content)
    else:
        text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
    return text.encode("utf-8")


def is_well_formed(manifest: Any) -> bool:
    """Whether a manifest can be written in its own form, an entry a line."""
    return all(isinstance(manifest.get(name, {}), dict) for name in ("documents", "configs"))


def places(content: Any) -> Iterator[tuple]:
    """Where every value of a file lies, whatever it holds."""
    inner = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for name, item in inner:
        yield (name,)
        for rest in places(item):
            yield (name, *rest)


def field(place: tuple) -> str:
    """The name of the field that lies there: every item of a list is the same field."""
    steps = []
    for at, step in enumerate(place):
        steps.append("*" if isinstance(step, int) or (at and place[at - 1] in _OPEN) else step)
    return ".".join(steps)


def _value(content: Any, place: tuple) -> Any:
    for step in place:
        content = content[step]
    return content


@functools.cache
def fields(path: str) -> dict[str, list[tuple]]:
    """The fields of a structured file, each with the places where it stands."""
    found: dict[str, list[tuple]] = {}
    for place in places(read(path, originals()[path])):
        found.setdefault(field(place), []).append(place)
    return found


# What is done to one value; the content is a copy, and is changed in place.


def _edit(content, place):
    _value(content, place[:-1])[place[-1]] = other(_value(content, place))


def _retype(content, place):
    old = _value(content, place)
    _value(content, place[:-1])[place[-1]] = "x" if isinstance(old, dict | list) else [old]


def _drop(content, place):
    del _value(content, place[:-1])[place[-1]]


def _is_leaf(content, place):
    return not isinstance(_value(content, place), dict | list)


def _described_again(path: str, data: bytes) -> Files:
    """The file, and the manifest made to fit it: only the seeds can tell."""
    manifest = json.loads(originals()[MANIFEST])
    name = path.removeprefix("corpus/")
    [entry] = file_entries({name: data})
    manifest["files"] = [entry if one["path"] == name else one for one in manifest["files"]]
    return {path: data, MANIFEST: to_text(manifest).encode("utf-8")}


def by_field(
    title: str,
    paths: list[str],
    change: Callable[[Any, tuple], None],
    fits: Callable[[Any, tuple], bool] = lambda content, place: True,
    only: Callable[[str], bool] = lambda name: True,
    harmless: str = "",
    described: bool = False,
) -> None:
    """Register a kind that has a mutant for every field of every file of ``paths``; chance chooses the place."""
    targets = {}
    for path in paths:
        content = read(path, originals()[path])
        for name, places in fields(path).items():
            if fitting := [place for place in places if only(name) and fits(content, place)]:
                targets[path, name] = fitting

    def make(files: Files, chance: random.Random, target: tuple[str, str]) -> Files:
        path, _ = target
        content = read(path, files[path])
        change(content, chance.choice(targets[target]))
        data = write(path, content)
        return _described_again(path, data) if described else {path: data}

    each(title, list(targets), make, harmless)


_PASS_A = [seed_file(f"annotators/pass-a/{layer}.jsonl") for layer in GOLD]
_RELEASED = [path for path in originals() if path.startswith("corpus/annotations/")]
#: Said for readers, and shown by no file of a release: no rule can tell one wording from another.
_PROSE = {f"exceptions.{name}.*.reason" for name in ("conversion", "editions", "unexplained")} | {"annotators.*.by"}
_TOOLS = {f"made_with.{name}" for name in ("jieba", "opencc", "pyarrow")}

for _title, _paths, _harmless in (
    ("gold", list(map(gold_file, GOLD)), ()),
    ("a pass", _PASS_A, ()),
    ("the adjudication", DECISIONS, {"*.reason"}),
    ("the ledger", [LEDGER], ()),
    ("document.yaml", [DOCUMENT], _PROSE),
    ("corpus.yaml", [CORPUS_YAML], ()),
    ("labels.yaml", [LABELS], ()),
    ("released annotation", _RELEASED, ()),
    ("manifest.json", [MANIFEST], _TOOLS),
    ("croissant.json", [CROISSANT], ()),
):
    _described = _title in ("released annotation", "croissant.json")
    by_field(
        f"each field of {_title} edited",
        _paths,
        _edit,
        _is_leaf,
        lambda name, harmless=_harmless: name not in harmless,
        described=_described,
    )
    by_field(f"each field of {_title} dropped", _paths, _drop, described=_described)
    by_field(f"each field of {_title} of another type", _paths, _retype, described=_described)

by_field(
    "reason of a decision in other words",
    DECISIONS,
    _edit,
    lambda content, place: _value(content, place) is not None,
    lambda name: name == "*.reason",
    harmless="a reason is prose for readers: no rule can tell one wording of it from another",
)
by_field(
    "version of a library in manifest.json",
    [MANIFEST],
    _edit,
    only=_TOOLS.__contains__,
    harmless="the release says what it was made with, and the check runs with other versions too: it compares the rows",
)
by_field(
    "prose of document.yaml in other words",
    [DOCUMENT],
    _edit,
    only=_PROSE.__contains__,
    harmless="why something is an exception and who made a pass is said for readers, and no file of a release shows it",
)
