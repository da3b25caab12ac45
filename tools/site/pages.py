"""A hook for MkDocs: adds the pages that are not in docs/, and adapts links to files outside docs/.

Some pages are kept elsewhere in the repository, where people expect them; one is a notebook; the
references of the commands and of the Python interface are derived from help texts and docstrings.
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

#: Pages of the website that are kept elsewhere in the repository.
ELSEWHERE = {
    "index.md": "README.md",
    "card.md": "corpus/README.md",
    "guidelines.md": "schema/GUIDELINES.md",
    "contributing.md": "CONTRIBUTING.md",
    "cases.md": "tests/cases/README.md",
    "benchmarks.md": "benchmarks/README.md",
    "changelog.md": "CHANGELOG.md",
    "notebook.md": "examples/quickstart.ipynb",
}
_PAGES = {path: uri for uri, path in ELSEWHERE.items()}
_LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(([^)\s]+)\)")
_CODE = re.compile(r"(^```.*?^```$|`[^`\n]+`(?!\]))", flags=re.MULTILINE | re.DOTALL)


def on_config(config):
    """Append the pages of docs/ that `nav` does not list."""
    listed = set(_leaves(config.nav))
    others = sorted(page.name for page in (ROOT / "docs").glob("*.md") if page.name not in listed)
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
    """Add the pages that are not in docs/."""
    pages = {uri: _text(ROOT / path) for uri, path in ELSEWHERE.items()}
    pages["commands.md"] = command_reference()
    pages["reference.md"] = python_reference()
    for uri, content in pages.items():
        files.append(File.generated(config, uri, content=content))
    return files


def on_page_markdown(markdown, page, config, files):
    """Turn links to files in the repository into links to pages; a file that is not a page is named, but not linked."""
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
    # The front matter of a dataset card is meant for hubs, not for readers.
    return re.sub(r"\A---\n.*?\n---\n", "", content, flags=re.DOTALL)


def notebook(content: dict) -> str:
    """A notebook as a page: its text, its code and the outputs of the code."""
    parts = []
    for cell in content["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            parts.append(source)
            continue
        parts.append(f"```python\n{source}\n```")
        for output in cell["outputs"]:
            data = {mime_type: "".join(lines) for mime_type, lines in output["data"].items()}
            if "text/html" in data:
                html = re.sub(r"<style scoped>.*?</style>", "", data["text/html"], flags=re.DOTALL)
                # A blank line would end the HTML block.
                html = re.sub(r"\n\s*", "", html)
                parts.append(f'<div class="output">{html}</div>')
            else:
                parts.append(f'<div class="output"><pre>{escape(data["text/plain"])}</pre></div>')
    return "\n\n".join(parts) + "\n"


def python_reference() -> str:
    """The page that documents the public names, the parts of a document, and the functions on tables."""
    parts = ["# Python", "## Public names", "Import these from `zhengwen`; each is loaded when it is first used."]
    parts += [f"::: {home}.{name}" for name, home in sorted(zhengwen._HOMES.items())]
    parts += ["## What a document is made of", "::: zhengwen.document", "## Functions on tables", "::: zhengwen.stages"]
    return "\n\n".join(parts) + "\n"
