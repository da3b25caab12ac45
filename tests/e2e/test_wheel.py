"""The package as strangers get it: a wheel, in an environment that holds nothing else."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]


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


def test_every_config_loads_offline_in_an_empty_folder(installed, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "home")}
    subprocess.run([installed, "-I", str(HERE / "installed.py")], check=True, cwd=empty, env=environment)
