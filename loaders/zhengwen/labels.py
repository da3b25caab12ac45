"""The inventories of labels: what may stand in the data, and what it means."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import yaml

from zhengwen.errors import SchemaError
from zhengwen.files import read_yaml


class Label(NamedTuple):
    """One entry of an inventory: ``key`` stands in the data, ``name`` is what people are shown (in Simplified).

    Two fields apply only to types of mentions: ``refers`` is false for a type whose mentions have no cluster, and
    ``protected`` is true for one whose mentions are protected names.  One applies only to targets: ``topic`` is a
    pattern of words that speak of the target, which a baseline looks for.  A ``definition`` that is still to be written
    is empty; a check tells of it.
    """

    key: str
    definition: str
    name: str
    refers: bool = True
    protected: bool = False
    topic: str = ""


def read_labels(path: Path) -> dict[str, dict[str, Label]]:
    """The labels in the file ``path``, by inventory and key; raises :class:`ZhengwenError` with what is wrong there."""
    content = read_yaml(path)
    if not isinstance(content, dict):
        raise SchemaError(f"{path}: expected a mapping of inventories")
    inventories = {}
    for inventory, entries in content.items():
        if not isinstance(entries, dict) or not entries:
            what = "expected a mapping of labels to definitions" if entries else "states no label"
            raise SchemaError(
                f"{path}: {inventory}: {what}",
                fix=f"state at least one label of {inventory}, or leave the layer that needs it out of the design",
            )
        inventories[inventory] = {key: _label(path, inventory, key, entry) for key, entry in entries.items()}
    return inventories


def _label(path: Path, inventory: str, key: object, entry: object) -> Label:
    if entry is None or isinstance(entry, str):
        entry = {"definition": entry}
    has_texts = (
        isinstance(entry, dict)
        and is_line(entry.get("name", "-"))
        and (entry.get("definition") is None or is_line(entry["definition"]))
    )
    is_valid = has_texts and all(isinstance(entry.get(name, True), bool) for name in ("refers", "protected"))
    is_valid = is_valid and _is_pattern(entry.get("topic", ""))
    if isinstance(key, str) and is_valid and "definition" in entry and entry.keys() <= set(Label._fields) - {"key"}:
        return Label(**{"key": key, "name": key, **entry, "definition": entry["definition"] or ""})
    raise SchemaError(
        f"{path}: {inventory}: {key}: expected a definition (and possibly `name`, `topic`, which is a pattern, and "
        "`refers` and `protected`, true or false, and nothing else); definition and name are one line of text each",
        fix=f"write `{key}: what it means`, with quotes around both where YAML would read them as no text",
    )


def _is_pattern(text: object) -> bool:
    try:
        return isinstance(text, str) and bool(re.compile(text))
    except re.error:
        return False


def labels_text(inventories: Mapping[str, Mapping[str, Label]]) -> str:
    """All ``inventories`` as the content of one ``labels.yaml``, as a release holds it.

    >>> labels_text({"moods": {"glad": Label("glad", "Pleased.", "glad")}})
    'moods:\\n  glad:\\n    definition: Pleased.\\n'
    """
    defaults = Label._field_defaults
    content = {
        inventory: {
            key: {
                name: value
                for name, value in label._asdict().items()
                if name != "key" and value != (key if name == "name" else defaults.get(name))
            }
            for key, label in entries.items()
        }
        for inventory, entries in inventories.items()
    }
    return yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=1000)


def is_line(text: object) -> bool:
    """Whether ``text`` is one line of text, with something on it and no blanks around it."""
    return isinstance(text, str) and text.strip() == text and len(text.splitlines()) == 1


def iob2_tags(labels: Iterable[str]) -> list[str]:
    """The tags of a token classifier over ``labels``: ``O``, then ``B-`` and ``I-`` for each label.

    >>> iob2_tags(["PERSON"])
    ['O', 'B-PERSON', 'I-PERSON']
    """
    return ["O", *(f"{prefix}-{label}" for label in labels for prefix in "BI")]
