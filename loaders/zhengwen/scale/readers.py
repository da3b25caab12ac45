"""Reads the part of a task in batches: the rows that can be processed, and those that cannot, with the reason."""

import contextlib
import hashlib
import io
import json
import re
import zlib
from collections.abc import Iterator
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from zhengwen.printable import printable, shortened
from zhengwen.scale.inputs import Source
from zhengwen.scale.tasks import Settings, Task

#: A batch ends at this many rows, or at this many bytes.
_BATCH_ROWS = 1024
_BATCH_BYTES = 4 << 20
_BUFFER = 1 << 20
#: A read from a compressed file that was cut off fails as a whole, so such a file is read in small pieces.
_COMPRESSED_BUFFER = 1 << 13
#: How many characters of a message of a library, or of an id, a reject states.
_LONGEST_MESSAGE = 1000
_SURROGATE = re.compile("[\ud800-\udfff]")


class Reject(NamedTuple):
    """A row that is not in the output, or the rest of a part that cannot be read: where it is in the input, and why.

    ``place`` is the name of a file, with the number of a row or the offset of a byte; ``reason`` is one of those in
    docs/scale.md.  A rest counts as one row, since how many rows it holds is not known; ``claimed`` is how many there
    are in it by the file, if that says so.
    """

    place: str
    id: str | int | None
    reason: str
    message: str
    claimed: int | None = None


class Batch(NamedTuple):
    """Some rows of the input, in order: those that can be processed as a table, the others as rejects."""

    table: pa.Table
    rejects: list[Reject]

    @property
    def rows(self) -> int:
        """How many rows were read."""
        return self.table.num_rows + len(self.rejects)


class SeenIds:
    """The ids of a task, each kept as an eight-byte hash: two different ids collide with a probability of 2**-64."""

    def __init__(self) -> None:
        self._hashes: set[bytes] = set()

    def add(self, id: Any) -> bool:
        """Add ``id``, and say whether it is new; ``None`` is always new."""
        if id is None:
            return True
        digest = hash_id(id)
        if digest in self._hashes:
            return False
        self._hashes.add(digest)
        return True

    def add_all(self, ids: list) -> bool:
        """Add ``ids`` if none of them is null, repeated or seen before; otherwise add none, and return ``False``."""
        digests = {hash_id(id) for id in ids if id is not None}
        if len(digests) < len(ids) or not self._hashes.isdisjoint(digests):
            return False
        self._hashes |= digests
        return True

    def hashes(self) -> bytes:
        """The hashes, sorted and joined."""
        return b"".join(sorted(self._hashes))


def hash_id(id: Any) -> bytes:
    """The eight-byte hash of an id."""
    return hashlib.blake2b(str(id).encode("utf-8", "surrogatepass"), digest_size=8).digest()


def read(task: Task, settings: Settings, schema: pa.Schema, seen: SeenIds) -> Iterator[Batch]:
    """The rows of ``task`` in batches of ``schema``.  If the rest of the part cannot be read, it is one last reject.

    The ids of the input are added to ``seen``.  Ids made of the position of a row are not, since they cannot repeat.
    """
    if task.broken:
        yield Batch(schema.empty_table(), [_unreadable(task.sources[0].name, task.broken)])
        return
    match task.sources[0].kind:
        case "parquet":
            yield from _parquet(task, settings, schema, seen)
        case "jsonl":
            yield from _tables(_json_lines(task, settings), schema, seen)
        case "txt":
            yield from _tables(_text_files(task, settings), schema, seen)


def is_content_error(error: BaseException) -> bool:
    """Whether ``error`` means that the data is corrupt, rather than that it could not be accessed."""
    # Arrow reports corrupt compressed data as an OSError without an error number, and decodes names of columns late.
    return isinstance(error, pa.ArrowException | EOFError | zlib.error | UnicodeDecodeError) or (
        type(error) is OSError and error.errno is None
    )


@contextlib.contextmanager
def parquet_file(source: Source) -> Iterator[pq.ParquetFile]:
    """A Parquet file that is read in small pieces, since a row group may be larger than the memory."""
    with source.open() as stream, pq.ParquetFile(stream, buffer_size=_BUFFER, pre_buffer=False) as file:
        yield file


