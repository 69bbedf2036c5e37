"""Nothing changed: what the hook costs that git calls after each commit, and a `commit` by hand."""

from __future__ import annotations

import sys

from experiments.bench.figure import Measured
from experiments.bench.ground import Setting
from experiments.bench.timing import in_turns, run


def measure(setting: Setting) -> Measured:
    laptop = setting.laptop(setting.scale.rows)
    laptop.run("hooks", "install")
    laptop.run("push")
    where, environment = laptop.directory, laptop.world.environment
    candidates = {
        "the post-commit hook": lambda number: (
            run([".git/hooks/post-commit"], where=where, environment=environment).cost
        ),
        "waifusync commit": lambda number: laptop.run("commit").cost,
        "an empty Python": lambda number: (
            run([sys.executable, "-c", "pass"], where=where, environment=environment).cost
        ),
    }
    try:
        return Measured.of_turns(in_turns(candidates, setting.scale.rounds, setting.tick))
    finally:
        laptop.run("hooks", "uninstall")
