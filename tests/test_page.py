"""The HTML of the page for readers; its behaviour in a browser is tested in tests/e2e."""

import dataclasses
import hashlib
import json
import re
from base64 import b64encode
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from conftest import ARTICLE, assert_error, run_cli
from hypothesis import given
from hypothesis import strategies as st
from test_cli import run

from zhengwen.assembly import assemble, restoration_of
from zhengwen.document import Document
from zhengwen.editions import EDITIONS, SCRIPTS
from zhengwen.layers import LAYERS
from zhengwen.load import Corpus
from zhengwen.schema import read_schema
from zhengwen.seeds import read_seed
from zhengwen.text.align import Alignment
from zhengwen.view.builder import page_model
from zhengwen.view.model import views_of
from zhengwen.view.page import contents, page, render
from zhengwen.view.segments import Mark, segments

SCHEMA = read_schema()
CORPUS = Corpus.open().title

#: Text that tries to become markup or script in every context; it must stay text.
HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&amp;&#39;{{ 7*7 }}{% raw %}--><!--]]>"


class Elements(HTMLParser):
    """The elements of a page with their attributes, and its text with the tag around it."""

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
    return page_model(article, SCHEMA, CORPUS)


@pytest.fixture(scope="module")
def html(model):
    return render(model)


@pytest.fixture(scope="module")
def elements(html):
    return Elements(html)


@given(st.integers(0, 12), st.integers(0, 12), st.lists(st.tuples(st.integers(0, 15), st.integers(0, 6)), max_size=8))
def test_segments_tile_the_text_and_know_the_marks_that_cover_them(start, length, spans):
    end = start + length
    marks = [Mark(first, first + width, number) for number, (first, width) in enumerate(spans)]
    result = segments(start, end, marks)
    wide = [segment for segment in result if segment.start < segment.end]
    assert [offset for segment in wide for offset in range(segment.start, segment.end)] == list(range(start, end))
    for segment in wide:
        for offset in range(segment.start, segment.end):
            covering = {mark.item for mark in marks if mark.start <= offset < mark.end}
            assert {mark.item for mark in segment.marks} == covering
    empty = [segment.marks[0].item for segment in result if segment.start == segment.end and segment.marks]
    assert sorted(empty) == [mark.item for mark in marks if mark.start == mark.end and start <= mark.start <= end]
    assert all(before.end == after.start for before, after in pairwise(result))


def sentence_texts(model, edition: str):
    """The sentences of the page in one edition, a list for each paragraph."""
    return [text.sentences for block in model.paragraphs for text in block.texts if text.edition == edition]


def test_the_switch_offers_every_edition_and_the_damage(article):
    views = views_of(article.editions, article.base)
    names = [view.key for view in views]
    assert names[: len(SCRIPTS)] == list(SCRIPTS)
    assert sorted(names) == sorted([*EDITIONS, "damage"])
    assert [view.editions for view in views] == [*((name,) for name in names[:-1]), ("received", "restored")]
    assert {view.notes for view in views} == set(SCRIPTS)
    # Beside damaged text, notes are in Traditional characters.
    assert {view.notes for view in views if view.key not in SCRIPTS} == {"hant"}


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_edition_is_shown_in_full(article, model, edition):
    shown = [
        "".join(piece.text for sentence in sentences for piece in sentence.pieces)
        for sentences in sentence_texts(model, edition)
    ]
    assert "\n".join(shown) == article.text(edition)


@pytest.mark.parametrize("edition", EDITIONS)
def test_what_is_marked_is_what_is_annotated(article, model, edition):
    pieces = [
        piece for sentences in sentence_texts(model, edition) for sentence in sentences for piece in sentence.pieces
    ]
    for cluster in article.clusters:
        id = cluster.id.rpartition(".")[2]
        covered = [False] * len(article.text(edition))
        for mention in cluster.mentions:
            start, end, _ = mention.span_in(edition)
            covered[start:end] = [True] * (end - start)
        expected = "".join(
            character for character, is_covered in zip(article.text(edition), covered, strict=True) if is_covered
        )
        assert "".join(piece.text for piece in pieces if id in piece.clusters) == expected
    for quote in article.quotes:
        id = quote.id.rpartition(".")[2]
        content = [piece.text for piece in pieces if (id, "content") in piece.parts]
        assert "".join(content) == "".join(part.text_in(edition).replace("\n", "") for part in quote.content)
    for stance in article.stances:
        if stance.evidence:
            id = stance.id.rpartition(".")[2]
            assert "".join(piece.text for piece in pieces if id in piece.stances) == stance.evidence.text_in(edition)


