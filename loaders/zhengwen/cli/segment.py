"""The command ``segment``: a text as sentences and words."""

import json
from typing import Annotated

import typer

from zhengwen.cli.streams import read


def segment(file: Annotated[str, typer.Argument(help="A UTF-8 text; - is stdin.")] = "-") -> None:
    """Cut a text into sentences and words; a JSON line a sentence.

    Offsets count code points of the whole text, from 0.

    Examples:
        zhengwen segment article.txt
        echo '天晴了。大家都笑了。' | zhengwen segment
    """
    from zhengwen.text.segment import segment as cut

    for part in cut(read(file)):
        print(json.dumps(part._asdict(), ensure_ascii=False))
