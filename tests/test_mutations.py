"""Every mutation of the data is caught by ``zhengwen check``, or is harmless for a stated reason.

The repository is read once and its release computed once.  A mutant that changes what a release is made from is read
anew; any other one is compared with the release that was computed.  Some mutants are judged by the command itself.

A run without the slow tests judges one mutant of every kind and every file in its turn; the slow tests judge all of
them, in two shards that can run at the same time.
"""

import contextlib
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest
from conftest import run_cli
from mutations import DOCUMENT, GOLD, KINDS, LABELS, Kind, Mutant, gold_file, mutants_of, originals
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

    def _write(self, path: str, data: bytes | None) -> None:
        file = self.root / path
        if data is None:
            file.unlink(missing_ok=True)
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)

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

    def findings(self, mutant: Mutant) -> list[Finding]:
        """What the checks find in ``mutant``."""
        with self.damaged(mutant):
            if not any(is_source(path) for path in mutant.files):
                return level5.check_release(self.repository, self.release)
            same_schema = not any(path.startswith("schema/") for path in mutant.files)
            schema = self.repository.schema if same_schema else None
            return check_repository(Repository.read(self.root, schema=schema))


def is_source(path: str) -> bool:
    """Whether a release is made from this file; JSON Schemas are made like a release."""
    return path.startswith(("seeds/", "schema/")) and not path.startswith("schema/json/")


@pytest.fixture(scope="module")
def workbench(tmp_path_factory) -> Workbench:
    return Workbench(tmp_path_factory.mktemp("mutants"))


class JudgesMutants:
    """What holds for any selection of mutants."""

    @staticmethod
    def kinds() -> list[Kind]:
        """The kinds that are judged here."""
        return list(KINDS.values())

    @staticmethod
    def selected(kind: Kind) -> Iterator[Mutant]:
        """The mutants of a kind that are judged here."""
        return mutants_of(kind)

    @pytest.fixture(scope="class")
    def verdicts(self, request, workbench) -> Verdicts:
        """Every selected mutant with what was found in it."""
        selection = request.cls
        mutants = [mutant for kind in selection.kinds() for mutant in selection.selected(kind)]
        return [(mutant, workbench.findings(mutant)) for mutant in mutants]

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

    @staticmethod
    def selected(kind: Kind) -> Iterator[Mutant]:
        return islice(mutants_of(kind), None if kind.name == "each file cut in half" else 1)

    def test_every_file_is_damaged(self, verdicts):
        assert originals().keys() <= {path for mutant, _ in verdicts for path in mutant.files}


class Shard(JudgesMutants):
    """All mutants of every second kind."""

    first: int

    @classmethod
    def kinds(cls) -> list[Kind]:
        return list(KINDS.values())[cls.first :: 2]

    def test_there_are_enough_mutants(self, verdicts):
        assert len(verdicts) >= 1_700

    def test_every_field_is_damaged(self, verdicts):
        damaged = {(mutant.kind.name, mutant.place) for mutant, _ in verdicts}
        for kind in self.kinds():
            if kind.every_field_of:
                ...

    def test_the_table_is_written_where_it_is_asked_for(self, verdicts):
        file = os.environ.get(TABLE_VARIABLE)
        if file:
            with Path(file).open("a", encoding="utf-8") as output:
                output.write(table(verdicts))
