"""Commands that are killed, that cannot write (a full disk, a read-only folder), or that run beside each other."""

import ctypes
import json
import os
import pickle
import resource
import shutil
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

import pytest
from conftest import ARTICLE, ROOT, assert_error, run_cli, tree

from zhengwen import atomic
from zhengwen.checks import check
from zhengwen.errors import ZhengwenError
from zhengwen.release.build import release, write_release
from zhengwen.release.manifest import differences, read_manifest
from zhengwen.repository.reading import Repository
from zhengwen.seeds import gold_path

HERE = Path(__file__).resolve().parent


@pytest.mark.slow
def test_every_command_that_writes_with_a_fault_at_every_call(tmp_path):
    done = subprocess.run([sys.executable, HERE / "faults.py", tmp_path], capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    for command, counts in json.loads(done.stdout).items():
        assert counts["kill: old"] > 5, command
        assert counts["full: old"] > 5, command
        assert counts["kill: new"] > 0, command
        assert counts["left behind"] > 5, command


@pytest.mark.slow
def test_a_half_written_release_and_a_leftover_are_found_and_repaired(repository):
    corpus = repository / "corpus"
    manifest = read_manifest(corpus)
    leftover = repository / ".zhengwen-killed" / "new"
    shutil.copytree(corpus, leftover)
    (leftover / "README.md").write_bytes(b"half")
    (corpus / "README.md").write_bytes((corpus / "README.md").read_bytes()[:100])
    licence = (corpus / "LICENSE").read_bytes()
    (corpus / "LICENSE").unlink()
    assert [(difference.path, difference.kind) for difference in differences(corpus, manifest)] == [
        ("LICENSE", "missing"),
        ("README.md", "changed"),
    ]
    # Contents are compared where every file exists.
    assert [(finding.id, finding.file) for finding in check(repository)] == [
        ("build-leftover", ".zhengwen-killed"),
        ("corpus-missing", "corpus/LICENSE"),
    ]
    (corpus / "LICENSE").write_bytes(licence)
    assert [(finding.id, finding.file) for finding in check(repository)] == [
        ("build-leftover", ".zhengwen-killed"),
        ("corpus-stale", "corpus/README.md"),
    ]
    write_release(release(Repository.read(repository)), repository)
    assert check(repository) == []
    assert not leftover.exists()


@pytest.fixture
def interrupted(tmp_path, monkeypatch):
    """Two files of which the first is new and the second still old: the command was killed in between."""
    files = {tmp_path / "gold" / name: name.encode() for name in ("a.jsonl", "b.jsonl")}
    (tmp_path / "gold").mkdir()
    (tmp_path / "gold" / "b.jsonl").write_bytes(b"old")
    replace, calls = os.replace, []

    def stop(*arguments):
        calls.append(arguments)
        if len(calls) == 2:
            raise KeyboardInterrupt
        replace(*arguments)

    monkeypatch.setattr(os, "replace", stop)
    with pytest.raises(KeyboardInterrupt):
        atomic.replace_files(files, tmp_path)
    assert (tmp_path / "gold" / "b.jsonl").read_bytes() == b"old"
    return tmp_path


def test_the_next_command_finishes_what_a_killed_one_began(interrupted):
    assert [path.name.startswith(".zhengwen-") for path in atomic.leftovers(interrupted)] == [True]
    with atomic.sole_writer(interrupted):
        assert tree(interrupted) == {"gold/a.jsonl": b"a.jsonl", "gold/b.jsonl": b"b.jsonl"}
    assert atomic.leftovers(interrupted) == []


def test_what_was_edited_since_a_command_was_killed_is_kept(interrupted):
    edited = interrupted / "gold" / "b.jsonl"
    edited.write_bytes(b"edited")
    with pytest.raises(ZhengwenError, match="has changed since a command that was about to write it was killed"):
        atomic.replace_files({interrupted / "c.txt": b"c"}, interrupted)
    assert edited.read_bytes() == b"edited"
    assert not (interrupted / "c.txt").exists()
    (interrupted / "gold" / "a.jsonl").write_bytes(b"edited")  # it was finished: this is no conflict
    edited.write_bytes(b"old")
    with atomic.sole_writer(interrupted):
        assert tree(interrupted) == {"gold/a.jsonl": b"edited", "gold/b.jsonl": b"b.jsonl"}


@pytest.mark.parametrize(
    "journal",
    [
        b"{",
        b"[" * 100_000,
        b"{}x",
        b"[1]",
        b'[{"path": "a"}]',
        b'[{"path": "../outside", "before": null, "after": ""}]',
        b'[{"path": "/tmp/outside", "before": null, "after": ""}]',
        b'[{"path": ".git/config", "before": null, "after": ""}]',
        b'[{"path": "link/outside", "before": null, "after": ""}]',
        b'[{"path": ".git", "folder": true}]',
        b'[{"path": ".github/.git", "folder": true}]',
        b'[{"path": "", "folder": true}]',
    ],
)
def test_a_journal_that_leads_elsewhere_is_refused(journal, tmp_path):
    # A repository from a stranger may come with a folder that looks like one of ours.
    home = tmp_path / "home"
    (home / ".zhengwen-stranger" / "0").mkdir(parents=True)
    (home / "link").symlink_to(tmp_path)
    (home / ".zhengwen-stranger" / "journal.json").write_bytes(journal)
    before = tree(tmp_path)
    with pytest.raises(ZhengwenError, match="was not written by zhengwen") as caught:
        atomic.replace_files({home / "a": b"a"}, home)
    assert caught.value.fix == "remove the folder"
    assert tree(tmp_path) == before


def test_an_unfinished_change_is_named_whatever_else_is_found(repository):
    killed = repository / ".zhengwen-killed"
    killed.mkdir()
    (repository / "seeds" / ARTICLE / "gold" / "quotes.jsonl").unlink()
    names = [finding.id for finding in check(repository, level=1)]
    assert names == ["build-leftover", "missing-file"]
    with atomic.sole_writer(repository):
        assert "build-leftover" not in [finding.id for finding in check(repository, level=1)]


def test_an_export_that_was_killed_is_not_imported(repository):
    out = repository / "out"
    (out / ".zhengwen-killed").mkdir(parents=True)
    before = tree(repository)
    done = run_cli("import", "brat", out, "--corpus", repository)
    assert_error(done, 1, "an export to this folder was killed")
    assert tree(repository) == before


def test_a_file_that_is_too_large_to_write(tmp_path):
    # The kernel refuses the write, as on a full disk; test_cli.py sets such a limit on the command.
    target = tmp_path / "corpus"
    atomic.replace_folder({"README.md": b"old"}, target)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        with pytest.raises(ZhengwenError) as of_folder:
            atomic.replace_folder({"README.md": b"new", "data.parquet": b"x" * 30_000}, target)
        with pytest.raises(ZhengwenError) as of_files:
            atomic.replace_files({target / "README.md": b"new", target / "new.txt": b"x" * 30_000}, target)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "cannot write: File too large; corpus/ is unchanged" in of_folder.value.message
    assert "cannot write: File too large; these 2 files are unchanged" in of_files.value.message
    assert tree(tmp_path) == {"corpus/README.md": b"old"}


def _without_root_powers(action) -> int:
    """The exit code of ``action`` in a child for which permissions count, even if the tests are run by root."""
    if (child := os.fork()) == 0:
        code = 70
        try:
            if os.geteuid() == 0:
                header, data = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
                assert ctypes.CDLL(None).capget(header, data) == 0
                data[0] &= ~(1 << 1)  # CAP_DAC_OVERRIDE, from those that are in effect
                assert ctypes.CDLL(None).capset(header, data) == 0
            code = action()
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_a_folder_that_cannot_be_written(tmp_path):
    folder = tmp_path / "corpus"
    atomic.replace_folder({"README.md": b"old"}, folder)
    writers = {
        "corpus/ is unchanged": lambda: atomic.replace_folder({"README.md": b"new"}, folder),
        "it is unchanged": lambda: atomic.replace_file(tmp_path / "new.txt", b"new"),
        "these 2 files are unchanged": lambda: atomic.replace_files(
            {folder / "README.md": b"new", tmp_path / "new.txt": b"new"}, tmp_path
        ),
    }
    tmp_path.chmod(0o555)

    def write() -> int:
        for outcome, writer in writers.items():
            with pytest.raises(ZhengwenError) as caught:
                writer()
            assert f"Permission denied; {outcome}" in caught.value.message
            assert "make the folder writable" in caught.value.fix
        return 0

    try:
        assert _without_root_powers(write) == 0
    finally:
        tmp_path.chmod(0o755)
    assert tree(tmp_path) == {"corpus/README.md": b"old"}


@pytest.mark.slow
def test_commands_on_a_read_only_repository(repository, tmp_path):
    text = repository / "seeds" / ARTICLE / "text.txt"
    assert run_cli("export", "brat", "--out", tmp_path / "made", "--corpus", repository).returncode == 0
    gold = gold_path(repository / "seeds" / ARTICLE, "entities")
    gold.write_bytes(gold.read_bytes().replace(b'"GPE"', b'"ORG"', 1).replace(b'": ', b'":  ', 1))
    commands = [
        ("format", repository),
        ("new", "hegang-2025-open", "--from", text, "--corpus", repository),
        ("import", "brat", tmp_path / "made", "--corpus", repository),
        ("export", "brat", "--out", repository / "out"),
        ("page", "--all", "--out", repository / "pages"),
        ("page", "--out", repository / "page.html"),
    ]
    before = tree(repository)
    folders = [repository, *(path for path in repository.rglob("*") if path.is_dir())]

    def run() -> int:
        for command in commands:
            done = run_cli(*command)
            assert_error(done, 1, "cannot write: Permission denied; ")
            assert b"unchanged\n  fix: " in done.stderr
        return 0

    for folder in folders:
        folder.chmod(0o555)
    try:
        assert _without_root_powers(run) == 0
    finally:
        for folder in folders:
            folder.chmod(0o755)
    assert tree(repository) == before


def test_a_folder_on_another_file_system(tmp_path):
    with tempfile.TemporaryDirectory(dir="/dev/shm") as elsewhere:
        if Path(elsewhere).stat().st_dev == tmp_path.stat().st_dev:
            pytest.skip("/dev/shm is on the same file system")
        (tmp_path / "seeds").symlink_to(elsewhere)
        with pytest.raises(ZhengwenError, match="cross-device") as caught:
            atomic.replace_files({tmp_path / "seeds" / name: b"new" for name in "ab"}, tmp_path)
        assert caught.value.message.endswith("these 2 files are unchanged")
        assert "one file system" in caught.value.fix
        assert list(Path(elsewhere).iterdir()) == []
        assert [path.name for path in tmp_path.iterdir()] == ["seeds"]
        # A single file is written beside what a link leads to.
        (tmp_path / "a").symlink_to(f"{elsewhere}/a")
        atomic.replace_file(tmp_path / "a", b"new")
        assert Path(elsewhere, "a").read_bytes() == b"new"


def test_a_pipe_is_written_to_and_not_replaced(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    atomic.replace_file(pipe, b"page")
    assert os.read(reader, 100) == b"page"
    os.close(reader)
    assert pipe.is_fifo()
    assert [path.name for path in tmp_path.iterdir()] == ["pipe"]


def test_a_file_that_is_replaced_keeps_its_permissions(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(b"old")
        (tmp_path / name).chmod(0o640)
    atomic.replace_file(tmp_path / "a", b"new")
    atomic.replace_files({tmp_path / "a": b"newer", tmp_path / "b": b"newer"}, tmp_path)
    assert [(tmp_path / name).stat().st_mode & 0o777 for name in "ab"] == [0o640, 0o640]


def test_two_builds_at_once(tmp_path):
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from zhengwen.atomic import replace_folder\n"
        "files = {f'{number}.txt': sys.argv[2].encode() for number in range(5)}\n"
        "for _ in range(15):\n"
        "    replace_folder(files, Path(sys.argv[1]))\n"
    )
    target = tmp_path / "corpus"
    builds = [subprocess.Popen([sys.executable, "-c", program, str(target), word]) for word in ("first", "second")]
    assert [process.wait() for process in builds] == [0, 0]
    words = set(tree(target).values())
    assert len(tree(target)) == 5
    assert words in ({b"first"}, {b"second"})
    assert [path.name for path in tmp_path.iterdir()] == ["corpus"]


def _at_once(*commands) -> list[subprocess.CompletedProcess]:
    """Run commands at the same time, each in a child of its own."""
    pipes, children = [os.pipe() for _ in commands], []
    for command, (reader, writer) in zip(commands, pipes, strict=True):
        if (child := os.fork()) == 0:
            try:
                os.close(reader)
                with os.fdopen(writer, "wb") as stream:
                    pickle.dump(run_cli(*command), stream)
            finally:
                os._exit(0)
        children.append(child)
        os.close(writer)
    done = []
    for child, (reader, _) in zip(children, pipes, strict=True):
        with os.fdopen(reader, "rb") as stream:
            done.append(pickle.load(stream))
        os.waitpid(child, 0)
    return done


def test_two_commands_at_once(repository, tmp_path):
    before = tree(repository)
    assert run_cli("export", "brat", "--out", tmp_path / "made", "--corpus", repository).returncode == 0
    gold = gold_path(repository / "seeds" / ARTICLE, "entities")
    lines = gold.read_text(encoding="utf-8").replace('"GPE"', '"ORG"', 1).replace('": ', '":  ').splitlines()
    gold.write_text("\n".join(reversed(lines)) + "\n", encoding="utf-8")
    # Whichever comes first, neither undoes what the other did.
    done = _at_once(("format", repository), ("import", "brat", tmp_path / "made", "--corpus", repository))
    assert [run.returncode for run in done] == [0, 0], done
    assert tree(repository) == before


def test_two_documents_of_one_id_at_once(repository):
    (repository / "article.txt").write_text("河港市长说：“我们支持开源。”\n", encoding="utf-8")
    command = ("new", "hegang-2025-open", "--from", repository / "article.txt", "--corpus", repository)
    first, second = sorted(_at_once(command, command), key=lambda run: run.returncode)
    assert first.returncode == 0
    assert_error(second, 1, "this document exists already")


def test_a_running_command_has_no_leftovers(tmp_path):
    (tmp_path / ".zhengwen-staging").mkdir()
    with atomic._lock(tmp_path):
        assert atomic.leftovers(tmp_path) == []
    assert atomic.leftovers(tmp_path) == [tmp_path / ".zhengwen-staging"]


def test_the_committed_release_matches_its_manifest():
    assert differences(ROOT / "corpus", read_manifest(ROOT / "corpus")) == []
