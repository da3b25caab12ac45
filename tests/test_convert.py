"""Conversion between editions, and the offsets that they share."""

import re
import subprocess
from pathlib import Path

import opencc
import pytest
from cases import cases
from hypothesis import given
from hypothesis import strategies as st

from zhengwen.conversion import convert
from zhengwen.conversion.chains import CHAINS, PIVOT, origin
from zhengwen.conversion.detect import Detection
from zhengwen.conversion.dictionaries import dictionary
from zhengwen.conversion.regional import CONFIGS, replacements
from zhengwen.editions import EDITIONS, SCRIPTS
from zhengwen.errors import UnknownNameError, ZhengwenError
from zhengwen.text.align import Alignment

_CLIB = Path(opencc.__file__).parent / "clib"
_DATA = _CLIB / "share" / "opencc"

#: The editions that keep every offset of the base.
SHARED = [name for name in EDITIONS if origin(name, PIVOT).offsets == "shared"]


@pytest.mark.parametrize("case", cases("convert"))
def test_case(case):
    # In both directions, with the source given and with the source detected.
    for source in ("hans",) if case.get("undetected") else ("hans", None):
        assert convert.convert(case["hans"], "hant", source).text == case["hant"]
    if not case.get("one_way"):
        assert convert.convert(case["hant"], "hans", "hant").text == case["hans"]


def test_there_is_a_chain_for_every_released_edition():
    assert {PIVOT, *CHAINS} == set(SCRIPTS)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_characters_keep_the_length_of_any_text(text):
    for edition in set(SHARED) & set(SCRIPTS):
        conversion = convert.convert(text, edition, "hans")
        assert len(conversion.text) == len(text)
        assert conversion.alignment == Alignment.identity(len(text))
    assert len(convert.convert(text, "hans", "hant").text) == len(text)
    assert len(convert.to_restored(text)) == len(text)


def _dictionaries(config: str) -> set[str]:
    """The names of the dictionary files that an OpenCC configuration reads."""
    text = (_DATA / f"{config}.json").read_text(encoding="utf-8")
    return set(re.findall(r'"file":\s*"([^"]+)"', text))


@pytest.mark.parametrize("config", ["s2t", "s2tw", "s2hk", "t2s", "tw2s", "hk2s"])
def test_every_entry_of_the_dictionaries_is_as_long_as_its_replacement(config):
    # Texts of equal length prove nothing, for two changes of length may cancel.  So read the dictionaries themselves.
    names = _dictionaries(config)
    assert names
    for name in names:
        assert [pair for pair in dictionary(name.removesuffix(".ocd2")).items() if len(pair[0]) != len(pair[1])] == []


@pytest.mark.parametrize("path", sorted(_DATA.glob("*.ocd2")), ids=lambda path: path.stem)
def test_a_dictionary_is_read_as_opencc_reads_it(path, tmp_path):
    dump = tmp_path / "dump.txt"
    program = [_CLIB / "bin" / "opencc_dict", "-i", path, "-o", dump, "-f", "ocd2", "-t", "text"]
    subprocess.run(program, check=True, capture_output=True)
    entries = dict(line.split("\t") for line in dump.read_text(encoding="utf-8").split("\n") if line)
    assert entries
    # OpenCC uses the first candidate.
    assert dictionary(path.stem) == {key: words.split(" ")[0] for key, words in entries.items()}


def test_a_change_of_length_is_an_error_with_its_line(monkeypatch):
    monkeypatch.setattr(convert, "_first_choice", lambda character: "晶圓" if character == "芯" else character)
    with pytest.raises(convert.OffsetsNotSharedError, match="restored, line 2: 2 characters became 3"):
        convert.to_restored("一\n芯片")
    monkeypatch.setattr(convert, "_first_choice", lambda character: character.strip())
    with pytest.raises(convert.OffsetsNotSharedError, match="2 lines became 1"):
        convert.to_restored("一\n二")


