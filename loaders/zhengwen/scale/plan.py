"""How the work is divided: a task is a part of the input, and becomes one shard of the output."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Any

from zhengwen import __version__
from zhengwen.editions import SCRIPTS
from zhengwen.errors import UnknownNameError, ZhengwenError
from zhengwen.files import canonical_json
from zhengwen.scale.inputs import Source
from zhengwen.stages import STAGES, TOKENIZERS

#: The most text files in one task.
_FILES = 10_000


@dataclass(frozen=True)
class Settings:
    """What decides the output, beside the input: two runs with equal settings give equal bytes."""

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
                f"the steps {','.join(self.steps) or '(none)'} are not in their order, or not each once",
                fix=f"choose from {','.join(STAGES)}",
            )
        if self.to not in SCRIPTS:
            raise UnknownNameError("target edition", self.to, SCRIPTS)
        if self.tokenizer not in TOKENIZERS:
            raise UnknownNameError("tokenizer", self.tokenizer, TOKENIZERS)

    def stated(self) -> dict[str, Any]:
        """The settings with the versions that the output depends on, as JSON holds them."""
        libraries = ["opencc", "pyarrow", *([self.tokenizer] if "tokenize" in self.steps else [])]
        versions = {"zhengwen": __version__, **{name: version(name) for name in libraries}}
        return {**asdict(self), "steps": list(self.steps), "versions": versions}


@dataclass(frozen=True)
class Task:
    """One part of the input: row groups ``[start, end)`` of a Parquet file (whose first row is ``first``), bytes
    ``[start, end)`` of JSON lines, or whole files.

    ``size`` is how many bytes of storage it takes.  ``broken`` says why the part cannot be read, when that is known
    already.
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
        """What people call it."""
        source = self.sources[0]
        if len(self.sources) > 1:
            return f"{source.name} and {len(self.sources) - 1} more"
        return f"{source.name}[{self.start}:{self.end}]" if self.end else source.name

    def key(self, settings: Settings) -> str:
        """What names the content of the shard: the part of the input, what is done to it, and by which versions."""
        part = {
            "sources": [[one.name, one.size] for one in self.sources],
            "range": [self.start, self.end, self.first],
            "broken": self.broken,
            **settings.stated(),
        }
        return hashlib.sha256(canonical_json(part).encode("utf-8")).hexdigest()


def plan(sources: Sequence[Source], settings: Settings) -> tuple[list[Task], Any]:
    """The tasks, in the order of the input, and the Arrow schema of its rows.

    Raises :class:`ZhengwenError` for input that is of different shapes, or lacks the columns that were named.
    """
    import pyarrow as pa

    kinds = {source.kind for source in sources}
    if len(kinds) > 1:
        raise ZhengwenError(f"the input is of several kinds: {', '.join(sorted(kinds))}", fix="process one at a time")
    parts: list[tuple] = []
    schema = pa.schema([("id", pa.string()), (settings.text_column, pa.string())])
    match kinds.pop():
        case "txt":
            parts = [(group, sum(one.size for one in group)) for group in _groups(sources, settings.shard_bytes)]
        case "jsonl":
            if settings.id_column:
                schema = schema.set(0, pa.field(settings.id_column, pa.string()))
            schema = schema.append(pa.field("fields", pa.string()))
            parts = [part for source in sources for part in _ranges(source, settings.shard_bytes)]
        case "parquet":
            schema, parts = _row_groups(sources, settings)
    taken = {name for step in settings.steps for name in STAGES[step][1]} & set(schema.names)
    if taken:
        raise ZhengwenError(
            f"the input has columns that the steps would write: {', '.join(sorted(taken))}", fix="rename them"
        )
    return [Task(number, *part) for number, part in enumerate(parts)], schema


def _groups(sources: Sequence[Source], most: int) -> Iterator[tuple[Source, ...]]:
    group: list[Source] = []
    size = 0
    for source in sources:
        if group and (size + source.size > most or len(group) == _FILES):
            yield tuple(group)
            group, size = [], 0
        group.append(source)
        size += source.size
    if group:
        yield tuple(group)


def _ranges(source: Source, most: int) -> Iterator[tuple]:
    if source.compression or not source.size:
        yield (source,), source.size
        return
    for start in range(0, source.size, most):
        end = min(start + most, source.size)
        yield (source,), end - start, start, end


def _row_groups(sources: Sequence[Source], settings: Settings) -> tuple[Any, list[tuple]]:
    """Runs of row groups, each of about the size of a shard; and the schema, which all files must have."""
    import pyarrow as pa

    from zhengwen.scale.readers import is_content_error, parquet_file

    schema, first_name, parts = None, "", []
    for source in sources:
        try:
            with parquet_file(source) as file:
                metadata, own = file.metadata, file.schema_arrow.remove_metadata()
        except (OSError, pa.ArrowException) as error:
            if not is_content_error(error):
                raise
            parts.append(((source,), source.size, 0, 0, 0, str(error)))
            continue
        if schema is None:
            schema, first_name = own, source.name
            _assert_columns(schema, source, settings)
        elif own != schema:
            raise ZhengwenError(f"{source.name} has other columns than {first_name}", fix="process them by themselves")
        parts += _runs(source, metadata, settings.shard_bytes)
    if schema is None:
        raise ZhengwenError(f"{sources[0].name}: not a whole Parquet file: {parts[0][-1]}", fix="get it again")
    at = schema.get_field_index(settings.text_column)
    schema = schema.set(at, pa.field(settings.text_column, pa.string()))
    if not settings.id_column and "id" not in schema.names:
        schema = schema.insert(0, pa.field("id", pa.string()))
    return schema, parts


def _runs(source: Source, metadata: Any, most: int) -> Iterator[tuple]:
    start = first = size = stored = rows = 0
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        if size and size + group.total_byte_size > most:
            yield (source,), stored, start, number, first
            start, first, size, stored = number, rows, 0, 0
        size += group.total_byte_size
        stored += sum(group.column(column).total_compressed_size for column in range(group.num_columns))
        rows += group.num_rows
    if metadata.num_row_groups:
        yield (source,), stored, start, metadata.num_row_groups, first


def _assert_columns(schema: Any, source: Source, settings: Settings) -> None:
    import pyarrow as pa

    for what, name in (("text", settings.text_column), ("id", settings.id_column)):
        if name is not None and name not in schema.names:
            raise UnknownNameError(
                "column", name, schema.names, fix=f"say which column of {source.name} holds it: --{what}-column"
            )
    kind = schema.field(settings.text_column).type
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    if kind not in (pa.string(), pa.large_string(), pa.string_view()):
        raise ZhengwenError(
            f"{source.name}: the column {settings.text_column!r} holds {kind}, not strings",
            fix="say which column holds the text: --text-column",
        )
