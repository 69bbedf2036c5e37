"""What two or three devices did apart is the same on all of them afterwards."""

from __future__ import annotations

import random

import pytest

from tests.companions import BOTH_LAYOUTS, Device, World, assert_same


@BOTH_LAYOUTS
def test_the_same_ids_on_two_devices_are_two_hundred_rows_with_their_own_children(world: World) -> None:
    """T3: every child stays under its own parent. T9: and 20 further rounds do nothing."""
    laptop, jetson = world.pair(children=True)
    for device in (laptop, jetson):
        _fill(device)
    world.settle(laptop, jetson)
    assert_same(laptop, jetson, tables=("memories", "facts"))
    for device in (laptop, jetson):
        assert device.sql("SELECT count(*) FROM memories") == [(200,)]
        pairs = device.sql(
            "SELECT user_input, text FROM facts JOIN memories ON memories.id = source_memory_id"
        )
        assert sorted(pairs) == sorted(
            (f"{n} {i}", f"fact of {n} {i}") for n in ("laptop", "jetson") for i in range(100)
        )
        assert device.sql("PRAGMA foreign_key_check") == []
    before = world.remote_head(), laptop.head(), jetson.head()
    for _ in range(20):
        for device in (laptop, jetson):
            assert "Nothing new" in device.sync().out
    assert (world.remote_head(), laptop.head(), jetson.head()) == before


def _fill(device: Device) -> None:
    device.say(*(f"{device.name} {number}" for number in range(100)))
    device.sql(
        "INSERT INTO facts (text, source_memory_id)"
        " SELECT 'fact of ' || user_input, id FROM memories WHERE user_input LIKE ? || ' %'",
        (device.name,),
    )


def test_a_number_used_again_after_a_deletion_is_another_memory(world: World) -> None:
    """T3: the last row is deleted and its number given out again, which SQLite does by itself."""
    laptop, jetson = world.pair()
    laptop.say("first", "second")
    laptop.sync()
    jetson.sync()
    key = laptop.key_of("second")
    laptop.sql("DELETE FROM memories WHERE user_input = 'second'")
    laptop.say("another thing altogether")
    laptop.sync()
    jetson.sync()
    assert laptop.said() == jetson.said() == ["another thing altogether", "first"]
    assert key not in jetson.contents()


def test_a_number_used_again_is_another_memory_though_a_default_is_in_both(world: World) -> None:
    """T3: what nobody ever set is not what two memories have in common."""
    laptop = world.device("laptop")
    laptop.sql("ALTER TABLE memories ADD COLUMN mood TEXT DEFAULT 'as usual, nothing to tell'")
    laptop.sql("INSERT INTO memories (user_input) VALUES ('first'), ('second')")
    laptop.sync()
    key = laptop.key_of("second")
    laptop.sql("DELETE FROM memories WHERE user_input = 'second'")
    laptop.sql("INSERT INTO memories (user_input) VALUES ('third')")
    laptop.sync()
    assert laptop.said() == ["first", "third"]
    assert laptop.key_of("third") != key


def test_a_row_written_anew_as_it_was_is_no_change_though_all_of_it_is_defaults(world: World) -> None:
    """T3, the other way round: a program that writes its counters anew, which stand at their default."""
    laptop = world.device("laptop")
    laptop.sql("CREATE TABLE counters (id INTEGER PRIMARY KEY, n INTEGER DEFAULT 0)")
    laptop.sql("INSERT INTO counters VALUES (1, 0)")
    laptop.sync()
    head = laptop.head()
    laptop.sql("DELETE FROM counters")
    laptop.sql("INSERT INTO counters VALUES (1, 0)")
    laptop.sync()
    assert laptop.head() == head


@BOTH_LAYOUTS
def test_what_was_deleted_stays_deleted_for_stale_and_for_fresh_devices(world: World) -> None:
    """T4: A deletes, B was idle and edits what is deleted, C installs afresh: none brings it back."""
    laptop, jetson = world.pair()
    laptop.say(*(f"memory {number}" for number in range(10)))
    laptop.sync()
    jetson.sync()
    laptop.sql("DELETE FROM memories WHERE user_input IN ('memory 3', 'memory 4')")
    laptop.sync()
    jetson.sql("UPDATE memories SET ai_response = 'edited late' WHERE user_input IN ('memory 3', 'memory 5')")
    jetson.sync()
    tablet = world.device("tablet")
    world.settle(laptop, jetson, tablet)
    assert_same(laptop, jetson, tablet)
    for device in (laptop, jetson, tablet):
        assert device.said() == [f"memory {number}" for number in range(10) if number not in (3, 4)]
        assert device.sql("SELECT ai_response FROM memories WHERE user_input = 'memory 5'") == [
            ("edited late",)
        ]


