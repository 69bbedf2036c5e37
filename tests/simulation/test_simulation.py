"""T2, T3, T4, T6, T7, T8, T9, T23: many devices, many mishaps, one mind."""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor

import pytest

from tests.simulation.__main__ import explain, tried

HISTORIES = int(os.environ.get("WAIFUSYNC_HISTORIES", "300"))


def test_after_any_history_all_devices_hold_one_mind() -> None:
    """Every promise of promises.py, for each seed; the shortest history that breaks one is printed."""
    with ProcessPoolExecutor() as pool:
        failed = [seed for seed, why in pool.map(tried, range(HISTORIES), chunksize=4) if why]
    if failed:
        pytest.fail(f"seeds {failed}\n{explain(failed[0])}", pytrace=False)
