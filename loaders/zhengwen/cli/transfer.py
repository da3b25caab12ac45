"""``zhengwen export`` and ``zhengwen import``: to the tools that people annotate in, and back."""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zhengwen.cli.check import report
from zhengwen.cli.complete import documents as completed
from zhengwen.cli.streams import say
from zhengwen.errors import UnknownNameError, ZhengwenError

if TYPE_CHECKING:
    from zhengwen.checks import Finding
    from zhengwen.document import Document
    from zhengwen.schema import Schema

_Format = Annotated[str, typer.Argument(metavar="FORMAT", help="brat, iob2, conllu, labelstudio, xmi or tei.")]
_Repository = Annotated[Path, typer.Option("--path", help="The repository, or a folder in it.")]

#: What an import may find in gold and go on: it is what an import is for.
_CANNOT_BE_READ = ("offset-range", "surface-mismatch", "span-white-space")


def export(
    format: _Format,
    document: Annotated[
        str | None, typer.Argument(autocompletion=completed, help="The id of a document; all when not given.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="The folder to write to; stdout when not given.")] = None,
    path: _Repository = Path(),
) -> None:
    """Write documents in the format of another tool.

    In a repository the documents are those of seeds/, elsewhere those of the release that came with the package. What
    the format leaves behind is said on standard error.

    Examples:
        zhengwen export labelstudio --out exported
        zhengwen export tei shangyou-2025-deepseek > article.tei.xml
    """
    from zhengwen.exchange import export_files, format_named
    from zhengwen.files import write_atomically
    from zhengwen.load import Corpus
    from zhengwen.schema import read_schema

    about = format_named(format)
    root = _repository(path)
    schema = read_schema(root and root / "schema")
    documents = _Seeds(root, schema, whole=True) if root else {one.id: one for one in Corpus.open()}
    if document is not None and document not in documents:
        raise UnknownNameError("document", document, documents)
    wanted = [document] if document is not None else list(documents)
    files: dict[str, str] = {}
    for id in wanted:
        files |= export_files(format, documents[id], schema)
    for line in about.stays:
        say(f"{about.title} leaves behind {line}")
    if out is None:
        if len(files) != 1:
            raise ZhengwenError(f"{len(files)} files: {', '.join(files)}", fix="name a folder for them: --out")
        sys.stdout.write(*files.values())
        return
    out.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        write_atomically(out / name, content)
        print((out / name).as_posix())


def read_back(
    format: _Format,
    file: Annotated[Path, typer.Argument(metavar="PATH", help="The file that the tool exported, or its folder.")],
    out: Annotated[
        Path | None, typer.Option("--out", help="Write the layers of one document here, and not into its gold.")
    ] = None,
    path: _Repository = Path(),
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

    root = _repository(path)
    if root is None:
        raise ZhengwenError(
            f"{path}: not inside a zhengwen repository", fix="change into a checkout, or name it: --path"
        )
    schema = read_schema(root / "schema")
    documents = _Seeds(root, schema, whole=False)
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
    findings = [] if out else [one for id in imported for one in _findings(root, 4, id)]
    if report(findings, "text", sys.stderr):
        raise typer.Exit(1)


# The command has a name that no function can have.
read_back.__name__ = "import"


def _told(before: list, after: list) -> str:
    """What an import changes, in words."""
    was, now = ({record.id: record for record in records} for records in (before, after))
    changed = sum(was[id] != now[id] for id in was.keys() & now.keys())
    return f"{len(now.keys() - was.keys())} new, {changed} changed, {len(was.keys() - now.keys())} gone"


def _repository(path: Path) -> Path | None:
    from zhengwen.paths import repository_path

    try:
        return repository_path(path)
    except ZhengwenError:
        return None


def _findings(root: Path, level: int, id: str) -> "list[Finding]":
    from zhengwen.checks import check

    return [one for one in check(root, level) if one.file.startswith((f"seeds/{id}/", "schema/"))]


class _Seeds(Mapping):
    """The documents of a repository by id, read when they are asked for; ``whole`` when their gold must hold."""

    def __init__(self, root: Path, schema: "Schema", whole: bool):
        from zhengwen.seeds import seed_folders

        self._root, self._schema, self._whole = root, schema, whole
        self._folders = {folder.name: folder for folder in seed_folders(self._root)}
        self._read: dict[str, Document] = {}

    def __iter__(self) -> Iterator[str]:
        return iter(self._folders)

    def __len__(self) -> int:
        return len(self._folders)

    def __getitem__(self, id: str) -> "Document":
        from zhengwen.document import Document
        from zhengwen.seeds import read_seed

        folder = self._folders[id]
        if id not in self._read:
            found = _findings(self._root, 3, id)
            found = [one for one in found if self._whole or one.level < 3 or one.id in _CANNOT_BE_READ]
            if found:
                raise ZhengwenError(f"{found[0]} ({len(found)} in {id})", fix="`zhengwen check` lists them: mend them")
            self._read[id] = Document.from_seed(read_seed(folder), self._schema)
        return self._read[id]
