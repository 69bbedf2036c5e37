"""As push.py with 768 dimensions; what is slower by orders of magnitude already with 384 is left out."""

from __future__ import annotations

from experiments.bench.figure import Measured
from experiments.bench.figures import push
from experiments.bench.ground import Setting


def measure(setting: Setting) -> Measured:
    measured = push.measure(setting, 768, with_slow=False)
    for name in ("memory.db in git", "one text file, appended to"):
        measured.missing[name] = "measured with 384 dimensions"
    return measured
