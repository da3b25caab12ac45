"""Agreement, disagreement and scoring: figures that can be checked by hand, properties, and bad input."""

import dataclasses
import json
import random
from pathlib import Path

import krippendorff
import numpy as np
import pytest
from conftest import ARTICLE, ROOT
from hypothesis import given
from hypothesis import strategies as st

import zhengwen
from zhengwen.cli.main import main
from zhengwen.errors import ZhengwenError
from zhengwen.measure.agreement import agree, alpha_of, counts
from zhengwen.measure.annotation import Annotation, aligned_clusters, aligned_quotes, read_annotation
from zhengwen.measure.baselines import BASELINES
from zhengwen.measure.disagreement import disagreements
from zhengwen.measure.scoring import TASKS, score
from zhengwen.records import ClusterRecord, EntityRecord, QuoteRecord, SentenceRecord, StanceRecord, TextSpan
from zhengwen.schema import read_schema

PASSES = ROOT / "seeds" / ARTICLE / "annotators"
TEXT = "何大海说，船到了。货没到。\n周明远认为，船会晚到。\n"


def spans(*surfaces: str) -> list[tuple[int, int, str]]:
    return [(TEXT.index(one), TEXT.index(one) + len(one), one) for one in surfaces]


def annotation(name: str, label: str = "favor", person: str = "PERSON", content: str = "船到了") -> Annotation:
    """A small annotation; two of them number their records differently."""
    n = {"a": 0, "b": 40}.get(name, 70)
    ids = {"何大海": f"d.c{n + 1:02d}", "周明远": f"d.c{n + 2:02d}"}
    ((start, end, said),) = spans(content)
    ((cue_start, cue_end, cue),) = spans("说")
    source = TextSpan(0, 3, "何大海")
    entities = [EntityRecord(f"d.e{n + i:04d}", a, b, t, person, ids[t]) for i, (a, b, t) in enumerate(spans(*ids))]
    quote = QuoteRecord(
        f"d.q{n + 1:02d}",
        "indirect",
        (TextSpan(start, end, said),),
        TextSpan(cue_start, cue_end, cue),
        source,
        ids["何大海"],
        False,
    )
    evidence = TextSpan(start, end, said) if label != "none" else None
    cells = [
        StanceRecord(f"d.st{n + 1:03d}", quote.id, ids["何大海"], "deepseek", label, evidence, "certain"),
        StanceRecord(f"d.st{n + 2:03d}", "d.p02", ids["周明远"], "deepseek", "none", None, "certain"),
    ]
    sentences = [
        SentenceRecord(f"d.s{n + i:03d}", *one) for i, one in enumerate(spans(*TEXT.replace("。", "。\n").split()))
    ]
    clusters = [ClusterRecord(id, person, one, (), True) for one, id in ids.items()]
    layers = {"sentences": sentences, "entities": entities, "clusters": clusters, "quotes": [quote], "stances": cells}
    return Annotation(name, TEXT, layers)


def figures(*annotations: Annotation) -> dict:
    return {(one.layer, one.measure, one.label, one.annotators): one for one in agree(annotations)}


def test_who_says_the_same_agrees_whatever_the_ids():
    found = agree([annotation("a"), annotation("b"), annotation("c")])
    assert {one.value for one in found} == {1.0}
    assert disagreements([annotation("a"), annotation("b"), annotation("c")]) == []


def test_figures_by_hand():
    one, other = annotation("a"), annotation("b", label="none", person="ORG", content="船到了。货没到")
    found = figures(one, other)
    pair = ("a", "b")
    assert found["entities", "exact F1", "", pair].value == 0
    assert found["entities", "exact F1", "PERSON", pair].n == (2, 0)
    assert found["clusters", "B-cubed F1", "", pair].value == 0  # a mention of another type is another mention
    assert found["quotes", "content, exact F1", "", pair].value == 0
    assert found["quotes", "content, relaxed F1", "", pair].value == 1
    assert found["quotes", "cue, exact F1", "", pair].value == 1
    assert found["stances", "triples F1", "", pair].n == (1, 0)
    # Two cells: (favor, none) and (none, none).  o = {fn: 1, nf: 1, nn: 2}, n = 4: 1 - 3 * 2 / (16 - 1 - 9).
    assert found["stances", "alpha, cells of the grid", "", pair].value == pytest.approx(0.0)
    assert found["sentences", "boundaries F1", "", pair].n == (1, 1)  # the ends of lines are given


