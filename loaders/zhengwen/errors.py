"""The errors that people see: what is wrong, where, and how to fix it."""

import difflib


class ZhengwenError(Exception):
    """Something that a person can fix.  The message says what is wrong and where; ``fix`` says what to do about it."""

    def __init__(self, message: str, *, fix: str = ""):
        super().__init__(f"{message}\n  fix: {fix}" if fix else message)
        self.message = message
        self.fix = fix


class UnknownNameError(ZhengwenError, ValueError):
    """A name that is not in a closed list; the message has the list, and the name in it that is most like it.

    >>> print(UnknownNameError("config", "stances-hnat", ["stances-hans", "stances-hant", "parallel"]))
    unknown config 'stances-hnat' (did you mean stances-hant?); there are: stances-hans, stances-hant, parallel
    """

    def __init__(self, what: str, name: object, valid, *, fix: str = ""):
        valid = list(valid)
        near = difflib.get_close_matches(str(name), valid, n=1)
        suggestion = f" (did you mean {near[0]}?)" if near else ""
        # Of a long list of numbered names the first and the last are enough.
        listed = f"{valid[0]} … {valid[-1]}" if len(valid) > 40 else ", ".join(valid)
        super().__init__(f"unknown {what} {name!r}{suggestion}; there are: {listed}", fix=fix)
