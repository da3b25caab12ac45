"""Level 4, on the independent passes: they are unchanged, and every difference between them is decided."""

import hashlib
from collections.abc import Iterator, Sequence

from zhengwen.annotation import Annotation
from zhengwen.errors import ZhengwenError
from zhengwen.findings import Finding, rule
from zhengwen.layers import layers_of
from zhengwen.measure.disagreement import Disagreement, disagreements, target_of
from zhengwen.passes import Rounds, read_passes
from zhengwen.repository.documents import DocumentFiles
from zhengwen.repository.level2 import RawDocument, located
from zhengwen.schema import Schema
from zhengwen.seeds import DOCUMENT, NOTES, PASSES, Seed

PASS_UNLISTED = rule(
    "pass-unlisted",
    4,
    "Every pass is listed in `document.yaml` with its annotator and its round.",
    why="A figure of agreement means little if nobody knows who the annotators were.",
    example="`document.yaml` does not list the folder `annotators/pass-d`.",
    fix="List it under `annotators` with its annotator, round and SHA-256; or remove an entry without a folder.",
)
PASS_CHANGED = rule(
    "pass-changed",
    4,
    "The files of a pass are never changed.",
    why="Agreement measured on passes that were corrected afterwards is not agreement.",
    example="A typing error in `annotators/pass-a` was corrected.",
    fix="Restore the files. Errors of a pass are resolved in the adjudication.",
)
PASS_UNREADABLE = rule(
    "pass-unreadable",
    4,
    "The records of a pass have the shapes of gold, and their spans point into the text.",
    why="A pass that cannot be read cannot be compared with the others.",
    example="The `text` of a span is not the slice of the document that its offsets point to.",
    fix="Have the pass made again, or remove all of it.",
)
PASS_COUNT = rule(
    "pass-count",
    4,
    "A layer that is marked as adjudicated states the right number of passes.",
    why="The dataset card repeats this number, and its readers rely on it.",
    example="`document.yaml` states 3 passes and lists 2.",
    fix="Correct the number, or mark the layer as not adjudicated.",
)
ADJUDICATION_MISSING = rule(
    "adjudication-missing",
    4,
    "Every disagreement between passes has a decision.",
    why="Gold that merely agrees with one of the passes does not show that anybody decided.",
    example="One pass has `favor` and two have `none`, and no line of `adjudication.jsonl` decides between them.",
    fix="Add the decision to `annotators/adjudication.jsonl`, with a reason if it is not obvious; gold follows it.",
)
ADJUDICATION_STALE = rule(
    "adjudication-stale",
    4,
    "Every decision concerns a disagreement that exists, and gold follows it.",
    why="A decision that gold does not follow has no effect.",
    example="Gold has `favor` where the decision is `none`.",
    fix="Correct the decision or gold; remove a decision about something that the passes agree on.",
)

#: The annotator name of gold where it is compared with the passes.
_GOLD = "gold"


def check_passes(raw: RawDocument, seed: Seed, schema: Schema) -> tuple[Rounds, list[Finding]]:
    """The passes over one document, by round, and the findings on them and on the decisions over them."""
    files = raw.files
    findings = [*_folders(files, seed), *_digests(files, seed)]
    if findings:
        return {}, findings
    try:
        rounds = read_passes(files.folder, seed, schema)
    except ZhengwenError as error:
        file, line, message = located(error, files.root)
        return {}, [PASS_UNREADABLE.broken(file, message, line=line, fix=error.fix or "restore it")]
    return rounds, [*_counts(files, seed, rounds), *_decisions(raw, seed, rounds)]


def _folders(files: DocumentFiles, seed: Seed) -> Iterator[Finding]:
    about = files.name(files.folder / DOCUMENT)
    listed = {annotator["name"] for annotator in seed.about["annotators"]}
    folder = files.folder / PASSES
    present = {path.name for path in folder.iterdir() if path.is_dir()} if folder.is_dir() else set()
    for name in sorted(present - listed):
        yield PASS_UNLISTED.broken(about, f"{PASSES}/{name} is not listed", field="annotators", fix="list it")
    for name in sorted(listed - present):
        yield PASS_UNLISTED.broken(
            about, f"there is no {PASSES}/{name}", field="annotators", fix="restore the folder, or remove the entry"
        )


