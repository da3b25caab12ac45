"""A fake hub: a server on loopback with as much of a hub's API as publishing needs.

No independent server accepts commits of ``HfApi`` offline.  This one implements what the source of ``huggingface_hub``
sends and expects: ``refs``, ``tree``, ``resolve``, ``preupload``, the LFS batch, ``commit`` (NDJSON), ``tag`` and
``discussions``.  It cannot test what else a real hub does: its validation, Xet storage, its limits.
"""

import base64
import contextlib
import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

from zhengwen import __version__
from zhengwen.hub.plan import File
from zhengwen.release.manifest import file_entries

REPO = "some-org/corpus"


def files(**changes: bytes | None) -> dict[str, File]:
    """A small release, with ``changes``: ``_`` stands for a dot, and ``None`` removes a file."""
    contents: dict[str, bytes | None] = {
        "README.md": b"---\nlicense: other\n---\n# corpus\n",
        "data/clusters/test.parquet": b"PAR1" + bytes(2000) + b"PAR1",
        "annotations/中文.jsonl": "春节\n".encode(),
    }
    contents |= {name.replace("_", "."): data for name, data in changes.items()}
    entries = file_entries({path: data for path, data in contents.items() if data is not None})
    contents = {"manifest.json": json.dumps({"version": __version__, "files": entries}).encode(), **contents}
    return {path: File.of(data) for path, data in contents.items() if data is not None}


class Stored(NamedTuple):
    """A file in a commit."""

    data: bytes
    lfs: bool = False


