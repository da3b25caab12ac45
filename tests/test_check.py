"""The checks: every rule has a bad file that violates it, and it alone."""

import json
import os
import re
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml
from cases import cases
from conftest import ARTICLE, copy_repository, run_cli, tree

import zhengwen
from zhengwen import check
from zhengwen.checks import RULES, generated
from zhengwen.checks.guide import explain, page
from zhengwen.editions import EDITIONS
from zhengwen.errors import UnknownNameError, ZhengwenError
from zhengwen.folders import entries
from zhengwen.load import Corpus
from zhengwen.release.build import release, write_release
from zhengwen.release.changelog import date_of
from zhengwen.release.layout import data_file
from zhengwen.release.ledger import Entry, record
from zhengwen.release.manifest import schema_digest, sha256
from zhengwen.repository.reading import Repository
from zhengwen.rows import FAMILIES
from zhengwen.schema import read_schema

CASES = cases("check")


def path_of(name: str) -> str:
    """The path in the repository of a file of a case: a file of the article, unless its first folder is another one."""
    top = name.split("/")[0]
    tops = ("seeds", "schema", "corpus", "docs", "loaders", "CHANGELOG.md", "releases.jsonl")
    return name if top in tops or top.startswith(".zhengwen-") else f"seeds/{ARTICLE}/{name}"


def edit(repository: Path, change: dict) -> None:
    """Apply one edit of a case (``tests/cases/README.md``)."""
    path = repository / path_of(change["file"])
    if "delete" in change:
        remove(path)
        return
    if "link" in change or "pipe" in change:
        remove(path)
        path.symlink_to(change["link"]) if "link" in change else os.mkfifo(path)
        return
    if "folder" in change:
        path.mkdir()
        return
    if "released" in change:
        append_release(repository, **change["released"])
        return
    if "write" in change:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(change["write"].replace("{version}", zhengwen.__version__).encode("utf-8"))
        return
    data = path.read_bytes()
    if "append" in change:
        day = date_of(repository, zhengwen.__version__)
        line = change["append"].replace("{version}", zhengwen.__version__).replace("{date}", day)
        path.write_bytes(data + line.encode("utf-8"))
        return
    if "prepend" in change:
        path.write_bytes(bytes.fromhex(change["prepend"]) + data)
        return
    text = data.decode("utf-8")
    if "replace" in change:
        old, new = (words.replace("{version}", zhengwen.__version__) for words in change["replace"])
        assert text.count(old) >= 1 if change.get("all") else text.count(old) == 1, (old, text.count(old))
        text = text.replace(old, new)
    else:
        lines = text.removesuffix("\n").split("\n")
        index = change["line"] - 1
        if "set" in change:
            lines[index] = json.dumps(json.loads(lines[index]) | change["set"], ensure_ascii=False)
        elif "insert" in change:
            lines.insert(index, change["insert"])
        else:
            assert change["drop"]
            del lines[index]
        text = "".join(f"{line}\n" for line in lines)
    path.write_bytes(text.encode("utf-8"))