@pytest.mark.parametrize("edition", SHARED)
def test_the_editions_of_the_article_share_their_offsets(article, edition):
    lines, converted_lines = article.text().split("\n"), article.text(edition).split("\n")
    assert [len(line) for line in lines] == [len(line) for line in converted_lines]
    for entity in article.entities:
        assert len(entity.text_in(edition)) == len(entity.text)


@pytest.mark.parametrize(
    "wrong", ["爲", "纔", "覈", "羣", "衆", "啓", "着", "唸", "遊新聞", "繫主任", "制造", "云", "于", "标"]
)
def test_the_article_has_no_common_error_of_conversion(article, wrong):
    assert wrong not in article.text("hant")


@pytest.mark.parametrize(
    "word", ["意味著", "隨著", "顯著", "核心", "製造", "對於", "雲", "系主任", "上游新聞", "劉念", "成為"]
)
def test_the_article_has_the_right_words(article, word):
    assert word in article.text("hant")


def test_the_restored_edition_has_the_characters_of_the_site(article):
    assert "智能制造" in article.text("restored")
    assert "阿里云" in article.text("restored")
    assert "對于" in article.text("restored")


def test_regional_words_are_only_in_the_edition_of_their_region(article):
    assert "網際網路" in article.text("hant-tw")
    assert "網際網路" not in article.text("hant")
    assert "晶片" in article.text("hant-tw")


_WORDS = st.text(
    st.sampled_from(
        sorted({character for key in [*dictionary("TWPhrases"), *dictionary("TWPhrasesRev")] for character in key})
    )
    | st.sampled_from("，。“” \n的了在a1")
)


@pytest.mark.parametrize("config", CONFIGS)
@given(text=_WORDS | st.lists(st.sampled_from(sorted(dictionary("TWPhrases")))).map("".join))
def test_regional_words_are_those_of_opencc(config, text):
    converted = opencc.OpenCC(CONFIGS[config].characters).convert(text)
    result, previous_end = "", 0
    for start, end, word in replacements(config, text, converted):
        result += converted[previous_end:start] + word
        previous_end = end
    assert result + converted[previous_end:] == opencc.OpenCC(config).convert(text)


def test_the_regional_words_of_the_article_are_those_of_opencc(article):
    text = article.text("hans")
    converted = convert.convert(text, "hant-tw", "hans").text
    assert converted.translate(str.maketrans("「」『』", "“”‘’")) == opencc.OpenCC("s2twp").convert(text)


@given(_WORDS)
def test_the_blocks_are_what_was_changed(text):
    conversion = convert.convert(text, "hant-tw", "hans")
    alignment = conversion.alignment
    assert alignment.source_length == len(text)
    assert alignment.target_length == len(conversion.text)
    # A word of one character that replaces one character is not a block.
    one_for_one = {ord(key): word for key, word in dictionary("TWPhrases").items() if len(key) == len(word) == 1}
    plain = convert.convert(text, "hant", "hans").text.translate(one_for_one | str.maketrans("“”", "「」"))
    previous_end = 0
    for start, end, target_start, _ in [*alignment.blocks, (len(text), len(text), len(conversion.text), 0)]:
        assert conversion.text[target_start - (start - previous_end) : target_start] == plain[previous_end:start]
        previous_end = end


def test_the_alignment_is_exact_where_a_difference_of_texts_is_ambiguous():
    # A difference of the two texts cannot say which 软件, or which 计算, was replaced.
    conversion = convert.convert("软件软件件", "hant-tw", "hans")
    assert conversion.text == "軟體軟體件"
    assert [tuple(block) for block in conversion.alignment.blocks] == [(0, 2, 0, 2), (2, 4, 2, 4)]
    assert conversion.alignment.project((4, 5)) == (4, 5, True)
    conversion = convert.convert("云计算计算", "hant-tw", "hans")
    assert conversion.text == "雲端計算計算"
    assert conversion.alignment.project((3, 5)) == (4, 6, True)
    assert conversion.alignment.project((1, 3)) == (0, 4, False)


