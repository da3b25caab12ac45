"""Publishes a release: checks it, makes one commit and one tag, and reads both back to compare them."""

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from zhengwen.checks import check
from zhengwen.errors import ZhengwenError
from zhengwen.hub.address import assert_no_token, git_address, hub_address, is_url
from zhengwen.hub.api import HubTarget
from zhengwen.hub.git import GitTarget
from zhengwen.hub.plan import File, Operation, RemoteFile, plan, strangers
from zhengwen.hub.target import ReadError, Target, assert_holds, differences
from zhengwen.hub_id import flaw_of
from zhengwen.printable import shortened
from zhengwen.release.layout import MANIFEST
from zhengwen.release.ledger import LEDGER, read_ledger
from zhengwen.release.manifest import VERSIONED, manifest_in, parse_manifest, paths_in
from zhengwen.secrecy import clean_address

#: ``user@host:path``, as scp and git write it.
_SCP_ADDRESS = re.compile(r"(?:[\w.-]+@)?([\w.-]{2,}):(?!//)(.+)")
_HUB_HOSTS = ("huggingface.co", "hf.co")
#: What to do about a folder whose manifest does not say which release it is.
_BUILD = "publish a release as `zhengwen build` writes it"
#: No manifest has more bytes than this; a file that has is not read.
_LARGEST_MANIFEST = 16_000_000


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
    corpus = root / "corpus"
    manifest = parse_manifest(corpus / MANIFEST, VERSIONED, _BUILD)
    if manifest["version"] not in [entry.version for entry in read_ledger(root)]:
        raise ZhengwenError(
            f"version {manifest['version']} is not released: {LEDGER} has no line for it; nothing was published",
            fix="`zhengwen build --release`, and commit it",
        )
    files = {path: File.of((corpus / path).read_bytes()) for path in paths_in(corpus)}
    hashes = {entry["path"]: entry["sha256"] for entry in manifest["files"]}
    if hashes != {path: file.sha256 for path, file in files.items() if path != MANIFEST}:
        raise ZhengwenError("corpus/ changed while it was read; nothing was published", fix="run the command again")
    return files


def version_of(files: Mapping[str, File]) -> str:
    """The version that the manifest among the files of a release states.

    Raises :class:`ZhengwenError` when there is no manifest among them, or when it states no version ``X.Y.Z``.
    """
    if MANIFEST not in files:
        raise ZhengwenError(f"{MANIFEST}: there is no such file in what is published", fix=_BUILD)
    try:
        text = files[MANIFEST].data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ZhengwenError(f"{MANIFEST}: not UTF-8: {error.reason} at byte {error.start}", fix=_BUILD) from None
    return manifest_in(text, MANIFEST, VERSIONED, _BUILD)["version"]


def publish(
    where: str,
    files: Mapping[str, File],
    *,
    create_pr: bool = False,
    endpoint: str | None = None,
    replace: bool = False,
    set_head: bool = False,
    dry_run: bool = False,
) -> Published:
    """Publish ``files`` as the current version to ``where``: ``ORG/NAME`` on a hub, or the URL or folder of a git host.

    Nothing is done if the tag exists and holds the same files; only the tag is added if the commit is already there.
    With ``create_pr`` the commit is proposed as a pull request on a hub.  Files that no earlier release put there are
    only deleted with ``replace``.  With ``set_head``, HEAD of a bare repository in a folder is set to ``main``
    if it names no existing branch.  With ``dry_run``, the target is only read.

    Raises :class:`ZhengwenError` when ``where`` is no valid target, the tag holds other files, or the target refuses;
    running it again does what is left.
    """
    kind, address = destination(where, endpoint)
    if kind == "hub":
        if set_head:
            raise ZhengwenError(f"--set-head is for a git repository, but {where} is on a hub", fix="leave it out")
        target = HubTarget(address, endpoint)
        if dry_run:
            return preview(target, files)
        return _propose(target, files, replace=replace) if create_pr else put(target, files, replace=replace)
    if create_pr or endpoint:
        option = "--create-pr" if create_pr else "--endpoint"
        raise ZhengwenError(
            f"{option} is for a hub, but {clean_address(where)} is a git repository", fix="name ORG/NAME"
        )
    with GitTarget(address, set_head=set_head) as target:
        if dry_run:
            return preview(target, files)
        published = put(target, files, replace=replace)
        target.point_head()
        return published


