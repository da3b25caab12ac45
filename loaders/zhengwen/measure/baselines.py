"""Baselines: what rules and word lists reach, so that a figure of a model has something to stand beside.

Nothing here was counted from gold: the lists hold common words of the language and no name, the rules say what marks
and verbs of saying mean in any news text.  But whoever wrote them had read the article that they are scored on, so
they are no estimate of what such rules do elsewhere.  They read the Simplified text and predict in the form that is
scored (``schema/predictions/``).
"""

import functools
import logging
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from zhengwen.text import segment

Row = Mapping[str, Any]


class Baseline(NamedTuple):
    """A baseline: its name, the task it is scored on, the config whose rows it reads, and what predicts from them."""

    name: str
    task: str
    reads: str
    predict: Callable[[Sequence[Row]], list[dict[str, Any]]]


# Sentences.


def _sentences(documents: Sequence[Row]) -> list[dict[str, Any]]:
    return [
        {
            "id": row["id"],
            "sentences": [_span(*one) for one in segment.sentences(row["text_hans"])],
        }
        for row in documents
    ]


# Entities: jieba's tags for names, suffixes of institutions, patterns of numbers, titles beside names.

_OF_TAGS = {"nr": "PERSON", "nrfg": "PERSON", "nrt": "PERSON", "ns": "GPE", "nt": "ORG", "eng": "PRODUCT"}
_INSTITUTIONS = re.compile(r"(?:大学|学院|研究院|研究所|公司|集团|银行|医院|委员会|协会|出版社|报社|法院|政府)\Z")
_TITLES = re.compile(
    "CEO|董事长|研究员|创始人|系主任|总经理|教授|院长|局长|校长|处长|总裁|"
    "编辑|硕士|医生|博士|律师|记者|主任|主编|经理|讲师|部长"
)
_NUMERALS = "0-9０-９〇零一二三四五六七八九十百千万亿两.,"
_PATTERNS = (
    ("DATE", rf"[{_NUMERALS}]+年(?:[{_NUMERALS}]+月)?(?:[{_NUMERALS}]+日)?|[{_NUMERALS}]+月(?:[{_NUMERALS}]+日)?"),
    ("DATE", rf"[{_NUMERALS}]*[{_NUMERALS}]天前?|今年|去年|明年|当天|昨天|今天|明天|春节|中秋|国庆"),
    ("PERCENT", rf"[{_NUMERALS}]+%|百分之[{_NUMERALS}]+|[{_NUMERALS}]成"),
    ("MONEY", rf"[{_NUMERALS}]+(?:多)?(?:元|美元|欧元)"),
    ("ORDINAL", rf"第[{_NUMERALS}]+"),
    ("CARDINAL", r"[0-9][0-9.,]*(?:多)?[万亿]?|[二三四五六七八九十两](?=[个家大种位名项])"),
)
_OF_PATTERNS = re.compile("|".join(f"(?P<{label}_{n}>{pattern})" for n, (label, pattern) in enumerate(_PATTERNS)))


def _entities(sentences: Sequence[Row]) -> list[dict[str, Any]]:
    return [
        {
            "id": row["id"],
            "entities": [{**_span(start, end), "type": type} for start, end, type in mentions(row["text"])],
        }
        for row in sentences
    ]


def mentions(text: str) -> list[tuple[int, int, str]]:
    """The names and values in ``text``, each ``(start, end, type)``; they may overlap."""
    words = list(_tagged(text))
    found = {(start, end, _OF_TAGS[tag]) for start, end, _, tag in words if tag in _OF_TAGS}
    for place, (_, end, word, _) in enumerate(words):
        if _INSTITUTIONS.search(word):
            first = place
            while first and words[first - 1][3] in ("ns", "nz", "nr", "n", "vn", "j", "f", "nt"):
                first -= 1
            found.add((words[first][0], end, "ORG"))
    people = [(start, end) for start, end, type in found if type == "PERSON"]
    for title in _TITLES.finditer(text):
        if any(title.end() == start or title.start() == end for start, end in people):
            found.add((*title.span(), "TITLE"))
    # A date goes before the number in it.
    found |= {(*one.span(), one.lastgroup.split("_")[0]) for one in _OF_PATTERNS.finditer(text)}
    return sorted(found)


def _tagged(text: str) -> Iterator[tuple[int, int, str, str]]:
    start = 0
    for word in _tagger().cut(text):
        yield start, start + len(word.word), word.word, word.flag
        start += len(word.word)


@functools.cache
def _tagger():
    import jieba.posseg

    jieba.setLogLevel(logging.ERROR)
    return jieba.posseg.POSTokenizer()


# Quotations: marks and verbs of saying.

