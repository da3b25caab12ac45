"""Publishing to git repositories, and to a fake hub (``fake_hub.py``)."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from conftest import run_cli, tree
from fake_hub import CUT, REPO, Answer, FakeHub, Stored, files, serving
from huggingface_hub import constants
from huggingface_hub.errors import HFValidationError
from huggingface_hub.utils import validate_repo_id
from hypothesis import given
from hypothesis import strategies as st
from publishers import publish_to_git, publish_to_hub, start

import zhengwen
from zhengwen.errors import ZhengwenError
from zhengwen.hub.api import HubTarget
from zhengwen.hub.git import GitTarget
from zhengwen.hub.plan import File, RemoteFile, plan
from zhengwen.hub.publish import destination, files_of, publish, put
from zhengwen.hub.target import ReadError
from zhengwen.hub_id import flaw_of
from zhengwen.release.layout import is_host_file
from zhengwen.release.ledger import Entry, record
from zhengwen.release.manifest import read_manifest
from zhengwen.secrecy import scrub

# huggingface_hub uploads to LFS in a way that its own HTTP client deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

SECRET = "hf_" + "Zq7Rk2Wm" * 4
TAG = f"v{zhengwen.__version__}"
#: What a git host gets besides a release, so that no clone changes a byte.
KEEP_BYTES = {".gitattributes": b"* -text\n"}


# The plan


_FILES = st.dictionaries(st.sampled_from(["a", "b/c", ".gitattributes", "b/.gitattributes", "d.txt"]), st.binary())


@given(_FILES, _FILES)
def test_the_operations_make_a_target_hold_the_files(wanted, present):
    wanted = {path: data for path, data in wanted.items() if not is_host_file(path)}
    release = {path: File.of(data) for path, data in wanted.items()}
    remote = {path: RemoteFile(len(data), f"git:{File.of(data).blob}") for path, data in present.items()}
    result = dict(present)
    for operation in plan(release, remote):
        assert (operation.kind == "add") == (operation.path not in present)
        if operation.kind == "delete":
            del result[operation.path]
        else:
            assert operation.hash == f"sha256:{release[operation.path].sha256}"
            assert result.get(operation.path) != wanted[operation.path]
            result[operation.path] = wanted[operation.path]
    assert result == wanted | {path: data for path, data in present.items() if is_host_file(path)}


def test_a_large_file_is_compared_by_its_sha256():
    release = files()
    remote = {path: RemoteFile(len(file.data), f"sha256:{file.sha256}") for path, file in release.items()}
    assert plan(release, remote) == []
    remote["README.md"] = remote["README.md"]._replace(size=1)
    assert [str(operation)[:6] for operation in plan(release, remote)] == ["change"]


# The destination


@pytest.mark.parametrize(
    ("where", "kind_and_address"),
    [
        ("some-org/corpus", ("hub", "some-org/corpus")),
        ("https://example.org/some-org/corpus.git", ("git", "https://example.org/some-org/corpus.git")),
        ("ssh://git@example.org/corpus", ("git", "ssh://git@example.org/corpus")),
        ("git@example.org:some-org/corpus.git", ("git", "git@example.org:some-org/corpus.git")),
        ("http://127.0.0.1:8000/corpus", ("git", "http://127.0.0.1:8000/corpus")),
    ],
)
def test_kinds_of_target(where, kind_and_address):
    assert destination(where) == kind_and_address


@pytest.mark.parametrize(
    ("where", "hint"),
    [
        ("https://huggingface.co/datasets/some-org/corpus", "some-org/corpus"),
        ("https://huggingface.co/datasets/some-org/corpus.git", "some-org/corpus"),
        ("git@hf.co:datasets/some-org/corpus", "some-org/corpus"),
        ("ssh://git@hf.co/datasets/some-org/corpus", "some-org/corpus"),
        ("https://hub.example.org:8443/datasets/some-org/corpus", "some-org/corpus"),
        ("https://huggingface.co/", "ORG/NAME"),
        ("https://HuggingFace.co./datasets/some-org/corpus", "some-org/corpus"),
        ("git@HF.co:datasets/some-org/corpus", "some-org/corpus"),
    ],
)
def test_the_git_address_of_a_hub_is_refused(where, hint):
    with pytest.raises(ZhengwenError, match="is the git address of a hub") as caught:
        destination(where, "https://hub.example.org:8443")
    assert f"`zhengwen publish {hint}`" in caught.value.fix


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("nowhere", "neither ORG/NAME, nor a git URL, nor a folder"),
        ("a/b/c", "neither ORG/NAME.*two parts"),
        ("x" * 5000, "neither ORG/NAME.*two parts"),
        ("a\0b\udcff", "neither ORG/NAME.*two parts"),
        ("datasets/some-org/corpus", "neither ORG/NAME.*two parts"),
        ("-some/corpus", "neither ORG/NAME.*begin nor end"),
        ("some/corpus.", "neither ORG/NAME.*begin nor end"),
        ("some/语料", "neither ORG/NAME.*ASCII"),
        ("some--org/corpus", "neither ORG/NAME.*neither `--` nor"),
        ("some-org/cor..pus", "neither ORG/NAME.*neither `--` nor"),
        ("some-org/corpus.git", "neither ORG/NAME.*does not end in"),
        ("some-org/" + "x" * 88, "neither ORG/NAME.*no more than 96 characters, this has 97"),
        ("http://[x", "is not a valid URL"),
        ("https://example.org:port/corpus", "is not a valid URL"),
        ("https:///corpus", "is not a valid URL"),
        ("ftp://example.org/corpus", "has an unknown scheme"),
        ("https://example.org/a corpus", "contains ' '"),
        ("ext::sh -c true", "makes git run another program"),
        ("fd::17", "makes git run another program"),
        ("./some-org/corpus", "neither ORG/NAME"),
        ("here/folder", "may be a dataset on a hub, but is a folder here"),
        (f"https://user:{SECRET}@example.org/corpus", "may have a secret"),
        (f"https://{SECRET}@example.org/corpus", "may have a secret"),
        (f"https://example.org/corpus?access_token={SECRET}", "may have a secret"),
        (f"ssh://git:{SECRET}@example.org/corpus", "may have a secret"),
        ("http://example.org/corpus", "would send your token unencrypted"),
    ],
)
def test_targets_that_are_refused(where, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here" / "folder").mkdir(parents=True)
    with pytest.raises(ZhengwenError, match=message) as caught:
        destination(where)
    assert SECRET not in str(caught.value)
    assert destination("./here/folder") == ("git", str(tmp_path / "here" / "folder"))
    (tmp_path / "a::b:c").mkdir()
    assert destination("./a::b:c") == ("git", str(tmp_path / "a::b:c"))


@given(st.text("aZ0_-./语", max_size=12) | st.from_regex(r"\A[\w.-]{1,60}/[\w.-]{1,60}\Z"))
def test_an_id_that_passes_is_one_that_huggingface_hub_accepts(id):
    if not flaw_of(id):
        validate_repo_id(id)
        assert "/" in id
    elif id.isascii() and id.count("/") == 1 and len(id) <= 96 and id.partition("/")[0]:
        with pytest.raises(HFValidationError):
            validate_repo_id(id)


@pytest.mark.parametrize(
    "endpoint",
    [
        f"https://{SECRET}@hub.example.org",
        f"https://hub.example.org/?key={SECRET}",
        f"user:{SECRET}@hub.example.org",
        f"{SECRET}.example.org",
        f"https://hub.example.org/{SECRET}/",
        "http://hub.example.org",
        "https://hub.example.org:port",
        "ssh://hub.example.org",
    ],
)
def test_endpoints_that_are_refused(endpoint):
    with pytest.raises(
        ZhengwenError, match=r"--endpoint: .*(secret|unencrypted|not a valid URL|unknown scheme)"
    ) as caught:
        destination("some-org/corpus", endpoint)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("options", [{"create_pr": True}, {"endpoint": "https://hub.example.org"}])
def test_options_that_only_a_hub_has(bare, options):
    with pytest.raises(ZhengwenError, match="is for a hub"):
        publish(str(bare), files(), **options)


# To a git repository


def git(folder: Path, *arguments: str, stdin: str = "") -> str:
    """Run git in ``folder``."""
    command = ["git", "-c", "user.name=n", "-c", "user.email=e@example.org", *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True, input=stdin).stdout.strip()


def contents(folder: Path, revision: str) -> dict[str, bytes]:
    """The content of a revision of a bare repository."""
    listed = git(folder, "ls-tree", "-r", "-z", "--name-only", revision).split("\0")
    return {
        path: subprocess.run(["git", "show", f"{revision}:{path}"], cwd=folder, check=True, capture_output=True).stdout
        for path in filter(None, listed)
    }


def data_of(release: dict[str, File]) -> dict[str, bytes]:
    """The bytes of each file of a release."""
    return {path: file.data for path, file in release.items()}


def commit_of_somebody_else(folder: Path, files: dict[str, str], branch: str = "main") -> str:
    """Commit as somebody else on top of ``branch``; returns the commit."""
    head = git(folder, "for-each-ref", "--format=%(objectname)", f"refs/heads/{branch}")
    index = {**os.environ, "GIT_INDEX_FILE": str(folder / "somebody.index")}
    if head:
        subprocess.run(["git", "read-tree", head], cwd=folder, env=index, check=True)
    for path, text in files.items():
        blob = git(folder, "hash-object", "-w", "--stdin", stdin=text)
        entry = ["git", "update-index", "--add", "--cacheinfo", f"100644,{blob},{path}"]
        subprocess.run(entry, cwd=folder, env=index, check=True)
    process = subprocess.run(["git", "write-tree"], cwd=folder, env=index, check=True, capture_output=True, text=True)
    commit = git(folder, "commit-tree", *(["-p", head] if head else []), "-m", "else", process.stdout.strip())
    git(folder, "update-ref", f"refs/heads/{branch}", commit)
    return commit


@pytest.fixture
def bare(tmp_path, monkeypatch) -> Path:
    """A bare repository, and an author for git."""
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "A Publisher")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "publisher@example.org")
    return new_bare(tmp_path / "bare")


def new_bare(folder: Path, *options: str, head: str = "main") -> Path:
    """A new bare repository whose HEAD names the branch ``head``, which does not exist yet."""
    subprocess.run(["git", "init", "--quiet", "--bare", *options, str(folder)], check=True)
    git(folder, f"--git-dir={folder}", "symbolic-ref", "HEAD", f"refs/heads/{head}")
    return folder


def put_git(folder: Path, release: dict[str, File], version: str = "1.0.0", *, replace: bool = False):
    """Publish to a bare repository."""
    with GitTarget(str(folder)) as target:
        return put(target, release, version, replace=replace)


def test_git_one_commit_and_one_tag(bare):
    published = put_git(bare, files())
    assert [operation.kind for operation in published.operations] == ["add"] * 5
    assert contents(bare, "v1.0.0") == contents(bare, "main") == data_of(files()) | KEEP_BYTES
    assert git(bare, "log", "--all", "--format=%s|%an") == "zhengwen 1.0.0|A Publisher"
    assert git(bare, "for-each-ref", "--format=%(refname)").split() == ["refs/heads/main", "refs/tags/v1.0.0"]


def test_git_again_does_nothing(bare):
    put_git(bare, files())
    before = tree(bare)
    published = put_git(bare, files())
    assert published.operations == []
    assert "nothing to do" in published.message
    assert tree(bare) == before


def test_git_the_next_version(bare):
    put_git(bare, files())
    kept = {".gitattributes": "*.md diff=markdown\n* -text\n", "data/.gitattributes": "* -text\n"}
    commit_of_somebody_else(bare, {**kept, "notes.txt": "mine"})
    new = files(manifest_json=None, new_txt=b"new", README_md=b"# new\n")
    published = put_git(bare, new, "1.1.0", replace=True)
    assert [(operation.kind, operation.path) for operation in published.operations] == [
        ("change", "README.md"),
        ("delete", "manifest.json"),
        ("add", "new.txt"),
        ("delete", "notes.txt"),
    ]
    expected = data_of(new) | {path: text.encode() for path, text in kept.items()}
    assert contents(bare, "v1.1.0") == contents(bare, "main") == expected
    assert contents(bare, "v1.0.0") == data_of(files()) | KEEP_BYTES


def test_git_a_tag_with_other_content_is_an_error(bare):
    put_git(bare, files())
    before = tree(bare)
    with pytest.raises(ZhengwenError, match=r"v1\.0\.0 is published with other content.*README\.md has other content"):
        put_git(bare, files(README_md=b"other"))
    assert tree(bare) == before


def test_git_a_commit_without_its_tag_is_tagged(bare):
    put_git(bare, files())
    git(bare, "update-ref", "-d", "refs/tags/v1.0.0")
    published = put_git(bare, files())
    assert published.operations == []
    assert "v1.0.0 added to the existing commit" in published.message
    assert git(bare, "rev-parse", "v1.0.0") == git(bare, "rev-parse", "main")
    assert git(bare, "rev-list", "--count", "main") == "1"


def test_git_an_annotated_tag_counts(bare):
    put_git(bare, files())
    git(bare, "tag", "-a", "-m", "by hand", "v1.0.1", "main")
    assert "nothing to do" in put_git(bare, files(), "1.0.1").message


@pytest.mark.parametrize("moved", ["refs/heads/main", "refs/tags/v1.0.0"])
def test_git_somebody_else_at_the_same_time(bare, monkeypatch, moved):
    put_git(bare, files(), "0.9.0")
    commit = GitTarget._commit

    def overtaken(*arguments):
        theirs = commit_of_somebody_else(bare, {"theirs.txt": "x"}, "other" if "tags" in moved else "main")
        git(bare, "update-ref", moved, theirs)
        return commit(*arguments)

    monkeypatch.setattr(GitTarget, "_commit", overtaken)
    main, new = git(bare, "rev-parse", "main"), files(README_md=b"new")
    with pytest.raises(ZhengwenError, match="git push failed") as caught:
        put_git(bare, new)
    assert "run the command again" in caught.value.fix
    monkeypatch.setattr(GitTarget, "_commit", commit)
    if "tags" in moved:  # neither of the two was pushed
        assert git(bare, "rev-parse", "main") == main
    else:
        assert git(bare, "tag") == "v0.9.0"
        assert git(bare, "log", "-1", "--format=%s", "main") == "else"
        put_git(bare, new, replace=True)
        assert contents(bare, "v1.0.0") == data_of(new) | KEEP_BYTES


def test_git_the_default_branch_of_the_host(bare):
    git(bare, "symbolic-ref", "HEAD", "refs/heads/trunk")
    commit_of_somebody_else(bare, {"README.md": "x"}, "trunk")
    put_git(bare, files())
    assert git(bare, "for-each-ref", "--format=%(refname)").split() == ["refs/heads/trunk", "refs/tags/v1.0.0"]


def test_git_a_file_of_another_kind_is_changed(bare):
    put_git(bare, files())
    blob = git(bare, "rev-parse", "main:README.md")
    listed = git(bare, "ls-tree", "main").replace(f"100644 blob {blob}", f"100755 blob {blob}")
    commit = git(bare, "commit-tree", "-p", "main", "-m", "x", git(bare, "mktree", stdin=f"{listed}\n"))
    git(bare, "update-ref", "refs/heads/main", commit)
    published = put_git(bare, files(), "1.0.1")
    assert [(operation.kind, operation.path) for operation in published.operations] == [("change", "README.md")]
    assert git(bare, "ls-tree", "v1.0.1", "README.md").startswith("100644 ")


def test_git_a_host_that_filters_large_files_is_refused(bare):
    commit_of_somebody_else(bare, {".gitattributes": "* -text\n*.parquet filter=lfs diff=lfs\n"})
    before = tree(bare / "refs")
    with pytest.raises(ZhengwenError, match=r"\.gitattributes has filter=lfs for data/clusters/test\.parquet"):
        put_git(bare, files())
    assert tree(bare / "refs") == before


def test_git_errors_say_what_to_do(bare, tmp_path, monkeypatch):
    with pytest.raises(ZhengwenError, match="git ls-remote failed") as caught:
        put_git(tmp_path, files())
    assert "git init --bare" in caught.value.fix
    subprocess.run(["git", "clone", "--quiet", str(bare), str(tmp_path / "clone")], check=True, capture_output=True)
    git(tmp_path / "clone", "switch", "--quiet", "-c", "main")
    git(tmp_path / "clone", "commit", "--quiet", "--allow-empty", "-m", "x")
    with pytest.raises(ZhengwenError, match="currently checked out") as caught:
        put_git(tmp_path / "clone", files())
    assert "bare repository" in caught.value.fix
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ZhengwenError, match="the program `git` is not installed"):
        put_git(bare, files())


def test_git_needs_to_know_who_publishes(bare, tmp_path, monkeypatch):
    for name in [name for name in os.environ if name.startswith("GIT_") or name == "EMAIL"]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "user.useConfigOnly")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "true")
    with pytest.raises(ZhengwenError, match="git var failed") as caught:
        put_git(bare, files())
    assert "user.name" in caught.value.fix


def test_git_ignores_the_variables_of_another_run(bare, tmp_path, monkeypatch):
    # As in a hook of another repository, with traces on.
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "elsewhere.index"))
    monkeypatch.setenv("GIT_TRACE", str(tmp_path / "trace.txt"))
    monkeypatch.setenv("GIT_TRACE_CURL", str(tmp_path / "trace.txt"))
    put_git(bare, files())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bare"]


def shim(folder: Path, monkeypatch, script: str) -> None:
    """Put a `git` first in PATH that runs ``script``, in which ``"$GIT" "$@"`` is the real one."""
    path = folder / "bin" / "git"
    path.parent.mkdir()
    path.write_text(f'#!/bin/sh\nGIT="{shutil.which("git")}"\n{script}\n', encoding="utf-8")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{path.parent}{os.pathsep}{os.environ['PATH']}")


def cloned(address: object, folder: Path, *options: str) -> dict[str, bytes]:
    """What a clone of ``address`` checks out."""
    command = ["git", *options, "clone", "--quiet", str(address), str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    return {path: data for path, data in tree(folder).items() if not path.startswith(".git/")}


@pytest.mark.parametrize(
    "options", [["core.autocrlf=true"], ["core.autocrlf=true", "core.eol=crlf"], ["core.eol=crlf"]]
)
def test_git_a_clone_has_the_released_bytes(bare, tmp_path, options):
    put_git(bare, files())
    settings = [part for option in options for part in ("-c", option)]
    assert cloned(bare, tmp_path / "clone", *settings) == data_of(files()) | KEEP_BYTES


@pytest.mark.parametrize(
    "attributes",
    [
        "* text=auto\n",
        "*.md text\n",
        "*.md eol=crlf\n",
        "*.docx diff=word\n",
        "* -text\n*.md ident\n",
        "* -text\n*.jsonl working-tree-encoding=UTF-16\n",
    ],
)
def test_git_attributes_of_the_host_that_change_bytes_are_refused(bare, attributes):
    commit_of_somebody_else(bare, {".gitattributes": attributes})
    before = tree(bare / "refs")
    with pytest.raises(ZhengwenError, match="a clone may not have the released bytes") as caught:
        put_git(bare, files())
    assert tree(bare / "refs") == before
    line = re.search(r"`(\* [^`]+)`", caught.value.fix)[1]
    commit_of_somebody_else(bare, {".gitattributes": f"{attributes}{line}\n"})
    put_git(bare, files())


def test_git_attributes_that_keep_bytes_are_kept(bare):
    kept = {".gitattributes": "*.md text eol=lf\n*.json* eol=lf\n*.parquet binary\n"}
    commit_of_somebody_else(bare, kept)
    put_git(bare, files())
    assert contents(bare, "v1.0.0")[".gitattributes"] == kept[".gitattributes"].encode()


@pytest.mark.parametrize("head", ["master", "trunk", "main"])
def test_git_a_clone_of_a_host_that_was_empty_has_the_release(tmp_path, bare, head):
    new = new_bare(tmp_path / "new", head=head)
    for address in (str(new), f"file://{new}"):
        publish(address, files())
        assert git(new, "for-each-ref", "--format=%(refname)").split() == [f"refs/heads/{head}", f"refs/tags/{TAG}"]
    assert cloned(new, tmp_path / "clone") == data_of(files()) | KEEP_BYTES


def test_git_a_branch_that_head_names_is_made_beside_others(bare, tmp_path):
    commit_of_somebody_else(bare, {"index.html": "x"}, "pages")
    publish(str(bare), files())
    assert cloned(bare, tmp_path / "clone") == data_of(files()) | KEEP_BYTES


@pytest.mark.parametrize("head", ["unborn", "detached"])
def test_git_head_that_names_no_branch_is_set_only_on_demand(bare, tmp_path, head):
    old = commit_of_somebody_else(bare, {"README.md": "old"})
    commit_of_somebody_else(bare, {"README.md": "new"})
    if head == "unborn":
        git(bare, "symbolic-ref", "HEAD", "refs/heads/trunk")
    else:
        git(bare, "update-ref", "--no-deref", "HEAD", old)
    before = tree(bare)
    with pytest.raises(ZhengwenError, match="a clone would not get a release on main; nothing was published") as caught:
        publish(str(bare), files())
    assert "--set-head" in caught.value.fix
    for options in ({}, {"set_head": True}):
        with pytest.raises(ZhengwenError, match="the protocol of git cannot change HEAD") as caught:
            publish(f"file://{bare}", files(), **options)
        assert "default branch" in caught.value.fix
    with pytest.raises(ZhengwenError):
        publish(str(bare), files(), dry_run=True)
    assert tree(bare) == before
    with GitTarget(str(bare), set_head=True) as target:
        put(target, files(), zhengwen.__version__)  # as if it was interrupted before HEAD is set
    assert git(bare, f"--git-dir={bare}", "rev-parse", TAG) == git(bare, f"--git-dir={bare}", "rev-parse", "main")
    assert "nothing to do" in publish(str(bare), files(), set_head=True).message
    assert cloned(bare, tmp_path / "clone") == data_of(files()) | KEEP_BYTES


def test_git_head_is_set_to_the_branch_that_holds_the_tag(tmp_path):
    bare = new_bare(tmp_path / "new", head="主分支")
    publish(str(bare), files())
    git(bare, "symbolic-ref", "HEAD", "refs/heads/gone")
    with pytest.raises(ZhengwenError, match="HEAD there names refs/heads/gone, which does not exist"):
        publish(str(bare), files())
    assert "nothing to do" in publish(str(bare), files(), set_head=True).message
    assert git(bare, "symbolic-ref", "HEAD") == "refs/heads/主分支"
    assert cloned(bare, tmp_path / "clone") == data_of(files()) | KEEP_BYTES


def test_git_head_of_a_folder_with_a_working_tree_is_not_set(bare, tmp_path):
    put_git(bare, files(), "0.9.0")
    cloned(bare, tmp_path / "clone")
    git(tmp_path / "clone", "symbolic-ref", "HEAD", "refs/heads/trunk")
    with pytest.raises(ZhengwenError, match="HEAD there names refs/heads/trunk, which does not exist") as caught:
        publish(str(tmp_path / "clone"), files(), set_head=True)
    assert "git switch main" in caught.value.fix


def test_git_names_that_are_not_utf8(bare):
    put_git(bare, files(), "0.9.0")
    commit = git(bare, "rev-parse", "main")
    (bare / "packed-refs").write_bytes(f"{commit} refs/heads/".encode() + b"\xff\xe2\x80\xa8\n")
    listed = subprocess.run(["git", "ls-tree", "-z", "main"], cwd=bare, check=True, capture_output=True).stdout
    blob = git(bare, "hash-object", "-w", "--stdin", stdin="mine").encode()
    spoilt = listed + b"100644 blob " + blob + b"\tnotes-\xff\x1b\0"
    made = subprocess.run(["git", "mktree", "-z"], cwd=bare, check=True, capture_output=True, input=spoilt).stdout
    git(bare, "update-ref", "refs/heads/main", git(bare, "commit-tree", "-p", "main", "-m", "x", made.decode().strip()))
    with pytest.raises(ZhengwenError, match=r"notes-\\xff\\x1b was not put there by"):
        put_git(bare, files())
    put_git(bare, files(), replace=True)


def test_an_impossible_id_is_refused_before_the_network():
    with pytest.raises(ZhengwenError, match="cannot be a dataset on a hub: an id has two parts"):
        HubTarget("a/b/c")


def test_set_head_is_for_git(client):
    with pytest.raises(ZhengwenError, match="--set-head is for a git repository"):
        publish(REPO, files(), set_head=True)


@pytest.mark.parametrize("address", ["{}", "file://{}"])
def test_git_a_repository_with_sha256(bare, tmp_path, address):
    new = new_bare(tmp_path / "new", "--object-format=sha256")
    for version in ("1.0.0", "1.0.0", "1.0.1", "1.0.2"):
        with GitTarget(address.format(new)) as target:
            put(target, files(README_md=version[:3].encode()) if version == "1.0.2" else files(), version)
    assert len(git(new, "rev-parse", "v1.0.2")) == 64
    assert git(new, "rev-parse", "v1.0.0") == git(new, "rev-parse", "v1.0.1")
    assert contents(new, "v1.0.0") == data_of(files()) | KEEP_BYTES
    with pytest.raises(ZhengwenError, match="is published with other content"):
        put_git(new, files(README_md=b"other"), "1.0.2")


#: A configuration in which almost everything is set that could change what is committed, or run a program.
_HOSTILE = """
[user]
    name = A Publisher
    email = publisher@example.org
    useConfigOnly = true
    signingKey = nobody
