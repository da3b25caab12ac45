"""How many readings the bytes of a stretch of items allow at the most, whatever they mean."""

import functools

from zhengwen.restoration import gbk
from zhengwen.restoration.items import Line
from zhengwen.restoration.site import Site

#: As many as are told apart: this stands for any greater number too.
MANY = 10**18
#: A longer stretch, in characters, is not counted: it has so many for all that is known.
LONGEST = 60
FIRST = gbk.LEADS[0]


def count_readings(line: Line, until: int, site: Site, length: int) -> int:
    """How many texts of ``length`` characters the bytes allow for the first ``until`` items of ``line`` at the most.

    Counted over all ways to lose the place and to find it again; of pairs that vanished, up to three in a row.  Texts
    of any length would be without number, since pairs may have vanished anywhere.  It is an upper bound: what the
    readings of glosses and the table of the site rule out is not taken off.  :data:`MANY` stands for any greater
    number, and for that of a stretch longer than :data:`LONGEST`.
    """
    import numpy as np

    if length > LONGEST:
        return MANY

    valid, lost = _shapes()
    any_trail, lead_count = valid[:, 0x81:].sum(axis=1), valid.sum(axis=0)
    # By the number of characters so far: in place, and behind each lead byte (from the first one on).
    in_place, leads = np.zeros(length + 1), np.zeros((len(gbk.LEADS), length + 1))
    in_place[0] = 1.0
    for at in range(until):
        item = line[at]
        out, vanished = leads.copy(), leads
        for _ in range(3):
            vanished = _one_more(lost.T @ vanished)
            out += vanished
        here = in_place + _one_more(valid[:, 0x80] @ out)
        ended = _one_more(any_trail @ out)
        in_place, leads = np.zeros(length + 1), np.zeros((len(gbk.LEADS), length + 1))
        match item.kind:
            case "pair":
                first, second = item.pair >> 8, item.pair & 0xFF
                in_place, begun = _one_more(here), _one_more(valid[:, first] @ out)
                if second > 0x80:
                    leads[second - FIRST] = begun
                elif second < 0x80:
                    in_place += _one_more(begun)
            case "ascii":
                in_place = _one_more(here) + _one_more(valid[:, ord(item.value)] @ out)
            case "delimiter" | "orphan":
                marked = item.kind == "orphan"
                for pair in site.fulls.get(item.value, ()):
                    first, second = pair >> 8, pair & 0xFF
                    in_place += _one_more(_one_more(here) if marked else here) + _one_more(ended)
                    leads[second - FIRST] += _one_more(here * lead_count[first])
                    if not marked:
                        leads[second - FIRST] += _one_more(valid[:, first] @ out)
            case "swallowed":
                in_place = ended
                leads[[lead - FIRST for lead in gbk.LEADS if site.is_read_by(lead, item.value)]] = here
            case "question":
                in_place = _one_more(here) + _one_more(ended)
            case "last":
                in_place = _one_more(here) + ended
            case "end":
                in_place = here + ended
            case "gloss":
                in_place, leads = here, out
            case _:
                in_place = _one_more(here)
        in_place, leads = np.minimum(in_place, MANY), np.minimum(leads, MANY)
    return max(int(in_place[length]), 1)


def _one_more(counts):
    """The same counts of texts that are a character longer."""
    import numpy as np

    longer = np.zeros_like(counts)
    longer[..., 1:] = counts[..., :-1]
    return longer


@functools.cache
def _shapes():
    """Which pairs of bytes are characters; and how many trail bytes may vanish between one lead byte and another."""
    import numpy as np

    valid, void = np.zeros((len(gbk.LEADS), 256)), np.zeros((256, len(gbk.LEADS)))
    for pair in gbk.characters():
        valid[(pair >> 8) - FIRST, pair & 0xFF] = 1
    for first, seconds in gbk.void().items():
        void[first, [second - FIRST for second in seconds if second > 0x80]] = 1
    return valid, valid @ void
