"""The page for readers, as it is written; how it behaves in a browser is in tests/e2e."""

import dataclasses
import hashlib
import json
import re
from base64 import b64encode
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from conftest import ARTICLE
from hypothesis import given
from hypothesis import strategies as st
from test_cli import assert_error, run

from zhengwen.document import Document
from zhengwen.schema import read_schema
from zhengwen.text.align import Alignment
from zhengwen.view.builder import page_model
from zhengwen.view.page import contents, page, render
from zhengwen.view.segments import Mark, segments

#: What must stay text wherever it comes from.
HOSTILE = (
    "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&amp;&#39;\u2028{{ 7*7 }}{% raw %}--><!--]]>"
)


class Elements(HTMLParser):
    """Every element of a page with its attributes, and the text in each kind of element."""

    def __init__(self, html: str):
        super().__init__()
        self.elements: list[tuple[str, dict]] = []
        self.texts: list[tuple[str, str]] = []
        self._open = ["html"]
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in ("meta", "link", "input", "img", "br"):
            self._open.append(tag)

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        self.texts.append((self._open[-1], data))

    def attributes(self, name: str) -> list[str]:
        return [attributes[name] for _, attributes in self.elements if name in attributes]


@pytest.fixture(scope="module")
def model(article):
    return page_model(article, read_schema())


@pytest.fixture(scope="module")
def html(model):
    return render(model)


@pytest.fixture(scope="module")
def elements(html):
    return Elements(html)


@given(st.integers(0, 12), st.integers(0, 12), st.lists(st.tuples(st.integers(0, 15), st.integers(0, 6)), max_size=8))
def test_segments_tile_the_text_and_know_what_lies_over_them(start, length, spans):
    end = start + length
    marks = [Mark(first, first + width, number) for number, (first, width) in enumerate(spans)]
    found = segments(start, end, marks)
    wide = [one for one in found if one.start < one.end]
    assert [place for one in wide for place in range(one.start, one.end)] == list(range(start, end))
    for one in wide:
        for place in range(one.start, one.end):
            assert {mark.item for mark in one.marks} == {m.item for m in marks if m.start <= place < m.end}
    points = [one.marks[0].item for one in found if one.start == one.end and one.marks]
    assert sorted(points) == [m.item for m in marks if m.start == m.end and start <= m.start <= end]
    assert all(before.end == after.start for before, after in pairwise(found))


@pytest.mark.parametrize("number", range(6))
def test_every_edition_is_shown_whole(article, model, number):
    edition = article.editions[number]
    shown = [
        "".join(piece.text for sentence in block.texts[number].sentences for piece in sentence.pieces)
        for block in model.paragraphs
    ]
    assert "\n".join(shown) == article.text(edition)


@pytest.mark.parametrize("number", range(6))
def test_what_is_marked_is_what_is_annotated(article, model, number):
    edition = article.editions[number]
    pieces = [p for block in model.paragraphs for s in block.texts[number].sentences for p in s.pieces]
    for cluster in article.clusters:
        id = cluster.id.rpartition(".")[2]
        covered = [False] * len(article.text(edition))
        for mention in cluster.mentions:
            start, end, _ = mention.span_in(edition)
            covered[start:end] = [True] * (end - start)
        expected = "".join(c for c, yes in zip(article.text(edition), covered, strict=True) if yes)
        assert "".join(piece.text for piece in pieces if id in piece.clusters) == expected
    for quote in article.quotes:
        id = quote.id.rpartition(".")[2]
        said = [piece.text for piece in pieces if (id, "content") in piece.parts]
        assert "".join(said) == "".join(part.text_in(edition).replace("\n", "") for part in quote.content)
    for stance in article.stances:
        if stance.evidence:
            id = stance.id.rpartition(".")[2]
            assert "".join(p.text for p in pieces if id in p.stances) == stance.evidence.text_in(edition)


def test_a_sentence_in_pieces(article, model, golden):
    told = []
    for number, edition in enumerate(article.editions):
        (sentence,) = (s for b in model.paragraphs for s in b.texts[number].sentences if s.id == "s012")
        told.append(f"{edition}\n")
        for piece in sentence.pieces:
            over = [f"{lane.type.key}{lane.depth}{'!' if lane.opens else ''}" for lane in piece.lanes]
            over += [
                *piece.clusters,
                *map("-".join, piece.parts),
                *piece.stances,
                *piece.labels,
                *piece.sites,
                *piece.rules,
            ]
            told.append(f"  {piece.text or '^'}  {' '.join(over)}".rstrip() + "\n")
    golden("page-s012.txt", "".join(told))