[commit]
    gpgSign = true
[tag]
    gpgSign = true
    forceSignAnnotated = true
[push]
    followTags = true
    gpgSign = true
    default = nothing
    recurseSubmodules = on-demand
[submodule]
    recurse = true
[core]
    autocrlf = true
    eol = crlf
    safecrlf = true
    attributesFile = {folder}/attributes
    excludesFile = {folder}/attributes
    hooksPath = {folder}/hooks
    fsmonitor = {folder}/hooks/run
    ignoreCase = true
    quotePath = true
    abbrev = 4
[filter "spoil"]
    clean = {folder}/hooks/run
    smudge = {folder}/hooks/run
[init]
    defaultBranch = other
    templateDir = {folder}/template
    defaultObjectFormat = sha256
[i18n]
    commitEncoding = GBK
[diff]
    external = {folder}/hooks/run
[color]
    ui = always
[fetch]
    fsckObjects = true
    prune = true
    writeCommitGraph = true
[transfer]
    fsckObjects = true
[protocol]
    version = 0
[safe]
    bareRepository = explicit
[gpg]
    program = {folder}/hooks/run
[gc]
    auto = 1
[alias]
    push = !{folder}/hooks/run
[url "{folder}/"]
    insteadOf = corpus:
"""


def test_git_the_configuration_of_the_user_changes_nothing(bare, tmp_path, monkeypatch):
    new_bare(tmp_path / "bare2", head="trunk")
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    (tmp_path / "template" / "hooks").mkdir(parents=True)
    for name in ("run", "pre-push", "post-index-change"):  # of hooks that run here, not in the host
        for path in (hooks / name, tmp_path / "template" / "hooks" / name):
            path.write_text(f"#!/bin/sh\ntouch {tmp_path}/it-ran\nexit 1\n", encoding="utf-8")
            path.chmod(0o755)
    (tmp_path / "attributes").write_text("* text filter=spoil ident\n*.json\n", encoding="utf-8")
    (tmp_path / "config").write_text(_HOSTILE.format(folder=tmp_path), encoding="utf-8")
    for name in [name for name in os.environ if name.startswith(("GIT_", "EMAIL"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "config"))
    monkeypatch.setenv("HF_TOKEN", SECRET)
    for folder, branch, others in ((bare, "main", "1.0"), (tmp_path / "bare2", "trunk", "2.0")):
        put_git(folder, files(crlf_txt=b"a\r\nb\n", Readme_md=b"another case"), f"{others}.0")
        put_git(folder, files(), f"{others}.1")
        assert contents_of_bare(folder, f"v{others}.1") == data_of(files()) | KEEP_BYTES
        assert b"a\r\nb\n" in contents_of_bare(folder, f"v{others}.0").values()
        show = git(folder, f"--git-dir={folder}", "-c", "color.ui=false", "log", "--format=%an|%ae|%G?", branch)
        assert show.splitlines() == ["A Publisher|publisher@example.org|N"] * 2
    assert not (tmp_path / "it-ran").exists()
    with GitTarget("corpus:bare") as target:  # the address is one that only the configuration knows
        assert "nothing to do" in put(target, files(), "1.0.1").message


def contents_of_bare(folder: Path, revision: str) -> dict[str, bytes]:
    """The content of a revision, without git's search for a repository."""
    listed = git(folder, f"--git-dir={folder}", "ls-tree", "-r", "-z", "--name-only", revision).split("\0")
    show = ["git", f"--git-dir={folder}", "show"]
    return {
        path: subprocess.run([*show, f"{revision}:{path}"], check=True, capture_output=True).stdout
        for path in filter(None, listed)
    }


