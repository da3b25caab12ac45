"""The restoration: its cases, its invariants, the article, and the parts it is made of."""

import random

import numpy as np
import pypinyin
import pytest
from cases import cases
from hypothesis import given, settings
from hypothesis import strategies as st

from zhengwen import restore
from zhengwen.restoration import gbk, glosses
from zhengwen.restoration.candidate_count import count_candidates
from zhengwen.restoration.damage import (
    GAP,
    MORE_DELIMITERS,
    DamagePolicy,
    UnencodableTextError,
    damage,
    decode_leniently,
    readings,
)
from zhengwen.restoration.detection import detect_damage
from zhengwen.restoration.glosses import GLOSS, find_glosses
from zhengwen.restoration.language_model import language_model
from zhengwen.restoration.lexer import Items, Lexer
from zhengwen.restoration.pinyin import readings_with_tones
from zhengwen.restoration.restore import replay
from zhengwen.restoration.text_model import TextModel, build_text_model
from zhengwen.restoration.tuning import MAX_COUNT

CASES = cases("restore")
DAMAGED = [case for case in CASES if "damaged" in case.values[0]]
CLEAN = [case for case in CASES if "damaged" not in case.values[0]]


@pytest.mark.parametrize("case", DAMAGED)
def test_damaged_text_is_restored(case):
    restoration = restore(case["damaged"])
    assert restoration.text == case["text"]
    assert restoration.verified == case.get("verified", True)


@pytest.mark.parametrize("case", CLEAN)
def test_text_without_damage_is_left_alone(case):
    restoration = restore(case["text"])
    assert (restoration.text, restoration.edits) == (case["text"], ())
    assert (restoration.verified, restoration.unexplained) == (False, ())
    assert restoration.policy.is_empty


def _texts() -> list[str]:
    return [case.values[0].get("damaged", case.values[0]["text"]) for case in CASES]


@pytest.mark.parametrize("text", _texts(), ids=range(len(CASES)))
def test_the_invariants_of_a_restoration(text):
    restoration = restore(text)
    assert replay(text, restoration.edits) == restoration.text
    end = restored_end = 0
    for edit in restoration.edits:
        assert end <= edit.start <= edit.end
        # Between two edits nothing was changed.
        assert text[end : edit.start] == restoration.text[restored_end : edit.restored_start]
        assert text[edit.start : edit.end] == edit.received
        assert restoration.text[edit.restored_start : edit.restored_end] == edit.restored
        assert edit.data.replace(b"\x1a", b"") == edit.restored.replace(GAP, "").encode("gbk")
        assert edit.readings >= 1
        assert edit.margin is None or edit.margin >= 0
        end, restored_end = edit.end, edit.restored_end
        assert edit.received != edit.restored
        projected = restoration.alignment.project((edit.start, edit.end))
        assert projected == (edit.restored_start, edit.restored_end, True)
    assert text[end:] == restoration.text[restored_end:]
    if restoration.verified:
        assert not restoration.policy.is_empty
        assert damage(restoration.text, restoration.policy) == text
    assert bool(restoration.unexplained) == (bool(restoration.edits) and not restoration.verified)
    assert restore(restoration.text).text == restoration.text


def test_the_article_is_restored_automatically(seed, article):
    restoration = restore(seed.received)
    assert restoration.text == article.text("restored")
    assert restoration.policy.glosses == seed.policy.glosses
    assert restoration.policy.delimiters == seed.policy.delimiters
    ((start, end),) = restoration.unexplained
    assert seed.received.count("\n", 0, start) + 1 == 17
    assert "支持。”同時" in seed.received[start - 6 : end + 6]
    assert not restoration.verified


def test_the_article_without_the_unexplained_place_is_verified(seed):
    place = seed.about["exceptions"]["unexplained"][0]
    assert restore(seed.received.replace(place["received"], place["model"])).verified


@pytest.mark.parametrize("room", ["conversion", "restoration", "text"])
def test_nothing_in_the_code_is_made_for_the_article(root, seed, room):
    paths = list((root / "loaders" / "zhengwen" / room).glob("*.py"))
    assert paths
    for path in paths:
        text = path.read_text(encoding="utf-8")
        assert "DeepSeek" not in text, path
        assert seed.id not in text, path


def test_replaying_on_another_text_is_an_error():
    restoration = restore("經(jīng)濟發(fā)展,產(chǎn)業(yè)升級")
    assert restoration.edits
    with pytest.raises(ValueError, match=r"edit at \[1, 7\) does not fit: the text there is not '\(jīng\)'"):
        replay("經濟發展，產業升級", restoration.edits)


