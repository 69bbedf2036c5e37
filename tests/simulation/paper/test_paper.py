"""T4, T6, T7, T8, T9, T10, T16, T17, T20, T22, T23: ten thousand histories around log, union and fold."""

from __future__ import annotations

import os

import pytest

from tests.simulation.paper.__main__ import failing, tried
from tests.simulation.paper.mistakes import MISTAKES

HISTORIES = int(os.environ.get("WAIFUSYNC_PAPER_HISTORIES", "10000"))


def test_after_any_history_on_paper_all_hold_the_same_and_no_clock_decides() -> None:
    failed = failing(HISTORIES)
    assert not failed, failed[:5]


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_that_somebody_could_make_is_noticed_on_paper(name: str) -> None:
    with MISTAKES[name]():
        assert any(tried(seed)[1] for seed in range(1000)), "1000 histories did not notice"
    assert not tried(0)[1]
