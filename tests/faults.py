"""Run by ``test_faults.py``: runs every command that writes, with a fault at every call by which it does.

``faults.py FOLDER`` prepares a repository in ``FOLDER`` for each command, and runs the command there.  At its first
call that writes (opens a file for writing, writes, flushes, renames, removes, makes a folder), the process begins to
fork: one child for each such call and for each of two faults.

- ``kill``: SIGKILL before the call; a write is first half done.
- ``full``: the call fails as on a full disk; so do all later calls that need space.

After each child the folder is examined, and put back.  What has to change together (a unit) must be all old or all new,
unless a journal is left; what is left is found by :func:`zhengwen.atomic.leftovers`; the next command finishes or
removes it; and the same command then gives what an undisturbed run gives.  A failure is one message with a fix.

Prints a JSON object: by command, how many outcomes of each kind there were.
"""

import errno
import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple
from unittest import mock

from conftest import ARTICLE, copy_repository, run_cli, tree

from zhengwen import atomic, checks
from zhengwen.checks import level5
from zhengwen.cli.main import command_line
from zhengwen.initial import start
from zhengwen.initial.plan import plan_of
from zhengwen.release import build, hydrate, withheld
from zhengwen.repository.reading import Repository

#: Where a command writes many files into its staging folder, one call in so many is disturbed there.
STRIDE = 29
_NEED_SPACE = ("open", "write", "flush", "mkdir")
_fsync, _open = os.fsync, io.open


class Calls:
    """Sees every call of this process that writes in ``folder``, and disturbs the one with the number ``at``.

    ``seen`` lists them, as pairs of a kind and a path; ``elsewhere`` has the paths of calls that write anywhere else.
    """

    def __init__(self, folder: Path):
        self.folder = os.path.realpath(folder)
        self.is_on, self.on_first = False, None
        self.at, self.fault, self.has_failed = 0, "", False
        self.seen: list[tuple[str, str]] = []
        self.elsewhere: set[str] = set()
        sys.addaudithook(self._audit)
        os.fsync, io.open = self._fsync, self._io_open

    def _audit(self, event: str, arguments: tuple) -> None:
        match event, arguments:
            case "open", (str() | bytes() as path, _, int() as flags) if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
                self.note("open", os.fsdecode(path))
            case ("os.remove" | "os.rmdir", (path, folder)) | ("os.mkdir", (path, _, folder)):
                self.note(event.removeprefix("os."), path, folder)
            case "os.rename", (_, path, _, folder):
                self.note("rename", path, folder)
            case "ctypes.dlsym", (_, "renameat2"):
                self.note("exchange", self.folder)

    def _fsync(self, descriptor: int) -> None:
        self.note("flush", f"/proc/self/fd/{descriptor}")
        _fsync(descriptor)

    def _io_open(self, file, mode="r", buffering=-1, encoding=None, errors=None, newline=None, **options):
        if not (self.is_on and mode in ("w", "wb")):
            return _open(file, mode, buffering, encoding, errors, newline, **options)
        stream = io.BufferedWriter(_File(self, file))
        return stream if mode == "wb" else io.TextIOWrapper(stream, encoding, errors, newline)

    def note(self, kind: str, path: str | os.PathLike, folder: int = -1) -> None:
        """Note a call that is about to be made; if it is its turn, the process is killed, or the call fails."""
        if not self.is_on:
            return
        path = os.path.realpath(path if folder == -1 else f"/proc/self/fd/{folder}/{path}")
        if not f"{path}/".startswith(f"{self.folder}/"):
            self.elsewhere.add(path)
            return
        if self.on_first:
            first, self.on_first, self.is_on = self.on_first, None, False
            first()
            if not self.is_on:
                return
        self.seen.append((kind, path))
        if self.has_failed and kind in _NEED_SPACE:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)
        if len(self.seen) == self.at:
            self.has_failed = True
            if self.fault == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)


class _File(io.FileIO):
    """A file in which a write that is disturbed has first been half done."""

    def __init__(self, calls: Calls, path: str | os.PathLike):
        super().__init__(path, "w")
        self._calls = calls

    def write(self, data) -> int:
        half = len(data) // 2
        done = super().write(data[:half])
        self._calls.note("write", self.name)
        return done + super().write(data[half:])


class Command(NamedTuple):
    """A command, with the folder that its staging folders lie in, and the unit that a file belongs to, by its path."""

    run: Callable[[], subprocess.CompletedProcess]
    home: Path
    unit: Callable[[str], str] = lambda path: ""


