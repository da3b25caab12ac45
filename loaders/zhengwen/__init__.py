"""zhengwen: an annotated Chinese news corpus, with the tools to make, check and load it.

>>> import zhengwen
>>> document = next(iter(zhengwen.Corpus.open()))
>>> document.sentences[0].text_in("hant")
'春節至今，DeepSeek熱度持續攀升。'

Each public name is imported when it is first used, so that ``import zhengwen`` is quick.
"""

import atexit
import importlib
import sys

__version__ = "2.0.0"

#: Every public name, and the module that it is imported from.
_HOMES = {
    "Corpus": "zhengwen.notebook",  # defined in zhengwen.load; zhengwen.notebook gives it its HTML
    "DamagePolicy": "zhengwen.restoration.damage",
    "Finding": "zhengwen.findings",
    "UnknownNameError": "zhengwen.errors",
    "ReleaseMismatchError": "zhengwen.release.statement",
    "VersionMismatchError": "zhengwen.release.statement",
    "ZhengwenError": "zhengwen.errors",
    "Alignment": "zhengwen.text.align",
    "Span": "zhengwen.text.align",
    "agree": "zhengwen.measure.agreement",
    "check": "zhengwen.checks",
    "convert": "zhengwen.conversion.convert",
    "corpus_path": "zhengwen.paths",
    "damage": "zhengwen.restoration.damage",
    "restore": "zhengwen.restoration.restore",
    "load_dataset": "zhengwen.load",
    "verify": "zhengwen.checks.released",
    "score": "zhengwen.measure.scoring",
    "process": "zhengwen.scale.run",
    "segment": "zhengwen.text.segment",
}

__all__ = ["__version__", *_HOMES]


def _wait_for_arrow() -> None:
    if "pyarrow.dataset" in sys.modules:
        importlib.import_module("zhengwen.shutdown").wait_for_arrow()


if sys.version_info < (3, 14):  # from then on, Python lets a thread of Arrow sleep at exit, where it ended it before
    atexit.register(_wait_for_arrow)


def __getattr__(name: str):
    if name == "stages":
        return importlib.import_module("zhengwen.stages")
    if name not in _HOMES:
        raise AttributeError(f"module 'zhengwen' has no attribute {name!r}; it has {', '.join(_HOMES)}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__():
    return sorted([*__all__, "stages"])