class _Change(NamedTuple):
    """What publishing has to do: the files that the target then holds, the operations, and whose files these delete.

    ``strangers`` are the paths of files that are deleted though no earlier release put them there.
    """

    files: Mapping[str, File]
    operations: list[Operation]
    strangers: list[str]


def _change(target: Target, files: Mapping[str, File], head: str | None) -> _Change:
    """What makes a target with the head ``head`` hold ``files``."""
    files = {**files, **target.settings(head, files)}
    remote = target.tree(head) if head else {}
    operations = plan(files, remote)
    has_deletions = any(operation.kind == "delete" for operation in operations)
    manifest = _manifest(target, head, remote[MANIFEST]) if has_deletions and MANIFEST in remote else None
    return _Change(files, operations, strangers(operations, manifest))


def _manifest(target: Target, commit: str, stated: RemoteFile) -> bytes | None:
    """The manifest that a target holds; ``None`` if it is too large for one."""
    if stated.size > _LARGEST_MANIFEST:
        return None
    data = target.read(commit, MANIFEST)
    if not stated.matches(File.of(data)):
        raise ReadError(
            f"{target.name}: the {MANIFEST} that arrived does not have the hash that the target reports",
            fix="try again later",
        )
    return data


def _assert_own(target: Target, change: _Change, replace: bool) -> None:
    """Raise :class:`ZhengwenError` when files would be deleted that publishing did not put there."""
    if change.strangers and not replace:
        raise ZhengwenError(
            f"{target.name}: {_listed(change.strangers)} {_are_strange(change.strangers)}; nothing was published",
            fix="move what is to be kept to another repository or branch; --replace deletes the rest",
        )


def put(target: Target, files: Mapping[str, File], version: str | None = None, *, replace: bool = False) -> Published:
    """Make ``target`` hold ``files`` under the tag of ``version``, and finish what an interrupted run began.

    By default, the version is the one that the manifest among ``files`` states.
    """
    version = version or version_of(files)
    tag = f"v{version}"
    refs = target.refs(tag)
    if refs.tagged:
        return _already_there(target, files, refs.tagged, tag)
    change = _change(target, files, refs.head)
    _assert_own(target, change, replace)
    target.put(refs, change.operations, change.files, _title(version), tag)
    commit = target.refs(tag).tagged
    if commit is None:
        raise ZhengwenError(f"{target.name}: accepted the tag {tag}, but does not list it", fix="run the command again")
    assert_holds(target, commit, change.files)
    outcome = "published" if change.operations else "added to the existing commit"
    count = len(change.files)
    return Published(
        change.operations, f"{target.name}: {tag} {outcome}: commit {commit}, {count} files read back and compared"
    )


def preview(target: Target, files: Mapping[str, File], version: str | None = None) -> Published:
    """What :func:`put` would do, as far as it can be known: of a target that cannot be read, only what is released."""
    tag = f"v{version or version_of(files)}"
    try:
        refs = target.refs(tag)
        if refs.tagged:
            return _already_there(target, files, refs.tagged, tag)
        change = _change(target, files, refs.head)
    except ReadError as error:
        message = f"nothing was sent. The target could not be read, so all files of the release are listed. {error}"
        return Published(plan(files, {}), message)
    message = f"{target.name}: nothing was sent; this is what would change there, and the tag would be {tag}"
    if change.strangers:
        message += f". Refused without --replace: {_listed(change.strangers)} {_are_strange(change.strangers)}"
    return Published(change.operations, message)


def _propose(
    target: HubTarget, files: Mapping[str, File], version: str | None = None, *, replace: bool = False
) -> Published:
    """Propose ``files`` as a pull request, unless ``target`` or an open pull request already holds them."""
    version = version or version_of(files)
    tag = f"v{version}"
    refs = target.refs(tag)
    if refs.tagged:
        return _already_there(target, files, refs.tagged, tag)
    change = _change(target, files, refs.head)
    if not change.operations:
        return Published([], f"{target.name}: holds this release; run it without --create-pr to tag it {tag}")
    _assert_own(target, change, replace)
    for request in target.requests(_title(version)):
        if not plan(files, target.tree(request.revision)):
            return Published([], f"{clean_address(request.url)}: already proposes this release; nothing to do")
    request = target.request(refs.head, change.operations, files, _title(version))
    assert_holds(target, request.revision, files)
    return Published(
        change.operations,
        f"{clean_address(request.url)}: proposed; once it is merged, run it without --create-pr to tag it {tag}",
    )


