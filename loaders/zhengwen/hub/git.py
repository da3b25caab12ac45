"""A plain git host as a target: a commit made here, and pushed with its tag in one atomic step."""

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from zhengwen.errors import ZhengwenError
from zhengwen.hub.plan import File, Held, Operation, is_kept
from zhengwen.hub.secrecy import assert_no_secret, scrub
from zhengwen.hub.target import Refs

#: The branch of a repository that has none yet.
_FIRST_BRANCH = "main"
#: What would have git look elsewhere, or write what it says to somebody (it may hold headers) into a file.
_NOT_PASSED_ON = ("GIT_TRACE", "GIT_CURL_VERBOSE", "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY")


class GitTarget:
    """The git repository at ``address``: a URL, ``host:path``, or a folder.

    Works in a repository of its own, in a folder for temporary files; use it in a ``with`` statement.
    """

    def __init__(self, address: str):
        assert_no_secret(address, "the git address")
        self.name = address
        self._branch = f"refs/heads/{_FIRST_BRANCH}"

    def __enter__(self) -> "GitTarget":
        with contextlib.ExitStack() as stack:
            self._here = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="zhengwen-publish-")))
            self._git("init", "--quiet", "--bare", "--template=", "made")
            self._leave = stack.pop_all().close
        return self

    def __exit__(self, *_) -> None:
        self._leave()

    def refs(self, tag: str) -> Refs:
        """The head of the default branch (``main`` when there is none yet), and the commit that ``tag`` names."""
        listed = self._git("ls-remote", "--symref", "--", self.name).decode("utf-8").splitlines()
        names: dict[str, str] = {}
        for line in listed:
            value, _, name = line.partition("\t")
            if value.startswith("ref: ") and name == "HEAD":
                self._branch = value.removeprefix("ref: ")
            elif not value.startswith("ref: "):
                names[name] = value
        tagged = names.get(f"refs/tags/{tag}^{{}}") or names.get(f"refs/tags/{tag}")
        return Refs(names.get(self._branch), tagged)

    def tree(self, commit: str) -> dict[str, Held]:
        """Every file of ``commit``, which a branch or tag there names, as the host sends it to an empty repository."""
        with tempfile.TemporaryDirectory(dir=self._here) as fresh:
            self._git("init", "--quiet", "--bare", "--template=", fresh)
            self._fetch(fresh, commit)
            held = {}
            for line in self._ls_tree(fresh, commit):
                about, _, path = line.partition("\t")
                mode, _, blob, size = about.split()
                # A link, a program or a submodule is not the file that a release has, whatever its bytes.
                kind = "git" if mode == "100644" else f"git-{mode}"
                held[path] = Held(int(size) if size != "-" else 0, f"{kind}:{blob}")
            return held

    def put(
        self, refs: Refs, operations: Sequence[Operation], files: Mapping[str, File], message: str, tag: str
    ) -> None:
        """Push commit and tag in one step, which the host refuses whole when either is not as ``refs`` has it."""
        if refs.head:
            self._fetch("made", refs.head)
        commit = self._commit(refs.head, files, message) if operations else refs.head
        leases = [f"--force-with-lease={self._branch}:{refs.head or ''}", f"--force-with-lease=refs/tags/{tag}:"]
        what = [f"{commit}:{self._branch}", f"{commit}:refs/tags/{tag}"]
        self._git("push", "--quiet", "--atomic", *leases, "--", self.name, *what, folder="made")

    def _commit(self, parent: str | None, files: Mapping[str, File], message: str) -> str:
        """A commit of ``files``, and of the host's own files as ``parent`` has them; made here, not pushed yet."""
        entries = [f"100644 {self._blob(file.data)}\t{path}" for path, file in files.items()]
        for line in self._ls_tree("made", parent) if parent else ():
            about, _, path = line.partition("\t")
            if is_kept(path):
                mode, _, blob, _ = about.split()
                entries.append(f"{mode} {blob}\t{path}")
        self._git("update-index", "-z", "--index-info", folder="made", stdin=os.fsencode("\0".join([*entries, ""])))
        self._assert_no_filter(files)
        tree = self._git("write-tree", folder="made").decode().strip()
        parents = ["-p", parent] if parent else []
        return self._git("commit-tree", *parents, "-m", message, tree, folder="made").decode().strip()

    def _blob(self, data: bytes) -> str:
        return self._git("hash-object", "-w", "--stdin", folder="made", stdin=data).decode().strip()

    def _fetch(self, folder: str, commit: str) -> None:
        self._git("fetch", "--quiet", "--depth=1", "--no-tags", "--", self.name, commit, folder=folder)

    def _ls_tree(self, folder: str, commit: str) -> list[str]:
        listed = self._git("ls-tree", "-r", "-l", "-z", "--full-tree", commit, folder=folder)
        return [line for line in os.fsdecode(listed).split("\0") if line]

    def _assert_no_filter(self, files: Mapping[str, File]) -> None:
        told = self._git(
            "check-attr", "--cached", "-z", "--stdin", "filter", folder="made", stdin="\0".join(files).encode("utf-8")
        )
        parts = told.decode("utf-8").split("\0")
        for path, value in zip(parts[0::3], parts[2::3], strict=False):
            if value not in ("unspecified", "unset"):
                raise ZhengwenError(
                    f"{self.name}: .gitattributes there puts {path} through the filter {value!r}, not done here",
                    fix="take that line out of .gitattributes there; a release is small enough for plain git",
                )

    def _git(self, *arguments: str, folder: str = "", stdin: bytes = b"") -> bytes:
        """Run git; raises with its last words, every secret taken out of them."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_PASSED_ON)}
        environment |= {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C", "GIT_LITERAL_PATHSPECS": "1"}
        command = ["git", "-c", "core.hooksPath=/dev/null", "-c", "gc.auto=0", *arguments]
        try:
            done = subprocess.run(
                command, cwd=self._here / folder, env=environment, input=stdin, capture_output=True, check=False
            )
        except FileNotFoundError:
            raise ZhengwenError("there is no program `git` here", fix="install git") from None
        if done.returncode:
            said = scrub(" ".join(os.fsdecode(done.stderr).split()))[-400:]
            raise ZhengwenError(f"{self.name}: git {arguments[0]} failed: {said}", fix=_fix(arguments[0], said))
        return done.stdout


#: What git says when a branch or a tag is not what it was a moment ago.
_OVERTAKEN = ("stale info", "fetch first", "non-fast-forward", "already exists", "not our ref", "cannot lock ref")


def _fix(command: str, said: str) -> str:
    if any(words in said for words in _OVERTAKEN):
        return "somebody else pushed at the same time; nothing of yours was: run it again"
    if "empty ident" in said or "tell me who you are" in said:
        return "tell git who you are: `git config --global user.name` and user.email"
    if "branch is currently checked out" in said:
        return "publish to a bare repository: `git init --bare FOLDER`"
    if "atomic" in said:
        return "the host must take atomic pushes, so that a commit without its tag cannot happen"
    if command == "ls-remote":
        return "name a git repository that you may read; make a new one with `git init --bare FOLDER`"
    return "see what git says; nothing is half done: run it again"
