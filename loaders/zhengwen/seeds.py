"""Reads and writes ``seeds/<doc_id>/``: what people made or received.

Gold is one record a line, sorted, in one canonical form, so that a change shows as the lines that changed.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zhengwen.conversion.convert import to_restored
from zhengwen.design import Design
from zhengwen.editions import EDITIONS
from zhengwen.errors import ZhengwenError
from zhengwen.files import canonical_json, lines, parse_json, read_text, read_yaml
from zhengwen.layers import layers_of
from zhengwen.records import Record
from zhengwen.restoration.damage import DamagePolicy, damage
from zhengwen.schema import Schema

#: The folder of the documents in a repository, and the file beside them that describes the corpus.
SEEDS, CORPUS = "seeds", "corpus.yaml"
#: The file beside them with what the makers of the corpus say in its card; a corpus may have none.
CARD_TEXT = "card.md"

#: The files of a document besides its gold.
RECEIVED, DOCUMENT, TEXT = "received.txt", "document.yaml", "text.txt"

#: The folder with the independent passes over a document, and the file with the decisions where they differ.
PASSES, ADJUDICATION = "annotators", "annotators/adjudication.jsonl"
#: The file of a pass with what the annotator wrote besides the layers.
NOTES = "NOTES.md"

# A file in seeds/ must not hold U+FFFD, so document.yaml gives it a name.
_ORPHAN_NAMES = {"\N{REPLACEMENT CHARACTER}": "replacement"}
_ORPHANS = {name: character for character, name in _ORPHAN_NAMES.items()}


#: The names that Windows keeps for devices, in every folder and with any extension.
_RESERVED = {"con", "prn", "aux", "nul", *(f"{device}{number}" for device in ("com", "lpt") for number in range(1, 10))}


@dataclass(frozen=True)
class Seed:
    """One document of ``seeds/``: its texts, what ``document.yaml`` says, and the records of each layer of gold.

    ``received`` is ``None`` in a corpus without restoration.
    """

    id: str
    design: Design
    received: str | None
    text: str
    about: dict[str, Any]
    gold: Mapping[str, list[Record]]

    @property
    def policy(self) -> DamagePolicy:
        """How the site damaged this document."""
        stated = self.about["damage"]
        return DamagePolicy(**{**stated, "orphan": _ORPHANS.get(stated["orphan"], stated["orphan"])})

    @property
    def provenance(self) -> dict[str, Any]:
        """What a release says about where the document comes from."""
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
            **self._provenance_of_copy(),
        }

    def _provenance_of_copy(self) -> dict[str, Any]:
        if not self.design.restoration:
            return {}
        received = self.about["received"]
        return {"received_from": received["from"], "received_sha256": received["sha256"]}

    def overrides(self, edition: str) -> list[tuple[int, int, str]]:
        """The words that ``edition`` must have whatever the dictionaries say, as ``(start, end, words)``.

        ``[start, end)`` is each occurrence in ``text`` of what an exception names.
        """
        overrides = []
        for exception in self.about["exceptions"]["editions"]:
            if exception["edition"] == edition:
                matches = re.finditer(re.escape(exception["hans"]), self.text)
                overrides += [(*match.span(), exception["written"]) for match in matches]
        return sorted(overrides)

    @property
    def restored(self) -> str:
        """The edition ``restored``: the established text, in the script in which the document was received."""
        if self.about["received"]["script"] == EDITIONS[self.design.base].script:
            return self.text
        return to_restored(self.text, self.site_characters)

    @property
    def site_characters(self) -> dict[str, str]:
        """What the site writes where it does not write OpenCC's first candidate: ``{simplified: traditional}``."""
        return {exception["hans"]: exception["restored"] for exception in self.about["exceptions"]["conversion"]}

    def modelled_received(self) -> str:
        """The restored text as the model damages it, except that unexplained places are as they were received.

        Raises :class:`ZhengwenError` when an unexplained place is not where ``document.yaml`` says.
        """
        # An empty policy changes nothing, so the text may then hold characters that GBK lacks.
        modelled = self.restored if self.policy.is_empty else damage(self.restored, self.policy)
        modelled_lines = modelled.split("\n")
        for number, exception in enumerate(self.about["exceptions"]["unexplained"]):
            index = exception["line"] - 1
            if index >= len(modelled_lines) or modelled_lines[index].count(exception["model"]) != 1:
                raise ZhengwenError(
                    f"exceptions.unexplained.{number}: line {exception['line']} of the modelled text does not hold "
                    f"{exception['model']!r} exactly once"
                )
            modelled_lines[index] = modelled_lines[index].replace(exception["model"], exception["received"])
        return "\n".join(modelled_lines)


