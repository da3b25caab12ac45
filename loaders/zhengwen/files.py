"""Strict reading of files: exact UTF-8, JSON and YAML without duplicate keys; and JSON in the one form we write."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import yaml

from zhengwen.characters import unfit_character
from zhengwen.errors import ZhengwenError


def read_text(path: Path) -> str:
    """The text of a UTF-8 file, its line ends unchanged.

    Raises :class:`ZhengwenError` when the file cannot be read or is not UTF-8.
    """
    try:
        return _read_bytes(path).decode("utf-8")
    except UnicodeDecodeError as error:
        raise ZhengwenError(f"{path}: not UTF-8 (byte {error.start})") from None


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise ZhengwenError(f"{path}: there is no such file") from None
    except OSError as error:  # such as a folder of that name, or a symbolic link to itself
        raise ZhengwenError(f"{path}: cannot be read: {error.strerror}") from None


def lines(content: str) -> list[str]:
    r"""The lines of a file of JSON lines; only ``\n`` ends one, since a string may hold other line separators.

    >>> lines("{}\n{}\n")
    ['{}', '{}']
    """
    return content.removesuffix("\n").split("\n") if content else []


def canonical_json(record: dict[str, Any]) -> str:
    """``record`` as one line of JSON, in the only form that is written.

    >>> canonical_json({"id": "d.c01", "name": "正文"})
    '{"id": "d.c01", "name": "正文"}'
    """
    return json.dumps(record, ensure_ascii=False, allow_nan=False)


def parse_json(line: str, *, ours: bool = True) -> Any:
    """Strict JSON: raises ``ValueError`` for a duplicate key, for NaN and Infinity, and for an odd character.

    In files of this project (``ours``) a character that does not belong into a text is odd
    (:func:`zhengwen.characters.unfit_character`).  In files of others only a lone surrogate is, because it cannot be
    written as UTF-8.
    """
    try:
        value = json.loads(line, object_pairs_hook=_unique, parse_constant=_no_constant)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if odd := _odd_character(value, unfit_character if ours else _SURROGATE.search):
        raise ValueError(f"a string holds U+{ord(odd):04X}")
    return value


def read_yaml(path: Path) -> Any:
    """The content of a YAML file; raises :class:`ZhengwenError` with file and line if it cannot be read."""
    return parse_yaml(_read_bytes(path), path)


def parse_yaml(data: bytes, path: Path) -> Any:
    """The content of ``data``, the bytes of the YAML file ``path``.

    Raises :class:`ZhengwenError` with file and line if it is not YAML.  A duplicate key is an error: other
    YAML readers keep one value and silently drop the other.
    """
    try:
        text = data.decode("utf-8")
        _refuse_deep_nesting(text)
        value = yaml.load(text, Loader=_StrictLoader)
    except UnicodeDecodeError as error:
        raise ZhengwenError(f"{path}: not UTF-8 (byte {error.start})") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        # libyaml places what is missing at the end behind the last line.
        place = f"{path}:{min(mark.line + 1, len(lines(text)))}" if mark else str(path)
        raise ZhengwenError(f"{place}: not YAML: {error.problem}") from None
    except (yaml.YAMLError, ValueError, KeyError, AttributeError, TypeError) as error:
        # PyYAML does not wrap the errors of its constructors, such as the ValueError for `!!int foo`.
        raise ZhengwenError(f"{path}: not YAML: {error}") from None
    if odd := _odd_character(value):
        raise ZhengwenError(f"{path}: a string holds U+{ord(odd):04X}")
    return value


#: How deep the lists and mappings of a YAML file may nest.
_MAX_DEPTH = 100


def _refuse_deep_nesting(text: str) -> None:
    # libyaml's loader recurses in C, and would crash the process on a file that nests too deeply; its parser does not.
    depth = 0
    for event in yaml.parse(text, Loader=_StrictLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _MAX_DEPTH:
                raise yaml.MarkedYAMLError(problem="nested too deeply", problem_mark=event.start_mark)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


#: What numbers and truth values look like in every version of YAML.  In YAML 1.1 ``33:45`` is 2025, ``010`` is 8 and
#: ``no`` is false; in YAML 1.2 they are 33:45, 10 and no.
_SAME_IN_EVERY_YAML = {
    "int": re.compile("[-+]?(0|[1-9][0-9]*)|0x[0-9a-fA-F]+"),
    "float": re.compile(
        r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)\.[0-9]*)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
    ),
    "bool": re.compile("true|True|TRUE|false|False|FALSE"),
}


class _StrictLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # libyaml reads ten times as fast
    """Refuses duplicate keys and what readers of YAML disagree on, and reads a date as the text that is written."""

    yaml_implicit_resolvers: ClassVar = {
        first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node, deep=False):
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=deep)
            if key_node.tag != "tag:yaml.org,2002:merge" and isinstance(key, str | int):
                if key in seen:
                    raise yaml.MarkedYAMLError(
                        problem=f"the key {key!r} stands twice", problem_mark=key_node.start_mark
                    )
                seen.add(key)
        return super().construct_mapping(node, deep=deep)

    def construct_scalar(self, node):
        kind = node.tag.removeprefix("tag:yaml.org,2002:")
        if kind in _SAME_IN_EVERY_YAML and not _SAME_IN_EVERY_YAML[kind].fullmatch(node.value):
            raise yaml.MarkedYAMLError(
                problem=f"readers of YAML disagree on what {node.value} is: put text in quotes, and write numbers in "
                "decimal digits, truth values as true and false",
                problem_mark=node.start_mark,
            )
        return super().construct_scalar(node)


_SURROGATE = re.compile("[\ud800-\udfff]")


def _odd_character(value: Any, search: Callable[[str], re.Match[str] | None] = unfit_character) -> str | None:
    """A character that ``search`` finds in any string of ``value``, including keys; ``None`` if there is none."""
    waiting, seen = [value], set()
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict | list):
            if id(item) in seen:  # a YAML alias, which may contain itself
                continue
            seen.add(id(item))
        if isinstance(item, str):
            if match := search(item):
                return match.group()
        elif isinstance(item, dict):
            waiting += [*item.keys(), *item.values()]
        elif isinstance(item, list):
            waiting += item
    return None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) != len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the field {next(name for name in names if names.count(name) > 1)!r} stands twice")
    return record


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
