"""The Croissant description, read by mlcroissant: without a warning, and to the same rows as the Parquet files.

It is read from a folder without network, and from the address of a hub.
"""

import functools
import hashlib
import json
import socket
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import mlcroissant
import pyarrow.parquet as pq
import pytest
import requests
from mlcroissant._src.core import constants

from zhengwen.paths import corpus_path
from zhengwen.release.croissant import local_files, record_set_id
from zhengwen.release.layout import CROISSANT, data_file
from zhengwen.schema import read_schema

# mlcroissant and rdflib warn of what is deprecated in each other.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


@pytest.fixture
def folder():
    return Path(corpus_path())


@pytest.fixture
def dataset(folder, monkeypatch):
    """The description in a folder, read without network."""

    def refuse(*arguments):
        raise OSError("no network here")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    return mlcroissant.Dataset(jsonld=folder / CROISSANT, mapping=local_files(folder))


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format, *arguments):
        pass


@pytest.fixture
def published(folder, tmp_path, monkeypatch):
    """The address of the description on a hub, which a server on loopback stands for; and where downloads go."""
    about = json.loads((folder / CROISSANT).read_text(encoding="utf-8"))
    hub, _, repo = about["url"].partition("/datasets/")
    place = tmp_path / "hub" / "datasets" / repo / "resolve" / f"v{about['version']}"
    place.parent.mkdir(parents=True)
    place.symlink_to(folder)
    monkeypatch.setattr(constants, "DOWNLOAD_PATH", tmp_path / "downloads")
    handler = functools.partial(_Quiet, directory=str(tmp_path / "hub"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        get, loopback = requests.get, f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setattr(requests, "get", lambda url, **options: get(url.replace(hub, loopback, 1), **options))
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"{about['url']}/resolve/v{about['version']}/{CROISSANT}"
        server.shutdown()
        thread.join()


def test_it_is_valid_without_a_warning(dataset):
    issues = dataset.metadata.ctx.issues
    assert not issues.errors
    assert not issues.warnings
    assert str(dataset.metadata.ctx.conforms_to.value).endswith("/1.1")


def test_its_hashes_and_sizes_are_those_of_the_files(folder):
    # The validator accepts wrong ones.
    described = json.loads((folder / CROISSANT).read_text(encoding="utf-8"))
    files = described["distribution"]
    paths = [data_file(config) for config in read_schema().configs]
    place = f"{described['url']}/resolve/v{described['version']}"
    assert [file["contentUrl"] for file in files] == [f"{place}/{path}" for path in paths]
    for file, path in zip(files, paths, strict=True):
        data = (folder / path).read_bytes()
        assert (file["contentSize"], file["sha256"]) == (f"{len(data)} B", hashlib.sha256(data).hexdigest())


@pytest.mark.parametrize("config", read_schema().configs)
def test_every_record_is_a_row_of_the_parquet_file(dataset, folder, config):
    assert_rows(dataset, folder, config)


def test_every_record_is_a_row_when_it_is_read_from_a_hub(published, folder, tmp_path):
    dataset = mlcroissant.Dataset(published)
    for config in read_schema().configs:
        assert_rows(dataset, folder, config)
    assert len(list((tmp_path / "downloads").iterdir())) == len(read_schema().configs)


def assert_rows(dataset, folder, config):
    """The records of a config are the rows of its file."""
    records = list(dataset.records(record_set_id(config)))
    rows = pq.read_table(folder / data_file(config)).to_pylist()
    assert len(records) == len(rows) > 0
    for record, row in zip(records, rows, strict=True):
        assert plain(record) == row


def plain(value):
    """A record with column names instead of field ids; mlcroissant returns a text as its UTF-8 bytes."""
    if isinstance(value, bytes):
        return value.decode("utf-8")
    if isinstance(value, dict):
        return {key.rpartition("/")[2]: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value
