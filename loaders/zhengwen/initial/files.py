"""The files of a new repository, as its plan has them."""

import functools
import json
from importlib import resources
from typing import Any

import jinja2
import yaml

from zhengwen import __version__
from zhengwen.editions import EDITIONS
from zhengwen.initial.plan import Plan, known_types
from zhengwen.printable import as_markdown

#: The version that a new corpus begins with.
FIRST_VERSION = "0.1.0"

#: The files that are made from the template of their name; those in hidden places have a template with a plain name.
_MADE = {
    "README.md": "README.md.j2",
    "CHANGELOG.md": "CHANGELOG.md.j2",
    "seeds/corpus.yaml": "corpus.yaml.j2",
    "schema/design.yaml": "design.yaml.j2",
    "schema/labels.yaml": "labels.yaml.j2",
    "schema/GUIDELINES.md": "GUIDELINES.md.j2",
    ".gitignore": "gitignore.j2",
    ".gitattributes": "gitattributes.j2",
    ".github/workflows/check.yml": "check.yml.j2",
    ".pre-commit-config.yaml": "pre-commit-config.yaml.j2",
}


def files_of(plan: Plan, date: str) -> dict[str, bytes]:
    """The content of every file that people edit or tools read, by path; ``date`` (``YYYY-MM-DD``) is that of today.

    >>> from zhengwen.initial.plan import plan_of
    >>> files_of(plan_of({"name": "harbours"}), "2025-03-01")["seeds/corpus.yaml"].decode("utf-8").split("\\n")[1]
    'name: harbours'
    """
    values = {
        "plan": plan,
        "layers": plan.design.layers,
        "has_clusters": "clusters" in plan.design.layers,
        "known_types": known_types(),
        "base_title": EDITIONS[plan.design.base].title,
        "version": FIRST_VERSION,
        "date": date,
        "requirement": requirement(),
    }
    made = {path: _template(name).render(values).encode("utf-8") for path, name in _MADE.items()}
    return {**made, "releases.jsonl": b""}


def requirement() -> str:
    """The versions of this package that a repository works with, as pip takes them: this one up to the next major one.

    >>> requirement().startswith(f"zhengwen>={__version__},<")
    True
    """
    return f"zhengwen>={__version__},<{int(__version__.partition('.')[0]) + 1}"


@functools.cache
def _template(name: str) -> jinja2.Template:
    environment = jinja2.Environment(
        undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    environment.filters |= {"yaml": _yaml, "markdown": as_markdown}
    return environment.from_string(resources.files(__package__).joinpath(name).read_text(encoding="utf-8"))


def _yaml(value: Any) -> str:
    """A value on one line of YAML; a text has quotes only where YAML needs them."""
    if isinstance(value, str) and _is_plain(value):
        return value
    return json.dumps(value, ensure_ascii=False)


def _is_plain(text: str) -> bool:
    try:
        return yaml.safe_load(f"{text}: {text}") == {text: text}
    except yaml.YAMLError:
        return False
