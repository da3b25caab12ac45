"""Refuses addresses that hold a secret, or that would send one unencrypted."""

import ipaddress
from urllib.parse import urlsplit

from zhengwen.errors import ZhengwenError
from zhengwen.secrecy import HIDDEN


def assert_no_secret(address: str, what: str) -> None:
    """Raise :class:`ZhengwenError` for an address with a password or token, or that would send one unencrypted.

    Addresses end up in lists of processes, in logs and in error messages.  ``ssh://git@host`` is fine.
    """
    parts = urlsplit(address)
    is_http = parts.scheme in ("http", "https")
    if parts.password is not None or (is_http and ("@" in parts.netloc or parts.query or parts.fragment)):
        host = parts.netloc.rpartition("@")[2]
        raise ZhengwenError(
            f"{what}: {parts.scheme}://{HIDDEN}@{host} may have a secret in the address",
            fix="leave it out: git asks a credential helper or SSH, a hub takes HF_TOKEN or `hf auth login`",
        )
    if parts.scheme == "http" and not _is_loopback(parts.hostname or ""):
        raise ZhengwenError(f"{what}: http:// would send your token unencrypted", fix="use https://")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
