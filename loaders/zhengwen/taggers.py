"""Rules and word lists that mark names, values and quotations in Simplified text.

They make the draft of a new document, and they are the baselines that a model is compared with.  Nothing here was
derived from gold: the lists hold common words and no names, and the rules use what quotation marks and verbs of saying
mean in any news text.
"""

import functools
import re
from collections.abc import Iterator
from typing import Any

from zhengwen.text import segment

posseg = segment.import_jieba("jieba.posseg")

# Mentions: jieba's tags for names, suffixes of institutions, patterns of numbers, titles beside names.

_TYPE_OF_TAG = {"nr": "PERSON", "nrfg": "PERSON", "nrt": "PERSON", "ns": "GPE", "nt": "ORG", "eng": "PRODUCT"}
_INSTITUTION_SUFFIX = re.compile(r"(?:大学|学院|研究院|研究所|公司|集团|银行|医院|委员会|协会|出版社|报社|法院|政府)\Z")
_TITLES = re.compile(
    "CEO|董事长|研究员|创始人|系主任|总经理|教授|院长|局长|校长|处长|总裁|"
    "编辑|硕士|医生|博士|律师|记者|主任|主编|经理|讲师|部长"
)
_NUMERALS = "0-9０-９〇零一二三四五六七八九十百千万亿两.,"
_VALUES = (
    ("DATE", rf"[{_NUMERALS}]+年(?:[{_NUMERALS}]+月)?(?:[{_NUMERALS}]+日)?|[{_NUMERALS}]+月(?:[{_NUMERALS}]+日)?"),
    ("DATE", rf"[{_NUMERALS}]*[{_NUMERALS}]天前?|今年|去年|明年|当天|昨天|今天|明天|春节|中秋|国庆"),
    ("PERCENT", rf"[{_NUMERALS}]+%|百分之[{_NUMERALS}]+|[{_NUMERALS}]成"),
    ("MONEY", rf"[{_NUMERALS}]+(?:多)?(?:元|美元|欧元)"),
    ("ORDINAL", rf"第[{_NUMERALS}]+"),
    ("CARDINAL", r"[0-9][0-9.,]*(?:多)?[万亿]?|[二三四五六七八九十两](?=[个家大种位名项])"),
)
# Group names must be unique, so each type gets a number: DATE_0, DATE_1, …
_VALUE = re.compile("|".join(f"(?P<{type}_{n}>{pattern})" for n, (type, pattern) in enumerate(_VALUES)))

#: The tags of the words that belong to the name of an institution when they stand before its suffix.
_NAME_TAGS = ("ns", "nz", "nr", "n", "vn", "j", "f", "nt")


def mentions(text: str) -> list[tuple[int, int, str]]:
    """The names and values in ``text``, each ``(start, end, type)``; they may overlap.

    >>> mentions("去年，北京研究院。")
    [(0, 2, 'DATE'), (3, 5, 'GPE'), (3, 8, 'ORG')]
    """
    words = list(_tagged(text))
    marked = {(start, end, _TYPE_OF_TAG[tag]) for start, end, _, tag in words if tag in _TYPE_OF_TAG}
    for index, (_, end, word, _) in enumerate(words):
        if _INSTITUTION_SUFFIX.search(word):
            first = index
            while first and words[first - 1][3] in _NAME_TAGS:
                first -= 1
            marked.add((words[first][0], end, "ORG"))
    people = [(start, end) for start, end, type in marked if type == "PERSON"]
    for title in _TITLES.finditer(text):
        if any(title.end() == start or title.start() == end for start, end in people):
            marked.add((*title.span(), "TITLE"))
    # Of the patterns that match at an offset the first counts, so that a year is a DATE and not a CARDINAL.
    marked |= {(*match.span(), match.lastgroup.split("_")[0]) for match in _VALUE.finditer(text)}
    return sorted(marked)


def _tagged(text: str) -> Iterator[tuple[int, int, str, str]]:
    start = 0
    for word in _tagger().cut(text):
        yield start, start + len(word.word), word.word, word.flag
        start += len(word.word)


@functools.cache
def _tagger() -> posseg.POSTokenizer:
    # Its constructor would read the dictionary and the table of tags once more, which takes most of a second.
    tagger = posseg.POSTokenizer.__new__(posseg.POSTokenizer)
    tagger.tokenizer = segment.tokenizer()
    tagger.word_tag_tab = posseg.dt.word_tag_tab
    return tagger


# Quotations: marks and verbs of saying.

_SAYING = (
    "告诉记者|接受采访时表示|谈道|说道|写道|问道|答道|指出|认为|表示|强调|坦言|透露|解释|补充|介绍|提到|宣布|称|说"
)
_CUE_BEFORE = re.compile(rf"(?P<source>[^，。！？；：“”]{{1,30}}?)(?:还|也|又|特别|则)?(?P<cue>{_SAYING})[，：,:]")
_CUE_AFTER = re.compile(rf"(?P<source>[^，。！？；：“”]{{1,20}}?)(?P<cue>{_SAYING})[。！？，]")
_QUOTED = re.compile("“([^“”]*)”")
_MIN_QUOTED = 12  # fewer characters between marks are a catchword, not a quotation


def quotations(text: str) -> Iterator[dict[str, Any]]:
    """The quotations in ``text``, in the form of ``schema/predictions/quotes.yaml``; ``speaker`` is a name."""
    speaker, done = None, 0
    for start, end in segment.sentences(text):
        if start < done:
            continue  # inside the quotation that was found last
        quoted = [
            match for match in _QUOTED.finditer(text, start) if match.start() < end and len(match[1]) >= _MIN_QUOTED
        ]
        done = max(end, *(match.end() for match in quoted)) if quoted else end
        before = _CUE_BEFORE.search(text, start, quoted[0].start() if quoted else end)
        after = _CUE_AFTER.match(text, quoted[-1].end(), end) if quoted else None
        if not before and not quoted:
            continue
        attribution = after or before
        if attribution:
            pronoun = re.search(r"(?:[他她其]|文中?|书中?)\Z", attribution["source"])
            speaker = _person(attribution["source"]) or (speaker if pronoun else None)
        if before and not (quoted and quoted[0].start() == before.end()):
            content = [(before.end(), _before_stop(text, before.end(), done))]
        else:
            content = [match.span(1) for match in quoted]
        yield {
            "content": [span_dict(*span) for span in content],
            "cue": attribution and span_dict(*attribution.span("cue")),
            "source": attribution and span_dict(*attribution.span("source")),
            "speaker": speaker,
        }


def span_dict(start: int, end: int) -> dict[str, int]:
    """The span ``[start, end)`` as it is written in a prediction."""
    return {"start": start, "end": end}


def _before_stop(text: str, start: int, end: int) -> int:
    """The end of an indirect quotation in ``[start, end)``: before the final mark of the sentence, if it has one."""
    last = start + len(text[start:end].rstrip())
    return last - (text[last - 1] in "。！？")


def _person(source: str) -> str | None:
    names = [word for _, _, word, tag in _tagged(source) if tag in ("nr", "nrfg", "nrt")]
    return names[-1] if names else None
