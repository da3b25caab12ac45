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
from re import _compiler as compiler
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
        named: dict[ast.AST, str] = {}
        for node in ast.walk(tree):
            match node:
                case ast.Attribute(value=ast.Name(id=name) | ast.Subscript(value=ast.Name(id=name)), attr=method):
                    methods.setdefault(name, set()).add(method)
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    named |= dict.fromkeys(ast.walk(value), name)
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
    parts = [node for part in [*call.args[1:], *call.keywords] for node in ast.walk(part)]
    names = {node.attr for node in parts if isinstance(node, ast.Attribute)}
    return sum(int(re.RegexFlag[name]) for name in names & re.RegexFlag.__members__.keys())


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


class Samples:
    """Strings to repeat: what one round of each repetition in a pattern matches, each option, some of each set."""

    def __init__(self, pattern: str, flags: int):
        self._flags = flags
        self._parts: list[str] = []
        self.whole = self._match(parser.parse(pattern, flags))
        self._distinct = [text for text in dict.fromkeys([*"a1 (中", *self._parts, self.whole]) if text]

    def __iter__(self) -> Iterator[str]:
        yield from self._distinct
        yield from map("".join, itertools.permutations(["a", *self._distinct[5:11]], 2))

    def _match(self, parsed: parser.SubPattern) -> str:
        """A string that ``parsed`` matches, as far as assertions allow; adds what is worth repeating."""
        text = ""
        for code, value in parsed:
            match code:
                case codes.LITERAL:
                    text += chr(value)
                case codes.IN | codes.ANY | codes.NOT_LITERAL:
                    text += self._character(code, value)
                case codes.BRANCH:
                    self._parts += (options := [self._match(option) for option in value[1]])
                    text += options[0]
                case codes.SUBPATTERN:
                    text += self._match(value[3])
                case codes.ATOMIC_GROUP:
                    text += self._match(value)
                case codes.MAX_REPEAT | codes.MIN_REPEAT | codes.POSSESSIVE_REPEAT:
                    self._parts.append(self._match(value[2]))
                    text += self._parts[-1] * max(value[0], 1)
                case codes.ASSERT | codes.ASSERT_NOT:
                    self._parts.append(self._match(value[1]))
        return text

    def _character(self, code, value) -> str:
        members = value if code is codes.IN else ()
        named = [chr(item if kind is codes.LITERAL else item[0]) for kind, item in members if kind in _NAMED]
        fits = compiler.compile(parser.SubPattern(parser.State(), [(code, value)]), self._flags).fullmatch
        fitting = [character for character in [*named, *"a1 中.-(（\n"] if fits(character)]
        self._parts += fitting[:4]
        return fitting[0]


#: The members of a set that name characters.
_NAMED = (codes.LITERAL, codes.RANGE)


class TooSlowError(Exception):
    """An expression has used up its CPU time."""


def _stop(*_: object) -> None:
    raise TooSlowError


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
        samples = Samples(pattern, flags)
        for sample, begin, end, use in itertools.product(samples, ("", samples.whole), ("\0", "a\0"), sorted(uses)):
            signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
            try:
                getattr(compiled, use)(begin + sample * (LENGTH // len(sample)) + end)
            except TooSlowError:
                slow.append(f"{place}: {pattern!r}, {use}, on {sample!r} repeated")
                print(slow[-1], file=sys.stderr, flush=True)
                break
            finally:
                signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    print(json.dumps({"expressions": len(seen), "slow": slow}, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