@pytest.mark.parametrize("name", ["百度智能云", "国家超算网互联网平台", "软件"])
def test_a_protected_name_keeps_its_wording(name):
    text = f"在{name}发布了{name}的软件"
    characters = convert.convert(name, "hant", "hans").text
    spans = [(1, 1 + len(name)), (4 + len(name), 4 + 2 * len(name))]
    for protect in ([name], spans):
        conversion = convert.convert(text, "hant-tw", "hans", protect=protect)
        for span in spans:
            start, end, exact = conversion.alignment.project(span)
            assert exact
            assert conversion.text[start:end] == characters


@pytest.mark.parametrize(("name", "converted"), [("于谦", "于謙"), ("后羿", "后羿"), ("上游", "上游")])
def test_a_protected_name_of_a_person(name, converted):
    for edition in ("hant", "hant-hk", "hant-tw"):
        assert convert.convert(f"由于{name}来了", edition, "hans", protect=[(2, 4)]).text[2:4] == converted


def test_overrides_take_precedence_over_the_dictionaries():
    conversion = convert.convert("发布软件", "hant-tw", "hans", overrides=[(0, 2, "發佈"), (2, 4, "軟體程式")])
    assert conversion.text == "發佈軟體程式"
    assert conversion.alignment.project((2, 4)) == (2, 6, True)


def test_a_longer_override_is_an_error_in_an_edition_that_shares_its_offsets():
    conversion = convert.convert("软件", "hant", "hans", overrides=[(0, 2, "軟體程式")])
    with pytest.raises(convert.OffsetsNotSharedError, match=r"edition hant: '軟體程式' replaces \[0, 2\) of the text"):
        convert.assert_shared(conversion, "hant")


def test_text_in_the_target_script_is_left_alone():
    for text, edition in (
        ("劉唸書，標志", "hant"),
        ("劉唸書，標志", "hant-tw"),
        ("乾隆的专著", "hans"),
        ("中文 abc", "hant"),
    ):
        conversion = convert.convert(text, edition)
        assert (conversion.text, conversion.source) == (text, None)
        assert conversion.alignment == Alignment.identity(len(text))


def test_a_text_in_both_scripts_is_converted_line_by_line():
    text = "这是软件😀\n這是軟件\n这是软件\n中文\n"
    conversion = convert.convert(text, "hant-tw")
    assert conversion.text == "這是軟體😀\n這是軟件\n這是軟體\n中文\n"
    assert convert.convert(text, "hans").text == "这是软件😀\n这是软件\n这是软件\n中文\n"
    start, end, exact = conversion.alignment.project((13, 15))
    assert (text[13:15], conversion.text[start:end], exact) == ("软件", "軟體", True)


@given(st.text(st.sampled_from("这這个個文\n\r😀 a")))
def test_runs_are_whole_lines_and_cover_the_text(text):
    runs = Detection(text).runs("hans")
    assert "".join(text[start:end] for start, end, _ in runs) == text
    for start, end, script in runs:
        assert end == len(text) or text[end - 1] == "\n"
        for line in text[start:end].split("\n"):
            assert Detection(line).count.script in (script, None)


@pytest.mark.parametrize("source", SCRIPTS)
@pytest.mark.parametrize("to", SCRIPTS)
def test_every_edition_can_be_converted_to_every_other(article, source, to):
    text = article.text(source) + "\n鍾馗和余先生看著名著，镜头发黑"
    conversion = convert.convert(text, to, source)
    assert conversion.alignment.source_length == len(text)
    assert conversion.alignment.target_length == len(conversion.text)
    if source == to:
        assert conversion.text == text
    if to == PIVOT and source in SHARED:
        assert conversion.text.startswith(article.text() + "\n")


@given(st.text())
def test_anything_can_be_converted(text):
    for edition in SCRIPTS:
        conversion = convert.convert(text, edition)
        assert conversion.alignment.target_length == len(conversion.text)


def test_an_apostrophe_is_not_replaced_as_a_quotation_mark():
    assert convert.convert("他说：“Don’t说‘这个’。”", "hant-hk").text == "他説：「Don’t説『這個』。」"
    for text in ("Zoë’s café’s", "students’ 书", "’90s"):
        assert "’" in convert.convert(text, "hant-tw", "hans").text