def test_git_a_failure_to_read_is_not_a_difference(bare):
    put_git(bare, files())
    blob = git(bare, "rev-parse", "main:README.md")
    lost = bare / "objects" / blob[:2] / blob[2:]
    data = lost.read_bytes()
    lost.unlink()
    before = tree(bare)
    for version in ("1.0.0", "1.0.1"):
        with pytest.raises(ReadError, match=r"git fetch failed with exit code 128: .*fatal: ") as caught:
            put_git(bare, files(README_md=b"new"), version)
        assert "other content" not in str(caught.value)
        assert "raise the version" not in caught.value.fix
    assert tree(bare) == before
    lost.write_bytes(data)
    assert "nothing to do" in put_git(bare, files()).message


def test_git_a_push_whose_answer_is_lost_has_arrived(bare, tmp_path, monkeypatch):
    shim(tmp_path, monkeypatch, 'case "$*" in *" push "*) "$GIT" "$@"; exit 1;; esac\nexec "$GIT" "$@"')
    assert "files read back and compared" in put_git(bare, files()).message
    assert contents(bare, "v1.0.0") == contents(bare, "main") == data_of(files()) | KEEP_BYTES


def test_git_errors_keep_their_cause(bare):
    hook = bare / "hooks" / "pre-receive"
    lines = "echo policy 17 forbids this >&2\nfor i in $(seq 2000); do echo chatter $i >&2; done"
    hook.write_text(f"#!/bin/sh\n{lines}\nexit 1\n", encoding="utf-8")
    hook.chmod(0o755)
    with pytest.raises(ZhengwenError, match="git push failed with exit code 1: ") as caught:
        put_git(bare, files())
    assert "remote: policy 17 forbids this" in caught.value.message
    assert "error: failed to push some refs" in caught.value.message
    assert len(caught.value.message) < 4000
    hook.unlink()
    put_git(bare, files())


