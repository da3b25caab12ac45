"""Loading a release, by `datasets` and by this package."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import copy_repository, run_cli
from huggingface_hub import DatasetCard

import zhengwen
from zhengwen.editions import SCRIPTS
from zhengwen.errors import UnknownNameError, ZhengwenError
from zhengwen.release.layout import data_file
from zhengwen.release.manifest import data_digest, read_manifest, sha256, to_text
from zhengwen.release.reader import ReleaseFolder
from zhengwen.release.statement import ReleaseMismatchError, VersionMismatchError
from zhengwen.schema import read_schema

#: Every config; a run without the slow tests has one script of each family.
CONFIGS = [
    pytest.param(config, id=config.name, marks=[pytest.mark.slow] * (config.script not in (None, SCRIPTS[0])))
    for config in read_schema().configs.values()
]


@pytest.mark.parametrize("config", CONFIGS)
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
    with pytest.raises(VersionMismatchError, match=rf"asked for version 9\.9\.9, got {zhengwen.__version__}"):
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
    with pytest.raises(ZhengwenError, match=r"README\.md: is \d+ bytes"):
        zhengwen.load_dataset("clusters", repo=str(folder))
    correct_the_manifest(folder)
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
    correct_the_manifest(copied_release)
    with pytest.raises(ZhengwenError, match=r"annotations/another-2025-document/sentences\.jsonl is missing"):
        zhengwen.Corpus.open(copied_release)
    pq.write_table(table.slice(0, 0), file)
    correct_the_manifest(copied_release)
    assert len(zhengwen.Corpus.open(copied_release)) == 0
    with pytest.raises(UnknownNameError, match="unknown document"):
        ReleaseFolder(copied_release).document("shangyou-2025-deepseek")


# What is loaded is what was released.


@pytest.mark.slow
def test_rows_of_an_edited_checkout_are_loaded_anew(tmp_path):
    repository = copy_repository(tmp_path)
    folder = str(repository / "corpus")
    (credit,) = datasets.load_dataset(folder, "documents", split="test")["picture_credit"]
    (about,) = (repository / "seeds").glob("*/document.yaml")
    text, count = re.subn("(?m)^picture_credit: .*$", "picture_credit: 影像", about.read_text(encoding="utf-8"))
    assert count == 1
    about.write_text(text, encoding="utf-8", newline="\n")
    assert run_cli("build", str(repository)).returncode == 0
    assert datasets.load_dataset(folder, "documents", split="test")["picture_credit"][0] == "影像"
    assert zhengwen.load_dataset("documents", repo=folder)["picture_credit"][0] == "影像"
    # The packaged corpus has the same folder name, version and shape, and keeps its own rows.
    assert zhengwen.load_dataset("documents")["picture_credit"][0] == credit


def test_the_digest_of_the_rows_is_part_of_the_key_of_the_cache():
    configs = DatasetCard.load(Path(zhengwen.corpus_path()) / "README.md").data["configs"]
    stated = read_manifest(Path(zhengwen.corpus_path()))["configs"]
    assert {config["config_name"]: config["description"] for config in configs} == {
        name: f"rows sha256:{config['sha256']}" for name, config in stated.items()
    }
    builder = datasets.load_dataset_builder(zhengwen.corpus_path(), "clusters")
    assert builder.config.description == f"rows sha256:{stated['clusters']['sha256']}"


@pytest.mark.parametrize("streaming", [False, True])
def test_a_pointer_of_git_lfs_is_not_rows(copied_release, streaming):
    zhengwen.load_dataset("clusters", repo=copied_release)  # now `datasets` has the rows in its cache
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"
    (copied_release / data_file("clusters")).write_text(pointer, encoding="utf-8")
    with pytest.raises(ZhengwenError, match="is a pointer of Git LFS and not the file itself"):
        zhengwen.load_dataset("clusters", repo=copied_release, streaming=streaming)
    with pytest.raises(ZhengwenError, match="pointer of Git LFS"):
        ReleaseFolder(copied_release).table("clusters")


def flip_a_label(folder, config="stances-hans", column="label"):
    """Change one label in the Parquet file of a release."""
    file = folder / data_file(config)
    table = pq.read_table(file)
    values = table[column].to_pylist()
    values[0] = (values[0] + 1) % 3
    position = table.column_names.index(column)
    pq.write_table(table.set_column(position, table.schema.field(column), pa.array(values, pa.int64())), file)


def flip_the_names_of_labels(folder, config="stances-hans", column="label"):
    """Exchange two names of labels in the metadata of a Parquet file."""
    file = folder / data_file(config)
    table = pq.read_table(file)
    metadata = json.loads(table.schema.metadata[b"huggingface"])
    names = metadata["info"]["features"][column]["names"]
    names[0], names[1] = names[1], names[0]
    pq.write_table(table.replace_schema_metadata({"huggingface": json.dumps(metadata)}), file)


def correct_the_manifest(folder):
    """State the present size and hash of every file, as somebody would who hides a change."""
    manifest = read_manifest(folder)
    for entry in manifest["files"]:
        data = (folder / entry["path"]).read_bytes()
        entry |= {"size": len(data), "sha256": sha256(data)}
    (folder / "manifest.json").write_text(to_text(manifest), encoding="utf-8", newline="\n")


@pytest.mark.parametrize("is_hidden", [False, True], ids=["", "with the hash corrected"])
@pytest.mark.parametrize("change", [flip_a_label, flip_the_names_of_labels])
def test_a_changed_label_in_a_copy_is_found(copied_release, change, is_hidden):
    assert zhengwen.verify(copied_release) == []
    change(copied_release)
    if is_hidden:
        correct_the_manifest(copied_release)
    (finding,) = zhengwen.verify(copied_release)
    assert finding.file == data_file("stances-hans")
    assert finding.id == ("release-rows" if is_hidden else "manifest-mismatch")
    assert run_cli("check", str(copied_release)).returncode == 1
    if change is flip_a_label or not is_hidden:  # with a card, `datasets` takes the names of labels from there
        with pytest.raises(ZhengwenError):
            zhengwen.load_dataset("stances", repo=copied_release, revision=f"v{zhengwen.__version__}")


def test_changed_names_of_labels_in_the_card_are_found(copied_release):
    card = copied_release / "README.md"
    text = card.read_text(encoding="utf-8")
    assert "'1': favor" in text
    text = text.replace("'1': favor", "'1': against").replace("'2': against", "'2': favor")
    card.write_text(text, encoding="utf-8", newline="\n")
    correct_the_manifest(copied_release)
    with pytest.raises(ReleaseMismatchError, match="the labels of label are none, "):
        zhengwen.load_dataset("stances", repo=copied_release)


def test_rows_that_datasets_kept_are_compared(copied_release, tmp_path, monkeypatch):
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    loaded = zhengwen.load_dataset("stances", repo=copied_release)
    original = (copied_release / data_file("stances-hans")).read_bytes()
    # The cache is filled from a changed file, which is then put right.
    shutil.rmtree(Path(loaded.cache_files[0]["filename"]).parent)
    flip_a_label(copied_release)
    datasets.load_dataset(str(copied_release), "stances-hans", split="test")
    (copied_release / data_file("stances-hans")).write_bytes(original)
    with pytest.raises(
        ReleaseMismatchError, match=r"the 204 rows that `datasets` gives are not those of version"
    ) as error:
        zhengwen.load_dataset("stances", repo=copied_release)
    folder = Path(re.search(r"remove (\S+), where", error.value.fix)[1])
    shutil.rmtree(folder)
    assert len(zhengwen.load_dataset("stances", repo=copied_release)) == 204


def test_a_copy_of_a_known_version_with_other_data(copied_release):
    (annotation,) = copied_release.glob("annotations/*/clusters.jsonl")
    annotation.write_text(annotation.read_text(encoding="utf-8")[:-1] + " \n", encoding="utf-8", newline="\n")
    correct_the_manifest(copied_release)
    (finding,) = zhengwen.verify(copied_release)
    assert (finding.id, finding.file) == ("release-digest", "manifest.json")
    manifest = read_manifest(copied_release)
    rows = {name: config["sha256"] for name, config in manifest["configs"].items()}
    files = copied_release.glob("annotations/*/*.jsonl")
    annotations = {path.relative_to(copied_release).as_posix(): sha256(path.read_bytes()) for path in files}
    manifest["data"]["digest"] = data_digest(rows, annotations)
    (copied_release / "manifest.json").write_text(to_text(manifest), encoding="utf-8", newline="\n")
    (finding,) = zhengwen.verify(copied_release)
    assert f"version {zhengwen.__version__} has the data" in finding.message


def test_a_folder_without_a_manifest_cannot_be_verified(tmp_path):
    with pytest.raises(ZhengwenError, match=r"manifest\.json: there is no such file"):
        zhengwen.verify(tmp_path)


@pytest.mark.parametrize("streaming", [False, True])
def test_a_list_of_splits_with_a_revision(copied_release, streaming):
    splits = ["test", "test"] if streaming else ["test[:10]", "test[10:]"]
    version = f"v{zhengwen.__version__}"
    parts = zhengwen.load_dataset("clusters", split=splits, repo=copied_release, revision=version, streaming=streaming)
    assert [len(list(part)) for part in parts] == ([46, 46] if streaming else [10, 36])
    with pytest.raises(VersionMismatchError):
        zhengwen.load_dataset("clusters", split=splits, repo=copied_release, revision="v9.9.9", streaming=streaming)


def test_a_card_of_another_version(copied_release):
    card = copied_release / "README.md"
    text = card.read_text(encoding="utf-8")
    card.write_text(text.replace(f"version: {zhengwen.__version__}", "version: 9.9.9"), encoding="utf-8", newline="\n")
    correct_the_manifest(copied_release)
    with pytest.raises(VersionMismatchError, match=r"README\.md is of version 9\.9\.9"):
        zhengwen.load_dataset("clusters", repo=copied_release)


#: Run in a process of its own: leaves a stream after a row, again and again in forked children; prints how many of them
#: ended otherwise than with success.  The parent must not have used Arrow, whose threads a child would lack.
LEAVE_STREAMS = """
import os, sys, datasets, zhengwen
import pyarrow.dataset
folder, runs = zhengwen.corpus_path(), int(sys.argv[1])
streams = [
    datasets.load_dataset(folder, "sentences-hans", split="test", streaming=True),
    zhengwen.load_dataset("sentences", streaming=True),
]
failed = 0
for run in range(runs):
    child = os.fork()
    if child == 0:
        next(iter(streams[run % 2]))
        sys.exit()
    failed += os.waitpid(child, 0)[1] != 0
