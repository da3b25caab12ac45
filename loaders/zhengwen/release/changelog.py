"""Reads ``CHANGELOG.md``: the versions and their dates.

The date of a release comes from here and never from a clock, so that a build gives the same bytes on any day.
"""

import re
from pathlib import Path

from zhengwen.errors import ZhengwenError
from zhengwen.files import read_text

CHANGELOG = "CHANGELOG.md"

_HEADING = re.compile(r"^## \[(\d+\.\d+\.\d+)\] - (\d{4}-\d{2}-\d{2})$", flags=re.MULTILINE)


def dates(text: str) -> dict[str, str]:
    r"""The date (``YYYY-MM-DD``) of each version that has a section in the changelog ``text``, in the order there.

    >>> dates("# Changelog\n\n## [3.2.0] - 2025-02-06\n\n## [3.1.0] - 2025-01-02\n")
    {'3.2.0': '2025-02-06', '3.1.0': '2025-01-02'}
    """
    return dict(_HEADING.findall(text))


def date_of(root: Path, version: str) -> str:
    """The date of ``version``; raises :class:`ZhengwenError` when the changelog of ``root`` has no section for it."""
    dates_by_version = dates(read_text(root / CHANGELOG))
    if version not in dates_by_version:
        raise ZhengwenError(f"{CHANGELOG}: no section for version {version}", fix=f"add `## [{version}] - YYYY-MM-DD`")
    return dates_by_version[version]
