"""Which mentions a source says are of one referent, where it says so pair by pair."""

import re

_SAME = re.compile(r"(?i)(?:equiv\w*|ident\w*|coref\w*|same\w*|alias\w*|共指|同指|等价)")


def says_same(name: str) -> bool:
    """Whether a relation of this name says that two mentions are of one referent.

    >>> says_same("Equiv"), says_same("coreference"), says_same("works-for")
    (True, True, False)
    """
    return bool(_SAME.fullmatch(name.replace("-", "_")))


class Same:
    """Sets of mentions that are the same, which grow together.

    >>> same = Same()
    >>> same.add("T1", "T2"), same.add("T3", "T2")
    (None, None)
    >>> same.name_of("T1") == same.name_of("T3"), same.name_of("T4")
    (True, None)
    """

    def __init__(self):
        self._parents: dict[str, str] = {}

    def _root(self, id: str) -> str:
        while (parent := self._parents.setdefault(id, id)) != id:
            self._parents[id] = self._parents[parent]
            id = parent
        return id

    def add(self, *ids: str) -> None:
        """All ``ids`` are the same."""
        for id in ids:
            self._parents[self._root(id)] = self._root(ids[0])

    def name_of(self, id: str) -> str | None:
        """The name of the set that ``id`` is in; ``None`` if nothing was said of it."""
        return self._root(id) if id in self._parents else None
