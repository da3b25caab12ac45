"""Label Studio's export as JSON: tasks, each a text with regions that have labels.

Of several annotations of a task, the one that is marked as ground truth is taken, or else the first that was not
cancelled.
"""

from pathlib import Path
from typing import Any

from zhengwen.errors import ZhengwenError
from zhengwen.files import parse_json
from zhengwen.intake.coreference import Same, says_same
from zhengwen.intake.counting import counted, same_words
from zhengwen.intake.reading import read_content, read_each
from zhengwen.intake.source import Mention, Options, Remark, Source, SourceText

SUFFIXES = (".json",)

#: The fields of a task that may name its text, in this order.
_NAMES = ("doc_id", "id", "name", "title")


def read(path: Path, options: Options) -> Source:
    """The texts of an export as JSON, or of those in a folder; each task is a document.

    Raises :class:`ZhengwenError` with file and task.
    """
    return read_each(path, SUFFIXES, _read)


def _read(file: Path) -> Source:
    content = read_content(file)
    try:
        tasks = parse_json(content, ours=False)
    except ValueError as error:
        raise ZhengwenError(f"{file}: not JSON: {error}", fix="export as JSON from Label Studio") from None
    source = Source()
    for number, task in enumerate(tasks if isinstance(tasks, list) else [tasks], start=1):
        place = f"{file}: task {number}"
        if not isinstance(task, dict) or not isinstance(task.get("data"), dict):
            raise ZhengwenError(
                f"{place}: no data of a task",
                fix="export as JSON, not JSON-MIN; JSON with spans beside the text is the format jsonl",
            )
        try:
            text = _Task(task, file, place, source).text()
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            if isinstance(error, ZhengwenError):
                raise
            raise ZhengwenError(
                f"{place}: not a task of Label Studio ({type(error).__name__}: {error})",
                fix="export again, as JSON",
            ) from None
        if text:
            source.texts.append(text)
    return source


class _Task:
    """Reads one task."""

    def __init__(self, task: dict[str, Any], file: Path, place: str, source: Source):
        self._task, self._file, self._place, self._source = task, file, place, source
        self._same = Same()
        self._mentions: list[tuple[str, Mention]] = []

    def text(self) -> SourceText | None:
        """The text with its mentions; ``None`` if nobody has annotated it."""
        annotation = self._annotation()
        if annotation is None:
            self._remark("no-annotation", "a task that nobody has annotated")
            return None
        for item in annotation["result"]:
            self._read(item)
        mentions = [mention._replace(coreference=self._same.name_of(id)) for id, mention in self._mentions]
        text = self._text_of(mentions)
        mentions, counting = counted(text, mentions)
        if counting:
            self._source.notes.append(f"{self._file.name}: offsets are {counting}")
        return SourceText(self._name(), self._place, text, mentions)

    def _remark(self, kind: str, what: str) -> None:
        self._source.remarks.append(Remark(kind, self._place, what))

    def _annotation(self) -> dict[str, Any] | None:
        """The annotation that is taken; raises :class:`ZhengwenError` if the task has no list of them."""
        given = self._task.get("annotations", self._task.get("completions"))
        if not isinstance(given, list):
            raise ZhengwenError(f"{self._place}: no annotations", fix="export as JSON from Label Studio, not JSON-MIN")
        usable = [annotation for annotation in given if not annotation.get("was_cancelled")]
        if not usable:
            return None
        taken = next((annotation for annotation in usable if annotation.get("ground_truth")), usable[0])
        if len(given) > 1:
            why = "ground truth" if taken.get("ground_truth") else "the first not cancelled"
            number = given.index(taken) + 1
            self._remark("annotation", f"number {number} of {len(given)} was taken: {why}")
        return taken

    def _read(self, item: dict[str, Any]) -> None:
        if item["type"] == "relation":
            labels = item.get("labels") or [""]
            if any(says_same(label) for label in labels):
                self._same.add(item["from_id"], item["to_id"])
            else:
                self._remark("relation", ", ".join(labels) or "without a label")
        elif item["type"] == "labels":
            value = item["value"]
            start, end = value["start"], value["end"]
            if type(start) is not int or type(end) is not int:
                raise ZhengwenError(
                    f"{self._place}: region {item['id']}: offsets are integers, not {start!r}, {end!r}",
                    fix="export a project of plain text",
                )
            place = f"{self._place}, region {item['id']}"
            for label in value["labels"]:
                mention = Mention(((start, end),), str(label), place, None, value.get("text"))
                self._mentions.append((item["id"], mention))
        else:
            self._remark("attribute" if "value" in item else "relation", str(item["type"]))
        if item.get("meta"):
            self._remark("note", str(item["meta"])[:100])

    def _text_of(self, mentions: list[Mention]) -> str:
        """The text of the task: the only string in ``data``, or else the one that holds the words of the regions."""
        data = {key: value for key, value in self._task["data"].items() if isinstance(value, str) and value.strip()}
        if isinstance(text := data.get("text"), str):
            return text
        if not data:
            raise ZhengwenError(f"{self._place}: no text in data", fix="import tasks with a text into Label Studio")
        fitting = [key for key, text in data.items() if mentions and all(same_words(text, m) for m in mentions)]
        if len(data) > 1 and len(fitting) != 1:
            raise ZhengwenError(
                f"{self._place}: which field of data is the text: {', '.join(data)}?", fix="name it `text`"
            )
        return data[fitting[0]] if fitting else next(iter(data.values()))

    def _name(self) -> str:
        for key in _NAMES:
            if (name := self._task["data"].get(key)) and isinstance(name, str | int) and len(str(name)) < 100:
                return str(name)
        return f"{self._file.stem}-{self._task['id']}" if "id" in self._task else ""