def test_disagreements_name_field_and_readings():
    one, other, third = annotation("a"), annotation("b", label="none"), annotation("c")
    assert [(d.layer, d.target, d.field, d.readings) for d in disagreements([one, other, third])] == [
        ("stances", "deepseek", "evidence", {"a": "船到了", "b": None, "c": "船到了"}),
        ("stances", "deepseek", "label", {"a": "favor", "b": "none", "c": "favor"}),
    ]
    missing = dataclasses.replace(other, layers={**one.layers, "entities": one.layers["entities"][:1]}, name="b")
    found = [d for d in disagreements([one, missing]) if d.layer == "entities"]
    assert [(d.field, d.readings) for d in found] == [("record", {"a": "there", "b": None})]


def test_speakers_and_holders_are_told_by_their_places():
    one, other = annotation("a"), annotation("b")
    groups = [{name: record.name for name, record in group.items()} for group in aligned_clusters([one, other])]
    assert groups == [{"a": "何大海", "b": "何大海"}, {"a": "周明远", "b": "周明远"}]
    assert [set(group) for group in aligned_quotes([one, other])] == [{"a", "b"}]


def test_intervals_hold_their_figure_and_are_the_same_every_time():
    passes = [read_annotation(PASSES / f"pass-{name}", read_schema()) for name in "abc"]
    found = agree(passes)
    assert all(0 <= one.low <= one.value <= one.high <= 1 for one in found)
    assert found == agree(passes)
    # F1 is the same either way round.
    turned = {(one.layer, one.measure, one.label): one.value for one in agree(passes[1::-1])}
    assert turned == {(one.layer, one.measure, one.label): one.value for one in agree(passes[:2])}


def test_round_one_reaches_what_was_asked_of_it():
    found = zhengwen.agree([PASSES / f"pass-{name}" for name in "abc"])
    least = {"exact F1": 0.90, "content, exact F1": 0.85, "boundaries F1": 0.97, "triples F1": 0.80}
    for measure, bound in least.items():
        assert min(one.value for one in found if one.measure == measure and not one.label) >= bound


@given(st.lists(st.lists(st.sampled_from("xyz"), min_size=2, max_size=4), min_size=2, max_size=12))
def test_alpha_of_resamples_is_that_of_the_package(units):
    domain = sorted({value for unit in units for value in unit})
    counted = [[unit.count(value) for value in domain] for unit in units]
    from zhengwen.measure.agreement import _coincidences

    matrix = np.array([[sum(column) for column in zip(*map(_coincidences, counted), strict=True)]])
    (found,) = alpha_of(matrix, len(domain))
    if len(domain) < 2:
        assert np.isnan(found)
    else:
        assert found == pytest.approx(krippendorff.alpha(value_counts=counted, level_of_measurement="nominal"))


PASS_A = read_annotation(PASSES / "pass-a", read_schema())


@given(st.integers(0, 2**32))
def test_a_label_changed_at_random_is_one_disagreement(seed):
    draw = random.Random(seed)
    one = PASS_A
    entities = list(one.layers["entities"])
    at = draw.randrange(len(entities))
    other = "LAW" if entities[at].type != "LAW" else "ORG"
    entities[at] = dataclasses.replace(entities[at], type=other)
    changed = Annotation("changed", one.text, {**one.layers, "entities": entities})
    found = [d for d in disagreements([one, changed]) if d.layer == "entities" and d.field == "type"]
    assert [d.readings for d in found] == [{"pass-a": one.layers["entities"][at].type, "changed": other}]


def test_counts_are_those_of_the_files():
    passes = [read_annotation(PASSES / f"pass-{name}", read_schema()) for name in "ab"]
    found = counts(passes)
    assert sum(of["pass-a"] for (layer, _), of in found.items() if layer == "entities") == len(
        passes[0].layers["entities"]
    )
    assert found["stances", "against"] == {"pass-a": 3, "pass-b": 3}


# Scoring.


