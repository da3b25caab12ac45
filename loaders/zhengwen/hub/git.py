"""A plain git host as a target: a commit is made locally, and pushed with its tag in one atomic step."""

import contextlib
import os
import re
import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from zhengwen.errors import ZhengwenError
from zhengwen.hub.address import git_address
from zhengwen.hub.plan import File, Operation, RemoteFile
from zhengwen.hub.target import ReadError, Refs
from zhengwen.printable import shortened
from zhengwen.release.layout import HOST_FILE, is_host_file
from zhengwen.secrecy import clean_address, scrub

#: The branch that releases go to where the host names no other.
_MAIN = "refs/heads/main"
#: The local repository in which commits are made.
_LOCAL = "local"
#: What a release brings along where there is no ``.gitattributes``: without it, git on Windows changes line endings.
_KEEP_BYTES = b"* -text\n"
#: The commands that talk to the host or ask who the user is, and so need the user's configuration.  All others make
#: and read objects, which must not depend on it.
_WITH_CONFIGURATION = ("ls-remote", "clone", "fetch", "push", "var")
_READING = ("ls-remote", "clone", "fetch")
#: Settings in place of those of the user that would run programs or send something else.  Version 2 of the protocol
#: reports HEAD of an empty repository.
_SETTINGS = (
    *(
        "core.hooksPath=/dev/null",
        "gc.auto=0",
        "maintenance.auto=false",
        "protocol.version=2",
        "submodule.recurse=false",
    ),
    *("init.defaultBranch=main", "push.followTags=false", "push.gpgSign=false", "push.recurseSubmodules=no"),
)
#: The variables of git that say how to reach a host and who commits.  The others make git use another repository, or
#: write its messages, which may contain headers with secrets, to a file.
_KEPT_VARIABLES = re.compile(
    r"GIT_(AUTHOR|COMMITTER)_(NAME|EMAIL|DATE)|GIT_(SSH|SSL|HTTP|PROXY|CONFIG)(_.*)?|GIT_(ASKPASS|EXEC_PATH|ALLOW_PROTOCOL)"
)
#: The tokens of hubs, which are no business of git, of a credential helper or of a hook of the host.
_HUB_TOKENS = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")
_IDENTITY = re.compile(r"([^<]*) <([^>]*)> \d+ [+-]\d+")
#: The beginnings of the lines in which git reports an error.
_CAUSES = ("fatal:", "error:", "remote:", "!")


