"""What changed between two releases, and the step of the version that it demands."""

import copy
import json
import subprocess

import pytest
from conftest import ARTICLE, REPOSITORY, ROOT, run_cli
from hypothesis import given
from hypothesis import strategies as st
from own_corpus import edit_document, make_corpus

from zhengwen.editions import SCRIPTS
from zhengwen.errors import ZhengwenError
from zhengwen.release import ledger
from zhengwen.release.diff import BUMPS, compare, large_enough, step
from zhengwen.release.diff_report import as_markdown, as_text
from zhengwen.release.find import find_release
from zhengwen.release.ledger import Entry, parse_ledger, read_ledger
from zhengwen.release.reader import ReleaseFolder

RELEASE = ReleaseFolder(REPOSITORY / "corpus", "then")
GOLD = RELEASE.annotations[ARTICLE]


def release_with(annotations, configs):
    """The release ``now``, with this annotation and these configs."""
    release = ReleaseFolder(REPOSITORY / "corpus", "now")
    # The parts of a release are cached properties: what is set here is not read from the folder.
    rows = {row["id"]: row for row in configs["documents"].rows}
    vars(release).update(annotations=annotations, configs=configs, digest="another", _document_rows=rows)
    return release


def changes_after(change):
    """What a diff lists after ``change(annotations, configs)`` was applied, and the step that it demands."""
    annotations, configs = copy.deepcopy(GOLD), copy.deepcopy(dict(RELEASE.configs))
    change(annotations, configs)
    diff = compare(RELEASE, release_with({ARTICLE: annotations}, configs))
    return [(item.kind, item.what, item.name, item.field) for item in diff.changes], diff.bump


def edit_text(configs, edition, old, new):
    """Replace the only occurrence of ``old`` in a text."""
    (row,) = configs["documents"].rows
    column = f"text_{edition}"
    assert row[column].count(old) == 1
    row[column] = row[column].replace(old, new)


def test_nothing_changed():
    diff = compare(RELEASE, RELEASE)
    assert (diff.changes, diff.bump) == ([], "none")
    assert as_text(diff) == "then -> then: no change of data\n"
    assert as_markdown(diff) == "### Data\n\n- The data are unchanged.\n"


@given(st.sampled_from(GOLD["entities"]), st.sampled_from(["removed", "relabelled", "moved"]))
def test_a_changed_record(entity, what):
    records = [record for record in GOLD["entities"] if record["id"] != entity["id"]]
    if what == "relabelled":
        records.append(entity | {"type": "LANGUAGE"})
    elif what == "moved":
        records.append(entity | {"end": entity["end"] + 1})
    diff = compare(RELEASE, release_with({ARTICLE: {**GOLD, "entities": records}}, RELEASE.configs))
    (change,) = diff.changes
    assert (change.kind, change.what, change.name, diff.bump) == ("entities", what, entity["id"], "minor")
    assert change.field == ("type" if what == "relabelled" else "")


def test_an_added_record():
    def change(annotations, configs):
        annotations["entities"].append({**annotations["entities"][0], "id": f"{ARTICLE}.e9999"})

    assert changes_after(change) == ([("entities", "added", f"{ARTICLE}.e9999", "")], "minor")


def test_a_span_in_a_field():
    quote = next(record for record in GOLD["quotes"] if record["cue"])

    def change(annotations, configs):
        (record,) = (record for record in annotations["quotes"] if record["id"] == quote["id"])
        record["cue"]["start"] -= 1
        record["content"][0]["end"] -= 1

    expected = [("quotes", "moved", quote["id"], "content"), ("quotes", "moved", quote["id"], "cue")]
    assert changes_after(change) == (expected, "minor")


