"""The command ``import``: read corrections made in another tool back into gold.

The module and the function end in an underscore because ``import`` is a keyword of Python.
"""

import sys
from pathlib import Path
from typing import Annotated

import typer

from zhengwen.cli.documents import SeedDocuments
from zhengwen.cli.findings import relative, report
from zhengwen.cli.parameters import FormatName, RepositoryOption
from zhengwen.cli.streams import print_path, say, warn
from zhengwen.errors import ZhengwenError


def import_(
    format: FormatName,
    file: Annotated[Path, typer.Argument(metavar="PATH", help="The file that the tool exported, or its folder.")],
    out: Annotated[
        Path | None, typer.Option("--out", help="Write the layers of one document to this folder instead of its gold.")
    ] = None,
    corpus: RepositoryOption = None,
) -> None:
    """Read corrections made in another tool back into gold.

    Nothing is written if the text differs, a span does not hold its words, or a label is unknown. Afterwards gold is
    checked: if anything remains to be fixed, such as missing stances of a new quotation, it is printed, and the exit
    code is 1.

    Examples:
        zhengwen export labelstudio --out exported && zhengwen import labelstudio exported
        zhengwen export brat --out exported && zhengwen import brat exported --out corrected
    """
    from zhengwen.atomic import leftovers, sole_writer
    from zhengwen.paths import repository_path

    root = repository_path(corpus or ".")
    if file.is_dir() and leftovers(file):
        raise ZhengwenError(f"{file}: an export to this folder was killed", fix="export again, to an empty folder")
    with sole_writer(root):
        _import(format, file, root, out)


def _import(format: str, file: Path, root: Path, out: Path | None) -> None:
    from zhengwen.atomic import replace_files
    from zhengwen.checks import with_record
    from zhengwen.exchange import import_gold
    from zhengwen.schema import read_schema
    from zhengwen.seeds import canonical_lines, gold_path

    schema = read_schema(root / "schema")
    documents = SeedDocuments(root, schema, whole=False)
    imported = import_gold(format, file, documents, schema)
    if out and len(imported) != 1:
        raise ZhengwenError(f"{file} holds {len(imported)} documents", fix="import one at a time, or leave out --out")
    contents: dict[Path, bytes] = {}
    for id, layers in imported.items():
        for line in layers.aside:
            warn(line)
        for layer, records in layers.items():
            say(f"{id}: {layer}: {_changes(documents[id].gold[layer], records)}")
            target = out / f"{layer}.jsonl" if out else gold_path(root / "seeds" / id, layer)
            contents[target] = canonical_lines(records).encode("utf-8")
    changed = {
        target: content
        for target, content in contents.items()
        if not target.is_file() or target.read_bytes() != content
    }
    replace_files(changed, out or root)
    for target in changed:
        print_path(target)
    findings = [] if out else [finding for id in imported for finding in documents.read(id, level=4).findings]
    if report(relative([with_record(finding, root) for finding in findings], root), "text", sys.stderr):
        raise typer.Exit(1)


def _changes(before: list, after: list) -> str:
    """What an import changes in a layer, in words."""
    old, new = ({record.id: record for record in records} for records in (before, after))
    changed = sum(old[id] != new[id] for id in old.keys() & new.keys())
    return f"{len(new.keys() - old.keys())} new, {changed} changed, {len(old.keys() - new.keys())} gone"
