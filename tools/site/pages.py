"""A hook of MkDocs: the pages of the site that are not in docs/, and links that lead out of it.

Some pages stand elsewhere in the repository, where people look for them; the quickstart is the notebook; the reference
of commands and of Python is made of what the code says of itself.
"""

import json
import os
import re
from html import escape
from pathlib import Path, PurePosixPath

from commands import command_reference
from mkdocs.structure.files import File

import zhengwen

ROOT = Path(__file__).resolve().parents[2]

#: Pages of the site that are files of the repository.
ELSEWHERE = {
    "index.md": "README.md",
    "card.md": "corpus/README.md",
    "guidelines.md": "schema/GUIDELINES.md",
    "contributing.md": "CONTRIBUTING.md",
    "cases.md": "tests/cases/README.md",
    "benchmarks.md": "benchmarks/README.md",
    "changelog.md": "CHANGELOG.md",
    "quickstart.md": "examples/quickstart.ipynb",
}
_PAGES = {path: uri for uri, path in ELSEWHERE.items()}
_LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(([^)\s]+)\)")
_CODE = re.compile(r"(^```.*?^```$|`[^`\n]+`(?!\]))", flags=re.MULTILINE | re.DOTALL)


def on_config(config):
    """A page of docs/ that has no place in `nav` comes last."""
    placed = set(_leaves(config.nav))
    others = sorted(page.name for page in (ROOT / "docs").glob("*.md") if page.name not in placed)
    if others:
        config.nav.append({"More": others})
    return config


def _leaves(nav):
    for item in nav.values() if isinstance(nav, dict) else nav:
        if isinstance(item, str):
            yield item
        else:
            yield from _leaves(item)


def on_files(files, config):
    """Put the pages that are made among those of docs/."""
    made = {uri: _text(ROOT / path) for uri, path in ELSEWHERE.items()}
    made["commands.md"] = command_reference()
    made["reference.md"] = python_reference()
    for uri, content in made.items():
        files.append(File.generated(config, uri, content=content))
    return files


def on_page_markdown(markdown, page, config, files):
    """Links between files of the repository become links between pages; what is no page is named, not linked."""
    uri = page.file.src_uri
    folder = PurePosixPath(ELSEWHERE.get(uri, f"docs/{uri}")).parent

    def relink(link: re.Match) -> str:
        text, target = link.groups()
        if re.match(r"[a-z]+:|#", target):
            return link[0]
        path, _, anchor = target.partition("#")
        path = os.path.normpath(folder / path).replace(os.sep, "/")
        name = _PAGES.get(path, path.removeprefix("docs/") if path.startswith("docs/") else None)
        if name and files.get_file_from_path(name):
            return f"[{text}]({name}{'#' + anchor if anchor else ''})"
        return text if text.strip("`").rstrip("/") in path else f"{text} (`{path}`)"

    parts = _CODE.split(markdown)
    return "".join(part if number % 2 else _LINK.sub(relink, part) for number, part in enumerate(parts))


def _text(path: Path) -> str:
    content = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        return notebook(json.loads(content))
    # The head of a dataset card is for hubs.
    return re.sub(r"\A---\n.*?\n---\n", "", content, flags=re.DOTALL)


def notebook(content: dict) -> str:
    """A notebook as a page: its texts, its code, and what the code showed."""
    parts = []
    for cell in content["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            parts.append(source)
            continue
        parts.append(f"```python\n{source}\n```")
        for output in cell["outputs"]:
            data = {kind: "".join(shown) for kind, shown in output["data"].items()}
            if "text/html" in data:
                html = re.sub(r"<style scoped>.*?</style>", "", data["text/html"], flags=re.DOTALL)
                # A blank line would end the block of HTML.
                html = re.sub(r"\n\s*", "", html)
                parts.append(f'<div class="output">{html}</div>')
            else:
                parts.append(f'<div class="output"><pre>{escape(data["text/plain"])}</pre></div>')
    return "\n\n".join(parts) + "\n"


def python_reference() -> str:
    """Every public name, under the module that it is at home in."""
    parts = ["# Python", "Everything here is imported from `zhengwen`; names are imported when they are first used."]
    for name, home in sorted(zhengwen._HOMES.items()):
        parts.append(f"::: {home}.{name}")
    parts += ["## What a document is made of", "::: zhengwen.document", "## Functions on tables", "::: zhengwen.stages"]
    parts.insert(2, "## Public names")
    return "\n\n".join(parts) + "\n"
