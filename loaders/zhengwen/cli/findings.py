"""How findings are printed: as text for people, as JSON for programs, as annotations for GitHub."""

import dataclasses
import json
from collections.abc import Iterable, Iterator
from typing import Literal, TextIO

#: How many characters of a record are shown around the place of a finding.
_WIDTH = 100

Format = Literal["text", "json", "github"]


def report(findings: Iterable, format: Format, stream: TextIO) -> int:
    """Print each finding to ``stream`` as it comes; returns their number."""
    count = 0
    for finding in findings:
        count += 1
        match format:
            case "json":
                print(json.dumps(dataclasses.asdict(finding), ensure_ascii=False), file=stream)
            case "github":
                print(annotation(finding), file=stream)
            case "text":
                print(finding, *_excerpt(finding), f"    {finding.fix}", sep="\n", file=stream)
    return count


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
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")


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
    line, before, marked = (text.translate(_CONTROLS) for text in (line, before, marked))
    if not end:
        return [f"    {line}"]
    return [f"    {line}", "    " + " " * cell_len(before) + "^" * max(cell_len(marked), 1)]


#: Characters of a record that would move the cursor of a terminal; each is shown as a middle dot.
_CONTROLS = {**dict.fromkeys([*range(0x20), *range(0x7F, 0xA0)], "\N{MIDDLE DOT}"), 0x2028: "·", 0x2029: "·"}


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
