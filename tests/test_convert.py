"""Editions that share their offsets."""

import re
import subprocess
from pathlib import Path

import opencc
import pytest
from cases import cases
from hypothesis import given
from hypothesis import strategies as st

from zhengwen.conversion import convert
from zhengwen.conversion.detect import Detection
from zhengwen.conversion.dictionaries import dictionary
from zhengwen.conversion.regional import CONFIGS, replacements
from zhengwen.editions import SCRIPTS
from zhengwen.errors import UnknownNameError, ZhengwenError
from zhengwen.text.align import Alignment

_CLIB = Path(opencc.__file__).parent / "clib"
_DATA = _CLIB / "share" / "opencc"


@pytest.mark.parametrize("case", cases("convert"))
def test_case(case):
    # Both ways, with the source given and with the source detected.
    for source in ("hans",) if case.get("undetected") else ("hans", None):
        assert convert.convert(case["hans"], "hant", source).text == case["hant"]
    if not case.get("one_way"):
        assert convert.convert(case["hant"], "hans", "hant").text == case["hans"]


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_no_text_changes_its_length(text):
    for edition in ("hant", "hant-hk"):
        made = convert.convert(text, edition, "hans")
        assert len(made.text) == len(text)
        assert made.alignment == Alignment.identity(len(text))
    assert len(convert.convert(text, "hans", "hant").text) == len(text)
    assert len(convert.to_restored(text)) == len(text)


def _dictionaries(config: str) -> set[str]:
    """The names of the dictionary files that an OpenCC configuration reads."""
    text = (_DATA / f"{config}.json").read_text(encoding="utf-8")
    return set(re.findall(r'"file":\s*"([^"]+)"', text))


@pytest.mark.parametrize("config", ["s2t", "s2tw", "s2hk", "t2s", "tw2s", "hk2s"])
def test_every_entry_of_its_dictionaries_is_as_long_as_what_it_stands_for(config):
    # Equal lengths of texts prove nothing: two changes of length may cancel.  So read the dictionaries themselves.
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
    # OpenCC takes the first candidate.
    assert dictionary(path.stem) == {key: found.split(" ")[0] for key, found in entries.items()}


def test_a_length_that_changes_is_an_error_with_its_line(monkeypatch):
    monkeypatch.setattr(convert, "_first_candidate", lambda character: "晶圓" if character == "芯" else character)
    with pytest.raises(convert.OffsetsNotSharedError, match="restored, line 2: 2 characters became 3"):
        convert.to_restored("一\n芯片")
    monkeypatch.setattr(convert, "_first_candidate", lambda character: character.strip())
    with pytest.raises(convert.OffsetsNotSharedError, match="2 lines became 1"):
        convert.to_restored("一\n二")


@pytest.mark.parametrize("edition", ["restored", "hant", "hant-hk"])
def test_the_article_shares_its_offsets(article, edition):
    hans, other = article.text("hans"), article.text(edition)
    assert [len(line) for line in hans.split("\n")] == [len(line) for line in other.split("\n")]
    for entity in article.entities:
        assert len(entity.text_in(edition)) == len(entity.text)


@pytest.mark.parametrize(
    "wrong", ["爲", "纔", "覈", "羣", "衆", "啓", "着", "唸", "遊新聞", "繫主任", "制造", "云", "于", "标"]
)
def test_the_article_has_none_of_the_usual_errors(article, wrong):
    assert wrong not in article.text("hant")


@pytest.mark.parametrize(
    "word", ["意味著", "隨著", "顯著", "核心", "製造", "對於", "雲", "系主任", "上游新聞", "劉念", "成為"]
)
def test_the_article_has_the_right_words(article, word):
    assert word in article.text("hant")


def test_the_restored_edition_is_the_farms(article):
    assert "智能制造" in article.text("restored")
    assert "阿里云" in article.text("restored")
    assert "對于" in article.text("restored")


def test_no_regional_word_is_in_the_article_but_in_its_own_edition(article):
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
def test_regional_words_are_put_where_opencc_puts_them(config, text):
    converted = opencc.OpenCC(CONFIGS[config].characters).convert(text)
    made, place = "", 0
    for start, end, word in replacements(config, text, converted):
        made += converted[place:start] + word
        place = end
    assert made + converted[place:] == opencc.OpenCC(config).convert(text)


def test_regional_words_in_an_article(article):
    text = article.text("hans")
    assert convert.convert(text, "hant-tw", "hans").text.translate(str.maketrans("「」『』", "“”‘’")) == opencc.OpenCC(
        "s2twp"
    ).convert(text)


