"""Reads ``CHANGELOG.md``: the versions and their dates.

The date of a release comes from here and never from a clock, so that a build gives the same bytes on any day.
"""

import re
from pathlib import Path

from zhengwen.errors import ZhengwenError
from zhengwen.files import read_text
from zhengwen.paths import CHANGELOG
from zhengwen.release.ledger import DATE, VERSION, is_date, version_key

_HEADING = re.compile(rf"## \[({VERSION})\] - ({DATE})", re.ASCII)


class ChangelogError(ZhengwenError):
    """A heading of the changelog is not valid; ``line`` counts from 1, ``what`` says what is wrong with it."""

    def __init__(self, line: int, message: str):
        super().__init__(f"{CHANGELOG}:{line}: {message}", fix="correct the heading, `## [X.Y.Z] - YYYY-MM-DD`")
        self.line, self.what = line, message


def dates(text: str) -> dict[str, str]:
    r"""The date (``YYYY-MM-DD``) of each version that has a section in the changelog ``text``, newest first.

    Raises :class:`ChangelogError` for a heading of the second level that is not ``## [X.Y.Z] - YYYY-MM-DD`` with a date
    that exists, for a version that is not lower than the one above it, and for a date that is later than the one above
    it.

    >>> dates("# Changelog\n\n## [3.2.0] - 2025-02-06\n\n## [3.1.0] - 2025-01-02\n")
    {'3.2.0': '2025-02-06', '3.1.0': '2025-01-02'}
    """
    by_version: dict[str, str] = {}
    above = None
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.startswith("## "):
            continue
        heading = _HEADING.fullmatch(line)
        if heading is None:
            raise ChangelogError(number, "not a heading of the form `## [X.Y.Z] - YYYY-MM-DD`")
        version, date = heading.groups()
        if not is_date(date):
            raise ChangelogError(number, f"{date} is not a valid date")
        if version in by_version:
            raise ChangelogError(number, f"a second section for version {version}")
        if above and version_key(version) > version_key(above):
            raise ChangelogError(number, f"version {version} stands below {above}; newer versions come first")
        if above and date > by_version[above]:
            raise ChangelogError(
                number, f"version {version} has the date {date}, later than {by_version[above]} of version {above}"
            )
        by_version[version] = date
        above = version
    return by_version


def date_of(root: Path, version: str) -> str:
    """The date of ``version`` in the changelog of the repository ``root``.

    Raises :class:`ZhengwenError` when the changelog has no section for it, and :class:`ChangelogError` when one of its
    headings is not valid.
    """
    dates_by_version = dates(read_text(root / CHANGELOG))
    if version not in dates_by_version:
        raise ZhengwenError(f"{CHANGELOG}: no section for version {version}", fix=f"add `## [{version}] - YYYY-MM-DD`")
    return dates_by_version[version]
