"""The documents that a command is about: one of a release, or those of a repository."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from zhengwen.errors import ZhengwenError

if TYPE_CHECKING:
    from zhengwen.document import Document
    from zhengwen.load import Corpus
    from zhengwen.repository.reading import ReadDocument
    from zhengwen.schema import Schema

#: The rules of level 3 without which a document cannot be read.  An import accepts findings of others: it may fix them.
_CANNOT_BE_READ = ("offset-range", "surface-mismatch", "span-white-space")


def only_or_named(corpus: "Corpus", id: str | None) -> "Document":
    """The document ``id`` of ``corpus``, or its only one if ``id`` is ``None``.

    Raises :class:`ZhengwenError`, which lists the ids, if there is no such document or if one must be named.
    """
    ids = [document.id for document in corpus]
    if not ids:
        raise ZhengwenError(f"{corpus.path}: this corpus has no documents yet", fix="`zhengwen new` starts one")
    if id is None and len(ids) > 1:
        listed = f"{ids[0]} … {ids[-1]}" if len(ids) > 40 else ", ".join(ids)
        raise ZhengwenError(f"which of the {len(ids)} documents? there are: {listed}", fix="name one")
    return corpus[ids[0] if id is None else id]


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

    @property
    def title(self) -> str:
        """The title of the corpus; raises :class:`ZhengwenError` if ``seeds/corpus.yaml`` states none."""
        from zhengwen.files import read_yaml
        from zhengwen.seeds import CORPUS, SEEDS

        path = self._root / SEEDS / CORPUS
        about = read_yaml(path)
        title = about.get("title") if isinstance(about, dict) else None
        if not isinstance(title, str):
            raise ZhengwenError(f"{path}: title: states no title of the corpus", fix="`zhengwen check` says more")
        return title

    def read(self, id: str, level: int) -> "ReadDocument":
        """The document ``id`` as it is now, with the findings in it up to ``level``."""
        from zhengwen.repository.documents import DocumentFiles
        from zhengwen.repository.reading import read_document

        return read_document(DocumentFiles(self._root, self._folders[id], self._schema.design), self._schema, level)
