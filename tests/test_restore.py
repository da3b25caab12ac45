"""The restoration: its cases, its laws, and the article."""

import random

import pytest
from cases import cases
from hypothesis import given, settings
from hypothesis import strategies as st

from zhengwen import restore
from zhengwen.restoration import gbk
from zhengwen.restoration.damage import (
    GAP,
    MORE_DELIMITERS,
    DamagePolicy,
    UnencodableTextError,
    damage,
    decode_leniently,
    readings,
)
from zhengwen.restoration.diagnose import diagnose
from zhengwen.restoration.glosses import GLOSS, find
from zhengwen.restoration.items import Line, Marks
from zhengwen.restoration.language import language_model
from zhengwen.restoration.readings import MANY, count_readings
from zhengwen.restoration.restore import replay
from zhengwen.restoration.site import Site, site_of

CASES = cases("restore")
DAMAGED = [case for case in CASES if "damaged" in case.values[0]]
CLEAN = [case for case in CASES if "damaged" not in case.values[0]]


@pytest.mark.parametrize("case", DAMAGED)
def test_damaged_text_is_restored(case):
    made = restore(case["damaged"])
    assert made.text == case["text"]
    assert made.verified == case.get("verified", True)


@pytest.mark.parametrize("case", CLEAN)
def test_text_without_damage_is_left_alone(case):
    made = restore(case["text"])
    assert (made.text, made.edits, made.verified, made.unexplained) == (case["text"], (), False, ())
    assert made.policy.is_empty


def _texts() -> list[str]:
    return [case.values[0].get("damaged", case.values[0]["text"]) for case in CASES]


@pytest.mark.parametrize("text", _texts(), ids=range(len(CASES)))
def test_the_laws_of_a_restoration(text):
    made = restore(text)
    assert replay(text, made.edits) == made.text
    done = restored = 0
    for edit in made.edits:
        assert done <= edit.start <= edit.end
        # Between two edits nothing was changed.
        assert text[done : edit.start] == made.text[restored : edit.restored_start]
        assert text[edit.start : edit.end] == edit.received
        assert made.text[edit.restored_start : edit.restored_end] == edit.restored
        assert edit.data.replace(b"\x1a", b"") == edit.restored.replace(GAP, "").encode("gbk")
        assert edit.readings >= 1
        assert edit.margin is None or edit.margin >= 0
        done, restored = edit.end, edit.restored_end
        span = (edit.restored_start, edit.restored_end, True)
        assert edit.received != edit.restored
        assert made.alignment.project((edit.start, edit.end)) == span
    assert text[done:] == made.text[restored:]
    if made.verified:
        assert not made.policy.is_empty
        assert damage(made.text, made.policy) == text
    assert bool(made.unexplained) == (bool(made.edits) and not made.verified)
    assert restore(made.text).text == made.text


def test_the_article_is_restored_by_itself(seed, article):
    made = restore(seed.received)
    assert made.text == article.text("restored")
    assert made.policy.glosses == seed.policy.glosses
    assert made.policy.delimiters == seed.policy.delimiters
    ((start, end),) = made.unexplained
    assert seed.received.count("\n", 0, start) + 1 == 17
    assert "支持。”同時" in seed.received[start - 6 : end + 6]
    assert not made.verified


def test_the_article_but_for_the_unexplained_place_is_verified(seed):
    site = seed.about["exceptions"]["unexplained"][0]
    assert restore(seed.received.replace(site["received"], site["model"])).verified


def test_nothing_in_the_code_is_made_for_the_article(root, seed):
    for path in (root / "loaders" / "zhengwen" / "text").glob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert "DeepSeek" not in text, path
        assert seed.id not in text, path


def test_replaying_on_another_text_is_an_error():
    made = restore("經(jīng)濟發(fā)展,產(chǎn)業(yè)升級")
    assert made.edits
    with pytest.raises(ValueError, match=r"\[1, 7\) of the text is not '\(jīng\)'"):
        replay("經濟發展，產業升級", made.edits)


def test_a_swallowed_character_is_a_gap():
    # 變 and 為 hold the bytes of a glossed character, and the byte behind takes the < along.
    policy = DamagePolicy(readings("優產業"))
    received = damage("他們的命運被改變為<b>產業工人，生產和生活都有了改變。", policy)
    assert "<" not in received
    made = restore(received)
    assert made.text == f"他們的命運被改變為{GAP}b>產業工人，生產和生活都有了改變。"
    assert made.verified


