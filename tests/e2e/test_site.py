"""The site of docs/ is built without a warning, holds every page, and needs nothing from outside."""

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
def site(tmp_path_factory) -> Path:
    """The site, built with warnings as errors, where no network is within reach."""
    folder = tmp_path_factory.mktemp("site")
    nowhere = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-f", str(ROOT / "mkdocs.yml"), "-d", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | nowhere)
    assert done.returncode == 0, done.stderr
    return folder


class Uses(HTMLParser):
    """What a page loads by itself, the pages it links to, the languages it names."""

    def __init__(self, page: Path):
        super().__init__()
        self.loaded, self.linked, self.languages = set(), set(), set()
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        if tag == "a" and "href" in found:
            self.linked.add(found["href"])
        elif tag == "link" and found.get("rel") not in ("canonical", "next", "prev"):
            self.loaded.add(found["href"])
        self.loaded |= {found[name] for name in ("src", "srcset", "data", "poster") if found.get(name)}
        self.languages.add(found.get("lang"))
        assert "mermaid" not in (found.get("class") or "")  # the theme would fetch what draws it


def test_nothing_is_loaded_from_outside(site):
    pages = list(site.rglob("*.html"))
    assert len(pages) > 10
    for page in pages:
        for address in Uses(page).loaded:
            assert not re.match(r"[a-z]+:|//", address) or address.startswith("data:"), f"{page.name}: {address}"
    for sheet in site.rglob("*.css"):
        content = sheet.read_text(encoding="utf-8")
        assert not re.search(r"@import|url\(\s*[\"']?(?:https?:)?//", content), sheet.name


def test_what_is_linked_within_is_there(site):
    for page in site.rglob("*.html"):
        if page.name == "404.html":
            continue  # it is shown in place of any page, with absolute addresses
        for address in Uses(page).linked:
            if not re.match(r"[a-z]+:|#", address):
                path = page.parent / address.partition("#")[0].partition("?")[0]
                assert path.exists() or address == ".", f"{page.name} links to {address}"


def test_every_page_of_docs_is_in_the_site(site):
    linked = Uses(site / "index.html").linked
    for page in (ROOT / "docs").glob("*.md"):
        assert f"{page.stem}.html" in linked


def test_no_page_has_two_places():
    nav = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").split("\nnav:\n")[1]
    pages = re.findall(r": ([\w-]+\.md)$", nav, flags=re.MULTILINE)
    assert len(pages) > 10
    assert sorted(pages) == sorted(set(pages))


def test_every_command_and_every_public_name_has_its_place(site):
    headings = re.findall(r'<h3 id="[\w-]+">zhengwen (\w+)<', (site / "commands.html").read_text(encoding="utf-8"))
    assert sorted(headings) == sorted(command_line().commands)
    reference = (site / "reference.html").read_text(encoding="utf-8")
    for name, home in zhengwen._HOMES.items():
        assert f'id="{home}.{name}"' in reference
    assert ":class:" not in reference
    assert "&gt;&gt;&gt; " not in re.sub(r"<pre.*?</pre>", "", reference, flags=re.DOTALL)


def test_chinese_is_told_by_its_script(site):
    assert {"zh-Hans", "zh-Hant"} <= Uses(site / "editions.html").languages
