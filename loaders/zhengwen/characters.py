"""Level 1, on the characters of a text: line ends, byte order marks, traces of damage, and what cannot be seen."""

import re
import unicodedata
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
HIDDEN_CHARACTER = rule(
    "hidden-character",
    1,
    "No text contains characters that cannot be seen, except where a script or an emoji needs them.",
    why="Two texts that look the same would differ, and marks of direction show the characters around them in an order "
    "that is not theirs.",
    example="The name of a publisher contains U+202E, which reverses the characters after it.",
    fix="Remove the character. Joiners and variation selectors may stay inside emoji, and selectors after the "
    "characters of which they choose a form.",
)

_BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"
#: Controls (except tab and line feed), lone surrogates, line separators, characters for private use, U+FFFD and the
#: other specials, and byte order marks.
_ODD = "\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\uf8ff\ufdd0-\ufdef\ufeff\ufff0-\uffff\U000f0000-\U0010ffff"
#: Joiners and variation selectors belong in some scripts and into emoji.
_JOINERS, _SELECTORS = "\u200c\u200d", "\ufe00-\ufe0f\U000e0100-\U000e01ef"
#: What is not shown, or shown as a blank: soft hyphens, fillers, marks of direction, tags, and those above.
_HIDDEN = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\uffa0"
    f"\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff{_SELECTORS}"
)
#: Latin, the scripts of East Asia, and their punctuation: none of it joins.
_PLAIN = (
    "\x00-\u02ff\u2000-\u206f\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U00020000-\U0003ffff"
)
_EMOJI = "\u00a9\u00ae\u203c\u2049\u2100-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
_IDEOGRAPHS = "\u2e80-\u2fdf\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
#: Where characters that cannot be seen are needed: in the flag of a region, between joined emoji or letters, on a
#: keycap, and after a character of which they choose a form.
_NEEDED = (
    "\U0001f3f4[\U000e0020-\U000e007e]{1,16}\U000e007f",
    f"(?<=[^{_PLAIN}{_JOINERS}])[{_JOINERS}](?=[^{_PLAIN}{_HIDDEN}])",
    "[0-9#*]\ufe0f\u20e3",
    f"(?<=[{_EMOJI}])[\ufe0e\ufe0f]",
    f"(?<=[{_IDEOGRAPHS}])[\ufe00-\ufe02\U000e0100-\U000e01ef]",
    "(?<=[\u3001\u3002\uff01\uff0c\uff1a\uff1b\uff1f])[\ufe00\ufe01]",
)
_UNFIT = re.compile(f"{'|'.join(_NEEDED)}|(?P<odd>[{_ODD}])|(?P<hidden>[{_HIDDEN}])")
# Everything that a finding can be about. Most texts hold none of it, and one quick search shows that.
_SUSPECT = re.compile(f"[{_ODD}{_HIDDEN}]")


def unfit_character(text: str) -> re.Match[str] | None:
    r"""The first character that does not belong in a text; its group is ``odd`` or ``hidden``.

    >>> unfit_character("正\u202e文").lastgroup
    'hidden'
    >>> unfit_character("👩\u200d💻 和 ❤\ufe0f")
    """
    return next(unfit_characters(text), None)


def unfit_characters(text: str) -> Iterator[re.Match[str]]:
    """All characters that do not belong in a text, as :func:`unfit_character` gives the first."""
    if _SUSPECT.search(text):
        yield from (match for match in _UNFIT.finditer(text) if match.lastgroup)


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
        if unfit := unfit_character(line):
            is_hidden = unfit.lastgroup == "hidden"
            yield (HIDDEN_CHARACTER if is_hidden else ODD_CHARACTER).broken(
                file,
                f"{named(unfit.group())} in column {unfit.start() + 1}",
                line=number,
                fix="remove it" if is_hidden else "remove it, or find the right character",
            )


def named(character: str) -> str:
    """A character by its number and, if it has one, its name in Unicode.

    >>> named("а"), named("\\x07")
    ('U+0430 (CYRILLIC SMALL LETTER A)', 'U+0007')
    """
    name = unicodedata.name(character, "")
    return f"U+{ord(character):04X} ({name})" if name else f"U+{ord(character):04X}"


def not_utf8(file: str, data: bytes, error: UnicodeDecodeError) -> Finding:
    """The finding that the bytes of a file are not UTF-8."""
    line = data.count(b"\n", 0, error.start) + 1
    return NOT_UTF8.broken(
        file, f"byte {error.start} ({data[error.start]:#04x}) is not UTF-8", line=line, fix="save it as UTF-8"
    )
