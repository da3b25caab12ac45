"""A build that is killed, that cannot write (a full disk, a read-only folder), or that runs beside another build."""

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from conftest import ROOT, tree

from zhengwen.checks import check
from zhengwen.errors import ZhengwenError
from zhengwen import atomic
from zhengwen.release.build import release, write_release
from zhengwen.release.manifest import differences, read_manifest
from zhengwen.repository.reading import Repository

HERE = Path(__file__).resolve().parent


@pytest.mark.parametrize("renames", [[], ["--renames"]], ids=["exchange", "renames"])
def test_a_replacement_killed_at_any_line(tmp_path, renames):
    command = [sys.executable, str(HERE / "faults.py"), str(tmp_path), *renames]
    process = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    counts = json.loads(process.stdout)
    assert counts["killed"] == counts["old"] + counts["new"] > 50
    assert counts["old"] > 0
    assert counts["new"] > 0
    assert counts["leftovers"] > 0


@pytest.mark.slow
def test_a_half_written_release_and_a_leftover_are_found_and_repaired(repository):
    corpus = repository / "corpus"
    manifest = read_manifest(corpus)
    leftover = repository / ".corpus-killed" / "new"
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
        ("build-leftover", ".corpus-killed"),
        ("corpus-missing", "corpus/LICENSE"),
    ]
    (corpus / "LICENSE").write_bytes(licence)
    assert [(finding.id, finding.file) for finding in check(repository)] == [
        ("build-leftover", ".corpus-killed"),
        ("corpus-stale", "corpus/README.md"),
    ]
    write_release(release(Repository.read(repository)), repository)
    assert check(repository) == []
    assert not leftover.exists()


def test_a_file_that_is_too_large_to_write(tmp_path):
    # The kernel refuses the write, as on a full disk; test_cli.py sets such a limit on the command.
    target = tmp_path / "corpus"
    atomic.replace_folder({"README.md": b"old"}, target)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        with pytest.raises(ZhengwenError) as caught:
            atomic.replace_folder({"README.md": b"new", "data.parquet": b"x" * 30_000}, target)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "cannot write: File too large; corpus/ is unchanged" in caught.value.message
    assert tree(tmp_path) == {"corpus/README.md": b"old"}


def test_a_folder_that_cannot_be_written():
    # Root may write anywhere, so the child becomes nobody first.
    with tempfile.TemporaryDirectory(prefix="zhengwen-") as name:
        folder = Path(name)
        atomic.replace_folder({"README.md": b"old"}, folder / "corpus")
        folder.chmod(0o555)
        child = os.fork()
        if child == 0:
            code = 1
            try:
                if os.geteuid() == 0:
                    os.setgid(65534)
                    os.setuid(65534)
                atomic.replace_folder({"README.md": b"new"}, folder / "corpus")
            except ZhengwenError as error:
                code = 0 if "Permission denied; corpus/ is unchanged" in error.message else 2
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
        folder.chmod(0o755)
        assert os.waitstatus_to_exitcode(status) == 0
        assert tree(folder) == {"corpus/README.md": b"old"}


def test_two_builds_at_once(tmp_path):
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from zhengwen.release.atomic import replace_folder\n"
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


def test_a_running_build_has_no_leftovers(tmp_path):
    (tmp_path / ".corpus-staging").mkdir()
    with atomic._lock(tmp_path):
        assert atomic.leftovers(tmp_path / "corpus") == []
    assert atomic.leftovers(tmp_path / "corpus") == [tmp_path / ".corpus-staging"]


def test_the_committed_release_matches_its_manifest():
    assert differences(ROOT / "corpus", read_manifest(ROOT / "corpus")) == []
