"""The forward model of the damage: its cases, its properties, and the article."""

import pytest
from cases import cases
from hypothesis import given
from hypothesis import strategies as st

from zhengwen.conversion.convert import to_restored
from zhengwen.repository.level3 import first_difference
from zhengwen.restoration.damage import DamagePolicy, UnencodableTextError, damage, decode_leniently


@pytest.mark.parametrize("case", cases("damage"))
def test_case(case):
    policy = DamagePolicy(glosses=case["glosses"], delimiters=case["delimiters"])
    assert damage(case["text"], policy) == case["damaged"]


def test_the_established_text_when_damaged_is_the_received_text(seed, article):
    modelled = seed.modelled_received()
    assert seed.restored == article.text("restored")
    if modelled != seed.received:
        line, column, received, from_model = first_difference(seed.received, modelled)
        pytest.fail(f"line {line}, column {column}: received {received!r}, the model gives {from_model!r}")
    assert not seed.policy.is_empty


def test_only_one_damaged_place_of_the_article_is_unexplained(seed, article):
    modelled_lines = damage(article.text("restored"), seed.policy).split("\n")
    differing = [
        number
        for number, (modelled, received) in enumerate(
            zip(modelled_lines, seed.received.split("\n"), strict=True), start=1
        )
        if modelled != received
    ]
    assert differing == [17] == [place["line"] for place in seed.about["exceptions"]["unexplained"]]


def test_every_exception_of_the_conversion_is_needed(seed):
    converted = to_restored(seed.text)
    assert seed.site_characters
    for character, restored in seed.site_characters.items():
        assert character in seed.text
        assert converted[seed.text.index(character)] != restored


def test_every_gloss_of_the_policy_is_used(seed, article):
    for character, reading in seed.policy.glosses.items():
        assert f"{character}({reading})" in seed.received


_GBK = st.characters(codec="gbk", exclude_characters="\n")


@given(st.text(_GBK))
def test_an_empty_policy_changes_nothing(text):
    assert damage(text, DamagePolicy(delimiters={})) == text.replace("\x80", "")


@given(st.lists(st.text(_GBK)))
def test_each_line_is_damaged_independently(lines):
    policy = DamagePolicy(glosses={"節": "jié"})
    assert damage("\n".join(lines), policy) == "\n".join(damage(line, policy) for line in lines)


@given(st.binary())
def test_the_decoder_accepts_any_bytes(data):
    assert len(decode_leniently(data)) <= len(data)


def test_the_error_for_a_character_that_gbk_lacks_gives_its_line_and_column():
    with pytest.raises(UnencodableTextError, match=r"line 2, column 3: U\+1F600"):
        damage("一\n二三😀", DamagePolicy())
