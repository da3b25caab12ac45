"""The entry point: registers the commands, and turns errors into messages and exit codes.

Data goes to stdout and messages to stderr.  The exit code is 0 for success, 1 for findings or an error, and 2 for wrong
usage.

A command is a function with type hints in a module of its own, which imports heavy modules only inside the function, so
that ``--help`` and light commands start quickly.  Its docstring is its help: a sentence, an optional paragraph, and
``Examples:``.
"""

import copy
import functools
import io
import os
import re
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Annotated

import typer
import typer.core

from zhengwen import __version__
from zhengwen.cli.agree import agree
from zhengwen.cli.build import build
from zhengwen.cli.check import check
from zhengwen.cli.convert import convert
from zhengwen.cli.diff import diff
from zhengwen.cli.export import export
from zhengwen.cli.format import format
from zhengwen.cli.hydrate import hydrate
from zhengwen.cli.import_ import import_
from zhengwen.cli.info import info
from zhengwen.cli.init import init
from zhengwen.cli.load import load
from zhengwen.cli.new import new
from zhengwen.cli.page import page
from zhengwen.cli.process import process
from zhengwen.cli.publish import publish
from zhengwen.cli.restore import restore
from zhengwen.cli.schema import schema
from zhengwen.cli.score import score
from zhengwen.cli.segment import segment
from zhengwen.cli.show import show
from zhengwen.cli.streams import be_quiet, shown
from zhengwen.errors import UnknownNameError, ZhengwenError
from zhengwen.secrecy import scrub


class _Sections(typer.core.TyperGroup):
    """A group of commands that lists them under the headings that they were registered with."""

    def format_commands(self, ctx, formatter) -> None:  # noqa: ARG002  (typer's signature)
        sections: dict[str, list[tuple[str, str]]] = {}
        width = formatter.width - 6 - max(map(len, self.commands))
        for name, command in self.commands.items():
            row = (name, command.get_short_help_str(width))
            sections.setdefault(command.rich_help_panel or "Others", []).append(row)
        for heading, rows in sections.items():
            with formatter.section(heading):
                formatter.write_dl(rows)


app = typer.Typer(
    cls=_Sections,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # help is plain text: quick to print, and the same everywhere
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Annotated Chinese corpora: tools to build, check, publish and load them, and a news corpus.\n\n"
    "Data goes to standard output, messages to standard error; `-` is standard input. Exit code 0: success, "
    "1: findings or an error, 2: wrong usage. Colours are used on terminals only, and not when NO_COLOR is set.",
)


def _print_version(requested: bool) -> None:
    if requested:
        print(__version__)
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", callback=be_quiet, help="Print only data, findings and errors.")
    ] = False,
) -> None:
    pass


#: An address that was made a path, which leaves it one slash.
_ADDRESS = re.compile(r"(?i)[a-z][a-z0-9+.-]+:/")


def _with_local_paths(command: Callable[..., None]) -> Callable[..., None]:
    """``command``, made to refuse an address where it takes a path: it would write to a folder called like it."""

    @functools.wraps(command)
    def checked(**values) -> None:
        for name, value in values.items():
            for path in value if isinstance(value, list) else [value]:
                if isinstance(path, Path) and _ADDRESS.match(str(path)) and not path.exists():
                    raise typer.BadParameter(f"{path} is an address, not a path on this machine", param_hint=name)
        command(**values)

    return checked


#: The commands under the headings of `zhengwen --help`.
for _heading, _commands in {
    "Look into a corpus": (info, show, load, schema, page),
    "Process any Chinese text": (restore, convert, segment, process),
    "Work on a repository": (init, new, check, build, hydrate, diff, format, publish),
    "Measure": (agree, score),
    "Exchange with other tools": (export, import_),
}.items():
    for _command in _commands:
        # The function of `import` is called import_, because `import` is a keyword.
        app.command(_command.__name__.removesuffix("_"), rich_help_panel=_heading)(_with_local_paths(_command))


def command_line() -> typer.core.TyperGroup:
    """All commands as one group; each also takes ``--quiet``, and the examples in its help keep their lines."""
    group = typer.main.get_command(app)
    quiet = copy.copy(next(option for option in group.params if option.name == "quiet"))
    quiet.expose_value = False
    for command in group.commands.values():
        command.params.append(quiet)
        # Click does not rewrap a paragraph that begins with a backspace.
        command.help = (command.help or "").replace("\n\nExamples:\n", "\n\n\b\nExamples:\n")
    return group


#: The errors of typer about the command line, of which each kind says how to show it; typer does not export their base.
_UsageError = typer.BadParameter.__mro__[2]
#: The exit code of typer after an interrupt (Ctrl-C).
_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line, and exit; an error that a user can fix is a message and an exit code, never a traceback.

    ``arguments`` are those of the process when not given.
    """
    # SystemExit runs the clean-up: without it a terminated build would leave its staging folder behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if not sys.stdout:
        _fail("standard output is closed", 1)
    for stream in (sys.stdout, sys.stderr):
        if stream:  # stderr may be closed
            stream.reconfigure(encoding="utf-8")
    sys.excepthook = _report_bug
    try:
        code = command_line()(args=arguments, prog_name="zhengwen", standalone_mode=False)
        if code == _INTERRUPTED and sys.stderr:
            print("\ninterrupted", file=sys.stderr)  # the terminal has just shown ^C, without a newline
        raise SystemExit(code or 0)
    except _UsageError as error:
        message = io.StringIO()
        error.show(message)
        if sys.stderr:
            sys.stderr.write(shown(message.getvalue(), lines=True))
        raise SystemExit(error.exit_code) from None
    except UnknownNameError as error:
        _fail(error, 2)
    except ZhengwenError as error:
        _fail(error, 1)
    except BrokenPipeError:
        # The reader of the pipe has closed it (`| head`): what is still buffered goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None
    except OSError as error:
        _fail(f"{shown(os.fsdecode(error.filename or 'input or output'))}: {error.strerror or error}", 1)
    except MemoryError:
        _fail("out of memory\n  fix: give it less at a time, or more memory", 1)


def _fail(message: object, code: int) -> None:
    if sys.stderr:
        print(f"error: {shown(message, lines=True)}", file=sys.stderr)
    raise SystemExit(code) from None


def _report_bug(type_: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Say of an exception that nothing handled that it is a bug, and where; it may quote what was read.

    As the hook of the interpreter it runs only where a process would end with a traceback: whoever calls :func:`main`,
    such as the tests, gets the exception itself.
    """
    if not sys.stderr:
        return
    if os.environ.get("ZHENGWEN_DEBUG"):
        sys.stderr.write(shown(scrub("".join(traceback.format_exception(type_, error, trace))), lines=True))
    frames = [frame for frame in traceback.extract_tb(trace) if f"{os.sep}zhengwen{os.sep}" in frame.filename]
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    print(f"error: {type_.__name__}{place}: {shown(scrub(str(error)))}", file=sys.stderr)
    print(
        f"  fix: this is a bug in zhengwen {__version__}; report it with what ZHENGWEN_DEBUG=1 prints", file=sys.stderr
    )
