"""The checks, in five levels; a level looks only at what the levels below found whole."""

import dataclasses
from pathlib import Path

from zhengwen.checks import generated, level1, level2, level3, level4, level5
from zhengwen.checks.finding import RULES, Finding, Rule
from zhengwen.checks.subject import Subject
from zhengwen.errors import UnknownNameError
from zhengwen.files import lines
from zhengwen.paths import repository_path

LEVELS = (1, 2, 3, 4, 5)

__all__ = ["LEVELS", "RULES", "Finding", "Rule", "check"]


def check(path: Path | str = ".", level: int = 5) -> list[Finding]:
    """Check the repository that ``path`` is, or lies in, up to ``level``; an empty list means that all is well.

    A document is looked at by a level only when the levels below found nothing in it, and the release (level 5) only
    when nothing at all was found.  Raises :class:`~zhengwen.errors.ZhengwenError` when ``path`` is in no repository.
    """
    if level not in LEVELS:
        raise UnknownNameError("level", level, map(str, LEVELS))
    subject = Subject.of(repository_path(path))
    findings = list(level1.run(subject))
    by_document = {document.id: list(level1.run_document(document)) for document in subject.documents}
    if level >= 2 and not findings:
        findings += level2.run(subject)
    if subject.schema:
        for document in subject.documents:
            found = by_document[document.id]
            steps = (
                lambda one: level2.run_document(one, subject),
                lambda one: level3.run_document(one, subject.schema),
                lambda one: level4.run_document(one, subject.schema),
            )
            for number, step in enumerate(steps, start=2):
                if number <= level and not found:
                    found += step(document)
    findings += [finding for found in by_document.values() for finding in found]
    if level >= 5 and not findings:
        findings += level5.run(subject)
        # Both are mended by one build: what it makes besides is looked at where the release itself is whole.
        findings += [] if findings else generated.run(subject.root, subject.schema)
    found = sorted(findings, key=lambda one: (one.file, one.line or 0, one.id, one.field))
    return [_with_record(one, subject.root) for one in found]


def _with_record(finding: Finding, root: Path) -> Finding:
    """The finding with the line that it is about, where that can be read."""
    if finding.line is None:
        return finding
    try:
        record = lines((root / finding.file).read_bytes().decode("utf-8"))[finding.line - 1]
    except (OSError, UnicodeDecodeError, IndexError):
        return finding
    return dataclasses.replace(finding, record=record)
