"""What calls teach, and the record that they are kept in."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tests.asking.conftest import EASY, HARD, Both
from waifusync.core.calls import Call, Outcome, at_thresholds, failed_lately, shares, speed_of
from waifusync.workflows.asking.call_record import MOST_CALLS, note_calls, read_calls, task_hash

_CALLS = st.builds(
    Call,
    at=st.integers(0, 200_000),
    device=st.sampled_from("ab"),
    model=st.sampled_from("mn"),
    outcome=st.sampled_from(Outcome),
    task=st.sampled_from("xyz"),
    score=st.floats(0, 1),
    first_seconds=st.floats(0, 100),
    tokens_per_second=st.floats(0, 100),
)


@given(st.lists(_CALLS), st.floats(0, 1))
def test_nothing_is_counted_twice_or_left_out(calls: list[Call], threshold: float) -> None:
    found = shares(calls)
    assert sum(each.calls for each in found) == len(calls)
    assert sum(each.answered for each in found) == sum(each.outcome is Outcome.ANSWERED for each in calls)
    [at] = at_thresholds(calls, [threshold])
    assert at.strong + at.weak == len({each.task for each in calls})


@given(st.lists(_CALLS))
def test_a_moving_mean_stays_between_what_was_measured(calls: list[Call]) -> None:
    measured = [e.first_seconds for e in calls if e.device == "a" and e.outcome is Outcome.ANSWERED]
    mean = speed_of("a", calls).first_seconds
    assert (mean is None) == (not measured)
    assert mean is None or min(measured) - 0.001 <= mean <= max(measured) + 0.001


def test_a_failure_counts_for_a_minute_and_until_the_next_answer() -> None:
    failed = Call(1000, "a", "m", Outcome.FAILED)
    assert failed_lately("a", [failed], now=2000) == "failed"
    assert failed_lately("a", [failed], now=62_000) == ""
    assert failed_lately("b", [failed], now=2000) == ""
    assert failed_lately("a", [failed, failed._replace(outcome=Outcome.ANSWERED)], now=2000) == ""
    assert failed_lately("a", [failed], now=500) == ""  # a clock that went back


def test_the_record_is_bounded_and_survives_damage(tmp_path: Path) -> None:
    """T14, T20"""
    calls = [Call(number, "laptop", "m" * 60, Outcome.ANSWERED) for number in range(3 * MOST_CALLS)]
    for start in range(0, len(calls), 50):
        note_calls(tmp_path, calls[start : start + 50])
    file = tmp_path / "calls.jsonl"
    assert file.stat().st_size < 600 * MOST_CALLS
    assert read_calls(tmp_path) == calls[-MOST_CALLS:]
    with file.open("ab") as damaged:
        damaged.write(b'{"at": 1}\n[]\n{"at": "x", "device"\n\xff\n')
    assert read_calls(tmp_path) == calls[-MOST_CALLS + 4 :]
    assert file.stat().st_mode & 0o077 == 0


def test_a_record_of_another_type_is_no_call(tmp_path: Path) -> None:
    told = {**Call(1, "laptop", "m", Outcome.AWAY)._asdict(), "seconds": "soon"}
    (tmp_path / "calls.jsonl").write_text(json.dumps(told) + "\n")
    assert read_calls(tmp_path) == []


def test_one_task_has_one_hash_on_a_machine_and_another_elsewhere() -> None:
    assert task_hash("aaaaaaaa", EASY) == task_hash("aaaaaaaa", EASY) != task_hash("bbbbbbbb", EASY)


def test_the_report_tells_what_went_where_and_no_text_is_in_the_record(both: Both) -> None:
    """T26"""
    both.laptop.run("ask", HARD)
    both.laptop.run("ask", EASY)
    both.small.behaviour.status = 500
    both.laptop.run("ask", EASY)
    record = (both.laptop.directory / ".git/waifusync/calls.jsonl").read_text()
    assert "sky" not in record
    assert "morning" not in record
    assert "indeed" not in record
    found = both.laptop.run("route", "report", "--json").json
    assert [(each["device"], each["calls"], each["answered"]) for each in found["shares"]] == [
        ("jetson", 2, 1),
        ("laptop", 2, 2),
    ]
    assert found["calls"][0]["tokens_per_second"] == 20.0
    at = {each["threshold"]: (each["strong"], each["weak"]) for each in found["thresholds"]}
    assert at[0.1] == at[found["threshold"]] == (1, 1)
    assert at[0.9] == (0, 2)
    shown = both.laptop.run("route", "report").out
    assert "█" in shown
    assert "20.0" in shown


def test_a_report_without_calls_says_so(both: Both) -> None:
    assert both.laptop.run("route", "report").out == "Nothing was asked from here yet.\n"
