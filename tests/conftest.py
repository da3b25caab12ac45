"""What the tests share: a copy of the repository to spoil, ways to run the command line, and goldens."""

import ast
import atexit
import contextlib
import difflib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from unittest import mock

# `datasets` can serve another folder's cached copy: it gets a cache of its own, and no network, before it is imported.
_HF_HOME = tempfile.TemporaryDirectory(prefix="zhengwen-hf-")
os.environ.update(HF_HOME=_HF_HOME.name, HF_HUB_OFFLINE="1", HF_DATASETS_DISABLE_PROGRESS_BARS="1")

import pytest
from hypothesis import settings

import zhengwen
from zhengwen import paths
from zhengwen.cli import streams
from zhengwen.cli.main import main

# No test is about time: that is what benchmarks/ is for.
settings.register_profile("zhengwen", deadline=None, print_blob=True)
settings.load_profile("zhengwen")

ROOT = Path(__file__).resolve().parents[1]
ARTICLE = "shangyou-2025-deepseek"
#: Where the package states the shapes of every corpus.
SHAPES = ROOT / "loaders" / "zhengwen" / "shapes"


def _copy_of_the_article(copy: Path) -> Path:
    """Copy what a repository consists of, with the article as the only document, and build its release."""
    from zhengwen.release.build import release, write_release
    from zhengwen.repository.reading import Repository

    for name in ("seeds", "schema", "corpus"):
        shutil.copytree(ROOT / name, copy / name)
    for folder in (copy / "seeds").iterdir():
        if folder.is_dir() and folder.name != ARTICLE:
            shutil.rmtree(folder)
    for name in ("CHANGELOG.md", "releases.jsonl"):
        shutil.copy(ROOT / name, copy)
    (copy / "docs").mkdir()
    shutil.copy(ROOT / "docs" / "checks.md", copy / "docs")
    write_release(release(Repository.read(copy)), copy)
    return copy


def _repository_of_the_article() -> Path:
    checkout = paths._CHECKOUT  # another than this one for a test that runs in a copy of the package
    if checkout != ROOT or [folder.name for folder in (ROOT / "seeds").iterdir() if folder.is_dir()] == [ARTICLE]:
        return checkout
    folder = tempfile.TemporaryDirectory(prefix="zhengwen-article-")
    atexit.register(folder.cleanup)
    return _copy_of_the_article(Path(folder.name) / "repository")


#: A repository whose only document is the article: the checkout, unless it has other documents too.  It is what tests
#: read, where commands run, and what the package takes for its own, so that further documents change no count that a
#: test states.
REPOSITORY = _repository_of_the_article()
paths._CHECKOUT = REPOSITORY


def pytest_addoption(parser):
    parser.addoption("--update-golden", action="store_true", help="write the goldens anew instead of comparing")


def pytest_collection_modifyitems(items):
    # The longest module first: at the end, one worker would be busy with it for minutes and the others with nothing.
    items.sort(key=lambda item: item.path.name != "test_mutations.py")


