"""Which memories go first when a database has grown too large."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from waifusync.core.shelving import Candidate, choose

CANDIDATES = st.lists(
    st.builds(
        Candidate,
        record=st.integers(1, 10**6),
        moment=st.floats(2_440_000, 2_470_000),
        size=st.integers(1, 10_000),
        tier=st.integers(0, 2),
    ),
    unique_by=lambda each: each.record,
)


@given(CANDIDATES, st.integers(-10, 50_000))
def test_enough_goes_and_not_one_more_than_is_needed(candidates: list[Candidate], wanted: int) -> None:
    chosen = list(choose(candidates, wanted))
    freed = sum(each.size for each in chosen)
    assert freed >= wanted or len(chosen) == len(candidates)
    assert not chosen or freed - chosen[-1].size < wanted


@given(CANDIDATES, st.integers(1, 50_000))
def test_nothing_stays_that_is_farther_or_of_the_same_tier_and_older_than_what_goes(
    candidates: list[Candidate], wanted: int
) -> None:
    chosen = list(choose(candidates, wanted))
    left = [each for each in candidates if each not in chosen]

    def rank(each: Candidate) -> tuple[float, float, int]:
        return each.tier, each.moment, each.record

    assert all(rank(goes) < rank(stays) for goes in chosen for stays in left)
