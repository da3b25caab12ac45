"""The manifest of a release, ``manifest.json``: a release is what its manifest states.

It is written last, and names every other file::

    {
      "name": "zhengwen", "version": "3.2.0", "date": "2025-02-06",
      "data": {"digest": SHA256, "since": "3.2.0", "earlier": {"3.1.0": SHA256}},
      "ledger": SHA256,
      "labels": SHA256,
      "made_with": {"zhengwen": "3.2.0", "jieba": "0.42.1", "opencc": "1.4.2", "pyarrow": "26.0.1"},
      "documents": {ID: {"characters": COUNT, LAYER: COUNT, …}},
      "configs": {CONFIG: {"path", "description", "rows", "columns": [NAME, …], "sha256",
                           "labels": {FIELD: [[LABEL, COUNT], …]}}},
      "files": [{"path", "size", "sha256"}, …]
    }

``files`` lists all files of the folder except the manifest itself, by path, with their sizes in bytes and the hashes of
their bytes.  ``documents`` states how long each document is, and how many records each of its layers has.  The
``sha256`` of a config is that of its decoded rows as canonical JSON lines, which is what ``zhengwen load CONFIG``
prints, whatever version of pyarrow wrote the file.  The ``labels`` of a config are in the order of their encoding.

``data.digest`` is one digest of all data (:func:`data_digest`); ``data.since`` is the version since which, by the
ledger, it has not changed.  ``data.earlier`` repeats the digests of the earlier releases from the ledger, and
``ledger`` is the SHA-256 of their lines in it, so that a line that is changed later is noticed.  The top-level
``labels`` is the digest of all labels and their meanings (:func:`labels_digest`).
"""

import hashlib
import importlib.metadata
import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from zhengwen import __version__
from zhengwen.columns import Rules
from zhengwen.errors import ZhengwenError
from zhengwen.files import LFS_POINTER, canonical_json, parse_json, read_text
from zhengwen.release.layout import MANIFEST
from zhengwen.schema import Schema
from zhengwen.shape import Shape

#: The libraries on whose versions a build depends: its words, its converted characters, and its bytes of Parquet.
_LIBRARIES = ("jieba", "opencc", "pyarrow")


def sha256(data: bytes) -> str:
    """The SHA-256 of ``data``, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def rows_digest(rows: Iterable[Mapping[str, Any]]) -> str:
    """The SHA-256 of decoded rows as canonical JSON lines, whatever file format holds them."""
    content = hashlib.sha256()
    for row in rows:
        content.update(canonical_json(row).encode("utf-8") + b"\n")
    return content.hexdigest()


def data_digest(configs: Mapping[str, str], annotations: Mapping[str, str]) -> str:
    """The digest of all data: the SHA-256 of a line ``<sha256>  <name>`` for each config and each annotation file.

    The lines are sorted by name.  ``configs`` maps the name of a config to the digest of its rows, ``annotations`` the
    path of an annotation file to the SHA-256 of its bytes.
    """
    digests = {**configs, **annotations}
    return sha256("".join(f"{digests[name]}  {name}\n" for name in sorted(digests)).encode("utf-8"))


def labels_digest(schema: Schema) -> str:
    """The SHA-256 of all labels of all inventories, with everything that ``schema/labels.yaml`` says of each."""
    labels = {name: [label._asdict() for label in entries.values()] for name, entries in schema.labels.items()}
    return sha256(canonical_json(labels).encode("utf-8"))


def schema_digest(schema: Schema, guidelines: str) -> str:
    """The SHA-256 of what rows mean and how they are stored: the guidelines, all labels, and the shapes of all rows."""
    shapes = {
        name: [shape.description, shape.scripts, shape.is_default, list(shape.fields.items())]
        for name, shape in schema.rows.items()
    }
    parts = {"guidelines": sha256(guidelines.encode("utf-8")), "labels": labels_digest(schema), "rows": shapes}
    return sha256(canonical_json(parts).encode("utf-8"))


def label_counts(shape: Shape, rows: Sequence[Mapping[str, Any]]) -> dict[str, list[list[Any]]]:
    """How often each label occurs, for each field of ``rows`` that has a closed list of labels.

    Maps the path of the field (``content.kind``) to pairs ``[label, count]``, in the order of the list.
    """
    return {
        path: [[label, counts[label]] for label in labels]
        for name, rules in shape.fields.items()
        for path, labels, values in _labelled(name, rules, [row[name] for row in rows])
        for counts in [Counter(values)]
    }


def _labelled(path: str, rules: Rules, values: list[Any]) -> Iterator[tuple[str, list[str], list[str]]]:
    """The fields with a closed list of labels at and below ``path``: the path of each, its labels and its values."""
    values = [value for value in values if value is not None]
    if "allowed" in rules:
        yield path, rules["allowed"], values
    elif rules["type"] == "list":
        yield from _labelled(path, rules["schema"], [item for value in values for item in value])
    elif rules["type"] == "dict":
        for name, inner in rules["schema"].items():
            yield from _labelled(f"{path}.{name}", inner, [value[name] for value in values])


def file_entries(files: Mapping[str, bytes]) -> list[dict[str, Any]]:
    """The manifest's entries for ``files`` (path to content), sorted by path."""
    return [{"path": path, "size": len(files[path]), "sha256": sha256(files[path])} for path in sorted(files)]


