"""Level 5: what is generated outside ``corpus/`` (``schema/json/``, ``docs/checks.md``) is up to date."""

from collections.abc import Iterator
from pathlib import Path

from zhengwen.atomic import replace_files
from zhengwen.checks import guide
from zhengwen.findings import Finding, rule
from zhengwen.paths import CHECKS_PAGE
from zhengwen.schema import Schema

JSON_SCHEMA_STALE = rule(
    "json-schema-stale",
    5,
    "The JSON Schemas in `schema/json/` match the shapes they are generated from.",
    why="Users of other programming languages would check against outdated shapes.",
    example="A label was added in `schema/labels.yaml`, and `schema/json/` was not generated again.",
    fix="Run `zhengwen build`.",
)
GUIDE_STALE = rule(
    "guide-stale",
    5,
    "`docs/checks.md` matches the rules that it is generated from.",
    why="An outdated page describes checks that no longer exist, or omits new ones.",
    example="A rule was added, and the page was not generated again.",
    fix="Run `zhengwen build`.",
)

_FOLDER = "schema/json"
_FIX = "run `zhengwen build`"


def json_schemas(schema: Schema) -> dict[str, str]:
    """The files of ``schema/json/``, by their path in the repository."""
    return {f"schema/{name}": text for name, text in schema.json_files().items()}


def check(root: Path, schema: Schema) -> Iterator[Finding]:
    """Findings on what is generated outside ``corpus/``."""
    expected = json_schemas(schema)
    folder = root / _FOLDER
    present = {path.relative_to(root).as_posix() for path in folder.rglob("*") if path.is_file()}
    for name in sorted(present | expected.keys()):
        if name not in present:
            yield JSON_SCHEMA_STALE.broken(name, "there is no such file", fix=_FIX)
        elif name not in expected:
            yield JSON_SCHEMA_STALE.broken(name, "there is no such shape", fix="remove it")
        elif (root / name).read_bytes() != expected[name].encode("utf-8"):
            yield JSON_SCHEMA_STALE.broken(name, "is not what the shape gives", fix=_FIX)
    if guide.is_stale(root):
        yield GUIDE_STALE.broken(CHECKS_PAGE, "is not what the rules say", fix=_FIX)


def write(root: Path, schema: Schema) -> list[str]:
    """Write what is stale, remove schemas of no shape, and return the paths that were written."""
    made = {name: text.encode("utf-8") for name, text in json_schemas(schema).items()}
    if guide.is_stale(root):
        made[CHECKS_PAGE] = guide.page().encode("utf-8")
    stale = {name: data for name, data in made.items() if not _holds(root / name, data)}
    present = {path.relative_to(root).as_posix() for path in (root / _FOLDER).rglob("*.json")}
    removed = dict.fromkeys(present - made.keys())
    replace_files({root / name: data for name, data in (stale | removed).items()}, root)
    return list(stale)


def _holds(path: Path, data: bytes) -> bool:
    return path.is_file() and path.read_bytes() == data
