"""Where the key may be sent."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from ..core.text import clean_line

_PLAIN_URL = re.compile(r"[!-\[\]-~]*")
_PLAIN_HOST = re.compile(r"[a-z0-9._:-]+")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where requests go and with what key; None leaves either to the SDK and its environment."""

    base_url: str | None = None
    api_key: str | None = None
    key_source: str = ""
    """Where the key is from, to be named when it is refused."""

    def __repr__(self) -> str:
        return f"Endpoint({self.base_url!r}, key {'given' if self.api_key else 'from the environment'})"


def check_base_url(url: str, allowed_hosts: Sequence[str] = ()) -> str | None:
    """Why the key may not be sent there, in a sentence; None when it may: https, loopback, or an allowed host."""
    if not _PLAIN_URL.fullmatch(url):  # what urlsplit drops in silence, others may read otherwise
        return f"The base URL {clean_line(url, 80)!r} has characters that no address has."
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return f"The base URL {clean_line(url, 80)!r} is not an address."
    if parts.scheme not in ("https", "http") or not _PLAIN_HOST.fullmatch(host):
        return f"The base URL {clean_line(url, 80)!r} must begin with https:// and name a host."
    if parts.username or parts.password:
        return "The base URL must not hold a user name or password."
    if parts.scheme == "https" or host in allowed_hosts or is_loopback(host):
        return None
    return f"The base URL is not https, so the key will not be sent to {host}; allow the host in the config to do so."


def is_loopback(host: str) -> bool:
    """Whether it is this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