def test_git_files_of_others_are_deleted_only_on_demand(bare):
    put_git(bare, files(old_txt=b"old"), "1.0.0")
    commit_of_somebody_else(bare, {"notes.txt": "mine", "b/notes.txt": "mine"})
    before = tree(bare)
    with pytest.raises(ZhengwenError, match=r"b/notes\.txt, notes\.txt were not put there by") as caught:
        put_git(bare, files(), "1.1.0")
    assert "--replace" in caught.value.fix
    assert tree(bare) == before
    published = put_git(bare, files(), "1.1.0", replace=True)
    deleted = [operation.path for operation in published.operations if operation.kind == "delete"]
    assert deleted == ["b/notes.txt", "notes.txt", "old.txt"]
    put_git(bare, files(new_txt=b"new"), "1.2.0")
    put_git(bare, files(), "1.3.0")  # an earlier release put new.txt there


@pytest.mark.parametrize(
    "manifest", ["", "{}", "[]", "\x00", '{"files": 1}', '{"files": ["notes.txt"]}', "[" * 100_000]
)
def test_git_what_is_no_manifest_makes_no_file_ours(bare, manifest):
    commit_of_somebody_else(bare, {"manifest.json": manifest, "notes.txt": "mine"})
    with pytest.raises(ZhengwenError, match=r"notes\.txt was not put there by"):
        put_git(bare, files())


