"""Counts the candidates of a damaged place: how many texts its bytes allow at the most, whatever they mean."""

import functools

import numpy as np

from zhengwen.restoration import gbk
from zhengwen.restoration.lexer import Items
from zhengwen.restoration.text_model import TextModel
from zhengwen.restoration.tuning import MAX_COUNT, MAX_COUNTED_LENGTH, MAX_VANISHED_PAIRS

_FIRST_LEAD = gbk.LEADS[0]


def count_candidates(items: Items, until: int, model: TextModel, length: int) -> int:
    """How many texts of ``length`` characters the bytes allow for the first ``until`` items at the most.

    All ways to get out of place and back in place are counted, with up to :data:`MAX_VANISHED_PAIRS` vanished pairs in
    a row.  Texts of any length would be without number, since pairs may have vanished anywhere.  The count is an upper
    bound: candidates that the readings of glosses and the table of the site rule out are not subtracted.
    :data:`MAX_COUNT` stands for any greater number, and for that of a text longer than :data:`MAX_COUNTED_LENGTH`.
    """
    if length > MAX_COUNTED_LENGTH:
        return MAX_COUNT

    is_character, over_vanished = _transitions()
    any_trail, leads_per_trail = is_character[:, 0x81:].sum(axis=1), is_character.sum(axis=0)
    # How many texts there are so far, by their length: in place, and out of place behind each lead byte.
    in_place, behind_lead = np.zeros(length + 1), np.zeros((len(gbk.LEADS), length + 1))
    in_place[0] = 1.0
    for index in range(until):
        item = items[index]
        outside, vanished = behind_lead.copy(), behind_lead
        for _ in range(MAX_VANISHED_PAIRS):
            vanished = _lengthen(over_vanished.T @ vanished)
            outside += vanished
        inside = in_place + _lengthen(is_character[:, 0x80] @ outside)
        ended = _lengthen(any_trail @ outside)
        in_place, behind_lead = np.zeros(length + 1), np.zeros((len(gbk.LEADS), length + 1))
        match item.kind:
            case "pair":
                first, second = item.pair >> 8, item.pair & 0xFF
                in_place, across = _lengthen(inside), _lengthen(is_character[:, first] @ outside)
                if second > 0x80:
                    behind_lead[second - _FIRST_LEAD] = across
                elif second < 0x80:
                    in_place += _lengthen(across)
            case "ascii":
                in_place = _lengthen(inside) + _lengthen(is_character[:, ord(item.value)] @ outside)
            case "delimiter" | "orphan":
                marked = item.kind == "orphan"
                for pair in model.fulls.get(item.value, ()):
                    first, second = pair >> 8, pair & 0xFF
                    in_place += _lengthen(_lengthen(inside) if marked else inside) + _lengthen(ended)
                    behind_lead[second - _FIRST_LEAD] += _lengthen(inside * leads_per_trail[first])
                    if not marked:
                        behind_lead[second - _FIRST_LEAD] += _lengthen(is_character[:, first] @ outside)
            case "swallowed":
                in_place = ended
                leads = [lead - _FIRST_LEAD for lead in gbk.LEADS if model.may_end_glossed(lead, item.value)]
                behind_lead[leads] = inside
            case "question":
                in_place = _lengthen(inside) + _lengthen(ended)
            case "last":
                in_place = _lengthen(inside) + ended
            case "end":
                in_place = inside + ended
            case "gloss":
                in_place, behind_lead = inside, outside
            case _:
                in_place = _lengthen(inside)
        in_place, behind_lead = np.minimum(in_place, MAX_COUNT), np.minimum(behind_lead, MAX_COUNT)
    return max(int(in_place[length]), 1)


def _lengthen(counts: np.ndarray) -> np.ndarray:
    """The counts of the same texts with one more character; the last axis of ``counts`` is the length of the text."""
    longer = np.zeros_like(counts)
    longer[..., 1:] = counts[..., :-1]
    return longer


@functools.cache
def _transitions() -> tuple[np.ndarray, np.ndarray]:
    """Which lead byte (row) makes a character with which byte (column): 1.0 or 0.0.

    And in how many ways a lead byte (row) comes to the next (column) over a vanished pair: by the trail bytes that make
    a character with the former and a pair without a character with the latter.
    """
    is_character, is_unassigned = np.zeros((len(gbk.LEADS), 256)), np.zeros((256, len(gbk.LEADS)))
    for pair in gbk.characters():
        is_character[(pair >> 8) - _FIRST_LEAD, pair & 0xFF] = 1
    for first, seconds in gbk.unassigned().items():
        is_unassigned[first, [second - _FIRST_LEAD for second in seconds if second > 0x80]] = 1
    return is_character, is_character @ is_unassigned