def test_a_swallowed_character_is_a_gap():
    # The bytes of 優 stand across 變 and 為.  Behind its gloss the second byte of 為 swallows the <.
    policy = DamagePolicy(readings("優產業"))
    received = damage("他們的命運被改變為<b>產業工人，生產和生活都有了改變。", policy)
    assert "<" not in received
    restoration = restore(received)
    assert restoration.text == f"他們的命運被改變為{GAP}b>產業工人，生產和生活都有了改變。"
    assert restoration.verified


def test_whether_glosses_are_damage_is_decided_for_the_document():
    assert detect_damage("這個字讀重(chóng)，不讀別的。") is None
    assert detect_damage("經(jīng)濟的發(fā)展,離不開產(chǎn)業(yè)。").sure


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(exclude_categories=[])))
def test_any_text_is_accepted(text):
    restoration = restore(text)
    assert replay(text, restoration.edits) == restoration.text


_PIECES = ["經(jīng)濟", "?jīng)Q定", "!彼劦,", "發(fā)展", ",", "。", "?", "a(chǎn)", "“", "”", "(", "的", "AI", "！"]
_PIECES += [chr(0xFFFD), chr(0xD800)]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(_PIECES)))
def test_any_mixture_of_damage_is_accepted(pieces):
    text = "".join(pieces)
    restoration = restore(text)
    assert replay(text, restoration.edits) == restoration.text


_CLEAN = (
    "村裡的老人說，這條路修了三年，經過的人都很感謝。產業發展起來以後，農民的日子也好過了；"
    "學校、醫院和圖書館都在規劃之中。"
)


@settings(max_examples=25, deadline=None)
@given(st.sets(st.sampled_from("經產業發農學醫圖書規劃謝"), min_size=4), st.booleans())
def test_glosses_of_any_set_of_characters_are_removed(characters, tones):
    text = _CLEAN.replace("。", "。\n")
    policy = DamagePolicy(readings(sorted(characters), tones))
    restoration = restore(damage(text, policy))
    assert not GLOSS.search(restoration.text)
    if restoration.text != text:  # a place where bytes were cut may be restored wrongly; the rest may not
        assert [edit for edit in restoration.edits if edit.rule == "straddle"]


def test_a_long_line_without_damage_is_unchanged():
    line = _CLEAN * 2000
    assert restore(line).text == line


# -- the model of the damage, its options


def _decode_byte_by_byte(data: bytes, orphan: str) -> str:
    """What the site's decoder does, written out."""
    out, offset = [], 0
    while offset < len(data):
        if data[offset] < 0x80:
            out.append(chr(data[offset]))
            offset += 1
        elif data[offset] in (0x80, 0xFF):
            offset += 1
        elif offset + 1 == len(data):
            out.append(orphan)
            offset += 1
        else:
            pair = data[offset] << 8 | data[offset + 1]
            out.append("?" if data[offset + 1] < 0x40 else gbk.characters().get(pair, ""))
            offset += 2
    return "".join(out)


@given(st.binary(), st.sampled_from(["", "?", "\ufffd"]))
def test_the_decoder_agrees_with_one_that_goes_byte_by_byte(data, orphan):
    assert decode_leniently(data, orphan) == _decode_byte_by_byte(data, orphan)


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


def test_repeated_replacement_puts_glosses_inside_characters():
    assert damage("要創新", DamagePolicy({"創": "chuàng", "獎": "jiǎng"}, scan="repeated")).endswith("新")
    single = damage("轉變為優", DamagePolicy(readings("優為"), scan="single"))
    repeated = damage("轉變為優", DamagePolicy(readings("為優"), scan="repeated"))
    assert single != repeated
    assert repeated.count("(") + repeated.count("?") > single.count("(") + single.count("?")


def test_full_stops_and_parentheses_may_be_cut_as_well():
    policy = DamagePolicy({}, MORE_DELIMITERS)
    assert damage("發展（第一期）。", policy) == "發展(第一期)."


def test_a_gap_is_a_byte_that_is_swallowed():
    assert damage(f"改變為{GAP}b>", DamagePolicy(readings("優"))) == "改變?yōu)?b>"
    with pytest.raises(UnencodableTextError):
        damage(f"{GAP}😀", DamagePolicy())


def test_a_table_of_readings():
    assert readings("重a", tones=False) == {"重": "zhong"}
    assert find_glosses("經(jīng)濟").table == {"經": "jīng"}


def test_the_language_model():
    model = language_model()
    assert np.exp(model.distribution("中")).sum() == pytest.approx(1, abs=0.1)
    history = "人工智"
    assert model.distribution(history)[model.indices[ord("能")]] == pytest.approx(model.score(history + "能"), abs=1e-4)
    assert model.score("\U00020000") < -18


