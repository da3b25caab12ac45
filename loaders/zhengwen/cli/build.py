"""The command ``build``: build a release from a repository."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from zhengwen.cli.findings import relative, report
from zhengwen.cli.parameters import RepositoryArgument
from zhengwen.cli.streams import print_path, say
from zhengwen.errors import ZhengwenError


def build(
    path: RepositoryArgument = Path(),
    release: Annotated[
        bool, typer.Option("--release", help="Then also release this version: append its line to releases.jsonl.")
    ] = False,
    without_text: Annotated[
        bool, typer.Option("--without-text", help="Instead, write a release without its texts to the folder --out.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="The folder for --without-text.")] = None,
) -> None:
    """Build corpus/ from seeds/ and schema/.

    The folder is replaced as a whole or not at all, and the names of its files are printed. Other generated files
    (schema/json/, docs/checks.md) are written too if they are stale.

    Examples:
        zhengwen build
        zhengwen build --release
        zhengwen build --without-text --out annotation
    """
    from zhengwen.atomic import sole_writer
    from zhengwen.paths import repository_path

    if without_text != (out is not None) or (without_text and release):
        raise ZhengwenError(
            "--without-text and --out go together, and --release goes with neither",
            fix="`zhengwen build --without-text --out FOLDER`, or `zhengwen build --release`",
        )
    root = repository_path(path)
    with sole_writer(root):
        _build(root, release, out)


def _build(root: Path, release: bool, out: Path | None) -> None:
    from zhengwen.checks import check_repository, generated, history
    from zhengwen.checks.level5 import check_release
    from zhengwen.release.build import release as release_of
    from zhengwen.release.build import write_release
    from zhengwen.release.ledger import record
    from zhengwen.release.withheld import build_without_text
    from zhengwen.repository.reading import Repository

    repository = Repository.read(root)
    _refuse(check_repository(repository, level=4), "nothing was built", root)
    if out is not None:
        for name in build_without_text(repository, out):
            print_path(out / name)
        return
    made = release_of(repository)
    if release:
        _refuse(
            [*history.check(root, repository.version), *history.check_released(made.entry, made.ledger)],
            "nothing was built",
            root,
        )
    for name in write_release(made, root):
        print_path(f"corpus/{name}")
    for name in generated.write(root, repository.schema):
        print_path(name)
    if release:
        _refuse(check_release(repository, made), "nothing was released", root)
        if record(root, made.entry):
            say(f"released {made.entry.version}, data {made.entry.digest}")
        else:
            say("this version was already released with the same data; releases.jsonl is unchanged")


def _refuse(findings: list, outcome: str, root: Path) -> None:
    """If there are findings, print them and raise :class:`ZhengwenError`; ``outcome`` says what was not done."""
    if findings:
        report(relative(findings, root), "text", sys.stderr)
        count = f"{len(findings)} finding{'s' * (len(findings) != 1)}"
        raise ZhengwenError(f"{count}; {outcome}", fix="fix what is listed above, and build again")
