"""From the labels of a source to the entity types of a corpus, by a map that people write."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import yaml

from zhengwen.errors import ZhengwenError
from zhengwen.files import read_yaml

#: What becomes of each label of a source; ``None`` leaves its mentions out.
LabelMap = Mapping[str, str | None]

#: For labels that are in common use, the entity types that they may mean, the most likely first; those that a corpus
#: has are proposed.
_USUAL: dict[tuple[str, ...], tuple[str, ...]] = {
    ("person", "per", "pers", "people", "name", "nr", "human", "人名", "人物", "人"): ("PERSON", "PER"),
    (
        "organization",
        "organisation",
        "org",
        "company",
        "government",
        "institution",
        "nt",
        "机构",
        "机构名",
        "组织",
        "公司",
    ): (
        "ORG",
        "ORGANIZATION",
    ),
    ("location", "loc", "ns", "地点", "地名", "位置"): ("LOC", "LOCATION", "GPE"),
    ("gpe", "country", "city", "province"): ("GPE", "LOC", "LOCATION"),
    ("fac", "facility"): ("FAC", "LOC"),
    ("date", "日期"): ("DATE", "TIME"),
    ("time", "时间"): ("TIME", "DATE"),
    ("money",): ("MONEY",),
    ("percent", "percentage"): ("PERCENT",),
    ("product", "prod", "产品"): ("PRODUCT",),
    ("event", "事件"): ("EVENT",),
    ("work", "work_of_art", "book", "movie", "film", "song", "作品"): ("WORK_OF_ART", "WORK"),
    ("law", "法律"): ("LAW",),
    ("language",): ("LANGUAGE",),
    ("norp", "nationality"): ("NORP",),
    ("title", "position", "occupation", "job", "职位", "职务"): ("TITLE",),
    ("cardinal", "number"): ("CARDINAL",),
    ("ordinal",): ("ORDINAL",),
    ("quantity",): ("QUANTITY",),
}


def proposed(label: str, types: Iterable[str]) -> str | None:
    """The entity type, one of ``types``, that ``label`` obviously means; ``None`` if none does.

    >>> proposed("PER", ["PERSON", "ORG"]), proposed("org", ["PERSON", "ORG"]), proposed("PER", ["SHIP"])
    ('PERSON', 'ORG', None)
    """
    types = list(types)
    by_name = {type.casefold(): type for type in types}
    name = label.casefold().removesuffix(".nam")  # Weibo's names, as opposed to its nominal mentions
    if label in types:
        return label
    if name in by_name:
        return by_name[name]
    for labels, meant in _USUAL.items():
        if name in labels:
            return next((type for type in meant if type in types), None)
    return None


def draft(counts: Mapping[str, int], types: Iterable[str]) -> str:
    """A map to fill in, as YAML: the labels of a source, the most frequent first, with the types that are obvious."""
    types = list(types)
    lines = [
        "# A label of the source, and the entity type of this corpus that it becomes; null leaves its mentions out.",
        *yaml.safe_dump(", ".join(types), width=100, allow_unicode=True).removesuffix("...\n").splitlines(),
    ]
    lines[1:] = [f"# The types are: {lines[1]}", *(f"#  {line}" for line in lines[2:])]
    for label, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        type = proposed(label, types)
        entry = yaml.safe_dump({label: type or ""}, allow_unicode=True, width=1000).rstrip("\n")
        lines.append(f"{entry}  # {count:,} mention{'s' * (count != 1)}{'' if type else '; fill this in'}")
    return "".join(f"{line}\n" for line in lines)


def read_map(path: Path, types: Iterable[str]) -> LabelMap:
    """The map in the YAML file ``path``.

    Raises :class:`ZhengwenError` if it is no map, or if it names something that is not one of ``types``.
    """
    types = list(types)
    content = read_yaml(path)
    if not isinstance(content, dict) or not all(isinstance(label, str) for label in content):
        raise ZhengwenError(
            f"{path}: not a map of labels", fix="write `PER: PERSON` a line; a label that is a number goes in quotes"
        )
    if open_labels := [label for label, type in content.items() if type == ""]:
        raise ZhengwenError(
            f"{path}: not filled in: {_listed(open_labels)}",
            fix="write an entity type for each, or null to leave its mentions out",
        )
    if wrong := [f"{label}: {type}" for label, type in content.items() if type is not None and type not in types]:
        raise ZhengwenError(
            f"{path}: no entity type of this corpus: {_listed(wrong)}", fix=f"there are: {', '.join(types)}"
        )
    return content


def resolved(counts: Mapping[str, int], given: LabelMap, types: Iterable[str]) -> LabelMap:
    """What becomes of every label of a source: what ``given`` says, or else the type of that name.

    Raises :class:`ZhengwenError`, which names all labels that are neither in ``given`` nor entity types, with counts.
    """
    types = list(types)
    missing = {label: count for label, count in counts.items() if label not in given and label not in types}
    if missing:
        in_order = sorted(missing.items(), key=lambda item: (-item[1], item[0]))
        listed = _listed(f"{label} ({count:,})" for label, count in in_order)
        what = "labels of the source are" if len(missing) != 1 else "label of the source is"
        raise ZhengwenError(
            f"{len(missing)} {what} neither in the map of labels nor an entity type of this corpus: {listed}",
            fix="write a map with --labels-draft FILE, fill it in, and give it with --labels FILE",
        )
    return {label: given.get(label, label) if label in given else label for label in counts}


def _listed(items: Iterable[str]) -> str:
    return ", ".join(str(item)[:80] for item in items)