def test_every_damaged_place_is_in_both_texts_and_in_the_list(article, model):
    edits = article.restoration.edits
    listed = [site for block in model.paragraphs for site in block.sites]
    assert [(site.received, site.restored) for site in listed] == [(edit.received, edit.restored) for edit in edits]
    assert [site.data.replace(" ", "") for site in listed] == [edit.data.hex().upper() for edit in edits]
    for edition, texts in (("received", "received"), ("restored", "restored")):
        number = article.editions.index(edition)
        shown: dict[str, str] = {}
        for block in model.paragraphs:
            for sentence in block.texts[number].sentences:
                for piece in sentence.pieces:
                    for site in piece.sites:
                        shown[site] = shown.get(site, "") + piece.text
        assert shown == {site.id: getattr(site, texts) for site in listed}


def test_the_chart_holds_every_stance_once(article, model):
    shown = [stance.id for holder in model.holders for cell in holder.cells for stance in cell]
    assert sorted(shown) == [s.id.rpartition(".")[2] for s in article.stances if s.label != "none"]
    noted = [s.id for b in model.paragraphs for s in (*b.stances, *(s for q in b.quotes for s in q.stances))]
    assert sorted(noted) == sorted(shown)


def test_links_lead_somewhere_and_ids_are_one_of_a_kind(elements):
    ids = elements.attributes("id")
    assert len(ids) == len(set(ids))
    targets = {link[1:] for link in elements.attributes("href") if link.startswith("#")}
    assert targets <= set(ids)


def test_every_label_reference_is_there(elements):
    ids = set(elements.attributes("id"))
    for name in ("aria-labelledby", "aria-controls", "aria-describedby"):
        assert set(elements.attributes(name)) <= ids


def test_texts_say_their_language(elements):
    languages = {a["data-edition"]: a["lang"] for _, a in elements.elements if "data-edition" in a}
    assert languages == {
        "hans": "zh-Hans-CN",
        "restored": "zh-Hant",
        "received": "zh-Hant",
        "hant": "zh-Hant",
        "hant-hk": "zh-Hant-HK",
        "hant-tw": "zh-Hant-TW",
    }


def test_the_page_needs_nothing_else(elements, html):
    assert elements.attributes("src") == elements.attributes("srcset") == []
    assert {link for link in elements.attributes("href") if not link.startswith("#")} == {"data:,"}
    style, script = re.search(r"<style>(.*?)</style>.*<script>(.*?)</script>", html, flags=re.DOTALL).groups()
    assert not re.search(r"url\(|@import|://", style)
    assert not re.search(r"fetch|XMLHttpRequest|WebSocket|EventSource|import\(|sendBeacon|innerHTML|eval|://", script)


def test_nothing_runs_but_what_the_policy_names(elements, html):
    (policy,) = [a["content"] for _, a in elements.elements if a.get("http-equiv") == "Content-Security-Policy"]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    for element, rule in (("style", "style-src"), ("script", "script-src")):
        (content,) = re.findall(rf"<{element}>(.*?)</{element}>", html, flags=re.DOTALL)
        digest = b64encode(hashlib.sha256(content.encode("utf-8")).digest()).decode("ascii")
        assert rules[rule] == f"'sha256-{digest}'"
    assert not [
        name for _, attributes in elements.elements for name in attributes if name.startswith("on") or name == "style"
    ]


#: Fields that are of the page's own making, or that `zhengwen check` holds to a closed inventory or a grammar.
_GRAMMAR = {"id", "number", "line", "colour", "edition", "language", "role", "labels", "rules", "certainty"}
_GRAMMAR |= {"counts", "kinds", "quote_opens", "stance_opens", "parts", "views"}


