"""How long commands take beside each other: processor time, in turns, whatever else the machine does."""

from __future__ import annotations

import os
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path

_ROUNDS = 15


def processor_seconds(command: Sequence[str], *, where: Path, environment: Mapping[str, str]) -> float:
    """User and system time of one run and of everything it started; it must exit with 0."""
    nothing = os.open(os.devnull, os.O_RDWR)
    try:
        actions = [(os.POSIX_SPAWN_DUP2, nothing, 0), (os.POSIX_SPAWN_DUP2, nothing, 1)]
        words = ["sh", "-c", 'cd "$1" && shift && exec "$@"', "sh", str(where), *command]
        process = os.posix_spawn("/bin/sh", words, dict(environment), file_actions=actions)
    finally:
        os.close(nothing)
    _, status, usage = os.wait4(process, 0)
    assert status == 0, f"{command} ended with {status}"
    return usage.ru_utime + usage.ru_stime


def ratio(
    command: Sequence[str],
    floor: Sequence[str],
    *,
    where: Path,
    environment: Mapping[str, str],
    rounds: int = _ROUNDS,
) -> float:
    """The median of the command over the median of the floor, after one run of each that does not count."""
    one, other = [], []
    for _ in range(rounds + 1):
        one.append(processor_seconds(command, where=where, environment=environment))
        other.append(processor_seconds(floor, where=where, environment=environment))
    return statistics.median(one[1:]) / statistics.median(other[1:])
