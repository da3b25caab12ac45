"""Reads a task, a batch of rows at a time: the rows that can be worked on, and those that cannot, with the reason."""

import contextlib
import hashlib
import io
import json
import zlib
from collections.abc import Iterator
from typing import Any, NamedTuple

from zhengwen.scale.inputs import Source
from zhengwen.scale.plan import Settings, Task

#: A batch ends at so many rows, or at so many bytes.
_ROWS = 1024
_BYTES = 4 << 20
_BUFFER = 1 << 20
#: The reading of a compressed file that was cut fails whole, so it is read in pieces.
_PIECE = 1 << 13


class Reject(NamedTuple):
    """Rows that are not in the output: where they stand in the input, and why."""

    place: str
    id: Any
    reason: str
    message: str
    rows: int = 1


class Batch(NamedTuple):
    """Some rows of the input, in order; ``rows`` of them altogether."""

    table: Any
    rejects: list[Reject]

    @property
    def rows(self) -> int:
        """How many rows were read."""
        return self.table.num_rows + sum(reject.rows for reject in self.rejects)


class Seen:
    """The ids of a task, each as eight bytes of a hash: two ids in 2**64 are taken for one."""

    def __init__(self) -> None:
        self._hashes: set[bytes] = set()

    def again(self, id: Any) -> bool:
        """Whether ``id`` was here before."""
        if id is None:
            return False
        digest = hash_id(id)
        if digest in self._hashes:
            return True
        self._hashes.add(digest)
        return False

    def all_new(self, ids: list) -> bool:
        """Take all of ``ids`` when none is null, was here before or is there twice; else none of them."""
        digests = {hash_id(id) for id in ids if id is not None}
        if len(digests) < len(ids) or not self._hashes.isdisjoint(digests):
            return False
        self._hashes |= digests
        return True

    def hashes(self) -> bytes:
        """The hashes one behind the other, in order."""
        return b"".join(sorted(self._hashes))


def hash_id(id: Any) -> bytes:
    """Eight bytes that stand for an id."""
    return hashlib.blake2b(str(id).encode("utf-8", "surrogatepass"), digest_size=8).digest()


def read(task: Task, settings: Settings, schema: Any, seen: Seen) -> Iterator[Batch]:
    """The rows of ``task`` as tables of ``schema``.  What cannot be read any further is one last reject.

    ``seen`` takes the ids that were given: those that are places need not be looked at.
    """
    if task.broken:
        yield Batch(schema.empty_table(), [Reject(task.sources[0].name, None, "unreadable", task.broken)])
        return
    match task.sources[0].kind:
        case "parquet":
            yield from _parquet(task, settings, schema, seen)
        case "jsonl":
            yield from _tables(_json_lines(task, settings), settings, schema, seen)
        case "txt":
            yield from _tables(_text_files(task, settings), settings, schema, seen)


def is_content_error(error: BaseException) -> bool:
    """Whether ``error`` says that what was read is broken, not that it could not be had."""
    import pyarrow as pa

    # Arrow tells broken compression as an OSError without a number.
    return isinstance(error, pa.ArrowInvalid | EOFError | zlib.error) or (
        type(error) is OSError and error.errno is None
    )


@contextlib.contextmanager
def parquet_file(source: Source) -> Iterator[Any]:
    """A Parquet file, read in small pieces: a row group may be larger than the memory."""
    import fsspec
    import pyarrow.parquet as pq

    with (
        fsspec.open(source.url, "rb") as stream,
        pq.ParquetFile(stream, buffer_size=_BUFFER, pre_buffer=False) as file,
    ):
        yield file


# -- Parquet


