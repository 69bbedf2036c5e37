"""The guards that stand at the traps, each with the tests that miss it when it is out."""

from __future__ import annotations

from collections.abc import Sequence

from experiments.proof.guards.content import CONTENT
from experiments.proof.guards.machine import MACHINE
from experiments.proof.guards.out import Out
from experiments.proof.guards.sharing import SHARING

__all__ = ["GUARDS", "Out", "chosen"]

GUARDS: tuple[Out, ...] = (*SHARING, *MACHINE, *CONTENT)


def chosen(traps: Sequence[str]) -> list[Out]:
    """Those at these traps, or all."""
    return [guard for guard in GUARDS if not traps or guard.trap in traps]
