"""What changed between two releases, and the step of the version that it demands."""

import copy
import dataclasses
import json
import subprocess

import pytest
from conftest import ARTICLE, ROOT
from hypothesis import given
from hypothesis import strategies as st

from zhengwen.cli.main import main
from zhengwen.errors import ZhengwenError
from zhengwen.release.diff import BUMPS, compare, large_enough, step
from zhengwen.release.diff_report import as_markdown, as_text
from zhengwen.release.find import find_release
from zhengwen.release.ledger import Entry, parse_ledger, read_ledger, record
from zhengwen.release.past import read_release

RELEASE = read_release(ROOT / "corpus", "then")
GOLD = RELEASE.annotations[ARTICLE]


def changed(change):
    """The changes that ``change(annotations, configs)`` makes, and the step that they demand."""
    annotations, configs = copy.deepcopy(GOLD), copy.deepcopy(dict(RELEASE.configs))
    change(annotations, configs)
    new = dataclasses.replace(
        RELEASE, name="now", annotations={ARTICLE: annotations}, configs=configs, digest="another"
    )
    found = compare(RELEASE, new)
    return [(one.kind, one.what, one.name, one.field) for one in found.changes], found.bump


def edit_text(configs, edition, old, new):
    """Replace the one place of a text where ``old`` stands."""
    (row,) = configs["documents"].rows
    column = f"text_{edition}"
    assert row[column].count(old) == 1
    row[column] = row[column].replace(old, new)


def test_nothing_changed():
    found = compare(RELEASE, RELEASE)
    assert (found.changes, found.bump) == ([], "none")
    assert as_text(found) == "then -> then: no change of data\n"
    assert as_markdown(found) == "### Data\n\n- The data are unchanged.\n"


@given(st.sampled_from(GOLD["entities"]), st.sampled_from(["removed", "relabelled", "moved"]))
def test_one_annotation(entity, what):
    def change(annotations, configs):
        place = next(n for n, one in enumerate(annotations["entities"]) if one["id"] == entity["id"])
        if what == "removed":
            del annotations["entities"][place]
        elif what == "relabelled":
            annotations["entities"][place]["type"] = "LANGUAGE"
        else:
            annotations["entities"][place]["end"] += 1

    field = "type" if what == "relabelled" else ""
    assert changed(change) == ([("entities", what, entity["id"], field)], "minor")


def test_an_annotation_more():
    def change(annotations, configs):
        annotations["entities"].append({**annotations["entities"][0], "id": f"{ARTICLE}.e9999"})

    assert changed(change) == ([("entities", "added", f"{ARTICLE}.e9999", "")], "minor")


def test_a_span_in_a_field():
    quote = next(one for one in GOLD["quotes"] if one["cue"])

    def change(annotations, configs):
        found = next(one for one in annotations["quotes"] if one["id"] == quote["id"])
        found["cue"]["start"] -= 1
        found["content"][0]["end"] -= 1

    expected = [("quotes", "moved", quote["id"], "content"), ("quotes", "moved", quote["id"], "cue")]
    assert changed(change) == (expected, "minor")


def test_an_edit_of_the_text_moves_only_what_it_touches():
    def change(annotations, configs):
        edit_text(configs, "hans", "春节至今，", "自春节至今，")
        for one in [*annotations["sentences"], *annotations["entities"]]:
            one["start"] += 1
            one["end"] += 1
        annotations["sentences"][0]["start"] = 0
        for layer in ("quotes", "stances"):
            for one in annotations[layer]:
                for value in one.values():
                    for span in value if isinstance(value, list) else [value]:
                        if isinstance(span, dict):
                            span["start"] += 1
                            span["end"] += 1

    found, bump = changed(change)
    assert [one[:3] for one in found] == [
        ("text", "edited", ARTICLE),
        ("sentences", "moved", f"{ARTICLE}.s001"),
    ]
    assert bump == "major"


def test_an_edit_of_a_converted_text():
    found, bump = changed(lambda annotations, configs: edit_text(configs, "hant_tw", "春節至今", "春節迄今"))
    assert ([one[:3] for one in found], bump) == ([("text", "edited", ARTICLE)], "minor")


