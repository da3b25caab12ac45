"""The commands that work on a checkout: ``new``, ``format``."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from zhengwen.cli.check import report
from zhengwen.cli.streams import say
from zhengwen.errors import ZhengwenError

_Root = Annotated[Path, typer.Argument(help="The repository, or a folder in it.")]


def new(
    doc_id: Annotated[str, typer.Argument(help="Its id: lower-case letters and digits, joined by hyphens.")],
    file: Annotated[Path, typer.Option("--from", help="The article, UTF-8, a paragraph a line.")],
    publisher: Annotated[str | None, typer.Option(help="Who published it.")] = None,
    url: Annotated[str | None, typer.Option(help="Where it is.")] = None,
    origin: Annotated[str | None, typer.Option(help="Where this copy comes from.")] = None,
    rights: Annotated[str | None, typer.Option(help="Whose the text is, and what is granted.")] = None,
    path: Annotated[Path, typer.Option(help="The repository, or a folder in it.")] = Path(),
) -> None:
    """Start a document: its seed, restored, and annotated by rules for you to correct.

    The files are printed. How to go on is in docs/annotating.md.

    Examples:
        zhengwen new nanjiang-2025-shipyard --from article.txt --publisher 河港周报
    """
    from zhengwen.checks import check as run
    from zhengwen.draft import start
    from zhengwen.paths import repository_path
    from zhengwen.schema import read_schema

    root = repository_path(path)
    known = {"publisher": publisher, "url": url, "from": origin, "rights": rights}
    try:
        folder = start(root, doc_id, file.read_bytes(), read_schema(root / "schema"), known)
    except ZhengwenError as error:
        raise ZhengwenError(f"{file}: {error.message}", fix=error.fix) from None
    name = folder.relative_to(root).as_posix()
    for written in sorted(folder.rglob("*.*")):
        print(written.relative_to(root).as_posix())
    report([one for one in run(root, level=4) if one.file.startswith(name)], "text", sys.stderr)
    say("a draft by rules, no gold: read text.txt against received.txt first (docs/annotating.md)")


def format(path: _Root = Path()) -> None:
    """Sort gold and write it in its canonical form.

    The files that changed are printed.

    Examples:
        zhengwen format
    """
    from zhengwen.checks import check as run
    from zhengwen.files import lines, parse_json, read_text, write_atomically
    from zhengwen.paths import repository_path
    from zhengwen.seeds import ADJUDICATION, canonical_decisions, canonical_lines, gold_path, read_seed, seed_folders

    root = repository_path(path)
    # What cannot be read cannot be sorted; anything else that is wrong with gold stays for `check` to say.
    unreadable = [one for one in run(root, level=3) if one.level < 3 or one.id in ("offset-range", "surface-mismatch")]
    if unreadable:
        report(unreadable, "text", sys.stderr)
        raise ZhengwenError("gold cannot be read; nothing was changed", fix="mend it: `zhengwen check`")
    formatted = {}
    for folder in seed_folders(root):
        for layer, records in read_seed(folder).gold.items():
            formatted[gold_path(folder, layer)] = canonical_lines(records)
        decided = folder / ADJUDICATION
        if decided.is_file():
            formatted[decided] = canonical_decisions(map(parse_json, lines(read_text(decided))))
    for file, content in formatted.items():
        if content != read_text(file):
            write_atomically(file, content)
            print(file.relative_to(root).as_posix())
