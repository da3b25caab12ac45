"""A corpus that exists, in each form, is brought in, checked, built, released and loaded back."""

import json
from collections.abc import Callable

import pytest
from conftest import run_cli

import zhengwen
from zhengwen.load import Corpus

#: The texts, each with its mentions: start, end, label.
TEXTS = {
    "one": ("何大海到了南江。他看见了船。", [(0, 3, "PER"), (5, 7, "LOC")]),
    "two": ("南江船厂很热闹，何大海也在。", [(0, 4, "ORG"), (8, 11, "PER")]),
}


def brat() -> dict[str, str]:
    return {f"{name}.txt": f"{text}\n" for name, (text, _) in TEXTS.items()} | {
        f"{name}.ann": "".join(
            f"T{number}\t{label} {start} {end}\t{text[start:end]}\n"
            for number, (start, end, label) in enumerate(spans, start=1)
        )
        for name, (text, spans) in TEXTS.items()
    }


def labelstudio() -> dict[str, str]:
    def region(text: str, start: int, end: int, label: str) -> dict:
        value = {"start": start, "end": end, "text": text[start:end], "labels": [label]}
        return {"id": f"r{start}", "type": "labels", "from_name": "label", "to_name": "text", "value": value}

    tasks = [
        {
            "id": number,
            "data": {"text": text, "name": name},
            "annotations": [{"id": number, "result": [region(text, *span) for span in spans]}],
        }
        for number, (name, (text, spans)) in enumerate(TEXTS.items(), start=1)
    ]
    return {"project.json": json.dumps(tasks)}


def characters(text: str, spans: list[tuple[int, int, str]]) -> list[tuple[str, str]]:
    """The characters of a text with their tags in IOB2."""
    tags = ["O"] * len(text)
    for start, end, label in spans:
        tags[start:end] = [f"B-{label}", *[f"I-{label}"] * (end - start - 1)]
    return list(zip(text, tags, strict=True))


def conllu() -> dict[str, str]:
    parts = []
    for name, (text, spans) in TEXTS.items():
        words = enumerate(characters(text, spans), start=1)
        rows = [f"{n}\t{form}\t_\tX\t_\t_\t0\tdep\t_\tNER={tag}|SpaceAfter=No\n" for n, (form, tag) in words]
        parts.append("".join([f"# newdoc id = {name}\n# text = {text}\n", *rows, "\n"]))
    return {"treebank.conllu": "".join(parts)}


def bio() -> dict[str, str]:
    return {
        f"{name}.bio": "".join(f"{character}\t{tag}\n" for character, tag in characters(text, spans))
        for name, (text, spans) in TEXTS.items()
    }


def jsonl() -> dict[str, str]:
    """In the form of CLUENER, whose ends are those of the last character."""
    records = [
        {
            "id": name,
            "text": text,
            "label": {label: {text[start:end]: [[start, end - 1]]} for start, end, label in spans},
        }
        for name, (text, spans) in TEXTS.items()
    ]
    return {"dev.jsonl": "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)}


@pytest.mark.parametrize(
    ("source", "options"),
    [(brat, ()), (labelstudio, ()), (conllu, ()), (bio, ()), (jsonl, ("--document-per", "record"))],
)
def test_a_corpus_that_exists_is_released_and_loaded(source: Callable[[], dict[str, str]], options, tmp_path):
    folder, root, labels = tmp_path / "source", tmp_path / "corpus", tmp_path / "map.yaml"
    folder.mkdir()
    for name, content in source().items():
        (folder / name).write_text(content, encoding="utf-8", newline="")
    labels.write_text("PER: PERSON\nLOC: GPE\n", encoding="utf-8")
    commands = [
        ("init", root, "--name", "ports", "--types", "PERSON,ORG,GPE", "--layers", "entities,clusters"),
        ("import", source.__name__, folder, "--new", "--labels", labels, "--by", "two students", *options),
        ("check", "--level", 4),
        ("build",),
        ("build", "--release"),
        ("check",),
    ]
    for command in commands:
        done = run_cli(*command, cwd=root if root.is_dir() else tmp_path)
        assert done.returncode == 0, done.stderr.decode("utf-8")
    (entry,) = map(json.loads, (root / "releases.jsonl").read_text(encoding="utf-8").splitlines())
    assert entry["version"] == "0.1.0"

    types = {"PER": "PERSON", "ORG": "ORG", "LOC": "GPE"}
    expected = [
        (name, start, end, text[start:end], types[label])
        for name, (text, spans) in TEXTS.items()
        for start, end, label in spans
    ]
    corpus = Corpus.open(root)
    assert {document.id: document.text().strip() for document in corpus} == {
        name: text for name, (text, _) in TEXTS.items()
    }
    read = [(document.id, e.start, e.end, e.text, e.type) for document in corpus for e in document.entities]
    assert read == expected
    assert {cluster.name for document in corpus for cluster in document.clusters} == {"何大海", "南江", "南江船厂"}
    rows = zhengwen.load_dataset("entities", repo=root)
    name_of = rows.features["type"].int2str
    assert [(row["doc_id"], row["start"], row["end"], row["text"], name_of(row["type"])) for row in rows] == expected
