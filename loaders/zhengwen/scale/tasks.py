"""What a run is told to do: its settings, and the tasks that its input is divided into."""

import functools
import hashlib
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Any

from zhengwen import __version__
from zhengwen.editions import edition_name
from zhengwen.errors import UnknownNameError, ZhengwenError
from zhengwen.files import canonical_json
from zhengwen.scale.inputs import Source
from zhengwen.stages import STAGES, TOKENIZERS

#: The version of an installed library; it is looked up in a file.
_version = functools.cache(version)


@dataclass(frozen=True)
class Settings:
    """What determines the output, apart from the input: two runs with equal settings write equal bytes.

    ``steps`` are names of stages, in the order of ``STAGES``; ``to`` is the edition to convert to, by its name or an
    alias.  ``id_column`` is ``None`` when the user named none.  ``shard_bytes`` is about the input of one shard, and
    ``row_bytes`` the most that a row may have.  Raises :class:`ZhengwenError` for invalid settings.
    """

    steps: tuple[str, ...]
    to: str
    text_column: str
    id_column: str | None
    tokenizer: str
    shard_bytes: int
    row_bytes: int

    def __post_init__(self) -> None:
        for step in self.steps:
            if step not in STAGES:
                raise UnknownNameError("step", step, STAGES)
        if list(self.steps) != [step for step in STAGES if step in self.steps] or not self.steps:
            raise ZhengwenError(
                f"the steps {','.join(self.steps) or '(none)'} are not in their order, or not each given once",
                fix=f"name at least one, each once, in this order: {','.join(STAGES)}",
            )
        for name in filter(None, (self.text_column, self.id_column)):
            if any("\ud800" <= character <= "\udfff" for character in name):
                raise ZhengwenError(f"{name!r} is not the name of a column, since it is not UTF-8", fix="correct it")
        if self.text_column == self.id_column:
            raise ZhengwenError(
                f"{self.text_column!r} cannot hold both the text and the id", fix="name another: --id-column"
            )
        object.__setattr__(self, "to", edition_name(self.to, what="target edition"))
        if self.tokenizer not in TOKENIZERS:
            raise UnknownNameError("tokenizer", self.tokenizer, TOKENIZERS)

    def to_dict(self) -> dict[str, Any]:
        """The settings with the versions of the software that the output depends on, ready for JSON."""
        libraries = ["opencc", "pyarrow", *([self.tokenizer] if "tokenize" in self.steps else [])]
        versions = {"zhengwen": __version__, **{name: _version(name) for name in libraries}}
        return {**asdict(self), "steps": list(self.steps), "versions": versions}


@dataclass(frozen=True)
class Task:
    """One part of the input, which becomes one shard of the output.

    The part is the row groups ``[start, end)`` of a Parquet file (``first`` is the number of the first row), the bytes
    ``[start, end)`` of JSON lines, or whole files.  ``size`` is the size of the part in bytes, as stored.
    ``broken`` says why the part cannot be read, when that is already known.
    """

    number: int
    sources: tuple[Source, ...]
    size: int
    start: int = 0
    end: int = 0
    first: int = 0
    broken: str = ""

    @property
    def name(self) -> str:
        """The name of the task in messages."""
        source = self.sources[0]
        if len(self.sources) > 1:
            return f"{source.name} and {len(self.sources) - 1} more"
        return f"{source.name}[{self.start}:{self.end}]" if self.end else source.name

    def key(self, settings: Settings) -> str:
        """A digest of everything that determines the shard: the part of the input, the settings and the versions."""
        part = {
            "sources": [[source.name, source.size] for source in self.sources],
            "range": [self.start, self.end, self.first],
            "broken": self.broken,
            **settings.to_dict(),
        }
        return hashlib.sha256(canonical_json(part).encode("utf-8")).hexdigest()
