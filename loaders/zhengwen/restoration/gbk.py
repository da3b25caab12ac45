"""GBK as tables: which character each pair of bytes is, and which pairs are not a character.

A character has one or two bytes.  A lead byte is ``81``-``FE``, a trail byte ``40``-``7E`` or ``80``-``FE``.  A *pair*
is the two bytes as one integer, ``lead << 8 | trail``.
"""

import functools
from collections.abc import Mapping, Sequence

LEADS = range(0x81, 0xFF)
TRAILS = (*range(0x40, 0x7F), *range(0x80, 0xFF))


@functools.cache
def characters() -> Mapping[int, str]:
    """Every pair that is a character, with that character.

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
    """Every two-byte character, with its pair.

    >>> f"{pairs()['中']:X}"
    'D6D0'
    """
    return {character: pair for pair, character in characters().items()}


@functools.cache
def unassigned() -> Mapping[int, Sequence[int]]:
    """The pairs that are not a character (the user-defined area): the trail bytes of such pairs, by their lead byte.

    >>> 0xAA in unassigned(), 0xB0 in unassigned()
    (True, False)
    """
    assigned = characters()
    by_lead = {lead: tuple(trail for trail in TRAILS if lead << 8 | trail not in assigned) for lead in LEADS}
    return {lead: trails for lead, trails in by_lead.items() if trails}