def test_glosses_are_decided_on_the_document():
    assert diagnose("這個字讀重(chóng)，不讀別的。") is None
    assert diagnose("經(jīng)濟的發(fā)展,離不開產(chǎn)業(yè)。").sure


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(exclude_categories=[])))
def test_any_text_is_taken(text):
    made = restore(text)
    assert replay(text, made.edits) == made.text


_PIECES = ["經(jīng)濟", "?jīng)Q定", "!彼劦,", "發(fā)展", ",", "。", "?", "a(chǎn)", "“", "”", "(", "的", "AI", "！"]
_PIECES += [chr(0xFFFD), chr(0xD800)]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(_PIECES)))
def test_any_mixture_of_damage_is_taken(pieces):
    text = "".join(pieces)
    made = restore(text)
    assert replay(text, made.edits) == made.text


_CLEAN = (
    "村裡的老人說，這條路修了三年，經過的人都很感謝。產業發展起來以後，農民的日子也好過了；"
    "學校、醫院和圖書館都在規劃之中。"
)


@settings(max_examples=25, deadline=None)
@given(st.sets(st.sampled_from("經產業發農學醫圖書規劃謝"), min_size=4), st.booleans())
def test_glosses_of_any_set_of_characters_are_taken_out(characters, tones):
    text = _CLEAN.replace("。", "。\n")
    policy = DamagePolicy(readings(sorted(characters), tones))
    made = restore(damage(text, policy))
    assert not GLOSS.search(made.text)
    if made.text != text:  # a place where bytes were cut may be read otherwise; the rest may not
        assert [edit for edit in made.edits if edit.rule == "straddle"]


def test_a_long_line_is_taken():
    line = _CLEAN * 2000
    assert restore(line).text == line


# -- the model of the damage, its options


def _plainly(data: bytes, orphan: str) -> str:
    """The farm's decoder, byte by byte."""
    out, at = [], 0
    while at < len(data):
        if data[at] < 0x80:
            out.append(chr(data[at]))
            at += 1
        elif data[at] in (0x80, 0xFF):
            at += 1
        elif at + 1 == len(data):
            out.append(orphan)
            at += 1
        else:
            pair = data[at] << 8 | data[at + 1]
            out.append("?" if data[at + 1] < 0x40 else gbk.characters().get(pair, ""))
            at += 2
    return "".join(out)


@given(st.binary(), st.sampled_from(["", "?", "\ufffd"]))
def test_the_decoder_is_the_plain_one(data, orphan):
    assert decode_leniently(data, orphan) == _plainly(data, orphan)


@pytest.mark.parametrize(
    ("options", "damaged"),
    [
        ({}, "規(guī);a(chǎn)"),
        ({"orphan": "?"}, "規(guī)?;a(chǎn)"),
        ({"orphan": "\ufffd"}, "規(guī)\ufffd;a(chǎn)"),
        ({"form": "( {} ) "}, "規( guī ) ;a( chǎn ) "),
        ({"delimiters": {}}, "規(guī)模化生產(chǎn)"),
    ],
)
def test_an_option_of_a_policy(options, damaged):
    assert damage("規模化生產", DamagePolicy(readings("規產"), **options)) == damaged


def test_a_replacement_a_character_glosses_within_a_character():
    assert damage("要創新", DamagePolicy({"創": "chuàng", "獎": "jiǎng"}, scan="repeated")).endswith("新")
    single = damage("轉變為優", DamagePolicy(readings("優為"), scan="single"))
    repeated = damage("轉變為優", DamagePolicy(readings("為優"), scan="repeated"))
    assert single != repeated
    assert repeated.count("(") + repeated.count("?") > single.count("(") + single.count("?")


def test_full_stops_and_parentheses_may_be_cut_too():
    policy = DamagePolicy({}, MORE_DELIMITERS)
    assert damage("發展（第一期）。", policy) == "發展(第一期)."


def test_a_gap_is_a_byte_that_is_swallowed():
    assert damage(f"改變為{GAP}b>", DamagePolicy(readings("優"))) == "改變?yōu)?b>"
    with pytest.raises(UnencodableTextError):
        damage(f"{GAP}😀", DamagePolicy())


