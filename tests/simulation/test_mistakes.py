"""The checker is checked: each of these mistakes is noticed by some history of the first thousand."""

from __future__ import annotations

import pytest

from tests.simulation.history import failure, invent
from tests.simulation.mistakes import MISTAKES

HISTORIES = 1000
# Where one was noticed before, so that it need not be looked for; most are noticed at once.
NOTICED = {
    "a_deletion_overrules_what_had_seen_it": 66,
    "an_unset_field_keeps_its_value": 10,
    "the_first_line_after_a_file_is_full_is_skipped": 9,
    "of_two_edits_ones_own_wins": 3,
    "what_loses_a_conflict_is_forgotten": 3,
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_that_somebody_could_make_is_noticed(name: str) -> None:
    seeds = dict.fromkeys((NOTICED.get(name, 0), *range(HISTORIES)))
    with MISTAKES[name]():
        assert any(failure(invent(seed)) for seed in seeds), f"{HISTORIES} histories did not notice"
    assert failure(invent(0)) is None
