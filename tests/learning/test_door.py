"""What is sent away at the door is counted and listed with its reason, and no word of it is kept."""

from __future__ import annotations

import json

import pytest

from tests.companions import World
from waifusync.core.learning.delivery import Delivery
from waifusync.core.learning.experience import ExperienceEvent
from waifusync.core.learning.intake import Limits, Reason
from waifusync.memory.door import MOST_LISTED, Door, blocked
from waifusync.workflows.companion import Companion
from waifusync.workflows.learning.experiences import deliver
from waifusync.workflows.working import at_work

ESCAPE = "\x1b]0;the magpie knows\x07"


@pytest.fixture
def laptop(tmp_path):
    return World(tmp_path).device("laptop")


def admit(device, *items, limits=None, now=1_700_000_000_000):
    """Each is a source with its texts."""
    with at_work(Companion.find(device.directory), "test") as work, work.memory_transaction():
        door = Door(work.memory.ledger, limits)
        return [door.admit(texts, source=source, now=now) for source, *texts in items]


def test_what_is_sent_away_is_counted_by_source_and_reason_and_no_word_of_it_is_kept(laptop):
    """T26"""
    reasons = admit(
        laptop, ("board", "fine"), ("board", "fine", ESCAPE), ("board", "fine", ESCAPE), ("x", ESCAPE)
    )
    assert reasons == [None, *[Reason.CONTROL_CHARACTERS] * 3]
    found = laptop.run("blocked", "--json").json
    assert [(each["source"], each["reason"], each["times"]) for each in found] == [
        ("board", "control characters", 2),
        ("x", "control characters", 1),
    ]
    assert [each["characters"] for each in found] == [4 + len(ESCAPE), len(ESCAPE)]
    assert found[0]["last"] == "2023-11-14T22:13:20Z"
    shown = laptop.run("blocked").out + json.dumps(found)
    assert "board" in shown and "magpie" not in shown
    (content,) = laptop.sql("SELECT group_concat(hash) || group_concat(reason) FROM waifusync_blocked")[0]
    assert "magpie" not in content


def test_a_source_that_comes_too_often_waits_and_others_do_not(laptop):
    limits = Limits(burst=2, per_second=1)
    assert admit(laptop, *[("board", "a")] * 3, ("phone", "a"), limits=limits) == [
        None,
        None,
        Reason.TOO_MANY,
        None,
    ]
    assert admit(laptop, ("board", "b"), limits=limits, now=1_700_000_001_000) == [None]
    [told] = laptop.run("blocked", "--json").json
    assert (told["source"], told["reason"], told["times"], told["hash"]) == (
        "board",
        "too many at once",
        1,
        "",
    )


def test_the_list_has_an_end_whatever_knocks(laptop):
    """T25"""
    with at_work(Companion.find(laptop.directory), "test") as work, work.memory_transaction():
        door = Door(work.memory.ledger, Limits(characters=1, burst=1_000_000))
        for number in range(MOST_LISTED + 50):
            door.admit([f"{number:06}"], source="s" * 100_000, now=number)
        found = blocked(work.memory.connection)
    assert len(found) == MOST_LISTED
    assert found[-1].last == MOST_LISTED + 49
    assert len(found[0].source) <= 200


def test_nothing_blocked_is_said_so_and_what_a_door_knows_never_travels(laptop):
    assert laptop.run("blocked").out == "Nothing was blocked.\n"
    assert laptop.run("blocked", "--json").json == []
    admit(laptop, ("board", ESCAPE))
    before = laptop.head()
    laptop.run("push")
    assert laptop.head() == before


def test_an_experience_with_control_characters_is_blocked_and_a_private_one_stays_here(laptop):
    """T26: by the same door, and nothing of it is in the log."""
    events = [
        experience("e1", {"content": "all is well"}),
        experience("e2", {"content": ESCAPE}),
        experience("e3", {"content": "the magpie is mine", "private": True}),
    ]
    company = Companion.find(laptop.directory)
    merged = deliver(company, [Delivery(tuple(events))])
    assert (merged.received, merged.memories_added, merged.blocked) == (3, 2, 1) and merged.adds_up
    again = deliver(company, [Delivery(tuple(events))])
    assert (again.unchanged, again.blocked) == (2, 1) and again.adds_up
    assert laptop.said() == ["all is well"]
    assert laptop.sql("SELECT user_input FROM private_memories") == [("the magpie is mine",)]
    assert laptop.sql("SELECT count(*) FROM waifusync_outbox WHERE line LIKE '%magpie%'") == [(0,)]
    [told] = laptop.run("blocked", "--json").json
    assert (told["source"], told["times"]) == ("board", 2)


def experience(event_id, data):
    return ExperienceEvent.from_json(
        {
            "event_id": event_id,
            "timestamp": "2026-01-01T10:00:00Z",
            "source_instance": "board",
            "event_type": "memory",
            "priority": 0.5,
            "data": data,
            "context": {"trigger": "the magpie was seen"} if data.get("private") else {},
        }
    )