@BOTH_LAYOUTS
@pytest.mark.parametrize("seed", range(3))
def test_devices_with_clocks_in_1970_now_and_2099_end_with_one_digest(world: World, seed: int) -> None:
    """T7: and T8: edits and deletions in any order, whatever the clocks say; then not one further commit."""
    now = 1_800_000_000
    laptop = world.device("laptop")
    jetson = world.device("jetson", WAIFUSYNC_CLOCK_OFFSET=str(-now))
    tablet = world.device("tablet", WAIFUSYNC_CLOCK_OFFSET=str(4_070_908_800 - now))
    devices = [laptop, jetson, tablet]
    laptop.say(*(f"memory {number}" for number in range(12)))
    chance = random.Random(seed)
    world.settle(*devices, rounds=1)
    for step in range(12):
        device = chance.choice(devices)
        _do_something(device, chance, step)
        if chance.random() < 0.5:
            device.sync(code=None)
    chance.shuffle(devices)
    world.settle(*devices, rounds=2)
    assert_same(*devices)
    before = world.remote_head()
    world.settle(*devices)
    assert world.remote_head() == before


def _do_something(device: Device, chance: random.Random, step: int) -> None:
    text = f"memory {chance.randrange(12)}"
    what = chance.random()
    if what < 0.6:
        device.sql(
            "UPDATE memories SET ai_response = ? WHERE user_input = ?", (f"{device.name} {step}", text)
        )
    elif what < 0.8:
        device.sql("DELETE FROM memories WHERE user_input = ?", (text,))
    else:
        device.say(f"new {step}")


def test_an_edit_that_saw_another_wins_over_it_though_its_clock_stands_in_1970(world: World) -> None:
    """T7: a stamp out of 2099 does not win for ever."""
    laptop = world.device("laptop", WAIFUSYNC_CLOCK_OFFSET="2000000000")
    jetson = world.device("jetson", WAIFUSYNC_CLOCK_OFFSET="-1800000000")
    laptop.say("a thing")
    laptop.sql("UPDATE memories SET ai_response = 'from 2099'")
    laptop.sync()
    jetson.sync()
    jetson.sql("UPDATE memories SET ai_response = 'later, from 1970'")
    jetson.sync()
    laptop.sync()
    assert laptop.sql("SELECT ai_response FROM memories") == [("later, from 1970",)]
    assert_same(laptop, jetson)


def test_the_time_of_an_entry_is_the_devices_clock_wherever_it_stands(world: World) -> None:
    """T7: of two edits apart the one with the later clock wins: marks are told in that clock too."""
    laptop = world.device("laptop")
    laptop.say("a thing")
    laptop.sync()
    jetson = world.device("jetson", WAIFUSYNC_CLOCK_OFFSET="100000000")
    jetson.sql("UPDATE memories SET ai_response = 'by the clock that is years ahead'")
    laptop.sql("UPDATE memories SET ai_response = 'a moment later'")
    world.settle(jetson, laptop, jetson)
    assert laptop.sql("SELECT ai_response FROM memories") == [("by the clock that is years ahead",)]
    assert_same(laptop, jetson)


@BOTH_LAYOUTS
def test_both_delete_and_both_edit_alike_and_it_is_over(world: World) -> None:
    """T8: delete against delete, equal edit against equal edit: same digest, and pushes do not ping-pong."""
    laptop, jetson = world.pair()
    laptop.say("one", "two", "three")
    world.settle(laptop, jetson)
    for device in (laptop, jetson):
        device.sql("DELETE FROM memories WHERE user_input = 'one'")
        device.sql("UPDATE memories SET ai_response = 'the same' WHERE user_input = 'two'")
    world.settle(laptop, jetson)
    assert_same(laptop, jetson)
    before = world.remote_head()
    world.settle(laptop, jetson)
    assert world.remote_head() == before
    assert laptop.said() == ["three", "two"]
