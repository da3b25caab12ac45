"""Level 1: the files are there, and their bytes are text."""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from zhengwen.checks.finding import Finding, rule
from zhengwen.checks.subject import DocumentFiles, Subject
from zhengwen.errors import ZhengwenError
from zhengwen.files import read_yaml
from zhengwen.records import LAYERS
from zhengwen.seeds import ADJUDICATION, DOCUMENT, NOTES, PASSES, RECEIVED, TEXT

NO_DOCUMENT = rule("no-document", 1, "A corpus holds at least one document.")
MISSING_FILE = rule("missing-file", 1, "Every document has the same files.")
UNKNOWN_FILE = rule("unknown-file", 1, "A file that no stage reads is a mistake, or belongs elsewhere.")
EMPTY_FILE = rule("empty-file", 1, "A document has a text.")
NOT_UTF8 = rule("not-utf8", 1, "Every file is UTF-8.")
BYTE_ORDER_MARK = rule("byte-order-mark", 1, "A byte order mark shifts every offset by one.")
CARRIAGE_RETURN = rule("carriage-return", 1, "Lines end in a line feed alone; a carriage return shifts offsets.")
ODD_CHARACTER = rule("odd-character", 1, "Control, private-use and replacement characters are traces of damage.")
RECEIVED_CHANGED = rule("received-changed", 1, "The received bytes are evidence, and their sha256 is on record.")

_BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"
_ODD = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\N{LINE SEPARATOR}\N{PARAGRAPH SEPARATOR}\ue000-\uf8ff\ufff0-\uffff]")
# What any finding on the characters of a text is about: most texts have none of it.
_SUSPECT = re.compile(f"[\r{_BOM}]|{_ODD.pattern}")


def run(subject: Subject) -> Iterator[Finding]:
    """Findings on the files shared by all documents."""
    if not subject.documents:
        yield NO_DOCUMENT.broken("seeds", "no folder of a document here", fix="add seeds/<doc_id>/")
    about = subject.root / "seeds" / "corpus.yaml"
    if not about.is_file():
        yield MISSING_FILE.broken(subject.name(about), "there is no such file", fix="restore it")
    shared = [about, *sorted((subject.root / "schema").rglob("*.yaml"))]
    for path in shared:
        if path.is_file():
            yield from _text(subject.name(path), path.read_bytes())
    known = {about, *(document.folder for document in subject.documents)}
    for path in sorted((subject.root / "seeds").iterdir()):
        if path not in known:
            yield UNKNOWN_FILE.broken(subject.name(path), "not a folder of a document", fix="move it out of seeds/")


def run_document(document: DocumentFiles) -> Iterator[Finding]:
    """Findings on the files of one document."""
    required = document.required()
    for path in required:
        if not path.is_file():
            yield MISSING_FILE.broken(document.name(path), "there is no such file", fix="restore it, or write it")
    for path in sorted(document.folder.rglob("*")):
        inside = path.relative_to(document.folder)
        if path.is_file() and path not in required and not _is_of_passes(inside):
            yield UNKNOWN_FILE.broken(document.name(path), "no stage reads this file", fix="move it out of seeds/")
    adjudication = document.folder / ADJUDICATION
    for path in [*required, adjudication] if adjudication.is_file() else required:
        if not path.is_file():
            continue
        data = path.read_bytes()
        if not data and path.name in (RECEIVED, TEXT, DOCUMENT):
            yield EMPTY_FILE.broken(document.name(path), "there is nothing in it", fix="restore it")
        elif path.name == RECEIVED:
            yield from _received(document, path, data)
        else:
            yield from _text(document.name(path), data)


def _is_of_passes(inside: Path) -> bool:
    """True for a file of the independent passes: a layer or the notes of one, or what was decided over them."""
    match inside.parts:
        case (folder, _, name):
            return folder == PASSES and (name == NOTES or name in {f"{layer}.jsonl" for layer in LAYERS})
        case _:
            return inside.as_posix() == ADJUDICATION


def _text(file: str, data: bytes) -> Iterator[Finding]:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        yield _not_utf8(file, data, error)
    else:
        yield from text_findings(file, text)


def text_findings(file: str, text: str) -> Iterator[Finding]:
    """Findings on the characters of one text; ``file`` is what they call it."""
    if not _SUSPECT.search(text):
        return
    for number, line in enumerate(text.split("\n"), start=1):
        if number == 1 and line.startswith(_BOM):
            yield BYTE_ORDER_MARK.broken(
                file, "begins with a byte order mark", line=1, fix="save it as UTF-8 without BOM"
            )
            line = line[1:]
        if "\r" in line:
            column = line.index("\r") + 1
            yield CARRIAGE_RETURN.broken(
                file, f"a carriage return in column {column}", line=number, fix="save it with line feeds alone"
            )
            return
        if odd := _ODD.search(line) or re.search(_BOM, line):
            yield ODD_CHARACTER.broken(
                file,
                f"U+{ord(odd.group()):04X} in column {odd.start() + 1}",
                line=number,
                fix="remove it, or find the true one",
            )


def _received(document: DocumentFiles, path: Path, data: bytes) -> Iterator[Finding]:
    # Received text may hold anything that was received; it must be unchanged, and readable.
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
        yield _not_utf8(document.name(path), data, error)


def _recorded_sha256(document: DocumentFiles) -> str | None:
    try:
        recorded = read_yaml(document.folder / DOCUMENT)["received"]["sha256"]
    except (ZhengwenError, KeyError, TypeError):
        recorded = None
    return recorded if isinstance(recorded, str) else None  # level 2 says what is wrong with document.yaml


def _not_utf8(file: str, data: bytes, error: UnicodeDecodeError) -> Finding:
    line = data.count(b"\n", 0, error.start) + 1
    return NOT_UTF8.broken(
        file, f"byte {error.start} ({data[error.start]:#04x}) is not UTF-8", line=line, fix="save it as UTF-8"
    )
