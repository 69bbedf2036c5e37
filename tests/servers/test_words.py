"""What git says where something is wrong with a server, as other builds of git and other hosts say it."""

from __future__ import annotations

import pytest

from waifusync.errors import ExitCode
from waifusync.repository.trouble import explain

_CURL = "fatal: unable to access 'https://host/x.git/': "
_SSH_ADDS = """
fatal: Could not read from remote repository.

Please make sure you have the correct access rights
and the repository exists.
"""
_AWAY, _REFUSED = ExitCode.UNREACHABLE, ExitCode.REFUSED
_UNTRUSTED, _ELSE = "certificate is not one that this device trusts", "something else answered"
_TOO_LARGE = "error: RPC failed; HTTP 413 curl 22 The requested URL returned error: 413"

SAID = [
    (f"{_CURL}SSL certificate problem: self-signed certificate", _AWAY, _UNTRUSTED),
    (f"{_CURL}server certificate verification failed. CAfile: none", _AWAY, _UNTRUSTED),
    (f"{_CURL}SSL certificate problem: certificate is not yet valid", _AWAY, _UNTRUSTED),
    (f"{_CURL}error:0A00010B:SSL routines::wrong version number", _AWAY, _ELSE),
    (f"{_CURL}gnutls_handshake() failed: An unexpected TLS packet was received.", _AWAY, _ELSE),
    ("fatal: https://host/x.git/info/refs not valid: is this a git repository?", _AWAY, _ELSE),
    ("fatal: protocol error: bad line length character: <!DO", _AWAY, _ELSE),
    (f"banner exchange: Connection to 10.0.0.1 port 22: invalid format{_SSH_ADDS}", _AWAY, _ELSE),
    ("fatal: remote error: access denied or repository not exported: /x.git", _AWAY, "not exported"),
    (f"kex_exchange_identification: Connection closed by remote host{_SSH_ADDS}", _AWAY, "reached: kex_"),
    (f"** WARNING: not a post-quantum key exchange\nssh: no such{_SSH_ADDS}", _AWAY, "reached: ssh: no"),
    (_SSH_ADDS, _AWAY, "Could not read from remote repository"),
    (f"{_CURL}The requested URL returned error: 403", _AWAY, "did not accept our credentials"),
    (f"{_TOO_LARGE}\nfatal: the remote end hung up unexpectedly", _REFUSED, "takes no push that large"),
    ("fatal: sha1 file '<stdout>' write error. Out of diskspace", _REFUSED, "the disk is full"),
]


@pytest.mark.parametrize(("said", "code", "words"), SAID)
def test_what_git_says_is_told_as_what_a_person_can_do_something_about(
    said: str, code: ExitCode, words: str
) -> None:
    """T28"""
    error = explain("fetch", said, 128)
    assert (error.code, words in error.message) == (code, True), error.message
    assert error.hint and "\n" not in error.message
