"""A release without its texts: its sources without the words of the documents, and hashes that identify the texts.

The folder holds the files of the repository that a release is made from (``seeds/``, ``schema/``, the ledger, the
changelog), each without the words (:mod:`zhengwen.release.withholding`); the manifest of the complete release, also
without them (``release.json``); and ``manifest.json``, which names all of these files and says of each document::

    {"id": ID, "script": SCRIPT, "texts": {EDITION: {
        "characters": N, "sha256": SHA256, "paragraphs": [SHA256 or null, …], "corrections": [[OFFSET, CHARACTER], …]}}}

for the base edition and, in a corpus with restoration, ``restored`` and ``received``.  A paragraph shorter than
:data:`MIN_HASHED_LENGTH` has no hash, since the paragraph could be guessed from it.  ``corrections`` are the characters
of the established text that differ from the text that is made from this edition automatically (:func:`establish`); an
edition that such corrections cannot turn into the established text is left out.  :mod:`zhengwen.release.hydrate` puts
the words back.
"""

import itertools
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from zhengwen import __version__
from zhengwen.atomic import replace_folder
from zhengwen.conversion.convert import convert
from zhengwen.editions import EDITIONS
from zhengwen.errors import ZhengwenError
from zhengwen.files import read_text
from zhengwen.paths import CHANGELOG, LEDGER
from zhengwen.release.build import Release, release
from zhengwen.release.layout import MANIFEST
from zhengwen.release.manifest import file_entries, paths_in, read_manifest, sha256, to_text
from zhengwen.release.templates import template
from zhengwen.release.withholding import Withholder
from zhengwen.repository.reading import Repository
from zhengwen.restoration.restore import restore
from zhengwen.seeds import RECEIVED, TEXT, Seed

#: The manifest of the complete release, in a folder without texts.
RELEASE_MANIFEST = "release.json"
#: The files that describe the folder itself; they contain no references to spans.
README, LICENCE = "README.md", "LICENSE"
#: A paragraph of fewer characters than this has no hash.
MIN_HASHED_LENGTH = 20


def build_without_text(repository: Repository, out: Path) -> list[str]:
    """Write the release of ``repository`` without the words of its documents to the folder ``out``.

    The repository must have no findings up to level 4.  Returns the paths of the files, relative to ``out``.  Raises
    :class:`ZhengwenError` when ``out`` holds anything but such a release.
    """
    assert_replaceable(out, is_withheld)
    files = withheld(repository.root, release(repository))
    replace_folder(files, out)
    return sorted(files)


def withheld(root: Path, complete: Release) -> dict[str, bytes]:
    """The files of the release ``complete`` of the repository ``root`` without its texts, by path."""
    withholder = Withholder([seed.text for seed in complete.seeds])
    texts = {path: withholder.withhold(read_text(root / path)) for path in sources(root)}
    texts[RELEASE_MANIFEST] = withholder.withhold(complete.files()[MANIFEST].decode("utf-8"))
    variables = {
        "about": complete.about,
        "version": complete.entry.version,
        "package": __version__,
        "design": complete.schema.design,
        "base": EDITIONS[complete.schema.design.base],
        "seeds": complete.seeds,
        "has_passes": any(complete.rounds.values()),
        "min_hashed_length": MIN_HASHED_LENGTH,
    }
    texts[README] = template("withheld.md.j2").render(**variables)
    texts[LICENCE] = template("withheld_license.txt.j2").render(**variables)
    files = {path: text.encode("utf-8") for path, text in sorted(texts.items())}
    manifest = {
        "name": complete.about["name"],
        "version": complete.entry.version,
        "date": complete.entry.date,
        "documents": [describe(seed) for seed in complete.seeds],
        "files": file_entries(files),
    }
    return {**files, MANIFEST: to_text(manifest).encode("utf-8")}


def sources(root: Path) -> Iterator[str]:
    """The path in the repository of every file that a release is made from, except the texts."""
    for folder in ("schema", "seeds"):
        for path in paths_in(root / folder):
            if Path(path).name not in (RECEIVED, TEXT) and not path.startswith("json/"):
                yield f"{folder}/{path}"
    yield CHANGELOG
    if (root / LEDGER).exists():
        yield LEDGER


def describe(seed: Seed) -> dict[str, Any]:
    """What the manifest says of the texts of a document, as described at the top of this module."""
    base, editions = seed.design.base, {seed.design.base: seed.text}
    script, texts = EDITIONS[base].script, {}
    if seed.design.restoration:
        editions |= {"restored": seed.restored, "received": seed.received}
        script = seed.about["received"]["script"]
    for edition, text in editions.items():
        if (corrections := differing(establish(text, edition, script, base), seed.text)) is not None:
            texts[edition] = {
                "characters": len(text),
                "sha256": sha256(text.encode("utf-8")),
                "paragraphs": paragraph_hashes(text),
                "corrections": corrections,
            }
    return {"id": seed.id, "script": script, "texts": texts}


def establish(text: str, edition: str, script: str, base: str) -> str:
    """The established text, as far as it can be made automatically from ``text``, which is in ``edition``.

    A received text is restored, and a restored one converted to ``base``, the base edition.  ``script`` is the script
    in which the document was received.
    """
    if edition == "received":
        text = restore(text).text
    if edition == base or script == EDITIONS[base].script:
        return text
    return convert(text, to=base, source="hant" if script == "hant" else "hans").text


def differing(text: str, wanted: str) -> list[list[Any]] | None:
    """The corrections that turn ``text`` into ``wanted``: pairs of an offset and the character of ``wanted`` there.

    ``None`` when the lengths differ, or when two such offsets are adjacent: the corrections would then disclose words.

    >>> differing("意味著", "意味着"), differing("着着", "著著"), differing("一", "一二")
    ([[2, '着']], None, None)
    """
    if len(text) != len(wanted):
        return None
    corrections = [[offset, wanted[offset]] for offset in range(len(text)) if text[offset] != wanted[offset]]
    adjoining = any(left[0] + 1 == right[0] for left, right in itertools.pairwise(corrections))
    return None if adjoining else corrections


def paragraph_hashes(text: str) -> list[str | None]:
    """The SHA-256 of each line of ``text``; ``None`` for a line shorter than :data:`MIN_HASHED_LENGTH`."""
    return [sha256(line.encode("utf-8")) if len(line) >= MIN_HASHED_LENGTH else None for line in text.split("\n")]


def is_complete(manifest: Mapping[str, Any]) -> bool:
    """Whether a manifest is that of a complete release."""
    return "configs" in manifest


def is_withheld(manifest: Mapping[str, Any]) -> bool:
    """Whether a manifest is that of a release without its texts, which has no configs."""
    return "documents" in manifest and not is_complete(manifest)


def assert_replaceable(folder: Path, is_expected: Callable[[Mapping[str, Any]], bool]) -> None:
    """Raise :class:`ZhengwenError` unless ``folder`` is missing, empty, or has a manifest that ``is_expected``."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    try:
        replaceable = folder.is_dir() and is_expected(read_manifest(folder))
    except ZhengwenError:
        replaceable = False
    if not replaceable:
        raise ZhengwenError(
            f"{folder}: holds something else, not an earlier release of this kind; nothing was written",
            fix="name a new folder with --out",
        )
