"""What ends a run from outside: its time limit, and SIGTERM (a shutdown, `systemctl stop`).

Either comes as an exception wherever the run is, as Ctrl-C does, so that git is ended too and the lock goes
back. While the remote is asked, the limit is an answer that did not come: the local part is still done.
"""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Iterator
from types import FrameType

from waifusync.errors import UnreachableError
from waifusync.repository.process import is_starting

# Once more for what is not through after the first, and where the first fell on deaf ears.
_AGAIN_SECONDS = 20.0
_A_MOMENT_SECONDS = 0.005

_Handler = Callable[[int, "FrameType | None"], None]


class OutOfTime(UnreachableError):
    """The time limit is up; what was not done goes on with the next run."""


@contextlib.contextmanager
def time_limit(seconds: float, *, told: str) -> Iterator[None]:
    """Raises OutOfTime in the block. For the main thread, since it is a signal; not nested."""

    def expire(_number: int, _frame: FrameType | None) -> None:
        if is_starting():
            signal.setitimer(signal.ITIMER_REAL, _A_MOMENT_SECONDS, _AGAIN_SECONDS)
            return
        raise OutOfTime(
            f"the time limit of {told} was up",
            hint="all is safe here; a longer one: waifusync schedule install --limit",
            interrupted=True,
        )

    with _handling(signal.SIGALRM, expire):
        signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN_SECONDS)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)


@contextlib.contextmanager
def ends_when_asked() -> Iterator[None]:
    """SIGTERM is as Ctrl-C in the block."""

    def interrupt(number: int, _frame: FrameType | None) -> None:
        if is_starting():
            signal.signal(signal.SIGALRM, interrupt)  # the limit does not matter any more
            signal.setitimer(signal.ITIMER_REAL, _A_MOMENT_SECONDS)
            return
        raise KeyboardInterrupt

    with _handling(signal.SIGTERM, interrupt):
        yield


@contextlib.contextmanager
def _handling(number: signal.Signals, handler: _Handler) -> Iterator[None]:
    before = signal.signal(number, handler)
    try:
        yield
    finally:
        signal.signal(number, before)
