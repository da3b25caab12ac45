"""Checks of Parquet files, in a process of their own.

Arrow aborts the process for some damaged or encrypted files, and what is decompressed may take any amount of memory: a
process of its own can die, and can be limited, without any other finding being lost.  All Parquet files are read there,
whether they are suspect or not, because a file that is read in two ways would be checked in two ways; the process
starts once for all files, in about half a second (``python benchmarks/check.py``).
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from typing import NamedTuple

from zhengwen.bulk.contents import UnreadableError
from zhengwen.limits import PARQUET_SECONDS
from zhengwen.printable import shortened
from zhengwen.problems import VALUE_SHOWN, Problem
from zhengwen.shape import Shape

_PROGRAM = "from zhengwen.bulk.worker import main; main()"


class RowProblem(NamedTuple):
    """A problem in a file: the number of the row from 0, or ``None`` for what concerns all; the row as JSON, cut."""

    row: int | None
    problem: Problem
    record: str


class ParquetChecker:
    """Checks Parquet files of one shape; to be closed, or used in a ``with`` statement.

    ``rows`` counts the rows that were checked in files that could be read to the end.
    """

    def __init__(self, shape: Shape):
        self.rows = 0
        self._shape = shape
        self._process: subprocess.Popen[str] | None = None
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  (closed by __exit__)

    def __enter__(self) -> "ParquetChecker":
        return self

    def __exit__(self, *_: object) -> None:
        self._end()
        self._errors.close()

    def check(self, path: str) -> Iterator[RowProblem]:
        """The problems in the file at ``path``; raises :class:`UnreadableError` when it cannot be read to its end."""
        process = self._started()
        with contextlib.suppress(BrokenPipeError):
            print(json.dumps(path), file=process.stdin, flush=True)
        is_done = False
        try:
            for line in process.stdout:
                answer = json.loads(line)
                if isinstance(answer, list):
                    row, field, rule, message, record = answer
                    yield RowProblem(row, Problem(field, rule, message), record)
                    continue
                is_done = True
                if "error" in answer:
                    raise UnreadableError(answer["error"], answer["fix"])
                self.rows += answer["rows"]
                return
        finally:
            if not is_done:  # the process has died, or nobody wants to know the rest
                code = self._end()
        raise UnreadableError(self._reason(code), fix="write it again, without encryption, with another program")

    def _started(self) -> subprocess.Popen[str]:
        if self._process is None:
            # The modules are found where this process finds them, and never in the working folder alone (-P).
            environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", _PROGRAM],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                env=environment,
                encoding="utf-8",
            )
            print(json.dumps(dict(self._shape.fields)), file=self._process.stdin)
        return self._process

    def _end(self) -> int:
        """End the process, if there is one, and return its exit code."""
        if self._process is None:
            return 0
        process, self._process = self._process, None
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
        process.stdout.close()
        try:
            return process.wait(timeout=_GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()

    def _reason(self, code: int) -> str:
        """Why the process has died."""
        if code == -getattr(signal, "SIGXCPU", 0):
            return f"takes more than {PARQUET_SECONDS} seconds to read a few thousand rows"
        self._errors.seek(0)
        last = self._errors.read().decode("utf-8", "backslashreplace").strip().rpartition("\n")[2].strip()
        name = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        return f"makes the Parquet reader crash ({name}): {shortened(last, VALUE_SHOWN)}"


#: How many seconds the process has to end when its input has ended.
_GRACE = 5
