"""Keeps secrets out of everything that is shown or written: cleans addresses, and what other programs say."""

import os
import re

#: What stands in the place of a secret.
HIDDEN = "***"
#: Environment variables whose names match this hold secrets.
_SECRET_NAMES = re.compile(r"TOKEN|PASSWORD|PASSWD|SECRET|API_?KEY|ACCESS_?KEY", flags=re.IGNORECASE)
#: An address: its scheme, what stands before its last `@`, and the rest.  A password may hold `/`, `@` and quotation
#: marks, and in a chain of addresses (`zip://a::https://…`) the later ones may have one, so all of that is hidden.  A
#: normalised path has lost a slash, so one is enough.  (The limit keeps the time linear; no address is that long.)
_ADDRESS = re.compile(r"(?i)(?<![a-z0-9+.-])([a-z0-9+.-]{2,}:/+)((?:[^\s<>]{0,8192}@)?)([^\s'\"<>]*)")
#: A user and a password without a scheme before them, as in ``user:password@host``.
_LOGIN = re.compile(r"(?<![\w.:-])[\w.-]{1,64}:(?![/:])[^\s@]{1,256}@(?=\w)", re.ASCII)
#: Where else an address may hold a secret: in its query, and in a fragment that is like a query.
_QUERY = re.compile(r"\?.+|#[^#]*=.*", flags=re.DOTALL)
#: An address without its scheme: what stands before a query or a fragment, the mark of these, and what follows it.
_PARTS = re.compile(r"([^?#]*)([?#]?)(.*)", flags=re.DOTALL)
#: Names in a query that are those of secrets.
_SECRET_FIELDS = re.compile(r"(?i)token|signature|secret|password|passwd|credential|\bsig|key")
#: A name in a query, and `=` if it has a value.
_FIELD = re.compile(r"[?&#]([^=&]*)(=?)")
#: What looks like a secret outside of an address, and what replaces it.
_SECRET_PATTERNS = [
    (re.compile(r"(?i)\b(authorization|proxy-authorization|x-api-key|cookie)(\W{1,4})[^\r\n]+"), rf"\1\2{HIDDEN}"),
    (re.compile(r"(?i)\b(bearer|basic|token)\s+[\w.~+/=-]{8,}"), rf"\1 {HIDDEN}"),
    (re.compile(r"\b(?:hf_|gh[pousr]_|github_pat_|glpat-)[\w-]{8,}"), HIDDEN),
]


def clean_addresses(text: str) -> str:
    """Hide user, password, query and a fragment that holds values in every address in ``text``.

    Every message, log and file that shows an address shows it in this form.

    >>> clean_addresses("cannot read https://me:secret@host/a.parquet?X-Amz-Signature=0a1b")
    'cannot read https://***@host/a.parquet?***'
    >>> clean_addresses("zip://a.jsonl::https://me:secret@host/a.zip, or as a path https:/me:secret@host")
    'zip://***@host/a.zip, or as a path https:/***@host'
    >>> clean_addresses("me:secret@host/a.txt")
    '***@host/a.txt'
    """
    if ":/" in text:
        text = _ADDRESS.sub(_clean_address, text)
    return _LOGIN.sub(f"{HIDDEN}@", text) if "@" in text else text


def _clean_address(match: re.Match[str]) -> str:
    scheme, user, rest = match.groups()
    rest = _QUERY.sub(lambda query: f"{query.group()[0]}{HIDDEN}", rest)
    return f"{scheme}{HIDDEN}@{rest}" if user else f"{scheme}{rest}"


def clean_address(address: str) -> str:
    """Hide everything in ``address`` but scheme, host and path; unlike a text, all of it is an address.

    >>> clean_address("https://me:secret@example.org/corpus?key=0a1b")
    'https://***@example.org/corpus?***'
    >>> clean_address("me:secret@example.org/corpus")
    '***@example.org/corpus'
    """
    scheme, separator, rest = address.rpartition("://") if address.count("://") == 1 else ("", "", address)
    before, mark, query = _PARTS.fullmatch(rest).groups()
    if "@" in query:  # a password with a `?`, or a query with an `@`
        return scrub(f"{scheme}{separator}{HIDDEN}")
    _, at, place = before.rpartition("@")
    return scrub(f"{scheme}{separator}{at and HIDDEN}{at}{place}{mark}{mark and HIDDEN}")


def secrets_in(address: str) -> list[str]:
    """The secret parts of ``address``, to pass to :func:`scrub`: other programs may quote them alone.

    >>> secrets_in("https://me:secret@host/a?X-Amz-Signature=0a1b")
    ['me:secret@', 'secret', 'X-Amz-Signature=0a1b', '0a1b']
    """
    secrets = []
    for _, user, rest in _ADDRESS.findall(address):
        fields = [field for query in _QUERY.findall(rest) for field in query[1:].split("&")]
        secrets += [user, user.rpartition("@")[0].partition(":")[2]]
        secrets += [part for field in fields for part in (field, field.partition("=")[2])]
    return [secret for secret in secrets if secret]


def holds_secret(address: str) -> bool:
    """Whether ``address`` holds a user or a password, or a field in its query whose name suggests a secret.

    >>> holds_secret("https://me:secret@host/a"), holds_secret("https://host/a?token=1"), holds_secret("https://host/?id=1")
    (True, True, False)
    """
    return any(
        user or any(value and _SECRET_FIELDS.search(name) for name, value in _FIELD.findall(rest))
        for _, user, rest in _ADDRESS.findall(address)
    )


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
