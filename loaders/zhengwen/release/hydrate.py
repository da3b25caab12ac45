"""Puts the texts back into a release without texts (:mod:`zhengwen.release.withheld`); verifies the result by hash."""

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from zhengwen import __version__
from zhengwen.atomic import replace_folder, staging_folder, write_errors
from zhengwen.design import DESIGN, Design, read_design
from zhengwen.editions import EDITIONS
from zhengwen.errors import ZhengwenError
from zhengwen.files import parse_json, read_text
from zhengwen.release.build import release
from zhengwen.release.layout import MANIFEST
from zhengwen.release.manifest import (
    COMPLETE,
    DIGEST,
    differences,
    flaw_of,
    made_with,
    parse_manifest,
    sha256,
)
from zhengwen.release.withheld import (
    LICENCE,
    README,
    RELEASE_MANIFEST,
    assert_replaceable,
    establish,
    is_complete,
    is_withheld,
    paragraph_hashes,
)
from zhengwen.release.withholding import Withholder
from zhengwen.repository.reading import Repository
from zhengwen.seeds import RECEIVED, TEXT, read_seed, source_files
from zhengwen.shape import Shape


class Proof(NamedTuple):
    """What was verified of a hydrated release of ``version``.

    ``files`` is the number of files that are byte for byte those of the release, ``of`` the number of all its files;
    the two are equal if the libraries have the versions that made the release.  ``digest`` is the digest of the data,
    which is always that of the release.
    """

    version: str
    files: int
    of: int
    digest: str


_TEXT_FACTS = {
    "characters": {"type": "integer", "min": 0},
    "sha256": DIGEST,
    "paragraphs": {"type": "list", "schema": {**DIGEST, "nullable": True}},
    "corrections": {
        "type": "list",
        "schema": {"type": "list", "items": [{"type": "integer", "min": 0}, {"type": "string", "maxlength": 1}]},
    },
}
#: What to do about a folder in which something is not as it was built.
_FIX = "use the folder as it was built"
#: What is used of the manifest of a release without texts.
_WITHHELD = Shape(
    "the manifest of a release without texts",
    "",
    {
        "version": {"type": "string"},
        "documents": {
            "type": "list",
            "schema": {
                "type": "dict",
                "schema": {
                    "id": {"type": "string", "regex": "[a-z0-9]+(-[a-z0-9]+)*"},  # it names a folder
                    "script": {"type": "string", "allowed": ["hans", "hant"]},
                    "texts": {
                        "type": "dict",
                        "keysrules": {"type": "string", "allowed": list(EDITIONS)},
                        "valuesrules": {"type": "dict", "schema": _TEXT_FACTS},
                    },
                },
            },
        },
    },
)


def hydrate(folder: Path, texts: Sequence[Path], out: Path) -> Proof:
    """Write the complete release to ``out``, from the release without texts in ``folder`` and the files ``texts``.

    Each file holds the text of one document, in the base edition, ``restored`` or ``received``; its hash shows which.
    Raises :class:`ZhengwenError`, and writes nothing, unless the data have the digest of the release.
    """
    manifest = _read_withheld_manifest(folder)
    assert_replaceable(out, is_complete)
    complete = parse_manifest(folder / RELEASE_MANIFEST, COMPLETE, _FIX)
    _assert_flawless(folder / RELEASE_MANIFEST, complete, COMPLETE)
    made_by = complete["made_with"].get("zhengwen", complete["version"])
    if made_by != __version__:
        raise ZhengwenError(
            f"{folder}: made by zhengwen {made_by}; this is {__version__}, which may make other rows",
            fix=f"pip install zhengwen=={made_by}",
        )
    design = read_design(folder / "schema" / DESIGN)
    for document in manifest["documents"]:
        if design.base not in document["texts"]:
            raise ZhengwenError(
                f"{folder / MANIFEST}: {document['id']}: says nothing of its text in {design.base}",
                fix=_FIX,
            )
    established: dict[str, str] = {}
    for path in texts:
        id, text = _recognise(path, read_text(path), manifest["documents"], design.base)
        established[id] = text
    ids = [document["id"] for document in manifest["documents"]]
    if missing := [id for id in ids if id not in established]:
        raise ZhengwenError(
            f"no text of {', '.join(missing)} was given", fix="give a file for each document with --text"
        )
    withholder = Withholder([established[id] for id in ids])
    with write_errors(out, f"{out.name}/ is unchanged"), staging_folder(out.absolute().parent) as root:
        for path in [entry["path"] for entry in manifest["files"] if entry["path"] not in (README, LICENCE)]:
            target = root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(withholder.put_back(read_text(folder / path)), encoding="utf-8", newline="\n")
        for id in ids:
            _write_texts(root / "seeds" / id, established[id], design)
        files = release(Repository.read(root)).files()
        proof = _prove(files, complete)
    replace_folder(files, out)
    return proof


