"""Run by ``test_patterns.py``: tries every regular expression of the package and of the schema on long strings.

The expressions are collected from the code (each that is written there, as a constant) and from ``schema/``.  The
strings repeat what each repetition in the expression repeats, so that it matches as much as it can, and end in a
character that fits nowhere: this is what makes an expression try again from every place and in every way.  A linear
expression needs milliseconds of CPU time for one such string, a quadratic one minutes.

Prints a JSON object: the number of expressions, and those that were too slow, with how they were used.
"""

import ast
import itertools
import json
import re
import signal
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from re import _constants as codes
from re import _parser as parser
from typing import NamedTuple

from conftest import ROOT

from zhengwen.schema import read_schema

PACKAGE = ROOT / "loaders" / "zhengwen"
#: The length of the strings, and how many seconds of CPU time an expression has for one of them.
LENGTH, SECONDS = 50_000, 0.5
_FUNCTIONS = {"compile", "search", "match", "fullmatch", "finditer", "findall", "split", "sub", "subn"}


class Expression(NamedTuple):
    """A regular expression: where it stands, its pattern and flags, and how it is used."""

    place: str
    pattern: str
    flags: int
    uses: frozenset[str]


def of_code() -> Iterator[Expression]:
    """Each expression in the package.

    One that is put together from parts is tried with ``x`` for every part that is not a constant.
    """
    for path in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        methods: dict[str, set[str]] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                methods.setdefault(node.value.id, set()).add(node.attr)
        named = {
            node.value: node.targets[0].id
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        }
        for node in ast.walk(tree):
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name(id="re"), attr=function)) if function in _FUNCTIONS:
                    place = f"{path.relative_to(PACKAGE).as_posix()}:{node.lineno}"
                    used = methods.get(named.get(node, ""), {"search"}) if function == "compile" else {function}
                    uses = {use if use in ("match", "fullmatch") else "search" for use in used}
                    yield Expression(place, written(node.args[0]), flags_of(node), frozenset(uses))


def written(node: ast.expr) -> str:
    """The string that ``node`` gives, with ``x`` for what is not a constant."""
    match node:
        case ast.Constant(value=str() as text):
            return text
        case ast.JoinedStr(values=values):
            return "".join(map(written, values))
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            return written(left) + written(right)
        case _:
            return "x"


def flags_of(call: ast.Call) -> int:
    """The flags of a call of ``re``, given by position or by name."""
    names = {name.attr for part in [*call.args[1:], *call.keywords] for name in ast.walk(part) if isinstance(name, ast.Attribute)}
    return sum(int(re.RegexFlag[name]) for name in names if name in re.RegexFlag.__members__)


def of_schema() -> Iterator[Expression]:
    """Each expression in the schema: as Cerberus uses it, and as it stands in ``schema/json``."""

    def walk(value: object, place: str) -> Iterator[Expression]:
        if isinstance(value, dict):
            for key, inner in value.items():
                if key in ("regex", "pattern") and isinstance(inner, str):
                    yield Expression(f"{place}.{key}", inner, 0, frozenset({"match" if key == "regex" else "search"}))
                else:
                    yield from walk(inner, f"{place}.{key}")
        elif isinstance(value, list):
            for number, inner in enumerate(value):
                yield from walk(inner, f"{place}.{number}")

    for name, shape in read_schema().shapes.items():
        yield from walk(dict(shape.fields), f"schema/{name}")
        yield from walk(shape.json_schema(), f"schema/json/{name}")


def samples(pattern: str, flags: int) -> list[str]:
    """For each repetition in ``pattern``, a string that one round of it matches; also single characters that occur."""
    found: list[str] = ["a", "1", " ", "(", "中"]

    def one(parsed) -> str:
        text = ""
        for code, value in parsed:
            match code:
                case codes.LITERAL:
                    text += chr(value)
                case codes.NOT_LITERAL:
                    text += "a" if value != ord("a") else "b"
                case codes.ANY:
                    text += "a"
                case codes.IN:
                    text += of_set(value)
                case codes.BRANCH:
                    options = [one(option) for option in value[1]]
                    found.extend(options)
                    text += options[0]
                case codes.SUBPATTERN:
                    text += one(value[3])
                case codes.MAX_REPEAT | codes.MIN_REPEAT | codes.POSSESSIVE_REPEAT:
                    repeated = one(value[2])
                    found.append(repeated)
                    text += repeated * max(value[0], 1)
                case codes.ATOMIC_GROUP:
                    text += one(value)
                case codes.ASSERT | codes.ASSERT_NOT:
                    found.append(one(value[1]))
        return text

    def of_set(items) -> str:
        if items[0][0] is codes.NEGATE:
            compiled = re.compile(pattern_of_set(items), flags)
            return next(c for c in "a1 中.-(（\n\t" if compiled.fullmatch(c))
        for code, value in items:
            if code is codes.LITERAL:
                found.append(chr(value))
            elif code is codes.RANGE:
                found.append(chr(value[0]))
        code, value = items[0]
        if code is codes.CATEGORY:
            return {codes.CATEGORY_DIGIT: "1", codes.CATEGORY_SPACE: " ", codes.CATEGORY_WORD: "a"}.get(value, ".")
        return chr(value if code is codes.LITERAL else value[0])

    def pattern_of_set(items) -> str:
        parts = []
        for code, value in items[1:]:
            if code is codes.LITERAL:
                parts.append(re.escape(chr(value)))
            elif code is codes.RANGE:
                parts.append(f"{re.escape(chr(value[0]))}-{re.escape(chr(value[1]))}")
            elif code is codes.CATEGORY:
                parts.append({codes.CATEGORY_DIGIT: r"\d", codes.CATEGORY_SPACE: r"\s", codes.CATEGORY_WORD: r"\w",
                              codes.CATEGORY_NOT_DIGIT: r"\D", codes.CATEGORY_NOT_SPACE: r"\S", codes.CATEGORY_NOT_WORD: r"\W"}[value])
        return f"[^{''.join(parts)}]"

    whole = one(parser.parse(pattern, flags))
    distinct = [text for text in dict.fromkeys([*found, whole]) if text]
    return [*distinct[:20], *(first + second for first, second in itertools.permutations(distinct[5:12], 2))]


class TooSlow(Exception):
    """An expression has used up its CPU time."""


def _stop(*_: object) -> None:
    raise TooSlow


def main() -> None:
    """Try every expression."""
    warnings.simplefilter("ignore")
    signal.signal(signal.SIGVTALRM, _stop)
    slow, seen = [], set()
    for place, pattern, flags, uses in [*of_code(), *of_schema()]:
        if (pattern, flags, uses) in seen:
            continue
        seen.add((pattern, flags, uses))
        compiled = re.compile(pattern, flags)
        for sample, end, use in itertools.product(samples(pattern, flags), ("\0", "a\0"), sorted(uses)):
            signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
            try:
                getattr(compiled, use)(sample * (LENGTH // len(sample)) + end)
            except TooSlow:
                slow.append(f"{place}: {pattern!r}, {use}, on {sample!r} repeated")
                print(slow[-1], file=sys.stderr, flush=True)
                break
            finally:
                signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    print(json.dumps({"expressions": len(seen), "slow": slow}, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
