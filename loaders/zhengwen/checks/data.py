"""Level 2 for data of any size: checks a Parquet file or JSON lines against one shape, in constant memory."""

import contextlib
import os
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from zhengwen.characters import BYTE_ORDER_MARK, NOT_UTF8
from zhengwen.checks.bulk import BATCH, validate
from zhengwen.errors import ZhengwenError
from zhengwen.files import canonical_json, parse_json
from zhengwen.findings import Finding
from zhengwen.repository.level2 import JSON_SYNTAX, SHAPE
from zhengwen.schema import Problem, Shape

#: A line of more bytes than this is a finding and is not parsed, so that memory stays constant.
LONGEST_LINE = 64 * 2**20
#: A column of strings with at most this many bytes per value in Parquet holds indices into a dictionary, not the text.
_BYTES_OF_INDEX = 2
#: A finding shows at most this many characters of its record.
_SHOWN = 4_000


def check_data(path: Path, shape: Shape, where: str) -> Iterator[Finding]:
    """Yield the findings on the records of a ``.parquet`` file, or of a file of JSON lines with any other suffix.

    ``where`` names what shows the shape, a command.  Raises :class:`ZhengwenError` when the file cannot be read.
    """
    if path.is_dir():
        raise ZhengwenError(f"{path}: is a folder", fix="name a .parquet or .jsonl file")
    if path.suffix == ".parquet":
        yield from _check_parquet(path, shape, where)
        return
    with _opened(path) as stream:
        yield from check_lines(stream, path.as_posix(), shape, where)


def check_lines(stream: BinaryIO, name: str, shape: Shape, where: str) -> Iterator[Finding]:
    """Yield the findings on JSON lines, one record per line; ``name`` is what findings call the stream.

    >>> import io
    >>> from zhengwen.schema import read_schema
    >>> stream = io.BytesIO(b'{"id": "d.s001", "start": 0, "end": 2}')
    >>> shape = read_schema().gold["sentences"]
    >>> print(*check_lines(stream, "a.jsonl", shape, "`zhengwen schema gold/sentences`"))
    a.jsonl:1: [shape] text: is missing
    """
    number = 0
    while line := stream.readline(LONGEST_LINE + 1):
        number += 1
        if len(line) > LONGEST_LINE and not line.endswith(b"\n"):
            yield JSON_SYNTAX.broken(
                name, f"the line is longer than {LONGEST_LINE} bytes", line=number, fix="write one JSON object per line"
            )
            while line and not line.endswith(b"\n"):
                line = stream.readline(LONGEST_LINE)
            continue
        if number == 1 and line.startswith(b"\xef\xbb\xbf"):
            yield BYTE_ORDER_MARK.broken(
                name, "begins with a byte order mark", line=1, fix="save it as UTF-8 without BOM"
            )
            line = line[3:]
        try:
            text = line.removesuffix(b"\n").decode("utf-8")
            record = parse_json(text, ours=False)
        except UnicodeDecodeError as error:
            yield NOT_UTF8.broken(
                name, f"byte {error.start} of the line is not UTF-8", line=number, fix="save it as UTF-8"
            )
            continue
        except ValueError as error:
            yield JSON_SYNTAX.broken(
                name, f"not JSON: {error}", line=number, fix="write one JSON object per line", record=text[:_SHOWN]
            )
            continue
        for problem in shape.problems(record):
            yield _finding(name, number, problem, where, text)


def _check_parquet(path: Path, shape: Shape, where: str) -> Iterator[Finding]:
    name = path.as_posix()
    try:
        metadata = pq.read_metadata(path)
        dictionary_columns = _dictionary_columns(metadata)
        # Without pre_buffer, which reads a whole row group ahead: one may be as large as the file.
        with pq.ParquetFile(
            path, metadata=metadata, read_dictionary=dictionary_columns, buffer_size=2**20, pre_buffer=False
        ) as file:
            for row, record, problem in validate(_read_ahead(_batches(file)), shape):
                yield _finding(name, row + 1, problem, where, _shown(record))
    except FileNotFoundError:
        raise ZhengwenError(f"{path}: there is no such file") from None
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ZhengwenError(
            f"{path}: cannot be read as Parquet: {reason}", fix="write it again as a complete Parquet file"
        ) from None


def _dictionary_columns(metadata: pq.FileMetaData) -> list[str]:
    """The paths of the string columns to read as dictionaries: each distinct value is then checked only once."""
    size, count = Counter[str](), Counter[str]()
    for group in map(metadata.row_group, range(metadata.num_row_groups)):
        for column in map(group.column, range(group.num_columns)):
            if column.physical_type == "BYTE_ARRAY":
                size[column.path_in_schema] += column.total_uncompressed_size
                count[column.path_in_schema] += column.num_values
    return [path for path in count if size[path] <= _BYTES_OF_INDEX * count[path]]


def _batches(file: pq.ParquetFile) -> Iterator[pa.RecordBatch]:
    """Batches of a file, each from a single row group: pyarrow cannot join the dictionaries inside lists of two."""
    for group in range(file.num_row_groups):
        yield from file.iter_batches(batch_size=BATCH, row_groups=[group], use_threads=False)


def _read_ahead(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The same batches; while one is checked, a thread reads the next."""
    with ThreadPoolExecutor(1) as reader:
        next_batch = reader.submit(next, batches, None)
        while (batch := next_batch.result()) is not None:
            next_batch = reader.submit(next, batches, None)
            yield batch


def _finding(name: str, line: int, problem: Problem, where: str, record: str) -> Finding:
    return SHAPE.broken(
        name, problem.message, line=line, field=problem.field, fix=f"see {where}", record=record[:_SHOWN]
    )


def _shown(record: Any) -> str:
    try:
        return canonical_json(record)
    except (TypeError, ValueError):  # Arrow has values that JSON lacks, such as dates, bytes and NaN
        return repr(record)


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        stream = path.open("rb")
    except OSError as error:
        raise ZhengwenError(f"{path}: {os.strerror(error.errno)}") from None
    with stream:
        yield stream