def test_a_sentence_in_pieces(article, model, golden):
    lines = []
    for edition in article.editions:
        (sentence,) = (
            sentence for sentences in sentence_texts(model, edition) for sentence in sentences if sentence.id == "s012"
        )
        lines.append(f"{edition}\n")
        for piece in sentence.pieces:
            annotation = [
                *(f"{lane.type.key}{lane.depth}{'!' if lane.opens else ''}" for lane in piece.lanes),
                *piece.clusters,
                *map("-".join, piece.parts),
                *piece.stances,
                *piece.labels,
                *piece.damaged_places,
                *piece.rules,
            ]
            lines.append(f"  {piece.text or '^'}  {' '.join(annotation)}".rstrip() + "\n")
    golden("page-s012.txt", "".join(lines))


def test_every_damaged_place_is_in_both_texts_and_in_the_list(article, model):
    edits = restoration_of(article.text("received")).edits
    listed = [place for block in model.paragraphs for place in block.damaged_places]
    assert [(place.received, place.restored) for place in listed] == [(edit.received, edit.restored) for edit in edits]
    assert [place.data.replace(" ", "") for place in listed] == [edit.data.hex().upper() for edit in edits]
    for edition in ("received", "restored"):
        shown: dict[str, str] = {}
        for sentences in sentence_texts(model, edition):
            for sentence in sentences:
                for piece in sentence.pieces:
                    for place in piece.damaged_places:
                        shown[place] = shown.get(place, "") + piece.text
        assert shown == {place.id: getattr(place, edition) for place in listed}


def test_the_chart_holds_every_stance_once(article, model):
    charted = [stance.id for holder in model.holders for cell in holder.cells for stance in cell]
    assert sorted(charted) == [stance.id.rpartition(".")[2] for stance in article.stances if stance.label != "none"]
    noted = [
        stance.id
        for block in model.paragraphs
        for stance in (*block.stances, *(stance for quote in block.quotes for stance in quote.stances))
    ]
    assert sorted(noted) == sorted(charted)


def test_links_have_a_target_and_ids_are_unique(elements):
    ids = elements.attributes("id")
    assert len(ids) == len(set(ids))
    targets = {link[1:] for link in elements.attributes("href") if link.startswith("#")}
    assert targets <= set(ids)


def test_every_element_that_aria_refers_to_exists(elements):
    ids = set(elements.attributes("id"))
    for name in ("aria-labelledby", "aria-controls", "aria-describedby"):
        assert set(elements.attributes(name)) <= ids


def test_texts_state_their_language(elements):
    languages = {
        attributes["data-edition"]: attributes["lang"]
        for _, attributes in elements.elements
        if "data-edition" in attributes
    }
    assert languages == {name: edition.language or "zh-Hant" for name, edition in EDITIONS.items()}


def test_the_page_loads_nothing(elements, html):
    assert elements.attributes("src") == elements.attributes("srcset") == []
    assert {link for link in elements.attributes("href") if not link.startswith("#")} == {"data:,"}
    style, script = re.search(r"<style>(.*?)</style>.*<script>(.*?)</script>", html, flags=re.DOTALL).groups()
    assert not re.search(r"url\(|@import|://", style)
    assert not re.search(r"fetch|XMLHttpRequest|WebSocket|EventSource|import\(|sendBeacon|innerHTML|eval|://", script)


