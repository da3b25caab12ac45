"""The command that works on a checkout: ``format``."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from zhengwen.cli.check import report
from zhengwen.errors import ZhengwenError

_Root = Annotated[Path, typer.Argument(help="The repository, or a folder in it.")]


def format(path: _Root = Path()) -> None:
    """Sort gold and write it in its canonical form.

    The files that changed are printed.

    Examples:
        zhengwen format
    """
    from zhengwen.checks import check as run
    from zhengwen.files import read_text, write_atomically
    from zhengwen.paths import repository_path
    from zhengwen.seeds import canonical_lines, gold_path, read_seed, seed_folders

    root = repository_path(path)
    # What cannot be read cannot be sorted; anything else that is wrong with gold stays for `check` to say.
    unreadable = [one for one in run(root, level=3) if one.level < 3 or one.id in ("offset-range", "surface-mismatch")]
    if unreadable:
        report(unreadable, "text", sys.stderr)
        raise ZhengwenError("gold cannot be read; nothing was changed", fix="mend it: `zhengwen check`")
    for folder in seed_folders(root):
        for layer, records in read_seed(folder).gold.items():
            file, content = gold_path(folder, layer), canonical_lines(records)
            if content != read_text(file):
                write_atomically(file, content)
                print(file.relative_to(root).as_posix())