def test_a_table_of_readings():
    assert readings("重a", tones=False) == {"重": "zhong"}
    assert find("經(jīng)濟").table == {"經": "jīng"}


def test_the_model_of_characters():
    model = language_model()
    assert sum(2.718281828 ** float(one) for one in model.distribution("中")) == pytest.approx(1, abs=0.1)
    history = "人工智"
    assert model.distribution(history)[model.places[ord("能")]] == pytest.approx(model.score(history + "能"), abs=1e-4)
    assert model.score("\U00020000") < -18


def test_documents_are_restored_alike_whatever_was_before():
    texts = [case.values[0]["damaged"] for case in DAMAGED][::3]
    first = [restore(text).text for text in texts]
    random.Random(3).shuffle(order := list(range(len(texts))))
    assert all(restore(texts[at]).text == first[at] for at in order)


@given(st.text(st.characters(exclude_categories=[], exclude_characters=",!;:?(")))
def test_a_text_without_a_suspect_is_unchanged(text):
    made = restore(text)
    assert (made.text, made.edits, made.policy.is_empty) == (text, (), True)


def test_what_is_glossed_first_may_be_cut():
    # A gloss keeps the bytes on either side of it from being a delimiter, when it comes first.
    text, glosses = "規模化生產", readings("規模產")
    assert damage(text, DamagePolicy(glosses, first="cut")) == "規(guī);a(chǎn)"
    assert damage(text, DamagePolicy(glosses, first="gloss")) == "規(guī)模(mó)化生產(chǎn)"


@pytest.mark.parametrize("kind", ["in-the-wild", "synthetic", "negative", "known-failures"])
def test_the_cases_are_named_and_could_be_received(kind):
    found = [case.values[0] for case in cases("restore", kind)]
    assert len({case["name"] for case in found}) == len(found)
    for case in found:
        if "damaged" in case:
            assert case["damaged"] != case["text"]
            assert "\x1a" not in case["damaged"]  # a gap that nothing swallowed


def _line(text: str, place: int) -> tuple[Line, Site]:
    found = diagnose(text)
    return Line(text, Marks(found.delimiters.values(), "({})", ""), place), site_of(text, found)


def test_every_form_that_a_text_writes_is_cheap():
    text = "經(jīng)濟發(fā)展,頭髮白了,台下的人鼓掌,產(chǎn)業(yè)升級!"
    site = site_of(text, diagnose(text))
    cost = {one: float(site.costs[site.numbers[one]]) for one in "發髮台臺"}
    # 發 and 髮 are one in Simplified, and so are 台 and 臺, of which the text writes one.
    assert cost["發"] <= 0.5 and cost["髮"] <= 0.5 and cost["台"] <= 0.5
    assert cost["臺"] >= 3.0


@pytest.mark.parametrize("length", [300, 1200])
def test_a_place_that_does_not_end_is_followed_to_its_end(length):
    # Behind the cut every character is two halves of others, and nothing gives the decoder its place back.
    text = "經濟發展，產業升級，經濟發展，產業升級。\n他說完了。”大寫字母" + "桌椅板凳他們來看書" * (length // 9)
    received = damage(text, DamagePolicy(readings("產業經發")))
    assert received[-length // 2 :] != text[-length // 2 :]
    assert restore(received).text == text


def test_the_readings_of_a_cut_are_counted():
    text = "發(fā)展,國家;a"
    line, site = _line(text, text.index(";"))
    # The semicolon is one, or the second byte of any character that ends in A3 and the first of BB61.
    cut = sum(pair & 0xFF == 0xA3 for pair in gbk.characters()) * (0xBB61 in gbk.characters())
    assert count_readings(line, 2, site, length=2) == 1 + cut
    # Nothing is one character only, or of three: no pair vanishes between BB and 61.
    assert count_readings(line, 2, site, length=1) == 1
    assert count_readings(line, 2, site, length=9) == 1


def test_readings_are_counted_as_far_as_they_are_told_apart():
    text = "發(fā)展,國家!" * 3 + "重要" * 3_000
    line, site = _line(text, text.rindex("!"))
    assert 1 < count_readings(line, 3, site, length=4) < MANY
    assert count_readings(line, 3, site, length=9) == MANY
    assert count_readings(line, 600, site, length=900) == MANY
