"""Laws of what is taken in, through databases and log lines: order and repetition change nothing."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.learning.told import event
from tests.memory.conftest import Pair, digest_of
from tests.simulation.device import Device
from tests.simulation.world import World
from waifusync.core.learning.collections import EXPERIENCES, MEMORY_FACTS
from waifusync.core.learning.gathered import delivery_of
from waifusync.core.learning.memory_facts import facts_key
from waifusync.errors import UsageError
from waifusync.memory.connection import transaction
from waifusync.memory.learned import read_collection
from waifusync.workflows.learning.experiences import Delivering
from waifusync.workflows.learning.terms import Terms

_FEW = settings(max_examples=10)


@st.composite
def told(draw):
    """Memories that are told once, and such as their instance speaks of again."""
    number = draw(st.integers(0, 8))
    data = {"content": f"text {number}"}
    if number % 2:
        data |= {"importance": number / 10, "conversation_id": f"c{number}"}
    if draw(st.booleans()):
        data["memory_id"] = f"m{number % 3}"
    source = draw(st.sampled_from(["a", "b"]))
    return event(number, event_id=f"e{number}-{'memory_id' in data}", source_instance=source, data=data)


EVENTS = st.lists(told(), min_size=1, max_size=10)


def take(device, *groups):
    merged = []
    for group in groups:
        with device.memory() as memory, transaction(memory.connection):
            taken = Delivering(memory, Terms("c")).take(map(delivery_of, group))
            assert taken.received == len(group)
            assert taken.adds_up
            merged.append(taken)
    return merged


def known(device):
    """What a person sees, whatever the order it came in."""
    rows = device.query(
        "SELECT r.key, m.user_input, m.timestamp, m.device_id, m.conversation_id FROM memories AS m"
        " JOIN waifusync_records AS r ON r.row = m.id AND r.state = 0"
        " JOIN waifusync_tables AS t ON t.id = r.tbl AND t.name = 'memories'"
    )
    with device.memory() as memory:
        learned = [_said(memory.connection, each) for each in (EXPERIENCES, MEMORY_FACTS)]
    return sorted(rows), learned


def _said(connection, collection):
    """What was said and taken back is not said."""
    return {
        key: {name: value for name, value in fields.items() if value is not None}
        for key, fields in read_collection(connection, collection)
    }


@contextmanager
def devices(*names):
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        found = [Device(world, name) for name in names]
        try:
            yield found
        finally:
            for each in found:
                each.stop()


@_FEW
@given(EVENTS, st.randoms())
def test_any_order_grouping_and_repetition_of_events_is_one_mind(events, random):
    shuffled = [*events, *events]
    random.shuffle(shuffled)
    cut = random.randint(0, len(shuffled))
    with devices("aaaaaaaa", "bbbbbbbb") as (one, other):
        take(one, events)
        take(other, shuffled[:cut], shuffled[cut:])
        assert known(one) == known(other)


@_FEW
@given(EVENTS)
def test_a_redelivery_tells_no_entry(events):
    with devices("aaaaaaaa") as (device,):
        take(device, events)
        device.collect()
        (again,) = take(device, events[::-1])
        assert again.unchanged == again.received
        assert device.collect() == 0


@_FEW
@given(st.lists(EVENTS, min_size=2, max_size=2), EVENTS, st.randoms())
def test_two_devices_that_were_told_what_overlaps_end_with_one_digest(apart, both, random):
    with tempfile.TemporaryDirectory() as folder:
        pair = Pair(Path(folder))
        for device, own in zip((pair.laptop, pair.jetson), apart):
            mine = [*own, *both]
            random.shuffle(mine)
            take(device, mine)
        pair.sync()
        assert digest_of(pair.laptop) == digest_of(pair.jetson)
        assert known(pair.laptop)[0] == known(pair.jetson)[0]
        told_of = {each["event_id"] + each["source_instance"] for each in [*apart[0], *apart[1], *both]}
        assert len([key for key in known(pair.laptop)[1][0] if key.startswith("event:")]) == len(told_of)
        assert take(pair.laptop, [*apart[1], *both])[0].unchanged == len(apart[1]) + len(both)
        pair.stop()


def test_the_same_event_told_to_two_devices_is_one_memory_and_no_conflict(tmp_path):
    """T19: what an instance reported twice, to two devices that were apart, is remembered once."""
    pair = Pair(tmp_path)
    for device in (pair.laptop, pair.jetson):
        take(device, [event(1)])
    pair.sync()
    for device in (pair.laptop, pair.jetson):
        assert [row[1] for row in known(device)[0]] == ["text 1"]
        assert device.query("SELECT count(*) FROM waifusync_clashes") == [(0,)]
    pair.stop()


def test_one_wrong_event_and_nothing_of_the_delivery_is_taken_in():
    with devices("aaaaaaaa") as (device,):
        before = digest_of(device)
        with pytest.raises(UsageError, match=r"data\.content: is empty"):
            take(device, [*map(event, range(600)), event(700, data={"content": ""})])
        assert digest_of(device) == before
        assert known(device) == ([], [{}, {}])


def test_an_event_that_comes_twice_in_one_delivery_is_taken_in_once():
    with devices("aaaaaaaa") as (device,):
        (merged,) = take(device, [event(1), event(1), event(2)])
        assert (merged.memories_added, merged.memories_updated, merged.unchanged) == (2, 0, 1)


def test_what_the_newest_word_about_a_memory_does_not_say_is_not_said():
    earlier = event(1, data={"content": "a", "memory_id": "m", "importance": 0.9, "conversation_id": "c"})
    later = event(2, data={"content": "b", "memory_id": "m"})
    with devices("aaaaaaaa", "bbbbbbbb") as (one, other):
        take(one, [earlier], [later])
        take(other, [later], [earlier])
        assert known(one) == known(other)
        assert "importance" not in known(one)[1][1][facts_key("memory:instance-123:m")]


def test_two_instances_may_use_one_id():
    with devices("aaaaaaaa") as (device,):
        (merged,) = take(device, [event(1), event(1, source_instance="another")])
        assert merged.memories_added == 2
