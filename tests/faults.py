"""Run by ``test_faults.py``: places one of two releases over the other and is killed at random lines and moments.

``faults.py KILLS FOLDER A B``: ``A`` and ``B`` are folders of releases, ``FOLDER`` is where one of them stands as
``corpus``.  Prints a JSON line: how many were killed, how many found the old release afterwards, how many the new one.
With ``--renames`` it does without the exchange of folders in one step, as on a system that has none.
"""

import json
import os
import random
import signal
import sys
from pathlib import Path

from conftest import tree

from zhengwen.release import place as placing


def run(target: Path, files: dict, kill_at: int | None, seconds: float = 0.0) -> tuple[int, bool]:
    """Place ``files`` in a child that is killed at a line of the module, or after ``seconds`` of its own CPU time."""
    child = os.fork()
    if child == 0:
        count = 0

        def trace(frame, event, argument):
            nonlocal count
            if frame.f_code.co_filename != placing.__file__:
                return None
            count += 1
            if count == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)
            return trace

        if seconds:
            signal.setitimer(signal.ITIMER_PROF, seconds)  # nothing handles it: the system ends the process
        else:
            sys.settrace(trace)
        placing.place(files, target)
        sys.settrace(None)
        Path(target.parent / "lines").write_text(str(count), encoding="utf-8")
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return status, os.WIFSIGNALED(status)


def main() -> None:
    """Kill, look, mend; raises when a reader would find anything but a whole release."""
    renames = "--renames" in sys.argv
    arguments = [one for one in sys.argv[1:] if one != "--renames"]
    kills, folder = int(arguments[0]), Path(arguments[1])
    releases = [tree(Path(one)) for one in arguments[2:]]
    if renames:
        placing._exchange = lambda new, target: False
    target = folder / "corpus"
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}", file=sys.stderr)
    chance = random.Random(seed)
    placing.place(releases[0], target)
    run(target, releases[0], None)
    lines = int((folder / "lines").read_text(encoding="utf-8"))
    told = {"killed": 0, "old": 0, "new": 0, "leftovers": 0}
    while told["killed"] < kills:
        found = tree(target)
        old, new = releases if found == releases[0] else releases[::-1]
        timed = chance.random() < 0.3
        moment = {"seconds": chance.uniform(0.001, 0.03)} if timed else {}
        _, killed = run(target, new, chance.randint(1, lines), **moment)
        told["killed"] += killed
        left = placing.leftovers(target)
        told["leftovers"] += bool(left)
        if renames and not target.exists():
            placing._clear_up(target)  # what the next build does first of all
        found = tree(target)
        assert found in (old, new), "a reader finds neither release"
        assert killed or found == new
        told["old" if found == old else "new"] += killed
    placing.place(releases[1], target)
    assert tree(target) == releases[1]
    assert not placing.leftovers(target)
    print(json.dumps(told))


if __name__ == "__main__":
    main()
