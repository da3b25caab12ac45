"""The error that people see: what is wrong, where, and how to mend it."""


class ZhengwenError(Exception):
    """Something a person can mend.  The message says what is wrong and where; ``fix`` says what to do about it."""

    def __init__(self, message: str, *, fix: str = ""):
        super().__init__(f"{message}\n  to mend it: {fix}" if fix else message)
        self.message = message
        self.fix = fix


class UnknownNameError(ZhengwenError, ValueError):
    """A name that is not in a closed list; the message holds the list."""

    def __init__(self, what: str, name: object, valid, *, fix: str = ""):
        super().__init__(f"unknown {what} {name!r}; there are: {', '.join(valid)}", fix=fix)
