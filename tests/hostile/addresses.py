"""Addresses of remotes that name programs, options, or places that nobody meant."""

from __future__ import annotations

from collections.abc import Iterator

from tests.hostile.cases import Case

_ADDRESSES = {
    "a helper that runs a program": "ext::sh -c touch% ../canary",
    "a helper of a number": "fd::17",
    "a helper that nobody has": "owned::x",
    "an option for git": "--upload-pack=touch ../canary",
    "an option of one letter": "-u../canary",
    "an option for ssh": "ssh://-oProxyCommand=touch%20..%2Fcanary/x",
    "an option for ssh in its short form": "-oProxyCommand=touch ../canary:x",
    "an option as ssh's path": "example.org:-oProxyCommand=x",
    "a command in ssh's host": "ssh://$(touch ../canary)/x",
    "a command after ssh's host": "ssh://example.org;touch canary/x",
    "a command in quotes": "`touch ../canary`:x",
    "git's own protocol": "git://example.org/x",
    "plain http": "http://example.org/x",
    "ftp": "ftp://example.org/x",
    "a line feed": "https://example.org/\nx",
    "terminal commands": "https://example.org/\x1b[2J",
    "a byte that is no UTF-8": "https://example.org/\udcff\x07",
    "nothing": "",
}


def cases() -> Iterator[Case]:
    for name, address in _ADDRESSES.items():
        words = ("join", "--device", "eve", "--", address, "../joined")
        yield Case("addresses", name, lambda remote: None, words=words)
