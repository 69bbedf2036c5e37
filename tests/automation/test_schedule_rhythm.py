"""When a schedule runs: our reading of cron against systemd's, and stamps that clocks spoilt."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from datetime import datetime, timezone

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from waifusync.automation.schedule.calendar import calendar_of, each_minutes
from waifusync.automation.schedule.rhythm import (
    Cron,
    Every,
    Rhythm,
    cron,
    every,
    is_due,
    minutes_between_looks,
    next_after,
)
from waifusync.core.durations import seconds_of, written
from waifusync.errors import UsageError

MOMENTS = st.integers(1_600_000_000, 2_000_000_000)
MINUTES = st.integers(1, 3 * 24 * 60)


@pytest.fixture(autouse=True, scope="module")
def utc() -> Iterator[None]:
    """systemd-analyze and this process in one zone."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = "UTC"
    time.tzset()
    yield
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


def _field(low: int, high: int) -> st.SearchStrategy[str]:
    number = st.integers(low, high)
    span = st.tuples(number, number).map(lambda pair: f"{min(pair)}-{max(pair)}")
    step = st.tuples(st.one_of(st.just("*"), span), st.integers(1, 12)).map(
        lambda pair: f"{pair[0]}/{pair[1]}"
    )
    listed = st.lists(number, min_size=1, max_size=3).map(lambda each: ",".join(map(str, each)))
    return st.one_of(st.just("*"), number.map(str), span, step, listed)


FIELDS = st.tuples(_field(0, 59), _field(0, 23), _field(1, 28), _field(1, 12), _field(0, 7)).map(" ".join)


def _systemds(lines: list[str], moment: float, count: int) -> list[float]:
    """When systemd would run a timer with these lines, as it says itself."""
    base = datetime.fromtimestamp(moment, timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")
    words = ["systemd-analyze", "calendar", f"--iterations={count}", f"--base-time={base}", "--", *lines]
    done = subprocess.run(words, capture_output=True, text=True, check=True, env={**os.environ, "TZ": "UTC"})
    found = re.findall(r"(?:Next elapse|Iter\. #\d+|Iteration #\d+): \w+ (\S+ \S+) UTC", done.stdout)
    told = {datetime.fromisoformat(f"{each}+00:00").timestamp() for each in found}
    return sorted(told)[:count]


def _ours(rhythm: Rhythm, moment: float, count: int) -> list[float]:
    found = []
    for _ in range(count):
        moment = next_after(rhythm, moment)
        found.append(moment)
    return found


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
@given(rhythm=st.one_of(FIELDS.map(Cron), MINUTES.map(lambda minutes: Every(minutes * 60))), moment=MOMENTS)
@settings(max_examples=40)
def test_systemd_reads_our_calendar_as_we_mean_it(rhythm: Rhythm, moment: int) -> None:
    lines = calendar_of(rhythm)
    assume(lines is not None)
    assert lines is not None
    assert _systemds(lines, moment, 4) == _ours(rhythm, moment, 4)


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
def test_systemd_reads_the_calendar_of_who_only_looks() -> None:
    assert [each % 300 for each in _systemds([each_minutes(5)], 1_700_000_001, 3)] == [0, 0, 0]


@given(minutes=MINUTES, moment=MOMENTS)
def test_what_ran_is_due_when_its_next_time_has_come_and_not_before(minutes: int, moment: int) -> None:
    rhythm = Every(minutes * 60)
    then = next_after(rhythm, moment)
    assert moment < then <= moment + rhythm.seconds
    assert not is_due(rhythm, last=moment, now=then - 1)
    assert is_due(rhythm, last=moment, now=then) and is_due(rhythm, last=moment, now=then + 10**7)


@given(rhythm=st.one_of(FIELDS.map(Cron), MINUTES.map(lambda minutes: Every(minutes * 60))), moment=MOMENTS)
def test_no_time_falls_between_two_looks(rhythm: Rhythm, moment: int) -> None:
    """A crontab line that looks every five minutes finds every time to the minute."""
    assert next_after(rhythm, moment) % (minutes_between_looks(rhythm) * 60) == 0


def test_a_stamp_of_a_wrong_clock_keeps_nothing_waiting() -> None:
    """T7: a run in 2099, or one that never was; and a clock that starts in 1970 runs once, not for ever."""
    assert is_due(Every(900), last=4_000_000_000, now=1_700_000_000)
    assert is_due(Every(900), last=None, now=0)
    assert not is_due(Every(900), last=0, now=100)


@pytest.mark.parametrize("fields", ["0 4 L * *", "0 4 * * 5#2", "0 4 * * 5L"])
def test_days_that_systemd_cannot_say_are_looked_for(fields: str) -> None:
    assert calendar_of(cron(fields)) is None


@pytest.mark.parametrize("text", ["7m", "90m", "36h"])
def test_times_that_divide_neither_hour_nor_day_are_looked_for(text: str) -> None:
    assert calendar_of(every(text)) is None


@pytest.mark.parametrize(
    "fields",
    [
        "",
        "* * * *",
        "* * * * * *",
        "60 * * * *",
        "@daily",
        "0 0 31 2 *",
        "0 0 30 2 *",
        "a b c d e",
        "*/0 * * * *",
    ],
)
def test_what_cron_would_not_take_is_refused(fields: str) -> None:
    with pytest.raises(UsageError):
        cron(fields)


@pytest.mark.parametrize(
    "text", ["", "15", "m", "-5m", "1.5.0m", "15 m", "15M", "1e3s", "999d", "٣m", "1m\n", "0s"]
)
def test_what_is_no_length_of_time_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"--limit"):
        seconds_of(text, option="--limit")


@given(milliseconds=st.integers(1, 30 * 86_400_000))
def test_a_length_of_time_is_read_as_it_was_written(milliseconds: int) -> None:
    assert seconds_of(written(milliseconds / 1000), option="--limit") == pytest.approx(milliseconds / 1000)
