"""A run: every task handed out, what a broken pool lost handed out again, and the manifest when all is done."""

import contextlib
import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zhengwen.errors import ZhengwenError
from zhengwen.files import canonical_json
from zhengwen.scale.engines import Engine
from zhengwen.scale.engines import engine as open_engine
from zhengwen.scale.inputs import Source, find
from zhengwen.scale.plan import Settings, Task, plan
from zhengwen.scale.work import FOLDERS, STAGING, Job, run_steps, work, write

#: A task whose worker died this often while nothing else was running has itself to blame.
_DEATHS = 2
RUN, MANIFEST, CARD = "run.json", "manifest.json", "README.md"


@dataclass(frozen=True)
class Summary:
    """What a run came to: ``counts`` of rows and of what was found in them, and the files of ``out``.

    ``counts`` has ``rows``, ``out`` and ``rejected``, with ``rows == out + rejected``; ``characters`` (of the
    output); ``rejected:REASON``; and by step ``damaged`` and ``verified``, ``converted`` and ``script:SCRIPT``,
    ``sentences``, ``tokens``, ``with findings``.  ``repeated`` is how many rows have an id that a row of an earlier
    shard has: they are in the output, and listed in ``repeated-ids.jsonl``.  ``skipped`` are files of other kinds.
    """

    out: str
    counts: dict[str, int]
    shards: int
    repeated: int
    skipped: list[str]


#: What is told of progress: tasks and bytes altogether, before the first; then the record of each task as it comes.
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
    """Run ``steps`` over ``inputs`` and write the folder ``out``: docs/scale.md says what is in it.

    ``inputs`` are Parquet files, JSON lines (plain, ``.gz``, ``.zst``) or text files, folders or globs of them, fsspec
    URLs, or a dataset of the hub; a part of about ``shard_bytes`` of them becomes a shard.  Without ``id_column`` an
    id is the column ``id``, and where there is none, the place of the row.  A row of more than ``row_bytes`` is
    rejected.  ``engine`` is ``local`` (processes), ``dask`` (with the address of a ``scheduler`` or without), or any
    ``concurrent.futures.Executor``.

    What a run that was cut off had finished is kept, so the same call goes on with it.  Raises :class:`ZhengwenError`,
    among others when ``out`` holds another run.
    """
    named = [inputs] if isinstance(inputs, str | os.PathLike) else list(inputs)
    settings = Settings(tuple(steps), to, text_column, id_column, tokenizer, shard_bytes, row_bytes)
    opened = open_engine(engine, workers, scheduler)
    sources, skipped = find(map(os.fspath, named))
    tasks, schema = plan(sources, settings)
    run_steps(schema.empty_table(), settings)  # what a step lacks is told before anything is written
    target = Path(out).resolve()
    with _held(target, sources, settings):
        job = Job(os.fspath(target), settings, schema)
        with contextlib.closing(_finish(tasks, job, opened)) as done:
            records = {task.number: record for task, record in (progress(tasks, done) if progress else done)}
        return _close(target, tasks, records, settings, skipped)


