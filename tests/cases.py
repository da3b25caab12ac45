"""Reads the cases: ``tests/cases/<stage>/<kind>.json``, described in ``tests/cases/README.md``."""

import json
from pathlib import Path

import pytest

CASES = Path(__file__).parent / "cases"

#: A known failure must fail: when it passes, it has become another kind of case.
_MARKS = {"known-failures": [pytest.mark.xfail(strict=True)]}


def cases(stage: str, *kinds: str) -> list:
    """The cases of ``stage`` (of these kinds, or of all), as parameters for ``pytest.mark.parametrize``."""
    parameters = []
    for path in sorted((CASES / stage).glob("*.json")):
        if not kinds or path.stem in kinds:
            for case in json.loads(path.read_text(encoding="utf-8")):
                parameters.append(
                    pytest.param(case, id=f"{path.stem}: {case['name']}", marks=_MARKS.get(path.stem, []))
                )
    return parameters
