"""The command ``segment``: split a text into sentences and words."""

import json
from typing import Annotated

import typer

from zhengwen.cli.streams import read


def segment(file: Annotated[str, typer.Argument(help="A UTF-8 text; - is stdin.")] = "-") -> None:
    """Split a text into sentences and words; one JSON line per sentence.

    Offsets are counted in code points from the beginning of the text.

    Examples:
        zhengwen segment article.txt
        echo '天晴了。大家都笑了。' | zhengwen segment
    """
    from zhengwen.text.segment import segment as sentences_of

    for sentence in sentences_of(read(file)):
        print(json.dumps(sentence._asdict(), ensure_ascii=False))
