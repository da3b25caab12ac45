"""A repository of one's own: what `zhengwen init` asks, writes and refuses, and work on corpora of every design."""

import json
import os
import pty
import re
import select
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from conftest import ROOT, assert_error, run_cli, tree
from own_corpus import ABOUT

import zhengwen
from zhengwen.conversion.convert import convert
from zhengwen.editions import SCRIPTS
from zhengwen.initial.files import requirement
from zhengwen.initial.plan import DEFAULT_TYPES, known_types, plan_of
from zhengwen.initial.targets import Target, read_targets
from zhengwen.layers import LAYERS
from zhengwen.release.changelog import dates
from zhengwen.repository.reading import Repository
from zhengwen.restoration.damage import DamagePolicy, damage
from zhengwen.schema import read_schema
from zhengwen.seeds import flaw_of_document_id

ARTICLE = (ROOT / "tests" / "cases" / "new" / "article.txt").read_text(encoding="utf-8")


def start(folder: Path, *options: object) -> Path:
    """A new repository in ``folder``."""
    done = run_cli("init", folder, "--name", "harbours", *options)
    assert done.returncode == 0, done.stderr.decode("utf-8")
    return folder


def read(repository: Path, name: str) -> dict:
    return yaml.safe_load((repository / name).read_text(encoding="utf-8"))


def write_targets(
    folder: Path, text: str = "ferry: 渡轮\nprices: {name: 票价, definition: What a ticket costs.}\n"
) -> Path:
    path = folder / "targets.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def define(repository: Path) -> None:
    """What a person does first: write every definition that is missing."""
    labels = repository / "schema" / "labels.yaml"
    text = labels.read_text(encoding="utf-8")
    labels.write_text(re.sub("definition:  #.*", "definition: What its makers mean.", text), encoding="utf-8")


def test_the_defaults(tmp_path):
    repository = start(tmp_path / "new" / "harbours")
    assert read(repository, "seeds/corpus.yaml") == {**ABOUT, "name": "harbours", "title": "harbours"}
    assert read(repository, "schema/design.yaml") == {
        "base": "hans",
        "editions": ["hans", "hant"],
        "layers": ["sentences", "entities", "clusters", "quotes"],
        "restoration": False,
    }
    labels = read(repository, "schema/labels.yaml")
    assert labels == {"entity_types": {name: known_types()[name] for name in DEFAULT_TYPES}}
    assert list(dates((repository / "CHANGELOG.md").read_text(encoding="utf-8"))) == ["0.1.0"]
    assert (repository / "releases.jsonl").read_bytes() == b""
    assert not (repository / "corpus").exists()
    schema = read_schema(repository / "schema")
    for path, text in schema.json_files().items():
        assert (repository / "schema" / path).read_text(encoding="utf-8") == text
    assert [finding.id for finding in Repository.read(repository).findings] == ["no-document"]


def test_what_is_given_is_what_is_written(tmp_path):
    facts = {"title": '港口: "语料" #1', "summary": "null", "repository": "ports/harbours"}
    licences = {"license": "CC-BY-4.0", "text-license": "CC0-1.0"}
    options = [word for name, value in (facts | licences).items() for word in (f"--{name}", value)]
    targets = write_targets(tmp_path)
    types = ["--types", "SHIP, PERSON,NO", "--targets", targets, "--editions", "zh-HK,hant-tw,hans", "--base", "zh-TW"]
    repository = start(tmp_path / "a", *options, *types, "--restoration")
    about = read(repository, "seeds/corpus.yaml")
    assert {name: about[name] for name in facts} == facts
    assert (about["annotation_license"], about["text_license"]) == ("CC-BY-4.0", "CC0-1.0")
    design = read(repository, "schema/design.yaml")
    assert (design["base"], design["editions"]) == ("hant-tw", ["hans", "hant-hk", "hant-tw"])
    assert design["layers"] == list(LAYERS)
    assert design["restoration"] is True
    labels = read(repository, "schema/labels.yaml")
    assert list(labels["entity_types"]) == ["SHIP", "PERSON", "NO"]
    assert labels["entity_types"]["SHIP"] == {"definition": None}
    assert labels["targets"] == {
        "ferry": {"name": "渡轮", "definition": None},
        "prices": {"name": "票价", "definition": "What a ticket costs."},
    }
    guidelines = (repository / "schema" / "GUIDELINES.md").read_text(encoding="utf-8")
    for heading in ("## Stances", "### SHIP", "### ferry (渡轮)"):
        assert f"\n{heading}\n" in guidelines
    missing = [finding.field for finding in Repository.read(repository).findings if finding.id == "definition-missing"]
    assert missing == ["entity_types.NO", "entity_types.SHIP", "targets.ferry"]


