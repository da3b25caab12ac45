"""The workflow that releases the package: its commands are run here."""

import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml

import zhengwen


@pytest.fixture(scope="module")
def workflow(root) -> dict:
    """The workflow of a release; YAML 1.1 reads `on` as a boolean."""
    text = (root / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8")
    return yaml.safe_load(re.sub(r"^on:", '"on":', text, flags=re.MULTILINE))


@pytest.fixture
def released(root, tmp_path) -> Path:
    """The files that the workflow reads, with this version in the ledger."""
    for name in ("CHANGELOG.md", "loaders/zhengwen/__init__.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes((root / name).read_bytes())
    (tmp_path / "releases.jsonl").write_text(f'{{"version": "{zhengwen.__version__}"}}\n', encoding="utf-8")
    return tmp_path


def step(workflow: dict, name: str, folder: Path, tag: str) -> int:
    """The exit code of a step, run as GitHub runs it."""
    (command,) = (step["run"] for step in workflow["jobs"]["build"]["steps"] if step.get("name") == name)
    environment = os.environ | {"GITHUB_REF_NAME": tag}
    return subprocess.run(["bash", "-eo", "pipefail", "-c", command], cwd=folder, env=environment).returncode


def test_only_a_tag_starts_it(workflow):
    assert workflow["on"] == {"push": {"tags": ["v*"]}}
    assert [job.get("needs") for job in workflow["jobs"].values()] == [None, "build", "pypi"]


def test_no_job_has_more_permissions_than_it_needs(workflow):
    assert workflow["permissions"] == {"contents": "read"}
    assert {name: job.get("permissions") for name, job in workflow["jobs"].items()} == {
        "build": None,
        "pypi": {"id-token": "write"},
        "github": {"contents": "write"},
    }
    assert "secrets." not in str(workflow)


def test_the_tag_must_be_the_version_and_the_version_must_be_released(workflow, released):
    name = "the tag is the version, and the version is released"
    assert step(workflow, name, released, f"v{zhengwen.__version__}") == 0
    assert step(workflow, name, released, "v9.9.9") != 0
    (released / "releases.jsonl").write_bytes(b"")
    assert step(workflow, name, released, f"v{zhengwen.__version__}") != 0


def test_the_notes_are_the_section_of_the_changelog(workflow, released):
    name = "what the changelog says"
    assert step(workflow, name, released, f"v{zhengwen.__version__}") == 0
    section = (released / "CHANGELOG.md").read_text(encoding="utf-8").split(f"## [{zhengwen.__version__}]")[1]
    expected = section.split("\n## [")[0].split("\n", 1)[1].strip()
    assert (released / "notes.md").read_text(encoding="utf-8").strip() == expected
    assert step(workflow, name, released, "v9.9.9") != 0
