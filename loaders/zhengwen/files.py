"""Strict reading of files: exact UTF-8, JSON and YAML without duplicate keys; and JSON in the one form we write."""

import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, ClassVar

import yaml

from zhengwen.characters import unfit_character
from zhengwen.errors import ZhengwenError
from zhengwen.limits import DEPTH, YAML_NUMBER, YAML_VALUES
from zhengwen.printable import shortened

#: How the pointer begins that Git LFS leaves in the place of a file that it has not fetched.
LFS_POINTER = b"version https://git-lfs.github.com/spec/"


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


class _NotStrictError(ValueError):
    """What Python's ``json`` reads, but is no strict JSON."""


def parse_json(line: str, *, ours: bool = True) -> Any:
    """Strict JSON, raising ``ValueError`` for anything else, and for an odd character.

    Not strict are a duplicate key, NaN and Infinity, a number that no float or, by its digits, no integer can be, and
    values that nest too deeply.  In files of this project (``ours``) a character that does not belong in a text is
    odd (:func:`zhengwen.characters.unfit_character`).  In files of others only a lone surrogate is, because it cannot
    be written as UTF-8.
    """
    try:
        value = json.loads(line, object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite)
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    except (_NotStrictError, json.JSONDecodeError):
        raise
    except ValueError:  # the only other one of `json`, whose message names a function of Python
        raise ValueError(f"an integer has more than {sys.get_int_max_str_digits():,} digits") from None
    _refuse_odd(value, unfit_character if ours else _SURROGATE.search)
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
        _refuse_what_grows(yaml.parse(text, Loader=_StrictLoader))
        value = yaml.load(text, Loader=_StrictLoader)
        _refuse_odd(value, unfit_character)
    except UnicodeDecodeError as error:
        raise ZhengwenError(f"{path}: not UTF-8 (byte {error.start})") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        # libyaml places what is missing at the end behind the last line.
        place = f"{path}:{min(mark.line + 1, len(lines(text)))}" if mark else str(path)
        raise ZhengwenError(f"{place}: not YAML: {shortened(str(error.problem), _SHOWN)}") from None
    except (yaml.YAMLError, ValueError, LookupError, AttributeError, TypeError, ArithmeticError) as error:
        # PyYAML does not wrap the errors of its constructors, such as the ValueError for `!!int foo`.
        raise ZhengwenError(f"{path}: not YAML: {shortened(str(error), _SHOWN)}") from None
    return value


_TOO_DEEP = f"lists and objects nest more than {DEPTH} deep"
#: A message shows at most this many characters of a file.
_SHOWN = 300


def _refuse_what_grows(events: Iterable[yaml.Event]) -> None:
    """Raise ``MarkedYAMLError`` for YAML that nests too deeply, or whose aliases stand for too much or for themselves.

    libyaml's loader recurses in C, and would crash the process on a file that nests too deeply; its parser does not.
    """
    sizes: dict[str, int] = {}
    #: The anchor of each open list or mapping, and how many values there were before it.
    open_collections: list[tuple[str | None, int]] = []
    count = 0

    def refused(problem: str, event: yaml.Event) -> yaml.MarkedYAMLError:
        return yaml.MarkedYAMLError(problem=problem, problem_mark=event.start_mark)

    for event in events:
        if isinstance(event, yaml.AliasEvent):
            if any(anchor == event.anchor for anchor, _ in open_collections):
                raise refused(f"the alias *{event.anchor} stands for a value that it is part of", event)
            count += sizes.get(event.anchor, 1)  # an alias without an anchor is an error of the loader
        elif isinstance(event, yaml.ScalarEvent):
            count += 1
            sizes[event.anchor] = 1
        elif isinstance(event, yaml.CollectionStartEvent):
            open_collections.append((event.anchor, count))
            count += 1
            if len(open_collections) > DEPTH:
                raise refused(_TOO_DEEP, event)
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = open_collections.pop()
            sizes[anchor] = count - before
        if count > YAML_VALUES:
            raise refused(f"more than {YAML_VALUES:,} values, those included that aliases stand for", event)


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
                        problem=f"the key {shortened(repr(key), _SHOWN)} stands twice", problem_mark=key_node.start_mark
                    )
                seen.add(key)
        return super().construct_mapping(node, deep=deep)

    def construct_scalar(self, node):
        kind = node.tag.removeprefix("tag:yaml.org,2002:")
        if kind in _SAME_IN_EVERY_YAML and isinstance(node, yaml.ScalarNode):
            problem = ""
            if len(node.value) > YAML_NUMBER:
                problem = f"a number of {len(node.value):,} characters, more than {YAML_NUMBER}"
            elif not _SAME_IN_EVERY_YAML[kind].fullmatch(node.value):
                problem = (
                    f"readers of YAML disagree on what {node.value} is: put text in quotes, and write numbers in "
                    "decimal digits, truth values as true and false"
                )
            if problem:
                raise yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark)
        return super().construct_scalar(node)


_SURROGATE = re.compile("[\ud800-\udfff]")


def _refuse_odd(value: Any, search: Callable[[str], re.Match[str] | None]) -> None:
    """Raise ``ValueError`` for what ``search`` finds in a string of ``value``, keys included, and for deep nesting."""
    level = [value]
    for depth in range(DEPTH + 1):
        inner: list[Any] = []
        for item in level:
            if isinstance(item, str):
                if match := search(item):
                    raise ValueError(f"a string holds U+{ord(match.group()):04X}")
            elif isinstance(item, dict | list):
                if depth == DEPTH:
                    raise ValueError(_TOO_DEEP)
                inner += item
                if isinstance(item, dict):
                    inner += item.values()
        if not (level := inner):
            return


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) != len(pairs):
        ((name, _),) = Counter(name for name, _ in pairs).most_common(1)
        raise _NotStrictError(f"the field {shortened(repr(name), _SHOWN)} stands twice")
    return record


def _finite(text: str) -> float:
    if abs(number := float(text)) == float("inf"):
        raise _NotStrictError(f"the number {shortened(text, _SHOWN)} is beyond the range of a float")
    return number


def _no_constant(name: str) -> Any:
    raise _NotStrictError(f"{name} is not JSON")