def test_nothing_of_another_corpus_is_in_it(tmp_path):
    repository = start(tmp_path / "a", "--targets", write_targets(tmp_path))
    packaged = read_schema()
    foreign = {*packaged.labels["targets"], "zhengwen-corpus", "deepseek", "shangyou", "CC-BY-4.0"}
    for path, data in tree(repository).items():
        text = data.decode("utf-8")
        assert not [word for word in foreign if word in text], path


def test_a_title_is_shown_as_it_is(tmp_path):
    repository = start(tmp_path / "a", "--title", "<b>[x](https://host)")
    assert (repository / "README.md").read_text(encoding="utf-8").startswith("# &lt;b>\\[x](https://host)\n")


def test_the_files_for_git_and_its_hosts_are_those_of_this_project(tmp_path):
    """The actions are pinned as here, and the hook is the one that the package offers, from the index."""
    repository = start(tmp_path / "a", "--restoration")
    workflow = (repository / ".github" / "workflows" / "check.yml").read_text(encoding="utf-8")
    ours = (ROOT / ".github" / "workflows" / "check.yml").read_text(encoding="utf-8")
    assert re.findall("uses: .*", workflow) == re.findall("- (uses: .*)", ours)
    steps = yaml.safe_load(workflow)["jobs"]["check"]["steps"]
    assert [step["run"] for step in steps if "run" in step] == [
        f"pip install '{requirement()}'",
        "zhengwen check --format github",
    ]
    (hook,) = read(repository, ".pre-commit-config.yaml")["repos"][0]["hooks"]
    (offered,) = (
        entry
        for entry in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
        if entry["id"] == hook["id"]
    )
    shared = offered.keys() - {"description"}
    assert {field: hook[field] for field in shared} == {field: offered[field] for field in shared}
    assert hook["additional_dependencies"] == [requirement()]
    rules = (ROOT / ".gitattributes").read_text(encoding="utf-8").splitlines()
    assert set((repository / ".gitattributes").read_text(encoding="utf-8").splitlines()) <= set(rules)


def test_the_readme_names_commands_that_exist(tmp_path):
    from zhengwen.cli.main import command_line

    text = (start(tmp_path / "a") / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"zhengwen (\w+)", text)) - {"check"}
    assert named <= command_line().commands.keys()
    assert {"new", "format", "build", "diff", "publish"} <= named


#: What a corpus may consist of: options of `init`, and the article as it comes in.
DESIGNS = {
    "the defaults": ((), ARTICLE),
    "own types and targets, all layers and editions": (
        ("--types", "PERSON,GPE,SHIP", "--targets", "TARGETS", "--editions", ",".join(SCRIPTS), "--license", "CC0-1.0"),
        ARTICLE,
    ),
    "sentences only": (("--layers", "sentences", "--editions", "hans"), ARTICLE),
    "entities without clusters": (("--layers", "entities"), ARTICLE),
    "stances without quotations": (("--layers", "clusters,stances", "--targets", "TARGETS"), ARTICLE),
    "Taiwan as the base": (
        ("--base", "hant-tw", "--targets", "TARGETS", "--editions", ",".join(SCRIPTS)),
        convert(ARTICLE, "hant-tw").text,
    ),
    "damaged texts": (
        ("--restoration",),
        damage(convert(ARTICLE, "hant").text, DamagePolicy(glosses={"貴": "guì", "難": "nán"})),
    ),
}


@pytest.mark.parametrize("name", DESIGNS)
def test_from_nothing_to_a_release(name, tmp_path):
    options, text = DESIGNS[name]
    targets = write_targets(tmp_path)
    repository = start(tmp_path / "a", *(targets if option == "TARGETS" else option for option in options))
    (tmp_path / "article.txt").write_text(text, encoding="utf-8", newline="\n")
    arguments = ("--from", tmp_path / "article.txt", "--publisher", "河港周报")
    for doc_id in ("first", "second"):
        done = run_cli("new", doc_id, *arguments, cwd=repository)
        assert done.returncode == 0, done.stderr.decode("utf-8")
    define(repository)
    assert zhengwen.check(repository, level=4) == []
    design = read_schema(repository / "schema").design
    expected = {f"gold/{layer}.jsonl" for layer in design.layers} | {"document.yaml", "text.txt"}
    expected |= {"received.txt"} if design.restoration else set()
    assert tree(repository / "seeds" / "first").keys() == expected
    done = run_cli("build", "--release", cwd=repository)
    assert done.returncode == 0, done.stderr.decode("utf-8")
    assert zhengwen.check(repository) == []
    (entry,) = map(json.loads, (repository / "releases.jsonl").read_text(encoding="utf-8").splitlines())
    assert entry["version"] == "0.1.0"


