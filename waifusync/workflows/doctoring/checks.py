"""All checks, in the order in which they look and are told: what the others stand on comes first."""

from __future__ import annotations

from waifusync.workflows.doctoring import (
    choices,
    clocks,
    database,
    deep,
    ground,
    leftovers,
    programs,
    registered,
    remotes,
    storage,
    store,
    waiting,
)
from waifusync.workflows.doctoring.check import Check

CHECKS: tuple[Check, ...] = (
    *programs.CHECKS,
    *ground.CHECKS,
    *choices.CHECKS,
    *leftovers.CHECKS,
    *store.CHECKS,
    *registered.CHECKS,
    *database.CHECKS,
    *waiting.CHECKS,
    *clocks.CHECKS,
    *storage.CHECKS,
    *remotes.CHECKS,
    *deep.CHECKS,
)
