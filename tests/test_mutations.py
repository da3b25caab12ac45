"""Every mutation of the data is caught by ``zhengwen check``, or is harmless for a stated reason.

The repository is read once and its release computed once.  A mutant that changes what a release is made from is read
anew; any other one is compared with the release that was computed.  Some mutants are judged by the command itself.

A run without the slow tests judges one mutant of every kind and every file in its turn; the slow tests judge all of
them, in two shards that can run at the same time.
"""

import contextlib
import itertools
import os
import random
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import mutations_repository  # noqa: F401  (registers its kinds)
import mutations_schema  # noqa: F401  (registers its kinds)
import pytest
from conftest import run_cli
from mutations import (
    DOCUMENT,
    GOLD,
    KINDS,
    LABELS,
    Folder,
    Kind,
    Link,
    Mutant,
    Pipe,
    gold_file,
    mutants_of,
    originals,
)
from mutations_fields import CORPUS_YAML, fields
from mutations_history import DECISIONS

from zhengwen import Finding
from zhengwen.checks import check_repository, history, level5
from zhengwen.release.build import release
from zhengwen.repository.reading import Repository

#: Names a file to which the slow tests append a table of the kinds, as Markdown: what was tried, and what caught it.
TABLE_VARIABLE = "ZHENGWEN_MUTATION_TABLE"

Verdicts = list[tuple[Mutant, list[Finding]]]


class Workbench:
    """A repository of real files that is damaged and repaired again, mutant after mutant."""

    def __init__(self, root: Path):
        self.root = root
        for path, data in originals().items():
            self._write(path, data)
        self.repository = Repository.read(root)
        self.release = release(self.repository)
        self.release.files()  # computes every part
        assert check_repository(self.repository) == [], "the repository itself is whole"

    def _write(self, path: str, data: bytes | Link | Pipe | Folder | None) -> None:
        file = self.root / path
        if file.is_dir() and not file.is_symlink():
            shutil.rmtree(file)
        else:
            file.unlink(missing_ok=True)
        file.parent.mkdir(parents=True, exist_ok=True)
        match data:
            case bytes():
                file.write_bytes(data)
            case Link(target):
                file.symlink_to(target)
            case Pipe():
                os.mkfifo(file)
            case Folder():
                file.mkdir()

    @contextlib.contextmanager
    def damaged(self, mutant: Mutant) -> Iterator[Path]:
        """The repository with the damage of ``mutant``."""
        for path, data in mutant.files.items():
            self._write(path, data)
        try:
            yield self.root
        finally:
            for path in mutant.files:
                self._write(path, originals().get(path))
                for inner in [name for name in originals() if name.startswith(f"{path}/")]:
                    self._write(inner, originals()[inner])
                for folder in self._empty_folders(path):
                    folder.rmdir()

    def _empty_folders(self, path: str) -> Iterator[Path]:
        """The folders above ``path`` that are empty now, the innermost first."""
        for folder in (self.root / path).parents:
            if folder == self.root or any(folder.iterdir()):
                return
            yield folder

    def findings(self, mutant: Mutant) -> list[Finding]:
        """What the checks find in ``mutant``."""
        with self.damaged(mutant):
            if not any(is_source(path) or not isinstance(data, bytes | None) for path, data in mutant.files.items()):
                return level5.check_release(self.repository, self.release)
            same_schema = not any(path.startswith("schema/") for path in mutant.files)
            schema = self.repository.schema if same_schema else None
            return check_repository(Repository.read(self.root, schema=schema))


def is_source(path: str) -> bool:
    """Whether a release is made from this file; JSON Schemas are made like a release."""
    return path.startswith(("seeds/", "schema/", "loaders/")) and not re.match(r"schema/json/.*\.json$", path)


@pytest.fixture(scope="module")
def workbench(tmp_path_factory) -> Workbench:
    return Workbench(tmp_path_factory.mktemp("mutants"))


@pytest.fixture(scope="class")
def verdicts(request, workbench) -> Verdicts:
    """Every mutant that the class selects, with what was found in it."""
    selection: type[JudgesMutants] = request.cls
    mutants = [mutant for kind in selection.kinds() for mutant in selection.selected(kind)]
    return [(mutant, workbench.findings(mutant)) for mutant in mutants]


def test_there_are_enough_kinds():
    assert len(KINDS) >= 212


def test_every_field_is_a_target():
    targets = {target for kind in KINDS.values() for target in kind.targets}
    for path in (*map(gold_file, GOLD), *DECISIONS, DOCUMENT, CORPUS_YAML, LABELS):
        assert {(path, name) for name in fields(path)} <= targets


def test_a_damaged_version_is_caught(workbench):
    assert "changelog-version" in {finding.id for finding in history.check(workbench.root, "99.0.0")}


