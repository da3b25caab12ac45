"""What a site did, by what a text was before and after: the policy that damages the one into the other."""

import difflib
import itertools
import re
from collections.abc import Collection, Sequence
from dataclasses import replace

from zhengwen.restoration.damage import DamagePolicy, UnencodableTextError, damage
from zhengwen.restoration.diagnose import ORPHANS
from zhengwen.restoration.glosses import plain

#: Two glosses in a row that both swallowed a byte: one was put between the two bytes of a character that has its own.
_TWICE = re.compile(r"\?\s?(\w{1,7})\s?\) ?\?\s?(\w{1,7})\s?\)")
#: How many glosses are tried in another place of the order, and on how many lines.
_MOVED, _LINES = 12, 20


def explain(received: str, lines: Sequence[str], draft: DamagePolicy) -> tuple[DamagePolicy, list[tuple[int, int]]]:
    """The policy like ``draft`` that explains most, and the spans of ``received`` that it does not explain.

    ``lines`` are what the lines of ``received`` were restored to.
    """
    theirs = received.split("\n")
    twice = {plain(reading) for found in _TWICE.finditer(received) for reading in found.groups()}
    best: tuple[int, DamagePolicy, list[str | None]] | None = None
    orphans = sorted(("", *ORPHANS), key=lambda one: one != draft.orphan)
    for scan, first, orphan in itertools.product(("single", "repeated"), ("cut", "gloss"), orphans):
        policy = replace(draft, scan=scan, first=first, orphan=orphan)
        modelled = [_damaged(line, policy) for line in lines]
        wrong = sum(one != other for one, other in zip(modelled, theirs, strict=True))
        if wrong and scan == "repeated" and twice:
            policy = _in_order(theirs, lines, policy, twice)
            modelled = [_damaged(line, policy) for line in lines]
            wrong = sum(one != other for one, other in zip(modelled, theirs, strict=True))
        if best is None or wrong < best[0]:
            best = wrong, policy, modelled
        if not wrong:
            return policy, []
    _, policy, modelled = best
    spans, place = [], 0
    for mine, other in zip(modelled, theirs, strict=True):
        if mine != other:
            spans += [(place + start, place + end) for start, end in _differences(other, mine)]
        place += len(other) + 1
    return policy, spans


def _in_order(
    theirs: Sequence[str], lines: Sequence[str], policy: DamagePolicy, readings: Collection[str]
) -> DamagePolicy:
    """``policy`` with the glosses of these ``readings`` in the order that explains most lines.

    The order of a site shows only where two glossed characters share a byte; one at a time is moved to the front.
    """
    both = [(line, one) for line, one in zip(lines, theirs, strict=True) if _TWICE.search(one)][:_LINES]
    least = sum(_damaged(line, policy) != one for line, one in both)
    for character in [one for one, reading in policy.glosses.items() if plain(reading) in readings][:_MOVED]:
        tried = replace(policy, glosses={character: policy.glosses[character]} | dict(policy.glosses))
        wrong = sum(_damaged(line, tried) != one for line, one in both)
        if wrong < least:
            policy, least = tried, wrong
    return policy


def _damaged(line: str, policy: DamagePolicy) -> str | None:
    try:
        return damage(line, policy)
    except UnencodableTextError:
        return None


def _differences(received: str, modelled: str | None) -> list[tuple[int, int]]:
    if modelled is None:
        return [(0, len(received))]
    first, last = common(received, modelled)
    if len(received) - first - last > 2000:
        return [(first, len(received) - last)]
    matcher = difflib.SequenceMatcher(None, received, modelled, autojunk=False)
    return [(start, end) for tag, start, end, _, _ in matcher.get_opcodes() if tag != "equal"]


def common(one: str, other: str) -> tuple[int, int]:
    """How many characters two texts begin with alike, and how many of the rest they end with alike."""
    most = min(len(one), len(other))
    first = 0
    while first < most and one[first] == other[first]:
        first += 1
    last = 0
    while last < most - first and one[-1 - last] == other[-1 - last]:
        last += 1
    return first, last
