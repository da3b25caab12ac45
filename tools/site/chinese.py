"""A hook for MkDocs: marks the script of every stretch of Chinese, so that browsers choose the right font."""

import functools
import re

from zhengwen.conversion.detect import Detection

_HAN = "\u3400-\u9fff\U00020000-\U000323af"
_MARKS = "\u3000-\u303f\uff00-\uffef\u2018-\u201d\u2026"
_RUN = re.compile(f"[{_HAN}](?:[{_HAN}{_MARKS}]*[{_HAN}\u3001-\u3011])?")
#: Tags, and whole elements whose content is not part of the page's text.
_TAG = re.compile(r"(<(?:script|style|title)\b.*?</(?:script|style|title)>|<[^>]+>)", flags=re.DOTALL)
_LANGUAGES = {"hans": "zh-Hans", "hant": "zh-Hant", None: "zh"}


@functools.lru_cache(maxsize=4096)
def _language(text: str) -> str:
    return _LANGUAGES[Detection(text).count.script]


def on_page_content(html, page, config, files):
    """Wrap every stretch of Chinese in an element with a ``lang`` attribute."""

    def mark(run: re.Match) -> str:
        return f'<span lang="{_language(run[0])}">{run[0]}</span>'

    parts = _TAG.split(html)
    return "".join(part if number % 2 else _RUN.sub(mark, part) for number, part in enumerate(parts))
