"""Findings, which checks return, and the register of the rules that are checked.

Every rule is registered in the module that checks it, with its whole description, from which ``docs/checks.md`` and
``zhengwen check --explain`` are made.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """A violation of a rule: where it is, what is wrong, and how to fix it.

    ``file`` is relative to the repository, and ``line`` counts from 1; in a Parquet file a line is a row.  ``field``
    is the path of a field in the record (``content.0.start``).  ``record`` is the text of the line, or the row as JSON;
    it is empty where the finding is not about one line.
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
    """Something that must hold.

    It says ``what`` must hold and ``why``, gives an ``example`` of a violation, and says how to ``fix`` one.  It is
    checked at a ``level`` from 1 to 5.
    """

    id: str
    level: int
    what: str
    why: str
    example: str
    fix: str

    def broken(
        self, file: str, message: str, *, line: int | None = None, field: str = "", fix: str = "", record: str = ""
    ) -> Finding:
        """A finding that violates this rule; without a ``fix`` it has the one of the rule."""
        return Finding(self.id, self.level, file, line, field, message, fix or self.fix, record)


#: Every rule by its id.
RULES: dict[str, Rule] = {}


def rule(id: str, level: int, what: str, *, why: str, example: str, fix: str) -> Rule:
    """Register a rule; its id must be new."""
    if id in RULES:
        raise ValueError(f"the rule {id!r} is registered twice")
    RULES[id] = Rule(id, level, what, why, example, fix)
    return RULES[id]
