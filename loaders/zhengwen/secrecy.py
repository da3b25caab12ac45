"""Keeps secrets out of everything that is shown or written: cleans addresses, and what other programs say."""

import os
import re

#: What stands in the place of a secret.
HIDDEN = "***"
#: Environment variables whose names match this hold secrets.
_SECRET_NAMES = re.compile(r"TOKEN|PASSWORD|PASSWD|SECRET|API_?KEY|ACCESS_?KEY", flags=re.IGNORECASE)
#: Where an address may hold a secret: before the host, in its query, and in a fragment that is like a query.  A
#: password may itself contain `/` and `@`, so everything up to the last `@` of an address is hidden.
_ADDRESS = re.compile(r"(?i)\b[a-z][a-z0-9+.-]*://[^\s'\"<>]+")
_USER = re.compile(r"(?<=://).*(?=@)")
_QUERY = re.compile(r"\?.+|#[^#]*=.*", flags=re.DOTALL)
#: What looks like a secret outside of an address, and what replaces it.
_SECRET_PATTERNS = [
    (re.compile(r"(?i)\b(authorization|proxy-authorization|x-api-key|cookie)(\W{1,4})[^\r\n]+"), rf"\1\2{HIDDEN}"),
    (re.compile(r"(?i)\b(bearer|basic|token)\s+[\w.~+/=-]{8,}"), rf"\1 {HIDDEN}"),
    (re.compile(r"\b(?:hf_|gh[pousr]_|github_pat_|glpat-)[\w-]{8,}"), HIDDEN),
]


def clean_addresses(text: str) -> str:
    """``text`` with the user, the password, the query and a fragment with values hidden in every address in it.

    Every message, log and file that shows an address shows it in this form.

    >>> clean_addresses("cannot read https://me:secret@host/a.parquet?X-Amz-Signature=0a1b")
    'cannot read https://***@host/a.parquet?***'
    """
    return _ADDRESS.sub(_clean_address, text) if "://" in text else text


def _clean_address(match: re.Match[str]) -> str:
    address = _USER.sub(HIDDEN, match.group())
    return _QUERY.sub(lambda query: f"{query.group()[0]}{HIDDEN}", address)


def scrub(text: str, *secrets: str | None) -> str:
    """``text``, which another program wrote, without ``secrets``, secrets of the environment, and what looks like one.

    >>> scrub("fatal: cannot read https://me:hf_0123456789@host/r.git, Authorization: Bearer abcdefgh")
    'fatal: cannot read https://***@host/r.git, Authorization: ***'
    """
    known = {value for name, value in os.environ.items() if _SECRET_NAMES.search(name)}
    for secret in sorted({*known, *filter(None, secrets)}, key=len, reverse=True):
        if len(secret) >= 6:
            text = text.replace(secret, HIDDEN)
    text = clean_addresses(text)
    for pattern, replacement in _SECRET_PATTERNS:
        text = pattern.sub(replacement, text)
    return text
