"""What the checks look at: a repository, and its documents as far as the levels below have read them."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from zhengwen.records import LAYERS
from zhengwen.schema import Schema
from zhengwen.seeds import DOCUMENT, RECEIVED, TEXT, Seed, gold_path, seed_folders


@dataclass
class DocumentFiles:
    """The files of one document; each level fills in what the next one reads.

    ``gold`` holds the parsed lines of each layer, ``adjudication`` those of what was decided over the passes: the
    record on line ``n`` is at index ``n - 1``.
    """

    root: Path
    folder: Path
    text: str = ""
    received: str = ""
    about: Any = None
    gold: dict[str, list[Any]] = field(default_factory=dict)
    adjudication: list[Any] = field(default_factory=list)
    seed: Seed | None = None

    @property
    def id(self) -> str:
        return self.folder.name

    def required(self) -> list[Path]:
        """The files that every document has."""
        return [
            *(self.folder / name for name in (RECEIVED, DOCUMENT, TEXT)),
            *(gold_path(self.folder, layer) for layer in LAYERS),
        ]

    def name(self, path: Path) -> str:
        """``path`` as a finding names it."""
        return path.relative_to(self.root).as_posix()

    def gold_name(self, layer: str) -> str:
        """The file of a layer as a finding names it."""
        return self.name(gold_path(self.folder, layer))


@dataclass
class Subject:
    """A repository: its root, its schema, its documents."""

    root: Path
    schema: Schema | None = None
    documents: list[DocumentFiles] = field(default_factory=list)

    @classmethod
    def of(cls, root: Path) -> "Subject":
        return cls(root, documents=[DocumentFiles(root, folder) for folder in seed_folders(root)])

    def name(self, path: Path) -> str:
        """``path`` as a finding names it."""
        return path.relative_to(self.root).as_posix()
