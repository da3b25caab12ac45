"""The files of one document, each of which is read only once."""

import functools
from pathlib import Path
from typing import Any

from zhengwen.design import Design
from zhengwen.errors import ZhengwenError
from zhengwen.files import parse_yaml
from zhengwen.layers import layers_of
from zhengwen.seeds import ADJUDICATION, DOCUMENT, gold_path, source_files


class DocumentFiles:
    """The files of the document in ``folder`` of the repository ``root``, whose corpus has this ``design``."""

    def __init__(self, root: Path, folder: Path, design: Design):
        self.root = root
        self.design = design
        self.folder = folder
        self._data: dict[Path, bytes] = {}

    @property
    def id(self) -> str:
        """The id of the document, which is the name of its folder."""
        return self.folder.name

    def required(self) -> list[Path]:
        """The files that every document has."""
        return [
            *(self.folder / name for name in source_files(self.design)),
            *(gold_path(self.folder, layer) for layer in layers_of(self.design)),
        ]

    @property
    def adjudication(self) -> Path:
        """The path of the file with the decisions over the passes; a document may have no such file."""
        return self.folder / ADJUDICATION

    def name(self, path: Path) -> str:
        """``path`` as a finding names it: relative to the repository."""
        return path.relative_to(self.root).as_posix()

    def gold_name(self, layer: str) -> str:
        """The file of a layer of gold as a finding names it."""
        return self.name(gold_path(self.folder, layer))

    def data(self, path: Path) -> bytes:
        """The bytes of a file that exists."""
        if path not in self._data:
            self._data[path] = path.read_bytes()
        return self._data[path]

    def text(self, path: Path) -> str:
        """The text of a file that exists and is UTF-8."""
        return self.data(path).decode("utf-8")

    @functools.cached_property
    def about(self) -> Any:
        """The content of ``document.yaml``, or the :class:`ZhengwenError` that says why it cannot be read."""
        path = self.folder / DOCUMENT
        try:
            return parse_yaml(self.data(path), path)
        except ZhengwenError as error:
            return error
