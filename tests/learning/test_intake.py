"""What passes the door and what does not, and how far a source is trusted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waifusync.core.learning.intake import Bucket, Limits, Reason, examine, examine_all
from waifusync.core.learning.trust import Trust, trust_in

PASSES = [
    "",
    "a < b",
    "two\nlines\r\nand a\ttab\f",
    "1234567890",
    "a long answer. " * 10_000,
    "日本語 العربية עברית\u2067ltr\u2069 👩‍👩‍👧",
    "<<<<<<< HEAD",
    "zero\u200bwidth, soft\u00adhyphen, \u2028",
]
BLOCKED = [
    ("\x1b[2Jgone", Reason.CONTROL_CHARACTERS),
    ("nul\0", Reason.CONTROL_CHARACTERS),
    ("back\x08space", Reason.CONTROL_CHARACTERS),
    ("c1 \x9b31m", Reason.CONTROL_CHARACTERS),
    ("half a pair \ud83d", Reason.NOT_UNICODE),
    ("x" * 200_001, Reason.TOO_LONG),
]


@pytest.mark.parametrize("text", PASSES)
def test_what_people_write_comes_in(text):
    assert examine(text) is None


@pytest.mark.parametrize(("text", "reason"), BLOCKED)
def test_what_steers_terminals_or_fills_disks_stays_out_with_its_reason(text, reason):
    assert examine(text) is reason
    assert examine_all(["fine", text, "fine"]) is reason


@given(st.lists(st.integers(0, 5_000), max_size=60), st.integers(1, 5), st.floats(0.1, 10))
def test_no_source_ever_brings_more_than_its_burst_and_its_rate(pauses, burst, per_second):
    limits, now, passed = Limits(burst=burst, per_second=per_second), 0, 0
    bucket = Bucket(burst, now)
    for pause in pauses:
        now += pause
        bucket, goes = bucket.take(now, limits)
        passed += goes
        assert passed <= burst + now / 1000 * per_second + 1e-6
        assert 0 <= bucket.left <= burst


def test_a_clock_that_goes_back_fills_no_bucket():
    """T7"""
    bucket, goes = Bucket(0, 1_000_000).take(0, Limits())
    assert (bucket, goes) == (Bucket(0, 0), False)


@pytest.mark.parametrize(
    ("told", "trust"),
    [
        ("person", Trust.PERSON),
        ("known", Trust.KNOWN),
        ("", Trust.KNOWN),
        ("other", Trust.OTHER),
        ("root", Trust.OTHER),
    ],
)
def test_trust_is_what_a_device_wrote_down_and_nothing_else_counts(told, trust):
    assert trust_in(told) is trust
