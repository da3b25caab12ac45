"""The checks: every rule has a bad file that breaks it, and it alone."""

import json
import re
import shutil
from collections import Counter
from pathlib import Path

import pytest
from cases import cases
from conftest import ARTICLE, tree

import zhengwen
from zhengwen import check
from zhengwen.checks import RULES
from zhengwen.checks.guide import advice, explain
from zhengwen.cli.main import main
from zhengwen.errors import UnknownNameError, ZhengwenError
from zhengwen.release.changelog import date_of

CASES = cases("check")


def path_of(name: str) -> str:
    """A file of a case: one of the article's, unless it names a folder of the repository."""
    top = name.split("/")[0]
    tops = ("seeds", "schema", "corpus", "docs", "CHANGELOG.md", "releases.jsonl")
    return name if top in tops or top.startswith(".corpus-") else f"seeds/{ARTICLE}/{name}"


def edit(repository: Path, change: dict) -> None:
    """Do one edit of a case (``tests/cases/README.md``)."""
    path = repository / path_of(change["file"])
    if "delete" in change:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
        return
    if "write" in change:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(change["write"].encode("utf-8"))
        return
    data = path.read_bytes()
    if "append" in change:
        day = date_of(repository, zhengwen.__version__)
        line = change["append"].replace("{version}", zhengwen.__version__).replace("{date}", day)
        path.write_bytes(path.read_bytes() + line.encode("utf-8"))
        return
    if "prepend" in change:
        path.write_bytes(bytes.fromhex(change["prepend"]) + data)
        return
    text = data.decode("utf-8")
    if "replace" in change:
        old, new = (one.replace("{version}", zhengwen.__version__) for one in change["replace"])
        assert text.count(old) >= 1 if change.get("all") else text.count(old) == 1, (old, text.count(old))
        text = text.replace(old, new)
    else:
        lines = text.removesuffix("\n").split("\n")
        at = change["line"] - 1
        if "set" in change:
            lines[at] = json.dumps(json.loads(lines[at]) | change["set"], ensure_ascii=False)
        elif "insert" in change:
            lines.insert(at, change["insert"])
        else:
            assert change["drop"]
            del lines[at]
        text = "".join(f"{line}\n" for line in lines)
    path.write_bytes(text.encode("utf-8"))


def line_of(repository: Path, finding: dict) -> int | None:
    """The line of a finding; -1 is the last of its file."""
    line = finding.get("line")
    return line if line != -1 else len((repository / finding["file"]).read_text(encoding="utf-8").splitlines())


@pytest.mark.parametrize("case", CASES)
def test_bad_input(case, repository, capsys):
    for change in case["edits"]:
        edit(repository, change)
    before = tree(repository)
    found = check(repository)
    expected = [
        (one["id"], path_of(one["file"]), line_of(repository, one), one.get("field", "")) for one in case["findings"]
    ]
    assert Counter((one.id, one.file, one.line, one.field) for one in found) == Counter(expected), [*map(str, found)]
    if found:
        assert case["says"] in found[0].message
        assert all(one.fix for one in found)
        assert {one.level for one in found} == {RULES[one.id].level for one in found}

    with pytest.raises(SystemExit) as stopped:
        main(["check", str(repository)])
    assert stopped.value.code == (1 if found else 0)
    printed = [line for line in capsys.readouterr().out.split("\n") if line and not line.startswith("    ")]
    assert printed == [str(one) for one in found]
    for line in printed:
        assert re.match(r"[^:\s]+(:\d+)?: \[[a-z0-9-]+\] \S", line), line
    assert tree(repository) == before


#: Rules whose bad file needs more than edits, and has a test of its own below.
_IN_TESTS = {"pass-unreadable"}


def test_every_rule_has_a_bad_file():
    shown = {one["id"] for parameter in CASES for one in parameter.values[0]["findings"]}
    assert shown | _IN_TESTS == set(RULES)


def test_every_rule_is_explained():
    assert advice().keys() == RULES.keys()
    for id in RULES:
        assert all(one in explain(id) for one in (RULES[id].why, *advice()[id]))
    with pytest.raises(UnknownNameError, match="unknown check 'shapes'"):
        explain("shapes")


@pytest.mark.parametrize("id", sorted(RULES.keys() - _IN_TESTS))
def test_every_rule_alone(id):
    # A bad file that breaks two rules proves neither.  Its good twin is the file before the edits (test_all_is_well).
    assert any({one["id"] for one in parameter.values[0]["findings"]} == {id} for parameter in CASES)


def test_names_of_rules():
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", id) for id in RULES)


def test_all_is_well(root):
    assert check(root) == []


def test_a_pass_that_cannot_be_read(repository):
    # Its digest is on record: this is a pass that was bad from the start.
    line = {"file": "annotators/pass-a/stances.jsonl", "line": 3, "set": {"label": 1}}
    edit(repository, line)
    (finding,) = check(repository)
    recorded, found = re.findall("[0-9a-f]{64}", finding.message)[::-1]
    edit(repository, {"file": "document.yaml", "replace": [recorded, found]})
    (finding,) = check(repository)
    assert (finding.id, finding.line) == ("pass-unreadable", 3)
    assert finding.file == f"seeds/{ARTICLE}/annotators/pass-a/stances.jsonl"
    assert "label: must be of type string, is an integer" in finding.message


def test_a_level_looks_no_higher(repository):
    edit(repository, {"file": "gold/stances.jsonl", "line": 1, "set": {"target": "moon"}})
    assert check(repository, level=3) == []
    assert [one.id for one in check(repository, level=4)] == ["unknown-label"]


def test_documents_are_looked_at_one_by_one(repository):
    # What is wrong with one document hides nothing that is wrong with another.
    other = repository / "seeds" / "other"
    shutil.copytree(repository / "seeds" / ARTICLE, other)
    (other / "text.txt").write_bytes(b"\xff")
    edit(repository, {"file": "gold/entities.jsonl", "line": 1, "set": {"text": "x"}})
    assert {(one.id, one.file.split("/")[1]) for one in check(repository)} == {
        ("not-utf8", "other"),
        ("surface-mismatch", ARTICLE),
    }


def test_what_is_no_repository_or_no_level(tmp_path):
    with pytest.raises(ZhengwenError, match="not inside a zhengwen repository"):
        check(tmp_path)
    with pytest.raises(UnknownNameError, match="unknown level 6; there are: 1, 2, 3, 4, 5"):
        check(level=6)


def test_findings_as_json(repository, capsys):
    edit(repository, {"file": "gold/entities.jsonl", "line": 1, "set": {"text": "x"}})
    with pytest.raises(SystemExit):
        main(["check", str(repository), "--format", "json"])
    (finding,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (finding["id"], finding["line"], finding["field"]) == ("surface-mismatch", 1, "text")