def test_a_release_needs_definitions(tmp_path):
    repository = start(tmp_path / "a", "--types", "PERSON,SHIP")
    (tmp_path / "article.txt").write_text(ARTICLE, encoding="utf-8", newline="\n")
    assert run_cli("new", "a-1", "--from", tmp_path / "article.txt", cwd=repository).returncode == 0
    done = run_cli("build", cwd=repository)
    assert_error(done, 1, "[definition-missing] entity_types.SHIP: has no definition")
    assert not (repository / "corpus").exists()


def test_stances_whose_targets_are_not_known_yet(tmp_path):
    done = run_cli("init", tmp_path / "a", "--name", "a", "--layers", "clusters,quotes,stances")
    assert done.returncode == 0
    assert "state the targets of stances in schema/labels.yaml" in done.stderr.decode("utf-8")
    repository = tmp_path / "a"
    findings = {finding.id: finding for finding in Repository.read(repository).findings}
    assert findings.keys() == {"no-document", "schema-broken"}
    assert findings["schema-broken"].message == "targets: states no label"
    (tmp_path / "article.txt").write_text(ARTICLE, encoding="utf-8", newline="\n")
    assert_error(
        run_cli("new", "a-1", "--from", tmp_path / "article.txt", cwd=repository), 1, "targets: states no label"
    )
    labels = repository / "schema" / "labels.yaml"
    # The example in the file is in the right form.
    labels.write_text(re.sub("^#   ", "  ", labels.read_text(encoding="utf-8"), flags=re.MULTILINE), encoding="utf-8")
    text = labels.read_text(encoding="utf-8")
    before, _, after = text.partition("  ferry:")
    labels.write_text(before + "\ntargets:\n  ferry:" + after.replace("\ntargets:\n", "\n"), encoding="utf-8")
    assert read_schema(repository / "schema").labels["targets"]["ferry"].name == "渡轮"
    assert run_cli("new", "a-1", "--from", tmp_path / "article.txt", cwd=repository).returncode == 0


def test_an_empty_folder_is_filled_and_stays_the_same_folder(tmp_path):
    before = tmp_path.stat().st_ino
    done = run_cli("init", ".", "--name", "a", cwd=tmp_path)
    assert done.returncode == 0
    assert tmp_path.stat().st_ino == before
    assert "cd " not in done.stderr.decode("utf-8")
    assert set(done.stdout.decode("utf-8").split()) == tree(tmp_path).keys()


# -- Targets


@pytest.mark.parametrize(
    "text",
    [
        "ferry: 渡轮\nprices: {name: 票价, definition: What it costs.}\nport:\n",
        "# targets\nferry\t渡轮\n\nprices\t票价\tWhat it costs.\r\nport\t\n",
        "ferry\t渡轮\nprices\t票价\tWhat it costs.\nport",
    ],
)
def test_targets(text, tmp_path):
    path = tmp_path / "targets"
    path.write_bytes(text.encode("utf-8"))
    assert read_targets(path) == {"ferry": Target("渡轮"), "prices": Target("票价", "What it costs."), "port": Target()}


@pytest.mark.parametrize("text", ["[ferry, port]", "- ferry\n- port\n", "ferry\nport\n"])
def test_keys_of_targets_alone(text, tmp_path):
    path = tmp_path / "targets"
    path.write_text(text, encoding="utf-8")
    assert read_targets(path) == {"ferry": Target(), "port": Target()}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no targets in it"),
        (b"{}", "no targets in it"),
        (b"[]", "no targets in it"),
        (b"a: x\na: y\n", "not YAML"),
        (b"a\tx\na\ty\n", "targets:2: 'a' stands twice"),
        (b"- a\n- a\n", "entry 2: 'a' stands twice"),
        (b"- 1\n", "entry 1: 1 is no key"),
        (b"1: x\n", "1 is no text"),
        (b"a\tb\tc\td\n", "targets:1: more than two tabs"),
        (b"a: [x]\n", "a: expected a name, or `name` and `definition`"),
        (b"a: {nome: x}\n", "a: expected a name"),
        (b"a: {name: 1}\n", "a: expected a name"),
        (b"a: {\n", "not YAML"),
        ("船: x\n".encode("gb18030"), "not UTF-8"),
        ("a\tx\u202e\n".encode(), "targets:1: holds U+202E"),
        ("a: x\u202e\n".encode(), "not YAML"),
        ("船: x\n".encode(), "--targets: '船' contains U+8239"),
        (b"a: x\nA: y\n", "--targets: 'A' looks like 'a'"),
        (b"a: x\nb: x\n", "--targets: 'x' looks like 'x'"),
        (b'a: "x\\ny"\n', "--targets: a: expected a definition"),
    ],
)
def test_bad_targets(data, message, tmp_path):
    (tmp_path / "targets").write_bytes(data)
    done = run_cli("init", tmp_path / "a", "--name", "a", "--targets", tmp_path / "targets")
    assert_error(done, 1, message)
    assert not (tmp_path / "a").exists()


