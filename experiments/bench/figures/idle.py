"""Nothing to do: what a push and a pull cost that find that out. Processor time: it is about starting.

Where nothing changed for some seconds, two runs have noted it; the first one after a change is measured too.
"""

from __future__ import annotations

import sys
from pathlib import Path

from experiments.bench.figure import Measured
from experiments.bench.ground import Device, Setting
from experiments.bench.timing import Candidate, Cost, in_turns, run


def measure(setting: Setting) -> Measured:
    laptop = setting.laptop(setting.scale.rows)
    laptop.run("push")
    while not _is_noted(laptop):
        laptop.run("push")
    candidates = {
        "waifusync push": _command(laptop, "push"),
        "waifusync pull": _command(laptop, "pull"),
        "git ls-remote and an empty Python": _floor(laptop),
        "waifusync push, the first after a change": _first(laptop),
    }
    return Measured.of_turns(in_turns(candidates, max(setting.scale.rounds, 1), setting.tick))


def _command(device: Device, word: str) -> Candidate:
    return lambda number: device.run(word).cost


def _is_noted(device: Device) -> bool:
    note = _note(device)
    return note.exists() and note.read_bytes().startswith(b"twice ")


def _note(device: Device) -> Path:
    return device.directory / ".git/waifusync/level"


def _first(device: Device) -> Candidate:
    """What had been noted says nothing then; put back afterwards, for the others."""

    def first(number: int) -> Cost:
        noted = _note(device).read_bytes()
        _note(device).unlink()
        cost = device.run("push").cost
        _note(device).write_bytes(noted)
        return cost

    return first


def _floor(device: Device) -> Candidate:
    def floor(number: int) -> Cost:
        where, environment = device.directory, device.world.environment
        asked = run(["git", "ls-remote", "-q", "origin"], where=where, environment=environment)
        return asked.cost + run([sys.executable, "-c", "pass"], where=where, environment=environment).cost

    return floor
