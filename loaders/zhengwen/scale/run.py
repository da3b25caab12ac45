"""A run: hands out the tasks, repeats those that a broken pool lost, and writes the manifest at the end."""

import contextlib
import fcntl
import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from zhengwen.errors import ZhengwenError
from zhengwen.files import canonical_json
from zhengwen.parquet import parquet_source
from zhengwen.scale.engines import Engine
from zhengwen.scale.engines import engine as engine_opener
from zhengwen.scale.inputs import InputError, Source, find
from zhengwen.scale.plan import plan
from zhengwen.scale.repeated import write_repeated
from zhengwen.scale.tasks import Settings, Task
from zhengwen.scale.work import FOLDERS, STAGING, Job, run_steps, work, write

#: A task whose worker died this many times while nothing else was running is considered the cause.
_MAX_DEATHS = 2
RUN, MANIFEST, CARD = "run.json", "manifest.json", "README.md"


@dataclass(frozen=True)
class Summary:
    """The result of a run: what was counted, and the number of shards in the folder ``out``.

    ``counts`` has ``rows``, ``out`` and ``rejected``, with ``rows == out + rejected``, where the unreadable rest of a
    part is one row; ``claimed``, how many rows such rests hold by what the files say; ``characters`` (of the output);
    ``rejected:REASON``; and, for the steps that were run, ``damaged`` and ``verified``, ``converted`` and
    ``script:SCRIPT``, ``sentences``, ``tokens``, ``with findings``.  ``repeated`` is the number of rows whose id is
    also in an earlier shard: they are in the output, and listed in ``repeated-ids.jsonl``.  ``skipped`` are the names
    of files of other kinds, which were not read.
    """

    out: str
    counts: dict[str, int]
    shards: int
    repeated: int
    skipped: list[str]


#: Shows progress: takes all tasks, and an iterator over finished tasks with their records, which it passes on.
Progress = Callable[[list[Task], Iterable[tuple[Task, dict[str, Any]]]], Iterator[tuple[Task, dict[str, Any]]]]


def process(
    inputs: str | os.PathLike | Sequence[str | os.PathLike],
    out: str | os.PathLike,
    steps: Sequence[str] = ("restore", "convert", "segment"),
    *,
    to: str = "hans",
    text_column: str = "text",
    id_column: str | None = None,
    tokenizer: str = "jieba",
    engine: str | Executor = "local",
    workers: int | None = None,
    scheduler: str | None = None,
    shard_bytes: int = 32 << 20,
    row_bytes: int = 16 << 20,
    progress: Progress | None = None,
) -> Summary:
    """Run ``steps`` on the documents in ``inputs``, and write the folder ``out``; docs/scale.md describes its files.

    ``inputs`` are Parquet files, JSON lines (plain, ``.gz``, ``.zst``) or text files, folders or globs of them, fsspec
    URLs, or a dataset on the hub; a part of about ``shard_bytes`` becomes a shard.  ``to`` is an edition to convert to,
    by its name or an alias.  Without ``id_column``, ids are taken from the column ``id``; if there is none, the id
    of a row is its position in the input.  A row of more than ``row_bytes`` is rejected.  ``engine`` is ``local``
    (processes), ``dask`` (with or without the address of a ``scheduler``), or any ``concurrent.futures.Executor``.

    If a run was interrupted, the same call resumes it.  Raises :class:`ZhengwenError`, for example when ``out`` holds
    another run.

    >>> import pathlib, tempfile
    >>> from concurrent.futures import ThreadPoolExecutor
    >>> with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(1) as executor:
    ...     crawl = pathlib.Path(folder, "crawl.jsonl")
    ...     _ = crawl.write_text('{"id": "a", "text": "問題。"}\\n{"id": "b"}\\n', encoding="utf-8")
    ...     summary = process(crawl, f"{folder}/made", engine=executor)
    >>> summary.counts["rows"], summary.counts["out"], summary.counts["rejected:no-text"]
    (2, 1, 1)
    """
    named = [inputs] if isinstance(inputs, str | os.PathLike) else list(inputs)
    settings = Settings(tuple(steps), to, text_column, id_column, tokenizer, shard_bytes, row_bytes)
    open_engine = engine_opener(engine, workers, scheduler)
    sources, skipped = find(os.fsdecode(os.fspath(path)) for path in named)
    try:
        tasks, schema = plan(sources, settings)
    except InputError as error:
        raise ZhengwenError(f"{error.name}: {error.reason}", fix="correct what keeps it from being read") from None
    _try(schema, settings)
    target = Path(out).resolve()
    with _locked(target, sources, settings):
        job = Job(os.fspath(target), settings, schema)
        with contextlib.closing(_run_tasks(tasks, job, open_engine)) as finished:
            shown = progress(tasks, finished) if progress else finished
            records = {task.number: record for task, record in shown}
        return _finalize(target, tasks, records, settings, skipped)


