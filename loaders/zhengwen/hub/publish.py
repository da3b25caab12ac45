"""Publishes a release: checks it, makes one commit and one tag, and reads both back to compare them."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from zhengwen import __version__
from zhengwen.checks import check
from zhengwen.errors import ZhengwenError
from zhengwen.hub.address import assert_no_secret
from zhengwen.hub.api import HubTarget
from zhengwen.hub.git import GitTarget
from zhengwen.hub.plan import File, Operation, plan
from zhengwen.hub.target import Target, assert_holds
from zhengwen.release.layout import MANIFEST
from zhengwen.release.ledger import LEDGER, read_ledger
from zhengwen.release.manifest import paths_in, read_manifest

_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", flags=re.ASCII)
#: ``user@host:path``, as scp and git write it.
_SCP_ADDRESS = re.compile(r"(?:[\w.-]+@)?([\w.-]{2,}):(?!//)(.+)")
_HUB_HOSTS = ("huggingface.co", "hf.co")


class Published(NamedTuple):
    """What was done: the operations (none if the target already held the release), and a message about the outcome."""

    operations: list[Operation]
    message: str


def files_of(root: Path) -> dict[str, File]:
    """The files of the release in the repository ``root`` by path, once every check has passed.

    Level 5 of the checks builds the release from the seeds and compares it with ``corpus/``.  The version must have a
    line in the ledger, since without it the data of the version may still change.  Raises :class:`ZhengwenError` when
    a check fails, when the version is not in the ledger, or when ``corpus/`` is not what its manifest states.
    """
    findings = check(root)
    if findings:
        raise ZhengwenError(
            f"{len(findings)} finding{'s' * (len(findings) != 1)}, the first is: {findings[0]}; nothing was published",
            fix="`zhengwen check` lists them; `zhengwen build` rebuilds a stale corpus/",
        )
    if __version__ not in [entry.version for entry in read_ledger(root)]:
        raise ZhengwenError(
            f"version {__version__} is not released: {LEDGER} has no line for it; nothing was published",
            fix="`zhengwen build --release`, and commit it",
        )
    corpus = root / "corpus"
    manifest = read_manifest(corpus)
    files = {path: File.of((corpus / path).read_bytes()) for path in paths_in(corpus)}
    hashes = {entry["path"]: entry["sha256"] for entry in manifest["files"]}
    if hashes != {path: file.sha256 for path, file in files.items() if path != MANIFEST}:
        raise ZhengwenError("corpus/ changed while it was read; nothing was published", fix="run it again")
    return files


def publish(
    where: str, files: Mapping[str, File], *, create_pr: bool = False, endpoint: str | None = None
) -> Published:
    """Publish ``files`` as the current version to ``where``: ``ORG/NAME`` on a hub, or the URL or folder of a git host.

    Nothing is done if the tag exists and holds the same files; only the tag is added if the commit is already there.
    With ``create_pr`` the commit is proposed as a pull request on a hub.  Raises :class:`ZhengwenError` when ``where``
    is no valid target, the tag holds other files, or the target refuses; running it again does what is left.
    """
    kind, address = destination(where, endpoint)
    if kind == "hub":
        target = HubTarget(address, endpoint)
        return _propose(target, files) if create_pr else put(target, files)
    if create_pr or endpoint:
        option = "--create-pr" if create_pr else "--endpoint"
        raise ZhengwenError(f"{option} is for a hub, but {where} is a git repository", fix="name ORG/NAME")
    with GitTarget(address) as target:
        return put(target, files)


def put(target: Target, files: Mapping[str, File], version: str = __version__) -> Published:
    """Make ``target`` hold ``files`` under the tag of ``version``, and finish what an interrupted run began."""
    tag = f"v{version}"
    refs = target.refs(tag)
    if refs.tagged:
        _assert_same(target, files, refs.tagged, tag)
        return Published([], f"{target.name}: {tag} already holds this release; nothing to do")
    operations = plan(files, target.tree(refs.head) if refs.head else {})
    target.put(refs, operations, files, _title(version), tag)
    commit = target.refs(tag).tagged
    if commit is None:
        raise ZhengwenError(f"{target.name}: accepted the tag {tag}, but does not list it", fix="run it again")
    assert_holds(target, commit, files)
    outcome = "published" if operations else "added to the existing commit"
    return Published(
        operations, f"{target.name}: {tag} {outcome}: commit {commit}, {len(files)} files read back and compared"
    )


def _propose(target: HubTarget, files: Mapping[str, File], version: str = __version__) -> Published:
    """Propose ``files`` as a pull request, unless ``target`` or an open pull request already holds them."""
    tag = f"v{version}"
    refs = target.refs(tag)
    if refs.tagged:
        _assert_same(target, files, refs.tagged, tag)
        return Published([], f"{target.name}: {tag} already holds this release; nothing to do")
    operations = plan(files, target.tree(refs.head) if refs.head else {})
    if not operations:
        return Published([], f"{target.name}: holds this release; run it without --create-pr to tag it {tag}")
    for request in target.requests(_title(version)):
        if not plan(files, target.tree(request.revision)):
            return Published([], f"{request.url}: already proposes this release; nothing to do")
    request = target.request(refs.head, operations, files, _title(version))
    assert_holds(target, request.revision, files)
    return Published(
        operations, f"{request.url}: proposed; once it is merged, run it without --create-pr to tag it {tag}"
    )


def destination(where: str, endpoint: str | None = None) -> tuple[str, str]:
    """The kind of target that ``where`` names, ``hub`` or ``git``, and its address.

    Raises :class:`ZhengwenError` for the git address of a hub, and for an address with a secret in it.

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
        _assert_not_hub(where, parts.netloc.rpartition("@")[2], parts.path, endpoint)
        return "git", where
    if match := _SCP_ADDRESS.fullmatch(where):
        _assert_not_hub(where, match[1], match[2], endpoint)
        return "git", where
    is_folder = Path(where).is_dir()
    if _HUB_ID.fullmatch(where):
        if is_folder:
            raise ZhengwenError(
                f"{where} may be a dataset on a hub, but is a folder here",
                fix=f"write ./{where} for the folder; for the hub, run the command in another folder, with PATH",
            )
        return "hub", where
    if not is_folder:
        raise ZhengwenError(
            f"{where}: neither ORG/NAME, nor a git URL, nor a folder",
            fix="to publish to a folder, first make it a git repository: `git init --bare FOLDER`",
        )
    return "git", os.path.abspath(where)


def _assert_not_hub(where: str, host: str, path: str, endpoint: str | None) -> None:
    name = host.rpartition(":")[0] or host
    endpoints = [urlsplit(url).netloc for url in (endpoint, os.environ.get("HF_ENDPOINT")) if url]
    if host not in endpoints and not any(name == hub or name.endswith(f".{hub}") for hub in _HUB_HOSTS):
        return
    id = path.strip("/").removeprefix("datasets/").removesuffix(".git")
    hint = id if _HUB_ID.fullmatch(id) else "ORG/NAME"
    raise ZhengwenError(
        f"{where}: is the git address of a hub, where a commit and its large files would not arrive in one step",
        fix=f"`zhengwen publish {hint}`",
    )


def _title(version: str) -> str:
    return f"zhengwen {version}"


def _assert_same(target: Target, files: Mapping[str, File], commit: str, tag: str) -> None:
    try:
        assert_holds(target, commit, files)
    except ZhengwenError as error:
        raise ZhengwenError(
            f"{tag} is published with other content, and a published version never changes. {error.message}",
            fix="raise the version (docs/versioning.md), build, and publish the new version",
        ) from None