class Answer(NamedTuple):
    """An answer of the hub; :data:`CUT` closes the connection instead."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = MappingProxyType({})


#: The answer that closes the connection.
CUT = Answer(0)

#: Called with the name of every request, `before` and `after` it is carried out; may answer in its place.
Fault = Callable[[str, str], Answer | None]


class FakeHub:
    """The state of one dataset, and the requests that came."""

    def __init__(self, token: str | None):
        self.token = token
        self.commits: dict[str, dict[str, Stored]] = {}
        self.parents: dict[str, str | None] = {}
        self.heads: dict[str, str] = {}
        self.tags: dict[str, str] = {}
        self.pull_requests: list[dict[str, Any]] = []
        self.uploaded: dict[str, bytes] = {}
        self.ignored: set[str] = set()
        self.log: list[str] = []
        self.sent: list[list[dict[str, Any]]] = []
        self.fault: Fault = lambda name, moment: None
        self.endpoint = ""
        self.commit({".gitattributes": Stored(b"*.parquet filter=lfs diff=lfs merge=lfs -text\n")})

    def commit(self, files: dict[str, Stored], branch: str = "main") -> str:
        """Make ``files`` the next commit of ``branch``."""
        parent = self.heads.get(branch)
        oid = hashlib.sha1(f"{parent} {len(self.commits)}".encode()).hexdigest()
        self.commits[oid], self.parents[oid], self.heads[branch] = files, parent, oid
        return oid

    def files(self, revision: str = "main") -> dict[str, Stored]:
        """What a branch, a tag, a pull request or a commit holds."""
        return self.commits[self.heads.get(revision) or self.tags.get(revision) or revision]

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: bytes) -> Answer:
        """Carry out a request."""
        api, resolve = f"/api/datasets/{REPO}/", f"/datasets/{REPO}/resolve/"
        lfs = f"/datasets/{REPO}.git/info/lfs/objects/batch"
        if path == "/api/validate-yaml":
            return Answer(200, {"errors": [], "warnings": []})
        if path == lfs:
            return self._batch(json.loads(body))
        if path.startswith("/lfs/"):
            assert hashlib.sha256(body).hexdigest() == path.removeprefix("/lfs/")
            self.uploaded[path.removeprefix("/lfs/")] = body
            return Answer(200, {})
        if path.startswith(resolve):
            revision, _, name = path.removeprefix(resolve).partition("/")
            return Answer(200, self.files(unquote(revision))[unquote(name)].data)
        if not path.startswith(api):
            return Answer(404, {"error": "Repository not found"}, {"X-Error-Code": "RepoNotFound"})
        verb, _, rest = path.removeprefix(api).partition("/")
        revision = unquote(rest)
        if verb == "refs":
            return Answer(
                200,
                {
                    "branches": [self._ref("heads", name, oid) for name, oid in self.heads.items() if "/" not in name],
                    "tags": [self._ref("tags", name, oid) for name, oid in self.tags.items()],
                    "converts": [],
                },
            )
        if verb == "tree":
            return Answer(200, [self._entry(*item) for item in sorted(self.files(revision).items())])
        if verb == "preupload":
            stored = self.files(revision)
            return Answer(200, {"files": [self._mode(file["path"], stored) for file in json.loads(body)["files"]]})
        if verb == "commit":
            return self._commit([json.loads(line) for line in body.splitlines()], "create_pr" in query)
        if verb == "tag":
            name = json.loads(body)["tag"]
            if name in self.tags:
                return Answer(409, {"error": "Tag already exists"})
            self.tags[name] = self.heads.get(revision, revision)
            return Answer(200, {})
        if verb == "discussions":
            return Answer(200, {"count": len(self.pull_requests), "start": 0, "discussions": self.pull_requests})
        raise AssertionError(f"{method} {path}")

    @staticmethod
    def _ref(kind: str, name: str, oid: str) -> dict[str, str]:
        return {"name": name, "ref": f"refs/{kind}/{name}", "targetCommit": oid}

    @staticmethod
    def _entry(path: str, file: Stored) -> dict[str, Any]:
        size, sha256 = len(file.data), hashlib.sha256(file.data).hexdigest()
        pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize {size}\n".encode()
        blob = pointer if file.lfs else file.data
        oid = hashlib.sha1(b"blob %d\0" % len(blob) + blob).hexdigest()
        lfs = {"lfs": {"oid": sha256, "size": size, "pointerSize": len(pointer)}} if file.lfs else {}
        return {"type": "file", "path": path, "size": size, "oid": oid, **lfs}

    def _mode(self, path: str, stored: dict[str, Stored]) -> dict[str, Any]:
        entry = self._entry(path, stored[path]) if path in stored else None
        oid = entry and (entry.get("lfs") or entry)["oid"]
        mode = "lfs" if path.endswith(".parquet") else "regular"
        return {"path": path, "uploadMode": mode, "shouldIgnore": path in self.ignored, "oid": oid}

    def _batch(self, request: dict[str, Any]) -> Answer:
        objects = []
        for item in request["objects"]:
            upload = {"actions": {"upload": {"href": f"{self.endpoint}/lfs/{item['oid']}"}}}
            objects.append({**item, **({} if item["oid"] in self.uploaded else upload)})
        return Answer(200, {"transfer": "basic", "objects": objects})

    def _commit(self, lines: list[dict[str, Any]], is_pull_request: bool) -> Answer:
        self.sent.append(lines)
        header = lines[0]["value"]
        if not is_pull_request and header.get("parentCommit", self.heads["main"]) != self.heads["main"]:
            return Answer(412, {"error": "A commit has happened since. Please refresh and try again."})
        files = dict(self.files("main"))
        for line in lines[1:]:
            value = line["value"]
            if line["key"] == "file":
                files[value["path"]] = Stored(base64.b64decode(value["content"]))
            elif line["key"] == "lfsFile":
                files[value["path"]] = Stored(self.uploaded[value["oid"]], lfs=True)
            else:
                assert line["key"] == "deletedFile"
                del files[value["path"]]
        url = f"{self.endpoint}/datasets/{REPO}"
        if not is_pull_request:
            oid = self.commit(files)
            return Answer(200, {"commitUrl": f"{url}/commit/{oid}", "commitOid": oid})
        number = len(self.pull_requests) + 1
        self.heads[f"refs/pr/{number}"] = self.heads["main"]
        oid = self.commit(files, f"refs/pr/{number}")
        discussion = {
            "title": header["summary"],
            "num": number,
            "createdAt": "2025-01-01T00:00:00.000Z",
            "status": "open",
            "repo": {"name": REPO, "type": "dataset"},
            "isPullRequest": True,
        }
        self.pull_requests.append(discussion)
        commit = {"commitUrl": f"{url}/commit/{oid}", "commitOid": oid}
        return Answer(200, {**commit, "pullRequestUrl": f"{url}/discussions/{number}"})


@contextlib.contextmanager
def serving(token: str | None) -> Iterator[FakeHub]:
    """A hub that listens on a free port of loopback, and requires this token."""
    hub = FakeHub(token)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_request(self):
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            name = f"{self.command} {_name(parts.path)}"
            hub.log.append(name)
            answer = hub.fault(name, "before")
            if answer is None and hub.token and not parts.path.startswith("/lfs/"):
                credentials = self.headers.get("Authorization", "")
                if credentials != f"Bearer {hub.token}":
                    # As a careless server does, it repeats the credentials.
                    headers = {"X-Error-Message": f"Invalid credentials in Authorization header: {credentials}"}
                    answer = Answer(401, {"error": f"bad token {credentials}"}, headers)
            if answer is None:
                answer = hub.answer(self.command, parts.path, parse_qs(parts.query), body)
                answer = hub.fault(name, "after") or answer
            if answer.status == CUT.status:
                self.close_connection = True
                return
            content = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
            self.send_response(answer.status)
            for header, value in answer.headers.items():
                self.send_header(header, value)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                self.wfile.write(content)

        do_GET = do_POST = do_PUT = handle_request  # noqa: N815

        def log_message(self, format, *args):
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request, client_address):
            hub.log.append("error in the fake hub")
            super().handle_error(request, client_address)

    with Server(("127.0.0.1", 0), Handler) as server:
        hub.endpoint = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield hub
        finally:
            server.shutdown()
            thread.join()


def _name(path: str) -> str:
    """What a request asks for, for the log: ``commit``, ``tag``, ``batch``, …"""
    if path.endswith("/batch"):
        return "batch"
    if match := re.match(rf"/api/datasets/{REPO}/(\w+)", path):
        return match[1]
    if path.startswith(f"/datasets/{REPO}/resolve/"):
        return "resolve"
    return "lfs" if path.startswith("/lfs/") else path
