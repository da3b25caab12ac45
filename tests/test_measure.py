"""Agreement, disagreement and scoring: figures that can be checked by hand, properties, and bad input."""

import dataclasses
import json
import random
import shutil
from pathlib import Path

import krippendorff
import numpy as np
import pytest
from conftest import ARTICLE, REPOSITORY, ROOT, assert_error, run_cli
from datasets import ClassLabel, Dataset, Features, Value
from hypothesis import given
from hypothesis import strategies as st

import zhengwen
from zhengwen.annotation import Annotation
from zhengwen.errors import ZhengwenError
from zhengwen.layers import LAYERS, clusters, quotes
from zhengwen.measure.agreement import _coincidences, agree, alpha_of, counts
from zhengwen.measure.baselines import BASELINES
from zhengwen.measure.disagreement import disagreements
from zhengwen.measure.scoring import TASKS, score
from zhengwen.passes import read_annotation
from zhengwen.records import TextSpan
from zhengwen.schema import read_schema

PASSES = REPOSITORY / "seeds" / ARTICLE / "annotators"
TEXT = "何大海说，船到了。货没到。\n周明远认为，船会晚到。\n"


def spans(*surfaces: str) -> list[tuple[int, int, str]]:
    """The span of each of ``surfaces`` in the text, with its words."""
    return [(TEXT.index(words), TEXT.index(words) + len(words), words) for words in surfaces]


def annotation(name: str, label: str = "favor", person: str = "PERSON", content: str = "船到了") -> Annotation:
    """A small annotation; two annotators number their records differently."""
    first = {"a": 0, "b": 40}.get(name, 70) + 1
    sentence, entity, cluster, quote, stance = (LAYERS[layer].RECORD for layer in LAYERS)
    cluster_ids = {"何大海": f"d.c{first:02d}", "周明远": f"d.c{first + 1:02d}"}
    quoted, cue, source = (TextSpan(*spans(words)[0]) for words in (content, "说", "何大海"))
    speaker, author = cluster_ids.values()
    quote_id = f"d.q{first:02d}"
    cells = [
        (quote_id, speaker, "deepseek", label, None if label == "none" else quoted, "certain"),
        ("d.p02", author, "deepseek", "none", None, "certain"),
    ]
    lines = TEXT.replace("。", "。\n").split()
    layers = {
        "sentences": [sentence(f"d.s{number:03d}", *span) for number, span in enumerate(spans(*lines), first)],
        "entities": [
            entity(f"d.e{number:04d}", *span, person, cluster_ids[span[2]])
            for number, span in enumerate(spans(*cluster_ids), first)
        ],
        "clusters": [cluster(id, person, words, (), True) for words, id in cluster_ids.items()],
        "quotes": [quote(quote_id, "indirect", (quoted,), cue, source, speaker, False)],
        "stances": [stance(f"d.st{number:03d}", *cell) for number, cell in enumerate(cells, first)],
    }
    return Annotation(name, TEXT, layers)


def figures(*annotations: Annotation) -> dict:
    return {(figure.layer, figure.measure, figure.label, figure.annotators): figure for figure in agree(annotations)}


def test_the_same_annotation_agrees_whatever_its_ids():
    agreement = agree([annotation("a"), annotation("b"), annotation("c")])
    assert {figure.value for figure in agreement} == {1.0}
    assert disagreements([annotation("a"), annotation("b"), annotation("c")]) == []


def test_figures_by_hand():
    agreement = figures(annotation("a"), annotation("b", label="none", person="ORG", content="船到了。货没到"))
    pair = ("a", "b")
    assert agreement["entities", "exact F1", "", pair].value == 0
    assert agreement["entities", "exact F1", "PERSON", pair].n == (2, 0)
    assert agreement["clusters", "B-cubed F1", "", pair].value == 0  # a mention of another type is another mention
    assert agreement["quotes", "content, exact F1", "", pair].value == 0
    assert agreement["quotes", "content, relaxed F1", "", pair].value == 1
    assert agreement["quotes", "cue, exact F1", "", pair].value == 1
    assert agreement["stances", "triples F1", "", pair].n == (1, 0)
    # Two cells: (favor, none) and (none, none).  o = {fn: 1, nf: 1, nn: 2}, n = 4: 1 - 3 * 2 / (16 - 1 - 9).
    assert agreement["stances", "alpha, cells of the grid", "", pair].value == pytest.approx(0.0)
    assert agreement["sentences", "boundaries F1", "", pair].n == (1, 1)  # the ends of lines are given


