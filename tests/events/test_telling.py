"""Events within one process: told in order, never waited for, and without a text."""

from __future__ import annotations

import stat
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waifusync import events
from waifusync.core.events import (
    EVENTS_DROPPED,
    OPEN_FACTS,
    Announcements,
    Event,
    checked_facts,
    from_line,
    is_wanted,
    to_line,
)
from waifusync.events import record
from waifusync.events.telling import hashed

FACTS = st.dictionaries(
    st.sampled_from(["device", "added", "skill", "reason"]),
    st.integers(-5, 5) | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=60),
    max_size=4,
)


@given(FACTS, st.integers(0, 1 << 50))
def test_an_event_comes_out_of_its_line_as_it_went_in(facts, at):
    event = Event("merge.skills", at, facts, "mind")
    assert from_line(to_line(event)) == event


@given(st.binary(max_size=80) | st.text(max_size=80).map(str.encode))
def test_whatever_a_line_holds_reading_it_never_fails(line):
    assert from_line(line) is None


@given(FACTS)
def test_a_text_that_may_be_somebodys_stands_as_its_hash(facts):
    for name, value in checked_facts(facts, lambda text: "#hash").items():
        if isinstance(facts[name], str):
            assert value == "#hash" or (name in OPEN_FACTS and value.replace("_", "").isascii())
            assert " " not in str(value)
        else:
            assert value == facts[name]


@given(st.lists(st.tuples(st.sampled_from(["merge.a", "merge.b"]), st.integers(0, 9)), max_size=9))
def test_what_a_transaction_announces_by_one_name_is_one_event(told):
    announcements = Announcements()
    for name, count in told:
        announcements.add(name, {"added": count, "kind": "tea"})
    sums = {name: sum(count for each, count in told if each == name) for name, _ in told}
    assert announcements.take() == [(name, {"added": count, "kind": "tea"}) for name, count in sums.items()]
    assert announcements.take() == []


def test_names_are_chosen_one_by_one_or_by_how_they_begin():
    assert is_wanted("merge.skills", []) and is_wanted("merge.skills", ["sync.init", "merge.*"])
    assert not is_wanted("merge.skills", ["merge", "sync.*"])


def test_a_subscriber_hears_what_it_asked_for_in_order_and_the_file_holds_all(tmp_path):
    heard = []
    with events.subscribe(heard.append, ["merge.*"]):
        for count in range(50):
            events.emit(tmp_path, "merge.skills", {"added": count}, companion="mind")
            events.emit(tmp_path, "sync.batch", {"count": count})
    assert [each.facts["added"] for each in heard] == list(range(50))
    assert {each.companion for each in heard} == {"mind"}
    assert len(record.read(tmp_path)) == 100
    events.emit(tmp_path, "merge.skills", {})
    assert len(heard) == 50, "it was closed"


def test_a_subscriber_that_hangs_delays_nobody_and_is_told_what_it_missed(tmp_path):
    go_on, heard = threading.Event(), []

    def slow(event):
        go_on.wait(30)
        heard.append(event)

    subscription = events.subscribe(slow, most_waiting=10)
    begun = time.monotonic()
    for _ in range(100):
        events.emit(tmp_path, "sync.event", {"count": 1})
    took = time.monotonic() - begun
    go_on.set()
    assert subscription.drain(30)
    subscription.close()
    dropped = [each.facts["count"] for each in heard if each.name == EVENTS_DROPPED]
    assert took < 10 and sum(dropped) == subscription.dropped >= 89
    assert len(heard) - len(dropped) + subscription.dropped == 100


def test_what_a_subscriber_raises_is_counted_and_the_next_event_comes_all_the_same(tmp_path):
    heard = []

    def failing(event):
        heard.append(event)
        raise RuntimeError("its own affair")

    with events.subscribe(failing, "sync.init") as subscription:
        events.emit(tmp_path, "sync.init", {})
        events.emit(tmp_path, "sync.init", {})
        assert subscription.drain(30)
        assert (len(heard), subscription.failures) == (2, 2)
        assert str(subscription.last_failure) == "its own affair"


def test_a_subscriber_may_end_its_own_subscription(tmp_path):
    closed = threading.Event()

    def once(event):
        subscription.close()
        closed.set()

    subscription = events.subscribe(once)
    events.emit(tmp_path, "sync.init", {})
    assert closed.wait(30)


def test_a_place_that_cannot_be_written_to_fails_nobody(tmp_path):
    (tmp_path / record.FILE).mkdir()
    events.emit(tmp_path, "sync.init", {"device": "a text"})
    events.emit(tmp_path / "nowhere", "sync.init", {"device": "a text"})
    assert (tmp_path / record.FILE).is_dir() and not (tmp_path / "nowhere").exists()


def test_a_hash_needs_the_key_of_this_machine_which_nobody_else_may_read(tmp_path):
    here, there = tmp_path / "here", tmp_path / "there"
    for each in (here, there):
        each.mkdir()
    first = hashed(here, "my secret tea")
    assert first == hashed(here, "my secret tea") != hashed(there, "my secret tea")
    assert stat.S_IMODE((here / "events.key").stat().st_mode) == 0o600
    (here / "events.key").write_bytes(b"short")
    assert hashed(here, "my secret tea") == hashed(here, "my secret tea") != first
    assert sorted(path.name for path in here.iterdir()) == ["events.key"]


def test_the_file_is_bounded_and_whoever_follows_it_misses_nothing(tmp_path):
    follower, heard = record.Follower(tmp_path), []
    for number in range(300):
        record.note(tmp_path, Event("sync.event", number, {}), most_bytes=1000)
        if number % 7 == 0:
            heard += follower.new_events()
    heard += follower.new_events()
    follower.close()
    assert [each.at for each in heard] == list(range(300))
    kept = [each.at for each in record.read(tmp_path)]
    assert kept == list(range(300 - len(kept), 300)) and 10 < len(kept) < 50
    assert stat.S_IMODE((tmp_path / record.FILE).stat().st_mode) == 0o600


def test_a_line_that_is_still_being_written_is_read_when_it_is_whole(tmp_path):
    follower, path = record.Follower(tmp_path), tmp_path / record.FILE
    line = to_line(Event("sync.event", 1, {}))
    path.write_bytes(line[:20])
    assert follower.new_events() == []
    with path.open("ab") as file:
        file.write(line[20:])
    assert [each.at for each in follower.new_events()] == [1]
    follower.close()


def test_a_name_that_is_none_is_a_mistake_of_the_program(tmp_path):
    with pytest.raises(ValueError, match="no name of an event"):
        events.emit(tmp_path, "what somebody said", {})
