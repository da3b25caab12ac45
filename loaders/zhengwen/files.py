"""Reads and writes files, strictly: UTF-8 as it is, JSON and YAML without surprises, whole or not at all."""

import json
import os
import tempfile
from pathlib import Path
from typing import Any

import yaml

from zhengwen.errors import ZhengwenError


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


def parse_json(line: str) -> Any:
    """Strict JSON: raises ``ValueError`` for a key that is there twice, and for NaN and Infinity."""
    return json.loads(line, object_pairs_hook=_unique, parse_constant=_no_constant)


def read_yaml(path: Path) -> Any:
    """The content of a YAML file; raises :class:`ZhengwenError` with file and line when it is not YAML.

    A key that is there twice is an error: YAML readers keep one and drop the other without a word.
    """
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_StrictLoader)
    except FileNotFoundError:
        raise ZhengwenError(f"{path}: there is no such file") from None
    except UnicodeDecodeError as error:
        raise ZhengwenError(f"{path}: not UTF-8 (byte {error.start})") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"{path}:{mark.line + 1}" if mark else str(path)
        raise ZhengwenError(f"{place}: not YAML: {error.problem}") from None
    except yaml.YAMLError as error:
        raise ZhengwenError(f"{path}: not YAML: {error}") from None


class _StrictLoader(yaml.SafeLoader):
    def construct_mapping(self, node, deep=False):
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=deep)
            if key_node.tag != "tag:yaml.org,2002:merge" and isinstance(key, str | int):
                if key in seen:
                    raise yaml.MarkedYAMLError(
                        problem=f"the key {key!r} is there twice", problem_mark=key_node.start_mark
                    )
                seen.add(key)
        return super().construct_mapping(node, deep=deep)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) != len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the field {next(name for name in names if names.count(name) > 1)!r} is there twice")
    return record


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
