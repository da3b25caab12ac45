"""Level 5: what is generated outside ``corpus/`` (``schema/json/``, ``docs/checks.md``) is up to date."""

from collections.abc import Iterator
from pathlib import Path

from zhengwen.checks import guide
from zhengwen.files import write_atomically
from zhengwen.findings import Finding, rule
from zhengwen.paths import CHECKS_PAGE
from zhengwen.schema import Schema

JSON_SCHEMA_STALE = rule(
    "json-schema-stale",
    5,
    "The JSON Schemas in `schema/json/` match the shapes they are generated from.",
    why="Users of other programming languages would check against outdated shapes.",
    example="A field was added in `schema/rows/`, and `schema/json/` was not generated again.",
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
    written = []
    made = json_schemas(schema)
    for path in (root / _FOLDER).rglob("*.json"):
        if path.relative_to(root).as_posix() not in made:
            path.unlink()
    if guide.is_stale(root):
        made[CHECKS_PAGE] = guide.page()
    for name, text in made.items():
        path = root / name
        if not path.is_file() or path.read_bytes() != text.encode("utf-8"):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, text)
            written.append(name)
    return written
