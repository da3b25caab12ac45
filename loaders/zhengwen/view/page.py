"""A document as a single HTML file: text, style and script are in it, and it requests nothing.

All data passes through autoescape, and the script reads it from the elements of the page, so no data is ever in the
script.  A Content-Security-Policy allows only this style and this script, by their digests.
"""

import base64
import functools
import hashlib
from collections.abc import Sequence
from importlib import resources
from typing import Any

import jinja2
from markupsafe import Markup

from zhengwen import __version__
from zhengwen.document import Document
from zhengwen.editions import EDITIONS
from zhengwen.schema import Schema
from zhengwen.view.builder import page_model
from zhengwen.view.model import COLOURS, PageModel, TypeMark, View, language

#: What can be hidden: its name in the style sheet, the label of its checkbox, and the layers that it shows.
_SWITCHES = (
    ("numbers", "Numbers", {"sentences"}),
    ("mentions", "Entities", {"entities"}),
    ("tags", "Type tags", {"entities"}),
    ("quotes", "Quotations", {"quotes"}),
    ("stances", "Stances", {"stances"}),
    ("notes", "Notes", {"quotes", "stances"}),
)


def page(document: Document, schema: Schema, corpus: str) -> str:
    """The page of ``document``, a complete HTML file.

    Labels and targets are those of ``schema``, and ``corpus`` is the title of the corpus.

    >>> from zhengwen import Corpus
    >>> corpus = Corpus.open()
    >>> html = page(next(iter(corpus)), corpus.schema, corpus.title)
    >>> html.startswith("<!doctype html>"), "http-equiv" in html
    (True, True)
    """
    return render(page_model(document, schema, corpus))


def contents(documents: Sequence[Document], corpus: str) -> str:
    """A page that lists the ``documents`` of ``corpus`` and links to their pages (``<id>.html`` beside it)."""
    return _html("contents.html.j2", documents=documents, corpus=corpus)


def render(model: PageModel) -> str:
    """The page that shows ``model``."""
    return _html(
        "page.html.j2",
        page=model,
        types=model.types,
        views=model.views,
        base_title=EDITIONS[model.base].title,
        views_of=lambda edition: " ".join(view.key for view in model.views if edition in view.editions),
        switches=[(key, label) for key, label, layers in _SWITCHES if layers.intersection(model.layers)],
        script=_source("page.js"),
    )


def _html(
    name: str, types: Sequence[TypeMark] = (), views: Sequence[View] = (), script: str = "", **values: Any
) -> str:
    style = _template("page.css.j2").render(types=types, views=views, colours=COLOURS)
    policy = {
        "default-src": "'none'",
        "style-src": _digest(style),
        "script-src": _digest(script) if script else "'none'",
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return _template(name).render(
        policy=Markup("; ".join(map(" ".join, policy.items()))),
        style=Markup(style),
        script=Markup(script),
        version=__version__,
        language=language,
        views=views,
        **values,
    )


def _digest(content: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode('utf-8')).digest()).decode('ascii')}'"


def _source(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


@functools.cache
def _template(name: str) -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_source),
        autoescape=name.endswith(".html.j2"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(name)
