"""Publishes a release: checked first, then one commit and one tag, then read back and compared."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from zhengwen import __version__
from zhengwen.checks import check
from zhengwen.errors import ZhengwenError
from zhengwen.hub.api import HubTarget
from zhengwen.hub.git import GitTarget
from zhengwen.hub.plan import File, Operation, operations
from zhengwen.hub.secrecy import assert_no_secret
from zhengwen.hub.target import Target, assert_holds
from zhengwen.release.ledger import LEDGER, read_ledger
from zhengwen.release.manifest import MANIFEST, paths_in, read_manifest

_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", flags=re.ASCII)
_SCP = re.compile(r"(?:[\w.-]+@)?([\w.-]{2,}):(?!//)(.+)")
_HUB_HOSTS = ("huggingface.co", "hf.co")


class Published(NamedTuple):
    """What was done: the operations (none when the target held the release), the words for it, and where it is."""

    operations: list[Operation]
    message: str


def files_of(root: Path) -> dict[str, File]:
    """The release in the repository ``root``, by path, after every check; raises when anything does not hold.

    Level 5 of the checks builds the release from the seeds and compares it with ``corpus/``.  The version must have its
    line in the ledger: without it the data of the version may still change.  What is read is what the manifest names.
    """
    findings = check(root)
    if findings:
        raise ZhengwenError(
            f"{len(findings)} findings, the first is: {findings[0]}; nothing was published",
            fix="`zhengwen check` lists them; `zhengwen build` makes a stale corpus/ anew",
        )
    if __version__ not in [entry.version for entry in read_ledger(root)]:
        raise ZhengwenError(
            f"version {__version__} is not released: {LEDGER} has no line for it; nothing was published",
            fix="`zhengwen build --release`, and commit it",
        )
    corpus = root / "corpus"
    manifest = read_manifest(corpus)
    files = {path: File.of((corpus / path).read_bytes()) for path in paths_in(corpus)}
    stated = {entry["path"]: entry["sha256"] for entry in manifest["files"]}
    if stated != {path: file.sha256 for path, file in files.items() if path != MANIFEST}:
        raise ZhengwenError("corpus/ changed while it was read; nothing was published", fix="run it again")
    return files


def planned(files: Mapping[str, File]) -> list[Operation]:
    """What publishing ``files`` writes where nothing is yet."""
    return operations(files, {})


def publish(
    where: str, files: Mapping[str, File], *, create_pr: bool = False, endpoint: str | None = None
) -> Published:
    """Publish ``files`` as the version of this package to ``where``: ``ORG/NAME``, or a git URL or folder.

    Where the tag is and holds the same, nothing is done.  Where the commit is and the tag is not, only the tag is made.
    Raises :class:`ZhengwenError`.
    """
    kind, address = destination(where, endpoint)
    if kind == "hub":
        target = HubTarget(address, endpoint)
        return _request(target, files) if create_pr else put(target, files)
    if create_pr or endpoint:
        option = "--create-pr" if create_pr else "--endpoint"
        raise ZhengwenError(f"{option} is for a hub, and {where} is a git repository", fix="name ORG/NAME")
    with GitTarget(address) as target:
        return put(target, files)


def put(target: Target, files: Mapping[str, File], version: str = __version__) -> Published:
    """Make ``target`` hold ``files`` under the tag of ``version``, whatever an earlier run has done of it."""
    tag = f"v{version}"
    refs = target.refs(tag)
    if refs.tagged:
        _assert_same(target, files, refs.tagged, tag)
        return Published([], f"{target.name}: {tag} is there and holds this release; nothing to do")
    changes = operations(files, target.tree(refs.head) if refs.head else {})
    target.put(refs, changes, files, _title(version), tag)
    there = target.refs(tag).tagged
    if there is None:
        raise ZhengwenError(f"{target.name}: took {tag} and does not have it now", fix="run it again")
    assert_holds(target, there, files)
    done = "published" if changes else "the commit was there; now it is tagged"
    return Published(changes, f"{target.name}: {tag} {done}: commit {there}, {len(files)} files read back and compared")


def _request(target: HubTarget, files: Mapping[str, File], version: str = __version__) -> Published:
    tag = f"v{version}"
    refs = target.refs(tag)
    if refs.tagged:
        _assert_same(target, files, refs.tagged, tag)
        return Published([], f"{target.name}: {tag} is there and holds this release; nothing to do")
    changes = operations(files, target.tree(refs.head) if refs.head else {})
    if not changes:
        return Published([], f"{target.name}: holds this release; run it without --create-pr to tag it {tag}")
    for one in target.requests(_title(version)):
        if not operations(files, target.tree(one.revision)):
            return Published([], f"{one.url}: proposes this release already; nothing to do")
    made = target.request(refs.head, changes, files, _title(version))
    assert_holds(target, made.revision, files)
    return Published(changes, f"{made.url}: proposed; once it is merged, run it without --create-pr to tag it {tag}")


def destination(where: str, endpoint: str | None = None) -> tuple[str, str]:
    """Which kind of target ``where`` is, ``hub`` or ``git``, and its address.

    Raises :class:`ZhengwenError` for a hub's own git address, and for one that holds a secret.

    >>> destination("zhengwen-corpus/zhengwen")
    ('hub', 'zhengwen-corpus/zhengwen')
    >>> destination("git@example.org:zhengwen.git")
    ('git', 'git@example.org:zhengwen.git')
    """
    if endpoint:
        assert_no_secret(endpoint, "--endpoint")
    if "://" in where:
        assert_no_secret(where, "the git address")
        parts = urlsplit(where)
        _assert_no_hub(where, parts.netloc.rpartition("@")[2], parts.path, endpoint)
        return "git", where
    if scp := _SCP.fullmatch(where):
        _assert_no_hub(where, scp[1], scp[2], endpoint)
        return "git", where
    is_folder = Path(where).is_dir()
    if _HUB_ID.fullmatch(where):
        if is_folder:
            raise ZhengwenError(
                f"{where} may be a dataset on a hub, and is a folder here",
                fix=f"write ./{where} for the folder, or run it elsewhere for the hub (name the repository after it)",
            )
        return "hub", where
    if not is_folder:
        raise ZhengwenError(
            f"{where}: neither ORG/NAME, nor a git URL, nor a folder",
            fix="for a folder, make a git repository of it first: `git init --bare FOLDER`",
        )
    return "git", os.path.abspath(where)


def _assert_no_hub(where: str, host: str, path: str, endpoint: str | None) -> None:
    name = host.rpartition(":")[0] or host
    endpoints = [urlsplit(one).netloc for one in (endpoint, os.environ.get("HF_ENDPOINT")) if one]
    if host not in endpoints and not any(name == one or name.endswith(f".{one}") for one in _HUB_HOSTS):
        return
    id = path.strip("/").removeprefix("datasets/").removesuffix(".git")
    hint = id if _HUB_ID.fullmatch(id) else "ORG/NAME"
    raise ZhengwenError(
        f"{where}: is a hub's own git address; by it a commit and its large files would not go in whole",
        fix=f"`zhengwen publish {hint}`",
    )


def _title(version: str) -> str:
    return f"zhengwen {version}"


def _assert_same(target: Target, files: Mapping[str, File], commit: str, tag: str) -> None:
    try:
        assert_holds(target, commit, files)
    except ZhengwenError as error:
        raise ZhengwenError(
            f"{tag} is published with other content; a published version never changes. {error.message}",
            fix="raise the version (docs/versioning.md), build, and publish that",
        ) from None
