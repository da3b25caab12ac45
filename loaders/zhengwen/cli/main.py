"""The command line.  Data goes to stdout, messages to stderr; 0 is fine, 1 is findings or an error, 2 is wrong usage.

A command is a function with type hints, in a module that imports nothing heavy before the command runs.  Its docstring
is its help: a sentence, perhaps a paragraph, and ``Examples:``.
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
from zhengwen.cli.build import build
from zhengwen.cli.corpus import info, load, show
from zhengwen.cli.process import process
from zhengwen.cli.repository import build, check, format
from zhengwen.cli.streams import be_quiet
from zhengwen.cli.texts import convert, restore, segment
from zhengwen.errors import UnknownNameError, ZhengwenError


class _Sections(typer.core.TyperGroup):
    """The list of commands, under the headings that they were registered with."""

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
    rich_markup_mode=None,  # help is plain text: quick, and the same everywhere
    context_settings={"help_option_names": ["-h", "--help"]},
    help="An annotated Chinese news corpus, with what it takes to make, check and load it.\n\n"
    "Data goes to standard output, messages to standard error; `-` is standard input. Exit code 0: fine, "
    "1: findings or an error, 2: wrong usage. Colours are for terminals, and none where NO_COLOR is set.",
)


def _version(wanted: bool) -> None:
    if wanted:
        print(__version__)
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", callback=be_quiet, help="Say nothing but data, findings and errors.")
    ] = False,
) -> None:
    pass


#: The commands under the headings of `zhengwen --help`.
for _heading, _commands in {
    "Look into the corpus": (info, show, load),
    "Take any Chinese text": (restore, convert, segment, process),
    "Work on a checkout": (check, build, format),
}.items():
    for _command in _commands:
        app.command(rich_help_panel=_heading)(_command)


def command_line() -> typer.core.TyperGroup:
    """Every command, each with ``--quiet`` too, and with its examples line by line."""
    group = typer.main.get_command(app)
    quiet = copy.copy(next(option for option in group.params if option.name == "quiet"))
    quiet.expose_value = False
    for command in group.commands.values():
        command.params.append(quiet)
        # What stands behind a backspace is not filled anew.
        command.help = (command.help or "").replace("\n\nExamples:\n", "\n\n\b\nExamples:\n")
    return group


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; every error that a person can mend is a message and an exit code, never a traceback."""
    # Without this a terminated build would leave its staging folder behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if not sys.stdout:
        _fail("standard output is closed", 1)
    for stream in (sys.stdout, sys.stderr):
        if stream:  # it may be closed
            stream.reconfigure(encoding="utf-8")
    try:
        command_line()(args=arguments, prog_name="zhengwen")
    except UnknownNameError as error:
        _fail(error, 2)
    except ZhengwenError as error:
        _fail(error, 1)
    except BrokenPipeError:
        # The reader of a pipe has gone (`| head`): nothing more can be said to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None
    except OSError as error:
        _fail(f"{error.filename or 'input or output'}: {error.strerror or error}", 1)


def _fail(message: object, code: int) -> None:
    if sys.stderr:
        print(f"error: {message}", file=sys.stderr)
    raise SystemExit(code) from None


def _version(wanted: bool) -> None:
    if wanted:
        print(__version__)
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    pass


@app.command()
def info() -> None:
    """What the corpus holds: its documents and its configs."""
    import pyarrow.parquet as pq
    from rich.table import Table

    from zhengwen.load import Corpus
    from zhengwen.release.card import data_file
    from zhengwen.schema import read_schema

    corpus, schema = Corpus.open(), read_schema()
    console = _console()
    documents = Table(box=None)
    for heading in ("document", "publisher", "characters", "sentences", "mentions", "quotations", "stances"):
        documents.add_column(heading, no_wrap=heading == "document")
    for document in corpus:
        layers = (document.sentences, document.entities, document.quotes, document.stances)
        sizes = [len(document.text()), *map(len, layers)]
        documents.add_row(document.id, document.provenance["publisher"], *map(str, sizes))
    configs = Table("config", "rows", "a row is", box=None)
    configs.columns[0].no_wrap = True
    for config in schema.configs.values():
        count = pq.read_metadata(corpus.path / data_file(config.name)).num_rows
        configs.add_row(config.name, str(count), schema.rows[config.family].description)
    console.print(f"zhengwen {__version__}  {corpus.path}\n", soft_wrap=True, highlight=False)
    console.print(documents)
    console.print()
    console.print(configs)


