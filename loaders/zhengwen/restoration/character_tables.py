"""The characters of GBK as arrays, and lookups in them by byte and by reading.

A character's *number* is its index in these arrays.
"""

import functools
from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from zhengwen.conversion.dictionaries import candidates, dictionary
from zhengwen.restoration import gbk
from zhengwen.restoration.glosses import readings
from zhengwen.restoration.language_model import language_model
from zhengwen.restoration.tuning import (
    FIRST_FORM_COST,
    FURTHER_FORM_COST,
    OTHER_SCRIPT_COST,
    RAREST_GUESS,
    UNLISTED_FORM_COST,
)

#: Given instead of a trail byte: any trail byte above 80, and any that begins a pair without a character.
ANY, UNASSIGNED = -1, -2


class Tables(NamedTuple):
    """Every character of GBK, in the order of its bytes.

    ``characters`` and ``simple`` are the characters and their Simplified forms, ``leads`` and ``trails`` their bytes
    (int32), ``indices`` the positions of the Simplified forms in a distribution of the language model (int32), and
    ``guessable`` whether a character is common enough to be guessed (bool).
    """

    characters: list[str]
    simple: list[str]
    leads: np.ndarray
    trails: np.ndarray
    indices: np.ndarray
    guessable: np.ndarray


@functools.cache
def tables() -> Tables:
    """The tables, computed once."""
    simplify, model = dictionary("TSCharacters"), language_model()
    pairs = np.array(list(gbk.characters()), np.int32)
    characters = list(gbk.characters().values())
    simple = [simplify.get(character, character) for character in characters]
    unigrams = model.distribution("")
    unknown = len(unigrams) - 1
    indices = np.array([model.indices[ord(form)] if ord(form) < 0x10000 else unknown for form in simple], np.int32)
    return Tables(characters, simple, pairs >> 8, pairs & 0xFF, indices, unigrams[indices] > RAREST_GUESS)


@functools.cache
def numbers() -> Mapping[str, int]:
    """Every character with its number."""
    return {character: number for number, character in enumerate(gbk.characters().values())}


@functools.cache
def numbers_with_bytes(lead: int, trail: int) -> np.ndarray:
    """The numbers of the guessable characters with these bytes.

    A negative ``lead`` stands for every byte that makes a pair without a character when it follows the byte ``-lead``;
    ``trail`` may be :data:`ANY` or :data:`UNASSIGNED`.
    """
    table = tables()
    has_lead = table.leads == lead if lead >= 0 else np.isin(table.leads, gbk.unassigned()[-lead])
    if trail == ANY:
        has_trail = table.trails > 0x80
    elif trail == UNASSIGNED:
        has_trail = np.isin(table.trails, list(gbk.unassigned()))
    else:
        has_trail = table.trails == trail
    return np.flatnonzero(table.guessable & has_lead & has_trail)


@functools.cache
def numbers_with_trail(trail: int) -> np.ndarray:
    """The numbers of the guessable characters with this trail byte."""
    return np.flatnonzero((tables().trails == trail) & tables().guessable)


@functools.cache
def numbers_with_reading(reading: str, lead: int) -> tuple[int, ...]:
    """The numbers of the guessable characters with this lead byte and this reading."""
    with_lead = np.flatnonzero((tables().leads == lead) & tables().guessable).tolist()
    return tuple(number for number in with_lead if reading in readings(tables().characters[number]))


@functools.cache
def shared_forms() -> np.ndarray:
    """For every character an id of its Simplified form (int32, from 1), if other characters share that form; else 0."""
    simple = tables().simple
    shared = (form for form, count in Counter(simple).items() if count > 1)
    form_ids = {form: form_id for form_id, form in enumerate(shared, 1)}
    return np.array([form_ids.get(form, 0) for form in simple], np.int32)


@functools.cache
def script_costs(traditional: bool) -> np.ndarray:
    """The cost (float32, nats) of every character in a Traditional text, or else in a Simplified one."""
    forms = zip(tables().characters, tables().simple, strict=True)
    return np.array([_script_cost(character, simple, traditional) for character, simple in forms], np.float32)


def _script_cost(character: str, simple: str, traditional: bool) -> float:
    if not traditional:
        return 0.0 if simple == character else OTHER_SCRIPT_COST
    forms = candidates("STCharacters").get(simple, ())
    if character in forms:
        return FIRST_FORM_COST if character == forms[0] else FURTHER_FORM_COST
    if simple == character:
        return OTHER_SCRIPT_COST if forms else 0.0
    return UNLISTED_FORM_COST
