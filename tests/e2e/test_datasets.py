"""Other versions of ``datasets`` read the same rows and labels: the lowest that is declared, and the one before it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import zhengwen

HERE = Path(__file__).resolve().parent


def read_by(python: Path | str, home: Path) -> dict:
    """What the ``datasets`` of this Python reads of the packaged corpus."""
    environment = os.environ | {"HF_HOME": str(home), "HF_HUB_OFFLINE": "1"}
    command = [python, "-W", "ignore", str(HERE / "read_release.py"), zhengwen.corpus_path()]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout)


@pytest.fixture(scope="module")
def ours(tmp_path_factory) -> dict:
    """What the installed version reads."""
    return read_by(sys.executable, tmp_path_factory.mktemp("home"))


@pytest.mark.parametrize("version", ["3.6.0", "4.0.0"])
def test_another_version_reads_the_same(version, ours, tmp_path):
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True)
    python = tmp_path / "venv" / "bin" / "python"
    # Without the versions of requirements.lock, which name another `datasets`.
    environment = {name: value for name, value in os.environ.items() if "CONSTRAINT" not in name}
    requirements = [f"datasets=={version}", "pyarrow<22"]
    subprocess.run([python, "-m", "pip", "-q", "install", *requirements], check=True, env=environment)
    assert read_by(python, tmp_path / "home") == ours
    for config in ours.values():
        assert config["direct"] == config["by card"]
        assert config["streamed"] == config["direct"]["rows"]
