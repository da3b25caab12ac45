"""Level 4, on the independent passes: they are as they were made, and where they differ was decided."""

import hashlib
from collections.abc import Iterator, Sequence

from zhengwen.checks.finding import Finding, rule
from zhengwen.checks.subject import DocumentFiles
from zhengwen.errors import ZhengwenError
from zhengwen.measure.annotation import Annotation, read_passes
from zhengwen.measure.disagreement import Disagreement, disagreements
from zhengwen.records import LAYERS
from zhengwen.schema import Schema
from zhengwen.seeds import ADJUDICATION, DOCUMENT, NOTES, PASSES, Seed

PASS_UNLISTED = rule("pass-unlisted", 4, "A pass is listed with who made it and in which round.")
PASS_CHANGED = rule("pass-changed", 4, "A pass stays as it was made: what it is worth is that nobody touched it.")
PASS_UNREADABLE = rule("pass-unreadable", 4, "A pass has the shapes of gold, and points into the text.")
PASS_COUNT = rule("pass-count", 4, "Where gold is said to be adjudicated, it says over how many passes.")
ADJUDICATION_MISSING = rule("adjudication-missing", 4, "Every difference between passes is decided.")
ADJUDICATION_STALE = rule(
    "adjudication-stale", 4, "A decision is about a difference that there is, and gold follows it."
)

_GOLD = "gold"


def run_document(document: DocumentFiles, seed: Seed, schema: Schema) -> Iterator[Finding]:
    """Findings on the passes of one document, and on what was decided over them."""
    unfit = [*_folders(document, seed), *_digests(document, seed)]
    if not unfit:
        try:
            rounds = read_passes(document.folder, seed, schema)
        except ZhengwenError as error:
            file = error.message.removeprefix(f"{document.root.as_posix()}/")
            place, _, message = file.partition(": ")
            name, _, line = place.rpartition(":")
            unfit.append(
                PASS_UNREADABLE.broken(
                    name if line.isdigit() else place,
                    message,
                    line=int(line) if line.isdigit() else None,
                    fix=error.fix or "restore it",
                )
            )
    yield from unfit
    if not unfit:
        yield from _counts(document, seed, rounds)
        yield from _decisions(document, seed, rounds)


def _folders(document: DocumentFiles, seed: Seed) -> Iterator[Finding]:
    about, listed = document.name(document.folder / DOCUMENT), {one["name"] for one in seed.about["annotators"]}
    folder = document.folder / PASSES
    there = {path.name for path in folder.iterdir() if path.is_dir()} if folder.is_dir() else set()
    for name in sorted(there - listed):
        yield PASS_UNLISTED.broken(about, f"{PASSES}/{name} is not listed", field="annotators", fix="list it")
    for name in sorted(listed - there):
        yield PASS_UNLISTED.broken(
            about, f"there is no {PASSES}/{name}", field="annotators", fix="restore the folder, or remove the entry"
        )


def _digests(document: DocumentFiles, seed: Seed) -> Iterator[Finding]:
    for number, annotator in enumerate(seed.about["annotators"]):
        folder = document.folder / PASSES / annotator["name"]
        if folder.is_dir() and (found := _digest_of(document, annotator["name"])) != annotator["sha256"]:
            yield PASS_CHANGED.broken(
                document.name(folder),
                f"the sha256 of its files is {found}, {DOCUMENT} says {annotator['sha256']}",
                field=f"annotators.{number}.sha256",
                fix="restore the files as they were made; what is wrong in a pass is decided in the adjudication",
            )


def _digest_of(document: DocumentFiles, name: str) -> str:
    digest = hashlib.sha256()
    for file_name in (*(f"{layer}.jsonl" for layer in LAYERS), NOTES):
        file = document.folder / PASSES / name / file_name
        digest.update(file.read_bytes() if file.is_file() else b"")
    return digest.hexdigest()


def _counts(document: DocumentFiles, seed: Seed, rounds: dict[int, list[Annotation]]) -> Iterator[Finding]:
    passes = sum(len(of_round) for of_round in rounds.values())
    for layer in LAYERS:
        made = seed.about["layers"][layer]
        if made["adjudicated"] and (made["passes"] != passes or passes < 2):
            yield PASS_COUNT.broken(
                document.name(document.folder / DOCUMENT),
                f"says adjudicated over {made['passes']} passes, {passes} are listed",
                field=f"layers.{layer}.passes",
                fix="write how many there are, or that it is not adjudicated",
            )


def _decisions(document: DocumentFiles, seed: Seed, rounds: dict[int, list[Annotation]]) -> Iterator[Finding]:
    passes = [one for of_round in rounds.values() for one in of_round]
    adjudicated = [layer for layer in LAYERS if seed.about["layers"][layer]["adjudicated"]]
    file = document.name(document.folder / ADJUDICATION)
    open_places = _with_gold(seed, passes, adjudicated)
    for line, record in enumerate(document.adjudication, start=1):
        place = _place_of(record, seed)
        found = open_places.pop(place, None)
        if found is None:
            yield ADJUDICATION_STALE.broken(
                file, "the passes do not differ there", line=line, field="field", fix="remove the record, or mend it"
            )
            continue
        readings = {one["annotator"]: one["reading"] for one in record["readings"]}
        for field, stated, true in (
            ("readings", readings, {name: value for name, value in found.readings.items() if name != _GOLD}),
            ("decision", record["decision"], found.readings[_GOLD]),
        ):
            if stated != true:
                yield ADJUDICATION_STALE.broken(
                    file,
                    f"is {stated!r}; {'gold has' if field == 'decision' else 'the passes have'} {true!r}",
                    line=line,
                    field=field,
                    fix="mend the record, or gold",
                )
    for found in open_places.values():
        about = f"{found.target}: " if found.target else ""
        readings = ", ".join(f"{name} has {reading!r}" for name, reading in found.readings.items())
        yield ADJUDICATION_MISSING.broken(
            file,
            f"{found.layer} [{found.start}, {found.end}) {about}{found.field}: {readings}",
            fix="decide it: add a record, with the reason where it is not obvious",
        )


def _with_gold(seed: Seed, passes: Sequence[Annotation], layers: Sequence[str]) -> dict[tuple, Disagreement]:
    """Every place where the passes and gold are not all the same, by what it is about."""
    if not layers:
        return {}
    gold = Annotation(_GOLD, seed.text, seed.gold)
    return {one.place: one for one in disagreements([*passes, gold]) if one.layer in layers}


def _place_of(record: dict, seed: Seed) -> tuple:
    targets = {stance.id: stance.target for stance in seed.gold["stances"]}
    return record["layer"], record["start"], record["end"], targets.get(record["record"]), record["field"]
