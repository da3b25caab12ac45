"""The error that people see: what is wrong, where, and how to mend it."""


class ZhengwenError(Exception):
    """Something a person can mend.  The message says what is wrong and where; ``fix`` says what to do about it."""

    def __init__(self, message: str, *, fix: str = ""):
        super().__init__(f"{message}\n  to mend it: {fix}" if fix else message)
        self.message = message
        self.fix = fix


class UnknownNameError(ZhengwenError, ValueError):
    """A name that is not in a closed list; the message holds the list, and the name that is nearest.

    >>> print(UnknownNameError("config", "stances-hnat", ["stances-hans", "stances-hant", "parallel"]))
    unknown config 'stances-hnat' (did you mean stances-hant?); there are: stances-hans, stances-hant, parallel
    """

    def __init__(self, what: str, name: object, valid, *, fix: str = ""):
        import difflib

        valid = list(valid)
        near = difflib.get_close_matches(str(name), valid, n=1)
        meant = f" (did you mean {near[0]}?)" if near else ""
        # A long list whose names are numbered is told by its ends.
        told = f"{valid[0]} … {valid[-1]}" if len(valid) > 40 else ", ".join(valid)
        super().__init__(f"unknown {what} {name!r}{meant}; there are: {told}", fix=fix)
