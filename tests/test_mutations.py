"""Every mutation of the data is caught, and the table in docs/checks.md says by what.

The checks are those of ``zhengwen check``, on real files.  What they compute from unchanged files is computed once:
pure functions are remembered by what they are given.  Some mutants are tried without that, by the command itself.
"""

import contextlib
import dataclasses
import random
import subprocess
import sys
from collections import Counter, defaultdict
from unittest import mock

import pytest
from conftest import ROOT
from mutations import DOCUMENT, GOLD, KINDS, LABELS, Mutant, gold_file, mutants, originals
from mutations_fields import CORPUS_YAML, fields
from mutations_history import DECISIONS

import zhengwen
from zhengwen import check
from zhengwen.checks import guide, history, level1, level2, level3, level4, level5, passes
from zhengwen.document import Document
from zhengwen.release import build, card
from zhengwen.release.build import Release
from zhengwen.schema import Shape


class Bench:
    """A repository of real files that is damaged and put right again, mutant after mutant."""

    def __init__(self, root):
        self.root = root
        self.files = originals()
        for path, data in self.files.items():
            self._write(path, data)
        self._clean = build.release(root)
        self._kept: list = []
        self._mutant: Mutant | None = None

    def _write(self, path: str, data: bytes | None) -> None:
        file = self.root / path
        if data is None:
            file.unlink(missing_ok=True)
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)

    @contextlib.contextmanager
    def damaged(self, mutant: Mutant):
        self._mutant = mutant
        for path, data in mutant.files.items():
            self._write(path, data)
        try:
            yield self.root
        finally:
            self._mutant = None
            for path in mutant.files:
                self._write(path, self.files.get(path))

    def found_by(self, mutant: Mutant) -> list:
        with self.damaged(mutant) as root:
            return check(root)

    def release(self, root):
        made = self._release(root)
        self._kept.append(made)  # what is remembered by its identity must stay
        return made

    def _release(self, root):
        """As the build makes it; where only gold was changed, the released annotation alone is made anew."""
        changed = list(self._mutant.files) if self._mutant else []
        inputs = [path for path in changed if path.startswith(("seeds/", "schema/")) and "/json/" not in path]
        if not inputs:
            # What a release is made from besides: what was released before, and the day of this version.
            ledger, date = build.read_ledger(root), build.date_of(root, zhengwen.__version__)
            made = dataclasses.replace(self._clean, ledger=ledger, date=date)
            made.__dict__["digests"] = self._clean.digests
            return made
        if not all("/gold/" in path for path in inputs):
            return build.release(root)
        texts = build._annotations([build.read_seed(folder) for folder in build.seed_folders(root)])
        # What differs here differs in the whole release too; where nothing does, it is made after all.
        if all(self._clean.texts[path] == text for path, text in texts.items()):
            return build.release(root)
        made = dataclasses.replace(self._clean, texts={**self._clean.texts, **texts})
        made.__dict__["digests"] = self._clean.digests
        return made


def remembering(function, key):
    """``function``, computed once for each ``key`` of its arguments."""
    known: dict = {}

    def once(*arguments):
        name = key(*arguments)
        if name not in known:
            try:
                known[name] = (function(*arguments), None)
            except Exception as error:
                known[name] = (None, error)
        value, error = known[name]
        if error:
            raise error
        return value

    return once


def _files(folder, pattern="*"):
    return tuple((str(path), path.read_bytes()) for path in sorted(folder.rglob(pattern)) if path.is_file())


def _tree(folder):
    return str(folder), _files(folder, "*.yaml")


