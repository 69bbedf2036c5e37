"""As push.py, each memory with a vector of 384 dimensions."""

from __future__ import annotations

from experiments.bench.figure import Measured
from experiments.bench.figures import push
from experiments.bench.ground import Setting


def measure(setting: Setting) -> Measured:
    return push.measure(setting, 384)
