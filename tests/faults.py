"""Run by ``test_faults.py``: replaces one release by another, and is killed at every line and at random moments.

``faults.py FOLDER``: the release is ``FOLDER/corpus``.  Prints a JSON object: how many runs were killed, after how many
of those a reader saw the old release and after how many the new one, and how many left a staging folder behind.  With
``--renames``, folders are not exchanged in one step, as on a system that cannot do that.
"""

import json
import os
import random
import signal
import sys
from pathlib import Path

from conftest import tree

from zhengwen import atomic

RELEASES = [
    {"README.md": b"old" * 20_000, "data/test.parquet": b"old"},
    {"README.md": b"new" * 30_000, "manifest.json": b"new"},
]
#: How many runs are killed at a random moment, which may be inside a system call.
TIMED_RUNS = 30


def is_killed(target: Path, files: dict[str, bytes], *, line: int = 0, seconds: float = 0.0) -> bool:
    """Whether a child that replaces ``target`` is killed: at a line of the module by number, or after ``seconds``."""
    child = os.fork()
    if child == 0:
        count = 0

        def trace(frame, event, argument):
            nonlocal count
            if frame.f_code.co_filename != atomic.__file__:
                return None
            count += 1
            if count == line:
                os.kill(os.getpid(), signal.SIGKILL)
            return trace

        if seconds:
            signal.setitimer(signal.ITIMER_REAL, seconds)  # without a handler, the signal ends the process
        else:
            sys.settrace(trace)
        atomic.replace_folder(files, target)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.waitstatus_to_exitcode(status) == 0
    return os.WIFSIGNALED(status)


def main() -> None:
    """Kill replacements; raises when a reader would see anything but a complete release."""
    arguments = [argument for argument in sys.argv[1:] if argument != "--renames"]
    by_renames = "--renames" in sys.argv
    if by_renames:
        atomic._exchange = lambda new, target: False
    target = Path(arguments[0]) / "corpus"
    counts = {"killed": 0, "old": 0, "new": 0, "leftovers": 0}

    def replace(**moment) -> bool:
        """Replace the release in the folder by the other one; returns whether that was killed."""
        before = tree(target)
        old, new = RELEASES if before == RELEASES[0] else RELEASES[::-1]
        killed = is_killed(target, new, **moment)
        counts["killed"] += killed
        counts["leftovers"] += bool(atomic.leftovers(target))
        if by_renames and not target.exists():
            atomic._clean_up(target)  # what the next build does first
        after = tree(target)
        assert after in (old, new), "a reader sees neither release"
        assert killed or after == new
        counts["old" if after == old else "new"] += killed
        return killed

    atomic.replace_folder(RELEASES[0], target)
    line = 1
    while replace(line=line):
        line += 1
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}", file=sys.stderr)
    chance = random.Random(seed)
    for _ in range(TIMED_RUNS):
        replace(seconds=chance.uniform(0.0005, 0.02))
    atomic.replace_folder(RELEASES[1], target)
    assert tree(target) == RELEASES[1]
    assert not atomic.leftovers(target)
    print(json.dumps(counts))


if __name__ == "__main__":
    main()
