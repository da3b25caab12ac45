"""The work on one task: read, every step, one shard, and last of all the record that says that it is finished."""

import hashlib
import json
import os
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from zhengwen import stages
from zhengwen.files import canonical_json
from zhengwen.scale.plan import Settings, Task
from zhengwen.scale.readers import Batch, Reject, Seen, read

#: A row group is written when it has grown to this.
_ROW_GROUP_BYTES = 16 << 20
#: Files that are being written begin like this; what a killed worker leaves of them is removed by the next run.
STAGING = ".writing-"
#: The folders of the shards, of the rejects and of the records of finished tasks.
FOLDERS = ("data", "rejected", "shards")


@dataclass(frozen=True)
class Job:
    """What every task of a run is given."""

    out: str
    settings: Settings
    schema: Any


def work(task: Task, job: Job) -> dict[str, Any]:
    """Make the shard of ``task``, or recognise it as made; give its record."""
    out = Path(job.out)
    if (record := finished(task, job)) is not None:
        return record
    counts: Counter[str] = Counter(dict.fromkeys(("rows", "out", "rejected", "characters"), 0))
    output = run_steps(job.schema.empty_table(), job.settings).schema.with_metadata(
        {"zhengwen": task.key(job.settings)}
    )
    shard, rejects, ids = _names(task)
    seen = Seen()
    with (
        _writing(out / shard) as stream,
        _writing(out / rejects) as side,
        _writing(out / ids) as hashes,
        _shard_writer(stream, output) as writer,
    ):
        for batch in read(task, job.settings, job.schema, seen):
            counts["rows"] += batch.rows
            made, failed = _steps(batch, job.settings)
            counts["out"] += made.num_rows
            _count(counts, made, job.settings)
            for reject in (*batch.rejects, *failed):
                counts["rejected"] += reject.rows
                counts[f"rejected:{reject.reason}"] += reject.rows
                side.write((canonical_json(reject._asdict()) + "\n").encode("utf-8"))
            writer.add(made)
        hashes.write(seen.hashes())
    files = {}
    for name in (shard, rejects, ids):
        if name != shard and not (out / name).stat().st_size:
            (out / name).unlink()
        else:
            files[name] = _sha256(out / name)
    record = {"task": task.name, "key": task.key(job.settings), "files": files, **dict(sorted(counts.items()))}
    write(out / _record(task), canonical_json(record) + "\n")
    return record


def finished(task: Task, job: Job) -> dict[str, Any] | None:
    """The record of ``task`` when it is finished and its files hold what it says."""
    out = Path(job.out)
    try:
        record = json.loads((out / _record(task)).read_bytes())
        whole = record["key"] == task.key(job.settings) and all(
            _sha256(out / name) == digest for name, digest in record["files"].items()
        )
    except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return record if whole else None


def write(path: Path, content: str) -> None:
    """Write a file whole or not at all, and onto the disk."""
    with _writing(path) as stream:
        stream.write(content.encode("utf-8"))


def run_steps(table: Any, settings: Settings) -> Any:
    """All steps over a table, the single way that rows are worked on."""
    options = {"convert": {"to": settings.to}, "tokenize": {"tokenizer": settings.tokenizer}}
    for step in settings.steps:
        table = stages.STAGES[step][0](table, settings.text_column, **options.get(step, {}))
    return table


def _steps(batch: Batch, settings: Settings) -> tuple[Any, list[Reject]]:
    """The batch worked on; a row that a step cannot take is a reject, and takes no other with it."""
    import pyarrow as pa

    try:
        return run_steps(batch.table, settings), []
    except (OSError, MemoryError):
        raise
    except Exception:
        made, failed = [run_steps(batch.table.slice(0, 0), settings)], []
        for number in range(batch.table.num_rows):
            row = batch.table.slice(number, 1)
            try:
                made.append(run_steps(row, settings))
            except (OSError, MemoryError):
                raise
            except Exception as error:
                id = row[settings.id_column or "id"][0].as_py()
                message = f"{type(error).__name__}: {error}"
                failed.append(Reject(str(id), id if isinstance(id, int | str) else str(id), "failed", message))
        return pa.concat_tables(made), failed


def _count(counts: Counter, table: Any, settings: Settings) -> None:
    import pyarrow.compute as pc

    def total(name: str, what: Any) -> None:
        counts[name] += what.as_py() or 0

    total("characters", pc.sum(pc.utf8_length(table[settings.text_column])))
    if "restore" in settings.steps:
        counts["damaged"] += table.num_rows - table["verified"].null_count
        total("verified", pc.sum(table["verified"]))
    if "convert" in settings.steps:
        total("converted", pc.sum(table["converted"]))
        for found in pc.value_counts(table["script"].combine_chunks()).to_pylist():
            counts[f"script:{found['values'] or 'none'}"] += found["counts"]
    for step, name, column in (("segment", "sentences", "sentence_starts"), ("tokenize", "tokens", "tokens")):
        if step in settings.steps:
            total(name, pc.sum(pc.list_value_length(table[column])))
    if "check" in settings.steps:
        total("with findings", pc.sum(pc.greater(pc.list_value_length(table["findings"]), 0)))


def _names(task: Task) -> tuple[str, str, str]:
    number = f"{task.number:06}"
    return f"data/{number}.parquet", f"rejected/{number}.jsonl", f"shards/{number}.ids"


def _record(task: Task) -> str:
    return f"shards/{task.number:06}.json"


class _ShardWriter:
    """Gathers tables into row groups."""

    def __init__(self, writer: Any):
        self._writer = writer
        self._tables: list[Any] = []
        self._size = 0

    def add(self, table: Any) -> None:
        """Take a table, and write what has come together when it is enough."""
        if table.num_rows:
            self._tables.append(table)
            self._size += table.nbytes
        if self._size >= _ROW_GROUP_BYTES:
            self.flush()

    def flush(self) -> None:
        """Write what has come together."""
        import pyarrow as pa

        if self._tables:
            self._writer.write_table(pa.concat_tables(self._tables), row_group_size=2**31)
        self._tables, self._size = [], 0


@contextmanager
def _shard_writer(stream: BinaryIO, schema: Any) -> Iterator[_ShardWriter]:
    import pyarrow.parquet as pq

    with pq.ParquetWriter(stream, schema, compression="zstd") as parquet:
        writer = _ShardWriter(parquet)
        yield writer
        writer.flush()


@contextmanager
def _writing(path: Path) -> Iterator[BinaryIO]:
    """A file that takes its name only when it is whole and on the disk."""
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
