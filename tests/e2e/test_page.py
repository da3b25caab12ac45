"""The page for readers in a browser: Debian's Chromium, driven by Playwright; axe-core looks for barriers."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

from zhengwen import Corpus
from zhengwen.editions import EDITIONS, SCRIPTS
from zhengwen.restoration.restore import restore
from zhengwen.view.model import views_of
from zhengwen.view.page import contents, page

CHROMIUM = os.environ.get("ZHENGWEN_CHROMIUM") or shutil.which("chromium")
#: The sizes of the window, in pixels.
WIDTHS = {"wide": (1440, 950), "middle": (900, 1100), "narrow": (390, 844)}
CORPUS = Corpus.open()
DOCUMENT = next(iter(CORPUS))
#: A text in the base edition, which the page shows first.
BASE_TEXT = f'[data-edition="{DOCUMENT.base}"]'
VIEWS = views_of(DOCUMENT.editions, DOCUMENT.base)


@pytest.fixture(scope="module")
def document():
    return DOCUMENT


@pytest.fixture(scope="module")
def address(document, tmp_path_factory) -> str:
    """The address of the page, which is a file."""
    folder = tmp_path_factory.mktemp("page")
    (folder / f"{document.id}.html").write_text(page(document, CORPUS.schema, CORPUS.title), encoding="utf-8")
    (folder / "index.html").write_text(contents([document], CORPUS.title), encoding="utf-8")
    return (folder / f"{document.id}.html").as_uri()


@pytest.fixture(scope="module")
def axe(tmp_path_factory) -> str:
    """The script of axe-core, from npm or from the file that ``ZHENGWEN_AXE`` names."""
    if path := os.environ.get("ZHENGWEN_AXE"):
        return Path(path).read_text(encoding="utf-8")
    folder = tmp_path_factory.mktemp("axe")
    command = ["npm", "install", "--no-save", "--no-audit", "--no-fund", "--silent", "--prefix", str(folder)]
    subprocess.run([*command, "axe-core@4"], check=True)
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def browser():
    assert CHROMIUM, "no chromium: apt-get install chromium fonts-noto-cjk"
    with sync_playwright() as playwright:
        # Without a sandbox, since containers run as root.
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser, address):
    """Opens the page; in the end, the console must be empty and nothing may have been requested from a network."""
    contexts, messages, requests = [], [], []

    def open_tab(fragment: str = "", width: str = "wide", url: str = address, **options):
        size = dict(zip(("width", "height"), WIDTHS[width], strict=True))
        context = browser.new_context(viewport=size, reduced_motion="reduce", **options)
        contexts.append(context)
        tab = context.new_page()
        tab.set_default_timeout(10_000)
        tab.on("console", lambda message: messages.append(message.text))
        tab.on("pageerror", lambda error: messages.append(str(error)))
        tab.on("request", lambda request: requests.append(request.url))
        tab.goto(url + fragment)
        return tab

    yield open_tab
    for context in contexts:
        context.close()
    assert messages == []
    assert [url for url in requests if not url.startswith(("file:", "data:"))] == []
    # Pages themselves are requested, and no other file.
    assert {url.partition("#")[0].rpartition(".")[2] for url in requests if url.startswith("file:")} <= {"html"}


def switch(tab, view: str) -> None:
    tab.locator(f'input[name="view"][value="{view}"]').check(force=True)
    expect(tab.locator("html")).to_have_attribute("data-view", view)


def top_of(tab, sentence: str) -> float:
    """The distance of a sentence from the top of the window, in the text that is shown."""
    return tab.evaluate(
        """id => [...document.querySelectorAll(`.s[data-id="${id}"]`)]
                 .find((sentence) => sentence.getClientRects().length).getBoundingClientRect().top""",
        sentence,
    )


def shown(tab, edition: str) -> str:
    """The text of an edition as it is shown, without the numbers and tags that the style sheet adds."""
    return "\n".join(tab.locator(f'[data-edition="{edition}"]:visible').all_text_contents())


def is_seen(locator) -> bool:
    """True when the element is inside the window and nothing covers its middle."""
    return locator.evaluate(
        """element => {
            const box = element.getClientRects()[0];
            const hit = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
            return Boolean(hit) && (element.contains(hit) || hit.contains(element));
        }"""
    )


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.key)
def test_the_switch_shows_the_text_and_keeps_the_position(open_page, document, view):
    tab = open_page()
    tab.evaluate("distance => scrollBy(0, distance)", top_of(tab, "s030") - 300)
    before = tab.evaluate("scrollY")
    first = tab.evaluate(
        """() => {
            const bar = document.querySelector(".bar").getBoundingClientRect().bottom;
            const below = (sentence) =>
                sentence.getClientRects().length && sentence.getBoundingClientRect().bottom > bar;
            return [...document.querySelectorAll(".s")].find(below).dataset.id;
        }"""
    )
    top = top_of(tab, first)
    switch(tab, view.key)
    for edition in view.editions:
        assert shown(tab, edition) == document.text(edition)
    assert tab.locator("[data-edition]:visible").count() == len(view.editions) * len(document.paragraphs)
    assert abs(top_of(tab, first) - top) < 2
    switch(tab, DOCUMENT.base)
    assert abs(tab.evaluate("scrollY") - before) < 2


def test_a_link_to_a_sentence(open_page):
    tab = open_page("#s030")
    assert is_seen(tab.locator('.s.here[data-id="s030"]:visible .no'))
    switch(tab, "hant-tw")
    assert is_seen(tab.locator('.s.here[data-id="s030"]:visible .no'))
    tab.locator('[data-id="s002"]:visible .no').click()
    assert tab.url.endswith("#s002")
    assert tab.locator(".s.here:visible").get_attribute("data-id") == "s002"
    tab.go_back()
    expect(tab.locator(".s.here:visible")).to_have_attribute("data-id", "s030")


def test_a_click_on_a_mention_shows_every_mention_of_its_referent(open_page, document):
    tab = open_page()
    (cluster,) = (cluster for cluster in document.clusters if cluster.name == "重庆市")
    id = cluster.id.rpartition(".")[2]
    tab.locator(f'{BASE_TEXT} .p[data-c~="{id}"]').first.click()
    assert tab.url.endswith(f"#{id}")
    assert tab.locator(f"{BASE_TEXT} .p.on").all_text_contents() == [mention.text for mention in cluster.mentions]
    entry = tab.locator(f"details#{id}")
    assert entry.locator(".kwic b").count() == len(cluster.mentions)
    links = entry.locator('[aria-label="Mentions"] .at').all_text_contents()
    assert links == [mention.sentence.id.rpartition(".")[2] for mention in cluster.mentions]
    expect(tab.get_by_role("status")).to_have_text(f"重庆市 · {len(cluster.mentions)} places")
    for number in (2, 3):
        tab.get_by_role("button", name="Next").click()
        expect(tab.get_by_role("status")).to_have_text(f"重庆市 · {number} of {len(cluster.mentions)}")
        assert is_seen(tab.locator(":focus"))
    switch(tab, "hant")
    assert tab.locator('[data-edition="hant"] .p.on').all_text_contents() == [
        mention.text_in("hant") for mention in cluster.mentions
    ]
    tab.get_by_role("button", name="Clear").click()
    assert tab.locator(".on").count() == 0
    assert "#" not in tab.url


def test_a_click_on_a_speaker_shows_their_quotations(open_page, document):
    tab = open_page()
    quotes = [quote for quote in document.quotes if quote.speaker.name == "崔伟"]
    id = quotes[0].speaker.id.rpartition(".")[2]
    tab.locator(f"li.note.quote .who[href='#{id}']").first.click()
    marked = "".join(tab.locator(f"{BASE_TEXT} .speaker-on").all_text_contents())
    assert marked == "".join(part.text for quote in quotes for part in quote.content)


def test_a_quotation_and_a_stance_lead_to_their_words(open_page, document):
    tab = open_page()
    quote = document.quotes[9]
    id = quote.id.rpartition(".")[2]
    tab.locator(f"#{id} .opening a").click()
    marked = "".join(tab.locator(f"{BASE_TEXT} .p.on").all_text_contents())
    assert marked == "".join(passage.text for _, _, passage in quote.parts())
    for stance in document.stances:
        if stance.label == "against":
            tab.locator(f".chart .dot[href='#{stance.id.rpartition('.')[2]}']").click()
            assert "".join(tab.locator(f"{BASE_TEXT} .p.on").all_text_contents()) == stance.evidence.text
            assert is_seen(tab.locator(f"{BASE_TEXT} .p.on").first)


def test_the_chart_has_a_mark_for_every_stance(open_page, document):
    tab = open_page()
    for label in ("favor", "against"):
        count = sum(stance.label == label for stance in document.stances)
        assert tab.locator(f".chart .dot.{label}").count() == count
    target = tab.locator(".chart thead a").nth(1)
    target.click()
    evidence = [stance.evidence for stance in document.stances if stance.evidence and stance.target == "open-source"]
    covered = {offset for passage in evidence for offset in range(passage.start, passage.end)}
    assert len("".join(tab.locator(f"{BASE_TEXT} .p.on").all_text_contents())) == len(covered)


def test_damage_is_shown_with_its_bytes(open_page, document):
    tab = open_page()
    switch(tab, "damage")
    straddle = next(edit for edit in restore(document.text("received")).edits if edit.rule == "straddle")
    tab.locator(f'[data-edition="received"] .damaged:text-is("{straddle.received}")').first.click()
    assert "".join(tab.locator('[data-edition="restored"] .damaged.on').all_text_contents()) == straddle.restored
    row = tab.locator("tr.on")
    assert row.locator(".bytes").text_content().replace(" ", "") == straddle.data.hex().upper()
    assert is_seen(row) or row.evaluate("row => row.getClientRects().length > 0")


def test_a_link_to_a_damaged_place_shows_the_damage(open_page):
    tab = open_page("#r062")
    expect(tab.locator("html")).to_have_attribute("data-view", "damage")
    assert tab.locator("tr#r062").is_visible()


def test_types_and_layers_can_be_hidden(open_page):
    tab = open_page()
    has_line = "element => getComputedStyle(element).backgroundImage.includes('gradient')"
    mention = tab.locator(f'{BASE_TEXT} .p[title="ORG"]').first
    other = tab.locator(f'{BASE_TEXT} .p[title="PRODUCT"]').first
    tag = mention.locator(".tag")
    assert mention.evaluate(has_line) and tag.is_visible()
    tab.get_by_role("checkbox", name=re.compile("ORG")).uncheck()
    assert not mention.evaluate(has_line) and not tag.is_visible()
    assert other.evaluate(has_line)
    tab.get_by_role("checkbox", name=re.compile("ORG")).check()
    assert mention.evaluate(has_line)
    tab.get_by_role("checkbox", name="Type tags").uncheck()
    assert mention.evaluate(has_line) and not tag.is_visible()
    tab.get_by_role("checkbox", name="Entities").uncheck()
    assert not mention.evaluate(has_line) and not other.evaluate(has_line)
    for layer, selector in (("Notes", ".note"), ("Numbers", ".no"), ("Quotations", ".qn"), ("Stances", ".flag")):
        elements = tab.locator(f"{selector}:visible")
        assert elements.count() > 10
        tab.get_by_role("checkbox", name=layer).uncheck()
        assert elements.count() == 0


def test_the_page_works_from_the_keyboard_alone(open_page):
    tab = open_page()
    tab.keyboard.press("Tab")
    assert tab.locator(":focus").text_content() == "Skip to the text"
    assert is_seen(tab.locator(":focus"))
    for _ in range(2):
        tab.keyboard.press("Tab")
    assert tab.locator(":focus").get_attribute("name") == "view"
    tab.keyboard.press("ArrowRight")
    expect(tab.locator("html")).to_have_attribute("data-view", VIEWS[1].key)
    tab.keyboard.press("Tab")
    assert tab.locator(":focus").get_attribute("value") == "numbers"
    tab.keyboard.press("Space")
    assert tab.locator(".no:visible").count() == 0
    tab.keyboard.press("Space")
    tab.keyboard.press("Shift+Tab")
    tab.keyboard.press("Shift+Tab")
    tab.keyboard.press("Shift+Tab")
    tab.keyboard.press("Enter")
    tab.keyboard.press("Tab")
    assert tab.locator(":focus").get_attribute("href") == "#s001"
    for _ in range(3):
        tab.keyboard.press("ArrowDown")
    assert tab.locator(":focus").get_attribute("href") == "#s004"
    assert is_seen(tab.locator(":focus"))
    tab.keyboard.press("ArrowUp")
    tab.keyboard.press("Enter")
    assert tab.url.endswith("#s003")
    tab.keyboard.press("Tab")
    mention = tab.locator(":focus").get_attribute("href")
    assert mention.startswith("#c")
    tab.keyboard.press("Enter")
    assert tab.locator(f"details{mention}").get_attribute("open") is not None
    assert tab.locator(".selection").is_visible()
    tab.keyboard.press("Escape")
    assert not tab.locator(".selection").is_visible()
    assert tab.locator(":focus").get_attribute("href") == mention


def test_the_index_of_a_narrow_screen(open_page, document):
    tab = open_page(width="narrow")
    assert not tab.locator("#index").is_visible()
    opener = tab.get_by_role("button", name="Layers & index")
    opener.press("Enter")
    assert opener.get_attribute("aria-expanded") == "true"
    assert tab.locator("#index").is_visible()
    tab.locator("#c25 > summary").click()
    expect(tab.get_by_role("status")).to_contain_text("重庆")
    tab.locator("#c25 .at").first.click()
    assert is_seen(tab.locator(".s.here:visible .no"))
    opener.focus()
    tab.locator("#index").focus()
    tab.keyboard.press("Escape")
    assert not tab.locator("#index").is_visible()


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_wider_than_the_window(open_page, width):
    tab = open_page(width=width)
    for view in VIEWS:
        switch(tab, view.key)
        assert tab.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), view.key


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("view", SCRIPTS)
def test_no_line_begins_with_closing_punctuation(open_page, width, view):
    tab = open_page(width=width)
    switch(tab, view)
    firsts = tab.evaluate(
        """() => {
            const firsts = [];
            for (const text of document.querySelectorAll(".body [data-edition]")) {
                if (!text.getClientRects().length) continue;
                const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
                let last = null;
                while (walker.nextNode()) {
                    const node = walker.currentNode;
                    for (let offset = 0; offset < node.length; offset++) {
                        const range = document.createRange();
                        range.setStart(node, offset);
                        range.setEnd(node, offset + 1);
                        const box = range.getClientRects()[0];
                        if (!box) continue;
                        if (last !== null && box.top - last > 15) firsts.push(node.data[offset]);
                        last = box.top;
                    }
                }
            }
            return firsts;
        }"""
    )
    assert len(firsts) > 40
    assert not set(firsts) & set("，。、；：？！”’）》」』%")


def test_each_script_has_its_font(open_page):
    tab = open_page()
    fonts = {
        script: tab.locator(f'.body [data-edition="{script}"]').first.evaluate("e => getComputedStyle(e).fontFamily")
        for script in SCRIPTS
    }
    regions = {"zh-Hans-CN": "SC", "zh-Hant": "TC", "zh-Hant-HK": "HK", "zh-Hant-TW": "TC"}
    for script, font in fonts.items():
        assert re.search(r"Noto Serif CJK (\w+)", font)[1] == regions[EDITIONS[script].language]


@pytest.mark.parametrize(
    ("scheme", "width", "view"),
    [
        ("light", "wide", DOCUMENT.base),
        ("dark", "wide", DOCUMENT.base),
        ("light", "wide", "damage"),
        ("dark", "wide", "damage"),
        ("dark", "narrow", "hant-tw"),
    ],
)
def test_axe_finds_no_barrier(open_page, axe, scheme, width, view):
    # axe-core is added to the page, which its policy would forbid.
    tab = open_page(width=width, color_scheme=scheme, bypass_csp=True)
    switch(tab, view)
    tab.locator(".p[data-c]:visible").first.click()
    if width == "narrow":
        tab.get_by_role("button", name="Layers & index").click()
    tab.evaluate("for (const list of [...document.querySelectorAll('.damaged-places')].slice(0, 3)) list.open = true")
    tab.add_script_tag(content=axe)
    results = tab.evaluate(
        """() => axe.run(document, {
            runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
            resultTypes: ["violations"],
        })"""
    )
    violations = [
        (violation["impact"], violation["id"], node["html"][:200], node["failureSummary"])
        for violation in results["violations"]
        for node in violation["nodes"][:1]
    ]
    assert violations == []


def test_the_list_of_documents(open_page, address, document):
    tab = open_page(url=address.rpartition("/")[0] + "/index.html")
    tab.get_by_role("link", name=document.id).click()
    expect(tab.locator("h1")).to_have_text(document.provenance["publisher"])


def test_without_javascript_the_text_is_shown(browser, address, document):
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(address)
    assert shown(tab, DOCUMENT.base) == document.text(DOCUMENT.base)
    assert tab.locator(".note").first.is_visible()
    context.close()


def test_the_controls_are_not_printed(open_page):
    tab = open_page()
    tab.emulate_media(media="print")
    for selector in (".bar", ".layers", ".index", ".selection"):
        assert not tab.locator(selector).is_visible()
    assert tab.locator(".legend").first.is_visible()
    assert tab.locator("#text").is_visible()
    assert tab.pdf().startswith(b"%PDF")
