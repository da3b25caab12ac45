"""How findings are printed: as text for people, as JSON for programs, as annotations for GitHub."""

import dataclasses
import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal, TextIO

from zhengwen.printable import printable
from zhengwen.secrecy import clean_addresses

#: How many characters of a record are shown around the place of a finding.
_WIDTH = 100
#: Of findings that are alike (one rule, one field), so many are printed.
EACH = 10
#: So many kinds of findings are told apart; what comes after that counts as one kind for each rule.
KINDS = 100
#: GitHub shows so many errors of a step, and drops the others without a word.
ANNOTATIONS = 10

Format = Literal["text", "json", "github"]
#: What findings that are alike have in common: the rule, and the field, without its places in lists.
_Kind = tuple[str, str | None]


def report(findings: Iterable, format: Format, stream: TextIO, *, show_all: bool = False) -> int:
    """Print findings to ``stream`` as they come; returns their number.

    Of findings that are alike, only the first :data:`EACH` are printed, and the others are counted, unless with
    ``show_all``.  JSON is for programs, and has all of them.  GitHub gets :data:`ANNOTATIONS` and a summary.
    """
    counts: Counter[_Kind] = Counter()
    annotated = []
    for finding in findings:
        # Somebody may have given an address in place of a file.
        shown = clean_addresses(finding.file), clean_addresses(finding.message)
        finding = dataclasses.replace(finding, file=shown[0], message=shown[1])
        kind = _kind(finding, counts)
        counts[kind] += 1
        if format == "json":
            print(_json(finding), file=stream)
        elif not show_all and counts[kind] > EACH:
            continue
        elif format == "text":
            print(*_lines(finding), sep="\n", file=stream)
        elif show_all:
            print(annotation(finding), file=stream)
        else:
            annotated.append((counts[kind], finding))
    if format == "github" and not show_all:
        _annotate(annotated, counts, stream)
    elif format == "text" and not show_all:
        for (id, field), count in counts.items():
            if count > EACH:
                what = f"[{id}]" if field is None else f"[{id}] {printable(field)}".rstrip()
                more = f"{count - EACH:,} more finding{'s' * (count - EACH != 1)} {what}"
                print(f"{more}: not shown; `zhengwen check --all` shows them", file=stream)
    return counts.total()


def _kind(finding, counts: Counter[_Kind]) -> _Kind:
    kind = finding.id, ".".join("*" if step.isdigit() else step for step in finding.field.split("."))
    return kind if kind in counts or len(counts) < KINDS else (finding.id, None)


def relative(findings: Iterable, root: Path) -> Iterator:
    """``findings`` whose files are relative to ``root``, relative to the working folder instead."""
    for finding in findings:
        yield dataclasses.replace(finding, file=from_here(root / finding.file))


def from_here(path: Path | str) -> str:
    """``path`` relative to the working folder."""
    try:
        return Path(os.path.relpath(path)).as_posix()
    except ValueError:  # on another drive of Windows
        return os.fspath(path)


def _json(finding) -> str:
    text = json.dumps(dataclasses.asdict(finding), ensure_ascii=False)
    # What cannot be seen is an escape of JSON, so a terminal is safe and nothing is lost.
    return text if printable(text) == text else json.dumps(dataclasses.asdict(finding))


def _annotate(ranked: list, counts: Counter[_Kind], stream: TextIO) -> None:
    """Print as many annotations as GitHub shows, of as many kinds as possible, and how many findings there are."""
    shown = sorted(ranked, key=lambda pair: pair[0])[:ANNOTATIONS]
    for _, finding in shown:
        print(annotation(finding), file=stream)
    if (total := counts.total()) > len(shown):
        rules: Counter[str] = Counter()
        for (id, _), count in counts.items():
            rules[id] += count
        summary = ", ".join(f"{id} {count:,}" for id, count in rules.most_common())
        text = f"{total:,} findings, of which {len(shown)} are shown: {summary}\n`zhengwen check` prints more of them"
        print(f"::notice title=zhengwen::{_escaped(text)}", file=stream)


def annotation(finding) -> str:
    r"""A finding as a workflow command of GitHub, which shows the finding beside the line.

    >>> from zhengwen.findings import Finding
    >>> annotation(Finding("shape", 2, "gold/a,b.jsonl", 3, "end", "must be 1", "fix\nit"))
    '::error file=gold/a%2Cb.jsonl,line=3,title=shape::end: must be 1%0Afix%0Ait'
    """
    place = {"file": finding.file, "line": finding.line, "title": finding.id}
    properties = ",".join(f"{name}={_property(str(value))}" for name, value in place.items() if value is not None)
    field = f"{finding.field}: " if finding.field else ""
    return f"::error {properties}::{_escaped(f'{field}{finding.message}{chr(10)}{finding.fix}')}"


def _escaped(text: str) -> str:
    return printable(text, lines=True).replace("%", "%25").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")


def _lines(finding) -> list[str]:
    """A finding as text, with its record and what to do about it."""
    return [printable(str(finding)), *_excerpt(finding), f"    {printable(finding.fix)}"]


def _excerpt(finding) -> list[str]:
    """The lines that show the record of a finding, and below it the place of the finding."""
    from rich.cells import cell_len

    if not finding.record:
        return []
    start, end = place_of(finding.record, finding.field)
    first = max(0, min(start - _WIDTH // 3, len(finding.record) - _WIDTH))
    before = ("…" if first else "") + finding.record[first:start]
    part = finding.record[first : first + _WIDTH]
    line = ("…" if first else "") + part + ("…" if first + _WIDTH < len(finding.record) else "")
    marked = finding.record[start : min(end, first + _WIDTH)]
    line, before, marked = map(printable, (line, before, marked))
    if not end:
        return [f"    {line}"]
    return [f"    {line}", "    " + " " * cell_len(before) + "^" * max(cell_len(marked), 1)]


def place_of(record: str, field: str) -> tuple[int, int]:
    """The span of the value of ``field`` in a line of JSON; if there is no such field, that of the object around it.

    It is ``(0, 0)`` when the record is not JSON.

    >>> record = '{"id": "d.q01", "content": [{"start": 4}]}'
    >>> start, end = place_of(record, "content.0.start")
    >>> record[start:end]
    '4'
    >>> place_of("not JSON", "id")
    (0, 0)
    """
    decoder = json.JSONDecoder()
    try:
        _, end = decoder.raw_decode(record)
    except (ValueError, RecursionError):
        return 0, 0
    start = 0
    for step in field.split(".") if field else ():
        member = next((member for member in _members(record, start, decoder) if member[0] == step), None)
        if member is None:
            break
        _, start, end = member
    return start, end


def _members(record: str, start: int, decoder: json.JSONDecoder) -> Iterator[tuple[str, int, int]]:
    """The name (or number), start and end of each value of the object or list that begins at ``start``."""
    opening = record[start]
    if opening not in "{[":
        return
    at, number = _skip(record, start + 1), 0
    while record[at] not in "}]":
        name = str(number)
        if opening == "{":
            name, at = decoder.raw_decode(record, at)
            at = _skip(record, _skip(record, at) + 1)
        _, end = decoder.raw_decode(record, at)
        yield name, at, end
        at, number = _skip(record, end), number + 1
        if record[at] == ",":
            at = _skip(record, at + 1)


def _skip(record: str, at: int) -> int:
    while record[at] in " \t\r\n":
        at += 1
    return at
