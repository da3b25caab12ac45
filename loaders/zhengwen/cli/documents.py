"""The documents of a repository, for the commands ``export`` and ``import``."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from zhengwen.errors import ZhengwenError

if TYPE_CHECKING:
    from zhengwen.checks import Finding
    from zhengwen.document import Document
    from zhengwen.schema import Schema

#: The findings of level 3 with which a document cannot be read.  An import accepts the others: it may fix them.
_CANNOT_BE_READ = ("offset-range", "surface-mismatch", "span-white-space")


def repository(path: Path) -> Path | None:
    """The repository that ``path`` is or lies in; ``None`` outside of any."""
    from zhengwen.paths import repository_path

    try:
        return repository_path(path)
    except ZhengwenError:
        return None


def findings_of(root: Path, level: int, id: str) -> "list[Finding]":
    """The findings up to ``level`` in the document ``id`` and in the schema."""
    from zhengwen.checks import check

    return [finding for finding in check(root, level) if finding.file.startswith((f"seeds/{id}/", "schema/"))]


class SeedDocuments(Mapping):
    """The documents of a repository by id, each read when it is first used.

    With ``whole`` a document with any finding up to level 3 is an error; without it, only one that cannot be read.
    """

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
            findings = [
                finding
                for finding in findings_of(self._root, 3, id)
                if self._whole or finding.level < 3 or finding.id in _CANNOT_BE_READ
            ]
            if findings:
                message = f"{findings[0]} ({len(findings)} in {id})"
                raise ZhengwenError(message, fix="fix them; `zhengwen check` lists them")
            self._read[id] = Document.from_seed(read_seed(folder), self._schema)
        return self._read[id]
