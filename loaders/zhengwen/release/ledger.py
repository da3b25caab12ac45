"""The ledger, ``releases.jsonl``: every released version with its date and the digests of what it holds.

It has one line per release, oldest first, and is only ever appended to: a version does not change after its release.
While the version of the package has no line it is not released, and may still change; ``zhengwen build --release``
appends the line.

``digest`` is :func:`zhengwen.release.manifest.data_digest`.  It covers the rows and the annotation, not the bytes of
Parquet files, so it does not depend on the version of pyarrow.  ``schema`` is
:func:`zhengwen.release.manifest.schema_digest`, which covers what labels and columns mean and how they are stored, and
``licence`` the SHA-256 of the file ``LICENSE``.  The first lines state neither of these two.
"""

import datetime
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from zhengwen.atomic import replace_file
from zhengwen.errors import ZhengwenError
from zhengwen.files import canonical_json, lines, parse_json, read_text
from zhengwen.paths import LEDGER

#: The patterns of a version and of a date.
VERSION, DATE = r"(?:0|[1-9]\d{0,8})(?:\.(?:0|[1-9]\d{0,8})){2}", r"\d{4}-\d\d-\d\d"


class Entry(NamedTuple):
    """One release: its version, its date in the changelog (``YYYY-MM-DD``), and the digests of what it holds.

    ``schema`` and ``licence`` are empty where they were not recorded.
    """

    version: str
    date: str
    digest: str
    schema: str = ""
    licence: str = ""

    def line(self) -> str:
        """The line of the ledger."""
        return canonical_json(self.recorded()) + "\n"

    def recorded(self) -> dict[str, str]:
        """What the line of the ledger states, by name.

        >>> Entry("3.1.0", "2025-01-01", "a").recorded()
        {'version': '3.1.0', 'date': '2025-01-01', 'digest': 'a'}
        """
        return {name: value for name, value in self._asdict().items() if value}

    def differences(self, other: "Entry") -> list[str]:
        """The names of what both releases state, and state differently.

        >>> Entry("3.1.0", "2025-01-01", "a").differences(Entry("3.1.0", "2025-01-02", "a", "s", "l"))
        ['date']
        """
        stated, others = self.recorded(), other.recorded()
        return [name for name in stated if name in others and stated[name] != others[name]]


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
    zhengwen.release.ledger.LedgerError: releases.jsonl:1: must hold version, date, digest, schema and licence...
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
        is_older = isinstance(record, dict) and tuple(record) == _OLDER and not any(entry.schema for entry in entries)
        if not is_older and (not isinstance(record, dict) or tuple(record) != Entry._fields):
            raise LedgerError(number, "must hold version, date, digest, schema and licence, in this order")
        for name, value in record.items():
            if not isinstance(value, str) or not re.fullmatch(_PATTERNS.get(name, _SHA256), value, re.ASCII):
                raise LedgerError(number, f"{value!r} is not a valid {name}")
        if not is_date(record["date"]):
            raise LedgerError(number, f"{record['date']!r} is not a valid date")
        entry = Entry(**record)
        if entries and version_key(entry.version) <= version_key(entries[-1].version):
            raise LedgerError(number, f"version {entry.version} does not come after {entries[-1].version}")
        if entries and entry.date < entries[-1].date:
            raise LedgerError(number, f"the date {entry.date} is before {entries[-1].date}, of {entries[-1].version}")
        entries.append(entry)
    return entries


_PATTERNS = {"version": VERSION, "date": DATE}
_SHA256 = "[0-9a-f]{64}"
#: What the first lines hold.
_OLDER = Entry._fields[:3]


def is_date(text: str) -> bool:
    """Whether ``text`` (``YYYY-MM-DD``) is a day that exists.

    >>> is_date("2024-02-29"), is_date("2025-02-29")
    (True, False)
    """
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def earlier(entries: Sequence[Entry], version: str) -> list[Entry]:
    """The ``entries`` that were released before ``version``.

    >>> released = [Entry("3.1.0", "2025-01-01", "a"), Entry("3.2.0", "2025-02-06", "b")]
    >>> [entry.version for entry in earlier(released, "3.2.0")]
    ['3.1.0']
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


#: What a field of an entry is of, in words.
_MEANINGS = {
    "date": "another date",
    "digest": "other data",
    "schema": "other labels, definitions or columns",
    "licence": "another licence",
}


def other(names: Sequence[str]) -> str:
    """The fields ``names`` in which a release differs from the one that was recorded, in words.

    >>> other(["digest", "licence"])
    'other data and another licence'
    """
    return " and ".join(_MEANINGS[name] for name in names)


def record(root: Path, entry: Entry) -> bool:
    """Append ``entry`` to the ledger of the repository ``root``, atomically; ``False`` when it is already there.

    Raises :class:`ZhengwenError` when its version is there with other content, or is older than the last release.
    """
    entries = read_ledger(root)
    differing = [entry.differences(released) for released in entries if released.version == entry.version]
    if differing == [[]]:
        return False
    if entries and version_key(entry.version) <= version_key(entries[-1].version):
        reason = (
            f"it is already released, with {other(differing[0])}"
            if differing
            else f"{entries[-1].version} is released, and it is newer"
        )
        raise ZhengwenError(
            f"{LEDGER}: version {entry.version} cannot be released: {reason}",
            fix="raise the version in seeds/corpus.yaml and CHANGELOG.md (`zhengwen diff` says how far), build again",
        )
    path = root / LEDGER
    before = read_text(path) if path.exists() else ""
    replace_file(path, (before + entry.line()).encode("utf-8"))
    return True