def stated_policy(policy: DamagePolicy) -> dict[str, Any]:
    """A policy as ``document.yaml`` states it; :attr:`Seed.policy` reads it.

    >>> stated_policy(DamagePolicy(orphan="\N{REPLACEMENT CHARACTER}"))["orphan"]
    'replacement'
    """
    return {
        "delimiters": dict(policy.delimiters),
        "glosses": dict(policy.glosses),
        "form": policy.form,
        "orphan": _ORPHAN_NAMES.get(policy.orphan, policy.orphan),
        "scan": policy.scan,
        "first": policy.first,
    }


def is_reserved(id: str) -> bool:
    """Whether ``id``, as the name of a folder, is one that Windows keeps for a device.

    >>> is_reserved("con"), is_reserved("con-2025")
    (True, False)
    """
    return id.casefold() in _RESERVED


def flaw_of_document_id(id: str, schema: Schema) -> str:
    """Why ``id`` cannot be the id of a document, which is the name of its folder; empty if it can.

    >>> from zhengwen.schema import read_schema
    >>> flaw_of_document_id("harbour-2025", read_schema())
    ''
    >>> flaw_of_document_id("../harbour", read_schema())
    'an id consists of lower-case letters a-z and digits, joined by single hyphens'
    """
    rules = schema.gold["document"].fields["id"]
    if not re.fullmatch(rules["regex"], id):
        return "an id consists of lower-case letters a-z and digits, joined by single hyphens"
    if len(id) > rules["maxlength"]:
        return f"an id has no more than {rules['maxlength']} characters, this has {len(id)}"
    return "Windows keeps this name for a device" if is_reserved(id) else ""


def seed_folders(root: Path) -> list[Path]:
    """The folders of the documents of a repository, in the order of their ids; links and hidden folders are none."""
    return sorted(
        folder
        for folder in (root / SEEDS).iterdir()
        if folder.is_dir() and not folder.is_symlink() and not folder.name.startswith(".")
    )


def read_seed(folder: Path, design: Design) -> Seed:
    """Read one document of a corpus with this ``design``; its files must have passed the checks.

    Raises :class:`ZhengwenError` for a file that cannot be read.
    """
    try:
        gold = {
            name: [layer.RECORD.from_dict(parse_json(line)) for line in lines(read_text(gold_path(folder, name)))]
            for name, layer in layers_of(design).items()
        }
    except (ValueError, TypeError) as error:
        raise ZhengwenError(f"{folder}: gold cannot be read: {error}", fix="run `zhengwen check`") from None
    received = read_text(folder / RECEIVED) if design.restoration else None
    return Seed(folder.name, design, received, read_text(folder / TEXT), read_yaml(folder / DOCUMENT), gold)


def source_files(design: Design) -> tuple[str, ...]:
    """The files that every document of a corpus with this ``design`` has besides its gold."""
    return (RECEIVED, DOCUMENT, TEXT) if design.restoration else (DOCUMENT, TEXT)


def gold_path(folder: Path, layer: str) -> Path:
    """The file of one layer of gold."""
    return folder / "gold" / f"{layer}.jsonl"


def canonical_lines(records: Iterable[Record]) -> str:
    """The content of a file of gold: the records in order, one a line."""
    in_order = sorted(records, key=lambda record: record.order())
    return "".join(canonical_json(record.to_dict()) + "\n" for record in in_order)


def canonical_decisions(decisions: Iterable[dict[str, Any]]) -> str:
    """The content of ``adjudication.jsonl``: the decisions in the order of their ids, one a line."""
    in_order = sorted(decisions, key=lambda decision: decision["id"])
    return "".join(canonical_json(decision) + "\n" for decision in in_order)


def locate(text: str, surface: str, occurrence: int = 1, *, start: int = 0, end: int | None = None) -> tuple[int, int]:
    """The span in ``text`` of the ``occurrence``-th occurrence (counted from 1) of ``surface`` in ``text[start:end]``.

    Find the offsets of gold with this; do not count by hand.  Raises ``ValueError`` if there are fewer occurrences.

    >>> locate("他说，他来。", "他", 2)
    (3, 4)
    """
    end = len(text) if end is None else end
    position = start - 1
    for _ in range(occurrence):
        position = text.find(surface, position + 1, end)
        if position < 0:
            raise ValueError(f"{surface!r} does not occur {occurrence} times in [{start}, {end})")
    return position, position + len(surface)
