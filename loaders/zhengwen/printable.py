"""Makes text safe to show: what would move a cursor, reorder or hide text is written as an escape."""

import json
import re

#: What a terminal or an editor does not show as it stands: controls, lone surrogates, line separators, and the
#: characters that reverse or hide text.  Joiners and variation selectors are kept, since emoji need them.
_HIDDEN = (
    "\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e007f"
)
_ONE_LINE = re.compile(f"[{_HIDDEN}]")
_SEVERAL_LINES = re.compile(f"(?!\n)[{_HIDDEN}]")


def printable(text: str, *, lines: bool = False) -> str:
    r"""``text`` with every character that cannot be seen as it stands written as an escape of Python.

    A byte of a file name that is not UTF-8 is written as ``\\xNN``.  With ``lines``, line feeds are kept.

    >>> print(printable("a\x1b[1m\u202eb\udcff"))
    a\x1b[1m\u202eb\xff
    """
    return (_SEVERAL_LINES if lines else _ONE_LINE).sub(_escape, text)


def printable_json(text: str) -> str:
    r"""``text``, which is JSON, with what cannot be seen in its strings written as escapes of JSON: it means the same.

    A lone surrogate, which comes from the name of a file, is the exception, since few readers accept it: it becomes
    the text that :func:`printable` makes of it.

    >>> print(printable_json('["a\u202eb", "\udcff"]'))
    ["a\u202eb", "\\xff"]
    """
    return _ONE_LINE.sub(_escape_in_json, text)


def as_markdown(text: str) -> str:
    r"""``text`` as Markdown that shows it on one line, also in a cell of a table: it is no HTML, link, image or code.

    >>> print(as_markdown("a|b\n<script> [x](https://host) `y`"))
    a&#124;b &lt;script> \[x](https://host) \`y\`
    """
    text = printable(" ".join(text.split("\n")))
    text = text.replace("<", "&lt;").replace("|", "&#124;").replace("`", "\\`")
    ends = [match.start() for match in re.finditer(r"\]\s*[(\[:]", text)]
    links = text[: ends[-1]] if ends else ""
    return links.replace("[", "\\[") + text[len(links) :]


def shortened(text: str, longest: int) -> str:
    """``text``, or its beginning and how long it is if it has more than ``longest`` characters.

    >>> shortened("正文" * 50, 4)
    '正文正文… (100 characters)'
    """
    return text if len(text) <= longest else f"{text[:longest]}… ({len(text)} characters)"


def _escape(match: re.Match[str]) -> str:
    character = match.group()
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # a byte that Python could not decode
        return f"\\x{code - 0xDC00:02x}"
    return character.encode("unicode_escape").decode("ascii")


def _escape_in_json(match: re.Match[str]) -> str:
    character = match.group()
    return _escape(match).replace("\\", "\\\\") if "\ud800" <= character <= "\udfff" else json.dumps(character)[1:-1]
