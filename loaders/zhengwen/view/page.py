"""A document as a single HTML file: text, style and script are in it, and it requests nothing.

All data passes through autoescape, and the script reads it from the elements of the page, so no data is ever in the
script.  A Content-Security-Policy allows only this style and this script, by their digests.
"""

import base64
import functools
import hashlib
from collections.abc import Sequence
from importlib import resources

import jinja2
from markupsafe import Markup

from zhengwen import __version__
from zhengwen.document import Document
from zhengwen.schema import Schema, read_schema
from zhengwen.view.builder import page_model
from zhengwen.view.model import COLOURS, VIEWS, PageModel, TypeMark, language

#: The layers that can be hidden: their names in the style sheet, and the labels of their checkboxes.
_LAYERS = {
    "numbers": "Numbers",
    "mentions": "Entities",
    "tags": "Type tags",
    "quotes": "Quotations",
    "stances": "Stances",
    "notes": "Notes",
}


def page(document: Document, schema: Schema | None = None) -> str:
    """The page of ``document``, a complete HTML file.

    Labels and targets are those of ``schema``, by default the packaged one.

    >>> from zhengwen import Corpus
    >>> html = page(next(iter(Corpus.open())))
    >>> html.startswith("<!doctype html>"), "http-equiv" in html
    (True, True)
    """
    return render(page_model(document, schema or read_schema()))


def contents(documents: Sequence[Document]) -> str:
    """A page that lists ``documents`` and links to their pages (``<id>.html``, in the same folder)."""
    return _html("contents.html.j2", documents=documents)


def render(model: PageModel) -> str:
    """The page that shows ``model``."""
    return _html(
        "page.html.j2",
        page=model,
        types=model.types,
        views=VIEWS,
        base="hans",
        views_of=lambda edition: " ".join(view.key for view in VIEWS if edition in view.editions),
        layers=_LAYERS.items(),
        script=_source("page.js"),
    )


def _html(name: str, types: Sequence[TypeMark] = (), script: str = "", **values) -> str:
    style = _template("page.css.j2").render(types=types, views=VIEWS, colours=COLOURS)
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