@app.command()
def show(
    document: Annotated[str | None, typer.Argument(help="The id of a document; needed when there are several.")] = None,
    edition: Annotated[
        list[str] | None, typer.Option(help="Show this edition, such as hant-tw (again for more).")
    ] = None,
    sentence: Annotated[str | None, typer.Option(help="Show one sentence, by the end of its id (s010).")] = None,
) -> None:
    """Show a document with its annotation."""
    from zhengwen.cli.show import show_document, show_sentence
    from zhengwen.load import Corpus

    corpus = Corpus.open()
    ids = [one.id for one in corpus]
    if document is None and len(ids) > 1:
        raise UnknownNameError("document", "", ids, fix="name one")
    shown = corpus[document or ids[0]]
    for name in edition or ():
        if name not in shown.editions:
            raise UnknownNameError("edition", name, shown.editions)
    if sentence is None:
        show_document(_console(), shown, edition or list(_DEFAULT_EDITIONS))
        return
    found = {one.id.rpartition(".")[2]: one for one in shown.sentences}
    wanted = sentence.removeprefix(f"{shown.id}.")
    if wanted not in found:
        raise UnknownNameError("sentence", sentence, [f"s001 … {list(found)[-1]}"])
    show_sentence(_console(), shown, found[wanted])


#: What a reader wants beside each other: the damage, and the text in Simplified and in Traditional characters.
_DEFAULT_EDITIONS = ("received", "hans", "hant")


@app.command()
def load(
    config: Annotated[str, typer.Argument(help="The config, such as sentences-hant.")],
    limit: Annotated[int | None, typer.Option(min=0, max=2**31, help="Print so many rows.")] = None,
) -> None:
    """Print the rows of a config as JSON lines, class labels as names."""
    from itertools import islice

    from zhengwen.load import load_dataset
    from zhengwen.schema import read_schema

    schema = read_schema()
    wanted = schema.config(config)
    shape = schema.rows[wanted.family]
    for row in islice(load_dataset(wanted.family, wanted.script, streaming=True), limit):
        print(json.dumps(shape.decode(row), ensure_ascii=False))


@app.command()
def segment(file: Annotated[str, typer.Argument(help="A UTF-8 text; - is stdin.")] = "-") -> None:
    """Cut a text into sentences and words; a JSON line a sentence."""
    from zhengwen.text.segment import segment as cut

    for part in cut(_read(file)):
        print(json.dumps(part._asdict(), ensure_ascii=False))


@app.command()
def restore(
    file: Annotated[str, typer.Argument(help="A UTF-8 text; - is stdin.")] = "-",
    explain: Annotated[bool, typer.Option("--explain", help="Say on stderr what was undone, and why.")] = False,
    format: Annotated[Literal["text", "json"], typer.Option(help="The text, or a JSON line with all of it.")] = "text",
    lines: Annotated[bool, typer.Option("--lines", help="Each line is a document of its own.")] = False,
) -> None:
    """Undo the damage of a content farm (glosses, cut bytes); text without it comes out as it is."""
    from zhengwen.cli.restore import explain as show
    from zhengwen.cli.restore import to_dict
    from zhengwen.text.restore import restore as made

    # Nothing but a newline ends a line: str.splitlines knows more ends.
    each_line = (line for part in _parts(file) for line in io.StringIO(part, newline="\n"))
    documents = each_line if lines else [_read(file)]
    for number, document in enumerate(documents, start=1):
        body = document.removesuffix("\n") if lines else document
        found = made(body)
        if format == "json":
            print(json.dumps(to_dict(found), ensure_ascii=False))
        else:
            sys.stdout.write(found.text + document[len(body) :])
        if explain:
            show(_console(stderr=True), found, f"line {number}" if lines else file)


