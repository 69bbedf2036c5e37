"""A device settles in: clone, build, index. The floor: `git clone`, an executemany of rows and words."""

from __future__ import annotations

import shutil
from pathlib import Path

from experiments.bench.data import memories
from experiments.bench.figure import Measured
from experiments.bench.ground import WAIFUSYNC, Device, Setting, World, plain_database
from experiments.bench.timing import Candidate, Cost, check, in_process, in_turns, run


def measure(setting: Setting) -> Measured:
    rows = setting.scale.rows
    laptop = World(setting.folder() / "world").begin("laptop")
    laptop.write(memories(rows, seed=rows))
    laptop.push()
    candidates = {
        "waifusync join and index": _join(laptop, rows),
        "git clone, executemany and index": _floor(laptop, rows),
    }
    return Measured.of_turns(in_turns(candidates, setting.scale.rounds, setting.tick))


def _join(laptop: Device, rows: int) -> Candidate:
    world = laptop.world

    def join(number: int) -> Cost:
        device = Device(world, f"third{number}")
        command: list[str | Path] = [WAIFUSYNC, "join", world.remote, device.name, "--device", device.name]
        joined = run(command, where=world.folder, environment=world.environment)
        indexed = device.run("search", "tea", "--limit", "1")
        check(device.count() == rows, "rows are missing after a join")
        check(device.digest() == laptop.digest(), "the digests differ after a join")
        shutil.rmtree(device.directory)
        return joined.cost + indexed.cost

    return join


def _floor(laptop: Device, rows: int) -> Candidate:
    world = laptop.world
    clone, path = world.folder / "clone", world.folder / "plain.db"

    def floor(number: int) -> Cost:
        shutil.rmtree(clone, ignore_errors=True)
        for file in Path(world.folder).glob("plain.db*"):
            file.unlink()
        made = list(memories(rows, seed=rows))
        cloned = run(
            ["git", "clone", "-q", world.remote, clone], where=world.folder, environment=world.environment
        )
        return cloned.cost + in_process(lambda: plain_database(path, made, indexed=True))

    return floor
