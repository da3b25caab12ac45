"""The command ``segment``: split a text into sentences and words."""

from typing import Annotated

import typer

from zhengwen.cli.streams import print_json, read


def segment(file: Annotated[str, typer.Argument(help="A UTF-8 text; - is stdin.")] = "-") -> None:
    """Split a text into sentences and words; one JSON line per sentence.

    Offsets are counted in code points from the beginning of the text.

    Examples:
        zhengwen segment article.txt
        echo '天晴了。大家都笑了。' | zhengwen segment
    """
    from zhengwen.text.segment import segment as sentences_of

    for sentence in sentences_of(read(file)):
        print_json(sentence._asdict())
