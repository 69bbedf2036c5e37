"""Writers at one database for some seconds, some of them killed on the way; and what they saw."""

from __future__ import annotations

import itertools
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from tests.soak.ledger import Attempt, attempts

_ROOT = Path(__file__).parents[2]
_PATIENCE_MILLISECONDS = 5000
_LOOK_SECONDS = 0.05
_KILL_EVERY_SECONDS = 1.0
_WORK_EVERY, _WORK_SECONDS = 5, 0.005


class Kind(NamedTuple):
    """A program, and how long it waits for a lock."""

    driver: str
    wait_milliseconds: int

    def __str__(self) -> str:
        return f"{self.driver} {'waiting' if self.wait_milliseconds else 'not waiting'}"


def kinds() -> list[Kind]:
    """Of those that are installed here."""
    found = [
        "python",
        *(["apsw"] if find_spec("apsw") else []),
        *(["shell"] if shutil.which("sqlite3") else []),
    ]
    return [Kind(driver, wait) for driver in found for wait in (_PATIENCE_MILLISECONDS, 0)]


def lacking() -> list[str]:
    """Programs that do not write here, because they are not installed."""
    return [each for each in ("apsw", "shell") if each not in {kind.driver for kind in kinds()}]


@dataclass
class Seen:
    """Of all turns of one sort: each kind's ledgers, and the greatest WAL."""

    ledgers: dict[Kind, list[Path]] = field(default_factory=dict)
    greatest_wal: int = 0
    kills: int = 0
    worked_seconds: float = 0.0
    waited_seconds: float = 0.0

    @property
    def crowding(self) -> float:
        """How many times as long as on a free core a little work took: a lock is held as much longer."""
        return self.waited_seconds / self.worked_seconds if self.worked_seconds else 1.0

    def attempts(self, *of: Kind) -> Iterator[Attempt]:
        for kind in of or self.ledgers:
            for path in self.ledgers.get(kind, []):
                yield from attempts(path)

    @property
    def all_ledgers(self) -> list[Path]:
        return list(itertools.chain.from_iterable(self.ledgers.values()))

    def busy_share(self, kind: Kind) -> float:
        endings = [each.ending for each in self.attempts(kind) if each.ending]
        return endings.count("busy") / max(len(endings), 1)

    def p99_milliseconds(self, *of: Kind) -> float:
        """Of writes that were done."""
        took = sorted(each.milliseconds for each in self.attempts(*of) if each.ending == "done")
        return took[int(len(took) * 0.99)] if took else 0.0


class Turns:
    """Runs turns at one database; every writer that is started has a name and a ledger of its own."""

    def __init__(self, database: Path, folder: Path, chance: random.Random) -> None:
        self.database, self.folder, self.chance = database, folder, chance
        self.seen = Seen()
        self._count = itertools.count(1)
        folder.mkdir()

    def run(self, seconds: float, running: Sequence[Kind]) -> None:
        writers = {kind: self._start(kind) for kind in running}
        deadline, next_kill = time.monotonic() + seconds, time.monotonic() + _KILL_EVERY_SECONDS
        try:
            for look in itertools.takewhile(lambda _: time.monotonic() < deadline, itertools.count()):
                time.sleep(_LOOK_SECONDS)
                self._look_at_wal()
                if look % _WORK_EVERY == 0:
                    self._work()
                if time.monotonic() > next_kill:
                    kind = self.chance.choice(running)
                    _kill(writers[kind])
                    writers[kind] = self._start(kind)
                    self.seen.kills += 1
                    next_kill += _KILL_EVERY_SECONDS
                for kind, writer in writers.items():
                    assert writer.poll() is None, f"{kind} ended by itself"
        finally:
            for writer in writers.values():
                _kill(writer)

    def _start(self, kind: Kind) -> subprocess.Popen[bytes]:
        name = f"{self.folder.name}-{kind.driver}-{kind.wait_milliseconds}-{next(self._count)}"
        ledger = self.folder / f"{name}.jsonl"
        ledger.touch()
        self.seen.ledgers.setdefault(kind, []).append(ledger)
        words = [kind.driver, str(self.database), str(kind.wait_milliseconds), name, str(ledger)]
        command = [sys.executable, "-m", "tests.soak.writer", *words]
        return subprocess.Popen(command, cwd=_ROOT, start_new_session=True)

    def _work(self) -> None:
        begun, wanted = time.perf_counter(), time.thread_time() + _WORK_SECONDS
        while time.thread_time() < wanted:
            pass
        self.seen.worked_seconds += _WORK_SECONDS
        self.seen.waited_seconds += time.perf_counter() - begun

    def _look_at_wal(self) -> None:
        wal = self.database.with_name(self.database.name + "-wal")
        if wal.exists():
            self.seen.greatest_wal = max(self.seen.greatest_wal, wal.stat().st_size)


def _kill(writer: subprocess.Popen[bytes]) -> None:
    """With the shell that it may have called: a later write of that one nobody would know of."""
    os.killpg(writer.pid, signal.SIGKILL)
    writer.wait()
