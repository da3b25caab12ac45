"""Level 1: the files exist, and their bytes are text."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from zhengwen import __version__
from zhengwen.atomic import leftovers
from zhengwen.characters import not_utf8, text_findings
from zhengwen.findings import Finding, rule
from zhengwen.folders import Entry, entries, special_kind
from zhengwen.layers import layers_of
from zhengwen.paths import CHANGELOG, CHECKS_PAGE, LEDGER, VERSION_FILE, stated_version
from zhengwen.repository.documents import DocumentFiles
from zhengwen.seeds import CARD_TEXT, CORPUS, DOCUMENT, NOTES, PASSES, RECEIVED, SEEDS, TEXT

OTHER_VERSION = rule(
    "other-version",
    1,
    "A checkout of zhengwen is checked by its own version.",
    why="Another version has other rules, shapes and layers, and its findings would mislead.",
    example="The installed zhengwen is 1.0.0, and `loaders/zhengwen/__init__.py` of the checkout says 1.1.0.",
    fix="Run `pip install -e .` in the checkout, or check out the version that is installed.",
)
SPECIAL_FILE = rule(
    "special-file",
    1,
    "The repository holds regular files and folders, and no symbolic links, pipes, sockets or devices.",
    why="A link leads to something that is not in the repository or is there twice, and reading a pipe never ends.",
    example="`gold/` is a symbolic link to a folder of another checkout.",
    fix="Put a copy of the file or folder in its place.",
)
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
    "Every file in `seeds/` and `schema/` is one that some stage reads, and no folder is empty.",
    why="Any other file would be kept without ever being checked or released, and git does not keep an empty folder.",
    example="`seeds/<doc_id>/notes.txt` was added.",
    fix="Move the file elsewhere, or correct its name. Add what your system makes (`.DS_Store`) to `.gitignore`, and "
    "remove it.",
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

BUILD_LEFTOVER = rule(
    "build-leftover",
    1,
    "Nothing that a killed command left behind is in the repository.",
    why="The command may have replaced some files of a document and not yet the others.",
    example="`zhengwen import` was killed, and the folder `.zhengwen-1a2b` remained.",
    fix="Run the command again, or any other that writes to the repository: it first finishes what was begun.",
)


def check_leftovers(root: Path) -> Iterator[Finding]:
    """Findings on what killed commands left behind; none while a command is writing."""
    for folder in leftovers(root):
        yield BUILD_LEFTOVER.broken(
            folder.relative_to(root).as_posix(),
            "was left by a killed command",
            fix="run the command again, or `zhengwen build`",
        )


def check_version(root: Path) -> list[Finding]:
    """The finding that ``root`` is a checkout of another version, which makes all other findings pointless."""
    stated = stated_version(root)
    if stated in (None, __version__):
        return []
    needed = f"the checkout is of version {stated}" if stated else "it states no version"
    return [
        OTHER_VERSION.broken(
            VERSION_FILE,
            f"{needed}, and this command is zhengwen {__version__}",
            fix="run `pip install -e .` in the checkout, and the command that it installs",
        )
    ]


def check_shared_files(root: Path, folders: Sequence[Path]) -> Iterator[Finding]:
    """Findings on the files that all documents share; ``folders`` are those of the documents."""

    def name(path: Path) -> str:
        return path.relative_to(root).as_posix()

    if not folders:
        yield NO_DOCUMENT.broken(SEEDS, "no folder of a document here", fix="add seeds/<doc_id>/")
    about = root / SEEDS / CORPUS
    if not about.is_file() and not special_kind(about):
        yield MISSING_FILE.broken(name(about), "there is no such file", fix="restore it")
    special = {
        path: kind
        for path in map(root.joinpath, (SEEDS, "schema", CHANGELOG, LEDGER, CHECKS_PAGE))
        if (kind := special_kind(path))
    }
    yield from (_special_file(name(path), kind) for path, kind in special.items())
    for path in sorted((root / SEEDS).iterdir()):
        if kind := special_kind(path):
            yield _special_file(name(path), kind)
        elif path in (about, root / SEEDS / CARD_TEXT):
            yield from _text(name(path), path.read_bytes()) if path.is_file() else ()
        elif path not in folders:
            yield UNKNOWN_FILE.broken(name(path), "not a folder of a document", fix=_fix_of_unknown(path))
    schema = root / "schema"
    for entry in entries(schema) if schema not in special else ():
        yield from _entry(name(entry.path), entry, _belongs_to_schema(entry.path.relative_to(schema)))
        if not entry.is_folder and not entry.special and entry.path.suffix in (".yaml", ".md"):
            yield from _text(name(entry.path), entry.path.read_bytes())


def check_document(document: DocumentFiles) -> Iterator[Finding]:
    """Findings on the files of one document."""
    required = document.required()
    present = list(entries(document.folder))
    if not present:
        yield UNKNOWN_FILE.broken(document.name(document.folder), "an empty folder", fix="remove it")
        return
    for entry in present:
        belongs = entry.path in required or _belongs_to_passes(document, entry.path)
        yield from _entry(document.name(entry.path), entry, belongs)
    regular = [entry.path for entry in present if not entry.special and not entry.is_folder]
    special = [entry.path for entry in present if entry.special]
    for path in required:
        if path not in regular and not {path, path.parent} & set(special):
            yield MISSING_FILE.broken(document.name(path), "there is no such file", fix="restore it, or write it")
    for path in regular:
        if path not in required and not _belongs_to_passes(document, path):
            continue
        data = document.data(path)
        if not data and path.name in (RECEIVED, TEXT, DOCUMENT):
            yield EMPTY_FILE.broken(document.name(path), "the file is empty", fix="restore it")
        elif path.name == RECEIVED:
            yield from _received(document, path, data)
        else:
            yield from _text(document.name(path), data)


def _special_file(file: str, kind: str) -> Finding:
    """The finding that ``file`` is of a ``kind`` that is never read."""
    return SPECIAL_FILE.broken(file, f"is {kind}", fix="put a copy of what it stands for in its place, or remove it")


def _entry(file: str, entry: Entry, belongs: bool) -> Iterator[Finding]:
    """The finding on something in a folder that does not belong there."""
    if entry.special:
        yield _special_file(file, entry.special)
    elif entry.is_empty:
        yield UNKNOWN_FILE.broken(file, "an empty folder", fix="remove it")
    elif not entry.is_folder and not belongs:
        yield UNKNOWN_FILE.broken(file, "no stage reads this file", fix=_fix_of_unknown(entry.path))


def _fix_of_unknown(path: Path) -> str:
    if path.name.startswith(".") or path.name in ("Thumbs.db", "desktop.ini"):
        return f"remove it; if a program keeps making it, add {path.name} to .gitignore"
    return "move it elsewhere, or correct its name"


def _belongs_to_schema(path: Path) -> bool:
    """True if ``path``, relative to ``schema/``, is a file that the schema may have; levels 2 and 5 check which."""
    match path.parts:
        case ("GUIDELINES.md" | "labels.yaml" | "types.yaml" | "design.yaml",):
            return True
        case ("gold" | "rows" | "predictions", name):
            return name.endswith(".yaml") and not name.startswith(".")
        case ("json", *_, name):
            return not name.startswith(".")
    return False


def _belongs_to_passes(document: DocumentFiles, path: Path) -> bool:
    """True if ``path`` is a file of a pass over ``document``, or the decisions over passes."""
    match path.relative_to(document.folder).parts:
        case (folder, _, name):
            names = {NOTES, *(f"{layer}.jsonl" for layer in layers_of(document.design))}
            return folder == PASSES and name in names
        case _:
            return path == document.adjudication


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