def test_the_policy_allows_this_style_and_this_script_alone(elements, html):
    (policy,) = (
        attributes["content"]
        for _, attributes in elements.elements
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    for element, rule in (("style", "style-src"), ("script", "script-src")):
        (content,) = re.findall(rf"<{element}>(.*?)</{element}>", html, flags=re.DOTALL)
        digest = b64encode(hashlib.sha256(content.encode("utf-8")).digest()).decode("ascii")
        assert rules[rule] == f"'sha256-{digest}'"
    assert not [
        name for _, attributes in elements.elements for name in attributes if name.startswith("on") or name == "style"
    ]


#: Fields that the page computes, or whose values `zhengwen check` restricts to an inventory or a pattern.
_RESTRICTED = {"id", "number", "line", "colour", "edition", "language", "role", "labels", "rules", "certainty"}
_RESTRICTED |= {"counts", "kinds", "quote_opens", "stance_opens", "parts", "views", "base", "layers"}


def with_hostile_text(value):
    """``value`` with hostile text in every string that comes from data."""
    if dataclasses.is_dataclass(value) or hasattr(value, "_fields"):
        names = getattr(value, "_fields", None) or [field.name for field in dataclasses.fields(value)]
        changed = {name: with_hostile_text(getattr(value, name)) for name in names if name not in _RESTRICTED}
        return value._replace(**changed) if hasattr(value, "_fields") else dataclasses.replace(value, **changed)
    if isinstance(value, tuple):
        return tuple(map(with_hostile_text, value))
    if isinstance(value, dict):
        return {key: with_hostile_text(item) for key, item in value.items()}
    return value + HOSTILE if value and isinstance(value, str) else value  # an empty string is rendered differently


def assert_nothing_escapes(before: str, after: str) -> None:
    """Both pages have the same elements with the same attribute names, the same style and the same script."""
    old, new = Elements(before), Elements(after)
    assert [(tag, set(names)) for tag, names in old.elements] == [(tag, set(names)) for tag, names in new.elements]
    for kind in ("style", "script"):
        assert [text for tag, text in old.texts if tag == kind] == [text for tag, text in new.texts if tag == kind]


def test_hostile_text_in_any_field_stays_text(model, html):
    after = render(with_hostile_text(model))
    assert_nothing_escapes(html, after)
    assert sum(HOSTILE in text for _, text in Elements(after).texts) > 1000


def test_hostile_seeds_stay_text(repository, html):
    name = "</a>&\"'<"  # as long as the name that it replaces
    folder = repository / "seeds" / ARTICLE
    for path in folder.rglob("*.*"):
        content = path.read_bytes().decode("utf-8")
        replacement = json.dumps(name)[1:-1] if path.suffix == ".jsonl" else name
        if path.suffix in (".jsonl", ".txt"):
            path.write_bytes(content.replace("DeepSeek", replacement).encode("utf-8"))
        elif path.suffix == ".yaml":
            lines = [line.partition(": ") for line in content.split("\n")]
            hostile_keys = {"publisher", "reporter", "rights"}
            changed = "\n".join(
                f"{key}: {json.dumps(HOSTILE)}" if key in hostile_keys else key + colon + rest
                for key, colon, rest in lines
            )
            path.write_bytes(changed.encode("utf-8"))
    after = page(assemble(read_seed(folder, SCHEMA.design), SCHEMA), SCHEMA, CORPUS)
    assert_nothing_escapes(html, after)
    texts = [text for _, text in Elements(after).texts]
    assert texts.count(HOSTILE) == 3
    assert texts.count(name) > 100


def test_the_same_document_gives_the_same_page(article, html):
    assert page(article, SCHEMA, CORPUS) == html
    assert "\r" not in html
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffd\ufeff]", html)


def test_a_document_without_damage_and_without_quotations(article):
    texts = {edition: article.text(edition) for edition in article.editions} | {"received": article.text("restored")}
    length = len(article.text())
    alignments = {**article.alignments, "received": Alignment.identity(length)}
    gold = {layer: [] if layer in ("quotes", "stances") else records for layer, records in article.gold.items()}
    unknown = dict.fromkeys(article.provenance)
    html = page(Document(article.id, unknown, texts, alignments, gold, LAYERS, article.base), SCHEMA, CORPUS)
    assert "shows no damage" in html
    assert "None" not in html
    assert ("h1", article.id) in Elements(html).texts


def test_the_list_of_documents(article):
    elements = Elements(contents([article], CORPUS))
    assert f"{ARTICLE}.html" in elements.attributes("href")
    assert "script" not in [tag for tag, _ in elements.elements]


def test_the_command(tmp_path, html):
    file = tmp_path / "page.html"
    done = run_cli("page", ARTICLE, "--out", file)
    assert (done.returncode, done.stdout.decode(), done.stderr) == (0, f"{file}\n", b"")
    assert file.read_bytes().decode("utf-8") == html
    folder = tmp_path / "pages" / "new"
    done = run_cli("page", "--all", "--out", folder)
    assert (done.returncode, done.stderr) == (0, b"")
    assert len(done.stdout.splitlines()) == 2
    assert sorted(path.name for path in folder.iterdir()) == ["index.html", f"{ARTICLE}.html"]
    assert (folder / f"{ARTICLE}.html").read_bytes() == file.read_bytes()


def test_the_command_in_a_process_of_its_own(html):
    assert run("page").stdout.decode("utf-8") == html


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["page", "x"], 2, "unknown document 'x'; there are: shangyou-2025-deepseek"),
        (["page", ARTICLE, "--all", "--out", "x"], 2, "--all"),
        (["page", "--all"], 2, "--out"),
        (["page", "--out", "no/such/folder/page.html"], 1, "no/such/folder: there is no such folder"),
    ],
)
def test_errors_of_the_command(arguments, code, message, tmp_path):
    assert_error(run_cli(*arguments, cwd=tmp_path), code, message)
    assert list(tmp_path.iterdir()) == []
