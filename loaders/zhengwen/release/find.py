"""Finds a release by what people call it: a folder, a version, or a git revision.

A version is looked for as a tag, and else in the history: the newest commit that states it and whose data have the
digest that the ledger gives, so what is found is what was released, whatever the history says.
"""

import io
import re
import subprocess
import tarfile
import tempfile
from pathlib import Path

from zhengwen.errors import ZhengwenError
from zhengwen.release.ledger import LEDGER, read_ledger
from zhengwen.release.past import PastRelease, read_release

_VERSION = re.compile(r"v?(\d+\.\d+\.\d+)")
_STATED = "loaders/zhengwen/__init__.py"


def find_release(name: str, root: Path) -> PastRelease:
    """The release called ``name``: a folder (a release, or a checkout), a version, or a git revision of ``root``.

    Raises :class:`ZhengwenError` when there is none, or when it is not what the ledger says of its version.
    """
    folder = Path(name)
    if folder.is_dir():
        return read_release(folder / "corpus" if (folder / "corpus").is_dir() else folder, name)
    version = _VERSION.fullmatch(name)
    return _by_version(root, version[1]) if version else _at(root, name, name)


def _by_version(root: Path, version: str) -> PastRelease:
    digests = {entry.version: entry.digest for entry in read_ledger(root)}
    tag = f"v{version}"
    if _git(root, "tag", "--list", tag).strip():
        found = _at(root, tag, version)
        if digests.get(version, found.digest) != found.digest:
            raise ZhengwenError(f"the tag {tag} holds other data than {LEDGER} says", fix="fetch the right tag")
        return found
    if version not in digests:
        raise ZhengwenError(f"version {version}: there is no tag {tag}, and no line in {LEDGER}", fix="name a revision")
    stated = f'__version__ = "{version}"'
    for commit in _git(root, "log", "--format=%H", "--", "corpus", _STATED).split():
        if stated in _git(root, "show", f"{commit}:{_STATED}"):
            found = _at(root, commit, version)
            if found.digest == digests[version]:
                return found
    raise ZhengwenError(
        f"version {version}: no commit of the history holds its data", fix="fetch all of it: `git fetch --unshallow`"
    )


def _at(root: Path, revision: str, name: str) -> PastRelease:
    commit = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}").strip()
    archive = _run(root, "archive", commit, "corpus")
    with tempfile.TemporaryDirectory(prefix="zhengwen-") as folder:
        with tarfile.open(fileobj=io.BytesIO(archive)) as files:
            files.extractall(folder, filter="data")
        return read_release(Path(folder, "corpus"), name)


def _git(root: Path, *arguments: str) -> str:
    return _run(root, *arguments).decode("utf-8")


def _run(root: Path, *arguments: str) -> bytes:
    try:
        return subprocess.run(["git", "-C", str(root), *arguments], check=True, capture_output=True).stdout
    except FileNotFoundError:
        raise ZhengwenError("git is not installed", fix="name folders, or install git") from None
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode("utf-8", "backslashreplace").strip().split("\n")[0]
        raise ZhengwenError(
            f"{arguments[-1]}: not a folder, a version or a git revision here{f' ({said})' if said else ''}",
            fix="name a folder that holds a release, a version such as v1.0.0, or a revision",
        ) from None
