"""What a check returns, and the register of all that can be found."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """Something wrong: where (``file`` relative to the repository, ``line`` from 1, ``field``), what, and the mend.

    In a Parquet file a line is a row.  ``record`` is the line, or the row as a line of JSON, where there is one.
    """

    id: str
    level: int
    file: str
    line: int | None
    field: str
    message: str
    fix: str
    record: str = ""

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        field = f"{self.field}: " if self.field else ""
        return f"{place}: [{self.id}] {field}{self.message}"


@dataclass(frozen=True)
class Rule:
    """One thing that must hold: its id, the level it is checked at, and why it must hold."""

    id: str
    level: int
    why: str

    def broken(
        self, file: str, message: str, *, line: int | None = None, field: str = "", fix: str = "", record: str = ""
    ) -> Finding:
        """The finding that this rule does not hold at a place."""
        return Finding(self.id, self.level, file, line, field, message, fix, record)


#: Every rule by its id.
RULES: dict[str, Rule] = {}


def rule(id: str, level: int, why: str) -> Rule:
    """Register a rule; its id must be new."""
    if id in RULES:
        raise ValueError(f"the rule {id!r} is registered twice")
    RULES[id] = Rule(id, level, why)
    return RULES[id]
