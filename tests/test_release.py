"""The rows of every config, the card, and the build."""

import dataclasses
import os
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml
from conftest import REPOSITORY, run_cli, tree
from huggingface_hub import DatasetCard
from markdown_it import MarkdownIt
from odd import odd_document

from zhengwen import __version__, atomic, load_dataset
from zhengwen.checks import check
from zhengwen.document import FOLDS, Document
from zhengwen.editions import SCRIPTS
from zhengwen.errors import ZhengwenError
from zhengwen.release.build import Release, release, write_release
from zhengwen.release.card import card, licence
from zhengwen.release.layout import data_file, schema_file
from zhengwen.repository.reading import Repository
from zhengwen.rows import rows
from zhengwen.schema import read_schema

SCHEMA = read_schema()
CONFIGS = list(SCHEMA.configs.values())
SCRIPTED = [config for config in CONFIGS if config.script]


@pytest.fixture(scope="module")
def of_checkout() -> Release:
    """The release that the checkout gives."""
    return release(Repository.read(REPOSITORY))


def build(repository: Path) -> list[str]:
    """Read the repository and write its release; the paths written."""
    return write_release(release(Repository.read(repository)), repository)


@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: config.name)
def test_rows_are_of_their_shape(of_checkout, config):
    shape = SCHEMA.rows[config.family]
    rows = of_checkout.rows[config.name]
    assert rows
    for row in rows:
        assert shape.problems(row) == []
        assert list(row) == list(shape.fields)
        assert shape.decode(shape.encode(row)) == row
    assert len({row["id"] for row in rows}) == len(rows)


@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: config.name)
def test_the_released_file_holds_the_rows(of_checkout, config):
    table = pq.read_table(REPOSITORY / "corpus" / data_file(config.name))
    assert table.equals(of_checkout.table(config.name))


@pytest.mark.parametrize("config", SCRIPTED, ids=lambda config: config.name)
def test_every_span_of_a_row_is_a_slice_of_its_text(of_checkout, article, config):
    document = article.text(config.script)
    for row in of_checkout.rows[config.name]:
        if "start" in row:
            assert document[row["start"] : row["end"]] == row["text"]
        for nested in (row.get("entities"), row.get("quotes"), row.get("stances")):
            for item in nested or ():
                assert row["text"][item["start"] : item["end"]] == item["text"]
        if "context" in row:
            context, offset = row["context"], row["context_start"]
            assert document[offset : offset + len(context)] == context
            assert row["text"] in context
            for part in ("cue", "source"):
                if row.get(part):
                    assert context[row[f"{part}_start"] - offset : row[f"{part}_end"] - offset] == row[part]
            if row.get("evidence_start") is not None:
                evidence = context[row["evidence_start"] - offset : row["evidence_end"] - offset]
                assert evidence
                assert evidence in row["text"]


@pytest.mark.parametrize("script", SCRIPTS)
def test_configs_agree_with_each_other(of_checkout, script):
    sentences = of_checkout.rows[f"sentences-{script}"]
    assert sum(len(row["entities"]) for row in sentences) == len(of_checkout.rows[f"entities-{script}"])
    assert {item["quote_id"] for row in sentences for item in row["quotes"]} == {
        row["id"] for row in of_checkout.rows[f"quotes-{script}"]
    }
    assert {item["id"] for row in sentences for item in row["stances"]} == {
        row["id"] for row in of_checkout.rows[f"stances-{script}"] if row["label"] != "none"
    }
    for row, tagged in zip(sentences, of_checkout.rows[f"ner-{script}"], strict=True):
        assert row["id"] == tagged["id"]
        assert "".join(tagged["tokens"]) == "".join(row["text"].split())
        assert "".join(row["tokens"]) == row["text"]


@pytest.mark.parametrize("script", SCRIPTS)
def test_tags_are_the_outermost_mentions(of_checkout, script):
    entities = of_checkout.rows[f"entities-{script}"]
    outermost = [
        (inner["start"], inner["end"], inner["type"])
        for inner in entities
        if not any(
            outer["start"] <= inner["start"] and inner["end"] <= outer["end"] and outer["id"] != inner["id"]
            for outer in entities
        )
    ]
    tagged = []
    for row in of_checkout.rows[f"ner-{script}"]:
        for tag, start in zip(row["ner_tags"], row["char_start"], strict=True):
            if tag.startswith("B-"):
                tagged.append((start, start + 1, tag[2:]))
            elif tag.startswith("I-"):
                first, _, label = tagged[-1]
                assert label == tag[2:]
                tagged[-1] = (first, start + 1, label)
    assert tagged == outermost