def spoilt(value):
    """``value`` with hostile text in every string that data can put there."""
    if dataclasses.is_dataclass(value) or hasattr(value, "_fields"):
        names = getattr(value, "_fields", None) or [field.name for field in dataclasses.fields(value)]
        changed = {name: spoilt(getattr(value, name)) for name in names if name not in _GRAMMAR}
        return value._replace(**changed) if hasattr(value, "_fields") else dataclasses.replace(value, **changed)
    if isinstance(value, tuple):
        return tuple(map(spoilt, value))
    if isinstance(value, dict):
        return {key: spoilt(one) for key, one in value.items()}
    return value + HOSTILE if value and isinstance(value, str) else value  # what is empty is drawn otherwise


def assert_nothing_escapes(before: str, after: str) -> None:
    """Two pages of the same shape: the same elements with the same attributes, the same style and script."""
    old, new = Elements(before), Elements(after)
    assert [(tag, set(a)) for tag, a in old.elements] == [(tag, set(a)) for tag, a in new.elements]
    for kind in ("style", "script"):
        assert [text for tag, text in old.texts if tag == kind] == [text for tag, text in new.texts if tag == kind]


def test_hostile_text_in_any_field_stays_text(model, html):
    after = render(spoilt(model))
    assert_nothing_escapes(html, after)
    assert sum(HOSTILE in text for _, text in Elements(after).texts) > 1000


def test_hostile_seeds_give_text(repository, html):
    from zhengwen.seeds import read_seed

    name = "</a>&\"'<"  # as long as the name whose place it takes
    folder = repository / "seeds" / ARTICLE
    for path in folder.rglob("*.*"):
        content = path.read_bytes().decode("utf-8")
        written = json.dumps(name)[1:-1] if path.suffix == ".jsonl" else name
        if path.suffix in (".jsonl", ".txt"):
            path.write_bytes(content.replace("DeepSeek", written).encode("utf-8"))
        elif path.suffix == ".yaml":
            lines = [line.partition(": ") for line in content.split("\n")]
            spoil = {"publisher", "reporter", "rights"}
            changed = "\n".join(
                f"{key}: {json.dumps(HOSTILE)}" if key in spoil else key + colon + rest for key, colon, rest in lines
            )
            path.write_bytes(changed.encode("utf-8"))
    after = page(Document.from_seed(read_seed(folder), read_schema()))
    assert_nothing_escapes(html, after)
    found = [text for _, text in Elements(after).texts]
    assert found.count(HOSTILE) == 3
    assert found.count(name) > 100


def test_the_same_document_gives_the_same_page(article, html):
    assert page(article) == html
    assert "\r" not in html
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffd\ufeff]", html)


def test_a_document_without_damage_and_without_quotations(article):
    texts = {edition: article.text(edition) for edition in article.editions} | {"received": article.text("restored")}
    length = len(article.text())
    alignments = {**article.alignments, "received": Alignment.identity(length)}
    gold = {layer: [] if layer in ("quotes", "stances") else records for layer, records in article.gold.items()}
    unknown = dict.fromkeys(article.provenance)
    html = page(Document(article.id, unknown, texts, alignments, gold))
    assert "shows no damage" in html
    assert "None" not in html
    assert ("h1", article.id) in Elements(html).texts


def test_the_list_of_documents(article):
    found = Elements(contents([article]))
    assert f"{ARTICLE}.html" in found.attributes("href")
    assert "script" not in [tag for tag, _ in found.elements]


def test_the_command(tmp_path):
    file = tmp_path / "page.html"
    done = run("page", ARTICLE, "--out", file)
    assert done.stdout.decode("utf-8") == f"{file}\n"
    assert run("page").stdout == file.read_bytes()
    done = run("page", "--all", "--out", tmp_path / "pages" / "new")
    assert sorted(path.name for path in (tmp_path / "pages" / "new").iterdir()) == ["index.html", f"{ARTICLE}.html"]
    assert (tmp_path / "pages" / "new" / f"{ARTICLE}.html").read_bytes() == file.read_bytes()
    assert len(done.stdout.splitlines()) == 2


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["page", "x"], 2, "unknown document 'x'; there are: shangyou-2025-deepseek"),
        (["page", ARTICLE, "--all", "--out", "x"], 2, "--all"),
        (["page", "--all"], 2, "--out"),
        (["page", "--out", "no/such/folder/page.html"], 1, "No such file or directory"),
    ],
)
def test_errors_of_the_command(arguments, code, message, tmp_path):
    assert_error(run(*arguments, cwd=tmp_path), code, message)
    assert list(tmp_path.iterdir()) == []
