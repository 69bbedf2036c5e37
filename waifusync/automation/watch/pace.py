"""When the next thing is due: arithmetic over a clock and a chance that are passed in.

a change here     when nothing more came for a fifth of an interval, at the latest an interval after it
the remote        every interval; every sixth after ten minutes in which nothing came or went
a failure         twice as long each time, up to sixty intervals, a quarter more or less by chance
"""

from __future__ import annotations

from collections.abc import Callable

from waifusync.values import dataclass, field

LOW_POWER_FACTOR = 6
_QUIET_PART = 0.2
_RELAXED_FACTOR = 6
_RELAXED_AFTER_SECONDS = 600.0
_LONGEST_FACTOR = 60
_JITTER = 0.25
_MOST_DOUBLINGS = 10
_LONGEST_FIRST_REST_SECONDS = 1.0


@dataclass(slots=True)
class Backoff:
    """Failures in a row, and until when not to try again."""

    failures: int = 0
    until: float = 0.0

    def failed(self, now: float, interval: float, chance: Callable[[float, float], float]) -> None:
        """`chance` gives a number between two."""
        self.failures += 1
        factor = min(2 ** min(self.failures, _MOST_DOUBLINGS), _LONGEST_FACTOR)
        self.until = now + interval * factor * chance(1 - _JITTER, 1 + _JITTER)

    def clear(self) -> None:
        self.failures, self.until = 0, 0.0


@dataclass(slots=True)
class Pace:
    """Times are seconds of a clock that only goes forward. `usual` is the interval that was asked for."""

    usual: float
    chance: Callable[[float, float], float]
    is_low_power: bool = False
    remote: Backoff = field(default_factory=Backoff)
    here: Backoff = field(default_factory=Backoff)
    _first_change: float | None = None
    _notices: int = 0
    _last_change: float = 0.0
    _last_asked: float | None = None
    _last_moved: float = 0.0

    @property
    def interval(self) -> float:
        return self.usual * LOW_POWER_FACTOR if self.is_low_power else self.usual

    @property
    def _quiet(self) -> float:
        return self.interval * _QUIET_PART

    def start(self, now: float) -> None:
        """Everything is due: nobody knows what happened before."""
        self._first_change, self._last_asked = now - self.interval, None

    def noticed(self, now: float) -> None:
        """Something changed here, or changed again."""
        self._last_change = now
        self._notices = 0
        if self._first_change is None:
            self._first_change = now

    def is_due_here(self, now: float) -> bool:
        return self._first_change is not None and now >= self._due_here(self._first_change)

    def _due_here(self, first: float) -> float:
        return max(min(first + self.interval, self._last_change + self._quiet), self.here.until)

    def nothing_here(self) -> None:
        """What was noticed is no change, or is none any more."""
        self._first_change = None

    def done_here(self) -> None:
        """All that was noticed is dealt with."""
        self._first_change = None
        self.here.clear()

    def failed_here(self, now: float) -> None:
        self.here.failed(now, self.interval, self.chance)

    def wait_for_others(self, now: float) -> None:
        """Another waifusync is at work: once more after an interval."""
        self._last_asked = now
        for each in (self.here, self.remote):
            each.until = max(each.until, now + self.interval)

    def is_due_there(self, now: float) -> bool:
        return now >= self._due_there(now)

    def _due_there(self, now: float) -> float:
        if self.remote.failures:
            return self.remote.until
        if self._last_asked is None:
            return now
        is_relaxed = self._last_asked - self._last_moved > _RELAXED_AFTER_SECONDS
        return self._last_asked + self.interval * (_RELAXED_FACTOR if is_relaxed else 1)

    def asked(self, now: float, *, has_moved: bool) -> None:
        """The remote answered; `has_moved`: something came or went."""
        if has_moved or self._last_asked is None:
            self._last_moved = now
        self._last_asked = now
        self.remote.clear()

    def failed_there(self, now: float) -> None:
        self.remote.failed(now, self.interval, self.chance)

    def hurry(self, now: float) -> None:
        """What was waited for may be over: another network is there, or the machine was asleep."""
        self.remote.until = self.here.until = self._last_moved = now
        self._last_asked = None

    def wait_seconds(self, now: float) -> float:
        """Until the next thing can be due; never longer than an interval, after which one looks anyway."""
        due = [now + self.interval, self._due_there(now)]
        if self._first_change is not None:
            due.append(self._due_here(self._first_change))
        return max(0.0, min(due) - now)

    def undisturbed(self) -> None:
        """A whole wait went by without a notice."""
        self._notices = 0

    def rest_seconds(self) -> float:
        """After a notice: many come together, and one look is enough for all. The longer, the more of them
        came to nothing, such as those of programs that only read; a look is due in an interval anyway."""
        shortest = min(self._quiet / 2, _LONGEST_FIRST_REST_SECONDS)
        seconds: float = shortest * 2 ** min(self._notices, _MOST_DOUBLINGS)
        self._notices += 1
        return min(seconds, self.interval)
