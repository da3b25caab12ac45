"""Counts the candidates for a damaged place: an upper bound on the number of texts that its bytes allow."""

import functools

import numpy as np

from zhengwen.restoration import gbk
from zhengwen.restoration.lexer import Items
from zhengwen.restoration.text_model import TextModel
from zhengwen.restoration.tuning import MAX_COUNT, MAX_COUNTED_LENGTH, MAX_VANISHED_PAIRS

_FIRST_LEAD = gbk.LEADS[0]


def count_candidates(items: Items, until: int, model: TextModel, length: int) -> int:
    """At most how many texts of ``length`` characters the bytes of the first ``until`` items allow, meaningful or not.

    All ways in which the decoder can get out of sync and back into sync are counted, with up to
    :data:`MAX_VANISHED_PAIRS` vanished pairs in a row.  Without a fixed length there would be no upper bound, since
    pairs may have vanished anywhere.  Candidates that the readings of glosses and the table of the site rule out are
    not subtracted.  Returns :data:`MAX_COUNT` for any greater number, and whenever ``length`` is greater than
    :data:`MAX_COUNTED_LENGTH`.
    """
    if length > MAX_COUNTED_LENGTH:
        return MAX_COUNT

    is_character, over_vanished = _transitions()
    any_trail, leads_per_trail = is_character[:, 0x81:].sum(axis=1), is_character.sum(axis=0)
    # How many texts there are so far, by their length: with the decoder in sync, and out of sync after each lead byte.
    in_sync, after_lead = np.zeros(length + 1), np.zeros((len(gbk.LEADS), length + 1))
    in_sync[0] = 1.0
    for index in range(until):
        item = items[index]
        outside, vanished = after_lead.copy(), after_lead
        for _ in range(MAX_VANISHED_PAIRS):
            vanished = _lengthen(over_vanished.T @ vanished)
            outside += vanished
        inside = in_sync + _lengthen(is_character[:, 0x80] @ outside)
        ended = _lengthen(any_trail @ outside)
        in_sync, after_lead = np.zeros(length + 1), np.zeros((len(gbk.LEADS), length + 1))
        match item.kind:
            case "pair":
                first, second = item.pair >> 8, item.pair & 0xFF
                in_sync, across = _lengthen(inside), _lengthen(is_character[:, first] @ outside)
                if second > 0x80:
                    after_lead[second - _FIRST_LEAD] = across
                elif second < 0x80:
                    in_sync += _lengthen(across)
            case "ascii":
                in_sync = _lengthen(inside) + _lengthen(is_character[:, ord(item.value)] @ outside)
            case "delimiter" | "orphan":
                marked = item.kind == "orphan"
                for pair in model.delimiter_pairs.get(item.value, ()):
                    first, second = pair >> 8, pair & 0xFF
                    in_sync += _lengthen(_lengthen(inside) if marked else inside) + _lengthen(ended)
                    after_lead[second - _FIRST_LEAD] += _lengthen(inside * leads_per_trail[first])
                    if not marked:
                        after_lead[second - _FIRST_LEAD] += _lengthen(is_character[:, first] @ outside)
            case "swallowed":
                in_sync = ended
                leads = [lead - _FIRST_LEAD for lead in gbk.LEADS if model.may_end_glossed(lead, item.value)]
                after_lead[leads] = inside
            case "question":
                in_sync = _lengthen(inside) + _lengthen(ended)
            case "last":
                in_sync = _lengthen(inside) + ended
            case "end":
                in_sync = inside + ended
            case "gloss":
                in_sync, after_lead = inside, outside
            case _:
                in_sync = _lengthen(inside)
        in_sync, after_lead = np.minimum(in_sync, MAX_COUNT), np.minimum(after_lead, MAX_COUNT)
    return max(int(in_sync[length]), 1)


def _lengthen(counts: np.ndarray) -> np.ndarray:
    """The counts after one more character is added to every text; the last axis of ``counts`` is the text length."""
    longer = np.zeros_like(counts)
    longer[..., 1:] = counts[..., :-1]
    return longer


@functools.cache
def _transitions() -> tuple[np.ndarray, np.ndarray]:
    """Two arrays of floats with a row for each lead byte.

    The first is 1.0 where the lead byte makes a character with the byte of the column (256 columns), else 0.0.  The
    second says in how many ways a vanished pair can lie between the lead byte of the row and that of the column: how
    many trail bytes make a character with the former and, with the latter, a pair without a character.
    """
    is_character, is_unassigned = np.zeros((len(gbk.LEADS), 256)), np.zeros((256, len(gbk.LEADS)))
    for pair in gbk.characters():
        is_character[(pair >> 8) - _FIRST_LEAD, pair & 0xFF] = 1
    for first, seconds in gbk.unassigned().items():
        is_unassigned[first, [second - _FIRST_LEAD for second in seconds if second > 0x80]] = 1
    return is_character, is_character @ is_unassigned