def made_with() -> dict[str, str]:
    """The versions of what makes a release, by name: of this package, and of the libraries that a build depends on."""
    # The metadata of an editable install may be of an earlier version of the checkout.
    return {"zhengwen": __version__} | {name: importlib.metadata.version(name) for name in _LIBRARIES}


def to_text(manifest: Mapping[str, Any]) -> str:
    """A manifest as its file holds it: a line for each document, config and file, so that a change shows as lines."""
    parts = []
    for name, value in manifest.items():
        by_line = name in ("documents", "configs", "files")
        if by_line and isinstance(value, list):
            lines = ",\n".join(f"    {_dump(entry)}" for entry in value)
            parts.append(f"  {_dump(name)}: [\n{lines}\n  ]")
        elif by_line and isinstance(value, dict):
            lines = ",\n".join(f"    {_dump(key)}: {_dump(entry)}" for key, entry in value.items())
            parts.append(f"  {_dump(name)}: {{\n{lines}\n  }}")
        else:
            parts.append(f"  {_dump(name)}: {_dump(value)}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


#: The rules of a digest.
DIGEST = {"type": "string", "regex": "[0-9a-f]{64}"}
_FILES = {
    "type": "list",
    "schema": {
        "type": "dict",
        "schema": {"path": {"type": "string"}, "size": {"type": "integer", "min": 0}, "sha256": DIGEST},
        "allow_unknown": True,
    },
}
_LABEL_COUNT = {"type": "list", "items": [{"type": "string"}, {"type": "integer", "min": 0}]}
_CONFIG = {
    "path": {"type": "string"},
    "rows": {"type": "integer", "min": 0},
    "columns": {"type": "list", "schema": {"type": "string"}},
    "sha256": DIGEST,
    "labels": {"type": "dict", "valuesrules": {"type": "list", "schema": _LABEL_COUNT}, "required": False},
}
_DATA = {
    "digest": DIGEST,
    "since": {"type": "string", "required": False},
    "earlier": {"type": "dict", "valuesrules": DIGEST, "required": False},
}
_COUNTS = {"type": "dict", "valuesrules": {"type": "integer", "min": 0}}
#: The manifest of a complete release, as far as anything relies on it.  Older releases state less than today's.
COMPLETE = Shape(
    "the manifest of a release",
    "",
    {
        "name": {"type": "string"},
        "version": {"type": "string", "regex": r"\d+\.\d+\.\d+"},
        "date": {"type": "string", "regex": r"\d{4}-\d\d-\d\d", "required": False},
        "data": {"type": "dict", "schema": _DATA},
        "labels": {**DIGEST, "required": False},
        "made_with": {"type": "dict", "valuesrules": {"type": "string"}},
        "documents": {"type": "dict", "valuesrules": _COUNTS, "required": False},
        "configs": {
            "type": "dict",
            "minlength": 1,
            "valuesrules": {"type": "dict", "schema": _CONFIG, "allow_unknown": True},
        },
        "files": _FILES,
    },
)
#: What every manifest has, also that of a release without texts: the files of its folder.
LISTING = Shape("a manifest", "", {"files": COMPLETE.fields["files"]})
#: What publishing relies on: the files, and the version, which names the tag.
VERSIONED = Shape("the manifest of a release", "", {name: COMPLETE.fields[name] for name in ("files", "version")})
#: What to do about a file that is not the manifest of a release.
_FIX = "take a complete release, or build it"


def flaw_of(manifest: Any, shape: Shape = COMPLETE) -> str:
    """What is wrong with ``manifest``, which has been read: its shape, or a file that it lists twice; empty if nothing.

    Fields that ``shape`` does not name may hold anything.

    >>> manifest = {"name": "a", "version": "1.0.0", "made_with": {}, "data": {"digest": "0" * 64}, "files": []}
    >>> flaw_of(manifest | {"configs": 5})
    'configs: must be of type dict, is an integer'
    >>> flaw_of({"files": [{"size": 0, "sha256": "0" * 64}]}, LISTING)
    'files.0.path: is missing'
    """
    if problem := _misfit(manifest, shape):
        return problem
    paths = Counter(entry["path"] for entry in manifest["files"])
    repeated = next((path for path, count in paths.items() if count > 1), None)
    return "" if repeated is None else f"files: {repeated} is listed twice"


def _misfit(manifest: Any, shape: Shape) -> str:
    """The field in which ``manifest`` does not have ``shape``, and what is wrong with it; empty if it has."""
    is_object = isinstance(manifest, dict)
    used = {name: value for name, value in manifest.items() if name in shape.fields} if is_object else manifest
    for field, _, message in shape.cerberus_problems(used):
        return f"{field}: {message}" if field else message
    return ""


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of the release in ``folder``; raises :class:`ZhengwenError` as :func:`parse_manifest` does."""
    return parse_manifest(folder / MANIFEST)


def parse_manifest(path: Path, shape: Shape = LISTING, fix: str = _FIX) -> dict[str, Any]:
    """The manifest in the file ``path``, which has ``shape``.

    Raises :class:`ZhengwenError` with the advice ``fix`` when there is no such file, or when it has another shape.
    """
    if path.exists() and not path.is_file():
        raise ZhengwenError(f"{path}: not a regular file", fix=fix)
    return manifest_in(read_text(path), str(path), shape, fix)


def manifest_in(text: str, where: str, shape: Shape = LISTING, fix: str = _FIX) -> dict[str, Any]:
    """The manifest that ``text`` is, which has ``shape``; ``where`` says in messages where it stands.

    Raises :class:`ZhengwenError` with the advice ``fix`` if it has another shape.
    """
    try:
        manifest = parse_json(text)
    except ValueError as error:
        raise ZhengwenError(f"{where}: not JSON: {error}", fix=fix) from None
    if misfit := _misfit(manifest, shape):
        raise ZhengwenError(f"{where}: not {shape.name}: {misfit}", fix=fix)
    return manifest


class FileEntry(NamedTuple):
    """What a manifest states of a file: its size in bytes, and the SHA-256 of its bytes."""

    size: int
    sha256: str


def entries_of(manifest: Mapping[str, Any]) -> dict[str, FileEntry]:
    """What ``manifest`` states of each file, by path."""
    return {entry["path"]: FileEntry(entry["size"], entry["sha256"]) for entry in manifest["files"]}


def difference_of(file: Path, entry: FileEntry | None) -> str:
    """How ``file``, which exists, differs from what the manifest states of it; empty if it does not."""
    if entry is None:
        return "is not listed in the manifest"
    if not file.is_file():  # such as a pipe, of which reading would never end, or a link to nothing
        return "is not a regular file"
    try:
        with file.open("rb") as stream:
            size, digest = os.fstat(stream.fileno()).st_size, hashlib.file_digest(stream, "sha256").hexdigest()
            stream.seek(0)
            beginning = stream.read(len(LFS_POINTER))
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    if (size, digest) == entry:
        return ""
    if beginning == LFS_POINTER:
        return "is a pointer of Git LFS and not the file itself, which `git lfs pull` fetches"
    expected = f"{entry.size} bytes, sha256 {entry.sha256[:12]}…"
    return f"is {size} bytes, sha256 {digest[:12]}…; the manifest says {expected}"


class Difference(NamedTuple):
    """A file of a folder that is not what the manifest says: ``missing``, ``extra`` or ``changed``."""

    path: str
    kind: str
    message: str


def differences(folder: Path, manifest: Mapping[str, Any]) -> list[Difference]:
    """How the files in ``folder`` differ from what ``manifest`` states, sorted by path; empty if they do not."""
    stated = entries_of(manifest)
    present = set(paths_in(folder)) - {MANIFEST}
    different = [Difference(path, "missing", "there is no such file") for path in stated.keys() - present]
    different += [Difference(path, "extra", "is not listed in the manifest") for path in present - stated.keys()]
    for path in stated.keys() & present:
        if message := difference_of(folder / path, stated[path]):
            different.append(Difference(path, "changed", message))
    return sorted(different)


def paths_in(folder: Path) -> list[str]:
    """The path of every file under ``folder``, relative to it, sorted; a link to a folder counts as a file."""
    paths = (path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())
    return sorted(path.relative_to(folder).as_posix() for path in paths)