def _read_withheld_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of the release without texts in ``folder``; raises :class:`ZhengwenError` if a file has changed."""
    manifest = parse_manifest(folder / MANIFEST, fix=_FIX)
    if not is_withheld(manifest):
        raise ZhengwenError(
            f"{folder}: not a release without texts", fix="name a folder that `zhengwen build --without-text` wrote"
        )
    _assert_flawless(folder / MANIFEST, manifest, _WITHHELD)
    if changes := differences(folder, manifest):
        more = f" (and {len(changes) - 1} more)" if len(changes) > 1 else ""
        raise ZhengwenError(
            f"{folder / changes[0].path}: {changes[0].message}{more}",
            fix="use the folder as it was built; nothing was written",
        )
    return manifest


def _assert_flawless(path: Path, manifest: Mapping[str, Any], shape: Shape) -> None:
    """Raise :class:`ZhengwenError` with what is wrong in the manifest at ``path``, which should have ``shape``."""
    if flaw := flaw_of(manifest, shape):
        raise ZhengwenError(f"{path}: not {shape.name}: {flaw}", fix=_FIX)


def _recognise(path: Path, content: str, documents: Sequence[Mapping[str, Any]], base: str) -> tuple[str, str]:
    """The id of the document that ``content`` is a text of, and the established text of that document."""
    digest = sha256(content.encode("utf-8"))
    for document in documents:
        for edition, facts in document["texts"].items():
            if facts["sha256"] == digest:
                characters = list(establish(content, edition, document["script"], base))
                for offset, character in facts["corrections"]:
                    characters[offset : offset + 1] = [character]
                text = "".join(characters)
                if sha256(text.encode("utf-8")) != document["texts"][base]["sha256"]:
                    raise ZhengwenError(
                        f"{path}: is the {edition} text of {document['id']}, but is converted differently here",
                        fix=f"install the versions in requirements.lock, or give the text in {base}",
                    )
                return document["id"], text
    known = {facts["sha256"] for document in documents for facts in document["texts"].values()}
    if change := _change_in_transit(content, known):
        raise ZhengwenError(f"{path}: is the text except for {change}", fix="undo that change, and try again")
    raise ZhengwenError(f"{path}: {_closest(content, documents)}", fix="give the text as it was published or received")


#: What programs do to a text file in transit, and how to undo it.
_REPAIRS: Mapping[str, Callable[[str], str]] = {
    "its byte order mark": lambda text: text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}"),
    "its line ends, which are not line feeds": lambda text: text.replace("\r\n", "\n").replace("\r", "\n"),
    "its Unicode form, which is not NFC": lambda text: unicodedata.normalize("NFC", text),
    "blanks at the ends of lines": lambda text: re.sub(r"(?<![^\S\r\n])[^\S\r\n]+$", "", text, flags=re.MULTILINE),
    "line ends after the last line": lambda text: text.rstrip("\n"),
    "a missing newline at the end": lambda text: f"{text}\n",
}


def _change_in_transit(content: str, known: Collection[str]) -> str:
    """The names of the repairs that give ``content`` one of the ``known`` hashes; empty when none do.

    Each repair is tried by itself, and after all repairs before it.
    """
    repaired, applied = content, []
    for name, repair in _REPAIRS.items():
        for text, names in ((repair(content), [name]), (repair(repaired), [*applied, name])):
            if sha256(text.encode("utf-8")) in known:
                return " and ".join(names)
        if repair(repaired) != repaired:
            repaired, applied = repair(repaired), [*applied, name]
    return ""


def _closest(content: str, documents: Sequence[Mapping[str, Any]]) -> str:
    """A message that ``content`` is not a text of ``documents``, with the edition that shares most paragraphs."""
    hashes = paragraph_hashes(content)
    most, description = 0, "no paragraph is the same"
    for document in documents:
        for edition, facts in document["texts"].items():
            known = {digest for digest in facts["paragraphs"] if digest}
            shared = sum(digest in known for digest in hashes if digest)
            if shared > most:
                differing = (line for line, digest in enumerate(hashes, 1) if digest and digest not in known)
                line = next(differing, None)
                where = f"; line {line} is not" if line else ""
                most = shared
                description = f"{shared} of {len(known)} paragraphs are those of {document['id']} ({edition}){where}"
    return f"not a text of {', '.join(document['id'] for document in documents)}: {description}"


def _write_texts(folder: Path, text: str, design: Design) -> None:
    """Write the established text, and the received one if the corpus has it, into the seed in ``folder``.

    The received text is computed from the rest of the seed.  A seed can be read only if it has a received text, so the
    established text stands in for it first.
    """
    names = [name for name in (TEXT, RECEIVED) if name in source_files(design)]
    for name in names:
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    seed = read_seed(folder, design)
    if RECEIVED in names:
        (folder / RECEIVED).write_text(seed.modelled_received(), encoding="utf-8", newline="\n")


def _prove(files: Mapping[str, bytes], wanted: Mapping[str, Any]) -> Proof:
    """Verify that ``files`` are the release that the manifest ``wanted`` describes, or raise :class:`ZhengwenError`."""
    manifest = parse_json(files[MANIFEST].decode("utf-8"))
    hashes = {entry["path"]: entry["sha256"] for entry in wanted["files"]}
    same = [path for path, digest in hashes.items() if path in files and sha256(files[path]) == digest]
    identical = len(same) == len(hashes) == len(files) - 1
    libraries = made_with()
    if manifest["data"]["digest"] != wanted["data"]["digest"] or (not identical and libraries == wanted["made_with"]):
        differing = sorted(set(hashes) - set(same))
        theirs, ours = (
            " ".join(f"{name} {version}" for name, version in versions.items())
            for versions in (wanted["made_with"], libraries)
        )
        raise ZhengwenError(
            f"the result is not the release: {', '.join(differing[:3])}{' …' if len(differing) > 3 else ''} differ",
            fix=f"install {theirs} (here: {ours})" if ours != theirs else "this is a bug: report it",
        )
    return Proof(wanted["version"], len(same), len(hashes), manifest["data"]["digest"])
