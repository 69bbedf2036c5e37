"""A `waifusync watch` that runs beside a test, and what it tells, as it tells it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from tests.companions import INSTALLED, Device, World, clean_environment

PATIENCE_SECONDS = 40.0
_TICKS = os.sysconf("SC_CLK_TCK")
_Found = TypeVar("_Found")


def until(found: Callable[[], _Found], what: str = "", *, seconds: float = PATIENCE_SECONDS) -> _Found:
    """What it gives, as soon as that is true; fails after a while."""
    deadline = time.monotonic() + seconds
    while True:
        value = found()
        if value:
            return value
        assert time.monotonic() < deadline, what or found
        time.sleep(0.02)


def texts(world: World) -> str:
    """All that the remote's log files say."""
    return world.git(world.remote, "grep", "-h", "-I", "-e", "", "main", "--", "shared_memory/log")


class Watch:
    """The process; `events` grows while it tells."""

    def __init__(
        self, device: Device, *options: str, before: tuple[str, ...] = (), **environment: str
    ) -> None:
        self.device = device
        self.events: list[dict[str, Any]] = []
        self.process = subprocess.Popen(
            [*before, INSTALLED, "watch", "--json", *options],
            cwd=device.directory,
            env=clean_environment(device.world.home, **{**device.environment, **environment}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.events.append(json.loads(line))

    def told(self, kind: str) -> list[dict[str, Any]]:
        return [each for each in list(self.events) if each.get("event") == kind]

    def wait_for(self, kind: str, *, count: int = 1) -> dict[str, Any]:
        """The last of so many events of this kind."""

        def is_told() -> bool:
            assert self.process.poll() is None or len(self.told(kind)) >= count, self._end()
            return len(self.told(kind)) >= count

        until(is_told, f"{count} {kind} in {self.events}")
        return self.told(kind)[count - 1]

    def settled(self) -> Watch:
        """Its first exchange is over, and it waits."""
        self.wait_for("watching")
        until(self.is_idle, "idle")
        return self

    def is_idle(self) -> bool:
        """The lock is free, and an exchange has come to its end since it began."""
        began = self.device.directory / ".git/waifusync/watch/lock"
        return (
            exchanges(self.device) > began.stat().st_mtime_ns
            and not (self.device.directory / ".git/waifusync/lock").read_bytes()
        )

    @property
    def pid(self) -> int:
        """Of the program itself, whatever it was started through."""
        return int(json.loads((self.device.directory / ".git/waifusync/watch/lock").read_bytes())["pid"])

    def processor_seconds(self) -> float:
        """Its own and that of the git processes that it started; 0 where no /proc tells."""
        if not Path("/proc").is_dir():
            return 0.0
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / _TICKS

    def memory_kilobytes(self) -> int:
        """What of it is in memory; 0 where no /proc tells."""
        if not Path("/proc").is_dir():
            return 0
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0])

    def stop(self, number: int = signal.SIGTERM, *, code: int = 0) -> str:
        """Ends it, and gives what it said on stderr."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.ended(code)

    def ended(self, code: int) -> str:
        """Waits for its end."""
        assert self.process.wait(PATIENCE_SECONDS) == code, self._end()
        return self._end()

    def _end(self) -> str:
        self._reader.join()
        assert self.process.stderr is not None
        return f"{self.events}{self.process.stderr.read()}" if self.process.returncode else ""

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self._reader.join()


def exchanges(device: Device) -> int:
    """When the last exchange ended; each writes this file anew."""
    try:
        return (device.directory / ".git/waifusync/last_sync.json").stat().st_mtime_ns
    except FileNotFoundError:
        return 0


@contextmanager
def watching(
    device: Device, *options: str, before: tuple[str, ...] = (), **environment: str
) -> Iterator[Watch]:
    """Every half second unless said otherwise; nothing is left running."""
    words = options if "--interval" in options else ("--interval", "0.5", *options)
    watch = Watch(device, *words, before=before, **environment)
    try:
        yield watch
    finally:
        if watch.process.poll() is None:
            watch.kill()
        for stream in (watch.process.stdout, watch.process.stderr):
            assert stream is not None
            stream.close()
