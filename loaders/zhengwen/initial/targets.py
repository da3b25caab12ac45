"""Reads a list of targets: what stances are to be annotated on."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from zhengwen.characters import named, unfit_character
from zhengwen.errors import ZhengwenError
from zhengwen.files import parse_yaml, read_text

_FORMS = "write YAML (`key: name`, or `key: {name: …, definition: …}`), or key, name and definition with tabs between"


class Target(NamedTuple):
    """A target: ``name`` is what people are shown, ``definition`` what it means; ``None`` if that was not said."""

    name: str | None = None
    definition: str | None = None


def read_targets(path: Path) -> dict[str, Target]:
    """The targets in a file, by key, in its order.

    It is YAML (a mapping of keys to names, or to ``name`` and ``definition``, or a list of keys), or has lines with a
    key, and possibly a name and a definition behind tabs; there, empty lines and those that begin with ``#`` do not
    count.  Raises :class:`ZhengwenError`, which names the file, for anything else.
    """
    if not path.is_file():
        raise ZhengwenError(f"{path}: there is no such file", fix="name a file with the targets")
    text = read_text(path)
    # A line separator inside a name is no end of a line: the checks find it there.
    numbered = enumerate(text.replace("\r\n", "\n").split("\n"), start=1)
    lines = [(number, line) for number, line in numbered if _is_content(line)]
    if lines and _is_table(lines[0][1]):
        return _from_lines(path, lines)
    content = parse_yaml(text.encode("utf-8"), path)
    if isinstance(content, str):  # lines with nothing but keys are one text in YAML
        return _from_lines(path, lines)
    if isinstance(content, list):
        entries = enumerate(content, start=1)
        return _unique(path, ((f"{path}: entry {number}", key, Target()) for number, key in entries))
    if isinstance(content, dict) and content:
        return {key: _target(path, key, value) for key, value in content.items()}
    raise ZhengwenError(f"{path}: no targets in it", fix=_FORMS)


def _is_content(line: str) -> bool:
    return bool(line.strip()) and not line.startswith("#")


def _is_table(line: str) -> bool:
    key, tab, _ = line.partition("\t")
    return bool(tab and key.strip() and ":" not in key)


def _from_lines(path: Path, lines: Iterable[tuple[int, str]]) -> dict[str, Target]:
    targets = []
    for number, line in lines:
        if unfit := unfit_character(line):
            raise ZhengwenError(f"{path}:{number}: holds {named(unfit.group())}", fix="leave that character out")
        key, *texts = (field.strip() or None for field in line.split("\t"))
        if len(texts) > len(Target._fields):
            raise ZhengwenError(f"{path}:{number}: more than two tabs", fix=_FORMS)
        targets.append((f"{path}:{number}", key, Target(*texts)))
    return _unique(path, targets)


def _unique(path: Path, targets: Iterable[tuple[str, object, Target]]) -> dict[str, Target]:
    found: dict[str, Target] = {}
    for place, key, target in targets:
        if not isinstance(key, str):
            raise ZhengwenError(f"{place}: {key!r} is no key", fix=_FORMS)
        if key in found:
            raise ZhengwenError(f"{place}: {key!r} stands twice", fix="name each target once")
        found[key] = target
    if not found:
        raise ZhengwenError(f"{path}: no targets in it", fix=_FORMS)
    return found


def _target(path: Path, key: object, value: object) -> Target:
    if not isinstance(key, str):
        raise ZhengwenError(f"{path}: {key!r} is no text", fix="write quotes around it")
    if value is None or isinstance(value, str):
        return Target(value)
    is_target = isinstance(value, dict) and value.keys() <= set(Target._fields)
    if is_target and all(text is None or isinstance(text, str) for text in value.values()):
        return Target(**value)
    raise ZhengwenError(f"{path}: {key}: expected a name, or `name` and `definition`", fix=_FORMS)