def _try(schema: pa.Schema, settings: Settings) -> None:
    """Run the steps on no row, so that what is missing or cannot be written is reported before anything is written."""
    made = run_steps(schema.empty_table(), settings)
    try:
        pq.write_table(made, pa.BufferOutputStream())
    except pa.ArrowException as error:
        raise ZhengwenError(
            f"a column of the input cannot be written as Parquet: {error}", fix="leave it out of the input"
        ) from None


@contextlib.contextmanager
def _locked(out: Path, sources: Sequence[Source], settings: Settings) -> Iterator[None]:
    """Create the folder or, if it exists, make sure that it belongs to this run; lock it against other runs."""
    description = {
        "settings": settings.to_dict(),
        "inputs": [[source.name, source.size, source.mark] for source in sources],
    }
    run_file = out / RUN
    if out.exists() and not run_file.exists() and any(out.iterdir()):
        raise ZhengwenError(f"{out} holds files that are not from a run", fix="name a new or empty folder")
    out.mkdir(parents=True, exist_ok=True)
    if not run_file.exists():
        write(run_file, canonical_json(description) + "\n")
    with run_file.open("rb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ZhengwenError(f"another run is writing {out}", fix="wait for it, or name another folder") from None
        _assert_same_run(out, lock.read(), description)
        for folder in FOLDERS:
            (out / folder).mkdir(exist_ok=True)
        _remove_staging(out)
        try:
            yield
        finally:
            _remove_staging(out)


def _remove_staging(out: Path) -> None:
    """Remove files that killed workers left half-written."""
    for file in (*out.glob(f"{STAGING}*"), *out.glob(f"*/{STAGING}*")):
        file.unlink(missing_ok=True)


def _assert_same_run(out: Path, data: bytes, description: dict[str, Any]) -> None:
    """Raise an error that names the differences if ``data``, the content of ``run.json``, describes another run."""
    try:
        earlier = json.loads(data)
        old_inputs, new_inputs = ({name: rest for name, *rest in run["inputs"]} for run in (earlier, description))
        old_settings = dict(earlier["settings"])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ZhengwenError(f"{out / RUN} does not describe a run", fix="name a new or empty folder") from None
    if earlier == description:
        return
    differences = [
        f"{name} was {old_settings.get(name)!r} and is {value!r}"
        for name, value in description["settings"].items()
        if old_settings.get(name) != value
    ]
    if not differences:
        names = sorted(old_inputs.keys() | new_inputs.keys())
        changed = [name for name in names if old_inputs.get(name) != new_inputs.get(name)]
        differences = [f"the input {name} was changed, added or removed" for name in changed[:3]]
    raise ZhengwenError(
        f"{out} holds another run's shards: {'; '.join(differences)}",
        fix="name a new folder, or remove this one to start over",
    )


def _run_tasks(
    tasks: Sequence[Task], job: Job, open_engine: Callable[[], AbstractContextManager[Engine]]
) -> Iterator[tuple[Task, dict[str, Any]]]:
    """Run the tasks, and yield each with its record, in the order in which they finish."""
    waiting = list(reversed(tasks))
    suspects: list[Task] = []
    deaths: Counter[int] = Counter()
    fatal: list[Task] = []
    with contextlib.ExitStack() as stack:
        engine = stack.enter_context(open_engine())
        futures: dict[Future, Task] = {}
        while waiting or suspects or futures:
            # After a worker has died, each task that was running is run alone, so that another death shows the cause.
            max_running = 1 if suspects else 2 * engine.workers
            interrupted: list[Task] = []
            while len(futures) < max_running and (suspects or waiting) and not interrupted:
                task = (suspects or waiting).pop()
                try:
                    futures[engine.executor.submit(work, task, job)] = task
                except BrokenProcessPool:
                    interrupted.append(task)
            done, _ = wait(futures, timeout=5, return_when=FIRST_COMPLETED)
            if not done and engine.is_lost():
                raise _scheduler_lost()
            for future in done:
                task = futures.pop(future)
                try:
                    yield task, future.result()
                except BrokenProcessPool:
                    interrupted.append(task)
                except CancelledError:
                    raise _scheduler_lost() from None
                except InputError as error:
                    raise ZhengwenError(
                        f"{error.name}: {error.reason}; finished parts are kept",
                        fix="correct what keeps it from being read; the same command resumes the run",
                    ) from None
                except MemoryError:
                    raise ZhengwenError(
                        f"{task.name}: out of memory; finished parts are kept",
                        fix="lower --shard-bytes or --workers, or add memory; the same command resumes the run",
                    ) from None
                except OSError as error:
                    raise _stopped(task, job, error) from None
                except Exception as error:
                    if type(error).__name__ != "KilledWorker":
                        raise
                    fatal.append(task)  # Dask has already tried it again
            if interrupted:
                interrupted += futures.values()
                futures.clear()
                stack.close()
                engine = stack.enter_context(open_engine())
                if len(interrupted) == 1:
                    deaths[interrupted[0].number] += 1
                for task in interrupted:
                    (fatal if deaths[task.number] >= _MAX_DEATHS else suspects).append(task)
    if fatal:
        names = ", ".join(task.name for task in fatal)
        raise ZhengwenError(
            f"the worker died repeatedly while it worked on {names}; all other parts are finished",
            fix="check whether it ran out of memory; the same command resumes the run",
        )


def _scheduler_lost() -> ZhengwenError:
    return ZhengwenError(
        "the connection to the scheduler was lost; finished parts are kept",
        fix="restart the scheduler; the same command resumes the run",
    )


def _stopped(task: Task, job: Job, error: OSError) -> ZhengwenError:
    return ZhengwenError(
        f"{task.name}: {error.filename or job.out}: {error.strerror or error}; finished parts are kept",
        fix="free space on the disk or correct the permissions; the same command resumes the run",
    )


def _finalize(
    out: Path, tasks: Sequence[Task], records: dict[int, dict[str, Any]], settings: Settings, skipped: list[str]
) -> Summary:
    """Check the counts against the shards, and write the dataset card and, last, the manifest."""
    counts: Counter[str] = Counter()
    for record in records.values():
        counts.update({name: value for name, value in record.items() if isinstance(value, int)})
    written = sum(_count_rows(out / name) for name in _shards(records))
    if counts["rows"] != written + counts["rejected"]:
        raise ZhengwenError(
            f"{out}: {counts['rows']} rows were read, but {written} are in the shards and "
            f"{counts['rejected']} were rejected",
            fix="something else has changed the folder: remove it and start over",
        )
    repeated = write_repeated(out, _shards(records), settings.id_column or "id")
    write(out / CARD, _CARD)
    manifest = {
        **settings.to_dict(),
        "counts": dict(sorted(counts.items())),
        "repeated": repeated,
        "shards": [records[task.number] for task in tasks],
    }
    write(out / MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1) + "\n")
    return Summary(os.fspath(out), dict(sorted(counts.items())), len(tasks), repeated, skipped)


def _count_rows(shard: Path) -> int:
    with parquet_source(shard) as source:
        return pq.read_metadata(source).num_rows


def _shards(records: dict[int, dict[str, Any]]) -> list[str]:
    return [name for number in sorted(records) for name in records[number]["files"] if name.startswith("data/")]


_CARD = """---
configs:
- config_name: default
  data_files: data/*.parquet
---
Made by `zhengwen process`. The rows are in `data/`, and what was rejected is in `rejected/`; `manifest.json` says how
it was made and what it contains.
"""