@pytest.fixture(scope="session", autouse=True)
def in_repository():
    """Run every command in :data:`REPOSITORY` that is not told where to run."""
    with contextlib.chdir(REPOSITORY):
        yield


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout, with every document of it."""
    return ROOT


def stated_schema() -> dict[str, Path | bytes]:
    """What ``schema/`` of a copy holds beside the files of the checkout, by path: every shape and all labels.

    The package states most of them for this corpus; a copy states them itself, so that tests can change them.  What is
    a file of the package is given as its path, and what is made of two files as bytes.
    """
    shapes = {f"schema/{path.relative_to(SHAPES).as_posix()}": path for path in sorted(SHAPES.rglob("*.yaml"))}
    labels = [(folder / "labels.yaml").read_text(encoding="utf-8") for folder in (SHAPES, ROOT / "schema")]
    return {**shapes, "schema/labels.yaml": "\n".join(labels).encode("utf-8")}


def copy_repository(copy: Path) -> Path:
    """Copy everything that the checks look at, as before this version is released: its data may still change.

    The copy states all shapes and labels itself (:func:`stated_schema`).
    """
    for name in ("seeds", "schema", "corpus"):
        shutil.copytree(REPOSITORY / name, copy / name)
    for path, stated in stated_schema().items():
        (copy / path).parent.mkdir(exist_ok=True)
        (copy / path).write_bytes(stated if isinstance(stated, bytes) else stated.read_bytes())
    shutil.copy(REPOSITORY / "CHANGELOG.md", copy)
    lines = (REPOSITORY / "releases.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    earlier = [line for line in lines if json.loads(line)["version"] != zhengwen.__version__]
    (copy / "releases.jsonl").write_text("".join(earlier), encoding="utf-8", newline="\n")
    (copy / "docs").mkdir()
    shutil.copy(ROOT / "docs" / "checks.md", copy / "docs")
    return copy


@pytest.fixture
def repository(tmp_path) -> Path:
    """A copy of the repository for one test, which may change it."""
    return copy_repository(tmp_path / "repository")


@pytest.fixture
def workplace(repository) -> Path:
    """A copy of the repository, with the files that the examples of the help and of the pages take for granted."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    seed = repository / "seeds" / ARTICLE
    article, page = (seed / name for name in ("text.txt", "received.txt"))
    shutil.copy(article, repository / "article.txt")
    shutil.copy(page, repository / "page.txt")
    (repository / "names.txt").write_text("百度智能云\n", encoding="utf-8")
    (repository / "pages.txt").write_text("經(jīng)濟發(fā)展,產(chǎn)業(yè)升級\n無損的一行\n", encoding="utf-8")
    (repository / "articles.jsonl").write_text('{"id": "a", "text": "這意味著成效顯著。"}\n', encoding="utf-8")
    (repository / "crawl").mkdir()
    rows = {"id": ["a", "b"], "text": ["這意味著成效顯著。", "無損的一行"]}
    pq.write_table(pa.table(rows), repository / "crawl" / "a.parquet")
    shutil.copy(repository / "corpus/data/sentences-hans/test-00000-of-00001.parquet", repository / "rows.parquet")
    for name, annotator in (("mine", "pass-a"), ("yours", "pass-b")):
        shutil.copytree(seed / "annotators" / annotator, repository / name)
    cells = map(json.loads, (seed / "gold" / "stances.jsonl").read_text(encoding="utf-8").splitlines())
    lines = [json.dumps({"id": cell["id"], "label": cell["label"]}) for cell in cells]
    (repository / "predictions.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return repository


def run_cli(
    *arguments: object, stdin: bytes = b"", cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess:
    """Run ``zhengwen`` with these arguments in this process, and return what a process of its own would have given.

    It does without the time that a new process takes to import its modules.  Standard streams are pipes of bytes, and
    a terminal has 80 columns; ``env`` is added to the environment.
    """
    standard_input, output, errors = (
        io.TextIOWrapper(io.BytesIO(data), encoding="utf-8") for data in (stdin, b"", b"")
    )
    terminated = signal.getsignal(signal.SIGTERM)
    try:
        with (
            contextlib.chdir(cwd or Path.cwd()),
            mock.patch.dict(os.environ, {"COLUMNS": "80"} | dict(env or {})),
            mock.patch.object(streams, "_quiet", False),
            mock.patch.object(sys, "stdin", standard_input),
            contextlib.redirect_stdout(output),
            contextlib.redirect_stderr(errors),
            pytest.raises(SystemExit) as stopped,
        ):
            main([str(argument) for argument in arguments])
    finally:
        signal.signal(signal.SIGTERM, terminated)
    for stream in (output, errors):
        stream.flush()
    code = stopped.value.code or 0
    return subprocess.CompletedProcess(arguments, code, output.buffer.getvalue(), errors.buffer.getvalue())


def assert_error(done: subprocess.CompletedProcess, code: int, message: str) -> None:
    """The command failed with this exit code and one message on stderr, no traceback, and nothing on stdout."""
    error = done.stderr.decode("utf-8")
    assert done.returncode == code, error
    assert message in error
    assert "Traceback" not in error
    assert done.stdout == b""


def run_in_shell(script: str, folder: Path) -> subprocess.CompletedProcess:
    """Run a script as a reader would who has activated the environment: every command of it must succeed."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    command = ["bash", "-euo", "pipefail", "-c", script]
    return subprocess.run(command, cwd=folder, env=os.environ | {"PATH": path}, capture_output=True, text=True)


@pytest.fixture(scope="session")
def seed():
    """The article, as its seeds state it."""
    from zhengwen.schema import read_schema
    from zhengwen.seeds import read_seed

    return read_seed(REPOSITORY / "seeds" / ARTICLE, read_schema().design)


@pytest.fixture(scope="session")
def article(seed):
    """The article, as a document."""
    from zhengwen.assembly import assemble
    from zhengwen.schema import read_schema

    return assemble(seed, read_schema())


@pytest.fixture(scope="session")
def installed(tmp_path_factory) -> Path:
    """The Python of a fresh environment with the wheel of this checkout in it."""
    folder = tmp_path_factory.mktemp("installed")
    # The wheel is built from the sdist, so what the sdist lacks cannot be in the wheel.
    subprocess.run([sys.executable, "-m", "build", "--outdir", str(folder / "dist"), str(ROOT)], check=True)
    subprocess.run([sys.executable, "-m", "twine", "check", "--strict", *(folder / "dist").iterdir()], check=True)
    subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True)
    python = folder / "venv" / "bin" / "python"
    (wheel,) = (folder / "dist").glob("*.whl")
    subprocess.run(
        [python, "-m", "pip", "-q", "install", "-c", str(ROOT / "requirements.lock"), str(wheel)], check=True
    )
    return python


@pytest.fixture
def golden(request):
    """Compare a text with ``tests/golden/<name>``; with ``--update-golden`` write it there."""

    def compare(name: str, text: str) -> None:
        path = ROOT / "tests" / "golden" / name
        if request.config.getoption("--update-golden"):
            path.write_text(text, encoding="utf-8", newline="\n")
        expected = path.read_text(encoding="utf-8") if path.exists() else ""
        if text != expected:
            diff = difflib.unified_diff(expected.split("\n"), text.split("\n"), "golden", "now", lineterm="")
            pytest.fail(f"tests/golden/{name} differs; if rightly, run `pytest --update-golden`\n" + "\n".join(diff))

    return compare


def tree(folder: Path) -> dict[str, bytes]:
    """Every file under ``folder`` with its bytes."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def imported_names(path: Path) -> set[str]:
    """The dotted names that a module imports, anywhere in it, also inside functions."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names
