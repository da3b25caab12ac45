"""The forward model of the damage: what a content farm does to a page.

A page reaches the farm as GBK bytes.  Two edits are then made *on the bytes*, regardless of where a character begins:

1. the line is cut wherever the two bytes of a full-width delimiter occur, even if they are the second byte of one
   character and the first of the next (``\N{IDEOGRAPHIC FULL STOP}`` and a closing quotation mark are
   ``A1 A3 A1 B1`` and contain the ``A3 A1`` of ``\N{FULLWIDTH EXCLAMATION MARK}``);
2. in each piece, from left to right, a pinyin gloss is inserted after the two bytes of certain characters, again
   wherever they occur.

Each piece is then decoded by a lenient decoder, and the pieces are joined again by the ASCII forms of the
delimiters.  What the decoder does with bytes that are not a character is described in :func:`decode_leniently`.  Sites
differ in the details; a :class:`DamagePolicy` describes one site.

The model is exact: given the right text and the right policy it yields the damaged text, character for character.
So it can test a restoration (``damage(restored, policy) == received``), but not prove it: bytes vanish, and several
texts may come out of the damage as the same one.
"""

import codecs
import functools
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from zhengwen.restoration.pinyin import readings_with_tones, without_tone

#: The delimiters at which a site cuts unless its policy says otherwise, and the ASCII characters they come back as.
DELIMITERS: Mapping[str, str] = {
    "\N{FULLWIDTH COMMA}": ",",
    "\N{FULLWIDTH EXCLAMATION MARK}": "!",
    "\N{FULLWIDTH SEMICOLON}": ";",
    "\N{FULLWIDTH COLON}": ":",
    "\N{FULLWIDTH QUESTION MARK}": "?",
}

#: Further delimiters at which some sites cut.
MORE_DELIMITERS: Mapping[str, str] = {
    "\N{IDEOGRAPHIC FULL STOP}": ".",
    "\N{FULLWIDTH LEFT PARENTHESIS}": "(",
    "\N{FULLWIDTH RIGHT PARENTHESIS}": ")",
}

#: What a site may write for a lone lead byte, if it writes anything.
ORPHAN_MARKS = ("?", "\N{REPLACEMENT CHARACTER}")

#: Stands in a restored text for one ASCII character that the damage swallowed and that cannot be recovered.  This mark
#: is not in GBK, so it cannot occur in a text before the damage.
GAP = "\N{DOTTED SQUARE}"

#: The byte that stands for a gap when a restored text is damaged again: the lead byte before it swallows it, just as it
#: swallowed the lost character.
SWALLOWED = b"\x1a"


class UnencodableTextError(ValueError):
    """The text has a character that GBK does not have, so it cannot have passed through this damage."""


@dataclass(frozen=True)
class DamagePolicy:
    """What one site does to its pages.

    ``glosses`` maps a character to the reading inserted after it, in the order in which the site goes through them;
    ``delimiters`` maps each full-width character at which the site cuts to the ASCII character that it becomes.
    ``form`` is the gloss as it is written, with ``{}`` for the reading.  ``orphan`` is what the decoder writes for a
    lead byte that is left alone at the end of a piece: nothing, ``?`` or U+FFFD.  ``scan`` is ``single`` for one pass
    from left to right with matches that do not overlap, or ``repeated`` for one replacement per character over all
    bytes, so that a gloss may end up between the two bytes of a character that has its own gloss.  ``first`` is what
    is done first: the ``cut`` at delimiters, or the ``gloss``.

    An empty policy leaves GBK text as it is.

    >>> DamagePolicy(glosses={"節": "jié"}).is_empty
    False
    """

    glosses: Mapping[str, str] = field(default_factory=dict)
    delimiters: Mapping[str, str] = field(default_factory=lambda: dict(DELIMITERS))
    form: str = "({})"
    orphan: Literal["", "?", "\N{REPLACEMENT CHARACTER}"] = ""
    scan: Literal["single", "repeated"] = "single"
    first: Literal["cut", "gloss"] = "cut"

    @property
    def is_empty(self) -> bool:
        """True when the policy has no glosses and no delimiters: it changes nothing, so it verifies nothing."""
        return not self.glosses and not self.delimiters


def readings(characters: Iterable[str], tones: bool = True) -> dict[str, str]:
    """A gloss table for ``characters``: the most common reading of each; a character without a reading is left out.

    >>> readings("產業a"), readings("產業", tones=False)
    ({'產': 'chǎn', '業': 'yè'}, {'產': 'chan', '業': 'ye'})
    """
    most_common = {character: options[0] for character in characters if (options := readings_with_tones(character))}
    return most_common if tones else {character: without_tone(reading) for character, reading in most_common.items()}


