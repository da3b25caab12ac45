"""What it takes to add a layer or an edition: each is added to a copy of the package, and everything knows it."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest
from conftest import ARTICLE, REPOSITORY, ROOT, tree

from zhengwen.layers import sentences
from zhengwen.layers.base import LayerError, layer_of

CASES = ROOT / "tests" / "cases" / "new"
NEW = "nanjiang-2025-shipyard"


def test_a_module_that_lacks_parts_is_not_a_layer():
    module = ModuleType("zhengwen.layers.events")
    for name in set(vars(sentences)) - {"draft", "notes", "TASKS", "group"}:
        setattr(module, name, getattr(sentences, name))
    module.__name__ = "zhengwen.layers.events"
    with pytest.raises(
        LayerError, match=r"layers/events\.py: the layer 'events' lacks TASKS, draft, notes\n"
    ) as raised:
        layer_of(module)
    assert "zhengwen.layers.base" in raised.value.fix


class Output(NamedTuple):
    """What a command printed, and its exit code."""

    code: int
    stdout: str
    stderr: str


#: Runs each command of a list in one process, so that modules are imported once; its results are lines of JSON.
PROGRAM = """
import json, sys
from conftest import run_cli
for command in json.load(sys.stdin):
    done = run_cli(*command)
    print(json.dumps([done.returncode, done.stdout.decode(), done.stderr.decode()]))
"""


class Copy:
    """A repository with the package in it, to which something is added."""

    def __init__(self, repository: Path):
        self.root = repository
        shutil.copytree(ROOT / "loaders" / "zhengwen", repository / "loaders" / "zhengwen")
        self._before = tree(repository)

    def replace(self, name: str, old: str, new: str) -> None:
        """Replace ``old``, which occurs once, in a file."""
        content = (self.root / name).read_text(encoding="utf-8")
        assert content.count(old) == 1
        self.write(name, content.replace(old, new))

    def write(self, name: str, content: str) -> None:
        """Write a file."""
        (self.root / name).write_text(content, encoding="utf-8", newline="\n")

    def changed(self) -> list[str]:
        """The files that were changed or added so far."""
        return sorted(name for name, content in tree(self.root).items() if content != self._before.get(name))

    def python(self, program: str, stdin: str = "") -> str:
        """What a Python program prints that uses the copy of the package."""
        path = os.pathsep.join(map(str, (self.root / "loaders", ROOT / "tests")))
        done = subprocess.run(
            [sys.executable, "-B", "-c", program],
            input=stdin,
            cwd=self.root,
            env=os.environ | {"PYTHONPATH": path, "PYTHONUTF8": "1"},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def run(self, *commands: list[object]) -> list[Output]:
        """Run commands of zhengwen, all of which must succeed, in one process."""
        printed = self.python(PROGRAM, json.dumps([[str(argument) for argument in command] for command in commands]))
        outputs = [Output(*json.loads(line)) for line in printed.splitlines()]
        for command, output in zip(commands, outputs, strict=True):
            assert output.code == 0, f"{command}\n{output.stdout}\n{output.stderr}"
        return outputs


@pytest.fixture
def copy(repository) -> Copy:
    return Copy(repository)


def events_in(text: str) -> list[dict]:
    """The gold of the new layer for the article: two events."""
    types = {"登陆": "LAUNCH", "表态支持": "SUPPORT"}
    return [
        {"id": f"{ARTICLE}.ev{number:03d}", "start": text.index(words), "end": text.index(words) + len(words)}
        | {"text": words, "type": type}
        for number, (words, type) in enumerate(types.items(), start=1)
    ]


def add_events(copy: Copy) -> None:
    """Add the layer ``events``: its module, its shapes, its labels, and its gold."""
    seed = f"seeds/{ARTICLE}"
    shutil.copy(ROOT / "tests" / "events.py", copy.root / "loaders/zhengwen/layers/events.py")
    names = "clusters, entities, quotes, sentences, stances"
    copy.replace("loaders/zhengwen/layers/__init__.py", f"import {names}", f"import events, {names}")
    copy.replace("loaders/zhengwen/layers/__init__.py", "quotes, stances))", "quotes, stances, events))")
    span = "  start: offset\n  end: end_offset\n  text: {type: string, empty: false}\n"
    type = "  type: {type: string, meta: {labels: event_types}}\n"
    id = r"  id: {type: string, regex: '[a-z0-9-]+\.ev\d{3,}'}" + "\n"
    copy.write(
        "schema/gold/events.yaml",
        f"description: Words that say that something happens.\npart: events\nfields:\n{id}{span}{type}",
    )
    ids = "  id: {type: string}\n  doc_id: {type: string}\n"
    head = "description: An event a row.\npart: events\nscripts: true\ndefault: false\nfields:\n"
    copy.write("schema/rows/events.yaml", f"{head}{ids}{span}{type}")
    copy.replace("schema/design.yaml", "stances]", "stances, events]")
    labels = "event_types:\n  LAUNCH: Something is opened or published.\n  SUPPORT: Somebody supports something.\n\n"
    copy.replace("schema/labels.yaml", "quote_kinds:\n", f"{labels}quote_kinds:\n")
    events = events_in((copy.root / seed / "text.txt").read_text(encoding="utf-8"))
    lines = "".join(json.dumps(event, ensure_ascii=False) + "\n" for event in events)
    copy.write(f"{seed}/gold/events.jsonl", lines)
    made = "{made: manual, by: a person, passes: 1, adjudicated: false}"
    copy.replace(f"{seed}/document.yaml", "  stances: *gold\n", f"  stances: *gold\n  events: {made}\n")


def test_a_new_layer(copy, tmp_path):
    add_events(copy)
    assert len(copy.changed()) <= 10
    gold = copy.root / "seeds" / ARTICLE / "gold"
    second, exported, imported = (tmp_path / name for name in ("second", "exported", "imported"))
    shutil.copytree(gold, second)
    events = (second / "events.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    (second / "events.jsonl").write_text(events[0], encoding="utf-8")
    new, _, check, diff, load, agree, show, show_sentence, info, *_ = copy.run(
        ["new", NEW, "--from", CASES / "received.txt"],
        ["build"],
        ["check"],
        ["diff", REPOSITORY / "corpus", copy.root / "corpus", "--format", "json"],
        ["load", "events-hans"],
        ["agree", gold, second, "--text", gold.parent / "text.txt", "--format", "json"],
        ["show", ARTICLE],
        ["show", ARTICLE, "--sentence", "s002"],
        ["info", "--format", "json"],
        ["export", "brat", ARTICLE, "--out", exported],
        ["import", "brat", exported, "--out", imported],
    )
    assert f"seeds/{NEW}/gold/events.jsonl" in new.stdout.splitlines()
    assert check.stderr == "all well\n"
    assert "events-hans" in diff.stdout
    rows = [json.loads(line) for line in load.stdout.splitlines()]
    assert [(row["doc_id"], row["text"], row["type"]) for row in rows] == [
        (NEW, "提供", "SUPPORT"),
        (NEW, "建成", "LAUNCH"),
        (NEW, "提供", "SUPPORT"),
        (ARTICLE, "登陆", "LAUNCH"),
        (ARTICLE, "表态支持", "SUPPORT"),
    ]
    figures = {
        (figure["layer"], figure["measure"], figure.get("label")): figure.get("value")
        for figure in map(json.loads, agree.stdout.splitlines())
    }
    assert figures["events", "exact F1", ""] == pytest.approx(2 / 3)
    assert "2 events" in show.stdout
    assert re.search("event +LAUNCH 登陆 ", show.stdout)
    assert "  events\n    LAUNCH  登陆  登陸\n" in show_sentence.stdout
    sizes = {document["document"]: document["events"] for document in json.loads(info.stdout)["documents"]}
    assert sizes == {ARTICLE: 2, NEW: 3}
    assert "LAUNCH" in (exported / f"{ARTICLE}.ann").read_text(encoding="utf-8")
    for layer in ("entities", "events", "quotes"):
        assert (imported / f"{layer}.jsonl").read_bytes() == (gold / f"{layer}.jsonl").read_bytes()


def add_macau(copy: Copy) -> None:
    """Add the edition ``hant-mo``, which is made as ``hant-hk`` is."""
    edition = """        Edition(
            "hant-mo",
            script="hant",
            language="zh-Hant-MO",
            released=True,
            title="Macau",
            native="澳門",
            aliases=("zh-Hant-MO", "zh-MO"),
        ),