def remove(path: Path) -> None:
    """Remove a file or folder, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def append_release(repository: Path, **changes: str) -> None:
    """Append this version to the ledger, as it is built in ``repository``, with ``changes`` to its line."""
    corpus = repository / "corpus"
    manifest = json.loads((corpus / "manifest.json").read_text(encoding="utf-8"))
    entry = Entry(
        manifest["version"],
        manifest["date"],
        manifest["data"]["digest"],
        schema_digest(
            read_schema(repository / "schema"), (repository / "schema" / "GUIDELINES.md").read_text(encoding="utf-8")
        ),
        sha256((corpus / "LICENSE").read_bytes()),
    )
    assert record(repository, entry._replace(**changes))


def restore(repository: Path, files: Mapping[str, bytes]) -> None:
    """Make ``repository`` hold ``files`` again, and nothing else."""
    for path in [entry.path for entry in entries(repository) if entry.special]:
        path.unlink()
    changed = tree(repository)
    for name in changed.keys() - files.keys():
        (repository / name).unlink()
    for name, data in files.items():
        if changed.get(name) != data:
            remove(repository / name)
            (repository / name).parent.mkdir(parents=True, exist_ok=True)
            (repository / name).write_bytes(data)
    for folder in sorted((path for path in repository.rglob("*") if path.is_dir()), reverse=True):
        if not any(folder.iterdir()):
            folder.rmdir()


@pytest.fixture(scope="module")
def pristine(tmp_path_factory) -> tuple[Path, dict[str, bytes]]:
    """A copy of the repository that the tests of this module share, and its files."""
    folder = copy_repository(tmp_path_factory.mktemp("check") / "repository")
    return folder, tree(folder)


@pytest.fixture
def shared(pristine) -> Iterator[Path]:
    """The shared copy of the repository; what a test changes in it is restored afterwards."""
    folder, files = pristine
    yield folder
    restore(folder, files)


def line_of(repository: Path, finding: dict) -> int | None:
    """The line of a finding; -1 is the last line of its file, and a text stands for the first line that holds it."""
    line = finding.get("line")
    if line != -1 and not isinstance(line, str):
        return line
    lines = (repository / path_of(finding["file"])).read_text(encoding="utf-8").removesuffix("\n").split("\n")
    return len(lines) if line == -1 else next(n for n, text in enumerate(lines, start=1) if line in text)


@pytest.mark.parametrize("case", CASES)
def test_a_bad_file_gives_exactly_its_findings(case, shared):
    for change in case["edits"]:
        edit(shared, change)
    before = tree(shared)
    findings = check(shared)
    expected = [
        (finding["id"], path_of(finding["file"]), line_of(shared, finding), finding.get("field", ""))
        for finding in case["findings"]
    ]
    actual = [(finding.id, finding.file, finding.line, finding.field) for finding in findings]
    assert Counter(actual) == Counter(expected), [*map(str, findings)]
    assert case["says"] in findings[0].message
    for finding in findings:
        assert finding.fix
        assert finding.level == RULES[finding.id].level
        assert re.match(r"[^:\s]+(:\d+)?: \[[a-z0-9-]+\] \S", str(finding))
    assert tree(shared) == before


#: The first case of each level.
SAMPLE = {RULES[case.values[0]["findings"][0]["id"]].level: case.values[0] for case in reversed(CASES)}


@pytest.mark.parametrize("level", sorted(SAMPLE))
def test_the_command_prints_the_findings(shared, level):
    for change in SAMPLE[level]["edits"]:
        edit(shared, change)
    before = tree(shared)
    process = run_cli("check", "--all", cwd=shared)
    findings = check(shared)
    assert process.returncode == 1
    printed = [line for line in process.stdout.decode("utf-8").splitlines() if line and not line.startswith("    ")]
    assert printed == [str(finding) for finding in findings] != []
    assert process.stderr.decode("utf-8").startswith(f"{len(findings)} finding")
    assert tree(shared) == before


def test_every_level_has_a_sample():
    assert sorted(SAMPLE) == [1, 2, 3, 4, 5]


#: The cases in which only the schema was changed.
OF_THE_SCHEMA = [
    case
    for case in CASES
    if all(path_of(change["file"]).startswith(("schema/gold", "schema/rows")) for change in case.values[0]["edits"])
]


def assert_build_is_refused(repository: Path, *options: str) -> str:
    """``build`` must fail with one error and without a traceback, and write nothing; returns what it prints."""
    before = tree(repository)
    process = run_cli("build", repository, *options)
    messages = process.stderr.decode("utf-8")
    assert (process.returncode, process.stdout) == (1, b""), messages
    assert sum(line.startswith("error: ") for line in messages.splitlines()) == 1
    assert "Traceback" not in messages
    assert tree(repository) == before
    return messages


@pytest.mark.parametrize("case", OF_THE_SCHEMA)
def test_nothing_is_built_by_a_wrong_schema(case, shared):
    for change in case["edits"]:
        edit(shared, change)
    for options in ([], ["--release"]):
        messages = assert_build_is_refused(shared, *options)
        assert case["findings"][0]["file"] in messages


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("change", ["added", "removed"])
def test_a_field_that_the_shape_of_rows_gains_or_loses(shared, family, change):
    path = shared / "schema" / "rows" / f"{family}.yaml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    field = "mood" if change == "added" else list(content["fields"])[1]
    if change == "added":
        content["fields"][field] = {"type": "string", "nullable": True}
    else:
        del content["fields"][field]
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
    (finding,) = check(shared)
    assert (finding.id, finding.file) == ("row-shape", f"schema/rows/{family}.yaml")
    assert re.fullmatch(rf"not in both the shape and the rows of {family}[\w-]*: {field}", finding.message)
    for options in ([], ["--release"]):
        assert finding.message in assert_build_is_refused(shared, *options)


@pytest.mark.parametrize(
    ("source", "message"),
    [("stances-hant", "its rows are not what the seeds give"), ("ner-hans", "its columns are not those of the schema")],
)
def test_a_parquet_file_with_other_rows(shared, source, message):
    target = data_file("stances-hans")
    shutil.copy(shared / "corpus" / data_file(source), shared / "corpus" / target)
    (finding,) = check(shared)
    assert (finding.id, finding.file, finding.message) == ("corpus-stale", f"corpus/{target}", message)


@pytest.mark.parametrize("old", ['"favor", "against"', '"names"'])
def test_a_parquet_file_with_other_features(shared, old):
    """The rows are right, and loaders would decode them as others: they take the labels from these features."""
    path = shared / "corpus" / data_file("stances-hans")
    table = pq.read_table(path)
    features = table.schema.metadata[b"huggingface"].decode("utf-8")
    new = {'"favor", "against"': '"against", "favor"', '"names"': '"Names"'}[old]
    metadata = {"huggingface": features.replace(old, new)}
    assert metadata["huggingface"] != features
    pq.write_table(table.replace_schema_metadata(metadata), path)
    (finding,) = check(shared)
    assert (finding.id, finding.message) == ("corpus-stale", "its features are not those of the schema")


@pytest.mark.parametrize("edition", ["hans", "hant", "hant-tw", "received"])
def test_documents_that_lack_a_text(shared, edition):
    path = shared / "corpus" / data_file("documents")
    pq.write_table(pq.read_table(path).drop_columns(EDITIONS[edition].column), path)
    (finding,) = check(shared)
    assert (finding.id, finding.file) == ("corpus-stale", f"corpus/{data_file('documents')}")
    with pytest.raises(ZhengwenError, match="the manifest says") as caught:
        Corpus.open(shared / "corpus")
    assert caught.value.fix


def test_a_release_that_a_reader_cannot_open(shared, monkeypatch):
    # Every file is what the build gives: the build itself, and what describes its files, lack a text.
    edit(shared, next(case for case in CASES if "lists its texts" in case.values[0]["name"]).values[0]["edits"][0])
    document_rows = FAMILIES["documents"]

    def without_a_text(*arguments):
        return [
            {name: value for name, value in row.items() if name != "text_hant_tw"} for row in document_rows(*arguments)
        ]

    monkeypatch.setitem(FAMILIES, "documents", without_a_text)
    repository = Repository.read(shared)
    write_release(release(repository), shared)
    generated.write(shared, repository.schema)
    (finding,) = check(shared)
    assert (finding.id, finding.file) == ("corpus-stale", "corpus")
    assert "a reader cannot open the release" in finding.message
    assert f"{ARTICLE} has no text in hant-tw" in finding.message


#: Rules whose bad file cannot be written as edits: that of a pass has a test below, those of a copy of a release have
#: theirs in test_load.py, and that of a file of records in test_check_input.py.
_IN_TESTS = {"pass-unreadable", "release-digest", "release-rows", "unreadable"}


@pytest.mark.parametrize("path", ["LICENSE", "manifest.json", data_file("documents")])
def test_a_link_to_itself_is_a_finding(shared, path):
    edit(shared, {"file": f"corpus/{path}", "link": Path(path).name})
    assert {(finding.id, finding.file) for finding in check(shared)} == {("special-file", f"corpus/{path}")}


def test_a_folder_in_the_place_of_a_schema_is_a_finding(shared):
    file = shared / "schema" / "types.yaml"
    file.rename(shared / "schema" / "moved")
    file.mkdir()
    (shared / "schema" / "moved").rename(file / "types.yaml")
    (finding,) = check(shared)
    assert (finding.id, finding.file) == ("unknown-file", "schema/types.yaml/types.yaml")


def test_every_rule_has_a_bad_file():
    violated = {finding["id"] for case in CASES for finding in case.values[0]["findings"]}
    assert violated | _IN_TESTS == set(RULES)


@pytest.mark.parametrize("id", sorted(RULES.keys() - _IN_TESTS))
def test_every_rule_alone(id):
    # A bad file that violates two rules proves neither.  Its valid twin is the file before the edits
    # (test_the_repository_has_no_findings).
    assert any({finding["id"] for finding in case.values[0]["findings"]} == {id} for case in CASES)


def test_every_rule_is_explained():
    for id, rule in RULES.items():
        parts = (rule.what, rule.why, rule.example, rule.fix)
        assert all(parts)
        assert all(part in explain(id) for part in parts)
        assert all(part in page() for part in parts)
    with pytest.raises(UnknownNameError, match="unknown rule 'shapes'"):
        explain("shapes")


def test_names_of_rules():
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", id) for id in RULES)


def test_the_repository_has_no_findings(root, shared):
    assert check(root) == []
    assert check(shared) == []
    process = run_cli("check", root)
    assert (process.returncode, process.stdout, process.stderr) == (0, b"", b"all well\n")


def test_a_pass_that_cannot_be_read(shared):
    # Its digest is on record: this pass was bad from the start.
    edit(shared, {"file": "annotators/pass-a/stances.jsonl", "line": 3, "set": {"label": 1}})
    (finding,) = check(shared)
    assert finding.id == "pass-changed"
    recorded, actual = re.findall("[0-9a-f]{64}", finding.message)[::-1]
    edit(shared, {"file": "document.yaml", "replace": [recorded, actual]})
    (finding,) = check(shared)
    assert (finding.id, finding.line) == ("pass-unreadable", 3)
    assert finding.file == f"seeds/{ARTICLE}/annotators/pass-a/stances.jsonl"
    assert "label: must be of type string, is an integer" in finding.message


def test_a_level_checks_no_higher_level(shared):
    edit(shared, {"file": "gold/stances.jsonl", "line": 1, "set": {"target": "moon"}})
    assert check(shared, level=3) == []
    assert [finding.id for finding in check(shared, level=4)] == ["unknown-label"]


def test_each_document_is_checked_by_itself(shared):
    # What is wrong with one document hides nothing that is wrong with another.
    second = shared / "seeds" / "second"
    shutil.copytree(shared / "seeds" / ARTICLE, second)
    (second / "text.txt").write_bytes(b"\xff")
    edit(shared, {"file": "gold/entities.jsonl", "line": 1, "set": {"text": "x"}})
    assert {(finding.id, finding.file.split("/")[1]) for finding in check(shared)} == {
        ("not-utf8", "second"),
        ("surface-mismatch", ARTICLE),
    }


def test_a_path_without_a_repository_and_an_unknown_level(tmp_path):
    with pytest.raises(ZhengwenError, match="not inside a zhengwen repository"):
        check(tmp_path)
    with pytest.raises(UnknownNameError, match="unknown level 6; there are: 1, 2, 3, 4, 5"):
        check(level=6)


def test_findings_as_json(shared):
    edit(shared, {"file": "gold/entities.jsonl", "line": 1, "set": {"text": "x"}})
    process = run_cli("check", shared, "--format", "json")
    assert process.returncode == 1
    (finding,) = [json.loads(line) for line in process.stdout.decode("utf-8").splitlines()]
    assert (finding["id"], finding["line"], finding["field"]) == ("surface-mismatch", 1, "text")


def test_a_ledger_with_windows_line_ends(repository):
    path = repository / "releases.jsonl"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert [(finding.id, finding.file) for finding in check(repository)] == [("carriage-return", "releases.jsonl")]


def test_guidelines_of_a_released_version_do_not_change(repository):
    record(repository, release(Repository.read(repository)).entry)
    path = repository / "schema" / "GUIDELINES.md"
    path.write_text(path.read_text(encoding="utf-8") + "One more rule.\n", encoding="utf-8", newline="\n")
    run_cli("build", str(repository))
    assert [(finding.id, finding.field) for finding in check(repository)] == [("release-changed", "schema")]
