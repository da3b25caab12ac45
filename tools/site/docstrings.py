"""An extension for Griffe: converts the docstrings of this project to Markdown.

They are written for Sphinx: ``:class:`~a.b.C` `` names an object, and lines that begin with ``>>>`` are an example.
"""

import re

import griffe

_ROLE = re.compile(r":(?:class|func|meth|mod|data|attr):`(~?)([\w.]+)`")
_EXAMPLE = re.compile(r"(?:^>>> .*\n(?:^(?!\n).+\n?)*)+", flags=re.MULTILINE)


def to_markdown(text: str) -> str:
    """The docstring ``text``, converted to Markdown."""

    def object_name(role: re.Match) -> str:
        return f"`{role[2].rpartition('.')[2] if role[1] else role[2]}`"

    text = _ROLE.sub(object_name, text)
    text = re.sub(r"(\S.*)::\n\n((?:    .*\n?|\n)+)", lambda block: f"{block[1]}:\n\n{block[2]}", text)
    return _EXAMPLE.sub(lambda example: "```pycon\n" + example[0].rstrip("\n") + "\n```\n", text + "\n").rstrip("\n")


class Docstrings(griffe.Extension):
    """Converts every docstring when it is read."""

    def on_instance(self, *, obj, **kwargs) -> None:  # noqa: ARG002  (Griffe's signature)
        """Called for every module, class, function and attribute."""
        if obj.docstring:
            obj.docstring.value = to_markdown(obj.docstring.value)