# -- Bad input


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--name Harbours", "--name: must match"),
        ("--name a/b", "--name: must match"),
        ("--name a--b", "--name: must match"),
        (f"--name {'a' * 97}", "--name: must have a length of at most 96"),
        ("--name https://me:secret@host", "--name: https://***@host may hold a secret"),
        ("--name a --title a\u202eb", "--title: holds U+202E"),
        ("--name a --title \udcff", "--title: holds U+DCFF"),
        ("--name a --title a\nb", "--title: must be one line of text"),
        ("--name a --repository a", "--repository: must match"),
        ("--name a --repository a/b.git", "--repository: an id does not end in `.git`"),
        ("--name a --license CC-BY", "--license: 'CC-BY' is not in the SPDX list"),
        ("--name a --text-license mit", "--text-license: 'mit' is not in the SPDX list"),
        ("--name a --layers entity", "--layers: unknown layer 'entity' (did you mean entities?)"),
        ("--name a --layers entities,,quotes", "is empty"),
        ("--name a --layers entities,entities", "--layers: 'entities' stands twice"),
        ("--name a --layers quotes", "the layers must be sentences, clusters, quotes"),
        ("--name a --layers sentences --types PERSON", "--types: none of the layers has types"),
        ("--name a --layers entities --targets FILE", "--targets: only stances have targets"),
        ("--name a --types PERSON,PERSON", "--types: 'PERSON' stands twice"),
        ("--name a --types PERSON,人", "--types: '人' contains U+4EBA"),
        ("--name a --types PERSON,Person", "--types: 'Person' looks like 'PERSON'"),
        ("--name a --types PERSON;ORG", "contains U+003B"),
        ("--name a --types -X", "begins or ends with a mark"),
        ("--name a --base simplified", "--base: unknown edition 'simplified'"),
        ("--name a --base received", "--base: unknown edition 'received'"),
        ("--name a --editions hant", "--editions: the base, hans, is not among them"),
        ("--name a --editions hans,hans-cn", "--editions: unknown edition 'hans-cn'"),
        ("--name a --targets none.yaml", "none.yaml: there is no such file"),
        ("--name a --targets .", ".: there is no such file"),
    ],
)
def test_bad_options(options, message, tmp_path):
    write_targets(tmp_path)
    words = [word.replace("FILE", "targets.yaml") for word in options.split(" ")]
    done = run_cli("init", "made/here", *words, cwd=tmp_path)
    assert_error(done, 1, message)
    assert tree(tmp_path).keys() == {"targets.yaml"}
    assert not (tmp_path / "made").exists()


def test_a_name_is_needed(tmp_path):
    assert_error(run_cli("init", tmp_path / "a"), 2, "--name")
    assert not (tmp_path / "a").exists()


def test_a_folder_that_is_not_empty(tmp_path):
    (tmp_path / ".hidden").write_bytes(b"mine")
    (tmp_path / "file").write_bytes(b"mine")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    before = tree(tmp_path)
    assert_error(run_cli("init", tmp_path, "--name", "a"), 1, "the folder is not empty")
    for name in ("file", "link"):
        assert_error(run_cli("init", tmp_path / name, "--name", "a"), 1, "is not a folder")
    assert_error(run_cli("init", tmp_path / "file" / "a", "--name", "a"), 1, "cannot write")
    assert tree(tmp_path) == before


def test_ids_of_documents():
    schema = read_schema()
    assert flaw_of_document_id("a" * 100, schema) == ""
    for id in ("a" * 101, "a/b", "..", ".", "", "a.b", "A", "con", "nul", "com1", "lpt9", "a--b", "船", "a\n"):
        assert flaw_of_document_id(id, schema), id
    assert plan_of({"name": "con"}).name == "con"  # the name of a corpus is no folder


