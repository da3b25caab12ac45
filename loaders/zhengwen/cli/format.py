"""The command ``format``: gold in its canonical form."""

import sys
from pathlib import Path

from zhengwen.cli.findings import report
from zhengwen.cli.parameters import RepositoryArgument
from zhengwen.errors import ZhengwenError


def format(path: RepositoryArgument = Path()) -> None:
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
