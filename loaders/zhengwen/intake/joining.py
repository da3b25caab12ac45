"""From tokens to a text: Chinese characters are joined as they stand, Latin words with a blank between them."""

import re
from collections.abc import Iterable, Sequence

from zhengwen.intake.source import Span

_HAN = "\u2e80-\u2fdf\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
#: What stands without blanks around it: Han, kana, and the punctuation of Chinese text.
_UNSPACED = re.compile(f"[{_HAN}\u2010-\u203b\u3000-\u303f\u3040-\u30ff\ufe30-\ufe4f\uff00-\uffef]")
_TWO_HAN = re.compile(f"[{_HAN}]{{2}}")
_ONE_HAN = re.compile(f"[{_HAN}]")
_NO_BLANK_BEFORE, _NO_BLANK_AFTER = ".,;:!?%)]}'", "([{$#@'"


def is_by_character(tokens: Iterable[str]) -> bool:
    """Whether the tokens of a file are characters, not words: Han among them, and no two Han in one.

    >>> is_by_character(["张", "三", "用", "iPhone"]), is_by_character(["张三", "来"]), is_by_character(["Zhang"])
    (True, False, False)
    """
    any_han = False
    for token in tokens:
        if _TWO_HAN.search(token):
            return False
        any_han = any_han or bool(_ONE_HAN.search(token))
    return any_han


def needs_blank(left: str, right: str, by_character: bool) -> bool:
    """Whether there was a blank between two tokens, where their source does not say.

    >>> needs_blank("Deep", "Learning", False), needs_blank("张三", "来", False), needs_blank("A", "I", True)
    (True, False, False)
    """
    if by_character and len(left) == len(right) == 1:
        return False
    if not left or not right or left[-1].isspace() or right[0].isspace():
        return False
    if _UNSPACED.match(left[-1]) or _UNSPACED.match(right[0]):
        return False
    return right[0] not in _NO_BLANK_BEFORE and left[-1] not in _NO_BLANK_AFTER


def aligned(tokens: Sequence[str], text: str) -> list[Span] | None:
    """The spans of ``tokens`` in ``text``, in which only white space may stand between them; ``None`` if they differ.

    >>> aligned(["张三", "AI", "Lab"], "张三AI Lab")
    [(0, 2), (2, 4), (5, 8)]
    """
    spans = []
    at = 0
    for token in tokens:
        while at < len(text) and text[at].isspace() and not text.startswith(token, at):
            at += 1
        if not token or not text.startswith(token, at):
            return None
        spans.append((at, at + len(token)))
        at += len(token)
    return None if text[at:].strip() else spans


def joined(tokens: Sequence[str], blanks: Sequence[bool | str]) -> tuple[str, list[Span]]:
    """The text of ``tokens``, each with what follows it (``True`` is a blank), and their spans.

    What follows the last token is left out.

    >>> joined(["张三", "AI", "Lab"], [False, True, False])
    ('张三AI Lab', [(0, 2), (2, 4), (5, 8)])
    """
    pieces: list[str] = []
    spans = []
    at = 0
    for token, blank in zip(tokens, blanks, strict=True):
        gap = blank if isinstance(blank, str) else " " * blank
        spans.append((at, at + len(token)))
        pieces += [token, gap]
        at += len(token) + len(gap)
    return "".join(pieces[:-1]), spans
