"""The entry point: registers the commands, and turns errors into messages and exit codes.

Data goes to stdout and messages to stderr.  The exit code is 0 for success, 1 for findings or an error, and 2 for wrong
usage.

A command is a function with type hints in a module of its own, which imports heavy modules only inside the function, so
that ``--help`` and light commands start quickly.  Its docstring is its help: a sentence, an optional paragraph, and
``Examples:``.
"""

import copy
import os
import signal
import sys
from collections.abc import Sequence
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
from zhengwen.cli.load import load
from zhengwen.cli.new import new
from zhengwen.cli.page import page
from zhengwen.cli.process import process
from zhengwen.cli.publish import publish
from zhengwen.cli.restore import restore
from zhengwen.cli.score import score
from zhengwen.cli.segment import segment
from zhengwen.cli.show import show
from zhengwen.cli.streams import be_quiet
from zhengwen.errors import UnknownNameError, ZhengwenError


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
    help="An annotated Chinese news corpus, with the tools to build, check and load it.\n\n"
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


#: The commands under the headings of `zhengwen --help`.
for _heading, _commands in {
    "Look into the corpus": (info, show, load, page),
    "Process any Chinese text": (restore, convert, segment, process),
    "Work on a checkout": (new, check, build, hydrate, diff, format, publish),
    "Measure": (agree, score),
    "Exchange with other tools": (export, import_),
}.items():
    for _command in _commands:
        # The function of `import` is called import_, because `import` is a keyword.
        app.command(_command.__name__.removesuffix("_"), rich_help_panel=_heading)(_command)


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
    try:
        command_line()(args=arguments, prog_name="zhengwen")
    except SystemExit as stop:
        if stop.code == _INTERRUPTED and sys.stderr:
            print("\ninterrupted", file=sys.stderr)  # the terminal has just shown ^C, without a newline
        raise
    except UnknownNameError as error:
        _fail(error, 2)
    except ZhengwenError as error:
        _fail(error, 1)
    except BrokenPipeError:
        # The reader of the pipe has closed it (`| head`): what is still buffered goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None
    except OSError as error:
        _fail(f"{error.filename or 'input or output'}: {error.strerror or error}", 1)


def _fail(message: object, code: int) -> None:
    if sys.stderr:
        print(f"error: {message}", file=sys.stderr)
    raise SystemExit(code) from None
