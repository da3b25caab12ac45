"""How to cite a release, as BibTeX."""

import re
from collections.abc import Mapping
from typing import Any

from zhengwen.release.metadata import stated

#: What stands for itself in a field of BibTeX: LaTeX has another meaning for these characters.
_LATEX = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{character: f"\\{character}" for character in "{}&%$#_"},
}


def hub_address(about: Mapping[str, Any]) -> str | None:
    """The address of the dataset on the hub; ``about`` is the content of ``seeds/corpus.yaml``.

    ``None`` for a corpus that has no id on a hub.
    """
    return f"https://huggingface.co/datasets/{about['repository']}" if about["repository"] else None


def bibtex(about: Mapping[str, Any], date: str) -> str:
    """The BibTeX entry of this version, which is of ``date`` (``YYYY-MM-DD``).

    The authors are those that ``seeds/corpus.yaml`` states; if it states none, they are the maintainers as a body.

    >>> about = {"name": "ports", "title": "Ports & Rivers", "version": "0.1.0", "repository": None}
    >>> print(bibtex({**about, "metadata": {"authors": ["Lin, Mei"]}}, "2025-02-06"))
    @misc{ports,
      author = {Lin, Mei},
      title = {Ports \\& Rivers},
      version = {0.1.0},
      year = {2025}
    }
    """
    authors = " and ".join(_escaped(author) for author in stated(about, "authors"))
    fields = {
        "author": authors or f"{{{maintainers(about)}}}",
        "title": _escaped(about["title"]),
        "version": about["version"],
        "year": date[:4],
        "url": hub_address(about),
    }
    lines = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items() if value)
    return f"@misc{{{about['name']},\n{lines}\n}}"


def maintainers(about: Mapping[str, Any]) -> str:
    """The name of those who maintain a corpus, as a body."""
    return f"The {about['name']} maintainers"


def _escaped(text: str) -> str:
    return re.sub(r"[\\~^{}&%$#_]", lambda match: _LATEX[match.group()], text)
