"""A build that is killed, or finds the disk full, or no leave to write, or another build at work."""

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
from zhengwen.release import place as placing
from zhengwen.release.build import build
from zhengwen.release.manifest import differences, read_manifest

HERE = Path(__file__).resolve().parent


@pytest.fixture
def two_releases(repository):
    """Two folders: the release as it is, and the one after an edit."""
    old = repository / "old"
    shutil.copytree(repository / "corpus", old)
    about = repository / "seeds" / "corpus.yaml"
    about.write_text(about.read_text("utf-8").replace("An annotated Chinese", "A Chinese annotated"), encoding="utf-8")
    build(repository)
    assert tree(old) != tree(repository / "corpus")
    return old, repository / "corpus"


@pytest.mark.parametrize(("kills", "renames"), [(50, []), (10, ["--renames"])], ids=["exchange", "renames"])
def test_a_build_killed_at_any_point(two_releases, tmp_path, kills, renames):
    folder = tmp_path / "here"
    folder.mkdir()
    command = [sys.executable, str(HERE / "faults.py"), str(kills), str(folder), *map(str, two_releases), *renames]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    told = json.loads(done.stdout)
    assert told["killed"] == told["old"] + told["new"] == kills
    assert told["leftovers"] > 0


def test_what_a_kill_leaves_is_said_and_mended(repository):
    left = repository / ".corpus-killed" / "new"
    shutil.copytree(repository / "corpus", left)
    (left / "README.md").write_bytes(b"half")
    assert [(one.id, one.file) for one in check(repository)] == [("build-leftover", ".corpus-killed")]
    build(repository)
    assert check(repository) == []
    assert not left.exists()


def test_a_half_written_release_is_said_and_mended(repository):
    corpus = repository / "corpus"
    manifest = read_manifest(corpus)
    (corpus / "README.md").write_bytes((corpus / "README.md").read_bytes()[:100])
    (corpus / "LICENSE").unlink()
    assert [(one.path, one.kind) for one in differences(corpus, manifest)] == [
        ("LICENSE", "missing"),
        ("README.md", "changed"),
    ]
    assert {(one.id, one.file) for one in check(repository)} == {
        ("corpus-missing", "corpus/LICENSE"),
        ("corpus-stale", "corpus/README.md"),
    }
    build(repository)
    assert check(repository) == []


def test_a_limit_on_the_size_of_files(repository):
    # The kernel refuses the write, as it does on a full disk.
    before = tree(repository)
    done = subprocess.run(
        [sys.executable, "-m", "zhengwen", "build", str(repository)],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000)),
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 1
    assert "cannot write the release: File too large; corpus/ is as it was" in done.stderr
    assert "Traceback" not in done.stderr
    assert tree(repository) == before


def test_a_folder_that_cannot_be_written():
    # Root may write anywhere, so the child becomes nobody first.
    with tempfile.TemporaryDirectory(prefix="zhengwen-") as name:
        folder = Path(name)
        placing.place({"README.md": b"old"}, folder / "corpus")
        folder.chmod(0o555)
        child = os.fork()
        if child == 0:
            code = 1
            try:
                if os.geteuid() == 0:
                    os.setgid(65534)
                    os.setuid(65534)
                placing.place({"README.md": b"new"}, folder / "corpus")
            except ZhengwenError as error:
                code = 0 if "Permission denied; corpus/ is as it was" in error.message else 2
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
        "from zhengwen.release.place import place\n"
        "files = {f'{number}.txt': sys.argv[2].encode() for number in range(20)}\n"
        "for _ in range(15):\n"
        "    place(files, Path(sys.argv[1]))\n"
    )
    target = tmp_path / "corpus"
    running = [subprocess.Popen([sys.executable, "-c", program, str(target), word]) for word in ("one", "two")]
    assert [process.wait() for process in running] == [0, 0]
    words = set(tree(target).values())
    assert len(tree(target)) == 20
    assert words in ({b"one"}, {b"two"})
    assert [path.name for path in tmp_path.iterdir()] == ["corpus"]


def test_no_build_is_taken_for_a_leftover(tmp_path):
    (tmp_path / ".corpus-other").mkdir()
    with placing._turn(tmp_path):
        assert placing.leftovers(tmp_path / "corpus") == []
    assert placing.leftovers(tmp_path / "corpus") == [tmp_path / ".corpus-other"]


def test_the_committed_release_is_what_its_manifest_says():
    assert differences(ROOT / "corpus", read_manifest(ROOT / "corpus")) == []
