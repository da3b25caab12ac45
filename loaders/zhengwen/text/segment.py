"""Paragraphs, sentences and tokens of Simplified or Traditional Chinese text.

Every function returns spans of the text it was given and loses nothing: between paragraphs there are only line feeds
and blank lines, sentences make up their paragraph, tokens make up their sentence.
"""

import functools
import logging
import re
from typing import NamedTuple


class Paragraph(NamedTuple):
    """A line that holds more than white space, with its role: ``body``, ``heading``, ``caption`` or ``byline``."""

    start: int
    end: int
    role: str


# Verbs that close an attribution behind a quotation: “……。”某某说。
_SAYING = (
    "说 說 称 稱 表示 指出 认为 認為 写道 寫道 问 問 问道 問道 答 答道 回答 介绍 介紹 强调 強調 坦言 告诉记者 告訴記者 "
    "透露 解释 解釋 补充 補充 补充道 補充道 说道 說道 谈道 談道"
).replace(" ", "|")

_SENTENCE = re.compile(
    rf"""
    (?=.)[^。！？!?…\n]*                             # the sentence,
    (?:
      (?:[。！？!?…])+[”’」』）)》\]]*                 # its stops, and the closing marks behind them
      (?:
        (?<=[”」』])                               # after a closing quotation mark: the attribution
        [^，。！？：；“「『\n]{{1,20}}?(?:{_SAYING})[。！？]  # that ends the sentence
      )?
      [^\S\n]*
    | (?=\n) | \Z
    )
    """,
    re.VERBOSE,
)

_SPAN = re.Match.span
_BLANK = re.compile(r"\n[^\S\n]+(?:\n|\Z)")

# Roles are told from the form of a line without a stop; each pattern is tried on short lines only.
_STOPS = re.compile(r"[。！？!?；;…]|：\Z")
_CAPTION = re.compile(r"(?:图|圖)(?:据|據|源|片来源|片來源|为|為|/|／|：|:)|供图|供圖|(?:摄|攝)\Z")
_BYLINE = re.compile(
    r"(?:记者|記者|编辑|編輯|通讯员|通訊員|责编|責編)[ \u3000:：]\s*\S{2,20}\Z|\A[（(].*(?:记者|記者).*[）)]\Z"
)

#: A caption or a byline is shorter than this, in characters.
_SHORT_LINE = 80

#: A line this long is no heading.
_HEADING_LENGTH = 24


def paragraphs(text: str) -> list[Paragraph]:
    r"""The lines of ``text`` that hold more than white space, each with a role that is computed from its form.

    >>> [paragraph.role for paragraph in paragraphs("新局面\n他来了。\n本报记者 王某")]
    ['heading', 'body', 'byline']
    """
    found = []
    start = 0
    for line in text.split("\n"):
        if line.strip():
            found.append(Paragraph(start, start + len(line), _role(line)))
        start += len(line) + 1
    return found


def sentences(text: str) -> list[tuple[int, int]]:
    """The sentences of ``text``, each as ``(start, end)``; together they are its paragraphs, with nothing between them.

    ``。！？`` end a sentence, inside quotation marks too, and take the closing marks behind them along.  A quotation
    and the attribution that closes it are one sentence.

    >>> text = "“天晴了。”李某说。“走吧。”他谈道，路还长。"
    >>> [text[start:end] for start, end in sentences(text)]
    ['“天晴了。”李某说。', '“走吧。”', '他谈道，路还长。']
    """
    found = list(map(_SPAN, _SENTENCE.finditer(text)))
    # A line of nothing but white space is matched by itself, and is no paragraph.
    if text[:1].isspace() or _BLANK.search(text):
        return [(start, end) for start, end in found if not text[start:end].isspace()]
    return found


class Segment(NamedTuple):
    """One sentence: its span in the text, the paragraph it lies in (its index and role), and its words."""

    start: int
    end: int
    text: str
    paragraph: int
    role: str
    tokens: list[str]


def segment(text: str) -> list[Segment]:
    """Paragraphs, sentences and tokens of ``text`` in one walk, a :class:`Segment` a sentence.

    >>> segment("新局面\\n他来了。")[1]
    Segment(start=4, end=8, text='他来了。', paragraph=1, role='body', tokens=['他来', '了', '。'])
    """
    return [
        Segment(start, end, text[start:end], index, paragraph.role, tokens(text[start:end]))
        for index, paragraph in enumerate(paragraphs(text))
        for start, end in (found.span() for found in _SENTENCE.finditer(text, paragraph.start, paragraph.end))
    ]


def tokens(text: str) -> list[str]:
    """The words of ``text`` by jieba (its own dictionary, HMM on); joined, they are ``text`` again.

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
    import jieba

    jieba.setLogLevel(logging.ERROR)
    return jieba.Tokenizer()