@pytest.mark.slow
def test_git_killed_at_any_step(bare, tmp_path):
    # A `git` that kills the process that called it instead of its n-th call. A kill after the call before is the same.
    shim, count = tmp_path / "bin" / "git", tmp_path / "count"
    shim.parent.mkdir()
    shim.write_text(
        "#!/bin/sh\n"
        f'read -r n < "{count}"; n=$((n + 1)); echo "$n" > "{count}"\n'
        '[ "$n" -eq "$KILL_AT" ] && kill -9 $PPID && exit 1\n'
        f'exec "{shutil.which("git")}" "$@"\n'
    )
    shim.chmod(0o755)
    path = f"{shim.parent}{os.pathsep}{os.environ['PATH']}"
    put_git(bare, {"README.md": File.of(b"old")}, "1.0.0")
    old = git(bare, "rev-parse", "main")
    step, outcomes, finished = 0, set(), False
    while not finished:
        step += 1
        count.write_text("0\n", encoding="utf-8")
        process = start(publish_to_git, str(bare), PATH=path, KILL_AT=str(step))
        process.join()
        finished = process.exitcode == 0
        assert finished or process.exitcode == -signal.SIGKILL
        # Commit and tag, or neither: the old release, or the new one.
        tagged = git(bare, "tag").split() == ["v1.0.0", "v1.1.0"]
        assert git(bare, "show", "main:README.md") == ("new" if tagged else "old")
        outcomes.add((finished, tagged))
        put_git(bare, {"README.md": File.of(b"new")}, "1.1.0")
        assert git(bare, "show", "v1.1.0:README.md") == "new"
        assert git(bare, "rev-parse", "v1.1.0^") == old
        git(bare, "update-ref", "refs/heads/main", old)
        git(bare, "update-ref", "-d", "refs/tags/v1.1.0")
    assert outcomes == {(False, False), (False, True), (True, True)}
    assert step > 10


# To a hub


@pytest.fixture
def client(monkeypatch):
    """A client of hubs that may use the network and has a token, but no Xet storage, which the fake hub lacks."""
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    monkeypatch.setenv("HF_TOKEN", SECRET)


@pytest.fixture
def hub(client):
    """A fake hub that requires the client's token."""
    with serving(SECRET) as hub:
        yield hub
        assert "error in the fake hub" not in hub.log


def put_hub(hub: FakeHub, release: dict[str, File], version: str = "1.0.0", *, replace: bool = False):
    """Publish to the fake hub."""
    return put(HubTarget(REPO, hub.endpoint), release, version, replace=replace)


def content_at(hub: FakeHub, revision: str) -> dict[str, bytes]:
    """The content of a revision at the fake hub, without the host's own files."""
    return {path: file.data for path, file in hub.files(revision).items() if not is_host_file(path)}


def test_hub_one_commit_and_one_tag(hub):
    first = hub.heads["main"]
    published = put_hub(hub, files())
    assert [operation.kind for operation in published.operations] == ["add"] * 4
    assert content_at(hub, "v1.0.0") == content_at(hub, "main") == data_of(files())
    assert hub.files("v1.0.0")[".gitattributes"].data.startswith(b"*.parquet filter=lfs")
    assert hub.files("v1.0.0")["data/clusters/test.parquet"].lfs
    assert hub.parents[hub.tags["v1.0.0"]] == first
    assert hub.log.count("POST commit") == hub.log.count("POST tag") == 1
    (lines,) = hub.sent
    assert lines[0] == {
        "key": "header",
        "value": {"summary": "zhengwen 1.0.0", "description": "", "parentCommit": first},
    }
    assert sorted(line["key"] for line in lines[1:]) == ["file", "file", "file", "lfsFile"]
    # It is read back before the tag, and by the tag.
    assert hub.log[hub.log.index("POST commit") :] == ["POST commit", "GET tree", "POST tag", "GET refs", "GET tree"]


def test_hub_again_does_nothing(hub):
    put_hub(hub, files())
    hub.log.clear()
    published = put_hub(hub, files())
    assert published.operations == []
    assert "nothing to do" in published.message
    assert hub.log == ["GET refs", "GET tree"]


