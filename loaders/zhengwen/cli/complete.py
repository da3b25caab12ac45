"""The names that a shell offers when it completes an argument or an option.

Documents, configs and shapes are those of the corpus that the command line names so far, or else of the one that the
command would read.
"""

from collections.abc import Iterable

import typer

from zhengwen.editions import EDITIONS, SCRIPTS
from zhengwen.errors import ZhengwenError
from zhengwen.location import Location, location
from zhengwen.release.layout import configs_in, documents_in


def documents(ctx: typer.Context, incomplete: str) -> list[str]:
    """The ids of documents in the release that begin with ``incomplete``."""
    place = _location(ctx)
    return _beginning(documents_in(place.release) if place else [], incomplete)


def sources(ctx: typer.Context, incomplete: str) -> list[str]:
    """The ids of documents that begin with ``incomplete``: those of the seeds of a repository, or of a release."""
    place = _location(ctx)
    if place and place.repository:
        return _beginning([path.parent.name for path in place.repository.glob("seeds/*/document.yaml")], incomplete)
    return documents(ctx, incomplete)


def configs(ctx: typer.Context, incomplete: str) -> list[str]:
    """The names of configs that begin with ``incomplete``."""
    place = _location(ctx)
    return _beginning(configs_in(place.release) if place else [], incomplete)


def shapes(ctx: typer.Context, incomplete: str) -> list[str]:
    """The names of shapes that begin with ``incomplete``."""
    from zhengwen.schema import read_schema  # takes longer to import than a person should wait for other names

    place = _location(ctx)
    try:
        return _beginning(read_schema(place.schema).shapes if place else [], incomplete)
    except ZhengwenError:
        return []


def editions(incomplete: str) -> list[str]:
    """The editions that begin with ``incomplete``."""
    return _beginning(EDITIONS, incomplete)


def scripts(incomplete: str) -> list[str]:
    """The editions that a text can be converted to and that begin with ``incomplete``."""
    return _beginning(SCRIPTS, incomplete)


def _location(ctx: typer.Context) -> Location | None:
    """Where the corpus lies that the command would read; ``None`` if what is named is no corpus."""
    try:
        return location(ctx.params.get("corpus"))
    except (ZhengwenError, OSError):
        return None


def _beginning(names: Iterable[str], incomplete: str) -> list[str]:
    return sorted(name for name in names if name.startswith(incomplete))