def destination(where: str, endpoint: str | None = None) -> tuple[str, str]:
    """The kind of target that ``where`` names, ``hub`` or ``git``, and its address.

    Raises :class:`ZhengwenError` for the git address of a hub, and for an address with a secret in it.

    >>> destination("my-org/my-corpus")
    ('hub', 'my-org/my-corpus')
    >>> destination("git@example.org:zhengwen.git")
    ('git', 'git@example.org:zhengwen.git')
    """
    if endpoint:
        hub_address(endpoint, "--endpoint")
    if is_url(where):
        parts = git_address(where)
        _assert_not_hub(where, parts.netloc.rpartition("@")[2], parts.path, endpoint)
        return "git", where
    is_folder = _is_folder(where)
    if (match := _SCP_ADDRESS.fullmatch(where)) and not is_folder:
        if "@" in match[2]:
            raise ZhengwenError(
                f"{clean_address(where)}: neither host:path nor a URL", fix="write it as `ssh://user@host/path`"
            )
        assert_no_token(where, "the git address")
        _assert_not_hub(where, match[1], match[2], endpoint)
        return "git", where
    flaw = flaw_of(where)
    if is_folder and not flaw:
        raise ZhengwenError(
            f"{where} may be a dataset on a hub, but is a folder here",
            fix=f"write ./{where} for the folder; for the hub, run it in another folder, with this one as PATH",
        )
    if is_folder:
        return "git", os.path.abspath(where)
    if flaw:
        raise ZhengwenError(
            f"{shortened(clean_address(where), 200)}: neither ORG/NAME, nor a git URL, nor a folder; {flaw}",
            fix="to publish to a folder, first make it a git repository: `git init --bare FOLDER`",
        )
    assert_no_token(where, "the id")
    return "hub", where


def _is_folder(where: str) -> bool:
    try:
        return Path(where).is_dir()
    except OSError:  # such as a name that is too long
        return False


def _assert_not_hub(where: str, host: str, path: str, endpoint: str | None) -> None:
    host = host.lower()
    name = (host.rpartition(":")[0] or host).removesuffix(".")
    addresses = {"--endpoint": endpoint, "HF_ENDPOINT": os.environ.get("HF_ENDPOINT")}
    endpoints = [hub_address(url, what).netloc for what, url in addresses.items() if url]
    if host not in endpoints and not any(name == hub or name.endswith(f".{hub}") for hub in _HUB_HOSTS):
        return
    id = path.strip("/").removeprefix("datasets/").removesuffix(".git")
    hint = "ORG/NAME" if flaw_of(id) else id
    raise ZhengwenError(
        f"{clean_address(where)}: is the git address of a hub, where a commit and its large files would not arrive in "
        "one step",
        fix=f"`zhengwen publish {hint}`",
    )


def _title(version: str) -> str:
    return f"zhengwen {version}"


def _listed(paths: Sequence[str], limit: int = 20) -> str:
    return ", ".join([*paths[:limit], *([f"and {len(paths) - limit} more"] if len(paths) > limit else [])])


def _are_strange(paths: Sequence[str]) -> str:
    return f"{'was' if len(paths) == 1 else 'were'} not put there by an earlier release, and would be deleted"


def _already_there(target: Target, files: Mapping[str, File], commit: str, tag: str) -> Published:
    """The outcome when the tag exists; raises :class:`ZhengwenError` when it holds other files."""
    if described := differences(target, commit, files):
        raise ZhengwenError(
            f"{target.name}: {tag} is published with other content, and a published version never changes: {described}",
            fix="raise the version (`zhengwen diff` says how far), build, and publish the new version",
        )
    return Published([], f"{target.name}: {tag} already holds this release; nothing to do")