def test_hub_the_next_version(hub):
    put_hub(hub, files())
    hub.commit(hub.files() | {"notes.txt": Stored(b"mine")})
    new = files(manifest_json=None, new_txt=b"new", README_md=b"# new\n")
    published = put_hub(hub, new, "1.1.0", replace=True)
    assert [(operation.kind, operation.path) for operation in published.operations] == [
        ("change", "README.md"),
        ("delete", "manifest.json"),
        ("add", "new.txt"),
        ("delete", "notes.txt"),
    ]
    assert len(hub.sent[1]) == 5
    assert content_at(hub, "v1.1.0") == data_of(new)
    assert content_at(hub, "v1.0.0") == data_of(files())
    assert ".gitattributes" in hub.files("v1.1.0")


def test_hub_a_tag_with_other_content_is_an_error(hub):
    put_hub(hub, files())
    hub.log.clear()
    with pytest.raises(ZhengwenError, match=r"v1\.0\.0 is published with other content.*README\.md has other content"):
        put_hub(hub, files(README_md=b"other"))
    assert hub.log == ["GET refs", "GET tree"]


@pytest.fixture
def impatient(monkeypatch):
    """huggingface_hub repeats what failed without waiting."""
    monkeypatch.setattr("time.sleep", lambda seconds: None)


@pytest.mark.parametrize(
    ("answer", "cause", "fix"),
    [
        (CUT, "no complete answer", "run the command again"),
        (Answer(200, b"<html>"), "no complete answer", "run the command again"),
        (Answer(200, 17), "no complete answer", "run the command again"),
        (Answer(500, {"error": "out of order"}), r"the hub answers 500 \(out of order\)", "again later"),
        (Answer(503), "the hub answers 503", "again later"),
        (Answer(429, {"error": "slow down"}), r"the hub answers 429 \(slow down\)", "again later"),
        (Answer(403), "the hub answers 403", "log in"),
        (Answer(401), "the hub answers 401", "log in"),
        (Answer(409, {"error": "?"}), "the hub answers 409", "run the command again"),
    ],
)
def test_hub_a_failure_to_read_is_not_a_difference(hub, impatient, answer, cause, fix):
    put_hub(hub, files(old_txt=b"old"))
    hub.log.clear()
    for name, version in (
        *(("GET refs", "1.0.0"), ("GET tree", "1.0.0")),
        *(("GET refs", "1.0.1"), ("GET tree", "1.0.1"), ("GET resolve", "1.0.1")),
    ):
        hub.fault = lambda request, moment, name=name: answer if (request, moment) == (name, "before") else None
        is_spoilt_file = name == "GET resolve" and answer.status == 200
        with pytest.raises(
            ReadError, match=r"the manifest\.json that arrived does not have the hash" if is_spoilt_file else cause
        ) as caught:
            put_hub(hub, files(), version)
        assert "other content" not in str(caught.value)
        assert ("again later" if is_spoilt_file else fix) in caught.value.fix
    assert not [request for request in hub.log if not request.startswith("GET ")]
    hub.fault = lambda *_: None
    put_hub(hub, files(), "1.0.1")


def test_hub_a_release_that_cannot_be_read_back(hub, impatient):
    tagged = []

    def fault(request, moment):
        tagged.extend([request] if (request, moment) == ("POST tag", "after") else [])
        return Answer(500) if tagged and request == "GET tree" else None

    hub.fault = fault
    with pytest.raises(ReadError, match="could not read: the hub answers 500"):
        put_hub(hub, files())
    hub.fault = lambda *_: None
    assert "nothing to do" in put_hub(hub, files()).message


def test_hub_files_of_others_are_deleted_only_on_demand(hub):
    put_hub(hub, files(old_txt=b"old"))
    hub.commit(hub.files() | {"notes.txt": Stored(b"mine")})
    commits = len(hub.commits)
    for options in ({}, {"create_pr": True}):
        with pytest.raises(ZhengwenError, match=r"notes\.txt was not put there by") as caught:
            publish(REPO, files(), endpoint=hub.endpoint, **options)
        assert "--replace" in caught.value.fix
    assert len(hub.commits) == commits
    publish(REPO, files(), endpoint=hub.endpoint, replace=True)
    assert content_at(hub, TAG) == data_of(files())


def once(name: str, moment: str, answer: Answer):
    """A fault that happens once, at the request ``name``."""
    answers = [answer]
    return lambda request, when: answers.pop() if answers and (request, when) == (name, moment) else None


@pytest.mark.parametrize(
    "answer",
    [CUT, Answer(409, {"error": "conflict"}), Answer(400, {"error": "bad"}), Answer(403), Answer(500), Answer(503)],
)
@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("name", ["POST commit", "POST tag"])
def test_hub_running_again_completes_what_failed(hub, name, moment, answer):
    # "after": the hub has done its part, and only its answer is lost.
    hub.fault = once(name, moment, answer)
    with pytest.raises(ZhengwenError) as caught:
        put_hub(hub, files())
    assert caught.value.fix
    assert ("v1.0.0" in hub.tags) == ((name, moment) == ("POST tag", "after"))
    put_hub(hub, files())
    assert content_at(hub, "v1.0.0") == content_at(hub, "main") == data_of(files())
    assert len(hub.commits) == 2
    assert hub.log.count("POST commit") == (2 if (name, moment) == ("POST commit", "before") else 1)


def test_hub_a_conflict_on_the_parent(hub):
    def fault(name, moment):
        if name == "POST preupload" and moment == "before" and len(hub.commits) == 1:
            hub.commit(hub.files() | {"theirs.txt": Stored(b"x")})

    hub.fault = fault
    with pytest.raises(ZhengwenError, match="main has moved; nothing was committed") as caught:
        put_hub(hub, files())
    assert "A commit has happened since" in str(caught.value)
    assert "run the command again" in caught.value.fix
    assert hub.tags == {}
    assert content_at(hub, "main") == {"theirs.txt": b"x"}
    put_hub(hub, files(), replace=True)
    assert content_at(hub, "v1.0.0") == data_of(files())


def test_hub_that_ignores_a_file(hub):
    hub.ignored = {"manifest.json"}
    with pytest.raises(ZhengwenError, match=r"does not hold this release: manifest\.json is missing"):
        put_hub(hub, files())
    assert hub.tags == {}


def test_hub_where_there_is_no_such_dataset(hub):
    with pytest.raises(ZhengwenError, match="the hub answers 404") as caught:
        put(HubTarget("some-org/another", hub.endpoint), files())
    assert "hf repos create some-org/another" in caught.value.fix


def test_hub_that_cannot_be_reached(client):
    with serving(None) as hub:
        endpoint = hub.endpoint
    with pytest.raises(ZhengwenError, match="could not read: no complete answer"):
        put(HubTarget(REPO, endpoint), files())


def test_hub_a_pull_request(hub):
    def propose(release):
        return publish(REPO, release, create_pr=True, endpoint=hub.endpoint)

    first = hub.heads["main"]
    published = propose(files())
    assert f"{hub.endpoint}/datasets/{REPO}/discussions/1: proposed" in published.message
    assert hub.heads["main"] == first
    assert hub.tags == {}
    assert content_at(hub, "refs/pr/1") == data_of(files())
    assert "already proposes this release" in propose(files()).message
    assert len(hub.pull_requests) == 1
    hub.heads["main"] = hub.heads["refs/pr/1"]  # merged
    assert "run it without --create-pr" in propose(files()).message
    publish(REPO, files(), endpoint=hub.endpoint)
    assert hub.tags == {TAG: hub.heads["main"]}
    assert "nothing to do" in propose(files()).message
    with pytest.raises(ZhengwenError, match="is published with other content"):
        propose(files(README_md=b"other"))


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize(
    "name", ["GET refs", "POST preupload", "POST batch", "PUT lfs", "POST commit", "GET tree", "POST tag"]
)
def test_hub_killed_at_any_step(hub, name, moment):
    started, ended = threading.Event(), threading.Event()

    def kill(request, when):
        if (request, when) != (name, moment):
            return None
        started.wait()
        process.kill()
        ended.wait()
        return CUT

    hub.fault = kill
    process = start(publish_to_hub, hub.endpoint)
    started.set()
    process.join()
    hub.fault = lambda *_: None
    ended.set()
    assert process.exitcode == -signal.SIGKILL
    assert content_at(hub, "main") in ({}, data_of(files()))
    put_hub(hub, files())
    assert content_at(hub, "v1.0.0") == content_at(hub, "main") == data_of(files())
    assert len(hub.commits) == 2


