"""Cost follows the change, not the memory: the same push behind few memories and behind many."""

from __future__ import annotations

from experiments.bench.data import memories
from experiments.bench.figure import Measured
from experiments.bench.ground import Setting
from experiments.bench.timing import Candidate, Cost, in_turns


def measure(setting: Setting) -> Measured:
    scale = setting.scale
    sizes = {"behind few": scale.few, "behind many": scale.many}
    candidates = {name: _push(setting, rows) for name, rows in sizes.items()}
    measured = Measured.of_turns(in_turns(candidates, scale.rounds, setting.tick))
    measured.notes.append(f"few: {scale.few:,} memories, many: {scale.many:,}")
    return measured


def _push(setting: Setting, rows: int) -> Candidate:
    laptop = setting.laptop(rows)

    def push(number: int) -> Cost:
        laptop.write(memories(setting.scale.new, seed=2000 + number))
        return laptop.push().cost

    return push
