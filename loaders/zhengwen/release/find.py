"""Finds a release by name: a folder, a version, or a git revision.

A version is looked up by its tag.  Without a tag, it is the newest commit whose data have the digest in the ledger, of
those up to the one that added its line to the ledger; so the result is what was released, whatever else the history
holds.
"""

import io
import re
import subprocess
import tarfile
import tempfile
from pathlib import Path

from zhengwen.errors import ZhengwenError
from zhengwen.paths import LEDGER
from zhengwen.release.ledger import read_ledger
from zhengwen.release.reader import ReleaseFolder

_VERSION = re.compile(r"v?(\d+\.\d+\.\d+)")


def find_release(name: str, root: Path) -> ReleaseFolder:
    """The release called ``name``: a folder (a release or a checkout), a version, or a git revision of ``root``.

    Raises :class:`ZhengwenError` when there is none, or when its data differ from what the ledger says of its version.
    """
    folder = Path(name)
    if folder.is_dir():
        return ReleaseFolder(folder / "corpus" if (folder / "corpus").is_dir() else folder, name)
    version = _VERSION.fullmatch(name)
    return _by_version(root, version[1]) if version else _at_revision(root, name, name)


def _by_version(root: Path, version: str) -> ReleaseFolder:
    digests = {entry.version: entry.digest for entry in read_ledger(root)}
    tag = f"v{version}"
    if _git(root, "tag", "--list", tag).strip():
        tagged = _at_revision(root, tag, version)
        if digests.get(version, tagged.digest) != tagged.digest:
            raise ZhengwenError(
                f"the data at the tag {tag} do not have the digest that {LEDGER} states for {version}",
                fix="fetch the right tag",
            )
        return tagged
    if version not in digests:
        raise ZhengwenError(
            f"version {version}: there is no tag {tag} and no line in {LEDGER}", fix="name a git revision"
        )
    # Its line was added to the ledger in the commit with its data, or (the first versions) somewhat later.
    added = _git(root, "log", "--format=%H", f'-S"version": "{version}"', "--", LEDGER).split()
    for commit in _git(root, "log", "--format=%H", *added[-1:], "--", "corpus").split():
        candidate = _at_revision(root, commit, version)
        if candidate.digest == digests[version]:
            return candidate
    raise ZhengwenError(
        f"version {version}: no commit in the history holds its data",
        fix="fetch the whole history: `git fetch --unshallow`",
    )


def _at_revision(root: Path, revision: str, name: str) -> ReleaseFolder:
    commit = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}").strip()
    archive = _run(root, "archive", commit, "corpus")
    with tempfile.TemporaryDirectory(prefix="zhengwen-") as folder:
        with tarfile.open(fileobj=io.BytesIO(archive)) as files:
            files.extractall(folder, filter="data")
        return ReleaseFolder(Path(folder, "corpus"), name, is_trusted=True).read_all()


def _git(root: Path, *arguments: str) -> str:
    return _run(root, *arguments).decode("utf-8")


def _run(root: Path, *arguments: str) -> bytes:
    try:
        return subprocess.run(["git", "-C", str(root), *arguments], check=True, capture_output=True).stdout
    except FileNotFoundError:
        raise ZhengwenError("git is not installed", fix="name folders, or install git") from None
    except subprocess.CalledProcessError as error:
        message = error.stderr.decode("utf-8", "backslashreplace").strip().split("\n")[0]
        raise ZhengwenError(
            f"{arguments[-1]}: not a folder, a version or a git revision here{f' ({message})' if message else ''}",
            fix="name a folder that holds a release, a version such as v1.0.0, or a revision",
        ) from None