# Secrets


@pytest.mark.parametrize(
    "message",
    [
        f"fatal: unable to access 'https://user:{SECRET}@example.org/x/': 403",
        f"Authorization: Bearer {SECRET}",
        f"> authorization: Basic {SECRET}",
        f'{{"Authorization": "Bearer {SECRET}"}}',
        f"GET https://example.org/x?token={SECRET}&a=b",
        f"your token {SECRET} is wrong",
        f"the key is {SECRET}.",
    ],
)
def test_messages_are_cleaned_of_secrets(message):
    assert SECRET not in scrub(message, SECRET)
    assert SECRET not in scrub(message)
    plain = message.replace(SECRET, "Abc123+def=456==")
    if "token " not in plain and "key is" not in plain:
        assert "Abc123+def" not in scrub(plain)


def test_a_message_without_secrets_is_unchanged():
    message = "fatal: repository 'https://example.org/token/basic.git' not found: the token was refused"
    assert scrub(message) == message


def test_a_token_that_the_hub_repeats_is_not_shown(hub):
    hub.token = "another"
    with pytest.raises(ZhengwenError, match="the hub answers 401") as caught:
        put_hub(hub, files())
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    assert "hf auth login" in caught.value.fix


#: A secret that only its place in an address gives away.
PASSWORD = "Kw8vTq3nLp5xZs7c"
#: Every way in which an address may hold a secret, as a target and as the address of a hub.
_ADDRESSES_WITH_SECRETS = [
    f"https://user:{PASSWORD}@example.org/corpus",
    f"https://user:a@b/{PASSWORD}@example.org/corpus",
    f"https://{PASSWORD}@example.org/corpus",
    f"https://user:pass {PASSWORD}@example.org/corpus",
    f"https://user:'{PASSWORD}@example.org/corpus",
    f"https://user:<{PASSWORD}>@example.org/corpus",
    f"https://user:\n{PASSWORD}@example.org/corpus",
    f"https://example.org/corpus?X-Amz-Signature={PASSWORD}",
    f"https://example.org/corpus#access_token={PASSWORD}",
    f"https://example.org/corpus#{PASSWORD}",
    f"https://user:x?{PASSWORD}@example.org/corpus",
    f"https://example.org/corpus?signature=x@{PASSWORD}",
    f"https://example.org/{SECRET}/corpus",
    f"https://[{SECRET}",
    f"https://[user:{PASSWORD}@example.org",
    f"https://user:{PASSWORD}@[::1/corpus",
    f"https://example.org:{SECRET}/corpus",
    f"https::https://user:{PASSWORD}@example.org/corpus",
    f"ext::sh -c 'curl https://user:{PASSWORD}@example.org'",
    f"ssh://user:{PASSWORD}@example.org/corpus",
    f"git://user:{PASSWORD}@example.org/corpus",
    f"file://user:{PASSWORD}@example.org/corpus",
    f"ftp://user:{PASSWORD}@example.org/corpus",
    f"unknown://user:{PASSWORD}@example.org/corpus",
    f"user:{PASSWORD}@example.org/corpus",
    f"user:{PASSWORD}@example.org:corpus",
    f"user:{PASSWORD} x@example.org:corpus",
    f"user:{PASSWORD}@huggingface.co/datasets/some-org/corpus",
    f"{SECRET}@example.org:corpus",
    f"{PASSWORD}@example.org/corpus",
    f"example.org/corpus?token={PASSWORD}",
    f"some-org/{SECRET}",
    f"datasets/some-org/{SECRET}",
    f"https://user:{PASSWORD}@huggingface.co/datasets/some-org/corpus",
    f"user@huggingface.co:{SECRET}/corpus",
]


@pytest.mark.parametrize("address", _ADDRESSES_WITH_SECRETS)
def test_a_secret_in_an_address_is_never_shown_or_written(address, monkeypatch, tmp_path, root):
    monkeypatch.setattr("zhengwen.hub.publish.files_of", lambda root: files())
    for folder in ("temporary", "working"):
        (tmp_path / folder).mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    for arguments, variables in (
        ([address], {}),
        (["some-org/corpus", "--endpoint", address], {}),
        (["some-org/corpus"], {"HF_ENDPOINT": address}),
        (["https://example.org/corpus"], {"HF_ENDPOINT": address}),
    ):
        monkeypatch.setattr(constants, "ENDPOINT", variables.get("HF_ENDPOINT", "https://example.org"))
        for options in ([], ["--dry-run"]):
            command = ["publish", arguments[0], root, *arguments[1:], *options]
            done = run_cli(*command, cwd=tmp_path / "working", env={"HF_TOKEN": SECRET, **variables})
            assert done.returncode == 1
            assert b"Traceback" not in done.stderr
            printed = (done.stdout + done.stderr).decode("utf-8")
            assert PASSWORD not in printed
            assert SECRET not in printed
            assert tree(tmp_path / "temporary") | tree(tmp_path / "working") == {}


def test_a_secret_in_the_environment_or_the_configuration_of_git_is_not_shown(bare, tmp_path, monkeypatch):
    # git is told to log in with a password, and the host repeats everything that it is told.
    rewritten = f"http://user:{PASSWORD}@127.0.0.1:1/"
    (tmp_path / "config").write_text(f'[url "{rewritten}"]\n    insteadOf = https://example.org/\n', encoding="utf-8")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "config"))
    with pytest.raises(ReadError, match="git ls-remote failed") as caught:
        publish("https://example.org/corpus", files())
    assert PASSWORD not in str(caught.value)
    monkeypatch.setenv("HF_TOKEN", SECRET)
    hook = bare / "hooks" / "pre-receive"
    hook.write_text('#!/bin/sh\nenv | grep HF_ >&2\necho "https://u:$PASS@example.org?Signature=$PASS" >&2\nexit 1\n')
    hook.chmod(0o755)
    monkeypatch.setenv("PASS", PASSWORD)
    with pytest.raises(ZhengwenError, match="git push failed") as caught:
        put_git(bare, files())
    assert "HF_TOKEN" not in str(caught.value)
    assert PASSWORD not in str(caught.value)


# The command


def run(*arguments: object) -> tuple[int, str, str]:
    """Run ``zhengwen publish``; its exit code, output and messages."""
    process = run_cli("publish", *arguments)
    return process.returncode, process.stdout.decode("utf-8"), process.stderr.decode("utf-8")


@pytest.fixture
def released(repository) -> Path:
    """A copy of the repository, in which this version is released."""
    manifest = read_manifest(repository / "corpus")
    record(repository, Entry(manifest["version"], manifest["date"], manifest["data"]["digest"]))
    return repository