def rows(config: str) -> list[dict]:
    schema = read_schema()
    found = schema.config(config)
    dataset = zhengwen.load_dataset(found.family, found.script, streaming=True)
    return [schema.rows[found.family].decode(row) for row in dataset]


def perfect(task: str, gold: list[dict]) -> list[dict]:
    """What somebody predicts who knows the gold."""
    if task == "entities":
        keep = ("start", "end", "type")
        return [{"id": row["id"], "entities": [{k: one[k] for k in keep} for one in row["entities"]]} for row in gold]
    if task == "ner":
        return [{"id": row["id"], "ner_tags": row["ner_tags"]} for row in gold]
    if task == "stances":
        return [{"id": row["id"], "label": row["label"]} for row in gold]
    documents: dict[str, list] = {}
    for row in gold:
        if task == "sentences":
            made = {"start": row["start"], "end": row["end"]}
        else:
            pieces = zip(row["fragment_starts"], row["fragment_ends"], strict=True)
            made = {
                "content": [{"start": row["start"] + a, "end": row["start"] + b} for a, b in pieces],
                **{
                    part: row[part] and {"start": row[f"{part}_start"], "end": row[f"{part}_end"]}
                    for part in ("cue", "source")
                },
                "speaker": row["speaker_name"],
            }
        documents.setdefault(row["doc_id"], []).append(made)
    return [{"id": id, task: made} for id, made in documents.items()]


@pytest.mark.parametrize("script", ["hans", "hant-tw"])
@pytest.mark.parametrize("task", TASKS)
def test_gold_against_itself_is_perfect(task, script):
    gold = rows(f"{TASKS[task].family}-{script}")
    found = score(gold, perfect(task, gold))
    assert found
    assert {one.value for one in found} == {1.0}, found


def test_a_dataset_with_numbers_is_scored_like_one_with_names():
    dataset = zhengwen.load_dataset("stances", "hant")
    labels = dataset.features["label"].names
    predictions = [{"id": row["id"], "label": "favor"} for row in dataset]
    assert score(dataset, predictions) == score(rows("stances-hant"), predictions)
    assert score(dataset, predictions)[2].n_gold == sum(labels[row["label"]] == "favor" for row in dataset)


def sentence(id: str, text: str, *mentions: tuple[int, int, str]) -> dict:
    """A row of a config ``sentences-S``, as far as mentions are scored against it."""
    made = [
        {"id": f"e{n}", "start": a, "end": b, "text": text[a:b], "type": type, "cluster": None}
        for n, (a, b, type) in enumerate(mentions)
    ]
    return {"id": id, "text": text, "entities": made}


def test_scores_by_hand():
    gold = [
        sentence("s1", "青河大学医学院", (0, 4, "ORG"), (0, 2, "GPE")),
        sentence("s2", "何大海", (0, 3, "PERSON")),
    ]
    predictions = [
        {"id": "s1", "entities": [{"start": 0, "end": 4, "type": "ORG"}]},
        {"id": "s2", "entities": [{"start": 0, "end": 2, "type": "PERSON"}]},
    ]
    found = {(one.measure, one.label): one for one in score(gold, predictions)}
    strict = found["exact F1", ""]
    assert (strict.precision, strict.recall, strict.n_gold, strict.n_predicted) == (1 / 2, 1 / 3, 3, 2)
    partial = found["partial F1, any type", ""]
    assert (partial.precision, partial.recall) == (1.5 / 2, 1.5 / 3)
    assert found["exact F1", "ORG"].value == 1
    # Two mentions that only touch do not overlap.
    apart = [sentence("s2", "何大海", (0, 1, "PERSON"))]
    touching = [{"id": "s2", "entities": [{"start": 1, "end": 3, "type": "PERSON"}]}]
    assert {one.value for one in score(apart, touching)} == {0}


@pytest.mark.parametrize(
    ("predictions", "message"),
    [
        ([], "no predictions"),
        ([3], "no predictions"),
        ([{"id": "a"}], "prediction 1 predicts nothing"),
        ([{"id": "a", "label": "favour"}], "prediction 1: label: unknown label 'favour'"),
        ([{"id": "a", "label": "favor"}, {"id": "a", "label": "none"}], "prediction 2: 'a' is answered twice"),
        ([{"id": "a", "label": "favor"}], "1 id is not answered: b"),
        ([{"id": one, "label": "favor"} for one in "abc"], "1 id is unknown: c"),
        ([{"id": "a", "label": "favor", "why": ""}], "prediction 1: why: is not a field"),
    ],
)
def test_what_is_no_answer_is_an_error_and_no_zero(predictions, message):
    gold = [{"id": "a", "label": "favor"}, {"id": "b", "label": "none"}]
    with pytest.raises(ZhengwenError, match=message) as raised:
        score(gold, predictions)
    assert raised.value.fix


