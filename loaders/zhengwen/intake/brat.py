"""A brat folder: texts (``.txt``), each with its annotation beside it (``.ann``).

Text-bound annotations (T) are mentions.  Equivalences (``*``), relations and normalisations (N) that say that two are
the same give clusters; relations, events, attributes and notes are reported.
"""

import re
from pathlib import Path

from zhengwen.errors import ZhengwenError
from zhengwen.intake.coreference import Same, says_same
from zhengwen.intake.counting import counted
from zhengwen.intake.reading import BOM, files_of, read_text
from zhengwen.intake.source import Mention, Options, Remark, Source, SourceText, Span

SUFFIXES = (".ann",)

_TEXT_BOUND = re.compile(r"(?P<label>\S+) (?P<spans>\d{1,10} \d{1,10}(?:;\d{1,10} \d{1,10})*)")
_NUMBERED = re.compile(r"[TREAMN#*]\S*\Z")
#: What the lines of each kind are, other than text-bound annotations; the kind of the remark.
_ASIDE = {"R": "relation", "E": "event", "A": "attribute", "M": "attribute", "#": "note", "N": "normalisation"}


def read(path: Path, options: Options) -> Source:
    """The texts of a brat folder, or of one ``.ann`` or ``.txt`` file and the one beside it.

    Raises :class:`ZhengwenError` with file and line.
    """
    if path.is_file() and path.suffix == ".txt":
        path = path.with_suffix(".ann")
        if not path.is_file():
            raise ZhengwenError(f"{path}: there is no such file", fix="put the annotation beside the text")
    files = files_of(path, SUFFIXES)
    source = Source()
    for file in files:
        name = file.relative_to(path).with_suffix("").as_posix() if path.is_dir() else file.stem
        source.texts.append(_Reader(file, name, source).text())
    if path.is_dir():
        annotated = {file.with_suffix(".txt") for file in files}
        for text in files_of(path, (".txt",)):
            if text not in annotated:
                source.remarks.append(Remark("no-annotation", str(text), text.name))
    return source


class _Reader:
    """Reads one ``.ann`` file and its text."""

    def __init__(self, file: Path, name: str, source: Source):
        self._file, self._name, self._source = file, name, source
        self._mentions: dict[str, Mention] = {}
        self._same = Same()

    def text(self) -> SourceText:
        """The text with its mentions."""
        path = self._file.with_suffix(".txt")
        if not path.is_file():
            raise ZhengwenError(f"{path}: there is no such file", fix=f"put the text beside {self._file.name}")
        text = read_text(path)
        if not text.removeprefix(BOM).strip():
            raise ZhengwenError(f"{path}: this file is empty", fix="remove it, with its annotation")
        lines = read_text(self._file).removeprefix(BOM).split("\n")
        later = []
        for number, line in enumerate(lines, start=1):
            line, place = line.removesuffix("\r"), f"{self._file}:{number}"
            if line.startswith("T"):
                self._add_mention(line, place)
            elif line.strip():
                later.append((line, place))
        for line, place in later:
            self._add_other(line, place)
        mentions = [
            mention._replace(coreference=self._same.name_of(number)) for number, mention in self._mentions.items()
        ]
        mentions, counting = counted(text, mentions)
        if counting:
            self._source.notes.append(f"{self._file.name}: offsets are {counting}")
        return SourceText(self._name, str(path), text, mentions)

    def _add_mention(self, line: str, place: str) -> None:
        number, _, rest = line.partition("\t")
        body, tab, words = rest.partition("\t")
        match = _TEXT_BOUND.fullmatch(body)
        if not match or not _NUMBERED.fullmatch(number):
            raise ZhengwenError(
                f"{place}: not a text-bound annotation of brat: {line[:60]!r}",
                fix="write number, tab, label and offsets, tab, words",
            )
        if number in self._mentions:
            raise ZhengwenError(f"{place}: {number} stands twice", fix="give one of them another number")
        spans = tuple(_span(part) for part in match["spans"].split(";"))
        self._mentions[number] = Mention(spans, match["label"], place, None, words if tab else None)

    def _add_other(self, line: str, place: str) -> None:
        number, tab, rest = line.partition("\t")
        if not tab or not _NUMBERED.fullmatch(number):
            raise ZhengwenError(
                f"{place}: not a line of brat: {line[:60]!r}", fix="name a folder that brat, or an export to it, wrote"
            )
        body, _, words = rest.partition("\t")
        fields = body.split()
        ids = [field.rpartition(":")[2] for field in fields[1:]]
        match number[0]:
            case "*" if fields and says_same(fields[0]) and all(id in self._mentions for id in ids):
                self._same.add(*ids)
                return
            case "R" if fields and says_same(fields[0]) and all(id in self._mentions for id in ids):
                self._same.add(*ids)
                return
            case "N" if len(fields) == 3 and fields[1] in self._mentions:
                # Two mentions of one entry are the same; the entry itself has no place in a document.
                self._same.add(fields[1], f"entry {fields[2]}")
                self._source.remarks.append(Remark("normalisation", place, f"{fields[2]} {words}".strip()))
                return
        kind = _ASIDE.get(number[0], "relation")
        self._source.remarks.append(Remark(kind, place, fields[0] if fields and kind != "note" else words or body))


def _span(part: str) -> Span:
    start, end = map(int, part.split())
    return start, end