def test_disagreements_name_the_field_and_what_each_annotator_says():
    first, second, third = annotation("a"), annotation("b", label="none"), annotation("c")
    assert [(d.layer, d.target, d.field, d.readings) for d in disagreements([first, second, third])] == [
        ("stances", "deepseek", "evidence", {"a": "船到了", "b": None, "c": "船到了"}),
        ("stances", "deepseek", "label", {"a": "favor", "b": "none", "c": "favor"}),
    ]
    shorter = Annotation("b", TEXT, {**first.layers, "entities": first.layers["entities"][:1]})
    on_entities = [d for d in disagreements([first, shorter]) if d.layer == "entities"]
    assert [(d.field, d.readings) for d in on_entities] == [("record", {"a": "there", "b": None})]


def test_clusters_and_quotations_are_matched_by_where_they_stand():
    annotations = [annotation("a"), annotation("b")]
    groups = [{name: record.name for name, record in group.items()} for group in clusters.group(annotations)]
    assert groups == [{"a": "何大海", "b": "何大海"}, {"a": "周明远", "b": "周明远"}]
    assert [set(group) for group in quotes.group(annotations)] == [{"a", "b"}]


def test_intervals_contain_their_figure_and_are_reproducible():
    passes = [read_annotation(PASSES / f"pass-{name}", read_schema()) for name in "abc"]
    agreement = agree(passes)
    assert all(0 <= figure.low <= figure.value <= figure.high <= 1 for figure in agreement)
    assert agreement == agree(passes)
    # F1 does not depend on the order of the annotators.
    reversed_values, values = (
        {(figure.layer, figure.measure, figure.label): figure.value for figure in agree(pair)}
        for pair in (passes[1::-1], passes[:2])
    )
    assert reversed_values == values


def test_round_one_reaches_the_required_agreement():
    agreement = zhengwen.agree([PASSES / f"pass-{name}" for name in "abc"])
    least = {"exact F1": 0.90, "content, exact F1": 0.85, "boundaries F1": 0.97, "triples F1": 0.80}
    for measure, bound in least.items():
        assert min(figure.value for figure in agreement if figure.measure == measure and not figure.label) >= bound


@given(st.lists(st.lists(st.sampled_from("xyz"), min_size=2, max_size=4), min_size=2, max_size=12))
def test_alpha_of_resamples_is_that_of_the_package(units):
    domain = sorted({value for unit in units for value in unit})
    counted = [tuple(unit.count(value) for value in domain) for unit in units]
    matrix = np.array([[sum(column) for column in zip(*map(_coincidences, counted), strict=True)]])
    (alpha,) = alpha_of(matrix, len(domain))
    if len(domain) < 2:
        assert np.isnan(alpha)
    else:
        assert alpha == pytest.approx(krippendorff.alpha(value_counts=counted, level_of_measurement="nominal"))


PASS_A = read_annotation(PASSES / "pass-a", read_schema())


@given(st.integers(0, 2**32))
def test_a_label_changed_at_random_is_one_disagreement(seed):
    entities = list(PASS_A.layers["entities"])
    position = random.Random(seed).randrange(len(entities))
    old = entities[position].type
    new = "LAW" if old != "LAW" else "ORG"
    entities[position] = dataclasses.replace(entities[position], type=new)
    changed = Annotation("changed", PASS_A.text, {**PASS_A.layers, "entities": entities})
    on_types = [d for d in disagreements([PASS_A, changed]) if d.layer == "entities" and d.field == "type"]
    assert [d.readings for d in on_types] == [{"pass-a": old, "changed": new}]