@app.command()
def convert(
    file: Annotated[str, typer.Argument(help="A UTF-8 text; - is stdin.")] = "-",
    to: Annotated[str, typer.Option("--to", help="The edition: hans, hant, hant-hk or hant-tw.")] = ...,
    source: Annotated[str | None, typer.Option("--from", help="The edition it is in; detected when not given.")] = None,
    protect: Annotated[Path | None, typer.Option(help="A file of names that keep their wording, one a line.")] = None,
) -> None:
    """Convert a text to another edition, as it comes: about a megabyte of lines at a time."""
    from zhengwen.text.convert import convert as made
    from zhengwen.text.detect import Detection

    if file == "-" and protect == Path("-"):
        raise ZhengwenError("the text and the names cannot both come from standard input", fix="name a file for one")
    names = [line.strip() for line in _read(os.fspath(protect)).split("\n") if line.strip()] if protect else []
    made("", to, source)  # the names of editions are right or wrong before anything is read
    script = None
    for part in _parts(file):
        # A part in which no character tells the script goes by the parts before it.
        found = Detection(part).count.script
        script = found or script
        foreign = script if script and (script == "hans") != (to == "hans") else None
        sys.stdout.write(made(part, to, source or (None if found else foreign), names).text)


@app.command()
def check(
    path: _Root = Path(),
    level: Annotated[int, typer.Option(min=1, max=5, help="Check up to this level.")] = 5,
    format: Annotated[Literal["text", "json"], typer.Option(help="How to print findings.")] = "text",
) -> None:
    """Check seeds, gold, schema and release."""
    import dataclasses

    from zhengwen.checks import check as run

    findings = run(path, level)
    if format == "json":
        for finding in findings:
            print(json.dumps(dataclasses.asdict(finding), ensure_ascii=False))
    else:
        _print(findings, sys.stdout)
    print(f"{len(findings)} finding{'s' * (len(findings) != 1)}" if findings else "all well", file=sys.stderr)
    if findings:
        raise typer.Exit(1)


app.command()(build)


@app.command()
def format(path: _Root = Path()) -> None:
    """Sort the gold of every document and write it in its canonical form."""
    from zhengwen.checks import check as run
    from zhengwen.files import read_text, write_atomically
    from zhengwen.paths import repository_path
    from zhengwen.seeds import canonical_lines, gold_path, read_seed, seed_folders

    root = repository_path(path)
    # What cannot be read cannot be sorted; anything else that is wrong with gold stays for `check` to say.
    unreadable = [one for one in run(root, level=3) if one.level < 3 or one.id in ("offset-range", "surface-mismatch")]
    if unreadable:
        _print(unreadable, sys.stderr)
        raise ZhengwenError("gold cannot be read; nothing was changed", fix="mend it: `zhengwen check`")
    for folder in seed_folders(root):
        for layer, records in read_seed(folder).gold.items():
            file, content = gold_path(folder, layer), canonical_lines(records)
            if content != read_text(file):
                write_atomically(file, content)
                print(file.relative_to(root).as_posix())


app.command()(process)


def _print(findings, stream) -> None:
    for finding in findings:
        print(finding, f"    {finding.fix}", sep="\n", file=stream)


def _read(file: str) -> str:
    name = "standard input" if file == "-" else file
    if file == "-" and not sys.stdin:
        raise ZhengwenError("standard input is closed", fix="name a file, or give it a text")
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


def _parts(file: str):
    """A text in parts of whole lines, about a megabyte each."""
    name = "standard input" if file == "-" else file
    if file == "-" and not sys.stdin:
        raise ZhengwenError("standard input is closed", fix="name a file, or give it a text")
    with contextlib.nullcontext(sys.stdin.buffer) if file == "-" else Path(file).open("rb") as stream:
        done = 0
        while lines := stream.readlines(1 << 20):
            try:
                yield b"".join(lines).decode("utf-8")
            except UnicodeDecodeError as error:
                line = done + error.object.count(b"\n", 0, error.start) + 1
                raise ZhengwenError(f"{name}:{line}: not UTF-8", fix="save it as UTF-8") from None
            done += len(lines)


def _console(stderr: bool = False):
    from rich.console import Console

    return Console(highlight=False, stderr=stderr)
