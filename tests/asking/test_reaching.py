"""Which servers may be asked, and over what: a question never travels readable unless a person said so."""

from __future__ import annotations

import pytest

from waifusync.errors import UnreachableError
from waifusync.sessions.http import Endpoint
from waifusync.sessions.reaching import MayNotAsk, checked, why_not

LOOPBACK = "http://127.0.0.1:11434"


def refused(url: str, *, is_own: bool = False, trusted: tuple[str, ...] = (), insecure: bool = False) -> bool:
    endpoint = Endpoint.of(url)
    reason = why_not(endpoint, is_own=is_own, trusted=trusted, insecure=insecure)
    try:
        checked(endpoint, is_own=is_own, trusted=trusted, insecure=insecure, seconds=5)
    except MayNotAsk as error:
        assert error.hint
        return True
    except UnreachableError:
        pass
    assert reason == ""
    return False


@pytest.mark.parametrize("url", [LOOPBACK, "http://localhost:1", "http://[::1]:1"])
def test_the_loopback_is_for_its_own_device(url: str) -> None:
    assert not refused(url, is_own=True)
    assert refused(url)
    assert refused(url, insecure=True)


def test_plain_http_goes_to_trusted_networks_only() -> None:
    lan = "http://192.168.1.7:11434"
    assert refused(lan)
    assert refused(lan, is_own=True)
    assert not refused(lan, trusted=("192.168.1.0/24",))
    assert refused(lan, trusted=("192.168.2.0/24", "fd00::/8"))
    assert not refused(lan, insecure=True)


def test_https_is_never_refused_but_on_another_devices_loopback() -> None:
    assert not refused("https://192.168.1.7")
    assert refused("https://127.0.0.1:1")


def test_a_name_is_looked_up_once_and_must_lie_in_a_trusted_network() -> None:
    import socket

    name = socket.gethostname()
    try:
        address = socket.gethostbyname(name)
    except OSError:
        pytest.skip("this machine does not know its own name")
    endpoint = Endpoint.of(f"http://{name}:1")
    near = checked(endpoint, is_own=False, trusted=(f"{address}/32", "::/0"), insecure=False, seconds=5)
    assert near.host != name
    with pytest.raises(MayNotAsk, match="not in a trusted network"):
        checked(endpoint, is_own=False, trusted=("198.51.100.0/24",), insecure=False, seconds=5)


def test_a_name_that_nobody_knows_is_away_in_time() -> None:
    endpoint = Endpoint.of("http://nowhere.invalid:1")
    with pytest.raises(UnreachableError, match="nobody knows where"):
        checked(endpoint, is_own=False, trusted=("10.0.0.0/8",), insecure=False, seconds=3)
