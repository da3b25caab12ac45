"""Offsets as the tool of a source may count them, made offsets in code points."""

from collections.abc import Iterable, Iterator, Sequence

from zhengwen.intake.reading import BOM
from zhengwen.intake.source import Mention, Span


def _countings(text: str) -> Iterator[tuple[str, Sequence[int]]]:
    """The ways to count offsets in ``text``: a name, and the code point at which each offset is."""
    body = int(text.startswith(BOM))
    yield "code points", range(body, len(text) + 1)
    if body:
        yield "code points, with the byte order mark", range(len(text) + 1)
    if "\r\n" in text:
        yield (
            "code points, without carriage returns",
            [offset for offset in range(body, len(text) + 1) if not text.startswith("\r\n", offset)],
        )
    if any(character > "\uffff" for character in text):
        yield (
            "UTF-16 code units",
            [
                offset
                for offset in range(body, len(text) + 1)
                for _ in range(1 + (offset < len(text) and text[offset] > "\uffff"))
            ],
        )


def words_at(text: str, spans: Iterable[Span]) -> str:
    """The words at ``spans``, in which white space of any kind is one blank."""
    return _squeezed(" ".join(text[start:end] for start, end in spans))


def _squeezed(words: str) -> str:
    # Label Studio writes a line feed as a backslash and an n.
    return " ".join(words.replace("\\n", " ").split())


def same_words(text: str, mention: Mention) -> bool:
    """Whether a mention holds the words that the source says, as far as it says any; white space does not count."""
    return mention.words is None or words_at(text, mention.spans) == _squeezed(mention.words)


def counted(text: str, mentions: Sequence[Mention]) -> tuple[list[Mention], str]:
    r"""``mentions`` with offsets in code points of ``text``, and how their tool counts (``""`` for code points).

    What the mentions say of their words shows how their tool counts.  An offset outside of the text becomes ``-1``.

    >>> mention = Mention(((3, 5),), "PER", "a.ann:1", words="张三")
    >>> counted("一\r\n张三", [mention._replace(spans=((2, 4),))])[1]
    'code points, without carriage returns'
    """
    best, name, most = list(mentions), "", -1
    for number, (counting, offsets) in enumerate(_countings(text)):
        read = [
            mention._replace(
                spans=tuple(
                    tuple(offsets[at] if 0 <= at < len(offsets) else -1 for at in span) for span in mention.spans
                )
            )
            for mention in mentions
        ]
        right = sum(same_words(text, mention) for mention in read)
        if right > most:
            best, name, most = read, counting if number else "", right
        if right == len(mentions):
            break
    return best, name
