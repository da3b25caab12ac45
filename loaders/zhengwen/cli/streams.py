"""Input and output that the commands share: texts from a file or standard input, messages, the console.

Data on stdout are printed as they are.  Everything else that may hold a name or a text from data goes through a
function of this module: what cannot be seen is shown as an escape, and secrets in addresses are hidden.
"""

import contextlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from zhengwen.errors import ZhengwenError
from zhengwen.printable import printable, printable_json
from zhengwen.secrecy import clean_addresses

_quiet = False


def be_quiet(requested: bool) -> None:
    """Make :func:`say` print nothing from now on.

    Called for each ``--quiet``: the option may stand before or after the command, and once is enough.
    """
    global _quiet
    _quiet = _quiet or requested


def is_quiet() -> bool:
    """Whether ``--quiet`` was given: then only data, findings and errors are printed."""
    return _quiet


def shown(message: object, *, lines: bool = False) -> str:
    """``message`` as it may be shown on a terminal, on one line; with ``lines``, line feeds are kept."""
    return printable(clean_addresses(str(message)), lines=lines)


def say(message: object) -> None:
    """Print a message to stderr, unless ``--quiet`` was given."""
    if not _quiet:
        warn(message)


def warn(message: object) -> None:
    """Print a message to stderr, even if ``--quiet`` was given."""
    if sys.stderr:
        print(shown(message, lines=True), file=sys.stderr, flush=True)


def print_json(value: Any) -> None:
    """Print a value to stdout as one line of JSON."""
    print(printable_json(json.dumps(value, ensure_ascii=False)))


def print_path(path: str | os.PathLike) -> None:
    """Print the path of a file that was written to stdout."""
    print(shown(Path(path).as_posix()))


def read(file: str) -> str:
    """The text in ``file`` (``-`` is standard input), unchanged.

    Raises :class:`ZhengwenError` when it is not UTF-8 or begins with a byte order mark.
    """
    name = _name(file)
    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ZhengwenError(f"{name}:{line}: byte {error.start} is not UTF-8", fix="save it as UTF-8") from None
    if text.startswith("\N{ZERO WIDTH NO-BREAK SPACE}"):
        raise ZhengwenError(
            f"{name}:1: begins with a byte order mark, which would shift every offset",
            fix="save it as UTF-8 without BOM",
        )
    return text


def parts(file: str) -> Iterator[str]:
    """The text in ``file`` (``-`` is standard input), in parts of whole lines of about a megabyte each.

    Raises :class:`ZhengwenError` when it is not UTF-8.
    """
    name = _name(file)
    with contextlib.nullcontext(sys.stdin.buffer) if file == "-" else Path(file).open("rb") as stream:
        lines_before = 0
        while lines := stream.readlines(1 << 20):
            try:
                yield b"".join(lines).decode("utf-8")
            except UnicodeDecodeError as error:
                line = lines_before + error.object.count(b"\n", 0, error.start) + 1
                raise ZhengwenError(f"{name}:{line}: not UTF-8", fix="save it as UTF-8") from None
            lines_before += len(lines)


def _name(file: str) -> str:
    """What messages call ``file``; also tells a person at a terminal that standard input is being read."""
    if file != "-":
        return file
    if not sys.stdin:
        raise ZhengwenError("standard input is closed", fix="name a file, or redirect one to standard input")
    if sys.stdin.isatty():
        say("reading standard input; Ctrl-D ends it")
    return "standard input"


def console(stderr: bool = False):
    """The console for tables and colours; it uses colours only on a terminal, and not when ``NO_COLOR`` is set.

    A string is a text to it, never markup, and what cannot be seen is shown as an escape.
    """
    from rich.console import Console
    from rich.segment import Segment

    class SafeConsole(Console):
        def render(self, renderable, options=None):
            for segment in super().render(renderable, options):
                yield segment if segment.control else Segment(printable(segment.text, lines=True), segment.style)

    return SafeConsole(highlight=False, markup=False, emoji=False, stderr=stderr)