def test_a_restoration_does_not_depend_on_what_was_restored_before():
    texts = [case.values[0]["damaged"] for case in DAMAGED][::3]
    in_order = [restore(text).text for text in texts]
    random.Random(3).shuffle(order := list(range(len(texts))))
    assert all(restore(texts[index]).text == in_order[index] for index in order)


@given(st.text(st.characters(exclude_categories=[], exclude_characters=",!;:?(")))
def test_a_text_without_delimiters_and_parentheses_is_unchanged(text):
    restoration = restore(text)
    assert (restoration.text, restoration.edits, restoration.policy.is_empty) == (text, (), True)


def test_the_order_of_glosses_and_cuts_matters():
    # When glosses come first, one may stand between two bytes that would have been a delimiter.
    text, glosses = "規模化生產", readings("規模產")
    assert damage(text, DamagePolicy(glosses, first="cut")) == "規(guī);a(chǎn)"
    assert damage(text, DamagePolicy(glosses, first="gloss")) == "規(guī)模(mó)化生產(chǎn)"


@pytest.mark.parametrize("kind", ["in-the-wild", "synthetic", "negative", "known-failures"])
def test_the_cases_are_named_and_could_be_received(kind):
    of_kind = [case.values[0] for case in cases("restore", kind)]
    assert len({case["name"] for case in of_kind}) == len(of_kind)
    for case in of_kind:
        if "damaged" in case:
            assert case["damaged"] != case["text"]
            assert "\x1a" not in case["damaged"]  # a gap that nothing swallowed


def _search_input(text: str, start: int) -> tuple[Items, TextModel]:
    signs = detect_damage(text)
    return Items(text, Lexer(signs.delimiters.values(), "({})", ""), start), build_text_model(text, signs)


def test_every_form_that_a_text_writes_is_cheap():
    text = "經(jīng)濟發(fā)展,頭髮白了,台下的人鼓掌,產(chǎn)業(yè)升級!"
    model = build_text_model(text, detect_damage(text))
    cost = {character: float(model.costs[model.numbers[character]]) for character in "發髮台臺"}
    # 發 and 髮 are one character in Simplified, and so are 台 and 臺, of which the text writes one.
    assert cost["發"] <= 0.5 and cost["髮"] <= 0.5 and cost["台"] <= 0.5
    assert cost["臺"] >= 3.0


@pytest.mark.parametrize("length", [300, 1200])
def test_a_damaged_place_that_does_not_end_is_followed_to_the_end_of_the_line(length):
    # Behind the cut every character is two halves of others, and nothing puts the decoder back in place.
    text = "經濟發展，產業升級，經濟發展，產業升級。\n他說完了。”大寫字母" + "桌椅板凳他們來看書" * (length // 9)
    received = damage(text, DamagePolicy(readings("產業經發")))
    assert received[-length // 2 :] != text[-length // 2 :]
    assert restore(received).text == text


def test_the_candidates_of_a_cut_are_counted():
    text = "發(fā)展,國家;a"
    items, model = _search_input(text, text.index(";"))
    # The semicolon is one, or the second byte of any character that ends in A3 and the first of BB61.
    cut = sum(pair & 0xFF == 0xA3 for pair in gbk.characters()) * (0xBB61 in gbk.characters())
    assert count_candidates(items, 2, model, length=2) == 1 + cut
    # No candidate has one character or nine: no pair vanishes between BB and 61.  The count is 1 at the least.
    assert count_candidates(items, 2, model, length=1) == 1
    assert count_candidates(items, 2, model, length=9) == 1


def test_candidates_are_counted_up_to_a_cap():
    text = "發(fā)展,國家!" * 3 + "重要" * 3_000
    items, model = _search_input(text, text.rindex("!"))
    assert 1 < count_candidates(items, 3, model, length=4) < MAX_COUNT
    assert count_candidates(items, 3, model, length=9) == MAX_COUNT
    assert count_candidates(items, 600, model, length=900) == MAX_COUNT


def test_the_readings_are_those_of_pypinyin():
    # The table is read without importing pypinyin; it must agree with its functions on every character.
    for code_point in pypinyin.pinyin_dict.pinyin_dict:
        character = chr(code_point)
        expected = {
            reading
            for style in (pypinyin.Style.TONE, pypinyin.Style.NORMAL)
            for options in pypinyin.pinyin(character, style=style, heteronym=True)
            for reading in options
        }
        assert glosses.readings.__wrapped__(character) == expected
        assert readings_with_tones(character)[0] == pypinyin.pinyin(character)[0][0]
