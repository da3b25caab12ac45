"""Level 5: the release is what the seeds give, and what its manifest says."""

from collections.abc import Iterator

from zhengwen.checks import history
from zhengwen.checks.bulk import record_test
from zhengwen.checks.finding import Finding, rule
from zhengwen.checks.subject import Subject
from zhengwen.errors import ZhengwenError
from zhengwen.release.atomic import leftovers
from zhengwen.release.build import Release, RowShapeError, release
from zhengwen.release.card import data_file
from zhengwen.release.manifest import MANIFEST, differences, made_with, paths_in, read_manifest, rows_digest

CORPUS_MISSING = rule("corpus-missing", 5, "The release is whole.")
CORPUS_EXTRA = rule("corpus-extra", 5, "The release holds nothing that the build did not write.")
CORPUS_STALE = rule("corpus-stale", 5, "The release is what the seeds give now.")
MANIFEST_MISMATCH = rule("manifest-mismatch", 5, "The manifest decides what a release is: its files are what it says.")
ROW_SHAPE = rule("row-shape", 5, "The rows of the release have the shapes in schema/rows/.")
BUILD_LEFTOVER = rule("build-leftover", 5, "What a killed build left is part of nothing.")

_FIX = "run `zhengwen build`"


def run(subject: Subject) -> Iterator[Finding]:
    """Findings on the changelog, the ledger and the release."""
    for folder in leftovers(subject.root / "corpus"):
        yield BUILD_LEFTOVER.broken(subject.name(folder), "was left by a build that was killed", fix=_FIX)
    found = list(history.run(subject))
    if found:
        yield from found
        return
    try:
        made = release(subject.root)
    except RowShapeError as error:
        yield ROW_SHAPE.broken(f"schema/rows/{error.family}.yaml", error.what, fix=error.fix)
        return
    except ZhengwenError as error:
        yield CORPUS_STALE.broken("corpus", f"no release can be made of what is here: {error.message}", fix=error.fix)
        return
    found = list(_shapes(made))
    if found:
        yield from found
        return
    yield from history.run_digest(made.entry, made.ledger)
    found = list(_files(subject, made))
    yield from found or _described(subject, made)


def _shapes(made: Release) -> Iterator[Finding]:
    """The first row of each family that is not of its shape: no release can be made of it."""
    seen = set()
    for config, rows in made.rows.items():
        family = made.schema.config(config).family
        shape = made.schema.rows[family]
        sure = record_test(shape)
        for row in rows:
            if family not in seen and not sure(row) and (problems := shape.problems(row)):
                seen.add(family)
                yield ROW_SHAPE.broken(
                    f"schema/rows/{family}.yaml",
                    f"the row {row.get('id')} of {config}: {problems[0].message}",
                    field=problems[0].field,
                    fix="mend the shape, or what makes the rows",
                )


def _files(subject: Subject, made: Release) -> Iterator[Finding]:
    """Findings on the files themselves."""
    corpus = subject.root / "corpus"
    expected, present = made.paths(), paths_in(corpus)
    for path in sorted(set(expected).difference(present)):
        yield CORPUS_MISSING.broken(f"corpus/{path}", "there is no such file", fix=_FIX)
    for path in sorted(set(present).difference(expected)):
        yield CORPUS_EXTRA.broken(f"corpus/{path}", "the build writes no such file", fix=_FIX)
    for path, text in made.texts.items():
        if path in present and (corpus / path).read_bytes() != text.encode("utf-8"):
            yield CORPUS_STALE.broken(f"corpus/{path}", "is not what the seeds give", fix=_FIX)
    for config in made.rows:
        if data_file(config) in present:
            yield from _rows(subject, made, config)


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
    elif rows_digest(found.to_pylist()) != rows_digest(table.to_pylist()):
        yield CORPUS_STALE.broken(file, "its rows are not what the seeds give", fix=_FIX)


def _described(subject: Subject, made: Release) -> Iterator[Finding]:
    """Findings on what describes the files, which are there and hold the right rows.

    Other versions of libraries write the same rows as other bytes, so the bytes that are there are described.
    """
    corpus = subject.root / "corpus"
    try:
        manifest = read_manifest(corpus)
    except ZhengwenError as error:
        message = error.message.removeprefix(f"{corpus / MANIFEST}: ")
        yield CORPUS_STALE.broken(f"corpus/{MANIFEST}", message, fix=_FIX)
        return
    differing = differences(corpus, manifest)
    for path, _, message in differing:
        yield MANIFEST_MISMATCH.broken(f"corpus/{path}", message, fix=_FIX)
    if differing:
        return
    tools = manifest.get("made_with")
    known = isinstance(tools, dict) and list(tools) == list(made_with())
    known = known and all(isinstance(version, str) for version in tools.values())
    parquet = {path: (corpus / path).read_bytes() for path in map(data_file, made.rows)}
    for path, text in made.describe(parquet, tools if known else None).items():
        if (corpus / path).read_bytes() != text.encode("utf-8"):
            yield CORPUS_STALE.broken(f"corpus/{path}", "is not what the seeds give", fix=_FIX)
