"""Refuses addresses that hold a secret, would send one unencrypted, or are not valid for git or a hub."""

import ipaddress
import re
from collections.abc import Sequence
from urllib.parse import SplitResult, urlsplit

from zhengwen.errors import ZhengwenError
from zhengwen.secrecy import clean_address, scrub

#: ``transport::address``: git would run the program ``git-remote-<transport>``, and ``ext::`` runs any command.
_TRANSPORT = re.compile(r"[A-Za-z0-9][\w+.-]*::")
#: What no address contains.  In messages, an address is recognised only up to such a character.
_FORBIDDEN = re.compile(r"[\s\x00-\x1f\x7f'\"<>]")
_GIT_SCHEMES = ("https", "ssh", "git", "file", "http")
_HUB_SCHEMES = ("https", "http")
_WITHOUT_SECRET = "leave it out: git asks a credential helper or SSH, a hub takes HF_TOKEN or `hf auth login`"


def is_url(address: str) -> bool:
    """Whether ``address`` is written as a URL, or as what git takes for one that another program handles."""
    return "://" in address or bool(_TRANSPORT.match(address))


def git_address(address: str) -> SplitResult:
    """The parts of a URL that git can use; raises :class:`ZhengwenError` for any other, and for one with a secret."""
    if transport := _TRANSPORT.match(address):
        raise ZhengwenError(
            f"the git address begins with {transport.group()}, which makes git run another program",
            fix="give the address itself, without it",
        )
    return _parts(address, "the git address", _GIT_SCHEMES)


def hub_address(address: str, what: str) -> SplitResult:
    """The parts of the address of a hub; raises :class:`ZhengwenError` as :func:`git_address` does.

    ``what`` says in messages where the address comes from.
    """
    return _parts(address, what, _HUB_SCHEMES)


def assert_no_token(address: str, what: str) -> None:
    """Raise :class:`ZhengwenError` when any part of ``address`` looks like a token, or is one of the environment."""
    bare = address.replace("://", " ")
    if scrub(bare) != bare:
        raise ZhengwenError(f"{what}: {clean_address(address)} may have a secret in it", fix=_WITHOUT_SECRET)


def _parts(address: str, what: str, schemes: Sequence[str]) -> SplitResult:
    """The parts of a URL with one of ``schemes``.

    Addresses end up in lists of processes, in logs and in error messages.  ``ssh://git@host`` is fine.
    """
    if forbidden := _FORBIDDEN.search(address):
        raise ZhengwenError(f"{what} contains {forbidden.group()!r}", fix="write it as %XX, or leave it out")
    try:
        parts = urlsplit(address)
        is_valid = bool(parts.hostname or parts.scheme == "file") and parts.port != 0
    except ValueError:  # such as https://[x and https://host:port
        is_valid = False
    if not is_valid:
        raise ZhengwenError(
            f"{what}: {clean_address(address)} is not a valid URL", fix="write it as `https://host/path`"
        )
    has_user = "@" in parts.netloc and parts.scheme != "ssh"
    has_query = parts.scheme in _HUB_SCHEMES and bool(parts.query or parts.fragment)
    if parts.password is not None or has_user or has_query:
        raise ZhengwenError(f"{what}: {clean_address(address)} may have a secret in the address", fix=_WITHOUT_SECRET)
    assert_no_token(address, what)
    if parts.scheme not in schemes:
        raise ZhengwenError(
            f"{what}: {clean_address(address)} has an unknown scheme", fix=f"use one of {', '.join(schemes[:-1])}"
        )
    if parts.scheme == "http" and not _is_loopback(parts.hostname or ""):
        raise ZhengwenError(f"{what}: http:// would send your token unencrypted", fix="use https://")
    return parts


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
