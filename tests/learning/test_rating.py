"""What a person says of a memory beside its words is on all devices, and says how near it is kept."""

from __future__ import annotations

import pytest

from tests.companions import World
from waifusync.core.learning.memory_facts import MemoryFacts


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


def test_importance_tags_and_pins_are_said_shown_and_travel(world):
    laptop = world.device("laptop")
    key = laptop.run("remember", "wake me at nine", "--importance", "0.9", "--tag", "sleep").out.strip()
    laptop.say("and something else")
    shown = laptop.run("memory", "rate", key, "--pin", "--tag", "morning", "--json").json
    assert shown.pop("created").startswith("20")
    assert shown == {
        "key": key,
        "tier": "core",
        "importance": 0.9,
        "confidence": None,
        "kind": None,
        "tags": ["morning", "sleep"],
        "pinned": True,
        "trust": "person",
        "source": None,
        "agent": None,
        "event": None,
    }
    assert laptop.run("memory", "rate", key, "--unpin", "--json").json["tier"] == "long-term"
    assert laptop.run("memory", "tiers", "--json").json == {
        "core": [],
        "long-term": [key],
        "working": [laptop.key_of("and something else")],
        "short-term": [],
    }
    laptop.run("push")
    assert "morning, sleep" in world.device("jetson").run("memory", "show", key).out


def test_a_remembered_importance_is_one_deed_and_is_undone_as_one(world):
    laptop = world.device("laptop")
    key = laptop.run("remember", "a slip", "--pin").out.strip()
    assert laptop.run("undo", "--json").json["forgotten"] == [key]
    assert laptop.said() == []
    assert "no memory here" in laptop.run("memory", "show", key, code=2).err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--importance", "1.2"), "--importance: 1.2 is not between 0 and 1"),
        (("--importance", "nan"), "--importance: nan is not between 0 and 1"),
        (("--importance", "much"), "much"),
        (("--tag", " "), "--tag"),
        (("--pin", "--private"), "private"),
    ],
)
def test_what_cannot_be_said_of_a_memory_writes_nothing(world, words, told):
    laptop = world.device("laptop")
    assert told in laptop.run("remember", "a text", *words, code=2).err
    assert laptop.said() == []


@pytest.mark.parametrize("value", [None, 2, -1, "yes", 0.5, "1"])
def test_a_pin_that_another_device_wrote_wrongly_is_not_said(value):
    assert MemoryFacts.from_fields({"pinned": value}).pinned is None
