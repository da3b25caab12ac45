"""How the readers of foreign formats find and read files."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from zhengwen.errors import ZhengwenError
from zhengwen.folders import entries
from zhengwen.intake.source import Source

BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"


def read_each(path: Path, suffixes: Sequence[str], read: Callable[[Path], Source]) -> Source:
    """What ``read`` finds in the file ``path``, or in the files that :func:`files_of` finds in the folder.

    Raises :class:`ZhengwenError` as :func:`files_of` and ``read`` do.
    """
    source = Source()
    for file in files_of(path, suffixes):
        source.add(read(file))
    return source


def files_of(path: Path, suffixes: Sequence[str]) -> list[Path]:
    """``path`` itself if it is a file, or else the files in it and in its folders that end in one of ``suffixes``.

    Raises :class:`ZhengwenError` if there are none.
    """
    if path.is_file():
        return [path]
    if not path.exists():
        raise ZhengwenError(f"{path}: there is no such file or folder", fix="correct the path")
    found = sorted(
        entry.path
        for entry in entries(path)
        if entry.path.is_file()
        and entry.path.name.lower().endswith(tuple(suffixes))
        and not any(part.startswith(".") for part in entry.path.relative_to(path).parts)
    )
    if not found:
        raise ZhengwenError(
            f"{path}: no file here ends in {', '.join(suffixes)}", fix="name the file, or the folder that holds it"
        )
    return found


#: How files begin that are no text, or text in another encoding.
_SIGNATURES = {
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"%PDF": "a PDF",
    b"PK\x03\x04": "a ZIP archive",
    b"\x1f\x8b": "compressed by gzip",
    b"PAR1": "Parquet",
    b"SQLite": "a database",
}


def read_text(path: Path) -> str:
    """The text of a file of a source, with its line ends and its byte order mark.

    Raises :class:`ZhengwenError` if it cannot be read, or is not text in UTF-8.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ZhengwenError(f"{path}: cannot be read: {error.strerror}") from None
    for signature, kind in _SIGNATURES.items():
        if data.startswith(signature):
            fix = "convert it: `iconv -f UTF-16 -t UTF-8`" if kind == "UTF-16" else "name a file of text, in UTF-8"
            raise ZhengwenError(f"{path}: this is {kind}, not text in UTF-8", fix=fix)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        fix = "convert it: `iconv -f GB18030 -t UTF-8`, if it is GBK or GB18030"
        raise ZhengwenError(f"{path}:{line}: byte {error.start} is not UTF-8", fix=fix) from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise ZhengwenError(f"{path}:{line}: holds NUL characters, so it is no text", fix="name a file of text")
    return text


def read_content(path: Path) -> str:
    """The text of a file as :func:`read_text` gives it, without its byte order mark.

    Raises :class:`ZhengwenError` also if the file holds nothing but white space.
    """
    text = read_text(path).removeprefix(BOM)
    if not text.strip():
        raise ZhengwenError(f"{path}: this file is empty", fix="name a file that holds texts with annotation")
    return text


def source_lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of a file, each with its number, without line ends and byte order mark; blank ones too.

    Raises :class:`ZhengwenError` as :func:`read_content`.
    """
    for number, line in enumerate(read_content(path).split("\n"), start=1):
        yield number, line.removesuffix("\r")
