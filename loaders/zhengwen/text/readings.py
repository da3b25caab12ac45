"""How many readings the bytes of a stretch of items allow at the most, whatever they mean."""

import functools

from zhengwen.text import gbk
from zhengwen.text.items import Line
from zhengwen.text.site import Site

#: As many as are told apart: this stands for any greater number too.
MANY = 10**18


def count_readings(line: Line, until: int, site: Site) -> int:
    """How many texts the bytes allow for the first ``until`` items of ``line`` at the most, whatever they mean.

    Counted over all ways to lose the place and to find it again; of pairs that vanished, up to three in a row.  It is
    an upper bound: what the readings of glosses and the table of the site rule out is not taken off.  :data:`MANY`
    stands for any greater number.
    """
    import numpy as np

    valid, lost = _shapes()
    in_place, leads = 1.0, np.zeros(256)
    for at in range(until):
        item = line[at]
        once = lost.T @ leads
        twice = lost.T @ once
        out = leads + once + twice + lost.T @ twice
        here = in_place + float(out @ valid[:, 0x80])
        any_trail = float(out @ valid[:, 0x81:].sum(axis=1))
        in_place, leads = 0.0, np.zeros(256)
        match item.kind:
            case "pair":
                first, second = item.pair >> 8, item.pair & 0xFF
                in_place = here
                begun = float(out @ valid[:, first])
                if second > 0x80:
                    leads[second] = begun
                elif second < 0x80:
                    in_place += begun
            case "ascii":
                in_place = here + float(out @ valid[:, ord(item.value)])
            case "delimiter" | "orphan":
                for pair in site.fulls.get(item.value, ()):
                    first, second = pair >> 8, pair & 0xFF
                    in_place += here + any_trail
                    leads[second] += here * valid[:, first].sum() + float(out @ valid[:, first])
            case "swallowed":
                in_place = any_trail
                leads[:] = here * np.array([site.is_read_by(lead, item.value) for lead in range(256)])
            case "question" | "last" | "end":
                in_place = here + any_trail
            case _:
                in_place = here
                leads = out if item.kind == "gloss" else leads
        in_place, leads = min(in_place, MANY), np.minimum(leads, MANY)
    return max(int(min(in_place + leads.sum(), MANY)), 1)


@functools.cache
def _shapes():
    """Which pairs of bytes are characters; and how many trail bytes may vanish between one lead byte and another."""
    import numpy as np

    valid, void = np.zeros((256, 256)), np.zeros((256, 256))
    for pair in gbk.characters():
        valid[pair >> 8, pair & 0xFF] = 1
    for first, seconds in gbk.void().items():
        void[first, [second for second in seconds if second > 0x80]] = 1
    return valid, valid @ void
