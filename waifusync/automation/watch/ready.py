"""What systemd wants to hear of a service: ready, stopping, alive. Silent where $NOTIFY_SOCKET is not set."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from collections.abc import Iterator

# Fetching and pushing have limits of their own, of twenty minutes each.
_LONGEST_SILENCE_SECONDS = 3600.0


def notify(text: str) -> None:
    """One message, such as READY=1; whether anybody heard it is all the same."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return
    name = "\0" + address[1:] if address.startswith("@") else address
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.sendto(text.encode(), name)


class Heart:
    """Says WATCHDOG=1 as often as was asked, as long as the loop has beaten within the time that it may take.

    From a thread: a slow remote must not look like a process that hangs.
    """

    def __init__(self) -> None:
        self._deadline = 0.0
        self._is_ready = False
        self._end = threading.Event()

    def beat(self, wait_seconds: float) -> None:
        """The loop is alive, and is about to wait for so long."""
        self._deadline = time.monotonic() + wait_seconds + _LONGEST_SILENCE_SECONDS

    def ready(self) -> None:
        """From here on it is heard; before, systemd has not begun to listen for it."""
        notify("READY=1")
        self._is_ready = True

    @contextlib.contextmanager
    def beating(self) -> Iterator[Heart]:
        period = _period_seconds()
        self.beat(0)
        if period:
            threading.Thread(target=self._run, args=(period,), daemon=True).start()
        try:
            yield self
        finally:
            self._end.set()

    def _run(self, period: float) -> None:
        while time.monotonic() < self._deadline:
            if self._is_ready:
                notify("WATCHDOG=1")
            if self._end.wait(period):
                return


def _period_seconds() -> float:
    """Half of what systemd allows; 0 where it does not watch this process."""
    allowed = os.environ.get("WATCHDOG_USEC", "")
    is_ours = os.environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
    return int(allowed) / 2e6 if allowed.isdecimal() and is_ours else 0.0