def test_counts_are_those_of_the_files():
    passes = [read_annotation(PASSES / f"pass-{name}", read_schema()) for name in "ab"]
    label_counts = counts(passes)
    mentions = sum(by_annotator["pass-a"] for (layer, _), by_annotator in label_counts.items() if layer == "entities")
    assert mentions == len(passes[0].layers["entities"])
    assert label_counts["stances", "against"] == {"pass-a": 3, "pass-b": 3}


# Scoring.


def rows(config: str) -> list[dict]:
    schema = read_schema()
    family, script = schema.config(config).family, schema.config(config).script
    return [schema.rows[family].decode(row) for row in zhengwen.load_dataset(family, script, streaming=True)]


def perfect(task: str, gold: list[dict]) -> list[dict]:
    """Predictions that equal the gold."""
    if task == "entities":
        keep = ("start", "end", "type")
        return [
            {"id": row["id"], "entities": [{k: mention[k] for k in keep} for mention in row["entities"]]}
            for row in gold
        ]
    if task == "ner":
        return [{"id": row["id"], "ner_tags": row["ner_tags"]} for row in gold]
    if task == "stances":
        return [{"id": row["id"], "label": row["label"]} for row in gold]
    documents: dict[str, list] = {}
    for row in gold:
        if task == "sentences":
            item = {"start": row["start"], "end": row["end"]}
        else:
            pieces = zip(row["fragment_starts"], row["fragment_ends"], strict=True)
            item = {
                "content": [{"start": row["start"] + a, "end": row["start"] + b} for a, b in pieces],
                **{
                    part: row[part] and {"start": row[f"{part}_start"], "end": row[f"{part}_end"]}
                    for part in ("cue", "source")
                },
                "speaker": row["speaker_name"],
            }
        documents.setdefault(row["doc_id"], []).append(item)
    return [{"id": id, task: items} for id, items in documents.items()]


@pytest.mark.parametrize("script", ["hans", "hant-tw"])
@pytest.mark.parametrize("task", TASKS)
def test_gold_against_itself_is_perfect(task, script):
    gold = rows(f"{TASKS[task].family}-{script}")
    scores = score(gold, perfect(task, gold))
    assert scores
    assert {figure.value for figure in scores} == {1.0}, scores


def test_encoded_labels_are_scored_like_names():
    dataset = zhengwen.load_dataset("stances", "hant")
    labels = dataset.features["label"].names
    predictions = [{"id": row["id"], "label": "favor"} for row in dataset]
    assert score(dataset, predictions) == score(rows("stances-hant"), predictions)
    assert score(dataset, predictions)[2].n_gold == sum(labels[row["label"]] == "favor" for row in dataset)


def test_the_numbers_in_a_dataset_are_read_by_its_own_features():
    features = Features({"id": Value("string"), "label": ClassLabel(names=["against", "neutral", "favor"])})
    gold = Dataset.from_dict({"id": ["a", "b"], "label": [2, 0]}, features=features)
    predictions = [{"id": "a", "label": "favor"}, {"id": "b", "label": "against"}]
    assert {figure.value for figure in score(gold, predictions)} == {1.0}


def sentence(id: str, text: str, *mentions: tuple[int, int, str]) -> dict:
    """A row of a config ``sentences-S``, as far as mentions are scored against it."""
    entities = [
        {"id": f"e{number}", "start": start, "end": end, "text": text[start:end], "type": type, "cluster": None}
        for number, (start, end, type) in enumerate(mentions)
    ]
    return {"id": id, "text": text, "entities": entities}