def _document(original):
    """``Document.from_seed``: all that it computes it computes from these; the gold is handed through."""
    known: dict = {}

    def from_seed(seed, schema):
        names = tuple((one.text, one.type) for one in seed.gold["entities"])
        key = (seed.text, seed.received, repr(seed.about), names, id(schema))
        if key not in known:
            known[key] = original(seed, schema)
        made = known[key]
        return Document(seed.id, made.provenance, made._texts, made._alignments, seed.gold)

    return from_seed


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    bench = Bench(tmp_path_factory.mktemp("mutants"))
    yaml = remembering(level1.read_yaml, lambda path: (path, path.read_bytes() if path.is_file() else None))
    schema = remembering(level2.read_schema, _tree)
    problems = remembering(Shape.problems, lambda shape, record: (id(shape), repr(record)))
    with contextlib.ExitStack() as stack:
        for module in (level1, level2, build):
            stack.enter_context(mock.patch.object(module, "read_yaml", yaml))
        for module in (level2, build):
            stack.enter_context(mock.patch.object(module, "read_schema", schema))
        stack.enter_context(mock.patch.object(Shape, "problems", lambda shape, record: problems(shape, record)))
        stack.enter_context(mock.patch.object(Document, "from_seed", _document(Document.from_seed)))
        read = remembering(
            passes.read_passes,
            lambda folder, seed, schema: (_files(folder / "annotators"), seed.text, repr(seed.about), id(schema)),
        )
        stack.enter_context(mock.patch.object(passes, "read_passes", read))
        modelled = remembering(level3.modelled_received, lambda seed, text: (text, seed.received, repr(seed.about)))
        stack.enter_context(mock.patch.object(level3, "modelled_received", modelled))
        stack.enter_context(mock.patch.object(level5, "release", bench.release))
        rows = remembering(
            lambda subject, made, config: list(_ROWS(subject, made, config)),
            lambda subject, made, config: (
                id(made.rows[config]),
                config,
                (subject.root / "corpus" / level5.data_file(config)).read_bytes(),
            ),
        )
        stack.enter_context(mock.patch.object(level5, "_rows", rows))
        shapes = remembering(lambda made: list(_SHAPES(made)), lambda made: (id(made.rows), id(made.schema)))
        stack.enter_context(mock.patch.object(level5, "_shapes", shapes))
        described = remembering(
            Release.describe,
            lambda made, parquet, tools: (
                id(made.rows),
                id(made.schema),
                made.date,
                repr((made.about, made.ledger, tools)),
                *made.texts.items(),
                *parquet.items(),
            ),
        )
        stack.enter_context(
            mock.patch.object(Release, "describe", lambda made, parquet, tools=None: described(made, parquet, tools))
        )
        stack.enter_context(mock.patch.object(card, "AgreementTable", remembering(card.AgreementTable, repr)))
        records = remembering(
            _read_records,
            lambda document, path, shape, schema: (document.id, str(path), path.read_bytes(), shape, id(schema)),
        )

        def of_file(document, path, shape, found, schema):
            read, findings = records(document, path, shape, schema)
            found += read
            return findings

        stack.enter_context(mock.patch.object(level2, "_records", of_file))
        for module in (level2, level3, level4):
            run = remembering(_listed(module.run_document), _document_and_schema)
            stack.enter_context(mock.patch.object(module, "run_document", run))
        page = guide.page()
        stack.enter_context(mock.patch.object(guide, "page", lambda: page))
        assert check(bench.root) == [], "the repository itself is whole"
        yield bench


_ROWS, _SHAPES, _RECORDS = level5._rows, level5._shapes, level2._records


def _read_records(document, path, shape, schema):
    found: list = []
    findings = list(_RECORDS(document, path, shape, found, schema))
    return found, findings


def _listed(function):
    return lambda *arguments: list(function(*arguments))


def _document_and_schema(document, subject_or_schema):
    # What a level finds in a document depends on the files of its folder and on the schema, and is handed on by the
    # document to the next level, which is remembered when this one is.
    return *_files(document.folder), id(getattr(subject_or_schema, "schema", subject_or_schema))


@pytest.fixture(scope="module")
def tried(bench):
    """Every mutant with what was found in it."""
    return [(mutant, bench.found_by(mutant)) for mutant in mutants()]


