"""The command ``format``: write gold in its canonical form."""

import sys
from pathlib import Path

from zhengwen.cli.findings import relative, report
from zhengwen.cli.parameters import RepositoryArgument
from zhengwen.cli.streams import print_path
from zhengwen.errors import ZhengwenError


def format(path: RepositoryArgument = Path()) -> None:
    """Sort gold and write it in its canonical form.

    The names of the files that changed are printed.

    Examples:
        zhengwen format
    """
    from zhengwen.atomic import sole_writer
    from zhengwen.paths import repository_path

    root = repository_path(path)
    with sole_writer(root):
        _format(root)


def _format(root: Path) -> None:
    from zhengwen.atomic import replace_files
    from zhengwen.checks import with_record
    from zhengwen.files import lines, parse_json, read_text
    from zhengwen.repository.reading import Repository
    from zhengwen.seeds import ADJUDICATION, canonical_decisions, canonical_lines, gold_path

    # Gold that cannot be read cannot be sorted; anything else that is wrong with it is left for `check` to report.
    repository = Repository.read(root, level=3)
    unreadable = [
        with_record(finding, root)
        for finding in repository.findings
        if finding.level < 3 or finding.id in ("offset-range", "surface-mismatch")
    ]
    if unreadable:
        report(relative(unreadable, root), "text", sys.stderr)
        raise ZhengwenError("gold cannot be read; nothing was changed", fix="fix what is listed above")
    formatted = {}
    for document in repository.documents:
        # If a bracket or quotation mark of the text is unbalanced, spans were not checked: the gold stays as it is.
        gold = document.seed.gold if document.seed else {}
        for layer, records in gold.items():
            formatted[gold_path(document.folder, layer)] = canonical_lines(records)
        adjudication = document.folder / ADJUDICATION
        if adjudication.is_file():
            formatted[adjudication] = canonical_decisions(map(parse_json, lines(read_text(adjudication))))
    changed = {file: content.encode("utf-8") for file, content in formatted.items() if content != read_text(file)}
    replace_files(changed, root)
    for file in changed:
        print_path(file.relative_to(root))
