"""A release without its texts: what it is made from, less the words of the documents, and hashes to prove them by.

The folder holds the files of the repository that a release is made from (``seeds/``, ``schema/``, the ledger, the
changelog), each with the words taken out (:mod:`zhengwen.release.words`); the manifest of the whole release, likewise
(``release.json``); and ``manifest.json``, which names all of these and has of each document::

    {"id": ID, "script": SCRIPT, "texts": {EDITION: {
        "characters": N, "sha256": SHA256, "paragraphs": [SHA256 or null, …], "corrections": [[AT, CHARACTER], …]}}}

for the editions ``hans``, ``restored`` and ``received``.  A paragraph shorter than :data:`TELLING` has no hash: it
could be guessed.  ``corrections`` are what the established text has otherwise than is made of this edition
automatically, character by character; an edition from which it cannot be made in this way is not there.
:mod:`zhengwen.release.hydrate` puts the words back.
"""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from zhengwen.conversion.convert import convert
from zhengwen.errors import ZhengwenError
from zhengwen.files import read_text
from zhengwen.release.build import Release, release
from zhengwen.release.card import template
from zhengwen.release.changelog import CHANGELOG
from zhengwen.release.ledger import LEDGER
from zhengwen.release.manifest import MANIFEST, file_entries, paths_in, read_manifest, sha256, to_text
from zhengwen.release.place import place
from zhengwen.release.words import Words
from zhengwen.restoration.restore import restore
from zhengwen.seeds import RECEIVED, TEXT, Seed

#: The manifest of the whole release, in a folder without texts.
WHOLE = "release.json"
#: What says of such a folder what it is; no words were taken out of these.
README, LICENCE = "README.md", "LICENSE"
#: A paragraph of fewer characters has no hash.
TELLING = 20


def build_without_text(root: Path, out: Path) -> list[str]:
    """Write to the folder ``out`` what the repository ``root`` gives without the words of its documents.

    The checks below level 5 must hold.  Returns the paths written.  Raises :class:`ZhengwenError` when ``out`` holds
    anything else.
    """
    assert_ours(out, "documents")
    files = withheld(root, release(root))
    place(files, out)
    return sorted(files)


def withheld(root: Path, whole: Release) -> dict[str, bytes]:
    """The files of a release without texts, by path."""
    words = Words([seed.text for seed in whole.seeds])
    made = whole.files()
    texts = {path: words.withhold(read_text(root / path)) for path in sources(root)}
    texts[WHOLE] = words.withhold(made[MANIFEST].decode("utf-8"))
    about = {"about": whole.about, "version": whole.entry.version, "seeds": whole.seeds, "telling": TELLING}
    texts[README] = template("withheld.md.j2").render(**about)
    texts[LICENCE] = template("withheld_license.txt.j2").render(**about)
    files = {path: text.encode("utf-8") for path, text in sorted(texts.items())}
    manifest = {
        "name": whole.about["name"],
        "version": whole.entry.version,
        "date": whole.entry.date,
        "documents": [describe(seed) for seed in whole.seeds],
        "files": file_entries(files),
    }
    return {**files, MANIFEST: to_text(manifest).encode("utf-8")}


def sources(root: Path) -> Iterator[str]:
    """What a release is made from besides the texts: every file's path in the repository."""
    for folder in ("schema", "seeds"):
        for path in paths_in(root / folder):
            if Path(path).name not in (RECEIVED, TEXT) and not path.startswith("json/"):
                yield f"{folder}/{path}"
    yield CHANGELOG
    if (root / LEDGER).exists():
        yield LEDGER


def describe(seed: Seed) -> dict[str, Any]:
    """What the manifest says of the texts of a document."""
    editions = {"hans": seed.text, "restored": seed.restored, "received": seed.received}
    script, texts = seed.about["received"]["script"], {}
    for edition, text in editions.items():
        if (corrections := differing(establish(text, edition, script), seed.text)) is not None:
            texts[edition] = {
                "characters": len(text),
                "sha256": sha256(text.encode("utf-8")),
                "paragraphs": paragraph_hashes(text),
                "corrections": corrections,
            }
    return {"id": seed.id, "script": script, "texts": texts}


def establish(text: str, edition: str, script: str) -> str:
    """What is made automatically of a text in ``edition``: the established text, but for corrections.

    ``script`` is the one that the document came in.
    """
    if edition == "received":
        text = restore(text).text
    return text if edition == "hans" or script == "hans" else convert(text, to="hans", source="hant").text


def differing(made: str, wanted: str) -> list[list[Any]] | None:
    """Where ``made`` has another character than ``wanted``, and which is wanted.

    ``None`` when the two are not of one length, or two such places adjoin: then it would be words.

    >>> differing("意味著", "意味着"), differing("着着", "著著"), differing("一", "一二")
    ([[2, '着']], None, None)
    """
    if len(made) != len(wanted):
        return None
    found = [[at, wanted[at]] for at in range(len(made)) if made[at] != wanted[at]]
    adjoining = any(one[0] + 1 == other[0] for one, other in itertools.pairwise(found))
    return None if adjoining else found


def paragraph_hashes(text: str) -> list[str | None]:
    """The SHA-256 of each line of ``text``, ``None`` for a short one."""
    return [sha256(line.encode("utf-8")) if len(line) >= TELLING else None for line in text.split("\n")]


def assert_ours(folder: Path, key: str) -> None:
    """Raise :class:`ZhengwenError` when ``folder`` holds anything but what is replaced: a manifest with ``key``."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    try:
        ours = folder.is_dir() and key in read_manifest(folder)
    except ZhengwenError:
        ours = False
    if not ours:
        raise ZhengwenError(f"{folder}: holds something else; nothing was written", fix="name a new folder with --out")
