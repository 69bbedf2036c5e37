"""What a candidate costs, and candidates in turns: A B A B. A machine that slows down slows all of them."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

TIMEOUT_SECONDS = 1800
_PEAK = (
    "import resource, subprocess, sys;"
    " code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode;"
    " print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss); sys.exit(code)"
)


class WrongResult(Exception):
    """A candidate did not do what was asked of it, so its time counts for nothing."""


class Cost(NamedTuple):
    """Seconds by the clock, and of the processor: user and system, of all that was started."""

    wall: float
    cpu: float

    def __add__(self, other: object) -> Cost:
        assert isinstance(other, Cost)
        return Cost(self.wall + other.wall, self.cpu + other.cpu)


class Finished(NamedTuple):
    """A process that ended with 0."""

    cost: Cost
    out: str


# Does its work in the given round, checks it, and tells what the work alone has cost.
Candidate = Callable[[int], Cost]


def plain_environment(**extra: str) -> dict[str, str]:
    """Nothing of whoever runs the bench: their settings of git, of waifusync, and of Python.

    With PYTHONDONTWRITEBYTECODE every start would compile every module again: 60 ms that nobody else has.
    """
    ours = ("GIT_", "WAIFUSYNC_", "PYTHON")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)} | extra


def run(
    command: Sequence[str | Path], *, where: Path, environment: Mapping[str, str] | None = None
) -> Finished:
    """A whole process, from its start to its end. Raises WrongResult when it ends with anything but 0."""
    environment = plain_environment() if environment is None else environment
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as error:
        start = time.perf_counter()
        process = subprocess.Popen(
            list(map(str, command)),
            cwd=where,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=error,
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise WrongResult(
                f"{' '.join(map(str, command))}: {process.returncode}: {_read(error) or _read(out)}"
            )
        return Finished(Cost(wall, usage.ru_utime + usage.ru_stime), _read(out))


def _read(file: object) -> str:
    file.seek(0)  # type: ignore[attr-defined]  # what TemporaryFile gives has no public type
    return str(file.read().decode(errors="replace"))  # type: ignore[attr-defined]  # likewise


def in_process(work: Callable[[], object]) -> Cost:
    """What a call costs in here."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return Cost(time.perf_counter() - wall, time.process_time() - cpu)


def peak_mebibytes(command: Sequence[str | Path], *, where: Path, environment: Mapping[str, str]) -> float:
    """The most that one process of the command held resident at once.

    By way of a small process: a child's peak begins with that of the process it was forked from.
    """
    words = [sys.executable, "-c", _PEAK, *map(str, command)]
    done = subprocess.run(words, cwd=where, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise WrongResult(f"{' '.join(map(str, command))}: {done.returncode}: {done.stderr}")
    return int(done.stdout.splitlines()[-1]) / 1024


class Turns(NamedTuple):
    """What each candidate has cost, and which of them did wrong: their times count for nothing."""

    costs: dict[str, list[Cost]]
    wrong: dict[str, str]


def in_turns(candidates: Mapping[str, Candidate], rounds: int, tick: Callable[[str], None]) -> Turns:
    """Each candidate once a round; a first round, which warms up, is not counted where there are several."""
    costs: dict[str, list[Cost]] = {name: [] for name in candidates}
    wrong: dict[str, str] = {}
    warming = rounds > 1
    for number in range(rounds + warming):
        for name, candidate in candidates.items():
            if name in wrong:
                continue
            counts = bool(number) or not warming
            tick(f"{name}, round {number + (not warming)} of {rounds}" if counts else f"{name}, warming up")
            try:
                cost = candidate(number)
            except WrongResult as error:
                wrong[name] = str(error)
                continue
            if counts:
                costs[name].append(cost)
    return Turns({name: each for name, each in costs.items() if name not in wrong}, wrong)


def check(claim: bool, told: str) -> None:
    """Raises WrongResult unless the claim holds."""
    if not claim:
        raise WrongResult(told)
