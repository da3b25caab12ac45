"""Reads what annotators made: the annotation of one annotator, or all the independent passes over a document."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from zhengwen.annotation import Annotation
from zhengwen.errors import ZhengwenError
from zhengwen.files import lines, parse_json, read_text
from zhengwen.layers import LAYERS, layers_of
from zhengwen.printable import printable
from zhengwen.records import Record
from zhengwen.schema import Schema
from zhengwen.seeds import PASSES, TEXT, Seed

#: The passes over a document by the number of the round in which they were made.
Rounds = Mapping[int, list[Annotation]]


def read_annotation(folder: Path, schema: Schema, text: str | None = None) -> Annotation:
    """Read the annotation in ``folder``: a file ``<layer>.jsonl``, like those of gold, for each annotated layer.

    ``text`` is what it points into; by default ``text.txt`` in the folder or in one of the two above it.  Raises
    :class:`ZhengwenError` if there is no annotation or no text, and, with file and line, if a line is not JSON, a
    record does not match its shape, or a span does not hold its words.
    """
    if not folder.is_dir():
        raise ZhengwenError(f"{folder}: there is no such folder", fix="give a folder with the .jsonl files of layers")
    files = {name: folder / f"{name}.jsonl" for name in layers_of(schema.design)}
    present = {name: file for name, file in files.items() if file.is_file()}
    if not present:
        names = ", ".join(file.name for file in files.values())
        raise ZhengwenError(f"{folder}: no annotation here", fix=f"give a folder that holds one or more of {names}")
    text = _text_of(folder) if text is None else text
    layers = {name: list(_records(file, name, schema, text)) for name, file in present.items()}
    return Annotation(printable(folder.name), text, layers)


def read_passes(folder: Path, seed: Seed, schema: Schema) -> dict[int, list[Annotation]]:
    """The independent passes over the document in ``folder``, by the round that they were made in."""
    rounds: dict[int, list[Annotation]] = {}
    for annotator in seed.about["annotators"]:
        annotation = read_annotation(folder / PASSES / annotator["name"], schema, seed.text)
        rounds.setdefault(annotator["round"], []).append(annotation)
    return rounds


def _text_of(folder: Path) -> str:
    resolved = folder.resolve()
    for place in (resolved, *resolved.parents[:2]):
        if (place / TEXT).is_file():
            return read_text(place / TEXT)
    raise ZhengwenError(f"{folder}: no {TEXT} here or in the two folders above", fix="name the text with --text")


def _records(file: Path, layer: str, schema: Schema, text: str) -> Iterator[Record]:
    record_class = LAYERS[layer].RECORD
    defaults = record_class.defaults()
    for number, line in enumerate(lines(read_text(file)), start=1):
        try:
            content = parse_json(line)
        except ValueError as error:
            raise ZhengwenError(f"{file}:{number}: not JSON: {error}", fix="write one JSON object per line") from None
        content = {**defaults, **content} if isinstance(content, dict) else content
        for problem in schema.gold[layer].problems(content):
            raise ZhengwenError(
                f"{file}:{number}: {problem.field}: {problem.message}", fix=f"see `zhengwen schema gold/{layer}`"
            )
        try:
            record = record_class.from_dict(content)
        except ValueError as error:
            raise ZhengwenError(
                f"{file}:{number}: {error}", fix="count code points from 0; `end` is exclusive"
            ) from None
        for field, span in record.spans():
            if text[span.start : span.end] != span.text:
                raise ZhengwenError(
                    f"{file}:{number}: {field}: [{span.start}, {span.end}) is "
                    f"{text[span.start : span.end]!r} in the text, not {span.text!r}",
                    fix="find offsets with zhengwen.seeds.locate",
                )
        yield record
