"""Reads and writes ``seeds/<doc_id>/``: what people made or received.

Text is read as it is: UTF-8, no newline translation.  Gold is one record a line, sorted, in one canonical form, so
that a change shows as the lines that changed.
"""

import json
import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zhengwen.errors import ZhengwenError
from zhengwen.records import LAYERS, Record
from zhengwen.schema import read_yaml
from zhengwen.text.damage import DamagePolicy, damage

#: The files of a document besides its gold.
RECEIVED, DOCUMENT, TEXT = "received.txt", "document.yaml", "text.txt"


@dataclass(frozen=True)
class Seed:
    """One document of ``seeds/``: its texts, what ``document.yaml`` says, and its gold, a list of records a layer."""

    id: str
    received: str
    text: str
    about: dict[str, Any]
    gold: dict[str, list[Record]]

    @property
    def policy(self) -> DamagePolicy:
        """What the site did to this document."""
        return DamagePolicy(**self.about["damage"])

    @property
    def farm_exceptions(self) -> dict[str, str]:
        """The characters that the farm writes otherwise than OpenCC's first candidate."""
        return {entry["hans"]: entry["restored"] for entry in self.about["exceptions"]["conversion"]}


def seed_folders(root: Path) -> list[Path]:
    """The folders of the documents of a repository, in the order of their ids."""
    return sorted(folder for folder in (root / "seeds").iterdir() if folder.is_dir())


def read_seed(folder: Path) -> Seed:
    """Read one document.  The files must have passed the checks; one that has not raises :class:`ZhengwenError`."""
    try:
        gold = {
            layer: [record_class.from_dict(parse_json(line)) for line in lines(read_text(gold_path(folder, layer)))]
            for layer, record_class in LAYERS.items()
        }
    except (ValueError, TypeError) as error:
        raise ZhengwenError(f"{folder}: gold cannot be read: {error}", fix="run `zhengwen check`") from None
    return Seed(folder.name, read_text(folder / RECEIVED), read_text(folder / TEXT), read_yaml(folder / DOCUMENT), gold)


def gold_path(folder: Path, layer: str) -> Path:
    """The file of one layer of gold."""
    return folder / "gold" / f"{layer}.jsonl"


def read_text(path: Path) -> str:
    """The text of a UTF-8 file as it is; raises :class:`ZhengwenError` for a person."""
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        raise ZhengwenError(f"{path}: there is no such file") from None
    except UnicodeDecodeError as error:
        raise ZhengwenError(f"{path}: not UTF-8 (byte {error.start})") from None


def lines(content: str) -> list[str]:
    r"""The lines of a file of gold; only ``\n`` ends one (a string may hold other separators).

    >>> lines("{}\n{}\n")
    ['{}', '{}']
    """
    return content.removesuffix("\n").split("\n") if content else []


def write_atomically(path: Path, content: str) -> None:
    """Write ``content`` to ``path`` whole or not at all; the old file stays as it is when writing fails."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content.encode("utf-8"))
        Path(temporary).chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def canonical_json(record: dict[str, Any]) -> str:
    """The one way to write a record on a line.

    >>> canonical_json({"id": "d.c01", "name": "正文"})
    '{"id": "d.c01", "name": "正文"}'
    """
    return json.dumps(record, ensure_ascii=False, allow_nan=False)


def canonical_lines(records: Iterable[Record]) -> str:
    """The content of a file of gold: the records in order, one a line."""
    return "".join(canonical_json(record.to_dict()) + "\n" for record in sorted(records, key=lambda one: one.order()))


def parse_json(line: str) -> Any:
    """Strict JSON: raises ``ValueError`` for a key that is there twice, and for NaN and Infinity."""
    return json.loads(line, object_pairs_hook=_unique, parse_constant=_no_constant)


def locate(text: str, surface: str, occurrence: int = 1, *, start: int = 0, end: int | None = None) -> tuple[int, int]:
    """The span of the ``occurrence``-th place (counted from 1) where ``surface`` stands in ``text[start:end]``.

    Offsets of gold are found with this, never counted by hand.  Raises ``ValueError`` when there is no such place.

    >>> locate("他说，他来。", "他", 2)
    (3, 4)
    """
    end = len(text) if end is None else end
    found = start - 1
    for _ in range(occurrence):
        found = text.find(surface, found + 1, end)
        if found < 0:
            raise ValueError(f"{surface!r} does not stand {occurrence} times in [{start}, {end})")
    return found, found + len(surface)


def modelled_received(seed: Seed, restored: str) -> str:
    """What the model of the damage makes of ``restored``, with the unexplained sites put in as they were received.

    Raises :class:`ZhengwenError` when an unexplained site is not where ``document.yaml`` says.
    """
    lines = damage(restored, seed.policy).split("\n")
    for number, site in enumerate(seed.about["exceptions"]["unexplained"]):
        line = site["line"] - 1
        if line >= len(lines) or lines[line].count(site["model"]) != 1:
            raise ZhengwenError(
                f"exceptions.unexplained.{number}: line {site['line']} of the modelled text does not hold "
                f"{site['model']!r} exactly once"
            )
        lines[line] = lines[line].replace(site["model"], site["received"])
    return "\n".join(lines)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) != len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the field {next(name for name in names if names.count(name) > 1)!r} is there twice")
    return record


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
