"""Paragraphs, sentences and tokens of Simplified or Traditional Chinese text.

No character is lost: between paragraphs there are only line feeds and blank lines, the sentences of a paragraph,
joined, are the paragraph, and the tokens of a sentence, joined, are the sentence.  Spans are offsets in the given text.
"""

import contextlib
import functools
import importlib
import logging
import marshal
import re
import sys
import tempfile
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import jieba


class Paragraph(NamedTuple):
    """A line that is not blank: its span and its role (``body``, ``heading``, ``caption`` or ``byline``)."""

    start: int
    end: int
    role: str


# Verbs that end an attribution after a quotation: “……。”某某说。
_SAYING = (
    "说 說 称 稱 表示 指出 认为 認為 写道 寫道 问 問 问道 問道 答 答道 回答 介绍 介紹 强调 強調 坦言 告诉记者 告訴記者 "
    "透露 解释 解釋 补充 補充 补充道 補充道 说道 說道 谈道 談道"
).replace(" ", "|")

_SENTENCE = re.compile(
    rf"""
    (?=.)[^。！？!?…\n]*                             # the sentence,
    (?:
      (?:[。！？!?…])+[”’」』）)》\]]*                 # its stops, and the closing marks after them
      (?:
        (?<=[”」』])                               # after a closing quotation mark, an attribution
        [^，。！？：；“「『\n]{{1,20}}?(?:{_SAYING})[。！？]  # which ends the sentence
      )?
      [^\S\n]*
    | (?=\n) | \Z
    )
    """,
    re.VERBOSE,
)

_SPAN = re.Match.span
_BLANK = re.compile(r"\n[^\S\n]+(?:\n|\Z)")

# The role of a line without a stop is determined by its form.  These patterns are tried on short lines only.
_STOPS = re.compile(r"[。！？!?；;…]|：\Z")
_CAPTION = re.compile(r"(?:图|圖)(?:据|據|源|片来源|片來源|为|為|/|／|：|:)|供图|供圖|(?:摄|攝)\Z")
_BYLINE = re.compile(
    r"(?:记者|記者|编辑|編輯|通讯员|通訊員|责编|責編)[ \u3000:：]\s*\S{2,20}\Z|\A[（(](?=.*(?:记者|記者)).*[）)]\Z"
)

#: A caption or a byline has at most this many characters.
_SHORT_LINE = 80

#: A heading has at most this many characters.
_HEADING_LENGTH = 24


def paragraphs(text: str) -> list[Paragraph]:
    r"""The lines of ``text`` that are not blank, each with a role that is determined by its form.

    >>> [paragraph.role for paragraph in paragraphs("新局面\n他来了。\n本报记者 王某")]
    ['heading', 'body', 'byline']
    """
    lines = []
    start = 0
    for line in text.split("\n"):
        if line.strip():
            lines.append(Paragraph(start, start + len(line), _role(line)))
        start += len(line) + 1
    return lines


def sentences(text: str) -> list[tuple[int, int]]:
    """The sentences of ``text``, each as ``(start, end)``; together they are exactly its paragraphs.

    ``。！？!?…`` end a sentence, inside quotation marks too, and the closing marks after them belong to it.  A
    quotation and the attribution after it are one sentence.

    >>> text = "“天晴了。”李某说。“走吧。”他谈道，路还长。"
    >>> [text[start:end] for start, end in sentences(text)]
    ['“天晴了。”李某说。', '“走吧。”', '他谈道，路还长。']
    """
    spans = list(map(_SPAN, _SENTENCE.finditer(text)))
    # A blank line is a match too, but not a paragraph.
    if text[:1].isspace() or _BLANK.search(text):
        return [(start, end) for start, end in spans if not text[start:end].isspace()]
    return spans


class Segment(NamedTuple):
    """One sentence: its span in the text, the paragraph it lies in (its index and role), and its words."""

    start: int
    end: int
    text: str
    paragraph: int
    role: str
    tokens: list[str]


def segment(text: str) -> list[Segment]:
    """The sentences of ``text`` with their paragraphs and tokens, one :class:`Segment` for each sentence.

    >>> segment("新局面\\n他来了。")[1]
    Segment(start=4, end=8, text='他来了。', paragraph=1, role='body', tokens=['他来', '了', '。'])
    """
    return [
        Segment(start, end, text[start:end], index, paragraph.role, tokens(text[start:end]))
        for index, paragraph in enumerate(paragraphs(text))
        for start, end in map(_SPAN, _SENTENCE.finditer(text, paragraph.start, paragraph.end))
    ]


def tokens(text: str) -> list[str]:
    """The words of ``text`` as jieba cuts them (its own dictionary, HMM on); joined, they are ``text`` again.

    >>> tokens("用户无需下载")
    ['用户', '无需', '下载']
    """
    return list(tokenizer().cut(text, HMM=True)) if text else []


def _role(line: str) -> str:
    if len(line) > _SHORT_LINE or _STOPS.search(line):
        return "body"
    if _BYLINE.search(line):
        return "byline"
    if _CAPTION.search(line):
        return "caption"
    return "heading" if len(line) <= _HEADING_LENGTH else "body"


@functools.cache
def tokenizer() -> "jieba.Tokenizer":
    """The tokenizer that :func:`tokens` uses, with jieba's own dictionary."""
    jieba = import_jieba("jieba")
    jieba.setLogLevel(logging.ERROR)
    tokenizer = jieba.Tokenizer()
    # jieba reads its cache from the open file, word by word, which takes three times as long as to read it at once.
    # Where there is no cache yet, jieba reads its dictionary and writes one.
    with contextlib.suppress(OSError, ValueError, EOFError, TypeError):
        frequencies, total = marshal.loads(Path(tempfile.gettempdir(), "jieba.cache").read_bytes())
        if isinstance(frequencies, dict) and isinstance(total, int):
            tokenizer.FREQ, tokenizer.total, tokenizer.initialized = frequencies, total, True
    return tokenizer


def import_jieba(name: str) -> ModuleType:
    """Import ``jieba`` or a module of it.

    That takes a third of a second, so what segments no words does not do it.  jieba would import pkg_resources too, if
    that is installed, only to open its dictionary; that takes as long again.  Without it, jieba opens the file itself.
    """
    hide = "pkg_resources" not in sys.modules
    if hide:
        sys.modules["pkg_resources"] = None
    try:
        return importlib.import_module(name)
    finally:
        if hide:
            del sys.modules["pkg_resources"]
