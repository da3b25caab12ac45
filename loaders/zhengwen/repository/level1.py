"""Level 1: the files exist, and their bytes are text."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from zhengwen.characters import not_utf8, text_findings
from zhengwen.findings import Finding, rule
from zhengwen.layers import LAYERS
from zhengwen.repository.documents import DocumentFiles
from zhengwen.seeds import ADJUDICATION, CORPUS, DOCUMENT, NOTES, PASSES, RECEIVED, SEEDS, TEXT

NO_DOCUMENT = rule(
    "no-document",
    1,
    "A corpus contains at least one document.",
    why="An empty release would pass every other check.",
    example="`seeds/corpus.yaml` is the only entry of `seeds/`.",
    fix="Add a document with `zhengwen new`.",
)
MISSING_FILE = rule(
    "missing-file",
    1,
    "Every document has the same set of files.",
    why="Without its file, a layer without records looks the same as a layer that was forgotten.",
    example="`gold/quotes.jsonl` was deleted.",
    fix="Restore the file. If the document has no such records, the file must be there and empty.",
)
UNKNOWN_FILE = rule(
    "unknown-file",
    1,
    "Every file in `seeds/` is one that some stage reads.",
    why="Any other file would be kept without ever being checked or released.",
    example="`seeds/<doc_id>/notes.txt` was added.",
    fix="Move the file out of `seeds/`, or correct its name.",
)
EMPTY_FILE = rule(
    "empty-file",
    1,
    "`text.txt`, `received.txt` and `document.yaml` are not empty.",
    why="Everything else about a document refers to them.",
    example="`text.txt` has 0 bytes.",
    fix="Restore the file from version control.",
)
RECEIVED_CHANGED = rule(
    "received-changed",
    1,
    "`received.txt` has the SHA-256 that `document.yaml` states.",
    why="Everything that is known about the damage is derived from these bytes.",
    example="An editor removed a space at the end of a line of `received.txt`.",
    fix="Restore the file from version control. A different copy of the page is a new document.",
)


def check_shared_files(root: Path, documents: Sequence[DocumentFiles]) -> Iterator[Finding]:
    """Findings on the files that all documents share."""

    def name(path: Path) -> str:
        return path.relative_to(root).as_posix()

    if not documents:
        yield NO_DOCUMENT.broken(SEEDS, "no folder of a document here", fix="add seeds/<doc_id>/")
    about = root / SEEDS / CORPUS
    if not about.is_file():
        yield MISSING_FILE.broken(name(about), "there is no such file", fix="restore it")
    for path in [about, *sorted((root / "schema").rglob("*.yaml"))]:
        if path.is_file():
            yield from _text(name(path), path.read_bytes())
    known = {about, *(document.folder for document in documents)}
    for path in sorted((root / SEEDS).iterdir()):
        if path not in known:
            yield UNKNOWN_FILE.broken(name(path), "not a folder of a document", fix="move it out of seeds/")


def check_document(document: DocumentFiles) -> Iterator[Finding]:
    """Findings on the files of one document."""
    required = document.required()
    for path in required:
        if not path.is_file():
            yield MISSING_FILE.broken(document.name(path), "there is no such file", fix="restore it, or write it")
    for path in sorted(document.folder.rglob("*")):
        if path.is_file() and path not in required and not _belongs_to_passes(path.relative_to(document.folder)):
            yield UNKNOWN_FILE.broken(document.name(path), "no stage reads this file", fix="move it out of seeds/")
    for path in (*required, document.adjudication):
        if not path.is_file():
            continue
        data = document.data(path)
        if not data and path.name in (RECEIVED, TEXT, DOCUMENT):
            yield EMPTY_FILE.broken(document.name(path), "the file is empty", fix="restore it")
        elif path.name == RECEIVED:
            yield from _received(document, path, data)
        else:
            yield from _text(document.name(path), data)


def _belongs_to_passes(path: Path) -> bool:
    """True if ``path``, relative to the folder of a document, is a file of a pass, or the decisions over passes."""
    match path.parts:
        case (folder, _, name):
            return folder == PASSES and (name == NOTES or name in {f"{layer}.jsonl" for layer in LAYERS})
        case _:
            return path.as_posix() == ADJUDICATION


def _text(file: str, data: bytes) -> Iterator[Finding]:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        yield not_utf8(file, data, error)
    else:
        yield from text_findings(file, text)


def _received(document: DocumentFiles, path: Path, data: bytes) -> Iterator[Finding]:
    # A received text may hold any characters, but it must be unchanged and UTF-8.
    digest = hashlib.sha256(data).hexdigest()
    recorded = _recorded_sha256(document)
    if recorded and digest != recorded:
        yield RECEIVED_CHANGED.broken(
            document.name(path),
            f"its sha256 is {digest}, {DOCUMENT} says {recorded}",
            fix=f"restore the bytes as received, or the sha256 in {DOCUMENT}: one of the two was changed",
        )
        return
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        yield not_utf8(document.name(path), data, error)


def _recorded_sha256(document: DocumentFiles) -> str | None:
    # A faulty document.yaml is reported elsewhere, at level 1 or 2; here it counts as one without a digest.
    if not (document.folder / DOCUMENT).is_file():
        return None
    about = document.about
    received = about.get("received") if isinstance(about, dict) else None
    recorded = received.get("sha256") if isinstance(received, dict) else None
    return recorded if isinstance(recorded, str) else None
