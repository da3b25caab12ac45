"""An extension of Griffe: docstrings of this project as Markdown.

They are written as Sphinx reads them: ``:class:`~a.b.C` `` names an object, and a line that begins with ``>>>`` is an
example.
"""

import re

import griffe

_ROLE = re.compile(r":(?:class|func|meth|mod|data|attr):`(~?)([\w.]+)`")
_EXAMPLE = re.compile(r"(?:^>>> .*\n(?:^(?!\n).+\n?)*)+", flags=re.MULTILINE)


def to_markdown(text: str) -> str:
    """The docstring ``text`` as Markdown."""

    def named(role: re.Match) -> str:
        return f"`{role[2].rpartition('.')[2] if role[1] else role[2]}`"

    text = _ROLE.sub(named, text)
    text = re.sub(r"(\S.*)::\n\n((?:    .*\n?|\n)+)", lambda m: f"{m[1]}:\n\n{m[2]}", text)
    return _EXAMPLE.sub(lambda example: "```pycon\n" + example[0].rstrip("\n") + "\n```\n", text + "\n").rstrip("\n")


class Docstrings(griffe.Extension):
    """Makes every docstring Markdown when it is read."""

    def on_instance(self, *, obj, **kwargs) -> None:  # noqa: ARG002  (Griffe's signature)
        """Called for every module, class, function and attribute."""
        if obj.docstring:
            obj.docstring.value = to_markdown(obj.docstring.value)