def test_there_are_enough(tried):
    assert len(KINDS) >= 40
    assert len(tried) >= 2_000
    counts = Counter(mutant.kind.name for mutant, _ in tried)
    assert counts.keys() == KINDS.keys(), "every kind can do something"


def test_every_file_and_every_field_has_its_turn(tried):
    damaged = {path for mutant, _ in tried for path in mutant.files}
    assert originals().keys() <= damaged
    for path in (*map(gold_file, GOLD), *DECISIONS, DOCUMENT, CORPUS_YAML, LABELS):
        turns = {
            one[1]
            for mutant, _ in tried
            for one in mutant.kind.places
            if isinstance(one, tuple) and one[0] == path and mutant.files.get(path)
        }
        assert fields(path).keys() <= turns, path


def test_every_mutant_is_caught_or_harmless(tried):
    missed = [
        f"{mutant.kind.name} {mutant.number}: {', '.join(mutant.files)}"
        for mutant, found in tried
        if not found and not mutant.kind.harmless
    ]
    assert missed == []


def test_what_is_harmless_is(tried):
    assert [str(found[0]) for mutant, found in tried if found and mutant.kind.harmless] == []


def test_every_finding_says_where_and_how_to_mend_it(tried):
    for mutant, found in tried:
        assert len({str(one) for one in found}) == len(found), mutant.kind.name
        for one in found:
            assert one.file
            assert one.message
            assert one.fix


def test_a_damaged_version_is_caught(bench, monkeypatch):
    monkeypatch.setattr(history, "__version__", "99.0.0")
    assert "changelog-version" in {one.id for one in check(bench.root)}


def table(tried) -> str:
    kinds: dict[str, list] = defaultdict(list)
    for mutant, found in tried:
        kinds[mutant.kind.name].append(found)
    rows = []
    for name, results in kinds.items():
        ids = Counter(id for found in results for id in {one.id for one in found})
        told = ", ".join(f"{id} {count}" for id, count in sorted(ids.items(), key=lambda one: (-one[1], one[0])))
        before = sum(any(one.level < 5 for one in found) for found in results)
        harmless = KINDS[name].harmless
        caught = sum(map(bool, results))
        rows.append(
            f"| {name} | {len(results)} | {caught} | {before} | {f'harmless: {harmless}' if harmless else told} |"
        )
    total = [len(tried), sum(bool(found) for _, found in tried)]
    before = sum(any(one.level < 5 for one in found) for _, found in tried)
    return (
        "\n## Mutations\n\n"
        "`tests/mutations.py` damages one thing at a time in the seeds, the schema and the release, chosen by chance "
        f"from a fixed seed: {total[0]} mutants of {len(kinds)} kinds, {total[1]} of them caught. A record that is "
        "damaged into another that could be true is found because the release does not follow from the seeds "
        "(level 5); the fourth column counts what the levels below find. Made by "
        "`pytest tests/test_mutations.py --update-golden`.\n\n"
        "| kind | tried | caught | below level 5 | by |\n| --- | ---: | ---: | ---: | --- |\n"
        + "".join(row + "\n" for row in rows)
        + f"| all | {total[0]} | {total[1]} | {before} | |\n"
    )


def test_the_table_in_the_docs(tried, request):
    page = ROOT / guide.PAGE
    above, mark, below = page.read_text(encoding="utf-8").partition(guide.REST)
    made = table(tried)
    if request.config.getoption("--update-golden"):
        page.write_text(above + mark + made, encoding="utf-8", newline="\n")
        below = made
    assert below == made, "run `pytest tests/test_mutations.py --update-golden`"


def test_nothing_remembered_changes_a_verdict(tmp_path):
    # A sample by the command, in a process of its own each, on files alone.
    bench = Bench(tmp_path)
    sample = random.Random(1).sample(list(mutants()), 12)
    for mutant in sample:
        with bench.damaged(mutant) as root:
            command = [sys.executable, "-m", "zhengwen", "check", str(root)]
            done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
        assert done.returncode == (0 if mutant.kind.harmless else 1), mutant
        assert "Traceback" not in done.stderr
