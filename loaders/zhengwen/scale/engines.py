"""Who runs the tasks: an executor of processes here, or of a Dask cluster.  Neither is ours."""

import contextlib
import functools
import os
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import AbstractContextManager
from typing import NamedTuple

from zhengwen.errors import UnknownNameError, ZhengwenError

ENGINES = ("local", "dask")


class Engine(NamedTuple):
    """An executor, how many tasks it works on at a time, and whether it is out of reach."""

    executor: Executor
    workers: int
    lost: Callable[[], bool]


def engine(name: str | Executor, workers: int | None, scheduler: str | None) -> Callable[[], AbstractContextManager]:
    """What opens the engine ``name``, or an executor of the caller's; ``scheduler`` is Dask's address."""
    if isinstance(name, Executor):
        return lambda: contextlib.nullcontext(Engine(name, workers or 1, lambda: False))
    if name not in ENGINES:
        raise UnknownNameError("engine", name, ENGINES)
    if scheduler and name != "dask":
        raise ZhengwenError("only Dask has a scheduler", fix="add --engine dask, or leave --scheduler out")
    if workers is not None and (workers < 1 or scheduler):
        raise ZhengwenError(
            "a cluster that exists has its own workers" if scheduler else "there is no work without a worker",
            fix="leave --workers out, or give at least 1",
        )
    return functools.partial(_dask, workers, scheduler) if name == "dask" else functools.partial(_local, workers)


@contextlib.contextmanager
def _local(workers: int | None) -> Iterator[Engine]:
    import multiprocessing

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    count = workers or cores or 1
    # Forked children would share the threads and locks of whoever calls this.
    pool = ProcessPoolExecutor(count, multiprocessing.get_context("spawn"), _end_with_parent)
    try:
        yield Engine(pool, count, lambda: False)
    finally:
        pool.shutdown(cancel_futures=True)


@contextlib.contextmanager
def _dask(workers: int | None, scheduler: str | None) -> Iterator[Engine]:
    try:
        from distributed import Client, LocalCluster
    except ImportError:
        raise ZhengwenError("Dask is not installed", fix="pip install 'zhengwen[dask]'") from None
    with contextlib.ExitStack() as stack:
        try:
            address = scheduler or stack.enter_context(
                LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None)
            )
            client = stack.enter_context(Client(address, set_as_default=False))
        except (OSError, TimeoutError, ValueError) as error:
            raise ZhengwenError(
                f"no Dask scheduler at {scheduler}: {error}", fix="start it, or mend the address"
            ) from None
        count = sum(client.nthreads().values())
        yield Engine(client.get_executor(pure=False), max(count, 1), lambda: client.status != "running")


def _end_with_parent() -> None:
    """Leave when the main process does, be it killed: a pool's worker would wait for ever."""
    import multiprocessing
    import threading
    from multiprocessing.connection import wait

    def watch() -> None:
        wait([multiprocessing.parent_process().sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
