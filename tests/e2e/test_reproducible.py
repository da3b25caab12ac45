"""The same bytes from a fresh clone, in another folder, time zone, locale and hash seed; the same digests from other
settings of Parquet."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from conftest import ROOT, tree

from zhengwen.checks import check
from zhengwen.release.manifest import read_manifest
from zhengwen.release.reader import ReleaseFolder

SURROUNDINGS = {
    "C": {"LC_ALL": "C", "TZ": "UTC", "PYTHONHASHSEED": "0", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "zh_CN.GB18030": {
        "LC_ALL": "zh_CN.GB18030",
        "TZ": "Asia/Shanghai",
        "PYTHONHASHSEED": "4242",
        "PYTHONUTF8": "0",
        "SOURCE_DATE_EPOCH": "1",
    },
}


@pytest.fixture(scope="module")
def locales(tmp_path_factory) -> str:
    """A folder with the locale zh_CN.GB18030, compiled from the sources that the C library comes with."""
    folder = tmp_path_factory.mktemp("locales")
    process = subprocess.run(
        ["localedef", "-i", "zh_CN", "-f", "GB18030", str(folder / "zh_CN.GB18030")], capture_output=True, text=True
    )
    assert (folder / "zh_CN.GB18030").is_dir(), process.stderr
    return str(folder)


@pytest.mark.parametrize("name", SURROUNDINGS)
def test_a_fresh_clone_elsewhere_gives_the_committed_bytes(name, locales, tmp_path):
    clone = tmp_path / "别处 elsewhere" / "clone"
    subprocess.run(["git", "clone", "-q", "--no-hardlinks", str(ROOT), str(clone)], check=True)
    committed = tree(clone / "corpus")
    shutil.rmtree(clone / "corpus")
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith(("LC_", "LANG", "PYTHON"))},
        **SURROUNDINGS[name],
        "LOCPATH": locales,
        "PYTHONPATH": str(clone / "loaders"),
    }
    program = (
        "import locale, sys\n"
        "locale.setlocale(locale.LC_ALL, '')\n"
        "assert locale.getpreferredencoding(False).upper().replace('-', '') == sys.argv[1], locale.getlocale()\n"
        "from zhengwen.cli.main import main\n"
        "main(['build'])\n"
    )
    encoding = {"C": "ANSI_X3.41968", "zh_CN.GB18030": "GB18030"}[name]
    subprocess.run(
        [sys.executable, "-c", program, encoding], check=True, cwd=clone, env=environment, capture_output=True
    )
    built = tree(clone / "corpus")
    assert built == committed == tree(ROOT / "corpus")


@pytest.mark.parametrize("settings", [{"compression": "snappy", "version": "1.0"}, {"use_dictionary": False}])
def test_other_bytes_of_parquet_have_the_same_digests(repository, settings):
    # Like other settings, another version of pyarrow writes the same rows as other bytes.
    corpus = repository / "corpus"
    before = tree(corpus)
    for path in corpus.rglob("*.parquet"):
        pq.write_table(pq.read_table(path), path, **settings)
    changed = {path for path, data in tree(corpus).items() if data != before[path]}
    assert changed == {path for path in before if path.endswith(".parquet")}
    # The manifest states the bytes before: another version of pyarrow wrote these.
    assert ReleaseFolder(corpus, is_trusted=True).digest == read_manifest(corpus)["data"]["digest"]
    # The rows are right, and the manifest says that the files are not those that were released.
    assert {(finding.id, finding.file) for finding in check(repository)} == {
        ("manifest-mismatch", f"corpus/{path}") for path in changed
    }


@pytest.fixture(scope="module")
def other_pyarrow(tmp_path_factory) -> Path:
    """A folder with another version of pyarrow."""
    folder = tmp_path_factory.mktemp("pyarrow")
    pip = [sys.executable, "-m", "pip", "-q", "install", "--no-deps", "--target", str(folder), "pyarrow==21.0.0"]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PIP_CONSTRAINT")}
    subprocess.run(pip, check=True, env=environment)
    return folder


def test_another_pyarrow_gives_the_same_digests(repository, other_pyarrow):
    released = read_manifest(repository / "corpus")
    environment = {**os.environ, "PYTHONPATH": str(other_pyarrow)}
    subprocess.run([sys.executable, "-m", "zhengwen", "build", str(repository)], check=True, env=environment)
    built = read_manifest(repository / "corpus")
    assert built["made_with"]["pyarrow"] == "21.0.0" != released["made_with"]["pyarrow"]
    assert built["data"] == released["data"]
    assert built["configs"] == released["configs"]
    assert check(repository) == []
