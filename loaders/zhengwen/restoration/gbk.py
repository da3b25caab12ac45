"""GBK as tables: which pairs of bytes are which character, and which pairs have no character.

A character is one or two bytes.  A lead byte is ``81``-``FE``, a trail byte ``40``-``7E`` or ``80``-``FE``.  A pair is
given as a number, ``lead << 8 | trail``.
"""

import functools
from collections.abc import Mapping, Sequence

LEADS = range(0x81, 0xFF)
TRAILS = (*range(0x40, 0x7F), *range(0x80, 0xFF))


@functools.cache
def characters() -> Mapping[int, str]:
    """Every pair that has a character, with its character.

    >>> characters()[0xD6D0]
    '中'
    """
    by_pair = {}
    for lead in LEADS:
        for trail in TRAILS:
            try:
                by_pair[lead << 8 | trail] = bytes((lead, trail)).decode("gbk")
            except UnicodeDecodeError:
                continue
    return by_pair


@functools.cache
def pairs() -> Mapping[str, int]:
    """Every character of two bytes, with its pair.

    >>> f"{pairs()['中']:X}"
    'D6D0'
    """
    return {character: pair for pair, character in characters().items()}


@functools.cache
def unassigned() -> Mapping[int, Sequence[int]]:
    """The pairs without a character (the user-defined area): each lead byte that has any, with their trail bytes.

    >>> 0xAA in unassigned(), 0xB0 in unassigned()
    (True, False)
    """
    assigned = characters()
    by_lead = {lead: tuple(trail for trail in TRAILS if lead << 8 | trail not in assigned) for lead in LEADS}
    return {lead: trails for lead, trails in by_lead.items() if trails}