def test_scores_by_hand():
    gold = [
        sentence("s1", "青河大学医学院", (0, 4, "ORG"), (0, 2, "GPE")),
        sentence("s2", "何大海", (0, 3, "PERSON")),
    ]
    predictions = [
        {"id": "s1", "entities": [{"start": 0, "end": 4, "type": "ORG"}]},
        {"id": "s2", "entities": [{"start": 0, "end": 2, "type": "PERSON"}]},
    ]
    scores = {(figure.measure, figure.label): figure for figure in score(gold, predictions)}
    strict = scores["exact F1", ""]
    assert (strict.precision, strict.recall, strict.n_gold, strict.n_predicted) == (1 / 2, 1 / 3, 3, 2)
    partial = scores["partial F1, any type", ""]
    assert (partial.precision, partial.recall) == (1.5 / 2, 1.5 / 3)
    assert scores["exact F1", "ORG"].value == 1
    # Two mentions that only touch do not overlap.
    apart = [sentence("s2", "何大海", (0, 1, "PERSON"))]
    touching = [{"id": "s2", "entities": [{"start": 1, "end": 3, "type": "PERSON"}]}]
    assert {figure.value for figure in score(apart, touching)} == {0}


@pytest.mark.parametrize(
    ("predictions", "message"),
    [
        ([], "no predictions"),
        ([3], "no predictions"),
        ([{"id": "a"}], "prediction 1 predicts nothing"),
        ([{"id": "a", "label": "favour"}], "prediction 1: label: unknown label 'favour'"),
        ([{"id": "a", "label": "favor"}, {"id": "a", "label": "none"}], "prediction 2: 'a' is answered twice"),
        ([{"id": "a", "label": "favor"}], "1 id is not answered: b"),
        ([{"id": id, "label": "favor"} for id in "abc"], "1 id is unknown: c"),
        ([{"id": "a", "label": "favor", "why": ""}], "prediction 1: why: is not a field"),
    ],
)
def test_an_invalid_prediction_is_an_error_rather_than_a_zero(predictions, message):
    gold = [{"id": "a", "label": "favor"}, {"id": "b", "label": "none"}]
    with pytest.raises(ZhengwenError, match=message) as raised:
        score(gold, predictions)
    assert raised.value.fix


def test_invalid_spans():
    gold = [sentence("s", "何大海")]
    with pytest.raises(ZhengwenError, match=r"prediction 1: \[2, 1\) is not a span"):
        score(gold, [{"id": "s", "entities": [{"start": 2, "end": 1, "type": "ORG"}]}])
    with pytest.raises(ZhengwenError, match=r"\[0, 9\) is not in its text, which has 3"):
        score(gold, [{"id": "s", "entities": [{"start": 0, "end": 9, "type": "ORG"}]}])
    with pytest.raises(ZhengwenError, match="1 tags for 3 characters"):
        score([{"id": "s", "ner_tags": ["O"] * 3}], [{"id": "s", "ner_tags": ["O"]}])


@pytest.mark.parametrize("baseline", BASELINES, ids=lambda baseline: baseline.name)
def test_baselines_in_the_card_are_what_they_score(baseline):
    card = (REPOSITORY / "corpus" / "README.md").read_text(encoding="utf-8")
    for figure in score(
        rows(f"{TASKS[baseline.task].family}-hans"),
        baseline.predict(rows(baseline.config(read_schema())), read_schema()),
    ):
        cells = (baseline.task, baseline.name, figure.measure, figure.label or "all", f"{figure.value:.3f}")
        assert f"| {' | '.join(cells)} |" in card


# The commands.


def test_agree_prints_what_the_function_returns():
    folders = [PASSES / "pass-a", PASSES / "pass-c"]
    done = run_cli("agree", *folders, "--format", "json")
    assert done.returncode == 0
    printed = [json.loads(line) for line in done.stdout.splitlines()]
    figures = [figure for figure in printed if figure["measure"] != "count"]
    assert figures == [json.loads(json.dumps(figure._asdict())) for figure in zhengwen.agree(folders)]
    done = run_cli("agree", *folders)
    assert done.returncode == 0
    assert b"triples F1" in done.stdout


def test_score_against_a_config_and_against_a_folder(tmp_path):
    file = tmp_path / "predictions.jsonl"
    predictions = perfect("stances", rows("stances-hans"))
    file.write_text("".join(json.dumps(prediction) + "\n" for prediction in predictions), encoding="utf-8")
    for gold in ("stances-hant-tw", REPOSITORY / "seeds" / ARTICLE, ROOT / "seeds" / ARTICLE / "gold"):
        done = run_cli("score", gold, file, "--format", "json")
        assert done.returncode == 0
        assert [json.loads(line)["value"] for line in done.stdout.splitlines()] == [1.0] * 4


