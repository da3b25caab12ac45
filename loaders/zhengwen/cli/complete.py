"""What a shell offers when a name is completed."""

from pathlib import Path

from zhengwen.paths import corpus_path


def documents(incomplete: str) -> list[str]:
    """The ids of the documents that begin so."""
    return _names("annotations", incomplete)


def configs(incomplete: str) -> list[str]:
    """The names of the configs that begin so."""
    return _names("data", incomplete)


def editions(incomplete: str) -> list[str]:
    """The editions that begin so."""
    from zhengwen.editions import EDITIONS

    return [name for name in EDITIONS if name.startswith(incomplete)]


def scripts(incomplete: str) -> list[str]:
    """The editions that a text can be converted to that begin so."""
    from zhengwen.editions import SCRIPTS

    return [name for name in SCRIPTS if name.startswith(incomplete)]


def _names(folder: str, incomplete: str) -> list[str]:
    return sorted(path.name for path in Path(corpus_path(), folder).glob("*") if path.name.startswith(incomplete))
