"""Level 1, on the characters of a text: line ends, byte order marks, traces of damage."""

import re
from collections.abc import Iterator

from zhengwen.findings import Finding, rule

NOT_UTF8 = rule(
    "not-utf8",
    1,
    "Every file is UTF-8.",
    why="Bytes read with a guess are other characters to the next reader.",
    example="text.txt saved as GBK.",
    fix="Save the file as UTF-8.",
)
BYTE_ORDER_MARK = rule(
    "byte-order-mark",
    1,
    "No file begins with a byte order mark.",
    why="It is a character to some readers and none to others, so that offsets differ by one.",
    example="a file that begins with the bytes EF BB BF.",
    fix="Save it as UTF-8 without BOM.",
)
CARRIAGE_RETURN = rule(
    "carriage-return",
    1,
    "Lines end in a line feed alone.",
    why="Git and editors drop it and put it back, and every offset behind it moves.",
    example="text.txt with Windows line ends.",
    fix="Save it with line feeds alone.",
)
ODD_CHARACTER = rule(
    "odd-character",
    1,
    "No text holds control, private-use or replacement characters.",
    why="U+FFFD and private-use characters stand where something was lost, and the eye does not see them.",
    example="U+FFFD in text.txt, where a character was lost.",
    fix="Find the true character; received.txt and its restoration say what was there.",
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