@pytest.mark.parametrize("family", [name for name, shape in SCHEMA.rows.items() if shape.scripts])
def test_ids_are_the_same_in_every_script(of_checkout, family):
    ids = [[row["id"] for row in of_checkout.rows[f"{family}-{script}"]] for script in SCRIPTS]
    assert all(of_script == ids[0] for of_script in ids)


def test_parallel_sentences(of_checkout):
    for row in of_checkout.rows["parallel"]:
        assert list(row["translation"]) == list(SCRIPTS)
        for script in SCRIPTS:
            (sentence,) = (item for item in of_checkout.rows[f"sentences-{script}"] if item["id"] == row["id"])
            assert row["translation"][script] == sentence["text"]


def test_a_quotation_over_several_sentences_has_a_piece_in_each(of_checkout):
    quote = next(row for row in of_checkout.rows["quotes-hans"] if row["id"].endswith(".q03"))
    pieces = [
        item["text"]
        for row in of_checkout.rows["sentences-hans"]
        for item in row["quotes"]
        if item["quote_id"] == quote["id"] and item["part"] == "content"
    ]
    assert len(pieces) == 2
    assert "".join(pieces) == quote["text"]


FOLDED = [config for config in CONFIGS if "fold" in SCHEMA.rows[config.family].fields]


def test_every_row_with_a_place_in_the_text_has_a_fold():
    assert {config.family for config in FOLDED} == {"sentences", "entities", "ner", "quotes", "stances", "parallel"}


@pytest.mark.parametrize("config", FOLDED, ids=lambda config: config.name)
def test_what_shares_a_paragraph_or_a_quotation_shares_a_fold(of_checkout, article, config):
    of_sentence = {row["id"]: row["fold"] for row in of_checkout.rows["sentences-hans"]}
    assert {row["fold"] for row in of_checkout.rows[config.name]} == set(range(FOLDS))
    passages = {item.id: item for layer in ("sentences", "entities", "quotes") for item in article.layer(layer)}
    passages |= {paragraph.id: paragraph for paragraph in article.paragraphs}
    for row in of_checkout.rows[config.name]:
        passage = passages[row["unit" if config.family == "stances" else "id"]]
        touched = [sentence for sentence in article.sentences if sentence.touches(article.paragraphs_of(passage))]
        assert {of_sentence[sentence.id] for sentence in touched} == {row["fold"]}


def test_folds_are_of_about_the_same_size(article):
    sizes = [0] * FOLDS
    for paragraph in article.paragraphs:
        sizes[article.folds[paragraph.id]] += paragraph.end - paragraph.start
    assert max(sizes) - min(sizes) < 10


def test_a_quotation_joins_the_paragraphs_that_it_crosses():
    document = odd_document()
    first, second, *others = document.folds.values()
    assert first == second
    assert set(others).isdisjoint({first})
    quotes = rows(SCHEMA.config("quotes-hans"), [document], SCHEMA)
    assert next(row["fold"] for row in quotes if row["id"].endswith("q01")) == first


def test_a_label_does_not_move_a_fold(article):
    relabelled = [dataclasses.replace(record, type="LAW") for record in article.gold["entities"]]
    texts = {edition: article.text(edition) for edition in article.editions}
    gold = {**article.gold, "entities": relabelled, "stances": []}
    other = Document(article.id, article.provenance, texts, article.alignments, gold, article.layers, "hans")
    assert other.folds == article.folds


def test_many_short_documents_fill_all_folds(article):
    gold = {layer: [] for layer in article.layers}
    documents = [
        Document(f"d-{number}", {}, {"hans": "船到了。"}, {}, gold, article.layers, "hans") for number in range(50)
    ]
    assert {fold for document in documents for fold in document.folds.values()} == set(range(FOLDS))


@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: config.name)
def test_rows_that_datasets_writes_as_json_lines_are_valid(tmp_path, config):
    file = tmp_path / "rows.jsonl"
    load_dataset(config.family, config.script).to_json(file)
    done = run_cli("check", file, "--as", f"rows/{config.family}")
    assert (done.returncode, done.stdout) == (0, b"")


