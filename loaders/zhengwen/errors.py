"""The errors that users see: what is wrong, where, and how to fix it."""

import difflib

from zhengwen.printable import printable
from zhengwen.secrecy import clean_addresses


class ZhengwenError(Exception):
    """An error that the user can fix: ``message`` says what is wrong and where, ``fix`` what to do about it.

    Both may quote names and data: secrets in addresses are hidden, and what cannot be seen is written as an escape.
    """

    def __init__(self, message: str, *, fix: str = ""):
        message, fix = (printable(clean_addresses(text)) for text in (message, fix))
        super().__init__(f"{message}\n  fix: {fix}" if fix else message)
        self.message = message
        self.fix = fix


class UnknownNameError(ZhengwenError, ValueError):
    """A name that is not in a closed list; the message gives the list, and the closest name in it.

    >>> print(UnknownNameError("config", "stances-hnat", ["stances-hans", "stances-hant", "parallel"]))
    unknown config 'stances-hnat' (did you mean stances-hant?); there are: stances-hans, stances-hant, parallel
    """

    def __init__(self, what: str, name: object, valid, *, fix: str = ""):
        valid = list(valid)
        near = difflib.get_close_matches(str(name), valid, n=1)
        suggestion = f" (did you mean {near[0]}?)" if near else ""
        # A list this long holds numbered ids, of which the first and the last are enough.
        listed = f"{valid[0]} … {valid[-1]}" if len(valid) > 40 else ", ".join(valid)
        super().__init__(f"unknown {what} {name!r}{suggestion}; there are: {listed}", fix=fix)


class SchemaError(ZhengwenError):
    """A file of ``schema/`` does not hold what it must."""
