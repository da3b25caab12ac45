"""Level 1, on the characters of a text: line ends, byte order marks, traces of damage."""

import re
from collections.abc import Iterator

from zhengwen.findings import Finding, rule

NOT_UTF8 = rule(
    "not-utf8",
    1,
    "Every file is encoded in UTF-8.",
    why="A reader that has to guess the encoding may read other characters.",
    example="`text.txt` was saved in GBK.",
    fix="Save the file as UTF-8.",
)
BYTE_ORDER_MARK = rule(
    "byte-order-mark",
    1,
    "No file begins with a byte order mark.",
    why="Some programs count the mark as a character and others skip it, so all offsets would differ by one.",
    example="A file begins with the bytes EF BB BF.",
    fix="Save the file as UTF-8 without a byte order mark (BOM).",
)
CARRIAGE_RETURN = rule(
    "carriage-return",
    1,
    "Every line ends in a line feed only.",
    why="Git and editors add and remove carriage returns, and each one moves every offset after it.",
    example="`text.txt` was saved with Windows line ends.",
    fix="Save the file with line feeds (LF) as line ends.",
)
ODD_CHARACTER = rule(
    "odd-character",
    1,
    "No text contains control characters, private-use characters or U+FFFD.",
    why="Such a character usually stands where another one was lost, and it is easy to overlook.",
    example="`text.txt` contains U+FFFD where a character could not be decoded.",
    fix="Find out which character belongs there; `zhengwen restore --explain received.txt` helps.",
)

_BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"
_ODD = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\N{LINE SEPARATOR}\N{PARAGRAPH SEPARATOR}\ue000-\uf8ff\ufff0-\uffff]")
# Everything that a finding can be about. Most texts hold none of it, and one search shows that.
_SUSPECT = re.compile(f"[\r{_BOM}]|{_ODD.pattern}")


def text_findings(file: str, text: str) -> Iterator[Finding]:
    """Findings on the characters of one text; ``file`` is what they call it."""
    if not _SUSPECT.search(text):
        return
    for number, line in enumerate(text.split("\n"), start=1):
        if number == 1 and line.startswith(_BOM):
            yield BYTE_ORDER_MARK.broken(
                file, "begins with a byte order mark", line=1, fix="save it as UTF-8 without BOM"
            )
            line = line[1:]
        if "\r" in line:
            column = line.index("\r") + 1
            yield CARRIAGE_RETURN.broken(
                file, f"a carriage return in column {column}", line=number, fix="save it with line feeds only"
            )
            return  # usually every line ends in one: the first stands for all
        if odd := _ODD.search(line) or re.search(_BOM, line):
            yield ODD_CHARACTER.broken(
                file,
                f"U+{ord(odd.group()):04X} in column {odd.start() + 1}",
                line=number,
                fix="remove it, or find the right character",
            )


def not_utf8(file: str, data: bytes, error: UnicodeDecodeError) -> Finding:
    """The finding that the bytes of a file are not UTF-8."""
    line = data.count(b"\n", 0, error.start) + 1
    return NOT_UTF8.broken(
        file, f"byte {error.start} ({data[error.start]:#04x}) is not UTF-8", line=line, fix="save it as UTF-8"
    )
