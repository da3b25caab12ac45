"""Level 2 on data of any size: a Parquet file or JSON lines against one shape, as they come, in constant memory."""

import contextlib
import os
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, BinaryIO

from zhengwen.checks.bulk import BATCH, record_test, validate
from zhengwen.checks.finding import Finding
from zhengwen.checks.level1 import BYTE_ORDER_MARK, NOT_UTF8
from zhengwen.checks.level2 import JSON_SYNTAX, SHAPE
from zhengwen.errors import ZhengwenError
from zhengwen.files import canonical_json, parse_json
from zhengwen.schema import Problem, Shape

#: A line longer than this is a finding, and is not read: memory stays constant whatever comes.
LONGEST_LINE = 64 * 2**20
#: Bytes a value, at most, of a column in Parquet that is surely numbers into a dictionary and not the strings.
_BYTES_OF_INDEX = 2
#: Of a record that is shown, so much.
_SHOWN = 4_000


def check_data(path: Path, shape: Shape, where: str) -> Iterator[Finding]:
    """Findings on the records of a file, ``.parquet`` or JSON lines; ``where`` is the file that states the shape.

    Raises :class:`ZhengwenError` when the file cannot be read at all.
    """
    if path.is_dir():
        raise ZhengwenError(f"{path}: is a folder", fix="name a .parquet or .jsonl file")
    if path.suffix == ".parquet":
        yield from _check_parquet(path, shape, where)
        return
    with _opened(path) as stream:
        yield from check_lines(stream, path.as_posix(), shape, where)


def check_lines(stream: BinaryIO, name: str, shape: Shape, where: str) -> Iterator[Finding]:
    """Findings on JSON lines, a record a line, read from ``stream``, which findings call ``name``."""
    sure = record_test(shape)
    number = 0
    while line := stream.readline(LONGEST_LINE + 1):
        number += 1
        if len(line) > LONGEST_LINE and not line.endswith(b"\n"):
            yield JSON_SYNTAX.broken(
                name, f"the line is longer than {LONGEST_LINE} bytes", line=number, fix="one JSON object a line"
            )
            while line and not line.endswith(b"\n"):
                line = stream.readline(LONGEST_LINE)
            continue
        if number == 1 and line.startswith(b"\xef\xbb\xbf"):
            yield BYTE_ORDER_MARK.broken(name, "begins with a byte order mark", line=1, fix="save it without BOM")
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
                name, f"not JSON: {error}", line=number, fix="one JSON object a line", record=text[:_SHOWN]
            )
            continue
        if not sure(record):
            for problem in shape.problems(record):
                yield _broken(name, number, problem, where, text)


def _check_parquet(path: Path, shape: Shape, where: str) -> Iterator[Finding]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    name = path.as_posix()
    try:
        # Buffered and not fetched ahead: a row group may be as large as the file.
        metadata = pq.read_metadata(path)
        repeating = _repeating(metadata)
        with pq.ParquetFile(
            path, metadata=metadata, read_dictionary=repeating, buffer_size=2**20, pre_buffer=False
        ) as file:
            for one in validate(_ahead(_batches(file)), shape):
                yield _broken(name, one.row + 1, one.problem, where, _shown(one.record))
    except FileNotFoundError:
        raise ZhengwenError(f"{path}: there is no such file") from None
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ZhengwenError(
            f"{path}: cannot be read as Parquet: {reason}", fix="is it whole, and Parquet? write it again"
        ) from None


def _repeating(metadata: Any) -> list[str]:
    """Paths of the columns of strings that say few values often: read as dictionaries, each value is looked at once."""
    size, count = Counter[str](), Counter[str]()
    for group in map(metadata.row_group, range(metadata.num_row_groups)):
        for column in map(group.column, range(group.num_columns)):
            if column.physical_type == "BYTE_ARRAY":
                size[column.path_in_schema] += column.total_uncompressed_size
                count[column.path_in_schema] += column.num_values
    return [path for path in count if size[path] <= _BYTES_OF_INDEX * count[path]]


def _batches(file: Any) -> Iterator[Any]:
    """Batches of a Parquet file, none with rows of two groups: pyarrow cannot join dictionaries inside of lists."""
    for group in range(file.num_row_groups):
        yield from file.iter_batches(batch_size=BATCH, row_groups=[group], use_threads=False)


def _ahead(batches: Iterator[Any]) -> Iterator[Any]:
    """The same batches; while one is looked at, the next is read."""
    with ThreadPoolExecutor(1) as reader:
        coming = reader.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = reader.submit(next, batches, None)
            yield batch


def _broken(name: str, line: int, problem: Problem, where: str, record: str) -> Finding:
    return SHAPE.broken(
        name, problem.message, line=line, field=problem.field, fix=f"see {where}", record=record[:_SHOWN]
    )


def _shown(record: Any) -> str:
    try:
        return canonical_json(record)
    except (TypeError, ValueError):  # a date, bytes, NaN: Arrow holds what JSON does not
        return repr(record)


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        stream = path.open("rb")
    except OSError as error:
        raise ZhengwenError(f"{path}: {os.strerror(error.errno)}") from None
    with stream:
        yield stream
