"""The names that a shell offers when it completes an argument or an option."""

from pathlib import Path

from zhengwen.editions import EDITIONS, SCRIPTS
from zhengwen.paths import corpus_path, schema_path


def documents(incomplete: str) -> list[str]:
    """The ids of documents that begin with ``incomplete``."""
    return _names("annotations", incomplete)


def configs(incomplete: str) -> list[str]:
    """The names of configs that begin with ``incomplete``."""
    return _names("data", incomplete)


def shapes(incomplete: str) -> list[str]:
    """The names of shapes that begin with ``incomplete``."""
    names = (path.relative_to(schema_path()).with_suffix("").as_posix() for path in schema_path().glob("*/*.yaml"))
    return sorted(name for name in names if name.startswith(incomplete))


def editions(incomplete: str) -> list[str]:
    """The editions that begin with ``incomplete``."""
    return [name for name in EDITIONS if name.startswith(incomplete)]


def scripts(incomplete: str) -> list[str]:
    """The editions that a text can be converted to and that begin with ``incomplete``."""
    return [name for name in SCRIPTS if name.startswith(incomplete)]


def _names(folder: str, incomplete: str) -> list[str]:
    return sorted(path.name for path in Path(corpus_path(), folder).glob("*") if path.name.startswith(incomplete))
