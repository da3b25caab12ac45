"""`process` on addresses: what a server does is one message, a run can be resumed, and a secret is never shown."""

import contextlib
import http.server
import json
import re
import subprocess
import sys
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import run_cli, tree

from zhengwen import process
from zhengwen.errors import ZhengwenError
from zhengwen.scale import run
from zhengwen.scale.inputs import find

LINES = "".join(f'{{"id": "d{number}", "text": "問題{number}。"}}\n' for number in range(2000)).encode()
SECRET = "S3CR3T0"


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves `LINES`, in the way that the first part of the path names, or fails in that way."""

    protocol_version = "HTTP/1.1"
    #: How many answers of the path `flaky` are complete; afterwards the server fails.
    answers = 0
    etag = '"1"'

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.close_connection = True
        self.serve(self.path.split("/")[1], self.path.partition("?")[0])

    do_HEAD = do_GET  # noqa: N815

    def serve(self, way, path):
        data = self.server.files.get(path.rpartition("/")[2], LINES)
        if way == "flaky" and self.command == "GET":
            type(self).answers -= 1
            way = "ok" if self.answers >= 0 else "500"
        if way.isdecimal():
            self.send_error(int(way))
        elif way == "loop":
            self.send_response(302)
            self.send_header("Location", self.path)
            self.send_header("Content-Length", "0")
            self.send_header("Connection", "close")
            self.end_headers()
        elif way == "closed":
            self.connection.close()
        else:
            self.answer(way, data)

    def answer(self, way, data):
        first, last = 0, len(data) - 1
        if match := re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ".")):
            first, last = int(match[1]), min(int(match[2] or last), last)
        part = data[first : last + 1]
        self.send_response(206 if match else 200)
        if match:
            self.send_header("Content-Range", f"bytes {first}-{last}/{len(data)}")
        if way != "endless":
            self.send_header("Content-Length", str(len(part)))
        self.send_header("Connection", "close")
        self.send_header("ETag", self.etag)
        self.end_headers()
        if self.command == "GET":
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                self.wfile.write(part[: len(part) // 2] if way == "cut" else part)


@pytest.fixture
def server():
    """The address of a server on this machine, with a user, a password and a place for the way in which it serves."""
    Handler.answers, Handler.etag = 0, '"1"'
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
        httpd.files = {}
        thread = threading.Thread(target=httpd.serve_forever, args=(0.01,))
        thread.start()
        httpd.address = f"http://me:{SECRET}@127.0.0.1:{httpd.server_port}/WAY/a.jsonl?X-Amz-Signature={SECRET}"
        yield httpd
        httpd.shutdown()
        thread.join()


@pytest.fixture
def here():
    with ThreadPoolExecutor(1) as executor:
        yield executor


def refused(match, *arguments, **options) -> ZhengwenError:
    """The run is refused with one message, and nothing of the error holds the secret."""
    with pytest.raises(ZhengwenError, match=match) as raised:
        process(*arguments, **options)
    error = raised.value
    assert SECRET not in f"{error} {error!r} {error.message} {error.fix} {error.args}"
    assert error.__suppress_context__ or error.__context__ is None
    assert error.__cause__ is None
    return error


def test_a_file_at_an_address(server, tmp_path, here):
    address = server.address.replace("WAY", "ok")
    summary = process(address, tmp_path / "out", ["segment"], engine=here, shard_bytes=20_000)
    assert (summary.counts["out"], summary.shards) == (2000, 4)
    for path, data in tree(tmp_path / "out").items():
        assert SECRET.encode() not in data, path
    # The signature was renewed, and the run is the same.
    before = tree(tmp_path / "out")
    renewed = address.replace(f"Signature={SECRET}", "Signature=another")
    process(renewed, tmp_path / "out", ["segment"], engine=here, shard_bytes=20_000)
    assert tree(tmp_path / "out") == before
    # The file is another one.
    Handler.etag = '"2"'
    refused("the input a.jsonl was changed", renewed, tmp_path / "out", ["segment"], engine=here, shard_bytes=20_000)


@pytest.mark.parametrize(
    ("way", "message"),
    [
        ("500", "500, message='Internal Server Error'"),
        ("404", "404, message='Not Found'"),
        ("403", "403, message='Forbidden'"),
        ("loop", "TooManyRedirects"),
        ("closed", "isconnected"),
        ("endless", "does not say how long the file is"),
    ],
)
def test_a_file_that_cannot_be_found(server, tmp_path, here, way, message):
    refused(message, server.address.replace("WAY", way), tmp_path / "out", engine=here)
    assert not (tmp_path / "out").exists()


def test_a_file_that_is_cut_short_and_then_whole(server, tmp_path, here):
    out = tmp_path / "out"
    refused("(?i)not enough data|payload|closed", server.address.replace("WAY", "cut"), out, engine=here)
    assert not (out / "manifest.json").exists()
    assert process(server.address.replace("WAY", "ok"), out, engine=here).counts["out"] == 2000


def test_a_server_that_fails_in_the_middle(server, tmp_path, here):
    address, options = server.address.replace("WAY", "flaky"), {"engine": here, "shard_bytes": 10_000}
    Handler.answers = 3
    refused("500.*finished parts are kept", address, tmp_path / "out", ["segment"], **options)
    kept = {path: data for path, data in tree(tmp_path / "out").items() if path.startswith("data/")}
    assert kept
    Handler.answers = 1000
    summary = process(address, tmp_path / "out", ["segment"], **options)
    assert summary.counts["out"] == 2000
    assert kept.items() <= tree(tmp_path / "out").items()


def test_a_parquet_file_at_an_address(server, tmp_path, here):
    stream = pa.BufferOutputStream()
    pq.write_table(pa.table({"text": ["問題"] * 10}), stream)
    server.files["a.parquet"] = stream.getvalue().to_pybytes()
    address = server.address.replace("a.jsonl", "a.parquet")
    assert process(address.replace("WAY", "ok"), tmp_path / "out", engine=here).counts["out"] == 10
    refused("a.parquet", address.replace("WAY", "cut"), tmp_path / "cut", engine=here)


def test_chains_of_addresses(server, tmp_path, here):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("in/a.jsonl", LINES)
    server.files["a.zip"] = (tmp_path / "a.zip").read_bytes()
    address = server.address.replace("WAY", "ok")
    chains = [
        f"zip://in/a.jsonl::{address.replace('a.jsonl', 'a.zip')}",
        f"zip://in/*.jsonl::{tmp_path}/a.zip",
        f"simplecache::{address}",
    ]
    for number, chain in enumerate(chains):
        assert process(chain, tmp_path / f"{number}", ["segment"], engine=here).counts["out"] == 2000
    missing = address.replace("ok", "404").replace("a.jsonl", "a.zip")
    refused("404", f"zip://in/a.jsonl::{missing}", tmp_path / "out", engine=here)
    refused(".", f"https::https://me:{SECRET}@127.0.0.1:1/a.jsonl", tmp_path / "out", engine=here)


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("http://[x", "no file of a supported type"),
        (f"http://me:{SECRET}@[x/a.jsonl", "(?i)invalid"),
        ("http://", "."),
        ("http:///a.jsonl", "."),
        (f"http://me:{SECRET}@host:port/a.jsonl", "."),
        (f"foo://me:{SECRET}@x", "[Pp]rotocol not known: foo"),
        (f"foo::bar://me:{SECRET}@x", "[Pp]rotocol not known"),
        ("memory://none/a.jsonl", "no such file"),
        ("file:///none/a.jsonl", "no such file"),
        ("", "is not a path"),
        ("a\0b", "is not a path"),
        ("a" * 5000 + ".jsonl", "too long|no such file"),
        ("github://a", "."),
        ("zip://", "."),
        ("::", "."),
        ("data:,x", "."),
    ],
)
def test_an_address_that_is_none(tmp_path, here, address, message):
    refused(message, address, tmp_path / "out", engine=here)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("protocol", "package"), [("s3", "s3fs"), ("gs", "gcsfs")])
def test_a_protocol_whose_package_is_missing(tmp_path, here, monkeypatch, protocol, package):
    monkeypatch.setitem(sys.modules, package, None)
    refused(f"{package}", f"{protocol}://key:{SECRET}@bucket/a.jsonl", tmp_path / "out", engine=here)


def test_a_file_that_became_shorter(tmp_path, here, monkeypatch):
    """Rows that were there when the run was planned are not lost without a word."""
    for name in ("a.jsonl", "b.txt"):
        (tmp_path / name).write_bytes(LINES)
        found = find([f"{tmp_path}/{name}"])
        (tmp_path / name).write_bytes(LINES[:1000])
        monkeypatch.setattr(run, "find", lambda inputs, found=found: found)
        summary = process(tmp_path / name, tmp_path / f"of-{name}", ["segment"], engine=here)
        assert summary.counts["rejected:unreadable"] == 1


def test_the_signature_of_an_address_is_no_part_of_a_name(tmp_path):
    with fsspec.open("memory://signed/a.jsonl", "wb") as stream:
        stream.write(LINES)
    (source,), _ = find(["memory://signed/a.jsonl"])
    assert (source.name, source.size) == ("a.jsonl", len(LINES))
    assert "memory" not in repr(source)


def test_the_scheduler_has_a_secret(tmp_path):
    (tmp_path / "a.jsonl").write_bytes(LINES)
    for address in (f"tls://me:{SECRET}@127.0.0.1:1", "http://[x", f"foo://me:{SECRET}@x"):
        done = run_cli(
            "process", tmp_path / "a.jsonl", "--out", tmp_path / "out", "--engine", "dask", "--scheduler", address
        )
        assert done.returncode == 1
        assert SECRET not in (done.stdout + done.stderr).decode()
        assert json.dumps(done.stderr.decode()).count("error: ") == 1


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["local", "dask"])
def test_workers_of_their_own_log_no_secret(server, tmp_path, engine):
    """What a worker raises is logged where it runs, by the engine."""
    if engine == "dask":
        pytest.importorskip("distributed", reason="it comes with the extra `dask`")
    Handler.answers = 3
    arguments = ["--out", "made", "--engine", engine, "--workers", "1", "--shard-bytes", "10000", "--steps", "segment"]
    command = [sys.executable, "-m", "zhengwen", "process", server.address.replace("WAY", "flaky"), *arguments]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.count("error: ") == 1
    assert "500" in done.stderr
    assert SECRET not in done.stdout + done.stderr
    assert all(SECRET.encode() not in data for data in tree(tmp_path).values())
    Handler.answers = 1000
    assert subprocess.run(command, cwd=tmp_path).returncode == 0
