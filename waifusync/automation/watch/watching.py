"""The loop of `watch`: waits, looks, and has exchanged what changed here or on the remote.

A notice, a tick or a signal ends a wait; whether there is anything to do is decided by looking, not by what
woke it. The remote is asked without a lock, so one that does not answer holds up nobody. Two things end it:
a signal, and another companion in this one's place.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Protocol

from waifusync.automation.watch.noticing import Notices
from waifusync.automation.watch.pace import Pace
from waifusync.automation.watch.ready import Heart
from waifusync.automation.watch.surroundings import Surroundings
from waifusync.automation.watch.telling import Event, Tell, Troubles
from waifusync.automation.watch.waking import Stopped, Waker
from waifusync.errors import WaifusyncError
from waifusync.repository.lock import LockTaken
from waifusync.sessions.power import is_power_low
from waifusync.values import NamedTuple


class Done(NamedTuple):
    """What an exchange came to. `has_moved`: something came or went; `warnings` may be the same each time."""

    text: str
    facts: Mapping[str, object]
    repaired: tuple[str, ...]
    warnings: tuple[str, ...]
    has_moved: bool


class Work(Protocol):
    """The companion that is watched. What fails raises a WaifusyncError, and was noted for `status`."""

    @property
    def root(self) -> Path:
        """Where it is; absolute."""

    @property
    def state_directory(self) -> Path:
        """What of it belongs to this machine."""

    @property
    def identity(self) -> str:
        """Which companion, on which device."""

    def is_here(self) -> bool:
        """Whether the same folder, with the same .git, is in its place."""

    def files(self) -> Iterable[Path]:
        """Those of which a change should be noticed at once; what else is looked at waits for the tick."""

    def look(self) -> object | None:
        """How things stand, to be compared; None where nothing changed since they were last settled."""

    def remote_settings(self) -> object:
        """Compares equal as long as nobody changed where the remote is."""

    def settle(self) -> bool:
        """Whether all that is here is in git, whatever was touched: then that is how things stand."""

    def has_news(self) -> bool:
        """Whether the remote has, or lacks, something. Takes no lock."""

    def exchange(self, *, with_remote: bool) -> Done:
        """Raises LockTaken after having left a note."""


class Watcher:
    """One companion, watched until it is asked to stop or is not in its place any more."""

    def __init__(self, work: Work, *, pace: Pace, waker: Waker, tell: Tell, heart: Heart) -> None:
        self._work = work
        self._pace = pace
        self._waker = waker
        self._tell = tell
        self._heart = heart
        self._notices = Notices(waker.wake)
        self._surroundings = Surroundings()
        self._troubles = Troubles(tell)
        self._noticed: object | None = None
        self._remote_settings = work.remote_settings()
        self._is_wanted_low_power = pace.is_low_power
        self._warned: tuple[str, ...] = ()
        self._is_busy_told = False
        self._without_notices = ""

    def watch(self) -> bool:
        """True when asked to stop, False when the companion is gone from its place."""
        self._pace.start(time.monotonic())
        try:
            while self._waker.asked_by is None:
                if not self._work.is_here():
                    return False
                self._look_around()
                self._look()
                self._act()
                self._rest()
        except Stopped:
            pass
        finally:
            self._notices.stop()
        return True

    def _rest(self) -> None:
        """Notices that come in a row end one wait."""
        seconds = self._pace.wait_seconds(time.monotonic())
        self._heart.beat(seconds)
        if self._waker.wait(seconds):
            self._waker.pause(min(self._pace.rest_seconds(), self._pace.wait_seconds(time.monotonic())))
        else:
            self._pace.undisturbed()

    def _look_around(self) -> None:
        why_not = self._notices.follow(self._work.files())
        if why_not and why_not != self._without_notices:
            text = f"no notices of changes ({why_not}): looking every {self._pace.interval:g} s instead"
            self._tell(Event("polling", text, facts={"reason": why_not}))
            self._without_notices = why_not
        settings, before = self._work.remote_settings(), self._remote_settings
        self._remote_settings = settings
        if self._surroundings.have_changed() or settings != before:
            self._pace.hurry(time.monotonic())
        self._look_at_power()

    def _look_at_power(self) -> None:
        is_low = self._is_wanted_low_power or is_power_low()
        if is_low != self._pace.is_low_power:
            self._pace.is_low_power = is_low
            how = "the battery is low" if is_low else "the battery is not low any more"
            text = f"{how}: every {self._pace.interval:g} s from now on"
            self._tell(Event("power", text, facts={"low": is_low, "interval": self._pace.interval}))

    def _look(self) -> None:
        found = self._work.look()
        if found is None:
            self._pace.nothing_here()
        elif found != self._noticed:
            self._pace.noticed(time.monotonic())
        self._noticed = found

    def _act(self) -> None:
        now = time.monotonic()
        if self._pace.is_due_here(now):
            self._deal_with_change()
        elif self._pace.is_due_there(now):
            self._ask(is_wanted=False)

    def _deal_with_change(self) -> None:
        try:
            is_settled = self._work.settle()
        except WaifusyncError:
            is_settled = False  # the exchange will say what is wrong
        if is_settled:
            self._pace.nothing_here()
        elif self._pace.remote.failures:
            self._exchange(with_remote=False)
        else:
            self._ask(is_wanted=True)

    def _ask(self, *, is_wanted: bool) -> None:
        """`is_wanted`: something here is to go. Where the remote is away, the next turn commits it here."""
        was_failing = bool(self._pace.remote.failures)
        try:
            with self._waker.breakable():
                has_news = self._work.has_news()
        except WaifusyncError as error:
            self._pace.failed_there(time.monotonic())
            self._failed("remote", error)
            return
        if is_wanted or has_news or was_failing:
            self._exchange(with_remote=True)
        else:
            self._pace.asked(time.monotonic(), has_moved=False)

    def _exchange(self, *, with_remote: bool) -> None:
        try:
            done = self._work.exchange(with_remote=with_remote)
        except LockTaken as error:
            self._pace.wait_for_others(time.monotonic())
            self._tell_busy(error)
        except WaifusyncError as error:
            self._not_done(error, with_remote=with_remote)
        else:
            self._well_done(done, with_remote=with_remote)

    def _tell_busy(self, error: LockTaken) -> None:
        if not self._is_busy_told:
            text = f"{error.message}: left a note, and will try again"
            self._tell(Event("busy", text, facts=dict(error.facts)))
        self._is_busy_told = True

    def _not_done(self, error: WaifusyncError, *, with_remote: bool) -> None:
        now = time.monotonic()
        if with_remote:
            self._pace.failed_there(now)
        else:
            self._pace.failed_here(now)
        self._failed("remote" if with_remote else "here", error)
        done = error.facts.get("done")
        if isinstance(done, Done):  # committed here, before the remote went away
            self._tell_done(done)

    def _failed(self, where: str, error: WaifusyncError) -> None:
        if self._work.is_here():  # else that is what is to be told
            self._troubles.failed(where, error)

    def _well_done(self, done: Done, *, with_remote: bool) -> None:
        self._is_busy_told = False
        self._pace.done_here()
        self._troubles.over("here")
        if with_remote:
            self._pace.asked(time.monotonic(), has_moved=done.has_moved)
            self._troubles.over("remote")
        self._tell_done(done)

    def _tell_done(self, done: Done) -> None:
        for repaired in done.repaired:
            self._tell(Event("repaired", repaired))
        for warning in done.warnings:
            if warning not in self._warned:
                self._tell(Event("warning", warning))
        self._warned = done.warnings
        if done.has_moved:
            self._tell(Event("synced", done.text, facts=done.facts))
