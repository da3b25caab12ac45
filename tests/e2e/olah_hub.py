"""Starts olah, a hub that others wrote, on loopback: it serves what git repositories hold, in the way of hubs."""

import contextlib
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest


@contextlib.contextmanager
def serving(mirrors: Path, folder: Path) -> Iterator[str]:
    """Serve these repositories by olah, offline on loopback; gives its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = folder / "olah.toml"
    config.write_text(
        f'[basic]\nhost = "127.0.0.1"\nport = {port}\nrepos-path = "{folder}/cache"\nmirrors-path = ["{mirrors}"]\n'
        "[accessibility]\noffline = true\n",
        encoding="utf-8",
    )
    program = [sys.executable, "-c", "from olah.server import cli; cli()", "-c", str(config), "--port", str(port)]
    with (folder / "olah.txt").open("wb") as log:
        process = subprocess.Popen([*program, "--log-path", str(folder)], stdout=log, stderr=log, cwd=folder)
        try:
            while True:
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                    break
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(0.05)
                    pytest.fail((folder / "olah.txt").read_text(encoding="utf-8"))
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait()