@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: config.name)
def test_the_rows_that_load_prints_are_valid_and_have_names(config):
    printed = run_cli("load", config.name, "--limit", "5").stdout
    done = run_cli("check", "-", "--as", f"rows/{config.family}", stdin=printed)
    assert (done.returncode, done.stdout) == (0, b"")
    assert b'"label": 0' not in printed


def test_a_release_holds_the_schema_and_the_guidelines(root, of_checkout):
    folder = REPOSITORY / "corpus" / "schema"
    own = {path: data for path, data in tree(root / "schema").items() if path != "labels.yaml"}
    assert own.items() <= tree(folder).items()
    schemas = (read_schema(folder), read_schema(root / "schema"))
    released, stated = (dataclasses.replace(schema, files={}) for schema in schemas)
    assert released == stated
    assert {schema_file(path) for path in tree(folder)} <= set(of_checkout.paths())


def test_the_card_explains_every_label_and_every_column(of_checkout):
    card = of_checkout.texts["README.md"]
    for inventory, labels in SCHEMA.labels.items():
        assert f"(`{inventory}`)" in card
        for number, label in enumerate(labels.values()):
            row = rf"^\| {number} \| `?{label.key}\b.* {re.escape(label.definition)} \|$"
            assert re.search(row, card, flags=re.MULTILINE)
    for shape in SCHEMA.rows.values():
        for column in shape.columns():
            row = rf"^\| `{re.escape(column.path)}` \| .* \| {re.escape(column.description)} \|$"
            assert re.search(row, card, flags=re.MULTILINE)


def test_the_card_counts_the_mentions_that_tags_leave_out(of_checkout, article):
    inner = [
        mention
        for mention in article.entities
        if any(other.contains(mention) and other.id != mention.id for other in article.entities)
    ]
    assert inner
    count = f"{len(inner)} of the {len(article.entities)} mentions lie inside another one"
    assert count in " ".join(of_checkout.texts["README.md"].split())


def test_the_card_counts_what_is_in_each_fold(of_checkout):
    table = re.findall(r"^\| (\d) \|((?: \d+ \|){9})$", of_checkout.texts["README.md"], flags=re.MULTILINE)
    counts = [[int(cell) for cell in cells.split("|")[:-1]] for _, cells in table]
    assert [int(number) for number, _ in table] == list(range(FOLDS))
    sums = [sum(column) for column in zip(*counts, strict=True)]
    sizes = [len(of_checkout.rows[f"{family}-hans"]) for family in ("sentences", "entities", "quotes", "stances")]
    assert sums[2:6] == sizes
    assert sum(sums[6:]) == sizes[-1]


def test_the_card_and_croissant_say_how_to_cite_this_version(of_checkout):
    card = of_checkout.texts["README.md"]
    entry = re.search(r"```bibtex\n(@misc\{zhengwen,\n.*?\n\})\n```", card, flags=re.DOTALL)[1]
    assert f"version = {{{__version__}}}" in entry
    assert f"year = {{{of_checkout.date[:4]}}}" in entry
    assert f"url = {{https://huggingface.co/datasets/{of_checkout.about['repository']}}}" in entry
    later = of_checkout.with_history("2031-01-02", of_checkout.ledger)
    assert "year = {2031}" in later.texts["README.md"]


def test_the_card_gives_the_address_of_each_document(of_checkout):
    (seed,) = of_checkout.seeds
    row = rf"^\| `{seed.id}` \| {seed.about['publisher']} \| .* \| {seed.about['url'] or 'not known'} \|$"
    assert re.search(row, of_checkout.texts["README.md"], flags=re.MULTILINE)


def test_the_card_holds_the_metadata_that_loaders_need(of_checkout):
    card = (REPOSITORY / "corpus" / "README.md").read_text(encoding="utf-8")
    metadata = yaml.safe_load(card.split("---\n")[1])
    assert metadata["language"] == ["zh"]
    assert metadata["license"] == "other"
    assert metadata["license_link"] == "LICENSE"
    assert metadata["annotations_creators"] == ["machine-generated"]
    assert metadata["task_ids"] == ["named-entity-recognition", "multi-class-classification"]
    assert {entry["config_name"]: entry["version"] for entry in metadata["configs"]} == dict.fromkeys(
        SCHEMA.configs, __version__
    )
    assert [entry["config_name"] for entry in metadata["configs"] if entry.get("default")] == ["sentences-hans"]
    for entry in metadata["dataset_info"]:
        (split,) = entry["splits"]
        assert split["num_examples"] == len(of_checkout.rows[entry["config_name"]])
    assert "large language model" in card