@given(_WORDS)
def test_the_blocks_are_what_was_changed(text):
    made = convert.convert(text, "hant-tw", "hans")
    assert made.alignment.source_length == len(text)
    assert made.alignment.target_length == len(made.text)
    # A word of one character for one is no block.
    one_for_one = {ord(key): word for key, word in dictionary("TWPhrases").items() if len(key) == len(word) == 1}
    plain = convert.convert(text, "hant", "hans").text.translate(one_for_one | str.maketrans("“”", "「」"))
    place = 0
    for block in [*made.alignment.blocks, (len(text), len(text), len(made.text), len(made.text))]:
        start, _, target_start, _ = block
        assert made.text[target_start - (start - place) : target_start] == plain[place:start]
        place = block[1]


def test_a_difference_of_texts_would_be_fooled():
    # 数据 became 資料 twice and 数据线 did not stay: a diff would align the first 料 with the wrong place.
    made = convert.convert("软件软件件", "hant-tw", "hans")
    assert made.text == "軟體軟體件"
    assert [tuple(block) for block in made.alignment.blocks] == [(0, 2, 0, 2), (2, 4, 2, 4)]
    assert made.alignment.project((4, 5)) == (4, 5, True)
    made = convert.convert("云计算计算", "hant-tw", "hans")
    assert made.text == "雲端計算計算"
    assert made.alignment.project((3, 5)) == (4, 6, True)
    assert made.alignment.project((1, 3)) == (0, 4, False)


@pytest.mark.parametrize("name", ["百度智能云", "国家超算网互联网平台", "软件"])
def test_a_protected_name_keeps_its_wording(name):
    text = f"在{name}发布了{name}的软件"
    characters = convert.convert(name, "hant", "hans").text
    spans = [(1, 1 + len(name)), (4 + len(name), 4 + 2 * len(name))]
    for protect in ([name], spans):
        made = convert.convert(text, "hant-tw", "hans", protect=protect)
        for span in spans:
            start, end, exact = made.alignment.project(span)
            assert exact
            assert made.text[start:end] == characters


@pytest.mark.parametrize(("name", "kept"), [("于谦", "于謙"), ("后羿", "后羿"), ("上游", "上游")])
def test_a_protected_persons_name(name, kept):
    for edition in ("hant", "hant-hk", "hant-tw"):
        assert convert.convert(f"由于{name}来了", edition, "hans", protect=[(2, 4)]).text[2:4] == kept


def test_overrides_stand_whatever_the_dictionaries_say():
    made = convert.convert("发布软件", "hant-tw", "hans", overrides=[(0, 2, "發佈"), (2, 4, "軟體程式")])
    assert made.text == "發佈軟體程式"
    assert made.alignment.project((2, 4)) == (2, 6, True)


def test_an_edition_that_must_share_its_offsets_refuses_a_longer_override(seed):
    made = convert.convert("软件", "hant", "hans", overrides=[(0, 2, "軟體程式")])
    with pytest.raises(
        convert.OffsetsNotSharedError, match="edition hant: '軟體程式' stands for the 2 characters at 0"
    ):
        convert.assert_shared(made, "hant")


def test_text_in_the_target_script_is_left_alone():
    for text, edition in (
        ("劉唸書，標志", "hant"),
        ("劉唸書，標志", "hant-tw"),
        ("乾隆的专著", "hans"),
        ("中文 abc", "hant"),
    ):
        made = convert.convert(text, edition)
        assert (made.text, made.source) == (text, None)
        assert made.alignment == Alignment.identity(len(text))


def test_a_text_in_both_scripts_goes_line_by_line():
    text = "这是软件😀\n這是軟件\n这是软件\n中文\n"
    made = convert.convert(text, "hant-tw")
    assert made.text == "這是軟體😀\n這是軟件\n這是軟體\n中文\n"
    assert convert.convert(text, "hans").text == "这是软件😀\n这是软件\n这是软件\n中文\n"
    start, end, exact = made.alignment.project((13, 15))
    assert (text[13:15], made.text[start:end], exact) == ("软件", "軟體", True)


@given(st.text(st.sampled_from("这這个個文\n\r😀 a")))
def test_runs_are_lines_and_all_of_the_text(text):
    found = Detection(text).runs("hans")
    assert "".join(text[start:end] for start, end, _ in found) == text
    for start, end, script in found:
        assert end == len(text) or text[end - 1] == "\n"
        for line in text[start:end].split("\n"):
            assert Detection(line).count.script in (script, None)


