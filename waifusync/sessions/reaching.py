"""Which servers a question may be sent to, and over what: words of a person's mind never travel readable.

    whose server        https    http on the loopback    http elsewhere
    this device's       yes      yes                     in a trusted network
    another device's    yes      through ssh             through ssh, or in a trusted network

Another device's loopback is that device's own: asked from here it would be this one answering in its name.
"""

from __future__ import annotations

import ipaddress
import queue
import socket
import threading
from collections.abc import Sequence

from waifusync.errors import RefusedError, UnreachableError
from waifusync.sessions.http import Endpoint

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_HINT = "use https, --via ssh, or name the network under [ask] trusted_networks in waifusync.toml"


class MayNotAsk(RefusedError):
    """The way there is not safe. Nothing was sent."""


def why_not(endpoint: Endpoint, *, is_own: bool, trusted: Sequence[str], insecure: bool) -> str:
    """ "" where it may be asked, as far as that can be told without looking a name up."""
    address = _literal(endpoint.host)
    if address is not None and _is_trusted(address, trusted):
        return ""
    if _is_loopback(endpoint.host):
        return "" if is_own else "its server listens on that device only"
    if endpoint.is_sealed or insecure:
        return ""
    return "" if trusted and address is None else "its server is reached without encryption only"


def checked(
    endpoint: Endpoint, *, is_own: bool, trusted: Sequence[str], insecure: bool, seconds: float
) -> Endpoint:
    """The endpoint to connect to: a name in a trusted network is looked up once, and is its address then.

    Raises MayNotAsk; UnreachableError when the name is not known, or not in `seconds`.
    """
    reason = why_not(endpoint, is_own=is_own, trusted=trusted, insecure=insecure)
    if reason:
        raise MayNotAsk(reason, hint=_HINT)
    if _is_loopback(endpoint.host) or _literal(endpoint.host) is not None:
        return endpoint
    found = look_up(endpoint, seconds)
    if endpoint.is_sealed or insecure:
        return endpoint
    if not all(_is_trusted(ipaddress.ip_address(each), trusted) for each in found):
        raise MayNotAsk(f"{endpoint.host} is not in a trusted network", hint=_HINT)
    return endpoint._replace(host=found[0])


def look_up(endpoint: Endpoint, seconds: float) -> list[str]:
    """The addresses of a name, in time: the system's own look-up knows no limit."""
    answers: queue.Queue[list[str] | None] = queue.Queue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(endpoint.host, endpoint.port, type=socket.SOCK_STREAM)
            answers.put([str(each[4][0]).partition("%")[0] for each in found])
        except (OSError, UnicodeError):
            answers.put(None)

    threading.Thread(target=ask, daemon=True).start()
    try:
        found = answers.get(timeout=seconds)
    except queue.Empty:
        found = None
    if not found:
        raise UnreachableError(f"nobody knows where {endpoint.host} is")
    return found


def _literal(host: str) -> _Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _is_loopback(host: str) -> bool:
    address = _literal(host)
    return host == "localhost" or (address is not None and address.is_loopback)


def is_loopback(endpoint: Endpoint) -> bool:
    """Whether it listens on its own machine only."""
    return _is_loopback(endpoint.host)


def _is_trusted(address: _Address, trusted: Sequence[str]) -> bool:
    return any(address in ipaddress.ip_network(each) for each in trusted)
