"""Companions of a given size, and what one more push costs in each: in time, in bytes sent, in bytes kept."""

from __future__ import annotations

import random
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from tests.companions import INSTALLED, Device, World, clean_environment

_WORDS = ("tea", "rain", "moon", "garden", "letter", "train", "coffee", "window", "evening", "river", "song")
_MORE_WORDS = (
    "kettle",
    "shadow",
    "paper",
    "lamp",
    "harbour",
    "winter",
    "morning",
    "story",
    "bridge",
    "quiet",
)
_INSERT = (
    "INSERT INTO memories (timestamp, device_id, conversation_id, user_input, ai_response, model_used)"
    " VALUES (?, 'laptop', ?, ?, ?, 'phi3:mini')"
)


@dataclass(frozen=True)
class Cost:
    """Of one push: seconds, bytes that the remote got, bytes that .git grew by."""

    seconds: float
    sent: int
    kept: int


def chat(number: int, *, seed: int) -> Iterator[tuple[str, str, str, str]]:
    """Rows of about 700 bytes, the same for the same seed."""
    chance = random.Random(seed)
    for row in range(number):
        yield (
            f"2026-01-01T10:{row // 60 % 60:02}:{row % 60:02}",
            f"c{row // 20}",
            _text(chance, 120),
            _text(chance, 480),
        )


def _text(chance: random.Random, length: int) -> str:
    words: list[str] = []
    size = 0
    while size < length:
        words.append(
            chance.choice(_WORDS + _MORE_WORDS)
            + (str(chance.randrange(1000)) if chance.random() < 0.2 else "")
        )
        size += len(words[-1]) + 1
    return " ".join(words)


def write(device: Device, number: int, *, seed: int) -> None:
    """What a program does: one transaction of plain inserts."""
    with closing(sqlite3.connect(device.database)) as connection, connection:
        connection.executemany(_INSERT, chat(number, seed=seed))


def companion_of(folder: Path, rows: int) -> Device:
    """A companion with so many memories, all pushed, and warm: it has pushed small things since."""
    folder.mkdir()
    world = World(folder)
    laptop = world.device("laptop")
    write(laptop, rows, seed=rows)
    laptop.run("push", timeout=3600)
    for seed in range(2):
        write(laptop, 100, seed=seed)
        laptop.run("push")
    return laptop


def cost_of_push(device: Device, *, seed: int) -> Cost:
    """100 new rows."""
    write(device, 100, seed=seed)
    sent, kept = _objects(device.world.remote), _objects(device.directory / ".git")
    ours = clean_environment(device.world.home)
    start = time.perf_counter()
    subprocess.run([INSTALLED, "push"], cwd=device.directory, env=ours, check=True, stdout=subprocess.DEVNULL)
    seconds = time.perf_counter() - start
    return Cost(
        seconds,
        _objects(device.world.remote) - sent,
        _objects(device.directory / ".git") - kept,
    )


def _objects(repository: Path) -> int:
    return sum(file.stat().st_size for file in (repository / "objects").rglob("*") if file.is_file())


def medians(costs: list[Cost]) -> Cost:
    return Cost(
        statistics.median(each.seconds for each in costs),
        int(statistics.median(each.sent for each in costs)),
        int(statistics.median(each.kept for each in costs)),
    )


_PEAK = (
    "import resource, subprocess, sys;"
    " code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode;"
    " print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss); sys.exit(code)"
)


def peak_mebibytes(device: Device, *words: str) -> float:
    """The greatest resident size that the command, or a git it started, came to."""
    command = [sys.executable, "-c", _PEAK, str(INSTALLED), *words]
    done = subprocess.run(command, cwd=device.directory, check=True, capture_output=True, text=True)
    return int(done.stdout) / 1024
