"""The documents of a repository, for the commands ``export`` and ``import``."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from zhengwen.errors import ZhengwenError

if TYPE_CHECKING:
    from zhengwen.document import Document
    from zhengwen.repository.reading import ReadDocument
    from zhengwen.schema import Schema

#: The rules of level 3 without which a document cannot be read.  An import accepts findings of others: it may fix them.
_CANNOT_BE_READ = ("offset-range", "surface-mismatch", "span-white-space")


def repository(path: Path) -> Path | None:
    """The repository that ``path`` is or lies in, or ``None``."""
    from zhengwen.paths import repository_path

    try:
        return repository_path(path)
    except ZhengwenError:
        return None


class SeedDocuments(Mapping):
    """The documents of a repository by id, each read when it is first used.

    If ``whole`` is true, a document with any finding up to level 3 is an error, otherwise only one that cannot be read.
    """

    def __init__(self, root: Path, schema: "Schema", whole: bool):
        from zhengwen.seeds import seed_folders

        self._root, self._schema, self._whole = root, schema, whole
        self._folders = {folder.name: folder for folder in seed_folders(self._root)}
        self._documents: dict[str, Document] = {}

    def __iter__(self) -> Iterator[str]:
        return iter(self._folders)

    def __len__(self) -> int:
        return len(self._folders)

    def __getitem__(self, id: str) -> "Document":
        from zhengwen.assembly import assemble

        if id not in self._folders:
            raise KeyError(id)
        if id not in self._documents:
            read = self.read(id, level=3)
            findings = [
                finding
                for finding in read.findings
                if self._whole or finding.level < 3 or finding.id in _CANNOT_BE_READ
            ]
            if findings or read.seed is None:
                count = f"{len(read.findings)} finding{'s' * (len(read.findings) != 1)}"
                message = f"{(findings or read.findings)[0]} ({count} in {id})"
                raise ZhengwenError(message, fix="fix them; `zhengwen check` lists them")
            self._documents[id] = read.document or assemble(read.seed, self._schema)
        return self._documents[id]

    def read(self, id: str, level: int) -> "ReadDocument":
        """The document ``id`` as it is now, with the findings in it up to ``level``."""
        from zhengwen.repository.documents import DocumentFiles
        from zhengwen.repository.reading import read_document

        return read_document(DocumentFiles(self._root, self._folders[id], self._schema.design), self._schema, level)
