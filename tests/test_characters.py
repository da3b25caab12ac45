"""Which characters belong in a text: what cannot be seen belongs only where a script or an emoji needs it."""

import pytest

from zhengwen.characters import text_findings, unfit_character
from zhengwen.printable import printable


@pytest.mark.parametrize(
    "text",
    [
        "\u3000正文\t“好”……\n",
        "👩\u200d💻 👨\u200d👩\u200d👧\u200d👦 🏳\ufe0f\u200d🌈 👁\ufe0f\u200d🗨\ufe0f 👋🏽 🇨🇳",
        "❤\ufe0f ©\ufe0f ㊗\ufe0f ☎\ufe0e 1\ufe0f\u20e3",
        "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "葛\U000e0100城 。\ufe00",
        "می\u200cخواهم क\u094d\u200dष",
        "é e\u0301 𠮷 \u00a0",
    ],
)
def test_what_belongs_into_a_text(text):
    assert unfit_character(text) is None
    assert unfit_character(f"新{text}闻") is None
    assert list(text_findings("text.txt", text)) == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        *(
            (f"新{character}闻", "hidden")
            for character in "\u00ad\u034f\u061c\u115f\u180e\u200b\u200c\u200d\u200e\u202a\u202e\u2060\u2066\u2069"
            "\u2800\u3164\uffa0\ufe0f\U0001d173\U000e0001\U000e0041"
        ),
        ("a\ufe0f", "hidden"),
        ("正\ufe0f", "hidden"),
        ("😀\u200d", "hidden"),
        ("\u200d😀", "hidden"),
        ("😀\u200d\u200d😀", "hidden"),
        ("😀\ufe0f\ufe0f", "hidden"),
        ("😀\u200d人", "hidden"),
        ("\U0001f3f4\U000e0067x", "hidden"),
        *(
            (f"新{character}闻", "odd")
            for character in "\x00\x1b\r\x7f\x85\u2028\ue000\ufdd0\ufeff\ufffd\U000f0000\ud800"
        ),
    ],
)
def test_what_does_not_belong_into_a_text(text, kind):
    assert unfit_character(text).lastgroup == kind


def test_what_is_shown_as_an_escape_does_not_belong_between_chinese_characters():
    shown_as_it_is = [
        code
        for code in range(0x110000)
        if printable(chr(code)) != chr(code) and not unfit_character(f"新{chr(code)}闻") and chr(code) not in "\t\n"
    ]
    assert shown_as_it_is == []
