"""The ledger, ``releases.jsonl``: every version that was released, its day, and the digest of its data.

One line a release, oldest first, and only ever appended to: what a version is cannot change after it is released.  The
version in the package that has no line yet is not released, and its data may still change; ``zhengwen build --release``
appends the line.  The digest is :func:`zhengwen.release.manifest.data_digest`: it is of the rows and the annotation,
not of the bytes of Parquet files, so other versions of libraries give the same.
"""

import datetime
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from zhengwen.errors import ZhengwenError
from zhengwen.files import canonical_json, lines, parse_json, read_text, write_atomically

LEDGER = "releases.jsonl"


class Entry(NamedTuple):
    """One release: its version, the day of it in the changelog, and the digest of its data."""

    version: str
    date: str
    digest: str


class LedgerError(ZhengwenError):
    """A line of the ledger is none; ``line`` counts from 1."""

    def __init__(self, line: int, message: str):
        super().__init__(
            f"{LEDGER}:{line}: {message}", fix="take the file as it was committed; lines are only appended"
        )
        self.line, self.what = line, message


def version_key(version: str) -> tuple[int, ...]:
    """What versions are ordered by.

    >>> version_key("0.10.0") > version_key("0.9.1")
    True
    """
    return tuple(map(int, version.split(".")))


def read_ledger(root: Path) -> list[Entry]:
    """The releases so far; none when there is no file yet.  Raises :class:`LedgerError` with the line."""
    path = root / LEDGER
    return parse_ledger(read_text(path)) if path.exists() else []


def parse_ledger(content: str) -> list[Entry]:
    r"""The lines of a ledger.

    >>> parse_ledger('{"version": "3.1.0", "date": "2025-02-06"}\n')
    Traceback (most recent call last):
        ...
    zhengwen.release.ledger.LedgerError: releases.jsonl:1: must hold version, date and digest, in this order
      to mend it: take the file as it was committed; lines are only appended
    """
    entries: list[Entry] = []
    if content and not content.endswith("\n"):
        raise LedgerError(content.count("\n") + 1, "the line is cut off: no newline ends it")
    for number, line in enumerate(lines(content), start=1):
        try:
            record = parse_json(line)
        except ValueError as error:
            what = error.msg if isinstance(error, json.JSONDecodeError) else error
            raise LedgerError(number, f"not JSON: {what}") from None
        if not isinstance(record, dict) or tuple(record) != Entry._fields:
            raise LedgerError(number, "must hold version, date and digest, in this order")
        for name, pattern in _PATTERNS.items():
            if not isinstance(record[name], str) or not re.fullmatch(pattern, record[name]):
                raise LedgerError(number, f"{name}: {record[name]!r} is none")
        try:
            datetime.date.fromisoformat(record["date"])
        except ValueError:
            raise LedgerError(number, f"date: {record['date']!r} is none") from None
        entry = Entry(**record)
        if entries and version_key(entry.version) <= version_key(entries[-1].version):
            raise LedgerError(number, f"version {entry.version} does not come after {entries[-1].version}")
        entries.append(entry)
    return entries


_PATTERNS = {
    "version": r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)",
    "date": r"\d{4}-\d\d-\d\d",
    "digest": "[0-9a-f]{64}",
}


def earlier(entries: Sequence[Entry], version: str) -> list[Entry]:
    """Those of ``entries`` that were released before ``version``.

    >>> earlier([Entry("3.1.0", "2025-01-01", "a"), Entry("3.2.0", "2025-02-06", "b")], "3.2.0")
    [Entry(version='3.1.0', date='2025-01-01', digest='a')]
    """
    return [entry for entry in entries if version_key(entry.version) < version_key(version)]


def unchanged_since(entries: Sequence[Entry], version: str, digest: str) -> str:
    """The first version of the last releases in a row that have this ``digest``; ``version`` itself when none has.

    >>> released = [("3.1.0", "a"), ("3.2.0", "b"), ("3.2.1", "b")]
    >>> entries = [Entry(version, "2025-01-01", digest) for version, digest in released]
    >>> unchanged_since(entries, "3.2.2", "b"), unchanged_since(entries, "3.3.0", "a")
    ('3.2.0', '3.3.0')
    """
    since = version
    for entry in reversed(earlier(entries, version)):
        if entry.digest != digest:
            break
        since = entry.version
    return since


def record(root: Path, entry: Entry) -> bool:
    """Append ``entry``, whole or not at all; ``False`` when it is there already.

    Raises :class:`ZhengwenError` when its version is there with other data, or is older than the last release.
    """
    entries = read_ledger(root)
    if entry in entries:
        return False
    if entries and version_key(entry.version) <= version_key(entries[-1].version):
        raise ZhengwenError(
            f"{LEDGER}: version {entry.version} cannot be released: {entries[-1].version} is, "
            + ("with other data" if entry.version == entries[-1].version else "and it is newer"),
            fix="raise the version in `__init__.py` and CHANGELOG.md (docs/versioning.md), and build again",
        )
    path = root / LEDGER
    before = read_text(path) if path.exists() else ""
    write_atomically(path, before + canonical_json(entry._asdict()) + "\n")
    return True