@contextlib.contextmanager
def _held(out: Path, sources: Sequence[Source], settings: Settings) -> Iterator[None]:
    """The folder, made or found to be this run's, and held against other runs."""
    import fcntl

    stated = {"settings": settings.stated(), "inputs": [[one.name, one.size, one.mark] for one in sources]}
    run = out / RUN
    if out.exists() and not run.exists() and any(out.iterdir()):
        raise ZhengwenError(f"{out} holds files that no run made", fix="name a new or an empty folder")
    out.mkdir(parents=True, exist_ok=True)
    if not run.exists():
        write(run, canonical_json(stated) + "\n")
    with run.open("rb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ZhengwenError(f"another run is writing {out}", fix="wait for it, or name another folder") from None
        _assert_same(out, lock.read(), stated)
        for folder in FOLDERS:
            (out / folder).mkdir(exist_ok=True)
        _clear(out)
        try:
            yield
        finally:
            _clear(out)


def _clear(out: Path) -> None:
    """Remove what killed workers left half-written."""
    for left in (*out.glob(f"{STAGING}*"), *out.glob(f"*/{STAGING}*")):
        left.unlink(missing_ok=True)


def _assert_same(out: Path, data: bytes, now: dict[str, Any]) -> None:
    try:
        before = json.loads(data)
        old, new = ({name: rest for name, *rest in one["inputs"]} for one in (before, now))
        settings = dict(before["settings"])
    except (ValueError, KeyError, TypeError):
        raise ZhengwenError(f"{out / RUN} is not of a run", fix="name a new or an empty folder") from None
    if before == now:
        return
    differing = [
        f"{name} was {settings.get(name)!r} and is {value!r}"
        for name, value in now["settings"].items()
        if settings.get(name) != value
    ]
    if not differing:
        changed = sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
        differing = [f"the input {name} was changed, added or taken away" for name in changed[:3]]
    raise ZhengwenError(
        f"{out} holds another run's shards: {'; '.join(differing)}",
        fix="name a new folder, or remove this one to begin again",
    )


def _finish(tasks: Sequence[Task], job: Job, opened) -> Iterator[tuple[Task, dict[str, Any]]]:
    """Every task with its record, as they come."""
    waiting = list(reversed(tasks))
    suspects: list[Task] = []
    deaths: Counter[int] = Counter()
    fatal: list[Task] = []
    with contextlib.ExitStack() as stack:
        running: Engine = stack.enter_context(opened())
        futures: dict[Future, Task] = {}
        while waiting or suspects or futures:
            # After a worker's death what was running then runs by itself, so that the next death tells its cause.
            room = 1 if suspects else 2 * running.workers
            broken: list[Task] = []
            while len(futures) < room and (suspects or waiting) and not broken:
                task = (suspects or waiting).pop()
                try:
                    futures[running.executor.submit(work, task, job)] = task
                except BrokenProcessPool:
                    broken.append(task)
            done, _ = wait(futures, timeout=5, return_when=FIRST_COMPLETED)
            if not done and running.lost():
                raise _lost()
            for future in done:
                task = futures.pop(future)
                try:
                    yield task, future.result()
                except BrokenProcessPool:
                    broken.append(task)
                except CancelledError:
                    raise _lost() from None
                except OSError as error:
                    raise _stopped(task, job, error) from error
                except Exception as error:
                    if type(error).__name__ != "KilledWorker":
                        raise
                    fatal.append(task)  # Dask has tried it again by itself
            if broken:
                broken += futures.values()
                futures.clear()
                stack.close()
                running = stack.enter_context(opened())
                if len(broken) == 1:
                    deaths[broken[0].number] += 1
                for task in broken:
                    (fatal if deaths[task.number] >= _DEATHS else suspects).append(task)
    if fatal:
        names = ", ".join(task.name for task in fatal)
        raise ZhengwenError(
            f"the worker died again and again over {names}; all other parts are finished",
            fix="see whether it ran out of memory; the same command goes on from here",
        )


def _lost() -> ZhengwenError:
    return ZhengwenError(
        "the scheduler is lost; what is finished stays", fix="start it again; the same command goes on from here"
    )


def _stopped(task: Task, job: Job, error: OSError) -> ZhengwenError:
    return ZhengwenError(
        f"{task.name}: {error.filename or job.out}: {error.strerror or error}; what is finished stays",
        fix="mend that (make room, mend the access); the same command goes on from here",
    )


def _close(
    out: Path, tasks: Sequence[Task], records: dict[int, dict[str, Any]], settings: Settings, skipped: list[str]
) -> Summary:
    """Compare what was counted with what lies there, and write the card and, last, the manifest."""
    import pyarrow.parquet as pq

    counts: Counter[str] = Counter()
    for record in records.values():
        counts.update({name: value for name, value in record.items() if isinstance(value, int)})
    there = sum(pq.read_metadata(out / name).num_rows for name in _shards(records))
    if counts["rows"] != there + counts["rejected"]:
        raise ZhengwenError(
            f"{out}: {counts['rows']} rows were read, {there} are in the shards and {counts['rejected']} rejected",
            fix="something else has written there: remove the folder and begin again",
        )
    from zhengwen.scale.repeated import write_repeated

    repeated = write_repeated(out, _shards(records), settings.id_column or "id")
    write(out / CARD, _CARD)
    manifest = {
        **settings.stated(),
        "counts": dict(sorted(counts.items())),
        "repeated": repeated,
        "shards": [records[task.number] for task in tasks],
    }
    write(out / MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1) + "\n")
    return Summary(os.fspath(out), dict(sorted(counts.items())), len(tasks), repeated, skipped)


def _shards(records: dict[int, dict[str, Any]]) -> list[str]:
    return [name for number in sorted(records) for name in records[number]["files"] if name.startswith("data/")]


_CARD = """---
configs:
- config_name: default
  data_files: data/*.parquet
---
Made by `zhengwen process`. The rows are in `data/`, what was rejected in `rejected/`, and `manifest.json` says how it
was made and what is in it.
"""