"""
    taiwan = '        Edition(\n            "hant-tw",\n'
    copy.replace("loaders/zhengwen/editions.py", taiwan, edition + taiwan)
    copy.replace("schema/design.yaml", "hant-hk, hant-tw]", "hant-hk, hant-mo, hant-tw]")
    chains = (copy.root / "loaders/zhengwen/conversion/chains.py").read_text(encoding="utf-8")
    (chain,) = re.findall(r'    "hant-hk": Chain\(\n.*?\n    \),\n', chains, flags=re.DOTALL)
    copy.replace("loaders/zhengwen/conversion/chains.py", chain, chain + chain.replace("hant-hk", "hant-mo"))


LOADED = """
import zhengwen
print(zhengwen.load_dataset("sentences", script="hant-mo").num_rows, *zhengwen.load_dataset("documents").column_names)
"""


def test_a_new_edition(copy, tmp_path):
    add_macau(copy)
    assert copy.changed() == [
        "loaders/zhengwen/conversion/chains.py",
        "loaders/zhengwen/editions.py",
        "schema/design.yaml",
    ]
    page, exported = tmp_path / "page.html", tmp_path / "exported"
    commands = [
        ["build"],
        ["check"],
        ["show", "--edition", "hant-mo"],
        ["page", "--out", page],
        *(["export", name, "--out", exported] for name in ("brat", "labelstudio", "tei")),
        ["load", "sentences-hant-mo"],
        ["load", "sentences-hant-hk"],
        ["convert", "--to", "zh-MO", copy.root / "seeds" / ARTICLE / "text.txt"],
    ]
    _, check, show, *_, macau, hong_kong, converted = copy.run(*commands)
    assert check.stderr == "all well\n"
    assert re.search("hant-mo +上海金融與法律研究院研究員劉遠舉認為，「", show.stdout)
    assert macau.stdout == hong_kong.stdout
    assert len(macau.stdout.splitlines()) == 54
    assert "意味着" in converted.stdout
    html = page.read_text(encoding="utf-8")
    assert 'lang="zh-Hant-MO"' in html
    assert "澳門" in html
    suffixes = (".ann", ".labelstudio.json", ".tei.xml")
    assert {f"{ARTICLE}{suffix}" for suffix in suffixes} <= {path.name for path in exported.iterdir()}
    rows, *columns = copy.python(LOADED).split()
    assert rows == "54"
    assert "text_hant_mo" in columns
