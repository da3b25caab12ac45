"""Checks of a release by itself, such as a copy that was downloaded: is it what its manifest states?"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from zhengwen.checks.level5 import MANIFEST_MISMATCH
from zhengwen.errors import ZhengwenError
from zhengwen.findings import Finding, rule
from zhengwen.paths import corpus_path
from zhengwen.release.layout import MANIFEST, annotation_file, configs_in, data_file, is_host_file, schema_file
from zhengwen.release.manifest import (
    data_digest,
    differences,
    flaw_of,
    labels_digest,
    read_manifest,
    rows_digest,
    sha256,
)
from zhengwen.release.reader import ConfigTable, ReleaseFolder
from zhengwen.release.withheld import is_withheld
from zhengwen.schema import read_schema

RELEASE_ROWS = rule(
    "release-rows",
    5,
    "The rows, columns and labels of each config are those that the manifest states.",
    why="Whoever changes a file can also change its hash in the manifest; the digest of rows is compared separately.",
    example="A label in a Parquet file of a copy was changed, and its hash in the manifest too.",
    fix="Take a fresh copy of the release.",
)
RELEASE_DIGEST = rule(
    "release-digest",
    5,
    "The data of a copy have the digest that the manifest states, and that this package knows for the version.",
    why="A version number stands for one set of data, wherever a copy of it comes from.",
    example="A copy of version 1.0.0 holds annotation that differs from the released version 1.0.0.",
    fix="Take a fresh copy of the release.",
)

_FIX = "take a fresh copy of the release"


def verify(path: Path | str) -> list[Finding]:
    """Compare the release in the folder ``path`` with its manifest; an empty list means that all is well.

    The bytes of every file are compared, then the columns, labels and rows of every config and the digest of all data,
    and finally that digest with the one that this package knows for the version.  Of a release without texts, only the
    bytes are compared.  Paths in findings are relative to ``path``.  Raises :class:`~zhengwen.errors.ZhengwenError`
    when there is no release there, or when its manifest cannot be read.

    >>> from zhengwen.paths import corpus_path
    >>> verify(corpus_path())
    []
    """
    folder = Path(path)
    manifest = read_manifest(folder)
    findings = [
        MANIFEST_MISMATCH.broken(difference.path, difference.message, fix=_FIX)
        for difference in differences(folder, manifest)
        if not (difference.kind == "extra" and _belongs_to_host(difference.path))
    ]
    if findings or (is_withheld(manifest) and not configs_in(folder)):
        return findings
    if flaw := flaw_of(manifest):
        return [RELEASE_DIGEST.broken(MANIFEST, f"not the manifest of a release: {flaw}", fix=_FIX)]
    return list(_rows(ReleaseFolder(folder), manifest)) or list(_digest(folder, manifest))


def _belongs_to_host(path: str) -> bool:
    """Whether a file of a copy is one that a host, a clone or a download put beside the release."""
    return is_host_file(path) or path.startswith((".git/", ".cache/huggingface/"))


def _rows(release: ReleaseFolder, manifest: Mapping[str, Any]) -> Iterator[Finding]:
    stated = manifest["configs"]
    for config in sorted({*stated, *configs_in(release.folder)}):
        try:
            message = _difference(config, stated.get(config), release.table(config))
        except ZhengwenError as error:
            message = error.message
        if message:
            yield RELEASE_ROWS.broken(data_file(config), message, fix=_FIX)


def _difference(config: str, stated: Mapping[str, Any] | None, table: ConfigTable) -> str:
    """How the rows of a config differ from what the manifest states of it; empty if they do not."""
    if stated is None:
        return "the manifest states no such config"
    if stated["path"] != data_file(config):
        return f"the manifest states that it lies at {stated['path']}"
    if stated["rows"] != len(table.rows):
        return f"it has {len(table.rows)} rows; the manifest states {stated['rows']}"
    if stated["columns"] != table.columns:
        return f"its columns are {', '.join(table.columns)}; the manifest states others"
    for field, names in table.labels.items():
        if names != [label for label, _ in stated.get("labels", {}).get(field, [])]:
            return f"the labels of {field} are {', '.join(names)}; the manifest states others"
    if stated["sha256"] != (digest := rows_digest(table.rows)):
        return f"its {len(table.rows)} rows have the sha256 {digest[:12]}…; the manifest states another"
    return ""


def _digest(folder: Path, manifest: Mapping[str, Any]) -> Iterator[Finding]:
    rows = {config: stated["sha256"] for config, stated in manifest["configs"].items()}
    paths = sorted(folder.glob(annotation_file("*", "*")))
    annotations = {path.relative_to(folder).as_posix(): sha256(path.read_bytes()) for path in paths}
    digest = data_digest(rows, annotations)
    if manifest["data"]["digest"] != digest:
        yield RELEASE_DIGEST.broken(MANIFEST, f"the data have the digest {digest[:12]}…, not the one stated", fix=_FIX)
        return
    labels = manifest.get("labels")
    schema = folder / schema_file("")
    if schema.is_dir() and labels != labels_digest(read_schema(schema)):
        yield RELEASE_DIGEST.broken(MANIFEST, "the labels in schema/ do not have the digest stated", fix=_FIX)
    version, known = manifest["version"], _known_digests(manifest["name"])
    if known.get(version, digest) != digest:
        message = f"version {version} has the data {known[version][:12]}…, this copy has {digest[:12]}…"
        yield RELEASE_DIGEST.broken(MANIFEST, message, fix=_FIX)


def _known_digests(name: Any) -> dict[Any, str]:
    """The digest of each version of the corpus ``name`` that this package knows: its own and the earlier ones."""
    own = read_manifest(Path(corpus_path()))
    return {**own["data"]["earlier"], own["version"]: own["data"]["digest"]} if own["name"] == name else {}