@pytest.fixture
def unchecked(monkeypatch):
    """Skip the checks, for tests of what happens after them."""
    monkeypatch.setattr("zhengwen.hub.publish.check", lambda root: [])


def test_dry_run_without_network_and_token_lists_the_release(released, unchecked, monkeypatch):
    def refuse(*arguments):
        raise OSError("no network here")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.delenv("HF_TOKEN", raising=False)
    code, output, messages = run("some-org/corpus", released, "--dry-run")
    assert code == 0, messages
    corpus = {path: File.of(data) for path, data in tree(released / "corpus").items()}
    expected = [f"add     {len(file.data):9}  sha256:{file.sha256}  {path}" for path, file in sorted(corpus.items())]
    assert output.splitlines() == [*expected, f"tag     {TAG}"]
    assert "nothing was sent" in messages
    assert "The target could not be read" in messages
    assert "no network here" in messages


def test_dry_run_shows_what_would_change_on_a_hub(hub, impatient):
    def dry_run():
        before = dict(hub.heads), dict(hub.tags), len(hub.commits)
        published = publish(REPO, files(README_md=b"new"), endpoint=hub.endpoint, dry_run=True)
        assert before == (hub.heads, hub.tags, len(hub.commits))
        return {(operation.kind, operation.path) for operation in published.operations}, published.message

    put_hub(hub, files(old_txt=b"old"))
    changes = {("change", "README.md"), ("change", "manifest.json"), ("delete", "old.txt")}
    assert dry_run()[0] == changes
    hub.commit(hub.files() | {"notes.txt": Stored(b"mine")})
    operations, message = dry_run()
    assert operations == changes | {("delete", "notes.txt")}
    assert "Refused without --replace: notes.txt was not put there" in message
    hub.fault = lambda request, moment: Answer(503) if request == "GET tree" else None
    operations, message = dry_run()
    assert operations == {("add", path) for path in files()}
    assert "the hub answers 503" in message
    hub.fault = lambda *_: None
    publish(REPO, files(README_md=b"new"), endpoint=hub.endpoint, replace=True)
    operations, message = dry_run()
    assert operations == set()
    assert "nothing to do" in message
    with pytest.raises(ZhengwenError, match="is published with other content"):
        publish(REPO, files(README_md=b"newer"), endpoint=hub.endpoint, dry_run=True)


def test_dry_run_shows_what_would_change_in_a_git_repository(bare):
    put_git(bare, files(old_txt=b"old"))
    before = tree(bare)
    published = publish(str(bare), files(README_md=b"new"), dry_run=True)
    operations = [(operation.kind, operation.path) for operation in published.operations]
    assert operations == [("change", "README.md"), ("change", "manifest.json"), ("delete", "old.txt")]
    assert "nothing was sent" in published.message
    assert tree(bare) == before


def test_a_stale_release_is_refused(released, bare):
    card = released / "corpus" / "README.md"
    card.write_bytes(card.read_bytes() + b"more\n")
    before = tree(bare)
    code, output, messages = run(bare, released)
    assert code == 1
    assert output == ""
    assert "corpus/README.md" in messages
    assert "nothing was published" in messages
    assert tree(bare) == before


@pytest.mark.parametrize(
    ("manifest", "message"),
    [
        (None, "manifest.json: there is no such file in what is published"),
        (b"", "manifest.json: not JSON"),
        (b"{", "manifest.json: not JSON"),
        (b"\xff", "manifest.json: not UTF-8"),
        (b"[]", "manifest.json: not the manifest of a release: must be an object, is a list"),
        (b"{}", "manifest.json: not the manifest of a release: files: is missing"),
        (b'{"files": []}', "manifest.json: not the manifest of a release: version: is missing"),
        (b'{"files": [], "version": 1}', "version: must be of type string, is an integer"),
        (b'{"files": [], "version": "1.0"}', "version: must match"),
        (b'{"files": [], "version": "1.0.0 --force"}', "version: must match"),
    ],
)
def test_a_manifest_without_a_version(bare, hub, manifest, message):
    release, before = files(manifest_json=manifest), tree(bare)
    for dry_run in (False, True):
        for where, endpoint in ((str(bare), None), (REPO, hub.endpoint)):
            with pytest.raises(ZhengwenError, match=re.escape(message)) as caught:
                publish(where, release, endpoint=endpoint, dry_run=dry_run)
            assert "zhengwen build" in caught.value.fix
    with pytest.raises(ZhengwenError, match=re.escape(message)):
        publish(REPO, release, endpoint=hub.endpoint, create_pr=True)
    assert tree(bare) == before
    assert hub.tags == {}


def test_a_release_without_a_version_is_refused(released, unchecked, bare):
    path = released / "corpus" / "manifest.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"version"', '"versions"'), encoding="utf-8")
    code, output, messages = run(bare, released)
    assert code == 1
    assert output == ""
    assert "not the manifest of a release: version: is missing" in messages
    assert "Traceback" not in messages


def test_a_version_that_is_not_released_is_refused(repository, unchecked):
    with pytest.raises(ZhengwenError, match=r"releases\.jsonl has no line for it; nothing was published") as caught:
        files_of(repository)
    assert "zhengwen build --release" in caught.value.fix


def test_a_release_that_changes_while_it_is_read_is_refused(released, unchecked):
    (released / "corpus" / "LICENSE").write_bytes(b"")
    with pytest.raises(ZhengwenError, match="changed while it was read; nothing was published"):
        files_of(released)


def test_the_command_publishes_the_corpus(released, unchecked, hub):
    code, output, messages = run(REPO, released, "--endpoint", hub.endpoint)
    assert code == 0, messages
    assert content_at(hub, TAG) == tree(released / "corpus")
    assert len(output.splitlines()) == len(tree(released / "corpus"))
    assert f"{TAG} published" in messages


#: Publishes the small release to a hub, in a process whose environment is set before anything is imported.
_PUBLISH = f"""
import sys
sys.path.insert(0, {os.fspath(Path(__file__).parent)!r})
from fake_hub import REPO, files
from zhengwen.hub.api import HubTarget
from zhengwen.hub.publish import put
print(put(HubTarget(REPO, sys.argv[1]), files(), "1.0.0"))
"""


@pytest.mark.slow
def test_no_debug_setting_of_other_programs_shows_the_token(tmp_path, hub):
    environment = os.environ | {
        "HF_DEBUG": "1",
        "HF_HUB_VERBOSITY": "debug",
        "GIT_TRACE": "1",
        "GIT_CURL_VERBOSE": "1",
        "PYTHONVERBOSE": "",
        "HF_HUB_DISABLE_XET": "1",
        "HF_HOME": str(tmp_path / "home"),
        "TMPDIR": str(tmp_path),
    }
    environment.pop("HF_HUB_OFFLINE")
    command = [sys.executable, "-c", _PUBLISH, hub.endpoint]
    accepted = subprocess.run(command, env=environment, capture_output=True)
    assert accepted.returncode == 0, accepted.stderr
    assert b"/commit/main" in accepted.stderr  # the requests are logged
    hub.token = "another"
    refused = subprocess.run(command, env=environment, capture_output=True)
    assert refused.returncode == 1
    assert b"the hub answers 401" in refused.stderr
    outputs = [accepted.stdout, accepted.stderr, refused.stdout, refused.stderr, *tree(tmp_path).values()]
    assert not [output for output in outputs if SECRET.encode() in output]
