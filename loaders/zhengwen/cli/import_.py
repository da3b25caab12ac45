"""The command ``import``: read corrections made in another tool back into gold, or make new documents.

The module and the function end in an underscore because ``import`` is a keyword of Python.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from zhengwen.cli.documents import SeedDocuments
from zhengwen.cli.findings import relative, report
from zhengwen.cli.import_new import NewOptions, import_new
from zhengwen.cli.parameters import FormatName, RepositoryOption
from zhengwen.cli.streams import print_path, say, warn
from zhengwen.errors import ZhengwenError

if TYPE_CHECKING:
    from zhengwen.findings import Finding


def import_(
    format: FormatName,
    file: Annotated[Path, typer.Argument(metavar="PATH", help="The file that a tool exported, or its folder.")],
    out: Annotated[
        Path | None, typer.Option("--out", help="Write the layers of one document to this folder instead of its gold.")
    ] = None,
    new: Annotated[bool, typer.Option("--new", help="Make new documents of the texts, with their annotation.")] = False,
    labels: Annotated[
        Path | None,
        typer.Option("--labels", help="With --new: a YAML map from labels there to entity types; null leaves one out."),
    ] = None,
    labels_draft: Annotated[
        Path | None,
        typer.Option("--labels-draft", help="Only write such a map to this file, for you to fill in."),
    ] = None,
    prefix: Annotated[str | None, typer.Option(help="With --new: what the ids of the documents begin with.")] = None,
    publisher: Annotated[str | None, typer.Option(help="With --new: who published the texts.")] = None,
    url: Annotated[str | None, typer.Option(help="With --new: where they were published.")] = None,
    origin: Annotated[str | None, typer.Option(help="With --new: where these copies come from.")] = None,
    rights: Annotated[str | None, typer.Option(help="With --new: who holds the rights, and what is granted.")] = None,
    by: Annotated[str | None, typer.Option(help="With --new: who annotated the texts.")] = None,
    document_per: Annotated[
        str | None,
        typer.Option(
            "--document-per",
            metavar="file|record|N",
            help="With --new, for files of records or sentences: how many make a document.",
        ),
    ] = None,
    scheme: Annotated[
        Literal["iob1", "iob2", "bioes", "bilou", "any"] | None,
        typer.Option(help="With --new: the scheme of tags, if it cannot be told; `any` reads whatever is there."),
    ] = None,
    tag_column: Annotated[
        list[int] | None,
        typer.Option("--tag-column", min=1, help="With --new: the column of the tags, from 1; may be repeated."),
    ] = None,
    clean: Annotated[
        bool, typer.Option("--clean", help="With --new: take out characters that do not belong in a text.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="With --new: only print the report.")] = False,
    output: Annotated[
        Literal["text", "json"], typer.Option("--format", help="With --new: how the report is printed.")
    ] = "text",
    corpus: RepositoryOption = None,
) -> None:
    """Read corrections made in another tool back into gold, or with --new make documents of an existing corpus.

    Nothing is written if the text differs, a span does not hold its words, or a label is unknown. Afterwards gold is
    checked: if anything remains to be fixed, such as missing stances of a new quotation, it is printed, and the exit
    code is 1. With --new, what does not fit is left out, and reported with its place.

    Examples:
        zhengwen export labelstudio --out exported && zhengwen import labelstudio exported
        zhengwen export brat --out exported && zhengwen import brat exported --out corrected
    """
    from zhengwen.atomic import leftovers, sole_writer
    from zhengwen.paths import repository_path

    given = NewOptions(
        labels=labels,
        labels_draft=labels_draft,
        prefix=prefix,
        known={"publisher": publisher, "url": url, "from": origin, "rights": rights},
        by=by,
        document_per=document_per,
        scheme=scheme,
        tag_columns=tuple(tag_column or ()),
        clean=clean,
        dry_run=dry_run,
        output=output,
    )
    is_new = new or labels_draft is not None
    if is_new and out:
        raise typer.BadParameter("new documents go to seeds/; leave it out", param_hint="--out")
    if not is_new and given != NewOptions():
        raise typer.BadParameter("is missing, and the other options are for new documents", param_hint="--new")
    root = repository_path(corpus or ".")
    if file.is_dir() and leftovers(file):
        raise ZhengwenError(f"{file}: an export to this folder was killed", fix="export again, to an empty folder")
    with sole_writer(root):
        findings = import_new(format, file, root, given) if is_new else _import(format, file, root, out)
    if report(relative(findings, root), "text", sys.stderr):
        raise typer.Exit(1)


def _import(format: str, file: Path, root: Path, out: Path | None) -> list["Finding"]:
    """Read corrections back into gold, and return what the checks find in it then."""
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
    return [with_record(finding, root) for finding in findings]


def _changes(before: list, after: list) -> str:
    """What an import changes in a layer, in words."""
    old, new = ({record.id: record for record in records} for records in (before, after))
    changed = sum(old[id] != new[id] for id in old.keys() & new.keys())
    return f"{len(new.keys() - old.keys())} new, {changed} changed, {len(old.keys() - new.keys())} gone"