def test_a_card_is_valid_for_the_hub():
    card = DatasetCard.load(REPOSITORY / "corpus" / "README.md")
    assert card.data.pretty_name == "zhengwen 正文"
    assert card.data.size_categories == ["n<1K"]


def test_what_data_say_is_text_in_the_card_and_the_licence(of_checkout):
    """Nothing that a document or the corpus says of itself is markup: no cell, no HTML, no link, no escape sequence."""
    hostile = "a|b <script>alert(1)</script> [x](https://host) ![y](https://host/z.png) `c`\n## d\x1b[2J &lt;"
    seed = of_checkout.seeds[0]
    stated = {**seed.about, "publisher": hostile, "reporter": hostile, "rights": hostile}
    seeds = [replace(seed, about={**stated, "received": {**seed.about["received"], "from": hostile}})]
    about = {**of_checkout.about, "summary": hostile}
    made = of_checkout
    text = card(replace(made.described, about=about, seeds=seeds))
    assert "\x1b" not in text + licence(about, seeds)
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(text.split("---\n", 2)[2])
    usual = (
        MarkdownIt("commonmark", {"html": True}).enable("table").render(made.texts["README.md"].split("---\n", 2)[2])
    )
    for tag in ("<script", "<a ", "<img ", "<h2>", "<td>", "<td ", "<code>"):
        assert html.count(tag) == usual.count(tag), tag
    assert (
        html.count("a|b &lt;script&gt;alert(1)&lt;/script&gt; [x](https://host) ![y](https://host/z.png) `c` ## d") == 6
    )


def test_building_twice_gives_the_same_bytes(repository):
    before = tree(repository)
    assert build(repository) == release(Repository.read(repository)).paths()
    built = tree(repository)
    build(repository)
    assert tree(repository) == built
    # Another version of pyarrow writes the same rows as other bytes.
    bytes_of_parquet = (".parquet", "manifest.json")
    assert {path: data for path, data in built.items() if not path.endswith(bytes_of_parquet)} == {
        path: data for path, data in before.items() if not path.endswith(bytes_of_parquet)
    }
    assert check(repository) == []


def test_building_where_there_is_no_release(repository):
    shutil.rmtree(repository / "corpus")
    build(repository)
    assert check(repository) == []


@pytest.mark.parametrize("moment", ["writing", "swapping"])
@pytest.mark.parametrize("failure", [KeyboardInterrupt(), OSError(28, "No space left on device"), RuntimeError("bug")])
def test_an_interrupted_build_leaves_the_old_release(repository, of_checkout, monkeypatch, moment, failure):
    before = tree(repository)
    if moment == "writing":
        calls = []
        fsync = os.fsync

        def fail(*arguments):
            calls.append(arguments)
            if len(calls) == 3:
                raise failure
            return fsync(*arguments)

        monkeypatch.setattr(os, "fsync", fail)
    else:
        rename = os.rename

        def fail(old, new):
            if Path(old).name == "0":  # the new folder
                raise failure
            rename(old, new)

        monkeypatch.setattr(os, "rename", fail)
        monkeypatch.setattr(atomic, "_exchange", lambda new, target: False)
    expected = ZhengwenError if isinstance(failure, OSError) else type(failure)
    with pytest.raises(expected) as caught:
        write_release(of_checkout, repository)
    if expected is ZhengwenError:
        assert "No space left on device; corpus/ is unchanged" in str(caught.value)
    assert tree(repository) == before
    assert not list(repository.glob(".zhengwen-*"))


def test_a_terminated_build_leaves_the_old_release(repository):
    before = tree(repository)
    program = (
        "import pyarrow.parquet as pq, sys, time\n"
        "from zhengwen.cli.main import main\n"
        "write = pq.write_table\n"
        "def stop(*a, **k):\n"
        "    write(*a, **k)\n"
        "    print('writing', flush=True)\n"
        "    sys.stdin.read()\n"
        "pq.write_table = stop\n"
        "main(['build', sys.argv[1]])\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(repository)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "writing\n"
    process.send_signal(signal.SIGTERM)
    process.communicate()
    assert process.returncode == 143
    assert tree(repository) == before