def damage(text: str, policy: DamagePolicy) -> str:
    """Do to ``text`` what a site with this ``policy`` does; each line is damaged separately.

    Raises :class:`UnencodableTextError` for a character that is not in GBK (except :data:`GAP`), with its line and
    column.

    >>> policy = DamagePolicy(glosses={"規": "guī", "產": "chǎn", "經": "jīng"})
    >>> damage("快速規模化生產和市場", policy)
    '快速規(guī);a(chǎn)和市場'
    >>> damage("起到決定性意義的，可能是", policy)
    '起到?jīng)Q定性意義的,可能是'
    >>> damage("技術的進步。”他談道，", policy)
    '技術的進步!彼劦,'
    """
    damage_line = _line_damager(policy)
    return "\n".join(
        damage_line(_encode(line, line_number)) for line_number, line in enumerate(text.split("\n"), start=1)
    )


def decode_leniently(data: bytes, orphan: str = "") -> str:
    """Decode GBK as the site's decoder does.

    - an ASCII byte stands for itself; ``80`` and ``FF`` vanish;
    - a lead byte before a byte below ``40`` becomes ``?`` and swallows that byte;
    - a pair without a character (the user-defined area) vanishes;
    - a lead byte at the very end becomes ``orphan``.

    >>> decode_leniently(bytes.fromhex("B5BD 9B28 6a"))
    '到?j'
    >>> decode_leniently(bytes.fromhex("AFC9 FAAE 61"))
    'a'
    """
    return data.decode("gbk", _error_handler(orphan))


@functools.cache
def _error_handler(orphan: str) -> str:
    """The name of an error handler that treats bytes that are not a character as the site's decoder does."""

    def handle(error: UnicodeError) -> tuple[str, int]:
        if not isinstance(error, UnicodeDecodeError):
            raise error
        data, start = error.object, error.start
        if data[start] in (0x80, 0xFF):
            return "", start + 1
        if start + 1 == len(data):
            return orphan, start + 1
        return ("?" if data[start + 1] < 0x40 else ""), start + 2

    name = f"zhengwen.lenient.{ord(orphan) if orphan else 'drop'}"
    codecs.register_error(name, handle)
    return name


def _line_damager(policy: DamagePolicy) -> Callable[[bytes], str]:
    """The function that damages one line, given in GBK."""
    gloss, cut, orphan = _glosser(policy), _cutter(policy.delimiters), policy.orphan

    def decode(pieces: list[bytes]) -> str:
        pieces[::2] = [decode_leniently(piece, orphan) for piece in pieces[::2]]
        return "".join(pieces)

    if policy.first == "gloss":
        return lambda line: decode(cut(gloss(line)))

    def damage_line(line: bytes) -> str:
        pieces = cut(line)
        pieces[::2] = map(gloss, pieces[::2])
        return decode(pieces)

    return damage_line


def _glosser(policy: DamagePolicy) -> Callable[[bytes], bytes]:
    """The function that inserts glosses into bytes."""
    before, after = (_encode(part) for part in policy.form.split("{}"))
    glosses = {_encode(character): before + _encode(reading) + after for character, reading in policy.glosses.items()}
    if not glosses:
        return lambda piece: piece
    if policy.scan == "single":
        pattern = re.compile(b"|".join(map(re.escape, glosses)))
        return lambda piece: pattern.sub(lambda match: match.group() + glosses[match.group()], piece)

    def replace_each(piece: bytes) -> bytes:
        for pair, gloss in glosses.items():
            piece = piece.replace(pair, pair + gloss)
        return piece

    return replace_each


def _cutter(delimiters: Mapping[str, str]) -> Callable[[bytes], list]:
    """The function that cuts bytes at delimiters, at any offset.

    It returns a list in which the pieces (bytes) alternate with the ASCII forms of the delimiters between them (str).
    """
    by_bytes = {_encode(full): ascii_form for full, ascii_form in delimiters.items()}
    if not by_bytes:
        return lambda data: [data]
    pattern = re.compile(b"(" + b"|".join(re.escape(pair) for pair in by_bytes) + b")")

    def cut(data: bytes) -> list:
        pieces: list = pattern.split(data)
        pieces[1::2] = [by_bytes[pair] for pair in pieces[1::2]]
        return pieces

    return cut


def _encode(text: str, line_number: int = 1) -> bytes:
    try:
        return text.encode("gbk")
    except UnicodeEncodeError as error:
        if GAP in text:
            return SWALLOWED.join(_encode(part, line_number) for part in text.split(GAP))
        raise UnencodableTextError(
            f"line {line_number}, column {error.start + 1}: U+{ord(text[error.start]):04X} is not in GBK, "
            "so a text that contains it cannot have passed through this damage"
        ) from None
