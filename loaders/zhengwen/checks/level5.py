"""Level 5: the release is what the seeds give."""

import hashlib
import re
from collections.abc import Iterator
from typing import Any

from zhengwen import __version__
from zhengwen.checks.finding import Finding, rule
from zhengwen.checks.subject import Subject
from zhengwen.files import canonical_json
from zhengwen.release.build import Release, release
from zhengwen.release.card import data_file

CORPUS_MISSING = rule("corpus-missing", 5, "The release is whole.")
CORPUS_EXTRA = rule("corpus-extra", 5, "The release holds nothing that the build did not write.")
CORPUS_STALE = rule("corpus-stale", 5, "The release is what the seeds give now.")
CHANGELOG_VERSION = rule("changelog-version", 5, "The changelog says what is in this version.")

_FIX = "run `zhengwen build`"


def run(subject: Subject) -> Iterator[Finding]:
    """Findings on the release and on the changelog."""
    corpus = subject.root / "corpus"
    made = release(subject.root)
    expected = made.paths()
    present = {path.relative_to(corpus).as_posix() for path in corpus.rglob("*") if path.is_file()}
    for path in expected:
        if path not in present:
            yield CORPUS_MISSING.broken(f"corpus/{path}", "there is no such file", fix=_FIX)
    for path in sorted(present.difference(expected)):
        yield CORPUS_EXTRA.broken(f"corpus/{path}", "the build writes no such file", fix=_FIX)
    for path, text in made.texts.items():
        if path in present and (corpus / path).read_bytes() != text.encode("utf-8"):
            yield CORPUS_STALE.broken(f"corpus/{path}", "is not what the seeds give", fix=_FIX)
    for config in made.rows:
        if data_file(config) in present:
            yield from _rows(subject, made, config)
    yield from _changelog(subject)


def _rows(subject: Subject, made: Release, config: str) -> Iterator[Finding]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = f"corpus/{data_file(config)}"
    table = made.table(config)
    try:
        found = pq.read_table(subject.root / file)
    except (pa.ArrowException, OSError) as error:
        yield CORPUS_STALE.broken(file, f"cannot be read: {str(error).splitlines()[0]}", fix=_FIX)
        return
    if found.schema != table.schema:
        yield CORPUS_STALE.broken(file, "its columns are not those of the schema", fix=_FIX)
    elif digest(found.to_pylist()) != digest(table.to_pylist()):
        yield CORPUS_STALE.broken(file, "its rows are not what the seeds give", fix=_FIX)


def digest(rows: list[dict[str, Any]]) -> str:
    """The identity of rows: the sha256 of their canonical JSON lines, whatever file format holds them."""
    content = hashlib.sha256()
    for row in rows:
        content.update(canonical_json(row).encode("utf-8") + b"\n")
    return content.hexdigest()


def _changelog(subject: Subject) -> Iterator[Finding]:
    path = subject.root / "CHANGELOG.md"
    try:
        text = path.read_bytes().decode("utf-8") if path.is_file() else ""
    except UnicodeDecodeError as error:
        yield CHANGELOG_VERSION.broken("CHANGELOG.md", f"not UTF-8 (byte {error.start})", fix="save it as UTF-8")
        return
    if not re.search(rf"^## \[{re.escape(__version__)}\]", text, flags=re.MULTILINE):
        yield CHANGELOG_VERSION.broken(
            "CHANGELOG.md", f"no section for version {__version__}", fix=f"add `## [{__version__}] - <date>`"
        )
