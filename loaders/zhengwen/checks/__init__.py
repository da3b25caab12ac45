"""The checks in five levels; a level looks only at what the levels below found nothing wrong with.

Levels 1 to 4 are checked while a repository is read (:mod:`zhengwen.repository`); level 5 compares the release with
what the repository gives now.
"""

import dataclasses
from pathlib import Path

import zhengwen.bulk.records  # noqa: F401  (registers a rule)
from zhengwen.checks import level5
from zhengwen.checks.released import verify
from zhengwen.errors import UnknownNameError
from zhengwen.files import lines
from zhengwen.findings import RULES, Finding, Rule
from zhengwen.location import is_copy_of_a_release
from zhengwen.paths import repository_path
from zhengwen.repository.level1 import check_leftovers
from zhengwen.repository.reading import LEVELS as LEVELS_OF_READING
from zhengwen.repository.reading import Repository

LEVELS = (*LEVELS_OF_READING, 5)

__all__ = ["LEVELS", "RULES", "Finding", "Rule", "check", "check_repository", "verify"]


def check(path: Path | str = ".", level: int = 5) -> list[Finding]:
    """Check the repository that ``path`` is, or lies in, up to ``level``; an empty list means that all is well.

    A folder that holds a release by itself is compared with its manifest (:func:`~zhengwen.checks.released.verify`).

    A document is checked at a level only if the levels below found nothing in it, and the release (level 5) only if
    they found nothing at all.  Raises :class:`~zhengwen.errors.ZhengwenError` when ``path`` is in no repository.
    """
    if level not in LEVELS:
        raise UnknownNameError("level", level, map(str, LEVELS))
    if is_copy_of_a_release(path):
        return verify(path)
    return check_repository(Repository.read(repository_path(path), min(level, max(LEVELS_OF_READING))), level)


def check_repository(repository: Repository, level: int = 5) -> list[Finding]:
    """The findings of ``repository``, which has been read; at level 5, those on its release if it has none."""
    findings = [*check_leftovers(repository.root), *repository.findings]
    if level >= 5 and not repository.findings:
        findings += level5.check_release(repository)
    return [with_record(finding, repository.root) for finding in findings]


def with_record(finding: Finding, root: Path) -> Finding:
    """``finding`` with the text of its line as ``record``, if it has a line that can be read."""
    if finding.line is None:
        return finding
    try:
        record = lines((root / finding.file).read_bytes().decode("utf-8"))[finding.line - 1]
    except (OSError, UnicodeDecodeError, IndexError):
        return finding
    return dataclasses.replace(finding, record=record)
