"""Reads and writes ``seeds/<doc_id>/``: what people made or received.

Gold is one record a line, sorted, in one canonical form, so that a change shows as the lines that changed.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zhengwen.conversion.convert import to_restored
from zhengwen.errors import ZhengwenError
from zhengwen.files import canonical_json, lines, parse_json, read_text, read_yaml
from zhengwen.records import LAYERS, Record
from zhengwen.restoration.damage import DamagePolicy, damage

#: The files of a document besides its gold.
RECEIVED, DOCUMENT, TEXT = "received.txt", "document.yaml", "text.txt"

# No file of ours holds U+FFFD: document.yaml names it.
_ORPHANS = {"replacement": "\N{REPLACEMENT CHARACTER}"}

#: The folder of a document with the independent passes, and what was decided where they differ.
PASSES, ADJUDICATION = "annotators", "annotators/adjudication.jsonl"
#: What an annotator wrote besides, in the folder of a pass.
NOTES = "NOTES.md"


@dataclass(frozen=True)
class Seed:
    """One document of ``seeds/``: its texts, what ``document.yaml`` says, and its gold, a list of records a layer."""

    id: str
    received: str
    text: str
    about: dict[str, Any]
    gold: dict[str, list[Record]]

    @property
    def policy(self) -> DamagePolicy:
        """What the site did to this document."""
        stated = self.about["damage"]
        return DamagePolicy(**{**stated, "orphan": _ORPHANS.get(stated["orphan"], stated["orphan"])})

    @property
    def provenance(self) -> dict[str, Any]:
        """What a release says of where the document comes from."""
        about = self.about
        return {
            "publisher": about["publisher"],
            "reporter": about["reporter"],
            "picture_credit": about["picture_credit"],
            "url": about["url"],
            "date_in_text": about["date"]["text"],
            "year": about["date"]["year"],
            "year_inferred": about["date"]["year_inferred"],
            "rights": about["rights"],
            "received_from": about["received"]["from"],
            "received_sha256": about["received"]["sha256"],
        }

    def overrides(self, edition: str) -> list[tuple[int, int, str]]:
        """What must stand in ``edition`` whatever the dictionaries say: ``(start, end, words)`` an occurrence."""
        found = []
        for entry in self.about["exceptions"]["editions"]:
            if entry["edition"] == edition:
                places = re.finditer(re.escape(entry["hans"]), self.text)
                found += [(*place.span(), entry["written"]) for place in places]
        return sorted(found)

    @property
    def restored(self) -> str:
        """The received text without its damage, as the established text has it: in the script that it came in."""
        return self.text if self.about["received"]["script"] == "hans" else to_restored(self.text, self.farm_exceptions)

    @property
    def farm_exceptions(self) -> dict[str, str]:
        """The characters that the farm writes otherwise than OpenCC's first candidate."""
        return {entry["hans"]: entry["restored"] for entry in self.about["exceptions"]["conversion"]}


def stated_policy(policy: DamagePolicy) -> dict[str, Any]:
    """A policy as ``document.yaml`` states it; :attr:`Seed.policy` reads it.

    >>> stated_policy(DamagePolicy(orphan="\N{REPLACEMENT CHARACTER}"))["orphan"]
    'replacement'
    """
    names = {character: name for name, character in _ORPHANS.items()}
    return {
        "delimiters": dict(policy.delimiters),
        "glosses": dict(policy.glosses),
        "form": policy.form,
        "orphan": names.get(policy.orphan, policy.orphan),
        "scan": policy.scan,
        "first": policy.first,
    }


def seed_folders(root: Path) -> list[Path]:
    """The folders of the documents of a repository, in the order of their ids."""
    return sorted(folder for folder in (root / "seeds").iterdir() if folder.is_dir())


def read_seed(folder: Path) -> Seed:
    """Read one document.  The files must have passed the checks; one that has not raises :class:`ZhengwenError`."""
    try:
        gold = {
            layer: [record_class.from_dict(parse_json(line)) for line in lines(read_text(gold_path(folder, layer)))]
            for layer, record_class in LAYERS.items()
        }
    except (ValueError, TypeError) as error:
        raise ZhengwenError(f"{folder}: gold cannot be read: {error}", fix="run `zhengwen check`") from None
    return Seed(folder.name, read_text(folder / RECEIVED), read_text(folder / TEXT), read_yaml(folder / DOCUMENT), gold)


def gold_path(folder: Path, layer: str) -> Path:
    """The file of one layer of gold."""
    return folder / "gold" / f"{layer}.jsonl"


def canonical_lines(records: Iterable[Record]) -> str:
    """The content of a file of gold: the records in order, one a line."""
    return "".join(canonical_json(record.to_dict()) + "\n" for record in sorted(records, key=lambda one: one.order()))


def canonical_decisions(records: Iterable[dict[str, Any]]) -> str:
    """The content of ``adjudication.jsonl``: the records in order, one a line."""
    return "".join(canonical_json(record) + "\n" for record in sorted(records, key=lambda one: one["id"]))


def locate(text: str, surface: str, occurrence: int = 1, *, start: int = 0, end: int | None = None) -> tuple[int, int]:
    """The span of the ``occurrence``-th place (counted from 1) where ``surface`` stands in ``text[start:end]``.

    Offsets of gold are found with this, never counted by hand.  Raises ``ValueError`` when there is no such place.

    >>> locate("他说，他来。", "他", 2)
    (3, 4)
    """
    end = len(text) if end is None else end
    found = start - 1
    for _ in range(occurrence):
        found = text.find(surface, found + 1, end)
        if found < 0:
            raise ValueError(f"{surface!r} does not stand {occurrence} times in [{start}, {end})")
    return found, found + len(surface)


def modelled_received(seed: Seed, restored: str) -> str:
    """What the model of the damage makes of ``restored``, with the unexplained sites put in as they were received.

    Raises :class:`ZhengwenError` when an unexplained site is not where ``document.yaml`` says.
    """
    # An empty policy changes nothing, whatever characters there are.
    lines = (restored if seed.policy.is_empty else damage(restored, seed.policy)).split("\n")
    for number, site in enumerate(seed.about["exceptions"]["unexplained"]):
        line = site["line"] - 1
        if line >= len(lines) or lines[line].count(site["model"]) != 1:
            raise ZhengwenError(
                f"exceptions.unexplained.{number}: line {site['line']} of the modelled text does not hold "
                f"{site['model']!r} exactly once"
            )
        lines[line] = lines[line].replace(site["model"], site["received"])
    return "\n".join(lines)
