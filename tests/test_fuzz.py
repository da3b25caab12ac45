"""Each reader gets a thousand damaged files: one message for each, and no traceback, in bounded time and memory."""

import multiprocessing
import os
from pathlib import Path

import fuzz_reader
import pytest

from zhengwen.exchange import FORMATS, format_named

FILES = 1000
#: Readers that take any bytes: what they cannot use, they report and go on.
_REFUSES_NOTHING = ("process a.jsonl", "process a.jsonl.gz", "process a.jsonl.zst", "process a.txt")


def test_every_format_that_is_imported_is_fuzzed():
    assert {name for name in FORMATS if format_named(name).back} == {
        reader.removeprefix("import ") for reader in fuzz_reader.READERS if reader.startswith("import ")
    }


@pytest.fixture(scope="module")
def processes():
    """Starts processes that have imported what they need, and have none of the threads of this one."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["fuzz_reader"])
    path = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", path)  # the server does not take over `sys.path`
        yield context


@pytest.mark.slow
@pytest.mark.parametrize("reader", fuzz_reader.READERS)
def test_damaged_files(reader, processes):
    if reader == "import xmi":
        pytest.importorskip("cassis", reason="it comes with the extra `export`")
    receiver, sender = processes.Pipe(duplex=False)
    process = processes.Process(target=fuzz_reader.run, args=(reader, FILES, sender))
    process.start()
    sender.close()
    message = "nothing"
    try:
        while not isinstance(message, tuple):
            message = receiver.recv()
    except EOFError:
        process.join()
        pytest.fail(f"the process ended with {process.exitcode} when it had to read file {message}")
    process.join()
    counts, faults = message
    assert faults == {}, "\n".join(f"{number}: {fault}" for number, fault in faults.items())
    assert counts["read"] + counts["refused"] == FILES
    assert (counts["refused"] == 0) == (reader in _REFUSES_NOTHING)
