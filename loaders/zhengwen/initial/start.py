"""Starts a repository: what is planned is checked by the rules of any repository, and written at once."""

import dataclasses
import tempfile
from collections.abc import Iterator
from pathlib import Path

from zhengwen.atomic import replace_files, sole_writer
from zhengwen.errors import ZhengwenError
from zhengwen.findings import Finding
from zhengwen.initial.files import files_of
from zhengwen.initial.plan import TARGETED_LAYER, Plan, refusal
from zhengwen.repository.level2 import read_checked_schema, read_corpus_description
from zhengwen.schema import Schema

_FIX = "name an empty folder, or one that does not exist"
#: The option that states an inventory of labels.
_OPTIONS = {"entity_types": "types", "targets": "targets"}
#: What to do about an answer of a wrong form, where the check of a file says more than a person at a terminal needs.
_FIXES = {
    "name": "use lower-case letters a-z and digits, joined by single hyphens",
    "repository": "write it as ORG/NAME, as a hub has it, or leave it out",
}


def start(plan: Plan, folder: Path, date: str) -> list[str]:
    """Write the repository that ``plan`` describes to ``folder``, whole or not at all; return the paths of its files.

    ``date`` (``YYYY-MM-DD``) is that of today, for the changelog.  Raises :class:`ZhengwenError` if the folder holds
    anything, or if the repository would not pass the checks.
    """
    files = files_of(plan, date)
    schema = assert_valid(plan)
    if not plan.lacks_targets:
        files |= {f"schema/{path}": text.encode("utf-8") for path, text in schema.json_files().items()}
    if folder.is_dir():
        with sole_writer(folder):  # which also finishes or removes what a killed command left
            assert_free(folder)
            replace_files({folder / path: data for path, data in files.items()}, folder)
    else:
        assert_free(folder)
        replace_files({folder / path: data for path, data in files.items()}, folder)
    return sorted(files)


def assert_free(folder: Path) -> None:
    """Raise :class:`ZhengwenError` if ``folder`` is anything but an empty folder, or nothing yet."""
    if folder.is_dir():
        if any(folder.iterdir()):
            raise ZhengwenError(f"{folder}: the folder is not empty", fix=_FIX)
    elif folder.exists() or folder.is_symlink():
        raise ZhengwenError(f"{folder}: is not a folder", fix=_FIX)


def assert_valid(plan: Plan) -> Schema:
    """The schema of the repository that ``plan`` describes.

    Without targets it is that of the other layers.  Raises :class:`ZhengwenError`, which names the option, for the
    first thing that the checks of a repository would find.
    """
    if plan.lacks_targets:
        layers = tuple(name for name in plan.design.layers if name != TARGETED_LAYER)
        plan = dataclasses.replace(plan, design=dataclasses.replace(plan.design, layers=layers))
    with tempfile.TemporaryDirectory(prefix="zhengwen-") as name:
        root = Path(name)
        for path, data in files_of(plan, "").items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(data)
        schema, findings = read_checked_schema(root, [])
        if schema is not None:
            _, findings = read_corpus_description(root, schema)
    for field, finding in _by_option(findings):
        raise refusal(field, finding.message, _FIXES.get(field, finding.fix))
    return schema


def _by_option(findings: list[Finding]) -> Iterator[tuple[str, Finding]]:
    """Each finding with the field of the plan that it is on."""
    for finding in findings:
        inventory, _, rest = finding.message.partition(": ")
        if finding.field in _OPTIONS:
            yield _OPTIONS[finding.field], finding
        elif inventory in _OPTIONS:  # the file could not be read, so the finding has no field
            yield _OPTIONS[inventory], dataclasses.replace(finding, message=rest)
        else:
            yield finding.field, finding