# -- Questions


#: Runs the command with its standard input as the terminal of its session, so that Ctrl-C reaches it.
_ON_TERMINAL = """
import os, sys
os.close(os.open(os.ttyname(0), os.O_RDWR))
from zhengwen.cli.main import main
main(sys.argv[1:])
"""


def on_terminal(folder: Path, *arguments: str, answers: list[tuple[str, bytes]]) -> tuple[int, str]:
    """Run ``zhengwen`` on a terminal, type each answer once its question is shown; its exit code and what it showed."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", _ON_TERMINAL, *arguments],
        cwd=folder,
        env=os.environ | {"TERM": "dumb", "COLUMNS": "200", "LINES": "50", "PYTHONIOENCODING": "utf-8:strict"},
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
    )
    os.close(slave)
    shown, seen = b"", 0

    def more() -> bool:
        nonlocal shown
        assert select.select([master], [], [], 60)[0], f"it waits: {shown.decode('utf-8')}"
        try:
            data = os.read(master, 4096)
        except OSError:  # the other end was closed
            data = b""
        shown += data
        return bool(data)

    for question, answer in answers:
        while (found := shown.find(question.encode("utf-8"), seen)) < 0:
            assert more(), shown.decode("utf-8")
        seen = found + len(question.encode("utf-8"))
        os.write(master, answer)
    last = answers[-1][1] if answers else b""
    while True:
        # A signal is lost on a read that begins just after Python looked for signals: it is sent again, as people do.
        if last == b"\x03" and not select.select([master], [], [], 1)[0]:
            os.write(master, last)
        elif not more():
            break
    os.close(master)
    # The terminal shows what is typed, whatever its encoding.
    return process.wait(), shown.decode("utf-8", errors="backslashreplace")


def test_it_asks_on_a_terminal_for_what_was_not_given(tmp_path):
    write_targets(tmp_path)
    answers = [
        ("\nname: ", b"My Harbours\n"),
        ("--name: must match", b""),
        ("\nname: ", b"harbours\n"),
        ("\ntitle (harbours): ", "港口\n".encode()),
        ("\nsummary: ", b"\n"),
        ("\nlayers (sentences,entities,clusters,quotes): ", b"entities,stances\n"),
        ("the layers must be sentences, entities, clusters", b""),
        ("\nlayers (sentences,entities,clusters,quotes): ", b"entities,clusters,stances\n"),
        ("\ntypes (PERSON,", b"PERSON,SHIP\n"),
        ("\ntargets: ", b"targets.yaml\n"),
        ("\nbase (hans): ", b"\n"),
        ("\neditions (hans,hant): ", b"\n"),
        ("\nrestoration [y/n] (n): ", b"y\n"),
        ("\nrepository: ", b"\n"),
        ("\ntext-license: ", b"\n"),
    ]
    code, shown = on_terminal(tmp_path, "init", "made", "--license", "CC0-1.0", answers=answers)
    assert code == 0, shown
    assert "\nlicense" not in shown
    design = read(tmp_path / "made", "schema/design.yaml")
    assert design["layers"] == ["sentences", "entities", "clusters", "stances"]
    assert design["restoration"] is True
    about = read(tmp_path / "made", "seeds/corpus.yaml")
    assert (about["title"], about["annotation_license"], about["repository"]) == ("港口", "CC0-1.0", None)
    assert list(read(tmp_path / "made", "schema/labels.yaml")["targets"]) == ["ferry", "prices"]


@pytest.mark.parametrize(
    ("key", "code", "message"),
    [
        (b"\x03", 130, "interrupted"),
        (b"\x04", 1, "the input ended"),
        ("港口\n".encode("gb18030"), 1, "what was typed is not utf-8; nothing was written"),
    ],
    ids=["Ctrl-C", "Ctrl-D", "bytes of another encoding"],
)
def test_a_question_that_is_not_answered(key, code, message, tmp_path):
    ended, shown = on_terminal(tmp_path, "init", "made", answers=[("\nname: ", b"a\n"), ("\ntitle (a): ", key)])
    assert ended == code
    assert message in shown
    assert "Traceback" not in shown
    assert list(tmp_path.iterdir()) == []


def test_a_bad_option_is_told_before_anything_is_asked(tmp_path):
    code, shown = on_terminal(tmp_path, "init", "made", "--base", "x", answers=[])
    assert code == 1
    assert "--base: unknown edition 'x'" in shown
    assert "name: " not in shown
