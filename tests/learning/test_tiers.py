"""How near a memory is kept, and what a small board puts away first."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waifusync.core.learning.tiers import DAY_MILLISECONDS, Remembered, Tier, tier_of

NOW = 1_000 * DAY_MILLISECONDS
OLD = NOW - 30 * DAY_MILLISECONDS
CASES = [
    (Remembered("pinned", OLD, importance=0.0, pinned=True), Tier.CORE),
    (Remembered("important", OLD, importance=0.81), Tier.LONG_TERM),
    (Remembered("just not", OLD, importance=0.8), Tier.WORKING),
    (Remembered("half", OLD, importance=0.5), Tier.WORKING),
    (Remembered("old", OLD), Tier.SHORT_TERM),
    (Remembered("old and slight", OLD, importance=0.49), Tier.SHORT_TERM),
    (Remembered("new", NOW - DAY_MILLISECONDS), Tier.WORKING),
    (Remembered("yesterday's", NOW - DAY_MILLISECONDS - 1), Tier.SHORT_TERM),
    (Remembered("old, used today", OLD, uses=1, used=NOW), Tier.WORKING),
    (Remembered("used for days", OLD, uses=5, used=OLD + 3 * DAY_MILLISECONDS), Tier.LONG_TERM),
    (Remembered("used for an evening", OLD, uses=50, used=OLD + 1_000), Tier.SHORT_TERM),
    (Remembered("from the future", NOW + 10 * DAY_MILLISECONDS), Tier.WORKING),
]
MEMORIES = st.lists(
    st.builds(
        Remembered,
        key=st.uuids().map(str),
        created=st.integers(OLD, NOW),
        importance=st.none() | st.floats(0, 1),
        pinned=st.booleans(),
        uses=st.integers(0, 9),
        used=st.none() | st.integers(OLD, NOW),
    ),
    unique_by=lambda each: each.key,
    max_size=20,
)


@pytest.mark.parametrize(("memory", "tier"), CASES, ids=[each.key for each, _ in CASES])
def test_a_memory_is_as_near_as_the_table_says(memory, tier):
    assert tier_of(memory, now=NOW) is tier


@given(MEMORIES, st.floats(0, 1))
def test_more_importance_never_puts_a_memory_farther_away(memories, importance):
    for each in memories:
        lifted = each._replace(importance=max(each.importance or 0, importance))
        assert tier_of(lifted, now=NOW) >= tier_of(each, now=NOW)