def test_spans_that_are_none():
    gold = [sentence("s", "何大海")]
    with pytest.raises(ZhengwenError, match=r"no span: \[2, 1\)"):
        score(gold, [{"id": "s", "entities": [{"start": 2, "end": 1, "type": "ORG"}]}])
    with pytest.raises(ZhengwenError, match=r"\[0, 9\) is not in its text, which has 3"):
        score(gold, [{"id": "s", "entities": [{"start": 0, "end": 9, "type": "ORG"}]}])
    with pytest.raises(ZhengwenError, match="1 tags for 3 characters"):
        score([{"id": "s", "ner_tags": ["O"] * 3}], [{"id": "s", "ner_tags": ["O"]}])


@pytest.mark.parametrize("baseline", BASELINES, ids=lambda one: one.name)
def test_baselines_in_the_card_are_what_they_score(baseline):
    card = (ROOT / "corpus" / "README.md").read_text(encoding="utf-8")
    for one in score(rows(f"{TASKS[baseline.task].family}-hans"), baseline.predict(rows(baseline.reads))):
        start = f"| {baseline.task} | {baseline.name} | {one.measure} | {one.label or 'all'} | {one.value:.3f} |"
        assert start in card


# The commands.


def run(capsys, *arguments: object) -> tuple[int, str, str]:
    code = 0
    try:
        main([str(one) for one in arguments])
    except SystemExit as stopped:
        code = stopped.code or 0
    return code, *capsys.readouterr()


def test_agree_prints_what_the_function_finds(capsys):
    folders = [PASSES / "pass-a", PASSES / "pass-c"]
    code, out, _ = run(capsys, "agree", *folders, "--format", "json")
    assert code == 0
    printed = [json.loads(line) for line in out.splitlines()]
    found = [one for one in printed if one["measure"] != "count"]
    assert found == [json.loads(json.dumps(one._asdict())) for one in zhengwen.agree(folders)]
    code, out, _ = run(capsys, "agree", *folders)
    assert code == 0
    assert "triples F1" in out


def test_score_against_a_config_and_against_a_folder(capsys, tmp_path):
    gold = rows("stances-hans")
    file = tmp_path / "predictions.jsonl"
    file.write_text("".join(json.dumps(one) + "\n" for one in perfect("stances", gold)), encoding="utf-8")
    printed = []
    for place in ("stances-hant-tw", ROOT / "seeds" / ARTICLE, ROOT / "seeds" / ARTICLE / "gold"):
        code, out, _ = run(capsys, "score", place, file, "--format", "json")
        assert code == 0
        printed.append([json.loads(line)["value"] for line in out.splitlines()])
    assert printed == [[1.0] * 4] * 3


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["agree", "{passes}/pass-a"], 1, "needs two annotations or more"),
        (["agree", "{passes}/pass-a", "{passes}/pass-a"], 1, "two annotations have one name"),
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
        (["agree", "{passes}/pass-a", "{tmp}/fewer", "--text", "{passes}/../text.txt"], 1, "not the same layers"),
        (["score", "stances-hans", "{tmp}/none.jsonl"], 1, "No such file"),
        (["score", "nothing", "{tmp}/p.jsonl"], 2, "unknown config 'nothing'"),
        (["score", "ner-hans", "{tmp}/p.jsonl"], 1, "cannot be scored against ner-hans"),
        (["score", "stances-hans", "{tmp}/bad.jsonl"], 1, "bad.jsonl:1: not JSON"),
    ],
)
def test_bad_input(arguments, code, message, capsys, tmp_path):
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
    given_code, out, err = run(capsys, *(one.format(passes=PASSES, tmp=tmp_path) for one in arguments))
    assert given_code == code
    assert message in err
    assert out == ""
