"""The Jinja templates of this folder, in which whatever data say is text and never markup."""

import functools
from collections.abc import Callable, Iterable
from importlib import resources
from typing import Any

import jinja2
from markupsafe import Markup

from zhengwen.printable import as_markdown, printable


@functools.cache
def template(name: str) -> jinja2.Template:
    """The Jinja template in the file ``name`` of this folder.

    Every string that it shows may come from data, and is escaped; what is Markdown itself is given as ``Markup``.  It
    has the filters :func:`counted`, :func:`joined`, :func:`codes`, and ``markup`` for what the template itself says.
    """
    source = resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
    environment = jinja2.Environment(
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=functools.partial(_escaped, as_markdown if name.endswith(".md.j2") else _as_text),
    )
    environment.filters |= {"counted": counted, "joined": joined, "codes": codes, "markup": Markup}
    return environment.from_string(source)


def counted(number: int, noun: str) -> str:
    """A number with its noun, which takes an s.

    >>> counted(1, "document"), counted(2967, "character")
    ('1 document', '2,967 characters')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def joined(words: Iterable[str], before_last: str = "and") -> str:
    """Words as an enumeration.

    >>> joined(["sentences", "mentions", "stances"])
    'sentences, mentions and stances'
    """
    *others, last = words
    return f"{', '.join(others)} {before_last} {last}" if others else last


def codes(words: Iterable[str], before_last: str = "and") -> Markup:
    """Words as an enumeration, each as code.

    >>> print(codes(["hans", "hant"], "or"))
    `hans` or `hant`
    """
    return Markup(joined([f"`{as_markdown(word)}`" for word in words], before_last))


def _escaped(escape: Callable[[str], str], value: Any) -> Any:
    return escape(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _as_text(text: str) -> str:
    return printable(text, lines=True)
