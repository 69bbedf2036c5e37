"""A limit on all that a block does: when it is up, what goes on is left as if it had been interrupted.

While the remote is asked, that is an answer that did not come, and the local part is still done.
"""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType

from waifusync.errors import UnreachableError

# Once more for what is not through after the first, and for the first where it fell on deaf ears.
_AGAIN_SECONDS = 20.0


class OutOfTime(UnreachableError):
    """The time limit is up; what was not done goes on with the next run."""


@contextlib.contextmanager
def time_limit(seconds: float, *, told: str) -> Iterator[None]:
    """Raises OutOfTime in the block. For the main thread, since it is a signal; not nested."""

    def expire(_number: int, _frame: FrameType | None) -> None:
        raise OutOfTime(
            f"the time limit of {told} was up",
            hint="all is safe here; a longer one: waifusync schedule install --limit",
        )

    before = signal.signal(signal.SIGALRM, expire)
    signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextlib.contextmanager
def ends_when_asked() -> Iterator[None]:
    """SIGTERM (a shutdown, `systemctl stop`) is as Ctrl-C: git is ended too, and the lock goes back."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
