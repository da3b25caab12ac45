"""The documents that ``export`` and ``import`` work on: those of a repository, read when they are asked for."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from zhengwen.errors import ZhengwenError

if TYPE_CHECKING:
    from zhengwen.checks import Finding
    from zhengwen.document import Document
    from zhengwen.schema import Schema

#: What an import may find in gold and go on: it is what an import is for.
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

    return [one for one in check(root, level) if one.file.startswith((f"seeds/{id}/", "schema/"))]


class SeedDocuments(Mapping):
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
            found = findings_of(self._root, 3, id)
            found = [one for one in found if self._whole or one.level < 3 or one.id in _CANNOT_BE_READ]
            if found:
                raise ZhengwenError(f"{found[0]} ({len(found)} in {id})", fix="`zhengwen check` lists them: mend them")
            self._read[id] = Document.from_seed(read_seed(folder), self._schema)
        return self._read[id]
