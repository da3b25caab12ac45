"""The website made from docs/: it is built without a warning, has every page, and loads nothing from outside."""

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from conftest import ROOT

import zhengwen
from zhengwen.cli.main import command_line


@pytest.fixture(scope="module")
def website(tmp_path_factory) -> Path:
    """The website, built with warnings as errors and without a network."""
    folder = tmp_path_factory.mktemp("site")
    no_network = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-f", str(ROOT / "mkdocs.yml"), "-d", str(folder)]
    build = subprocess.run(command, capture_output=True, text=True, env=os.environ | no_network)
    assert build.returncode == 0, build.stderr
    return folder


class References(HTMLParser):
    """What a page loads, what it links to, and the languages that it declares."""

    def __init__(self, page: Path):
        super().__init__()
        self.loaded, self.linked, self.languages = set(), set(), set()
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        if tag == "a" and "href" in values:
            self.linked.add(values["href"])
        elif tag == "link" and values.get("rel") not in ("canonical", "next", "prev"):
            self.loaded.add(values["href"])
        self.loaded |= {values[name] for name in ("src", "srcset", "data", "poster") if values.get(name)}
        self.languages.add(values.get("lang"))
        assert "mermaid" not in (values.get("class") or "")  # the theme would load a script to draw it


def test_nothing_is_loaded_from_outside(website):
    pages = list(website.rglob("*.html"))
    assert len(pages) > 10
    for page in pages:
        for address in References(page).loaded:
            assert not re.match(r"[a-z]+:|//", address) or address.startswith("data:"), f"{page.name}: {address}"
    for sheet in website.rglob("*.css"):
        content = sheet.read_text(encoding="utf-8")
        assert not re.search(r"@import|url\(\s*[\"']?(?:https?:)?//", content), sheet.name


def test_links_within_the_website_have_a_target(website):
    for page in website.rglob("*.html"):
        if page.name == "404.html":
            continue  # it is shown in place of any missing page, so its links are absolute
        for address in References(page).linked:
            if not re.match(r"[a-z]+:|#", address):
                path = page.parent / address.partition("#")[0].partition("?")[0]
                assert path.exists() or address == ".", f"{page.name} links to {address}"


def test_every_page_of_docs_is_in_the_website(website):
    linked = References(website / "index.html").linked
    for page in (ROOT / "docs").glob("*.md"):
        assert f"{page.stem}.html" in linked


def test_the_navigation_lists_every_page_once():
    nav = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").split("\nnav:\n")[1]
    pages = re.findall(r": ([\w-]+\.md)$", nav, flags=re.MULTILINE)
    assert len(pages) > 10
    assert sorted(pages) == sorted(set(pages))
    assert {page.name for page in (ROOT / "docs").glob("*.md")} <= set(pages)


def test_every_command_and_every_public_name_is_documented(website):
    headings = re.findall(r'<h3 id="[\w-]+">zhengwen (\w+)<', (website / "commands.html").read_text(encoding="utf-8"))
    assert sorted(headings) == sorted(command_line().commands)
    reference = (website / "reference.html").read_text(encoding="utf-8")
    for name, home in zhengwen._HOMES.items():
        assert f'id="{home}.{name}"' in reference
    assert ":class:" not in reference
    assert "&gt;&gt;&gt; " not in re.sub(r"<pre.*?</pre>", "", reference, flags=re.DOTALL)


def test_chinese_text_declares_its_script(website):
    assert {"zh-Hans", "zh-Hant"} <= References(website / "editions.html").languages
