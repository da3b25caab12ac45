"""The command ``import``: what another tool corrected, back in gold.

The underscore is there because ``import`` is a keyword, and so cannot be the name of a module or a function.
"""

import sys
from pathlib import Path
from typing import Annotated

import typer

from zhengwen.cli.documents import SeedDocuments, findings_of, repository
from zhengwen.cli.findings import report
from zhengwen.cli.parameters import FormatName, RepositoryOption
from zhengwen.cli.streams import say
from zhengwen.errors import ZhengwenError


def import_(
    format: FormatName,
    file: Annotated[Path, typer.Argument(metavar="PATH", help="The file that the tool exported, or its folder.")],
    out: Annotated[
        Path | None, typer.Option("--out", help="Write the layers of one document here, and not into its gold.")
    ] = None,
    path: RepositoryOption = Path(),
) -> None:
    """Take what another tool corrected back into gold.

    Nothing is written when the text is another, a span is not where it says, or a label is unknown. Then gold is
    checked: what is left to mend (the stances of a new quotation) is printed, and the exit code is 1.

    Examples:
        zhengwen export labelstudio --out exported && zhengwen import labelstudio exported
        zhengwen export brat --out exported && zhengwen import brat exported --out corrected
    """
    from zhengwen.exchange import import_gold
    from zhengwen.files import write_atomically
    from zhengwen.schema import read_schema
    from zhengwen.seeds import canonical_lines, gold_path

    root = repository(path)
    if root is None:
        raise ZhengwenError(
            f"{path}: not inside a zhengwen repository", fix="change into a checkout, or name it: --path"
        )
    schema = read_schema(root / "schema")
    documents = SeedDocuments(root, schema, whole=False)
    imported = import_gold(format, file, documents, schema)
    if out and len(imported) != 1:
        raise ZhengwenError(f"{file} holds {len(imported)} documents", fix="import one at a time, or leave --out out")
    made: dict[Path, str] = {}
    for id, layers in imported.items():
        for line in layers.aside:
            print(line, file=sys.stderr)
        for layer, records in layers.items():
            say(f"{id}: {layer}: {_told(documents[id].gold[layer], records)}")
            target = out / f"{layer}.jsonl" if out else gold_path(root / "seeds" / id, layer)
            made[target] = canonical_lines(records)
    if out:
        out.mkdir(parents=True, exist_ok=True)
    for target, content in made.items():
        if not target.is_file() or target.read_bytes() != content.encode("utf-8"):
            write_atomically(target, content)
            print(target.as_posix())
    findings = [] if out else [one for id in imported for one in findings_of(root, 4, id)]
    if report(findings, "text", sys.stderr):
        raise typer.Exit(1)


def _told(before: list, after: list) -> str:
    """What an import changes, in words."""
    was, now = ({record.id: record for record in records} for records in (before, after))
    changed = sum(was[id] != now[id] for id in was.keys() & now.keys())
    return f"{len(now.keys() - was.keys())} new, {changed} changed, {len(was.keys() - now.keys())} gone"
