"""The forward model of the damage: what a content farm does to a page.

A page reaches the farm as GBK bytes.  Two edits are then made *on the bytes*, with no regard for where a
character begins:

1. the line is cut wherever the two bytes of a full-width delimiter occur, also when they are the second byte of
   one character and the first of the next (``\N{IDEOGRAPHIC FULL STOP}`` and a closing quotation mark are
   ``A1 A3 A1 B1`` and hold the ``A3 A1`` of ``\N{FULLWIDTH EXCLAMATION MARK}``);
2. in each piece, read from left to right, a pinyin gloss is put behind the two bytes of certain characters, again
   wherever they occur.

Each piece is then decoded by a lenient decoder, and the pieces are joined again by the ASCII forms of the
delimiters.  What the decoder does with bytes that fit no character is in :func:`decode_leniently`.

The model is exact: given the right text and the right policy it yields the damaged text, character for character.
That makes it a test of a restoration (``damage(restored, policy) == received``), and no more than a test, since
bytes vanish and several texts may be damaged alike.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

#: The delimiters a farm may cut at, and the ASCII characters they come back as.
DELIMITERS: Mapping[str, str] = {
    "\N{FULLWIDTH COMMA}": ",",
    "\N{FULLWIDTH EXCLAMATION MARK}": "!",
    "\N{FULLWIDTH SEMICOLON}": ";",
    "\N{FULLWIDTH COLON}": ":",
    "\N{FULLWIDTH QUESTION MARK}": "?",
}


class UnencodableTextError(ValueError):
    """The text holds a character that GBK does not have, so it cannot have passed through this damage."""


@dataclass(frozen=True)
class DamagePolicy:
    """What one site does to its pages.

    ``glosses`` maps a character to the reading put behind it; ``delimiters`` maps each full-width character that
    the site cuts at to the ASCII character that it becomes.  An empty policy leaves GBK text as it is.

    >>> DamagePolicy(glosses={"節": "jié"}).is_empty
    False
    """

    glosses: Mapping[str, str] = field(default_factory=dict)
    delimiters: Mapping[str, str] = field(default_factory=lambda: dict(DELIMITERS))

    @property
    def is_empty(self) -> bool:
        """True when the policy changes nothing, so that passing its check proves nothing."""
        return not self.glosses and not self.delimiters


def damage(text: str, policy: DamagePolicy) -> str:
    """Do to ``text`` what a site with this ``policy`` does; lines are damaged one by one.

    Raises :class:`UnencodableTextError` for a character outside GBK, with its place.

    >>> policy = DamagePolicy(glosses={"規": "guī", "產": "chǎn", "經": "jīng"})
    >>> damage("快速規模化生產和市場", policy)
    '快速規(guī);a(chǎn)和市場'
    >>> damage("起到決定性意義的，可能是", policy)
    '起到?jīng)Q定性意義的,可能是'
    >>> damage("技術的進步。”他談道，", policy)
    '技術的進步!彼劦,'
    """
    glosses = {_encode(character): _gloss(reading) for character, reading in policy.glosses.items()}
    pieces_of = _splitter(policy.delimiters)
    return "\n".join(
        "".join(
            part if is_delimiter else decode_leniently(_insert_glosses(part, glosses))
            for is_delimiter, part in pieces_of(_encode(line, line_number))
        )
        for line_number, line in enumerate(text.split("\n"), start=1)
    )


def decode_leniently(data: bytes) -> str:
    """Decode GBK as the farm's decoder does.

    - an ASCII byte stands for itself; ``80`` and ``FF`` vanish;
    - a lead byte before a byte below ``40`` becomes ``?`` and swallows that byte;
    - a pair with no character (the user-defined area) vanishes;
    - a lead byte at the very end vanishes.

    >>> decode_leniently(bytes.fromhex("B5BD 9B28 6a"))
    '到?j'
    >>> decode_leniently(bytes.fromhex("AFC9 FAAE 61"))
    'a'
    """
    out: list[str] = []
    position = 0
    while position < len(data):
        lead = data[position]
        if lead < 0x80:
            out.append(chr(lead))
            position += 1
        elif lead in (0x80, 0xFF):
            position += 1
        elif position + 1 == len(data):
            break
        else:
            out.append("?" if data[position + 1] < 0x40 else _PAIRS.get(data[position : position + 2], ""))
            position += 2
    return "".join(out)


def _insert_glosses(piece: bytes, glosses: Mapping[bytes, bytes]) -> bytes:
    """Put each gloss behind its character, scanning bytes from the left; a match is passed over whole."""
    if not glosses:
        return piece
    out = bytearray()
    position = 0
    while position < len(piece):
        pair = piece[position : position + 2]
        if pair in glosses:
            out += pair + glosses[pair]
            position += 2
        else:
            out.append(piece[position])
            position += 1
    return bytes(out)


def _splitter(delimiters: Mapping[str, str]):
    """A function that cuts bytes at any delimiter, at any offset: yields ``(False, bytes)`` and ``(True, ASCII)``."""
    by_bytes = {_encode(full): ascii_form for full, ascii_form in delimiters.items()}
    if not by_bytes:
        return lambda data: [(False, data)]
    pattern = re.compile(b"(" + b"|".join(re.escape(pair) for pair in by_bytes) + b")")

    def split(data: bytes):
        for index, part in enumerate(pattern.split(data)):
            yield (True, by_bytes[part]) if index % 2 else (False, part)

    return split


def _gloss(reading: str) -> bytes:
    return b"(" + _encode(reading) + b")"


def _encode(text: str, line_number: int = 1) -> bytes:
    try:
        return text.encode("gbk")
    except UnicodeEncodeError as error:
        raise UnencodableTextError(
            f"line {line_number}, column {error.start + 1}: U+{ord(text[error.start]):04X} is not in GBK, "
            "so a text that holds it cannot have passed through this damage"
        ) from None


def _every_pair() -> dict[bytes, str]:
    pairs = {}
    for lead in range(0x81, 0xFF):
        for trail in range(0x40, 0xFF):
            pair = bytes((lead, trail))
            try:
                pairs[pair] = pair.decode("gbk")
            except UnicodeDecodeError:
                continue
    return pairs


#: Every two-byte sequence that is a character in GBK; the rest is the user-defined area.
_PAIRS = _every_pair()
