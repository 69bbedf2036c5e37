"""T2, T3, T4, T6, T7, T8, T9, T23: many devices, many mishaps, one mind."""

from __future__ import annotations

import os

import pytest

from tests.simulation.__main__ import explain
from tests.simulation.history import failure, invent

HISTORIES = int(os.environ.get("WAIFUSYNC_HISTORIES", "300"))
_BATCHES = 10


@pytest.mark.parametrize("batch", range(_BATCHES))
def test_after_any_history_all_devices_hold_one_mind(batch: int) -> None:
    for seed in range(batch, HISTORIES, _BATCHES):
        if failure(invent(seed)) is not None:
            pytest.fail(explain(seed), pytrace=False)