# -- Parquet


def _parquet(task: Task, settings: Settings, schema: pa.Schema, seen: SeenIds) -> Iterator[Batch]:
    source = task.sources[0]
    with contextlib.ExitStack() as stack:
        try:
            file = stack.enter_context(parquet_file(source))
        except (OSError, pa.ArrowException) as error:  # it was complete when the run was planned
            if isinstance(error, MemoryError) or not is_content_error(error):
                raise
            yield Batch(schema.empty_table(), [_unreadable(source.name, error)])
            return
        # The metadata of a column are not looked at: pyarrow aborts the process if the sizes in them do not fit.
        groups = [file.metadata.row_group(number) for number in range(task.start, task.end)]
        total = sum(group.num_rows for group in groups)
        size = sum(group.total_byte_size for group in groups)
        rows = max(1, min(_BATCH_ROWS, _BATCH_BYTES * total // max(size, 1)))
        done = 0
        batches = file.iter_batches(rows, row_groups=range(task.start, task.end), use_threads=False)
        while done < total:
            try:
                table = pa.Table.from_batches([next(batches)])
                table.validate()
            except (OSError, pa.ArrowException, StopIteration) as error:
                if isinstance(error, MemoryError) or not (isinstance(error, StopIteration) or is_content_error(error)):
                    raise
                place, message = f"{source.name}:{task.first + done}", str(error) or "the file holds fewer rows"
                yield Batch(schema.empty_table(), [_unreadable(place, message, total - done)])
                return
            yield _checked(table, source.name, task.first + done, settings, schema, seen)
            done += table.num_rows


def _unreadable(place: str, message: object, claimed: int | None = None) -> Reject:
    """The rest of a part, which cannot be read; ``message`` is what a library says, and may quote the data."""
    message = printable(shortened(str(message), _LONGEST_MESSAGE))
    if claimed is not None:
        message = f"{message} (by the file, {claimed:,} more row{'s' * (claimed != 1)})"
    return Reject(place, None, "unreadable", message, claimed)


def _checked(table: pa.Table, name: str, first: int, settings: Settings, schema: pa.Schema, seen: SeenIds) -> Batch:
    """A table that was read, without the rows that cannot be processed; those become rejects."""
    table = table.replace_schema_metadata()
    places = [f"{name}:{first + row}" for row in range(table.num_rows)]
    if "id" in schema.names and "id" not in table.column_names:
        table = table.add_column(0, "id", pa.array(places, pa.string()))
        ids, ids_given, bad_ids = places, False, {}
    else:
        column = table[settings.id_column or "id"]
        ids, ids_given = id_values(column), True
        bad_ids = _not_utf8(column) if is_text(column.type) else {}
    position = table.column_names.index(settings.text_column)
    texts = table[settings.text_column]
    if pa.types.is_dictionary(texts.type):
        texts = texts.cast(texts.type.value_type)
    table = table.drop_columns(settings.text_column)
    texts = texts.cast(pa.large_string())
    lengths = pc.binary_length(texts.cast(pa.large_binary()))
    not_utf8 = _not_utf8(texts)
    all_valid = not (texts.null_count or not_utf8 or bad_ids or (pc.max(lengths).as_py() or 0) > settings.row_bytes)
    if all_valid and (not ids_given or seen.add_all(ids)):
        return Batch(table.add_column(position, settings.text_column, texts.cast(pa.string())), [])
    rejects, kept = [], []
    for row, (id, length) in enumerate(zip(ids, lengths.to_pylist(), strict=True)):
        if length is None:
            reason = ("no-text", "the text is null")
        elif length > settings.row_bytes:
            reason = _too_large(length, settings)
        elif row in not_utf8:
            reason = ("not-utf-8", not_utf8[row])
        elif row in bad_ids:
            reason = ("not-utf-8", f"{bad_ids[row]} in the id")
        elif ids_given and id is None and settings.id_column:
            reason = ("no-id", "the id is null")
        elif ids_given and not seen.add(id):
            reason = _DUPLICATE
        else:
            kept.append(row)
            continue
        rejects.append(Reject(places[row], _shown_id(id), *reason))
    if rejects:
        table, texts = _rows(table, kept), texts.take(pa.array(kept, pa.int64()))
    # Each text now has at most `row_bytes`, and a batch has few of them, so they fit into a column of type string.
    return Batch(table.add_column(position, settings.text_column, texts.cast(pa.string())), rejects)


def _rows(table: pa.Table, numbers: list[int]) -> pa.Table:
    """The rows of ``table`` with these numbers.  Unlike ``take``, slices exist for columns of every type."""
    return pa.concat_tables([table.slice(0, 0), *(table.slice(number, 1) for number in numbers)])


def id_values(column: pa.ChunkedArray) -> list[str | int | None]:
    """The ids in a column of any type that is not nested: strings and integers as they are, others as text.

    Bytes are written as escapes, also those of a string that is not UTF-8.  A time outside of Python's range, or in a
    zone that is not known here, is the number that is stored.
    """
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    type = column.type
    if pa.types.is_integer(type) or pa.types.is_null(type):
        return column.to_pylist()
    if is_text(type):
        try:
            return column.to_pylist()
        except UnicodeDecodeError:
            column = column.cast(pa.large_binary())
            type = column.type
    if pa.types.is_temporal(type):
        try:
            return column.cast(pa.string()).to_pylist()
        except pa.ArrowException:
            return column.cast(pa.int32() if type.bit_width == 32 else pa.int64()).to_pylist()
    values = column.to_pylist()
    if values and any(isinstance(value, bytes) for value in values):
        return [value and printable(value.decode("utf-8", "surrogateescape")) for value in values]
    return [None if value is None else str(value) for value in values]


def is_text(type: pa.DataType) -> bool:
    """Whether a column of this type holds strings."""
    return type in (pa.string(), pa.large_string(), pa.string_view())


def _shown_id(id: str | int | None) -> str | int | None:
    """An id as a reject states it: a long one is shortened, and half of a surrogate pair, not being UTF-8, escaped."""
    if not isinstance(id, str):
        return id
    id = shortened(id, _LONGEST_MESSAGE)
    return printable(id) if _SURROGATE.search(id) else id


_DUPLICATE = ("duplicate-id", "the id occurs earlier in this part of the input")


def _too_large(length: int, settings: Settings) -> tuple[str, str]:
    return "too-large", f"{length} bytes, more than {settings.row_bytes}"


def _not_utf8(column: pa.ChunkedArray) -> dict[int, str]:
    """The rows that are not UTF-8: a message for each, by the number of the row."""
    try:
        column.validate(full=True)
        return {}
    except pa.ArrowInvalid:
        messages = {}
        for row, value in enumerate(column.cast(pa.large_binary()).to_pylist()):
            try:
                (value or b"").decode("utf-8")
            except UnicodeDecodeError as error:
                messages[row] = f"byte {error.start} is not UTF-8"
        return messages


# -- JSON lines and text files


class _Row(NamedTuple):
    """A row that can be processed: its id or ``None``, the values of the other columns, and its size in bytes."""

    id: str | None
    values: tuple[str | None, ...]
    size: int


def _tables(rows: Iterator[tuple[str, _Row | Reject]], schema: pa.Schema, seen: SeenIds) -> Iterator[Batch]:
    """Gather rows, each given with its place, into batches."""
    kept: list[tuple] = []
    rejects: list[Reject] = []
    size = 0
    for place, row in rows:
        if isinstance(row, Reject):
            rejects.append(row)
        elif not seen.add(row.id):
            rejects.append(Reject(place, row.id, *_DUPLICATE))
        else:
            kept.append((place if row.id is None else row.id, *row.values))
            size += row.size
        if len(kept) + len(rejects) >= _BATCH_ROWS or size >= _BATCH_BYTES:
            yield Batch(pa.table(_columns(kept, schema), schema), rejects)
            kept, rejects, size = [], [], 0
    yield Batch(pa.table(_columns(kept, schema), schema), rejects)


def _columns(rows: list[tuple], schema: pa.Schema) -> list[list]:
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in schema]


def _json_lines(task: Task, settings: Settings) -> Iterator[tuple[str, _Row | Reject]]:
    source = task.sources[0]
    with _stream(source) as stream:
        offset = task.start
        if offset:
            # A line belongs to the part in which it begins.
            stream.seek(offset - 1)
            offset += _skip_line(stream) - 1
        while not task.end or offset < task.end:
            place = f"{source.name}:{offset}"
            try:
                line = stream.readline(settings.row_bytes + 1)
                length = len(line)
                if length > settings.row_bytes and not line.endswith(b"\n"):
                    length += _skip_line(stream)
            except (OSError, EOFError, zlib.error) as error:
                if not is_content_error(error):
                    raise
                yield place, _unreadable(place, error)
                return
            if not line:
                if task.end:
                    yield place, _unreadable(place, f"the file ends at byte {offset}, and had {task.end} at least")
                return
            if length > settings.row_bytes and line.strip():
                yield place, Reject(place, None, *_too_large(length, settings))
            elif line.strip():
                yield place, _parse(line, place, settings)
            offset += length


def _skip_line(stream: io.BufferedReader) -> int:
    """Read to the end of the line, and return the number of bytes read."""
    length = 0
    while piece := stream.readline(_BUFFER):
        length += len(piece)
        if piece.endswith(b"\n"):
            break
    return length


def _parse(line: bytes, place: str, settings: Settings) -> _Row | Reject:
    """The row that a line of JSON holds: its id, its text, and the other fields as JSON."""
    try:
        record = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        return Reject(place, None, "not-utf-8", f"byte {error.start} of the line is not UTF-8")
    except (ValueError, RecursionError) as error:
        return Reject(place, None, "not-json", str(error) or "nested too deeply")
    if not isinstance(record, dict):
        return Reject(place, None, "not-json", "the line is not a JSON object")
    id = record.pop(settings.id_column or "id", None)
    # A string is taken as it is; any other id, such as a number, is written as JSON.
    id = id if isinstance(id, str | None) else json.dumps(id, ensure_ascii=False)
    text = record.pop(settings.text_column, None)
    if not isinstance(text, str):
        problem = "null or missing" if text is None else "not a string"
        return Reject(place, _shown_id(id), "no-text", f"{settings.text_column!r} is {problem}")
    if id is None and settings.id_column:
        return Reject(place, None, "no-id", f"{settings.id_column!r} is null or missing")
    if _SURROGATE.search(text) or _SURROGATE.search(id or ""):
        return Reject(place, _shown_id(id), "not-utf-8", "a string holds half of a surrogate pair")
    if not record:
        return _Row(id, (text, None), len(line))
    try:
        # Half of a surrogate pair cannot be written as UTF-8, so it stays an escape.
        fields = json.dumps(record, ensure_ascii="\\ud" in line.decode("utf-8").lower(), allow_nan=False)
    except (ValueError, RecursionError) as error:
        return Reject(place, _shown_id(id), "not-json", str(error))
    return _Row(id, (text, fields), len(line))


def _text_files(task: Task, settings: Settings) -> Iterator[tuple[str, _Row | Reject]]:
    for source in task.sources:
        place = source.name
        if source.size > settings.row_bytes:
            yield place, Reject(place, place, *_too_large(source.size, settings))
            continue
        with _stream(source) as stream:
            data = stream.read(settings.row_bytes + 1)
        if len(data) != source.size:
            yield place, _unreadable(place, f"the file has {len(data)} bytes, and had {source.size}")
            continue
        try:
            yield place, _Row(place, (data.decode("utf-8"),), len(data))
        except UnicodeDecodeError as error:
            yield place, Reject(place, place, "not-utf-8", f"byte {error.start} is not UTF-8")


@contextlib.contextmanager
def _stream(source: Source) -> Iterator[io.BufferedReader]:
    with source.open() as file:
        if not source.compression:
            yield file
            return
        # The decompressed stream can only be read in pieces, not by line.
        with io.BufferedReader(pa.CompressedInputStream(file, source.compression), _COMPRESSED_BUFFER) as stream:
            yield stream
