"""Strict reading of JSON and YAML: hostile files are one clear message, in little time and memory."""

import itertools
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhengwen.errors import ZhengwenError
from zhengwen.files import parse_json, parse_yaml
from zhengwen.limits import DEPTH, YAML_NUMBER, YAML_VALUES

PATH = Path("a.yaml")


def yaml_error(content):
    """The message for a YAML file that is refused."""
    with pytest.raises(ZhengwenError) as raised:
        parse_yaml(content.encode("utf-8"), PATH)
    message = str(raised.value)
    assert message.startswith("a.yaml:")
    assert len(message) < 500
    return message.partition(" not YAML: ")[2] or message


def bomb(levels):
    """A list of ten items, each of which stands for ten of the level below."""
    names = [f"a{level}" for level in range(levels)]
    lines = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    for below, name in itertools.pairwise(names):
        lines.append(f"{name}: &{name} [{', '.join([f'*{below}'] * 10)}]")
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a: &a [*a]", "the alias *a stands for a value that it is part of"),
        ("a: &a {b: {c: *a}}", "the alias *a stands for a value that it is part of"),
        ("a: &a {*a : 1}", "the alias *a stands for a value that it is part of"),
        ("a: *a", "found undefined alias"),
        (bomb(9), f"more than {YAML_VALUES:,} values, those included that aliases stand for"),
        ("a: " + "[" * (DEPTH + 1), f"lists and objects nest more than {DEPTH} deep"),
        ("a: " + "{a: " * 10_000, f"lists and objects nest more than {DEPTH} deep"),
        ("a: " + "9" * 5_000, f"a number of 5,000 characters, more than {YAML_NUMBER}"),
        ("a: 0x" + "f" * 5_000, f"a number of 5,002 characters, more than {YAML_NUMBER}"),
        ("a: 1" + ":59" * 5_000, f"a number of 15,001 characters, more than {YAML_NUMBER}"),
        ("a: 1" + ":59" * 5_000 + ".5", f"a number of 15,003 characters, more than {YAML_NUMBER}"),
        ("a: !!int ''", "readers of YAML disagree on what  is"),
        ("a: !!float ''", "readers of YAML disagree on what  is"),
        ("a: !!bool maybe", "readers of YAML disagree on what maybe is"),
        ("a: !!int [1]", "expected a scalar node, but found sequence"),
        ("a: !!timestamp 2020-99-99", "month must be in 1..12"),
        ("a: !" + "x" * 100_000 + " b", "could not determine a constructor for the tag '!xxx"),
        ("x" * 500 + ": 1\n" + "x" * 500 + ": 2", "the key 'xxx"),
        ('a: "\\u200f\\ufffd"', "a string holds U+200F"),
    ],
    ids=lambda value: value[:20],
)
def test_yaml_that_is_refused(content, message):
    assert yaml_error(content).startswith(message)


def test_aliases_within_the_limit_are_read():
    assert parse_yaml(b"a: &a {b: 1}\nc: [*a, *a]\nd: &d x\ne: *d", PATH) == {
        "a": {"b": 1},
        "c": [{"b": 1}, {"b": 1}],
        "d": "x",
        "e": "x",
    }
    levels = len(str(YAML_VALUES)) - 2
    assert len(parse_yaml(bomb(levels).encode("utf-8"), PATH)) == levels


_PARTS = [
    *"a1-:[]{},|<>'\"\\#%@._é~? \n",
    ": ",
    "- ",
    "&a ",
    "*a",
    "!!int ",
    "!!float ",
    "!!set ",
    "!!binary ",
    "!!omap ",
]
_PARTS += ["<<", "---\n", "0x", "e+9", "? "]


@given(st.lists(st.sampled_from(_PARTS), max_size=25).map("".join) | st.text(max_size=20))
def test_any_yaml_is_read_or_refused_with_a_message(content):
    try:
        parse_yaml(content.encode("utf-8", "surrogatepass"), PATH)
    except ZhengwenError as error:
        assert str(error).startswith("a.yaml:")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[" * (DEPTH + 1) + "]" * (DEPTH + 1), f"lists and objects nest more than {DEPTH} deep"),
        ('{"a":' * 100_000, f"lists and objects nest more than {DEPTH} deep"),
        ("[" * 1_000_000, f"lists and objects nest more than {DEPTH} deep"),
        ("9" * 5_000, "an integer has more than 4,300 digits"),
        ('{"a": [-' + "9" * 5_000 + "]}", "an integer has more than 4,300 digits"),
        ("1e400", "the number 1e400 is beyond the range of a float"),
        ('{"a": -1E400}', "the number -1E400 is beyond the range of a float"),
        ("1" + "0" * 1_000 + ".0", "the number 1000"),
        ("NaN", "NaN is not JSON"),
        ("-Infinity", "-Infinity is not JSON"),
        ('{"a": 1, "b": 1, "a": 2}', "the field 'a' stands twice"),
        (
            "{" + ", ".join(f'"{number}": 1' for number in range(50_000)) + ', "49999": 1}',
            "the field '49999' stands twice",
        ),
        ('{"' + "a" * 1_000 + '": 1, "' + "a" * 1_000 + '": 1}', "the field 'aaa"),
        ('{"\\ud800": 1}', "a string holds U+D800"),
    ],
    ids=lambda value: value[:20],
)
def test_json_that_is_refused(content, message):
    with pytest.raises(ValueError, match=re.escape(message)) as raised:
        parse_json(content)
    assert len(str(raised.value)) < 500


def test_json_of_the_greatest_depth_is_read():
    for innermost in ("", "1", '"a"', "[]"):
        depth = DEPTH - (innermost == "[]")
        assert parse_json("[" * depth + innermost + "]" * depth)


def test_what_is_refused_takes_little_memory():
    """The bomb of a hundred million values, in a process that has no memory for a hundredth of them."""
    program = "import resource; resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30))\n"
    program += "import sys; from pathlib import Path; from zhengwen.files import parse_yaml\n"
    program += "try: parse_yaml(sys.stdin.buffer.read(), Path('a'))\nexcept Exception as error: print(error)"
    done = subprocess.run(
        [sys.executable, "-c", program], input=bomb(9), capture_output=True, text=True, encoding="utf-8", check=True
    )
    assert "those included that aliases stand for" in done.stdout
