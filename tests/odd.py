"""A document with text whose length depends on the tool: characters outside the BMP, an emoji, combining marks.

It also holds what formats represent in different ways: nested mentions, white space in a mention, a quotation in two
fragments, one across a line break, one without a source, and the characters that XML and brat escape.
"""

from typing import Any

from zhengwen.document import Document
from zhengwen.layers import LAYERS
from zhengwen.seeds import locate
from zhengwen.text import segment
from zhengwen.text.align import Alignment

#: U+20BB7 and an emoji are two UTF-16 code units each; m with a macron has no precomposed character.
TEXT = (
    "\U00020bb7田\U0001f600说，“天m\u0304晴了，”他又讲，“雨\U0001f600停\n了。”\n"
    "# 新 & 旧\n"
    "东南大学的Deep Sea\u3000\U0001f600<李>认为|江水\t会m\u0304涨。“真的？”\n"
    "记者 王\U00020bb7"
)
RECEIVED = TEXT.replace("，", ",").replace("东", "东(dōng)").replace("江水", "?畠")
ID = "odd-1"

Parts = dict[str, Any]


def _span(words: str, occurrence: int = 1) -> Parts:
    start, end = locate(TEXT, words, occurrence)
    return {"start": start, "end": end, "text": words}


def odd_document() -> Document:
    """The document, with gold annotation in every layer."""
    mentions = [
        ("\U00020bb7田\U0001f600", "PERSON", "c01"),
        ("东南大学", "ORG", "c02"),
        ("东南", "LOC", "c03"),
        ("Deep Sea\u3000\U0001f600", "PRODUCT", "c04"),
        ("m\u0304", "CARDINAL", None),
        ("王\U00020bb7", "PERSON", "c05"),
    ]
    names = [(cluster, type, words) for words, type, cluster in mentions if cluster]
    quotes = [
        (
            "direct",
            [_span("天m\u0304晴了，"), _span("雨\U0001f600停\n了。")],
            _span("说"),
            _span("\U00020bb7田\U0001f600"),
            "c01",
        ),
        ("indirect", [_span("江水\t会m\u0304涨")], _span("认为"), _span("李"), "c06"),
        ("direct", [_span("真的？")], None, None, "c06"),
    ]
    stances = [
        ("q01", "c01", "deepseek", "favor", _span("晴了"), "certain"),
        ("q01", "c01", "open-source", "none", None, "uncertain"),
        ("q02", "c06", "deepseek", "against", _span("m\u0304涨"), "uncertain"),
        ("p04", "c05", "deepseek", "none", None, "certain"),
        ("p04", "c05", "ai-adoption", "favor", _span("Sea\u3000\U0001f600"), "certain"),
    ]
    gold = {
        "sentences": [
            {"id": f"{ID}.s{number:03d}", "start": start, "end": end, "text": TEXT[start:end]}
            for number, (start, end) in enumerate(segment.sentences(TEXT), start=1)
        ],
        "entities": [
            {"id": f"{ID}.e{number:04d}", **_span(words), "type": type, "cluster": cluster and f"{ID}.{cluster}"}
            for number, (words, type, cluster) in enumerate(mentions, start=1)
        ],
        "clusters": [
            {"id": f"{ID}.{cluster}", "type": type, "name": name, "aliases": [], "named": True}
            for cluster, type, name in [*names, ("c06", "PERSON", "李")]
        ],
        "quotes": [
            {
                "id": f"{ID}.q{number:02d}",
                "kind": kind,
                "content": content,
                "cue": cue,
                "source": source,
                "speaker": f"{ID}.{speaker}",
                "implicit_source": source is None,
            }
            for number, (kind, content, cue, source, speaker) in enumerate(quotes, start=1)
        ],
        "stances": [
            {
                "id": f"{ID}.st{number:03d}",
                "unit": f"{ID}.{unit}",
                "holder": f"{ID}.{holder}",
                "target": target,
                "label": label,
                "evidence": evidence,
                "certainty": certainty,
            }
            for number, (unit, holder, target, label, evidence, certainty) in enumerate(stances, start=1)
        ],
    }
    records = {layer: [LAYERS[layer].RECORD.from_dict(record) for record in gold[layer]] for layer in LAYERS}
    return with_gold({layer: sorted(records[layer], key=lambda record: record.order()) for layer in records})


def with_gold(records: Parts, text: str = TEXT, received: str = RECEIVED) -> Document:
    """A document with this text and these gold records."""
    provenance = {"reporter": "王\U00020bb7", "publisher": "A & B", "rights": "<none>", "date_in_text": None}
    texts = {"hans": text, "restored": text, "received": received}
    alignments = {"received": Alignment.between(text, received)}
    return Document(ID, {**provenance, "received_from": "a copy"}, texts, alignments, records, LAYERS, "hans")