def _parquet(task: Task, settings: Settings, schema: Any, seen: Seen) -> Iterator[Batch]:
    import pyarrow as pa

    source = task.sources[0]
    with parquet_file(source) as file:
        groups = [file.metadata.row_group(number) for number in range(task.start, task.end)]
        total = sum(group.num_rows for group in groups)
        size = sum(group.total_byte_size for group in groups)
        rows = max(1, min(_ROWS, _BYTES * total // max(size, 1)))
        done = 0
        batches = file.iter_batches(rows, row_groups=range(task.start, task.end), use_threads=False)
        while done < total:
            try:
                table = pa.Table.from_batches([next(batches)])
            except (OSError, pa.ArrowException, StopIteration) as error:
                if not (isinstance(error, StopIteration) or is_content_error(error)):
                    raise
                place = f"{source.name}:{task.first + done}"
                yield Batch(schema.empty_table(), [Reject(place, None, "unreadable", str(error), total - done)])
                return
            yield _checked(table, source.name, task.first + done, settings, schema, seen)
            done += table.num_rows


def _checked(table: Any, name: str, first: int, settings: Settings, schema: Any, seen: Seen) -> Batch:
    """A table as it was read, less the rows that cannot be worked on."""
    import pyarrow as pa
    import pyarrow.compute as pc

    table = table.replace_schema_metadata()
    places = [f"{name}:{first + at}" for at in range(table.num_rows)]
    if "id" in schema.names and "id" not in table.column_names:
        table = table.add_column(0, "id", pa.array(places, pa.string()))
        ids, given = places, False
    else:
        ids, given = table[settings.id_column or "id"].to_pylist(), True
    at = table.column_names.index(settings.text_column)
    column = table[settings.text_column]
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    table = table.drop_columns(settings.text_column)
    column = column.cast(pa.large_string())
    lengths = pc.binary_length(column.cast(pa.large_binary()))
    not_unicode = _not_unicode(column)
    sound = not (column.null_count or not_unicode or (pc.max(lengths).as_py() or 0) > settings.row_bytes)
    if sound and (not given or seen.all_new(ids)):
        return Batch(table.add_column(at, settings.text_column, column.cast(pa.string())), [])
    rejects, kept = [], []
    for row, (id, length) in enumerate(zip(ids, lengths.to_pylist(), strict=True)):
        if length is None:
            why = ("no-text", "the text is null")
        elif length > settings.row_bytes:
            why = _too_large(length, settings)
        elif row in not_unicode:
            why = ("not-utf-8", not_unicode[row])
        elif given and id is None and settings.id_column:
            why = ("no-id", "the id is null")
        elif given and seen.again(id):
            why = _DUPLICATE
        else:
            kept.append(row)
            continue
        rejects.append(Reject(places[row], id if isinstance(id, int | str | None) else str(id), *why))
    if rejects:
        table, column = table.take(kept), column.take(kept)
    # The texts are at most `row_bytes` each now, and a batch holds few: they fit a plain string column.
    return Batch(table.add_column(at, settings.text_column, column.cast(pa.string())), rejects)


_DUPLICATE = ("duplicate-id", "the id was there before, in this part of the input")


def _too_large(length: int, settings: Settings) -> tuple[str, str]:
    return "too-large", f"{length} bytes, more than {settings.row_bytes}"


def _not_unicode(column: Any) -> dict[int, str]:
    """The rows that are not UTF-8, each with what is wrong with it."""
    import pyarrow as pa

    try:
        column.validate(full=True)
        return {}
    except pa.ArrowInvalid:
        found = {}
        for row, value in enumerate(column.cast(pa.large_binary()).to_pylist()):
            try:
                (value or b"").decode("utf-8")
            except UnicodeDecodeError as error:
                found[row] = f"byte {error.start} is not UTF-8"
        return found


# -- Lines and files: (place, a row or why there is none, its size)


def _tables(rows: Iterator[tuple[str, Any, int]], settings: Settings, schema: Any, seen: Seen) -> Iterator[Batch]:
    """Rows gathered into tables."""
    import pyarrow as pa

    kept: list[tuple] = []
    rejects: list[Reject] = []
    size = 0
    for place, row, length in rows:
        if isinstance(row, Reject):
            rejects.append(row)
        elif row[0] is not None and seen.again(row[0]):
            rejects.append(Reject(place, row[0], *_DUPLICATE))
        else:
            kept.append((row[0] if row[0] is not None else place, *row[1:]))
            size += length
        if len(kept) + len(rejects) >= _ROWS or size >= _BYTES:
            yield Batch(pa.table(_columns(kept, schema), schema), rejects)
            kept, rejects, size = [], [], 0
    yield Batch(pa.table(_columns(kept, schema), schema), rejects)


def _columns(rows: list[tuple], schema: Any) -> list[list]:
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in schema]


def _json_lines(task: Task, settings: Settings) -> Iterator[tuple[str, Any, int]]:
    source = task.sources[0]
    with _stream(source) as stream:
        place = task.start
        if place:
            # A line belongs to the part that it begins in.
            stream.seek(place - 1)
            place += _rest_of_line(stream) - 1
        while not task.end or place < task.end:
            try:
                line = stream.readline(settings.row_bytes + 1)
                length = len(line)
                if length > settings.row_bytes and not line.endswith(b"\n"):
                    length += _rest_of_line(stream)
            except (OSError, EOFError, zlib.error) as error:
                if not is_content_error(error):
                    raise
                at = f"{source.name}:{place}"
                yield at, Reject(at, None, "unreadable", str(error)), 0
                return
            if not line:
                return
            if line.strip():
                at = f"{source.name}:{place}"
                if length > settings.row_bytes:
                    yield at, Reject(at, None, *_too_large(length, settings)), 0
                else:
                    yield at, _row(line, at, settings), length
            place += length


def _rest_of_line(stream: Any) -> int:
    length = 0
    while piece := stream.readline(_BUFFER):
        length += len(piece)
        if piece.endswith(b"\n"):
            break
    return length


def _row(line: bytes, place: str, settings: Settings) -> Any:
    """The id, the text and the other fields of a line, or why it is none."""
    try:
        record = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        return Reject(place, None, "not-utf-8", f"byte {error.start} of the line is not UTF-8")
    except (ValueError, RecursionError) as error:
        return Reject(place, None, "not-json", str(error) or "nested too deeply")
    if not isinstance(record, dict):
        return Reject(place, None, "not-json", "the line is no JSON object")
    id = record.pop(settings.id_column or "id", None)
    # An id is an id, a number too; anything else is said as JSON.
    id = id if isinstance(id, str | None) else json.dumps(id, ensure_ascii=False)
    text = record.pop(settings.text_column, None)
    if not isinstance(text, str):
        return Reject(
            place, id, "no-text", f"{settings.text_column!r} is {'null or missing' if text is None else 'no string'}"
        )
    if id is None and settings.id_column:
        return Reject(place, None, "no-id", f"{settings.id_column!r} is null or missing")
    try:
        (text + (id or "")).encode("utf-8")
    except UnicodeEncodeError:
        return Reject(place, None, "not-utf-8", "a string holds half of a surrogate pair")
    fields = json.dumps(record, ensure_ascii=False) if record else None
    if fields and "\\ud" in line.decode("utf-8").lower():
        # Half of a surrogate pair stays as it was written.
        fields = json.dumps(record)
    return id, text, fields


def _text_files(task: Task, settings: Settings) -> Iterator[tuple[str, Any, int]]:
    for source in task.sources:
        place = source.name
        if source.size > settings.row_bytes:
            yield place, Reject(place, place, *_too_large(source.size, settings)), 0
            continue
        with _stream(source) as stream:
            data = stream.read()
        try:
            yield place, (place, data.decode("utf-8")), len(data)
        except UnicodeDecodeError as error:
            yield place, Reject(place, place, "not-utf-8", f"byte {error.start} is not UTF-8"), 0


@contextlib.contextmanager
def _stream(source: Source) -> Iterator[io.BufferedReader]:
    import fsspec
    import pyarrow as pa

    with fsspec.open(source.url, "rb") as file:
        raw = pa.CompressedInputStream(file, source.compression) if source.compression else file
        # What fsspec gives may read lines slowly, or not at all.
        with io.BufferedReader(raw, _PIECE if source.compression else _BUFFER) as stream:
            yield stream
