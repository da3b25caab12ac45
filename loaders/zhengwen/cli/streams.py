"""What every command reads and writes: texts from a file or standard input, messages, tables, findings."""

import contextlib
import sys
from pathlib import Path

from zhengwen.errors import ZhengwenError

_quiet = False


def be_quiet(wanted: bool) -> None:
    """From now on :func:`say` says nothing; ``--quiet`` may stand before the command and behind it."""
    global _quiet
    _quiet = _quiet or wanted


def is_quiet() -> bool:
    """Whether ``--quiet`` was given: then nothing that is no data, finding or error is shown."""
    return _quiet


def say(message: object) -> None:
    """A message for people, on stderr."""
    if not _quiet and sys.stderr:
        print(message, file=sys.stderr, flush=True)


def read(file: str) -> str:
    """The text in ``file`` (``-`` is standard input), as it is; raises :class:`ZhengwenError` when it is not UTF-8."""
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


def parts(file: str):
    """A text in parts of whole lines, about a megabyte each."""
    name = _name(file)
    with contextlib.nullcontext(sys.stdin.buffer) if file == "-" else Path(file).open("rb") as stream:
        done = 0
        while lines := stream.readlines(1 << 20):
            try:
                yield b"".join(lines).decode("utf-8")
            except UnicodeDecodeError as error:
                line = done + error.object.count(b"\n", 0, error.start) + 1
                raise ZhengwenError(f"{name}:{line}: not UTF-8", fix="save it as UTF-8") from None
            done += len(lines)


def _name(file: str) -> str:
    if file != "-":
        return file
    if not sys.stdin:
        raise ZhengwenError("standard input is closed", fix="name a file, or give it a text")
    if sys.stdin.isatty():
        say("reading standard input; Ctrl-D ends it")
    return "standard input"


def console(stderr: bool = False):
    """Where tables and colours go: colours only on a terminal, and none when ``NO_COLOR`` is set."""
    from rich.console import Console

    return Console(highlight=False, stderr=stderr)
