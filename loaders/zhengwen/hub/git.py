"""A plain git host as a target: a commit is made locally, and pushed with its tag in one atomic step."""

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from zhengwen.errors import ZhengwenError
from zhengwen.hub.address import assert_no_secret
from zhengwen.hub.plan import File, Operation, RemoteFile, is_host_file
from zhengwen.hub.target import Refs
from zhengwen.secrecy import scrub

#: The branch to create in a repository that has none yet.
_FIRST_BRANCH = "main"
#: The local repository in which commits are made.
_LOCAL = "local"
#: Prefixes of environment variables that are removed for git: they make it use another repository, or write its
#: messages, which may contain headers with secrets, to a file.
_UNSET = ("GIT_TRACE", "GIT_CURL_VERBOSE", "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY")


class GitTarget:
    """The git repository at ``address``: a URL, ``host:path``, or a folder.

    Commits are made in a temporary repository, which exists inside a ``with`` statement.
    """

    def __init__(self, address: str):
        assert_no_secret(address, "the git address")
        self.name = address
        self._branch = f"refs/heads/{_FIRST_BRANCH}"

    def __enter__(self) -> "GitTarget":
        with contextlib.ExitStack() as stack:
            self._folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="zhengwen-publish-")))
            self._git("init", "--quiet", "--bare", "--template=", _LOCAL)
            self._close = stack.pop_all().close
        return self

    def __exit__(self, *_) -> None:
        self._close()

    def refs(self, tag: str) -> Refs:
        """The head of the default branch (``main`` when there is none yet), and the commit that ``tag`` names."""
        lines = self._git("ls-remote", "--symref", "--", self.name).decode("utf-8").splitlines()
        names: dict[str, str] = {}
        for line in lines:
            value, _, name = line.partition("\t")
            if value.startswith("ref: ") and name == "HEAD":
                self._branch = value.removeprefix("ref: ")
            elif not value.startswith("ref: "):
                names[name] = value
        tagged = names.get(f"refs/tags/{tag}^{{}}") or names.get(f"refs/tags/{tag}")
        return Refs(names.get(self._branch), tagged)

    def tree(self, commit: str) -> dict[str, RemoteFile]:
        """Every file of ``commit`` by path, as the host sends it to a new repository.

        A branch or tag on the host must point to ``commit``.
        """
        with tempfile.TemporaryDirectory(dir=self._folder) as fresh:
            self._git("init", "--quiet", "--bare", "--template=", fresh)
            self._fetch(fresh, commit)
            files = {}
            for line in self._ls_tree(fresh, commit):
                fields, _, path = line.partition("\t")
                mode, _, blob, size = fields.split()
                # A symbolic link, an executable or a submodule is never a file of a release, whatever its bytes.
                kind = "git" if mode == "100644" else f"git-{mode}"
                files[path] = RemoteFile(int(size) if size != "-" else 0, f"{kind}:{blob}")
            return files

    def put(
        self, refs: Refs, operations: Sequence[Operation], files: Mapping[str, File], message: str, tag: str
    ) -> None:
        """Push commit and tag in one step; the host refuses both when the branch or the tag is not as in ``refs``."""
        if refs.head:
            self._fetch(_LOCAL, refs.head)
        commit = self._commit(refs.head, files, message) if operations else refs.head
        leases = [f"--force-with-lease={self._branch}:{refs.head or ''}", f"--force-with-lease=refs/tags/{tag}:"]
        refspecs = [f"{commit}:{self._branch}", f"{commit}:refs/tags/{tag}"]
        self._git("push", "--quiet", "--atomic", *leases, "--", self.name, *refspecs, folder=_LOCAL)

    def _commit(self, parent: str | None, files: Mapping[str, File], message: str) -> str:
        """Make a local commit of ``files``, and of the host's own files as ``parent`` has them."""
        entries = [f"100644 {self._blob(file.data)}\t{path}" for path, file in files.items()]
        for line in self._ls_tree(_LOCAL, parent) if parent else ():
            fields, _, path = line.partition("\t")
            if is_host_file(path):
                mode, _, blob, _ = fields.split()
                entries.append(f"{mode} {blob}\t{path}")
        self._git("update-index", "-z", "--index-info", folder=_LOCAL, stdin=os.fsencode("\0".join([*entries, ""])))
        self._assert_no_filter(files)
        tree = self._git("write-tree", folder=_LOCAL).decode().strip()
        parents = ["-p", parent] if parent else []
        return self._git("commit-tree", *parents, "-m", message, tree, folder=_LOCAL).decode().strip()

    def _blob(self, data: bytes) -> str:
        return self._git("hash-object", "-w", "--stdin", folder=_LOCAL, stdin=data).decode().strip()

    def _fetch(self, folder: str, commit: str) -> None:
        self._git("fetch", "--quiet", "--depth=1", "--no-tags", "--", self.name, commit, folder=folder)

    def _ls_tree(self, folder: str, commit: str) -> list[str]:
        output = self._git("ls-tree", "-r", "-l", "-z", "--full-tree", commit, folder=folder)
        return [line for line in os.fsdecode(output).split("\0") if line]

    def _assert_no_filter(self, files: Mapping[str, File]) -> None:
        """Raise :class:`ZhengwenError` when the host's ``.gitattributes`` put one of ``files`` through a filter."""
        output = self._git(
            "check-attr", "--cached", "-z", "--stdin", "filter", folder=_LOCAL, stdin="\0".join(files).encode("utf-8")
        )
        fields = output.decode("utf-8").split("\0")
        for path, value in zip(fields[0::3], fields[2::3], strict=False):
            if value not in ("unspecified", "unset"):
                raise ZhengwenError(
                    f"{self.name}: its .gitattributes sends {path} through the filter {value!r}, not applied here",
                    fix="remove that line from .gitattributes there; a release is small enough for plain git",
                )

    def _git(self, *arguments: str, folder: str = "", stdin: bytes = b"") -> bytes:
        """Run git and return its stdout; an error quotes the end of its stderr, without secrets."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith(_UNSET)}
        environment |= {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C", "GIT_LITERAL_PATHSPECS": "1"}
        command = ["git", "-c", "core.hooksPath=/dev/null", "-c", "gc.auto=0", *arguments]
        try:
            process = subprocess.run(
                command, cwd=self._folder / folder, env=environment, input=stdin, capture_output=True, check=False
            )
        except FileNotFoundError:
            raise ZhengwenError("the program `git` is not installed", fix="install git") from None
        if process.returncode:
            message = scrub(" ".join(os.fsdecode(process.stderr).split()))[-400:]
            raise ZhengwenError(f"{self.name}: git {arguments[0]} failed: {message}", fix=_fix(arguments[0], message))
        return process.stdout


#: What git says when a branch or a tag has changed in the meantime.
_CONFLICTS = ("stale info", "fetch first", "non-fast-forward", "already exists", "not our ref", "cannot lock ref")


def _fix(command: str, message: str) -> str:
    if any(words in message for words in _CONFLICTS):
        return "somebody else pushed at the same time, and nothing was pushed here: run it again"
    if "empty ident" in message or "tell me who you are" in message:
        return "tell git who you are: `git config --global user.name` and user.email"
    if "branch is currently checked out" in message:
        return "publish to a bare repository: `git init --bare FOLDER`"
    if "atomic" in message:
        return "use a host that accepts atomic pushes, so that there is never a commit without its tag"
    if command == "ls-remote":
        return "name a git repository that you may read; make a new one with `git init --bare FOLDER`"
    return "do what git says, and run it again; nothing is half done"
