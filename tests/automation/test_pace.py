"""When the watch does what: laws of its arithmetic, for any interval, any clock and any chance."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from waifusync.automation.watch.pace import LOW_POWER_FACTOR, Pace

INTERVALS = st.floats(0.1, 86_400)
NOWS = st.floats(0, 1e9)
CHANCES = st.floats(0, 1)
GAPS = st.lists(st.floats(0, 3), min_size=1, max_size=20)  # in intervals


def pace_of(interval: float, part: float = 0.5) -> Pace:
    """`part`: where between the two limits chance falls."""
    return Pace(interval, lambda low, high: low + (high - low) * part)


@given(INTERVALS, NOWS, GAPS)
def test_a_change_waits_for_no_longer_than_an_interval(
    interval: float, now: float, gaps: list[float]
) -> None:
    """However often it changes again."""
    pace = pace_of(interval)
    pace.noticed(now)
    later = now
    for gap in gaps:
        later += gap * interval
        pace.noticed(later)
        assert pace.is_due_here(later) == (later >= now + interval)
    assert pace.is_due_here(max(later, now + interval) * (1 + 1e-9))


@given(INTERVALS)
def test_changes_that_follow_closely_are_one(interval: float) -> None:
    """In an interval's time; a fifth of one without any ends it."""
    pace = pace_of(interval)
    for tenth in range(9):
        pace.noticed(interval * tenth / 10)
        assert not pace.is_due_here(interval * tenth / 10)
    assert not pace.is_due_here(interval * 0.95)
    pace = pace_of(interval)
    pace.noticed(0.0)
    assert pace.is_due_here(interval * 0.21)


@given(INTERVALS, CHANCES, st.integers(1, 200))
def test_failures_in_a_row_wait_longer_and_longer_and_no_longer_than_so_long(
    interval: float, part: float, times: int
) -> None:
    """T28: a remote that is away for days is asked every few minutes, and not by all devices at once."""
    pace, waits = pace_of(interval, part), []
    for _ in range(times):
        pace.failed_there(0.0)
        waits.append(pace.remote.until)
    assert 1.5 * interval * 0.99 <= waits[0] <= 2.5 * interval * 1.01
    assert waits == sorted(waits)
    assert waits[-1] <= 75 * interval * 1.01
    assert len(waits) < 6 or waits[-1] >= 45 * interval * 0.99


@given(INTERVALS, NOWS)
def test_an_answer_or_another_network_ends_the_waiting(interval: float, now: float) -> None:
    pace = pace_of(interval)
    for _ in range(8):
        pace.failed_there(now)
    assert not pace.is_due_there(now + interval)
    pace.hurry(now + interval)
    assert pace.is_due_there(now + interval)
    pace.asked(now + interval, has_moved=False)
    assert not pace.is_due_there(now + interval)
    assert pace.is_due_there((now + 2 * interval) * (1 + 1e-9))


@given(st.floats(0.1, 60))
def test_a_remote_with_nothing_new_is_asked_less_often_until_something_moves(interval: float) -> None:
    pace, now = pace_of(interval), 1000.0
    pace.asked(now, has_moved=True)
    while now < 1000.0 + 600.0 + interval:
        now += interval
        pace.asked(now, has_moved=False)
    assert not pace.is_due_there(now + 5.9 * interval)
    assert pace.is_due_there(now + 6.1 * interval)
    pace.asked(now, has_moved=True)
    assert pace.is_due_there(now + 1.1 * interval)


@given(INTERVALS, NOWS, st.lists(st.sampled_from(["noticed", "failed_there", "failed_here", "hurry"])))
def test_a_wait_is_never_longer_than_an_interval_and_never_ends_before_something_is_due(
    interval: float, now: float, deeds: list[str]
) -> None:
    assume(now + interval > now)
    pace = pace_of(interval)
    pace.asked(now, has_moved=True)
    for deed in deeds:
        getattr(pace, deed)(now)
    seconds = pace.wait_seconds(now)
    assert 0 <= seconds <= interval * 1.001 + 1e-6
    is_due = pace.is_due_here(now + seconds + 1e-3) or pace.is_due_there(now + seconds + 1e-3)
    assert is_due or seconds >= interval * 0.999 - 1e-6


@given(INTERVALS, NOWS, st.lists(st.sampled_from(["noticed", "failed_there", "failed_here", "hurry"])))
def test_while_another_is_at_work_nothing_is_tried_for_an_interval(
    interval: float, now: float, deeds: list[str]
) -> None:
    """T12: whatever was due before: else it would ask the remote again and again until the other is done."""
    assume(now + interval * 0.9 < now + interval)
    pace = pace_of(interval)
    for deed in deeds:
        getattr(pace, deed)(now)
    pace.wait_for_others(now)
    assert not pace.is_due_here(now + interval * 0.9)
    assert not pace.is_due_there(now + interval * 0.9)


@given(INTERVALS, st.integers(1, 50))
def test_notices_that_come_to_nothing_are_rested_from_for_an_interval_at_most(
    interval: float, times: int
) -> None:
    """T13: programs that open and close the database all day cost no more than the looks of each interval."""
    pace = pace_of(interval)
    rests = [pace.rest_seconds() for _ in range(times)]
    assert rests == sorted(rests)
    assert interval * 0.05 < rests[0] <= interval or 0.9 < rests[0] <= 1.0
    assert rests[-1] <= interval
    assert times < 30 or rests[-1] == min(interval, 1024 * rests[0])
    pace.undisturbed()
    assert pace.rest_seconds() == rests[0]


def test_low_power_stretches_everything() -> None:
    pace = pace_of(5.0)
    pace.is_low_power = True
    pace.noticed(0.0)
    assert pace.interval == 5.0 * LOW_POWER_FACTOR == 30.0
    assert not pace.is_due_here(5.0)
    assert pace.is_due_here(6.0)


def test_at_the_start_everything_is_due() -> None:
    pace = pace_of(5.0)
    pace.start(100.0)
    assert pace.is_due_here(100.0)
    assert pace.is_due_there(100.0)
