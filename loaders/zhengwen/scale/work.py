"""The work on one task: read it, run every step, write one shard and, last, a record that the task is finished."""

import contextlib
import hashlib
import json
import os
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from zhengwen import stages
from zhengwen.files import canonical_json
from zhengwen.printable import printable
from zhengwen.scale.readers import Batch, Reject, SeenIds, id_values, read
from zhengwen.scale.tasks import Settings, Task

#: A row group is written when it has reached this size (bytes in memory).
_ROW_GROUP_BYTES = 16 << 20
#: The names of files that are being written begin with this; the next run removes any that a killed worker left.
STAGING = ".writing-"
#: The folders of the shards, of the rejects and of the records of finished tasks.
FOLDERS = ("data", "rejected", "shards")


@dataclass(frozen=True)
class Job:
    """What is the same for every task of a run: the output folder, the settings, and the schema of the input rows."""

    out: str
    settings: Settings
    schema: pa.Schema


def work(task: Task, job: Job) -> dict[str, Any]:
    """Write the shard of ``task``, unless it is already complete, and return its record."""
    out, key = Path(job.out), task.key(job.settings)
    if (record := _finished(out, task, key)) is not None:
        return record
    counts: Counter[str] = Counter(dict.fromkeys(("rows", "out", "rejected", "claimed", "characters"), 0))
    schema = run_steps(job.schema.empty_table(), job.settings).schema.with_metadata({"zhengwen": key})
    shard, rejected, ids = _file_names(task)
    seen = SeenIds()
    with (
        _writing(out / shard) as stream,
        _writing(out / rejected) as reject_stream,
        _writing(out / ids) as hash_stream,
        _shard_writer(stream, schema) as writer,
    ):
        for batch in read(task, job.settings, job.schema, seen):
            counts["rows"] += batch.rows
            table, failed = _run_on_batch(batch, job.settings)
            counts["out"] += table.num_rows
            _count(counts, table, job.settings)
            for reject in (*batch.rejects, *failed):
                counts["rejected"] += 1
                counts[f"rejected:{reject.reason}"] += 1
                counts["claimed"] += reject.claimed or 0
                reject_stream.write((canonical_json(reject._asdict()) + "\n").encode("utf-8"))
            writer.add(table)
        hash_stream.write(seen.hashes())
    digests = {}
    for name in (shard, rejected, ids):
        if name != shard and not (out / name).stat().st_size:
            (out / name).unlink()
        else:
            digests[name] = _sha256(out / name)
    record = {"task": task.name, "key": key, "files": digests, **dict(sorted(counts.items()))}
    write(out / _record_name(task), canonical_json(record) + "\n")
    return record


def _finished(out: Path, task: Task, key: str) -> dict[str, Any] | None:
    """The record of ``task`` if it is finished and its files have the digests in the record; otherwise ``None``."""
    try:
        record = json.loads((out / _record_name(task)).read_bytes())
        is_intact = record["key"] == key and all(
            _sha256(out / name) == digest for name, digest in record["files"].items()
        )
    except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return record if is_intact else None


def write(path: Path, content: str) -> None:
    """Write a file atomically, and make sure that it is on the disk."""
    with _writing(path) as stream:
        stream.write(content.encode("utf-8"))


def run_steps(table: pa.Table, settings: Settings) -> pa.Table:
    """Run all steps on a table."""
    options = {"convert": {"to": settings.to}, "tokenize": {"tokenizer": settings.tokenizer}}
    for step in settings.steps:
        table = stages.STAGES[step][0](table, settings.text_column, **options.get(step, {}))
    return table


def _run_on_batch(batch: Batch, settings: Settings) -> tuple[pa.Table, list[Reject]]:
    """Run all steps on a batch.  If a step fails, each row is tried alone, and only those that fail are rejects."""
    try:
        return run_steps(batch.table, settings), []
    except (OSError, MemoryError):
        raise
    except Exception:
        tables, failed = [run_steps(batch.table.slice(0, 0), settings)], []
        for number in range(batch.table.num_rows):
            row = batch.table.slice(number, 1)
            try:
                tables.append(run_steps(row, settings))
            except (OSError, MemoryError):
                raise
            except Exception as error:
                id = id_values(row[settings.id_column or "id"])[0]
                message = printable(f"{type(error).__name__}: {error}")
                failed.append(Reject(str(id), id, "failed", message))
        return pa.concat_tables(tables), failed


def _count(counts: Counter, table: pa.Table, settings: Settings) -> None:
    """Add the counts of an output table to ``counts``."""

    def add(name: str, total: pa.Scalar) -> None:
        counts[name] += total.as_py() or 0

    add("characters", pc.sum(pc.utf8_length(table[settings.text_column])))
    if "restore" in settings.steps:
        counts["damaged"] += table.num_rows - table["verified"].null_count
        add("verified", pc.sum(table["verified"]))
    if "convert" in settings.steps:
        add("converted", pc.sum(table["converted"]))
        for script in pc.value_counts(table["script"].combine_chunks()).to_pylist():
            counts[f"script:{script['values'] or 'none'}"] += script["counts"]
    for step, name, column in (("segment", "sentences", "sentence_starts"), ("tokenize", "tokens", "tokens")):
        if step in settings.steps:
            add(name, pc.sum(pc.list_value_length(table[column])))
    if "check" in settings.steps:
        add("with findings", pc.sum(pc.greater(pc.list_value_length(table["findings"]), 0)))


def _file_names(task: Task) -> tuple[str, str, str]:
    """The names of the shard, of its rejects, and of the hashes of its ids."""
    number = f"{task.number:06}"
    return f"data/{number}.parquet", f"rejected/{number}.jsonl", f"shards/{number}.ids"


def _record_name(task: Task) -> str:
    return f"shards/{task.number:06}.json"


class _ShardWriter:
    """Gathers tables into row groups."""

    def __init__(self, writer: pq.ParquetWriter):
        self._writer = writer
        self._tables: list[pa.Table] = []
        self._size = 0

    def add(self, table: pa.Table) -> None:
        """Add a table, and write a row group once the tables together are large enough."""
        if table.num_rows:
            self._tables.append(table)
            self._size += table.nbytes
        if self._size >= _ROW_GROUP_BYTES:
            self.flush()

    def flush(self) -> None:
        """Write the tables gathered so far."""
        if self._tables:
            self._writer.write_table(pa.concat_tables(self._tables), row_group_size=2**31)
        self._tables, self._size = [], 0


@contextlib.contextmanager
def _shard_writer(stream: BinaryIO, schema: pa.Schema) -> Iterator[_ShardWriter]:
    with pq.ParquetWriter(stream, schema, compression="zstd") as parquet:
        writer = _ShardWriter(parquet)
        yield writer
        writer.flush()


@contextlib.contextmanager
def _writing(path: Path) -> Iterator[BinaryIO]:
    """A file that gets its name only when it is complete and on the disk."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=STAGING)
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).chmod(0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
