"""Regular expressions, of the package and of the schema, are linear in the length of the text."""

import json
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.slow
def test_every_regular_expression_is_linear():
    script = Path(__file__).with_name("patterns.py")
    done = subprocess.run([sys.executable, script], capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["slow"] == []
    assert result["expressions"] > 100