_SAYING = (
    "告诉记者|接受采访时表示|谈道|说道|写道|问道|答道|指出|认为|表示|强调|坦言|透露|解释|补充|介绍|提到|宣布|称|说"
)
_CUE_BEFORE = re.compile(rf"(?P<source>[^，。！？；：“”]{{1,30}}?)(?:还|也|又|特别|则)?(?P<cue>{_SAYING})[，：,:]")
_CUE_BEHIND = re.compile(rf"(?P<source>[^，。！？；：“”]{{1,20}}?)(?P<cue>{_SAYING})[。！？，]")
_QUOTED = re.compile("“([^“”]*)”")
_CLAUSE_LENGTH = 12  # shorter between marks is a catchword


def _quotes(documents: Sequence[Row]) -> list[dict[str, Any]]:
    return [{"id": row["id"], "quotes": list(quotations(row["text_hans"]))} for row in documents]


def quotations(text: str) -> Iterator[dict[str, Any]]:
    """The quotations in ``text`` in the form that is scored, by marks and verbs of saying; a speaker is a name."""
    speaker, done = None, 0
    for start, end in segment.sentences(text):
        if start < done:
            continue  # in the quotation before
        quoted = [one for one in _QUOTED.finditer(text, start) if one.start() < end and len(one[1]) >= _CLAUSE_LENGTH]
        done = max(end, *(one.end() for one in quoted)) if quoted else end
        cue = _CUE_BEFORE.search(text, start, quoted[0].start() if quoted else end)
        behind = _CUE_BEHIND.match(text, quoted[-1].end(), end) if quoted else None
        if not cue and not quoted:
            continue
        said = behind or cue
        if said:
            pronoun = re.search(r"(?:[他她其]|文中?|书中?)\Z", said["source"])
            speaker = _person(said["source"]) or (speaker if pronoun else None)
        if cue and not (quoted and quoted[0].start() == cue.end()):
            content = [(cue.end(), _before_stop(text, cue.end(), done))]
        else:
            content = [one.span(1) for one in quoted]
        yield {
            "content": [_span(*one) for one in content],
            "cue": said and _span(*said.span("cue")),
            "source": said and _span(*said.span("source")),
            "speaker": speaker,
        }


def _span(start: int, end: int) -> dict[str, int]:
    return {"start": start, "end": end}


def _before_stop(text: str, start: int, end: int) -> int:
    """Where the content of an indirect quotation ends: before the last mark of the sentence."""
    last = start + len(text[start:end].rstrip())
    return last - (text[last - 1] in "。！？")


def _person(source: str) -> str | None:
    names = [word for _, _, word, tag in _tagged(source) if tag in ("nr", "nrfg", "nrt")]
    return names[-1] if names else None


# Stances: the majority, and words of praise and blame in a unit that speaks of the target.

_TOPICS = {
    "deepseek": "deepseek",
    "open-source": "开源|开放",
    "ai-adoption": "普及|应用|落地|用AI",
    "china-innovation": "中国.*创新|自主|我国.*创新",
    "domestic-compute": "芯片|算力|数据中心|云计算",
    "data-elements": "数据",
}
_PRAISE = re.compile(
    "优势|机遇|机会|突破|提升|推动|促进|有助于|强大|卓越|高效|领先|进步|普惠|精彩|良好|显著|价值|便利|成功|坚持|实力"
)
_BLAME = re.compile("不足|限制|挑战|风险|争议|壁垒|问题|落后|缺乏|困难|寒冬|担忧|没有|并不是|有限")


def _majority(stances: Sequence[Row]) -> list[dict[str, Any]]:
    return [{"id": row["id"], "label": "none"} for row in stances]


def _lexicon(stances: Sequence[Row]) -> list[dict[str, Any]]:
    return [{"id": row["id"], "label": _stance(row["text"], row["target"])} for row in stances]


def _stance(unit: str, target: str) -> str:
    clauses = re.split("[。！？；]", unit)
    about = [clause for clause in clauses if re.search(_TOPICS[target], clause, re.IGNORECASE)]
    balance = sum(len(_PRAISE.findall(clause)) - len(_BLAME.findall(clause)) for clause in about)
    return "favor" if balance > 0 else "against" if balance < 0 else "none"


BASELINES = (
    Baseline("sentence rule", "sentences", "documents", _sentences),
    Baseline("jieba's tags, word lists and patterns", "entities", "sentences-hans", _entities),
    Baseline("marks and verbs of saying", "quotes", "documents", _quotes),
    Baseline("always none", "stances", "stances-hans", _majority),
    Baseline("words of praise and blame", "stances", "stances-hans", _lexicon),
)
