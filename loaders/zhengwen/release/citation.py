"""How to cite a release, as BibTeX."""

from collections.abc import Mapping
from typing import Any


def hub_address(about: Mapping[str, Any]) -> str:
    """The address of the dataset on the hub; ``about`` is the content of ``seeds/corpus.yaml``."""
    return f"https://huggingface.co/datasets/{about['repository']}"


def bibtex(about: Mapping[str, Any], date: str) -> str:
    """The BibTeX entry of this version, which is of ``date`` (``YYYY-MM-DD``)."""
    fields = {
        "author": f"{{The {about['name']} maintainers}}",
        "title": about["title"],
        "version": about["version"],
        "year": date[:4],
        "url": hub_address(about),
    }
    lines = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
    return f"@misc{{{about['name']},\n{lines}\n}}"
