"""Makes small corpora of one's own, with another design, other labels and other texts than those of the checkout."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from zhengwen.conversion.convert import convert
from zhengwen.draft import start
from zhengwen.release.build import release, write_release
from zhengwen.repository.reading import Repository
from zhengwen.schema import read_schema

#: Texts in Simplified characters, written for the tests.
TEXTS = (
    "河港新码头启用\n周明远教授昨天说：“新的码头有助于渔民出海，也是城市的机遇。”他在北京大学任教。\n"
    "记者看到，码头上停着二十条船。渔民认为，停船的费用还是一个问题。\n",
    "山城图书馆扩建\n图书馆馆长林小雨表示：“我们的藏书已经超过三百万册。”\n读者说，座位仍然不足。\n",
    "北湖举行冬泳比赛\n周日上午，北湖举行了冬泳比赛。比赛由当地的协会主办。\n",
)

ENTITY_TYPES = {
    "PERSON": "A person, by name.",
    "ORG": "An institution, by name.",
    "DATE": {"definition": "A date.", "refers": False},
}
TARGETS = {"harbour": {"name": "码头", "definition": "The new quay of the river port."}}


#: What `seeds/corpus.yaml` states of a corpus of which nothing is known but its name and title.
ABOUT = {
    "name": "river-port",
    "title": "River Port",
    "summary": None,
    "version": "0.1.0",
    "repository": None,
    "annotation_license": None,
    "text_license": None,
    "baselines": [],
    "metadata": None,
}


def make_repository(
    root: Path,
    layers: Sequence[str] = ("sentences",),
    *,
    base: str = "hans",
    editions: Sequence[str] = ("hans",),
    restoration: bool = False,
    types: Mapping[str, Any] = ENTITY_TYPES,
    targets: Mapping[str, Any] = TARGETS,
    prose: str | None = None,
    **about: Any,
) -> Path:
    """Write a repository without documents to ``root``.

    Of ``types`` and ``targets`` (names in Simplified characters) it has what ``layers`` use.
    """
    labels: dict[str, Any] = {}
    if {"entities", "clusters"} & set(layers):
        labels["entity_types"] = dict(types)
    if "stances" in layers:
        labels["targets"] = {key: {**target, "name": _written(target["name"], base)} for key, target in targets.items()}
    design = {"base": base, "editions": list(editions), "layers": list(layers), "restoration": restoration}
    files = {
        "schema/design.yaml": yaml.safe_dump(design, sort_keys=False),
        "schema/labels.yaml": yaml.safe_dump(labels, allow_unicode=True, sort_keys=False),
        "schema/GUIDELINES.md": "# Guidelines\n\nMark what the labels define.\n",
        "seeds/corpus.yaml": yaml.safe_dump({**ABOUT, **about}, allow_unicode=True, sort_keys=False),
        "CHANGELOG.md": "# Changelog\n\n## [0.1.0] - 2025-03-04\n\nThe first release.\n",
        **({"seeds/card.md": prose} if prose is not None else {}),
    }
    for path, content in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8", newline="\n")
    return root


def make_corpus(
    root: Path,
    layers: Sequence[str] = ("sentences",),
    *,
    base: str = "hans",
    texts: Sequence[str] = TEXTS[:1],
    known: Mapping[str, Any] | None = None,
    **repository: Any,
) -> Path:
    """Write a repository with drafts of ``texts`` (in Simplified characters) to ``root``; nothing is built.

    ``repository`` is the rest of what :func:`make_repository` takes.
    """
    make_repository(root, layers, base=base, **repository)
    schema = read_schema(root / "schema")
    for number, text in enumerate(texts, start=1):
        start(root, f"paper-{number}", _written(text, base).encode("utf-8"), schema, dict(known or {}))
    return root


def _written(text: str, base: str) -> str:
    """A Simplified text in the edition ``base``."""
    return text if base == "hans" else convert(text, to=base, source="hans").text


def build(root: Path) -> Path:
    """Build the release of a repository, and return its folder."""
    made = release(Repository.read(root))
    for path, content in made.schema.json_files().items():
        file = root / "schema" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8", newline="\n")
    write_release(made, root)
    return root / "corpus"


def edit_document(root: Path, doc_id: str, **changes: Any) -> None:
    """Change fields of ``document.yaml``."""
    path = root / "seeds" / doc_id / "document.yaml"
    about = yaml.safe_load(path.read_text(encoding="utf-8")) | changes
    path.write_text(yaml.safe_dump(about, allow_unicode=True, sort_keys=False), encoding="utf-8", newline="\n")


def records(root: Path, doc_id: str, layer: str) -> list[dict[str, Any]]:
    """The records of a layer of gold."""
    file = root / "seeds" / doc_id / "gold" / f"{layer}.jsonl"
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
