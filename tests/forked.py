"""Starts the installed command for tests: a process of its own each time, forked from one that waits.

Three quarters of what a command costs is Python reading modules. One that has read them (forking.py) waits
beside each process of tests and forks for every command: own memory, own folder, own environment, own end.
The first of each command is started as a person starts it, and so is all to which Python's own start matters;
WAIFUSYNC_TEST_START=each starts every one so.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BytesIO, TextIOWrapper
from pathlib import Path

INSTALLED = Path(sys.executable).parent / "waifusync"
_FORKING = Path(__file__).with_name("forking.py")
# What Python reads before the first line of a program.
_READ_AT_START = ("PYTHON", "LC_", "LANG", "LD_", "TZ")
_FITS_INTO_A_PIPE = 16_000  # of characters, in UTF-8 at most 64,000 bytes
IS_WANTED = sys.platform == "linux" and os.environ.get("WAIFUSYNC_TEST_START", "forked") == "forked"


def run_installed(
    words: Sequence[str],
    *,
    where: Path,
    environment: Mapping[str, str],
    timeout: float = 120.0,
    typed: str = "",
) -> subprocess.CompletedProcess[str]:
    """`waifusync WORDS` to its end, as `subprocess.run` would. Raises subprocess.TimeoutExpired."""
    if _may_be_forked(words, environment) and len(typed) < _FITS_INTO_A_PIPE:
        how = {"where": where, "environment": environment, "timeout": timeout, "typed": typed}
        return _waiting().run(list(map(str, words)), **how)
    return subprocess.run(
        [INSTALLED, *words],
        cwd=where,
        env=environment,
        input=typed,
        capture_output=True,
        text=True,
        timeout=timeout,
    )


_used: set[str] = set()


def _may_be_forked(words: Sequence[str], environment: Mapping[str, str]) -> bool:
    name = next((word for word in words if not word.startswith("-") and os.path.sep not in word), "")
    is_first = name not in _used
    _used.add(name)
    return IS_WANTED and not is_first and _told_at_start(environment) == _told_at_start(os.environ)


def _told_at_start(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith(_READ_AT_START)}


class Waiting:
    """The process that waits, and the line on which it is told what to start."""

    def __init__(self, environment: Mapping[str, str] | None = None, *, around: str = "") -> None:
        """`around` names a context, as module:function, in which every command runs."""
        self._line, other = socket.socketpair()
        self._one_at_a_time = threading.Lock()
        with other:
            self._process = subprocess.Popen(
                [sys.executable, _FORKING, str(other.fileno()), INSTALLED, *([around] if around else [])],
                pass_fds=[other.fileno()],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,  # what a command finds there is a pipe
                stderr=subprocess.PIPE,
            )

    def run(
        self,
        words: list[str],
        *,
        where: Path,
        environment: Mapping[str, str],
        timeout: float,
        typed: str = "",
    ) -> subprocess.CompletedProcess[str]:
        """As `run_installed`."""
        request = json.dumps({"words": words, "where": str(where), "environment": dict(environment)}).encode()
        into, out, err, status = (os.pipe() for _ in range(4))
        os.write(into[1], typed.encode())
        os.close(into[1])
        theirs = [into[0], out[1], err[1], status[1]]
        try:
            with self._one_at_a_time, self._saying_why():
                socket.send_fds(self._line, [len(request).to_bytes(8, "big")], theirs)
                self._line.sendall(request)
        finally:
            for file in theirs:
                os.close(file)
        said = _Said(out[0], err[0], status[0])
        is_in_time = said.wait(time.monotonic() + timeout)
        with self._saying_why():
            number = int(said.lines_of_status[0])
        if not is_in_time:
            os.kill(number, signal.SIGKILL)
            said.wait(None)
            raise subprocess.TimeoutExpired([str(INSTALLED), *words], timeout)
        code = os.waitstatus_to_exitcode(int(said.lines_of_status[1]))
        return subprocess.CompletedProcess([str(INSTALLED), *words], code, said.out, said.err)

    @contextmanager
    def _saying_why(self) -> Iterator[None]:
        """Where nobody waits any more, what was said at the end."""
        try:
            yield
        except (BrokenPipeError, ConnectionResetError, IndexError):
            self._process.kill()
            raise AssertionError(self._process.communicate()[1].decode()) from None

    def close(self) -> None:
        """It ends by itself when the line is closed; its time is then counted as ours."""
        self._line.close()
        self._process.wait(10)


class _Said:
    """What comes out of a process until nobody can write any more."""

    def __init__(self, *readable: int) -> None:
        self._open = selectors.DefaultSelector()
        self._came = [bytearray() for _ in readable]
        for file, came in zip(readable, self._came, strict=True):
            self._open.register(file, selectors.EVENT_READ, came)

    def wait(self, deadline: float | None) -> bool:
        """Whether all was closed before the deadline."""
        while self._open.get_map():
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                return False
            for key, _ in self._open.select(left):
                self._read(key)
        self._open.close()
        return True

    def _read(self, key: selectors.SelectorKey) -> None:
        came = os.read(key.fd, 1 << 16)
        key.data.extend(came)
        if not came:
            self._open.unregister(key.fd)
            os.close(key.fd)

    @property
    def out(self) -> str:
        return _text(self._came[0])

    @property
    def err(self) -> str:
        return _text(self._came[1])

    @property
    def lines_of_status(self) -> list[bytes]:
        return bytes(self._came[2]).splitlines()


def _text(came: bytearray) -> str:
    return TextIOWrapper(BytesIO(came)).read()


_here: dict[int, Waiting] = {}


def _waiting() -> Waiting:
    """One for each process: two that spoke on one line would speak at once."""
    if os.getpid() not in _here:
        _here[os.getpid()] = Waiting()
    return _here[os.getpid()]


def end_waiting() -> None:
    """When the tests of this process are over."""
    if os.getpid() in _here:
        _here.pop(os.getpid()).close()
