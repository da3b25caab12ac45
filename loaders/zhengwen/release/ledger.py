"""The ledger, ``releases.jsonl``: every released version with its date and the digest of its data.

It has one line per release, oldest first, and is only ever appended to: a version does not change after its release.
While the version of the package has no line it is not released, and its data may still change; ``zhengwen build
--release`` appends the line.  The digest is :func:`zhengwen.release.manifest.data_digest`.  It covers the rows and the
annotation, not the bytes of Parquet files, so it does not depend on the versions of the libraries.
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
    """One release: its version, its date in the changelog (``YYYY-MM-DD``), and the digest of its data."""

    version: str
    date: str
    digest: str


class LedgerError(ZhengwenError):
    """A line of the ledger is not valid; ``line`` counts from 1, ``what`` says what is wrong with it."""

    def __init__(self, line: int, message: str):
        super().__init__(f"{LEDGER}:{line}: {message}", fix="restore the committed file; lines are only ever appended")
        self.line, self.what = line, message


def version_key(version: str) -> tuple[int, ...]:
    """The sort key of a version.

    >>> version_key("0.10.0") > version_key("0.9.1")
    True
    """
    return tuple(map(int, version.split(".")))


def read_ledger(root: Path) -> list[Entry]:
    """The releases so far; empty when there is no file yet.  Raises :class:`LedgerError` with the line."""
    path = root / LEDGER
    return parse_ledger(read_text(path)) if path.exists() else []


def parse_ledger(content: str) -> list[Entry]:
    r"""The entries of a ledger with this ``content``.  Raises :class:`LedgerError` with the line.

    >>> parse_ledger('{"version": "3.1.0", "date": "2025-02-06"}\n')  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    zhengwen.release.ledger.LedgerError: releases.jsonl:1: must hold version, date and digest, in this order...
    """
    entries: list[Entry] = []
    if content and not content.endswith("\n"):
        raise LedgerError(content.count("\n") + 1, "the line is cut off: it has no newline at its end")
    for number, line in enumerate(lines(content), start=1):
        try:
            record = parse_json(line)
        except ValueError as error:
            reason = error.msg if isinstance(error, json.JSONDecodeError) else error
            raise LedgerError(number, f"not JSON: {reason}") from None
        if not isinstance(record, dict) or tuple(record) != Entry._fields:
            raise LedgerError(number, "must hold version, date and digest, in this order")
        for name, pattern in _PATTERNS.items():
            if not isinstance(record[name], str) or not re.fullmatch(pattern, record[name]):
                raise LedgerError(number, f"{record[name]!r} is not a valid {name}")
        try:
            datetime.date.fromisoformat(record["date"])
        except ValueError:
            raise LedgerError(number, f"{record['date']!r} is not a valid date") from None
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
    """The ``entries`` that were released before ``version``.

    >>> earlier([Entry("3.1.0", "2025-01-01", "a"), Entry("3.2.0", "2025-02-06", "b")], "3.2.0")
    [Entry(version='3.1.0', date='2025-01-01', digest='a')]
    """
    return [entry for entry in entries if version_key(entry.version) < version_key(version)]


def unchanged_since(entries: Sequence[Entry], version: str, digest: str) -> str:
    """The version since which the data have had this ``digest`` without interruption.

    It is the oldest release of the unbroken run just before ``version`` that has the digest, or ``version`` itself when
    the preceding release has another digest.

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
    """Append ``entry`` to the ledger of the repository ``root``, atomically; ``False`` when it is already there.

    Raises :class:`ZhengwenError` when its version is there with other data, or is older than the last release.
    """
    entries = read_ledger(root)
    if entry in entries:
        return False
    if entries and version_key(entry.version) <= version_key(entries[-1].version):
        last = entries[-1].version
        reason = (
            "it is already released, with other data"
            if entry.version == last
            else f"{last} is released, and it is newer"
        )
        raise ZhengwenError(
            f"{LEDGER}: version {entry.version} cannot be released: {reason}",
            fix="raise the version in `__init__.py` and CHANGELOG.md (docs/versioning.md), and build again",
        )
    path = root / LEDGER
    before = read_text(path) if path.exists() else ""
    write_atomically(path, before + canonical_json(entry._asdict()) + "\n")
    return True
