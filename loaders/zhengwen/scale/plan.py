"""Divides the input into tasks, and determines the columns of its rows."""

from collections import Counter
from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from zhengwen.errors import UnknownNameError, ZhengwenError
from zhengwen.scale.inputs import Source
from zhengwen.scale.readers import is_content_error, is_text, parquet_file
from zhengwen.scale.tasks import Settings, Task
from zhengwen.stages import STAGES

#: The most text files in one task.
_MAX_FILES = 10_000


def plan(sources: Sequence[Source], settings: Settings) -> tuple[list[Task], pa.Schema]:
    """The tasks, in the order of the input, and the schema of its rows.

    Raises :class:`ZhengwenError` when the files are of several kinds or have different columns, or when a column that
    the settings name is missing.
    """
    kinds = {source.kind for source in sources}
    if len(kinds) > 1:
        raise ZhengwenError(f"the input is of several kinds: {', '.join(sorted(kinds))}", fix="process one at a time")
    # The fields of each task except its number.
    parts: list[tuple] = []
    schema = pa.schema([("id", pa.string()), (settings.text_column, pa.string())])
    match kinds.pop():
        case "txt":
            parts = [(group, sum(file.size for file in group)) for group in _groups(sources, settings.shard_bytes)]
        case "jsonl":
            if settings.id_column:
                schema = schema.set(0, pa.field(settings.id_column, pa.string()))
            schema = schema.append(pa.field("fields", pa.string()))
            parts = [part for source in sources for part in _byte_ranges(source, settings.shard_bytes)]
        case "parquet":
            schema, parts = _parquet_parts(sources, settings)
    taken = {name for step in settings.steps for name in STAGES[step][1]} & set(schema.names)
    if taken:
        raise ZhengwenError(
            f"the input already has columns that the steps would add: {', '.join(sorted(taken))}", fix="rename them"
        )
    if len(set(schema.names)) < len(schema.names):
        raise ZhengwenError(
            f"the text cannot be in {settings.text_column!r}: the output has a column of that name",
            fix="rename the field in the input",
        )
    return [Task(number, *part) for number, part in enumerate(parts)], schema


def _groups(sources: Sequence[Source], max_bytes: int) -> Iterator[tuple[Source, ...]]:
    """Groups of text files, each of which is read by one task."""
    group: list[Source] = []
    size = 0
    for source in sources:
        if group and (size + source.size > max_bytes or len(group) == _MAX_FILES):
            yield tuple(group)
            group, size = [], 0
        group.append(source)
        size += source.size
    if group:
        yield tuple(group)


def _byte_ranges(source: Source, max_bytes: int) -> Iterator[tuple]:
    """Parts of a file of JSON lines; a compressed file is one part, since it can only be read from its beginning."""
    if source.compression or not source.size:
        yield (source,), source.size
        return
    for start in range(0, source.size, max_bytes):
        end = min(start + max_bytes, source.size)
        yield (source,), end - start, start, end


def _parquet_parts(sources: Sequence[Source], settings: Settings) -> tuple[pa.Schema, list[tuple]]:
    """The schema of the rows, and the parts of Parquet files, all of which must have the same columns."""
    schema, first_name, parts = None, "", []
    for source in sources:
        try:
            with parquet_file(source) as file:
                metadata, own_schema = file.metadata, file.schema_arrow.remove_metadata()
                names = own_schema.names
        except (OSError, pa.ArrowException, UnicodeDecodeError) as error:
            if isinstance(error, MemoryError) or not is_content_error(error):
                raise
            parts.append(((source,), source.size, 0, 0, 0, str(error)))
            continue
        if repeated := [name for name, count in Counter(names).items() if count > 1]:
            raise ZhengwenError(
                f"{source.name}: {len(names)} columns, of which several are called {repeated[0]!r}",
                fix="give each column a name of its own",
            )
        if schema is None:
            schema, first_name = own_schema, source.name
            _assert_columns(schema, source, settings)
        elif own_schema != schema:
            raise ZhengwenError(f"{source.name} has other columns than {first_name}", fix="process them separately")
        parts += _row_groups(source, metadata, settings.shard_bytes)
    if schema is None:
        raise ZhengwenError(
            f"{sources[0].name}: cannot be read as Parquet: {parts[0][-1]}", fix="download or write it again"
        )
    position = schema.get_field_index(settings.text_column)
    schema = schema.set(position, pa.field(settings.text_column, pa.string()))
    if not settings.id_column and "id" not in schema.names:
        schema = schema.insert(0, pa.field("id", pa.string()))
    return schema, parts


def _row_groups(source: Source, metadata: pq.FileMetaData, max_bytes: int) -> Iterator[tuple]:
    """Parts of a Parquet file: consecutive row groups, together about ``max_bytes`` without compression."""
    # The metadata of a column would tell its stored size, but pyarrow aborts the process if they do not fit together.
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    sizes = [max(group.total_byte_size, 0) for group in groups]
    start = first = size = rows = 0
    for number, group in enumerate(groups):
        if size and size + sizes[number] > max_bytes:
            yield (source,), _share(source.size, size, sum(sizes)), start, number, first
            start, first, size = number, rows, 0
        size += sizes[number]
        rows += max(group.num_rows, 0)
    if groups:
        yield (source,), _share(source.size, size, sum(sizes)), start, len(groups), first


def _share(stored: int, size: int, total: int) -> int:
    """How much of the ``stored`` bytes of a file a part has that is ``size`` of ``total`` bytes without compression."""
    return stored * size // max(total, 1)


def _assert_columns(schema: pa.Schema, source: Source, settings: Settings) -> None:
    for purpose, name in (("text", settings.text_column), ("id", settings.id_column)):
        if name is not None and name not in schema.names:
            raise UnknownNameError(
                "column",
                name,
                schema.names,
                fix=f"name the column of {source.name} that holds the {purpose}: --{purpose}-column",
            )
    text_type = _value_type(schema, settings.text_column)
    if not (is_text(text_type) or pa.types.is_null(text_type)):
        raise ZhengwenError(
            f"{source.name}: the column {settings.text_column!r} holds {text_type}, not strings",
            fix="name the column that holds the text: --text-column",
        )
    id_column = settings.id_column or "id"
    if id_column in schema.names and pa.types.is_nested(id_type := _value_type(schema, id_column)):
        raise ZhengwenError(
            f"{source.name}: the column {id_column!r} holds {id_type}, which cannot be an id",
            fix="name a column of strings or numbers: --id-column",
        )


def _value_type(schema: pa.Schema, name: str) -> pa.DataType:
    """The type of the values in a column, also if they are stored as a dictionary."""
    type = schema.field(name).type
    return type.value_type if pa.types.is_dictionary(type) else type