def test_score_against_a_published_version(tmp_path):
    file, copy = tmp_path / "predictions.jsonl", shutil.copytree(REPOSITORY / "corpus", tmp_path / "copy")
    predictions = perfect("stances", rows("stances-hans"))
    file.write_text("".join(json.dumps(prediction) + "\n" for prediction in predictions), encoding="utf-8")
    version = f"v{zhengwen.__version__}"
    done = run_cli("score", "stances-hant", file, "--repo", copy, "--revision", version)
    assert done.returncode == 0
    assert f"stances against stances-hant of {copy} {version}" in " ".join(done.stdout.decode("utf-8").split())
    for options, message in (
        (["--repo", copy, "--revision", "v1.0.0"], f"asked for version 1.0.0, got {zhengwen.__version__}"),
        (["--repo", copy, "--revision", "2.0"], "is not a version of a release"),
        (["--revision", version], "without --repo"),
        (["--repo", tmp_path / "nothing"], "nothing: manifest.json of its default branch cannot be read"),
        (["--repo", tmp_path], "no corpus here"),
    ):
        assert_error(run_cli("score", "stances-hant", file, *options), 1, message)
    done = run_cli("score", REPOSITORY / "seeds" / ARTICLE, file, "--repo", copy)
    assert_error(done, 1, "is the folder of a document, which has no repo and no revision")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["agree", "{passes}/pass-a"], 1, "needs two annotations or more"),
        (["agree", "{passes}/pass-a", "{passes}/pass-a"], 1, "two annotations have the same name"),
        (["agree", "{passes}/pass-a", "{passes}/pass-x"], 1, "there is no such folder"),
        (["agree", "{passes}/pass-a", "{tmp}/empty"], 1, "no annotation here"),
        (
            ["agree", "{passes}/pass-a", "{tmp}/broken", "--text", "{passes}/../text.txt"],
            1,
            "broken/sentences.jsonl:2: not JSON",
        ),
        (
            ["agree", "{passes}/pass-a", "{tmp}/shape", "--text", "{passes}/../text.txt"],
            1,
            "sentences.jsonl:1: end: is missing",
        ),
        (["agree", "{passes}/pass-a", "{tmp}/moved", "--text", "{passes}/../text.txt"], 1, "in the text, not '春天'"),
        (
            ["agree", "{passes}/pass-a", "{tmp}/fewer", "--text", "{passes}/../text.txt"],
            1,
            "do not have the same layers",
        ),
        (["score", "stances-hans", "{tmp}/none.jsonl"], 1, "No such file"),
        (["score", "nothing", "{tmp}/p.jsonl"], 2, "unknown config 'nothing'"),
        (["score", "ner-hans", "{tmp}/p.jsonl"], 1, "cannot be scored against ner-hans"),
        (["score", "stances-hans", "{tmp}/bad.jsonl"], 1, "bad.jsonl:1: not JSON"),
    ],
)
def test_bad_input(arguments, code, message, tmp_path):
    def write(name: str, text: str) -> None:
        path = Path(tmp_path, name)
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")

    line = '{"id": "d.s001", "start": 0, "end": 2, "text": "春节"}\n'
    Path(tmp_path, "empty").mkdir()
    write("broken/sentences.jsonl", line + "{\n")
    write("shape/sentences.jsonl", '{"id": "d.s001", "start": 0, "text": "春节"}\n')
    write("moved/sentences.jsonl", line.replace("春节", "春天"))
    write("fewer/sentences.jsonl", line)
    write("p.jsonl", '{"id": "a", "label": "favor"}\n')
    write("bad.jsonl", "id,label\n")
    arguments = [argument.format(passes=PASSES, tmp=tmp_path) for argument in arguments]
    assert_error(run_cli(*arguments), code, message)
