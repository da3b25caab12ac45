"""The annotation of the article: what must hold of any gold is a check; what holds of this article is tested here."""

import re
from collections import Counter


def test_counts(article):
    # What the card and the changelog say; the card is compared as a whole by `zhengwen check`.
    assert Counter(entity.type for entity in article.entities) == {
        "ORG": 37,
        "PRODUCT": 34,
        "GPE": 20,
        "PERSON": 15,
        "TITLE": 10,
        "DATE": 9,
        "CARDINAL": 7,
        "LOC": 3,
        "ORDINAL": 2,
        "LAW": 1,
        "WORK_OF_ART": 1,
    }
    assert Counter(quote.kind for quote in article.quotes) == {"direct": 10, "indirect": 8, "mixed": 4}
    assert Counter(stance.label for stance in article.stances) == {"none": 166, "favor": 35, "against": 3}


def test_every_occurrence_of_a_name_is_marked(article):
    text = article.text("hans")
    covered = {offset for entity in article.entities for offset in range(entity.start, entity.end)}
    unmarked = Counter()
    for surface in {entity.text for entity in article.entities if entity.cluster}:
        for match in re.finditer(re.escape(surface), text):
            unmarked[surface] += match.start() not in covered
    # The 中国 in 发展中国家 (developing countries) is no name.
    assert {surface: count for surface, count in unmarked.items() if count} == {"中国": 1}
    assert "发展中国家" in text


def test_every_quotation_mark_belongs_to_a_quotation_or_is_a_scare_quote(article):
    text = article.text("hans")
    quoted = {offset for quote in article.quotes for offset in range(quote.start - 1, quote.end + 1)}
    scare_quotes = [match.group() for match in re.finditer("“[^”]*”", text) if match.start() not in quoted]
    assert scare_quotes == [
        "“朋友圈”",
        "“百模大战”",
        "“生态协作”",
        "“新常态”",
        "“有助于”",
        "“杠杆效应”",
        "“单点突破”",
        "“系统繁荣”",
    ]


def test_the_speakers(article):
    speakers = Counter(quote.speaker.name for quote in article.quotes)
    assert speakers == {"陈强": 6, "崔伟": 6, "刘念": 4, "李然": 3, "刘远举": 2, "多位受访者": 1}


def test_the_guidelines_contain_no_example_from_the_article(root, article):
    # Annotators read them: an example from the text would tell them what to write.
    guidelines = (root / "schema" / "GUIDELINES.md").read_text(encoding="utf-8")
    text = article.text("hans")
    runs = re.findall("[\u3400-\u9fff]{4,}", guidelines)
    assert runs
    assert [run for run in runs if any(run[start : start + 4] in text for start in range(len(run) - 3))] == []