class GitTarget:
    """The git repository at ``address``: a URL, ``host:path``, or an absolute path of a folder.

    Commits are made in a temporary repository, which exists inside a ``with`` statement.  With ``set_head``,
    :meth:`point_head` makes HEAD of a bare folder name the branch that releases go to.
    """

    def __init__(self, address: str, *, set_head: bool = False):
        if "://" in address:
            git_address(address)
        self._is_local = Path(address).is_absolute()
        self.name = address if self._is_local else clean_address(address)
        self._address = address
        self._set_head = set_head
        self._points_elsewhere = False
        self._branch = _MAIN
        self._format = "sha1"
        self._fetched: set[tuple[str, str]] = set()

    def __enter__(self) -> "GitTarget":
        with contextlib.ExitStack() as stack:
            self._folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="zhengwen-publish-")))
            self._close = stack.pop_all().close
        return self

    def __exit__(self, *_) -> None:
        self._close()

    def refs(self, tag: str) -> Refs:
        """The head of the branch that releases go to, and the commit that ``tag`` names.

        That branch is the one that HEAD names, since a clone checks it out.  Raises :class:`ZhengwenError` when HEAD
        names no branch, or one that does not exist although there is a branch ``main``, or the tag.
        """
        lines = os.fsdecode(self._git("ls-remote", "--symref", "--", self._address)).split("\n")
        pairs = [line.split("\t", 1) for line in lines if line]
        names = {name: value for value, name in pairs if not value.startswith("ref: ")}
        heads = [value.removeprefix("ref: ") for value, name in pairs if value.startswith("ref: ") and name == "HEAD"]
        if any(len(value) == 64 for value in names.values()):
            self._format = "sha256"
        head = heads[0] if heads else self._unborn_head(is_empty=not names)
        if not heads and head in names:  # an old host does not report HEAD, and git assumes the usual branch
            head = None
        branches = [name for name in names if name.startswith("refs/heads/")]
        tagged = names.get(f"refs/tags/{tag}^{{}}") or names.get(f"refs/tags/{tag}")
        is_elsewhere = _MAIN in names or tagged is not None
        self._points_elsewhere = head is None or (head not in names and is_elsewhere)
        # A branch that holds the release already is where HEAD belongs.
        holding = [name for name in branches if names[name] == tagged]
        elsewhere = _MAIN if _MAIN in names or not holding else holding[0]
        self._branch = elsewhere if head is None or self._points_elsewhere else head
        if self._points_elsewhere:
            self._assert_head_can_be_set(head)
        return Refs(names.get(self._branch), tagged)

    def _unborn_head(self, is_empty: bool) -> str | None:
        """The branch that HEAD names on a host where this branch does not exist; ``None`` if it names a commit.

        Only a clone is told this.  A clone of an empty host is not told the hash function, but the host mentions it.
        """
        with tempfile.TemporaryDirectory(dir=self._folder) as fresh:
            trace = Path(fresh) / "trace"
            clone = Path(fresh) / "clone"
            variables = {"GIT_TRACE_PACKET": os.fspath(trace)}
            arguments = ("--quiet", "--bare", "--template=", "--depth=1", "--no-tags", "--", self._address, str(clone))
            self._git("clone", *arguments, variables=variables)
            if is_empty and b"object-format=sha256" in trace.read_bytes():
                self._format = "sha256"
            head = os.fsdecode((clone / "HEAD").read_bytes()).strip()
            return head.removeprefix("ref: ") if head.startswith("ref: ") else None

    def _assert_head_can_be_set(self, head: str | None) -> None:
        """Raise :class:`ZhengwenError` unless :meth:`point_head` may, and can, make HEAD name the branch."""
        problem = f"names {head}, which does not exist" if head else "names no branch that exists"
        branch = self._branch.removeprefix("refs/heads/")
        message = f"{self.name}: HEAD there {problem}, so a clone would not get a release on {branch}"
        if not self._is_local:
            raise ZhengwenError(
                f"{message}; the protocol of git cannot change HEAD",
                fix=f"make {branch} the default branch in the settings of the host, or with `git symbolic-ref` there",
            )
        if not self._is_bare():
            raise ZhengwenError(message, fix=f"`git switch {branch}` there, or publish to a bare repository")
        if not self._set_head:
            raise ZhengwenError(
                f"{message}; nothing was published", fix=f"run it with --set-head, which makes HEAD name {branch}"
            )

    def point_head(self) -> None:
        """Make HEAD name the branch that releases go to, if it has named none that exists."""
        if self._points_elsewhere:
            self._git("symbolic-ref", "HEAD", self._branch, folder=self._address)

    def _is_bare(self) -> bool:
        """Whether the address is a folder that is itself a repository, without a working tree."""
        return self._is_local and (Path(self._address) / "HEAD").is_file()

    def tree(self, commit: str) -> dict[str, RemoteFile]:
        """Every file of ``commit`` by path, as the host sends it to a new repository.

        A branch or tag on the host must point to ``commit``.
        """
        with tempfile.TemporaryDirectory(dir=self._folder) as fresh:
            self._fetch(fresh, commit)
            files = {}
            for line in self._ls_tree(fresh, commit):
                fields, _, path = line.partition("\t")
                mode, _, blob, size = fields.split()
                # A symbolic link, an executable or a submodule is never a file of a release, whatever its bytes.
                kind = "git" if mode == "100644" else f"git-{mode}"
                files[path] = RemoteFile(int(size) if size != "-" else 0, f"{kind}:{blob}")
            return files

    def read(self, commit: str, path: str) -> bytes:
        """The bytes of a file of ``commit``, to which a branch or tag on the host must point."""
        self._fetch(_LOCAL, commit)
        return self._git("cat-file", "blob", f"{commit}:{path}", folder=_LOCAL)

    def settings(self, commit: str | None, files: Mapping[str, File]) -> dict[str, File]:
        """A ``.gitattributes`` if ``commit`` has none, so that every clone has the bytes of ``files``.

        Raises :class:`ZhengwenError` when those that the host has would change a file.
        """
        own = {}
        self._fetch(_LOCAL, commit)
        host_files = self._host_files(commit)
        if HOST_FILE not in host_files:
            own[HOST_FILE] = File.of(_KEEP_BYTES)
        self._index({**host_files, **self._entries(own)})
        attributes = ["text", "eol", "filter", "ident", "working-tree-encoding"]
        paths = "\0".join(files).encode("utf-8")
        output = self._git("check-attr", "--cached", "-z", "--stdin", *attributes, folder=_LOCAL, stdin=paths)
        fields = os.fsdecode(output).split("\0")
        values: dict[str, dict[str, str]] = {}
        for path, name, value in zip(fields[0::3], fields[1::3], fields[2::3], strict=False):
            values.setdefault(path, {})[name] = value
        for path, value_of in values.items():
            if problem := _change(value_of):
                raise ZhengwenError(
                    f"{self.name}: its .gitattributes {problem} for {path}, so a clone may not have the released bytes",
                    fix="make `* -text -filter -ident -working-tree-encoding` its last line there",
                )
        return own

    def put(
        self, refs: Refs, operations: Sequence[Operation], files: Mapping[str, File], message: str, tag: str
    ) -> None:
        """Push commit and tag in one step; the host refuses both when the branch or the tag is not as in ``refs``."""
        self._fetch(_LOCAL, refs.head)
        commit = self._commit(refs.head, files, message) if operations else refs.head
        leases = [f"--force-with-lease={self._branch}:{refs.head or ''}", f"--force-with-lease=refs/tags/{tag}:"]
        refspecs = [f"{commit}:{self._branch}", f"{commit}:refs/tags/{tag}"]
        try:
            self._git("push", "--quiet", "--atomic", *leases, "--", self._address, *refspecs, folder=_LOCAL)
        except ZhengwenError as error:
            self._explain_push(refs, Refs(commit, commit), tag, error)

    def _explain_push(self, before: Refs, wanted: Refs, tag: str, error: ZhengwenError) -> None:
        """Look at the host after a push that failed: raises the error that fits, or returns if the push has arrived."""
        try:
            now = self.refs(tag)
        except ReadError:
            raise error from None
        if now == wanted:
            return
        if now != before:
            raise ZhengwenError(
                f"{error.message}; somebody else pushed in the meantime, and nothing was pushed from here",
                fix="run the command again: it starts from what is there now",
            ) from None
        if self._is_local and not self._is_bare():
            raise ZhengwenError(error.message, fix="publish to a bare repository: `git init --bare FOLDER`") from None
        raise error

    def _commit(self, parent: str | None, files: Mapping[str, File], message: str) -> str:
        """Make a local commit of ``files``, and of the host's own files as ``parent`` has them."""
        self._index({**self._host_files(parent), **self._entries(files)})
        tree = self._git("write-tree", folder=_LOCAL).decode().strip()
        parents = ["-p", parent] if parent else []
        commit = ("commit-tree", *parents, "-m", message, tree)
        return self._git(*commit, folder=_LOCAL, variables=self._identity()).decode().strip()

    def _identity(self) -> dict[str, str]:
        """Who commits, by the user's configuration and environment, as variables for git."""
        variables = {}
        for role in ("AUTHOR", "COMMITTER"):
            identity = os.fsdecode(self._git("var", f"GIT_{role}_IDENT", folder=_LOCAL)).strip()
            name, email = _IDENTITY.fullmatch(identity).groups()
            variables |= {f"GIT_{role}_NAME": name, f"GIT_{role}_EMAIL": email}
        return variables

    def _host_files(self, commit: str | None) -> dict[str, str]:
        """The host's own files in ``commit``, each with its mode and blob."""
        entries = {}
        for line in self._ls_tree(_LOCAL, commit) if commit else ():
            fields, _, path = line.partition("\t")
            if is_host_file(path):
                mode, _, blob, _ = fields.split()
                entries[path] = f"{mode} {blob}"
        return entries

    def _entries(self, files: Mapping[str, File]) -> dict[str, str]:
        """Store ``files`` in the local repository; gives each its mode and blob."""
        with tempfile.TemporaryDirectory(dir=self._folder) as folder:
            copies = [Path(folder) / str(number) for number in range(len(files))]
            for copy, file in zip(copies, files.values(), strict=True):
                copy.write_bytes(file.data)
            paths = "".join(f"{copy.relative_to(self._folder)}\n" for copy in copies).encode("ascii")
            store = ("hash-object", "-w", "--no-filters", "--stdin-paths")
            blobs = self._git(*store, folder=_LOCAL, stdin=paths).decode("ascii").split()
        return {path: f"100644 {blob}" for path, blob in zip(files, blobs, strict=True)}

    def _index(self, entries: Mapping[str, str]) -> None:
        """Add ``entries`` to the index of the local repository.

        Entries that :meth:`settings` adds are also part of the commit that follows on the same parent.
        """
        lines = [f"{entry}\t{path}" for path, entry in entries.items()]
        self._git("update-index", "-z", "--index-info", folder=_LOCAL, stdin=os.fsencode("\0".join([*lines, ""])))

    def _fetch(self, folder: str, commit: str | None) -> None:
        """Fetch ``commit``, if any, into a local repository, which is made if there is none."""
        if not (self._folder / folder / "HEAD").exists():
            # Older versions of git have only SHA-1, and lack this option.
            options = [] if self._format == "sha1" else [f"--object-format={self._format}"]
            self._git("init", "--quiet", "--bare", "--template=", *options, folder)
        if commit and (folder, commit) not in self._fetched:
            self._git("fetch", "--quiet", "--depth=1", "--no-tags", "--", self._address, commit, folder=folder)
            self._fetched.add((folder, commit))

    def _ls_tree(self, folder: str, commit: str) -> list[str]:
        output = self._git("ls-tree", "-r", "-l", "-z", "--full-tree", commit, folder=folder)
        return [line for line in os.fsdecode(output).split("\0") if line]

    def _git(
        self, *arguments: str, folder: str = "", stdin: bytes = b"", variables: Mapping[str, str] | None = None
    ) -> bytes:
        """Run git, in a repository if ``folder`` names one, and return its stdout.

        An error quotes what git says, without secrets.  The repository is named by an option, since a user may forbid
        git to find a bare one by itself (``safe.bareRepository``).
        """
        repository = [f"--git-dir={folder}"] if folder else []
        is_configured = arguments[0] in _WITH_CONFIGURATION
        settings = [part for setting in _SETTINGS for part in ("-c", setting)] if is_configured else []
        try:
            process = subprocess.run(
                ["git", *repository, *settings, *arguments],
                cwd=self._folder,
                env={**self._environment(is_configured), **(variables or {})},
                input=stdin,
                capture_output=True,
                check=False,
            )
        except FileNotFoundError:
            raise ZhengwenError("the program `git` is not installed", fix="install git") from None
        if process.returncode:
            error = ReadError if arguments[0] in _READING else ZhengwenError
            cause = _cause(os.fsdecode(process.stderr).splitlines())
            message = f"{self.name}: git {arguments[0]} failed with exit code {process.returncode}: {cause}"
            raise error(message, fix=_fix(arguments[0]))
        return process.stdout

    def _environment(self, is_configured: bool) -> dict[str, str]:
        """The environment of git: with or without the user's configuration, and never in another repository."""
        environment = {
            name: value
            for name, value in os.environ.items()
            if name not in _HUB_TOKENS and (not name.startswith("GIT_") or _KEPT_VARIABLES.fullmatch(name))
        }
        environment |= {
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_LITERAL_PATHSPECS": "1",
            "GIT_CEILING_DIRECTORIES": os.fspath(self._folder.parent),
            "LC_ALL": "C",
        }
        if is_configured:
            return environment
        home = os.fspath(self._folder)
        environment = {name: value for name, value in environment.items() if not name.startswith("GIT_CONFIG")}
        nothing = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_ATTR_NOSYSTEM": "1", "HOME": home, "XDG_CONFIG_HOME": home}
        return environment | nothing