def in_child(action: Callable[[], subprocess.CompletedProcess | None]) -> tuple[int, str]:
    """The exit code of ``action`` in a child of its own (negative: the signal that ended it), and what it reported."""
    with tempfile.TemporaryFile() as report:
        if (child := os.fork()) == 0:
            code = 70
            try:
                done = action()
                code = done.returncode if done else 0
                os.write(report.fileno(), done.stderr if done else b"")
            except BaseException:
                os.write(report.fileno(), traceback.format_exc().encode("utf-8"))
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
        report.seek(0)
        return os.waitstatus_to_exitcode(status), report.read().decode("utf-8")


def _is_unfinished(staging: Path) -> bool:
    """Whether moves of the journal of ``staging`` are still to be made; if none are, only the journal was left."""
    if not (staging / atomic.JOURNAL).exists():
        return False
    moves = json.loads((staging / atomic.JOURNAL).read_bytes())
    removals = [staging.parent / move["path"] for move in moves if not move.get("folder") and move["after"] is None]
    return any((staging / str(number)).exists() for number in range(len(moves))) or any(
        path.exists() for path in removals
    )


class Rehearsal:
    """Runs a command with every fault, and examines ``folder`` after each."""

    def __init__(self, folder: Path, command: Command):
        self.folder, self.command = folder, command
        self.calls = Calls(folder)
        self.old = tree(folder)
        self.empty = {path for path in folder.rglob("*") if path.is_dir() and not any(path.iterdir())}
        self.counts: Counter[str] = Counter()
        self.results: dict[int, bool] = {}

    def run(self) -> dict[str, int]:
        """Run the command with every fault, and return how many outcomes of each kind there were."""
        code, report = in_child(self.command.run)
        assert code in (0, 1) and "Traceback" not in report, report
        self.new = tree(self.folder)
        assert self.new != self.old, "the command changes nothing"
        self.put_back()
        self.calls.is_on, self.calls.on_first = True, self._disturb_each
        done = self.command.run()
        if self.calls.fault:  # this is a child
            os.write(self.report.fileno(), done.stderr)
            if self.calls.fault == "none":
                os.lseek(self.report.fileno(), 0, os.SEEK_SET)
                os.write(self.report.fileno(), json.dumps([self.calls.seen, sorted(self.calls.elsewhere)]).encode())
            os._exit(done.returncode)
        assert tree(self.folder) == self.new
        return dict(self.counts)

    def _disturb_each(self) -> None:
        """Called at the first call that writes: returns in each child and, in the end, here."""
        code, report = self._returning("none", 0)
        if code is None:
            return
        calls, elsewhere = json.loads(report)
        assert not [path for path in elsewhere if "jieba" not in path], f"written elsewhere: {elsewhere}"
        self.put_back()
        for fault in ("kill", "full"):
            for number in self._chosen(calls):
                code, report = self._returning(fault, number)
                if code is None:
                    return
                try:
                    self._examine(fault, code, report)
                except AssertionError as error:
                    kind, path = calls[number - 1]
                    raise AssertionError(f"{fault} at call {number}, {kind} {path}: {error}\n{report}") from None
                self.put_back()

    def _returning(self, fault: str, number: int) -> tuple[int | None, str]:
        """As :func:`in_child`, but the child returns from here, with ``None``, and goes on with the command."""
        with tempfile.TemporaryFile() as self.report:
            if (child := os.fork()) == 0:
                self.calls.is_on, self.calls.fault, self.calls.at = True, fault, number
                self.report = os.fdopen(os.dup(self.report.fileno()), "r+b")
                return None, ""
            _, status = os.waitpid(child, 0)
            self.report.seek(0)
            return os.waitstatus_to_exitcode(status), self.report.read().decode("utf-8")

    def _chosen(self, calls: list[tuple[str, str]]) -> Iterator[int]:
        """The numbers of the calls that are disturbed: all, or of many one in STRIDE where nothing is moved."""
        moves = {number for number, (kind, _) in enumerate(calls, 1) if kind in ("rename", "exchange")}
        for number, (_, path) in enumerate(calls, 1):
            is_staged = atomic.PREFIX in path
            is_near = moves & {number - 1, number, number + 1} or number == len(calls)
            if len(calls) < 60 or not is_staged or number % STRIDE == 0 or is_near:
                yield number

    def _examine(self, fault: str, code: int, report: str) -> None:
        left = atomic.leftovers(self.command.home)
        present = {name: data for name, data in tree(self.folder).items() if atomic.PREFIX not in name}
        has_journal = any(map(_is_unfinished, left))
        assert len(list(self.folder.rglob(f"{atomic.PREFIX}*"))) == len(left), "something is left where nobody looks"
        if not has_journal:
            self._assert_units(present)
        if fault == "kill":
            assert code == -signal.SIGKILL
        elif code == 0:
            assert present == self.new, "it says that it succeeded"
        else:
            assert code == 1 and "Traceback" not in report, f"exit code {code}"
            assert "No space left on device" in report and "fix: " in report
            assert ("still the old ones" in report) == has_journal
            assert has_journal or "unchanged" in report
        states = {"unfinished": has_journal, "old": present == self.old, "new": present == self.new, "between": True}
        self.counts[f"{fault}: {next(state for state in states if states[state])}"] += 1
        self.counts["left behind"] += bool(left)
        self._recover()
        present = tree(self.folder)
        self._assert_units(present)
        key = hash(frozenset(present.items()))
        if key not in self.results:
            code, report = in_child(self._again)
            self.results[key] = tree(self.folder) == self.new
            assert code in (0, 1) and "Traceback" not in report, report
        assert self.results[key], "the same command does not finish it"

    def _assert_units(self, present: dict[str, bytes]) -> None:
        names = present.keys() | self.old.keys() | self.new.keys()
        for unit in {self.command.unit(name) for name in names}:
            of_unit = [name for name in names if self.command.unit(name) == unit]
            found, old, new = ([files.get(name) for name in of_unit] for files in (present, self.old, self.new))
            assert found in (old, new), f"a mixture of old and new files in {unit or self.folder}"

    def _recover(self) -> None:
        # This process is in the middle of a command that holds the home, and another command is what is meant here.
        with mock.patch.object(atomic, "_locked", threading.local()), atomic.sole_writer(self.command.home):
            assert not list(self.command.home.glob(f"{atomic.PREFIX}*"))

    def _again(self) -> subprocess.CompletedProcess:
        with mock.patch.object(atomic, "_locked", threading.local()):
            return self.command.run()

    def put_back(self) -> None:
        """Make the folder what it was before the command."""
        present = tree(self.folder)
        for name in present.keys() - self.old.keys():
            (self.folder / name).unlink()
        for name in self.old:
            if present.get(name) != self.old[name]:
                (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
                (self.folder / name).write_bytes(self.old[name])
        for path in sorted(self.folder.rglob("*"), reverse=True):
            if path.is_dir() and path not in self.empty and not any(path.iterdir()):
                path.rmdir()


# -- The commands


def _gold(folder: Path, layer: str) -> Path:
    return folder / "repository" / "seeds" / ARTICLE / "gold" / f"{layer}.jsonl"


def _spoilt(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8", newline="\n")


def _format(folder: Path) -> Command:
    for layer in ("sentences", "entities", "quotes"):
        _spoilt(_gold(folder, layer), '": ', '":  ')
    _spoilt(_gold(folder, "quotes").parents[1] / "annotators" / "adjudication.jsonl", '": ', '":  ')
    return Command(lambda: run_cli("format", folder / "repository"), folder / "repository")


def _new(folder: Path) -> Command:
    article = folder / "article.txt"
    article.write_text("河港市长李江说：“我们支持开源。”\n", encoding="utf-8")
    arguments = ("new", "hegang-2025-open", "--from", article, "--corpus", folder / "repository")
    return Command(lambda: run_cli(*arguments), folder / "repository")


def _init(folder: Path) -> Command:
    (folder / "made").mkdir()
    schema = start.assert_valid(plan_of({"name": "harbours"}))
    # The plan is checked in a temporary folder, which no fault of a disk with the repository touches.
    mock.patch.object(start, "assert_valid", lambda _: schema).start()
    return Command(lambda: run_cli("init", folder / "made", "--name", "harbours"), folder / "made")


def _import(folder: Path) -> Command:
    repository = folder / "repository"
    assert run_cli("export", "labelstudio", "--out", folder / "made", "--corpus", repository).returncode == 0
    for layer, old, new in (("entities", '"GPE"', '"ORG"'), ("stances", '"favor"', '"against"')):
        _spoilt(_gold(folder, layer), old, new)
    return Command(lambda: run_cli("import", "labelstudio", folder / "made", "--corpus", repository), repository)


def _import_out(folder: Path) -> Command:
    command = _import(folder)
    arguments = ("import", "labelstudio", folder / "made", "--out", folder / "out", "--corpus", command.home)
    assert run_cli(*arguments).returncode == 0
    for name in ("entities", "quotes"):
        (folder / "out" / f"{name}.jsonl").write_bytes(b"old\n")
    return Command(lambda: run_cli(*arguments), folder / "out")


def _export(folder: Path) -> Command:
    out, repository = folder / "out", folder / "repository"
    arguments = ("export", "brat", "--out", out, "--corpus", repository)
    assert run_cli(*arguments).returncode == 0
    for path in out.iterdir():
        path.write_bytes(b"old\n")
    (out / "notes.txt").write_bytes(b"mine\n")
    return Command(lambda: run_cli(*arguments), out)


def _page(folder: Path) -> Command:
    (folder / "article.html").write_bytes(b"old\n")
    return Command(lambda: run_cli("page", "--out", folder / "article.html"), folder)


def _page_all(folder: Path) -> Command:
    (folder / "pages").mkdir()
    (folder / "pages" / "index.html").write_bytes(b"old\n")
    return Command(lambda: run_cli("page", "--all", "--out", folder / "pages"), folder / "pages")


def _build(folder: Path) -> Command:
    repository = folder / "repository"
    (repository / "corpus" / "README.md").write_bytes(b"old\n")
    (repository / "schema" / "json" / "gold" / "events.json").write_bytes(b"{}\n")
    for name in ("schema/json/rows/ner.json", "docs/checks.md"):
        (repository / name).write_bytes(b"old\n")

    def unit(path: str) -> str:
        return path.split("/")[1] if path.split("/")[1] in ("corpus", "releases.jsonl") else ""

    made = build.release(Repository.read(repository))
    made.files()
    # What is computed of the repository is computed once: it does not depend on the fault, and writes nothing.
    mock.patch.object(build, "release", lambda *_: made).start()
    mock.patch.object(checks, "check_repository", lambda *_, **__: []).start()
    mock.patch.object(level5, "check_release", lambda *_: []).start()
    return Command(lambda: run_cli("build", "--release", repository), repository, unit)


def _without_text(folder: Path) -> Command:
    arguments = ("build", folder / "repository", "--without-text", "--out", folder / "annotation")
    made = build.release(Repository.read(folder / "repository"))
    mock.patch.object(withheld, "release", lambda *_: made).start()
    assert run_cli(*arguments).returncode == 0
    (folder / "annotation" / "LICENSE").write_bytes(b"old\n")
    mock.patch.object(checks, "check_repository", lambda *_, **__: []).start()
    return Command(lambda: run_cli(*arguments), folder)


def _hydrate(folder: Path) -> Command:
    repository = folder / "repository"
    assert run_cli("build", repository, "--without-text", "--out", folder / "annotation").returncode == 0
    arguments = ("hydrate", folder / "annotation", "--text", repository / "seeds" / ARTICLE / "text.txt")
    arguments += ("--out", folder / "hydrated")
    made = build.release(Repository.read(repository))
    made.files()
    mock.patch.object(hydrate, "release", lambda *_: made).start()
    mock.patch.object(hydrate.Repository, "read", lambda *_: None).start()
    return Command(lambda: run_cli(*arguments), folder)


def _renames(folder: Path) -> Command:
    atomic._exchange = lambda new, target: False
    (folder / "corpus" / "data").mkdir(parents=True)
    for name in ("README.md", "data/a.parquet"):
        (folder / "corpus" / name).write_bytes(b"old" * 20_000)
    files = {"README.md": b"new", "manifest.json": b"new" * 30_000}

    def run() -> subprocess.CompletedProcess:
        try:
            atomic.replace_folder(files, folder / "corpus")
        except atomic.ZhengwenError as error:
            return subprocess.CompletedProcess([], 1, b"", f"error: {error}".encode())
        return subprocess.CompletedProcess([], 0, b"", b"")

    return Command(run, folder)


COMMANDS = {
    "format": _format,
    "init": _init,
    "new": _new,
    "import": _import,
    "import --out": _import_out,
    "export": _export,
    "page": _page,
    "page --all": _page_all,
    "build --release": _build,
    "build --without-text": _without_text,
    "hydrate": _hydrate,
    "by renames": _renames,
}


def rehearse(name: str, folder: Path) -> dict[str, int]:
    """Run the command ``name`` with every fault in ``folder``; raises when something is lost, mixed or left."""
    folder.mkdir()
    if name != "by renames":
        copy_repository(folder / "repository")
    return Rehearsal(folder, COMMANDS[name](folder)).run()


def main() -> None:
    """Rehearse every command, each in a child of its own, which need not import everything anew."""
    folder = Path(sys.argv[1]).resolve()
    sys.dont_write_bytecode = True
    atomic.fcntl = None  # the children of this process would wait for its locks
    command_line()
    counts = {}
    for number, name in enumerate(COMMANDS):

        def rehearsal(name=name, number=number) -> subprocess.CompletedProcess:
            report = json.dumps(rehearse(name, folder / str(number)))
            return subprocess.CompletedProcess([], 0, b"", report.encode("utf-8"))

        code, report = in_child(rehearsal)
        assert code == 0, f"{name}: {report}"
        counts[name] = json.loads(report)
    print(json.dumps(counts))


if __name__ == "__main__":
    main()
