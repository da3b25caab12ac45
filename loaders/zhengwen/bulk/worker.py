"""The process that checks Parquet files: a file may make Arrow abort it, and nothing else is lost.

The first line of its standard input is a shape, every other one the path of a file, in JSON.  It answers in lines of
JSON: each problem as ``[row, field, rule, message, record]``, where ``row`` counts from 0 and is ``null`` for what
concerns the file, then ``{"rows": …}``, or ``{"error": …, "fix": …}`` for a file that cannot be read to its end.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator, Set
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from zhengwen.bulk.contents import UnreadableError
from zhengwen.bulk.validation import BATCH, REPEATED, can_hold, validate
from zhengwen.limits import GIB, MIB, PARQUET_MEMORY, PARQUET_SECONDS, RATIO, RECORD_SHOWN, UNPACKED
from zhengwen.parquet import parquet_source
from zhengwen.printable import shortened
from zhengwen.problems import VALUE_SHOWN, Problem, summarized
from zhengwen.shape import Shape

try:
    import resource
except ImportError:  # not on Windows, where the limits of memory and time do not apply
    resource = None

#: A column of strings with at most this many bytes per value in Parquet holds indices into a dictionary, not the text.
_BYTES_OF_INDEX = 2
#: A batch has so few rows that, by what the file says, they have about this many bytes.
_BATCH_BYTES = 32 * MIB


def main() -> None:
    """Answer the lines of standard input until it ends."""
    _limit_memory()
    shape = Shape("", "", json.loads(sys.stdin.readline()))
    for line in sys.stdin:
        for answer in _answers(Path(json.loads(line)), shape):
            print(json.dumps(answer), flush=not isinstance(answer, list))


def _answers(path: Path, shape: Shape) -> Iterator[Any]:
    try:
        yield from _check(path, shape)
    except UnreadableError as error:
        yield {"error": str(error), "fix": error.fix}
    except UnicodeDecodeError:  # values are decoded in `validate`, where this is a problem of a row
        yield {"error": "the name of a column is not UTF-8", "fix": "write it again with other names"}
    except (MemoryError, pa.ArrowMemoryError):
        reason = f"needs more than {PARQUET_MEMORY // GIB} GiB of memory, the most that is allowed"
        yield {"error": reason, "fix": "write it in smaller row groups"}
    except (pa.ArrowException, OSError, ValueError, LookupError, TypeError, OverflowError, RuntimeError) as error:
        # What Arrow and Python raise for data that are damaged.
        reason = str(error).partition("\n")[0] or type(error).__name__
        reason = f"cannot be read as Parquet: {shortened(reason, VALUE_SHOWN)}"
        yield {"error": reason, "fix": "write it again as a complete Parquet file"}


def _check(path: Path, shape: Shape) -> Iterator[Any]:
    _limit_time()
    with parquet_source(path) as source:
        metadata = pq.read_metadata(source)
        in_groups = sum(metadata.row_group(number).num_rows for number in range(metadata.num_row_groups))
        if metadata.num_rows != in_groups:
            raise UnreadableError(f"claims {metadata.num_rows:,} rows, but has {in_groups:,}")
        schema = metadata.schema.to_arrow_schema()
        names = Counter(schema.names)
        for problem in summarized(_problems_of_columns(schema, names, shape, is_empty=not metadata.num_rows)):
            yield [None, *problem, ""]
        # Rows are checked for the columns that are there: what concerns all of them has been said once.
        present = {name: rules for name, rules in shape.fields.items() if names[name] == 1}
        # Without pre_buffer, which reads a whole row group ahead: one may be as large as the file.
        dictionaries = _dictionary_columns(metadata, present.keys())
        file = pq.ParquetFile(
            source, metadata=metadata, read_dictionary=dictionaries, buffer_size=MIB, pre_buffer=False
        )
        rows = 0

        def counted(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            nonlocal rows
            for batch in batches:
                rows += batch.num_rows
                yield batch

        batches = counted(_read_ahead(_batches(file, list(present), source.size())))
        before, shown = None, ""
        for row, record, problem in validate(batches, Shape(shape.name, "", present)) if present else ():
            if row != before:
                before, shown = row, json.dumps(record, ensure_ascii=False, default=str)[:RECORD_SHOWN]
                _limit_time()
            yield [row, *problem, shown]
    yield {"rows": rows}


def _problems_of_columns(schema: pa.Schema, names: Counter[str], shape: Shape, is_empty: bool) -> Iterator[Problem]:
    for name, count in names.items():
        if name not in shape.fields:
            yield Problem(shortened(name, VALUE_SHOWN), "unknown", "is not a field of this shape")
        elif count > 1:
            yield Problem(name, "unknown", REPEATED)
        elif is_empty and not can_hold(kind := schema.field(name).type, shape.fields[name]):
            # Where there are rows, their values show whether the type is right.
            message = f"must be of type {shape.fields[name]['type']}, is a column of type {kind}"
            yield Problem(name, "type", shortened(message, VALUE_SHOWN))
    for name in shape.fields.keys() - names.keys():
        yield Problem(name, "required", "is missing")


def _dictionary_columns(metadata: pq.FileMetaData, names: Set[str]) -> list[str]:
    """The paths of the string columns to read as dictionaries: each distinct value is then checked only once."""
    size, count = Counter[str](), Counter[str]()
    for group in map(metadata.row_group, range(metadata.num_row_groups)):
        for column in map(group.column, range(group.num_columns)):
            path = column.path_in_schema
            if column.physical_type == "BYTE_ARRAY" and path.partition(".")[0] in names:
                size[path] += column.total_uncompressed_size
                count[path] += column.num_values
    return [path for path in count if size[path] <= _BYTES_OF_INDEX * count[path]]


def _batches(file: pq.ParquetFile, names: list[str], size: int) -> Iterator[pa.RecordBatch]:
    """Batches of the columns of these names, each from a single row group: pyarrow cannot join dictionaries of two."""
    bytes_read = 0
    for number in range(file.num_row_groups):
        group = file.metadata.row_group(number)
        rows = 0
        row_bytes = max(1, group.total_byte_size // max(1, group.num_rows))
        batch_size = max(1, min(BATCH, _BATCH_BYTES // row_bytes))
        for batch in file.iter_batches(batch_size, row_groups=[number], columns=names, use_threads=False):
            rows += batch.num_rows
            bytes_read += batch.num_rows + sum(map(_size, batch.columns))
            if bytes_read > max(UNPACKED, RATIO * size):
                raise UnreadableError(
                    f"holds more than {UNPACKED // GIB} GiB of data, which is more than {RATIO:,} times its size",
                    fix="divide it into smaller files if you trust it",
                )
            yield batch
            _limit_time()
        if rows != group.num_rows:
            raise UnreadableError(f"claims {group.num_rows:,} rows in row group {number}, but has {rows:,}")


def _size(column: pa.Array) -> int:
    """The bytes of a column; values in a dictionary, which many rows and batches share, count as indices."""
    if pa.types.is_dictionary(column.type):
        return column.indices.nbytes
    if pa.types.is_struct(column.type):
        return sum(map(_size, column.flatten()))
    if pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
        return 4 * len(column) + _size(column.flatten())
    return column.nbytes


def _read_ahead(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The same batches; while one is checked, a thread reads the next."""
    with ThreadPoolExecutor(1) as reader:
        next_batch = reader.submit(next, batches, None)
        while (batch := next_batch.result()) is not None:
            next_batch = reader.submit(next, batches, None)
            yield batch


def _limit_memory() -> None:
    """Allow this process :data:`PARQUET_MEMORY` more than it has, so that allocating more fails."""
    statistics = Path("/proc/self/statm")
    if resource and statistics.exists():
        size = int(statistics.read_text(encoding="ascii").split()[0]) * resource.getpagesize()
        _set_limit(resource.RLIMIT_AS, size + PARQUET_MEMORY)
        _set_limit(resource.RLIMIT_CORE, 0)  # a crash is expected, and its core is of no use


def _limit_time() -> None:
    """Allow this process :data:`PARQUET_SECONDS` from now on, so that the system ends it after that."""
    if resource:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        _set_limit(resource.RLIMIT_CPU, int(usage.ru_utime + usage.ru_stime) + PARQUET_SECONDS)


def _set_limit(kind: int, value: int) -> None:
    _, most = resource.getrlimit(kind)
    resource.setrlimit(kind, (value if most == resource.RLIM_INFINITY else min(value, most), most))


if __name__ == "__main__":
    main()
