"""A second article in the repository breaks no test."""

import os
import shutil
import subprocess
import sys

import pytest
from conftest import ROOT, run_cli

TEXT = (
    "河港新码头启用\n周明远教授昨天说：“新的码头有助于渔民出海，也是城市的机遇。”他在北京大学任教。\n"
    "记者看到，码头上停着二十条船。渔民认为，停船的费用还是一个问题。\n"
)
#: What reads the corpus of the checkout or of the package, with all doctests.
CONCERNED = (
    *("test_cli", "test_diff", "test_document", "test_exchange", "test_gold", "test_json_schema", "test_load"),
    *("test_location", "test_measure", "test_names", "test_notebook", "test_page", "test_release", "test_repository"),
    *("test_rights", "test_schema", "test_segment"),
)


@pytest.mark.slow
def test_the_other_tests_pass_with_a_second_article(tmp_path):
    checkout = tmp_path / "checkout"
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\0")
    for name in filter(None, listed):
        if (ROOT / name).is_file():
            (checkout / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, checkout / name)
    # Some tests ask git for the files of the checkout, or for what was released: its history is the same.
    shutil.copytree(_git_folder(), checkout / ".git")
    (tmp_path / "article.txt").write_text(TEXT, encoding="utf-8", newline="\n")
    new = ["new", "hegang-2025-port", "--from", tmp_path / "article.txt", "--rights", "Written for tests."]
    for command in (new, ["build"], ["check"]):
        done = run_cli(*command, cwd=checkout)
        assert done.returncode == 0, done.stderr.decode("utf-8")
    tests = [f"tests/{name}.py" for name in CONCERNED]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "loaders", *tests],
        cwd=checkout,
        env=os.environ | {"PYTHONPATH": str(checkout / "loaders")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-20_000:]


def _git_folder() -> str:
    """The folder of git of the checkout, also where that is a worktree of another one."""
    command = ["git", "-C", str(ROOT), "rev-parse", "--path-format=absolute", "--git-common-dir"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
