"""What runs the tasks: a pool of processes on this machine, or the workers of a Dask cluster."""

import contextlib
import functools
import multiprocessing
import multiprocessing.connection
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import AbstractContextManager
from typing import NamedTuple

from zhengwen.errors import UnknownNameError, ZhengwenError
from zhengwen.secrecy import scrub, secrets_in

ENGINES = ("local", "dask")


class Engine(NamedTuple):
    """An executor, the number of its workers, and a function that says whether the connection to it is lost."""

    executor: Executor
    workers: int
    is_lost: Callable[[], bool]


def engine(name: str | Executor, workers: int | None, scheduler: str | None) -> Callable[[], AbstractContextManager]:
    """A function that opens the engine as a context manager, so that a run can open it again.

    ``name`` is one of ``ENGINES`` or the caller's own executor; ``scheduler`` is the address of a Dask scheduler.
    Raises :class:`UnknownNameError` for another name, and :class:`ZhengwenError` for arguments that contradict each
    other.
    """
    if isinstance(name, Executor):
        return lambda: contextlib.nullcontext(Engine(name, workers or 1, lambda: False))
    if name not in ENGINES:
        raise UnknownNameError("engine", name, ENGINES)
    if scheduler and name != "dask":
        raise ZhengwenError(f"the engine {name} has no scheduler", fix="add --engine dask, or leave --scheduler out")
    if workers is not None and scheduler:
        raise ZhengwenError("an existing cluster has its own workers", fix="leave --workers out")
    if workers is not None and workers < 1:
        raise ZhengwenError(
            f"{workers} workers: there must be at least one worker", fix="leave --workers out, or give at least 1"
        )
    return functools.partial(_dask, workers, scheduler) if name == "dask" else functools.partial(_local, workers)


@contextlib.contextmanager
def _local(workers: int | None) -> Iterator[Engine]:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    count = workers or cores or 1
    # Forked children would share the threads and locks of the calling process.
    pool = ProcessPoolExecutor(count, multiprocessing.get_context("spawn"), _exit_with_parent)
    try:
        yield Engine(pool, count, lambda: False)
    finally:
        pool.shutdown(cancel_futures=True)


@contextlib.contextmanager
def _dask(workers: int | None, scheduler: str | None) -> Iterator[Engine]:
    try:
        from distributed import Client, LocalCluster  # of the extra `dask`
    except ImportError:
        raise ZhengwenError("Dask is not installed", fix="pip install 'zhengwen[dask]'") from None
    with contextlib.ExitStack() as stack:
        try:
            address = scheduler or stack.enter_context(
                LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None)
            )
            client = stack.enter_context(Client(address, set_as_default=False))
        except (OSError, TimeoutError, ValueError) as error:
            reason = scrub(str(error), *secrets_in(scheduler or ""))
            raise ZhengwenError(
                f"cannot reach a Dask scheduler at {scheduler or 'this machine'}: {reason}",
                fix="start it, or correct the address",
            ) from None
        count = sum(client.nthreads().values())
        yield Engine(client.get_executor(pure=False), max(count, 1), lambda: client.status != "running")


def _exit_with_parent() -> None:
    """End this worker when the main process ends, even if that is killed; otherwise the worker would wait forever."""

    def watch() -> None:
        multiprocessing.connection.wait([multiprocessing.parent_process().sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
