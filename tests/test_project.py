"""What the pages of the project state is true, and its files follow the conventions."""

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

import pytest
import yaml
from conftest import ARTICLE, ROOT, imported_names, run_cli, run_in_shell

import zhengwen
from zhengwen.editions import EDITIONS, SCRIPTS

PACKAGE = ROOT / "loaders" / "zhengwen"
PAGES = [path for path in sorted(ROOT.glob("*.md")) + sorted(ROOT.glob("docs/*.md")) if path.name != "CHANGELOG.md"]
#: The pages whose blocks stand each for itself.  Those of the quickstart go on from one another, and are run by
#: ``e2e/test_quickstart.py``.
PAGES_OF_BLOCKS = [page for page in PAGES if page.name != "quickstart.md"]


def tracked() -> list[Path]:
    """Every file of the project, committed or not."""
    command = ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    return [ROOT / name for name in listed if (ROOT / name).is_file()]


def rooms() -> list[str]:
    """The rooms, in the order of docs/architecture.md."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    section = text.split("## Rooms")[1].split("##")[0]
    return re.findall(r"^\| `(\w+)` \|", section, flags=re.MULTILINE)


def imports(path: Path) -> set[str]:
    """The rooms that a module imports from, anywhere in it."""
    return {name.split(".")[1] for name in imported_names(path) if name.startswith("zhengwen.")}


def test_a_room_imports_only_from_rooms_above_it():
    order = rooms()
    modules = {path.relative_to(PACKAGE).with_suffix("").parts[0] for path in PACKAGE.rglob("*.py")}
    assert modules - {"__init__", "__main__"} == set(order)
    for path in PACKAGE.rglob("*.py"):
        room = path.relative_to(PACKAGE).with_suffix("").parts[0]
        if room in order:
            above = set(takewhile(lambda name, room=room: name != room, order))
            below = imports(path) - above - {room, "__version__"}
            assert not below, f"{path.name} ({room}) imports {below}"


def test_no_module_takes_the_name_of_a_public_function():
    names = {path.stem for path in PACKAGE.glob("*.py")} | {path.name for path in PACKAGE.iterdir() if path.is_dir()}
    assert not names & set(zhengwen.__all__)


def test_no_folder_can_be_taken_for_a_loading_script():
    # `datasets` would take <folder>/<folder>.py for one.
    assert [path for path in tracked() if path.suffix == ".py" and path.stem == path.parent.name] == []


#: The libraries that a module outside of ``cli/`` imports inside functions: they are slow to import, or come with an
#: extra.  The reason stands beside each import, or once at the top of a module that does so in most of its functions.
_LATE_IMPORTS = {
    ("document.py", "pandas"),
    ("exchange/xmi.py", "cassis"),
    ("exchange/xmi.py", "lxml"),
    ("load.py", "datasets"),
    ("release/statement.py", "huggingface_hub"),
    ("scale/engines.py", "distributed"),
    ("scale/inputs.py", "datasets"),
    ("shape.py", "datasets"),
    ("stages.py", "numpy"),
    ("stages.py", "pyarrow"),
    ("stages.py", "rjieba"),
    ("stages.py", "zhengwen"),
}
_REASON_FOR_ALL = "so the functions below import what takes long to import."


def late_imports(source: str) -> Iterator[tuple[str, int]]:
    """The library and the line of every import inside a function."""
    for function in ast.walk(ast.parse(source)):
        if isinstance(function, ast.FunctionDef):
            for node in ast.walk(function):
                if isinstance(node, ast.Import):
                    yield from ((alias.name.partition(".")[0], node.lineno) for alias in node.names)
                elif isinstance(node, ast.ImportFrom):
                    yield node.module.partition(".")[0], node.lineno


def test_imports_stand_at_the_top_of_a_module_except_those_listed():
    present = set()
    for path in PACKAGE.rglob("*.py"):
        module = path.relative_to(PACKAGE).as_posix()
        if module.startswith("cli/"):
            continue
        source = path.read_text(encoding="utf-8")
        lines = source.split("\n")
        for library, line in late_imports(source):
            present.add((module, library))
            has_reason = "#" in lines[line - 1] or lines[line - 2].lstrip().startswith("#") or _REASON_FOR_ALL in source
            assert has_reason, f"{module}:{line}: say in a comment why {library} is imported here"
    assert present == _LATE_IMPORTS


def test_loading_imports_nothing_that_measures_restores_checks_or_drafts():
    program = "import sys, zhengwen.load; print(*sys.modules)"
    completed = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    modules = completed.stdout.split()
    assert "zhengwen.load" in modules
    unwanted = r"zhengwen\.(measure|checks|draft|restoration\.restore)(\..*)?|datasets(\..*)?"
    assert [module for module in modules if re.fullmatch(unwanted, module)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_paths_that_a_page_names_exist(page):
    text = page.read_text(encoding="utf-8")
    linked = re.findall(r"\]\(([^)#:]+)\)", text)
    named = re.findall(r"`((?:[\w.-]+/)*[\w.-]+(?:/|\.(?:py|md|yaml|json|txt|lock|toml|j2|cff)))`", text)
    assert linked or named
    for name in linked:
        assert (page.parent / name).exists(), f"{page.name} links to {name}"
    for name in named:
        places = [ROOT / name, PACKAGE / name, page.parent / name, ROOT / "seeds" / ARTICLE / name]
        assert any(place.exists() for place in places), f"{page.name} names {name}"


def test_the_sentence_in_the_readme_is_the_one_in_the_data():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = readme.split("<!-- sentence -->\n```text\n")[1].split("```\n<!-- /sentence -->")[0]
    command = re.search(r"`zhengwen (show [^`]+)`:", readme)[1].split()
    completed = run_cli(*command)
    assert completed.returncode == 0
    assert shown == completed.stdout.decode("utf-8"), "put what the command prints into README.md"


_PYTHON = re.compile(r"^```python\n(.*?)^```", flags=re.DOTALL | re.MULTILINE)
_PAGES_WITH_PYTHON = [page for page in PAGES_OF_BLOCKS if _PYTHON.search(page.read_text(encoding="utf-8"))]

#: Runs blocks of Python, given as a list in JSON; each sees only its own names.  Ends with the traceback of one that
#: fails, and with its number.
_RUN_BLOCKS = """
import json, sys, traceback
for number, block in enumerate(json.load(sys.stdin), start=1):
    try:
        exec(compile(block, f"<block {number}>", "exec"), {"__name__": "__main__"})
    except BaseException:
        traceback.print_exc()
        sys.exit(f"block {number} of Python failed:\\n{block}")
