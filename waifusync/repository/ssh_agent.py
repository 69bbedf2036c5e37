"""The ssh agent: where it listens, and whether it has keys; asked by its own protocol, without a process."""

from __future__ import annotations

import contextlib
import glob
import os
import socket
import stat
from collections.abc import Iterator, Mapping

# draft-miller-ssh-agent: a length of four bytes, then the type; the answer to 11 is 12 and a count.
_ASK_FOR_KEYS, _KEYS = b"\0\0\0\1\x0b", 12
_PATIENCE_SECONDS = 2.0
# Of OpenSSH (by systemd, by login, since 10.1), GNOME, GnuPG; below the folders that they choose.
_IN_RUNTIME = (
    "ssh-agent.socket",
    "ssh-agent",
    "openssh_agent",
    "keyring/ssh",
    "gcr/ssh",
    "gnupg/S.gpg-agent.ssh",
)
_IN_HOME = (".ssh/agent/*", ".ssh/agent.sock", ".gnupg/S.gpg-agent.ssh")
_ANYWHERE = ("/tmp/ssh-*/agent.*",)  # noqa: S108 - others' are passed over


def find_agent(environment: Mapping[str, str]) -> str | None:
    """The first that holds a key, the one named in SSH_AUTH_SOCK before others; else one that answers."""
    answering = None
    for path in _places(environment):
        count = keys_of(path)
        if count:
            return path
        if count == 0 and answering is None:
            answering = path
    return answering


def agent_trouble(environment: Mapping[str, str]) -> str:
    """Why no key comes from an agent, as part of a sentence; "" when the one that is named holds some."""
    path = environment.get("SSH_AUTH_SOCK", "")
    if not path:
        return "no ssh agent is known here"
    count = keys_of(path)
    if count is None:
        return f"no ssh agent answers at {path}"
    return "" if count else "the ssh agent holds no key"


def keys_of(path: str) -> int | None:
    """How many keys the agent there holds; None when none of ours answers."""
    if not _is_ours(path):
        return None
    try:
        with socket.socket(socket.AF_UNIX) as agent:
            agent.settimeout(_PATIENCE_SECONDS)
            agent.connect(path)
            agent.sendall(_ASK_FOR_KEYS)
            answer = _read(agent, 9)
    except OSError:
        return None
    return int.from_bytes(answer[5:9], "big") if len(answer) == 9 and answer[4] == _KEYS else None


def _read(agent: socket.socket, length: int) -> bytes:
    answer = b""
    while len(answer) < length and (more := agent.recv(length - len(answer))):
        answer += more
    return answer


def _places(environment: Mapping[str, str]) -> Iterator[str]:
    named = environment.get("SSH_AUTH_SOCK")
    if named:
        yield named
    runtime, home = environment.get("XDG_RUNTIME_DIR"), environment.get("HOME")
    if runtime:
        yield from (os.path.join(runtime, name) for name in _IN_RUNTIME)
    patterns = [os.path.join(glob.escape(home), name) for name in _IN_HOME] if home else []
    for pattern in (*patterns, *_ANYWHERE):
        yield from sorted(glob.glob(pattern), key=_age)


def _age(path: str) -> float:
    """The youngest first: others may be left by a login that is over."""
    with contextlib.suppress(OSError):
        return -os.stat(path).st_mtime
    return 0.0


def _is_ours(path: str) -> bool:
    """A socket of another user's could be there to see what we sign."""
    try:
        facts = os.stat(path)
    except OSError:
        return False
    return stat.S_ISSOCK(facts.st_mode) and facts.st_uid == os.geteuid()
