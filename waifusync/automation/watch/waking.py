"""What ends a wait: a notice from another thread, or a signal that asks to stop.

A signal during a wait or while only asking the remote ends that at once; during an exchange it waits for the
exchange to end. A second interrupt does not wait.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import time
from collections.abc import Iterator
from types import FrameType

_LONGEST_DEAFNESS_SECONDS = 0.5
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Stopped(BaseException):
    """Raised out of what may be broken off when a signal asks to stop."""


class Waker:
    """A wait that others can end; `asked_by` is the signal that asked to stop, None until one does."""

    def __init__(self) -> None:
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._reader, False)
        os.set_blocking(self._writer, False)
        self._may_break = False
        self.asked_by: int | None = None

    def wake(self) -> None:
        """From any thread or signal handler."""
        with contextlib.suppress(BlockingIOError):  # full: it will wake up anyway
            os.write(self._writer, b"w")

    def wait(self, seconds: float) -> bool:
        """True when it was woken; all notices until then count as one."""
        if self.asked_by is not None:
            return True
        is_woken = bool(select.select([self._reader], [], [], seconds)[0])
        self._drain()
        return is_woken

    def pause(self, seconds: float) -> None:
        """A wait that only a signal ends; notices that came meanwhile are forgotten."""
        deadline = time.monotonic() + seconds
        while self.asked_by is None and (left := deadline - time.monotonic()) > 0:
            time.sleep(min(left, _LONGEST_DEAFNESS_SECONDS))
        self._drain()

    def _drain(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while os.read(self._reader, 4096):
                pass

    @contextlib.contextmanager
    def breakable(self) -> Iterator[None]:
        """A signal in here raises Stopped, and so does one that came before."""
        self._may_break = True
        try:
            if self.asked_by is not None:
                raise Stopped
            yield
        finally:
            self._may_break = False

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Signals ask to stop in here; one that was ignored (nohup) stays ignored."""
        before = {each: signal.getsignal(each) for each in _SIGNALS}
        for each, handler in before.items():
            if handler is not signal.SIG_IGN:
                signal.signal(each, self._asked)
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)

    def _asked(self, number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGINT and self.asked_by is not None:
            raise KeyboardInterrupt
        self.asked_by = number
        self.wake()
        if self._may_break:
            raise Stopped
