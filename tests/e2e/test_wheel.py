"""The package as strangers get it: a wheel, in an environment that holds nothing else."""

import os
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent


def test_every_config_loads_offline_in_an_empty_folder(installed, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "home")}
    subprocess.run([installed, "-I", str(HERE / "installed.py")], check=True, cwd=empty, env=environment)
