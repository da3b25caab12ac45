"""New documents from existing corpora, for the command ``import``, and how the report on them is printed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import typer

from zhengwen.cli.streams import console, is_quiet, print_json, print_path, say
from zhengwen.errors import ZhengwenError
from zhengwen.secrecy import holds_secret

if TYPE_CHECKING:
    from zhengwen.findings import Finding
    from zhengwen.intake import Report, Settings, Source
    from zhengwen.schema import Schema

#: So many places of each kind are shown in the table; JSON has all of them.
_PLACES = 3


@dataclass(frozen=True)
class NewOptions:
    """The options of ``import --new``, as they were given."""

    labels: Path | None = None
    labels_draft: Path | None = None
    prefix: str | None = None
    known: Mapping[str, str | None] = field(
        default_factory=lambda: dict.fromkeys(("publisher", "url", "from", "rights"))
    )
    by: str | None = None
    document_per: str | None = None
    scheme: str | None = None
    tag_columns: tuple[int, ...] = ()
    clean: bool = False
    dry_run: bool = False
    output: Literal["text", "json"] = "text"


def document_per(value: str | None) -> str | int | None:
    """The value of ``--document-per``; raises ``typer.BadParameter`` if it is none.

    >>> document_per("200"), document_per("file")
    (200, 'file')
    """
    if value in (None, "file", "record"):
        return value
    if value.isascii() and value.isdigit() and int(value) > 0:
        return int(value)
    raise typer.BadParameter(
        "must be `file`, `record`, or how many records make a document", param_hint="--document-per"
    )


def import_new(format: str, file: Path, root: Path, given: NewOptions) -> list["Finding"]:
    """Make new documents in ``root``, print the report on them, and return what the checks find in them."""
    from zhengwen.atomic import replace_files
    from zhengwen.checks import with_record
    from zhengwen.intake import Options, new_documents, read_source
    from zhengwen.intake.documents import files_to_write
    from zhengwen.repository.documents import DocumentFiles
    from zhengwen.repository.reading import read_document
    from zhengwen.schema import read_schema
    from zhengwen.seeds import SEEDS

    for name, value in {**given.known, "by": given.by}.items():
        if value and holds_secret(value):
            option = "origin" if name == "from" else name
            raise ZhengwenError(f"--{option}: {value} may hold a secret, and would be published", fix="leave that out")
    schema = read_schema(root / "schema")
    source = read_source(format, file, Options(document_per(given.document_per), given.scheme, given.tag_columns))
    if given.labels_draft:
        _write_draft(given.labels_draft, source, schema)
        return []
    seeds, report = new_documents(root, schema, source, _settings(format, file, given, schema))
    if not given.dry_run:
        replace_files(files_to_write(root, seeds), root)
    _print_report(report, given)
    if given.dry_run:
        return []
    documents = [DocumentFiles(root, root / SEEDS / id, schema.design) for id in seeds]
    findings = [finding for files in documents for finding in read_document(files, schema, level=4).findings]
    return [with_record(finding, root) for finding in findings]


def _settings(format: str, file: Path, given: NewOptions, schema: "Schema") -> "Settings":
    from zhengwen.intake import Settings
    from zhengwen.intake.labels import read_map

    labels = read_map(given.labels, schema.labels.get("entity_types", {})) if given.labels else {}
    return Settings(
        format=format,
        stem=file.resolve().stem,
        labels=labels,
        prefix=given.prefix,
        known=given.known,
        by=given.by,
        clean=given.clean,
    )


def _write_draft(target: Path, source: "Source", schema: "Schema") -> None:
    from zhengwen.atomic import replace_file
    from zhengwen.intake import label_counts
    from zhengwen.intake.labels import draft

    types = schema.labels.get("entity_types", {})
    counts = label_counts(source)
    if not types or not counts:
        lacks = "the source marks no mentions" if types else "this corpus has no entity types"
        raise ZhengwenError(f"there is nothing to map: {lacks}", fix="import it without --labels")
    if target.exists():
        raise ZhengwenError(f"{target}: this file exists already", fix="name another, or remove it")
    replace_file(target, draft(counts, types).encode("utf-8"))
    print_path(target)
    say("fill it in, and give it with --labels")


# The report.


def _print_report(report: "Report", given: NewOptions) -> None:
    if given.output == "json":
        print_json({**report.to_dict(), "written": not given.dry_run})
        return
    if not given.dry_run:
        for document in report.documents:
            print_path(f"seeds/{document.id}")
    if is_quiet():
        return
    for note in report.notes:
        say(note)
    totals = report.totals
    say(
        f"documents {totals['documents']:,}, sentences {totals['sentences']:,}, mentions {totals['mentions']:,} of "
        f"{totals['read']:,}, clusters {totals['clusters']:,}"
        + (": nothing was written (--dry-run)" if given.dry_run else "")
    )
    if report.remarks:
        console(stderr=True).print(_table(report))


def _table(report: "Report") -> Any:
    from rich.table import Table

    from zhengwen.intake.report import most_common

    table = Table("", "how many", "what", "where", title="What did not fit", title_justify="left", box=None)
    table.columns[1].justify = "right"
    for _, kind, count, remarks in report.counts():
        about = ", ".join(
            what + (f" ({number:,})" if number > 1 else "") for what, number in most_common(remarks, _PLACES) if what
        )
        places = ", ".join(dict.fromkeys(remark.place for remark in remarks[:_PLACES]))
        more = ", …" if count > _PLACES else ""
        table.add_row(kind.outcome, f"{count:,}", f"{kind.meaning}: {about}" if about else kind.meaning, places + more)
    return table
