"""Level 2 for files of any size and kind: checks their records against one shape, in bounded memory."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from zhengwen.bulk.contents import PARQUET, UnreadableError, contents
from zhengwen.bulk.parquet import ParquetChecker
from zhengwen.characters import BYTE_ORDER_MARK, NOT_UTF8
from zhengwen.files import parse_json
from zhengwen.findings import Finding, rule
from zhengwen.limits import FINDINGS, LINE, MIB, RECORD_SHOWN
from zhengwen.problems import Problem
from zhengwen.repository.level2 import JSON_SYNTAX, SHAPE
from zhengwen.shape import Shape

UNREADABLE = rule(
    "unreadable",
    1,
    "A file of records can be read to its end.",
    why="What comes after the place where it is broken was not checked.",
    example="The second half of a Parquet file is missing, or a file is a pointer of Git LFS.",
    fix="Do what the finding says, or write the file again.",
)


class RecordChecker:
    """Checks files of records of one shape, and counts the records in ``records``; used in a ``with`` statement.

    ``where`` is the command that shows the shape.

    >>> import io
    >>> from zhengwen.schema import read_schema
    >>> stream = io.BytesIO(b'{"id": "d.s001", "start": 0, "end": 2}')
    >>> with RecordChecker(read_schema().gold["sentences"], "`zhengwen schema gold/sentences`") as checker:
    ...     print(*checker.check_stream(stream, "a.jsonl"), checker.records, sep="; ")
    a.jsonl:1: [shape] text: is missing; 1
    """

    def __init__(self, shape: Shape, where: str):
        self.records = 0
        self._shape = shape
        self._where = where
        self._parquet = ParquetChecker(shape)

    def __enter__(self) -> "RecordChecker":
        return self

    def __exit__(self, *_: object) -> None:
        self._parquet.__exit__()

    def check_file(self, path: Path, name: str = "") -> Iterator[Finding]:
        """Yield the findings on the file at ``path``, which they call ``name`` (by default its path).

        A file that cannot be read, or not to its end, is a finding too, so that the next files are checked.
        """
        name = name or os.fspath(path)
        return self._guarded(self._check_file(path, name), name)

    def check_stream(self, stream: BinaryIO, name: str) -> Iterator[Finding]:
        """Yield the findings on what a binary stream holds: JSON lines or Parquet, compressed or not."""
        return self._guarded(self._check_stream(stream, name), name)

    def _guarded(self, findings: Iterator[Finding], name: str) -> Iterator[Finding]:
        try:
            for count, finding in enumerate(findings):
                if count == FINDINGS:
                    raise UnreadableError(f"has more than {FINDINGS:,} findings, and is not read further")
                yield finding
        except UnreadableError as error:
            yield UNREADABLE.broken(name, str(error), fix=error.fix)
        except OSError as error:
            yield UNREADABLE.broken(name, f"cannot be read: {error.strerror or error}")
        except MemoryError:
            yield UNREADABLE.broken(name, "needs more memory than there is")

    def _check_file(self, path: Path, name: str) -> Iterator[Finding]:
        if path.is_dir():
            raise UnreadableError("is a folder", fix="name the files in it")
        with path.open("rb") as stream:
            # A file can be read from its end, where Parquet has its table of contents; a pipe cannot.
            is_parquet = path.is_file() and _is_parquet(stream)
            yield from self._check_parquet(path, name) if is_parquet else self._check_stream(stream, name)

    def _check_stream(self, stream: BinaryIO, name: str) -> Iterator[Finding]:
        content = contents(stream)
        if content.is_parquet:
            with tempfile.NamedTemporaryFile(suffix=".parquet") as file:
                shutil.copyfileobj(content.stream, file, MIB)
                file.flush()
                yield from self._check_parquet(Path(file.name), name)
        else:
            yield from self._check_lines(content.stream, name)

    def _check_parquet(self, path: Path, name: str) -> Iterator[Finding]:
        before = self._parquet.rows
        for row, problem, record in self._parquet.check(os.fspath(path)):
            yield self._finding(name, None if row is None else row + 1, problem, record)
        self.records += self._parquet.rows - before

    def _check_lines(self, stream: BinaryIO, name: str) -> Iterator[Finding]:
        number = 0
        while line := stream.readline(LINE + 1):
            number += 1
            self.records += 1
            if len(line) > LINE and not line.endswith(b"\n"):
                yield JSON_SYNTAX.broken(
                    name,
                    f"the line is longer than {LINE // MIB} MiB",
                    line=number,
                    fix="write one JSON object per line",
                )
                while line and not line.endswith(b"\n"):
                    line = stream.readline(LINE)
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
                    name,
                    f"not JSON: {error}",
                    line=number,
                    fix="write one JSON object per line",
                    record=text[:RECORD_SHOWN],
                )
                continue
            for problem in self._shape.problems(record):
                yield self._finding(name, number, problem, text[:RECORD_SHOWN])

    def _finding(self, name: str, line: int | None, problem: Problem, record: str) -> Finding:
        return SHAPE.broken(
            name, problem.message, line=line, field=problem.field, fix=f"see {self._where}", record=record
        )


def _is_parquet(stream: BinaryIO) -> bool:
    """Whether a file begins or ends as Parquet does; it is then read from its beginning."""
    size = stream.seek(0, os.SEEK_END)
    stream.seek(max(0, size - len(PARQUET)))
    ends = [stream.read()]
    stream.seek(0)
    ends.append(stream.read(len(PARQUET)))
    stream.seek(0)
    return PARQUET in ends