def _change(value_of: Mapping[str, str]) -> str:
    """What attributes of a file let git do to its bytes in a clone, or an empty string if they are kept."""
    for name in ("filter", "ident", "working-tree-encoding"):
        if value_of[name] not in ("unspecified", "unset"):
            return f"has {name}={value_of[name]}"
    if value_of["text"] == "unset" or value_of["eol"] == "lf":
        return ""
    return f"has text={value_of['text']}, eol={value_of['eol']}"


def _cause(lines: Iterable[str], longest: int = 1000) -> str:
    """What git wrote to stderr, without secrets: everything if it is short, or else what it gives as the cause."""
    lines = [line for line in (" ".join(scrub(line).split()) for line in lines) if line]
    if len(everything := "; ".join(lines)) <= longest:
        return everything
    causes = [line for start in _CAUSES for line in [line for line in lines if line.startswith(start)][:4]]
    return "; ".join(shortened(line, 200) for line in causes) or shortened(everything, longest)


def _fix(command: str) -> str:
    if command == "ls-remote":
        return "name a git repository that you may read, or try again later; `git init --bare FOLDER` makes a new one"
    if command in _READING:
        return "try again later, or do what git says; nothing was published"
    if command == "var":
        return "tell git who you are: `git config --global user.name` and user.email"
    return "do what git says, and run the command again; nothing was changed in part"
