"""olah, an independent hub, serves what ``zhengwen publish`` put into a git repository; new clients load it back."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import mlcroissant
import pyarrow.parquet as pq
import pytest
import requests
from mlcroissant._src.core import constants
from olah_hub import serving

import zhengwen
from zhengwen.files import canonical_json
from zhengwen.release.croissant import record_set_id

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
REPO = "zhengwen-corpus/zhengwen"
OLD = zhengwen.__version__
NEW = f"{int(OLD.partition('.')[0]) + 1}.0.0"


def run(checkout: Path, *arguments: str, **options) -> subprocess.CompletedProcess:
    """Run ``zhengwen`` from a copy of the checkout."""
    environment = os.environ | {"PYTHONPATH": str(checkout / "loaders"), "HF_HUB_OFFLINE": "1"}
    for role in ("AUTHOR", "COMMITTER"):
        environment |= {f"GIT_{role}_NAME": "A Publisher", f"GIT_{role}_EMAIL": "publisher@example.org"}
    command = [sys.executable, "-m", "zhengwen", *arguments]
    return subprocess.run(command, cwd=checkout, env=environment, check=True, capture_output=True, text=True)


def raise_version(checkout: Path) -> None:
    """Change the data, and raise the version."""
    (about,) = checkout.glob("seeds/*/document.yaml")
    edit(about, r"^picture_credit: .*$", "picture_credit: 影像")
    edit(checkout / "loaders" / "zhengwen" / "__init__.py", re.escape(f'"{OLD}"'), f'"{NEW}"')
    edit(checkout / "seeds" / "corpus.yaml", f"^version: {re.escape(OLD)}$", f"version: {NEW}")
    section = f"## [{NEW}] - 2030-01-02\n\n### Data\n\n- The picture credit.\n\n### Code\n\n- None.\n\n"
    edit(checkout / "CHANGELOG.md", re.escape(f"## [{OLD}]"), f"{section}## [{OLD}]")


def edit(path: Path, pattern: str, replacement: str) -> None:
    """Replace the only match of ``pattern``."""
    text, count = re.subn(pattern, lambda _: replacement, path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert count == 1, (path, pattern, count)
    path.write_text(text, encoding="utf-8", newline="\n")


def rows_digest(path: Path) -> str:
    """The sha256 of the rows of a Parquet file, as JSON lines."""
    rows = pq.read_table(path).to_pylist()
    return hashlib.sha256("".join(canonical_json(row) + "\n" for row in rows).encode("utf-8")).hexdigest()


def expected(corpus: Path) -> dict:
    """What a client must get of a release: the digest of the rows of each config, and the hash of each file there."""
    host = {".gitattributes": hashlib.sha256(b"* -text\n").hexdigest()}
    return {
        "configs": {path.parent.name: rows_digest(path) for path in corpus.glob("data/*/*.parquet")},
        "files": host
        | {
            path.relative_to(corpus).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(corpus.rglob("*"))
            if path.is_file()
        },
    }


@pytest.fixture(scope="module")
def published(tmp_path_factory) -> dict:
    """Two versions, published one after the other to a bare repository in the place where olah looks for it."""
    folder = tmp_path_factory.mktemp("published")
    checkout, bare = folder / "checkout", folder / "mirrors" / "datasets" / REPO
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, listed.split("\0")):
        if not name.startswith("tests/"):
            (checkout / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, checkout / name)
    bare.parent.mkdir(parents=True)
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", str(bare)], check=True)
    releases = {}
    for version in (OLD, NEW):
        if version == NEW:
            raise_version(checkout)
        run(checkout, "build", "--release")
        process = run(checkout, "publish", str(bare))
        assert f"v{version} published" in process.stderr
        releases[version] = expected(checkout / "corpus")
    return {"mirrors": folder / "mirrors", "releases": releases}


def load(what: str, *tags: str, home: Path, **environment: str) -> dict:
    """What a new process with its own cache in ``home`` gets from a hub."""
    environment |= {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    environment |= {"HF_HOME": str(home), "HF_HUB_DISABLE_TELEMETRY": "1"}
    command = [sys.executable, str(HERE / "hub_client.py"), what, REPO, *tags]
    home.mkdir(exist_ok=True)
    process = subprocess.run(command, env=environment, cwd=home, capture_output=True, text=True)
    assert process.returncode == 0, process.stderr
    return json.loads(process.stdout)


def test_both_versions_load_completely_from_the_hub(published, tmp_path):
    old, new = published["releases"][OLD], published["releases"][NEW]
    assert old["configs"]["documents"] != new["configs"]["documents"]
    with serving(published["mirrors"], tmp_path) as endpoint:
        loaded = load("everything", f"v{OLD}", f"v{NEW}", home=tmp_path / "home", HF_ENDPOINT=endpoint)
    for version, release in published["releases"].items():
        result = loaded[f"v{version}"]
        assert result["files"] == release["files"]
        assert result["configs"] == {
            name: {"version": version, "loaded": digest, "streamed": digest, "ours": digest}
            for name, digest in release["configs"].items()
        }


def test_a_version_that_cannot_be_reached_is_not_replaced_by_another(published, tmp_path):
    old, new, home = f"v{OLD}", f"v{NEW}", tmp_path / "home"
    with serving(published["mirrors"], tmp_path) as endpoint:
        loaded = load("clusters", old, home=home, HF_ENDPOINT=endpoint)
        assert loaded == {old: {"datasets": OLD, "ours": OLD}}
    # The hub is gone.  Set offline, the client does not retry for a minute and a half first.
    loaded = load("clusters", old, new, home=home, HF_ENDPOINT=endpoint, HF_HUB_OFFLINE="1")
    assert loaded[old] == {"datasets": OLD, "ours": OLD}
    # `datasets` returns the version that it has; ours reports that the one asked for cannot be read.
    assert loaded[new]["datasets"] == OLD
    assert loaded[new]["ours"].startswith(f"ZhengwenError: {REPO}: manifest.json of {new} cannot be read: ")


# mlcroissant and rdflib warn of what is deprecated in each other.
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_the_croissant_description_finds_its_files_on_the_hub(published, tmp_path, monkeypatch):
    get = requests.get
    monkeypatch.setattr(constants, "DOWNLOAD_PATH", tmp_path / "downloads")
    with serving(published["mirrors"], tmp_path) as endpoint:
        monkeypatch.setattr(
            requests, "get", lambda url, **options: get(url.replace("https://huggingface.co", endpoint, 1), **options)
        )
        for version in (OLD, NEW):
            place = f"https://huggingface.co/datasets/{REPO}/resolve/v{version}"
            dataset = mlcroissant.Dataset(f"{place}/croissant.json")
            records = list(dataset.records(record_set_id("clusters")))
            (file,) = [file for file in dataset.metadata.file_objects if file.id == "clusters"]
            assert file.content_url.startswith(place)
            assert records
