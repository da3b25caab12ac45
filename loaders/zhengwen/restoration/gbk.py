"""GBK as tables: which bytes are which character, and which pairs of bytes are none.

A character is one or two bytes.  A lead byte is ``81``-``FE``, a trail byte ``40``-``7E`` or ``80``-``FE``.  Pairs
are numbers here, ``lead << 8 | trail``.
"""

import functools
from collections.abc import Mapping, Sequence

LEADS = range(0x81, 0xFF)
TRAILS = (*range(0x40, 0x7F), *range(0x80, 0xFF))


@functools.cache
def characters() -> Mapping[int, str]:
    """Every pair of bytes that is a character.

    >>> characters()[0xD6D0]
    '中'
    """
    found = {}
    for lead in LEADS:
        for trail in TRAILS:
            try:
                found[lead << 8 | trail] = bytes((lead, trail)).decode("gbk")
            except UnicodeDecodeError:
                continue
    return found


@functools.cache
def pairs() -> Mapping[str, int]:
    """Every character of two bytes, and its pair.

    >>> f"{pairs()['中']:X}"
    'D6D0'
    """
    return {character: pair for pair, character in characters().items()}


@functools.cache
def void() -> Mapping[int, Sequence[int]]:
    """The pairs that are no character (the user-defined area): for a first byte, the second bytes it is void with.

    >>> 0xAA in void(), 0xB0 in void()
    (True, False)
    """
    known = characters()
    found = {lead: tuple(trail for trail in TRAILS if lead << 8 | trail not in known) for lead in LEADS}
    return {lead: trails for lead, trails in found.items() if trails}
