"""A port of this machine that leads through ssh to another device's server, for as long as a block lasts.

ssh says when the port is its own (a local command after the forwarding stands): until then nothing is sent,
so that no other program on that port gets to hear a question.
"""

from __future__ import annotations

import contextlib
import os
import re
import select
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from typing import IO

from waifusync.errors import UnreachableError, UsageError
from waifusync.patterns import pattern
from waifusync.sessions.http import Endpoint

_DESTINATION = pattern(r"(?:[\w.][\w.-]*@)?[A-Za-z0-9_][\w.-]*(?::([0-9]{1,5}))?", re.ASCII)
_READY = b"waifusync-ready"
# Ends ssh when our end of its stdin closes: also after a kill that leaves us no time to end anything.
_WATCH = '"$@" </dev/null & child=$!; exec >&- 2>&-; cat >/dev/null; kill "$child"'
_GRACE_SECONDS = 2.0
_MOST_REASON_LETTERS = 200


def check_destination(text: str) -> str:
    """HOST, USER@HOST or USER@HOST:PORT as it is; raises UsageError for what ssh could take for an option."""
    match = _DESTINATION.fullmatch(text)
    if match is None or (match[1] and not 0 < int(match[1]) < 1 << 16):
        raise UsageError(
            f"{text!r} is nothing that ssh could reach", hint="write USER@HOST or USER@HOST:PORT"
        )
    return text


@contextlib.contextmanager
def tunnel(
    destination: str, target: Endpoint, *, environment: Mapping[str, str], seconds: float
) -> Iterator[Endpoint]:
    """The near end of a way to `target`, as the other machine sees it. Raises UnreachableError, UsageError.

    ssh asks nobody anything: its keys are with an agent or have no passphrase, and the host is known.
    """
    check_destination(destination)
    with tempfile.TemporaryFile(buffering=0) as errors:
        port = _free_port()
        process = subprocess.Popen(
            ["/bin/sh", "-c", _WATCH, "sh", *_command(destination, target, port, seconds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            env={**environment, "SHELL": "/bin/sh"},
            start_new_session=True,
        )
        try:
            if not _is_ready(process, seconds):
                raise UnreachableError(f"ssh did not reach {destination}{_reason(errors)}")
            yield Endpoint("127.0.0.1", port, False, target.path)
        finally:
            _end(process)


def _command(destination: str, target: Endpoint, port: int, seconds: float) -> list[str]:
    host, _, ssh_port = destination.partition(":")
    far = f"[{target.host}]" if ":" in target.host else target.host
    options = {
        "BatchMode": "yes",
        "ConnectTimeout": str(max(1, round(seconds))),
        "ControlPath": "none",
        "ExitOnForwardFailure": "yes",
        "ForwardAgent": "no",
        "ForwardX11": "no",
        "LocalCommand": f"echo {_READY.decode()}",
        "PermitLocalCommand": "yes",
        "RemoteCommand": "none",
        "RequestTTY": "no",
        "ServerAliveInterval": "15",
    }
    given = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
    to_port = ["-p", ssh_port] if ssh_port else []
    forward = f"127.0.0.1:{port}:{far}:{target.port}"
    return ["ssh", "-N", *given, *to_port, "-L", forward, "--", host]


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _is_ready(process: subprocess.Popen[bytes], seconds: float) -> bool:
    assert process.stdout is not None
    end, heard = time.monotonic() + seconds, b""
    while _READY not in heard:
        left = end - time.monotonic()
        if left <= 0 or not select.select([process.stdout], [], [], left)[0]:
            return False
        part = os.read(process.stdout.fileno(), 4096)
        if not part:
            return False
        heard += part
    return True


def _reason(errors: IO[bytes]) -> str:
    lines = os.pread(errors.fileno(), 4096, 0).decode("utf-8", "replace").split("\n")
    last = next((line for line in reversed(lines) if line.strip()), "")
    told = "".join(letter if letter.isprintable() else " " for letter in last).strip()[:_MOST_REASON_LETTERS]
    return f": {told}" if told else " in time"


def _end(process: subprocess.Popen[bytes]) -> None:
    """Returns when ssh has ended: it holds the pipe longest, since the shell closed its own end."""
    _signal(process, signal.SIGTERM)
    if not _is_silent(process, _GRACE_SECONDS):
        _signal(process, signal.SIGKILL)
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    # macOS answers EPERM for a group of zombies
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def _is_silent(process: subprocess.Popen[bytes], seconds: float) -> bool:
    """Whether nobody holds the other end of the pipe any more."""
    assert process.stdout is not None
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0 and select.select([process.stdout], [], [], left)[0]:
        if not os.read(process.stdout.fileno(), 4096):
            return True
    return False
