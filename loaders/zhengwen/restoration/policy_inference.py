"""Infers what a site did from a received text and its restoration: the policy that turns the latter into the former."""

import difflib
import itertools
import re
from collections.abc import Collection, Sequence
from dataclasses import replace

from zhengwen.restoration.damage import ORPHAN_MARKS, DamagePolicy, UnencodableTextError, damage
from zhengwen.restoration.glosses import plain
from zhengwen.restoration.tuning import MAX_COMPARED_LENGTH, MAX_GLOSSES_MOVED, MAX_LINES_COMPARED

#: Two glosses in a row whose parentheses were both swallowed: one gloss was inserted between the two bytes of a
#: character that has its own.
_NESTED_GLOSSES = re.compile(r"\?\s?(\w{1,7})\s?\) ?\?\s?(\w{1,7})\s?\)")


def infer_policy(
    received: str, restored_lines: Sequence[str], draft: DamagePolicy
) -> tuple[DamagePolicy, list[tuple[int, int]]]:
    """The variant of ``draft`` that explains most lines, and the spans of ``received`` that it does not explain.

    ``restored_lines`` are the restored lines of ``received``, one for each.  The variants differ in ``scan``,
    ``first``, ``orphan`` and the order of the glosses.
    """
    received_lines = received.split("\n")
    nested = {plain(reading) for match in _NESTED_GLOSSES.finditer(received) for reading in match.groups()}
    best: tuple[int, DamagePolicy, list[str | None]] | None = None
    orphans = sorted(("", *ORPHAN_MARKS), key=lambda orphan: orphan != draft.orphan)
    for scan, first, orphan in itertools.product(("single", "repeated"), ("cut", "gloss"), orphans):
        policy = replace(draft, scan=scan, first=first, orphan=orphan)
        modelled_lines = [_damaged(line, policy) for line in restored_lines]
        wrong = _count_differing(modelled_lines, received_lines)
        if wrong and scan == "repeated" and nested:
            policy = _order_glosses(received_lines, restored_lines, policy, nested)
            modelled_lines = [_damaged(line, policy) for line in restored_lines]
            wrong = _count_differing(modelled_lines, received_lines)
        if best is None or wrong < best[0]:
            best = wrong, policy, modelled_lines
        if not wrong:
            return policy, []
    _, policy, modelled_lines = best
    spans, line_start = [], 0
    for modelled, line in zip(modelled_lines, received_lines, strict=True):
        if modelled != line:
            spans += [(line_start + start, line_start + end) for start, end in _differences(line, modelled)]
        line_start += len(line) + 1
    return policy, spans


def _count_differing(modelled_lines: Sequence[str | None], received_lines: Sequence[str]) -> int:
    return sum(modelled != line for modelled, line in zip(modelled_lines, received_lines, strict=True))


def _order_glosses(
    received_lines: Sequence[str], restored_lines: Sequence[str], policy: DamagePolicy, readings: Collection[str]
) -> DamagePolicy:
    """``policy`` with the glosses of these ``readings`` in the order that explains most lines.

    The order matters only where two glossed characters share a byte.  Such characters are moved to the front one by
    one, each only if that explains more lines.
    """
    pairs = [
        (restored, received)
        for restored, received in zip(restored_lines, received_lines, strict=True)
        if _NESTED_GLOSSES.search(received)
    ][:MAX_LINES_COMPARED]
    fewest_wrong = sum(_damaged(restored, policy) != received for restored, received in pairs)
    characters = [character for character, reading in policy.glosses.items() if plain(reading) in readings]
    for character in characters[:MAX_GLOSSES_MOVED]:
        variant = replace(policy, glosses={character: policy.glosses[character]} | dict(policy.glosses))
        wrong = sum(_damaged(restored, variant) != received for restored, received in pairs)
        if wrong < fewest_wrong:
            policy, fewest_wrong = variant, wrong
    return policy


def _damaged(line: str, policy: DamagePolicy) -> str | None:
    """``line`` after the damage, or ``None`` when it has a character that is not in GBK."""
    try:
        return damage(line, policy)
    except UnencodableTextError:
        return None


def _differences(received: str, modelled: str | None) -> list[tuple[int, int]]:
    """The spans of ``received`` in which it differs from ``modelled``."""
    if modelled is None:
        return [(0, len(received))]
    prefix, suffix = common_ends(received, modelled)
    if len(received) - prefix - suffix > MAX_COMPARED_LENGTH:
        return [(prefix, len(received) - suffix)]
    matcher = difflib.SequenceMatcher(None, received, modelled, autojunk=False)
    return [(start, end) for tag, start, end, _, _ in matcher.get_opcodes() if tag != "equal"]


def common_ends(left: str, right: str) -> tuple[int, int]:
    """The length of the common prefix of two texts, and that of the common suffix of the rest of them.

    >>> common_ends("甲乙乙丁", "甲乙丁")
    (2, 1)
    """
    shorter = min(len(left), len(right))
    prefix = 0
    while prefix < shorter and left[prefix] == right[prefix]:
        prefix += 1
    suffix = 0
    while suffix < shorter - prefix and left[-1 - suffix] == right[-1 - suffix]:
        suffix += 1
    return prefix, suffix
