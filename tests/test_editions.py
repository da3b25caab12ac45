"""The editions, and the names that people may give for them."""

import re

import pytest

from zhengwen.conversion.chains import origin
from zhengwen.editions import EDITIONS, SCRIPTS, edition_name, listed
from zhengwen.errors import UnknownNameError

ALIASES = [(alias, edition.name) for edition in EDITIONS.values() for alias in edition.aliases]


@pytest.mark.parametrize("base", SCRIPTS)
def test_every_edition_is_made_from_what_annotators_made(base):
    for name in EDITIONS:
        sources = [name]
        while sources[-1] != "annotators":
            sources.append(origin(sources[-1], base).made_from)
            assert len(sources) == len(set(sources)), "an edition is made from itself"


def test_no_name_or_alias_has_two_meanings():
    names = [name.casefold() for name in (*EDITIONS, *(alias for alias, _ in ALIASES))]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("given", "name"), [*((name, name) for name in SCRIPTS), *ALIASES, ("zh-hans", "hans"), ("zh-hk", "hant-hk")]
)
def test_an_edition_is_named_by_its_name_or_an_alias_in_any_case(given, name):
    assert [edition_name(form) for form in (given, given.upper(), given.lower())] == [name] * 3


def test_only_the_released_editions_are_accepted_unless_others_are_given():
    assert edition_name("Restored", among=EDITIONS) == "restored"
    assert edition_name("gold", among=["gold", *SCRIPTS]) == "gold"
    for given, among in (("restored", SCRIPTS), ("hans", ["hant", "hant-tw"]), ("zh-CN", ["hant"])):
        with pytest.raises(UnknownNameError):
            edition_name(given, among)


@pytest.mark.parametrize("given", ["", "zh", "zh-SG", "hant_tw", " hans", None, 1, ("hans",)])
def test_an_unknown_edition_is_an_error_that_lists_the_editions(given):
    message = f"unknown target edition {given!r}"
    with pytest.raises(UnknownNameError, match=f"{re.escape(message)}.*; there are: {', '.join(SCRIPTS)}$"):
        edition_name(given, what="target edition")


def test_a_misspelt_edition_is_recognised():
    with pytest.raises(UnknownNameError, match=re.escape("unknown edition 'hant-kh' (did you mean hant-hk?)")):
        edition_name("hant-kh")


@pytest.mark.parametrize(
    ("names", "phrase"), [(["hans"], "hans"), (["hans", "hant"], "hans or hant"), ("abc", "a, b or c")]
)
def test_names_are_listed_as_a_phrase(names, phrase):
    assert listed(names) == phrase
