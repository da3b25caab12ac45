"""Level 5, on what was released before: the changelog and the ledger."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from zhengwen.characters import text_findings
from zhengwen.errors import ZhengwenError
from zhengwen.files import read_text
from zhengwen.findings import Finding, rule
from zhengwen.paths import CHANGELOG, LEDGER
from zhengwen.release.changelog import ChangelogError, dates
from zhengwen.release.ledger import Entry, LedgerError, other, parse_ledger, version_key

CHANGELOG_VERSION = rule(
    "changelog-version",
    5,
    "The changelog has a section for the current version.",
    why="Users need to know what an upgrade changes.",
    example="The version was raised, and `CHANGELOG.md` has no section for it.",
    fix="Add a section with the version and the date.",
)
CHANGELOG_FORM = rule(
    "changelog-form",
    5,
    "Each section of the changelog is headed by a version and its date: the newest first, each once, and no date later "
    "than that of a newer version.",
    why="The dates of releases are taken from here, and a heading that cannot be read would hide a version.",
    example="`## [2.1.0] - 2026-02-30`",
    fix="Correct the heading: `## [X.Y.Z] - YYYY-MM-DD`.",
)
LEDGER_FORM = rule(
    "ledger-form",
    5,
    "Each line of the ledger states a version, its date and its digests, in the order of versions and dates.",
    why="Lines are only ever appended to the ledger, so that it records everything that was released.",
    example="A line of `releases.jsonl` is not JSON.",
    fix="Restore the line from version control.",
)
LEDGER_CHANGELOG = rule(
    "ledger-changelog",
    5,
    "The changelog and the ledger state the same earlier versions with the same dates.",
    why="The two must tell the same history.",
    example="A line of `releases.jsonl` was deleted.",
    fix="Restore the line from version control.",
)
VERSION_OLDER = rule(
    "version-older",
    5,
    "The version is not lower than one in the changelog or the ledger.",
    why="Users who have the newer version would never get this one.",
    example="The version was lowered.",
    fix="Raise the version in `seeds/corpus.yaml` and in `CHANGELOG.md`, and run `zhengwen build`.",
)
RELEASE_CHANGED = rule(
    "release-changed",
    5,
    "The data, the schema and the licence of a released version do not change.",
    why="Otherwise nobody could tell which of two sets of data a citation of the version means, what its labels mean, "
    "or what may be done with it.",
    example="Gold was changed after the version was released.",
    fix="Raise the version in `seeds/corpus.yaml` and in `CHANGELOG.md`, and run `zhengwen build`.",
)

_KEEP = "take the line as it was committed; lines are only appended"
_RAISE = "raise the version in seeds/corpus.yaml and CHANGELOG.md, and run `zhengwen build`"


def check(root: Path, version: str) -> Iterator[Finding]:
    """Findings on the changelog and the ledger of a corpus that is at ``version``.

    The release can be compared with them only if there are none.
    """
    path = root / CHANGELOG
    try:
        text = read_text(path) if path.is_file() else ""
        days = dates(text)
    except ChangelogError as error:
        yield CHANGELOG_FORM.broken(CHANGELOG, error.what, line=error.line, fix=error.fix)
        return
    except ZhengwenError as error:
        message = error.message.removeprefix(f"{path}: ")
        yield CHANGELOG_VERSION.broken(CHANGELOG, message, fix="make it a file of UTF-8 that can be read")
        return
    yield from text_findings(CHANGELOG, text)
    newest = next(iter(days), version)
    if version_key(newest) > version_key(version):
        message = f"the newest version is {newest}, and seeds/corpus.yaml states {version}"
        fix = "raise the version in seeds/corpus.yaml, or remove the section"
        yield VERSION_OLDER.broken(CHANGELOG, message, fix=fix)
        return
    if version not in days:
        yield CHANGELOG_VERSION.broken(
            CHANGELOG, f"no section for version {version}", fix=f"add `## [{version}] - <date>`"
        )
        return
    path = root / LEDGER
    try:
        recorded = read_text(path) if path.is_file() else ""
        ledger = parse_ledger(recorded)
    except LedgerError as error:
        yield LEDGER_FORM.broken(LEDGER, error.what, line=error.line, fix=_KEEP)
        return
    except ZhengwenError as error:
        yield LEDGER_FORM.broken(LEDGER, error.message.removeprefix(f"{path}: "), fix=_KEEP)
        return
    yield from text_findings(LEDGER, recorded)
    if ledger and version_key(ledger[-1].version) > version_key(version):
        message = f"{ledger[-1].version} was released already, and seeds/corpus.yaml states {version}"
        yield VERSION_OLDER.broken(LEDGER, message, line=len(ledger), fix=_RAISE)
        return
    yield from _disagreements(days, ledger, version)


def _disagreements(days: dict[str, str], ledger: list[Entry], current: str) -> Iterator[Finding]:
    released = {entry.version: entry for entry in ledger}
    for version in days:
        if version not in released and version != current:
            fix = "put its line back, with the digest in the manifest of that version (data.digest)"
            yield LEDGER_CHANGELOG.broken(LEDGER, f"version {version} of the changelog has no line", fix=fix)
    for line, entry in enumerate(ledger, start=1):
        if days.get(entry.version) != entry.date:
            stated = f"gives {days[entry.version]}" if entry.version in days else "has no section for it"
            message = f"version {entry.version} has the date {entry.date}, the changelog {stated}"
            yield LEDGER_CHANGELOG.broken(LEDGER, message, line=line, field="date", fix=_KEEP)


def check_released(entry: Entry, ledger: Sequence[Entry]) -> Iterator[Finding]:
    """Findings that this version was released with other content; ``entry`` is what the seeds give for it."""
    for line, released in enumerate(ledger, start=1):
        if released.version == entry.version:
            for name in entry.differences(released):
                before, now = released.recorded()[name], entry.recorded()[name]
                message = f"version {entry.version} was released with {other([name])}: {before[:12]}…, now {now[:12]}…"
                yield RELEASE_CHANGED.broken(LEDGER, message, line=line, field=name, fix=_RAISE)