@pytest.mark.parametrize("source", ["hans", "hant", "hant-hk", "hant-tw"])
@pytest.mark.parametrize("to", ["hans", "hant", "hant-hk", "hant-tw"])
def test_every_edition_can_become_every_other(article, source, to):
    text = article.text(source) + "\n鍾馗和余先生看著名著，镜头发黑"
    made = convert.convert(text, to, source)
    assert made.alignment.source_length == len(text)
    assert made.alignment.target_length == len(made.text)
    if source == to:
        assert made.text == text
    if to == "hans" and source != "hant-tw":
        assert made.text.startswith(article.text("hans") + "\n")


@given(st.text())
def test_anything_can_be_converted(text):
    for edition in SCRIPTS:
        made = convert.convert(text, edition)
        assert made.alignment.target_length == len(made.text)


def test_an_apostrophe_is_no_quotation_mark():
    assert convert.convert("他说：“Don’t说‘这个’。”", "hant-hk").text == "他説：「Don’t説『這個』。」"
    for text in ("Zoë’s café’s", "students’ 书", "’90s"):
        assert "’" in convert.convert(text, "hant-tw", "hans").text


@pytest.mark.parametrize(
    "text", ["我真的和老師一起教書", "他和校長的教學", "教育部和群眾", "真和教 于謙", "台灣管教", "真的，查找皇后文件"]
)
def test_what_both_scripts_have_does_not_tell_the_script(text):
    assert Detection(text).count.simplified == 0
    assert convert.convert(text, "hant-tw").text == text


@pytest.mark.parametrize(
    ("source", "to"), [("hans", "hant"), ("hans", "hant-hk"), ("hant", "hans"), ("hant-hk", "hans")]
)
def test_what_was_converted_holds_nothing_of_the_other_script(article, source, to):
    made = convert.convert(article.text(source), to, source).text
    count = Detection(made).count
    assert (count.traditional if to == "hans" else count.simplified) == 0
    assert convert.convert(made, to).text == made


@pytest.mark.parametrize("protect", [[(0, 3), (0, 3)], ["余江县", (0, 3)], [(0, 2), (0, 3)], ["", "余江", "江县"]])
def test_protected_spans_may_overlap(protect):
    plain = convert.convert("余江县很好", "hant", "hans").text
    for edition in ("hant", "hant-tw"):
        assert convert.convert("余江县很好", edition, "hans", protect=protect).text == plain


def test_a_mend_does_not_touch_a_name():
    assert convert.convert("带头发难", "hant", "hans").text == "帶頭發難"
    assert convert.convert("带头发难", "hant", "hans", protect=["头发"]).text == "帶頭髮難"


def test_hong_kong_writes_the_particle_itself():
    assert convert.convert("王力著《古代漢語》，看着", "hans", "hant-hk").text == "王力著《古代汉语》，看着"


def test_names_come_from_any_iterable():
    assert convert.convert("\ud800云软件", "hant-tw", "hans", protect=iter(["软件"])).text == "\ud800雲軟件"


@pytest.mark.parametrize(
    "overrides", [[(-2, 0, "x")], [(9, 11, "x")], [(4, 4, "x")], [(3, 2, "x")], [(0, 2, "x"), (1, 3, "y")]]
)
def test_overrides_must_be_spans_apart(overrides):
    with pytest.raises(ZhengwenError, match="override"):
        convert.convert("发布软件", "hant", "hans", overrides=overrides)
    with pytest.raises(ZhengwenError, match="overrides without a source edition"):
        convert.convert("发布软件", "hant", overrides=[(0, 2, "發佈")])


def test_an_override_of_a_mark():
    assert convert.convert("他说“好”", "hant-tw", "hans", overrides=[(2, 3, "“")]).text == "他說“好」"


def test_protecting_in_a_text_of_both_scripts():
    made = convert.convert("这是软件\n這是軟件\n" * 3000, "hant-tw", protect=["软件"])
    assert made.text == "這是軟件\n這是軟件\n" * 3000


@pytest.mark.parametrize("text", ["", "a", "\0", "\ud800云\0云", "\ufffd\ue000", "𠀀云"])
def test_odd_text(text):
    made = convert.convert(text, "hant", "hans")
    assert made.text == text.replace("云", "雲")


@pytest.mark.parametrize("arguments", [("x", "restored"), ("x", "hant", "received"), ("x", "zh-SG")])
def test_an_unknown_edition_is_named(arguments):
    with pytest.raises(UnknownNameError, match="there are: hans, hant, hant-hk, hant-tw"):
        convert.convert(*arguments)


def test_an_edition_may_be_named_by_its_language_tag():
    assert convert.convert("软件", "zh-TW", "zh-CN") == convert.convert("软件", "hant-tw", "hans")
    assert [made.text for _, made in convert.convert_each(["软件"], "zh-hant-tw", "ZH-CN")] == ["軟體"]