def _digests(files: DocumentFiles, seed: Seed) -> Iterator[Finding]:
    for number, annotator in enumerate(seed.about["annotators"]):
        folder = files.folder / PASSES / annotator["name"]
        if folder.is_dir() and (digest := _digest_of(files, annotator["name"])) != annotator["sha256"]:
            yield PASS_CHANGED.broken(
                files.name(folder),
                f"the sha256 of its files is {digest}, {DOCUMENT} says {annotator['sha256']}",
                field=f"annotators.{number}.sha256",
                fix="restore the files as they were made; what is wrong in a pass is decided in the adjudication",
            )


def _digest_of(files: DocumentFiles, name: str) -> str:
    digest = hashlib.sha256()
    for file_name in (*(f"{layer}.jsonl" for layer in layers_of(files.design)), NOTES):
        path = files.folder / PASSES / name / file_name
        digest.update(files.data(path) if path.is_file() else b"")
    return digest.hexdigest()


def _counts(files: DocumentFiles, seed: Seed, rounds: Rounds) -> Iterator[Finding]:
    passes = sum(len(annotations) for annotations in rounds.values())
    for layer in layers_of(seed.design):
        stated = seed.about["layers"][layer]
        if stated["adjudicated"] and (stated["passes"] != passes or passes < 2):
            yield PASS_COUNT.broken(
                files.name(files.folder / DOCUMENT),
                f"says adjudicated over {stated['passes']} passes, {passes} are listed",
                field=f"layers.{layer}.passes",
                fix="write how many there are (at least 2), or that the layer is not adjudicated",
            )


def _decisions(raw: RawDocument, seed: Seed, rounds: Rounds) -> Iterator[Finding]:
    passes = [annotation for annotations in rounds.values() for annotation in annotations]
    adjudicated = [layer for layer in layers_of(seed.design) if seed.about["layers"][layer]["adjudicated"]]
    file = raw.files.name(raw.files.adjudication)
    undecided = _differences_with_gold(seed, passes, adjudicated)
    targets = {record.id: target_of(record) for records in seed.gold.values() for record in records}
    # A difference is taken out of `undecided` by the decision about it.
    for line, decision in enumerate(raw.adjudication, start=1):
        subject = (
            decision["layer"],
            decision["start"],
            decision["end"],
            targets.get(decision["record"]),
            decision["field"],
        )
        difference = undecided.pop(subject, None)
        if difference is None:
            yield ADJUDICATION_STALE.broken(
                file,
                "passes and gold do not differ there",
                line=line,
                field="field",
                fix="remove the record, or correct it",
            )
            continue
        stated = {entry["annotator"]: entry["reading"] for entry in decision["readings"]}
        actual = {name: value for name, value in difference.readings.items() if name != _GOLD}
        for field, given, expected, whose in (
            ("readings", stated, actual, "the passes have"),
            ("decision", decision["decision"], difference.readings[_GOLD], "gold has"),
        ):
            if given != expected:
                yield ADJUDICATION_STALE.broken(
                    file,
                    f"is {given!r}, but {whose} {expected!r}",
                    line=line,
                    field=field,
                    fix="correct the record, or gold",
                )
    for difference in undecided.values():
        target = f"{difference.target}: " if difference.target else ""
        values = ", ".join(f"{name} has {value!r}" for name, value in difference.readings.items())
        yield ADJUDICATION_MISSING.broken(
            file,
            f"{difference.layer} [{difference.start}, {difference.end}) {target}{difference.field}: {values}",
            fix="add a record with the decision, and its reason where that is not obvious",
        )


def _differences_with_gold(
    seed: Seed, passes: Sequence[Annotation], layers: Sequence[str]
) -> dict[tuple, Disagreement]:
    """Every disagreement in ``layers`` among the passes and gold, by its :attr:`~Disagreement.subject`."""
    if not layers:
        return {}
    gold = Annotation(_GOLD, seed.text, seed.gold)
    return {item.subject: item for item in disagreements([*passes, gold]) if item.layer in layers}