def test_an_edit_of_the_text_moves_only_what_it_touches():
    def change(annotations, configs):
        edit_text(configs, "hans", "春节至今，", "自春节至今，")
        for record in [*annotations["sentences"], *annotations["entities"]]:
            record["start"] += 1
            record["end"] += 1
        annotations["sentences"][0]["start"] = 0
        for layer in ("quotes", "stances"):
            for record in annotations[layer]:
                for value in record.values():
                    for span in value if isinstance(value, list) else [value]:
                        if isinstance(span, dict):
                            span["start"] += 1
                            span["end"] += 1

    changes, bump = changes_after(change)
    assert [item[:3] for item in changes] == [
        ("text", "edited", ARTICLE),
        ("sentences", "moved", f"{ARTICLE}.s001"),
    ]
    assert bump == "major"


def test_an_edit_of_a_converted_text():
    changes, bump = changes_after(lambda annotations, configs: edit_text(configs, "hant_tw", "春節至今", "春節迄今"))
    assert ([item[:3] for item in changes], bump) == ([("text", "edited", ARTICLE)], "minor")


def test_the_provenance_of_a_document():
    def change(annotations, configs):
        configs["documents"].rows[0]["rights"] = "other"

    assert changes_after(change) == ([("rows", "changed", "documents", "rights")], "patch")


