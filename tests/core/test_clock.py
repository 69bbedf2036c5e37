"""Times only ever grow, whatever the wall clocks say."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from waifusync.core import clock

walls = st.integers(-(1 << 50), 1 << 60)


@given(st.integers(0, clock.LATEST - 2), walls)
def test_a_time_given_out_is_greater_than_every_time_seen(last: int, wall: int) -> None:
    """T7"""
    assert clock.tick(last, wall) > last


@given(st.integers(0, clock.LATEST - 1), walls)
def test_every_time_given_out_can_be_read_back(last: int, wall: int) -> None:
    """T7: even after a stamp from the very end of time."""
    time = clock.tick(last, wall)
    assert clock.from_text(clock.to_text(time)) == time
