"""Puts the texts back into a release without them (:mod:`zhengwen.release.withheld`), and proves the whole by hash."""

import re
import tempfile
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from zhengwen import __version__
from zhengwen.errors import ZhengwenError
from zhengwen.files import parse_json, read_text
from zhengwen.release.build import release
from zhengwen.release.manifest import MANIFEST, differences, made_with, read_manifest, sha256
from zhengwen.release.place import place
from zhengwen.release.withheld import LICENCE, README, WHOLE, assert_ours, establish, paragraph_hashes
from zhengwen.release.words import Words
from zhengwen.seeds import RECEIVED, TEXT, modelled_received, read_seed


class Proof(NamedTuple):
    """What was proved of a hydrated release of ``version``.

    ``files`` of ``of`` files are byte for byte those of the release; all of them unless the libraries are others.
    ``digest`` is that of the data, which is the same.
    """

    version: str
    files: int
    of: int
    digest: str


def hydrate(folder: Path, texts: Sequence[Path], out: Path) -> Proof:
    """Make the whole release in ``out`` of a ``folder`` without texts and the files of its ``texts``.

    Each file holds one document, in Simplified characters, as it was restored, or as it was received; which it is, is
    told by its hash.  Nothing is written unless the data are those of the release.  Raises :class:`ZhengwenError`
    otherwise.
    """
    manifest = _whole_manifest(folder)
    assert_ours(out, "configs")
    found: dict[str, str] = {}
    for path in texts:
        id, text = _recognise(path, read_text(path), manifest["documents"])
        found[id] = text
    if missing := [one["id"] for one in manifest["documents"] if one["id"] not in found]:
        raise ZhengwenError(f"no text of {', '.join(missing)}", fix="name a file of each document with --text")
    words = Words([found[one["id"]] for one in manifest["documents"]])
    with tempfile.TemporaryDirectory(prefix="zhengwen-") as temporary:
        root = Path(temporary)
        for path in [entry["path"] for entry in manifest["files"] if entry["path"] not in (README, LICENCE)]:
            target = root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(words.put_back(read_text(folder / path)), encoding="utf-8", newline="\n")
        for one in manifest["documents"]:
            _write_texts(root / "seeds" / one["id"], found[one["id"]])
        files = release(root).files()
        proof = _prove(files, parse_json(read_text(root / WHOLE)))
    place(files, out)
    return proof


def _whole_manifest(folder: Path) -> dict[str, Any]:
    manifest = read_manifest(folder)
    if "documents" not in manifest:
        raise ZhengwenError(
            f"{folder}: a release that has its texts, or another folder", fix="name one that --without-text made"
        )
    if wrong := differences(folder, manifest):
        one = wrong[0]
        more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
        raise ZhengwenError(
            f"{folder / one.path}: {one.message}{more}", fix="take the folder as it was made; nothing was written"
        )
    if manifest["version"] != __version__:
        raise ZhengwenError(
            f"{folder}: made by version {manifest['version']}, this is {__version__}: another makes other rows",
            fix=f"pip install zhengwen=={manifest['version']}",
        )
    return manifest


def _recognise(path: Path, content: str, documents: Sequence[Mapping[str, Any]]) -> tuple[str, str]:
    """Which document ``content`` is, and its established text."""
    digest = sha256(content.encode("utf-8"))
    for document in documents:
        for edition, known in document["texts"].items():
            if known["sha256"] == digest:
                made = list(establish(content, edition, document["script"]))
                for at, character in known["corrections"]:
                    made[at] = character
                if sha256("".join(made).encode("utf-8")) != document["texts"]["hans"]["sha256"]:
                    raise ZhengwenError(
                        f"{path}: is the {edition} text of {document['id']}, of which other words are made here",
                        fix="other libraries convert otherwise: take those of requirements.lock, or the text in hans",
                    )
                return document["id"], "".join(made)
    known = {one["sha256"] for document in documents for one in document["texts"].values()}
    if what := _damage_on_the_way(content, known):
        raise ZhengwenError(f"{path}: is the text but for {what}", fix="take that back, and try again")
    raise ZhengwenError(f"{path}: {_nearest(content, documents)}", fix="give the text as it was published or received")


#: What programs do to a text file on the way.
_MENDS: Mapping[str, Callable[[str], str]] = {
    "its byte order mark": lambda text: text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}"),
    "its line ends, which are not line feeds": lambda text: text.replace("\r\n", "\n").replace("\r", "\n"),
    "its Unicode form, which is not NFC": lambda text: unicodedata.normalize("NFC", text),
    "blanks at the ends of lines": lambda text: re.sub(r"[^\S\r\n]+$", "", text, flags=re.MULTILINE),
    "line ends behind the last line": lambda text: text.rstrip("\n"),
    "the line end that is missing at the end": lambda text: f"{text}\n",
}


def _damage_on_the_way(content: str, known: Collection[str]) -> str:
    """What keeps ``content`` from being a text whose hash is ``known``; empty when nothing that is known of does."""
    done, what = content, []
    for name, mend in _MENDS.items():
        for text, names in ((mend(content), [name]), (mend(done), [*what, name])):
            if sha256(text.encode("utf-8")) in known:
                return " and ".join(names)
        if mend(done) != done:
            done, what = mend(done), [*what, name]
    return ""


def _nearest(content: str, documents: Sequence[Mapping[str, Any]]) -> str:
    """How near a text is to one that is known."""
    mine = paragraph_hashes(content)
    most, told = 0, "no paragraph is the same"
    for document in documents:
        for edition, known in document["texts"].items():
            of = {one for one in known["paragraphs"] if one}
            same = sum(one in of for one in mine if one)
            if same > most:
                first = next((number for number, one in enumerate(mine, 1) if one and one not in of), 0)
                where = f"; line {first} is not" if first else ""
                most, told = same, f"{same} of {len(of)} paragraphs are those of {document['id']} ({edition}){where}"
    return f"not a text of {', '.join(document['id'] for document in documents)}: {told}"


def _write_texts(folder: Path, text: str) -> None:
    for name in (TEXT, RECEIVED):
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    seed = read_seed(folder)
    (folder / RECEIVED).write_text(modelled_received(seed, seed.restored), encoding="utf-8", newline="\n")


def _prove(files: Mapping[str, bytes], wanted: Mapping[str, Any]) -> Proof:
    """That ``files`` are the release that ``wanted``, its manifest, describes."""
    made = parse_json(files[MANIFEST].decode("utf-8"))
    stated = {entry["path"]: entry["sha256"] for entry in wanted["files"]}
    same = [path for path, digest in stated.items() if path in files and sha256(files[path]) == digest]
    exact = len(same) == len(stated) == len(files) - 1
    libraries = made_with()
    if made["data"]["digest"] != wanted["data"]["digest"] or (not exact and libraries == wanted["made_with"]):
        differing = sorted(set(stated) - set(same))
        theirs, ours = (
            " ".join(f"{name} {one}" for name, one in each.items()) for each in (wanted["made_with"], libraries)
        )
        raise ZhengwenError(
            f"what was made is not the release: {', '.join(differing[:3])}{' …' if len(differing) > 3 else ''} differ",
            fix=f"it was made with {theirs}; here are {ours}" if ours != theirs else "this is a fault: report it",
        )
    return Proof(wanted["version"], len(same), len(stated), made["data"]["digest"])
