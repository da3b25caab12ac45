"""Level 5: the release is what the seeds give, and what its manifest says."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from zhengwen.checks import generated, history
from zhengwen.errors import ZhengwenError
from zhengwen.findings import Finding, rule
from zhengwen.folders import entries, special_kind
from zhengwen.parquet import parquet_source
from zhengwen.release.build import Release, RowShapeError, release
from zhengwen.release.layout import MANIFEST, data_file
from zhengwen.release.manifest import differences, made_with, paths_in, read_manifest, rows_digest
from zhengwen.release.reader import ReleaseFolder
from zhengwen.repository.level1 import SPECIAL_FILE
from zhengwen.repository.reading import Repository

CORPUS_MISSING = rule(
    "corpus-missing",
    5,
    "The release is built, and has all of its files.",
    why="An incomplete release may load without an error, and lack data.",
    example="`corpus/LICENSE` was deleted, or the corpus is new and was not built yet: a single finding on `corpus`.",
    fix="Run `zhengwen build`.",
)
CORPUS_EXTRA = rule(
    "corpus-extra",
    5,
    "The release contains only files that the build wrote.",
    why="Loaders take every file in a folder for data.",
    example="A file was added to `corpus/data/`.",
    fix="Run `zhengwen build`, which removes the file; if you need it, move it elsewhere first.",
)
CORPUS_STALE = rule(
    "corpus-stale",
    5,
    "The files of the release are exactly what the build makes from `seeds/` and `schema/`.",
    why="The data that users load must be the data that were checked.",
    example="A row was deleted from a Parquet file, or a number in the card was edited.",
    fix="Run `zhengwen build`. To change the release, edit `seeds/` or `schema/`.",
)
MANIFEST_MISMATCH = rule(
    "manifest-mismatch",
    5,
    "The manifest lists every file of the release with its size and SHA-256.",
    why="It is how users detect a copy that is incomplete or was changed.",
    example="A SHA-256 in `corpus/manifest.json` was edited.",
    fix="Run `zhengwen build`.",
)
ROW_SHAPE = rule(
    "row-shape",
    5,
    "The rows of the release have the shapes of the package, or those that the repository states itself.",
    why="The shapes are what users are promised, and rows of other shapes cannot be stored.",
    example="A repository has its own shape of sentences, where a field is a boolean, and its values are strings.",
    fix="Correct the shape, or the function in `layers/` or `rows.py` that makes the rows.",
)
_FIX = "run `zhengwen build`"


def check_release(repository: Repository, computed: Release | None = None) -> list[Finding]:
    """Findings on the changelog, the ledger, the release and what else is generated.

    The repository must have no findings.  ``computed`` is the release that it gives, where that has been computed
    already; the changelog and the ledger are read again.
    """
    corpus = repository.root / "corpus"
    findings = (
        list(history.check(repository.root, repository.version))
        or list(_special_files(repository.root, corpus))
        or list(_against_seeds(repository, computed))
    )
    if not findings:
        # One build fixes both, so its other files are checked only if the release has no findings.
        findings = list(generated.check(repository.root, repository.schema))
    return sorted(findings, key=lambda finding: (finding.file, finding.line or 0, finding.id, finding.field))


def _special_files(root: Path, corpus: Path) -> Iterator[Finding]:
    """Findings on what must not be opened in the release, and on empty folders in it."""
    if kind := special_kind(corpus):
        yield SPECIAL_FILE.broken("corpus", f"is {kind}", fix=_FIX)
        return
    for entry in entries(corpus):
        name = entry.path.relative_to(root).as_posix()
        if entry.special:
            yield SPECIAL_FILE.broken(name, f"is {entry.special}", fix=_FIX)
        elif entry.is_empty:
            yield CORPUS_EXTRA.broken(name, "an empty folder", fix=_FIX)


def _against_seeds(repository: Repository, computed: Release | None) -> Iterator[Finding]:
    corpus = repository.root / "corpus"
    try:
        made = release(repository, computed)
        yield from (
            _differing_annotation(corpus, made)
            or _differing_rows(corpus, made)
            or _differing_texts(corpus, made)
            or _differing_rest(corpus, made)
        )
    except RowShapeError as error:
        yield ROW_SHAPE.broken(f"schema/rows/{error.family}.yaml", error.what, fix=error.fix)
    except ZhengwenError as error:
        yield CORPUS_STALE.broken(
            "corpus", f"no release can be made of this repository: {error.message}", fix=error.fix
        )


def _differing_annotation(corpus: Path, made: Release) -> list[Finding]:
    """Findings on missing and extra files, and on the annotation, from which everything else follows."""
    expected, present = set(made.paths()), set(paths_in(corpus))
    if expected & present:
        findings = [
            CORPUS_MISSING.broken(f"corpus/{path}", "there is no such file", fix=_FIX) for path in expected - present
        ]
    else:
        findings = [CORPUS_MISSING.broken("corpus", "the release is not built yet", fix=_FIX)]
    findings += [
        CORPUS_EXTRA.broken(f"corpus/{path}", "the build writes no such file", fix=_FIX) for path in present - expected
    ]
    if expected - present:
        made.files()  # the advice is to build; where that cannot succeed, this raises what `build` would
    return findings + [
        _stale(path) for path, text in made.annotations.items() if path in present and _differs(corpus / path, text)
    ]


def _differing_rows(corpus: Path, made: Release) -> list[Finding]:
    """Findings on rows, and on what was released before."""
    findings = [*_row_shapes(made), *history.check_released(made.entry, made.ledger)]
    if findings:
        return findings
    for config in made.rows:
        findings += _differing_table(corpus, made, config)
    return findings


def _differing_texts(corpus: Path, made: Release) -> list[Finding]:
    """Findings on the other texts, when the rows are right."""
    texts = {path: text for path, text in made.texts.items() if path not in made.annotations}
    return [_stale(path) for path, text in texts.items() if _differs(corpus / path, text)]


def _row_shapes(made: Release) -> Iterator[Finding]:
    """For each family, a finding on the first row that does not match its shape: it cannot be released."""
    broken = set()
    for config, rows in made.rows.items():
        family = made.schema.config(config).family
        for row in rows:
            if family not in broken and (problems := made.schema.rows[family].problems(row)):
                broken.add(family)
                yield ROW_SHAPE.broken(
                    f"schema/rows/{family}.yaml",
                    f"the row {row.get('id')} of {config}: {problems[0].message}",
                    field=problems[0].field,
                    fix="correct the shape, or what makes the rows",
                )


def _differing_table(corpus: Path, made: Release, config: str) -> Iterator[Finding]:
    path = data_file(config)
    if not _differs(corpus / path, made.parquet[path]):
        return
    # Another version of pyarrow may write the same rows as other bytes, so rows are compared.
    expected = made.table(config)
    try:
        with parquet_source(corpus / path) as source:
            table = pq.read_table(source)
        rows = table.to_pylist()
    except (pa.ArrowException, OSError, ValueError) as error:
        yield CORPUS_STALE.broken(f"corpus/{path}", f"cannot be read: {str(error).splitlines()[0]}", fix=_FIX)
        return
    if table.schema != expected.schema:
        yield CORPUS_STALE.broken(f"corpus/{path}", "its columns are not those of the schema", fix=_FIX)
    elif rows_digest(rows) != rows_digest(expected.to_pylist()):
        yield CORPUS_STALE.broken(f"corpus/{path}", "its rows are not what the seeds give", fix=_FIX)
    elif table.schema.metadata != expected.schema.metadata:
        # Loaders take the names of class labels from the metadata.
        yield CORPUS_STALE.broken(f"corpus/{path}", "its features are not those of the schema", fix=_FIX)


def _differing_rest(corpus: Path, made: Release) -> list[Finding]:
    """Findings on the files that describe the others, which must have none; finally the release is opened and read.

    Another version of a library may write the same rows as other bytes, so it is the bytes on disk that the files must
    describe.
    """
    try:
        manifest = read_manifest(corpus)
    except ZhengwenError as error:
        message = error.message.removeprefix(f"{corpus / MANIFEST}: ")
        return [CORPUS_STALE.broken(f"corpus/{MANIFEST}", message, fix=_FIX)]
    mismatches = [
        MANIFEST_MISMATCH.broken(f"corpus/{difference.path}", difference.message, fix=_FIX)
        for difference in differences(corpus, manifest)
    ]
    if mismatches:
        return mismatches
    tools = manifest.get("made_with")
    known = isinstance(tools, dict) and list(tools) == list(made_with())
    known = known and all(isinstance(version, str) for version in tools.values())
    parquet = {path: (corpus / path).read_bytes() for path in map(data_file, made.rows)}
    described = made.describe(parquet, tools if known else None)
    findings = [_stale(path) for path, text in described.items() if _differs(corpus / path, text)]
    return findings or list(_unreadable(corpus))


def _unreadable(corpus: Path) -> Iterator[Finding]:
    """The finding that a reader cannot open the release."""
    try:
        folder = ReleaseFolder(corpus)
        for id in folder.documents:
            document = folder.document(id)
            for layer in document.layers:
                document.layer(layer)
    except (ZhengwenError, LookupError) as error:
        reason = error.message if isinstance(error, ZhengwenError) else f"{error} is missing"
        yield CORPUS_STALE.broken("corpus", f"a reader cannot open the release: {reason}", fix=_FIX)


def _stale(path: str) -> Finding:
    return CORPUS_STALE.broken(f"corpus/{path}", "is not what the seeds give", fix=_FIX)


def _differs(path: Path, content: str | bytes) -> bool:
    try:
        return path.read_bytes() != (content.encode("utf-8") if isinstance(content, str) else content)
    except OSError:  # such as a symbolic link to itself
        return True