def test_what_is_said_of_a_document():
    def change(annotations, configs):
        configs["documents"].rows[0]["rights"] = "other"

    assert changed(change) == ([("rows", "changed", "documents", "rights")], "patch")


@pytest.mark.parametrize(
    ("change", "expected", "bump"),
    [
        (lambda c: c.pop("parallel"), ("config", "removed", "parallel", ""), "major"),
        (lambda c: c.update(more=c["clusters"]), ("config", "added", "more", ""), "minor"),
        (lambda c: c["clusters"].columns.pop("named"), ("column", "removed", "clusters", "named"), "major"),
        (lambda c: c["clusters"].columns.update(more="string"), ("column", "added", "clusters", "more"), "minor"),
        (lambda c: c["clusters"].columns.update(named="string"), ("column", "retyped", "clusters", "named"), "major"),
        (
            lambda c: c["stances-hans"].labels["label"].append("mixed"),
            ("labels", "appended", "stances-hans", "label"),
            "minor",
        ),
        (
            lambda c: c["stances-hans"].labels["label"].reverse(),
            ("labels", "changed", "stances-hans", "label"),
            "major",
        ),
    ],
)
def test_shapes(change, expected, bump):
    assert changed(lambda annotations, configs: change(configs)) == ([expected], bump)


def test_a_document_less():
    empty = dataclasses.replace(RELEASE, annotations={}, digest="another")
    assert [one.what for one in compare(RELEASE, empty).changes] == ["removed"]
    assert compare(RELEASE, empty).bump == "major"
    assert compare(empty, RELEASE).bump == "minor"


def test_steps_of_versions():
    assert [step("1.2.3", new) for new in ("1.2.3", "1.2.4", "1.3.0", "2.0.0")] == list(BUMPS)
    assert not large_enough("patch", "minor", "0.4.0")
    assert large_enough("major", "minor", "1.4.0")


def test_releases_of_the_history_are_found_by_their_digests(capsys):
    first, second = (find_release(version, ROOT) for version in ("0.1.0", "v0.2.0"))
    assert [one.digest for one in (first, second)] == [entry.digest for entry in read_ledger(ROOT)[:2]]
    main_exits(["diff", "0.1.0", "0.2.0", "--format", "json"], 0)
    told = json.loads(capsys.readouterr().out)
    assert told["bump"] == "minor"
    assert [(one["kind"], one["what"], one["name"]) for one in told["changes"]] == [("config", "added", "restoration")]


def test_the_step_to_this_version_is_large_enough(capsys):
    main_exits(["diff", "--enforce"], 0)


def main_exits(arguments, code):
    """Run the command line; it must end with ``code``."""
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == code


@pytest.mark.parametrize("name", ["v9.9.9", "no-such-revision", "--output=x"])
def test_what_is_no_release(name):
    with pytest.raises(ZhengwenError):
        find_release(name, ROOT)


def test_the_ledger_has_only_grown():
    git = ["git", "-C", str(ROOT)]
    commits = subprocess.run(
        [*git, "log", "--format=%H", "--", "releases.jsonl"], check=True, capture_output=True, text=True
    ).stdout.split()
    now = (ROOT / "releases.jsonl").read_text(encoding="utf-8")
    for commit in commits:
        shown = subprocess.run([*git, "show", f"{commit}:releases.jsonl"], check=True, capture_output=True, text=True)
        assert now.startswith(shown.stdout), commit


def test_a_version_is_released_once(tmp_path):
    one, other = Entry("1.0.0", "2025-02-06", "a" * 64), Entry("1.0.0", "2025-02-06", "b" * 64)
    assert record(tmp_path, one) is True
    assert record(tmp_path, one) is False
    before = (tmp_path / "releases.jsonl").read_bytes()
    for wrong, says in ((other, "with other data"), (one._replace(version="0.9.0"), "it is newer")):
        with pytest.raises(ZhengwenError, match=says):
            record(tmp_path, wrong)
    assert (tmp_path / "releases.jsonl").read_bytes() == before
    assert record(tmp_path, other._replace(version="1.0.1")) is True
    assert [entry.version for entry in parse_ledger((tmp_path / "releases.jsonl").read_text("utf-8"))] == [
        "1.0.0",
        "1.0.1",
    ]
