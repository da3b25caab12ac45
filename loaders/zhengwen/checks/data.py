"""Level 2 on data of any size: a Parquet file or JSON lines against one shape, as they come, in constant memory."""

import contextlib
import os
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
        with pq.ParquetFile(path, buffer_size=2**20, pre_buffer=False) as file:
            for one in validate(_ahead(file.iter_batches(batch_size=BATCH)), shape):
                yield _broken(name, one.row + 1, one.problem, where, _shown(one.record))
    except FileNotFoundError:
        raise ZhengwenError(f"{path}: there is no such file") from None
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ZhengwenError(
            f"{path}: cannot be read as Parquet: {reason}", fix="is it whole, and Parquet? write it again"
        ) from None


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