@pytest.mark.parametrize(
    ("change", "expected", "bump"),
    [
        (lambda c: c.pop("parallel"), ("config", "removed", "parallel", ""), "major"),
        (lambda c: c.update(more=c["clusters"]), ("config", "added", "more", ""), "minor"),
        (lambda c: c["clusters"].fields.pop("named"), ("column", "removed", "clusters", "named"), "major"),
        (lambda c: c["clusters"].fields.update(more="string"), ("column", "added", "clusters", "more"), "minor"),
        (lambda c: c["clusters"].fields.update(named="string"), ("column", "retyped", "clusters", "named"), "major"),
        (
            lambda c: c["sentences-hans"].fields.update({"entities.type": "string"}),
            ("column", "retyped", "sentences-hans", "entities.type"),
            "major",
        ),
        (lambda c: c["ner-hant"].rows[0].update(fold=9), ("rows", "changed", "ner-hant", "fold"), "minor"),
        (
            lambda c: c["sentences-hans"].rows[0].update(tokens=[]),
            ("rows", "changed", "sentences-hans", "tokens"),
            "patch",
        ),
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
def test_configs_columns_and_labels(change, expected, bump):
    assert changes_after(lambda annotations, configs: change(configs)) == ([expected], bump)


def test_fields_are_told_by_their_paths_and_class_labels_by_that_name():
    fields = RELEASE.configs["sentences-hans"].fields
    assert fields["entities.type"] == fields["stances.target"] == fields["role"] == "class label"
    assert (fields["tokens"], fields["entities.start"]) == ("list of string", "int32")
    assert RELEASE.configs["ner-hans"].fields["ner_tags"] == "list of class label"
    assert RELEASE.configs["clusters"].fields["names"] == "translation"


def test_the_same_change_in_every_script_is_one_line():
    def change(configs, scripts):
        for script in scripts:
            configs[f"quotes-{script}"].fields["kind"] = "string"

    for scripts, lines in ((SCRIPTS, ["quotes-S"]), (SCRIPTS[:2], ["quotes-hans", "quotes-hant"])):
        configs = copy.deepcopy(dict(RELEASE.configs))
        change(configs, scripts)
        diff = compare(RELEASE, release_with({ARTICLE: GOLD}, configs))
        told = [f"major  column retyped: {name}, kind: class label -> string" for name in lines]
        assert as_text(diff).splitlines()[:-1] == told
        assert [f"  - `{name}`, kind: class label -> string" for name in lines] == as_markdown(diff).splitlines()[3:]
        assert len(diff.to_dict()["changes"]) == len(scripts)


@pytest.mark.parametrize(
    ("terms", "expected", "bump"),
    [
        ({"labels": "0" * 64}, [("definitions", "changed", "labels", "")], "minor"),
        ({"licence": "mit"}, [("licence", "changed", "LICENSE", "name")], "major"),
        ({"text": "Ours."}, [("licence", "changed", "LICENSE", "text")], "patch"),
        ({"labels": "", "licence": "", "text": ""}, [], "none"),  # an old release, which does not say
    ],
)
def test_what_labels_mean_and_what_may_be_done(terms, expected, bump):
    release = ReleaseFolder(REPOSITORY / "corpus", "now")
    assert all(release.terms)
    vars(release)["terms"] = release.terms._replace(**terms)
    diff = compare(RELEASE, release)
    assert [(item.kind, item.what, item.name, item.field) for item in diff.changes] == expected
    assert diff.bump == bump


def test_a_removed_document():
    empty = release_with({}, RELEASE.configs)
    assert [item.what for item in compare(RELEASE, empty).changes] == ["removed"]
    assert compare(RELEASE, empty).bump == "major"
    assert compare(empty, RELEASE).bump == "minor"


def test_steps_of_versions():
    assert [step("1.2.3", new) for new in ("1.2.3", "1.2.4", "1.3.0", "2.0.0")] == list(BUMPS)
    assert not large_enough("patch", "minor", "0.4.0")
    assert large_enough("major", "minor", "1.4.0")


def test_releases_of_the_history_are_found_by_their_digests():
    releases = [find_release(version, ROOT) for version in ("0.1.0", "v0.2.0")]
    assert [release.digest for release in releases] == [entry.digest for entry in read_ledger(ROOT)[:2]]
    process = run_cli("diff", "0.1.0", "0.2.0", "--format", "json", cwd=ROOT)
    assert process.returncode == 0
    diff = json.loads(process.stdout)
    assert diff["bump"] == "minor"
    changes = [(item["kind"], item["what"], item["name"]) for item in diff["changes"]]
    assert changes == [("config", "added", "restoration")]


def test_the_step_to_this_version_is_large_enough():
    process = run_cli("diff", "--enforce", cwd=ROOT)
    assert process.returncode == 0, process.stderr


def test_a_released_version_whose_data_changed_is_compared_with_what_was_released(tmp_path):
    root = make_corpus(tmp_path / "corpus-of-one", ["sentences"])
    assert run_cli("build", "--release", cwd=root).returncode == 0
    assert b"nothing to compare: no version was released before 0.1.0" in run_cli("diff", cwd=root).stderr
    who = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    for command in (["init", "--quiet"], ["add", "--all"], [*who, "commit", "--quiet", "--message", "0.1.0"]):
        subprocess.run(["git", "-C", str(root), *command], check=True)
    edit_document(root, "paper-1", publisher="河港晚报")
    assert run_cli("build", cwd=root).returncode == 0
    done = run_cli("diff", "--enforce", cwd=root)
    # The licence names the publisher.
    assert done.stdout.decode("utf-8").endswith("0.1.0 -> 0.1.0: 2 changes, which demand a patch version\n")
    assert done.returncode == 1
    assert "it is still 0.1.0, but the changes demand a patch version" in done.stderr.decode("utf-8")


@pytest.mark.parametrize("name", ["v9.9.9", "no-such-revision", "--output=x"])
def test_names_of_no_release(name):
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
    released, other_data = (Entry("1.0.0", "2025-02-06", digest * 64, "c" * 64, "d" * 64) for digest in "ab")
    assert ledger.record(tmp_path, released) is True
    assert ledger.record(tmp_path, released) is False
    before = (tmp_path / "releases.jsonl").read_bytes()
    for refused, message in (
        (other_data, "with other data"),
        (released._replace(schema="e" * 64), "with other labels, definitions or columns"),
        (other_data._replace(licence="e" * 64), "with other data and another licence"),
        (released._replace(date="2025-02-07"), "with another date"),
        (released._replace(version="0.9.0"), "it is newer"),
    ):
        with pytest.raises(ZhengwenError, match=message):
            ledger.record(tmp_path, refused)
    assert (tmp_path / "releases.jsonl").read_bytes() == before
    assert ledger.record(tmp_path, other_data._replace(version="1.0.1")) is True
    assert [entry.version for entry in parse_ledger((tmp_path / "releases.jsonl").read_text("utf-8"))] == [
        "1.0.0",
        "1.0.1",
    ]
