"""Keeps secrets out of messages and addresses: cleans what other programs say, and refuses addresses with secrets."""

import ipaddress
import os
import re
from urllib.parse import urlsplit

from zhengwen.errors import ZhengwenError

_HIDDEN = "***"
#: Environment variables whose names match this hold secrets.
_SECRET_NAMES = re.compile(r"TOKEN|PASSWORD|PASSWD|SECRET|API_?KEY|ACCESS_?KEY", flags=re.IGNORECASE)
#: What looks like a secret, and what replaces it.
_SECRET_PATTERNS = [
    (re.compile(r"(?<=://)[^/@\s]+(?=@)"), _HIDDEN),  # user and password in an address
    (re.compile(r"(?i)\b(authorization|proxy-authorization|x-api-key|cookie)(\W{1,4})[^\r\n]+"), rf"\1\2{_HIDDEN}"),
    (re.compile(r"(?i)\b(bearer|basic|token)\s+[\w.~+/=-]{8,}"), rf"\1 {_HIDDEN}"),
    (re.compile(r"\b(?:hf_|gh[pousr]_|github_pat_|glpat-)[\w-]{8,}"), _HIDDEN),
    (re.compile(r"(?i)([?&][\w.-]*(?:token|secret|signature|password|key)[\w.-]*=)[^&\s]+"), rf"\1{_HIDDEN}"),
]


def scrub(text: str, *secrets: str | None) -> str:
    """``text`` without ``secrets``, the secrets of the environment, and anything that looks like a secret.

    >>> scrub("fatal: cannot read https://me:hf_0123456789@host/r.git, Authorization: Bearer abcdefgh")
    'fatal: cannot read https://***@host/r.git, Authorization: ***'
    """
    known = {value for name, value in os.environ.items() if _SECRET_NAMES.search(name)}
    for secret in sorted({*known, *filter(None, secrets)}, key=len, reverse=True):
        if len(secret) >= 6:
            text = text.replace(secret, _HIDDEN)
    for pattern, replacement in _SECRET_PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def assert_no_secret(address: str, what: str) -> None:
    """Raise :class:`ZhengwenError` for an address with a password or token, or that would send one unencrypted.

    Addresses end up in lists of processes, in logs and in error messages.  ``ssh://git@host`` is fine.
    """
    parts = urlsplit(address)
    is_http = parts.scheme in ("http", "https")
    if parts.password is not None or (is_http and ("@" in parts.netloc or parts.query or parts.fragment)):
        host = parts.netloc.rpartition("@")[2]
        raise ZhengwenError(
            f"{what}: {parts.scheme}://{_HIDDEN}@{host} may have a secret in the address",
            fix="leave it out: git asks a credential helper or SSH, a hub takes HF_TOKEN or `hf auth login`",
        )
    if parts.scheme == "http" and not _is_loopback(parts.hostname or ""):
        raise ZhengwenError(f"{what}: http:// would send your token unencrypted", fix="use https://")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
