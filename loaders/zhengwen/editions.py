"""The editions: every written form in which a document exists.

They are stated only here.  Columns, configs, the choices of commands, the switch on the HTML page and the tables of the
docs are derived from this module.  :mod:`zhengwen.conversion.chains` states how a text is converted into an edition.
Which of them a corpus has, and which one its annotation points into, is its design (:mod:`zhengwen.design`).
"""

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

from zhengwen.errors import UnknownNameError


class Edition(NamedTuple):
    """One written form of a document.

    ``script`` is ``hans`` (Simplified) or ``hant`` (Traditional); ``language`` is a BCP-47 tag, or ``None`` for text
    that is not proper Chinese.

    An edition that is ``released`` may be the base of a corpus, and has a config for each layer (``sentences-hant``);
    the others tell how a document was damaged.  ``title`` is the English name shown to readers, ``native`` the Chinese
    one.  ``aliases`` are accepted wherever the name is.
    """

    name: str
    script: Literal["hans", "hant"]
    language: str | None
    released: bool
    title: str
    native: str
    aliases: tuple[str, ...] = ()

    @property
    def column(self) -> str:
        """The column of the config ``documents`` that holds the text of this edition.

        >>> EDITIONS["hant-tw"].column
        'text_hant_tw'
        """
        return f"text_{self.name.replace('-', '_')}"


#: Every edition by its name, from the received text to the editions for readers.
EDITIONS: Mapping[str, Edition] = {
    edition.name: edition
    for edition in (
        Edition(
            "received",
            script="hant",
            language=None,
            released=False,
            title="Received",
            native="收到",
        ),
        Edition(
            "restored",
            script="hant",
            language="zh-Hant",
            released=False,
            title="Restored",
            native="復原",
        ),
        Edition(
            "hans",
            script="hans",
            language="zh-Hans-CN",
            released=True,
            title="Simplified",
            native="简体",
            aliases=("zh-Hans-CN", "zh-Hans", "zh-CN"),
        ),
        Edition(
            "hant",
            script="hant",
            language="zh-Hant",
            released=True,
            title="Traditional",
            native="繁體",
            aliases=("zh-Hant",),
        ),
        Edition(
            "hant-hk",
            script="hant",
            language="zh-Hant-HK",
            released=True,
            title="Hong Kong",
            native="香港",
            aliases=("zh-Hant-HK", "zh-HK"),
        ),
        Edition(
            "hant-tw",
            script="hant",
            language="zh-Hant-TW",
            released=True,
            title="Taiwan",
            native="臺灣",
            aliases=("zh-Hant-TW", "zh-TW"),
        ),
    )
}

#: The editions in which data may be released; config names end with their names (``sentences-hant``).
SCRIPTS = tuple(edition.name for edition in EDITIONS.values() if edition.released)


def edition_name(given: object, among: Iterable[str] = SCRIPTS, what: str = "edition") -> str:
    """The name of the edition that ``given`` stands for: its name or an alias, in upper or lower case.

    ``among`` are the names that are accepted, and ``what`` is the word for them in an error.  Raises
    :class:`UnknownNameError`, which lists the names, when ``given`` stands for none of them.

    >>> edition_name("hant-tw"), edition_name("zh-TW")
    ('hant-tw', 'hant-tw')
    """
    among = list(among)
    if given in among:
        return str(given)
    for name in among:
        aliases = EDITIONS[name].aliases if name in EDITIONS else ()
        if isinstance(given, str) and given.casefold() in map(str.casefold, (name, *aliases)):
            return name
    raise UnknownNameError(what, given, among)


def listed(names: Iterable[str] = SCRIPTS) -> str:
    """The names as a phrase, for the help text of a command.

    >>> listed(["hans", "hant", "hant-hk"])
    'hans, hant or hant-hk'
    """
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last
