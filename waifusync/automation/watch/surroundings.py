"""What makes it worth trying again at once: another network, or waking from sleep."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

NETWORK = Path("/proc/net")
_FILES = ("route", "if_inet6")  # routes, and addresses of the newer kind; neither counts packets
_SLEPT_SECONDS = 1.0


def seconds_asleep() -> float:
    """How long the machine has slept since it started: a clock that counts sleep less one that does not."""
    counting = getattr(time, "CLOCK_BOOTTIME", None) or time.CLOCK_MONOTONIC
    return time.clock_gettime(counting) - time.monotonic()


class Surroundings:
    """Compares with the last look; wall clocks play no part, since they jump for other reasons too."""

    def __init__(self, network: Path = NETWORK, asleep: Callable[[], float] = seconds_asleep) -> None:
        self._network_files = [network / name for name in _FILES]
        self._asleep = asleep
        self._before = (self._network(), asleep())

    def have_changed(self) -> bool:
        """Since the last time this was asked."""
        now = (self._network(), self._asleep())
        before, self._before = self._before, now
        return now[0] != before[0] or now[1] - before[1] > _SLEPT_SECONDS

    def _network(self) -> list[bytes]:
        found = []
        for file in self._network_files:
            try:
                found.append(file.read_bytes())
            except OSError:
                found.append(b"")
        return found
