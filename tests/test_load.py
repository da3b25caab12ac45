"""Loading a release, by `datasets` and by this package."""

import shutil
import subprocess
import sys

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import zhengwen
from zhengwen.errors import UnknownNameError, ZhengwenError
from zhengwen.load import VersionMismatchError
from zhengwen.release.layout import data_file
from zhengwen.release.reader import ReleaseFolder
from zhengwen.schema import read_schema

CONFIGS = list(read_schema().configs.values())


@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: config.name)
class TestEveryConfig:
    """What holds of every config, whatever it contains."""

    def test_datasets_loads_it(self, config):
        dataset = datasets.load_dataset(zhengwen.corpus_path(), config.name, split="test")
        shape = read_schema().rows[config.family]
        assert dataset.features == shape.features()
        assert str(dataset.info.version) == zhengwen.__version__
        for row in dataset:
            assert shape.problems(shape.decode(row)) == []

    def test_streaming_gives_the_same(self, config):
        path = zhengwen.corpus_path()
        streamed = datasets.load_dataset(path, config.name, split="test", streaming=True)
        assert list(streamed) == list(datasets.load_dataset(path, config.name, split="test"))

    def test_the_package_gives_the_same(self, config):
        loaded = zhengwen.load_dataset(config.family, config.script)
        assert list(loaded) == list(datasets.load_dataset(zhengwen.corpus_path(), config.name, split="test"))

    def test_it_has_one_split(self, config):
        assert list(zhengwen.load_dataset(config.family, config.script, split=None)) == ["test"]


def test_the_default_config():
    dataset = datasets.load_dataset(zhengwen.corpus_path(), split="test")
    assert dataset[0]["text"] == "春节至今，DeepSeek热度持续攀升。"
    assert list(dataset) == list(zhengwen.load_dataset("sentences"))


def test_labels_have_names():
    stances = zhengwen.load_dataset("stances", "hant")
    assert stances.features["label"].names == ["none", "favor", "against"]
    assert zhengwen.load_dataset("ner").features["ner_tags"].feature.names[:3] == ["O", "B-PERSON", "I-PERSON"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("sentence",),
            "unknown layer 'sentence' (did you mean sentences?); there are: clusters, documents",
        ),
        (("sentences-hant",), "unknown layer 'sentences-hant'"),
        (("sentences", "latin"), "unknown script 'latin'; there are: hans, hant, hant-hk, hant-tw"),
        (("clusters", "hans"), "the layer 'clusters' is the same in every script"),
    ],
)
def test_the_error_for_an_unknown_name_lists_the_valid_names(arguments, message):
    with pytest.raises(ZhengwenError) as caught:
        zhengwen.load_dataset(*arguments)
    assert message in str(caught.value)


def test_an_unknown_config():
    with pytest.raises(UnknownNameError, match="unknown config 'x'; there are: clusters, documents, entities-hans"):
        read_schema().config("x")
    with pytest.raises(ValueError, match="sentences-hant"):
        datasets.load_dataset(zhengwen.corpus_path(), "x")


@pytest.mark.parametrize("streaming", [False, True])
@pytest.mark.parametrize("split", ["test", None])
def test_the_loaded_version_is_the_requested_one(tmp_path, streaming, split):
    # `datasets` ignores the revision of a folder.
    folder = tmp_path / "release"
    shutil.copytree(zhengwen.corpus_path(), folder)
    options = {"repo": str(folder), "streaming": streaming, "split": split}
    assert zhengwen.load_dataset("sentences", revision=f"v{zhengwen.__version__}", **options)
    assert zhengwen.load_dataset("sentences", **options)
    with pytest.raises(VersionMismatchError, match=r"asked for version 9\.9\.9, got 1"):
        zhengwen.load_dataset("sentences", revision="v9.9.9", **options)


def test_a_revision_needs_a_repo():
    with pytest.raises(ZhengwenError, match="the packaged corpus has one version"):
        zhengwen.load_dataset("sentences", revision="v0.1.0")


def test_a_wrong_split_size_is_an_error(tmp_path):
    folder = tmp_path / "release"
    shutil.copytree(zhengwen.corpus_path(), folder)
    card = folder / "README.md"
    text = card.read_text(encoding="utf-8")
    assert text.count("num_examples: 46") == 1
    card.write_text(text.replace("num_examples: 46", "num_examples: 47"), encoding="utf-8")
    with pytest.raises(datasets.exceptions.NonMatchingSplitsSizesError):
        zhengwen.load_dataset("clusters", repo=str(folder))


def test_importing_is_quick():
    heavy = ["datasets", "pyarrow", "jieba", "opencc", "cerberus", "yaml", "typer"]
    program = f"import sys, zhengwen; print([name for name in {heavy} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout == "[]\n"


def test_every_public_name_exists():
    for name in zhengwen.__all__:
        assert getattr(zhengwen, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'nothing'; it has Corpus"):
        _ = zhengwen.nothing


@pytest.fixture
def copied_release(tmp_path):
    return shutil.copytree(zhengwen.corpus_path(), tmp_path / "release")


def test_a_release_without_its_annotation_is_not_an_empty_corpus(copied_release):
    shutil.rmtree(copied_release / "annotations")
    with pytest.raises(ZhengwenError, match=r"not a complete release \(annotations/.*/sentences\.jsonl is missing\)"):
        zhengwen.Corpus.open(copied_release)


def test_an_empty_folder_is_not_a_document(copied_release):
    (copied_release / "annotations" / "empty").mkdir()
    assert [document.id for document in zhengwen.Corpus.open(copied_release)] == ["shangyou-2025-deepseek"]
    assert list(ReleaseFolder(copied_release).annotations) == ["shangyou-2025-deepseek"]


def test_documents_of_another_release_are_not_opened(copied_release):
    file = copied_release / data_file("documents")
    table = pq.read_table(file)
    renamed = pa.array(["another-2025-document"])
    pq.write_table(table.set_column(table.column_names.index("id"), "id", renamed), file)
    with pytest.raises(ZhengwenError, match=r"annotations/another-2025-document/sentences\.jsonl is missing"):
        zhengwen.Corpus.open(copied_release)
    pq.write_table(table.slice(0, 0), file)
    assert len(zhengwen.Corpus.open(copied_release)) == 0
    with pytest.raises(UnknownNameError, match="unknown document"):
        ReleaseFolder(copied_release).document("shangyou-2025-deepseek")
