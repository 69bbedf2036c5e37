"""Nothing to do: what a push and a pull cost that find that out. Processor time: it is about starting."""

from __future__ import annotations

import sys

from experiments.bench.figure import Measured
from experiments.bench.ground import Device, Setting
from experiments.bench.timing import Candidate, Cost, in_turns, run


def measure(setting: Setting) -> Measured:
    laptop = setting.laptop(setting.scale.rows)
    laptop.run("push")
    candidates = {
        "waifusync push": _command(laptop, "push"),
        "waifusync pull": _command(laptop, "pull"),
        "git ls-remote and an empty Python": _floor(laptop),
    }
    return Measured.of_turns(in_turns(candidates, max(setting.scale.rounds, 1), setting.tick))


def _command(device: Device, word: str) -> Candidate:
    return lambda number: device.run(word).cost


def _floor(device: Device) -> Candidate:
    def floor(number: int) -> Cost:
        where, environment = device.directory, device.world.environment
        asked = run(["git", "ls-remote", "-q", "origin"], where=where, environment=environment)
        return asked.cost + run([sys.executable, "-c", "pass"], where=where, environment=environment).cost

    return floor