"""


@pytest.mark.parametrize("page", _PAGES_WITH_PYTHON, ids=lambda page: page.name)
def test_the_python_on_the_pages_runs(page, tmp_path):
    blocks = json.dumps(_PYTHON.findall(page.read_text(encoding="utf-8")))
    command = [sys.executable, "-c", _RUN_BLOCKS]
    completed = subprocess.run(command, cwd=tmp_path, input=blocks, capture_output=True, text=True)
    assert completed.returncode == 0, f"{page.name}: {completed.stderr}"


#: Blocks for the shell; the ``console`` blocks of the README, which set up an environment, are run by .ci/run.
_SHELL = re.compile(
    r"(?:<!-- not run: (?P<reason>.+?) -->\n+)?^```(?:sh|bash|shell)\n(?P<block>.*?)^```$",
    flags=re.DOTALL | re.MULTILINE,
)
_PAGES_WITH_SHELL = [page for page in PAGES_OF_BLOCKS if _SHELL.search(page.read_text(encoding="utf-8"))]


@pytest.mark.slow
@pytest.mark.parametrize("page", _PAGES_WITH_SHELL, ids=lambda page: page.name)
def test_the_commands_on_the_pages_run(page, request):
    shells = list(_SHELL.finditer(page.read_text(encoding="utf-8")))
    for reason in (shell["reason"] for shell in shells if shell["reason"]):
        assert len(reason.split()) > 3, f"{page.name}: say why it cannot run here, not only {reason!r}"
    blocks = [shell["block"] for shell in shells if not shell["reason"]]
    if blocks:
        workplace = request.getfixturevalue("workplace")
    for number, block in enumerate(blocks, start=1):
        completed = run_in_shell(block, workplace)
        assert completed.returncode == 0, f"{page.name}, block {number} for the shell:\n{block}\n{completed.stderr}"


def test_code_blocks_are_run_unless_they_are_not_code():
    for page in PAGES:
        kinds = set(re.findall(r"^```(\S*)\n(?:.*?)^```$", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE))
        assert kinds <= {"python", "sh", "bash", "shell", "text", "json", "yaml", "console"}, page.name
        assert "console" not in kinds or page.name == "README.md"


def test_no_command_hides_in_an_indented_block():
    for page in PAGES:
        text = re.sub(r"^ *```.*?^ *```$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
        assert not re.findall(r"^ {4,}(?:zhengwen|python|pip|zcat|cat|git) .*", text, flags=re.MULTILINE), page.name


def test_the_configs_in_the_readme_are_the_configs():
    from zhengwen.schema import read_schema

    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    table = readme.split("| layer | configs |")[1].split("\n\n")[0]
    stated = dict(re.findall(r"^\| (\w+) \| `([\w-]+)` \|", table, flags=re.MULTILINE))
    rows = read_schema().rows
    assert stated == {family: f"{family}-S" if shape.scripts else family for family, shape in rows.items()}


def test_the_commands_in_the_readme_are_the_commands():
    from zhengwen.cli.main import command_line

    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    table = readme.split("| command |")[1].split("\n\n")[0]
    commands = re.findall(r"^\| `zhengwen (\w+)", table, flags=re.MULTILINE)
    headings = run_cli("--help").stdout.decode("utf-8").partition("Look into a corpus:")[2]
    # The table has the order of the help, which groups the commands.
    assert commands == re.findall(r"^  (\w+) {2,}\S", headings, flags=re.MULTILINE)
    assert sorted(commands) == sorted(command_line().commands)


def test_the_exceptions_in_the_docs_are_those_of_the_document(seed):
    from zhengwen.conversion.convert import convert

    text = (ROOT / "docs" / "editions.md").read_text(encoding="utf-8")
    table = text.split("| before | after | why |")[1].split("\n\n")[0]
    rows = re.findall(r"^\| (\S+) \| (\S+) \| (.+) \|$", table, flags=re.MULTILINE)[1:]
    exceptions = seed.about["exceptions"]["editions"]
    assert [row[1:] for row in rows] == [(entry["written"], entry["reason"]) for entry in exceptions]
    assert [row[0] for row in rows] == [convert(entry["hans"], "hant-tw", "hans").text for entry in exceptions]


def test_the_names_in_the_docs_are_those_that_would_be_reworded(article):
    import opencc

    from zhengwen.schema import read_schema

    text = (ROOT / "docs" / "editions.md").read_text(encoding="utf-8")
    table = text.split("| before | after |\n")[1].split("\n\n")[0]
    rows = re.findall(r"^\| ([^-\s]+) \| (\S+) \|$", table, flags=re.MULTILINE)
    types, bare = read_schema().labels["entity_types"], opencc.OpenCC("s2twp")
    names = [entity for entity in article.entities if types[entity.type].protected]
    changed = {(bare.convert(name.text), name.text_in("hant-tw")) for name in names}
    assert set(rows) == {(before, after) for before, after in changed if before != after}


def test_the_accuracy_in_the_docs_is_what_the_benchmark_counts():
    from zhengwen import convert

    lines = (ROOT / "benchmarks" / "pairs.jsonl").read_text(encoding="utf-8").splitlines()
    wrong = dict.fromkeys([("hant", True), ("hant", False), ("hans", True), ("hans", False)], 0)
    for pair in map(json.loads, lines):
        for source, target in (("hans", "hant"), ("hant", "hans")):
            converted = convert(pair[source], target, source).text
            wrong[target, pair["tuned_on"]] += sum(a != b for a, b in zip(converted, pair[target], strict=True))
    text = (ROOT / "docs" / "editions.md").read_text(encoding="utf-8")
    row = re.search(r"^ zhengwen +(\d+) +(\d+) +zhengwen +(\d+) +(\d+)$", text, flags=re.MULTILINE)
    assert [int(count) for count in row.groups()] == list(wrong.values())


def test_the_version_is_stated_once():
    stated = [
        path.relative_to(ROOT).as_posix()
        for path in tracked()
        if path.suffix in (".py", ".toml", ".cff", ".yaml", ".md", ".j2")
        and "corpus" not in path.relative_to(ROOT).parts[:1]
        and path.relative_to(ROOT).parts[0] not in ("tests", "LICENSES")
        and re.search(rf"\b{re.escape(zhengwen.__version__)}\b", path.read_text(encoding="utf-8"))
    ]
    assert stated == ["CHANGELOG.md", "loaders/zhengwen/__init__.py", "seeds/corpus.yaml"]


def test_every_release_in_the_changelog_has_both_parts():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    releases = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    assert releases
    for release in releases:
        assert re.match(r"\[\d+\.\d+\.\d+\] - \d{4}-\d{2}-\d{2}\n", release)
        assert re.findall(r"^### (.*)$", release, flags=re.MULTILINE) == ["Data", "Code"]


def test_the_changelog_has_the_right_numbers(article):
    text = " ".join((ROOT / "CHANGELOG.md").read_text(encoding="utf-8").split())
    labels = [stance.label for stance in article.stances]
    assert (
        f"{len(article.sentences)} sentences, {len(article.entities)} mentions of {len(article.clusters)} referents, "
        f"{len(article.quotes)} quotations, and a grid of {len(article.stances)} stances "
        f"({labels.count('favor')} favor, {labels.count('against')} against)"
    ) in text


def test_the_citation_is_yaml_without_a_version():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["cff-version"] == "1.2.0"
    assert "version" not in citation


def test_the_lock_holds_no_address():
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pinned = [line for line in lock.splitlines() if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[a-z0-9-]+==[\w.]+", line) for line in pinned)
    assert "://" not in lock
    assert len(pinned) > 20


def test_the_lock_says_why_it_has_no_hashes():
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "--hash" in lock or "# It has no hashes: " in lock


WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_by_commit(path):
    text = path.read_text(encoding="utf-8")
    steps = [step for job in yaml.safe_load(text)["jobs"].values() for step in job["steps"]]
    uses = [step["uses"] for step in steps if "uses" in step]
    assert uses
    for action in uses:
        assert re.fullmatch(r"[\w.-]+/[\w.-]+@[0-9a-f]{40}", action), f"{path.name}: {action}: name a commit"
        assert re.search(rf"uses: {action} # v\d+\.\d+\.\d+$", text, flags=re.MULTILINE), (
            f"{action}: which version is it?"
        )
    for step in steps:
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False, path.name


def test_one_action_is_of_one_commit_everywhere():
    commits: dict[str, set[str]] = {}
    for path in WORKFLOWS:
        for name, commit in re.findall(r"uses: ([\w./-]+)@(.+)$", path.read_text(encoding="utf-8"), flags=re.MULTILINE):
            commits.setdefault(name, set()).add(commit)
    del commits["OWNER/zhengwen/.github/workflows/check.yml"]  # an example in a comment
    assert {name: found for name, found in commits.items() if len(found) > 1} == {}


#: What jobs may do besides reading the repository: each has one permission, and nothing else.
_PERMISSIONS = {("release.yml", "pypi"): {"id-token": "write"}, ("release.yml", "github"): {"contents": "write"}}


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_have_the_least_permissions(path):
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert workflow["permissions"] == {"contents": "read"}
    for name, job in workflow["jobs"].items():
        assert job.get("permissions") == _PERMISSIONS.get((path.name, name)), f"{path.name}: {name}"
        assert "timeout-minutes" in job
        for step in job["steps"]:
            # What somebody else may have written goes into a script as a variable, never as text.
            assert "${{" not in step.get("run", ""), f"{path.name}: {name}"


_TEXT = {".md", ".py", ".toml", ".yaml", ".yml", ".json", ".jsonl", ".txt", ".cff", ".j2", ".lock", ""}


def test_text_is_utf8_without_traces_of_damage():
    odd = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ue000-\uf8ff\ufffd\ufeff]")
    for path in tracked():
        if path.suffix in _TEXT and path.name != "received.txt":
            text = path.read_bytes().decode("utf-8")
            assert not odd.search(text), path
            assert not re.search(r'errors="(replace|ignore)"', text) or path == Path(__file__), path


def test_the_received_bytes_are_protected_from_git():
    command = ["git", "-C", str(ROOT), "check-attr", "text", "--", f"seeds/{ARTICLE}/received.txt"]
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout.endswith("text: unset\n")


def test_continuous_integration_can_be_run():
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert ".ci/run" in (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")


def test_the_lists_of_editions_in_pages_and_docstrings_are_the_editions():
    names = "|".join(map(re.escape, sorted(EDITIONS, key=len, reverse=True)))
    table = (ROOT / "docs" / "editions.md").read_text(encoding="utf-8").split("| --- |", 1)[1].split("\n\n")[0]
    assert re.findall(rf"^\| `({names})` \|", table, flags=re.MULTILINE) == list(SCRIPTS)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    listed = readme.split("`S` is a script:")[1].split(".")[0]
    assert re.findall(rf"`({names})`", listed) == list(SCRIPTS)
    for function in (zhengwen.load_dataset, zhengwen.convert):
        sentence = re.search(r"\(``hans``.*?\)", function.__doc__, flags=re.DOTALL)[0]
        assert re.findall(rf"``({names})``", sentence) == list(SCRIPTS), function.__name__


def test_no_fix_sends_people_to_a_file_that_a_wheel_does_not_have():
    for path in sorted((ROOT / "loaders").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                is_said = ast.unparse(node.func) in ("say", "warn")
                shown = [*(node.args if is_said else ()), *(word.value for word in node.keywords if word.arg == "fix")]
                assert not [text for text in map(ast.unparse, shown) if "docs/" in text], f"{path}:{node.lineno}"


def test_arrow_reads_no_python_file_ahead():
    """Threads of Arrow would need Python's lock for it, and abort a process that ends (:mod:`zhengwen.parquet`)."""
    for path in sorted((ROOT / "loaders").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        items = [item for node in ast.walk(tree) if isinstance(node, ast.With) for item in node.items]
        safe = {
            ast.unparse(item.optional_vars)
            for item in items
            if item.optional_vars and ast.unparse(item.context_expr).startswith("parquet_source(")
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in (
                "pq.ParquetFile",
                "pq.read_table",
                "pq.read_metadata",
            ):
                has_no_read_ahead = "pre_buffer=False" in map(ast.unparse, node.keywords)
                assert has_no_read_ahead or ast.unparse(node.args[0]) in safe, f"{path}:{node.lineno}"
