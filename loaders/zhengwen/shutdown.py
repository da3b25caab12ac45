"""Lets the threads of Arrow finish before Python ends, so that a stream that is left early does not abort the process.

``datasets`` streams Parquet through a Python file, which Arrow reads ahead.  When a stream is left after some rows, a
thread of Arrow may still have to free the bytes of that file, and needs Python's lock for it.  If Python is ending at
that moment, up to version 3.13 it ends the thread instead, and C++ aborts the process ("terminate called without an
active exception"; the threads are those of https://github.com/apache/arrow/issues/45214).  Neither the layout of the
file nor an option of the config keeps Arrow from reading ahead, so the package waits at exit, which takes a few
milliseconds, and only where the part of Arrow that streams has been imported.
"""

import gc
import threading
import time
from pathlib import Path

#: Seconds between two looks at the threads, and the longest that the exit of a process is delayed.
_INTERVAL, _LONGEST = 0.002, 2.0
_THREADS = Path("/proc/self/task")


def wait_for_arrow() -> None:
    """Free what is no longer used, and wait until no thread of this process has anything left to do.

    While this sleeps, any thread may take Python's lock.  A thread that wants it therefore either is running at the
    next look, or has been running in between; both can be seen in ``/proc``, so two equal looks in a row show that all
    threads are idle.  Without ``/proc`` (outside Linux) it sleeps for a tenth of a second.
    """
    gc.collect()  # an abandoned stream may be part of a cycle
    if not _THREADS.is_dir():
        time.sleep(0.1)
        return
    end = time.monotonic() + _LONGEST
    before = None
    while time.monotonic() < end:
        time.sleep(_INTERVAL)
        switches = _switches_of_idle_threads()
        if switches is not None and switches == before:
            return
        before = switches


def _switches_of_idle_threads() -> dict[str, str] | None:
    """How often each other thread has been switched to and from, or ``None`` if any of them is running."""
    own = str(threading.get_native_id())
    switches = {}
    for thread in _THREADS.iterdir():
        if thread.name == own:
            continue
        try:
            fields = dict(line.split(":", 1) for line in (thread / "status").read_text(encoding="utf-8").splitlines())
        except OSError:  # it has just ended
            return None
        if not fields["State"].strip().startswith("S"):
            return None
        switches[thread.name] = fields["voluntary_ctxt_switches"] + fields["nonvoluntary_ctxt_switches"]
    return switches
