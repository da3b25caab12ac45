"""The pinyin readings of single characters, from the table of the package pypinyin.

The table is read from pypinyin's own file.  Importing pypinyin would also read its phrases, which takes ten times as
long and says nothing about single characters.
"""

import functools
import json
import unicodedata
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from zhengwen.errors import ZhengwenError


@functools.cache
def _table() -> Mapping[str, str]:
    """The readings of each character, keyed by its code point in decimal: comma-separated, the most common first."""
    (folder,) = find_spec("pypinyin").submodule_search_locations
    path = Path(folder, "pinyin_dict.json")
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ZhengwenError(
            f"{path}: cannot be read as the table of readings: {error}",
            fix="install the pypinyin of requirements.lock",
        ) from None


def readings_with_tones(character: str) -> list[str]:
    """The readings of ``character`` with tone marks, the most common first; empty if it is not in the table.

    >>> readings_with_tones("重")
    ['zhòng', 'chóng', 'tóng']
    """
    readings = _table().get(str(ord(character)))
    return readings.split(",") if readings else []


@functools.cache
def without_tone(reading: str) -> str:
    """A reading without its tone mark; ``ü`` is written ``v``, as pypinyin writes it.

    >>> without_tone("chóng"), without_tone("lǜ"), without_tone("ế")
    ('chong', 'lv', 'ê')
    """
    decomposed = unicodedata.normalize("NFD", reading)
    letters = decomposed.replace("u\N{COMBINING DIAERESIS}", "v").replace("e\N{COMBINING CIRCUMFLEX ACCENT}", "ê")
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