print(failed)
"""


@pytest.mark.slow
def test_a_stream_that_is_left_early_does_not_abort_the_process():
    # Without the wait at exit, more than 20 of these 200 abort.
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", LEAVE_STREAMS, "200"], check=True, capture_output=True, text=True
    )
    assert (run.stdout, run.stderr) == ("0\n", "")


def test_a_clone_and_a_download_of_a_release_are_verified(copied_release):
    for name in (".git/config", ".gitattributes", ".cache/huggingface/download/README.md.metadata"):
        (copied_release / name).parent.mkdir(parents=True, exist_ok=True)
        (copied_release / name).write_text("", encoding="utf-8")
    assert zhengwen.verify(copied_release) == []
    (copied_release / "notes.txt").write_text("", encoding="utf-8")
    assert [finding.file for finding in zhengwen.verify(copied_release)] == ["notes.txt"]


CHANGED_CARDS = {
    "another file": (f"path: {data_file('clusters')}", "path: data/other/test.parquet"),
    "a file in another folder": (f"path: {data_file('clusters')}", f"path: x/{data_file('clusters')}"),
    "another split": ("- split: test\n    path: data/clusters/", "- split: train\n    path: data/clusters/"),
    "fewer columns": (
        "- config_name: clusters\n  version:",
        "- config_name: clusters\n  columns: [id, name]\n  version:",
    ),
    "fewer rows": (
        "- config_name: clusters\n  version:",
        "- config_name: clusters\n  filters: [[name, '=', x]]\n  version:",
    ),
    "other labels": ("'0': PERSON\n          '1': NORP", "'0': NORP\n          '1': PERSON"),
}


@pytest.mark.parametrize("streaming", [False, True])
@pytest.mark.parametrize("change", CHANGED_CARDS)
def test_a_card_that_would_load_something_else(copied_release, change, streaming):
    card = copied_release / "README.md"
    text = card.read_text(encoding="utf-8")
    old, new = CHANGED_CARDS[change]
    assert old in text
    card.write_text(text.replace(old, new), encoding="utf-8", newline="\n")
    for other in ("data/other/test.parquet", f"x/{data_file('clusters')}"):
        (copied_release / other).parent.mkdir(parents=True)
        shutil.copy(copied_release / data_file("clusters"), copied_release / other)
    for hide in (lambda folder: None, correct_the_manifest):
        hide(copied_release)
        with pytest.raises(ZhengwenError):
            zhengwen.load_dataset("clusters", repo=copied_release, streaming=streaming)


def change_manifest(change):
    def apply(folder):
        manifest = read_manifest(folder)
        change(manifest)
        (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")

    return apply


SPOILT_MANIFESTS = {
    "no configs": lambda manifest: manifest.pop("configs"),
    "labels that are numbers": lambda manifest: manifest["configs"]["clusters"].update(labels={"type": [1, 2]}),
    "labels that are a list": lambda manifest: manifest["configs"]["clusters"].update(labels=[]),
    "labels with more than a count": lambda manifest: manifest["configs"]["clusters"].update(
        labels={"type": [["a", 1, 2]]}
    ),
    "a version that is an object": lambda manifest: manifest.update(version={"a": 1}),
    "documents that are a number": lambda manifest: manifest.update(documents=5),
    "earlier versions that are a number": lambda manifest: manifest["data"].update(earlier=5),
    "a file twice": lambda manifest: manifest["files"].append(manifest["files"][0]),
}
WRONG_MANIFESTS = {
    "a wrong number of rows": lambda manifest: manifest["configs"]["clusters"].update(rows=99),
    "a wrong path": lambda manifest: manifest["configs"]["clusters"].update(path=data_file("documents")),
    "a wrong digest of labels": lambda manifest: manifest.update(labels="0" * 64),
}


@pytest.mark.parametrize("change", [*SPOILT_MANIFESTS, *WRONG_MANIFESTS])
def test_a_manifest_that_states_something_else(copied_release, change):
    change_manifest((SPOILT_MANIFESTS | WRONG_MANIFESTS)[change])(copied_release)
    findings = zhengwen.verify(copied_release)
    assert {finding.id for finding in findings} <= {"release-rows", "release-digest"}
    assert len(findings) == 1
    if change in SPOILT_MANIFESTS:
        with pytest.raises(ReleaseMismatchError, match=r"manifest\.json is not that of a release"):
            zhengwen.load_dataset("clusters", repo=copied_release)


def test_a_flipped_label_is_found_though_the_manifest_lists_no_configs(copied_release):
    flip_a_label(copied_release)
    correct_the_manifest(copied_release)
    change_manifest(SPOILT_MANIFESTS["no configs"])(copied_release)
    assert zhengwen.verify(copied_release)


def test_a_link_to_a_folder_is_not_part_of_a_copy(copied_release, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (copied_release / "data" / "extra").symlink_to(tmp_path / "elsewhere")
    assert [finding.file for finding in zhengwen.verify(copied_release)] == ["data/extra"]


def test_a_damaged_cache(copied_release, tmp_path, monkeypatch):
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    loaded = zhengwen.load_dataset("clusters", repo=copied_release)
    Path(loaded.cache_files[0]["filename"]).write_bytes(b"no rows")
    with pytest.raises(ReleaseMismatchError, match="the rows that `datasets` has in its cache cannot be read"):
        zhengwen.load_dataset("clusters", repo=copied_release)
