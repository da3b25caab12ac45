"""The Croissant description, read by mlcroissant: without a warning, and to the same rows as the Parquet files."""

import hashlib
import json
from pathlib import Path

import mlcroissant
import pyarrow.parquet as pq
import pytest

from zhengwen.paths import corpus_path
from zhengwen.release.croissant import record_set_id
from zhengwen.release.layout import CROISSANT, data_file
from zhengwen.schema import read_schema

# mlcroissant and rdflib warn of what is deprecated in each other.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


@pytest.fixture
def folder():
    return Path(corpus_path())


@pytest.fixture
def dataset(folder):
    return mlcroissant.Dataset(jsonld=folder / CROISSANT)


def test_it_is_valid_without_a_warning(dataset):
    issues = dataset.metadata.ctx.issues
    assert not issues.errors
    assert not issues.warnings
    assert str(dataset.metadata.ctx.conforms_to.value).endswith("/1.1")


def test_its_hashes_and_sizes_are_those_of_the_files(folder):
    # The validator accepts wrong ones.
    described = json.loads((folder / CROISSANT).read_text(encoding="utf-8"))
    files = described["distribution"]
    assert [file["contentUrl"] for file in files] == [*map(data_file, read_schema().configs)]
    for file in files:
        data = (folder / file["contentUrl"]).read_bytes()
        assert (file["contentSize"], file["sha256"]) == (f"{len(data)} B", hashlib.sha256(data).hexdigest())


@pytest.mark.parametrize("config", read_schema().configs)
def test_every_record_is_a_row_of_the_parquet_file(dataset, folder, config):
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