class JudgesMutants:
    """What holds for any selection of mutants."""

    @classmethod
    def kinds(cls) -> list[Kind]:
        """The kinds that are judged here."""
        return list(KINDS.values())

    @classmethod
    def selected(cls, kind: Kind) -> Iterator[Mutant]:
        """The mutants of a kind that are judged here."""
        return mutants_of(kind)

    def test_every_kind_has_a_mutant(self, verdicts):
        assert {mutant.kind.name for mutant, _ in verdicts} == {kind.name for kind in self.kinds()}

    def test_every_mutant_is_caught_or_harmless(self, verdicts):
        missed = [
            f"{mutant.kind.name} {mutant.number}: {', '.join(mutant.files)}"
            for mutant, findings in verdicts
            if not findings and not mutant.kind.harmless
        ]
        assert missed == []

    def test_nothing_is_found_in_a_harmless_mutant(self, verdicts):
        assert [str(findings[0]) for mutant, findings in verdicts if findings and mutant.kind.harmless] == []

    def test_every_finding_says_where_and_how_to_fix_it(self, verdicts):
        for mutant, findings in verdicts:
            assert len({str(finding) for finding in findings}) == len(findings), mutant.kind.name
            for finding in findings:
                assert finding.file
                assert finding.message
                assert finding.fix


class TestSample(JudgesMutants):
    """One mutant of every kind, and all of the kind that damages each file in its turn."""

    @classmethod
    def selected(cls, kind: Kind) -> Iterator[Mutant]:
        return itertools.islice(mutants_of(kind), None if kind.name == "each file cut in half" else 1)

    def test_every_file_is_damaged(self, verdicts):
        assert originals().keys() <= {path for mutant, _ in verdicts for path in mutant.files}

    def test_the_command_gives_the_same_verdicts(self, verdicts, workbench):
        for mutant, findings in random.Random(2).sample(verdicts, 6):
            with workbench.damaged(mutant) as root:
                done = run_cli("check", root)
            assert done.returncode == (1 if findings else 0), mutant
            printed = done.stdout.decode("utf-8")
            assert all(finding.id in printed for finding in findings), mutant


class Shard(JudgesMutants):
    """All mutants of every second kind."""

    number: int

    @classmethod
    def kinds(cls) -> list[Kind]:
        return list(KINDS.values())[cls.number - 1 :: 2]

    def test_there_are_enough_mutants(self, verdicts):
        assert len(verdicts) >= 2_400

    def test_every_target_is_damaged(self, verdicts):
        damaged = {(mutant.kind.name, mutant.target) for mutant, _ in verdicts}
        assert {(kind.name, target) for kind in self.kinds() for target in kind.targets} <= damaged

    def test_the_table_is_written(self, verdicts):
        text = table(verdicts, f"shard {self.number} of 2")
        assert text.count("\n| ") == len(self.kinds()) + 3
        if file := os.environ.get(TABLE_VARIABLE):
            with Path(file).open("a", encoding="utf-8") as output:
                output.write(text)


@pytest.mark.slow
class TestShard1(Shard):
    number = 1


@pytest.mark.slow
class TestShard2(Shard):
    number = 2


def table(verdicts: Verdicts, title: str) -> str:
    """The kinds with what caught their mutants, as a section of Markdown whose last line has the totals."""
    by_kind: dict[str, list[list[Finding]]] = {}
    for mutant, findings in verdicts:
        by_kind.setdefault(mutant.kind.name, []).append(findings)
    rows = []
    for name, results in by_kind.items():
        ids = Counter(id for findings in results for id in {finding.id for finding in findings})
        caught_by = ", ".join(
            f"{id} {count}" for id, count in sorted(ids.items(), key=lambda item: (-item[1], item[0]))
        )
        harmless = KINDS[name].harmless
        rows.append((name, *_counts(results), f"harmless: {harmless}" if harmless else caught_by))
    rows.append((f"all of {title}", *_counts([findings for _, findings in verdicts]), ""))
    return (
        f"## Mutations, {title}\n\n"
        "`tests/mutations.py` damages one thing at a time in the seeds, the schema and the release, drawn with a fixed "
        "seed. A record that is damaged into another that could be true is found because the release does not follow "
        "from the seeds (level 5); the fourth column counts what the levels below find.\n\n"
        "| kind | tried | caught | below level 5 | by |\n| --- | ---: | ---: | ---: | --- |\n"
        + "".join(f"| {' | '.join(map(str, row))} |\n" for row in rows)
    )


def _counts(results: list[list[Finding]]) -> tuple[int, int, int]:
    """How many mutants were tried, were caught, and were caught below level 5."""
    return (
        len(results),
        sum(map(bool, results)),
        sum(any(finding.level < 5 for finding in findings) for findings in results),
    )


@pytest.mark.slow
def test_a_process_of_its_own_gives_the_same_verdicts(workbench):
    mutants = [mutant for kind in KINDS.values() for mutant in mutants_of(kind)]
    for mutant in random.Random(1).sample(mutants, 12):
        with workbench.damaged(mutant) as root:
            command = [sys.executable, "-m", "zhengwen", "check", str(root)]
            done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
        assert done.returncode == (0 if mutant.kind.harmless else 1), mutant
        assert "Traceback" not in done.stderr