@pytest.mark.parametrize(
    "text", ["我真的和老師一起教書", "他和校長的教學", "教育部和群眾", "真和教 于謙", "台灣管教", "真的，查找皇后文件"]
)
def test_characters_of_both_scripts_do_not_show_the_script(text):
    assert Detection(text).count.simplified == 0
    assert convert.convert(text, "hant-tw").text == text


@pytest.mark.parametrize(
    ("source", "to"), [("hans", "hant"), ("hans", "hant-hk"), ("hant", "hans"), ("hant-hk", "hans")]
)
def test_converted_text_has_no_character_of_the_other_script(article, source, to):
    converted = convert.convert(article.text(source), to, source).text
    count = Detection(converted).count
    assert (count.traditional if to == "hans" else count.simplified) == 0
    assert convert.convert(converted, to).text == converted


@pytest.mark.parametrize("protect", [[(0, 3), (0, 3)], ["余江县", (0, 3)], [(0, 2), (0, 3)], ["", "余江", "江县"]])
def test_protected_spans_may_overlap(protect):
    plain = convert.convert("余江县很好", "hant", "hans").text
    for edition in ("hant", "hant-tw"):
        assert convert.convert("余江县很好", edition, "hans", protect=protect).text == plain


def test_a_correction_does_not_touch_a_name():
    assert convert.convert("带头发难", "hant", "hans").text == "帶頭發難"
    assert convert.convert("带头发难", "hant", "hans", protect=["头发"]).text == "帶頭髮難"


def test_hong_kong_distinguishes_the_particle():
    assert convert.convert("王力著《古代漢語》，看着", "hans", "hant-hk").text == "王力著《古代汉语》，看着"


def test_names_may_come_from_any_iterable():
    assert convert.convert("\ud800云软件", "hant-tw", "hans", protect=iter(["软件"])).text == "\ud800雲軟件"


@pytest.mark.parametrize(
    "overrides", [[(-2, 0, "x")], [(9, 11, "x")], [(4, 4, "x")], [(3, 2, "x")], [(0, 2, "x"), (1, 3, "y")]]
)
def test_overrides_must_be_separate_spans(overrides):
    with pytest.raises(ZhengwenError, match="override"):
        convert.convert("发布软件", "hant", "hans", overrides=overrides)
    with pytest.raises(ZhengwenError, match="overrides without a source edition"):
        convert.convert("发布软件", "hant", overrides=[(0, 2, "發佈")])


def test_an_override_of_a_mark():
    assert convert.convert("他说“好”", "hant-tw", "hans", overrides=[(2, 3, "“")]).text == "他說“好」"


def test_protection_in_a_text_of_both_scripts():
    conversion = convert.convert("这是软件\n這是軟件\n" * 3000, "hant-tw", protect=["软件"])
    assert conversion.text == "這是軟件\n這是軟件\n" * 3000


@pytest.mark.parametrize("text", ["", "a", "\0", "\ud800云\0云", "\ufffd\ue000", "𠀀云"])
def test_odd_text(text):
    conversion = convert.convert(text, "hant", "hans")
    assert conversion.text == text.replace("云", "雲")


@pytest.mark.parametrize("arguments", [("x", "restored"), ("x", "hant", "received"), ("x", "zh-SG")])
def test_an_unknown_edition_is_an_error_that_lists_the_editions(arguments):
    with pytest.raises(UnknownNameError, match=f"there are: {', '.join(SCRIPTS)}"):
        convert.convert(*arguments)


def test_an_edition_may_be_named_by_its_language_tag():
    assert convert.convert("软件", "zh-TW", "zh-CN") == convert.convert("软件", "hant-tw", "hans")
    assert [conversion.text for _, conversion in convert.convert_each(["软件"], "zh-hant-tw", "ZH-CN")] == ["軟體"]


def test_an_override_of_one_character_is_written_once():
    # Without it, 著 is corrected there.
    made = convert.convert("帶著名片", "hans", "hant", overrides=[(1, 2, "X")])
    assert made.text == "带X名片"
    assert made.alignment.is_identity
