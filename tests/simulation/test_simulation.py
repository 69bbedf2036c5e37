"""T2, T3, T4, T6, T7, T8, T9, T23: many devices, many mishaps, one mind."""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor

import pytest

from tests.simulation.__main__ import explain, tried
from tests.simulation.events import Event
from tests.simulation.history import History, failure

HISTORIES = int(os.environ.get("WAIFUSYNC_HISTORIES", "150"))


def test_after_any_history_all_devices_hold_one_mind() -> None:
    """Every promise of promises.py, for each seed; the shortest history that breaks one is printed."""
    with ProcessPoolExecutor() as pool:
        failed = [seed for seed, why in pool.map(tried, range(HISTORIES), chunksize=4) if why]
    if failed:
        pytest.fail(f"seeds {failed}\n{explain(failed[0])}", pytrace=False)


REGRESSIONS = {
    "an edit that comes before the birth it edits must not change who is older": History(
        5121,
        2,
        (
            Event("back_up", 0, 0, 88409),
            Event("replace", 1, 1, 974596),
            Event("replace", 0, 1, 812314),
            Event("sync", 0, 1, 297137),
            Event("add_column", 0, 1, 104980),
            Event("collect", 0, 0, 670430),
            Event("restore_backup", 0, 0, 255857),
        ),
    ),
    "a number that two deleted rows had": History(
        3097,
        5,
        (
            Event("insert", 4, 1, 664395),
            Event("collect", 4, 0, 44561),
            Event("put_back", 4, 1, 406321),
            Event("insert", 4, 3, 68608),
            Event("sync", 4, 3, 58968),
            Event("insert", 4, 0, 655392),
            Event("delete", 4, 0, 819474),
        ),
    ),
}


@pytest.mark.parametrize("name", REGRESSIONS)
def test_what_once_went_wrong_stays_mended(name: str) -> None:
    error = failure(REGRESSIONS[name])
    assert error is None, error
